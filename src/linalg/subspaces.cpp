// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/subspaces.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::linalg::detail {

namespace {

template <class R>
Eigen::Index numerical_rank(const Eigen::VectorX<R>& s, const SubspaceOptions& options, Eigen::Index rows,
                            Eigen::Index cols, const char* who) {
    const double rtol = options.rtol.value_or(static_cast<double>(std::max(rows, cols)) *
                                              static_cast<double>(std::numeric_limits<R>::epsilon()));
    if (!(rtol >= 0))
        throw InvalidArgument(std::string(who) + ": rtol is " + std::to_string(rtol) + ", but must be >= 0");
    if (s.size() == 0) return 0;
    return (s.array().template cast<double>() > rtol * static_cast<double>(s[0])).count();
}

template <Scalar T>
Eigen::MatrixX<T> scaled_copy(Matrix<T> A, int exponent) {
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    return scaled;
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> null_space(Matrix<T> A, const SubspaceOptions& options) {
    require_finite<T>(A, "null_space", "A");
    const SvdResult<T> usv = detail::svd<T>(A, SvdOptions{.full_matrices = true});
    const Eigen::Index rank = numerical_rank(usv.s, options, A.rows(), A.cols(), "null_space");
    return usv.Vh.bottomRows(A.cols() - rank).adjoint();
}

template <Scalar T>
Eigen::MatrixX<T> orth(Matrix<T> A, const SubspaceOptions& options) {
    require_finite<T>(A, "orth", "A");
    const SvdResult<T> usv = detail::svd<T>(A, SvdOptions{.full_matrices = false});
    return usv.U.leftCols(numerical_rank(usv.s, options, A.rows(), A.cols(), "orth"));
}

template <Scalar T>
Eigen::VectorX<Real<T>> subspace_angles(Matrix<T> A, Matrix<T> B) {
    using R = Real<T>;
    require_same_rows(A.rows(), A.cols(), B.rows(), B.cols(), "subspace_angles");
    require_finite<T>(A, "subspace_angles", "A");
    require_finite<T>(B, "subspace_angles", "B");
    Eigen::MatrixX<T> larger = detail::orth<T>(A, {}), smaller = detail::orth<T>(B, {});
    if (larger.cols() < smaller.cols()) larger.swap(smaller);
    const Eigen::Index k = smaller.cols();
    const Eigen::MatrixX<T> inner = larger.adjoint() * smaller;
    const Eigen::VectorX<R> cosines = detail::svdvals<T>(inner, "subspace_angles");  // descending
    const Eigen::VectorX<R> sines = detail::svdvals<T>(smaller - larger * inner, "subspace_angles");
    Eigen::VectorX<R> angles(k);
    for (Eigen::Index i = 0; i < k; ++i) {
        const R cosine = std::min(cosines[k - 1 - i], R(1)), sine = std::min(sines[i], R(1));
        angles[i] = 2 * cosine * cosine >= 1 ? std::asin(sine) : std::acos(cosine);
    }
    return angles;
}

template <Scalar T>
ProcrustesResult<T> orthogonal_procrustes(Matrix<T> A, Matrix<T> B) {
    using R = Real<T>;
    if (A.rows() != B.rows() || A.cols() != B.cols())
        throw InvalidArgument("orthogonal_procrustes: A is " + std::to_string(A.rows()) + " x " +
                              std::to_string(A.cols()) + ", but B is " + std::to_string(B.rows()) + " x " +
                              std::to_string(B.cols()) + ": their shapes must be equal");
    require_finite<T>(A, "orthogonal_procrustes", "A");
    require_finite<T>(B, "orthogonal_procrustes", "B");
    const int a_exponent = power_of_two_scale(max_abs<T>(A)), b_exponent = power_of_two_scale(max_abs<T>(B));
    const Eigen::MatrixX<T> product = scaled_copy<T>(A, a_exponent).adjoint() * scaled_copy<T>(B, b_exponent);
    const SvdResult<T> usv = detail::svd<T>(product, SvdOptions{.full_matrices = false});
    Eigen::VectorX<R> scale = Eigen::VectorX<R>::Constant(1, usv.s.sum());
    scale_back(scale, a_exponent + b_exponent, "orthogonal_procrustes");
    return {usv.U * usv.Vh, scale[0]};
}

template <Scalar T>
CossinResult<T> cossin(Matrix<T> X, Eigen::Index p, Eigen::Index q) {
    using R = Real<T>;
    require_square(X.rows(), X.cols(), "cossin", "X");
    const int m = lapack::dimension(X.rows());
    if (p <= 0 || p >= m || q <= 0 || q >= m)
        throw InvalidArgument("cossin: p = " + std::to_string(p) + " and q = " + std::to_string(q) +
                              " must lie strictly between 0 and " + std::to_string(m));
    require_finite<T>(X, "cossin", "X");
    if (max_abs<T>(X) > 2 || !is_orthonormal<T>(X)) throw InvalidArgument("cossin: X is not unitary");
    const Eigen::Index r = std::min({p, m - p, q, m - q});
    Eigen::MatrixX<T> X11 = X.topLeftCorner(p, q), X12 = X.topRightCorner(p, m - q);
    Eigen::MatrixX<T> X21 = X.bottomLeftCorner(m - p, q), X22 = X.bottomRightCorner(m - p, m - q);
    CossinResult<T> result{Eigen::MatrixX<T>::Zero(m, m), Eigen::MatrixX<T>::Zero(m, m), Eigen::MatrixX<T>::Zero(m, m),
                           Eigen::VectorX<R>(r)};
    const int ip = static_cast<int>(p), iq = static_cast<int>(q);
    T* const U2 = result.U.data() + p * m + p;
    T* const V2 = result.Vh.data() + q * m + q;
    const int info = lapack::uncsd<T>(m, ip, iq, X11.data(), ip, X12.data(), ip, X21.data(), m - ip, X22.data(), m - ip,
                                      result.theta.data(), result.U.data(), m, U2, m, result.Vh.data(), m, V2, m);
    if (info != 0) throw NoConvergence("cossin: the iteration for the angles did not converge");
    const Eigen::Index n11 = std::min(p, q) - r, n12 = std::min(p, m - q) - r;
    const Eigen::Index n21 = std::min(m - p, q) - r, n22 = std::min(m - p, m - q) - r;
    Eigen::MatrixX<T>& CS = result.CS;
    CS.block(0, 0, n11, n11).setIdentity();
    CS.block(n11 + r, q + n22 + r, n12, n12) = -Eigen::MatrixX<T>::Identity(n12, n12);
    CS.block(p, q, n22, n22).setIdentity();
    CS.block(p + n22 + r, n11 + r, n21, n21).setIdentity();
    for (Eigen::Index k = 0; k < r; ++k) {
        const R cosine = std::cos(result.theta[k]), sine = std::sin(result.theta[k]);
        CS(n11 + k, n11 + k) = CS(p + n22 + k, q + n22 + k) = cosine;
        CS(n11 + k, q + n22 + k) = -sine;
        CS(p + n22 + k, n11 + k) = sine;
    }
    const auto z = probe_vector<T>(m);
    if (!is_orthonormal<T>(result.U) || !is_orthonormal<T>(result.Vh) ||
        !agree<T>(X * z, result.U * (CS * (result.Vh * z)), z.norm(), m))
        throw NoConvergence("cossin: the result does not pass its check");
    return result;
}

#define RITZ_INSTANTIATE(T)                                                      \
    template Eigen::MatrixX<T> null_space<T>(Matrix<T>, const SubspaceOptions&); \
    template Eigen::MatrixX<T> orth<T>(Matrix<T>, const SubspaceOptions&);       \
    template Eigen::VectorX<Real<T>> subspace_angles<T>(Matrix<T>, Matrix<T>);   \
    template ProcrustesResult<T> orthogonal_procrustes<T>(Matrix<T>, Matrix<T>); \
    template CossinResult<T> cossin<T>(Matrix<T>, Eigen::Index, Eigen::Index);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
