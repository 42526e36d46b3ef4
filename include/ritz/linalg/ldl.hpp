// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// LDLᴴ factorisation of Hermitian and symmetric indefinite matrices: scipy.linalg.ldl.

#include <vector>

#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

struct LdlOptions {
    Uplo uplo = Uplo::lower;      ///< the triangle of A that is read; `upper` gives A = U D Uᴴ
    bool hermitian = true;        ///< false: A = L D Lᵀ of a complex symmetric matrix
    bool check_hermitian = true;  ///< refuses an A whose other triangle is neither zero nor the mirror image
};

/// A = L D Lᴴ (or L D Lᵀ).
template <Scalar T>
struct [[nodiscard]] LdlDecomposition {
    Eigen::MatrixX<T> L;           ///< n × n; L(permutation, :) is unit lower (upper) triangular
    Eigen::MatrixX<T> D;           ///< n × n, block diagonal, blocks of 1 and 2
    std::vector<int> permutation;  ///< SciPy's perm
};

namespace detail {
template <Scalar T>
LdlDecomposition<T> ldl(Matrix<T> A, const LdlOptions& options);
}  // namespace detail

/// A = L D Lᴴ by Bunch and Kaufman's diagonal pivoting; n³/3 flops. The inertia of A is that of D. A singular A has a
/// singular D.
/// \throws InvalidArgument for wrong shapes, NaN, infinity, an A that is not Hermitian (symmetric).
/// \ref J. R. Bunch and L. Kaufman, Some stable methods for calculating inertia and solving symmetric linear systems,
///      Math. Comp. 31 (1977) 163-179.
template <Dense A>
[[nodiscard]] LdlDecomposition<ScalarOf<A>> ldl(const A& a, const LdlOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::ldl<T>(detail::as<T>(a), options);
}

}  // namespace ritz::linalg
