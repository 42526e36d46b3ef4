// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/interpolative.hpp"

#include "linalg/spectral_matrices.hpp"

namespace ritz::linalg {
namespace {

template <class T>
class Interpolative : public ::testing::Test {};
TYPED_TEST_SUITE(Interpolative, Scalars);

template <Scalar T>
Eigen::MatrixX<T> decaying(Eigen::Index m, Eigen::Index n, double rate) {
    const Eigen::Index k = std::min(m, n);
    const Eigen::MatrixX<T> L = svd(random_dense<T>(m, k), {.full_matrices = false}).U;
    const Eigen::MatrixX<T> R = svd(random_dense<T>(k, n, 2), {.full_matrices = false}).Vh;
    Eigen::VectorX<T> s(k);
    for (Eigen::Index i = 0; i < k; ++i) s[i] = T(static_cast<Real<T>>(std::pow(rate, static_cast<double>(i))));
    return L * s.asDiagonal() * R;
}

template <Scalar T>
double error(const Eigen::MatrixX<T>& A, const InterpDecomp<T>& id) {
    const auto B = reconstruct_skel_matrix(A, id.rank, id.idx);
    return static_cast<double>(svdvals(A - reconstruct_matrix_from_id(B, id.idx, id.proj))[0] / svdvals(A)[0]);
}

TYPED_TEST(Interpolative, ReachesThePrecisionItWasAskedFor) {
    using T = TypeParam;
    for (const auto& [m, n] : {std::pair{40, 30}, {30, 40}, {5, 60}})
        for (const bool randomized : {false, true}) {
            const Eigen::MatrixX<T> A = decaying<T>(m, n, 0.5);
            for (const double eps : {0.1, 1e-3}) {
                const auto id = interp_decomp(A, {.eps = eps, .randomized = randomized});
                EXPECT_LE(error<T>(A, id), 1.2 * eps);
                EXPECT_LE(id.relative_error, eps);
                EXPECT_GE(id.relative_error, 0.5 * error<T>(A, id));
                EXPECT_LE(id.rank, 16);
            }
        }
}

TYPED_TEST(Interpolative, AGivenRankIsNearlyAsGoodAsTheBest) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = decaying<T>(50, 40, 0.5);
    for (const bool randomized : {false, true})
        for (const Eigen::Index k : {1, 4, 8}) {
            const auto id = interp_decomp(A, {.rank = k, .randomized = randomized});
            ASSERT_EQ(id.rank, k);
            const double best = std::pow(0.5, static_cast<double>(k));
            EXPECT_LE(error<T>(A, id), best * std::sqrt(1.0 + double(k) * double(40 - k)));
            EXPECT_NEAR(id.relative_error, error<T>(A, id), 0.3 * error<T>(A, id));
            const auto usv = id_to_svd(reconstruct_skel_matrix(A, k, id.idx), id.idx, id.proj);
            expect_orthonormal_columns(usv.U);
            EXPECT_LE((usv.U * usv.s.template cast<T>().asDiagonal() * usv.Vh -
                       reconstruct_matrix_from_id(reconstruct_skel_matrix(A, k, id.idx), id.idx, id.proj))
                          .norm(),
                      tolerance<T>(50));
        }
}

TYPED_TEST(Interpolative, ExactRanksAreFoundAndTooLargeOnesLowered) {
    using T = TypeParam;
    for (const Eigen::Index r : {0, 1, 5}) {
        const Eigen::MatrixX<T> A = random_dense<T>(30, r) * random_dense<T>(r, 45, 2);
        EXPECT_EQ(estimate_rank(A, 1e-4), r);
        for (const bool randomized : {false, true}) {
            const auto id = interp_decomp(A, {.rank = 12, .randomized = randomized});
            EXPECT_EQ(id.rank, r);
            if (r > 0) {
                EXPECT_LE(error<T>(A, id), tolerance<T>(45));
            }
        }
    }
    EXPECT_EQ(estimate_rank(random_dense<T>(60, 70), 1e-4), 60);
}

TYPED_TEST(Interpolative, SpectralNormsAreEstimatedFromBelow) {
    using T = TypeParam;
    const Eigen::MatrixX<T> A = random_dense<T>(30, 20), B = random_dense<T>(30, 20, 7);
    const Real<T> norm = svdvals(A)[0];
    EXPECT_LE(estimate_spectral_norm(A), norm * (1 + tolerance<T>(30)));
    EXPECT_GE(estimate_spectral_norm(A), Real<T>(0.9) * norm);
    EXPECT_GE(estimate_spectral_norm_diff(A, B), Real<T>(0.9) * svdvals(A - B)[0]);
    EXPECT_EQ(estimate_spectral_norm(Eigen::MatrixX<T>(0, 3)), 0);
}

TEST(InterpolativeOfDoubles, ExtremeScalesAndWrongArguments) {
    const Eigen::MatrixXd A = decaying<double>(20, 15, 0.3);
    for (const double scale : {1e300, 1e-300}) {
        EXPECT_EQ(interp_decomp(scale * A, {.eps = 1e-3}).idx, interp_decomp(A, {.eps = 1e-3}).idx);
        EXPECT_NEAR(estimate_spectral_norm(scale * A) / scale, 1, 1e-2);
    }
    EXPECT_THROW((void)interp_decomp(A, {}), InvalidArgument);
    EXPECT_THROW((void)interp_decomp(A, {.rank = 3, .eps = 0.1}), InvalidArgument);
    EXPECT_THROW((void)interp_decomp(A, {.rank = 16}), InvalidArgument);
    EXPECT_THROW((void)interp_decomp(A, {.eps = 1.0}), InvalidArgument);
    EXPECT_THROW((void)reconstruct_interp_matrix(Eigen::VectorX<Eigen::Index>::Zero(3).eval(), A.topLeftCorner(1, 2)),
                 InvalidArgument);
    EXPECT_THROW((void)reconstruct_skel_matrix(A, 2, Eigen::VectorX<Eigen::Index>::Constant(3, 15).eval()),
                 InvalidArgument);
    const auto empty = interp_decomp(Eigen::MatrixXd(0, 4), {.eps = 0.1});
    EXPECT_EQ(empty.rank, 0);
    EXPECT_EQ(empty.proj.cols(), 4);
}

}  // namespace
}  // namespace ritz::linalg
