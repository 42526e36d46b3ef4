// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/norm.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::gradients::detail {

namespace {

/// The place of the largest (or smallest) of some numbers, and whether another one is as large to rounding.
struct Extreme {
    Eigen::Index place;
    bool tied;
};

template <class V>
Extreme extreme_of(const V& values, bool largest, double rounding) {
    Extreme found{0, false};
    for (Eigen::Index k = 1; k < values.size(); ++k)
        if (largest ? values(k) > values(found.place) : values(k) < values(found.place)) found.place = k;
    const double best = double(values(found.place));
    for (Eigen::Index k = 0; k < values.size(); ++k)
        if (k != found.place && std::abs(double(values(k)) - best) <= rounding * std::abs(best)) found.tied = true;
    return found;
}

[[noreturn]] void fail(const std::string& what) {
    throw NotDifferentiable("gradients::norm: " + what + ": the norm has a kink there");
}

/// a/|a|, 0 for 0.
template <Scalar T>
T sign(T a) {
    if constexpr (!is_complex<T>) {
        return T((a > 0) - (a < 0));
    } else {
        const Real<T> largest = std::max(std::abs(a.real()), std::abs(a.imag()));
        if (largest == 0) return T(0);
        const T scaled(a.real() / largest, a.imag() / largest);
        return scaled / std::abs(scaled);
    }
}

template <Scalar T>
Eigen::MatrixX<T> signs(const linalg::Matrix<T>& A) {
    return A.unaryExpr([](const T& a) { return sign<T>(a); });
}

template <Scalar T>
bool has_zero(const linalg::Matrix<T>& A) {
    return (A.array() == T(0)).any();
}

/// ord 1, −1 (columns) of A.
template <Scalar T>
NormForward<Eigen::MatrixX<T>> column_norm(const linalg::Matrix<T>& A, double ord, const NormOptions& options) {
    NormForward<Eigen::MatrixX<T>> f{linalg::matrix_norm(A, ord), Eigen::MatrixX<T>::Zero(A.rows(), A.cols())};
    if (A.size() == 0) return f;
    const bool may_kink = options.subgradient && ord > 0;
    const auto scale = static_cast<Real<T>>(1) / std::max(A.cwiseAbs().maxCoeff(), std::numeric_limits<Real<T>>::min());
    const Eigen::VectorX<Real<T>> sums = (A.cwiseAbs() * scale).colwise().sum().transpose();
    const auto [j, tied] = extreme_of(sums, ord > 0, 10 * double(A.rows()) * epsilon<T>);
    if (!may_kink && tied) fail("two columns (or rows) have the same sum");
    if (!may_kink && has_zero<T>(A.col(j))) fail("the column (or row) that counts has a zero element");
    f.gradient.col(j) = signs<T>(A.col(j));
    return f;
}

template <Scalar T>
NormForward<Eigen::MatrixX<T>> spectral_norm(const linalg::Matrix<T>& A, double ord, const NormOptions& options) {
    NormForward<Eigen::MatrixX<T>> f{linalg::matrix_norm(A, ord), Eigen::MatrixX<T>::Zero(A.rows(), A.cols())};
    if (A.size() == 0) return f;
    const auto [U, s, Vh] = linalg::svd(A, {.full_matrices = false});
    const bool may_kink = options.subgradient && ord > 0;
    const double equality = 10 * double(std::max(A.rows(), A.cols())) * epsilon<T> * double(s(0));
    const Eigen::Index i = ord > 0 ? 0 : s.size() - 1;
    const Eigen::Index next = ord > 0 ? 1 : s.size() - 2;
    if (!may_kink) {
        if (double(s(i)) <= equality)
            throw RepeatedSingularValue("gradients::norm: singular value " + std::to_string(i) +
                                            " is zero to rounding: the norm has a kink there",
                                        i, i, double(s(i)));
        if (s.size() > 1 && std::abs(double(s(i)) - double(s(next))) <= equality) {
            const Eigen::Index first = std::min(i, next), second = std::max(i, next);
            const double gap = std::abs(double(s(i)) - double(s(next)));
            throw RepeatedSingularValue("gradients::norm: singular values " + pair_and_gap(first, second, gap) +
                                            ", which is rounding error: the norm has a kink there",
                                        first, second, gap);
        }
    }
    if (double(s(i)) > 0) f.gradient = U.col(i) * Vh.row(i);
    return f;
}

}  // namespace

template <Scalar T>
NormForward<Eigen::MatrixX<T>> vector_norm(linalg::Matrix<T> A, double ord, const NormOptions& options) {
    using R = Real<T>;
    ritz::detail::require(ord != 0, "gradients::vector_norm: order 0 counts elements, which has no derivative");
    NormForward<Eigen::MatrixX<T>> f{linalg::vector_norm(A, ord), Eigen::MatrixX<T>::Zero(A.rows(), A.cols())};
    if (A.size() == 0) return f;
    const bool may_kink = options.subgradient && ord >= 1;
    if (f.norm == R(0)) {
        if (!may_kink) fail("an element that decides is zero");
        return f;  // zero is a subgradient of a norm at 0
    }
    if (std::isinf(ord)) {
        const Eigen::VectorX<R> sizes = A.cwiseAbs().reshaped();
        const auto [k, tied] = extreme_of(sizes, ord > 0, 10 * epsilon<T>);
        if (!may_kink && tied) fail("two elements are the largest (or smallest)");
        f.gradient(k % A.rows(), k / A.rows()) = sign<T>(A(k % A.rows(), k / A.rows()));
        return f;
    }
    if (!may_kink && ord <= 1 && has_zero<T>(A)) fail("an element is zero");
    const R p = static_cast<R>(ord), norm = f.norm;
    f.gradient = A.unaryExpr([p, norm](const T& a) {
        if (a == T(0)) return T(0);
        return T(sign<T>(a) * (p == R(1) ? R(1) : std::pow(std::abs(a) / norm, p - R(1))));
    });
    f.gradient = finite(std::move(f.gradient), "gradients::vector_norm");
    return f;
}

template <Scalar T>
NormForward<Eigen::MatrixX<T>> matrix_norm(linalg::Matrix<T> A, double ord, const NormOptions& options) {
    if (std::abs(ord) == 1) return column_norm<T>(A, ord, options);
    if (std::isinf(ord)) {
        const Eigen::MatrixX<T> B = A.transpose();
        auto f = column_norm<T>(B, ord > 0 ? 1 : -1, options);
        return {f.norm, f.gradient.transpose()};
    }
    if (std::abs(ord) == 2) return spectral_norm<T>(A, ord, options);
    (void)linalg::matrix_norm(A, ord);  // throws
    throw InvalidArgument("gradients::matrix_norm: order must be 1, -1, 2, -2 or an infinity");
}

template <Scalar T>
NormForward<Eigen::MatrixX<T>> matrix_norm(linalg::Matrix<T> A, linalg::Norm ord, const NormOptions& options) {
    if (ord == linalg::Norm::frobenius) return vector_norm<T>(A, 2, options);
    NormForward<Eigen::MatrixX<T>> f{linalg::matrix_norm(A, ord), Eigen::MatrixX<T>::Zero(A.rows(), A.cols())};
    if (A.size() == 0) return f;
    const auto [U, s, Vh] = linalg::svd(A, {.full_matrices = false});
    const double zero = 10 * double(std::max(A.rows(), A.cols())) * epsilon<T> * double(s(0));
    Eigen::Index rank = 0;
    while (rank < s.size() && double(s(rank)) > zero) ++rank;
    if (!options.subgradient && rank < s.size()) {
        throw RepeatedSingularValue("gradients::norm: singular value " + std::to_string(rank) +
                                        " is zero to rounding: the nuclear norm has a kink there",
                                    rank, rank, double(s(rank)));
    }
    f.gradient = U.leftCols(rank) * Vh.topRows(rank);
    return f;
}

#define RITZ_INSTANTIATE(T)                                                                                \
    template NormForward<Eigen::MatrixX<T>> vector_norm<T>(linalg::Matrix<T>, double, const NormOptions&); \
    template NormForward<Eigen::MatrixX<T>> matrix_norm<T>(linalg::Matrix<T>, double, const NormOptions&); \
    template NormForward<Eigen::MatrixX<T>> matrix_norm<T>(linalg::Matrix<T>, linalg::Norm, const NormOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients::detail
