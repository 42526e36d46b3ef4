// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What solvers see of a matrix: y ← A x. docs/adr/0003-views-and-owners.md.

#include <concepts>
#include <type_traits>
#include <utility>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz {

/// Anything that has a shape and applies itself: matrices, preconditioners (M⁻¹), factorisations (A⁻¹), user code.
///
///   required   A.rows(), A.cols()    convertible to Index
///              A.apply(x, y)         const; y ← A x; x: VectorView<T> of cols(), y: VectorRef<T> of rows();
///                                    may throw; must not change x
template <class A, class T>
concept LinearOperator = Scalar<T> && requires(const A& a, VectorView<T> x, VectorRef<T> y) {
    { a.rows() } -> std::convertible_to<Index>;
    { a.cols() } -> std::convertible_to<Index>;
    a.apply(x, y);
};

/// A LinearOperator by reference: two pointers and a shape, so that solvers compile once. It does not own: the
/// operator must outlive it, and a temporary is rejected at compile time.
template <Scalar T>
class LinearOperatorRef {
public:
    template <class A>
    requires(LinearOperator<A, T> && !std::same_as<A, LinearOperatorRef>) LinearOperatorRef(const A& a)
        : object_(&a),
          apply_(
              [](const void* object, VectorView<T> x, VectorRef<T> y) { static_cast<const A*>(object)->apply(x, y); }),
          rows_(static_cast<Index>(a.rows())),
          cols_(static_cast<Index>(a.cols())) {}

    template <class A>
    requires(LinearOperator<A, T> && !std::same_as<A, LinearOperatorRef>) LinearOperatorRef(const A&&)
    = delete;  // would dangle

    Index rows() const noexcept { return rows_; }
    Index cols() const noexcept { return cols_; }
    void apply(VectorView<T> x, VectorRef<T> y) const { apply_(object_, x, y); }

private:
    const void* object_;
    void (*apply_)(const void*, VectorView<T>, VectorRef<T>);
    Index rows_, cols_;
};

/// A function y ← A x with a shape: the shortest way to a LinearOperator.
///
///     MatrixFree laplacian(n, n, [n](VectorView<double> x, VectorRef<double> y) { … });
template <class Function>
class MatrixFree {
public:
    MatrixFree(Index rows, Index cols, Function function) : rows_(rows), cols_(cols), function_(std::move(function)) {}

    Index rows() const noexcept { return rows_; }
    Index cols() const noexcept { return cols_; }

    template <Scalar T>
    requires std::invocable<const Function&, VectorView<T>, VectorRef<T>>
    void apply(VectorView<T> x, VectorRef<T> y) const { function_(x, y); }

private:
    Index rows_, cols_;
    Function function_;
};

}  // namespace ritz
