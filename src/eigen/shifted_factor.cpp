// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/shifted_factor.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/instantiate.hpp"
#include "eigen/extremes.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/solvers/equilibration.hpp"

namespace ritz::eigen {

template <Scalar T>
ShiftedFactor<T>::ShiftedFactor(const CsrView<T>& A, const std::optional<CsrView<T>>& M) : A_(A), M_(M) {
    if (!M_) identity_ = identity<T>(A.rows());
}

template <Scalar T>
ShiftedFactor<T>::~ShiftedFactor() = default;

template <Scalar T>
Csr<T> ShiftedFactor<T>::shifted(double sigma) const {
    return add<Order::row, T>(T(1), A_, T(static_cast<Real<T>>(-sigma)), M_ ? *M_ : CsrView<T>(identity_));
}

template <Scalar T>
bool ShiftedFactor<T>::seen_indefinite(const CsrView<T>& S) {
    const auto d = diagonal(S);
    for (Eigen::Index i = 0; i < d.size(); ++i)
        if (!(std::real(d[i]) > 0)) return true;
    const auto extremes = extreme_ritz_values<T>(S, 12);
    return extremes && extremes->first < -1e-6 * std::abs(extremes->second);
}

template <Scalar T>
const FactorStatistics& ShiftedFactor<T>::predict(const ShiftLimits& limits) {
    if (!analysis_) analysis_.emplace(shifted(1), FactorOptions{.cancel = limits.cancel});
    return analysis_->statistics();
}

template <Scalar T>
bool ShiftedFactor<T>::factor(double sigma, FactorKind kind, const ShiftLimits& limits) {
    cholesky_.reset();
    ldlt_.reset();
    lu_.reset();
    sigma_ = sigma;
    singular_ = false;
    const Csr<T> S = shifted(sigma);
    if (kind != FactorKind::indefinite && !seen_indefinite(S)) {
        const FactorOptions options{.max_memory_bytes = limits.max_memory_bytes, .cancel = limits.cancel};
        if (!analysis_) analysis_.emplace(S, options);
        try {
            ++factorizations_;
            cholesky_.emplace(S, *analysis_, options);
            return true;
        } catch (const NotPositiveDefinite&) {
            cholesky_.reset();
        }
    }
    if (kind == FactorKind::definite) return false;
    ++factorizations_;
    if (ldlt_available()) {
        const Equilibration e = equilibrate_symmetric(S);
        const Csr<T> scaled_S = scaled(S, e, Zeros::keep);
        scale_.resize(e.row.size());
        for (std::size_t i = 0; i < scale_.size(); ++i) scale_[i] = static_cast<Real<T>>(std::ldexp(1.0, e.row[i]));
        ldlt_.emplace(
            scaled_S,
            LdltOptions{.max_memory_bytes = limits.max_memory_bytes, .cancel = limits.cancel, .null_pivots = true});
        singular_ = ldlt_->inertia().zero > 0;
        return true;
    }
    try {
        lu_.emplace(to_csc(S), FactorOptions{.max_memory_bytes = limits.max_memory_bytes, .cancel = limits.cancel});
    } catch (const SingularMatrix&) {
        singular_ = true;
    }
    return true;
}

template <Scalar T>
void ShiftedFactor<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    if (cholesky_) return cholesky_->apply(b, x);
    if (lu_) return lu_->apply(b, x);
    if (!ldlt_) throw Error("eigsh: there are no factors");
    Buffer<T> y(b.size());
    for (std::size_t i = 0; i < b.size(); ++i) y[i] = b[i] * scale_[i];
    ldlt_->apply(y, x);
    for (std::size_t i = 0; i < b.size(); ++i) x[i] *= scale_[i];
}

template <Scalar T>
void ShiftedFactor<T>::apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                                   Eigen::Ref<Eigen::MatrixX<T>> X) const {
    if (B.cols() == 1) {
        const auto n = static_cast<std::size_t>(B.rows());
        return apply({B.data(), n}, {X.data(), n});
    }
    if (cholesky_) {
        X = cholesky_->solve(B);
    } else if (lu_) {
        X = lu_->solve(B);
    } else if (ldlt_) {
        const Eigen::Map<const Eigen::VectorX<Real<T>>> d(scale_.data(), static_cast<Eigen::Index>(scale_.size()));
        const Eigen::VectorX<T> D = d.template cast<T>();
        X = D.asDiagonal() * ldlt_->solve(D.asDiagonal() * B);
    } else {
        throw Error("eigsh: there are no factors");
    }
}

template <Scalar T>
std::optional<Inertia> ShiftedFactor<T>::inertia() const {
    if (cholesky_) return Inertia{.positive = rows()};
    if (ldlt_) return ldlt_->inertia();
    return {};
}

template <Scalar T>
std::string ShiftedFactor<T>::method() const {
    return cholesky_ ? "cholesky" : ldlt_ ? "ldlt" : "lu";
}

template <Scalar T>
std::size_t ShiftedFactor<T>::memory_bytes() const noexcept {
    return cholesky_ ? cholesky_->statistics().memory_bytes
           : ldlt_   ? ldlt_->statistics().memory_bytes
           : lu_     ? lu_->statistics().memory_bytes
                     : 0;
}

#define INSTANTIATE(T) template class ShiftedFactor<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
