// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/svd.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/small_spectral.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

/// A z = U Σ Vᴴ z, and U and V orthonormal.
template <Scalar T>
bool is_singular_value_decomposition(const Eigen::MatrixX<T>& A, Real<T> norm, const SvdResult<T>& result) {
    const Eigen::Index k = result.s.size();
    if (!is_orthonormal<T>(result.U)) return false;
    const auto x = probe_vector<T>(result.Vh.rows());
    const Eigen::VectorX<T> Vx = result.Vh.adjoint() * x;
    if (!agree<T>(result.Vh * Vx, x, x.norm(), A.cols())) return false;
    const auto z = probe_vector<T>(A.cols());
    const Eigen::VectorX<T> y = result.s.template cast<T>().cwiseProduct(result.Vh.topRows(k) * z);
    return agree<T>(A * z, result.U.leftCols(k) * y, norm * z.norm(), std::max(A.rows(), A.cols()));
}

}  // namespace

template <Scalar T>
SvdResult<T> svd(Matrix<T> A, const SvdOptions& options) {
    using R = Real<T>;
    require_finite<T>(A, "svd", "A");
    const int m = lapack::dimension(A.rows()), n = lapack::dimension(A.cols()), k = std::min(m, n);
    const bool full = options.full_matrices;
    if (k == 0)
        return {Eigen::MatrixX<T>::Identity(m, full ? m : 0), Eigen::VectorX<R>(0),
                Eigen::MatrixX<T>::Identity(full ? n : 0, n)};
    const FewThreads limit(std::max(m, n));
    const int exponent = power_of_two_scale(max_abs<T>(A));
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    SvdResult<T> result{Eigen::MatrixX<T>(m, full ? m : k), Eigen::VectorX<R>(k), Eigen::MatrixX<T>(full ? n : k, n)};
    if constexpr (std::same_as<T, double>) {
        if (m == n && n <= small_svd_limit &&
            small_svd(n, scaled.data(), n, result.s.data(), result.U.data(), result.Vh.data())) {
            scale_back(result.s, exponent, "svd");
            return result;
        }
    }
    const R norm = scaled.norm();
    for (const bool safer : {false, true}) {
        Eigen::MatrixX<T> work = scaled;
        const char job = full ? 'A' : 'S';
        const int ldvh = static_cast<int>(result.Vh.rows());
        const int info = safer ? lapack::gesvd<T>(job, m, n, work.data(), m, result.s.data(), result.U.data(), m,
                                                  result.Vh.data(), ldvh)
                               : lapack::gesdd<T>(job, m, n, work.data(), m, result.s.data(), result.U.data(), m,
                                                  result.Vh.data(), ldvh);
        if (info != 0 || !is_singular_value_decomposition(scaled, norm, result)) continue;
        scale_back(result.s, exponent, "svd");
        return result;
    }
    throw NoConvergence("svd: neither divide and conquer nor QR iterations gave a decomposition that passes its check");
}

template <Scalar T>
Eigen::VectorX<Real<T>> svdvals(Matrix<T> A, const char* who) {
    using R = Real<T>;
    require_finite<T>(A, who, "A");
    const int m = lapack::dimension(A.rows()), n = lapack::dimension(A.cols()), k = std::min(m, n);
    Eigen::VectorX<R> s(k);
    if (k == 0) return s;
    const FewThreads limit(std::max(m, n));
    const int exponent = power_of_two_scale(max_abs<T>(A));
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    const R norm = scaled.norm();
    for (const bool safer : {false, true}) {
        Eigen::MatrixX<T> work = scaled;
        const int info = safer ? lapack::gesvd<T>('N', m, n, work.data(), m, s.data(), nullptr, 1, nullptr, 1)
                               : lapack::gesdd<T>('N', m, n, work.data(), m, s.data(), nullptr, 1, nullptr, 1);
        if (info != 0 || !(std::abs(norm - s.norm()) <= R(32 * std::max(m, n)) * unit_roundoff<T> * norm)) continue;
        scale_back(s, exponent, who);
        return s;
    }
    throw NoConvergence(std::string(who) + ": the iteration for the singular values did not converge");
}

#define RITZ_INSTANTIATE(T)                                     \
    template SvdResult<T> svd<T>(Matrix<T>, const SvdOptions&); \
    template Eigen::VectorX<Real<T>> svdvals<T>(Matrix<T>, const char*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
