// SPDX-License-Identifier: BSD-3-Clause
#include <array>

#include "ritz/solvers/solve.hpp"

namespace ritz {

namespace {

constexpr std::array<std::string_view, 2> square_diagonal{"square", "diagonal"};
constexpr std::array<std::string_view, 3> positive_definite{"square", "hermitian", "positive_definite"};
constexpr std::array<std::string_view, 1> square{"square"};

/// The registry: a method is a row here and a case in solve.cpp.
constexpr std::array registry{
    MethodInfo{Method::diagonal, "diagonal", "direct", square_diagonal, "division by the diagonal"},
    MethodInfo{Method::cholesky, "cholesky", "direct", positive_definite, "P A Pᵀ = L Lᴴ (CHOLMOD)"},
    MethodInfo{Method::lu, "lu", "direct", square, "P A Q = L U with threshold partial pivoting (UMFPACK)"},
    MethodInfo{Method::qr, "qr", "direct", {}, "A P = Q R: any shape and rank, least squares (SuiteSparseQR)"},
};

}  // namespace

std::span<const MethodInfo> methods() noexcept {
    return registry;
}

std::string_view name(Method method) noexcept {
    for (const MethodInfo& row : registry)
        if (row.method == method) return row.name;
    return "auto";
}

std::optional<Method> method_named(std::string_view name) noexcept {
    if (name == "auto") return Method::automatic;
    for (const MethodInfo& row : registry)
        if (row.name == name) return row.method;
    return {};
}

}  // namespace ritz
