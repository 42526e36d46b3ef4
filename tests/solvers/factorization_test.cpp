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
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"

namespace {

using namespace ritz;

static_assert(LinearOperator<Cholesky<double>, double> && LinearOperator<Lu<std::complex<float>>, std::complex<float>>);
static_assert(std::is_nothrow_move_constructible_v<Qr<double>> && !std::is_copy_constructible_v<Lu<double>>);

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

template <Scalar T>
Csr<T> general(Index n) {
    Csr<T> A = hermitian<T>(n);
    Random random(9);
    for (T& v : A.values())
        if (v != T(5)) v *= static_cast<Real<T>>(random.uniform(0.3, 1));
    return A;
}

/// ‖b − op(x)‖ / ‖b‖ for an application op.
template <Scalar T, class Apply>
double mismatch(Apply&& apply, const Buffer<T>& x, const Buffer<T>& b) {
    Buffer<T> r(b.size());
    apply(VectorView<T>(x), VectorRef<T>(r));
    axpy(T(-1), b, r);
    return static_cast<double>(norm2(r) / norm2(b));
}

TYPED_TEST(FactorizationTyped, InvertsTheMatrixAndItsAdjoint) {
    using T = TypeParam;
    const double tolerance = 20 * std::numeric_limits<Real<T>>::epsilon();
    const Index n = 60;
    const Csr<T> H = hermitian<T>(n), G = general<T>(n);
    const Buffer<T> b = random_vector<T>(n, 1);
    Buffer<T> x(b.size());
    const Cholesky<T> cholesky(H);
    cholesky.apply(b, x);
    EXPECT_LE(mismatch<T>([&](auto in, auto out) { H.apply(in, out); }, x, b), tolerance);
    const Lu<T> lu(to_csc(G));
    lu.apply(b, x);
    EXPECT_LE(mismatch<T>([&](auto in, auto out) { G.apply(in, out); }, x, b), tolerance);
    lu.apply_adjoint(b, x);
    EXPECT_LE(mismatch<T>([&](auto in, auto out) { G.apply_adjoint(in, out); }, x, b), tolerance);
    const Qr<T> qr(to_csc(G));
    EXPECT_EQ(qr.rank(), n);
    qr.least_squares(b, x);
    EXPECT_LE(mismatch<T>([&](auto in, auto out) { G.apply(in, out); }, x, b), tolerance);
    qr.adjoint_minimum_norm(b, x);
    EXPECT_LE(mismatch<T>([&](auto in, auto out) { G.apply_adjoint(in, out); }, x, b), tolerance);
}

TYPED_TEST(FactorizationTyped, AcceptsTheEmptyMatrix) {
    using T = TypeParam;
    Buffer<T> none;
    Cholesky<T>(Csr<T>()).apply(none, none);
    Lu<T>(Csc<T>()).apply(none, none);
    Qr<T>(Csc<T>()).least_squares(none, none);
}

TYPED_TEST(FactorizationTyped, ProjectsOntoTheRangeOfADeficientMatrix) {
    using T = TypeParam;
    Coo<T> C(5, 3);
    for (Index i = 0; i < 5; ++i)
        C.add(i, 0, T(1)), C.add(i, 1, T(static_cast<Real<T>>(i))), C.add(i, 2, T(static_cast<Real<T>>(i + 1)));
    const Qr<T> qr(to_csc(C));
    EXPECT_EQ(qr.rank(), 2);
    Buffer<T> inside{T(1), T(3), T(5), T(7), T(9)}, outside{T(1), T(-2), T(1), T(0), T(0)}, v = inside;
    axpy(T(1), outside, v);
    Buffer<T> twice = v;
    qr.project_onto_range(twice);
    Buffer<T> r = v;
    axpy(T(-1), twice, r);
    for (Index j = 0; j < 3; ++j) {  // v − P v is orthogonal to the columns
        Buffer<T> gradient(3);
        to_csr(C).apply_adjoint(r, gradient);
        EXPECT_LE(std::abs(gradient[static_cast<std::size_t>(j)]), 1e-5);
    }
    Buffer<T> again = twice;
    qr.project_onto_range(again);
    axpy(T(-1), twice, again);
    EXPECT_LE(norm2(again), 1e-5);
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

// UMFPACK: status +1 and infinities; -5 for null arrays.
TEST(Lu, ThrowsForASingularMatrix) {
    EXPECT_THROW(Lu<double>(to_csc(path_laplacian(10))), SingularMatrix);
    EXPECT_THROW(Lu<double>(to_csc(Coo<double>(5, 5))), SingularMatrix);
    Coo<double> C(3, 3);
    C.add(0, 0, 1), C.add(1, 1, 1), C.add(0, 2, 1);
    EXPECT_THROW(Lu<double>(to_csc(C)), SingularMatrix);
    EXPECT_THROW(Lu<double>(to_csc(Coo<double>(2, 3))), InvalidArgument);
}

TEST(Factorizations, StopBeforeTheyPassTheMemoryLimit) {
    const Csr<double> A = poisson2d(50, 50);
    EXPECT_THROW(Cholesky<double>(A, {1000}), LimitExceeded);
    EXPECT_THROW(Lu<double>(to_csc(A), {1000}), LimitExceeded);
    EXPECT_THROW(Qr<double>(to_csc(A), {.max_memory_bytes = 1000}), LimitExceeded);
    EXPECT_GT(Cholesky<double>(A).statistics().factor_nonzeros, A.rows());
}

TEST(Factorizations, RefuseWrongLengths) {
    const Csr<double> A = poisson1d(4);
    std::vector<double> three(3), four(4);
    EXPECT_THROW(Cholesky<double>(A).apply(three, four), InvalidArgument);
    EXPECT_THROW(Lu<double>(to_csc(A)).apply(four, three), InvalidArgument);
    EXPECT_THROW(Qr<double>(to_csc(A)).least_squares(three, four), InvalidArgument);
}

TEST(Factorizations, MayBeAppliedFromSeveralThreads) {
    const Csr<double> A = poisson2d(20, 20);
    const Cholesky<double> L(A);
    const Lu<double> lu(to_csc(A));
    const Buffer<double> b = random_vector<double>(400, 2);
    Buffer<double> expected(400), expected_lu(400);
    L.apply(b, expected);
    lu.apply(b, expected_lu);
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            Buffer<double> x(400);
            for (int repeat = 0; repeat < 10; ++repeat) {
                L.apply(b, x);
                wrong += x != expected;
                lu.apply(b, x);
                wrong += x != expected_lu;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
