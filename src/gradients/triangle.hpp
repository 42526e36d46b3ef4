// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <optional>
#include <string>

#include "gradients/check.hpp"
#include "ritz/eigen/onenorm_estimate.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::gradients::detail {

/// Throws SingularMatrix or IllConditioned "message (…)" where the columns of the upper triangular R (k × k, of a QR
/// factorisation of m rows) are dependent, exactly or to the rounding errors of that factorisation. The size of a
/// column does not matter: the condition is that of R with columns of norm 1, estimated in O(k²).
template <Scalar T>
void require_independent_columns(const Eigen::MatrixX<T>& R, Eigen::Index m, const std::string& message) {
    const Eigen::Index k = R.cols();
    if (k == 0) return;
    Eigen::VectorX<T> norms(k);
    for (Eigen::Index j = 0; j < k; ++j) {
        if (R(j, j) == T(0)) throw SingularMatrix(message, j);
        norms(j) = T(R.col(j).head(j + 1).stableNorm());
    }
    const auto triangle = R.template triangularView<Eigen::Upper>();
    const auto map = [k](auto vector) { return Eigen::Map<Eigen::VectorX<T>>(vector.data(), k); };
    const MatrixFree inverse(
        static_cast<Index>(k), static_cast<Index>(k),
        [&](VectorView<T> x, VectorRef<T> y) {
            map(y) = Eigen::Map<const Eigen::VectorX<T>>(x.data(), k);
            triangle.solveInPlace(map(y));
            map(y).array() *= norms.array();
        },
        [&](VectorView<T> x, VectorRef<T> y) {
            map(y) = Eigen::Map<const Eigen::VectorX<T>>(x.data(), k).cwiseProduct(norms);
            triangle.adjoint().solveInPlace(map(y));
        });
    const double rcond = 1 / (std::sqrt(double(k)) * onenormest(LinearOperatorRef<T>(inverse)).estimate);
    if (rcond >= 10 * double(m) * epsilon<T>) return;
    char number[32];
    std::snprintf(number, sizeof number, "%.1e", rcond);
    throw IllConditioned(message + " (to rounding: reciprocal condition number " + number + ")", rcond);
}

}  // namespace ritz::gradients::detail
