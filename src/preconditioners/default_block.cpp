// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/default_block.hpp"

#include "core/instantiate.hpp"
#include "preconditioners/common.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/preconditioners/block_jacobi.hpp"
#include "ritz/preconditioners/ic0.hpp"
#include "ritz/preconditioners/ilu0.hpp"

namespace ritz::detail {

template <Scalar T>
Preconditioner<T> default_block_solver(const Csr<T>& block) {
    constexpr Index dense = 64;
    const CsrView<T>& view = block;
    if (block.rows() <= dense)
        return Preconditioner<T>(BlockJacobi<T>(view, {.block_size = std::max<Index>(block.rows(), 1)}), "dense");
    const Structure structure = analyse_structure(view);
    if (structure.hermitian && structure.all_diagonals_positive) return Preconditioner<T>(Ic0<T>(view), "ic0");
    return Preconditioner<T>(Ilu0<T>(view), "ilu0");
}

#define RITZ_INSTANTIATE(T) template Preconditioner<T> default_block_solver(const Csr<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
