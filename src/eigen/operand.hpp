// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The matrix of a method that multiplies with it many times and knows it by its products only.

#include <chrono>
#include <cstdint>
#include <optional>

#include "ritz/formats/compressed.hpp"
#include "ritz/formats/tuned.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::eigen {

/// Seconds since it was made.
class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// u, half the distance from 1 to the next number of T.
template <Scalar T>
inline constexpr double unit_roundoff = static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) / 2;

/// The real number a as a T.
template <Scalar T>
constexpr T scalar(double a) noexcept {
    return T(static_cast<Real<T>>(a));
}

/// A square matrix or operator A as 2^-exponent A, whose products and their powers neither over- nor underflow;
/// counts products. A matrix with very large or small values is scaled in a copy and rearranged for products if it is
/// large; the products of an operator are scaled when the first one calls for it.
template <Scalar T>
class Operand {
public:
    /// A has no NaN and no infinity. Its arrays must outlive this.
    explicit Operand(const CsrView<T>& A);
    /// One product with a random vector, unless the operator is 0 × 0.
    explicit Operand(const LinearOperatorRef<T>& A);
    Operand(const Operand&) = delete;
    Operand& operator=(const Operand&) = delete;

    Index rows() const noexcept { return product_->rows(); }
    Index cols() const noexcept { return product_->cols(); }
    int exponent() const noexcept { return exponent_; }
    std::int64_t applications() const noexcept { return applications_; }
    bool has_adjoint() const noexcept { return product_->has_adjoint(); }
    /// Of one product; a guess for an operator.
    double product_flops() const noexcept { return tuned_ ? 2 * static_cast<double>(tuned_->nnz()) : 20.0 * rows(); }

    /// y ← 2^-exponent A x, and for n × k blocks.
    void apply(VectorView<T> x, VectorRef<T> y);
    void apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& X, Eigen::Ref<Eigen::MatrixX<T>> Y);
    /// y ← 2^-exponent Aᴴ x. \throws Unsupported without it.
    void apply_adjoint(VectorView<T> x, VectorRef<T> y);

    /// Whether ⟨A x, y⟩ = ⟨x, A y⟩ to rounding for two random vectors: almost surely not if A ≠ Aᴴ. Two products. True
    /// when a product is not finite, which is for others to find.
    bool seems_hermitian(std::uint64_t seed);

private:
    void rescale(VectorRef<T> y) const;

    std::optional<Csr<T>> scaled_;
    std::optional<TunedMatrix<T>> tuned_;
    std::optional<LinearOperatorRef<T>> product_;
    int exponent_ = 0;   // of what is told to others
    int rescaling_ = 0;  // of products, where A could not be scaled beforehand
    std::int64_t applications_ = 0;
};

/// \throws InvalidArgument if A is not square or holds a NaN or an infinity; names `who`.
template <Scalar T>
void require_square_and_finite(const CsrView<T>& A, const char* who);

}  // namespace ritz::eigen
