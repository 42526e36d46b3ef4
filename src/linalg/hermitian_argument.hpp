// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The check of functions that read one triangle of a Hermitian (symmetric) matrix.

#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// Throws InvalidArgument "who: A is not Hermitian: A(2, 0) and A(0, 2) differ …" unless the triangle other than
/// `uplo` mirrors it (to 10 u of the largest entry) or is exactly zero. `conjugated` is false for A = Aᵀ.
template <Scalar T>
void require_mirrored(Matrix<T> A, Uplo uplo, bool conjugated, const char* who);

}  // namespace ritz::linalg
