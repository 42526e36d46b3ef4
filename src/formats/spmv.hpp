// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The two sparse matrix–vector kernels behind apply, apply_transpose and apply_adjoint of both storage orders.

#include "ritz/core/types.hpp"

namespace ritz::detail {

/// y_i ← Σ_k a_k x[indices[k]] over slice i (a CSR times x, a CSC transposed times x); conj(a_k) when `conjugated`.
template <Scalar T>
void multiply_by_slices(Index major, const Offset* indptr, const Index* indices, const T* values, const T* x, T* y,
                        bool conjugated);

/// y ← Σ_i x_i slice_i (a CSC times x, a CSR transposed times x); slices conjugated when `conjugated`.
template <Scalar T>
void multiply_into_slices(Index major, Index minor, const Offset* indptr, const Index* indices, const T* values,
                          const T* x, T* y, bool conjugated);

}  // namespace ritz::detail
