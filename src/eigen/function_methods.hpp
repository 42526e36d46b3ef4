// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The two methods of funm_multiply, on an operand; expm_multiply uses the first one as well.

#include "eigen/operand.hpp"
#include "ritz/eigen/matrix_function.hpp"

namespace ritz::eigen {

/// Vectors that Lanczos keeps and orthogonalises when memory takes more: so many that this costs about as much as
/// products do. The others are formed twice, which costs a product each.
template <Scalar T>
std::int64_t worth_keeping(const Operand<T>& A) {
    if (A.rows() <= 2000) return A.rows();
    return std::max<std::int64_t>(40, static_cast<std::int64_t>(2 * A.product_flops() / A.rows()));
}

/// A is Hermitian or, with `skew`, skew-Hermitian; b has A's length and is finite.
template <Scalar T>
FunctionResult<T> lanczos_function(Operand<T>& A, VectorView<T> b, const MatrixFunction& f,
                                   const FunctionOptions& options, bool skew);

template <Scalar T>
FunctionResult<T> arnoldi_function(Operand<T>& A, VectorView<T> b, const MatrixFunction& f,
                                   const FunctionOptions& options);

/// Sets status and message when the caller's flag or limit of time has been reached.
template <class Options>
bool stopped(const Options& options, const Stopwatch& watch, FunctionReport& report) {
    if (options.cancel && *options.cancel) {
        report.status = Status::interrupted;
        report.message = "stopped from outside";
    } else if (options.max_seconds > 0 && watch.seconds() > options.max_seconds) {
        report.status = Status::limit_exceeded;
        report.message = "the time allowed was used up";
    } else {
        return false;
    }
    return true;
}

}  // namespace ritz::eigen
