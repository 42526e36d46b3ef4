// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/certificate.hpp"

#include <gtest/gtest.h>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;

template <class T>
class CertificateTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(CertificateTyped, Scalars);

template <Scalar T>
Csr<T> random_matrix(Index m, Index n, double density, std::uint64_t seed) {
    Random random(seed);
    Coo<T> C(m, n);
    for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j)
            if (random.uniform() < density) {
                if constexpr (is_complex<T>)
                    C.add(i, j,
                          T(static_cast<Real<T>>(random.uniform(-1, 1)), static_cast<Real<T>>(random.uniform(-1, 1))));
                else
                    C.add(i, j, static_cast<T>(random.uniform(-1, 1)));
            }
    return to_csr(C);
}

TYPED_TEST(CertificateTyped, AgreesWith113BitsWhateverTheScale) {
    using T = TypeParam;
    const bool wide = std::same_as<Real<T>, double>;
    for (const auto& [m, n] : {std::pair<Index, Index>{1, 1}, {30, 30}, {20, 7}, {7, 20}}) {
        for (const int e : {0, wide ? 980 : 60, wide ? -1000 : -60}) {
            Csr<T> A = random_matrix<T>(m, n, 0.4, 3);
            for (T& v : A.values()) v *= static_cast<Real<T>>(std::ldexp(1.0, e));
            const Buffer<T> x = random_vector<T>(n, 4);
            Buffer<T> b(static_cast<std::size_t>(m));
            A.apply(x, b);  // so that r is all rounding: plain arithmetic would find no correct digit
            const Certificate c = certify(A, x, b);
            const auto expected = oracle::errors<T>(A, x, b);
            if (!(expected.eta > 0)) continue;
            EXPECT_NEAR(c.backward_error / static_cast<double>(expected.eta), 1, 1e-7);
            EXPECT_NEAR(c.componentwise_backward_error / static_cast<double>(expected.omega), 1, 1e-7);
            EXPECT_NEAR(c.relative_residual / static_cast<double>(expected.relative_residual), 1, 1e-7);
        }
    }
}

TEST(Certificate, SeesThroughCancellation) {
    // 1e16 + 1 - 1e16: the residual is exactly -1e-17 off what double arithmetic would call 0.
    const Csr<double> A = from_dense(Eigen::MatrixXd({{1e16, 1, -1e16}}));
    const std::vector<double> x{1, 1e-17, 1}, b{0};
    std::vector<double> r(1);
    residual(A, x, b, r);
    EXPECT_EQ(r[0], -1e-17);
}

TEST(Certificate, ComparesRowsOfDifferentMagnitudeComponentwise) {
    const Csr<double> A = from_dense(Eigen::MatrixXd({{1, 0}, {0, 0x1p-900}}));
    const std::vector<double> x{1, 2}, b{1, 0x1p-900};
    const Certificate c = certify(A, x, b);
    EXPECT_LT(c.backward_error, 1e-200);  // normwise the second row is nothing
    EXPECT_DOUBLE_EQ(c.componentwise_backward_error, 1.0 / 3);
}

TEST(Certificate, IsZeroForAnExactAnswerAndForNothing) {
    const Csr<double> A = poisson1d(4);
    const std::vector<double> x{1, 1, 1, 1}, b{1, 0, 0, 1}, zero(4, 0.0);
    EXPECT_EQ(certify(A, x, b).backward_error, 0);
    EXPECT_EQ(certify(A, zero, zero).relative_residual, 0);
    EXPECT_EQ(certify(Csr<double>(), std::vector<double>{}, std::vector<double>{}).backward_error, 0);
    EXPECT_EQ(certify(A, zero, b).relative_residual, 1);
}

TEST(Certificate, ClaimsNothingAboutAnXThatIsNotFinite) {
    const Csr<double> A = poisson1d(2);
    const std::vector<double> x{1, std::nan("")}, b{1, 1};
    EXPECT_TRUE(std::isnan(certify(A, x, b).backward_error));
    EXPECT_TRUE(std::isnan(certify(A, x, b).componentwise_backward_error));
    EXPECT_TRUE(std::isnan(certify(A, x, b).residual_norm));
}

TEST(Certificate, RefusesWrongLengths) {
    const Csr<double> A = poisson1d(3);
    const std::vector<double> two(2), three(3);
    EXPECT_THROW((void)certify(A, two, three), InvalidArgument);
    EXPECT_THROW((void)certify(A, three, two), InvalidArgument);
}

}  // namespace
