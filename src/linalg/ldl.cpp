// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/ldl.hpp"

#include <climits>
#include <cmath>
#include <numeric>
#include <optional>

#include "core/instantiate.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/hermitian_argument.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

template <Scalar T>
LdlDecomposition<T> ldl(Matrix<T> A, const LdlOptions& options) {
    require_square(A.rows(), A.cols(), "ldl", "A");
    require_finite<T>(A, "ldl", "A");
    const bool hermitian = options.hermitian || !is_complex<T>, lower = options.uplo == Uplo::lower;
    if (options.check_hermitian) require_mirrored<T>(A, options.uplo, hermitian, "ldl");
    const auto n = static_cast<int>(A.rows());
    LdlDecomposition<T> result{Eigen::MatrixX<T>::Identity(n, n), Eigen::MatrixX<T>::Zero(n, n), std::vector<int>(n)};
    std::iota(result.permutation.begin(), result.permutation.end(), 0);
    if (n == 0) return result;
    const FewThreads limit(n);

    Eigen::MatrixX<T> F = A;
    const int exponent = largest_exponent<T>(F);
    const bool is_extreme = exponent != INT_MIN && std::abs(exponent) > (std::is_same_v<Real<T>, float> ? 60 : 500);
    if (is_extreme) scale_rows<T>(F, {}, 1, -exponent);
    if (hermitian && is_complex<T>) F.diagonal() = F.diagonal().real().template cast<T>();
    std::vector<int> pivots(static_cast<std::size_t>(n));
    const char letter = lower ? 'L' : 'U';
    if (hermitian)
        lapack::hetrf(letter, n, F.data(), n, pivots.data());
    else
        lapack::sytrf(letter, n, F.data(), n, pivots.data());

    // LAPACK leaves A = P₁L₁P₂L₂… D …: the exchanges of later steps are still to be applied to the columns of L before
    // them, which makes L(permutation, :) triangular.
    auto& [L, D, permutation] = result;
    for (int step = 0, k = lower ? 0 : n - 1; lower ? k < n : k >= 0; ++step) {
        const bool pair = pivots[k] < 0;
        // The block is of rows and columns [first, first + size).
        const int size = pair ? 2 : 1, first = lower ? k : k - size + 1;
        for (int j = first; j < first + size; ++j) {
            D(j, j) = F(j, j);
            if (lower)
                for (int i = first + size; i < n; ++i) L(i, j) = F(i, j);
            else
                for (int i = 0; i < first; ++i) L(i, j) = F(i, j);
        }
        if (pair) {
            const T off = lower ? F(first + 1, first) : F(first, first + 1);
            const T mirrored = hermitian ? conjugate(off) : off;
            D(first + 1, first) = lower ? off : mirrored;
            D(first, first + 1) = lower ? mirrored : off;
        }
        const int other = std::abs(pivots[k]) - 1, mine = pair ? (lower ? first + 1 : first) : k;
        if (other != mine) {
            std::swap(permutation[mine], permutation[other]);
            if (lower)
                L.row(mine).head(first).swap(L.row(other).head(first));
            else
                L.row(mine).tail(n - first - size).swap(L.row(other).tail(n - first - size));
        }
        k += lower ? size : -size;
    }
    // Now P A Pᵀ = L D Lᴴ with triangular L: back to A.
    Eigen::MatrixX<T> outer(n, n);
    for (int i = 0; i < n; ++i) outer.row(permutation[i]) = L.row(i);
    L = std::move(outer);
    if (is_extreme) {
        scale_rows<T>(D, {}, 1, exponent);
        require_representable<T>(D, "ldl", "D");
    }
    return result;
}

#define RITZ_INSTANTIATE(T) template LdlDecomposition<T> ldl<T>(Matrix<T>, const LdlOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
