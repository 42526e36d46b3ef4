// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_solve.hpp"

#include "ritz/formats/gallery.hpp"
#include "ritz/gradients/solve.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/klu.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"
#include "sparse.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
class SparseSolveGradient : public testing::Test {};
TYPED_TEST_SUITE(SparseSolveGradient, Scalars);
template <class T>
class SparseSolveDifference : public testing::Test {};
TYPED_TEST_SUITE(SparseSolveDifference, DoubleScalars);

/// X and Y agree to c ε κ with κ of the random matrices here below 100.
template <class X, class Y>
void expect_close(const X& x, const Y& y) {
    using R = typename X::RealScalar;
    EXPECT_LE(double((x - y).norm()), 1e3 * double(std::numeric_limits<R>::epsilon()) * (1e-300 + double(y.norm())));
}

TYPED_TEST(SparseSolveGradient, IsTheDenseOneOnThePattern) {
    using T = TypeParam;
    for (const Index n : {1, 2, 23})
        for (const Eigen::Index k : {1, 4}) {
            const Csr<T> A = random_sparse<T>(n, 1);
            const Eigen::MatrixX<T> b = random_matrix<T>(n, k, 2), x_bar = random_matrix<T>(n, k, 3);
            const auto sparse = gradients::solve(A, b);
            const auto dense = gradients::solve(to_dense(A), b);
            expect_close(sparse.x, dense.x);
            const auto [A_bar, b_bar] = vjp(sparse, x_bar);
            const auto expected = vjp(dense, x_bar);
            expect_close(b_bar, expected.b_bar);
            expect_same_pattern(A_bar, A);
            Csr<T> on_pattern(A);
            for (Index i = 0; i < n; ++i)
                for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p)
                    on_pattern.values()[p] = expected.A_bar(i, A.indices()[p]);
            expect_close(to_dense(A_bar), to_dense(on_pattern));
            const Csr<T> A_dot = random_on(A, 4);
            expect_close(jvp(sparse, A_dot, x_bar), jvp(dense, to_dense(A_dot), x_bar));
        }
}

TYPED_TEST(SparseSolveGradient, ReverseIsTheAdjointOfForward) {
    using T = TypeParam;
    for (const Index n : {0, 1, 2, 60})
        for (const Eigen::Index k : {0, 1, 3}) {
            const Csr<T> A = n == 0 ? Csr<T>() : random_sparse<T>(n, 5);
            const Eigen::MatrixX<T> b = random_matrix<T>(n, k, 6), x_bar = random_matrix<T>(n, k, 7),
                                    b_dot = random_matrix<T>(n, k, 8);
            const Csr<T> A_dot = random_on(A, 9);
            const auto f = gradients::solve(A, b);
            const auto [A_bar, b_bar] = vjp(f, x_bar);
            const Eigen::MatrixX<T> x_dot = jvp(f, A_dot, b_dot);
            expect_same<T>(dot(x_bar, x_dot), dot(A_bar, A_dot) + dot(b_bar, b_dot),
                           double(x_bar.norm() * x_dot.norm()));
        }
}

TYPED_TEST(SparseSolveDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    const Csr<T> A = random_sparse<T>(30, 11), A_dot = random_on(A, 12);
    const Eigen::VectorX<T> b = random_matrix<T>(30, 1, 13), b_dot = random_matrix<T>(30, 1, 14);
    const auto f = gradients::solve(A, b);
    const Eigen::VectorX<T> expected = difference_along(
        [&](double t) { return gradients::solve(moved(A, A_dot, t), (b + number<T>(t) * b_dot).eval()).x; });
    expect_derivative(jvp(f, A_dot, b_dot), expected);
    expect_derivative(jvp(f, Csr<T>(), b_dot), gradients::solve(A, b_dot).x);
}

TYPED_TEST(SparseSolveDifference, EveryFactorisationGivesTheSame) {
    using T = TypeParam;
    const Csr<T> A = random_sparse_hermitian<T>(40, 15, 5);
    const Eigen::MatrixX<T> b = random_matrix<T>(40, 2, 16), x_bar = random_matrix<T>(40, 2, 17);
    const auto expected = vjp(gradients::solve(to_dense(A), b), x_bar).b_bar;
    const Csc<T> columns = to_csc(CsrView<T>(A));
    const Cholesky<T> cholesky(A);
    const Ldlt<T> ldlt(A);
    const Lu<T> lu(columns);
    const auto check = [&](const auto& f) {
        const auto [A_bar, b_bar] = vjp(f, x_bar);
        expect_close(b_bar, expected);
        EXPECT_LE(f.backward_error, 4 * 2.3e-16);
        EXPECT_GT(f.rcond, 1e-4);
    };
    check(gradients::solve(A, cholesky, b));
    check(gradients::solve(A, ldlt, b));
    check(gradients::solve(A, lu, b));
    check(gradients::solve(A, Klu<T>(columns), b));  // taken over
    for (const Method method : {Method::automatic, Method::cholesky, Method::ldlt, Method::lu, Method::klu})
        check(gradients::solve(A, b, {.method = method}));
    EXPECT_EQ(gradients::solve(A, b).method, "cholesky");
}

TYPED_TEST(SparseSolveDifference, IterativeMethodsAgreeWithDirectOnes) {
    using T = TypeParam;
    const Eigen::MatrixX<T> b = random_matrix<T>(60, 2, 18), x_bar = random_matrix<T>(60, 2, 19);
    const Csr<T> general = random_sparse<T>(60, 20), definite = random_sparse_hermitian<T>(60, 21, 5);
    const auto check = [&](const Csr<T>& A, Method method, PreconditionerKind preconditioner) {
        const auto direct = vjp(gradients::solve(A, b), x_bar);
        const auto f = gradients::solve(A, b, {.method = method, .preconditioner = preconditioner});
        const auto iterative = vjp(f, x_bar);
        EXPECT_TRUE(f.iterative);
        EXPECT_LE((iterative.b_bar - direct.b_bar).norm(), 1e-10 * direct.b_bar.norm());
        EXPECT_LE((to_dense(iterative.A_bar) - to_dense(direct.A_bar)).norm(), 1e-10 * frobenius(direct.A_bar));
        const Csr<T> A_dot = random_on(A, 22);
        const Eigen::MatrixX<T> x_dot = jvp(f, A_dot, b);
        EXPECT_NEAR(dot(x_bar, x_dot), dot(iterative.A_bar, A_dot) + dot(iterative.b_bar, b),
                    1e-11 * (1 + x_bar.norm() * x_dot.norm()));
    };
    check(definite, Method::cg, PreconditionerKind::ic0);
    check(definite, Method::minres, PreconditionerKind::none);
    check(general, Method::gmres, PreconditionerKind::ilu0);
    check(general, Method::bicgstab, PreconditionerKind::automatic);
}

TEST(SparseSolveErrors, MirrorEntriesOfASymmetricMatrixAddUp) {
    const Csr<double> A = poisson2d(5, 4);
    const Eigen::VectorXd b = random_matrix<double>(20, 1, 23), x_bar = random_matrix<double>(20, 1, 24);
    const auto [A_bar, b_bar] = vjp(gradients::solve(A, b), x_bar);
    Coo<double> E(20, 20);  // one parameter moves (2, 3) and (3, 2)
    E.add(2, 3, 1.0);
    E.add(3, 2, 1.0);
    const Csr<double> direction = to_csr(E);
    const Eigen::VectorXd expected = difference_along([&](double t) {
        return Eigen::VectorXd::Constant(
                   1, x_bar.dot(gradients::solve(add(1.0, CsrView<double>(A), t, CsrView<double>(direction)), b).x))
            .eval();
    });
    EXPECT_NEAR(A_bar.at(2, 3) + A_bar.at(3, 2), expected(0), 1e-8);
    EXPECT_GT(std::abs(A_bar.at(2, 3) - A_bar.at(3, 2)), 1e-6);
}

TEST(SparseSolveErrors, SingularAndWrongSystemsAreRefused) {
    const Eigen::VectorXd b = Eigen::VectorXd::Ones(6);
    EXPECT_THROW(gradients::solve(path_laplacian(6), b), Error);  // singular: SingularMatrix or IllConditioned
    try {
        const auto f = gradients::solve(path_laplacian(6), b);
        FAIL() << f.method;
    } catch (const IllConditioned& e) {
        EXPECT_LT(e.rcond(), 1e-15);
    } catch (const SingularMatrix&) {
    }
    // the factors of another matrix
    const Cholesky<double> other(poisson1d(6));
    Csr<double> A = poisson1d(6);
    for (double& value : A.values()) value *= 5;
    EXPECT_THROW(gradients::solve(A, other, b), NoConvergence);
    EXPECT_THROW(gradients::solve(poisson1d(7), other, Eigen::VectorXd::Ones(7).eval()), InvalidArgument);
    // shapes and what is not finite
    EXPECT_THROW(gradients::solve(poisson1d(5), b), InvalidArgument);
    A.values()[3] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW(gradients::solve(A, b), InvalidArgument);
    const auto f = gradients::solve(poisson1d(6), b);
    EXPECT_THROW(vjp(f, Eigen::VectorXd::Ones(5)), InvalidArgument);
    EXPECT_THROW(jvp(f, poisson1d(5), b), InvalidArgument);
    EXPECT_THROW(gradients::solve(poisson1d(6), b, {.method = Method::qr}), InvalidArgument);
    // an iteration that is not given the time
    EXPECT_THROW(
        gradients::solve(poisson2d(40, 40), Eigen::VectorXd::Ones(1600).eval(),
                         {.method = Method::cg, .preconditioner = PreconditionerKind::none, .max_iterations = 5}),
        NoConvergence);
}

TEST(SparseSolveErrors, RowsAndColumnsOfAnyScaleAreSolved) {
    Csr<double> A = poisson1d(8);
    const Eigen::VectorXd b = random_matrix<double>(8, 1, 25), x_bar = random_matrix<double>(8, 1, 26);
    const auto reference = gradients::solve(A, b);
    const auto expected = vjp(reference, x_bar);
    for (const int exponent : {-900, 900}) {  // A 2^e, b 2^e: the same x, b̄ smaller by 2^e
        Csr<double> B(A);
        for (double& value : B.values()) value = std::ldexp(value, exponent);
        const auto f = gradients::solve(B, (b * std::ldexp(1.0, exponent)).eval());
        expect_close(f.x, reference.x);
        expect_close((vjp(f, x_bar).b_bar * std::ldexp(1.0, exponent)).eval(), expected.b_bar);
    }
}

}  // namespace
}  // namespace ritz
