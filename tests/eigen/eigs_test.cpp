// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/eigs.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <tuple>

#include "eigen/dense_nonsymmetric.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/io/matrix_market.hpp"

namespace ritz {
namespace {

using Complex = std::complex<double>;
using LongComplex = std::complex<long double>;
using Values = std::vector<Complex>;

/// A x in extended precision, by the entries.
template <Scalar T>
std::vector<LongComplex> product(const CsrView<T>& A, const std::vector<LongComplex>& x) {
    std::vector<LongComplex> y(static_cast<std::size_t>(A.rows()));
    for (std::size_t i = 0; i < y.size(); ++i)
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            const std::complex<Real<T>> a = A.values()[static_cast<std::size_t>(p)];
            y[i] +=
                LongComplex(a.real(), a.imag()) * x[static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(p)])];
        }
    return y;
}

long double norm(const std::vector<LongComplex>& x) {
    long double sum = 0;
    for (const LongComplex& a : x) sum += std::norm(a);
    return std::sqrt(sum);
}

/// N1-N4, each number recomputed. `single`: T is float.
template <Scalar T>
void expect_contract(const CsrView<T>& A, const CsrView<T>* M, const EigsResult<T>& r, const EigsOptions& options) {
    const double u = sizeof(Real<T>) == 4 ? 0x1p-24 : 0x1p-53;
    const double a_norm = to_dense(A).norm(), m_norm = M ? to_dense(*M).norm() : 0;
    const bool real = !is_complex<T> && (!options.sigma || options.sigma->imag() == 0);
    ASSERT_EQ(r.vectors.cols(), r.values.size());
    ASSERT_EQ(r.residuals.size(), r.values.size());
    ASSERT_EQ(r.error_bounds.size(), r.values.size());
    EXPECT_EQ(r.report.converged, r.values.size());
    for (Eigen::Index j = 0; j < r.values.size(); ++j) {
        std::vector<LongComplex> x(static_cast<std::size_t>(A.rows()));
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::complex<Real<T>> a = r.vectors(static_cast<Eigen::Index>(i), j);
            x[i] = {a.real(), a.imag()};
        }
        const LongComplex lambda(r.values[j].real(), r.values[j].imag());
        auto residual = product(A, x);
        const auto mx = M ? product(*M, x) : x;
        for (std::size_t i = 0; i < x.size(); ++i) residual[i] -= lambda * mx[i];
        const auto size = static_cast<double>(norm(residual)), m_size = static_cast<double>(norm(mx));
        const double magnitude = std::abs(Complex(r.values[j]));
        EXPECT_NEAR(static_cast<double>(norm(x)), 1, 100 * u);
        EXPECT_NEAR(r.residuals[j], size, 1e-10 * size + 8 * u * magnitude * m_size + 4 * u * a_norm);
        double far = magnitude;
        if (r.sigma) far = std::max(far, std::abs(Complex(r.values[j]) - *r.sigma));
        const double c = std::max(16.0, 2 * std::sqrt(static_cast<double>(A.rows())));
        EXPECT_LE(size, 1.001 * std::max(options.rtol * far * m_size, c * u * (a_norm + magnitude * m_norm)));
        if (real && r.values[j].imag() > 0) {
            ASSERT_LT(j + 1, r.values.size());
            EXPECT_EQ(r.values[j + 1], std::conj(r.values[j]));
            EXPECT_TRUE(r.vectors.col(j + 1) == r.vectors.col(j).conjugate());
        }
    }
}

/// Each expected value has a partner of its own among those found, within `tolerance`.
void expect_values(const Eigen::VectorXcd& found, Values expected, double tolerance) {
    ASSERT_EQ(found.size(), static_cast<Eigen::Index>(expected.size()));
    for (const Complex& value : found) {
        const auto nearest = std::min_element(expected.begin(), expected.end(), [&](Complex a, Complex b) {
            return std::abs(a - value) < std::abs(b - value);
        });
        EXPECT_NEAR(std::abs(*nearest - value), 0, tolerance) << value << ", nearest is " << *nearest;
        expected.erase(nearest);
    }
}

Values eigenvalues(const Eigen::MatrixXd& A) {
    const Eigen::VectorXcd w = Eigen::EigenSolver<Eigen::MatrixXd>(A, false).eigenvalues();
    return {w.begin(), w.end()};
}

/// The first `count` by falling preference.
template <class Preference>
Values first(Values values, Eigen::Index count, Preference preference) {
    std::stable_sort(values.begin(), values.end(), [&](Complex a, Complex b) {
        return preference(a) > preference(b) + 1e-11 * std::abs(preference(b));
    });
    values.resize(static_cast<std::size_t>(count));
    return values;
}

Csr<double> random_matrix(Index n, double per_row, std::uint64_t seed) {
    Random random(seed);
    Coo<double> A(n, n);
    for (Index i = 0; i < n; ++i) {
        A.add(i, i, random.normal());
        for (int e = 0; e < static_cast<int>(per_row); ++e)
            A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), random.normal());
    }
    return to_csr(A);
}

/// Upper triangular in blocks of two: not normal, its eigenvalues exact, multiple ones semisimple, conditions below 4.
Csr<double> with_eigenvalues(const std::vector<double>& values, std::uint64_t seed) {
    const auto n = static_cast<Index>(values.size());
    Random random(seed);
    Coo<double> A(n, n);
    for (Index i = 0; i < n; ++i) {
        const double value = values[static_cast<std::size_t>(i)];
        A.add(i, i, value);
        if (i % 2 == 0 && i + 1 < n)
            A.add(i, i + 1, random.uniform(-3, 3) * (values[static_cast<std::size_t>(i) + 1] - value));
    }
    return to_csr(A);
}

template <class T>
Csr<T> jordan(Index n, T value) {
    return diags<T>(n, n, {{0, value}, {1, T(1)}});
}

TEST(Eigs, FindsTheSpectrumOfSkewToeplitzMatrices) {
    const Index n = 400;
    const Csr<double> A = tridiagonal_toeplitz(n, -1, 0.25, 1);
    for (const Index k : {1, 2, 5, 6}) {
        const EigsOptions options{.which = Which::largest_imaginary};
        const auto r = eigs(A, k, options);
        EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
        EXPECT_EQ(r.report.method, "arnoldi");
        EXPECT_EQ(r.values.size(), (k + 1) / 2 * 2);
        expect_contract<double>(A, nullptr, r, options);
        Values expected;
        for (Index j = 1; j <= (k + 1) / 2; ++j) {
            const double imaginary = 2 * std::cos(j * std::numbers::pi / (n + 1));
            expected.insert(expected.end(), {{0.25, imaginary}, {0.25, -imaginary}});
        }
        expect_values(r.values, expected, 1e-9);
    }
}

TEST(Eigs, FindsTheEndsOfARealSpectrumOfAMatrixThatIsNotNormal) {
    const Index n = 350;
    const Csr<double> A = tridiagonal_toeplitz(n, 1, 0, 1.05);
    const auto value = [&](Index j) { return 2 * std::sqrt(1.05) * std::cos(j * std::numbers::pi / (n + 1)); };
    for (const Which which : {Which::largest_real, Which::smallest_real}) {
        const EigsOptions options{.which = which, .rtol = 1e-13};
        const auto r = eigs(A, 4, options);
        EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
        expect_contract<double>(A, nullptr, r, options);
        Values expected;
        for (Index j = 1; j <= 4; ++j) expected.push_back(which == Which::largest_real ? value(j) : value(n + 1 - j));
        expect_values(r.values, expected, 1e-9);  // the condition is 1.05^(n/2) = 5000
    }
}

TEST(Eigs, FindsRootsOfUnityNearAShiftThatIsOneOfThem) {
    const Index n = 500;
    const Csr<double> A = cyclic_shift(n);
    const EigsOptions options{.sigma = 1.0};
    const auto r = eigs(A, 4, options);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    EXPECT_EQ(r.report.method, "shift_invert");
    ASSERT_TRUE(r.sigma && r.report.sigma);
    EXPECT_NE(*r.sigma, 1.0);
    EXPECT_NEAR(std::abs(*r.sigma - 1.0), 0, 1e-6);
    ASSERT_EQ(r.report.warnings.size(), 1U);
    EXPECT_NE(r.report.warnings[0].find("moved"), std::string::npos);
    expect_contract<double>(A, nullptr, r, options);
    Values expected{1.0};
    for (const int j : {1, -1, 2, -2}) expected.push_back(std::polar(1.0, 2 * std::numbers::pi * j / n));
    expect_values(r.values, expected, 1e-12);
}

TEST(Eigs, FindsRootsOfUnityNearAComplexShiftOfARealMatrix) {
    const Index n = 360;
    const Csr<double> A = cyclic_shift(n);
    const EigsOptions options{.sigma = Complex(0, 1.1)};
    const auto r = eigs(A, 3, options);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_contract<double>(A, nullptr, r, options);
    EXPECT_EQ(r.sigma, Complex(0, 1.1));
    EXPECT_FALSE(r.report.sigma);
    Values expected;
    for (const int j : {89, 90, 91}) expected.push_back(std::polar(1.0, 2 * std::numbers::pi * j / n));
    expect_values(r.values, expected, 1e-12);
}

TEST(Eigs, GivesEveryRootOfUnityOfASmallCyclicShift) {
    const Index n = 26;
    const Csr<double> A = cyclic_shift(n);
    Values expected;
    for (Index j = 0; j < n; ++j) expected.push_back(std::polar(1.0, 2 * std::numbers::pi * j / n));
    for (const EigsMethod method : {EigsMethod::dense, EigsMethod::arnoldi}) {
        const EigsOptions options{.method = method};
        const auto r = eigs(A, n, options);
        EXPECT_EQ(r.report.status, method == EigsMethod::dense ? Status::solved : Status::converged);
        expect_contract<double>(A, nullptr, r, options);
        expect_values(r.values, expected, 1e-13);
    }
}

TEST(Eigs, AgreesWithADenseSolverOnConvectionAndDiffusion) {
    const Csr<double> A = convection_diffusion2d(20, 20, 0.3);
    const Values all = eigenvalues(to_dense(A));
    const double scale = to_dense(A).norm();
    const std::vector<std::pair<Which, std::function<double(Complex)>>> cases{
        {Which::largest_magnitude, [](Complex v) { return std::abs(v); }},
        {Which::smallest_magnitude, [](Complex v) { return -std::abs(v); }},
        {Which::largest_real, [](Complex v) { return v.real(); }},
        {Which::smallest_real, [](Complex v) { return -v.real(); }},
    };
    for (const auto& [which, preference] : cases)
        for (const Index k : {1, 6}) {
            const EigsOptions options{.which = which};
            const auto r = eigs(A, k, options);
            EXPECT_EQ(r.report.status, Status::converged) << name(which) << ": " << r.report.message;
            expect_contract<double>(A, nullptr, r, options);
            // By the values: those at the cut may be equal to rounding.
            const Values expected = first(all, r.values.size(), preference);
            for (Eigen::Index j = 0; j < r.values.size(); ++j)
                EXPECT_NEAR(preference(r.values[j]), preference(expected[static_cast<std::size_t>(j)]), 1e-9 * scale)
                    << name(which);
        }
}

TEST(Eigs, SaysThatEigenvaluesOfGrcarMatricesAreWorthNothing) {
    for (const Index n : {30, 100, 400}) {
        const Csr<double> A = grcar(n);
        const auto r = eigs(A, 4);
        expect_contract<double>(A, nullptr, r, {});
        EXPECT_GE(r.values.size(), 4);
        EXPECT_EQ(r.report.status, n == 30 ? Status::solved : Status::ill_conditioned) << name(r.report.status);
        EXPECT_GT(r.error_bounds.maxCoeff(), 1e3 * r.residuals.maxCoeff());
    }
    // Pairs of small residual, all the same.
    const Csr<double> A = grcar(400);
    const EigsOptions options{.method = EigsMethod::arnoldi, .completeness = Completeness::none, .subspace = 200};
    const auto r = eigs(A, 4, options);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_contract<double>(A, nullptr, r, options);
}

TEST(Eigs, FindsAllCopiesOfMultipleEigenvalues) {
    std::vector<double> values(500);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = 0.9 * std::cos(static_cast<double>(i));
    for (const std::size_t i : {17, 170, 300, 420}) values[i] = 2;
    for (const std::size_t i : {20, 210, 330}) values[i] = -1.5;
    const Csr<double> A = with_eigenvalues(values, 3);
    const EigsOptions options{};
    const auto r = eigs(A, 7, options);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_contract<double>(A, nullptr, r, options);
    expect_values(r.values, {2, 2, 2, 2, -1.5, -1.5, -1.5}, 1e-10);
    // The vectors of the four are four.
    const Eigen::VectorXd singular = r.vectors.leftCols(4).jacobiSvd().singularValues();
    EXPECT_GT(singular[3], 0.1);

    // Without the search the Krylov space of one vector holds each of them once.
    const auto hasty = eigs(A, 7, {.completeness = Completeness::none});
    EXPECT_LT((hasty.values.array() - 2.0).abs().minCoeff(), 1e-10);
}

TEST(Eigs, FindsMultipleEigenvaluesNearAShift) {
    std::vector<double> values(400);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i + 1);
    for (const std::size_t i : {30, 60, 90}) values[i] = 0.5;
    const Csr<double> A = with_eigenvalues(values, 5);
    const auto r = eigs(A, 4, {.which = Which::smallest_magnitude});
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_values(r.values, {0.5, 0.5, 0.5, 1}, 1e-9);
}

TEST(Eigs, SearchesForCopiesThatOneKrylovSpaceCannotHold) {
    std::vector<double> values(400);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i + 1);
    for (const std::size_t i : {31, 60, 91}) values[i] = 0.5;
    const Csr<double> A = with_eigenvalues(values, 5);
    // So loose a tolerance is met before rounding has brought the copies in.
    EigsOptions options{
        .which = Which::smallest_magnitude, .completeness = Completeness::none, .rtol = 1e-4, .subspace = 8};
    expect_values(eigs(A, 3, options).values, {0.5, 1, 2}, 1e-3);
    options.completeness = Completeness::check;
    const auto r = eigs(A, 3, options);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_values(r.values, {0.5, 0.5, 0.5}, 1e-3);
    ASSERT_EQ(r.report.warnings.size(), 1U);
    EXPECT_NE(r.report.warnings[0].find("missed"), std::string::npos);
    expect_contract<double>(A, nullptr, r, options);
}

TEST(Eigs, NeverGivesMoreCopiesOfAnEigenvalueAtTheShiftThanThereAre) {
    // B five times five, with a real eigenvalue, which is the shift: a solve makes a copy of its vectors of anything.
    int judged = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6}) {
        const Csr<double> B = random_matrix(5, 12, seed);
        const Values all = eigenvalues(to_dense(B));
        const auto real = std::find_if(all.begin(), all.end(), [](Complex v) { return v.imag() == 0; });
        ASSERT_NE(real, all.end());
        for (const auto& [blocks, k, method] : {std::tuple<Index, Index, EigsMethod>{10, 50, EigsMethod::shift_invert},
                                                {10, 13, EigsMethod::shift_invert},
                                                {10, 50, EigsMethod::automatic},
                                                {70, 73, EigsMethod::automatic}}) {
            const Csr<double> A = block_diagonal(std::vector<CsrView<double>>(static_cast<std::size_t>(blocks), B));
            const EigsOptions options{.sigma = *real, .method = method};
            const auto r = eigs(A, k, options);
            expect_contract<double>(A, nullptr, r, options);
            const auto copies = (r.values.array() - *real).abs().template cast<double>() < 1e-7;
            const Eigen::Index found = copies.count();
            EXPECT_LE(found, blocks);
            const Eigen::VectorXd singular = r.vectors.jacobiSvd().singularValues();
            if (singular.size() > 0) {
                EXPECT_GT(singular[singular.size() - 1], 1e-7) << name(r.report.status);
            }
            if (r.report.status == Status::solved || r.report.status == Status::converged) {
                EXPECT_EQ(found, blocks);
                EXPECT_GE(r.values.size(), k);
                ++judged;
            }
            if (method == EigsMethod::automatic) {
                EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
            }
        }
    }
    EXPECT_GE(judged, 12);
}

TEST(Eigs, GivesOnesAndIndependentVectorsForTheIdentity) {
    for (const Index n : {50, 500}) {
        const Csr<double> A = identity<double>(n);
        for (const EigsMethod method : {EigsMethod::automatic, EigsMethod::arnoldi}) {
            const auto r = eigs(A, 5, {.method = method});
            EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
            expect_values(r.values, Values(5, 1.0), 1e-14);
            EXPECT_GT(r.vectors.jacobiSvd().singularValues()[4], 0.1);
        }
    }
}

TEST(Eigs, GivesZerosForTheZeroMatrix) {
    for (const Index n : {30, 400})
        for (const EigsMethod method : {EigsMethod::automatic, EigsMethod::arnoldi}) {
            const auto r = eigs(Csr<double>(CsrView<double>(to_csr(Coo<double>(n, n)))), 4, {.method = method});
            EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
            expect_values(r.values, Values(4, 0.0), 0);
            EXPECT_EQ(r.residuals.maxCoeff(), 0);
        }
    const auto smallest = eigs(to_csr(Coo<double>(400, 400)), 4, {.which = Which::smallest_magnitude});
    EXPECT_TRUE(has_answer(smallest.report.status)) << smallest.report.message;
    expect_values(smallest.values, Values(4, 0.0), 1e-300);
}

TEST(Eigs, GivesTheEigenvalueOfARankOneMatrixAndZeros) {
    for (const Index n : {8, 400}) {
        Eigen::VectorXd u(n), v(n);
        Random random(4);
        for (Index i = 0; i < n; ++i) {
            u[i] = random.normal();
            v[i] = u[i] + random.normal();
        }
        const Csr<double> A = from_dense(u * v.transpose());
        for (const EigsMethod method : {EigsMethod::automatic, EigsMethod::arnoldi}) {
            const EigsOptions options{.method = method};
            const auto r = eigs(A, 3, options);
            EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
            expect_contract<double>(A, nullptr, r, options);
            // Zeros may come as a tiny complex pair, which is not split.
            Values expected{v.dot(u), 0, 0};
            if (r.values.size() == 4) expected.push_back(0);
            expect_values(r.values, expected, 1e-13 * u.norm() * v.norm());
        }
    }
}

TEST(Eigs, IsHonestAboutDefectiveMatrices) {
    for (const double value : {0.0, 1.0})
        for (const Index n : {12, 400})
            for (const EigsMethod method : {EigsMethod::automatic, EigsMethod::dense, EigsMethod::arnoldi}) {
                const Csr<double> A = jordan(n, value);
                const EigsOptions options{.method = method, .max_applications = 20000};
                const auto r = eigs(A, 2, options);
                SCOPED_TRACE(testing::Message() << value << " " << n << " " << name(method));
                expect_contract<double>(A, nullptr, r, options);
                if (has_answer(r.report.status)) {
                    EXPECT_GE(r.values.size(), 2);
                    for (const Complex& v : r.values)  // within u^(1/n), and the field of values
                        EXPECT_LE(std::abs(v - value), n == 12 ? 0.1 : 1.0);
                }
                // The bound knows that a defective eigenvalue is not known to the size of its residual.
                if (method == EigsMethod::dense && n == 12) {
                    for (Eigen::Index j = 0; j < r.values.size(); ++j)
                        if (r.residuals[j] > 0) {
                            EXPECT_GE(r.error_bounds[j], 1e5 * r.residuals[j]);
                        }
                }
            }
    // A shift at the eigenvalue itself.
    const auto r = eigs(jordan(400, 0.5), 1, {.sigma = 0.5});
    EXPECT_NE(r.report.status, Status::solved);
    expect_contract<double>(jordan(400, 0.5), nullptr, r, {.sigma = 0.5});
}

TEST(Eigs, CommutesWithScalingByPowersOfTwo) {
    const Csr<double> A = convection_diffusion2d(19, 19, 0.1);
    for (const EigsMethod method : {EigsMethod::dense, EigsMethod::arnoldi, EigsMethod::shift_invert}) {
        EigsOptions options{.which = Which::smallest_magnitude, .method = method};
        if (method == EigsMethod::arnoldi) options.which = Which::largest_magnitude;
        const auto plain = eigs(A, 4, options);
        EXPECT_TRUE(has_answer(plain.report.status)) << plain.report.message;
        for (const int e : {-1000, -500, 500, 1000}) {
            Csr<double> S = A;
            for (double& a : S.values()) a = std::ldexp(a, e);
            const auto r = eigs(S, 4, options);
            EXPECT_EQ(r.report.status, plain.report.status);
            ASSERT_EQ(r.values.size(), plain.values.size());
            for (Eigen::Index j = 0; j < r.values.size(); ++j) {
                const Complex v(std::ldexp(r.values[j].real(), -e), std::ldexp(r.values[j].imag(), -e));
                EXPECT_NEAR(std::abs(v - plain.values[j]), 0, 1e-10 * std::abs(plain.values[j]));
                EXPECT_LE(std::ldexp(r.residuals[j], -e), 1e-9);
            }
        }
    }
}

TEST(Eigs, AnswersEveryNumberOfPairs) {
    const Csr<double> A = random_matrix(12, 3, 8);
    const Values all = eigenvalues(to_dense(A));
    for (Index k = 1; k <= 12; ++k)
        for (const EigsMethod method : {EigsMethod::automatic, EigsMethod::arnoldi}) {
            const EigsOptions options{.method = method};
            const auto r = eigs(A, k, options);
            EXPECT_EQ(r.report.status, method == EigsMethod::arnoldi ? Status::converged : Status::solved);
            EXPECT_TRUE(r.values.size() == k || r.values.size() == k + 1);
            expect_contract<double>(A, nullptr, r, options);
            expect_values(r.values, first(all, r.values.size(), [](Complex v) { return std::abs(v); }), 1e-11);
        }
}

TEST(Eigs, RefusesWhatCannotBeAnswered) {
    const Csr<double> A = poisson1d(6);
    EXPECT_THROW((void)eigs(A, 0), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 7), InvalidArgument);
    EXPECT_THROW((void)eigs(Csr<double>(), 1), InvalidArgument);
    EXPECT_THROW((void)eigs(eye<double>(5, 6), 1), InvalidArgument);
    EXPECT_THROW((void)eigs(A, poisson1d(5), 1), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 1, {.which = Which::largest_algebraic}), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 1, {.sigma = NAN}), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 1, {.rtol = -1}), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 3, {.subspace = 3}), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 3, {.method = EigsMethod::shift_invert}), InvalidArgument);
    EXPECT_THROW((void)eigs(A, 1, {.max_seconds = -1}), InvalidArgument);
    EXPECT_THROW((void)eigs(poisson1d(400), 1, {.method = EigsMethod::dense, .max_memory_bytes = 1000}), LimitExceeded);
    EXPECT_THROW((void)eigs(poisson1d(400), 1, {.max_memory_bytes = 1000}), LimitExceeded);
    EXPECT_THROW((void)eigs(LinearOperatorRef<double>(A), 1,
                            {.which = Which::smallest_magnitude, .method = EigsMethod::shift_invert}),
                 Unsupported);
    for (const double bad : {NAN, INFINITY}) {
        Csr<double> B = A;
        B.values()[3] = bad;
        EXPECT_THROW((void)eigs(B, 1), InvalidArgument);
        EXPECT_THROW((void)eigs(A, B, 1), InvalidArgument);
    }
}

TEST(Eigs, SolvesOneByOneMatrices) {
    const auto r = eigs(from_dense(Eigen::MatrixXd::Constant(1, 1, -3)), 1);
    EXPECT_EQ(r.report.status, Status::solved);
    expect_values(r.values, {-3}, 0);
    EXPECT_NEAR(std::abs(r.vectors(0, 0)), 1, 1e-15);
}

template <class T>
class EigsOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(EigsOf, Scalars);

TYPED_TEST(EigsOf, EveryScalarMeetsTheContract) {
    using T = TypeParam;
    const double tolerance = sizeof(Real<T>) == 4 ? 1e-4 : 1e-9;
    for (const Index n : {40, 400}) {
        Random random(21);
        Coo<T> coo(n, n);
        for (Index i = 0; i < n; ++i) coo.add(i, i, T(static_cast<Real<T>>(random.uniform(3, 6))));
        for (Index i = 0; i < n; ++i)
            for (int e = 0; e < 4; ++e) {
                const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
                const double re = random.normal(), im = random.normal();
                if constexpr (is_complex<T>)
                    coo.add(i, j, T(static_cast<Real<T>>(re), static_cast<Real<T>>(im)));
                else
                    coo.add(i, j, static_cast<T>(re + 0 * im));
            }
        const Csr<T> A = to_csr(coo);
        Eigen::VectorXcd w =
            Eigen::ComplexEigenSolver<Eigen::MatrixXcd>(to_dense(A).template cast<Complex>(), false).eigenvalues();
        for (const Which which :
             {Which::largest_magnitude, Which::smallest_magnitude, Which::largest_real, Which::largest_imaginary}) {
            const EigsOptions options{.which = which};
            const auto r = eigs(A, 3, options);
            EXPECT_EQ(r.report.status, n == 40 ? Status::solved : Status::converged)
                << name(which) << " " << r.report.message;
            expect_contract<T>(A, nullptr, r, options);
            const auto preference = [&](Complex v) {
                switch (which) {
                    case Which::largest_magnitude:
                        return std::abs(v);
                    case Which::smallest_magnitude:
                        return -std::abs(v);
                    case Which::largest_real:
                        return v.real();
                    default:
                        return is_complex<T> ? v.imag() : std::abs(v.imag());
                }
            };
            const Values expected = first({w.begin(), w.end()}, r.values.size(), preference);
            for (Eigen::Index j = 0; j < r.values.size(); ++j)
                EXPECT_NEAR(preference(Complex(r.values[j])), preference(expected[static_cast<std::size_t>(j)]),
                            tolerance * 5)
                    << name(which);
        }
    }
}

TEST(Eigs, SolvesGeneralisedProblems) {
    for (const Index n : {60, 400}) {
        const Csr<double> A = random_matrix(n, 3, 5);
        Csr<double> M = add(1, random_matrix(n, 2, 6), 6, identity<double>(n));
        const Eigen::MatrixXd quotient = to_dense(M).partialPivLu().solve(to_dense(A));
        const Values all = eigenvalues(quotient);
        const auto magnitude = [](Complex v) { return std::abs(v); };
        const auto nearness = [](Complex v) { return -std::abs(v - 0.3); };
        {
            const EigsOptions options{};
            const auto r = eigs(A, M, 4, options);
            EXPECT_EQ(r.report.status, n == 60 ? Status::solved : Status::converged) << r.report.message;
            const CsrView<double> mass = M;
            expect_contract<double>(A, &mass, r, options);
            expect_values(r.values, first(all, r.values.size(), magnitude), 1e-9);
        }
        {
            const EigsOptions options{.sigma = 0.3};
            const auto r = eigs(A, M, 4, options);
            EXPECT_EQ(r.report.status, n == 60 ? Status::solved : Status::converged) << r.report.message;
            const CsrView<double> mass = M;
            expect_contract<double>(A, &mass, r, options);
            expect_values(r.values, first(all, r.values.size(), nearness), 1e-9);
        }
    }
}

TEST(Eigs, LeavesInfiniteEigenvaluesOut) {
    for (const Index n : {40, 400}) {
        Csr<double> A = with_eigenvalues(
            [&] {
                std::vector<double> v(static_cast<std::size_t>(n));
                for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i + 1);
                return v;
            }(),
            9);
        Eigen::VectorXd d = Eigen::VectorXd::Ones(n);
        d.tail(n / 4).setZero();  // block triangular: the finite eigenvalues are those of the leading block
        const Csr<double> M = diags<double>(n, n, {{0, d}});
        const EigsOptions options{.sigma = 0.4};
        const auto r = eigs(A, M, 5, options);
        EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
        expect_values(r.values, {1, 2, 3, 4, 5}, 1e-8);
        if (n == 400) {
            EXPECT_THROW((void)eigs(A, M, 5), SingularMatrix);
        } else {
            const auto most = eigs(A, M, 35);
            EXPECT_EQ(most.report.status, Status::not_converged);
            EXPECT_EQ(most.values.size(), 30);
        }
    }
}

TEST(Eigs, WorksWithOperators) {
    const Csr<double> A = convection_diffusion2d(20, 20, 0.5);
    const auto with_matrix = eigs(A, 3);
    const MatrixFree free(400, 400, [&](VectorView<double> x, VectorRef<double> y) { A.apply(x, y); });
    const auto r = eigs(LinearOperatorRef<double>(free), 3);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_contract<double>(A, nullptr, r, {});
    for (Eigen::Index j = 0; j < 3; ++j) EXPECT_NEAR(std::abs(r.values[j] - with_matrix.values[j]), 0, 1e-9);
    EXPECT_THROW((void)eigs(LinearOperatorRef<double>(free), 3, {.sigma = 1.0}), Unsupported);

    const Csr<double> small = random_matrix(20, 3, 2);
    const auto dense = eigs(LinearOperatorRef<double>(small), 3);
    EXPECT_EQ(dense.report.status, Status::solved);
    EXPECT_EQ(dense.report.operator_applications, 20);
    expect_contract<double>(small, nullptr, dense, {});
}

TEST(Eigs, ReportsAnOperatorThatGivesNaN) {
    int calls = 0;
    for (const Index n : {50, 400}) {
        calls = 0;
        const MatrixFree broken(n, n, [&](VectorView<double> x, VectorRef<double> y) {
            for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<double>(i) * x[i];
            if (++calls > 20) y[3] = NAN;
        });
        const auto r = eigs(LinearOperatorRef<double>(broken), 3);
        EXPECT_EQ(r.report.status, Status::not_finite);
        EXPECT_FALSE(r.report.message.empty());
    }
}

TEST(Eigs, StopsWhenAsked) {
    const Csr<double> A = convection_diffusion2d(40, 40, 0.01);
    const EigsOptions hard{.which = Which::smallest_real, .rtol = 1e-13};
    {
        EigsOptions options = hard;
        options.max_applications = 60;
        const auto r = eigs(A, 10, options);
        EXPECT_EQ(r.report.status, Status::max_iterations);
        EXPECT_EQ(r.report.operator_applications, 60);
        EXPECT_LT(r.values.size(), 10);
        expect_contract<double>(A, nullptr, r, options);
    }
    {
        EigsOptions options = hard;
        std::int64_t calls = 0;
        options.monitor = [&](const EigenState& state) {
            EXPECT_EQ(state.iteration, ++calls);
            EXPECT_EQ(state.wanted, 10);
            EXPECT_EQ(state.values.size(), state.residuals.size());
            return calls == 2;
        };
        EXPECT_EQ(eigs(A, 10, options).report.status, Status::interrupted);
        EXPECT_EQ(calls, 2);
    }
    {
        EigsOptions options = hard;
        const std::atomic<bool> cancel = true;
        options.cancel = &cancel;
        EXPECT_EQ(eigs(A, 10, options).report.status, Status::interrupted);
        options.which = Which::smallest_magnitude;
        EXPECT_EQ(eigs(A, 10, options).report.status, Status::interrupted);
    }
    {
        EigsOptions options = hard;
        options.max_seconds = 1e-9;
        EXPECT_EQ(eigs(A, 10, options).report.status, Status::limit_exceeded);
    }
}

TEST(Eigs, SaysSolvedOnlyWithAProof) {
    const Csr<double> A = convection_diffusion2d(20, 20, 0.3);
    const auto checked = eigs(A, 3);
    EXPECT_EQ(checked.report.status, Status::converged);
    EXPECT_FALSE(checked.report.proof);
    const auto proved = eigs(A, 3, {.completeness = Completeness::prove});
    EXPECT_EQ(proved.report.status, Status::solved);
    ASSERT_TRUE(proved.report.proof);
    EXPECT_EQ(proved.report.proof->by, "dense");
    const auto asked = eigs(A, 3, {.method = EigsMethod::arnoldi, .completeness = Completeness::prove});
    EXPECT_EQ(asked.report.status, Status::not_proved);
    EXPECT_FALSE(asked.report.message.empty());
}

TEST(Eigs, BoundsTheErrorOfHermitianAndOfSmallMatrices) {
    const Index n = 400;
    const auto hermitian = eigs(poisson1d(n), 3, {.rtol = 1e-6});
    for (Eigen::Index j = 0; j < 3; ++j) {
        const double exact = 2 - 2 * std::cos(static_cast<double>(n - j) * std::numbers::pi / (n + 1));
        EXPECT_LE(std::abs(hermitian.values[j].real() - exact), hermitian.error_bounds[j] + 1e-14);
    }
    const Csr<double> A = tridiagonal_toeplitz(20, 1, 0, 30);
    const auto small = eigs(A, 5);
    for (Eigen::Index j = 0; j < 5; ++j) {
        double error = INFINITY;
        for (Index i = 1; i <= 20; ++i)
            error =
                std::min(error, std::abs(small.values[j] - 2 * std::sqrt(30.0) * std::cos(i * std::numbers::pi / 21)));
        EXPECT_LE(error, 10 * small.error_bounds[j] + 1e-13);
        EXPECT_GT(small.error_bounds[j], 100 * small.residuals[j]);
    }
    EXPECT_TRUE(std::isnan(eigs(convection_diffusion2d(20, 20, 0.3), 1).error_bounds[0]));
}

TEST(Eigs, GivesTheSameBitsForAnyNumberOfThreads) {
    const Csr<double> A = convection_diffusion2d(150, 150, 0.1);
    for (const Which which : {Which::largest_magnitude, Which::smallest_magnitude}) {
        const auto several = eigs(A, 4, {.which = which, .rtol = 1e-3});
        const ThreadLimit one(1);
        const auto alone = eigs(A, 4, {.which = which, .rtol = 1e-3});
        EXPECT_TRUE(several.values == alone.values);
        EXPECT_TRUE(several.vectors == alone.vectors);
        EXPECT_EQ(several.report.operator_applications, alone.report.operator_applications);
    }
}

// Every real square matrix up to order 2000 of RITZ_MATRICES.

std::vector<std::string> square_matrices() {
    std::vector<std::string> names;
    if (const char* folder = std::getenv("RITZ_MATRICES"))
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().extension() == ".mtx") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

class EigsMatrices : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EigsMatrices);

/// What is found agrees with all eigenvalues by LAPACK as far as their conditions let it: each found one is one of
/// them, and each of them that is clearly within the set was found.
template <Scalar T>
void expect_agreement(const CsrView<T>& A, const EigsResult<T>& r, bool smallest) {
    using W = std::conditional_t<is_complex<T>, Complex, double>;
    const eigen::DenseEigen all = eigen::dense_eigen<W>(to_dense(A).template cast<W>(), true);
    const double size = to_dense(A).norm();
    const auto preference = [&](Complex v) { return smallest ? -std::abs(v) : std::abs(v); };
    double cut = INFINITY, worst = 0x1p-53 * size;
    for (Eigen::Index j = 0; j < r.values.size(); ++j) {
        cut = std::min(cut, preference(Complex(r.values[j])));
        worst = std::max(worst, r.residuals[j]);
    }
    for (std::size_t i = 0; i < all.values.size(); ++i) {
        const auto c = static_cast<Eigen::Index>(i);
        const double slack = 100 * worst / std::abs(all.left.col(c).dot(all.right.col(c)));
        if (!(slack < 1e-5 * size) || preference(all.values[i]) < cut + slack) continue;
        double nearest = INFINITY;
        for (const auto& v : r.values) nearest = std::min(nearest, std::abs(Complex(v) - all.values[i]));
        EXPECT_LE(nearest, slack) << all.values[i];
    }
}

TEST_P(EigsMatrices, MeetsItsContract) {
    const ReadResult read = read_matrix_market(std::string(std::getenv("RITZ_MATRICES")) + "/" + GetParam() + ".mtx");
    std::visit(
        [](const auto& A) {
            using T = typename std::remove_cvref_t<decltype(A)>::value_type;
            if (A.rows() != A.cols() || A.rows() > 2000) return;
            for (const bool smallest : {false, true}) {
                EigsOptions options{.which = smallest ? Which::smallest_magnitude : Which::largest_magnitude};
                if (A.rows() <= 300) options.method = smallest ? EigsMethod::shift_invert : EigsMethod::arnoldi;
                auto r = eigs(A, 4, options);
                if (!has_answer(r.report.status)) {  // a named failure; then the automatic choice must do
                    EXPECT_FALSE(r.report.message.empty());
                    options.method = EigsMethod::automatic;
                    r = eigs(A, 4, options);
                }
                EXPECT_TRUE(has_answer(r.report.status)) << name(r.report.status) << ": " << r.report.message;
                EXPECT_GE(r.values.size(), 4);
                expect_contract<T>(A, nullptr, r, options);
                if (A.rows() <= 500) expect_agreement<T>(A, r, smallest);
                testing::Test::RecordProperty(smallest ? "smallest" : "largest", std::string(name(r.report.status)));
            }
        },
        read.matrix);
}

INSTANTIATE_TEST_SUITE_P(Real, EigsMatrices, testing::ValuesIn(square_matrices()),
                         [](const auto& p) { return p.param; });

TEST(Eigs, DoesNotBoundTheErrorOfDefectiveValues) {
    Coo<double> J(3, 3);  // a Jordan block of 2, and 3
    J.add(0, 0, 2.0);
    J.add(0, 1, 1.0);
    J.add(1, 1, 2.0);
    J.add(2, 2, 3.0);
    const Csr<double> jordan = to_csr(J);
    EXPECT_EQ(eigs(CsrView<double>(jordan), 3).report.status, Status::ill_conditioned);
    Eigen::MatrixXd C = Eigen::MatrixXd::Zero(10, 10);  // companion of (x - 1)^10
    double binomial = 1;
    for (int i = 0; i < 10; ++i) {
        binomial = binomial * (10 - i) / (i + 1);
        C(0, i) = i % 2 == 0 ? binomial : -binomial;
        if (i > 0) C(i, i - 1) = 1;
    }
    const Csr<double> companion = from_dense<Order::row>(C);
    const auto found = eigs(CsrView<double>(companion), 10);
    for (Eigen::Index i = 0; i < found.values.size(); ++i)
        EXPECT_LE(std::abs(found.values[i] - 1.0), found.error_bounds[i]);
    EXPECT_EQ(found.report.status, Status::ill_conditioned);
}

}  // namespace
}  // namespace ritz
