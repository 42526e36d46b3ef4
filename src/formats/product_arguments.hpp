// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What every product y ← A x asks of its arguments.

#include <functional>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz::detail {

template <Scalar T>
bool overlap(VectorView<T> x, VectorRef<T> y) {
    return !x.empty() && !y.empty() && std::less<const T*>{}(x.data(), y.data() + y.size()) &&
           std::less<const T*>{}(y.data(), x.data() + x.size());
}

/// \throws InvalidArgument if a length is wrong or x and y overlap.
template <Scalar T>
void check_product(const char* who, Index x_length, Index y_length, VectorView<T> x, VectorRef<T> y) {
    if (x.size() != static_cast<std::size_t>(x_length) || y.size() != static_cast<std::size_t>(y_length))
        throw InvalidArgument(std::string(who) + ": x must have length " + std::to_string(x_length) + " and y " +
                              std::to_string(y_length) + ", they have " + std::to_string(x.size()) + " and " +
                              std::to_string(y.size()));
    if (overlap(x, y)) throw InvalidArgument(std::string(who) + ": x and y must not overlap");
}

/// The same of Y ← A X.
template <Scalar T>
void check_block_product(const char* who, Index X_rows, Index Y_rows, const Eigen::Ref<const Eigen::MatrixX<T>>& X,
                         const Eigen::Ref<Eigen::MatrixX<T>>& Y) {
    const std::string where = std::string(who) + ": ";
    require(X.rows() == X_rows,
            where + "X must have " + std::to_string(X_rows) + " rows, not " + std::to_string(X.rows()));
    require(Y.rows() == Y_rows && Y.cols() == X.cols(),
            where + "Y must be " + std::to_string(Y_rows) + " x " + std::to_string(X.cols()));
    const auto end_of = [](const auto& M) { return M.data() + (M.cols() - 1) * M.outerStride() + M.rows(); };
    const std::less<const T*> before;
    require(X.size() == 0 || Y.size() == 0 || !before(X.data(), end_of(Y)) || !before(Y.data(), end_of(X)),
            where + "X and Y must not overlap");
}

}  // namespace ritz::detail
