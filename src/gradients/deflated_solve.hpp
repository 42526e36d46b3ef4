// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/gradients/eigsh.hpp"

namespace ritz::gradients::detail {

/// z with Vᴴ M z = 0 and (A − λM) z = b − MV Vᴴ b, where the columns of V are known eigenvectors, λ's among them: what
/// (A − λM)⁺ takes from the rest of the spectrum. T is double or complex<double>.
template <Scalar T>
struct DeflatedSystem {
    Csr<T> A, M;              ///< exactly Hermitian; M is 0 × 0 for the identity
    Eigen::MatrixX<T> V, MV;  ///< n × k
    EigshDerivativeOptions options;
};

/// For the eigenvalue of number `pair`, uncertain by `uncertainty`.
/// \throws RepeatedEigenvalue(pair, −1, distance) if an eigenvalue that V does not have is within `uncertainty`;
///         NoConvergence if the residual of z, recomputed, is not small.
template <Scalar T>
Eigen::VectorX<T> solve(const DeflatedSystem<T>& system, double lambda, Eigen::Index pair, double uncertainty,
                        const Eigen::VectorX<T>& b, const char* who);

}  // namespace ritz::gradients::detail
