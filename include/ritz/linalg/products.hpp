// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Products of dense matrices and vectors, names as in NumPy. A NaN or an infinity in an argument throws
/// InvalidArgument; products that overflow follow IEEE arithmetic, except where a function says more.

#include <cstdint>
#include <string>
#include <vector>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// The product of several matrices, and how it was associated: "((A0 A1) A2)", with the multiplications it took.
template <Scalar T>
struct [[nodiscard]] MultiDot {
    Eigen::MatrixX<T> product;
    std::string order;
    double multiplications;
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> matmul(Matrix<T> A, Matrix<T> B);
template <Scalar T>
Eigen::MatrixX<T> kron(Matrix<T> A, Matrix<T> B);
template <Scalar T>
Eigen::MatrixX<T> khatri_rao(Matrix<T> A, Matrix<T> B);
template <Scalar T>
Eigen::MatrixX<T> outer(Matrix<T> a, Matrix<T> b);
template <Scalar T>
Eigen::MatrixX<T> inner(Matrix<T> A, Matrix<T> B);
template <Scalar T>
T vdot(Matrix<T> A, Matrix<T> B);
template <Scalar T>
Eigen::MatrixX<T> cross(Matrix<T> A, Matrix<T> B);
template <Scalar T>
Eigen::MatrixX<T> matrix_power(Matrix<T> A, std::int64_t n);
template <Scalar T>
MultiDot<T> multi_dot(const std::vector<Matrix<T>>& factors);
template <Scalar T>
Eigen::VectorX<T> diagonal(Matrix<T> A, Eigen::Index offset);
}  // namespace detail

/// A B for A m × k and B k × n (a vector B gives a vector), in the scalar both convert to. 2mnk flops by the BLAS.
template <Dense A, Dense B>
[[nodiscard]] Like<B, ScalarOf<A, B>> matmul(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::matmul<T>(detail::as<T>(a), detail::as<T>(b));
}

/// The Kronecker product: blocks a(i, j) B.
template <Dense A, Dense B>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B>> kron(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::kron<T>(detail::as<T>(a), detail::as<T>(b));
}

/// The Khatri-Rao product: column j is kron(A(:, j), B(:, j)).
template <Dense A, Dense B>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B>> khatri_rao(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::khatri_rao<T>(detail::as<T>(a), detail::as<T>(b));
}

/// a bᵀ (nothing is conjugated) of all elements of a and b, by columns.
template <Dense A, Dense B>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B>> outer(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::outer<T>(detail::as<T>(a), detail::as<T>(b));
}

/// Σ a(i) b(i) of two vectors (nothing is conjugated); of two matrices A Bᵀ.
template <Dense A, Dense B>
[[nodiscard]] auto inner(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    if constexpr (A::IsVectorAtCompileTime && B::IsVectorAtCompileTime)
        return detail::vdot<T>(detail::as<T>(a).conjugate(), detail::as<T>(b));
    else
        return detail::inner<T>(detail::as<T>(a), detail::as<T>(b));
}

/// Σ conj(a) b over all elements of two arguments of one shape (or two vectors).
template <Dense A, Dense B>
[[nodiscard]] ScalarOf<A, B> vdot(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::vdot<T>(detail::as<T>(a), detail::as<T>(b));
}

/// a × b, column by column: of 3 rows the vector product, of 2 rows one row with its third component. One argument may
/// have a single column, which is then used with every column of the other.
template <Dense A, Dense B>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A, B>> cross(const A& a, const B& b) {
    using T = ScalarOf<A, B>;
    return detail::cross<T>(detail::as<T>(a), detail::as<T>(b));
}

/// Aⁿ by repeated squaring: at most 2 log₂|n| products; n = 0 gives I, n < 0 the power of the inverse.
/// \throws InvalidArgument if A is not square or the power overflows. \throws SingularMatrix, IllConditioned for n < 0.
template <Dense A>
[[nodiscard]] Eigen::MatrixX<ScalarOf<A>> matrix_power(const A& a, std::int64_t n) {
    return detail::matrix_power<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), n);
}

/// A₀ A₁ … with the fewest multiplications, the order found by dynamic programming in O(k³) for k matrices.
/// \throws InvalidArgument if there is no matrix or neighbours do not fit.
/// \ref T. H. Cormen, C. E. Leiserson, R. L. Rivest and C. Stein, Introduction to Algorithms, 3rd ed. (2009), 15.2.
template <Scalar T>
[[nodiscard]] MultiDot<T> multi_dot(const std::vector<Eigen::MatrixX<T>>& factors) {
    return detail::multi_dot<T>(std::vector<Matrix<T>>(factors.begin(), factors.end()));
}
template <Dense A, Dense B, Dense... More>
[[nodiscard]] MultiDot<ScalarOf<A, B, More...>> multi_dot(const A& a, const B& b, const More&... more) {
    using T = ScalarOf<A, B, More...>;
    std::vector<Matrix<T>> list;
    list.reserve(2 + sizeof...(More));
    list.emplace_back(detail::as<T>(a));
    list.emplace_back(detail::as<T>(b));
    (list.emplace_back(detail::as<T>(more)), ...);
    return detail::multi_dot<T>(list);
}

/// A(i, i + offset) for all i.
template <Dense A>
[[nodiscard]] Eigen::VectorX<ScalarOf<A>> diagonal(const A& a, Eigen::Index offset = 0) {
    return detail::diagonal<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), offset);
}

}  // namespace ritz::linalg
