// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// exp(tA) B for large sparse A, without forming exp(tA).
///
///     const auto [x, report] = expm_multiply(A, b, 0.5);                          // exp(A/2) b
///     const std::vector<double> times{0.1, 0.2, 0.4};
///     const auto [X, told] = expm_multiply_at(A, b, VectorView<double>(times));   // column p: exp(times[p] A) b

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/eigen/matrix_function.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

/// `taylor`: truncated Taylor series and scaling; `krylov`: Lanczos for Hermitian and skew-Hermitian A, else Arnoldi.
/// `automatic` takes what is predicted to take fewer operations: Taylor's products grow with ‖tA‖, those of Lanczos
/// with its square root for Hermitian A. An operator without an adjoint, whose 1-norm cannot be estimated, goes to
/// Krylov.
enum class ExpmMethod : std::uint8_t { automatic, taylor, krylov };

struct ExpmOptions {
    ExpmMethod method = ExpmMethod::automatic;
    /// What report.error_estimate is held against; 4000 u at least. Taylor is truncated at u in any case.
    double rtol = 1e-9;
    std::int64_t max_applications = 1'000'000;  ///< products with a vector, foreseen; more is LimitExceeded
    double max_seconds = 0;                     ///< 0: no limit
    std::uint64_t seed = 1;                     ///< of the vectors by which an operator is tried for symmetry
    const std::atomic<bool>* cancel = nullptr;
};

template <Scalar T>
struct [[nodiscard]] ExpmResult {
    Eigen::MatrixX<T> X;  ///< n × k for each time, one beside the other
    /// error_estimate is the largest over columns. Of Taylor: truncation and rounding of each stage, carried on with
    /// exp(τ μ₂), μ₂ a Gershgorin bound of the logarithmic 2-norm of tA; with the growth of the column itself where A
    /// is an operator. limit_exceeded and interrupted: columns of times not reached are NaN.
    FunctionReport report;
};

namespace detail {
template <Scalar T>
ExpmResult<T> expm_multiply(const CsrView<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B, VectorView<T> times,
                            const ExpmOptions& options);
template <Scalar T>
ExpmResult<T> expm_multiply(const LinearOperatorRef<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                            VectorView<T> times, const ExpmOptions& options);

template <Scalar T, class B>
auto as_block(const B& b) {
    if constexpr (VectorLike<B>) {
        const VectorView<T> view(b);
        return Eigen::Map<const Eigen::MatrixX<T>>(view.data(), static_cast<Eigen::Index>(view.size()), 1);
    } else {
        return Eigen::Ref<const Eigen::MatrixX<T>>(b);
    }
}
}  // namespace detail

/// exp(t A) B at several times; A is a CsrView<T> or a LinearOperatorRef<T>, B a vector or an n × k matrix. Real times
/// are gone through outwards from 0 on either side, each from the one before; complex ones each from 0.
///
/// Taylor: A is shifted by its mean eigenvalue where the trace is known (a matrix), and exp(τ(A - μI)) is applied s
/// times by a Taylor polynomial of degree m ≤ 55, with s and m of least cost by estimates of ‖Aᵖ‖₁^(1/p), such that the
/// truncation is a backward error of u; terms end early when two in a row are below u. m s products with k columns;
/// 3 n k numbers of workspace. Columns are judged each by itself.
///
/// \throws InvalidArgument if A is not square, a matrix holds a NaN or an infinity, B has another number of rows, a
/// time
///         is not finite, an option is out of its range; LimitExceeded if more products are foreseen than allowed.
/// \ref A. H. Al-Mohy and N. J. Higham, Computing the action of the matrix exponential, with an application to
///      exponential integrators, SIAM J. Sci. Comput. 33 (2011) 488, algorithm 3.2.
template <Scalar T, class B>
ExpmResult<T> expm_multiply_at(const CsrView<T>& A, const B& b, VectorView<std::type_identity_t<T>> times,
                               const ExpmOptions& options = {}) {
    return detail::expm_multiply<T>(A, detail::as_block<T>(b), times, options);
}
template <Scalar T, class B>
ExpmResult<T> expm_multiply_at(const LinearOperatorRef<T>& A, const B& b, VectorView<std::type_identity_t<T>> times,
                               const ExpmOptions& options = {}) {
    return detail::expm_multiply<T>(A, detail::as_block<T>(b), times, options);
}

/// exp(t A) b of a vector.
template <Scalar T, class B>
requires(VectorLike<B>) FunctionResult<T> expm_multiply(const CsrView<T>& A, const B& b,
                                                        std::type_identity_t<T> t = T{1},
                                                        const ExpmOptions& options = {}) {
    auto [X, report] = detail::expm_multiply<T>(A, detail::as_block<T>(b), VectorView<T>(&t, 1), options);
    return {X.col(0), std::move(report)};
}
template <Scalar T, class B>
requires(VectorLike<B>) FunctionResult<T> expm_multiply(const LinearOperatorRef<T>& A, const B& b,
                                                        std::type_identity_t<T> t = T{1},
                                                        const ExpmOptions& options = {}) {
    auto [X, report] = detail::expm_multiply<T>(A, detail::as_block<T>(b), VectorView<T>(&t, 1), options);
    return {X.col(0), std::move(report)};
}

/// exp(t A) B of an n × k matrix.
template <Scalar T, class B>
requires(!VectorLike<B>) ExpmResult<T> expm_multiply(const CsrView<T>& A, const B& b, std::type_identity_t<T> t = T{1},
                                                     const ExpmOptions& options = {}) {
    return detail::expm_multiply<T>(A, detail::as_block<T>(b), VectorView<T>(&t, 1), options);
}
template <Scalar T, class B>
requires(!VectorLike<B>) ExpmResult<T> expm_multiply(const LinearOperatorRef<T>& A, const B& b,
                                                     std::type_identity_t<T> t = T{1},
                                                     const ExpmOptions& options = {}) {
    return detail::expm_multiply<T>(A, detail::as_block<T>(b), VectorView<T>(&t, 1), options);
}

}  // namespace ritz
