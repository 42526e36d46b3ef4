// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/registry.hpp"

#include <algorithm>
#include <array>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/preconditioners/block_jacobi.hpp"
#include "ritz/preconditioners/jacobi.hpp"
#include "ritz/preconditioners/single_precision.hpp"

namespace ritz {

namespace {

using Kind = PreconditionerKind;
using Needs = std::array<std::string_view, 3>;
constexpr Needs square{"square"}, square_diagonal{"square", "nonzero_diagonal"}, square_rows{"square", "no_zero_row"};

constexpr std::span<const std::string_view> first(const Needs& needs, std::size_t count) {
    return std::span(needs).first(count);
}

/// The registry: a preconditioner is a row here and a case in `made`.
constexpr std::array rows{
    PreconditionerInfo{Kind::none, "none", {}, "no preconditioner"},
    PreconditionerInfo{Kind::jacobi, "jacobi", first(square_diagonal, 2), "the diagonal"},
    PreconditionerInfo{Kind::l1_jacobi, "l1_jacobi", first(square_rows, 2),
                       "the sums of magnitudes of rows: positive definite for every matrix"},
    PreconditionerInfo{Kind::block_jacobi, "block_jacobi", first(square, 1),
                       "inverses of diagonal blocks, which are found in the pattern"},
    PreconditionerInfo{Kind::gauss_seidel, "gauss_seidel", first(square_diagonal, 2),
                       "sweeps: forward, backward or both ways"},
    PreconditionerInfo{Kind::ssor, "ssor", first(square_diagonal, 2), "symmetric overrelaxation"},
};

bool has(const Structure& s, std::string_view need) noexcept {
    if (need == "square") return s.square();
    if (need == "nonzero_diagonal") return s.square() && s.zero_free_diagonal();
    if (need == "no_zero_row") return s.empty_rows.count == 0;
    if (need == "hermitian") return s.hermitian;
    if (need == "positive_definite") return s.all_diagonals_positive;
    if (need == "zero_diagonal") return s.square() && !s.zero_free_diagonal();
    return false;
}

template <Scalar T>
Preconditioner<T> made(Kind kind, const CsrView<T>& A, const PreconditionerOptions& o) {
    const auto named = [kind](auto object) { return Preconditioner<T>(std::move(object), std::string(name(kind))); };
    switch (kind) {
        case Kind::automatic:
        case Kind::none:
            return {};
        case Kind::jacobi:
            return named(Jacobi<T>(A));
        case Kind::l1_jacobi:
            return named(L1Jacobi<T>(A));
        case Kind::block_jacobi:
            return named(BlockJacobi<T>(A, {.block_size = o.block_size}));
        case Kind::gauss_seidel:
            return named(GaussSeidel<T>(
                A, {.direction = o.direction, .sweeps = o.sweeps, .omega = o.omega, .ordering = o.ordering}));
        case Kind::ssor:
            return named(Ssor<T>(A, {.omega = o.omega, .sweeps = o.sweeps, .ordering = o.ordering}));
    }
    throw InvalidArgument("make_preconditioner: not a kind of preconditioner");
}

}  // namespace

std::span<const PreconditionerInfo> preconditioners() noexcept {
    return rows;
}

bool applies(const PreconditionerInfo& preconditioner, const Structure& structure) noexcept {
    return std::all_of(preconditioner.needs.begin(), preconditioner.needs.end(),
                       [&](std::string_view need) { return has(structure, need); });
}

std::string_view name(PreconditionerKind kind) noexcept {
    for (const PreconditionerInfo& row : rows)
        if (row.kind == kind) return row.name;
    return "auto";
}

std::optional<PreconditionerKind> preconditioner_named(std::string_view name) noexcept {
    if (name == "auto") return Kind::automatic;
    for (const PreconditionerInfo& row : rows)
        if (row.name == name) return row.kind;
    return {};
}

template <Scalar T>
Preconditioner<T> make_preconditioner(PreconditionerKind kind, const CsrView<T>& A,
                                      const PreconditionerOptions& options) {
    if constexpr (!std::same_as<T, SingleOf<T>>) {
        if (options.precision == PreconditionerPrecision::single && kind != Kind::none) {
            using Low = SingleOf<T>;
            PreconditionerOptions inner = options;
            inner.precision = PreconditionerPrecision::working;
            SinglePrecision<T> M(A, [&](const CsrView<Low>& B) { return made<Low>(kind, B, inner); });
            return {std::move(M), std::string(name(kind))};
        }
    }
    return made(kind, A, options);
}

#define RITZ_INSTANTIATE(T) \
    template Preconditioner<T> make_preconditioner(PreconditionerKind, const CsrView<T>&, const PreconditionerOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
