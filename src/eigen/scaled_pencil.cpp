// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/scaled_pencil.hpp"

#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "eigen/extremes.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"
#include "solvers/cost_model.hpp"
#include "solvers/krylov/run.hpp"

namespace ritz::eigen {

namespace {

/// (B + Bᴴ) / 2 of a matrix whose pattern may be unsymmetric.
template <Scalar T>
Csr<T> hermitian_part(const CsrView<T>& B) {
    return add<Order::row, T>(T(Real<T>(0.5)), B, T(Real<T>(0.5)), CsrView<T>(adjoint(B)));
}

}  // namespace

template <Scalar T>
void ScaledPencil<T>::prepare(const CsrView<T>& B, const std::string& who, const char* letter,
                              std::optional<Csr<T>>& own, std::optional<CsrView<T>>& used, int& exponent,
                              double& norm) {
    const std::string prefix = who + ": " + letter;
    detail::require(B.rows() == B.cols(),
                    prefix + " must be square, and is " + std::to_string(B.rows()) + " x " + std::to_string(B.cols()));
    const Structure s = analyse_structure(B);
    detail::require(s.all_finite, prefix + " has a NaN or an infinity");
    used.emplace(B);
    if (!s.hermitian) {
        // Entries that differ by rounding, as those of sums in another order, judged by the largest entry.
        const double difference = norm_max(subtract(B, CsrView<T>(adjoint(B))));
        const double rounding = 64 * static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
        detail::require(difference <= rounding * s.norm_max,
                        prefix + " is not " + (is_complex<T> ? "Hermitian" : "symmetric") +
                            ": mirrored entries differ by up to " + detail::rounded(difference) +
                            "; eigs is for such matrices, and (A + Aᴴ)/2 is the nearest Hermitian one");
        own = hermitian_part(B);
        used.emplace(*own);
        symmetrised_ = true;
    }
    // An infinity here is a row sum that is not representable, of numbers that are.
    exponent = s.norm_max > 0 ? std::ilogb(s.norm_max) / 2 * 2 : 0;  // even, for square roots of M
    if (std::abs(exponent) > iterative::scale_limit<T> / 2) {
        if (!own) own.emplace(B);
        for (T& a : own->values()) a = detail::scale_by_power(a, -exponent);
        used.emplace(*own);
        norm = analyse_structure(*used).norm_inf;
    } else {
        exponent = 0;
        norm = s.norm_inf;
    }
    if (&own == &A_own_) {
        gershgorin_low_ = std::ldexp(s.gershgorin_low, -exponent);
        gershgorin_high_ = std::ldexp(s.gershgorin_high, -exponent);
        if (!std::isfinite(gershgorin_low_)) gershgorin_low_ = -norm;
        if (!std::isfinite(gershgorin_high_)) gershgorin_high_ = norm;
    }
}

template <Scalar T>
ScaledPencil<T>::ScaledPencil(const CsrView<T>& A, const std::optional<CsrView<T>>& M, const std::string& who) {
    prepare(A, who, "A", A_own_, A_, A_exponent_, norm_);
    if (M) {
        detail::require(M->rows() == A.rows() && M->cols() == A.cols(), who + ": M must have the shape of A");
        prepare(*M, who, "M", M_own_, M_, M_exponent_, mass_norm_);
    }
    exponent_ = A_exponent_ - M_exponent_;
    pencil_.emplace(Pencil<T>{*A_, A_});
    if (M_) {
        pencil_->M.emplace(*M_);
        pencil_->M_rows.emplace(*M_);
    }
}

template <Scalar T>
double ScaledPencil<T>::to_scaled(double lambda) const noexcept {
    return std::ldexp(lambda, -exponent_);
}

template <Scalar T>
double ScaledPencil<T>::to_caller(double lambda) const noexcept {
    return std::ldexp(lambda, exponent_);
}

template <Scalar T>
void ScaledPencil<T>::require_semidefinite_mass(const char* who) const {
    if (!M_) return;
    bool negative = false;
    for (const T d : diagonal(*M_)) negative |= std::real(d) < 0;
    const auto extremes = extreme_ritz_values<T>(*M_, 40);
    if (extremes && extremes->first < -1e-10 * std::abs(extremes->second)) negative = true;
    if (negative)
        throw NotPositiveDefinite(
            std::string(who) +
            ": M is indefinite, and must be positive semidefinite; eigs takes any M, with a shift too");
}

template <Scalar T>
void ScaledPencil<T>::tune() {
    constexpr Offset worth_it = 1 << 14;
    if (A_tuned_ || A_->nnz() < worth_it) return;
    A_tuned_.emplace(*A_);
    pencil_->A = LinearOperatorRef<T>(*A_tuned_);
    if (M_) {
        M_tuned_.emplace(*M_);
        pencil_->M = LinearOperatorRef<T>(*M_tuned_);
    }
}

#define INSTANTIATE(T) template class ScaledPencil<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
