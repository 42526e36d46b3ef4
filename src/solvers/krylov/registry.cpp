// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>

#include "core/instantiate.hpp"
#include "solvers/krylov/methods.hpp"

namespace ritz::iterative {

/// A method of krylov.hpp is a row here and one in ../methods.cpp, where the program learns of it.
template <Scalar T>
const MethodRow<T>* row_of(Method method) {
    static constexpr std::array rows{
        MethodRow<T>{.method = Method::cg, .function = cg<T>, .hermitian = true},
        MethodRow<T>{.method = Method::fcg, .function = fcg<T>, .hermitian = true},
        MethodRow<T>{.method = Method::minres, .function = minres<T>, .hermitian = true},
        MethodRow<T>{.method = Method::minres_qlp, .function = minres_qlp<T>, .hermitian = true},
        MethodRow<T>{.method = Method::cr, .function = cr<T>, .hermitian = true},
        MethodRow<T>{.method = Method::gmres, .function = gmres<T>},
        MethodRow<T>{.method = Method::fgmres, .function = fgmres<T>},
        MethodRow<T>{.method = Method::lgmres, .function = lgmres<T>},
        MethodRow<T>{.method = Method::gcrodr, .function = gcrodr<T>},
        MethodRow<T>{.method = Method::bicgstab, .function = bicgstab<T>},
        MethodRow<T>{.method = Method::bicgstabl, .function = bicgstabl<T>},
        MethodRow<T>{.method = Method::idr, .function = idr<T>},
        MethodRow<T>{.method = Method::tfqmr, .function = tfqmr<T>},
        MethodRow<T>{.method = Method::qmr, .function = qmr<T>, .adjoint = true, .adjoint_M = true},
        MethodRow<T>{.method = Method::bicg, .function = bicg<T>, .adjoint = true, .adjoint_M = true},
        MethodRow<T>{.method = Method::cgs, .function = cgs<T>},
        MethodRow<T>{.method = Method::cocg, .function = cocg<T>, .symmetric = true},
        MethodRow<T>{.method = Method::chebyshev, .function = chebyshev<T>, .hermitian = true},
        MethodRow<T>{.method = Method::richardson, .function = richardson<T>},
        MethodRow<T>{
            .method = Method::lsqr, .function = lsqr<T>, .adjoint = true, .adjoint_M = true, .least_squares = true},
        MethodRow<T>{
            .method = Method::lsmr, .function = lsmr<T>, .adjoint = true, .adjoint_M = true, .least_squares = true},
        MethodRow<T>{
            .method = Method::cgls, .function = cgls<T>, .adjoint = true, .adjoint_M = true, .least_squares = true},
    };
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.method == method; });
    return found == rows.end() ? nullptr : &*found;
}

#define INSTANTIATE(T) template const MethodRow<T>* row_of<T>(Method);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
