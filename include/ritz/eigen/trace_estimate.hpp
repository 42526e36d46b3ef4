// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Traces of matrices known by their products, and of functions of matrices: tr A, tr A⁻¹, tr f(A), log det A.
///
///     const Cholesky<double> F(A);
///     const auto trace_of_inverse = trace_estimate(LinearOperatorRef<double>(F));
///     const auto logdet = log_determinant_estimate(A);   // logdet.value ± logdet.radius
///
/// All are means over random probes and come with an interval of confidence from the spread of the probes. The same
/// seed gives the same bits. Where as many probes are allowed as A has columns, unit vectors are taken: exact.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "ritz/eigen/matrix_function.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/core/status.hpp"

namespace ritz {

enum class TraceMethod : std::uint8_t {
    hutchinson,  ///< the mean of zᴴ A z over random signs z: standard error √(2/m) of A's part off the diagonal
    hutch_pp,    ///< a third of the products to a range Q of A, whose trace is exact, a third to the rest: for decaying
                 ///< spectra a standard error that falls as 1/m
};

struct TraceOptions {
    TraceMethod method = TraceMethod::hutch_pp;
    Index products = 90;       ///< with A, at most; at least 6 of hutch_pp, 2 of hutchinson
    double confidence = 0.95;  ///< of the interval, in (0, 1)
    std::uint64_t seed = 1;
    const std::atomic<bool>* cancel = nullptr;
};

/// A mean over probes. Status: converged; interrupted (of fewer probes); not_finite, not_symmetric, indefinite_operator
/// (no value: NaN).
template <Scalar T>
struct [[nodiscard]] TraceEstimate {
    T value{};
    double standard_error = 0;  ///< of the mean, from the spread of the probes; 0 where exact
    double radius = 0;   ///< |value − truth| ≤ radius with the confidence asked for, by Student's distribution
    bool exact = false;  ///< but for rounding: unit vectors were taken
    Index probes = 0;    ///< random vectors whose spread was taken
    std::int64_t operator_applications = 0;
    double seconds = 0;
    Status status = Status::converged;
    std::string message;
};

/// tr A by products with A, n × n. 2 n q² flops besides for hutch_pp with q vectors.
/// \throws InvalidArgument if A is not square or an option is out of its range; what A throws.
/// \ref M. F. Hutchinson, Comm. Statist. Simulation Comput. 18 (1989) 1059; R. A. Meyer, C. Musco, C. Musco and D. P.
///      Woodruff, Hutch++: optimal stochastic trace estimation, SOSA 2021, 142-155, algorithm 1.
template <Scalar T>
TraceEstimate<T> trace_estimate(const LinearOperatorRef<T>& A, const TraceOptions& options = {});

struct QuadratureOptions {
    Index probes = 30;
    double confidence = 0.95;  ///< of the interval, in (0, 1)
    /// Steps of Lanczos end when the quadrature of f for a probe changes twice in a row by less than rtol times that of
    /// |f|, of A scaled by a power of two for log.
    double rtol = 1e-6;
    Index max_steps = 300;  ///< of Lanczos for each probe, and vectors kept
    std::uint64_t seed = 1;
    const std::atomic<bool>* cancel = nullptr;
};

/// An estimate by Lanczos quadrature.
struct [[nodiscard]] QuadratureEstimate {
    double value = 0;
    double standard_error = 0;    ///< of the mean over probes; 0 where exact
    double quadrature_error = 0;  ///< mean change of the last steps of Lanczos: what was not resolved
    double radius = 0;            ///< |value − truth| ≤ radius with the confidence asked for: spread and quadrature
    bool exact = false;           ///< unit vectors were taken: no spread
    Index probes = 0;
    Index steps = 0;  ///< of Lanczos, most for one probe
    std::int64_t operator_applications = 0;
    double seconds = 0;
    /// max_iterations: quadrature did not settle in max_steps of some probe; the radius is infinite then.
    Status status = Status::converged;
    std::string message;
};

/// tr f(A) for A = Aᴴ: Gauss quadrature of f by Lanczos from random signs. One product and up to 4 n k flops a step.
/// indefinite_operator, breakdown: f is not real and finite at a Ritz value, `message` says where; the value is NaN.
/// \throws InvalidArgument if A is not square or not Hermitian, has a NaN or an infinity, an option is out of its
/// range. \ref S. Ubaru, J. Chen and Y. Saad, Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, SIAM J.
/// Matrix
///      Anal. Appl. 38 (2017) 1075.
template <Scalar T>
QuadratureEstimate trace_of_function(const CsrView<T>& A, const MatrixFunction& f,
                                     const QuadratureOptions& options = {});
/// An operator is tried with random vectors: not_symmetric.
template <Scalar T>
QuadratureEstimate trace_of_function(const LinearOperatorRef<T>& A, const MatrixFunction& f,
                                     const QuadratureOptions& options = {});

/// log det A = tr log A for Hermitian positive definite A. A Ritz value that is not positive proves that A is not
/// positive definite (to rounding): Status::indefinite_operator, value NaN. That there is none proves nothing.
/// \throws as above.
template <Scalar T>
QuadratureEstimate log_determinant_estimate(const CsrView<T>& A, const QuadratureOptions& options = {});
template <Scalar T>
QuadratureEstimate log_determinant_estimate(const LinearOperatorRef<T>& A, const QuadratureOptions& options = {});

}  // namespace ritz
