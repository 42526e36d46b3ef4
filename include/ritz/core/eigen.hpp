// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Eigen's dense vectors and matrices, the vendor types that ritz's interface speaks, and the one setting on which a
/// program and the library must agree.
///
/// Eigen aligns memory to what the instructions of a compilation ask for (16 bytes, 32 with AVX, 64 with AVX-512),
/// and frees it in a way that depends on that. So a matrix that one of them makes and the other frees breaks the heap
/// unless both align alike. EIGEN_MAX_ALIGN_BYTES=64 makes all compilations align to 64; the target ritz::ritz and
/// pkg-config's ritz.pc pass it on. Sources that use Eigen without ritz, in the same program, need it as well.

#include <Eigen/Core>

static_assert(EIGEN_DEFAULT_ALIGN_BYTES == 64,
              "compile with -DEIGEN_MAX_ALIGN_BYTES=64, as ritz::ritz and ritz.pc do: Eigen's memory is passed between "
              "this program and ritz");
