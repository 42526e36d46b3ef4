// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/count.hpp"

#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "eigen/count.hpp"
#include "eigen/scaled_pencil.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace eigen {

template <Scalar T>
SpectrumCounter<T>::SpectrumCounter(const Pencil<T>& pencil, double norm, const ShiftLimits& limits)
    : pencil_(pencil), norm_(norm), limits_(limits), factor_(*pencil.A_rows, pencil.M_rows) {}

template <Scalar T>
CountBelow SpectrumCounter<T>::below(double shift, double direction) {
    // A shift that is an eigenvalue to rounding is moved by more and more.
    double step = 64 * std::numeric_limits<Real<T>>::epsilon() * std::max(norm_, std::abs(shift));
    if (!(step > 0)) step = std::numeric_limits<Real<T>>::epsilon();  // A = 0
    for (int attempt = 0;; ++attempt) {
        // A Cholesky factorisation would not see that an eigenvalue is at the shift.
        factor_.factor(shift, ldlt_available() ? FactorKind::indefinite : FactorKind::unknown, limits_);
        const auto inertia = factor_.inertia();
        if (!inertia)
            throw Unsupported("eigenvalues cannot be counted: this build has no LDLᵀ (the CMake option RITZ_MUMPS)");
        if (inertia->zero == 0) return {inertia->negative, shift};
        if (attempt == 8)
            throw SingularMatrix(
                "eigenvalues cannot be counted: A - sigma M is singular to rounding for every sigma near " +
                std::to_string(shift));
        shift += direction * step;
        step *= 16;
    }
}

template <Scalar T>
bool SpectrumCounter<T>::mass_is_definite() {
    if (!pencil_.M_rows) return true;
    if (!definite_) {
        ShiftedFactor<T> mass(*pencil_.M_rows, {});
        definite_ = mass.factor(0, FactorKind::definite, limits_);
    }
    return *definite_;
}

template class SpectrumCounter<float>;
template class SpectrumCounter<double>;
template class SpectrumCounter<std::complex<float>>;
template class SpectrumCounter<std::complex<double>>;

}  // namespace eigen

namespace {

template <Scalar T>
EigenvalueCount count(const CsrView<T>& A, const std::optional<CsrView<T>>& M, double low, double high,
                      const CountOptions& options) {
    detail::require(!std::isnan(low) && !std::isnan(high), "count_eigenvalues: an end of the interval is NaN");
    detail::require(low <= high, "count_eigenvalues: the interval must have low <= high");
    const eigen::ScaledPencil<T> scaled(A, M, "count_eigenvalues");
    EigenvalueCount result{0, low, high};
    const Index n = A.rows();
    if (n == 0 || low == std::numeric_limits<double>::infinity() || high == -std::numeric_limits<double>::infinity())
        return result;
    eigen::SpectrumCounter<T> counter(scaled.pencil(), scaled.norm(),
                                      {.max_memory_bytes = options.max_memory_bytes, .cancel = options.cancel});
    scaled.require_semidefinite_mass("count_eigenvalues");
    const bool from_start = std::isinf(low), to_end = std::isinf(high);
    if ((from_start || to_end) && !counter.mass_is_definite())
        throw NotPositiveDefinite("count_eigenvalues: M is singular, so that both ends of the interval must be finite");
    Index first = 0, last = n;
    if (!from_start) {
        const auto below = counter.below(scaled.to_scaled(low), -1);
        first = below.count;
        if (below.shift != scaled.to_scaled(low)) result.low = scaled.to_caller(below.shift);
    }
    if (!to_end) {
        const auto below = counter.below(scaled.to_scaled(high), 1);
        last = below.count;
        if (below.shift != scaled.to_scaled(high)) result.high = scaled.to_caller(below.shift);
    }
    result.count = last - first;
    if (result.count < 0)
        throw NotPositiveDefinite(
            "count_eigenvalues: the counts at both ends contradict each other: M is not positive semidefinite");
    return result;
}

}  // namespace

template <Scalar T>
EigenvalueCount count_eigenvalues(const CsrView<T>& A, double low, double high, const CountOptions& options) {
    return count<T>(A, {}, low, high, options);
}

template <Scalar T>
EigenvalueCount count_eigenvalues(const CsrView<T>& A, const CsrView<T>& M, double low, double high,
                                  const CountOptions& options) {
    return count<T>(A, M, low, high, options);
}

#define INSTANTIATE(T)                                                                                  \
    template EigenvalueCount count_eigenvalues(const CsrView<T>&, double, double, const CountOptions&); \
    template EigenvalueCount count_eigenvalues(const CsrView<T>&, const CsrView<T>&, double, double,    \
                                               const CountOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
