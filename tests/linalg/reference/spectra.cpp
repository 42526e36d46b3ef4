// SPDX-License-Identifier: BSD-3-Clause
// Eigenvalues and the forms of Schur and Hessenberg: rows of the table in recorded.hpp.
#include "linalg/reference/recorded.hpp"
#include "ritz/linalg/eig.hpp"
#include "ritz/linalg/eigh.hpp"
#include "ritz/linalg/schur.hpp"

namespace ritz::linalg::reference {
namespace {

template <int type>
const auto generalised_row =
    []<class In>(const In& in, Outputs& out) { out.set("w", eigvalsh(in["A"], in["B"], {.type = type})); };

const bool added[] = {
    add("eigvals", []<class In>(const In& in, Outputs& out) { out.set("w", by_size(eigvals(in["A"]))); }),
    add("eigvals/generalised",
        []<class In>(const In& in, Outputs& out) { out.set("w", by_size(eig(in["A"], in["B"]).eigenvalues)); }),
    add("eigvalsh", []<class In>(const In& in, Outputs& out) { out.set("w", eigvalsh(in["A"])); }),
    add("eigh",
        []<class In>(const In& in, Outputs& out) {
            const auto [w, V] = eigh(in["A"]);
            out.set("w", w);
            out.set("P", projector(V.leftCols(2)));
        }),
    add("eigh/subset_by_index",
        []<class In>(const In& in, Outputs& out) {
            out.set("w", eigvalsh(in["A"], {.subset_by_index = IndexRange{1, 3}}));
        }),
    add("eigh/subset_by_value",
        []<class In>(const In& in, Outputs& out) {
            const auto limits = in.vector("limits");
            out.set("w",
                    eigvalsh(in["A"], {.subset_by_value = ValueRange{std::real(limits[0]), std::real(limits[1])}}));
        }),
    add("eigh/type1", generalised_row<1>),
    add("eigh/type2", generalised_row<2>),
    add("eigh/type3", generalised_row<3>),
    add("schur",
        []<class In>(const In& in, Outputs& out) { out.set("w", by_size(schur_complex(in["A"]).T.diagonal())); }),
    add("hessenberg", []<class In>(const In& in, Outputs& out) { out.set("absH", hessenberg(in["A"]).H.cwiseAbs()); }),
    add("eig_banded", []<class In>(const In& in, Outputs& out) { out.set("w", eigvals_banded(in["bands"])); }),
    add_real("eigh_tridiagonal",
             []<class In>(const In& in, Outputs& out) {
                 out.set("w", eigvalsh_tridiagonal(in.vector("d"), in.vector("e")));
             }),
};

}  // namespace
}  // namespace ritz::linalg::reference
