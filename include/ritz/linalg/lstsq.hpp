// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Least squares: np.linalg.lstsq and scipy.linalg.lstsq.

#include <optional>
#include <string>
#include <utility>

#include "ritz/core/status.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

struct LstsqOptions {
    std::optional<double> rcond{};  ///< singular values ≤ rcond σ₁ count as zero; default max(m, n) ε, as NumPy
    bool singular_values = false;   ///< computes them also when a QR factorisation alone would do
};

/// How a least squares problem was solved.
struct LstsqReport {
    Status status = Status::solved;  ///< solved; ill_conditioned: of full rank, but x may have no correct digit
    bool by_svd = false;             ///< the SVD decided on the rank; otherwise Householder QR (LQ for m < n)
    double rcond = 0;  ///< σₘᵢₙ/σ₁ of the rank kept, or an estimate of 1/(‖R‖₁‖R⁻¹‖₁) by QR
    double optimality = 0;  ///< ‖Aᴴ r‖ / (‖A‖ ‖r‖), 0 for r = 0: how far r = b − A x is from the best
    std::string explanation{};
};

/// NumPy's four results and a report.
template <class B, Scalar T>
struct [[nodiscard]] LstsqSolution {
    B x;                                ///< like b, n rows
    Eigen::VectorX<Real<T>> residuals;  ///< ‖b − A x‖₂² for each column; empty if rank < n or m ≤ n
    Index rank = 0;
    Eigen::VectorX<Real<T>> singular_values;  ///< descending; empty if the SVD was not needed and not asked for
    LstsqReport report{};
};

namespace detail {
template <Scalar T>
LstsqSolution<Eigen::MatrixX<T>, T> lstsq(Matrix<T> A, Matrix<T> b, const LstsqOptions& options);
}  // namespace detail

/// x of least ‖x‖₂ among those of least ‖b − A x‖₂; A is m × n, b a vector of m or a matrix m × k.
///
/// A matrix of full rank whose triangular factor is well conditioned is solved by Householder QR (of A, or of Aᴴ when
/// m < n) with one step of refinement: 2mn² − 2n³/3 flops. Otherwise the SVD of A decides: about 4mn² + 8n³. So,
/// unlike NumPy, singular values are returned only when asked for or when they were needed; the rank is certain in
/// both cases: by QR only if the condition estimate is 1000 times better than rcond demands.
/// \throws InvalidArgument for wrong shapes, NaN, infinity, rcond outside [0, 1].
/// \throws NoConvergence if the SVD does not converge.
/// \throws LimitExceeded if an entry of x is too large for its type.
/// \ref Å. Björck, Iterative refinement of linear least squares solutions I, BIT 7 (1967) 257-278;
///      G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed. (2013), section 5.3-5.5.
template <Dense A, Dense B>
[[nodiscard]] LstsqSolution<Like<B, ScalarOf<A, B>>, ScalarOf<A, B>> lstsq(const A& a, const B& b,
                                                                           const LstsqOptions& options = {}) {
    using T = ScalarOf<A, B>;
    auto found = detail::lstsq<T>(detail::as<T>(a), detail::as<T>(b), options);
    return {std::move(found.x), std::move(found.residuals), found.rank, std::move(found.singular_values),
            std::move(found.report)};
}

}  // namespace ritz::linalg
