// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/gallery.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <ostream>
#include <string>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/matching.hpp"
#include "ritz/formats/structure.hpp"

namespace ritz {

void PrintTo(const GalleryEntry& entry, std::ostream* out) {  // for GoogleTest
    *out << entry.name;
}

}  // namespace ritz

namespace {

using namespace ritz;
using std::numbers::pi;

template <Scalar T>
Eigen::MatrixX<T> dense(const Csr<T>& A) {
    Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(A.rows(), A.cols());
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k)
            D(i, A.indices()[static_cast<std::size_t>(k)]) = A.values()[static_cast<std::size_t>(k)];
    return D;
}

Eigen::VectorXd eigenvalues(const Eigen::MatrixXd& A) {
    return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(A, Eigen::EigenvaluesOnly).eigenvalues();
}
Eigen::VectorXd eigenvalues(const Csr<double>& A) {
    return eigenvalues(dense(A));
}

/// Singular values, largest first; with zeros for the missing dimension of a rectangular A. One Jacobi method for real
/// square matrices serves all tests: each further decomposition costs the compiler seconds.
Eigen::VectorXd singular_values(const Eigen::MatrixXd& A) {
    const Eigen::Index n = std::max(A.rows(), A.cols());
    Eigen::MatrixXd square = Eigen::MatrixXd::Zero(n, n);
    square.topLeftCorner(A.rows(), A.cols()) = A;
    return Eigen::JacobiSVD<Eigen::MatrixXd, Eigen::NoQRPreconditioner>(square).singularValues();
}

void expect_spectrum(const Csr<double>& A, std::vector<double> expected) {
    std::ranges::sort(expected);
    const Eigen::VectorXd found = eigenvalues(A);
    ASSERT_EQ(found.size(), static_cast<Eigen::Index>(expected.size()));
    const double scale = found.cwiseAbs().maxCoeff();
    for (std::size_t k = 0; k < expected.size(); ++k)
        EXPECT_NEAR(found[static_cast<Eigen::Index>(k)], expected[k], 1e-13 * scale) << k;
}

/// Sums of one element of each.
std::vector<double> sums(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> result;
    for (double x : a)
        for (double y : b) result.push_back(x + y);
    return result;
}

std::vector<double> poisson_spectrum(Index n) {
    std::vector<double> values;
    for (Index k = 1; k <= n; ++k) values.push_back(2 - 2 * std::cos(k * pi / (n + 1)));
    return values;
}
std::vector<double> path_spectrum(Index n) {
    std::vector<double> values;
    for (Index k = 0; k < n; ++k) values.push_back(2 - 2 * std::cos(k * pi / n));
    return values;
}
std::vector<double> cycle_spectrum(Index n) {
    std::vector<double> values;
    for (Index k = 0; k < n; ++k) values.push_back(2 - 2 * std::cos(2 * k * pi / n));
    return values;
}

/// FNV-1a over the arrays of a matrix.
std::uint64_t checksum(const Csr<double>& A) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&](std::uint64_t word) { hash = (hash ^ word) * 0x100000001b3; };
    for (Offset p : A.indptr()) add(static_cast<std::uint64_t>(p));
    for (Index j : A.indices()) add(static_cast<std::uint64_t>(j));
    for (double v : A.values()) add(std::bit_cast<std::uint64_t>(v));
    return hash;
}

// Every family keeps what its row of the registry says.
class Gallery : public testing::TestWithParam<GalleryEntry> {
protected:
    static std::vector<Index> sizes() {
        const GalleryEntry& entry = GetParam();
        std::vector<Index> result;
        for (const Index size : {entry.smallest, Index{2}, Index{3}, Index{5}, Index{6}, Index{9}})
            if (size >= entry.smallest && size <= entry.largest) result.push_back(size);
        return result;
    }
};

TEST_P(Gallery, KeepsItsPromisesOfSymmetryDefinitenessAndSingularity) {
    const GalleryEntry& entry = GetParam();
    for (const Index size : sizes()) {
        SCOPED_TRACE(size);
        const Csr<double> made = entry.make(size, 1);
        const Csr<double> A(made.rows(), made.cols(), Buffer<Offset>(made.indptr().begin(), made.indptr().end()),
                            Buffer<Index>(made.indices().begin(), made.indices().end()),
                            Buffer<double>(made.values().begin(), made.values().end()));  // checks I1-I3
        const Structure s = analyse_structure(A);
        EXPECT_TRUE(s.all_finite);
        if (entry.symmetric) {
            EXPECT_TRUE(s.symmetric);
        }
        if (!entry.symmetric && size >= 3) {
            EXPECT_FALSE(s.symmetric);
        }
        if (A.rows() > 250 || A.rows() == 0 || A.rows() != A.cols()) continue;
        const Eigen::MatrixXd D = dense(A);
        if (entry.positive_definite) {
            EXPECT_TRUE(entry.symmetric);
            const double largest = s.norm_inf;
            EXPECT_GT(eigenvalues(D).minCoeff(), -1e-15 * largest * A.rows());
            EXPECT_TRUE(s.all_diagonals_positive);
        }
        const Eigen::VectorXd singular = singular_values(D);
        if (entry.singular) {
            EXPECT_LE(singular.tail(1)[0], 1e-13 * singular[0] * static_cast<double>(A.rows()));
        }
        if (!entry.singular && entry.name != "clement") {
            EXPECT_EQ(structural_rank(A), A.rows());
            EXPECT_GT(singular.tail(1)[0], 0);
        }
    }
}

TEST_P(Gallery, IsTheSameForTheSameSeed) {
    const GalleryEntry& entry = GetParam();
    const Index size = sizes().back();
    const Csr<double> A = entry.make(size, 7);
    EXPECT_TRUE(A == entry.make(size, 7));
    const ThreadLimit one(1);
    EXPECT_EQ(checksum(A), checksum(generate(entry.name, size, 7)));
}

TEST_P(Gallery, RefusesSizesOutOfItsRange) {
    const GalleryEntry& entry = GetParam();
    EXPECT_THROW(generate(entry.name, entry.smallest - 1), InvalidArgument);
    EXPECT_THROW(generate(entry.name, -5), InvalidArgument);
    if (entry.largest < std::numeric_limits<Index>::max()) {
        EXPECT_THROW(generate(entry.name, entry.largest + 1), InvalidArgument);
    }
    EXPECT_EQ(find_in_gallery(entry.name)->name, entry.name);
    EXPECT_FALSE(entry.description.empty() || entry.size_means.empty());
}

INSTANTIATE_TEST_SUITE_P(Registry, Gallery, testing::ValuesIn(gallery().begin(), gallery().end()),
                         [](const auto& entry) { return std::string(entry.param.name); });

TEST(GalleryRegistry, OffersTheNearestName) {
    try {
        generate("posson2d", 5);
        FAIL();
    } catch (const InvalidArgument& error) {
        EXPECT_NE(std::string(error.what()).find("did you mean 'poisson2d'"), std::string::npos) << error.what();
    }
    EXPECT_EQ(find_in_gallery(""), nullptr);
}

TEST(GalleryRegistry, RandomFamiliesAreTheSameOnEveryMachine) {
    const std::map<std::string, std::uint64_t> known = {
        {"jumping_diffusion2d", 5801106789111850375},
        {"grid_laplacian_weighted", 3944064445365322471},
        {"random_graph_laplacian", 13316782654627409887u},
        {"power_law_laplacian", 10501877276586159073u},
        {"wathen", 2175363146593722682},
    };
    for (const auto& [name, sum] : known) {
        // Weights go through exp and log, whose last bit may differ: the structure and the values to 12 digits are
        // pinned.
        Csr<double> A = generate(name, 10, 42);
        for (double& v : A.values()) v = std::round(v * 1e9);
        EXPECT_EQ(checksum(A), sum) << name;
    }
    EXPECT_FALSE(wathen(5, 5, 1) == wathen(5, 5, 2));
    EXPECT_FALSE(random_graph_laplacian(50, 4, 1) == random_graph_laplacian(50, 4, 2));
}

TEST(GalleryGrids, PoissonSpectraAreTheFormulas) {
    expect_spectrum(poisson1d(17), poisson_spectrum(17));
    expect_spectrum(poisson2d(7, 4), sums(poisson_spectrum(7), poisson_spectrum(4)));
    expect_spectrum(poisson3d(4, 3, 5), sums(poisson_spectrum(4), sums(poisson_spectrum(3), poisson_spectrum(5))));
    const Index n = 9;
    Eigen::MatrixXd inverse(n, n);
    for (Index i = 1; i <= n; ++i)
        for (Index j = 1; j <= n; ++j) inverse(i - 1, j - 1) = std::min(i, j) * (n + 1.0 - std::max(i, j)) / (n + 1);
    EXPECT_LT((dense(poisson1d(n)) * inverse - Eigen::MatrixXd::Identity(n, n)).norm(), 1e-13);
    EXPECT_NEAR(dense(poisson1d(n)).determinant(), n + 1, 1e-12);
}

TEST(GalleryGrids, HelmholtzIsPoissonShifted) {
    std::vector<double> expected = sums(poisson_spectrum(6), poisson_spectrum(5));
    for (double& v : expected) v -= std::pow(20.0 / 7, 2);
    expect_spectrum(helmholtz2d(6, 5, 20), expected);
    EXPECT_LT(eigenvalues(helmholtz2d(6, 5, 20)).minCoeff(), 0);
}

TEST(GalleryGrids, AnisotropicDiffusionIsExactOnQuadraticsAndIsotropicIsTheNinePointStencil) {
    // On u = x², xy, y² the stencil of -div(K grad u) gives -2 kxx, -2 kxy, -2 kyy.
    const double epsilon = 0.01, theta = 0.4, c = std::cos(theta), s = std::sin(theta);
    const Index n = 5;
    const Csr<double> A = anisotropic_diffusion2d(n, n, epsilon, theta);
    Eigen::VectorXd xx(n * n), xy(n * n), yy(n * n);
    for (Index i = 0; i < n * n; ++i) {
        const double x = i % n, y = i / n;
        xx[i] = x * x, xy[i] = x * y, yy[i] = y * y;
    }
    const Index middle = 2 + 2 * n;
    const Eigen::MatrixXd D = dense(A);
    EXPECT_NEAR(D.row(middle).dot(xx), -2 * (c * c + epsilon * s * s), 1e-12);
    EXPECT_NEAR(D.row(middle).dot(xy), -2 * (1 - epsilon) * c * s, 1e-12);
    EXPECT_NEAR(D.row(middle).dot(yy), -2 * (epsilon * c * c + s * s), 1e-12);
    EXPECT_NEAR(D.row(middle).sum(), 0, 1e-14);
    const Csr<double> isotropic = anisotropic_diffusion2d(n, n, 1, 0.7);
    EXPECT_NEAR(isotropic.at(middle, middle), 8.0 / 3, 1e-14);
    EXPECT_NEAR(isotropic.at(middle, middle + n + 1), -1.0 / 3, 1e-14);
}

TEST(GalleryGrids, JumpingDiffusionIsPoissonWhenThereIsNoJumpAndAnMMatrixAlways) {
    const Structure s = analyse_structure(jumping_diffusion3d(10, 11, 12, 1e8, 3));
    EXPECT_TRUE(s.symmetric && s.l_matrix && s.row_dominance == Dominance::weak && s.strictly_dominant_rows > 0);
    EXPECT_GT(s.norm_max, 1e8);
    const Csr<double> A = jumping_diffusion2d(6, 6, 1, 1);
    EXPECT_EQ(A.at(14, 14), 4);
    EXPECT_EQ(A.at(14, 15), -1);
    EXPECT_EQ(A.at(0, 0), 6);  // walls half a cell away
}

TEST(GalleryGrids, ConvectionDiffusionIsAnMMatrixWhoseRowsSumToZeroInside) {
    for (const Wind wind : {Wind::constant, Wind::recirculating})
        for (const Csr<double>& A :
             {convection_diffusion2d(9, 9, 1e-4, wind), convection_diffusion3d(5, 6, 7, 1e-4, wind)}) {
            const Structure s = analyse_structure(A);
            EXPECT_TRUE(s.l_matrix && !s.symmetric && s.pattern_symmetric);
            EXPECT_EQ(s.row_dominance, Dominance::weak);
        }
    // Without convection: Poisson.
    const Csr<double> A = convection_diffusion2d(7, 7, 1e12);
    EXPECT_NEAR(A.at(24, 24) / 1e12, 4, 1e-11);
    EXPECT_NEAR(A.at(24, 25) / 1e12, -1, 1e-11);
}

TEST(GalleryGrids, StokesHasTheInertiaOfASaddlePoint) {
    for (const auto& [nx, ny] : {std::pair<Index, Index>{2, 1}, {1, 2}, {3, 3}, {5, 4}}) {
        const Index velocities = (nx - 1) * ny + nx * (ny - 1), cells = nx * ny;
        for (const bool pinned : {true, false}) {
            const Csr<double> A = stokes2d(nx, ny, {.viscosity = 0.5, .pin_pressure = pinned});
            ASSERT_EQ(A.rows(), velocities + cells - pinned);
            const Eigen::VectorXd values = eigenvalues(A);
            EXPECT_EQ((values.array() > 1e-10).count(), velocities);
            EXPECT_EQ((values.array() < -1e-10).count(), cells - 1);
        }
        Eigen::VectorXd constant = Eigen::VectorXd::Zero(velocities + cells);
        constant.tail(cells).setOnes();
        EXPECT_EQ((dense(stokes2d(nx, ny, {.pin_pressure = false})) * constant).norm(), 0);
    }
}

TEST(GalleryGrids, AbsorbingHelmholtzIsComplexSymmetricAndNonsingular) {
    const auto A = helmholtz2d_absorbing(7, 6, 15);
    const Structure s = analyse_structure(A);
    EXPECT_TRUE(s.symmetric && !s.hermitian && !s.all_real);
    const Eigen::MatrixXcd D = dense(A);
    Eigen::MatrixXd real(2 * D.rows(), 2 * D.cols());  // the same singular values, each twice
    real << D.real(), -D.imag(), D.imag(), D.real();
    EXPECT_GT(singular_values(real).tail(1)[0], 1e-3);
    // Without waves only the Neumann problem is left: constants go to zero.
    EXPECT_EQ((dense(helmholtz2d_absorbing(4, 4, 0)) * Eigen::VectorXcd::Ones(16)).norm(), 0);
    for (const ComplexGalleryEntry& entry : complex_gallery())
        EXPECT_EQ(analyse_structure(entry.make(5, 1)).symmetric, entry.symmetric);
}

TEST(GalleryElements, FreeElasticityHasExactlyTheRigidBodyModesAsNullSpace) {
    const auto check = [](const Csr<double>& K, const Eigen::MatrixXd& coordinates, Index modes) {
        const Eigen::MatrixXd B = rigid_body_modes(coordinates), D = dense(K);
        ASSERT_EQ(B.rows(), K.rows());
        ASSERT_EQ(B.cols(), modes);
        EXPECT_LT((D * B).norm(), 1e-13 * D.norm());
        EXPECT_LT((B.transpose() * B - Eigen::MatrixXd::Identity(modes, modes)).norm(), 1e-13);
        const Eigen::VectorXd values = eigenvalues(D);
        EXPECT_LT(values[modes - 1], 1e-13 * values.tail(1)[0]);
        EXPECT_GT(values[modes], 1e-6 * values.tail(1)[0]);
    };
    check(elasticity2d(4, 3, {.young = 7, .poisson = 0.2, .clamped = false}), elasticity2d_coordinates(4, 3, false), 3);
    check(elasticity3d(2, 3, 2, {.young = 7, .poisson = 0.4, .clamped = false}),
          elasticity3d_coordinates(2, 3, 2, false), 6);
}

TEST(GalleryElements, ElasticityReproducesUniformStrain) {
    // u = (x, 0) has stress σxx = (λ + 2µ), σyy = λ; forces balance inside and equal the tractions on the far face.
    const Index nx = 3, ny = 2;
    const double E = 2, nu = 0.3, lambda = E * nu / ((1 + nu) * (1 - 2 * nu)), mu = E / (2 * (1 + nu));
    const Csr<double> K = elasticity2d(nx, ny, {.young = E, .poisson = nu});
    const Eigen::MatrixXd x = elasticity2d_coordinates(nx, ny);
    ASSERT_EQ(K.rows(), 2 * x.rows());
    Eigen::VectorXd u = Eigen::VectorXd::Zero(K.rows()), force(K.rows());
    for (Eigen::Index p = 0; p < x.rows(); ++p) u[2 * p] = x(p, 0);
    force = dense(K) * u;
    double pull = 0;
    for (Eigen::Index p = 0; p < x.rows(); ++p) {
        if (x(p, 0) == nx) pull += force[2 * p];
        if (x(p, 0) < nx) {
            EXPECT_NEAR(force[2 * p], 0, 1e-13);
        }
        if (x(p, 1) == 1 && x(p, 0) < nx) {
            EXPECT_NEAR(force[2 * p + 1], 0, 1e-13);
        }
    }
    EXPECT_NEAR(pull, (lambda + 2 * mu) * ny, 1e-12);
}

TEST(GalleryElements, ClampedElasticityIsTheFreeOneWithoutTheFace) {
    const Csr<double> held = elasticity3d(2, 2, 1), free = elasticity3d(2, 2, 1, {.clamped = false});
    const Eigen::MatrixXd all = elasticity3d_coordinates(2, 2, 1, false), some = elasticity3d_coordinates(2, 2, 1);
    Index p = 0;
    std::vector<Index> kept;
    for (Index q = 0; q < all.rows(); ++q) {
        if (all(q, 0) == 0) continue;
        EXPECT_EQ(all.row(q), some.row(p++));
        for (Index k = 0; k < 3; ++k) kept.push_back(3 * q + k);
    }
    ASSERT_EQ(kept.size(), static_cast<std::size_t>(held.rows()));
    EXPECT_LT((dense(free)(kept, kept) - dense(held)).norm(), 1e-15);
    EXPECT_GT(eigenvalues(held).minCoeff(), 0);
}

TEST(GalleryElements, RigidBodyModesRefuseDegeneratePoints) {
    EXPECT_THROW(rigid_body_modes(Eigen::MatrixXd::Ones(4, 2)), InvalidArgument);
    EXPECT_THROW(rigid_body_modes(Eigen::VectorXd::LinSpaced(5, 0, 1) * Eigen::RowVector3d(1, 2, 3)), InvalidArgument);
    EXPECT_THROW(rigid_body_modes(Eigen::MatrixXd::Random(4, 4)), InvalidArgument);
    EXPECT_THROW(rigid_body_modes(Eigen::MatrixXd(0, 2)), InvalidArgument);
}

TEST(GalleryElements, WathenIsTheMassMatrixOfSerendipityElements) {
    // One element, by 3 × 3 Gauss points (exact): the density is whatever makes the first entries agree.
    const double g = std::sqrt(0.6), points[3] = {-g, 0, g}, weights[3] = {5.0 / 9, 8.0 / 9, 5.0 / 9};
    const double X[8] = {-1, 0, 1, -1, 1, -1, 0, 1}, Y[8] = {-1, -1, -1, 0, 0, 1, 1, 1};
    Eigen::MatrixXd mass = Eigen::MatrixXd::Zero(8, 8);
    for (int p = 0; p < 3; ++p)
        for (int q = 0; q < 3; ++q) {
            const double x = points[p], y = points[q];
            Eigen::VectorXd shape(8);
            for (int a = 0; a < 8; ++a) {
                if (X[a] == 0)
                    shape[a] = (1 - x * x) * (1 + y * Y[a]) / 2;
                else if (Y[a] == 0)
                    shape[a] = (1 + x * X[a]) * (1 - y * y) / 2;
                else
                    shape[a] = (1 + x * X[a]) * (1 + y * Y[a]) * (x * X[a] + y * Y[a] - 1) / 4;
            }
            mass += weights[p] * weights[q] * shape * shape.transpose();
        }
    const Eigen::MatrixXd one = dense(wathen(1, 1, 4));
    EXPECT_LT((one / one(0, 0) - mass / mass(0, 0)).norm(), 1e-13);

    const Csr<double> A = wathen(4, 3, 9);
    EXPECT_EQ(A.rows(), 3 * 12 + 2 * 4 + 2 * 3 + 1);
    const Eigen::MatrixXd D = dense(A);
    const Eigen::VectorXd d = D.diagonal().cwiseSqrt().cwiseInverse();
    const Eigen::VectorXd scaled = eigenvalues(Eigen::MatrixXd(d.asDiagonal() * D * d.asDiagonal()));
    EXPECT_GE(scaled.minCoeff(), 0.25 - 1e-12);
    EXPECT_LE(scaled.maxCoeff(), 4.5 + 1e-12);
}

TEST(GalleryGraphs, SpectraAreTheFormulas) {
    expect_spectrum(path_laplacian(9), path_spectrum(9));
    expect_spectrum(cycle_laplacian(26), cycle_spectrum(26));
    expect_spectrum(grid_laplacian(5, 7), sums(path_spectrum(5), path_spectrum(7)));
    expect_spectrum(torus_laplacian(5, 4), sums(cycle_spectrum(5), cycle_spectrum(4)));
    std::vector<double> star(9, 1.0), complete(9, 9.0), cube;
    star[0] = 0, star[1] = 9, complete[0] = 0;
    expect_spectrum(star_laplacian(9), star);
    expect_spectrum(complete_laplacian(9), complete);
    const int binomial[] = {1, 5, 10, 10, 5, 1};
    for (int k = 0; k <= 5; ++k) cube.insert(cube.end(), static_cast<std::size_t>(binomial[k]), 2.0 * k);
    expect_spectrum(hypercube_laplacian(5), cube);
}

TEST(GalleryGraphs, AreLaplaciansWhateverTheWeights) {
    const EdgeWeights weights{.low = 1e-2, .high = 1e4, .seed = 5};
    for (const Csr<double>& L :
         {path_laplacian(30, weights), cycle_laplacian(30, weights), grid_laplacian(6, 5, weights),
          torus_laplacian(6, 5, weights), star_laplacian(30, weights), complete_laplacian(12, weights),
          hypercube_laplacian(5, weights), random_graph_laplacian(40, 6, 2, weights),
          power_law_laplacian(8, 8, 2, weights)}) {
        const Structure s = analyse_structure(L);
        EXPECT_TRUE(s.graph_laplacian);
        EXPECT_LE(s.norm_max, 1e4 * 300);
    }
    EXPECT_EQ(connected_components(grid_laplacian(6, 5)).count, 1);
    // Parallel edges add up, loops vanish.
    const std::vector<Edge> edges = {{0, 1, 2.0}, {1, 0, 3.0}, {1, 1, 7.0}};
    EXPECT_EQ(graph_laplacian(3, edges).at(0, 1), -5);
    EXPECT_EQ(graph_laplacian(3, edges).at(1, 1), 5);
    EXPECT_THROW(graph_laplacian(2, std::vector<Edge>{{0, 2}}), InvalidArgument);
    EXPECT_THROW(graph_laplacian(2, std::vector<Edge>{{0, 1, -1.0}}), InvalidArgument);
}

TEST(GalleryGraphs, PowerLawHasAFewVerticesOfVeryHighDegree) {
    const Csr<double> L = power_law_laplacian(12, 8, 1);
    const Structure s = analyse_structure(L);
    EXPECT_GT(s.max_row_nonzeros, 200);
    EXPECT_GT(s.empty_rows.count, 100);  // isolated vertices
    const double mean_edges = static_cast<double>(random_graph_laplacian(4000, 8, 1).nnz() - 4000) / 4000;
    EXPECT_NEAR(mean_edges, 8, 0.3);
}

TEST(GalleryClassical, TridiagonalMatricesHaveTheirSpectra) {
    Eigen::VectorXcd values = dense(tridiagonal_toeplitz(8, -1, 4, -2)).eigenvalues();
    std::vector<double> found;
    for (const auto& v : values) found.push_back(v.real());
    std::ranges::sort(found);
    for (Index k = 1; k <= 8; ++k)
        EXPECT_NEAR(found[static_cast<std::size_t>(k) - 1], 4 - 2 * std::sqrt(2.0) * std::cos(k * pi / 9), 1e-12);

    const Eigen::VectorXd w = eigenvalues(wilkinson_tridiagonal(21));
    EXPECT_NEAR(w[20], 10.746194182903393, 1e-13);
    EXPECT_NEAR(w[19], 10.746194182903322, 1e-13);

    Eigen::VectorXd clement_values = dense(clement(8)).eigenvalues().real();
    std::ranges::sort(clement_values);
    for (Index k = 0; k < 8; ++k) EXPECT_NEAR(clement_values[k], -7 + 2 * k, 1e-11);

    const Structure d = analyse_structure(dorr(40));
    EXPECT_TRUE(d.l_matrix && d.tridiagonal() && d.row_dominance != Dominance::none && d.strictly_dominant_rows >= 2);
    const Eigen::VectorXd sigma = singular_values(dense(dorr(40, 1e-4)));
    EXPECT_GT(sigma[0] / sigma.tail(1)[0], 1e10);
}

TEST(GalleryClassical, SparseMatricesAreWhatTheySay) {
    const Eigen::MatrixXd g = dense(grcar(5));
    Eigen::MatrixXd expected(5, 5);
    expected << 1, 1, 1, 1, 0, -1, 1, 1, 1, 1, 0, -1, 1, 1, 1, 0, 0, -1, 1, 1, 0, 0, 0, -1, 1;
    EXPECT_EQ(g, expected);
    const Eigen::VectorXd sigma = singular_values(dense(grcar(100)));
    EXPECT_LT(sigma[0] / sigma[99], 5);

    const Csr<double> t = trefethen(200);
    const double primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29};
    for (Index i = 0; i < 10; ++i) EXPECT_EQ(t.at(i, i), primes[i]);
    EXPECT_EQ(t.at(199, 199), 1223);
    for (Index i = 0; i < 200; ++i)
        for (Index j = 0; j < i; ++j)
            EXPECT_EQ(t.at(i, j), std::has_single_bit(static_cast<unsigned>(i - j)) ? 1.0 : 0.0);

    const Eigen::MatrixXd shift = dense(cyclic_shift(5));
    EXPECT_EQ(shift * shift * shift * shift * shift, Eigen::MatrixXd::Identity(5, 5));
    const Structure a = analyse_structure(arrow(30));
    EXPECT_TRUE(a.symmetric);
    EXPECT_EQ(a.max_row_nonzeros, 30);
    EXPECT_EQ(arrow(30).nnz(), 88);
}

TEST(GalleryClassical, InverseHilbertIsTheExactIntegerInverse) {
    // In integers modulo 2⁶⁴: L·H has integer entries for L = lcm(1, …, 2n-1), and L·H·B = L·I.
    for (Index n = 1; n <= 12; ++n) {
        std::uint64_t lcm = 1;
        for (std::uint64_t k = 2; k < 2 * static_cast<std::uint64_t>(n); ++k) lcm = std::lcm(lcm, k);
        const Eigen::MatrixXd B = inverse_hilbert(n);
        for (Index i = 0; i < n; ++i)
            for (Index j = 0; j < n; ++j) {
                std::uint64_t sum = 0;
                for (Index k = 0; k < n; ++k) {
                    ASSERT_EQ(B(k, j), std::round(B(k, j)));
                    sum += lcm / static_cast<std::uint64_t>(i + k + 1) *
                           static_cast<std::uint64_t>(static_cast<std::int64_t>(B(k, j)));
                }
                EXPECT_EQ(sum, i == j ? lcm : 0) << n << ": " << i << ", " << j;
            }
    }
    EXPECT_NEAR(1 / hilbert(3).determinant(), 2160, 1e-9);
    const Eigen::MatrixXd difference = lotkin(6) - hilbert(6);
    EXPECT_EQ(difference.bottomRows(5).norm(), 0);
    EXPECT_EQ(lotkin(6).row(0), Eigen::RowVectorXd::Ones(6));
}

TEST(GalleryClassical, DeterminantsAndInversesAreAsDocumented) {
    EXPECT_NEAR(wilkinson_growth(20).determinant(), std::pow(2, 19), 1e-6);
    EXPECT_EQ(wilkinson_growth(4)(3, 0), -1);
    EXPECT_NEAR(frank(8).determinant(), 1, 1e-10);
    EXPECT_NEAR(moler(8).determinant(), 1, 1e-9);
    EXPECT_NEAR(pascal(8).determinant(), 1, 1e-8);
    EXPECT_EQ(pascal(29)(28, 28), 7648690600760440.0);  // binomial(56, 28)

    Eigen::MatrixXd unit = Eigen::MatrixXd::Identity(9, 9);
    unit.triangularView<Eigen::StrictlyUpper>().setConstant(-1);
    EXPECT_EQ(unit.transpose() * unit, moler(9));

    const Eigen::MatrixXd lower = [] {  // Cholesky factor of the Pascal matrix: binomials again
        Eigen::MatrixXd L = Eigen::MatrixXd::Zero(9, 9);
        for (Index i = 0; i < 9; ++i)
            for (Index j = 0; j <= i; ++j) L(i, j) = j == 0 || i == j ? 1 : L(i - 1, j - 1) + L(i - 1, j);
        return L;
    }();
    EXPECT_EQ(lower * lower.transpose(), pascal(9));

    const Eigen::MatrixXd inverse = lehmer(9).inverse();
    for (Index i = 0; i < 9; ++i)
        for (Index j = 0; j < 9; ++j)
            if (std::abs(i - j) > 1) {
                EXPECT_NEAR(inverse(i, j), 0, 1e-12);
            }

    const std::vector<double> x = {0.5, 1, 2, 3.5}, y = {0.25, 1.5, 2, 4};
    double differences = 1, cauchy_determinant = 1;
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j) {
            if (i < j) differences *= x[j] - x[i], cauchy_determinant *= (x[j] - x[i]) * (y[j] - y[i]);
            cauchy_determinant /= x[i] + y[j];
        }
    EXPECT_NEAR(vandermonde(x).determinant(), differences, 1e-12);
    EXPECT_NEAR(cauchy(x, y).determinant() / cauchy_determinant, 1, 1e-10);
    EXPECT_THROW(cauchy(x, std::vector<double>{1, 2, 3, -3.5}), InvalidArgument);
    EXPECT_THROW(cauchy(x, std::vector<double>{1, 2}), InvalidArgument);
}

TEST(GalleryClassical, EigenvaluesAreAsDocumented) {
    std::vector<double> expected = {-10 * std::sqrt(10405.0),    0,    510 - 100 * std::sqrt(26.0), 1000, 1000,
                                    510 + 100 * std::sqrt(26.0), 1020, 10 * std::sqrt(10405.0)};
    const Eigen::VectorXd found = eigenvalues(rosser());
    for (Index k = 0; k < 8; ++k) EXPECT_NEAR(found[k], expected[static_cast<std::size_t>(k)], 1e-11) << k;

    const Eigen::VectorXd p = eigenvalues(pei(7, 0.5));
    EXPECT_NEAR(p[0], 0.5, 1e-14);
    EXPECT_NEAR(p[5], 0.5, 1e-14);
    EXPECT_NEAR(p[6], 7.5, 1e-13);

    Eigen::VectorXd three = gallery3().eigenvalues().real();
    std::ranges::sort(three);
    for (Index k = 0; k < 3; ++k) EXPECT_NEAR(three[k], k + 1, 1e-9);
    const Eigen::MatrixXd five = gallery5(), square = five * five;
    EXPECT_EQ((square * square * five).norm(), 0);
    EXPECT_NE((square * square).norm(), 0);

    const Eigen::VectorXd spectrum = eigenvalues(prolate(20));
    EXPECT_GT(spectrum.minCoeff(), -1e-15);
    EXPECT_LT(spectrum.maxCoeff(), 1 + 1e-14);
    EXPECT_LT(spectrum[9], 0.5);
    EXPECT_GT(spectrum[10], 0.5);

    Eigen::VectorXd pairs = frank(7).eigenvalues().real();
    std::ranges::sort(pairs);
    for (Index k = 0; k < 7; ++k) EXPECT_NEAR(pairs[k] * pairs[6 - k], 1, 1e-6);
}

TEST(GalleryClassical, ChebyshevDifferentiationIsExactOnPolynomials) {
    const Index n = 11;
    const Eigen::MatrixXd D = chebyshev_differentiation(n);
    Eigen::VectorXd x(n);
    for (Index j = 0; j < n; ++j) x[j] = std::cos(j * pi / (n - 1));
    for (int degree = 0; degree < n; ++degree) {
        const Eigen::VectorXd power = x.array().pow(degree);
        const Eigen::VectorXd derivative =
            degree == 0 ? Eigen::VectorXd::Zero(n).eval() : Eigen::VectorXd(degree * x.array().pow(degree - 1));
        EXPECT_LT((D * power - derivative).cwiseAbs().maxCoeff(), 1e-11) << degree;
    }
}

TEST(GalleryClassical, RankIsHiddenWhereItIsMeantToBe) {
    const Eigen::VectorXd k = singular_values(kahan(90));
    const Eigen::MatrixXd K = kahan(90);
    EXPECT_LT(k[89], 1e-3 * std::abs(K(89, 89)));  // the last diagonal element of R says far too much
    const Eigen::MatrixXd l = lauchli(2, 1e-9);
    EXPECT_EQ(l.rows(), 3);
    EXPECT_EQ((l.transpose() * l).determinant(), 0);  // 1 + µ² rounds to 1
    EXPECT_NEAR(singular_values(l)[1], 1e-9, 1e-15);
    EXPECT_EQ(dense(generate("lauchli", 4)), lauchli(4));
}

TEST(GallerySizes, ThatDoNotFitAreRefusedBeforeAnythingIsAllocated) {
    EXPECT_THROW(poisson2d(100000, 100000), LimitExceeded);
    EXPECT_THROW(poisson3d(1 << 11, 1 << 10, 1 << 10), LimitExceeded);
    EXPECT_THROW(elasticity3d(1000, 1000, 1000), LimitExceeded);
    EXPECT_THROW(stokes2d(40000, 40000), LimitExceeded);
    EXPECT_THROW(wathen(40000, 40000, 1), LimitExceeded);
    EXPECT_THROW(poisson1d(0), InvalidArgument);
    EXPECT_THROW(poisson2d(-3, -3), InvalidArgument);
    EXPECT_THROW(convection_diffusion2d(3, 3, 0), InvalidArgument);
    EXPECT_THROW(anisotropic_diffusion2d(3, 3, std::nan(""), 0), InvalidArgument);
    EXPECT_THROW(elasticity2d(2, 2, {.poisson = 0.5}), InvalidArgument);
    EXPECT_THROW(random_graph_laplacian(5, std::nan(""), 1), InvalidArgument);
    EXPECT_THROW(hypercube_laplacian(27), InvalidArgument);
    EXPECT_THROW(hilbert(-1), InvalidArgument);
    EXPECT_EQ(hilbert(0).size(), 0);
    EXPECT_EQ(lauchli(0).rows(), 1);
}

}  // namespace
