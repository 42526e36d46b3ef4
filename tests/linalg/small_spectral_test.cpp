// SPDX-License-Identifier: BSD-3-Clause
// The public functions fall back to LAPACK when a kernel gives up: these tests see that it does not, where it must not.
#include "linalg/small_spectral.hpp"

#include "linalg/spectral_matrices.hpp"

namespace ritz::linalg {
namespace {

TEST(SmallSpectral, TheSymmetricKernelNeedsNoHelpOnHardSpectra) {
    for (int n = 1; n <= detail::small_eigh_limit; ++n)
        for (const auto& [name, A] : hard_symmetric(n)) {
            const double scale = A.cwiseAbs().maxCoeff();
            const Eigen::MatrixXd unit = scale > 0 ? Eigen::MatrixXd(A / scale) : A;
            Eigen::VectorXd w(n);
            Eigen::MatrixXd V(n, n);
            EXPECT_TRUE(detail::small_eigh(n, unit.data(), n, w.data(), V.data())) << name;
            EXPECT_LE((unit * V - V * w.asDiagonal()).norm(), tolerance<double>(n) * unit.norm()) << name;
        }
}

TEST(SmallSpectral, TheSingularValueKernelNeedsNoHelpOnRegularMatrices) {
    for (int n = 1; n <= detail::small_svd_limit; ++n)
        for (const std::uint64_t seed : {1, 2, 3}) {
            const Eigen::MatrixXd A = random_dense<double>(n, n, seed);
            Eigen::VectorXd s(n);
            Eigen::MatrixXd U(n, n), Vh(n, n);
            EXPECT_TRUE(detail::small_svd(n, A.data(), n, s.data(), U.data(), Vh.data())) << n;
            EXPECT_LE((A - U * s.asDiagonal() * Vh).norm(), tolerance<double>(n) * A.norm()) << n;
        }
    const Eigen::MatrixXd Z = Eigen::MatrixXd::Zero(4, 4);
    Eigen::VectorXd s(4);
    Eigen::MatrixXd U(4, 4), Vh(4, 4);
    EXPECT_FALSE(detail::small_svd(4, Z.data(), 4, s.data(), U.data(), Vh.data()));
}

}  // namespace
}  // namespace ritz::linalg
