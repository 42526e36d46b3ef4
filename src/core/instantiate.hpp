// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Explicit instantiation at the foot of a source file: RITZ_FOR_EACH_SCALAR(X) expands X for the four element types,
/// RITZ_FOR_EACH_ORDER_AND_SCALAR(X) for both storage orders as well.

#include <complex>

#define RITZ_FOR_EACH_SCALAR(X) X(float) X(double) X(std::complex<float>) X(std::complex<double>)

// clang-format lays this list out differently each time it is applied.
// clang-format off
#define RITZ_FOR_EACH_ORDER_AND_SCALAR(X)                                                             \
    X(Order::row, float) X(Order::row, double) X(Order::row, std::complex<float>)                     \
    X(Order::row, std::complex<double>) X(Order::column, float) X(Order::column, double)              \
    X(Order::column, std::complex<float>) X(Order::column, std::complex<double>)
// clang-format on
