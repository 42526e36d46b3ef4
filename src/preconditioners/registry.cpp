// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/registry.hpp"

#include <algorithm>
#include <array>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/preconditioners/block_jacobi.hpp"
#include "ritz/preconditioners/chebyshev.hpp"
#include "ritz/preconditioners/ic0.hpp"
#include "ritz/preconditioners/ilu0.hpp"
#include "ritz/preconditioners/jacobi.hpp"
#include "ritz/preconditioners/single_precision.hpp"
#include "ritz/preconditioners/spai.hpp"

namespace ritz {

namespace {

using Kind = PreconditionerKind;
using Needs = std::array<std::string_view, 3>;
constexpr Needs square{"square"}, square_diagonal{"square", "nonzero_diagonal"}, square_rows{"square", "no_zero_row"},
    definite{"square", "hermitian", "positive_definite"}, saddle{"square", "zero_diagonal"};

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
    PreconditionerInfo{Kind::spai0, "spai0", first(square_diagonal, 2), "the diagonal nearest to the inverse"},
    PreconditionerInfo{Kind::spai1, "spai1", first(square_rows, 2),
                       "the matrix with A's pattern nearest to the inverse"},
    PreconditionerInfo{Kind::fsai, "fsai", first(definite, 3), "Gᴴ G ≈ A⁻¹, G with the pattern of A's triangle"},
    PreconditionerInfo{Kind::chebyshev, "chebyshev", first(definite, 3),
                       "a polynomial in A that is small on its spectrum"},
    PreconditionerInfo{Kind::schwarz, "schwarz", first(square, 1), "overlapping subdomains, each solved by itself"},
    PreconditionerInfo{Kind::field_split, "field_split", first(saddle, 2),
                       "2 x 2 blocks and a Schur complement, split at the zero diagonal"},
    PreconditionerInfo{Kind::ic0, "ic0", first(definite, 3), "incomplete Cholesky without fill"},
    PreconditionerInfo{Kind::mic0, "mic0", first(definite, 3),
                       "incomplete Cholesky without fill that keeps row sums: for diffusion"},
    PreconditionerInfo{Kind::ilu0, "ilu0", first(square, 1), "incomplete L U without fill"},
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

/// Kinds that look at the precision themselves, or pass it on.
bool knows_precision(Kind kind) noexcept {
    return kind == Kind::automatic || kind == Kind::none || kind == Kind::ic0 || kind == Kind::mic0 ||
           kind == Kind::ilu0;
}

template <Scalar T>
Preconditioner<T> made(Kind kind, const CsrView<T>& A, const PreconditionerOptions& o) {
    const auto named = [kind](auto object) { return Preconditioner<T>(std::move(object), std::string(name(kind))); };
    switch (kind) {
        case Kind::automatic:
            return choose_preconditioner(A, analyse_structure(A), o).preconditioner;
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
        case Kind::spai0:
            return named(Spai0<T>(A));
        case Kind::spai1:
            return named(Spai1<T>(A));
        case Kind::fsai:
            return named(Fsai<T>(A));
        case Kind::chebyshev:
            return named(Chebyshev<T>(A, {.degree = o.degree, .eigenvalue_ratio = o.eigenvalue_ratio}));
        case Kind::schwarz:
            return named(Schwarz<T>(A, {.kind = o.schwarz, .parts = o.parts, .overlap = o.overlap}));
        case Kind::field_split:
            return named(FieldSplit<T>(A, {.kind = o.field_split}));
        case Kind::ic0:
            return named(Ic0<T>(A, {.on_breakdown = o.on_breakdown, .precision = o.precision}));
        case Kind::mic0:
            return named(Ic0<T>(A, {.modified = o.modified, .on_breakdown = o.on_breakdown, .precision = o.precision}));
        case Kind::ilu0:
            return named(Ilu0<T>(A, {.on_breakdown = o.on_breakdown, .precision = o.precision}));
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

namespace {

/// Kinds in the order in which they are tried, and why they are.
struct Chain {
    std::vector<PreconditionerKind> kinds;
    std::string reason;
};

Chain chain_for(const Structure& s, Offset rows_too_long) {
    if (s.diagonal() && s.zero_free_diagonal()) return {{Kind::jacobi}, "the matrix is diagonal"};
    if (s.hermitian && s.all_diagonals_positive) {
        if (s.min_row_dominance >= 2)
            return {{Kind::jacobi, Kind::l1_jacobi}, "each diagonal element is at least twice the rest of its row"};
        if (rows_too_long > 0 && s.max_row_nonzeros > rows_too_long)
            return {{Kind::jacobi, Kind::l1_jacobi},
                    "rows differ much in length (the longest has " + std::to_string(s.max_row_nonzeros) +
                        " entries), and a factor's long rows cost more than they save"};
        return {{Kind::ic0, Kind::ssor, Kind::jacobi, Kind::l1_jacobi},
                "Hermitian with a positive diagonal, so perhaps positive definite"};
    }
    if (s.hermitian && !s.zero_free_diagonal())
        return {{Kind::field_split, Kind::l1_jacobi},
                "Hermitian and indefinite with zeros on the diagonal: a saddle point system"};
    if (s.hermitian)
        return {{Kind::l1_jacobi}, "Hermitian and indefinite: MINRES needs a preconditioner that is definite"};
    if (s.zero_free_diagonal())
        return {{Kind::ilu0, Kind::block_jacobi, Kind::jacobi, Kind::l1_jacobi}, "not Hermitian"};
    return {{Kind::ilu0, Kind::spai1, Kind::l1_jacobi}, "not Hermitian, with zeros on the diagonal"};
}

}  // namespace

template <Scalar T>
PreconditionerChoice<T> choose_preconditioner(const CsrView<T>& A, const Structure& structure,
                                              const PreconditionerOptions& options) {
    detail::require(structure.rows == A.rows() && structure.cols == A.cols() && structure.nnz == A.nnz(),
                    "choose_preconditioner: the structure is another matrix's");
    detail::require(structure.square(), "choose_preconditioner: the matrix must be square");
    detail::require(structure.all_finite, "choose_preconditioner: the matrix has an entry that is not finite");
    PreconditionerChoice<T> choice;
    if (A.rows() == 0) {
        choice.reasons.push_back("none: the matrix is empty");
        return choice;
    }
    // Ten times the mean, and long beside a cache line: as in the graphs of networks, not in those of meshes.
    const Chain chain = chain_for(structure, 10 * structure.nnz / A.rows() + 100);
    for (const PreconditionerKind kind : chain.kinds) {
        const std::string candidate(name(kind));
        try {
            choice.preconditioner = make_preconditioner(kind, A, options);
            choice.kind = kind;
            choice.reasons.push_back(candidate + ": " + chain.reason);
            return choice;
        } catch (const Error& error) {
            if (kind == chain.kinds.back()) throw;
            choice.reasons.push_back(candidate + " does not exist: " + error.what());
        }
    }
    return choice;
}

template <Scalar T>
Preconditioner<T> make_preconditioner(PreconditionerKind kind, const CsrView<T>& A,
                                      const PreconditionerOptions& options) {
    if constexpr (!std::same_as<T, SingleOf<T>>) {
        if (options.precision == Precision::single && !knows_precision(kind)) {
            using Low = SingleOf<T>;
            PreconditionerOptions inner = options;
            inner.precision = Precision::working;
            SinglePrecision<T> M(A, [&](const CsrView<Low>& B) { return made<Low>(kind, B, inner); });
            return {std::move(M), std::string(name(kind))};
        }
    }
    return made(kind, A, options);
}

#define RITZ_INSTANTIATE(T)                                                                     \
    template Preconditioner<T> make_preconditioner(PreconditionerKind, const CsrView<T>&,       \
                                                   const PreconditionerOptions&);               \
    template PreconditionerChoice<T> choose_preconditioner(const CsrView<T>&, const Structure&, \
                                                           const PreconditionerOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
