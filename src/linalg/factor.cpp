// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/factor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/instantiate.hpp"
#include "linalg/blas.hpp"
#include "linalg/condition.hpp"
#include "linalg/kernels.hpp"
#include "linalg/lapack_factorizations.hpp"

namespace ritz::linalg {

namespace {

template <Scalar T, bool conjugated>
bool mirrors_itself(Matrix<T> A) {
    using R = Real<T>;
    const auto mirror = [](T a) { return conjugated ? conjugate(a) : a; };
    constexpr Eigen::Index tile = 32;
    const Eigen::Index n = A.rows();
    constexpr R tolerance = static_cast<R>(10 * unit_roundoff<T>);
    R allowed = -1;  // not known yet: 10 u max |A|
    for (Eigen::Index jj = 0; jj < n; jj += tile)
        for (Eigen::Index ii = jj; ii < n; ii += tile)
            for (Eigen::Index j = jj; j < std::min(jj + tile, n); ++j)
                for (Eigen::Index i = std::max(ii, j); i < std::min(ii + tile, n); ++i) {
                    if (A(i, j) == mirror(A(j, i))) continue;
                    // The difference itself may not overflow.
                    const R difference = std::abs(A(i, j) / R(2) - mirror(A(j, i)) / R(2));
                    if (difference > tolerance * std::abs(A(i, j)) && allowed < 0)
                        allowed = tolerance * A.cwiseAbs().maxCoeff();
                    if (difference > std::max(allowed, tolerance * std::abs(A(i, j)))) return false;
                }
    return true;
}

template <Scalar T>
bool may_be_positive_definite(Matrix<T> A) {
    using R = Real<T>;
    const Eigen::Index n = A.rows();
    Eigen::VectorX<R> root(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        if (!(std::real(A(i, i)) > 0)) return false;
        root[i] = std::sqrt(std::real(A(i, i)));
    }
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = j + 1; i < n; ++i)
            if (!(std::abs(A(i, j)) <= root[i] * root[j])) return false;
    return true;
}

}  // namespace

template <Scalar T>
bool is_hermitian(Matrix<T> A) {
    return mirrors_itself<T, true>(A);
}
template <Scalar T>
bool is_symmetric(Matrix<T> A) {
    return mirrors_itself<T, false>(A);
}

template <Scalar T>
Structure find_structure(Matrix<T> A) {
    const Eigen::Index n = A.rows();
    const auto [lower, upper] = detail::bandwidth<T>(A);
    if (lower == 0 && upper == 0) return Structure::diagonal;
    if (lower <= 1 && upper <= 1) return Structure::tridiagonal;
    if (n > 16 && 2 * lower + upper < n / 4) return Structure::banded;
    if (lower == 0) return Structure::upper_triangular;
    if (upper == 0) return Structure::lower_triangular;
    if (lower != upper) return Structure::general;
    if (is_hermitian<T>(A)) return may_be_positive_definite<T>(A) ? Structure::positive_definite : Structure::hermitian;
    if (is_complex<T> && is_symmetric<T>(A)) return Structure::symmetric;
    return Structure::general;
}

template <Scalar T>
Factor<T> factorise(Eigen::MatrixX<T> A, Structure structure) {
    const auto n = static_cast<int>(A.cols());
    Factor<T> f{structure, std::move(A)};
    T* data = f.factors.data();
    const auto zero_on_diagonal = [&] {
        for (int i = 0; i < n; ++i)
            if (f.factors(i, i) == T(0)) return i;
        return -1;
    };
    switch (structure) {
        case Structure::diagonal:
        case Structure::lower_triangular:
        case Structure::upper_triangular:
            f.zero_pivot = zero_on_diagonal();
            break;
        case Structure::tridiagonal:
        case Structure::banded: {
            const Bandwidth band = detail::bandwidth<T>(f.factors);
            Eigen::MatrixX<T> ab = Eigen::MatrixX<T>::Zero(band.lower + band.upper + 1, n);
            for (Eigen::Index j = 0; j < n; ++j)
                for (Eigen::Index i = std::max<Eigen::Index>(0, j - band.upper);
                     i <= std::min<Eigen::Index>(n - 1, j + band.lower); ++i)
                    ab(band.upper + i - j, j) = f.factors(i, j);
            f = factorise_band<T>(ab, band);
            f.structure = structure;
            break;
        }
        case Structure::positive_definite:
            f.zero_pivot = kernels::cholesky<T>(n, data, n);
            break;
        case Structure::hermitian:
        case Structure::symmetric:
            f.pivots.resize(n);
            if (n > 0)
                f.zero_pivot = (structure == Structure::hermitian ? lapack::hetrf('L', n, data, n, f.pivots.data())
                                                                  : lapack::sytrf('L', n, data, n, f.pivots.data())) -
                               1;
            break;
        case Structure::general:
            f.pivots.resize(n);
            f.zero_pivot = kernels::lu<T>(n, n, data, n, f.pivots.data());
            break;
    }
    return f;
}

template <Scalar T>
Factor<T> factorise_band(const Eigen::MatrixX<T>& ab, Bandwidth band) {
    const auto n = static_cast<int>(ab.cols());
    const auto kl = static_cast<int>(band.lower), ku = static_cast<int>(band.upper);
    Factor<T> f{Structure::banded, Eigen::MatrixX<T>::Zero(2 * kl + ku + 1, n)};
    f.factors.bottomRows(kl + ku + 1) = ab;
    f.band = band;
    f.pivots.resize(n);
    if (n > 0) f.zero_pivot = lapack::gbtrf(n, n, kl, ku, f.factors.data(), 2 * kl + ku + 1, f.pivots.data()) - 1;
    return f;
}

template <Scalar T>
Factor<T> factorise_with_complete_pivoting(Eigen::MatrixX<T> A) {
    const auto n = static_cast<int>(A.cols());
    Factor<T> f{Structure::general, std::move(A)};
    f.pivots.resize(n), f.column_pivots.resize(n);
    auto& F = f.factors;
    for (int k = 0; k < n; ++k) {
        Eigen::Index i, j;
        F.bottomRightCorner(n - k, n - k).cwiseAbs().maxCoeff(&i, &j);
        f.pivots[k] = k + static_cast<int>(i), f.column_pivots[k] = k + static_cast<int>(j);
        F.row(k).swap(F.row(f.pivots[k]));
        F.col(k).swap(F.col(f.column_pivots[k]));
        if (F(k, k) == T(0)) {
            if (f.zero_pivot < 0) f.zero_pivot = k;
            continue;
        }
        const int rest = n - k - 1;
        F.col(k).tail(rest) /= F(k, k);
        F.bottomRightCorner(rest, rest).noalias() -= F.col(k).tail(rest) * F.row(k).tail(rest);
    }
    return f;
}

template <Scalar T>
void Factor<T>::solve(Op op, int k, T* x, int ldx) const {
    const int n = order();
    if (n == 0 || k == 0) return;
    const char letter = op == Op::none ? 'N' : op == Op::transpose ? 'T' : ritz::detail::blas::adjoint<T>;
    Eigen::Map<Eigen::MatrixX<T>, 0, Eigen::OuterStride<>> X(x, n, k, Eigen::OuterStride<>(ldx));
    const T* data = factors.data();
    // A method for Aᴴ = A solves with Aᵀ through conjugates: Aᵀ x = b is A x̄ = b̄; likewise Aᴴ for Aᵀ = A.
    const auto conjugated_if = [&](bool wanted, auto&& solve_it) {
        if (is_complex<T> && wanted) X = X.conjugate().eval();
        solve_it();
        if (is_complex<T> && wanted) X = X.conjugate().eval();
    };
    switch (structure) {
        case Structure::diagonal:
            for (int j = 0; j < k; ++j)
                for (int i = 0; i < n; ++i) X(i, j) /= op == Op::adjoint ? conjugate(factors(i, i)) : factors(i, i);
            break;
        case Structure::lower_triangular:
            kernels::solve_triangle<T>(Uplo::lower, op, false, n, k, data, n, x, ldx);
            break;
        case Structure::upper_triangular:
            kernels::solve_triangle<T>(Uplo::upper, op, false, n, k, data, n, x, ldx);
            break;
        case Structure::tridiagonal:
        case Structure::banded:
            lapack::gbtrs(letter, n, static_cast<int>(band.lower), static_cast<int>(band.upper), k, data,
                          static_cast<int>(2 * band.lower + band.upper) + 1, pivots.data(), x, ldx);
            break;
        case Structure::positive_definite:
            conjugated_if(op == Op::transpose, [&] {
                kernels::solve_triangle<T>(Uplo::lower, Op::none, false, n, k, data, n, x, ldx);
                kernels::solve_triangle<T>(Uplo::lower, Op::adjoint, false, n, k, data, n, x, ldx);
            });
            break;
        case Structure::hermitian:
            conjugated_if(op == Op::transpose, [&] { lapack::hetrs('L', n, k, data, n, pivots.data(), x, ldx); });
            break;
        case Structure::symmetric:
            conjugated_if(op == Op::adjoint, [&] { lapack::sytrs('L', n, k, data, n, pivots.data(), x, ldx); });
            break;
        case Structure::general: {
            const auto c = static_cast<int>(column_pivots.size());
            if (op != Op::none)
                for (int i = 0; i < c; ++i) X.row(i).swap(X.row(column_pivots[i]));
            kernels::solve_lu<T>(op, n, k, data, n, pivots.data(), x, ldx);
            if (op == Op::none)
                for (int i = c - 1; i >= 0; --i) X.row(i).swap(X.row(column_pivots[i]));
            break;
        }
    }
}

template <Scalar T>
double growth(const Factor<T>& factor, Matrix<T> A) {
    if (factor.structure != Structure::general || A.size() == 0) return 1;
    const auto& F = factor.factors;
    Real<T> largest = 0;
    for (Eigen::Index j = 0; j < F.cols(); ++j) largest = std::max(largest, F.col(j).head(j + 1).cwiseAbs().maxCoeff());
    const Real<T> original = A.cwiseAbs().maxCoeff();
    return original > 0 ? static_cast<double>(largest / original) : 1;
}

template <Scalar T>
double reciprocal_condition(const Factor<T>& factor, Real<T> norm1) {
    const int n = factor.order();
    if (n == 0) return 1;
    if (factor.zero_pivot >= 0) return 0;
    const Real<T> inverse = estimate_norm1<T>(
        n, [&](Eigen::VectorX<T>& x) { factor.solve(Op::none, 1, x.data(), n); },
        [&](Eigen::VectorX<T>& x) { factor.solve(Op::adjoint, 1, x.data(), n); });
    const double rcond = 1 / (static_cast<double>(norm1) * static_cast<double>(inverse));
    return std::isfinite(rcond) ? std::min(1.0, rcond) : 0;
}

#define RITZ_INSTANTIATE(T)                                                    \
    template Structure find_structure<T>(Matrix<T>);                           \
    template bool is_hermitian<T>(Matrix<T>);                                  \
    template bool is_symmetric<T>(Matrix<T>);                                  \
    template struct Factor<T>;                                                 \
    template Factor<T> factorise<T>(Eigen::MatrixX<T>, Structure);             \
    template Factor<T> factorise_band<T>(const Eigen::MatrixX<T>&, Bandwidth); \
    template Factor<T> factorise_with_complete_pivoting<T>(Eigen::MatrixX<T>); \
    template double growth<T>(const Factor<T>&, Matrix<T>);                    \
    template double reciprocal_condition<T>(const Factor<T>&, Real<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
