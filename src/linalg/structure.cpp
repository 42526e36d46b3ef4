// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/structure.hpp"

#include <algorithm>
#include <cmath>

#include "core/instantiate.hpp"

namespace ritz::linalg::detail {

template <Scalar T>
Bandwidth bandwidth(Matrix<T> A) {
    using Eigen::Index;
    const Index m = A.rows(), n = A.cols();
    Bandwidth found;
    for (Index j = 0; j < n; ++j) {
        // Only rows beyond the diagonals already known can widen the band.
        for (Index i = 0, end = std::min(m, j - found.upper); i < end; ++i)
            if (A(i, j) != T(0)) {
                found.upper = j - i;
                break;
            }
        for (Index i = m - 1; i > j + found.lower; --i)
            if (A(i, j) != T(0)) {
                found.lower = i - j;
                break;
            }
        if (found.lower == m - 1 && A(0, n - 1) != T(0)) return {m - 1, n - 1};  // full in its corners
    }
    return found;
}

template <Scalar T>
bool is_mirrored(Matrix<T> A, const SymmetryTolerance& tolerance, Op op) {
    using Eigen::Index;
    const char* who = op == Op::adjoint ? "ishermitian" : "issymmetric";
    require_square(A.rows(), A.cols(), who, "A");
    ritz::detail::require(tolerance.rtol >= 0 && tolerance.atol >= 0,
                          std::string(who) + ": rtol and atol must not be negative");
    const Index n = A.rows();
    constexpr Index block = 32;  // so that rows are read from cache lines that columns brought
    for (Index jb = 0; jb < n; jb += block)
        for (Index ib = jb; ib < n; ib += block)
            for (Index j = jb; j < std::min(n, jb + block); ++j)
                for (Index i = std::max(j, ib); i < std::min(n, ib + block); ++i) {
                    const T mirror = op == Op::adjoint ? conjugate(A(j, i)) : A(j, i);
                    if (A(i, j) == mirror) continue;
                    const double allowed = tolerance.atol + tolerance.rtol * static_cast<double>(std::abs(mirror));
                    if (!(static_cast<double>(std::abs(A(i, j) - mirror)) <= allowed)) return false;
                }
    return true;
}

#define RITZ_INSTANTIATE(T)                     \
    template Bandwidth bandwidth<T>(Matrix<T>); \
    template bool is_mirrored<T>(Matrix<T>, const SymmetryTolerance&, Op);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
