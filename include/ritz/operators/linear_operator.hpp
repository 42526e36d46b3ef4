// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What solvers see of a matrix: y ← A x. docs/adr/0003-views-and-owners.md.

#include <concepts>
#include <type_traits>
#include <utility>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
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

/// An operator that also applies its adjoint: y ← Aᴴ x, x of rows(), y of cols() elements. LSQR, QMR and their like
/// need it.
template <class A, class T>
concept AdjointOperator = LinearOperator<A, T> && requires(const A& a, VectorView<T> x, VectorRef<T> y) {
    a.apply_adjoint(x, y);
};

/// An operator that applies itself to several vectors at once, faster than one after another: Y ← A X.
template <class A, class T>
concept BlockOperator = LinearOperator<A, T> &&
    requires(const A& a, const Eigen::Ref<const Eigen::MatrixX<T>>& X, Eigen::Ref<Eigen::MatrixX<T>> Y) {
    a.apply_block(X, Y);
};

/// A LinearOperator by reference: two pointers and a shape, so that solvers compile once. It does not own: the
/// operator must outlive it, and a temporary is rejected at compile time.
template <Scalar T>
class LinearOperatorRef {
public:
    using Block = Eigen::Ref<Eigen::MatrixX<T>>;
    using ConstBlock = Eigen::Ref<const Eigen::MatrixX<T>>;

    template <class A>
    requires(LinearOperator<A, T> && !std::same_as<A, LinearOperatorRef>) LinearOperatorRef(const A& a)
        : object_(&a),
          functions_(&functions_of<A>),
          rows_(static_cast<Index>(a.rows())),
          cols_(static_cast<Index>(a.cols())) {}

    template <class A>
    requires(LinearOperator<A, T> && !std::same_as<A, LinearOperatorRef>) LinearOperatorRef(const A&&)
    = delete;  // would dangle

    Index rows() const noexcept { return rows_; }
    Index cols() const noexcept { return cols_; }
    void apply(VectorView<T> x, VectorRef<T> y) const { functions_->apply(object_, x, y); }

    bool has_adjoint() const noexcept {
        return functions_->apply_adjoint && (!functions_->has_adjoint || functions_->has_adjoint(object_));
    }
    /// y ← Aᴴ x. \throws Unsupported if the operator has no adjoint.
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
        if (!has_adjoint()) throw Unsupported("LinearOperatorRef: the operator does not apply its adjoint");
        functions_->apply_adjoint(object_, x, y);
    }

    /// Y ← A X, one column after another if the operator has no way of its own.
    void apply_block(const ConstBlock& X, Block Y) const {
        if (functions_->apply_block) return functions_->apply_block(object_, X, Y);
        for (Eigen::Index k = 0; k < X.cols(); ++k)
            apply({X.data() + k * X.outerStride(), static_cast<std::size_t>(X.rows())},
                  {Y.data() + k * Y.outerStride(), static_cast<std::size_t>(Y.rows())});
    }

private:
    struct Functions {
        void (*apply)(const void*, VectorView<T>, VectorRef<T>);
        void (*apply_adjoint)(const void*, VectorView<T>, VectorRef<T>);
        bool (*has_adjoint)(const void*);  // of wrappers, which know it at run time only
        void (*apply_block)(const void*, const ConstBlock&, Block);
    };

    template <class A>
    static constexpr Functions functions_for() {
        Functions f{[](const void* a, VectorView<T> x, VectorRef<T> y) { static_cast<const A*>(a)->apply(x, y); },
                    nullptr, nullptr, nullptr};
        if constexpr (AdjointOperator<A, T>)
            f.apply_adjoint = [](const void* a, VectorView<T> x, VectorRef<T> y) {
                static_cast<const A*>(a)->apply_adjoint(x, y);
            };
        if constexpr (requires(const A& a) {
                          { a.has_adjoint() } -> std::same_as<bool>;
                      })
            f.has_adjoint = [](const void* a) { return static_cast<const A*>(a)->has_adjoint(); };
        if constexpr (BlockOperator<A, T>)
            f.apply_block = [](const void* a, const ConstBlock& X, Block Y) {
                static_cast<const A*>(a)->apply_block(X, Y);
            };
        return f;
    }
    template <class A>
    static constexpr Functions functions_of = functions_for<A>();

    const void* object_;
    const Functions* functions_;
    Index rows_, cols_;
};

namespace detail {
/// In the place of a function that is not there.
struct NoFunction {};
}  // namespace detail

/// A function y ← A x with a shape, and perhaps a second one for y ← Aᴴ x: the shortest way to a LinearOperator.
///
///     MatrixFree laplacian(n, n, [n](VectorView<double> x, VectorRef<double> y) { … });
template <class Function, class Adjoint = detail::NoFunction>
class MatrixFree {
public:
    MatrixFree(Index rows, Index cols, Function function, Adjoint adjoint = {})
        : rows_(rows), cols_(cols), function_(std::move(function)), adjoint_(std::move(adjoint)) {}

    Index rows() const noexcept { return rows_; }
    Index cols() const noexcept { return cols_; }

    template <Scalar T>
    requires std::invocable<const Function&, VectorView<T>, VectorRef<T>>
    void apply(VectorView<T> x, VectorRef<T> y) const { function_(x, y); }

    template <Scalar T>
    requires std::invocable<const Adjoint&, VectorView<T>, VectorRef<T>>
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const { adjoint_(x, y); }

private:
    Index rows_, cols_;
    Function function_;
    Adjoint adjoint_;
};

}  // namespace ritz
