// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include "ritz/solvers/factorization.hpp"
#include "solvers/inverse.hpp"
#include "solvers/solve/system.hpp"

namespace ritz::solving {

/// By what rows and columns are scaled: largest elements to 1, or exponents to 0 in the least-squares sense.
enum class Scaling { largest, least_squares };

/// S⁻¹ of a square S, by whichever factorisation.
template <Scalar W>
struct Factors {
    std::function<Eigen::MatrixX<W>(const Eigen::Ref<const Eigen::MatrixX<W>>& B, Transpose op)> solve;
    bool hermitian = false;  ///< S⁻ᴴ = S⁻¹
    FactorStatistics statistics;
    std::optional<Inertia> inertia = {};

    detail::Inverse<W> inverse() const;
};

/// The matrix is not what the method needs.
struct NotSymmetric {};

/// The scaling that a method wants.
template <Scalar W>
Equilibration scaling_for(Method method, Scaling how, const CsrView<W>& A);

/// What a factorisation may take: both are looked at after the analysis; 0: no limit. More than `seconds` is
/// LimitExceeded, more than `patience` TooSlow.
struct Limits {
    FactorOptions options;
    double seconds = 0, patience = 0;
};

/// A factorisation is put off, since it is predicted to take this long.
struct TooSlow {
    double seconds;
};

/// Factors the scaled matrix S: one case a method. \throws NotSymmetric, LimitExceeded, TooSlow, and what the
/// factorisation throws.
template <Scalar W>
Factors<W> factor(Method method, const CsrView<W>& S, const Structure& structure, Limits limits);

}  // namespace ritz::solving
