// SPDX-License-Identifier: BSD-3-Clause
#include "cli/eigensolvers.hpp"

#include <algorithm>

#include "ritz/eigen/eigs.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/eigen/svds.hpp"

namespace ritz::cli {

namespace {

// What each is, in a switch, so that the compiler names one that was forgotten.

EigensolverRow row_of(EigshMethod method) {
    EigensolverRow row{name(method), "hermitian", {"square", "hermitian"}, ""};
    switch (method) {
        case EigshMethod::automatic:
            break;
        case EigshMethod::dense:
            row.summary = "all eigenvalues by LAPACK, O(n³): none can be missed";
            break;
        case EigshMethod::lanczos:
            row.summary = "Lanczos with restarts, by products with A: the ends of a spectrum";
            break;
        case EigshMethod::shift_invert:
            row.summary = "Lanczos with (A - sigma M)⁻¹: eigenvalues near a point, or the smallest";
            row.needs.push_back("memory_for_factors");
            break;
        case EigshMethod::filtered:
            row.summary = "Lanczos with a polynomial of A that is large on an interval, without factors";
            row.needs.push_back("no_mass_matrix");
            break;
        case EigshMethod::spectra:
            row.summary = "the library Spectra's Lanczos, behind the same checks";
            row.needs.insert(row.needs.end(), {"real", "no_mass_matrix"});
            break;
    }
    return row;
}

EigensolverRow row_of(EigsMethod method) {
    EigensolverRow row{name(method), "general", {"square"}, ""};
    switch (method) {
        case EigsMethod::automatic:
            break;
        case EigsMethod::dense:
            row.summary = "all eigenvalues by LAPACK, O(n³): none can be missed";
            break;
        case EigsMethod::arnoldi:
            row.summary = "Krylov-Schur by products with A: the rim of a spectrum";
            break;
        case EigsMethod::shift_invert:
            row.summary = "Krylov-Schur with (A - sigma M)⁻¹: eigenvalues near a point";
            row.needs.push_back("memory_for_factors");
            break;
    }
    return row;
}

EigensolverRow row_of(SvdsMethod method) {
    EigensolverRow row{name(method), "singular_values", {}, ""};
    switch (method) {
        case SvdsMethod::automatic:
            break;
        case SvdsMethod::dense:
            row.summary = "all singular values by LAPACK: none can be missed";
            break;
        case SvdsMethod::lanczos:
            row.summary = "Golub-Kahan-Lanczos by products with A and its adjoint: the largest";
            break;
        case SvdsMethod::inverse:
            row.summary = "the same with the pseudo-inverse, by LU or QR: the smallest";
            row.needs.push_back("memory_for_factors");
            break;
    }
    return row;
}

void add_name(std::vector<std::string>& names, std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

}  // namespace

std::span<const EigensolverRow> eigensolvers() {
    static const std::vector<EigensolverRow> rows = [] {
        std::vector<EigensolverRow> all;
        const auto add = [&all](const auto& methods) {
            for (const auto method : methods)
                if (const EigensolverRow row = row_of(method); !row.summary.empty()) all.push_back(row);
        };
        add(all_eigsh_methods());
        add(all_eigs_methods());
        add(all_svds_methods());
        return all;
    }();
    return rows;
}

const std::vector<std::string>& eigs_method_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const EigshMethod method : all_eigsh_methods()) add_name(all, name(method));
        for (const EigsMethod method : all_eigs_methods()) add_name(all, name(method));
        return all;
    }();
    return names;
}

const std::vector<std::string>& svds_method_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const SvdsMethod method : all_svds_methods()) add_name(all, name(method));
        return all;
    }();
    return names;
}

}  // namespace ritz::cli
