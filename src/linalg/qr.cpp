// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/qr.hpp"

#include <climits>
#include <cmath>
#include <optional>

#include "core/instantiate.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/kernels.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

/// A copy of A in which squares of entries neither overflow nor underflow, and the power of two it was divided by.
template <Scalar T>
struct Moderate {
    Eigen::MatrixX<T> A;
    int exponent = 0;

    explicit Moderate(Matrix<T> given) : A(given) {
        const int largest = largest_exponent<T>(given);
        if (largest == INT_MIN || std::abs(largest) < (std::is_same_v<Real<T>, float> ? 40 : 400)) return;
        exponent = largest;
        scale_rows<T>(A, {}, 1, -exponent);
    }
    void put_back(Eigen::MatrixX<T>& R, const char* who) const {
        if (exponent == 0) return;
        scale_rows<T>(R, {}, 1, exponent);
        require_representable<T>(R, who, "R");
    }
};

template <Scalar T>
Eigen::MatrixX<T> upper_part(const Eigen::MatrixX<T>& F, int rows) {
    Eigen::MatrixX<T> R = Eigen::MatrixX<T>::Zero(rows, F.cols());
    for (Eigen::Index j = 0; j < F.cols(); ++j) {
        const Eigen::Index count = std::min<Eigen::Index>({j + 1, rows, F.rows()});
        R.col(j).head(count) = F.col(j).head(count);
    }
    return R;
}

/// Q of as many columns as asked, from the reflections in F.
template <Scalar T>
Eigen::MatrixX<T> orthonormal(Eigen::MatrixX<T> F, int columns, int k, const Eigen::VectorX<T>& tau) {
    const auto m = static_cast<int>(F.rows());
    F.conservativeResize(m, columns);
    kernels::form_q<T>(m, columns, k, F.data(), m, tau.data());
    return F;
}

}  // namespace

template <Scalar T>
QrDecomposition<T> qr(Matrix<T> A, const QrOptions& options) {
    require_finite<T>(A, "qr", "A");
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n);
    const FewThreads limit(k);
    Moderate<T> F(A);
    Eigen::VectorX<T> tau(k);
    kernels::qr<T>(m, n, F.A.data(), m, tau.data());
    const bool complete = options.mode == QrMode::complete;
    QrDecomposition<T> result;
    result.R = upper_part<T>(F.A, complete ? m : k);
    F.put_back(result.R, "qr");
    if (options.mode == QrMode::r) return result;
    if (k == 0) {
        result.Q = Eigen::MatrixX<T>::Identity(m, complete ? m : 0);
        return result;
    }
    result.Q = orthonormal<T>(std::move(F.A), complete ? m : k, k, tau);
    return result;
}

template <Scalar T>
PivotedQr<T> qr_pivoted(Matrix<T> A, const QrOptions& options) {
    require_finite<T>(A, "qr_pivoted", "A");
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n);
    const FewThreads limit(k);
    Moderate<T> F(A);
    Eigen::VectorX<T> tau(k);
    PivotedQr<T> result;
    result.P.assign(static_cast<std::size_t>(n), 0);
    const bool complete = options.mode == QrMode::complete;
    if (k > 0) {
        lapack::geqp3(m, n, F.A.data(), m, result.P.data(), tau.data());
        for (Index& p : result.P) --p;
    } else {
        for (int j = 0; j < n; ++j) result.P[j] = j;
    }
    result.R = upper_part<T>(F.A, complete ? m : k);
    F.put_back(result.R, "qr_pivoted");
    if (options.mode == QrMode::r) return result;
    if (k == 0)
        result.Q = Eigen::MatrixX<T>::Identity(m, complete ? m : 0);
    else
        result.Q = orthonormal<T>(std::move(F.A), complete ? m : k, k, tau);
    return result;
}

template <Scalar T>
RqDecomposition<T> rq(Matrix<T> A, const QrOptions& options) {
    require_finite<T>(A, "rq", "A");
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n);
    const FewThreads limit(k);
    const bool complete = options.mode == QrMode::complete;
    Moderate<T> F(A);
    Eigen::VectorX<T> tau(k);
    RqDecomposition<T> result;
    if (k > 0) lapack::gerqf(m, n, F.A.data(), m, tau.data());
    // R ends in the lower right corner: entry (i, j) belongs to it for j − i ≥ n − m.
    const int width = complete ? n : k;
    result.R = Eigen::MatrixX<T>::Zero(m, width);
    for (int j = 0; j < width; ++j) {
        const int column = n - width + j;
        for (int i = 0; i < std::min(m, column - (n - m) + 1); ++i) result.R(i, j) = F.A(i, column);
    }
    F.put_back(result.R, "rq");
    if (options.mode == QrMode::r) return result;
    // The rows of Q: the reflections are in the last k rows of F.
    const int rows = complete ? n : k;
    Eigen::MatrixX<T> Q = Eigen::MatrixX<T>::Zero(rows, n);
    Q.bottomRows(k) = F.A.bottomRows(k);
    if (k == 0)
        Q.setIdentity();
    else
        lapack::make_q_of_rq(rows, n, k, Q.data(), rows, tau.data());
    result.Q = std::move(Q);
    return result;
}

template <Scalar T>
QrProduct<Eigen::MatrixX<T>, T> qr_multiply(Matrix<T> A, Matrix<T> c, const QrMultiplyOptions& options) {
    require_finite<T>(A, "qr_multiply", "A");
    require_finite<T>(c, "qr_multiply", "c");
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n);
    const bool left = options.side == Side::left;
    ritz::detail::require(left ? c.rows() == k : c.cols() == m,
                          std::string("qr_multiply: c is ") + std::to_string(c.rows()) + " x " +
                              std::to_string(c.cols()) + ", but must have " +
                              (left ? std::to_string(k) + " rows" : std::to_string(m) + " columns"));
    const FewThreads limit(k);
    Moderate<T> F(A);
    Eigen::VectorX<T> tau(k);
    kernels::qr<T>(m, n, F.A.data(), m, tau.data());
    QrProduct<Eigen::MatrixX<T>, T> result;
    result.R = upper_part<T>(F.A, k);
    F.put_back(result.R, "qr_multiply");
    // conj(Q) c = conj(Q conj(c)), and c Q = (Qᴴ cᴴ)ᴴ.
    const auto conjugated_if = [&](Eigen::MatrixX<T> X) -> Eigen::MatrixX<T> {
        if (is_complex<T> && options.conjugate) return X.conjugate();
        return X;
    };
    if (left) {
        Eigen::MatrixX<T> C = Eigen::MatrixX<T>::Zero(m, c.cols());
        C.topRows(k) = conjugated_if(c);
        kernels::multiply_q<T>(Op::none, m, static_cast<int>(c.cols()), k, F.A.data(), m, tau.data(), C.data(), m);
        result.product = conjugated_if(std::move(C));
    } else {
        Eigen::MatrixX<T> C = conjugated_if(c).adjoint();
        kernels::multiply_q<T>(Op::adjoint, m, static_cast<int>(c.rows()), k, F.A.data(), m, tau.data(), C.data(), m);
        result.product = conjugated_if(C.topRows(k).adjoint());
    }
    return result;
}

#define RITZ_INSTANTIATE(T)                                           \
    template QrDecomposition<T> qr<T>(Matrix<T>, const QrOptions&);   \
    template PivotedQr<T> qr_pivoted<T>(Matrix<T>, const QrOptions&); \
    template RqDecomposition<T> rq<T>(Matrix<T>, const QrOptions&);   \
    template QrProduct<Eigen::MatrixX<T>, T> qr_multiply<T>(Matrix<T>, Matrix<T>, const QrMultiplyOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
