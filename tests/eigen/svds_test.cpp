// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/svds.hpp"

#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/io/matrix_market.hpp"
#include "ritz/solvers/qr.hpp"

namespace ritz {
namespace {

using Complex = std::complex<double>;
using Long = std::complex<long double>;

/// ‖A x − σ y‖₂, or of Aᴴ, in extended precision by the entries.
template <Scalar T, class X, class Y>
double residual_of(const CsrView<T>& A, const X& x, long double sigma, const Y& y, bool adjoint_product) {
    std::vector<Long> r(static_cast<std::size_t>(adjoint_product ? A.cols() : A.rows()));
    const auto wide = [](T a) {
        const std::complex<Real<T>> c = a;
        return Long(c.real(), c.imag());
    };
    for (std::size_t i = 0; i < static_cast<std::size_t>(A.rows()); ++i)
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            const auto j = static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(p)]);
            const Long a = wide(A.values()[static_cast<std::size_t>(p)]);
            if (adjoint_product)
                r[j] += std::conj(a) * wide(x[static_cast<Eigen::Index>(i)]);
            else
                r[i] += a * wide(x[static_cast<Eigen::Index>(j)]);
        }
    long double sum = 0;
    for (std::size_t i = 0; i < r.size(); ++i) sum += std::norm(r[i] - sigma * wide(y[static_cast<Eigen::Index>(i)]));
    return static_cast<double>(std::sqrt(sum));
}

/// S1-S3, each number recomputed.
template <Scalar T>
void expect_contract(const CsrView<T>& A, const SvdsResult<T>& r, const SvdsOptions& options) {
    const double u = sizeof(Real<T>) == 4 ? 0x1p-24 : 0x1p-53;
    const Eigen::Index count = r.values.size();
    const double norm = to_dense(A).norm();
    ASSERT_EQ(r.U.rows(), A.rows());
    ASSERT_EQ(r.V.rows(), A.cols());
    ASSERT_EQ(r.U.cols(), count);
    ASSERT_EQ(r.V.cols(), count);
    EXPECT_EQ(r.report.converged, count);
    for (Eigen::Index i = 0; i < count; ++i) {
        const auto value = static_cast<double>(r.values[i]);
        EXPECT_GE(value, 0);
        if (i > 0) {
            EXPECT_LE(r.values[i], r.values[i - 1]);
        }
        const double right = residual_of(A, r.V.col(i), r.values[i], r.U.col(i), false),
                     left = residual_of(A, r.U.col(i), r.values[i], r.V.col(i), true);
        EXPECT_NEAR(r.residuals[i], std::max(right, left), 1e-10 * right + 8 * u * value + 2 * u * norm);
        EXPECT_GE(r.error_bounds[i], 0.99 * std::hypot(right, left) / std::sqrt(2.0) - 2 * u * norm);
        const double c = std::max(16.0, 2 * std::sqrt(static_cast<double>(std::max(A.rows(), A.cols()))));
        EXPECT_LE(std::max(right, left), 1.001 * std::max(options.rtol * value, c * u * norm));
    }
    const auto defect = [&](const Eigen::MatrixX<T>& X) {
        return count == 0 ? 0.0
                          : static_cast<double>(
                                (X.adjoint() * X - Eigen::MatrixX<T>::Identity(count, count)).cwiseAbs().maxCoeff());
    };
    EXPECT_LE(defect(r.U), 1e4 * u);
    EXPECT_LE(defect(r.V), 1e4 * u);
}

template <class Values>
void expect_values(const Values& found, const std::vector<double>& expected, double tolerance) {
    ASSERT_EQ(found.size(), static_cast<Eigen::Index>(expected.size()));
    for (Eigen::Index i = 0; i < found.size(); ++i)
        EXPECT_NEAR(static_cast<double>(found[i]), expected[static_cast<std::size_t>(i)], tolerance) << i;
}

std::vector<double> ends(const Eigen::VectorXd& all, Index k, SvdsWhich which) {
    const Eigen::VectorXd some = which == SvdsWhich::largest ? all.head(k) : all.tail(k);
    return {some.begin(), some.end()};
}

Csr<double> random_matrix(Index m, Index n, int per_row, std::uint64_t seed) {
    Random random(seed);
    Coo<double> A(m, n);
    for (Index i = 0; i < m; ++i)
        for (int e = 0; e < per_row; ++e)
            A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), random.normal());
    return to_csr(A);
}

/// A matrix with the given singular values: rotations in random planes on both sides of a diagonal.
Csr<double> with_values(Index m, Index n, const std::vector<double>& values, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(m, n);
    for (std::size_t i = 0; i < values.size(); ++i)
        A(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i)) = values[i];
    const auto mix = [&](auto&& rows, Index count) {
        for (int r = 0; r < 3 * count; ++r) {
            const auto i = static_cast<Eigen::Index>(random.below(static_cast<std::uint64_t>(count)));
            const auto j = static_cast<Eigen::Index>(random.below(static_cast<std::uint64_t>(count)));
            if (i == j) continue;
            const double angle = random.uniform(0, 6);
            const Eigen::RowVectorXd a = rows.row(i), b = rows.row(j);
            rows.row(i) = std::cos(angle) * a + std::sin(angle) * b;
            rows.row(j) = std::cos(angle) * b - std::sin(angle) * a;
        }
    };
    mix(A, m);
    Eigen::MatrixXd B = A.transpose();
    mix(B, n);
    return from_dense(B.transpose().eval());
}

constexpr SvdsWhich both[] = {SvdsWhich::largest, SvdsWhich::smallest};

TEST(Svds, FindsTheEndsOfTheSpectrumOfADifferenceMatrix) {
    // n × (n − 1), bidiagonal: its singular values are √(2 − 2 cos(jπ/n)) = 2 sin(jπ/(2n)), j = 1…n−1.
    const Index n = 500;
    const Csr<double> D = diags<double>(n, n - 1, {{0, 1.0}, {-1, -1.0}});
    const auto value = [&](Index j) { return 2 * std::sin(j * std::numbers::pi / (2.0 * n)); };
    for (const Csr<double>& A : {D, transpose(D)}) {
        const SvdsOptions options{.rtol = 1e-8};
        const auto largest = svds(A, 4, options);
        EXPECT_EQ(largest.report.status, Status::converged) << largest.report.message;
        EXPECT_EQ(largest.report.method, "lanczos");
        expect_contract<double>(A, largest, options);
        expect_values(largest.values, {value(n - 1), value(n - 2), value(n - 3), value(n - 4)}, 1e-11);
        if (qr_available()) {
            const SvdsOptions small{.which = SvdsWhich::smallest};
            const auto smallest = svds(A, 3, small);
            EXPECT_EQ(smallest.report.status, Status::converged) << smallest.report.message;
            EXPECT_EQ(smallest.report.method, "inverse");
            expect_contract<double>(A, smallest, small);
            expect_values(smallest.values, {value(3), value(2), value(1)}, 1e-14);
        }
    }
}

TEST(Svds, AgreesWithADenseDecompositionForEveryShapeAndMethod) {
    for (const auto& [m, n] :
         std::vector<std::pair<Index, Index>>{{60, 60}, {90, 40}, {40, 90}, {1, 7}, {7, 1}, {1, 1}}) {
        const Csr<double> A = random_matrix(m, n, 4, static_cast<std::uint64_t>(m + 2 * n));
        const Eigen::VectorXd all = to_dense(A).jacobiSvd().singularValues();
        for (const SvdsWhich which : both)
            for (const SvdsMethod method : all_svds_methods()) {
                if (method == SvdsMethod::inverse && (which == SvdsWhich::largest || (m != n && !qr_available())))
                    continue;
                for (const Index k : {1, 3, static_cast<int>(std::min(m, n)) - 1, static_cast<int>(std::min(m, n))}) {
                    if (k < 1 || k > std::min(m, n)) continue;
                    SCOPED_TRACE(testing::Message()
                                 << m << " × " << n << " " << name(which) << " " << name(method) << " " << k);
                    const SvdsOptions options{.which = which, .method = method, .rtol = 1e-12};
                    const auto r = svds(A, k, options);
                    const bool direct = method == SvdsMethod::dense || method == SvdsMethod::automatic;
                    EXPECT_EQ(r.report.status, direct ? Status::solved : Status::converged) << r.report.message;
                    expect_contract<double>(A, r, options);
                    expect_values(r.values, ends(all, k, which), 1e-12 * all[0]);
                }
            }
    }
}

TEST(Svds, FindsAllCopiesOfMultipleValues) {
    std::vector<double> values;
    for (int i = 0; i < 350; ++i) values.push_back(0.5 + 0.4 * std::cos(i));
    for (int i = 0; i < 4; ++i) values.push_back(3);
    for (int i = 0; i < 3; ++i) values.push_back(0.01);
    const auto n = static_cast<Index>(values.size());
    for (const Index m : {n, n + 30}) {
        const Csr<double> A = with_values(m, n, values, 4);
        const SvdsOptions options{};
        const auto largest = svds(A, 5, options);
        EXPECT_EQ(largest.report.status, Status::converged) << largest.report.message;
        expect_contract<double>(A, largest, options);
        expect_values(largest.values, {3, 3, 3, 3, 0.9}, 1e-4);  // 0.9 = the largest of the cosines, nearly
        expect_values(largest.values.head(4).eval(), {3, 3, 3, 3}, 1e-12);
        if (m == n || qr_available()) {
            const SvdsOptions small{.which = SvdsWhich::smallest};
            const auto smallest = svds(A, 4, small);
            EXPECT_EQ(smallest.report.status, Status::converged) << smallest.report.message;
            expect_contract<double>(A, smallest, small);
            expect_values(smallest.values.tail(3).eval(), {0.01, 0.01, 0.01}, 1e-13);
        }
    }
}

TEST(Svds, SearchesForCopiesThatOneKrylovSpaceCannotHold) {
    Eigen::VectorXd d(400);
    for (Index i = 0; i < 400; ++i) d[i] = i + 1;
    for (const Index i : {31, 60, 91}) d[i] = 0.5;
    const Csr<double> A = diags<double>(400, 400, {{0, d}});
    // So loose a tolerance is met before rounding has brought the copies in.
    SvdsOptions options{.which = SvdsWhich::smallest, .completeness = Completeness::none, .rtol = 1e-4, .subspace = 8};
    EXPECT_GT(svds(A, 3, options).values[0], 0.9);
    options.completeness = Completeness::check;
    const auto r = svds(A, 3, options);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_values(r.values, {0.5, 0.5, 0.5}, 1e-6);
    ASSERT_EQ(r.report.warnings.size(), 1U);
    EXPECT_NE(r.report.warnings[0].find("missed"), std::string::npos);
    expect_contract<double>(A, r, options);
}

TEST(Svds, KeepsTheDigitsOfTinyValues) {
    std::vector<double> values;
    for (int i = 0; i < 320; ++i) values.push_back(1 + 0.001 * i);
    for (const double tiny : {1e-4, 1e-8, 1e-11, 1e-13}) values.push_back(tiny);
    const auto n = static_cast<Index>(values.size());
    for (const Index m : {n, n + 20}) {
        if (m != n && !qr_available()) continue;
        const Csr<double> A = with_values(m, n, values, 9);
        const SvdsOptions options{.which = SvdsWhich::smallest};
        const auto r = svds(A, 4, options);
        EXPECT_EQ(r.report.method, "inverse");
        EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
        expect_contract<double>(A, r, options);
        expect_values(r.values, {1e-4, 1e-8, 1e-11, 1e-13}, 4e-15);  // what A's own rounding leaves
    }
}

TEST(Svds, GivesZerosWithNullVectorsForDeficientMatrices) {
    std::vector<double> values;
    for (int i = 0; i < 340; ++i) values.push_back(1 + 0.01 * i);
    for (int i = 0; i < 20; ++i) values.push_back(0);
    for (const Index m : {360, 400}) {
        if (!qr_available()) continue;
        const Csr<double> A = with_values(m, 360, values, 2);
        for (const SvdsMethod method : {SvdsMethod::automatic, SvdsMethod::inverse}) {
            const SvdsOptions options{.which = SvdsWhich::smallest, .method = method};
            const auto r = svds(A, 22, options);
            EXPECT_TRUE(has_answer(r.report.status)) << name(r.report.status) << r.report.message;
            expect_contract<double>(A, r, options);
            ASSERT_EQ(r.values.size(), 22);
            EXPECT_NEAR(r.values[0], 1.01, 1e-10);
            EXPECT_NEAR(r.values[1], 1, 1e-10);
            EXPECT_LE(r.values[2], 1e-13);
        }
    }
    // Exactly dependent columns and empty rows.
    Coo<double> coo(400, 400);
    for (Index i = 0; i < 400; ++i)
        if (i % 40 != 0) coo.add(i, i, 1.0 + i);
    const Csr<double> A = to_csr(coo);
    const SvdsOptions options{.which = SvdsWhich::smallest};
    const auto r = svds(A, 12, options);
    EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
    expect_contract<double>(A, r, options);
    std::vector<double> expected(12, 0.0);
    expected[0] = 3;
    expected[1] = 2;
    expect_values(r.values, expected, 1e-12);
}

TEST(Svds, SolvesTheLauchliMatrix) {
    const Index n = 350;
    const double mu = 1e-9;
    const Csr<double> A = from_dense(lauchli(n, mu));  // (n + 1) × n: √(n + μ²), and μ, n − 1 times
    const auto largest = svds(A, 2);
    EXPECT_TRUE(has_answer(largest.report.status)) << largest.report.message;
    expect_contract<double>(A, largest, {});
    expect_values(largest.values, {std::sqrt(static_cast<double>(n)), mu}, 1e-13);
    EXPECT_NEAR(largest.values[1], mu, 1e-14);
    const SvdsOptions options{.which = SvdsWhich::smallest};
    const auto smallest = svds(A, 3, options);
    EXPECT_TRUE(has_answer(smallest.report.status)) << smallest.report.message;
    expect_contract<double>(A, smallest, options);
    expect_values(smallest.values, {mu, mu, mu}, 1e-14);
}

TEST(Svds, SolvesDegenerateMatrices) {
    for (const Index n : {20, 400})
        for (const SvdsMethod method : {SvdsMethod::automatic, SvdsMethod::lanczos})
            for (const SvdsWhich which : both) {
                SCOPED_TRACE(testing::Message() << n << " " << name(method) << " " << name(which));
                const SvdsOptions options{.which = which, .method = method};
                const Csr<double> zero = to_csr(Coo<double>(n, n + 3));
                const auto z = svds(zero, 4, options);
                EXPECT_TRUE(has_answer(z.report.status)) << z.report.message;
                expect_contract<double>(zero, z, options);
                expect_values(z.values, {0, 0, 0, 0}, 0);

                const Csr<double> one = identity<double>(n);
                const auto i = svds(one, 4, options);
                EXPECT_TRUE(has_answer(i.report.status)) << i.report.message;
                expect_contract<double>(one, i, options);
                expect_values(i.values, {1, 1, 1, 1}, 1e-14);

                Eigen::VectorXd u(n), v(n + 5);
                Random random(5);
                for (double& a : u) a = random.normal();
                for (double& a : v) a = random.normal();
                const Csr<double> rank_one = from_dense((u * v.transpose()).eval());
                const auto r = svds(rank_one, 3, options);
                EXPECT_TRUE(has_answer(r.report.status)) << r.report.message;
                expect_contract<double>(rank_one, r, options);
                const double size = u.norm() * v.norm();
                expect_values(r.values, {which == SvdsWhich::largest ? size : 0, 0, 0}, 1e-13 * size);
            }
}

TEST(Svds, CommutesWithScalingByPowersOfTwo) {
    const Csr<double> A = random_matrix(380, 350, 4, 3);
    for (const SvdsMethod method : {SvdsMethod::dense, SvdsMethod::lanczos, SvdsMethod::inverse}) {
        if (method == SvdsMethod::inverse && !qr_available()) continue;
        SvdsOptions options{.which = method == SvdsMethod::inverse ? SvdsWhich::smallest : SvdsWhich::largest,
                            .method = method};
        const auto plain = svds(A, 3, options);
        EXPECT_TRUE(has_answer(plain.report.status)) << plain.report.message;
        for (const int e : {-1000, -500, 500, 1000}) {
            Csr<double> S = A;
            for (double& a : S.values()) a = std::ldexp(a, e);
            const auto r = svds(S, 3, options);
            EXPECT_EQ(r.report.status, plain.report.status) << e;
            ASSERT_EQ(r.values.size(), 3);
            for (Eigen::Index i = 0; i < 3; ++i)
                EXPECT_NEAR(std::ldexp(r.values[i], -e), plain.values[i], 1e-10 * plain.values[0]);
        }
    }
}

TEST(Svds, RefusesWhatCannotBeAnswered) {
    const Csr<double> A = random_matrix(6, 5, 2, 1);
    EXPECT_THROW((void)svds(A, 0), InvalidArgument);
    EXPECT_THROW((void)svds(A, 6), InvalidArgument);
    EXPECT_THROW((void)svds(eye<double>(0, 4), 1), InvalidArgument);
    EXPECT_THROW((void)svds(eye<double>(4, 0), 1), InvalidArgument);
    EXPECT_THROW((void)svds(A, 1, {.rtol = NAN}), InvalidArgument);
    EXPECT_THROW((void)svds(A, 3, {.subspace = 4}), InvalidArgument);
    EXPECT_THROW((void)svds(A, 1, {.method = SvdsMethod::inverse}), InvalidArgument);
    EXPECT_THROW((void)svds(A, 1, {.method = SvdsMethod::dense, .max_memory_bytes = 100}), LimitExceeded);
    EXPECT_THROW((void)svds(A, 1, {.method = SvdsMethod::lanczos, .max_memory_bytes = 100}), LimitExceeded);
    EXPECT_THROW(
        (void)svds(LinearOperatorRef<double>(A), 1, {.which = SvdsWhich::smallest, .method = SvdsMethod::inverse}),
        Unsupported);
    const MatrixFree one_way(
        5, 5, [](VectorView<double> x, VectorRef<double> y) { std::copy(x.begin(), x.end(), y.begin()); });
    EXPECT_THROW((void)svds(LinearOperatorRef<double>(one_way), 1), InvalidArgument);
    EXPECT_THROW((void)randomized_svd(A, 0), InvalidArgument);
    EXPECT_THROW((void)randomized_svd(A, 6), InvalidArgument);
    EXPECT_THROW((void)randomized_svd(A, 2, {.oversampling = -1}), InvalidArgument);
    for (const double bad : {NAN, INFINITY}) {
        Csr<double> B = A;
        B.values()[3] = bad;
        EXPECT_THROW((void)svds(B, 1), InvalidArgument);
        EXPECT_THROW((void)randomized_svd(B, 1), InvalidArgument);
    }
}

template <class T>
class SvdsOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(SvdsOf, Scalars);

TYPED_TEST(SvdsOf, EveryScalarMeetsTheContract) {
    using T = TypeParam;
    const double tolerance = sizeof(Real<T>) == 4 ? 2e-5 : 1e-11;
    for (const auto& [m, n] : std::vector<std::pair<Index, Index>>{{50, 40}, {330, 330}, {310, 400}}) {
        Random random(77);
        Coo<T> coo(m, n);
        for (Index i = 0; i < std::min(m, n); ++i) coo.add(i, i, T(static_cast<Real<T>>(random.uniform(2, 4))));
        for (Index i = 0; i < m; ++i)
            for (int e = 0; e < 3; ++e) {
                const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
                const double re = random.normal(), im = random.normal();
                if constexpr (is_complex<T>)
                    coo.add(i, j, T(static_cast<Real<T>>(re), static_cast<Real<T>>(im)));
                else
                    coo.add(i, j, static_cast<T>(re + 0 * im));
            }
        const Csr<T> A = to_csr(coo);
        const Eigen::VectorXd all = to_dense(A).template cast<Complex>().bdcSvd().singularValues();
        for (const SvdsWhich which : both) {
            if (which == SvdsWhich::smallest && m != n && !qr_available()) continue;
            const SvdsOptions options{.which = which};
            const auto r = svds(A, 3, options);
            EXPECT_EQ(r.report.status, std::min(m, n) <= 300 ? Status::solved : Status::converged) << r.report.message;
            expect_contract<T>(A, r, options);
            expect_values(r.values, ends(all, 3, which), tolerance);
        }
        const Csc<T> columns = to_csc(A);
        EXPECT_NEAR(static_cast<double>(svds(columns, 1).values[0]), all[0], tolerance);
        const auto approximate = randomized_svd(A, 4);
        EXPECT_NEAR(static_cast<double>(approximate.values[0]), all[0], 0.1 * all[0]);
    }
}

TEST(Svds, WorksWithOperators) {
    const Csr<double> A = random_matrix(420, 350, 4, 12);
    const Eigen::VectorXd all = to_dense(A).bdcSvd().singularValues();
    const MatrixFree free(
        420, 350, [&](VectorView<double> x, VectorRef<double> y) { A.apply(x, y); },
        [&](VectorView<double> x, VectorRef<double> y) { A.apply_adjoint(x, y); });
    const auto r = svds(LinearOperatorRef<double>(free), 3);
    EXPECT_EQ(r.report.status, Status::converged) << r.report.message;
    expect_contract<double>(A, r, {});
    expect_values(r.values, ends(all, 3, SvdsWhich::largest), 1e-12);
    const Csr<double> wide = transpose(random_matrix(50, 20, 3, 4));
    const auto small = svds(LinearOperatorRef<double>(wide), 2, {.which = SvdsWhich::smallest});
    EXPECT_EQ(small.report.status, Status::solved);
    expect_contract<double>(wide, small, {});

    for (const Index n : {30, 350}) {
        int calls = 0;
        const auto broken = [&](VectorView<double> x, VectorRef<double> y) {
            for (std::size_t i = 0; i < x.size(); ++i) y[i] = static_cast<double>(i) * x[i];
            if (++calls > 20) y[3] = NAN;
        };
        const MatrixFree both_ways(n, n, broken, broken);
        const auto bad = svds(LinearOperatorRef<double>(both_ways), 3);
        EXPECT_EQ(bad.report.status, Status::not_finite);
        EXPECT_FALSE(bad.report.message.empty());
    }
}

TEST(Svds, StopsWhenAsked) {
    const Csr<double> A = convection_diffusion2d(30, 30, 0.1);
    const SvdsOptions hard{.method = SvdsMethod::lanczos, .rtol = 1e-14};
    SvdsOptions options = hard;
    options.max_applications = 80;
    const auto r = svds(A, 10, options);
    EXPECT_EQ(r.report.status, Status::max_iterations);
    EXPECT_EQ(r.report.operator_applications, 80);
    expect_contract<double>(A, r, options);

    options = hard;
    std::int64_t calls = 0;
    options.monitor = [&](const EigenState& state) {
        EXPECT_EQ(state.iteration, ++calls);
        EXPECT_EQ(state.values.size(), state.residuals.size());
        return calls == 2;
    };
    EXPECT_EQ(svds(A, 10, options).report.status, Status::interrupted);
    EXPECT_EQ(calls, 2);

    const std::atomic<bool> cancel = true;
    for (const SvdsMethod method : {SvdsMethod::dense, SvdsMethod::lanczos, SvdsMethod::inverse}) {
        options = {.which = SvdsWhich::smallest, .method = method, .cancel = &cancel};
        EXPECT_EQ(svds(A, 2, options).report.status, Status::interrupted) << name(method);
    }
    options = hard;
    options.max_seconds = 1e-9;
    EXPECT_EQ(svds(A, 2, options).report.status, Status::limit_exceeded);
}

TEST(Svds, ProvesByCounting) {
    const Csr<double> A = random_matrix(400, 350, 4, 15);
    for (const SvdsWhich which : both) {
        if (which == SvdsWhich::smallest && !qr_available()) continue;
        const SvdsOptions options{.which = which, .completeness = Completeness::prove};
        const auto r = svds(A, 4, options);
        const Eigen::VectorXd all = to_dense(A).bdcSvd().singularValues();
        EXPECT_EQ(r.report.status, Status::solved) << r.report.message;
        ASSERT_TRUE(r.report.proof);
        EXPECT_EQ(r.report.proof->by, "inertia");
        EXPECT_EQ(r.report.proof->count, 4);
        const double shift = r.report.proof->shift;
        EXPECT_EQ(std::count_if(all.begin(), all.end(),
                                [&](double v) { return which == SvdsWhich::largest ? v > shift : v < shift; }),
                  4);
    }
    // Nothing lies between equal values.
    const auto equal = svds(identity<double>(400), 3, {.completeness = Completeness::prove});
    EXPECT_EQ(equal.report.status, Status::not_proved);
    EXPECT_FALSE(equal.report.message.empty());
}

TEST(Svds, GivesTheSameBitsForAnyNumberOfThreads) {
    const Csr<double> A = convection_diffusion2d(130, 130, 0.1);
    for (const SvdsWhich which : both) {
        const auto several = svds(A, 3, {.which = which, .rtol = 1e-3});
        const ThreadLimit one(1);
        const auto alone = svds(A, 3, {.which = which, .rtol = 1e-3});
        EXPECT_TRUE(several.values == alone.values);
        EXPECT_TRUE(several.U == alone.U);
        EXPECT_TRUE(several.V == alone.V);
    }
}

TEST(RandomizedSvd, SaysHowFarItIsFromTheMatrix) {
    std::vector<double> values;
    for (int i = 0; i < 120; ++i) values.push_back(std::pow(0.8, i));
    for (const auto& [m, n] : std::vector<std::pair<Index, Index>>{{150, 120}, {120, 200}}) {
        const Csr<double> A = with_values(m, n, values, 30);
        for (const Index k : {1, 8, 30})
            for (const Index power : {0, 2}) {
                const auto r = randomized_svd(A, k, {.power_iterations = power});
                const Eigen::MatrixXd E = to_dense(A) - r.U * r.values.asDiagonal() * r.V.transpose();
                const double error = E.jacobiSvd().singularValues()[0];
                const auto next = std::pow(0.8, k);
                EXPECT_GE(error, next * (1 - 1e-10));  // Eckart and Young
                EXPECT_LE(error, (power == 0 ? 5 : 1.5) * next);
                EXPECT_LE(r.error_estimate, error * (1 + 1e-10));
                EXPECT_GE(r.error_estimate, 0.8 * error);
                EXPECT_GE(r.error_bound, error);
                EXPECT_LE(r.error_bound, 200 * error);
                EXPECT_LE((r.U.transpose() * r.U - Eigen::MatrixXd::Identity(k, k)).norm(), 1e-13);
                EXPECT_LE((r.V.transpose() * r.V - Eigen::MatrixXd::Identity(k, k)).norm(), 1e-13);
                for (Index i = 0; i < k; ++i) EXPECT_LE(r.values[i], values[static_cast<std::size_t>(i)] * (1 + 1e-12));
            }
    }
    const auto zero = randomized_svd(to_csr(Coo<double>(20, 10)), 3);
    EXPECT_EQ(zero.values.norm(), 0);
    EXPECT_EQ(zero.error_bound, 0);
    const Csr<double> A = random_matrix(30, 25, 3, 1);
    const auto full = randomized_svd(LinearOperatorRef<double>(A), 25);
    EXPECT_LE(full.error_bound, 1e-12);
}

// Every real matrix with a short side up to 2000 of RITZ_MATRICES.

std::vector<std::string> matrices() {
    std::vector<std::string> names;
    if (const char* folder = std::getenv("RITZ_MATRICES"))
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().extension() == ".mtx") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

class SvdsMatrices : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SvdsMatrices);

TEST_P(SvdsMatrices, MeetsItsContract) {
    const ReadResult read = read_matrix_market(std::string(std::getenv("RITZ_MATRICES")) + "/" + GetParam() + ".mtx");
    std::visit(
        [](const auto& A) {
            using T = typename std::remove_cvref_t<decltype(A)>::value_type;
            const Index n = std::min(A.rows(), A.cols());
            if (n > 2000) return;
            Eigen::VectorXd all;
            if (n <= 350 && std::max(A.rows(), A.cols()) <= 1000)
                all = to_dense(A).template cast<Complex>().bdcSvd().singularValues();
            for (const SvdsWhich which : both) {
                if (which == SvdsWhich::smallest && A.rows() != A.cols() && !qr_available()) continue;
                SvdsOptions options{.which = which};
                options.method = which == SvdsWhich::largest ? SvdsMethod::lanczos : SvdsMethod::inverse;
                auto r = svds(A, 3, options);
                if (!has_answer(r.report.status)) {  // a named failure; then the automatic choice must do
                    EXPECT_FALSE(r.report.message.empty());
                    testing::Test::RecordProperty(std::string(name(which)) + "_failed", r.report.message);
                    options.method = SvdsMethod::automatic;
                    r = svds(A, 3, options);
                }
                EXPECT_TRUE(has_answer(r.report.status)) << name(r.report.status) << ": " << r.report.message;
                EXPECT_EQ(r.values.size(), 3);
                expect_contract<T>(A, r, options);
                if (all.size() > 0) expect_values(r.values, ends(all, 3, which), 1e-12 * all[0]);
            }
        },
        read.matrix);
}

INSTANTIATE_TEST_SUITE_P(Real, SvdsMatrices, testing::ValuesIn(matrices()), [](const auto& p) { return p.param; });

}  // namespace
}  // namespace ritz
