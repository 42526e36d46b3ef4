// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/stacked.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg {
namespace {

using Eigen::Index;

template <class T>
class Stacks : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Stacks, Scalars);

template <Scalar T>
Stack<T> random_stack(Index count, Index rows, Index cols, std::uint64_t seed = 1) {
    Random random(seed);
    Stack<T> stack(count, rows, cols);
    for (Index k = 0; k < count * rows * cols; ++k) {
        if constexpr (is_complex<T>)
            stack.data()[k] = T(static_cast<Real<T>>(random.normal()), static_cast<Real<T>>(random.normal()));
        else
            stack.data()[k] = static_cast<T>(random.normal());
    }
    return stack;
}

template <Scalar T>
constexpr Real<T> eps = std::numeric_limits<Real<T>>::epsilon();

constexpr std::array<Index, 7> orders{0, 1, 2, 3, 4, 5, 17};

TYPED_TEST(Stacks, SolveHasABackwardErrorOfRoundingForEveryMatrix) {
    using T = TypeParam;
    for (const Index n : orders)
        for (const Index k : {0, 1, 3}) {
            const Index count = 200;
            const Stack<T> A = random_stack<T>(count, n, n), b = random_stack<T>(count, n, k, 2);
            const Stack<T> x = solve(A, b, {.on_ill_conditioned = OnIllConditioned::accept});
            ASSERT_EQ(x.count(), count);
            ASSERT_EQ(x.rows(), n);
            ASSERT_EQ(x.cols(), k);
            for (Index i = 0; i < count; ++i) {
                const Real<T> scale = A[i].norm() * x[i].norm() + b[i].norm();
                EXPECT_LE((b[i] - A[i] * x[i]).norm(), 20 * eps<T> * scale) << n << " " << i;
            }
            // One right-hand side for all.
            if (k == 0) continue;
            const Eigen::MatrixX<T> shared = b[7];
            const Stack<T> y = solve(A, shared, {.on_ill_conditioned = OnIllConditioned::accept});
            EXPECT_EQ(y[7], x[7]);
            EXPECT_LE((shared - A[3] * y[3]).norm(), 20 * eps<T> * (A[3].norm() * y[3].norm() + shared.norm()));
        }
}

TYPED_TEST(Stacks, SmallSystemsAreSolvedToTheLastDigits) {
    using T = TypeParam;
    // The exact solution is 1, 2, …: elements are small integers over a power of two, so that b is exact.
    Random random(5);
    for (const Index n : {2, 3, 4}) {
        Stack<T> A(500, n, n), b(500, n, 1);
        Eigen::VectorX<T> exact(n);
        for (Index i = 0; i < n; ++i) exact[i] = T(static_cast<Real<T>>(i + 1));
        for (Index k = 0; k < 500; ++k) {
            auto matrix = A[k];
            for (Index q = 0; q < n * n; ++q) matrix(q) = T(std::floor(static_cast<Real<T>>(random.uniform(-60, 60))));
            matrix.diagonal().array() += T(61);
            b[k] = matrix * exact;
        }
        const Stack<T> x = solve(A, b, {.on_ill_conditioned = OnIllConditioned::accept});
        for (Index k = 0; k < 500; ++k) {
            if (cond(A[k]) > 1e3) continue;
            EXPECT_LE((x[k] - exact).norm(), 2 * eps<T> * exact.norm()) << n << " " << k << "\n" << A[k];
        }
    }
}

TYPED_TEST(Stacks, InverseAndDeterminantAgreeWithThoseOfOneMatrix) {
    using T = TypeParam;
    for (const Index n : orders) {
        const Index count = 100;
        const Stack<T> A = random_stack<T>(count, n, n);
        const Stack<T> X = inv(A, {.on_ill_conditioned = OnIllConditioned::accept});
        const Eigen::VectorX<T> determinants = det(A, {.on_ill_conditioned = OnIllConditioned::accept});
        const auto [sign, logabsdet] = slogdet(A, {.on_ill_conditioned = OnIllConditioned::accept});
        for (Index k = 0; k < count; ++k) {
            const Real<T> error = (A[k] * X[k] - Eigen::MatrixX<T>::Identity(n, n)).norm();
            EXPECT_LE(error, Real<T>(20) * eps<T> * A[k].norm() * X[k].norm()) << n << " " << k;
            const T one = det(A[k], {.on_ill_conditioned = OnIllConditioned::accept});
            const Real<T> condition = n == 0 ? Real<T>(1) : A[k].norm() * X[k].norm();
            EXPECT_LE(std::abs(determinants[k] - one), 20 * eps<T> * condition * std::abs(one)) << n << " " << k;
            EXPECT_LE(std::abs(sign[k] * std::exp(logabsdet[k]) - one), 200 * eps<T> * condition * std::abs(one));
        }
    }
}

TYPED_TEST(Stacks, DecompositionsReproduceEveryMatrix) {
    using T = TypeParam;
    for (const auto& [m, n] :
         {std::pair<Index, Index>{0, 0}, {1, 1}, {3, 3}, {5, 3}, {3, 5}, {20, 11}, {0, 3}, {3, 0}}) {
        const Index count = 20;
        const Stack<T> A = random_stack<T>(count, m, n);
        const auto [Q, R] = qr(A);
        const auto [U, s, Vh] = svd(A, {.full_matrices = false});
        const auto complete = svd(A);
        const Stack<T> P = pinv(A);
        const std::vector<Index> rank = matrix_rank(A);
        const Eigen::MatrixX<Real<T>> values = svdvals(A);
        const Eigen::VectorX<Real<T>> norms = norm(A);
        EXPECT_EQ(complete.U.cols(), m);
        EXPECT_EQ(complete.Vh.rows(), n);
        EXPECT_EQ(qr(A, {.mode = QrMode::complete}).Q.cols(), m);
        const Stack<T> only_r = qr(A, {.mode = QrMode::r}).R;
        for (Index k = 0; k < count; ++k) {
            const Real<T> tolerance = Real<T>(20 * (m + n)) * eps<T> * A[k].norm();
            EXPECT_LE((A[k] - Q[k] * R[k]).norm(), tolerance);
            EXPECT_LE((only_r[k] - R[k]).norm(), tolerance);
            EXPECT_LE((A[k] - U[k] * s.col(k).template cast<T>().asDiagonal() * Vh[k]).norm(), tolerance);
            EXPECT_LE((s.col(k) - values.col(k)).norm(), tolerance);
            EXPECT_LE((A[k] * P[k] * A[k] - A[k]).norm(), 20 * tolerance);
            EXPECT_EQ(rank[static_cast<std::size_t>(k)], std::min(m, n));
            EXPECT_LE(std::abs(norms[k] - A[k].norm()), tolerance);
        }
        if (m > 0 && n > 0) {
            EXPECT_LE((norm(A, 2.0) - s.row(0).transpose()).norm(), 100 * eps<T> * norms.norm());
        }
    }
}

TYPED_TEST(Stacks, EigenpairsSatisfyTheirEquations) {
    using T = TypeParam;
    using Complex = std::complex<Real<T>>;
    for (const Index n : orders) {
        const Index count = 20;
        const Stack<T> A = random_stack<T>(count, n, n);
        Stack<T> H(count, n, n), S(count, n, n);
        for (Index k = 0; k < count; ++k) {
            H[k] = (A[k] + A[k].adjoint()) / T(2);
            const Eigen::MatrixX<T> square = A[k] * A[k].adjoint() + Eigen::MatrixX<T>::Identity(n, n);
            S[k] = (square + square.adjoint()) / T(2);
        }
        const auto [lambda, V] = eigh(H);
        const Eigen::MatrixX<Real<T>> alone = eigvalsh(H);
        const auto [mu, W, reports] = eig(A);
        const Eigen::MatrixX<Complex> mu_alone = eigvals(A);
        const Stack<T> L = cholesky(S);
        for (Index k = 0; k < count; ++k) {
            const Real<T> tolerance = Real<T>(100 * (n + 1)) * eps<T> * A[k].norm();
            EXPECT_LE((H[k] * V[k] - V[k] * lambda.col(k).template cast<T>().asDiagonal()).norm(), tolerance);
            EXPECT_LE((lambda.col(k) - alone.col(k)).norm(), tolerance);
            const Eigen::MatrixX<Complex> C = A[k].template cast<Complex>();
            EXPECT_LE((C * W[k] - W[k] * mu.col(k).asDiagonal()).norm(), tolerance);
            EXPECT_LE(std::abs(mu.col(k).sum() - mu_alone.col(k).sum()), tolerance);
            EXPECT_EQ(reports[static_cast<std::size_t>(k)].status, Status::solved);
            EXPECT_LE((L[k] * L[k].adjoint() - S[k]).norm(), Real<T>(10 * (n + 1)) * eps<T> * S[k].norm());
        }
        if (n >= 2) {
            const auto largest = eigh(H, {.subset_by_index = IndexRange{n - 2, n - 1}});
            EXPECT_EQ(largest.eigenvectors.cols(), 2);
            EXPECT_LE((largest.eigenvalues.row(1) - lambda.row(n - 1)).norm(), 1e3 * eps<T> * lambda.norm());
        }
    }
}

TYPED_TEST(Stacks, EveryFormOfAStackGivesTheSame) {
    using T = TypeParam;
    const Stack<T> A = random_stack<T>(10, 3, 3);
    std::vector<Eigen::MatrixX<T>> matrices;
    for (Index k = 0; k < 10; ++k) matrices.push_back(A[k]);
    const Stack<T> X = inv(A), Y = inv(matrices), Z = inv(std::span(matrices)),
                   W = inv(std::span<const Eigen::MatrixX<T>>(matrices)), V = inv(StackView<T>(10, 3, 3, A.data()));
    for (Index k = 0; k < 10; ++k) {
        EXPECT_EQ(X[k], Y[k]);
        EXPECT_EQ(X[k], Z[k]);
        EXPECT_EQ(X[k], W[k]);
        EXPECT_EQ(X[k], V[k]);
    }
}

TYPED_TEST(Stacks, MapGivesTheResultsInOrderAndTakesDifferentShapes) {
    using T = TypeParam;
    std::vector<Eigen::MatrixX<T>> matrices;
    for (Index k = 0; k < 300; ++k) matrices.push_back(Eigen::MatrixX<T>::Constant(k % 7, 2, T(1)));
    const auto rows = map(matrices, [](const auto& A) { return A.rows(); });
    const auto sums = map(matrices, [](const auto& A) -> Eigen::VectorX<T> { return A.rowwise().sum(); });
    for (std::size_t k = 0; k < 300; ++k) {
        EXPECT_EQ(rows[k], static_cast<Index>(k % 7));
        EXPECT_EQ(sums[k].size(), static_cast<Index>(k % 7));
    }
    EXPECT_THROW((void)svdvals(matrices), InvalidArgument);
    EXPECT_TRUE(map(std::vector<Eigen::MatrixX<T>>{}, [](const auto& A) { return A.rows(); }).empty());
    Stack<T> zeros(3, 2, 2);
    map(zeros, [](const auto& A) { EXPECT_EQ(A.norm(), 0); });
}

template <class F>
std::string message_of(F&& f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing thrown";
}

TYPED_TEST(Stacks, ErrorsNameTheFirstMatrixOnAnyNumberOfThreads) {
    using T = TypeParam;
    for (const int threads : {1, 4}) {
        const ThreadLimit limit(threads);
        for (const Index n : {1, 3, 6}) {
            Stack<T> A = random_stack<T>(5000, n, n);
            for (Index k = 0; k < 5000; ++k) A[k].diagonal().array() += T(10);
            A[4321].setZero();
            A[1234].setZero();
            const Stack<T> b = random_stack<T>(5000, n, 1);
            EXPECT_THROW((void)inv(A), SingularMatrix);
            EXPECT_EQ(message_of([&] { (void)inv(A); }).substr(0, 17), "matrix 1234: inv:");
            EXPECT_EQ(message_of([&] { (void)solve(A, b); }).substr(0, 19), "matrix 1234: solve:");
            EXPECT_EQ(det(A)[1234], T(0));
            EXPECT_EQ(slogdet(A).sign[1234], T(0));
            A[1234](0, 0) = std::numeric_limits<Real<T>>::quiet_NaN();
            EXPECT_THROW((void)inv(A), InvalidArgument);
            EXPECT_THROW((void)det(A), InvalidArgument);
            EXPECT_THROW((void)svd(A), InvalidArgument);
            EXPECT_EQ(message_of([&] { (void)solve(A, b); }).substr(0, 19), "matrix 1234: solve:");
            A[1234](0, 0) = std::numeric_limits<Real<T>>::infinity();
            EXPECT_THROW((void)inv(A), InvalidArgument);
            EXPECT_THROW((void)norm(A), InvalidArgument);
            Stack<T> c = b;
            c[77](0, 0) = std::numeric_limits<Real<T>>::quiet_NaN();
            EXPECT_EQ(message_of([&] { (void)solve(A, c); }).substr(0, 17), "matrix 77: solve:");
        }
        Stack<T> S(10, 2, 2);
        for (Index k = 0; k < 10; ++k) S[k].setIdentity();
        S[6](1, 1) = T(-1);
        try {
            (void)cholesky(S);
            ADD_FAILURE() << "a matrix that is not positive definite was accepted";
        } catch (const NotPositiveDefinite& error) {
            EXPECT_EQ(error.pivot(), 1);
            EXPECT_EQ(std::string(error.what()).substr(0, 9), "matrix 6:");
        }
    }
}

TYPED_TEST(Stacks, IllConditionedAndBadlyScaledMatricesTakeTheLongWay) {
    using T = TypeParam;
    using R = Real<T>;
    Stack<T> A(3, 3, 3), b(3, 3, 1);
    for (Index k = 0; k < 3; ++k) {
        A[k] << T(2), T(1), T(0), T(1), T(3), T(1), T(0), T(1), T(4);
        b[k] = A[k] * Eigen::Vector3<T>::Ones();
    }
    // Row 0 by 2^40 (no condition problem once it is scaled), all of it near overflow.
    const R power = std::ldexp(R(1), std::numeric_limits<R>::max_exponent / 3);
    A[1].row(0) *= T(power);
    b[1].row(0) *= T(power);
    const R huge = std::ldexp(R(1), std::numeric_limits<R>::max_exponent - 5);
    A[2] *= T(huge);
    b[2] *= T(huge);
    const Stack<T> x = solve(A, b);
    for (Index k = 0; k < 3; ++k) EXPECT_LE((x[k] - Eigen::Vector3<T>::Ones()).norm(), 4 * eps<T>) << k;
    const Stack<T> X = inv(A);
    const Eigen::MatrixX<T> scaled = A[2] / huge, inverse = X[2] * huge;
    EXPECT_LE((scaled * inverse - Eigen::MatrixX<T>::Identity(3, 3)).norm(), 20 * eps<T>);

    // The textbook's singular matrix, up to a rounding.
    A[1] << T(1), T(2), T(3), T(4), T(5), T(6), T(7), T(8), T(9) + T(4 * eps<T>);
    EXPECT_THROW((void)inv(A), Error);
    EXPECT_EQ(message_of([&] { (void)inv(A); }).substr(0, 9), "matrix 1:");
    EXPECT_EQ(message_of([&] { (void)solve(A, b); }).substr(0, 9), "matrix 1:");
}

TEST(Stack, NamesShapesThatDoNotFit) {
    const Stack<double> A(4, 3, 3), b(4, 2, 1), c(3, 3, 1), d(4, 3, 2);
    EXPECT_THROW((void)solve(A, b), InvalidArgument);
    EXPECT_THROW((void)solve(A, c), InvalidArgument);
    EXPECT_THROW((void)solve(d, b), InvalidArgument);
    EXPECT_THROW((void)inv(d), InvalidArgument);
    EXPECT_THROW((void)det(d), InvalidArgument);
    EXPECT_THROW((void)slogdet(d), InvalidArgument);
    EXPECT_THROW((void)cholesky(d), InvalidArgument);
    EXPECT_THROW((void)eigh(d), InvalidArgument);
    EXPECT_THROW((void)eig(d), InvalidArgument);
    EXPECT_THROW((void)eigvals(d), InvalidArgument);
    EXPECT_THROW((void)eig(A, {.left = true}), InvalidArgument);
    EXPECT_THROW((void)eigh(A, {.subset_by_value = ValueRange{0, 1}}), InvalidArgument);
    EXPECT_THROW((void)eigh(A, {.subset_by_index = IndexRange{1, 3}}), InvalidArgument);
    EXPECT_THROW(Stack<double>(-1, 2, 2), InvalidArgument);
    EXPECT_EQ(inv(Stack<double>(0, 3, 3)).count(), 0);
    EXPECT_EQ(solve(Stack<double>(0, 3, 3), Stack<double>(0, 3, 1)).cols(), 1);
    EXPECT_EQ(inv(std::vector<Eigen::MatrixXd>{}).count(), 0);
}

}  // namespace
}  // namespace ritz::linalg
