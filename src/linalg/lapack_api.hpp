// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// All of LAPACK, as LAPACK_dgesv(…), LAPACK_zgesv(…): Fortran's calling convention, every argument a pointer, the
/// lengths of strings added by the macros. Complex numbers are std::complex. OpenBLAS holds the routines; LAPACKE's own
/// library is not linked. A source includes either this or the older lapack_*.hpp, whose declarations differ.

#include <complex>

#define LAPACK_COMPLEX_CUSTOM
#define lapack_complex_float std::complex<float>
#define lapack_complex_double std::complex<double>
#include <lapack.h>
