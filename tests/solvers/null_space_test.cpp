// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/null_space.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <Eigen/SVD>
#include <numeric>

#include "ritz/core/random.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace {

using namespace ritz;

static_assert(LinearOperator<PseudoInverse<double>, double>);

template <class T>
class NullSpaceTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(NullSpaceTyped, Scalars);

/// Both ways of finding a null space.
const std::vector<Index> ways{0, 100000};

template <Scalar T>
double norm_of(const Csr<T>& A) {
    double sum = 0;
    for (const T& a : A.values()) sum += static_cast<double>(std::norm(a));
    return std::sqrt(sum);
}

template <Scalar T>
Eigen::MatrixX<T> times(const Csr<T>& A, const Eigen::MatrixX<T>& X) {
    Eigen::MatrixX<T> Y(A.rows(), X.cols());
    for (Eigen::Index j = 0; j < X.cols(); ++j)
        A.apply(VectorView<T>(X.data() + j * X.rows(), static_cast<std::size_t>(X.rows())),
                VectorRef<T>(Y.data() + j * Y.rows(), static_cast<std::size_t>(Y.rows())));
    return Y;
}

/// The nullity is found beyond doubt, and the bases are orthonormal and annihilated.
template <Scalar T>
void expect_nullity(const Csr<T>& A, Index nullity, NullSpaceOptions options = {}, double constant = 50) {
    const NullSpace<T> space = null_space(A, options);
    const double epsilon = std::numeric_limits<Real<T>>::epsilon();
    EXPECT_EQ(space.nullity, nullity);
    EXPECT_TRUE(space.clear) << "gap " << space.gap;
    ASSERT_EQ(space.right.cols(), space.nullity);
    ASSERT_EQ(space.left.cols(), space.nullity);
    ASSERT_EQ(space.right.rows(), A.rows());
    const Eigen::MatrixX<T> I = Eigen::MatrixX<T>::Identity(space.nullity, space.nullity);
    EXPECT_LE((space.right.adjoint() * space.right - I).norm(), constant * epsilon);
    EXPECT_LE((space.left.adjoint() * space.left - I).norm(), constant * epsilon);
    EXPECT_LE(times<T>(A, space.right).norm(), constant * epsilon * norm_of(A));
    EXPECT_LE(times<T>(adjoint(A), space.left).norm(), constant * epsilon * norm_of(A));
}

Csr<double> weighted_path(Index n) {
    std::vector<Edge> edges;
    for (Index i = 0; i + 1 < n; ++i) edges.push_back({i, i + 1, 1.0 / (3 + i % 7)});
    return graph_laplacian(n, edges);
}

/// [[A, Bᵀ], [B, 0]] with the last row of B a copy of the first: a constraint stated twice.
Csr<double> dependent_constraints(Index n) {
    Coo<double> C(n + 3, n + 3);
    for (Index i = 0; i < n; ++i) C.add(i, i, 2 + i % 3);
    for (Index c = 0; c < 3; ++c)
        for (const Index j : {c % 2, c % 2 + 3, c % 2 + 6}) C.add(n + c, j, 1), C.add(j, n + c, 1);
    return to_csr(C);
}

TEST(NullSpace, FindsTheConstantOfEachComponentOfAGraph) {
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        expect_nullity(path_laplacian(70), 1, options);
        expect_nullity(cycle_laplacian(70), 1, options);
        expect_nullity(weighted_path(70), 1, options);
        expect_nullity(
            block_diagonal<Order::row, double>({path_laplacian(30), cycle_laplacian(20), star_laplacian(25)}), 3,
            options);
        expect_nullity(power_law_laplacian(6, 4, 3), connected_components(power_law_laplacian(6, 4, 3)).count, options);
    }
    expect_nullity(path_laplacian(200), 1);
    expect_nullity(weighted_path(3000), 1);
    expect_nullity(grid_laplacian(40, 50, {1e-3, 1e3, 4}), 1);
    std::vector<CsrView<double>> blocks;
    const Csr<double> part = cycle_laplacian(11);
    for (int i = 0; i < 20; ++i) blocks.push_back(part);
    expect_nullity(block_diagonal(blocks), 20);

    NullSpaceOptions generous;  // several singular values could count as zero, but only one stands apart
    generous.tolerance = 1e-3;
    expect_nullity(path_laplacian(200), 1, generous);
    expect_nullity(path_laplacian(90), 1, generous);

    const NullSpace<double> space = null_space(path_laplacian(200));
    for (Index i = 0; i < 200; ++i) EXPECT_NEAR(std::abs(space.right(i, 0)), std::sqrt(1 / 200.0), 1e-11);
}

TEST(NullSpace, FindsTheRigidBodyModesOfFreeBodies) {
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        Elasticity free;
        free.clamped = false;
        expect_nullity(elasticity2d(5, 4, free), 3, options);
        expect_nullity(elasticity3d(2, 2, 2, free), 6, options);
        // Their span is the rigid body modes.
        const NullSpace<double> space = null_space(elasticity2d(5, 4, free), options);
        const Eigen::MatrixXd modes = rigid_body_modes(elasticity2d_coordinates(5, 4, false));
        EXPECT_LE((modes - space.right * (space.right.transpose() * modes)).norm(), 1e-12);
    }
}

TEST(NullSpace, FindsWhatPatternOrValuesMakeDependent) {
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        const Index n = 60;
        std::vector<Index> all(static_cast<std::size_t>(n));
        std::iota(all.begin(), all.end(), 0);
        Csr<double> dropped = tridiagonal_toeplitz(n, 1, 4, 2);  // one column without entries
        for (Offset k = 0; k < dropped.nnz(); ++k)
            if (dropped.indices()[static_cast<std::size_t>(k)] == 17) dropped.values()[static_cast<std::size_t>(k)] = 0;
        expect_nullity(dropped, 1, options);

        std::vector<Index> rows = all;
        rows[7] = 30;  // row 30 twice
        expect_nullity(ritz::rows(tridiagonal_toeplitz(n, 1, 4, 2), rows), 1, options);

        expect_nullity(clement(61), 1, options);                        // odd order: eigenvalue 0
        expect_nullity(tridiagonal_toeplitz(59, 1, 0, 1), 1, options);  // 2 cos(kπ/60) = 0
        expect_nullity(dependent_constraints(60), 1, options);
        Coo<double> nilpotent(40, 40);
        for (Index i = 0; i + 1 < 40; ++i) nilpotent.add(i, i + 1, 1);
        expect_nullity(to_csr(nilpotent), 1, options);
        Coo<double> pairs(40, 40);  // Jordan blocks of order 2
        for (Index i = 0; i < 40; i += 2) pairs.add(i, i + 1, 1);
        expect_nullity(to_csr(pairs), 20, options);
        expect_nullity(stokes2d(5, 6, {1, false}), 1, options);
    }
    expect_nullity(from_dense(Eigen::MatrixXd({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}})), 1);
    expect_nullity(to_csr(Coo<double>(5, 5)), 5);
    Eigen::VectorXd u = Eigen::VectorXd::LinSpaced(30, 1, 2);
    expect_nullity(from_dense(Eigen::MatrixXd(u * u.transpose())), 29);
}

TEST(NullSpace, IsNotClearWhenSingularValuesDecayGradually) {
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        for (const Index n : {11, 12, 13, 20}) {
            const NullSpace<double> space = null_space(from_dense(hilbert(n)), options);
            EXPECT_FALSE(space.clear) << n << ": " << space.nullity << ", gap " << space.gap;
        }
        // Singular values 10^-k.
        Random random(2);
        Eigen::MatrixXd A(30, 30), B(30, 30);
        for (Index j = 0; j < 30; ++j)
            for (Index i = 0; i < 30; ++i) A(i, j) = random.normal(), B(i, j) = random.normal();
        const Eigen::JacobiSVD<Eigen::MatrixXd> a(A, Eigen::ComputeFullU), b(B, Eigen::ComputeFullU);
        Eigen::VectorXd d(30);
        for (Index i = 0; i < 30; ++i) d[i] = std::pow(10, -0.8 * i);
        EXPECT_FALSE(null_space(from_dense(a.matrixU() * d.asDiagonal() * b.matrixU().transpose()), options).clear);
    }
}

TEST(NullSpace, IsClearlyEmptyForARegularMatrix) {
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        expect_nullity(poisson2d(9, 8), 0, options);
        expect_nullity(tridiagonal_toeplitz(50, 1, 3, -1), 0, options);
        const NullSpace<double> space = null_space(poisson1d(60), options);
        EXPECT_EQ(space.nullity, 0);
        EXPECT_NEAR(space.condition, 1 / std::pow(std::sin(std::acos(-1) / 122), 2), 0.05 * space.condition);
    }
    // Kahan's matrix: the smallest singular value stands alone, above rounding.
    const NullSpace<double> kahan_space = null_space(from_dense(kahan(60)));
    EXPECT_EQ(kahan_space.nullity, 0);
}

TEST(NullSpace, DoesNotDependOnHowRowsAndColumnsAreScaled) {
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        Csr<double> A = cycle_laplacian(50);
        for (std::size_t i = 0; i < 50; ++i)
            for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k)
                A.values()[static_cast<std::size_t>(k)] *=
                    std::ldexp(1, static_cast<int>(i * 37 % 400) - 200 +
                                      static_cast<int>(A.indices()[static_cast<std::size_t>(k)]) % 5);
        const NullSpace<double> space = null_space(A, options);
        EXPECT_EQ(space.nullity, 1);
        EXPECT_TRUE(space.clear);
        for (Index i = 1; i < 50; ++i)  // proportional to 2^-(i mod 5)
            EXPECT_NEAR(space.right(i, 0) / space.right(0, 0), std::ldexp(1, -(i % 5)), 1e-11);
    }
}

TYPED_TEST(NullSpaceTyped, WorksInEveryNumberType) {
    using T = TypeParam;
    for (const Index dense_order : ways) {
        NullSpaceOptions options;
        options.dense_order = dense_order;
        const Csr<T> L = convert_values<T>(convert_values<float>(cycle_laplacian(40)));
        expect_nullity(L, 1, options);
        if constexpr (is_complex<T>) {  // D L Dᴴ-like, with phases
            Csr<T> H = L;
            const auto phase = [](Index i) { return std::polar<Real<T>>(1, static_cast<Real<T>>(i)); };
            for (Index i = 0; i < 40; ++i)
                for (Offset k = H.indptr()[static_cast<std::size_t>(i)];
                     k < H.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
                    H.values()[static_cast<std::size_t>(k)] *=
                        phase(i) * phase(2 * H.indices()[static_cast<std::size_t>(k)]);
            expect_nullity(H, 1, options);
            const NullSpace<T> space = null_space(H, options);
            const std::complex<double> ratio(space.right(7, 0) / space.right(0, 0));
            EXPECT_LE(std::abs(ratio - std::polar(1.0, -14.0)), 1e-4);
        }
        const NullSpace<T> empty = null_space(Csr<T>(), options);
        EXPECT_EQ(empty.nullity, 0);
        EXPECT_TRUE(empty.clear);
        Coo<T> one(1, 1);
        expect_nullity(to_csr(one), 1, options);
        one.add(0, 0, T(3));
        expect_nullity(to_csr(one), 0, options);
    }
}

TEST(NullSpace, RefusesBadInputAndStopsAtItsLimits) {
    EXPECT_THROW((void)null_space(to_csr(Coo<double>(2, 3))), InvalidArgument);
    Csr<double> A = poisson1d(5);
    A.values()[2] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW((void)null_space(A), InvalidArgument);
    NullSpaceOptions options;
    options.tolerance = -1;
    EXPECT_THROW((void)null_space(poisson1d(5), options), InvalidArgument);
    EXPECT_THROW((void)null_space(to_csr(Coo<double>(100000, 100000))), LimitExceeded);
    std::vector<CsrView<double>> blocks;
    const Csr<double> part = path_laplacian(3);
    for (int i = 0; i < 70; ++i) blocks.push_back(part);
    EXPECT_THROW((void)null_space(block_diagonal(blocks)), LimitExceeded);
    std::atomic<bool> cancel = true;
    options = {};
    options.cancel = &cancel;
    EXPECT_THROW((void)null_space(path_laplacian(200), options), Interrupted);
    options = {};
    options.max_memory_bytes = 1000;
    EXPECT_THROW((void)null_space(path_laplacian(200), options), LimitExceeded);
}

/// A⁺ b by a dense SVD.
template <Scalar T>
Eigen::VectorX<T> reference(const Csr<T>& A, const Eigen::VectorX<T>& b) {
    using W = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    Eigen::JacobiSVD<Eigen::MatrixX<W>> svd(to_dense(A).template cast<W>(), Eigen::ComputeFullU | Eigen::ComputeFullV);
    svd.setThreshold(std::same_as<T, W> ? 1e-12 : 1e-5);
    return svd.solve(b.template cast<W>()).template cast<T>();
}

TYPED_TEST(NullSpaceTyped, ThePseudoInverseGivesTheLeastNormLeastSquaresSolution) {
    using T = TypeParam;
    const double epsilon = std::numeric_limits<Real<T>>::epsilon();
    const auto check = [&](const Csr<T>& A) {
        for (const Index dense_order : ways) {
            NullSpaceOptions options;
            options.dense_order = dense_order;
            const PseudoInverse<T> inverse(A, options);
            const Buffer<T> random = random_vector<T>(A.rows(), 3);
            const Eigen::VectorX<T> b = Eigen::Map<const Eigen::VectorX<T>>(random.data(), A.rows());
            Eigen::VectorX<T> x(A.rows());
            auto report = inverse.solve(b, x);
            Eigen::VectorX<T> expected = reference(A, b);
            const double condition = inverse.null_space().condition;
            EXPECT_LE((x - expected).norm(), 20 * condition * epsilon * expected.norm());
            EXPECT_GT(report.inconsistency, 1e-2);  // a random b is not in the range

            report = inverse.solve_adjoint(b, x);
            expected = reference(adjoint(A), b);
            EXPECT_LE((x - expected).norm(), 20 * condition * epsilon * expected.norm());

            Eigen::VectorX<T> inside = times<T>(A, expected);
            report = inverse.solve(inside, x);
            EXPECT_LE(report.inconsistency, 20 * epsilon);
            EXPECT_LE(report.relative_residual, 20 * epsilon);
            EXPECT_LE((times<T>(A, x) - inside).norm(), 50 * epsilon * norm_of(A) * x.norm());
            EXPECT_LE((inverse.null_space().right.adjoint() * x).norm(), 20 * epsilon * x.norm());
            x = inside;
            inverse.apply(x, x);  // in place
            EXPECT_LE((times<T>(A, x) - inside).norm(), 50 * epsilon * norm_of(A) * x.norm());
        }
    };
    check(convert_values<T>(convert_values<float>(cycle_laplacian(30))));
    Coo<T> C(20, 20);  // not symmetric: row 5 is row 3 and twice row 4
    Random random(5);
    for (Index i = 0; i < 20; ++i)
        for (const Index j : {i, (i + 1) % 20, (i + 7) % 20})
            if (i != 5) C.add(i, j, T(static_cast<Real<T>>(std::round(random.uniform(1, 9)))));
    const Csr<T> partial = to_csr(C);
    for (Index j = 0; j < 20; ++j) C.add(5, j, partial.at(3, j) + T(2) * partial.at(4, j));
    check(to_csr(C));
}

TEST(PseudoInverse, SolvesLargeSingularSystemsToRounding) {
    const Csr<double> A = grid_laplacian(60, 70, {0.1, 10, 3});
    const PseudoInverse<double> inverse(A);
    EXPECT_EQ(inverse.null_space().nullity, 1);
    EXPECT_TRUE(inverse.null_space().clear);
    Eigen::VectorXd x0 = Eigen::VectorXd::LinSpaced(A.rows(), -1, 1), b(A.rows()), x(A.rows());
    x0.array() -= x0.mean();
    A.apply(x0, b);
    const auto report = inverse.solve(b, x);
    EXPECT_LE(report.inconsistency, 1e-14);
    EXPECT_LE((x - x0).norm(), 1e-12 * x0.norm());
    Eigen::VectorXd e = Eigen::VectorXd::Unit(A.rows(), 0);
    EXPECT_NEAR(inverse.solve(e, x).inconsistency, 1 / std::sqrt(double(A.rows())), 1e-10);
}

TEST(PseudoInverse, IsTheInverseOfARegularMatrixAndKeepsTheScaleOfB) {
    const Csr<double> A = poisson2d(20, 20);
    const PseudoInverse<double> inverse(A);
    EXPECT_EQ(inverse.null_space().nullity, 0);
    Eigen::VectorXd x0 = Eigen::VectorXd::LinSpaced(400, 1, 2), b(400), x(400);
    for (const double size : {1e-300, 1.0, 1e300}) {
        A.apply(Eigen::VectorXd(size * x0), b);
        inverse.apply(b, x);
        EXPECT_LE((x / size - x0).norm(), 1e-13 * x0.norm());
    }
    b.setZero();
    EXPECT_EQ(inverse.solve(b, x).relative_residual, 0);
    EXPECT_EQ(x.norm(), 0);
    b[3] = std::numeric_limits<double>::infinity();
    inverse.apply(b, x);  // no answer, but an end
    EXPECT_FALSE(x.allFinite());
    Eigen::VectorXd wrong(3);
    EXPECT_THROW(inverse.apply(wrong, x), InvalidArgument);
    PseudoInverse<double> empty{Csr<double>()};
    Eigen::VectorXd none(0);
    empty.apply(none, none);
}

}  // namespace
