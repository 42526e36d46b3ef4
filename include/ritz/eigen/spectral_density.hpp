// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Where the eigenvalues of a Hermitian matrix lie, without computing them: bounds, density of states, counts.
///
///     const SpectralBounds bounds = spectral_bounds(A);
///     const SpectralDensity dos = spectral_density(A, {.points = 400});   // dos.density[i] at dos.grid[i]
///     const CountEstimate inside = eigenvalue_count_estimate(A, 0.1, 0.2);
///
/// Densities and counts are means over random probes, with standard errors from their spread. count_eigenvalues of
/// count.hpp gives counts that are exact, by factorisations.

#include <atomic>
#include <cstdint>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/core/status.hpp"

namespace ritz {

struct SpectralBoundsOptions {
    Index steps = 30;  ///< of Lanczos
    std::uint64_t seed = 1;
};

struct SpectralBounds {
    /// All eigenvalues lie in [low, high]: certain for a matrix where Gershgorin's discs gave the bound, and else with
    /// a probability close to 1 over the starting vector. Rounded outwards.
    double low = 0, high = 0;
    double smallest = 0, largest = 0;  ///< Ritz values: the extreme eigenvalues lie at or beyond them
    std::int64_t operator_applications = 0;
    Status status = Status::converged;  ///< not_finite, not_symmetric: the bounds are NaN
};

/// An interval that contains the spectrum of A = Aᴴ: Ritz values of a few steps of Lanczos and the norm of the last
/// residual beyond them, or Gershgorin's discs where those are closer. `steps` products.
/// \throws InvalidArgument if A is not square or not Hermitian, has a NaN or an infinity, or steps < 1.
/// \ref Y. Zhou and R.-C. Li, Bounding the spectrum of large Hermitian matrices, Linear Algebra Appl. 435 (2011) 480.
template <Scalar T>
SpectralBounds spectral_bounds(const CsrView<T>& A, const SpectralBoundsOptions& options = {});
/// By products alone; that A is Hermitian is tried with random vectors.
template <Scalar T>
SpectralBounds spectral_bounds(const LinearOperatorRef<T>& A, const SpectralBoundsOptions& options = {});

enum class DensityMethod : std::uint8_t {
    kernel_polynomial,  ///< Chebyshev moments with Jackson's damping: never negative, resolution π (high − low)/degree
    lanczos,            ///< Gauss quadrature by Lanczos, each node widened to a Gaussian
};

struct DensityOptions {
    DensityMethod method = DensityMethod::kernel_polynomial;
    Index points = 200;  ///< of the grid, at least 2
    Index degree = 200;  ///< of the polynomial; Lanczos takes half as many steps (both: degree/2 products a probe)
    Index probes = 20;
    double width = 0;  ///< standard deviation of the Gaussians; 0: (high − low) · 4/degree
    std::uint64_t seed = 1;
    const std::atomic<bool>* cancel = nullptr;
};

struct [[nodiscard]] SpectralDensity {
    Eigen::VectorXd grid;            ///< from bounds.low to bounds.high, equally spaced
    Eigen::VectorXd density;         ///< its integral is 1: n · density · Δ eigenvalues lie in a piece of length Δ
    Eigen::VectorXd standard_error;  ///< of the mean over probes, at each point; 0 where exact
    double resolution = 0;           ///< features narrower than this are not seen
    bool exact_trace = false;        ///< unit vectors were taken as probes: no spread
    SpectralBounds bounds;
    Index probes = 0;
    std::int64_t operator_applications = 0;
    double seconds = 0;
    Status status = Status::converged;  ///< not_finite, not_symmetric, interrupted: density is NaN
    std::string message;
};

/// The density of states (1/n) Σ δ(x − λ_i) of A = Aᴴ, smoothed.
/// \throws InvalidArgument if A is not square, empty or not Hermitian, has a NaN or an infinity, or an option is out of
///         its range.
/// \ref L. Lin, Y. Saad and C. Yang, Approximating spectral densities of large matrices, SIAM Review 58 (2016) 34;
///      A. Weiße, G. Wellein, A. Alvermann and H. Fehske, The kernel polynomial method, Rev. Mod. Phys. 78 (2006) 275.
template <Scalar T>
SpectralDensity spectral_density(const CsrView<T>& A, const DensityOptions& options = {});
template <Scalar T>
SpectralDensity spectral_density(const LinearOperatorRef<T>& A, const DensityOptions& options = {});

struct [[nodiscard]] CountEstimate {
    double count = 0;
    double standard_error = 0;  ///< of the mean over probes; what the smoothed ends of the interval add is not in it
    double resolution = 0;      ///< eigenvalues closer to an end than this are counted in part
    SpectralBounds bounds;
    Index probes = 0;
    std::int64_t operator_applications = 0;
    double seconds = 0;
    Status status = Status::converged;  ///< as of SpectralDensity: the count is NaN
    std::string message;
};

/// About how many eigenvalues of A = Aᴴ lie in [low, high]: the integral of the density over it (of Lanczos, without
/// widening). \throws as spectral_density; also unless low ≤ high. An empty A counts 0.
/// \ref E. Di Napoli, E. Polizzi and Y. Saad, Efficient estimation of eigenvalue counts in an interval, Numer. Linear
///      Algebra Appl. 23 (2016) 674.
template <Scalar T>
CountEstimate eigenvalue_count_estimate(const CsrView<T>& A, double low, double high,
                                        const DensityOptions& options = {});
template <Scalar T>
CountEstimate eigenvalue_count_estimate(const LinearOperatorRef<T>& A, double low, double high,
                                        const DensityOptions& options = {});

}  // namespace ritz
