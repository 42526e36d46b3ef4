// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace ritz::cli {

/// The BLAS this process runs with; the system's administrator chooses it, not the build.
struct Blas {
    std::string name;       ///< "OpenBLAS"
    std::string library;    ///< the file that dgemm comes from
    std::string details;    ///< as the library describes itself
    std::string core;       ///< the processor its kernels are for
    std::string threading;  ///< sequential, pthreads or OpenMP
    int threads = 0;        ///< 0: it does not say
    bool slow = false;      ///< the reference BLAS, or nothing
};

Blas blas_in_use();

/// What to tell the user of a slow BLAS; "" of any other.
std::string blas_warning(const Blas& blas);

}  // namespace ritz::cli
