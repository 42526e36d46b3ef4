// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Derivatives of the dense and sparse operations, and what is thrown where there is none.
///
/// One convention for all of them (docs/adr/0018-gradients.md). An operation y = f(A, b, …) is evaluated by the
/// function of its name; what that returns holds y and the factors that derivatives need, which are not computed again:
///
///     const auto f = gradients::solve(A, b);        // f.x
///     const auto [A_bar, b_bar] = vjp(f, x_bar);    // reverse mode: from ∂L/∂x to ∂L/∂A and ∂L/∂b
///     const auto x_dot = jvp(f, A_dot, b_dot);      // forward mode: from Ȧ, ḃ to ẋ
///
///   D1  ⟨X, Y⟩ = Re tr(Xᴴ Y), L is real, and dL = ⟨Ā, dA⟩. So Ā is the gradient with respect to conj(A), as in PyTorch
///       and JAX's convention conjugated; a step −t Ā decreases L.
///   D2  vjp is the adjoint of jvp: ⟨ȳ, jvp(Ȧ)⟩ = ⟨vjp(ȳ), Ȧ⟩ for all ȳ and Ȧ.
///   D3  Where A is Hermitian by the meaning of f (cholesky, eigh), only the Hermitian part of Ȧ counts, and Ā is
///       Hermitian. Triangular results have triangular tangents; the other triangle of their cotangents is not read.
///   D4  Several outputs have a struct of tangents or cotangents with the names of the outputs. An empty member is
///   zero. D5  A derivative that does not exist, or of which rounding has left no digit, is thrown as an error that
///   names the
///       reason, never returned as NaN or as a large number. One exception: what cotangents do not ask for does no
///       harm (a repeated eigenvalue, if L depends only on the sum of its eigenvalues, or on its eigenspace).
///   D6  NaN and infinity in tangents and cotangents are InvalidArgument; a result that overflows is LimitExceeded.

#include <cstdint>
#include <string>

#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"

namespace ritz::gradients {

/// The function has no derivative at this point, or not to any digit.
class NotDifferentiable : public Error {
public:
    using Error::Error;
};

/// Two values, `first` and `second` (from 0), are equal to rounding, and what was asked for depends on how they part.
class RepeatedValue : public NotDifferentiable {
public:
    RepeatedValue(const std::string& message, std::int64_t first, std::int64_t second, double gap)
        : NotDifferentiable(message), first_(first), second_(second), gap_(gap) {}
    std::int64_t first() const noexcept { return first_; }
    std::int64_t second() const noexcept { return second_; }
    double gap() const noexcept { return gap_; }

private:
    std::int64_t first_, second_;
    double gap_;
};

/// Of eigenvalues, gap = |λ_first − λ_second|: their eigenvectors, or each of them alone, were asked for.
class RepeatedEigenvalue : public RepeatedValue {
public:
    using RepeatedValue::RepeatedValue;
};

/// Of singular values. A zero singular value is its own double (σ and −σ meet): first == second, gap = σ.
class RepeatedSingularValue : public RepeatedValue {
public:
    using RepeatedValue::RepeatedValue;
};

/// A loss that changes when a complex eigenvector or a pair of singular vectors is multiplied by a number of modulus 1:
/// it depends on the phase that the algorithm happened to choose, and has no gradient. `index` names the vector.
class GaugeDependent : public NotDifferentiable {
public:
    GaugeDependent(const std::string& message, std::int64_t index) : NotDifferentiable(message), index_(index) {}
    std::int64_t index() const noexcept { return index_; }

private:
    std::int64_t index_;
};

}  // namespace ritz::gradients
