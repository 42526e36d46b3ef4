// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/types.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <cstdint>

namespace ritz {
namespace {

using Complex = std::complex<double>;

TEST(Types, AreFourScalarsAndTwoKindsOfIndex) {
    static_assert(Scalar<float> && Scalar<double> && Scalar<std::complex<float>> && Scalar<Complex>);
    static_assert(!Scalar<int> && !Scalar<long double> && !Scalar<const double> && !Scalar<std::complex<int>>);
    static_assert(sizeof(Index) == 4 && sizeof(Offset) == 8);
}

TEST(Types, RealIsTheTypeOfAMagnitude) {
    static_assert(std::same_as<Real<float>, float> && std::same_as<Real<Complex>, double>);
    static_assert(is_complex<Complex> && !is_complex<double>);
}

TEST(Types, ConjugateKeepsTheType) {
    static_assert(std::same_as<decltype(conjugate(1.0)), double>);
    EXPECT_EQ(conjugate(-2.5), -2.5);
    EXPECT_EQ(conjugate(Complex(1, 2)), Complex(1, -2));
}

}  // namespace
}  // namespace ritz
