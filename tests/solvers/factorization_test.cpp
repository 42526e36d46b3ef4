// SPDX-License-Identifier: BSD-3-Clause
// The factorisations themselves, and the traps of the libraries under them.
#include <gtest/gtest.h>

#include <thread>

#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace {

using namespace ritz;

static_assert(LinearOperator<Cholesky<double>, double>);

template <class T>
class FactorizationTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(FactorizationTyped, Scalars);

template <Scalar T>
Csr<T> hermitian(Index n) {
    Coo<T> C(n, n);
    for (Index i = 0; i < n; ++i) {
        C.add(i, i, T(5));
        for (const Index step : {1, 7}) {
            if (i + step >= n) continue;
            T a = T(-1);
            if constexpr (is_complex<T>) a = T(-1, Real<T>(0.75));
            C.add(i, i + step, a), C.add(i + step, i, ritz::conjugate(a));
        }
    }
    return to_csr(C);
}

/// ‖b − op(x)‖ / ‖b‖ for an application op.
template <Scalar T, class Apply>
double mismatch(Apply&& apply, const Buffer<T>& x, const Buffer<T>& b) {
    Buffer<T> r(b.size());
    apply(VectorView<T>(x), VectorRef<T>(r));
    axpy(T(-1), b, r);
    return static_cast<double>(norm2(r) / norm2(b));
}

TYPED_TEST(FactorizationTyped, InvertsTheMatrix) {
    using T = TypeParam;
    const double tolerance = 20 * std::numeric_limits<Real<T>>::epsilon();
    const Index n = 60;
    const Csr<T> H = hermitian<T>(n);
    const Buffer<T> b = random_vector<T>(n, 1);
    Buffer<T> x(b.size());
    const Cholesky<T> cholesky(H);
    cholesky.apply(b, x);
    EXPECT_LE(mismatch<T>([&](auto in, auto out) { H.apply(in, out); }, x, b), tolerance);
}

TYPED_TEST(FactorizationTyped, AcceptsTheEmptyMatrix) {
    using T = TypeParam;
    Buffer<T> none;
    Cholesky<T>(Csr<T>()).apply(none, none);
}

// CHOLMOD reports "not positive definite" with a positive status, and would go on with LDLᵀ.
TEST(Cholesky, ThrowsForAnIndefiniteMatrixNamingThePivot) {
    Csr<double> A = poisson2d(8, 8);
    for (Offset k = 0; k < A.nnz(); ++k)
        if (A.values()[static_cast<std::size_t>(k)] == 4) {
            A.values()[static_cast<std::size_t>(k)] = -4;  // row 0
            break;
        }
    try {
        const Cholesky<double> L(A);
        FAIL();
    } catch (const NotPositiveDefinite& error) {
        ASSERT_TRUE(error.pivot());
        EXPECT_GE(*error.pivot(), 0);
        EXPECT_LT(*error.pivot(), 64);
    }
    EXPECT_THROW(Cholesky<double>(from_dense(Eigen::MatrixXd({{1, 2}, {2, 1}}))), NotPositiveDefinite);
    EXPECT_THROW(Cholesky<double>(from_dense(Eigen::MatrixXd({{1e-20, 1}, {1, 1}}))), NotPositiveDefinite);
    EXPECT_THROW(Cholesky<double>(path_laplacian(3)), NotPositiveDefinite);
}

// Large enough for the supernodal code, which finds out elsewhere.
TEST(Cholesky, ThrowsInTheSupernodalCodeToo) {
    Csr<double> A = poisson3d(16, 16, 16);
    A.values()[static_cast<std::size_t>(A.nnz() - 1)] = -6;
    EXPECT_THROW(Cholesky<double>{A}, NotPositiveDefinite);
}

// CHOLMOD reads one triangle and succeeds with 24 % residual.
TEST(Cholesky, RefusesAMatrixThatIsNotHermitian) {
    EXPECT_THROW(Cholesky<double>(tridiagonal_toeplitz(10, 0, 4, 1)), InvalidArgument);
    EXPECT_THROW(Cholesky<double>(to_csr(Coo<double>(2, 3))), InvalidArgument);
}

TEST(Factorizations, StopBeforeTheyPassTheMemoryLimit) {
    const Csr<double> A = poisson2d(50, 50);
    EXPECT_THROW(Cholesky<double>(A, {1000}), LimitExceeded);
    EXPECT_GT(Cholesky<double>(A).statistics().factor_nonzeros, A.rows());
}

TEST(Factorizations, RefuseWrongLengths) {
    const Csr<double> A = poisson1d(4);
    std::vector<double> three(3), four(4);
    EXPECT_THROW(Cholesky<double>(A).apply(three, four), InvalidArgument);
}

TEST(Factorizations, MayBeAppliedFromSeveralThreads) {
    const Csr<double> A = poisson2d(20, 20);
    const Cholesky<double> L(A);
    const Buffer<double> b = random_vector<double>(400, 2);
    Buffer<double> expected(400);
    L.apply(b, expected);
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            Buffer<double> x(400);
            for (int repeat = 0; repeat < 10; ++repeat) {
                L.apply(b, x);
                wrong += x != expected;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
