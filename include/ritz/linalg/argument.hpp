// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the dense functions take and give. An argument is any expression of Eigen with elements of the four scalars
/// (or integers, which become double): a matrix, a block, a transpose, a product. It is evaluated only when it is not
/// already a matrix in memory, column by column. Arguments of different scalars meet as in NumPy: float and double make
/// double, double and complex<float> make complex<double>. A vector argument (one column known at compile time) gives a
/// vector.
///
/// Every function looks for NaN and infinity first and throws InvalidArgument with their place: LAPACK hangs on them or
/// returns nonsense.

#include <complex>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"

namespace ritz::linalg {

namespace detail {
template <class E>
struct ElementOf {
    using type = E;
};
template <std::integral E>
struct ElementOf<E> {
    using type = double;
};
template <class A, class B>
struct Meet {
    using real = std::conditional_t<std::same_as<Real<A>, double> || std::same_as<Real<B>, double>, double, float>;
    using type = std::conditional_t<is_complex<A> || is_complex<B>, std::complex<real>, real>;
};
// b.head(k) derives from the base of another type, so bases are not asked for by name.
template <class Derived>
void accept_expression(const Eigen::DenseBase<Derived>&);
}  // namespace detail

/// An Eigen matrix or vector expression.
template <class A>
concept Dense = requires(const A& a) {
    A::IsVectorAtCompileTime;
    detail::accept_expression(a);
}
&&Scalar<typename detail::ElementOf<typename A::Scalar>::type>;

/// The scalar in which an argument is computed with; of two arguments, the one both convert to.
template <Dense A, Dense... More>
struct CommonScalar;
template <Dense A>
struct CommonScalar<A> {
    using type = typename detail::ElementOf<typename A::Scalar>::type;
};
template <Dense A, Dense B, Dense... More>
struct CommonScalar<A, B, More...> {
    using type = typename detail::Meet<typename CommonScalar<A>::type, typename CommonScalar<B, More...>::type>::type;
};
template <Dense... A>
using ScalarOf = typename CommonScalar<A...>::type;

/// A vector if B is one, otherwise a matrix.
template <Dense B, Scalar T>
using Like = std::conditional_t<B::ColsAtCompileTime == 1, Eigen::VectorX<T>, Eigen::MatrixX<T>>;

/// A dense matrix argument of the compiled functions: column-major, unit stride within a column. A vector is a matrix
/// of one column.
template <Scalar T>
using Matrix = Eigen::Ref<const Eigen::MatrixX<T>>;
template <Scalar T>
using Vector = Eigen::Ref<const Eigen::VectorX<T>>;

/// Which triangle of a matrix is read (NumPy's UPLO, SciPy's lower=True). The other one is never looked at.
enum class Uplo : std::uint8_t { lower, upper };

/// A, Aᵀ or Aᴴ (SciPy's trans = 0, 1, 2).
enum class Op : std::uint8_t { none, transpose, adjoint };

namespace detail {

/// a with elements of type T: itself when it has them.
template <Scalar T, Dense A>
decltype(auto) as(const A& a) {
    if constexpr (std::same_as<typename A::Scalar, T>)
        return (a);
    else
        return a.template cast<T>();
}

/// Throws InvalidArgument "who: A(3, 1) is nan" for the first element, by columns, that is not finite.
/// `name` is what the caller of the public function calls the argument.
template <Scalar T>
void require_finite(Matrix<T> A, const char* who, const char* name);

/// Throws InvalidArgument "who: A is 3 x 5, but must be square" (and hints at `hint`, if there is one).
void require_square(Eigen::Index rows, Eigen::Index cols, const char* who, const char* name, const char* hint = "");

/// Throws InvalidArgument unless A.rows() == b.rows(), naming both shapes.
void require_same_rows(Eigen::Index a_rows, Eigen::Index a_cols, Eigen::Index b_rows, Eigen::Index b_cols,
                       const char* who);

}  // namespace detail

}  // namespace ritz::linalg
