// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/recycling.hpp"

#include <gtest/gtest.h>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/krylov.hpp"

namespace {

using namespace ritz;
using Complex = std::complex<double>;

template <Scalar T>
Eigen::VectorX<T> random_of(Index n, std::uint64_t seed) {
    const auto v = random_vector<T>(n, seed);
    return Eigen::Map<const Eigen::VectorX<T>>(v.data(), n);
}

template <Scalar T>
double relative_residual(const CsrView<T>& A, const Eigen::VectorX<T>& b, const Eigen::VectorX<T>& x) {
    Eigen::VectorX<T> Ax(A.rows());
    A.apply(x, Ax);
    return static_cast<double>((b - Ax).norm() / b.norm());
}

TEST(Recycling, MakesSystemsThatChangeSlowlyCheaper) {
    Recycling recycling(8);
    std::int64_t with = 0, without = 0;
    for (int k = 0; k < 8; ++k) {
        const Csr<double> A = convection_diffusion2d(30, 30, 0.2 + 0.002 * k);
        const auto b = random_of<double>(900, 20 + static_cast<std::uint64_t>(k));
        Eigen::VectorXd x = Eigen::VectorXd::Zero(900), y = x;
        const KrylovReport kept = gcrodr(A, b, x, KrylovOptions{.restart = 30, .recycling = &recycling});
        const KrylovReport alone = gcrodr(A, b, y, KrylovOptions{.restart = 30, .recycle = 8});
        EXPECT_EQ(kept.status, Status::converged) << kept.message;
        EXPECT_LE(relative_residual<double>(A, b, x), 1e-8 * (1 + 1e-9));
        if (k > 0) with += kept.iterations, without += alone.iterations;
    }
    EXPECT_LT(5 * with, 4 * without) << with << " and " << without;
}

TEST(Recycling, IsHarmlessWhateverItHolds) {
    Recycling recycling(6);
    EXPECT_THROW(Recycling(0), InvalidArgument);
    EXPECT_THROW(recycling.keep<double>(10, Buffer<double>(15)), InvalidArgument);
    const auto b = random_of<double>(100, 30);
    const Csr<double> A = poisson2d(10, 10);
    Buffer<double> same(600, 1.0), zero(600, 0.0);  // dependent; nothing
    for (const Buffer<double>& directions : {same, zero, random_vector<double>(600, 1)}) {
        recycling.keep<double>(100, directions);
        Eigen::VectorXd x = Eigen::VectorXd::Zero(100);
        const KrylovReport r = gcrodr(A, b, x, KrylovOptions{.recycling = &recycling});
        EXPECT_EQ(r.status, Status::converged) << r.message;
        EXPECT_LE(relative_residual<double>(A, b, x), 1e-8 * (1 + 1e-9));
    }
    EXPECT_FALSE(recycling.directions<double>(100).empty());
    EXPECT_TRUE(recycling.directions<double>(50).empty()) << "of another length";
    EXPECT_TRUE(recycling.directions<float>(100).empty()) << "of another type";
    Eigen::VectorXcd x = Eigen::VectorXcd::Zero(100);
    const Eigen::VectorXcd c = random_of<Complex>(100, 31);
    Coo<Complex> entries(100, 100);
    for (Index i = 0; i < 100; ++i) entries.add(i, i, Complex(1 + i, i));
    EXPECT_EQ(gcrodr(to_csr(entries), c, x, KrylovOptions{.recycling = &recycling}).status, Status::converged);
    recycling.clear();
    EXPECT_TRUE(recycling.directions<Complex>(100).empty());
}

}  // namespace
