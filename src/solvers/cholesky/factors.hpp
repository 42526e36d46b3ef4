// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The numerical part of a Cholesky factorisation: L in fronts, and what is done with it. W is double or
/// complex<double>.

#include <atomic>
#include <memory>
#include <type_traits>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/factorization.hpp"
#include "solvers/cholesky/storage.hpp"
#include "solvers/cholesky/symbolic.hpp"

namespace ritz {

namespace detail {

/// The type that T is factored in.
template <Scalar T>
using CholeskyNumber = std::conditional_t<is_complex<T>, std::complex<double>, double>;

/// L, front by front: front s is the panel at values[S.panel[s]], S.height(s) rows.
template <class W>
struct PanelFactor {
    std::shared_ptr<const Symbolic> symbolic;
    Storage<W> values;
    bool complete = false;  // false after a factorisation that failed

    W* panel(Index s) noexcept { return values.data() + symbolic->panel[Symbolic::u(s)]; }
    const W* panel(Index s) const noexcept { return values.data() + symbolic->panel[Symbolic::u(s)]; }
};

/// Fills L from A, whose pattern is the one that was analysed. Returns the most bytes that were held at once, L and its
/// symbolic part included. \throws NotPositiveDefinite, Interrupted, std::bad_alloc; then L is not complete.
template <Scalar T>
std::size_t factor_panels(const CsrView<T>& A, const std::atomic<bool>* cancel, PanelFactor<CholeskyNumber<T>>& L);

/// x ← A⁻¹ b for `count` vectors; column q of b is at b + q ldb, of x at x + q ldx; they may be the same.
/// `conjugated`: x ← A⁻ᵀ b.
template <Scalar T>
void solve_panels(const PanelFactor<CholeskyNumber<T>>& L, bool conjugated, Index count, const T* b, std::ptrdiff_t ldb,
                  T* x, std::ptrdiff_t ldx);

/// x ← Pᵀ L⁻ᴴ b of one vector; they may be the same.
template <Scalar T>
void solve_adjoint_panels(const PanelFactor<CholeskyNumber<T>>& L, const T* b, T* x);

/// L Lᴴ ← L Lᴴ + sign C Cᴴ; see Cholesky::update.
template <Scalar T>
void update_panels(PanelFactor<CholeskyNumber<T>>& L, const CscView<T>& C, double sign);

}  // namespace detail

template <Scalar T>
struct Cholesky<T>::Analysis::Content {
    std::shared_ptr<const detail::Symbolic> symbolic;
    FactorStatistics statistics;
};

template <Scalar T>
struct Cholesky<T>::Factors {
    detail::PanelFactor<detail::CholeskyNumber<T>> L;
    FactorStatistics statistics;
    FactorOptions options;

    const detail::Symbolic& symbolic() const noexcept { return *L.symbolic; }
};

}  // namespace ritz
