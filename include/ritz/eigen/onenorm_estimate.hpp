// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Estimates of ‖A‖₁, ‖Aᵖ‖₁ and ‖A⁻¹‖₁ by products.

#include <cstdint>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

struct OneNormOptions {
    int power = 1;  ///< ‖Aᵖ‖₁, p ≥ 1, Aᵖ applied as p products
};

template <Scalar T>
struct [[nodiscard]] OneNormEstimate {
    /// ‖Aᵖ x‖₁ for the x below: a lower bound of ‖Aᵖ‖₁ to rounding. Infinite if a product is not finite or the norm
    /// is not representable.
    double estimate = 0;
    bool exact = false;                      ///< the norm itself: of a matrix with p = 1, or every column was formed
    Eigen::VectorX<T> x;                     ///< ‖x‖₁ = 1; attains the estimate
    std::int64_t operator_applications = 0;  ///< products with A and Aᴴ
};

/// A lower bound of ‖Aᵖ‖₁, rarely below a third of it; ‖A‖₁ itself for a matrix and p = 1. Two searches side by side
/// from different starts; 4 to 20 products with A or Aᴴ for each power. Up to four columns are formed one by one.
///
/// Of an inverse: a factorisation is an operator that applies A⁻¹ and A⁻ᴴ.
///
///     const Lu<double> F(A);
///     const double condition = norm1(A) * onenormest(LinearOperatorRef<double>(F)).estimate;
///
/// \throws InvalidArgument if A is not square, power < 1, or a matrix holds a NaN or an infinity; Unsupported if an
///         operator does not apply its adjoint.
/// \ref N. J. Higham and F. Tisseur, A block algorithm for matrix 1-norm estimation, with an application to 1-norm
///      pseudospectra, SIAM J. Matrix Anal. Appl. 21 (2000) 1185.
template <Scalar T>
OneNormEstimate<T> onenormest(const CsrView<T>& A, const OneNormOptions& options = {});
template <Scalar T>
OneNormEstimate<T> onenormest(const LinearOperatorRef<T>& A, const OneNormOptions& options = {});

}  // namespace ritz
