// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Ridge regression: w and c that minimise ‖y − X w − 1c‖² + α ‖w‖². The rows of X (n × d) are observations; c, the
/// intercept, is not penalised. Real scalars.

#include <cstdint>
#include <optional>
#include <string>

#include "ritz/core/status.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

/// `automatic`: least_squares for α = 0, otherwise primal for d ≤ n and dual for d > n; where the normal equations are
/// too ill-conditioned for their squared condition (rcond < √u), augmented.
enum class RidgeMethod : std::uint8_t {
    automatic,
    primal,         ///< (XᵀX + αI) w = Xᵀy by Cholesky, d × d
    dual,           ///< w = Xᵀ a, (XXᵀ + αI) a = y by Cholesky, n × n
    augmented,      ///< least squares with [X; √α I], QR: the condition is not squared
    least_squares,  ///< α = 0: lstsq, the solution of least norm if there are many
};
std::string_view name(RidgeMethod method) noexcept;

struct RidgeOptions {
    bool intercept = true;
    RidgeMethod method = RidgeMethod::automatic;
};

struct RidgeReport {
    Status status = Status::solved;  ///< solved, converged (sparse X), ill_conditioned, or why an iteration ended
    RidgeMethod method = RidgeMethod::automatic;  ///< the one used
    std::string explanation{};                    ///< why this method, and what is wrong if something is
    double rcond = 1;                             ///< estimate for the matrix that was factored
    /// ‖Xᵀr − αw‖ / (‖X‖ ‖y‖ + α‖w‖) of the centred data, recomputed: 0 at the minimiser.
    double optimality = 0;
    Eigen::Index rank = 0;  ///< of X where it was found (least_squares), otherwise min(n, d)
};

template <Scalar T>
struct [[nodiscard]] RidgeResult {
    Eigen::VectorX<T> coefficients;  ///< w
    T intercept = 0;                 ///< c
    RidgeReport report;
};

template <Scalar T>
struct [[nodiscard]] RidgePath {
    Eigen::VectorXd alphas;
    Eigen::MatrixX<T> coefficients;  ///< a column for each α
    Eigen::VectorX<T> intercepts;
    Eigen::VectorX<T> leave_one_out;       ///< mean squared error of predicting each y from the others, exact
    Eigen::VectorX<T> gcv;                 ///< generalised cross-validation: n ‖r‖² / (n − df)²
    Eigen::VectorX<T> degrees_of_freedom;  ///< df = tr H, ŷ = H y
    Eigen::Index best = 0;                 ///< the α of least leave_one_out error
};

namespace detail {
template <class R>
RidgeResult<R> ridge(linalg::Matrix<R> X, linalg::Matrix<R> y, double alpha, const RidgeOptions& options);
template <class R>
RidgePath<R> ridge_path(linalg::Matrix<R> X, linalg::Matrix<R> y, const Eigen::VectorXd& alphas, bool intercept);
}  // namespace detail

/// Costs min(n, d)² max(n, d) flops for the Gram matrix and min(n, d)³/3 for its factor; one step of refinement.
/// \throws InvalidArgument for NaN, infinity, different numbers of rows, no rows, α < 0.
/// \ref A. E. Hoerl and R. W. Kennard, Technometrics 12 (1970) 55-67; C. Saunders, A. Gammerman and V. Vovk, ICML 1998,
///      515-521 (dual).
template <linalg::Dense A, linalg::Dense B>
requires(!is_complex<linalg::ScalarOf<A, B>>)
    [[nodiscard]] RidgeResult<linalg::ScalarOf<A, B>> ridge(const A& X, const B& y, double alpha,
                                                            const RidgeOptions& options = {}) {
    using R = linalg::ScalarOf<A, B>;
    return detail::ridge<R>(linalg::detail::as<R>(X), linalg::detail::as<R>(y), alpha, options);
}

/// All α from one SVD of the centred X: 4 n d min(n, d) flops and then O((n + d) min(n, d)) for each. The error of
/// leaving one out is rᵢ / (1 − Hᵢᵢ), without fitting again.
/// \throws as ridge; InvalidArgument also if no α is given, or with one observation.
/// \ref G. H. Golub, M. Heath and G. Wahba, Technometrics 21 (1979) 215-223.
template <linalg::Dense A, linalg::Dense B>
requires(!is_complex<linalg::ScalarOf<A, B>>)
    [[nodiscard]] RidgePath<linalg::ScalarOf<A, B>> ridge_path(const A& X, const B& y, const Eigen::VectorXd& alphas,
                                                               bool intercept = true) {
    using R = linalg::ScalarOf<A, B>;
    return detail::ridge_path<R>(linalg::detail::as<R>(X), linalg::detail::as<R>(y), alphas, intercept);
}

/// Of a sparse X, which is neither centred nor squared: LSMR on [X 1; √α I 0], two products an iteration. The status is
/// `converged` only if the gradient, recomputed, is small.
/// \throws as above.
template <std::floating_point R>
RidgeResult<R> ridge(const CsrView<R>& X, VectorView<std::type_identity_t<R>> y, double alpha,
                     const RidgeOptions& options = {});

}  // namespace ritz::ml
