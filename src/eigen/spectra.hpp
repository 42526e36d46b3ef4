// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The library Spectra as a second engine for real symmetric problems.

#include <cstdint>
#include <string>

#include "eigen/verify.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/core/status.hpp"

namespace ritz::eigen {

/// What Spectra says. Its word is not enough: it calls wrong values converged for matrices of rank one, and leaves out
/// copies of multiple eigenvalues. So pairs pass `verify` and a check of completeness before anybody sees them.
struct SpectraPairs {
    /// converged, max_iterations, stagnated (Spectra threw an exception of its own), not_finite, interrupted
    Status status = Status::not_converged;
    std::string message;      ///< of a status other than converged
    Eigen::VectorXd values;   ///< increasing; those that Spectra calls converged
    Eigen::MatrixXd vectors;  ///< n × values.size()
    std::int64_t iterations = 0;
    std::int64_t operator_applications = 0;
};

/// k eigenpairs of A = Aᵀ (of a pencil without M, its numbers near 1) by Spectra's restarted Lanczos method in double
/// precision. options.which is LA, SA, LM or BE. With `shifted_inverse`, (A − σI)⁻¹, the k nearest to
/// σ = *options.sigma. Of the other options subspace (raised to max(2k + 1, 20), at most n), rtol (at least the working
/// precision), max_applications, seed and cancel are looked at.
/// \throws InvalidArgument if an option is out of its range; Unsupported for M, another `which`, and unless
///         1 ≤ k ≤ n − 1; what the operators throw.
template <Scalar T>
requires(!is_complex<T>) SpectraPairs spectra_eigsh(const Pencil<T>& pencil, Index k, const EigshOptions& options,
                                                    const LinearOperatorRef<T>* shifted_inverse = nullptr);

}  // namespace ritz::eigen
