// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/polar.hpp"

#include "core/instantiate.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::linalg::detail {

template <Scalar T>
PolarResult<T> polar(Matrix<T> A, PolarSide side) {
    require_finite<T>(A, "polar", "A");
    const int exponent = power_of_two_scale(max_abs<T>(A));
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    const SvdResult<T> usv = detail::svd<T>(scaled, SvdOptions{.full_matrices = false});
    const Eigen::VectorX<T> s = usv.s.template cast<T>();
    PolarResult<T> result{usv.U * usv.Vh, {}};
    if (side == PolarSide::right)
        result.P = usv.Vh.adjoint() * s.asDiagonal() * usv.Vh;
    else
        result.P = usv.U * s.asDiagonal() * usv.U.adjoint();
    result.P = (result.P + result.P.adjoint().eval()) / T(2);  // Hermitian to the last bit
    scale_back(result.P, exponent, "polar");
    return result;
}

#define RITZ_INSTANTIATE(T) template PolarResult<T> polar<T>(Matrix<T>, PolarSide);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
