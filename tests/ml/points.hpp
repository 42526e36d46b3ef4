// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <complex>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"

namespace ritz::ml {

using FourScalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
using RealScalars = testing::Types<float, double>;

/// n × d normal numbers.
template <Scalar T>
Eigen::MatrixX<T> random_points(Eigen::Index n, Eigen::Index d, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixX<T> X(n, d);
    for (Eigen::Index j = 0; j < d; ++j)
        for (Eigen::Index i = 0; i < n; ++i) {
            const auto real = Real<T>(random.normal());
            if constexpr (is_complex<T>)
                X(i, j) = {real, Real<T>(random.normal())};
            else
                X(i, j) = real;
        }
    return X;
}

/// What InvalidArgument says, or "" when nothing is thrown.
template <class Call>
std::string message_of(Call&& call) {
    try {
        call();
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "";
}

template <class T>
double epsilon() {
    return double(std::numeric_limits<Real<T>>::epsilon());
}

}  // namespace ritz::ml
