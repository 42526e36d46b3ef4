// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Families of small and middle-sized matrices that solvers are known to fail on, and the ways to scale them badly.

#include <functional>
#include <string>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"

namespace families {

using Matrix = Eigen::MatrixXd;
using ComplexMatrix = Eigen::MatrixXcd;

/// Numbers of moderate size; n is a wish, which families of fixed orders round. One of the two makers is set.
struct Family {
    const char* name;
    std::function<Matrix(ritz::Random&, int)> real = {};
    std::function<ComplexMatrix(ritz::Random&, int)> complex = {};
    int largest = 1000;  ///< order beyond which the formula overflows, or every matrix is singular in double
};

/// For orders 2 to 15, whose inverse the oracle can have in 113 bits.
const std::vector<Family>& small();

/// Sparse ones for orders up to 200.
const std::vector<Family>& large();

/// Ways to scale a matrix, in order.
enum class Scaling {
    none,
    rows,
    columns,
    huge,
    tiny,
    mildly_symmetric,
    symmetric,
    both,
    subnormal,
    graded,
};
inline constexpr int scalings = 10;
const char* name(Scaling scaling);

/// Exponents of D₁ M D₂ and of the right-hand side's common factor, for numbers of which the largest exponent is
/// `range`: 1024 for double, 128 for float.
struct Exponents {
    std::vector<int> row, col;
    int right = 0;
};
Exponents exponents(Scaling scaling, ritz::Random& random, int n, int range, int largest_exponent);

}  // namespace families
