// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>

#include "core/instantiate.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz::linalg::detail {

namespace {

/// A V = V Λ and Vᴴ V = I for a random vector, A given as bands(i - j, j) = a_ij, i ≥ j.
template <Scalar T>
bool is_band_decomposition(const Eigen::MatrixX<T>& bands, const Eigen::VectorX<Real<T>>& w,
                           const Eigen::MatrixX<T>& V) {
    if (V.cols() == 0) return true;
    const Eigen::Index n = bands.cols();
    const auto z = probe_vector<T>(V.cols());
    const Eigen::VectorX<T> x = V * z;
    const Eigen::VectorX<T> w_z = w.template cast<T>().cwiseProduct(z);
    Eigen::VectorX<T> Ax = bands.row(0).transpose().cwiseProduct(x);
    for (Eigen::Index k = 1; k < std::min(bands.rows(), n); ++k) {
        const auto a = bands.row(k).head(n - k).transpose();
        Ax.tail(n - k) += a.cwiseProduct(x.head(n - k));
        Ax.head(n - k) += a.conjugate().cwiseProduct(x.tail(n - k));
    }
    return agree<T>(V.adjoint() * x, z, z.norm(), n) &&
           agree<T>(Ax, V * w_z, bands.norm() * std::sqrt(Real<T>(2)) * z.norm(), n);
}

template <Scalar T>
bool are_band_eigenvalues(const Eigen::MatrixX<T>& bands, const Eigen::VectorX<Real<T>>& w) {
    using R = Real<T>;
    const R n = R(bands.cols()), tolerance = 32 * n * unit_roundoff<T>;
    const R norm = std::sqrt(2 * bands.squaredNorm() - bands.row(0).squaredNorm());
    return std::abs(norm - w.norm()) <= tolerance * norm &&
           std::abs(bands.row(0).real().sum() - w.sum()) <= tolerance * norm * std::sqrt(n);
}

}  // namespace

template <Scalar T>
EighResult<T> eigh_tridiagonal(Matrix<T> d, Matrix<T> e, const TridiagonalEighOptions& options, bool vectors) {
    const char* const who = vectors ? "eigh_tridiagonal" : "eigvalsh_tridiagonal";
    if (d.cols() != 1 || e.cols() != 1 || e.rows() != std::max<Eigen::Index>(d.rows() - 1, 0))
        throw InvalidArgument(std::string(who) + ": d is " + std::to_string(d.rows()) + " x " +
                              std::to_string(d.cols()) + " and e " + std::to_string(e.rows()) + " x " +
                              std::to_string(e.cols()) + ", but d must be n x 1 and e (n-1) x 1");
    require_finite<T>(d, who, "d");
    require_finite<T>(e, who, "e");
    const int n = lapack::dimension(d.rows());
    const int exponent = power_of_two_scale(std::max(max_abs<T>(d), max_abs<T>(e)));
    const Subset<T> subset = subset_of<T>(options, n, exponent, who);
    if (n == 0 || subset.nothing) return {Eigen::VectorX<T>(0), Eigen::MatrixX<T>(n, 0)};
    const FewThreads limit(n);

    Eigen::MatrixX<T> bands = Eigen::MatrixX<T>::Zero(2, n);
    bands.row(0) = d.transpose();
    bands.row(1).head(n - 1) = e.transpose();
    scale_by_power_of_two(bands, exponent);
    EighResult<T> result{Eigen::VectorX<T>(n), Eigen::MatrixX<T>(n, 0)};
    Eigen::VectorX<T> diagonal, off_diagonal;
    const auto copy = [&] {
        diagonal = bands.row(0).transpose();
        off_diagonal = bands.row(1).transpose();  // one longer than e: some routines want room
    };
    const auto finish = [&]() -> EighResult<T>&& {
        scale_back(result.eigenvalues, exponent, who);
        return std::move(result);
    };
    if (!vectors) {
        copy();
        int info = lapack::sterf<T>(n, diagonal.data(), off_diagonal.data());
        if (info != 0 || !are_band_eigenvalues<T>(bands, diagonal)) {
            copy();
            info = lapack::stev<T>('N', n, diagonal.data(), off_diagonal.data(), nullptr, 1);
            if (info != 0 || !are_band_eigenvalues<T>(bands, diagonal))
                throw NoConvergence("eigvalsh_tridiagonal: the QR iteration did not converge");
        }
        const auto [begin, end] = selected(subset, diagonal);
        result.eigenvalues = diagonal.segment(begin, end - begin);
        return finish();
    }
    if (subset.range != 'A') {
        copy();
        int found = 0;
        const Eigen::Index columns = subset.range == 'I' ? subset.last - subset.first + 1 : n;
        result.eigenvectors.resize(n, columns);
        const int info = lapack::stevx<T>('V', subset.range, n, diagonal.data(), off_diagonal.data(), subset.low,
                                          subset.high, subset.first, subset.last, found, result.eigenvalues.data(),
                                          result.eigenvectors.data(), n);
        result.eigenvalues.conservativeResize(found);
        result.eigenvectors.conservativeResize(n, found);
        if (info == 0 && (subset.range == 'V' || found == columns) &&
            is_band_decomposition<T>(bands, result.eigenvalues, result.eigenvectors))
            return finish();
    }
    for (const bool safer : {false, true}) {
        copy();
        result.eigenvectors.resize(n, n);
        const int info =
            safer ? lapack::stev<T>('V', n, diagonal.data(), off_diagonal.data(), result.eigenvectors.data(), n)
                  : lapack::stevd<T>('V', n, diagonal.data(), off_diagonal.data(), result.eigenvectors.data(), n);
        if (info != 0 || !is_band_decomposition<T>(bands, diagonal, result.eigenvectors)) continue;
        const auto [begin, end] = selected(subset, diagonal);
        result.eigenvalues = diagonal.segment(begin, end - begin);
        if (end - begin < n) result.eigenvectors = result.eigenvectors.middleCols(begin, end - begin).eval();
        return finish();
    }
    throw NoConvergence("eigh_tridiagonal: neither divide and conquer nor QR iterations passed their check");
}

template <Scalar T>
EighResult<T> eig_banded(Matrix<T> bands, const BandedEighOptions& options, bool vectors) {
    using R = Real<T>;
    const char* const who = vectors ? "eig_banded" : "eigvals_banded";
    const Eigen::Index u = bands.rows() - 1;
    const int n = lapack::dimension(bands.cols());
    if (u < 0 && n > 0) throw InvalidArgument(std::string(who) + ": the bands have no row; the diagonal is one");
    // Lower storage, zeros in the unused corner, no more bands than n: bands of both kinds become one kind.
    const Eigen::Index kept = std::max<Eigen::Index>(std::min<Eigen::Index>(u + 1, n), 1);
    Eigen::MatrixX<T> lower = Eigen::MatrixX<T>::Zero(kept, n);
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index k = 0; k < std::min(kept, n - j); ++k)
            lower(k, j) = options.uplo == Uplo::lower ? T(bands(k, j)) : conjugate(T(bands(u - k, j + k)));
    require_finite<T>(lower, who, "bands (stored as lower ones)");
    if constexpr (is_complex<T>)
        if (n > 0 && lower.row(0).imag().cwiseAbs().maxCoeff() > 16 * unit_roundoff<T> * max_abs<T>(lower))
            throw InvalidArgument(std::string(who) + ": the diagonal of a Hermitian matrix is real, that of A is not");
    const int exponent = power_of_two_scale(max_abs<T>(lower));
    const Subset<R> subset = subset_of<R>(options, n, exponent, who);
    if (n == 0 || subset.nothing) return {Eigen::VectorX<R>(0), Eigen::MatrixX<T>(n, 0)};
    const FewThreads limit(n);
    scale_by_power_of_two(lower, exponent);

    const int bandwidth = static_cast<int>(kept) - 1;
    EighResult<T> result{Eigen::VectorX<R>(n), Eigen::MatrixX<T>(n, 0)};
    Eigen::MatrixX<T> work;
    const auto finish = [&]() -> EighResult<T>&& {
        scale_back(result.eigenvalues, exponent, who);
        return std::move(result);
    };
    if (vectors && subset.range != 'A') {
        work = lower;
        Eigen::MatrixX<T> Q(n, n);
        int found = 0;
        const Eigen::Index columns = subset.range == 'I' ? subset.last - subset.first + 1 : n;
        result.eigenvectors.resize(n, columns);
        const int info = lapack::hbevx<T>('V', subset.range, 'L', n, bandwidth, work.data(), bandwidth + 1, Q.data(), n,
                                          subset.low, subset.high, subset.first, subset.last, found,
                                          result.eigenvalues.data(), result.eigenvectors.data(), n);
        result.eigenvalues.conservativeResize(found);
        result.eigenvectors.conservativeResize(n, found);
        if (info == 0 && (subset.range == 'V' || found == columns) &&
            is_band_decomposition<T>(lower, result.eigenvalues, result.eigenvectors))
            return finish();
    }
    work = lower;
    Eigen::VectorX<R> w(n);
    if (vectors) result.eigenvectors.resize(n, n);
    const int info = lapack::hbevd<T>(vectors ? 'V' : 'N', 'L', n, bandwidth, work.data(), bandwidth + 1, w.data(),
                                      result.eigenvectors.data(), n);
    if (info == 0 &&
        (vectors ? is_band_decomposition<T>(lower, w, result.eigenvectors) : are_band_eigenvalues<T>(lower, w))) {
        const auto [begin, end] = selected(subset, w);
        result.eigenvalues = w.segment(begin, end - begin);
        if (vectors && end - begin < n) result.eigenvectors = result.eigenvectors.middleCols(begin, end - begin).eval();
        return finish();
    }
    // As a dense matrix: another reduction and other drivers.
    Eigen::MatrixX<T> full = Eigen::MatrixX<T>::Zero(n, n);
    for (Eigen::Index k = 0; k < kept; ++k) full.diagonal(-k) = lower.row(k).head(n - k).transpose();
    EighOptions dense{.uplo = Uplo::lower, .check_symmetry = false};
    EighResult<T> all;
    if (vectors)
        all = detail::eigh<T>(full, dense);
    else
        all.eigenvalues = detail::eigvalsh<T>(full, dense);
    const auto [begin, end] = selected(subset, all.eigenvalues);
    result.eigenvalues = all.eigenvalues.segment(begin, end - begin);
    if (vectors) result.eigenvectors = all.eigenvectors.middleCols(begin, end - begin);
    return finish();
}

template EighResult<float> eigh_tridiagonal<float>(Matrix<float>, Matrix<float>, const TridiagonalEighOptions&, bool);
template EighResult<double> eigh_tridiagonal<double>(Matrix<double>, Matrix<double>, const TridiagonalEighOptions&,
                                                     bool);
#define RITZ_INSTANTIATE(T) template EighResult<T> eig_banded<T>(Matrix<T>, const BandedEighOptions&, bool);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
