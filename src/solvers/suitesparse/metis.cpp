// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/suitesparse/metis.hpp"

#include "core/instantiate.hpp"
#include "solvers/suitesparse/common.hpp"

namespace ritz::detail {

template <Scalar T>
std::vector<Index> metis_ordering(const CsrView<T>& A) {
    const auto n = static_cast<std::size_t>(A.rows());
    std::vector<Index> order(n);
    if (n == 0) return order;
    CholmodCommon common;
    // The strict lower triangle by rows is the upper one by columns; METIS takes no diagonal.
    Offset count = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k)
            count += static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(k)]) < i;
    CholmodSparse S(cholmod_l_allocate_sparse(n, n, static_cast<std::size_t>(count), 1, 1, 1, CHOLMOD_PATTERN, common),
                    {common});
    common.check("metis_ordering");
    auto* p = static_cast<SuiteSparse_long*>(S->p);
    auto* rows = static_cast<SuiteSparse_long*>(S->i);
    SuiteSparse_long to = 0;
    for (std::size_t i = 0; i < n; ++i) {
        p[i] = to;
        for (auto k = static_cast<std::size_t>(A.indptr()[i]); k < static_cast<std::size_t>(A.indptr()[i + 1]); ++k)
            if (static_cast<std::size_t>(A.indices()[k]) < i) rows[to++] = A.indices()[k];
    }
    p[n] = to;
    std::vector<SuiteSparse_long> permutation(n);
    const int done = cholmod_l_metis(S.get(), nullptr, 0, 1, permutation.data(), common);
    if (common->status == CHOLMOD_NOT_INSTALLED || (!done && common->status != CHOLMOD_OUT_OF_MEMORY)) return {};
    common.check("metis_ordering");
    for (std::size_t k = 0; k < n; ++k) order[k] = static_cast<Index>(permutation[k]);
    return order;
}

#define INSTANTIATE(T) template std::vector<Index> metis_ordering(const CsrView<T>& A);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz::detail
