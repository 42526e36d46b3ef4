// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/interpolative.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/instantiate.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"

namespace ritz::linalg::detail {

namespace {

constexpr Eigen::Index oversampling = 10;

template <Scalar T>
Eigen::MatrixX<T> random_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
    Random random(seed);
    Eigen::MatrixX<T> M(rows, cols);
    for (Eigen::Index j = 0; j < cols; ++j)
        for (Eigen::Index i = 0; i < rows; ++i) {
            if constexpr (is_complex<T>)
                M(i, j) = T(static_cast<Real<T>>(random.normal()), static_cast<Real<T>>(random.normal()));
            else
                M(i, j) = static_cast<T>(random.normal());
        }
    return M;
}

/// A P = Q R with column pivoting, as LAPACK leaves it.
template <Scalar T>
struct PivotedQr {
    Eigen::MatrixX<T> R;
    Eigen::VectorX<Eigen::Index> pivots;

    explicit PivotedQr(Eigen::MatrixX<T> A) : R(std::move(A)), pivots(R.cols()) {
        const int m = lapack::dimension(R.rows()), n = lapack::dimension(R.cols());
        Eigen::VectorX<int> from_one = Eigen::VectorX<int>::Zero(n);
        Eigen::VectorX<T> tau(std::min(m, n));
        if (R.size() > 0) lapack::geqp3<T>(m, n, R.data(), m, from_one.data(), tau.data());
        for (Eigen::Index j = 0; j < n; ++j) pivots[j] = R.size() > 0 ? from_one[j] - 1 : j;
    }

    /// The number of pivots above eps times the first one. The pivots never grow but by rounding.
    Eigen::Index rank(double eps) const {
        const Eigen::Index k = std::min(R.rows(), R.cols());
        Eigen::Index r = 0;
        while (r<k&& static_cast<double>(std::abs(R(r, r)))> eps * static_cast<double>(std::abs(R(0, 0)))) ++r;
        return r;
    }
};

template <Scalar T>
InterpDecomp<T> from_qr(const PivotedQr<T>& qr, Eigen::Index rank) {
    const Eigen::Index n = qr.R.cols();
    InterpDecomp<T> id{rank, qr.pivots, qr.R.topRightCorner(rank, n - rank), 0};
    if (rank > 0) qr.R.topLeftCorner(rank, rank).template triangularView<Eigen::Upper>().solveInPlace(id.proj);
    return id;
}

template <Scalar T>
Real<T> relative_error(const Eigen::MatrixX<T>& A, const InterpDecomp<T>& id, std::uint64_t seed) {
    const Eigen::Index rest = A.cols() - id.rank;
    Eigen::MatrixX<T> skeleton(A.rows(), id.rank), E(A.rows(), rest);
    for (Eigen::Index j = 0; j < id.rank; ++j) skeleton.col(j) = A.col(id.idx[j]);
    for (Eigen::Index j = 0; j < rest; ++j) E.col(j) = A.col(id.idx[id.rank + j]);
    E.noalias() -= skeleton * id.proj;
    const Real<T> norm = detail::estimate_spectral_norm<T>(A, 20, seed);
    return norm == 0 ? Real<T>(0) : detail::estimate_spectral_norm<T>(E, 20, seed + 1) / norm;
}

/// A sketch of `rows` rows, Gaussian numbers times A.
template <Scalar T>
Eigen::MatrixX<T> sketch(const Eigen::MatrixX<T>& A, Eigen::Index rows, std::uint64_t seed) {
    return random_matrix<T>(rows, A.rows(), seed) * A;
}

}  // namespace

void require_columns(const Eigen::VectorX<Eigen::Index>& idx, Eigen::Index rank, Eigen::Index cols, const char* who) {
    bool fits = rank >= 0 && rank <= idx.size();
    for (Eigen::Index j = 0; fits && j < idx.size(); ++j) fits = idx[j] >= 0 && idx[j] < cols;
    if (!fits)
        throw InvalidArgument(std::string(who) + ": the skeleton must be " + std::to_string(rank) + " of the " +
                              std::to_string(idx.size()) + " indices, each in 0 ... " + std::to_string(cols - 1));
}

template <Scalar T>
InterpDecomp<T> interp_decomp(Matrix<T> A, const InterpOptions& options) {
    require_finite<T>(A, "interp_decomp", "A");
    const Eigen::Index m = A.rows(), n = A.cols(), most = std::min(m, n);
    if (options.rank.has_value() == options.eps.has_value())
        throw InvalidArgument("interp_decomp: give exactly one of rank and eps");
    if (options.rank && (*options.rank < 0 || *options.rank > most))
        throw InvalidArgument("interp_decomp: rank is " + std::to_string(*options.rank) +
                              ", but must be in 0 ... min(m, n) = " + std::to_string(most));
    if (options.eps && !(*options.eps >= 0 && *options.eps < 1))
        throw InvalidArgument("interp_decomp: eps is " + std::to_string(*options.eps) + ", but must be in [0, 1)");
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, power_of_two_scale(max_abs<T>(A)));
    const double u = static_cast<double>(unit_roundoff<T>), noise = static_cast<double>(std::max(m, n)) * u;

    if (options.randomized && most > 0) {
        Eigen::Index rows = std::min(most, options.rank ? *options.rank + oversampling : 2 * oversampling);
        for (;; rows = std::min(most, 2 * rows)) {
            const PivotedQr<T> qr(sketch(scaled, rows, options.seed));
            // Rank 0 of the tail: the sketch's pivots lie within a factor of about √n of the singular values.
            const Eigen::Index found =
                qr.rank(options.eps ? std::max(*options.eps / std::sqrt(double(n)), noise) : noise);
            const bool complete = options.rank || found + oversampling / 2 < rows || rows == most;
            if (!complete) continue;
            InterpDecomp<T> id = from_qr(qr, options.rank ? std::min(*options.rank, found) : found);
            id.relative_error = static_cast<double>(relative_error(scaled, id, options.seed));
            if (options.rank || id.relative_error <= std::max(*options.eps, 8 * noise)) return id;
            break;
        }
    }
    const PivotedQr<T> qr(scaled);
    // The pivots bound the error only up to a factor that is √n in practice: the rank grows until the estimate agrees.
    Eigen::Index rank =
        std::min(options.rank.value_or(most), qr.rank(options.eps ? std::max(*options.eps, noise) : noise));
    const Eigen::Index limit = qr.rank(0.01 * noise);
    for (;;) {
        InterpDecomp<T> id = from_qr(qr, rank);
        id.relative_error = static_cast<double>(relative_error(scaled, id, options.seed));
        if (options.rank || id.relative_error <= *options.eps || rank >= limit) return id;
        rank = std::min(limit, rank + std::max<Eigen::Index>(1, rank / 16));
    }
}

template <Scalar T>
Eigen::MatrixX<T> reconstruct_interp_matrix(const Eigen::VectorX<Eigen::Index>& idx, Matrix<T> proj) {
    const Eigen::Index k = proj.rows(), n = k + proj.cols();
    std::vector<bool> seen(static_cast<std::size_t>(n));
    bool permutation = idx.size() == n;
    for (Eigen::Index j = 0; permutation && j < n; ++j) {
        permutation = idx[j] >= 0 && idx[j] < n && !seen[static_cast<std::size_t>(idx[j])];
        if (permutation) seen[static_cast<std::size_t>(idx[j])] = true;
    }
    if (!permutation)
        throw InvalidArgument("reconstruct_interp_matrix: idx must be a permutation of 0 ... " + std::to_string(n - 1));
    Eigen::MatrixX<T> P = Eigen::MatrixX<T>::Zero(k, n);
    for (Eigen::Index j = 0; j < k; ++j) P(j, idx[j]) = T(1);
    for (Eigen::Index j = k; j < n; ++j) P.col(idx[j]) = proj.col(j - k);
    return P;
}

template <Scalar T>
SvdResult<T> id_to_svd(Matrix<T> B, const Eigen::VectorX<Eigen::Index>& idx, Matrix<T> proj) {
    if (B.cols() != proj.rows())
        throw InvalidArgument("id_to_svd: B has " + std::to_string(B.cols()) + " columns, but proj " +
                              std::to_string(proj.rows()) + " rows: they must be equal in number");
    require_finite<T>(B, "id_to_svd", "B");
    require_finite<T>(proj, "id_to_svd", "proj");
    const auto factor = [](Eigen::MatrixX<T> M, Eigen::MatrixX<T>& R) {  // M = Q R, R square
        const int m = lapack::dimension(M.rows()), n = lapack::dimension(M.cols()), k = std::min(m, n);
        Eigen::VectorX<T> tau(k);
        if (k > 0) lapack::geqrf<T>(m, n, M.data(), m, tau.data());
        R = M.topRows(k).template triangularView<Eigen::Upper>();
        Eigen::MatrixX<T> Q = M.leftCols(k);
        if (k > 0) lapack::ungqr<T>(m, k, k, Q.data(), m, tau.data());
        return Q;
    };
    Eigen::MatrixX<T> scaled = B, R1, R2;
    const int exponent = power_of_two_scale(max_abs<T>(B));
    scale_by_power_of_two(scaled, exponent);
    const Eigen::MatrixX<T> Q1 = factor(std::move(scaled), R1);
    const Eigen::MatrixX<T> Q2 = factor(detail::reconstruct_interp_matrix<T>(idx, proj).adjoint(), R2);
    SvdResult<T> inner = detail::svd<T>(R1 * R2.adjoint(), SvdOptions{.full_matrices = false});
    scale_back(inner.s, exponent, "id_to_svd");
    return {Q1 * inner.U, inner.s, inner.Vh * Q2.adjoint()};
}

template <Scalar T>
Real<T> estimate_spectral_norm(Matrix<T> A, int iterations, std::uint64_t seed) {
    using R = Real<T>;
    if (iterations < 1) throw InvalidArgument("estimate_spectral_norm: iterations must be at least 1");
    require_finite<T>(A, "estimate_spectral_norm", "A");
    if (A.size() == 0) return 0;
    const R largest = max_abs<T>(A);
    if (largest == 0) return 0;
    const int exponent = -std::ilogb(largest);
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, exponent);
    Eigen::VectorX<T> x = random_matrix<T>(A.cols(), 1, seed);
    Eigen::VectorX<R> norm = Eigen::VectorX<R>::Zero(1);
    x /= x.norm();
    for (int k = 0; k < iterations; ++k) {
        const Eigen::VectorX<T> y = scaled * x;
        norm[0] = std::max(norm[0], y.norm());
        x.noalias() = scaled.adjoint() * y;
        const R length = x.norm();
        if (length == 0) break;
        x /= length;
    }
    norm[0] = std::max(norm[0], (scaled * x).norm());
    scale_back(norm, exponent, "estimate_spectral_norm");
    return norm[0];
}

template <Scalar T>
Eigen::Index estimate_rank(Matrix<T> A, double eps, std::uint64_t seed) {
    require_finite<T>(A, "estimate_rank", "A");
    if (!(eps >= 0 && eps < 1))
        throw InvalidArgument("estimate_rank: eps is " + std::to_string(eps) + ", but must be in [0, 1)");
    Eigen::MatrixX<T> scaled = A;
    scale_by_power_of_two(scaled, power_of_two_scale(max_abs<T>(A)));
    const Eigen::Index most = std::min(A.rows(), A.cols());
    if (most == 0) return 0;
    const double noise = static_cast<double>(std::max(A.rows(), A.cols())) * static_cast<double>(unit_roundoff<T>);
    for (Eigen::Index rows = std::min(most, 2 * oversampling);; rows = std::min(most, 2 * rows)) {
        const Eigen::VectorX<Real<T>> s = detail::svdvals<T>(sketch(scaled, rows, seed), "estimate_rank");
        const double cut = std::max(eps, noise) * static_cast<double>(s[0]);
        const Eigen::Index rank = (s.array().template cast<double>() > cut).count();
        if (rank + oversampling / 2 < rows || rows == most) return rank;
    }
}

#define RITZ_INSTANTIATE(T)                                                                                  \
    template InterpDecomp<T> interp_decomp<T>(Matrix<T>, const InterpOptions&);                              \
    template Eigen::MatrixX<T> reconstruct_interp_matrix<T>(const Eigen::VectorX<Eigen::Index>&, Matrix<T>); \
    template SvdResult<T> id_to_svd<T>(Matrix<T>, const Eigen::VectorX<Eigen::Index>&, Matrix<T>);           \
    template Real<T> estimate_spectral_norm<T>(Matrix<T>, int, std::uint64_t);                               \
    template Eigen::Index estimate_rank<T>(Matrix<T>, double, std::uint64_t);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
