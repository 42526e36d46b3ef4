// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Norms and the trace. A norm is right whenever it is representable: [1e200, 1e200] has norm 1.41e200, and infinity
/// comes out only where the norm itself is larger than the largest number. A NaN or an infinity in an argument throws
/// InvalidArgument, unlike NumPy, which returns nan. The norm of an empty argument is 0; the smallest of no numbers
/// (orders below 0) is InvalidArgument.

#include <cstdint>
#include <limits>

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// The matrix norms that have no number in NumPy: (Σ|a|²)^½ and the sum of the singular values.
enum class Norm : std::uint8_t { frobenius, nuclear };

/// Along which direction the vectors of a matrix run: each column is one (NumPy's axis=0) or each row (axis=1).
enum class Axis : std::uint8_t { columns, rows };

namespace detail {
template <Scalar T>
Real<T> vector_norm(Matrix<T> A, double ord);
template <Scalar T>
Real<T> matrix_norm(Matrix<T> A, double ord);
template <Scalar T>
Real<T> matrix_norm(Matrix<T> A, Norm ord);
template <Scalar T>
Eigen::VectorX<Real<T>> norms_along(Matrix<T> A, double ord, Axis axis);
template <Scalar T>
T trace(Matrix<T> A, Eigen::Index offset);
}  // namespace detail

/// (Σ|x|^p)^(1/p) over all elements, p = `ord`: any number, and ±infinity (largest, smallest |x|); 0 counts the
/// elements that are not zero. For p < 1 not a norm. p < 0 with a zero element gives 0, the limit. O(elements). \throws
/// InvalidArgument if ord is NaN, or ord < 0 and there are no elements.
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> vector_norm(const A& a, double ord = 2) {
    return detail::vector_norm<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), ord);
}

/// A norm of an m × n matrix. `ord` 1, -1: largest, smallest column sum of |a|; ±infinity: of the rows; 2, -2: largest,
/// smallest singular value. O(mn) but for 2, -2 and nuclear, O(mn min(m, n)).
/// \throws InvalidArgument for any other number, for ord < 0 and no elements. \throws NoConvergence (singular values).
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> matrix_norm(const A& a, double ord) {
    return detail::matrix_norm<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), ord);
}
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> matrix_norm(const A& a, Norm ord = Norm::frobenius) {
    return detail::matrix_norm<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), ord);
}

/// np.linalg.norm: of a vector (one row or column known at compile time) vector_norm, otherwise matrix_norm; without an
/// order (Σ|a|²)^½ of either.
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> norm(const A& a) {
    return vector_norm(a, 2);
}
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> norm(const A& a, double ord) {
    if constexpr (A::IsVectorAtCompileTime)
        return vector_norm(a, ord);
    else
        return matrix_norm(a, ord);
}
template <Dense A>
[[nodiscard]] Real<ScalarOf<A>> norm(const A& a, Norm ord) {
    return matrix_norm(a, ord);
}

/// vector_norm of each column or of each row.
template <Dense A>
[[nodiscard]] Eigen::VectorX<Real<ScalarOf<A>>> norm(const A& a, double ord, Axis axis) {
    return detail::norms_along<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), ord, axis);
}

/// Σ A(i, i + offset). \throws InvalidArgument if the sum overflows.
template <Dense A>
[[nodiscard]] ScalarOf<A> trace(const A& a, Eigen::Index offset = 0) {
    return detail::trace<ScalarOf<A>>(detail::as<ScalarOf<A>>(a), offset);
}

}  // namespace ritz::linalg
