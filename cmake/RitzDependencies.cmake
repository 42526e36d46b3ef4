# SPDX-License-Identifier: BSD-3-Clause
# Every library ritz stands on, each with the Debian package that holds it.
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)   # libeigen3-dev
find_package(ZLIB REQUIRED)                   # zlib1g-dev
find_package(BZip2 REQUIRED)                  # libbz2-dev
find_package(FastFloat REQUIRED)              # libfast-float-dev
find_package(SuiteSparse REQUIRED)            # libsuitesparse-dev
find_package(BLAS REQUIRED)                   # libopenblas-openmp-dev
