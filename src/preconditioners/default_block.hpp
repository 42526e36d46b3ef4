// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The solver for a block when the user has given none.

#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz::detail {

/// The dense inverse of up to 64 rows; a larger block by an incomplete factorisation, Cholesky if it is Hermitian with
/// a positive diagonal.
template <Scalar T>
Preconditioner<T> default_block_solver(const Csr<T>& block);

}  // namespace ritz::detail
