// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>

#include "eigen/verify.hpp"
#include "ritz/formats/tuned.hpp"

namespace ritz::eigen {

/// A pencil of matrices as Hermitian eigensolvers work with it: looked through (square, Hermitian, finite), multiplied
/// by powers of two so that squares of its numbers neither over- nor underflow, with products tuned when it is large.
/// λ of the caller is 2^exponent times λ here.
template <Scalar T>
class ScaledPencil {
public:
    /// \throws InvalidArgument, naming `who`.
    ScaledPencil(const CsrView<T>& A, const std::optional<CsrView<T>>& M, const std::string& who);
    ScaledPencil(const ScaledPencil&) = delete;
    ScaledPencil& operator=(const ScaledPencil&) = delete;

    const Pencil<T>& pencil() const noexcept { return *pencil_; }
    /// ‖A‖∞ and ‖M‖∞ (1 without M), as scaled: upper bounds of the 2-norms.
    double norm() const noexcept { return norm_; }
    double mass_norm() const noexcept { return mass_norm_; }
    /// Lower and upper bound of the spectrum of A by Gershgorin's theorem.
    double gershgorin_low() const noexcept { return gershgorin_low_; }
    double gershgorin_high() const noexcept { return gershgorin_high_; }
    /// A or M was not exactly Hermitian, by rounding errors alone, and is replaced by its Hermitian part.
    bool symmetrised() const noexcept { return symmetrised_; }
    int exponent() const noexcept { return exponent_; }
    double to_scaled(double lambda) const noexcept;
    double to_caller(double lambda) const noexcept;
    /// Exponent of residuals ‖A v − λ M v‖: caller's = 2^this × scaled, with vectors scaled so that ‖v‖_M = 1 in both.
    int matrix_exponent() const noexcept { return A_exponent_; }
    int mass_exponent() const noexcept { return M_exponent_; }

    /// \throws NotPositiveDefinite if the diagonal of M, or some Lanczos steps, show a negative eigenvalue.
    void require_semidefinite_mass(const char* who) const;

    /// Products by TunedMatrix from now on; not before they are needed, since a factorisation needs none.
    void tune();

private:
    void prepare(const CsrView<T>& B, const std::string& who, const char* letter, std::optional<Csr<T>>& own,
                 std::optional<CsrView<T>>& used, int& exponent, double& norm);

    std::optional<Csr<T>> A_own_, M_own_;
    std::optional<CsrView<T>> A_, M_;
    std::optional<TunedMatrix<T>> A_tuned_, M_tuned_;
    std::optional<Pencil<T>> pencil_;
    int A_exponent_ = 0, M_exponent_ = 0, exponent_ = 0;
    double norm_ = 0, mass_norm_ = 1, gershgorin_low_ = 0, gershgorin_high_ = 0;
    bool symmetrised_ = false;
};

}  // namespace ritz::eigen
