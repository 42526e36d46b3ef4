// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Model problems and classical hard matrices, each with what is known of its spectrum, inverse or null space: input
/// for tests, benchmarks and first experiments. Where random numbers enter, the same seed gives the same matrix
/// everywhere.
///
/// All functions throw InvalidArgument for a size or parameter out of the range stated, and LimitExceeded when the
/// order would not fit an Index.
/// \ref N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed. (2002), chapter 28 (a gallery of test
///      matrices); R. T. Gregory and D. L. Karney, A Collection of Matrices for Testing Computational Algorithms
///      (1969).

#include <complex>
#include <cstdint>
#include <span>
#include <string_view>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

// Diffusion on unit-square grids; interior points only, x fastest, stencils not divided by h²

/// -u'' with Dirichlet ends, n points: tridiagonal (-1, 2, -1). Eigenvalues 2 - 2 cos(kπ/(n+1)), k = 1…n;
/// (A⁻¹)_ij = min(i,j) (n+1 - max(i,j)) / (n+1), counting from 1; determinant n + 1.
Csr<double> poisson1d(Index n);

/// -Δu, Dirichlet, five-point stencil (4; -1). Eigenvalues: sums of one of poisson1d(nx) and one of poisson1d(ny). SPD.
Csr<double> poisson2d(Index nx, Index ny);

/// -Δu, Dirichlet, seven-point stencil (6; -1). Eigenvalues: sums of one of poisson1d for each direction. SPD.
Csr<double> poisson3d(Index nx, Index ny, Index nz);

/// -∇·(Q diag(1, ε) Qᵀ ∇u), Q the rotation by θ, Dirichlet, bilinear finite elements on squares: nine points. SPD; for
/// small ε and θ off the axes the couplings that matter are not those of the grid.
Csr<double> anisotropic_diffusion2d(Index nx, Index ny, double epsilon, double theta);

/// -∇·(κ ∇u), Dirichlet, finite volumes with harmonic means. κ is constant in the cells of a coarse checkerboard of 8
/// cells a side: 1 or `contrast`, at random. SPD M-matrix; condition about contrast · h⁻².
Csr<double> jumping_diffusion2d(Index nx, Index ny, double contrast, std::uint64_t seed);
Csr<double> jumping_diffusion3d(Index nx, Index ny, Index nz, double contrast, std::uint64_t seed);

/// The wind of a convection–diffusion problem on the unit square (cube): along (1, 2, 3)/‖·‖, or the cavity flow
/// (2y(1-x²), -2x(1-y²)) of [-1, 1]² (in 3-D the same in every plane z = const).
enum class Wind : std::uint8_t { constant, recirculating };

/// -ε Δu + w·∇u, Dirichlet, first-order upwind, scaled by h²: an M-matrix, not symmetric, far from normal for small ε.
/// \throws InvalidArgument unless diffusion ε > 0.
Csr<double> convection_diffusion2d(Index nx, Index ny, double diffusion, Wind wind = Wind::constant);
Csr<double> convection_diffusion3d(Index nx, Index ny, Index nz, double diffusion, Wind wind = Wind::constant);

// Elasticity

struct Elasticity {
    double young = 1;  ///< E > 0
    double poisson =
        0.3;  ///< ν in (-1, 0.5); towards 0.5 the material becomes incompressible, the matrix ill-conditioned
    bool clamped = true;  ///< the face x = 0 held (SPD); false: free on all sides, 3 or 6 rigid-body modes
};

/// Linear elasticity (plane strain) on nx × ny unit squares, bilinear elements. Unknown 2·node + component, nodes x
/// fastest, clamped nodes left out. Order 2 (nx + 1)(ny + 1) free, 2 nx (ny + 1) clamped.
Csr<double> elasticity2d(Index nx, Index ny, const Elasticity& material = {});

/// Linear elasticity on nx × ny × nz unit cubes, trilinear elements. Unknown 3·node + component.
Csr<double> elasticity3d(Index nx, Index ny, Index nz, const Elasticity& material = {});

/// Coordinates of the nodes of the matrices above, nodes × 2 (× 3).
Eigen::MatrixXd elasticity2d_coordinates(Index nx, Index ny, bool clamped = true);
Eigen::MatrixXd elasticity3d_coordinates(Index nx, Index ny, Index nz, bool clamped = true);

/// Translations and linearised rotations of points in the plane (3 columns) or in space (6), orthonormal; rows ordered
/// as the unknowns above. They span the null space of the free matrices. coordinates: points × 2 or × 3, at least 2 (3)
/// points that are not all equal (not all on a line).
Eigen::MatrixXd rigid_body_modes(const Eigen::Ref<const Eigen::MatrixXd>& coordinates);

// Waves and flow

/// -Δu - k² u on the unit square, Dirichlet, times h² with h = 1/(nx+1): poisson2d - (kh)² I. Real symmetric,
/// indefinite when (kh)² exceeds the smallest eigenvalue of poisson2d. Ten points a wavelength: kh = 0.63.
Csr<double> helmholtz2d(Index nx, Index ny, double wavenumber);

/// -Δu - k² u with the impedance condition ∂u/∂n = iku on all sides, boundary points included, h = 1/(nx-1); complex
/// symmetric, not Hermitian, nonsingular for k > 0. nx, ny ≥ 2.
Csr<std::complex<double>> helmholtz2d_absorbing(Index nx, Index ny, double wavenumber);

/// Stokes flow in a closed box of nx × ny cells, velocities and pressure staggered (marker and cell):
///     ⎡ A  Bᵀ ⎤   A: (nx-1)ny + nx(ny-1) velocities, SPD; B: minus the divergence, one row a cell.
///     ⎣ B  0  ⎦   Symmetric indefinite. Null space: constant pressure; without the last pressure nonsingular.
/// `pin_pressure` leaves the last pressure out: inertia (velocities, nx ny - 1, 0), otherwise (velocities, nx ny - 1,
/// 1).
struct Stokes {
    double viscosity = 1;
    bool pin_pressure = true;
};
Csr<double> stokes2d(Index nx, Index ny, const Stokes& options = {});

// Graph Laplacians L = D - W: symmetric, positive semidefinite, L·1 = 0, one zero eigenvalue per component

struct Edge {
    Index u, v;
    double weight = 1;
};
/// Weights drawn from [low, high), their logarithm uniform; all equal to low when high ≤ low.
struct EdgeWeights {
    double low = 1, high = 1;
    std::uint64_t seed = 1;
};

/// The Laplacian of any graph on n vertices. Parallel edges add up, loops are left out.
/// \throws InvalidArgument if a vertex is out of range or a weight is not positive and finite.
Csr<double> graph_laplacian(Index n, std::span<const Edge> edges);

Csr<double> path_laplacian(Index n, const EdgeWeights& weights = {});   ///< unweighted: 2 - 2 cos(kπ/n), k = 0…n-1
Csr<double> cycle_laplacian(Index n, const EdgeWeights& weights = {});  ///< 2 - 2 cos(2kπ/n), pairs; n ≥ 3
Csr<double> grid_laplacian(Index nx, Index ny, const EdgeWeights& weights = {});   ///< sums of two of path_laplacian
Csr<double> torus_laplacian(Index nx, Index ny, const EdgeWeights& weights = {});  ///< sums of two of cycle_laplacian
Csr<double> star_laplacian(Index n, const EdgeWeights& weights = {});  ///< 0, 1 (n-2 times), n; vertex 0 is the centre
Csr<double> complete_laplacian(Index n, const EdgeWeights& weights = {});  ///< 0, n (n-1 times)
/// On 2^dimension vertices: 2k, binomial(dimension, k) times. 0 ≤ dimension ≤ 26.
Csr<double> hypercube_laplacian(Index dimension, const EdgeWeights& weights = {});
/// Erdős–Rényi: about n · mean_degree / 2 edges, each between two vertices chosen at random.
Csr<double> random_graph_laplacian(Index n, double mean_degree, std::uint64_t seed, const EdgeWeights& weights = {});
/// R-MAT with probabilities 0.57, 0.19, 0.19, 0.05 on 2^scale vertices and about 2^scale · edge_factor edges: few
/// vertices of very high degree, some isolated. \ref D. Chakrabarti, Y. Zhan, C. Faloutsos, SDM 2004, 442-446.
Csr<double> power_law_laplacian(Index scale, double edge_factor, std::uint64_t seed, const EdgeWeights& weights = {});

// Classical sparse matrices

/// Consistent mass matrix of nx × ny eight-node serendipity elements with random density in [0, 100): order
/// 3 nx ny + 2 nx + 2 ny + 1, SPD; the eigenvalues of D⁻¹A, D its diagonal, lie in [1/4, 9/2].
/// \ref A. J. Wathen, IMA J. Numer. Anal. 7 (1987) 449-457.
Csr<double> wathen(Index nx, Index ny, std::uint64_t seed);

/// Tridiagonal Toeplitz: eigenvalues diagonal + 2 √(lower · upper) cos(kπ/(n+1)).
Csr<double> tridiagonal_toeplitz(Index n, double lower, double diagonal, double upper);

/// Wilkinson's W_n⁺: tridiagonal, |i - (n-1)/2| on the diagonal, ones beside it. For n = 21 the two largest eigenvalues
/// agree to 14 digits: 10.746194182903322 and 10.746194182903393.
Csr<double> wilkinson_tridiagonal(Index n);

/// Grcar: Toeplitz with -1 below, 1 on the diagonal and on k superdiagonals. Eigenvalues complex and very sensitive,
/// condition below 5 (k = 3). 0 ≤ k.
Csr<double> grcar(Index n, Index k = 3);

/// Clement: tridiagonal, zero diagonal, superdiagonal 1…n-1, subdiagonal n-1…1. Eigenvalues ±(n-1), ±(n-3), …;
/// singular for odd n.
Csr<double> clement(Index n);

/// Dorr: row-dominant tridiagonal M-matrix from a singularly perturbed boundary value problem; ill-conditioned for
/// small θ.
Csr<double> dorr(Index n, double theta = 0.01);

/// Trefethen: the first n primes on the diagonal, ones at |i - j| = 1, 2, 4, 8, …; SPD. For n = 20000 the first element
/// of the inverse is 0.7250783462684011674686877….
Csr<double> trefethen(Index n);

/// Arrow: full first row and column of ones, diagonal n + 1 (first) and 2: SPD. Eliminated in the order given it fills
/// completely, in the reverse order not at all.
Csr<double> arrow(Index n);

/// Ones at (i, i+1) and at (n-1, 0): eigenvalues are the n-th roots of unity; restarted GMRES stagnates on it.
Csr<double> cyclic_shift(Index n);

// Classical dense matrices

/// 1/(i+j-1), i and j from 1. SPD, totally positive; condition about e^(3.5 n).
Eigen::MatrixXd hilbert(Index n);
/// Its inverse, of integers: exact in double up to n = 12. n ≤ 100.
Eigen::MatrixXd inverse_hilbert(Index n);
/// 1 on the diagonal and in the last column, -1 below: Gaussian elimination with partial pivoting grows by 2^(n-1)
/// while the condition is below n. Determinant 2^(n-1).
Eigen::MatrixXd wilkinson_growth(Index n);
/// Kahan: upper triangular diag(1, s, s², …)·(1 on the diagonal, -c above), s = sin θ, c = cos θ, with the perturbation
/// of 25 ε n-i on the diagonal that keeps column pivoting from being misled by rounding. Its smallest singular value is
/// far below the last diagonal element. 0 < θ < π.
Eigen::MatrixXd kahan(Index n, double theta = 1.2);
/// Frank: upper Hessenberg, n+1 - max(i, j); determinant 1; eigenvalues positive, in pairs λ, 1/λ, the small ones very
/// sensitive.
Eigen::MatrixXd frank(Index n);
/// Lotkin: hilbert with the first row all ones. Not symmetric, inverse of integers.
Eigen::MatrixXd lotkin(Index n);
/// Pei: α I + 1 1ᵀ. Eigenvalues α (n-1 times), α + n.
Eigen::MatrixXd pei(Index n, double alpha = 1);
/// Lehmer: min(i, j) / max(i, j). SPD, totally nonnegative, tridiagonal inverse, n ≤ condition ≤ 4n².
Eigen::MatrixXd lehmer(Index n);
/// Moler: UᵀU, U unit upper triangular with -1 above the diagonal: i on the diagonal, min(i, j) - 2 off it. SPD,
/// determinant 1, one small eigenvalue, condition about 4^n.
Eigen::MatrixXd moler(Index n);
/// Rosser's 8 × 8: 0, 0.098049, 1000 twice, 1019.90, 1020, 1020.049, -1020.049 (10√10405, 510 ± 100√26 exactly).
Eigen::MatrixXd rosser();
/// Pascal: binomial(i+j, i), i and j from 0. SPD, determinant 1, inverse of integers, eigenvalues in pairs λ, 1/λ.
/// Exact up to n = 29.
Eigen::MatrixXd pascal(Index n);
/// 1/(x_i + y_j). \throws InvalidArgument if the lengths differ or some x_i + y_j is 0.
Eigen::MatrixXd cauchy(VectorView<double> x, VectorView<double> y);
/// x_i^(j), j from 0: determinant Π_{i<j} (x_j - x_i).
Eigen::MatrixXd vandermonde(VectorView<double> x);
/// Spectral differentiation on the n Chebyshev points cos(jπ/(n-1)): exact on polynomials of degree < n; nilpotent, so
/// that all its eigenvalues are 0 while those computed are not. n ≥ 2.
Eigen::MatrixXd chebyshev_differentiation(Index n);
/// Prolate: symmetric Toeplitz, 2w on the diagonal and sin(2πwk)/(πk) at distance k: for 0 < w < 1/2 SPD, its
/// eigenvalues in (0, 1) cluster at both ends, condition exponential in n.
Eigen::MatrixXd prolate(Index n, double w = 0.25);
/// The 3 × 3 matrix of eigenvalues 1, 2, 3 with condition numbers over 100.
Eigen::MatrixXd gallery3();
/// The 5 × 5 nilpotent matrix: A⁵ = 0, while the eigenvalues computed lie on a circle of radius 0.04.
Eigen::MatrixXd gallery5();
/// Läuchli: (n+1) × n, ones in the first row over µ I. AᵀA = 1 1ᵀ + µ² I is singular in floating point for µ < √ε.
Eigen::MatrixXd lauchli(Index n, double mu = 1e-9);

// Registry

/// One row of the registry: a matrix family with a single size, other parameters at a typical value.
template <Scalar T>
struct GalleryEntryOf {
    std::string_view name;         ///< of the function above, with a suffix for a variant
    std::string_view description;  ///< one line
    std::string_view size_means;   ///< what size n is, and the order it gives
    std::string_view known;        ///< spectrum, inverse, null space, in words; may be empty
    Index smallest, largest;       ///< sizes that make() takes
    bool symmetric;                ///< exactly, for the real ones; complex: A = Aᵀ
    bool positive_definite;
    bool singular;  ///< exactly, for every size
    Csr<T> (*make)(Index size, std::uint64_t seed);
};
using GalleryEntry = GalleryEntryOf<double>;
using ComplexGalleryEntry = GalleryEntryOf<std::complex<double>>;

/// All real families, in the order of this header.
std::span<const GalleryEntry> gallery();

/// The complex ones.
std::span<const ComplexGalleryEntry> complex_gallery();

/// The family of this name, or null.
const GalleryEntry* find_in_gallery(std::string_view name);

/// make() of the family of this name.
/// \throws InvalidArgument if there is none (the message offers the nearest name) or the size is out of its range.
Csr<double> generate(std::string_view name, Index size, std::uint64_t seed = 1);

}  // namespace ritz
