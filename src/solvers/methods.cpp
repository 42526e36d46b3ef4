// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/methods.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/qr.hpp"

namespace ritz {

namespace {

using Needs = std::array<std::string_view, 3>;
constexpr Needs square_diagonal{"square", "diagonal"}, square_triangular{"square", "triangular"},
    square_tridiagonal{"square", "tridiagonal"}, square_banded{"square", "banded"},
    positive_definite{"square", "hermitian", "positive_definite"}, hermitian{"square", "hermitian"},
    square_symmetric{"square", "symmetric"}, square{"square"};

constexpr std::span<const std::string_view> first(const Needs& needs, std::size_t count) {
    return std::span(needs).first(count);
}

/// The registry: a method is a row here and a case in solve/direct.cpp, or a row of krylov/registry.cpp.
constexpr std::array rows{
    MethodInfo{Method::diagonal, "diagonal", "direct", first(square_diagonal, 2), "division by the diagonal"},
    MethodInfo{Method::triangular, "triangular", "direct", first(square_triangular, 2),
               "substitution, after a permutation if need be"},
    MethodInfo{Method::tridiagonal, "tridiagonal", "direct", first(square_tridiagonal, 2),
               "L U with partial pivoting of three diagonals (LAPACK)"},
    MethodInfo{Method::banded, "banded", "direct", first(square_banded, 2),
               "L U with partial pivoting inside a band (LAPACK)"},
    MethodInfo{Method::cholesky, "cholesky", "direct", first(positive_definite, 3),
               "P A Pᵀ = L Lᴴ (multifrontal, parallel)"},
    MethodInfo{Method::ldlt, "ldlt", "direct", first(square_symmetric, 2),
               "P A Pᵀ = L D Lᵀ with pivoting, for symmetric indefinite matrices (MUMPS)"},
    MethodInfo{Method::klu, "klu", "direct", first(square, 1),
               "block triangular form and L U of its blocks, for circuits (KLU)"},
    MethodInfo{Method::lu, "lu", "direct", first(square, 1), "P A Q = L U with threshold partial pivoting (UMFPACK)"},
    MethodInfo{Method::qr, "qr", "direct", {}, "A P = Q R: any shape and rank, least squares (SuiteSparseQR)"},
    MethodInfo{Method::cg, "cg", "krylov", first(positive_definite, 3), "conjugate gradients"},
    MethodInfo{Method::fcg, "fcg", "krylov", first(positive_definite, 3),
               "flexible conjugate gradients: the preconditioner may change"},
    MethodInfo{Method::minres, "minres", "krylov", first(hermitian, 2),
               "minimal residuals, for indefinite and singular matrices"},
    MethodInfo{Method::minres_qlp, "minres_qlp", "krylov", first(hermitian, 2),
               "minimal residuals of least norm, for singular and nearly singular matrices"},
    MethodInfo{Method::cr, "cr", "krylov", first(positive_definite, 3), "conjugate residuals"},
    MethodInfo{Method::gmres, "gmres", "krylov", first(square, 1), "generalised minimal residuals, restarted"},
    MethodInfo{Method::fgmres, "fgmres", "krylov", first(square, 1), "flexible GMRES: the preconditioner may change"},
    MethodInfo{Method::lgmres, "lgmres", "krylov", first(square, 1),
               "GMRES that keeps the steps of its last cycles over a restart"},
    MethodInfo{Method::gcrodr, "gcrodr", "krylov", first(square, 1),
               "GMRES that keeps a space over restarts and from system to system"},
    MethodInfo{Method::bicgstab, "bicgstab", "krylov", first(square, 1), "stabilised biconjugate gradients"},
    MethodInfo{Method::bicgstabl, "bicgstabl", "krylov", first(square, 1),
               "BiCGSTAB with minimal residuals of degree ℓ, for eigenvalues near the imaginary axis"},
    MethodInfo{Method::idr, "idr", "krylov", first(square, 1), "induced dimension reduction, IDR(s)"},
    MethodInfo{Method::tfqmr, "tfqmr", "krylov", first(square, 1), "quasi-minimal residuals without Aᴴ"},
    MethodInfo{Method::qmr, "qmr", "krylov", first(square, 1), "quasi-minimal residuals, with A and Aᴴ"},
    MethodInfo{Method::bicg, "bicg", "krylov", first(square, 1), "biconjugate gradients, with A and Aᴴ"},
    MethodInfo{Method::cgs, "cgs", "krylov", first(square, 1), "conjugate gradients squared"},
    MethodInfo{Method::cocg, "cocg", "krylov", first(square_symmetric, 2),
               "conjugate orthogonal conjugate gradients, for complex symmetric matrices"},
    MethodInfo{Method::chebyshev, "chebyshev", "krylov", first(positive_definite, 3),
               "Chebyshev iteration: no inner products but for its stopping"},
    MethodInfo{Method::richardson, "richardson", "krylov", first(square, 1),
               "x ← x + ω M⁻¹ r: refinement by a preconditioner"},
    MethodInfo{Method::lsqr, "lsqr", "least_squares", {}, "least squares by bidiagonalisation: minimal ‖b − A x‖"},
    MethodInfo{Method::lsmr, "lsmr", "least_squares", {}, "least squares by bidiagonalisation: minimal ‖Aᴴ(b − A x)‖"},
    MethodInfo{Method::cgls, "cgls", "least_squares", {}, "least squares by conjugate gradients"},
};

bool in_this_build(Method method) noexcept {
    return (method != Method::ldlt || ldlt_available()) && (method != Method::qr || qr_available());
}

std::span<const MethodInfo> registry() {
    static const std::vector<MethodInfo> present = [] {
        std::vector<MethodInfo> all;
        std::copy_if(rows.begin(), rows.end(), std::back_inserter(all),
                     [](const MethodInfo& row) { return in_this_build(row.method); });
        return all;
    }();
    return present;
}

bool has(const Structure& s, std::string_view need, bool triangular) noexcept {
    if (need == "square") return s.square();
    if (need == "diagonal") return s.diagonal();
    if (need == "triangular") return triangular;
    if (need == "tridiagonal") return s.tridiagonal();
    if (need == "banded") return worth_a_band(s);
    if (need == "symmetric") return s.symmetric || s.hermitian;
    if (need == "hermitian") return s.hermitian;
    if (need == "positive_definite") return s.all_diagonals_positive;
    return false;
}

}  // namespace

std::span<const MethodInfo> methods() noexcept {
    return registry();
}

bool applies(const MethodInfo& method, const Structure& structure, bool triangular) noexcept {
    return std::all_of(method.needs.begin(), method.needs.end(),
                       [&](std::string_view need) { return has(structure, need, triangular); });
}

bool worth_a_band(const Structure& s) noexcept {
    const Offset width = Offset{s.lower_bandwidth} + s.upper_bandwidth + 1;
    return s.square() && (width <= 8 || (4 * width <= s.rows && (width - 1) * s.rows <= 16 * s.nonzeros()));
}

std::string_view name(Method method) noexcept {
    for (const MethodInfo& row : registry())
        if (row.method == method) return row.name;
    return "auto";
}

std::string_view kind(Method method) noexcept {
    for (const MethodInfo& row : registry())
        if (row.method == method) return row.kind;
    return {};
}

std::optional<Method> method_named(std::string_view name) noexcept {
    if (name == "auto") return Method::automatic;
    for (const MethodInfo& row : registry())
        if (row.name == name) return row.method;
    return {};
}

}  // namespace ritz
