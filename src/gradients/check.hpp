// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What every derivative checks, and the small pieces of its formulas.

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "ritz/core/eigen.hpp"
#include "ritz/gradients/error.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients::detail {

template <Scalar T>
inline constexpr double epsilon = std::numeric_limits<Real<T>>::epsilon();

/// Throws InvalidArgument unless M is rows × cols and finite.
template <Scalar T>
void require_shape(const linalg::Matrix<T>& M, Eigen::Index rows, Eigen::Index cols, const char* who,
                   const char* name) {
    const auto shape = [](Eigen::Index m, Eigen::Index n) { return std::to_string(m) + " x " + std::to_string(n); };
    if (M.rows() != rows || M.cols() != cols)
        throw InvalidArgument(std::string(who) + ": " + name + " is " + shape(M.rows(), M.cols()) + ", but must be " +
                              shape(rows, cols));
    linalg::detail::require_finite<T>(M, who, name);
}

/// Throws InvalidArgument unless M is empty or rows × cols and finite; true if it is not empty.
template <Scalar T>
bool given(const linalg::Matrix<T>& M, Eigen::Index rows, Eigen::Index cols, const char* who, const char* name) {
    if (M.size() == 0) return false;
    require_shape<T>(M, rows, cols, who, name);
    return true;
}

/// The result, unless a number in it has overflowed.
template <class M>
M finite(M result, const char* who) {
    if (!result.allFinite()) throw LimitExceeded(std::string(who) + ": the derivative overflows");
    return result;
}

/// Throws IllConditioned where rcond promises no digit.
template <Scalar T>
void require_condition(double rcond, const char* who, const char* what) {
    if (rcond >= 10 * epsilon<T>) return;
    char number[32];
    std::snprintf(number, sizeof number, "%.1e", rcond);
    throw IllConditioned(std::string(who) + ": " + what + " has a reciprocal condition number of " + number +
                             ", so that no digit of a derivative is certain",
                         rcond);
}

/// (M + Mᴴ)/2
template <class Derived>
auto hermitian_part(const Eigen::MatrixBase<Derived>& M) {
    using T = typename Derived::Scalar;
    const Eigen::MatrixX<T> half = M * Real<T>(0.5);  // first, so that the sum cannot overflow
    return Eigen::MatrixX<T>(half + half.adjoint());
}

/// What a difference of cotangents may be to count as zero: rounding errors of a loss function's own derivative.
template <Scalar T>
double rounding_of(double size, Eigen::Index n) {
    return 1e3 * static_cast<double>(n) * epsilon<T> * size;
}

/// "3 and 4 differ by 1.2e-17"
inline std::string pair_and_gap(Eigen::Index i, Eigen::Index j, double gap) {
    char number[32];
    std::snprintf(number, sizeof number, "%.1e", gap);
    return std::to_string(i) + " and " + std::to_string(j) + " differ by " + number;
}

}  // namespace ritz::gradients::detail
