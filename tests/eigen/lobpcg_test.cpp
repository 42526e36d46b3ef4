// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/lobpcg.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/preconditioners/registry.hpp"

namespace {

using namespace ritz;
using Complex = std::complex<double>;

template <Scalar T>
Eigen::MatrixX<T> dense_matrix(const CsrView<T>& A) {
    Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(A.rows(), A.cols());
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k) D(i, A.indices()[k]) += A.values()[k];
    return D;
}

/// Sums of eigenvalues of one-dimensional problems, increasing.
std::vector<double> sums(const std::vector<std::vector<double>>& parts) {
    std::vector<double> all{0};
    for (const auto& part : parts) {
        std::vector<double> next;
        for (const double a : all)
            for (const double b : part) next.push_back(a + b);
        all = next;
    }
    std::sort(all.begin(), all.end());
    return all;
}
std::vector<double> line(Index n) {
    std::vector<double> values;
    for (Index k = 1; k <= n; ++k) values.push_back(2 - 2 * std::cos(k * std::numbers::pi / (n + 1)));
    return values;
}
std::vector<double> cycle(Index n) {
    std::vector<double> values;
    for (Index k = 0; k < n; ++k) values.push_back(2 - 2 * std::cos(2 * k * std::numbers::pi / n));
    return values;
}

Csr<double> diagonal(const std::vector<double>& values) {
    Coo<double> A(static_cast<Index>(values.size()), static_cast<Index>(values.size()));
    for (Index i = 0; i < A.rows(); ++i) A.add(i, i, values[static_cast<std::size_t>(i)]);
    return to_csr(A);
}

/// E1–E3, computed here, and E4 against the true eigenvalues.
template <Scalar T>
void holds(const EigshResult<T>& result, const Eigen::MatrixX<T>& A, const Eigen::MatrixX<T>& M,
           const std::vector<double>& expected, double rtol) {
    using R = Real<T>;
    const Index k = static_cast<Index>(expected.size());
    ASSERT_EQ(result.values.size(), k) << result.report.message;
    ASSERT_EQ(result.vectors.cols(), k);
    ASSERT_EQ(result.residuals.size(), k);
    const double u = std::numeric_limits<R>::epsilon() / 2, norm = static_cast<double>(A.norm());
    const Eigen::MatrixX<T> MV = M * result.vectors;
    const Eigen::MatrixX<T> G = result.vectors.adjoint() * MV;
    EXPECT_LE(static_cast<double>((G - Eigen::MatrixX<T>::Identity(k, k)).norm()), 400 * u * k);
    for (Index i = 0; i < k; ++i) {
        const double value = static_cast<double>(result.values[i]);
        const double residual =
            static_cast<double>((A * result.vectors.col(i) - T(result.values[i]) * MV.col(i)).norm());
        const double limit = std::max(rtol * std::abs(value) * static_cast<double>(MV.col(i).norm()), 16 * u * norm);
        EXPECT_LE(residual, 1.01 * limit + 20 * u * norm) << i;
        EXPECT_NEAR(result.residuals[i], residual, 0.01 * residual + 20 * u * norm) << i;
        EXPECT_LE(std::abs(value - expected[static_cast<std::size_t>(i)]),
                  result.error_bounds[i] + 32 * u * (norm + std::abs(value)))  // the reference has errors too
            << i;
        EXPECT_LE(result.values[std::max<Index>(i - 1, 0)], result.values[i]);
    }
}
template <Scalar T>
void holds(const EigshResult<T>& result, const CsrView<T>& A, const std::vector<double>& expected, double rtol) {
    holds<T>(result, dense_matrix(A), Eigen::MatrixX<T>::Identity(A.rows(), A.rows()), expected, rtol);
}

std::vector<double> first(const std::vector<double>& values, Index k) {
    return {values.begin(), values.begin() + k};
}
std::vector<double> last(const std::vector<double>& values, Index k) {
    return {values.end() - k, values.end()};
}

TEST(Lobpcg, FindsBothEndsOfGridsWithKnownSpectra) {
    const auto A = poisson2d(23, 17);
    const auto spectrum = sums({line(23), line(17)});
    for (const Index k : {1, 2, 7, 12}) {
        holds<double>(lobpcg<double>(A, k), A, first(spectrum, k), 1e-8);
        holds<double>(lobpcg<double>(A, k, {.which = Which::largest_algebraic, .rtol = 1e-10}), A, last(spectrum, k),
                      1e-10);
    }
    const auto B = poisson3d(9, 8, 9);
    holds<double>(lobpcg<double>(B, 11, {.completeness = Completeness::prove}), B,
                  first(sums({line(9), line(8), line(9)}), 11), 1e-8);
}

TEST(Lobpcg, PreconditionersSaveSteps) {
    const auto A = poisson2d(60, 60);
    const auto spectrum = sums({line(60), line(60)});
    const LobpcgOptions options{.completeness = Completeness::none};
    const auto plain = lobpcg<double>(A, 5, options);
    for (const auto kind : {PreconditionerKind::ic0, PreconditionerKind::mic0, PreconditionerKind::ssor}) {
        const auto T = make_preconditioner<double>(kind, A);
        const auto result = lobpcg<double>(A, 5, options, {.preconditioner = T});
        ASSERT_EQ(result.report.status, Status::converged);
        for (Index i = 0; i < 5; ++i)
            EXPECT_NEAR(result.values[i], spectrum[static_cast<std::size_t>(i)], result.error_bounds[i] + 1e-14);
        EXPECT_LT(2 * result.report.iterations, plain.report.iterations) << name(kind);
    }
    // One that says nothing changes nothing.
    const auto T = make_preconditioner<double>(PreconditionerKind::jacobi, A);  // 4 I
    const auto result = lobpcg<double>(A, 5, options, {.preconditioner = T});
    EXPECT_NEAR(static_cast<double>(result.report.iterations), static_cast<double>(plain.report.iterations), 5);
    const Preconditioner<double> none;
    EXPECT_EQ(lobpcg<double>(A, 5, options, {.preconditioner = none}).report.iterations, plain.report.iterations);
}

TEST(Lobpcg, ProvesWhatItFindsByACount) {
    const auto A = poisson2d(31, 29);
    const auto T = make_preconditioner<double>(PreconditionerKind::ic0, A);
    const auto spectrum = sums({line(31), line(29)});
    for (const auto which : {Which::smallest_algebraic, Which::largest_algebraic}) {
        const auto result =
            lobpcg<double>(A, 6, {.which = which, .completeness = Completeness::prove}, {.preconditioner = T});
        EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
        ASSERT_TRUE(result.report.proof);
        const auto& proof = *result.report.proof;
        const auto beyond = std::count_if(spectrum.begin(), spectrum.end(), [&](double value) {
            return which == Which::smallest_algebraic ? value < proof.shift : value > proof.shift;
        });
        EXPECT_EQ(proof.count, beyond);
        EXPECT_EQ(proof.count, 6);
    }
    // An operator cannot be factored: the pairs are right, and that is all that is said.
    const LinearOperatorRef<double> product(A);
    const auto result = lobpcg<double>(product, 6, {.completeness = Completeness::prove}, {.preconditioner = T});
    EXPECT_EQ(result.report.status, Status::not_proved);
    EXPECT_FALSE(result.report.proof);
    holds<double>(result, A, first(spectrum, 6), 1e-8);
}

TEST(Lobpcg, FindsAllCopiesOfMultipleEigenvalues) {
    const auto torus = torus_laplacian(14, 14);
    const auto spectrum = sums({cycle(14), cycle(14)});
    for (const Index k : {3, 5, 8, 9, 13}) {  // cuts through clusters of four and at their ends
        const auto result = lobpcg<double>(torus, k, {.completeness = Completeness::prove});
        EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
        holds<double>(result, torus, first(spectrum, k), 1e-8);
    }
    std::vector<double> cube;  // 2j, binomial(8, j) times
    for (const auto& [value, times] : {std::pair{0, 1}, {2, 8}, {4, 28}}) cube.insert(cube.end(), times, value);
    const auto hypercube = hypercube_laplacian(8);
    for (const Index k : {4, 9, 15}) holds<double>(lobpcg<double>(hypercube, k), hypercube, first(cube, k), 1e-8);
    // Five components: five zeros.
    std::vector<Edge> edges;
    Index start = 0;
    for (const Index length : {31, 37, 41, 43, 47}) {
        for (Index i = 0; i < length; ++i) edges.push_back({start + i, start + (i + 1) % length});
        start += length;
    }
    const auto disconnected = graph_laplacian(start, edges);
    const auto result = lobpcg<double>(disconnected, 8, {.completeness = Completeness::prove});
    EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
    EXPECT_LE(result.values.head(5).cwiseAbs().maxCoeff(), 1e-10);
    EXPECT_GT(result.values[5], 1e-3);
}

TEST(Lobpcg, AStartThatMissesAnEigenvectorIsFoundOut) {
    // A diagonal matrix and starting vectors of a few elements: all products stay there, and without guards the
    // iteration cannot leave. 0 and 1 are outside.
    const Index n = 200;
    std::vector<double> values(n);
    for (Index i = 0; i < n; ++i) values[static_cast<std::size_t>(i)] = i;
    const auto A = diagonal(values);
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(n, 3);
    for (Index j = 0; j < 3; ++j)
        for (Index i = 0; i < 20; ++i) X(2 + i, j) = std::cos(i * j + 1.0);
    LobpcgOptions options{.guards = 0, .completeness = Completeness::none};
    const auto blind = lobpcg<double>(A, X, options);
    ASSERT_EQ(blind.values.size(), 3);
    EXPECT_NEAR(blind.values[0], 2, 1e-6) << "the case is not what it was made for";
    for (const auto completeness : {Completeness::check, Completeness::prove}) {
        options.completeness = completeness;
        const auto result = lobpcg<double>(A, X, options);
        EXPECT_EQ(result.report.status, completeness == Completeness::check ? Status::converged : Status::solved)
            << result.report.message;
        EXPECT_FALSE(result.report.warnings.empty());
        holds<double>(result, A, {0, 1, 2}, 1e-8);
    }
}

TEST(Lobpcg, SolvesTheGeneralisedProblemWithAMassMatrix) {
    const auto M = wathen(7, 6, 3);
    const auto A = poisson1d(M.rows());
    const auto D = dense_matrix<double>(A), E = dense_matrix<double>(M);
    const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixXd> reference(D, E);
    const std::vector<double> spectrum(reference.eigenvalues().begin(), reference.eigenvalues().end());
    const LinearOperatorRef<double> M_product(M), A_product(A);
    const auto T = make_preconditioner<double>(PreconditionerKind::ic0, A);  // exact: A is tridiagonal
    for (const auto which : {Which::smallest_algebraic, Which::largest_algebraic}) {
        const auto expected = which == Which::smallest_algebraic ? first(spectrum, 4) : last(spectrum, 4);
        LobpcgWith<double> with{.M = M};
        if (which == Which::smallest_algebraic) with.preconditioner.emplace(T);
        const auto result = lobpcg<double>(A, 4, {.which = which, .completeness = Completeness::prove}, with);
        EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
        holds<double>(result, D, E, expected, 1e-8);
        holds<double>(lobpcg<double>(A_product, 4, {.which = which},
                                     {.M_operator = M_product, .preconditioner = with.preconditioner}),
                      D, E, expected, 1e-8);
    }
    // The finite elements of a line: tridiagonal (1, 4, 1)/6 has the eigenvectors of poisson1d.
    const Index n = 120;
    const auto line_mass = tridiagonal_toeplitz(n, 1.0 / 6, 4.0 / 6, 1.0 / 6);
    const auto stiffness = poisson1d(n);
    std::vector<double> expected;
    for (const double value : line(n)) expected.push_back(value / (1 - value / 6));
    const auto T1 = make_preconditioner<double>(PreconditionerKind::ic0, stiffness);
    holds<double>(lobpcg<double>(stiffness, 5, {}, {.M = line_mass, .preconditioner = T1}),
                  dense_matrix<double>(stiffness), dense_matrix<double>(line_mass), first(expected, 5), 1e-8);
}

TEST(Lobpcg, ConstraintsKeepAwayFromRigidBodyModes) {
    const auto A = elasticity2d(14, 9, {.clamped = false});
    const Eigen::MatrixXd modes = rigid_body_modes(elasticity2d_coordinates(14, 9, false));
    const auto T = make_preconditioner<double>(PreconditionerKind::jacobi, A);
    const auto D = dense_matrix<double>(A);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> reference(D);
    const std::vector<double> spectrum(reference.eigenvalues().begin() + 3, reference.eigenvalues().end());
    ASSERT_LT(reference.eigenvalues()[2], 1e-12);
    Eigen::MatrixXd twice(modes.rows(), 6);
    twice << modes, modes * 1e-9;  // dependent columns of other lengths
    for (const Eigen::MatrixXd& Y : {modes, twice}) {
        const auto result =
            lobpcg<double>(A, 5, {.completeness = Completeness::prove}, {.preconditioner = T, .constraints = Y});
        EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
        ASSERT_TRUE(result.report.proof);
        EXPECT_EQ(result.report.proof->count, 8) << "three modes and five pairs";
        holds<double>(result, A, first(spectrum, 5), 1e-8);
        EXPECT_LE((modes.transpose() * result.vectors).norm(), 1e-12);
    }
    // Constraints that are not eigenvectors: said, and not called solved.
    const Eigen::MatrixXd other = Eigen::MatrixXd::Random(A.rows(), 1);
    const auto result =
        lobpcg<double>(A, 2, {.max_iterations = 300, .completeness = Completeness::prove}, {.constraints = other});
    EXPECT_FALSE(result.report.warnings.empty());
    EXPECT_NE(result.report.status, Status::solved);
    EXPECT_NE(result.report.status, Status::converged);
}

TEST(Lobpcg, SmallProblemsAreDenseAndProved) {
    const auto A = poisson1d(12);
    for (const Index k : {1, 4, 11, 12}) {
        const auto result = lobpcg<double>(A, k, {.guards = 3});
        EXPECT_EQ(result.report.status, Status::solved);
        EXPECT_EQ(result.report.method, "dense");
        ASSERT_TRUE(result.report.proof);
        EXPECT_EQ(result.report.proof->by, "dense");
        holds<double>(result, A, first(line(12), k), 1e-8);
        holds<double>(lobpcg<double>(A, k, {.which = Which::largest_algebraic, .guards = 3}), A, last(line(12), k),
                      1e-8);
    }
    const auto M = tridiagonal_toeplitz(12, 1.0 / 6, 4.0 / 6, 1.0 / 6);
    std::vector<double> expected;
    for (const double value : line(12)) expected.push_back(value / (1 - value / 6));
    holds<double>(lobpcg<double>(A, 12, {}, {.M = M}), dense_matrix<double>(A), dense_matrix<double>(M), expected,
                  1e-8);
}

TEST(Lobpcg, ZeroAndIdentityHaveTheirEigenvalues) {
    const Csr<double> zero(90, 90, Buffer<Offset>(91, Offset{0}), {}, {});
    const auto nothing = lobpcg<double>(zero, 4, {.completeness = Completeness::prove});
    holds<double>(nothing, zero, {0, 0, 0, 0}, 1e-8);
    const auto one = diagonal(std::vector<double>(90, 1));
    holds<double>(lobpcg<double>(one, 5), one, {1, 1, 1, 1, 1}, 1e-8);
    const auto lone = diagonal({1});
    holds<double>(lobpcg<double>(lone, 1), lone, {1}, 1e-8);
}

TEST(Lobpcg, ScalesOfAAndMDoNotMatter) {
    const auto A = poisson2d(15, 14);
    const auto M = tridiagonal_toeplitz(A.rows(), 1.0 / 6, 4.0 / 6, 1.0 / 6);
    const auto reference = lobpcg<double>(A, 3, {}, {.M = M});
    ASSERT_EQ(reference.report.status, Status::converged);
    for (const int a : {-1000, 1000})
        for (const int m : {-1000, 0, 1000}) {
            if (a - m > 1000 || a - m < -1000) continue;  // eigenvalues that are no numbers
            auto scaled_A = A;
            for (double& x : scaled_A.values()) x = std::ldexp(x, a);
            auto scaled_M = M;
            for (double& x : scaled_M.values()) x = std::ldexp(x, m);
            const LinearOperatorRef<double> A_product(scaled_A), M_product(scaled_M);
            for (const bool products : {false, true}) {
                const auto result = products ? lobpcg<double>(A_product, 3, {}, {.M_operator = M_product})
                                             : lobpcg<double>(scaled_A, 3, {}, {.M = scaled_M});
                ASSERT_EQ(result.report.status, Status::converged) << a << ' ' << m << ' ' << result.report.message;
                for (Index i = 0; i < 3; ++i) {
                    EXPECT_NEAR(std::ldexp(result.values[i], m - a), reference.values[i], 1e-10);
                    EXPECT_NEAR(std::ldexp(result.vectors.col(i).norm(), m / 2), reference.vectors.col(i).norm(), 1e-6);
                    EXPECT_LE(std::ldexp(result.residuals[i], m / 2 - a), 1e-8);
                }
            }
        }
}

TEST(Lobpcg, ComplexHermitianMatricesHaveRealEigenvalues) {
    // A particle on a ring of n sites in a magnetic field: 2 − 2 cos((2πk + φ)/n).
    const Index n = 150;
    const double phi = 1;
    Coo<Complex> ring(n, n);
    const Complex hop = -std::polar(1.0, phi / n);
    for (Index i = 0; i < n; ++i) {
        ring.add(i, i, 2);
        ring.add(i, (i + 1) % n, hop);
        ring.add((i + 1) % n, i, std::conj(hop));
    }
    const auto A = to_csr(ring);
    std::vector<double> spectrum;
    for (Index k = 0; k < n; ++k) spectrum.push_back(2 - 2 * std::cos((2 * k * std::numbers::pi + phi) / n));
    std::sort(spectrum.begin(), spectrum.end());
    const auto result = lobpcg<Complex>(A, 5, {.completeness = Completeness::prove});
    EXPECT_EQ(result.report.status, Status::solved) << result.report.message;
    holds<Complex>(result, A, first(spectrum, 5), 1e-8);
    holds<Complex>(lobpcg<Complex>(A, 5, {.which = Which::largest_algebraic}), A, last(spectrum, 5), 1e-8);
}

TEST(Lobpcg, SinglePrecisionIsHeldToItsOwnRounding) {
    const auto A = poisson2d(20, 20);
    Buffer<float> values(A.values().size());
    std::transform(A.values().begin(), A.values().end(), values.begin(),
                   [](double x) { return static_cast<float>(x); });
    const Csr<float> B(A.rows(), A.cols(), Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
                       Buffer<Index>(A.indices().begin(), A.indices().end()), values);
    const auto spectrum = sums({line(20), line(20)});
    const auto T = make_preconditioner<float>(PreconditionerKind::ic0, B);
    for (const LobpcgWith<float>& with : {LobpcgWith<float>{}, LobpcgWith<float>{.preconditioner = T}}) {
        const auto result = lobpcg<float>(B, 6, {}, with);
        EXPECT_EQ(result.report.status, Status::converged) << result.report.message;
        holds<float>(result, B, first(spectrum, 6), 1e-8);
    }
    const LinearOperatorRef<float> product(B);
    holds<float>(lobpcg<float>(product, 6), B, first(spectrum, 6), 1e-8);
}

TEST(Lobpcg, StartingVectorsSaveSteps) {
    const auto A = poisson2d(40, 40);
    const auto cold = lobpcg<double>(A, 4, {.rtol = 1e-6, .completeness = Completeness::none});
    ASSERT_EQ(cold.report.status, Status::converged);
    const LobpcgOptions options{.rtol = 1e-8, .guards = 0, .completeness = Completeness::none};
    const auto warm = lobpcg<double>(A, cold.vectors, options);
    const auto again = lobpcg<double>(A, 4, options);
    EXPECT_LT(2 * warm.report.iterations, again.report.iterations);
    // Zero and dependent columns are replaced.
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(A.rows(), 4);
    X.col(0).setOnes();
    X.col(2).setOnes();
    holds<double>(lobpcg<double>(A, X), A, first(sums({line(40), line(40)}), 4), 1e-8);
}

TEST(Lobpcg, SaysWhyItEndedWithoutAnAnswer) {
    const auto A = poisson2d(30, 30);
    const auto limited = lobpcg<double>(A, 5, {.max_iterations = 10});
    EXPECT_EQ(limited.report.status, Status::max_iterations);
    EXPECT_LT(limited.values.size(), 5);
    EXPECT_FALSE(limited.report.message.empty());

    const auto some = lobpcg<double>(A, 5, {.guards = 5, .max_iterations = 60});
    for (Index i = 0; i < some.values.size(); ++i)  // what is returned meets the tolerance all the same
        EXPECT_LE(some.residuals[i], std::max(1e-8 * some.values[i], 2e-14));

    const MatrixFree minus(A.rows(), A.rows(), [](VectorView<double> x, VectorRef<double> y) {
        for (std::size_t i = 0; i < x.size(); ++i) y[i] = i % 2 ? x[i] : -x[i];
    });
    EXPECT_EQ(lobpcg<double>(A, 5, {}, {.preconditioner = minus}).report.status, Status::indefinite_preconditioner);

    int calls = 0;
    const auto stopped = lobpcg<double>(A, 5, {.monitor = [&](const EigenState& state) {
                                            EXPECT_EQ(state.wanted, 5);
                                            EXPECT_EQ(state.values.size(), 5U);
                                            return ++calls == 3;
                                        }});
    EXPECT_EQ(stopped.report.status, Status::interrupted);
    EXPECT_EQ(calls, 3);
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(lobpcg<double>(A, 5, {.cancel = &cancel}).report.status, Status::interrupted);
    EXPECT_EQ(lobpcg<double>(A, 5, {.max_seconds = 1e-9}).report.status, Status::limit_exceeded);
}

TEST(Lobpcg, NumbersThatAreNotFiniteEndIt) {
    const auto A = poisson2d(12, 12), line_matrix = poisson1d(144);
    for (const int good : {0, 1, 40, 90}) {
        int calls = 0;
        const MatrixFree broken(A.rows(), A.rows(), [&](VectorView<double> x, VectorRef<double> y) {
            A.apply(x, y);
            if (++calls > good) y[3] = std::numeric_limits<double>::quiet_NaN();
        });
        const auto result = lobpcg<double>(LinearOperatorRef<double>(broken), 4);
        EXPECT_EQ(result.report.status, Status::not_finite) << good;
        EXPECT_TRUE(result.vectors.allFinite());
        calls = 0;
        const auto preconditioned = lobpcg<double>(A, 4, {}, {.preconditioner = broken});
        EXPECT_EQ(preconditioned.report.status, Status::not_finite) << good;
        calls = 0;
        const auto mass = lobpcg<double>(line_matrix, 4, {}, {.M_operator = broken});
        EXPECT_EQ(mass.report.status, Status::not_finite) << good;
    }
}

TEST(Lobpcg, RefusesWhatItCannotDo) {
    const auto A = poisson2d(9, 9);
    EXPECT_THROW((void)lobpcg<double>(A, 0), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(A, 82), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {.which = Which::both_ends}), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {.rtol = -1}), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(convection_diffusion2d(9, 9, 0.1), 3), InvalidArgument);
    const Eigen::MatrixXd Y = Eigen::MatrixXd::Random(81, 79), short_Y = Eigen::MatrixXd::Random(80, 1);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {}, {.constraints = Y}), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {}, {.constraints = short_Y}), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(A, short_Y), InvalidArgument);
    const auto other = poisson1d(80);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {}, {.M = other}), InvalidArgument);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {}, {.preconditioner = other}), InvalidArgument);
    const auto upwind = convection_diffusion2d(9, 9, 0.1);
    EXPECT_THROW((void)lobpcg<double>(LinearOperatorRef<double>(upwind), 3), InvalidArgument);
    const auto indefinite = helmholtz2d(9, 9, 15);
    EXPECT_THROW((void)lobpcg<double>(A, 3, {}, {.M = indefinite}), NotPositiveDefinite);
    const Csr<double> zero(81, 81, Buffer<Offset>(82, Offset{0}), {}, {});
    EXPECT_THROW((void)lobpcg<double>(A, 3, {}, {.M = zero}), NotPositiveDefinite);
}

TEST(Lobpcg, ThrowsWhatOperatorsThrow) {
    const auto A = poisson2d(12, 12);
    int calls = 0;
    const MatrixFree throwing(A.rows(), A.rows(), [&](VectorView<double> x, VectorRef<double> y) {
        if (++calls > 50) throw std::logic_error("out of paper");
        A.apply(x, y);
    });
    EXPECT_THROW((void)lobpcg<double>(LinearOperatorRef<double>(throwing), 3), std::logic_error);
}

TEST(Lobpcg, BitsDependOnTheSeedAlone) {
    const auto A = poisson2d(70, 70);
    const auto run = [&](int threads, std::uint64_t seed) {
        const ThreadLimit limit(threads);
        return lobpcg<double>(A, 3, {.rtol = 1e-5, .seed = seed});
    };
    const auto one = run(1, 5), two = run(2, 5), other = run(1, 6);
    EXPECT_EQ(one.vectors, two.vectors);
    EXPECT_EQ(one.values, two.values);
    EXPECT_NE(one.vectors, other.vectors);
}

TEST(LobpcgProof, CountsAllPairsWhenNoneIsKnownBehindThem) {
    // Starting vectors that are eigenvectors and no guards: what was missed lies before the last pair, and behind it
    // nothing is known until it is looked for.
    std::vector<double> first{1, 2.5, 3}, second{1, 2, 3.6};
    for (int i = 4; i < 60; ++i) {
        first.push_back(i);
        second.push_back(i);
    }
    const auto found = [](const std::vector<double>& d, const std::vector<Index>& places, Which which) {
        const auto n = static_cast<Index>(d.size()), k = static_cast<Index>(places.size());
        Eigen::MatrixXd X = Eigen::MatrixXd::Zero(n, k);
        for (Index j = 0; j < k; ++j) X(places[static_cast<std::size_t>(j)], j) = 1;
        return lobpcg<double>(diagonal(d), X,
                              LobpcgOptions{.which = which, .guards = 0, .completeness = Completeness::prove});
    };
    for (const Which which : {Which::smallest_algebraic, Which::largest_algebraic}) {
        const double sign = which == Which::largest_algebraic ? -1 : 1;
        for (const bool whole : {false, true}) {
            std::vector<double> d = whole ? second : first;
            for (double& a : d) a *= sign;
            const auto result = whole ? found(d, {0, 1, 3}, which) : found(d, {0, 2}, which);
            const Index k = whole ? 3 : 2;
            ASSERT_EQ(result.report.status, Status::solved) << result.report.message;
            ASSERT_EQ(result.values.size(), k);
            for (Index j = 0; j < k; ++j)
                EXPECT_NEAR(sign * result.values[sign > 0 ? j : k - 1 - j], (whole ? second : first)[j], 1e-9);
            ASSERT_TRUE(result.report.proof.has_value());
            EXPECT_EQ(result.report.proof->count, k);
            EXPECT_GT(sign * result.report.proof->shift, whole ? 3.6 : 2.5);
        }
    }
}

TEST(LobpcgProof, DoesNotCountNothingForPairsThatDiffer) {
    // Three pairs nearer to each other than a count can part, and further apart than their errors.
    std::vector<double> d{1, 1 + 2e-13, 1 + 4e-13, 1 + 6e-13};
    for (int i = 4; i < 60; ++i) d.push_back(i);
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(60, 3);
    for (Index j = 0; j < 3; ++j) X(j, j) = 1;
    const auto apart = lobpcg<double>(diagonal(d), X, LobpcgOptions{.guards = 0, .completeness = Completeness::prove});
    EXPECT_EQ(apart.report.status, Status::not_proved);
    EXPECT_FALSE(apart.report.proof.has_value());
    const auto equal = lobpcg<double>(diagonal(std::vector<double>(40, 1.0)), 3,
                                      LobpcgOptions{.guards = 0, .completeness = Completeness::prove});
    EXPECT_EQ(equal.report.status, Status::solved) << equal.report.message;
}

}  // namespace
