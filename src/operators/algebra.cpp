// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/operators/algebra.hpp"

#include <string>

#include "core/instantiate.hpp"
#include "core/scratch.hpp"
#include "core/sweep.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"

namespace ritz {

namespace {

template <Scalar T>
void require_lengths(VectorView<T> x, VectorRef<T> y, Index from, Index to, const char* who) {
    if (x.size() != static_cast<std::size_t>(from) || y.size() != static_cast<std::size_t>(to))
        throw InvalidArgument(std::string(who) + ": x and y must have " + std::to_string(from) + " and " +
                              std::to_string(to) + " elements");
}

template <Scalar T>
void apply_form(const LinearOperatorRef<T>& A, bool adjoint, VectorView<T> x, VectorRef<T> y) {
    adjoint ? A.apply_adjoint(x, y) : A.apply(x, y);
}

/// y ← α A x + β B x, or with all adjoint.
template <Scalar T>
void apply_sum(const LinearOperatorRef<T>& A, const LinearOperatorRef<T>& B, T alpha, T beta, bool adjoint,
               detail::ScratchPool<T>& scratch, VectorView<T> x, VectorRef<T> y) {
    auto other = scratch.take(y.size());
    apply_form(A, adjoint, x, y);
    apply_form(B, adjoint, x, VectorRef<T>(other.data(), other.size()));
    T *const y_ = y.data(), *const b_ = other.data();
    const T a = adjoint ? ritz::conjugate(alpha) : alpha, b = adjoint ? ritz::conjugate(beta) : beta;
    detail::sweep(y.size(), [=](std::size_t i) { y_[i] = a * y_[i] + b * b_[i]; });
}

template <Scalar T>
void shift(T sigma, VectorView<T> x, VectorRef<T> y) {
    axpy(-sigma, x, y);
}

template <Scalar T>
void apply_conjugated(const LinearOperatorRef<T>& A, bool adjoint, detail::ScratchPool<T>& scratch, VectorView<T> x,
                      VectorRef<T> y) {
    auto conjugated = scratch.take(x.size());
    T* const c = conjugated.data();
    detail::sweep(x.size(), [=](std::size_t i) { c[i] = ritz::conjugate(x[i]); });
    apply_form(A, adjoint, VectorView<T>(c, x.size()), y);
    T* const y_ = y.data();
    detail::sweep(y.size(), [=](std::size_t i) { y_[i] = ritz::conjugate(y_[i]); });
}

template <Scalar T>
LinearOperatorRef<T> with_adjoint(LinearOperatorRef<T> A, const char* who) {
    if (!A.has_adjoint()) throw Unsupported(std::string(who) + ": the operator does not apply its adjoint");
    return A;
}

}  // namespace

template <Scalar T>
OperatorSum<T>::OperatorSum(LinearOperatorRef<T> A, LinearOperatorRef<T> B, T alpha, T beta)
    : a_(A), b_(B), alpha_(alpha), beta_(beta), scratch_(std::make_shared<detail::ScratchPool<T>>()) {
    detail::require(A.rows() == B.rows() && A.cols() == B.cols(), "OperatorSum: A and B must have the same shape");
}
template <Scalar T>
void OperatorSum<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    require_lengths(x, y, cols(), rows(), "OperatorSum");
    apply_sum(a_, b_, alpha_, beta_, false, *scratch_, x, y);
}
template <Scalar T>
void OperatorSum<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    require_lengths(x, y, rows(), cols(), "OperatorSum");
    apply_sum(a_, b_, alpha_, beta_, true, *scratch_, x, y);
}

template <Scalar T>
OperatorProduct<T>::OperatorProduct(LinearOperatorRef<T> A, LinearOperatorRef<T> B)
    : a_(A), b_(B), scratch_(std::make_shared<detail::ScratchPool<T>>()) {
    detail::require(A.cols() == B.rows(), "OperatorProduct: A must have as many columns as B has rows");
}
template <Scalar T>
void OperatorProduct<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    require_lengths(x, y, cols(), rows(), "OperatorProduct");
    auto middle = scratch_->take(static_cast<std::size_t>(b_.rows()));
    b_.apply(x, VectorRef<T>(middle.data(), middle.size()));
    a_.apply(VectorView<T>(middle.data(), middle.size()), y);
}
template <Scalar T>
void OperatorProduct<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    require_lengths(x, y, rows(), cols(), "OperatorProduct");
    auto middle = scratch_->take(static_cast<std::size_t>(b_.rows()));
    a_.apply_adjoint(x, VectorRef<T>(middle.data(), middle.size()));
    b_.apply_adjoint(VectorView<T>(middle.data(), middle.size()), y);
}

template <Scalar T>
void ScaledOperator<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    a_.apply(x, y);
    scale(alpha_, y);
}
template <Scalar T>
void ScaledOperator<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    a_.apply_adjoint(x, y);
    scale(ritz::conjugate(alpha_), y);
}

template <Scalar T>
ShiftedOperator<T>::ShiftedOperator(LinearOperatorRef<T> A, T sigma) : a_(A), sigma_(sigma) {
    detail::require(A.rows() == A.cols(), "ShiftedOperator: A must be square");
}
template <Scalar T>
void ShiftedOperator<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    a_.apply(x, y);
    shift(sigma_, x, y);
}
template <Scalar T>
void ShiftedOperator<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    a_.apply_adjoint(x, y);
    shift(ritz::conjugate(sigma_), x, y);
}

template <Scalar T>
AdjointOf<T>::AdjointOf(LinearOperatorRef<T> A) : a_(with_adjoint(A, "AdjointOf")) {}

template <Scalar T>
TransposeOf<T>::TransposeOf(LinearOperatorRef<T> A)
    : a_(with_adjoint(A, "TransposeOf")), scratch_(std::make_shared<detail::ScratchPool<T>>()) {}
template <Scalar T>
void TransposeOf<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    require_lengths(x, y, cols(), rows(), "TransposeOf");
    apply_conjugated(a_, true, *scratch_, x, y);
}
template <Scalar T>
void TransposeOf<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    require_lengths(x, y, rows(), cols(), "TransposeOf");
    apply_conjugated(a_, false, *scratch_, x, y);
}

#define RITZ_INSTANTIATE(T)            \
    template class OperatorSum<T>;     \
    template class OperatorProduct<T>; \
    template class ScaledOperator<T>;  \
    template class ShiftedOperator<T>; \
    template class AdjointOf<T>;       \
    template class TransposeOf<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
