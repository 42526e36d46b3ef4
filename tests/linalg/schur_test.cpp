// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/schur.hpp"

#include "linalg/spectral_matrices.hpp"

namespace ritz::linalg {
namespace {

template <class T>
class Schur : public ::testing::Test {};
TYPED_TEST_SUITE(Schur, Scalars);

template <class M>
void expect_quasi_triangular(const M& T, bool triangular) {
    for (Eigen::Index j = 0; j < T.cols(); ++j)
        for (Eigen::Index i = j + 1; i < T.rows(); ++i)
            if (triangular || i > j + 1 || (j > 0 && T(j, j - 1) != typename M::Scalar(0))) {
                EXPECT_EQ(T(i, j), typename M::Scalar(0)) << i << ' ' << j;
            }
}

TYPED_TEST(Schur, FormsReproduceTheMatrix) {
    using T_ = TypeParam;
    using C = std::complex<Real<T_>>;
    for (const Eigen::Index n : {0, 1, 2, 3, 8, 21}) {
        const Eigen::MatrixX<T_> A = random_dense<T_>(n, n);
        const auto [T, Z, selected] = schur(A);
        expect_orthonormal_columns(Z);
        EXPECT_LE((Z * T * Z.adjoint() - A).norm(), tolerance<T_>(n) * A.norm());
        expect_quasi_triangular(T, is_complex<T_>);
        for (const auto& complex : {schur_complex(A), rsf2csf(T, Z)}) {
            expect_orthonormal_columns(complex.Z);
            EXPECT_LE((complex.Z * complex.T * complex.Z.adjoint() - A.template cast<C>()).norm(),
                      tolerance<T_>(n) * A.norm());
            EXPECT_LE(complex.T.template triangularView<Eigen::StrictlyLower>().toDenseMatrix().norm(),
                      tolerance<T_>(n) * A.norm());
        }
        const auto [H, Q] = hessenberg(A);
        expect_orthonormal_columns(Q);
        EXPECT_LE((Q * H * Q.adjoint() - A).norm(), tolerance<T_>(n) * A.norm());
        for (Eigen::Index j = 0; j + 2 < n; ++j) EXPECT_EQ(H.col(j).tail(n - j - 2).norm(), 0);
    }
}

TYPED_TEST(Schur, TheChosenEigenvaluesComeFirst) {
    using T_ = TypeParam;
    const Eigen::MatrixX<T_> A = random_dense<T_>(12, 12);
    const auto first_part = [](SchurSort sort, std::complex<double> w) {
        if (sort == SchurSort::lhp) return w.real() < 0;
        if (sort == SchurSort::rhp) return w.real() >= 0;
        if (sort == SchurSort::iuc) return std::abs(w) <= 1;
        return std::abs(w) > 1;
    };
    for (const SchurSort sort : {SchurSort::lhp, SchurSort::rhp, SchurSort::iuc, SchurSort::ouc}) {
        const auto form = schur_complex(A, {.sort = sort});
        EXPECT_GT(form.selected, 0);
        EXPECT_LT(form.selected, 12);
        for (Eigen::Index k = 0; k < 12; ++k)
            EXPECT_EQ(first_part(sort, std::complex<double>(form.T(k, k))), k < form.selected) << k;
        EXPECT_EQ(schur(A, {.sort = sort}).selected, form.selected);
        const auto by_function = schur(A, {.select = [&](std::complex<double> w) { return first_part(sort, w); }});
        EXPECT_EQ(by_function.selected, form.selected);
        EXPECT_LE((by_function.Z * by_function.T * by_function.Z.adjoint() - A).norm(), tolerance<T_>(12) * A.norm());
    }
}

TYPED_TEST(Schur, PencilsAreReproducedAndOrdered) {
    using T = TypeParam;
    for (const Eigen::Index n : {0, 1, 2, 9}) {
        const Eigen::MatrixX<T> A = random_dense<T>(n, n), B = random_dense<T>(n, n, 2);
        for (const auto& form : {qz(A, B), ordqz(A, B), ordqz(A, B, {.sort = SchurSort::ouc})}) {
            expect_orthonormal_columns(form.Q);
            expect_orthonormal_columns(form.Z);
            EXPECT_LE((form.Q * form.AA * form.Z.adjoint() - A).norm(), tolerance<T>(n) * A.norm());
            EXPECT_LE((form.Q * form.BB * form.Z.adjoint() - B).norm(), tolerance<T>(n) * B.norm());
            expect_quasi_triangular(form.AA, is_complex<T>);
            expect_quasi_triangular(form.BB, true);
        }
        const auto left = ordqz(A, B);
        for (Eigen::Index k = 0; k < n; ++k) EXPECT_EQ((left.alpha[k] / left.beta[k]).real() < 0, k < left.selected);
        const auto by_function = ordqz(A, B, {.select = [](auto a, auto b) { return std::abs(a) > std::abs(b); }});
        EXPECT_EQ(by_function.selected, ordqz(A, B, {.sort = SchurSort::ouc}).selected);
    }
}

TYPED_TEST(Schur, BalancingIsAnExactSimilarity) {
    using T_ = TypeParam;
    Eigen::MatrixX<T_> A = random_dense<T_>(6, 6);
    A.row(1) *= T_(1024);
    A.col(4) *= T_(Real<T_>(1) / 4096);
    A.col(2).setZero();
    A(2, 2) = T_(3);
    for (const auto options : {BalanceOptions{}, BalanceOptions{.permute = false}, BalanceOptions{.scale = false}}) {
        const auto [B, T, scale, permutation] = matrix_balance(A, options);
        EXPECT_EQ(T * B, A * T);
        EXPECT_EQ((T.array() != T_(0)).count(), 6);
        EXPECT_EQ(B.norm() < Real<T_>(0.5) * A.norm(), options.scale);
    }
    EXPECT_EQ(matrix_balance(Eigen::MatrixX<T_>(0, 0)).B.size(), 0);
}

TEST(SchurOfDoubles, ExtremeScalesAreKept) {
    const Eigen::MatrixXd A = random_dense<double>(8, 8);
    for (const double scale : {1e300, 1e-300}) {
        const auto [T, Z, selected] = schur(scale * A);
        EXPECT_LE((Z * (T / scale) * Z.transpose() - A).norm(), 1e-13 * A.norm());
        EXPECT_LE((hessenberg(scale * A).H / scale - hessenberg(A).H).norm(), 1e-12 * A.norm());
    }
}

TEST(SchurOfDoubles, RealBlocksFromComplexPairs) {
    Eigen::MatrixXd A(3, 3);
    A << 1, 2, 3, -4, 1, 0, 0, 1, 2;
    const Eigen::MatrixXcd T = schur_complex(A).T;
    Eigen::VectorXcd w(3);
    Eigen::MatrixXcd V(3, 3);
    w << std::complex<double>(1, 2), std::complex<double>(1, -2), 5;
    V << std::complex<double>(1, 1), std::complex<double>(1, -1), 3, std::complex<double>(0, 1),
        std::complex<double>(0, -1), 1, 1, 1, 2;
    const auto [wr, vr] = cdf2rdf(w, V);
    // V w V⁻¹ is real and equals vr wr vr⁻¹: V w = M V and vr wr = M vr for one real M.
    EXPECT_LE((V.leftCols(1) * w[0] - (vr * wr).leftCols(1).cast<std::complex<double>>() -
               std::complex<double>(0, 1) * (vr * wr).middleCols(1, 1).cast<std::complex<double>>())
                  .norm(),
              1e-14);
    EXPECT_EQ(wr(2, 2), 5);
    w[1] = 1;
    EXPECT_THROW((void)cdf2rdf(w, V), InvalidArgument);
}

TYPED_TEST(Schur, RefusesWhatIsNotFiniteOrSquare) {
    using T = TypeParam;
    Eigen::MatrixX<T> A = random_dense<T>(4, 4);
    EXPECT_THROW((void)schur(A.leftCols(2)), InvalidArgument);
    EXPECT_THROW((void)rsf2csf(Eigen::MatrixXd::Ones(3, 3).eval(), Eigen::MatrixXd::Identity(3, 3).eval()),
                 InvalidArgument);
    A(2, 1) = std::numeric_limits<Real<T>>::quiet_NaN();
    EXPECT_THROW((void)schur(A), InvalidArgument);
    EXPECT_THROW((void)qz(A, A), InvalidArgument);
    EXPECT_THROW((void)hessenberg(A), InvalidArgument);
    EXPECT_THROW((void)matrix_balance(A), InvalidArgument);
}

}  // namespace
}  // namespace ritz::linalg
