// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The sums that certificates are made of, for the library's own solvers.

#include "ritz/solvers/certificate.hpp"

namespace ritz::detail {

/// Sums over A x = b. Extended-exponent numbers, since norms of representable data may not be representable.
struct ResidualSums {
    static_assert(std::numeric_limits<long double>::max_exponent > 4 * std::numeric_limits<double>::max_exponent,
                  "norms of scaled data need a type with a wider exponent than double");
    long double r_inf = 0, r_2 = 0;  // ‖r‖∞, ‖r‖₂
    long double a_inf = 0;           // ‖A‖∞
    long double x_inf = 0, b_inf = 0, b_2 = 0;
    double omega = 0;  // maxᵢ |r|ᵢ / (|A| |x| + |b|)ᵢ

    double eta() const noexcept;
};

/// r ← b − A x (unless r is empty), and the sums.
template <Scalar T>
ResidualSums residual_sums(const CsrView<T>& A, VectorView<T> x, VectorView<T> b, VectorRef<T> r);

Certificate certificate_from(const ResidualSums& sums);

}  // namespace ritz::detail
