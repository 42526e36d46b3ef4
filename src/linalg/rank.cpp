// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/blas.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/eigh.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::linalg::detail {

namespace {

template <Scalar T>
double default_rtol(Matrix<T> A) {
    return static_cast<double>(std::max(A.rows(), A.cols())) * 2 * static_cast<double>(unit_roundoff<T>);
}

void require_tolerance(double tolerance, const char* who, const char* name) {
    if (!(tolerance >= 0))
        throw InvalidArgument(std::string(who) + ": " + name + " is " + std::to_string(tolerance) +
                              ", but must be >= 0");
}

}  // namespace

template <Scalar T>
Eigen::Index matrix_rank(Matrix<T> A, const RankOptions& options) {
    const double atol = options.tol.value_or(0);
    const double rtol = options.rtol.value_or(options.tol ? 0 : default_rtol<T>(A));
    require_tolerance(atol, "matrix_rank", "tol");
    require_tolerance(rtol, "matrix_rank", "rtol");
    Eigen::VectorX<Real<T>> s;
    if (options.hermitian)
        s = detail::eigvalsh<T>(A, EighOptions{}).cwiseAbs();
    else
        s = detail::svdvals<T>(A, "matrix_rank");
    if (s.size() == 0) return 0;
    const double cut = std::max(atol, rtol * static_cast<double>(s.maxCoeff()));
    return (s.array().template cast<double>() > cut).count();
}

template <Scalar T>
Eigen::MatrixX<T> pinv(Matrix<T> A, const PinvOptions& options) {
    using R = Real<T>;
    const double rtol = options.rtol.value_or(default_rtol<T>(A));
    require_tolerance(rtol, "pinv", "rtol");
    require_tolerance(options.atol, "pinv", "atol");
    Eigen::MatrixX<T> left, right_h;  // A = left diag(s) right_h
    Eigen::VectorX<R> s;
    if (options.hermitian) {
        EighResult<T> eigen = detail::eigh<T>(A, EighOptions{});
        s = std::move(eigen.eigenvalues);
        left = std::move(eigen.eigenvectors);
        right_h = left.adjoint();
    } else {
        SvdResult<T> usv = detail::svd<T>(A, SvdOptions{.full_matrices = false});
        left = std::move(usv.U);
        s = std::move(usv.s);
        right_h = std::move(usv.Vh);
    }
    Eigen::MatrixX<T> inverse = Eigen::MatrixX<T>::Zero(A.cols(), A.rows());
    if (s.size() == 0) return inverse;
    const double cut = std::max(options.atol, rtol * static_cast<double>(s.cwiseAbs().maxCoeff()));
    // The product is formed with numbers of order 1 and scaled at the end: 1/s overflows for a tiny A.
    const int exponent = power_of_two_scale(s.cwiseAbs().maxCoeff());
    std::vector<Eigen::Index> kept;
    for (Eigen::Index k = 0; k < s.size(); ++k)
        if (s[k] != 0 && std::abs(static_cast<double>(s[k])) > cut) kept.push_back(k);
    Eigen::MatrixX<T> V(A.cols(), static_cast<Eigen::Index>(kept.size())), Uh(V.cols(), A.rows());
    for (Eigen::Index j = 0; j < V.cols(); ++j) {
        const Eigen::Index k = kept[static_cast<std::size_t>(j)];
        V.col(j) = right_h.row(k).adjoint() / T(std::ldexp(s[k], exponent));
        Uh.row(j) = left.col(k).adjoint();
    }
    if (V.cols() == 0) return inverse;
    const int m = lapack::dimension(A.rows()), n = lapack::dimension(A.cols()), rank = static_cast<int>(V.cols());
    const FewThreads limit(std::max(m, n));
    ritz::detail::blas::gemm('N', 'N', n, m, rank, T(1), V.data(), n, Uh.data(), rank, T(0), inverse.data(), n);
    scale_back(inverse, -exponent, "pinv");
    return inverse;
}

CondOrd cond_ord(double ord) {
    if (ord == 2) return CondOrd::two;
    if (ord == -2) return CondOrd::minus_two;
    if (ord == 1) return CondOrd::one;
    if (ord == -1) return CondOrd::minus_one;
    if (std::isinf(ord)) return ord > 0 ? CondOrd::inf : CondOrd::minus_inf;
    throw InvalidArgument("cond: ord must be 2, -2, 1, -1, infinity, -infinity, Norm::frobenius or Norm::nuclear");
}

template <Scalar T>
Real<T> cond(Matrix<T> A, CondOrd ord) {
    using R = Real<T>;
    constexpr R infinity = std::numeric_limits<R>::infinity();
    if (A.size() == 0) throw InvalidArgument("cond: A is empty, its condition number is not defined");
    require_finite<T>(A, "cond", "A");
    if (ord != CondOrd::two && ord != CondOrd::minus_two)
        require_square(A.rows(), A.cols(), "cond", "A", "orders two and minus_two take any shape");
    const int n = lapack::dimension(A.rows());
    Eigen::MatrixX<T> work = A;
    scale_by_power_of_two(work, power_of_two_scale(max_abs<T>(A)));  // κ does not change

    if (ord == CondOrd::two || ord == CondOrd::minus_two || ord == CondOrd::fro || ord == CondOrd::nuc) {
        const Eigen::VectorX<R> s = detail::svdvals<T>(work, "cond");
        const R largest = s[0], smallest = s[s.size() - 1];
        if (ord == CondOrd::minus_two) return largest == 0 ? infinity : smallest / largest;
        if (smallest == 0) return infinity;
        if (ord == CondOrd::two) return largest / smallest;
        const Eigen::VectorX<R> inverse = (smallest / s.array()).matrix();  // ≤ 1
        if (ord == CondOrd::nuc) return s.sum() * (inverse.sum() / smallest);
        return s.norm() * (inverse.norm() / smallest);
    }
    const auto norm = [ord](const auto& M) -> R {
        const auto magnitudes = M.cwiseAbs();
        switch (ord) {
            case CondOrd::one:
                return magnitudes.colwise().sum().maxCoeff();
            case CondOrd::minus_one:
                return magnitudes.colwise().sum().minCoeff();
            case CondOrd::inf:
                return magnitudes.rowwise().sum().maxCoeff();
            default:
                return magnitudes.rowwise().sum().minCoeff();
        }
    };
    const R norm_a = norm(work);
    const FewThreads limit(n);
    Eigen::VectorX<int> pivots(n);
    int info = 0;
    RITZ_LAPACK(T, getrf, &n, &n, work.data(), &n, pivots.data(), &info);
    if (info != 0) return infinity;
    lapack::with_workspace<T>([&](T* memory, int lwork) {
        RITZ_LAPACK(T, getri, &n, work.data(), &n, pivots.data(), memory, &lwork, &info);
    });
    const R value = norm_a * norm(work);
    return std::isfinite(value) ? value : infinity;
}

#define RITZ_INSTANTIATE(T)                                              \
    template Eigen::Index matrix_rank<T>(Matrix<T>, const RankOptions&); \
    template Eigen::MatrixX<T> pinv<T>(Matrix<T>, const PinvOptions&);   \
    template Real<T> cond<T>(Matrix<T>, CondOrd);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
