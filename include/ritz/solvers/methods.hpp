// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The registry of methods: what `solve` can be asked for, and what each needs of the matrix.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ritz/formats/structure.hpp"

namespace ritz {

enum class Method : std::uint8_t {
    automatic,
    // direct
    diagonal,
    triangular,
    tridiagonal,
    banded,
    cholesky,
    ldlt,
    klu,
    lu,
    qr,
    // iterative: krylov.hpp
    cg,
    fcg,
    minres,
    minres_qlp,
    cr,
    gmres,
    fgmres,
    lgmres,
    gcrodr,
    bicgstab,
    bicgstabl,
    idr,
    tfqmr,
    qmr,
    bicg,
    cgs,
    cocg,
    chebyshev,
    richardson,
    // iterative least squares: krylov.hpp
    lsqr,
    lsmr,
    cgls,
};

/// The enumerator's name; "auto" for automatic.
std::string_view name(Method method) noexcept;

/// The method of that name, or nothing.
std::optional<Method> method_named(std::string_view name) noexcept;

/// One row of the registry. `needs` are words of this list, and a matrix has a method when it has all of them:
///   square
///   diagonal           no nonzero off the diagonal
///   triangular         triangular after a permutation of rows and columns
///   tridiagonal        no nonzero further than one place from the diagonal
///   banded             a band so narrow that storing all of it is no waste (worth_a_band)
///   symmetric          A = Aᵀ or A = Aᴴ
///   hermitian          A = Aᴴ, which for real matrices is the same
///   positive_definite  only its necessary condition is looked at: every diagonal element positive
struct MethodInfo {
    Method method;
    std::string_view name;
    std::string_view kind;  ///< "direct", "krylov" or "least_squares"
    std::span<const std::string_view> needs;
    std::string_view summary;
};

/// Every method that this build has, `automatic` left out.
std::span<const MethodInfo> methods() noexcept;

/// The method's kind; empty for automatic.
std::string_view kind(Method method) noexcept;

/// Whether a matrix has what a method needs; `triangular` says whether a permutation makes it triangular, which
/// Structure does not tell.
bool applies(const MethodInfo& method, const Structure& structure, bool triangular) noexcept;

/// A band so narrow that to fill it costs less than to find out what stays sparse: (kl + ku) n ≤ 16 nonzeros, as
/// measured against UMFPACK, and a quarter of n at most; or 8 wide.
bool worth_a_band(const Structure& structure) noexcept;

}  // namespace ritz
