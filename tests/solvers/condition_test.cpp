// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <cmath>

#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/lu.hpp"
#include "solvers/inverse.hpp"

namespace {

using namespace ritz;

template <Scalar W>
detail::Inverse<W> inverse_of(const Lu<W>& factors) {
    return {[&](VectorView<W> b, VectorRef<W> x) { factors.apply(b, x); },
            [&](VectorView<W> b, VectorRef<W> x) { factors.apply_adjoint(b, x); }};
}

TEST(ConditionEstimate, IsExactForThePoissonMatrix) {
    for (const Index n : {1, 2, 9, 99}) {
        const Csr<double> A = poisson1d(n);
        const Lu<double> factors(to_csc(A));
        // ‖A⁻¹‖₁ is the largest value of the parabola i (n + 1 − i) / 2; ‖A‖₁ = 4, or less for n < 3
        const double top = std::floor((n + 1) / 2.0) * std::ceil((n + 1) / 2.0) / 2;
        const double norm = n == 1 ? 2 : n == 2 ? 3 : 4;
        EXPECT_NEAR(detail::condition_estimate<double>(A, inverse_of(factors), false), norm * top, 1e-10 * norm * top);
    }
}

TEST(ConditionEstimate, WorksForComplexMatrices) {
    using C = std::complex<double>;
    const Csr<C> A = from_dense(Eigen::MatrixXcd({{C(0, 1), C(0)}, {C(0), C(1e-6)}}));
    const Lu<C> factors(to_csc(A));
    EXPECT_NEAR(detail::condition_estimate<C>(A, inverse_of(factors), false), 1e6, 1e-6);
}

// Factors that are off by far more than rounding make a singular matrix look as if it were only ill-conditioned.
TEST(ConditionEstimate, SeesASingularMatrixBehindInaccurateFactors) {
    for (const double off : {1e-12, 1e-6}) {
        const Csr<double> A = path_laplacian(20);
        Csr<double> perturbed = A;
        for (Offset k = 0; k < A.nnz(); ++k)
            if (A.values()[static_cast<std::size_t>(k)] > 0) perturbed.values()[static_cast<std::size_t>(k)] += off;
        const Lu<double> factors(to_csc(perturbed));
        EXPECT_LT(detail::condition_estimate<double>(perturbed, inverse_of(factors), false), 100 / off);
        EXPECT_GT(detail::condition_estimate<double>(A, inverse_of(factors), off > 1e-10), 1e15);
    }
}

TEST(ConditionEstimate, IsInfiniteWhenTheInverseIsNot) {
    const Csr<double> A = poisson1d(3);
    const auto broken = [](VectorView<double>, VectorRef<double> x) { std::fill(x.begin(), x.end(), INFINITY); };
    EXPECT_EQ(detail::condition_estimate<double>(A, {broken, broken}, false), INFINITY);
}

}  // namespace
