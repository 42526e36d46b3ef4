// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Operators made of operators, without forming a matrix. All refer to their parts, which must outlive them (a
/// temporary is rejected at compile time); each is a LinearOperator itself, and applies its adjoint when its parts do.
///
///     const OperatorProduct<double> normal(At, A);         // Aᵀ A
///     const ShiftedOperator<double> regularised(normal, -1e-3);   // Aᵀ A + 10⁻³ I
///
/// Work vectors are kept between calls; the const functions may be called from several threads at once.
/// apply throws InvalidArgument for vectors of wrong lengths, and what the parts throw.

#include <memory>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

namespace detail {
template <class T>
class ScratchPool;
}

/// α A + β B; the difference is OperatorSum(A, B, 1, -1).
template <Scalar T>
class OperatorSum {
public:
    /// \throws InvalidArgument if the shapes differ.
    OperatorSum(LinearOperatorRef<T> A, LinearOperatorRef<T> B, T alpha = T{1}, T beta = T{1});

    Index rows() const noexcept { return a_.rows(); }
    Index cols() const noexcept { return a_.cols(); }
    void apply(VectorView<T> x, VectorRef<T> y) const;
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;
    bool has_adjoint() const noexcept { return a_.has_adjoint() && b_.has_adjoint(); }

private:
    LinearOperatorRef<T> a_, b_;
    T alpha_, beta_;
    std::shared_ptr<detail::ScratchPool<T>> scratch_;
};

/// A B: x goes through B first.
template <Scalar T>
class OperatorProduct {
public:
    /// \throws InvalidArgument if A.cols() ≠ B.rows().
    OperatorProduct(LinearOperatorRef<T> A, LinearOperatorRef<T> B);

    Index rows() const noexcept { return a_.rows(); }
    Index cols() const noexcept { return b_.cols(); }
    void apply(VectorView<T> x, VectorRef<T> y) const;
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;
    bool has_adjoint() const noexcept { return a_.has_adjoint() && b_.has_adjoint(); }

private:
    LinearOperatorRef<T> a_, b_;
    std::shared_ptr<detail::ScratchPool<T>> scratch_;
};

/// α A.
template <Scalar T>
class ScaledOperator {
public:
    ScaledOperator(T alpha, LinearOperatorRef<T> A) : a_(A), alpha_(alpha) {}

    Index rows() const noexcept { return a_.rows(); }
    Index cols() const noexcept { return a_.cols(); }
    void apply(VectorView<T> x, VectorRef<T> y) const;
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;
    bool has_adjoint() const noexcept { return a_.has_adjoint(); }

private:
    LinearOperatorRef<T> a_;
    T alpha_;
};

/// A - σ I; with a mass matrix A - σ M it is OperatorSum(A, M, 1, -σ).
template <Scalar T>
class ShiftedOperator {
public:
    /// \throws InvalidArgument if A is not square.
    ShiftedOperator(LinearOperatorRef<T> A, T sigma);

    Index rows() const noexcept { return a_.rows(); }
    Index cols() const noexcept { return a_.cols(); }
    void apply(VectorView<T> x, VectorRef<T> y) const;
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;
    bool has_adjoint() const noexcept { return a_.has_adjoint(); }

private:
    LinearOperatorRef<T> a_;
    T sigma_;
};

/// Aᴴ.
template <Scalar T>
class AdjointOf {
public:
    /// \throws Unsupported if A does not apply its adjoint.
    explicit AdjointOf(LinearOperatorRef<T> A);

    Index rows() const noexcept { return a_.cols(); }
    Index cols() const noexcept { return a_.rows(); }
    void apply(VectorView<T> x, VectorRef<T> y) const { a_.apply_adjoint(x, y); }
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const { a_.apply(x, y); }

private:
    LinearOperatorRef<T> a_;
};

/// Aᵀ = conj(Aᴴ): Aᵀ x is the conjugate of Aᴴ conj(x).
template <Scalar T>
class TransposeOf {
public:
    /// \throws Unsupported if A does not apply its adjoint.
    explicit TransposeOf(LinearOperatorRef<T> A);

    Index rows() const noexcept { return a_.cols(); }
    Index cols() const noexcept { return a_.rows(); }
    void apply(VectorView<T> x, VectorRef<T> y) const;
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;

private:
    LinearOperatorRef<T> a_;
    std::shared_ptr<detail::ScratchPool<T>> scratch_;
};

}  // namespace ritz
