// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The methods, each improving x as run.hpp says. registry.cpp lists them with what they need.

#include "solvers/krylov/run.hpp"

namespace ritz::iterative {

// cg.cpp
template <Scalar T>
Ending cg(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending fcg(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending cr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// minres.cpp
template <Scalar T>
Ending minres(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// gmres.cpp
template <Scalar T>
Ending gmres(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending fgmres(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// bicgstab.cpp
template <Scalar T>
Ending bicgstab(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending bicgstabl(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// idr.cpp
template <Scalar T>
Ending idr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// two_sided.cpp
template <Scalar T>
Ending bicg(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending qmr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending cgs(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending tfqmr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending cocg(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// least_squares.cpp
template <Scalar T>
Ending lsqr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending lsmr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending cgls(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// minres_qlp.cpp
template <Scalar T>
Ending minres_qlp(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// lgmres.cpp
template <Scalar T>
Ending lgmres(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// gcrodr.cpp
template <Scalar T>
Ending gcrodr(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

// stationary.cpp
template <Scalar T>
Ending chebyshev(Run<T>& run, VectorRef<T> x, VectorRef<T> r);
template <Scalar T>
Ending richardson(Run<T>& run, VectorRef<T> x, VectorRef<T> r);

}  // namespace ritz::iterative
