// SPDX-License-Identifier: BSD-3-Clause
// The registry of the gallery.
#include "ritz/formats/gallery.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "formats/gallery_rows.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace {

constexpr Index any = std::numeric_limits<Index>::max();  // as large as the order allows; checked where it is made
constexpr Index dense = 5000;                             // sizes of dense matrices in compressed storage
constexpr EdgeWeights wide_weights{.low = 1e-3, .high = 1e3};

/// The nonzeros of a dense matrix.
Csr<double> compress(const Eigen::MatrixXd& A) {
    return detail::csr_from_rows<double>(static_cast<Index>(A.rows()), static_cast<Index>(A.cols()),
                                         [&](Index i, auto&& emit) {
                                             for (Index j = 0; j < A.cols(); ++j)
                                                 if (A(i, j) != 0) emit(j, A(i, j));
                                         });
}

/// 1, 2, …, n.
std::vector<double> counting(Index n) {
    std::vector<double> x(static_cast<std::size_t>(n));
    std::iota(x.begin(), x.end(), 1.0);
    return x;
}

EdgeWeights seeded(EdgeWeights weights, std::uint64_t seed) {
    weights.seed = seed;
    return weights;
}

constexpr auto per_side_2d = "points a side; order n^2";
constexpr auto per_side_3d = "points a side; order n^3";
constexpr auto order_n = "order n";
constexpr auto laplacian_null = "constants span the null space of each connected part";

// In each row: name, description, what size is, what is known, sizes, {symmetric, positive definite, singular}, maker.
constexpr GalleryEntry entries[] = {
    {"poisson1d", "-u'' with Dirichlet ends, (-1, 2, -1)", order_n, "eigenvalues 2 - 2 cos(k pi/(n+1))", 1, any, true,
     true, false, [](Index n, std::uint64_t) { return poisson1d(n); }},
    {"poisson2d", "-Laplace u on a square, Dirichlet, five points", per_side_2d,
     "eigenvalues: sums of two of poisson1d", 1, 46340, true, true, false,
     [](Index n, std::uint64_t) { return poisson2d(n, n); }},
    {"poisson3d", "-Laplace u on a cube, Dirichlet, seven points", per_side_3d,
     "eigenvalues: sums of three of poisson1d", 1, 1290, true, true, false,
     [](Index n, std::uint64_t) { return poisson3d(n, n, n); }},
    {"anisotropic_diffusion2d", "diffusion 1 : 0.001 at 30 degrees to the grid, bilinear elements", per_side_2d, "", 1,
     46340, true, true, false,
     [](Index n, std::uint64_t) { return anisotropic_diffusion2d(n, n, 1e-3, 0.5235987755982988); }},
    {"jumping_diffusion2d", "diffusion with coefficients 1 and 1e6 on a coarse random checkerboard", per_side_2d,
     "M-matrix", 1, 46340, true, true, false,
     [](Index n, std::uint64_t seed) { return jumping_diffusion2d(n, n, 1e6, seed); }},
    {"jumping_diffusion3d", "the same in a cube", per_side_3d, "M-matrix", 1, 1290, true, true, false,
     [](Index n, std::uint64_t seed) { return jumping_diffusion3d(n, n, n, 1e6, seed); }},
    {"convection_diffusion2d", "constant wind, diffusion 0.01, upwind", per_side_2d, "M-matrix, not symmetric", 1, 46340,
     false, false, false, [](Index n, std::uint64_t) { return convection_diffusion2d(n, n, 0.01); }},
    {"convection_diffusion2d_recirculating", "cavity wind, diffusion 0.001, upwind", per_side_2d,
     "M-matrix, not symmetric", 1, 46340, false, false, false,
     [](Index n, std::uint64_t) { return convection_diffusion2d(n, n, 0.001, Wind::recirculating); }},
    {"convection_diffusion3d", "constant wind, diffusion 0.01, upwind", per_side_3d, "M-matrix, not symmetric", 1, 1290,
     false, false, false, [](Index n, std::uint64_t) { return convection_diffusion3d(n, n, n, 0.01); }},
    {"elasticity2d", "plane strain on a square held at one side, bilinear elements", "elements a side; order 2 n (n+1)",
     "", 1, 32766, true, true, false, [](Index n, std::uint64_t) { return elasticity2d(n, n); }},
    {"elasticity2d_free", "plane strain on a free square", "elements a side; order 2 (n+1)^2",
     "null space: 3 rigid-body modes", 1, 32766, true, false, true,
     [](Index n, std::uint64_t) { return elasticity2d(n, n, {.clamped = false}); }},
    {"elasticity2d_incompressible", "plane strain with Poisson's ratio 0.4999", "elements a side; order 2 n (n+1)", "",
     1, 32766, true, true, false, [](Index n, std::uint64_t) { return elasticity2d(n, n, {.poisson = 0.4999}); }},
    {"elasticity3d", "a cube held at one side, trilinear elements", "elements a side; order 3 n (n+1)^2", "", 1, 893,
     true, true, false, [](Index n, std::uint64_t) { return elasticity3d(n, n, n); }},
    {"elasticity3d_free", "a free cube", "elements a side; order 3 (n+1)^3", "null space: 6 rigid-body modes", 1, 892,
     true, false, true, [](Index n, std::uint64_t) { return elasticity3d(n, n, n, {.clamped = false}); }},
    {"helmholtz2d", "-Laplace u - k^2 u, Dirichlet, ten points a wavelength", per_side_2d,
     "indefinite; eigenvalues of poisson2d less (kh)^2 = 0.3948", 2, 46340, true, false, false,
     [](Index n, std::uint64_t) { return helmholtz2d(n, n, 0.6283185307179586 * (n + 1.0)); }},
    {"stokes2d", "Stokes flow in a box, staggered grid, one pressure pinned", "cells a side; order 3 n^2 - 2 n - 1",
     "saddle point: n^2 - 1 negative eigenvalues", 2, 26754, true, false, false,
     [](Index n, std::uint64_t) { return stokes2d(n, n); }},
    {"stokes2d_floating", "Stokes flow in a box, no pressure pinned", "cells a side; order 3 n^2 - 2 n",
     "saddle point; null space: constant pressure", 2, 26754, true, false, true,
     [](Index n, std::uint64_t) { return stokes2d(n, n, {.pin_pressure = false}); }},

    {"path_laplacian", "Laplacian of a path", order_n, "eigenvalues 2 - 2 cos(k pi/n), k = 0...n-1", 1, any, true, false,
     true, [](Index n, std::uint64_t) { return path_laplacian(n); }},
    {"path_laplacian_weighted", "Laplacian of a path, weights in [0.001, 1000)", order_n, laplacian_null, 1, any, true,
     false, true, [](Index n, std::uint64_t seed) { return path_laplacian(n, seeded(wide_weights, seed)); }},
    {"cycle_laplacian", "Laplacian of a cycle", order_n, "eigenvalues 2 - 2 cos(2 k pi/n)", 3, any, true, false, true,
     [](Index n, std::uint64_t) { return cycle_laplacian(n); }},
    {"grid_laplacian", "Laplacian of a square grid (Poisson, Neumann)", per_side_2d,
     "eigenvalues: sums of two of path_laplacian", 1, 46340, true, false, true,
     [](Index n, std::uint64_t) { return grid_laplacian(n, n); }},
    {"grid_laplacian_weighted", "Laplacian of a square grid, weights in [0.001, 1000)", per_side_2d, laplacian_null, 1,
     46340, true, false, true,
     [](Index n, std::uint64_t seed) { return grid_laplacian(n, n, seeded(wide_weights, seed)); }},
    {"torus_laplacian", "Laplacian of a periodic square grid", per_side_2d,
     "eigenvalues: sums of two of cycle_laplacian, of high multiplicity", 3, 46340, true, false, true,
     [](Index n, std::uint64_t) { return torus_laplacian(n, n); }},
    {"star_laplacian", "Laplacian of a star", order_n, "eigenvalues 0, 1 (n-2 times), n", 1, any, true, false, true,
     [](Index n, std::uint64_t) { return star_laplacian(n); }},
    {"complete_laplacian", "Laplacian of a complete graph", order_n, "eigenvalues 0, n (n-1 times)", 1, dense, true,
     false, true, [](Index n, std::uint64_t) { return complete_laplacian(n); }},
    {"hypercube_laplacian", "Laplacian of a hypercube", "dimension; order 2^n",
     "eigenvalues 2 k, binomial(n, k) times", 0, 26, true, false, true,
     [](Index n, std::uint64_t) { return hypercube_laplacian(n); }},
    {"random_graph_laplacian", "Laplacian of a random graph of mean degree 8", order_n, laplacian_null, 1, any, true,
     false, true, [](Index n, std::uint64_t seed) { return random_graph_laplacian(n, 8, seed); }},
    {"power_law_laplacian", "Laplacian of an R-MAT graph with 8 edges a vertex", "order 2^n", laplacian_null, 0, 28,
     true, false, true, [](Index n, std::uint64_t seed) { return power_law_laplacian(n, 8, seed); }},

    {"wathen", "mass matrix of serendipity elements with random density",
     "elements a side; order 3 n^2 + 4 n + 1", "scaled by its diagonal: eigenvalues in [0.25, 4.5]", 1, 26754, true,
     true, false, [](Index n, std::uint64_t seed) { return wathen(n, n, seed); }},
    {"tridiagonal_toeplitz", "(-1, 4, -2) on three diagonals", order_n,
     "eigenvalues 4 + 2 sqrt(2) cos(k pi/(n+1))", 1, any, false, false, false,
     [](Index n, std::uint64_t) { return tridiagonal_toeplitz(n, -1, 4, -2); }},
    {"wilkinson_tridiagonal", "Wilkinson's W+", order_n, "n = 21: the two largest eigenvalues agree to 14 digits", 2,
     any, true, false, false, [](Index n, std::uint64_t) { return wilkinson_tridiagonal(n); }},
    {"grcar", "Grcar's Toeplitz matrix with 3 superdiagonals", order_n,
     "sensitive complex eigenvalues, condition below 5", 1, any, false, false, false,
     [](Index n, std::uint64_t) { return grcar(n); }},
    {"clement", "Clement's tridiagonal matrix with zero diagonal", order_n,
     "eigenvalues n-1, n-3, ..., 1-n; singular for odd n", 1, any, false, false, false,
     [](Index n, std::uint64_t) { return clement(n); }},
    {"dorr", "Dorr's dominant tridiagonal M-matrix, theta = 0.01", order_n, "ill-conditioned", 1, any, false, false,
     false, [](Index n, std::uint64_t) { return dorr(n); }},
    {"trefethen", "primes on the diagonal, ones at distances of powers of 2", order_n, "positive definite", 1, 100000000,
     true, true, false, [](Index n, std::uint64_t) { return trefethen(n); }},
    {"arrow", "one full row and column", order_n, "fills completely when eliminated in order", 1, any, true, true,
     false, [](Index n, std::uint64_t) { return arrow(n); }},
    {"cyclic_shift", "the permutation i to i+1", order_n, "eigenvalues: the n-th roots of unity", 1, any, false, false,
     false, [](Index n, std::uint64_t) { return cyclic_shift(n); }},

    {"hilbert", "1/(i+j-1)", order_n, "inverse of integers; condition about e^(3.5 n)", 1, dense, true, true, false,
     [](Index n, std::uint64_t) { return compress(hilbert(n)); }},
    {"inverse_hilbert", "the inverse of hilbert", order_n, "integers", 1, 100, true, true, false,
     [](Index n, std::uint64_t) { return compress(inverse_hilbert(n)); }},
    {"wilkinson_growth", "pivot growth 2^(n-1) under partial pivoting", order_n,
     "determinant 2^(n-1), condition below n", 1, dense, false, false, false,
     [](Index n, std::uint64_t) { return compress(wilkinson_growth(n)); }},
    {"kahan", "Kahan's triangular matrix, theta = 1.2", order_n, "rank that column pivoting does not show", 1, dense,
     false, false, false, [](Index n, std::uint64_t) { return compress(kahan(n)); }},
    {"frank", "Frank's Hessenberg matrix", order_n, "determinant 1; eigenvalues in pairs x, 1/x", 1, dense, false,
     false, false, [](Index n, std::uint64_t) { return compress(frank(n)); }},
    {"lotkin", "hilbert with a first row of ones", order_n, "inverse of integers", 1, dense, false, false, false,
     [](Index n, std::uint64_t) { return compress(lotkin(n)); }},
    {"pei", "identity plus all ones", order_n, "eigenvalues 1 (n-1 times), n+1", 1, dense, true, true, false,
     [](Index n, std::uint64_t) { return compress(pei(n)); }},
    {"lehmer", "min(i,j)/max(i,j)", order_n, "tridiagonal inverse", 1, dense, true, true, false,
     [](Index n, std::uint64_t) { return compress(lehmer(n)); }},
    {"moler", "min(i,j)-2, i on the diagonal", order_n, "determinant 1, one tiny eigenvalue", 1, dense, true, true,
     false, [](Index n, std::uint64_t) { return compress(moler(n)); }},
    {"rosser", "Rosser's eigenvalue test", "8; the order", "a double, a nearly double and a zero eigenvalue", 8, 8, true,
     false, true, [](Index, std::uint64_t) { return compress(rosser()); }},
    {"pascal", "binomial(i+j, i)", order_n, "determinant 1; eigenvalues in pairs x, 1/x", 1, 500, true, true, false,
     [](Index n, std::uint64_t) { return compress(pascal(n)); }},
    {"cauchy", "1/(i+j)", order_n, "totally positive", 1, dense, true, true, false,
     [](Index n, std::uint64_t) { return compress(cauchy(counting(n), counting(n))); }},
    {"vandermonde", "powers of the points i/n", order_n, "determinant: product of differences", 1, 500, false, false,
     false,
     [](Index n, std::uint64_t) {
         std::vector<double> x = counting(n);
         for (double& point : x) point /= n;
         return compress(vandermonde(x));
     }},
    {"chebyshev_differentiation", "spectral differentiation on Chebyshev points", order_n, "nilpotent", 2, dense, false,
     false, true, [](Index n, std::uint64_t) { return compress(chebyshev_differentiation(n)); }},
    {"prolate", "sin(k pi/2)/(k pi), k = |i-j|", order_n, "eigenvalues in (0, 1), clustered at both ends", 1, dense,
     true, true, false, [](Index n, std::uint64_t) { return compress(prolate(n)); }},
    {"gallery3", "3 by 3 with eigenvalues 1, 2, 3", "3; the order", "ill-conditioned eigenvalues", 3, 3, false, false,
     false, [](Index, std::uint64_t) { return compress(gallery3()); }},
    {"gallery5", "5 by 5, nilpotent", "5; the order", "fifth power zero", 5, 5, false, false, true,
     [](Index, std::uint64_t) { return compress(gallery5()); }},
    {"lauchli", "ones over 1e-9 times the identity", "columns; n+1 rows", "normal equations singular to rounding", 1,
     any, false, false, false,
     [](Index n, std::uint64_t) {
         const Index rows = detail::checked_order("lauchli", {std::int64_t{n} + 1});
         return detail::csr_from_rows<double>(rows, n, [=](Index i, auto&& emit) {
             if (i > 0) return emit(i - 1, 1e-9);
             for (Index j = 0; j < n; ++j) emit(j, 1.0);
         });
     }},
};

constexpr ComplexGalleryEntry complex_entries[] = {
    {"helmholtz2d_absorbing", "-Laplace u - k^2 u, impedance on all sides, ten points a wavelength", per_side_2d,
     "complex symmetric, not Hermitian", 2, 46340, true, false, false,
     [](Index n, std::uint64_t) { return helmholtz2d_absorbing(n, n, 0.6283185307179586 * (n - 1.0)); }},
};

/// Letters to insert, delete or replace to make a of b (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = std::exchange(row[j + 1], std::min({row[j + 1] + 1, row[j] + 1, replaced}));
        }
    }
    return row.back();
}

}  // namespace

std::span<const GalleryEntry> gallery() {
    return entries;
}

std::span<const ComplexGalleryEntry> complex_gallery() {
    return complex_entries;
}

const GalleryEntry* find_in_gallery(std::string_view name) {
    const auto found = std::ranges::find(entries, name, &GalleryEntry::name);
    return found == std::end(entries) ? nullptr : &*found;
}

Csr<double> generate(std::string_view name, Index size, std::uint64_t seed) {
    const GalleryEntry* const entry = find_in_gallery(name);
    if (!entry) {
        const auto nearest = std::ranges::min_element(
            entries, {}, [&](const GalleryEntry& candidate) { return distance(name, candidate.name); });
        throw InvalidArgument("generate: the gallery has no matrix '" + std::string(name.substr(0, 60)) +
                              "'; did you mean '" + std::string(nearest->name) + "'?");
    }
    if (size < entry->smallest || size > entry->largest)
        throw InvalidArgument("generate: the size of " + std::string(name) + " must lie in [" +
                              std::to_string(entry->smallest) + ", " + std::to_string(entry->largest) + "], it is " +
                              std::to_string(size) + " (" + std::string(entry->size_means) + ")");
    return entry->make(size, seed);
}

}  // namespace ritz
