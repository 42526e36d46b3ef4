// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ml/dense.hpp"

namespace ritz::ml::detail {

/// X(:, j) = mean[j] + 2^exponent[j] · scaled(:, j), with entries of `scaled` of order 1 and of mean zero.
template <Scalar T>
struct Centred {
    Eigen::MatrixX<T> scaled;
    Eigen::VectorX<T> mean;
    std::vector<int> exponent;
    std::vector<bool> constant;  ///< all observations equal: the column of `scaled` is exactly zero
};

/// Centres columns by their (weighted) means. The mean of what is left is taken off once more: when the mean is large
/// its own rounding shows there.
template <Scalar T>
Centred<T> centre_columns(linalg::Matrix<T> X, const Eigen::VectorXd& weights = {}) {
    using R = Real<T>;
    const Eigen::Index n = X.rows(), d = X.cols();
    Centred<T> result{X, Eigen::VectorX<T>::Zero(d), std::vector<int>(d, 0), std::vector<bool>(d, true)};
    if (n == 0) return result;
    const Eigen::VectorX<R> w = weights.template cast<R>();
    const R total = w.size() > 0 ? w.sum() : R(n);
    for (Eigen::Index j = 0; j < d; ++j) {
        auto column = result.scaled.col(j);
        result.constant[j] = (column.array() == column[0]).all();
        if (result.constant[j]) {
            result.mean[j] = column[0];
            column.setZero();
            continue;
        }
        const int first = binary_exponent(largest_part(column));
        column *= power_of_two<R>(-first);
        T mean = 0;
        for (int pass = 0; pass < 2; ++pass) {
            const T more = (w.size() > 0 ? column.cwiseProduct(w.template cast<T>()).sum() : column.sum()) / total;
            column.array() -= more;
            mean += more;
        }
        result.mean[j] = mean * power_of_two<R>(first);
        const int second = binary_exponent(largest_part(column));
        column *= power_of_two<R>(-second);
        result.exponent[j] = first + second;
    }
    return result;
}

/// value · 2ᵉ, infinite or zero only if the result is.
template <class R>
R scaled_by_power(R value, int e) {
    return std::ldexp(value, e);
}
template <class R>
std::complex<R> scaled_by_power(std::complex<R> value, int e) {
    return {std::ldexp(value.real(), e), std::ldexp(value.imag(), e)};
}

}  // namespace ritz::ml::detail
