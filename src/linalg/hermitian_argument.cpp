// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/hermitian_argument.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"

namespace ritz::linalg {

namespace {
/// Without a branch for each entry: the usual case.
template <Scalar T>
bool mirrors_exactly(Matrix<T> A, bool conjugated) {
    constexpr Eigen::Index tile = 16;
    const Eigen::Index n = A.rows();
    for (Eigen::Index jj = 0; jj < n; jj += tile)
        for (Eigen::Index ii = jj; ii < n; ii += tile) {
            bool differs = false;
            for (Eigen::Index j = jj; j < std::min(jj + tile, n); ++j)
                for (Eigen::Index i = std::max(ii, j); i < std::min(ii + tile, n); ++i)
                    differs |= A(i, j) != (conjugated ? conjugate(A(j, i)) : A(j, i));
            if (differs) return false;
        }
    return true;
}
}  // namespace

template <Scalar T>
void require_mirrored(Matrix<T> A, Uplo uplo, bool conjugated, const char* who) {
    using R = Real<T>;
    constexpr Eigen::Index tile = 32;
    const Eigen::Index n = A.rows();
    if (mirrors_exactly<T>(A, conjugated)) return;
    const bool lower = uplo == Uplo::lower;
    const auto mirror = [&](T a) { return conjugated ? conjugate(a) : a; };
    bool other_is_zero = true;
    Eigen::Index row = -1, column = -1;  // of the first difference
    R allowed = -1;
    for (Eigen::Index jj = 0; jj < n; jj += tile)
        for (Eigen::Index ii = jj; ii < n; ii += tile)
            for (Eigen::Index j = jj; j < std::min(jj + tile, n); ++j)
                for (Eigen::Index i = std::max(ii, j); i < std::min(ii + tile, n); ++i) {
                    const T below = A(i, j), above = A(j, i);
                    if (i != j && (lower ? above : below) != T(0)) other_is_zero = false;
                    if (below == mirror(above) || row >= 0) continue;
                    if (allowed < 0) {  // halves, so that nothing overflows
                        R largest = 0;
                        for (Eigen::Index k = 0; k < n; ++k)
                            largest = std::max(largest, (A.col(k) / R(2)).cwiseAbs().maxCoeff());
                        allowed = static_cast<R>(20 * unit_roundoff<T>) * largest;
                    }
                    if (std::abs(below / R(2) - mirror(above) / R(2)) > allowed) row = i, column = j;
                }
    if (row < 0) return;
    if (other_is_zero && row != column) return;
    const auto place = [](Eigen::Index i, Eigen::Index j) {
        return "A(" + std::to_string(i) + ", " + std::to_string(j) + ")";
    };
    const std::string property = conjugated && is_complex<T> ? "Hermitian" : "symmetric";
    throw InvalidArgument(std::string(who) + ": A is not " + property + ": " +
                          (row == column ? place(row, row) + " is not real"
                                         : place(row, column) + " and " + place(column, row) + " differ") +
                          "; check_hermitian = false reads one triangle whatever the other holds");
}

#define RITZ_INSTANTIATE(T) template void require_mirrored<T>(Matrix<T>, Uplo, bool, const char*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
