// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Evidence about an answer, computed from the answer itself and the caller's own A and b.

#include <limits>
#include <type_traits>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// What is known of the error of x in A x = b. A number that does not exist or was not computed is NaN.
///
/// r = b − A x is accumulated in twice double precision and without over- or underflow of the products, so each
/// number is right however A, x and b are scaled. 0/0 counts as 0.
struct Certificate {
    static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

    double residual_norm = unknown;      ///< ‖r‖₂
    double relative_residual = unknown;  ///< ‖r‖₂ / ‖b‖₂
    /// Square A: η = ‖r‖∞ / (‖A‖∞ ‖x‖∞ + ‖b‖∞), the least relative change of A and b that makes x exact. Otherwise
    /// the least-squares one: min(‖Aᴴr‖ / (‖A‖ ‖r‖), ‖P r‖ / (‖A‖ ‖x‖), ‖r‖ / (‖A‖ ‖x‖ + ‖b‖)), P onto range(A).
    double backward_error = unknown;
    double componentwise_backward_error = unknown;  ///< ω = maxᵢ |r|ᵢ / (|A| |x| + |b|)ᵢ
    double condition_estimate = unknown;            ///< κ₁ of the equilibrated matrix, estimated from its factors
    double forward_error_bound = unknown;  ///< bound on ‖x − x̂‖ / ‖x‖ in the equilibrated max norm, estimated
};

/// The parts of the certificate that need nothing but A, x and b: all but condition_estimate and
/// forward_error_bound. backward_error is η for every shape of A. 20 flops per entry; parallel.
/// \ref W. Oettli and W. Prager, Numer. Math. 6 (1964) 405; N. J. Higham, Accuracy and Stability of Numerical
///      Algorithms, 2nd ed., SIAM 2002, theorems 7.1 and 7.3.
/// \throws InvalidArgument if a length is wrong.
template <Scalar T>
Certificate certify(const CsrView<T>& A, VectorView<std::type_identity_t<T>> x, VectorView<std::type_identity_t<T>> b);

/// r ← b − A x, accumulated in twice double precision and rounded once to T. Same scaling guarantee as certify.
/// \ref T. Ogita, S. M. Rump and S. Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26 (2005) 1955.
/// \throws InvalidArgument if a length is wrong.
template <Scalar T>
void residual(const CsrView<T>& A, VectorView<std::type_identity_t<T>> x, VectorView<std::type_identity_t<T>> b,
              VectorRef<std::type_identity_t<T>> r);

}  // namespace ritz
