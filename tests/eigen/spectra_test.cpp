// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/spectra.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;
using eigen::Pencil;
using eigen::spectra_eigsh;

double line_value(Index n, Index k) {  // the k-th from below, k = 1 … n
    return 2 - 2 * std::cos(k * std::numbers::pi / (n + 1));
}

/// Values and the true ones, and residuals as `verify` sees them.
void agree(const eigen::SpectraPairs& pairs, const Pencil<double>& pencil, const std::vector<double>& expected) {
    ASSERT_EQ(pairs.status, Status::converged) << pairs.message;
    ASSERT_EQ(pairs.values.size(), static_cast<Index>(expected.size()));
    const auto verified = eigen::verify<double>(pencil, pairs.values, pairs.vectors);
    EXPECT_LE(verified.orthogonality, 1e-12);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto j = static_cast<Index>(i);
        EXPECT_NEAR(pairs.values[j], expected[i], 1e-9 * std::abs(expected[i]) + 1e-13);
        EXPECT_LE(verified.residuals[j], 2e-9 * std::max(1.0, std::abs(expected[i])));
    }
}

TEST(Spectra, FindsEachPartOfASpectrum) {
    const Index n = 90;
    const auto A = poisson1d(n);
    const Pencil<double> pencil{A, CsrView<double>(A)};
    EigshOptions options{.which = Which::largest_algebraic};
    agree(spectra_eigsh(pencil, 3, options), pencil, {line_value(n, 88), line_value(n, 89), line_value(n, 90)});
    options.which = Which::largest_magnitude;
    agree(spectra_eigsh(pencil, 2, options), pencil, {line_value(n, 89), line_value(n, 90)});
    options.which = Which::smallest_algebraic;
    agree(spectra_eigsh(pencil, 2, options), pencil, {line_value(n, 1), line_value(n, 2)});
    options.which = Which::both_ends;
    agree(spectra_eigsh(pencil, 3, options), pencil, {line_value(n, 1), line_value(n, 89), line_value(n, 90)});
    const Pencil<double> by_products{A};
    agree(spectra_eigsh(by_products, 3, options), pencil, {line_value(n, 1), line_value(n, 89), line_value(n, 90)});
}

TEST(Spectra, FindsWhatIsNearestToAShift) {
    const Index n = 90;
    const auto A = poisson1d(n);
    const double sigma = (line_value(n, 40) + 2 * line_value(n, 41)) / 3;
    auto shifted = A;
    for (Index i = 0; i < n; ++i)
        for (Offset p = shifted.indptr()[i]; p < shifted.indptr()[i + 1]; ++p)
            if (shifted.indices()[p] == i) shifted.values()[p] -= sigma;
    const Eigen::MatrixXd inverse = to_dense(shifted).inverse();
    const MatrixFree solve(n, n, [&](VectorView<double> b, VectorRef<double> x) {
        Eigen::Map<Eigen::VectorXd>(x.data(), n) = inverse * Eigen::Map<const Eigen::VectorXd>(b.data(), n);
    });
    const LinearOperatorRef<double> shifted_inverse(solve);
    const Pencil<double> pencil{A, CsrView<double>(A)};
    agree(spectra_eigsh(pencil, 3, {.sigma = sigma}, &shifted_inverse), pencil,
          {line_value(n, 40), line_value(n, 41), line_value(n, 42)});
}

TEST(Spectra, SinglePrecisionIsComputedInDouble) {
    const auto A = poisson1d(60);
    std::vector<float> values(A.values().begin(), A.values().end());
    const Csr<float> B(60, 60, Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
                       Buffer<Index>(A.indices().begin(), A.indices().end()),
                       Buffer<float>(values.begin(), values.end()));
    const auto pairs = spectra_eigsh(Pencil<float>{B, CsrView<float>(B)}, 2, {.which = Which::largest_algebraic});
    ASSERT_EQ(pairs.status, Status::converged);
    EXPECT_NEAR(pairs.values[1], line_value(60, 60), 1e-6);
}

TEST(Spectra, FewVectorsAreEnoughForItsSubspace) {
    for (const Index n : {2, 3, 5, 9}) {  // where its own clamp of the subspace throws
        const auto A = poisson1d(n);
        const Pencil<double> pencil{A};
        agree(spectra_eigsh(pencil, n - 1, {.which = Which::smallest_algebraic, .subspace = 1}), pencil, [&] {
            std::vector<double> expected;
            for (Index k = 1; k < n; ++k) expected.push_back(line_value(n, k));
            return expected;
        }());
    }
}

TEST(Spectra, AZeroToleranceIsRaisedToWhatCanBeReached) {
    const auto A = poisson1d(50);
    const auto pairs = spectra_eigsh(Pencil<double>{A}, 2, {.which = Which::largest_algebraic, .rtol = 0});
    EXPECT_EQ(pairs.status, Status::converged) << pairs.message;
}

TEST(Spectra, ItsTrapsEndInAStatusOrInResidualsThatTell) {
    // The zero matrix makes Spectra 1.0.1 throw.
    const Csr<double> zero(30, 30, Buffer<Offset>(31, Offset{0}), {}, {});
    const auto nothing = spectra_eigsh(Pencil<double>{zero}, 4, {.which = Which::largest_algebraic});
    if (nothing.status == Status::converged) {
        EXPECT_LE(nothing.values.cwiseAbs().maxCoeff(), 1e-300);
    } else {
        EXPECT_EQ(nothing.values.size(), 0);
        EXPECT_FALSE(nothing.message.empty());
    }
    // A matrix of rank one makes it return wrong values and call them converged: residuals tell.
    const Eigen::VectorXd u = Eigen::VectorXd::LinSpaced(8, 1, 9);
    const MatrixFree rank_one(8, 8, [&](VectorView<double> x, VectorRef<double> y) {
        Eigen::Map<Eigen::VectorXd>(y.data(), 8) = u * u.dot(Eigen::Map<const Eigen::VectorXd>(x.data(), 8));
    });
    const Pencil<double> pencil{rank_one};
    const auto pairs = spectra_eigsh(pencil, 3, {.which = Which::largest_algebraic});
    const auto verified = eigen::verify<double>(pencil, pairs.values, pairs.vectors);
    for (Index i = 0; i < pairs.values.size(); ++i) {
        const double off = std::min(std::abs(pairs.values[i]), std::abs(pairs.values[i] - u.squaredNorm()));
        EXPECT_TRUE(off < 1e-6 || verified.residuals[i] > 1e-3 * u.squaredNorm()) << "wrong, with a small residual";
    }
}

TEST(Spectra, WhatAnOperatorThrowsPassesThrough) {
    for (const int calls : {0, 5, 30}) {
        int left = calls;
        const MatrixFree throwing(80, 80, [&](VectorView<double> x, VectorRef<double> y) {
            if (left-- == 0) throw std::invalid_argument("mine");  // the type that Spectra throws itself
            for (std::size_t i = 0; i < 80; ++i) y[i] = (1 + static_cast<double>(i)) * x[i];
        });
        try {
            (void)spectra_eigsh(Pencil<double>{throwing}, 3, {.which = Which::smallest_algebraic});
            FAIL() << "did not throw";
        } catch (const std::invalid_argument& error) {
            EXPECT_STREQ(error.what(), "mine");
        }
    }
}

TEST(Spectra, LimitsAndNumbersThatAreNotFiniteEndIt) {
    const auto A = poisson1d(400);
    const auto limited =
        spectra_eigsh(Pencil<double>{A}, 3, {.which = Which::smallest_algebraic, .max_applications = 50});
    EXPECT_EQ(limited.status, Status::max_iterations);
    EXPECT_LE(limited.operator_applications, 50);
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(spectra_eigsh(Pencil<double>{A}, 3, {.which = Which::smallest_algebraic, .cancel = &cancel}).status,
              Status::interrupted);
    int calls = 0;
    const MatrixFree broken(400, 400, [&](VectorView<double> x, VectorRef<double> y) {
        A.apply(x, y);
        if (++calls > 25) y[7] = std::numeric_limits<double>::infinity();
    });
    EXPECT_EQ(spectra_eigsh(Pencil<double>{broken}, 3, {.which = Which::smallest_algebraic}).status,
              Status::not_finite);
}

TEST(Spectra, RefusesWhatItHasNot) {
    const auto A = poisson1d(30);
    const CsrView<double> view(A);
    EXPECT_THROW((void)spectra_eigsh(Pencil<double>{A}, 30, {}), Unsupported);
    EXPECT_THROW((void)spectra_eigsh(Pencil<double>{A}, 0, {}), Unsupported);
    EXPECT_THROW((void)spectra_eigsh(Pencil<double>{A}, 3, {.which = Which::smallest_magnitude}), Unsupported);
    EXPECT_THROW((void)spectra_eigsh(Pencil<double>{A, view, A, view}, 3, {}), Unsupported);
    EXPECT_THROW((void)spectra_eigsh(Pencil<double>{A}, 3, {.rtol = -1}), InvalidArgument);
}

}  // namespace
