// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Incomplete LU on a given pattern: the numerical part of Ilu0 and Iluk.

#include "preconditioners/triangular_engine.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/incomplete.hpp"

namespace ritz::detail {

/// Rows with sorted columns, among them the diagonal, whose place in row i is diagonal[i].
struct LuPattern {
    Buffer<Offset> indptr{0};
    Buffer<Index> indices;
    Buffer<Offset> diagonal;
};

/// The pattern of A with all diagonal entries. O(nnz).
template <Scalar T>
LuPattern pattern_with_diagonal(const CsrView<T>& A);

struct PatternLuOptions {
    const char* who;
    double modified;
    OnBreakdown on_breakdown;
    double shift;
};

/// M = L D U on a pattern that holds that of A; `alpha` becomes the shift that was needed.
/// \throws SingularMatrix as incomplete.hpp says.
template <Scalar T>
TriangularFactors<T> factor_on_pattern(const CsrView<T>& A, const LuPattern& pattern, const PatternLuOptions& options,
                                       double& alpha);

}  // namespace ritz::detail
