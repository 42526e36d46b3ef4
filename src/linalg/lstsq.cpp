// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/lstsq.hpp"

#include <climits>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/kernels.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "linalg/residual.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

constexpr int refined_columns = 64;

/// A power of two that brings the largest entry near 1 when squares could overflow or underflow, else 0.
template <Scalar T>
int scale_to_moderate(Eigen::Ref<Eigen::MatrixX<T>> A) {
    const int largest = largest_exponent<T>(A);
    if (largest == INT_MIN || std::abs(largest) < (std::is_same_v<Real<T>, float> ? 40 : 400)) return 0;
    scale_rows<T>(A, {}, 1, -largest);
    return largest;
}

/// QR factors of a tall matrix.
template <Scalar T>
struct Factors {
    int m, n;
    Eigen::MatrixX<T> F;
    Eigen::VectorX<T> tau;

    explicit Factors(Eigen::MatrixX<T> A)
        : m(static_cast<int>(A.rows())), n(static_cast<int>(A.cols())), F(std::move(A)), tau(n) {
        kernels::qr<T>(m, n, F.data(), m, tau.data());
    }
    void apply_q(Op op, Eigen::Ref<Eigen::MatrixX<T>> C) const {
        kernels::multiply_q<T>(op, m, static_cast<int>(C.cols()), n, F.data(), m, tau.data(), C.data(),
                               static_cast<int>(C.outerStride()));
    }
    void solve_r(Op op, Eigen::Ref<Eigen::MatrixX<T>> C) const {
        kernels::solve_triangle<T>(Uplo::upper, op, false, n, static_cast<int>(C.cols()), F.data(), m, C.data(),
                                   static_cast<int>(C.outerStride()));
    }
    /// 1/(‖R‖₁‖R⁻¹‖₁), 0 if singular.
    double rcond() const {
        for (int j = 0; j < n; ++j)
            if (F(j, j) == T(0)) return 0;
        Real<T> norm = 0;
        for (int j = 0; j < n; ++j) norm = std::max(norm, F.col(j).head(j + 1).template lpNorm<1>());
        const double inverse = estimate_norm1<T>(
            n, [&](Eigen::VectorX<T>& x) { solve_r(Op::none, x); },
            [&](Eigen::VectorX<T>& x) { solve_r(Op::adjoint, x); });
        const double rcond = 1 / (static_cast<double>(norm) * inverse);
        return std::isfinite(rcond) ? rcond : 0;
    }
};

/// The least squares solution of a tall A; r becomes the residual.
template <Scalar T>
void solve_tall(const Factors<T>& QR, Matrix<T> A, Matrix<T> b, Eigen::MatrixX<T>& x, Eigen::MatrixX<T>& r) {
    const int m = QR.m, n = QR.n;
    Eigen::MatrixX<T> c = b;
    QR.apply_q(Op::adjoint, c);
    x = c.topRows(n);
    QR.solve_r(Op::none, x);
    r = std::move(c);
    r.topRows(n).setZero();
    QR.apply_q(Op::none, r);
    if (b.cols() > refined_columns) return;
    const auto lda = static_cast<int>(A.outerStride());
    const Eigen::VectorX<T> zero = Eigen::VectorX<T>::Zero(n);
    Eigen::VectorX<T> f(m), g(n);
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
        // One step on the augmented system r + A x = b, Aᴴ r = 0.
        accurate_residual<T>(Op::none, m, n, A.data(), lda, x.col(j).data(), b.col(j).data(), f.data());
        f -= r.col(j);
        accurate_residual<T>(Op::adjoint, m, n, A.data(), lda, r.col(j).data(), zero.data(), g.data());
        QR.apply_q(Op::adjoint, f);
        QR.solve_r(Op::adjoint, g);
        Eigen::VectorX<T> d = f.head(n) - g;
        QR.solve_r(Op::none, d);
        f.head(n) = g;
        QR.apply_q(Op::none, f);
        if (!d.allFinite() || !f.allFinite()) continue;
        x.col(j) += d;
        r.col(j) += f;
    }
}

/// The solution of least norm of a wide A of full rank, from the QR factors of Aᴴ.
template <Scalar T>
void solve_wide(const Factors<T>& QR, Matrix<T> A, Matrix<T> b, Eigen::MatrixX<T>& x) {
    const int m = QR.n, n = QR.m;
    const auto least_norm = [&](const Eigen::MatrixX<T>& c) {
        Eigen::MatrixX<T> y = Eigen::MatrixX<T>::Zero(n, c.cols());
        y.topRows(m) = c;
        QR.solve_r(Op::adjoint, y.topRows(m));
        QR.apply_q(Op::none, y);
        return y;
    };
    x = least_norm(b);
    if (b.cols() > refined_columns) return;
    Eigen::MatrixX<T> r(m, b.cols());
    for (Eigen::Index j = 0; j < b.cols(); ++j)
        accurate_residual<T>(Op::none, m, n, A.data(), static_cast<int>(A.outerStride()), x.col(j).data(),
                             b.col(j).data(), r.col(j).data());
    const Eigen::MatrixX<T> d = least_norm(r);
    if (d.allFinite()) x += d;
}

template <Scalar T>
void by_svd(const Eigen::MatrixX<T>& A, const Eigen::MatrixX<T>& b, double rcond,
            LstsqSolution<Eigen::MatrixX<T>, T>& result) {
    using R = Real<T>;
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), columns = static_cast<int>(b.cols()),
               k = std::max(1, columns),  // gelsd takes no empty right-hand side
        longer = std::max(m, n);
    Eigen::MatrixX<T> F = A, X = Eigen::MatrixX<T>::Zero(longer, k);
    X.topLeftCorner(m, columns) = b;
    result.singular_values.resize(std::min(m, n));
    int rank = 0;
    // gelsd scales what it is given; rcond = 0 keeps every singular value other than zero.
    int info = lapack::gelsd(m, n, k, F.data(), m, X.data(), longer, result.singular_values.data(),
                             static_cast<R>(rcond), &rank);
    if (info != 0) {  // divide and conquer failed: the QR algorithm
        F = A;
        X.setZero();
        X.topLeftCorner(m, columns) = b;
        info = lapack::gelss(m, n, k, F.data(), m, X.data(), longer, result.singular_values.data(),
                             static_cast<R>(rcond), &rank);
        if (info != 0) throw NoConvergence("lstsq: the singular value decomposition of A did not converge");
    }
    result.rank = rank;
    result.x = X.topLeftCorner(n, columns);
    result.report.by_svd = true;
    const auto& s = result.singular_values;
    result.report.rcond = rank > 0 ? static_cast<double>(s[rank - 1] / s[0]) : 0;
}

}  // namespace

template <Scalar T>
LstsqSolution<Eigen::MatrixX<T>, T> lstsq(Matrix<T> A, Matrix<T> b, const LstsqOptions& options) {
    using R = Real<T>;
    require_same_rows(A.rows(), A.cols(), b.rows(), b.cols(), "lstsq");
    require_finite<T>(A, "lstsq", "A");
    require_finite<T>(b, "lstsq", "b");
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n);
    const double rcond =
        options.rcond ? *options.rcond : std::max(m, n) * static_cast<double>(std::numeric_limits<R>::epsilon());
    ritz::detail::require(rcond >= 0 && rcond <= 1, "lstsq: rcond must be in [0, 1]");
    LstsqSolution<Eigen::MatrixX<T>, T> result;
    result.report.rcond = 1;
    if (k == 0) {
        result.x = Eigen::MatrixX<T>::Zero(n, b.cols());
        if (n == 0 && m > 0) result.residuals = b.colwise().squaredNorm();
        result.report.explanation = "A is empty.";
        return result;
    }
    const FewThreads limit(k);

    Eigen::MatrixX<T> scaled_A = A, scaled_b = b;
    const int a_exponent = scale_to_moderate<T>(scaled_A), b_exponent = scale_to_moderate<T>(scaled_b);
    Eigen::MatrixX<T> residual;
    bool solved = false;
    {
        const Factors<T> QR(m >= n ? scaled_A : Eigen::MatrixX<T>(scaled_A.adjoint()));
        const double estimate = QR.rcond();
        if (estimate > std::max(1000 * rcond, least_rcond<T>(k))) {
            if (m >= n)
                solve_tall<T>(QR, scaled_A, scaled_b, result.x, residual);
            else
                solve_wide<T>(QR, scaled_A, scaled_b, result.x);
            result.rank = k;
            result.report.rcond = std::min(1.0, estimate);
            solved = true;
        }
    }
    if (!solved) {
        by_svd<T>(scaled_A, scaled_b, rcond, result);
    } else if (options.singular_values) {
        LstsqSolution<Eigen::MatrixX<T>, T> values;
        by_svd<T>(scaled_A, Eigen::MatrixX<T>(m, 0), rcond, values);
        result.singular_values = std::move(values.singular_values);
    }
    if (residual.size() == 0) residual = scaled_b - scaled_A * result.x;

    auto& report = result.report;
    const double norm_a = scaled_A.norm();
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
        const double size = residual.col(j).norm(), whole = scaled_b.col(j).norm();
        // A residual of the order of rounding has no direction.
        if (size > 100 * (m + n) * unit_roundoff<T> * whole && norm_a > 0)
            report.optimality =
                std::max(report.optimality,
                         static_cast<double>((scaled_A.adjoint() * residual.col(j)).norm()) / (norm_a * size));
    }
    if (m > n && result.rank == n) {
        result.residuals = residual.colwise().squaredNorm();
        for (R& value : result.residuals) value = scale_by_power(value, 2 * b_exponent);
    }
    if (report.rcond < least_rcond<T>(k) && result.rank == k) report.status = Status::ill_conditioned;
    report.explanation = report.by_svd
                             ? "Singular values decided on the rank, " + std::to_string(result.rank) + " of " +
                                   std::to_string(k) + (result.rank < k ? "; x is the solution of least norm." : ".")
                             : std::string("A has full rank: Householder QR of ") + (m >= n ? "A." : "its adjoint.");
    if (report.status == Status::ill_conditioned) report.explanation += " x may have no correct digit.";
    for (R& s : result.singular_values) s = scale_by_power(s, a_exponent);
    scale_rows<T>(result.x, {}, 1, b_exponent - a_exponent);
    require_representable<T>(result.x, "lstsq", "x");
    return result;
}

#define RITZ_INSTANTIATE(T) \
    template LstsqSolution<Eigen::MatrixX<T>, T> lstsq<T>(Matrix<T>, Matrix<T>, const LstsqOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
