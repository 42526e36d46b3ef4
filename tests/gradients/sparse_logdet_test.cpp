// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_logdet.hpp"

#include "ritz/formats/gallery.hpp"
#include "ritz/gradients/determinant.hpp"
#include "sparse.hpp"

namespace ritz {
namespace {

using namespace testing_gradients;

template <class T>
class SparseLogdetGradient : public testing::Test {};
TYPED_TEST_SUITE(SparseLogdetGradient, Scalars);
template <class T>
class SparseLogdetDifference : public testing::Test {};
TYPED_TEST_SUITE(SparseLogdetDifference, DoubleScalars);

TYPED_TEST(SparseLogdetGradient, IsTheDenseOneOnThePattern) {
    using T = TypeParam;
    const double epsilon = double(std::numeric_limits<Real<T>>::epsilon());
    for (const Index n : {1, 2, 30}) {
        const Csr<T> A = random_sparse_hermitian<T>(n, 1, 5);
        const auto f = gradients::logdet(A);
        const auto dense = gradients::slogdet(to_dense(A));
        EXPECT_NEAR(double(f.logdet), double(dense.logabsdet), 100 * epsilon * (1 + std::abs(double(f.logdet))));
        const Csr<T> A_bar = vjp(f, Real<T>(-3));
        const Eigen::MatrixX<T> expected = vjp(dense, {.logabsdet = Real<T>(-3)});
        expect_same_pattern(A_bar, A);
        for (Index i = 0; i < n; ++i)
            for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p)
                EXPECT_LE(std::abs(A_bar.values()[p] - expected(i, A.indices()[p])), 200 * epsilon);
        const Csr<T> A_dot = random_on(A, 2);  // not Hermitian: only its Hermitian part counts
        EXPECT_NEAR(double(vjp(f, Real<T>(1)).values().empty() ? 0 : dot(vjp(f, Real<T>(1)), A_dot)),
                    double(jvp(f, A_dot)), 1e3 * epsilon * frobenius(A_dot));
    }
    const auto empty = gradients::logdet(Csr<T>());
    EXPECT_EQ(empty.logdet, Real<T>(0));
    EXPECT_EQ(vjp(empty, Real<T>(1)).rows(), 0);
}

TYPED_TEST(SparseLogdetDifference, IsTheLimitOfDifferences) {
    using T = TypeParam;
    const Csr<T> A = random_sparse_hermitian<T>(50, 3, 5);
    const Csr<T> E = random_on(A, 4), Eh = adjoint(CsrView<T>(E));
    const Csr<T> A_dot = add(T(0.5), CsrView<T>(E), T(0.5), CsrView<T>(Eh));
    const auto expected = difference_along([&](double t) {
        return Eigen::VectorXd::Constant(1, double(gradients::logdet(moved(A, A_dot, t)).logdet)).eval();
    });
    EXPECT_NEAR(jvp(gradients::logdet(A), A_dot), expected(0), 1e-7 * std::abs(expected(0)));
}

TEST(SparseLogdet, HasTheKnownDeterminantAndInverseOfPoisson) {
    const Index n = 1000;  // det = n + 1, (A⁻¹)ᵢⱼ = min (n + 1 − max) / (n + 1)
    const Csr<double> A = poisson1d(n);
    const auto f = gradients::logdet(A);
    EXPECT_NEAR(f.logdet, std::log(n + 1.0), 1e-10);
    for (const Index i : {0, 1, 500, 998}) {
        const double low = i + 1, high = i + 2;
        EXPECT_NEAR(f.inverse.at(i, i + 1), low * (n + 1 - high) / (n + 1), 1e-9 * n);
        EXPECT_EQ(f.inverse.at(i, i + 1), f.inverse.at(i + 1, i));
    }
}

TEST(SparseLogdet, EntriesOfAnyScaleDoNotOverflow) {
    const Csr<double> A = poisson2d(6, 5);
    const auto f = gradients::logdet(A);
    for (const int exponent : {-900, 900}) {
        Csr<double> B(A);
        for (double& value : B.values()) value = std::ldexp(value, exponent);
        const auto g = gradients::logdet(B);
        EXPECT_NEAR(g.logdet, f.logdet + 30 * exponent * std::log(2.0), 1e-10 * std::abs(g.logdet));
        for (std::size_t p = 0; p < B.values().size(); ++p)
            EXPECT_NEAR(std::ldexp(g.inverse.values()[p], exponent), f.inverse.values()[p], 1e-14);
    }
}

TEST(SparseLogdet, RefusesWhatHasNoLogarithm) {
    Csr<double> A = poisson1d(6);
    const auto f = gradients::logdet(A);
    EXPECT_THROW(jvp(f, poisson1d(5)), InvalidArgument);
    Coo<double> outside(6, 6);
    outside.add(0, 5, 1.0);
    EXPECT_THROW(jvp(f, to_csr(outside)), InvalidArgument);
    EXPECT_THROW(vjp(f, std::numeric_limits<double>::quiet_NaN()), InvalidArgument);
    EXPECT_THROW(gradients::logdet(helmholtz2d(10, 10, 20)), NotPositiveDefinite);
    EXPECT_THROW(gradients::logdet(grcar(6)), InvalidArgument);  // not symmetric
    Coo<double> nearly_singular(2, 2);
    nearly_singular.add(0, 0, 1);
    nearly_singular.add(0, 1, 1);
    nearly_singular.add(1, 0, 1);
    nearly_singular.add(1, 1, 1 + 4.5e-16);
    EXPECT_THROW(gradients::logdet(to_csr(nearly_singular)), IllConditioned);
    A.values()[2] = std::numeric_limits<double>::infinity();
    EXPECT_THROW(gradients::logdet(A), InvalidArgument);
}

}  // namespace
}  // namespace ritz
