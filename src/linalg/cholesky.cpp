// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/cholesky.hpp"

#include <cmath>
#include <optional>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/factor.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/hermitian_argument.hpp"
#include "linalg/kernels.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg {

namespace {

[[noreturn]] void not_positive_definite(const char* who, int column) {
    throw NotPositiveDefinite(std::string(who) + ": A is not positive definite: the pivot of column " +
                                  std::to_string(column) + " is not positive",
                              column);
}

template <class M>
void clear_upper(M& L) {
    for (Eigen::Index j = 1; j < L.cols(); ++j) L.col(j).head(j).setZero();
}

/// The lower triangle of A, given by the triangle `uplo`; the other one of the result is zero.
template <Scalar T>
Eigen::MatrixX<T> lower_triangle(Matrix<T> A, Uplo uplo) {
    const Eigen::Index n = A.rows();
    Eigen::MatrixX<T> L(n, n);
    if (uplo == Uplo::lower)
        for (Eigen::Index j = 0; j < n; ++j) L.col(j).tail(n - j) = A.col(j).tail(n - j);
    else
        L.template triangularView<Eigen::Lower>() = A.adjoint();
    clear_upper(L);
    return L;
}

template <Scalar T>
void check_arguments(Matrix<T> A, Uplo uplo, bool check_hermitian, const char* who) {
    detail::require_square(A.rows(), A.cols(), who, "A");
    detail::require_finite<T>(A, who, "A");
    if (check_hermitian) require_mirrored<T>(A, uplo, true, who);
}

/// ‖A‖₁ of the Hermitian matrix with this lower triangle.
template <Scalar T>
Real<T> hermitian_norm1(const Eigen::MatrixX<T>& L) {
    Eigen::VectorX<Real<T>> sums = Eigen::VectorX<Real<T>>::Zero(L.rows());
    for (Eigen::Index j = 0; j < L.cols(); ++j)
        for (Eigen::Index i = j; i < L.rows(); ++i) {
            const Real<T> size = std::abs(L(i, j));
            sums[j] += size;
            if (i != j) sums[i] += size;
        }
    return sums.size() == 0 ? Real<T>(0) : sums.maxCoeff();
}

}  // namespace

namespace detail {

template <Scalar T>
Eigen::MatrixX<T> cholesky(Matrix<T> A, const CholeskyOptions& options) {
    check_arguments<T>(A, options.uplo, options.check_hermitian, "cholesky");
    const auto n = static_cast<int>(A.rows());
    std::optional<ThreadLimit> one;
    if (n < 256 && (is_complex<T> || n > 32)) one.emplace(1);
    Eigen::MatrixX<T> L = lower_triangle<T>(A, options.uplo);
    const Equilibration scaling = symmetric_equilibration<T>(L);
    const bool is_scaled = !scaling.is_identity();
    if (is_scaled) L = scaled<T>(L, scaling);
    const int column = kernels::cholesky<T>(n, L.data(), n);
    if (column >= 0) not_positive_definite("cholesky", column);
    clear_upper(L);
    if (is_scaled) scale_rows<T>(L, scaling.rows, -1);
    if (options.uplo == Uplo::upper) return L.adjoint();
    return L;
}

template <Scalar T>
BandedCholesky<T> cholesky_banded(Matrix<T> ab, const CholeskyFactorOptions& options) {
    const auto n = static_cast<int>(ab.cols()), k = static_cast<int>(ab.rows()) - 1;
    ritz::detail::require(k >= 0 || n == 0, "cholesky_banded: ab must have a row for the diagonal");
    const bool lower = options.uplo == Uplo::lower;
    BandedCholesky<T> result{Eigen::MatrixX<T>::Zero(ab.rows(), n), options.uplo, 1};
    if (n == 0) return result;
    // visit(i, j, entry of the stored triangle); the corners outside of A stay zero.
    const auto for_each_entry = [&](auto&& visit) {
        for (int j = 0; j < n; ++j)
            for (int d = 0; d <= std::min(k, lower ? n - 1 - j : j); ++d)
                visit(lower ? j + d : j - d, j, result.ab(lower ? d : k - d, j));
    };
    for_each_entry([&](int i, int j, T& entry) { entry = ab(lower ? i - j : k + i - j, j); });
    require_finite<T>(result.ab, "cholesky_banded", "ab");
    Eigen::VectorX<T> diagonal = result.ab.row(lower ? 0 : k);
    for (int j = 0; j < n; ++j) {
        if (std::imag(diagonal[j]) != 0)
            throw InvalidArgument("cholesky_banded: A is not Hermitian: the diagonal entry of column " +
                                  std::to_string(j) + " is not real");
        if (!(std::real(diagonal[j]) > 0)) not_positive_definite("cholesky_banded", j);
    }
    const Equilibration scaling = diagonal_equilibration<T>(diagonal);
    const bool is_scaled = !scaling.is_identity();
    if (is_scaled)
        for_each_entry(
            [&](int i, int j, T& entry) { entry = scale_by_power(entry, scaling.rows[i] + scaling.columns[j]); });
    Eigen::VectorX<Real<T>> sums = Eigen::VectorX<Real<T>>::Zero(n);
    for_each_entry([&](int i, int j, T entry) {
        sums[j] += std::abs(entry);
        if (i != j) sums[i] += std::abs(entry);
    });
    const char letter = lower ? 'L' : 'U';
    const int info = lapack::pbtrf(letter, n, k, result.ab.data(), k + 1);
    if (info > 0) not_positive_definite("cholesky_banded", info - 1);
    const auto apply = [&](Eigen::VectorX<T>& x) {
        lapack::pbtrs(letter, n, k, 1, result.ab.data(), k + 1, x.data(), n);
    };
    const double inverse = estimate_norm1<T>(n, apply, apply);
    const double rcond = 1 / (static_cast<double>(sums.maxCoeff()) * inverse);
    result.rcond = std::isfinite(rcond) ? std::min(1.0, rcond) : 0;
    if (result.rcond < least_rcond<T>(n) && options.on_ill_conditioned == OnIllConditioned::raise)
        throw IllConditioned("cholesky_banded: A is so badly conditioned that solutions may have no correct digit",
                             result.rcond);
    if (is_scaled)  // S A S = L Lᴴ: the rows of L, or the columns of U, back
        for_each_entry([&](int i, int j, T& entry) { entry = scale_by_power(entry, -scaling.rows[lower ? i : j]); });
    return result;
}

template <Scalar T>
void cho_solve_banded(const BandedCholesky<T>& factor, Eigen::Ref<Eigen::MatrixX<T>> x) {
    const auto n = static_cast<int>(factor.ab.cols()), k = static_cast<int>(factor.ab.rows()) - 1;
    if (n == 0 || x.cols() == 0) return;
    lapack::pbtrs(factor.uplo == Uplo::lower ? 'L' : 'U', n, k, static_cast<int>(x.cols()), factor.ab.data(), k + 1,
                  x.data(), static_cast<int>(x.outerStride()));
    require_representable<T>(x, "cho_solve_banded", "x");
}

}  // namespace detail

template <Scalar T>
CholeskyFactor<T>::CholeskyFactor(Matrix<T> A, const CholeskyFactorOptions& options) {
    check_arguments<T>(A, options.uplo, options.check_hermitian, "cho_factor");
    const auto n = static_cast<int>(A.rows());
    const FewThreads limit(n);
    Eigen::MatrixX<T> L = lower_triangle<T>(A, options.uplo);
    Equilibration scaling = symmetric_equilibration<T>(L);
    if (!scaling.is_identity()) L = scaled<T>(L, scaling);
    const Real<T> norm = hermitian_norm1<T>(L);
    Factor<T> factor = factorise<T>(std::move(L), Structure::positive_definite);
    if (factor.zero_pivot >= 0) not_positive_definite("cho_factor", factor.zero_pivot);
    rcond_ = reciprocal_condition<T>(factor, norm);
    if (rcond_ < least_rcond<T>(n) && options.on_ill_conditioned == OnIllConditioned::raise)
        throw IllConditioned("cho_factor: A is so badly conditioned that solutions may have no correct digit", rcond_);
    factor_ = std::move(factor.factors);
    clear_upper(factor_);
    exponents_ = std::move(scaling.rows);
}

template <Scalar T>
Eigen::MatrixX<T> CholeskyFactor<T>::matrix_l() const {
    Eigen::MatrixX<T> L = factor_;
    scale_rows<T>(L, exponents_, -1);
    return L;
}

template <Scalar T>
void CholeskyFactor<T>::solve_in_place(Eigen::Ref<Eigen::MatrixX<T>> x) const {
    detail::require_same_rows(rows(), rows(), x.rows(), x.cols(), "cho_solve");
    const auto n = static_cast<int>(rows()), k = static_cast<int>(x.cols()), ldx = static_cast<int>(x.outerStride());
    const FewThreads limit(n);
    const std::vector<int> exponents = scale_right_hand_side<T>(x, exponents_);
    kernels::solve_triangle<T>(Uplo::lower, Op::none, false, n, k, factor_.data(), n, x.data(), ldx);
    kernels::solve_triangle<T>(Uplo::lower, Op::adjoint, false, n, k, factor_.data(), n, x.data(), ldx);
    unscale_solution<T>(x, exponents_, exponents);
    require_representable<T>(x, "cho_solve", "x");
}

#define RITZ_INSTANTIATE(T)                                                                         \
    template class CholeskyFactor<T>;                                                               \
    template Eigen::MatrixX<T> detail::cholesky<T>(Matrix<T>, const CholeskyOptions&);              \
    template BandedCholesky<T> detail::cholesky_banded<T>(Matrix<T>, const CholeskyFactorOptions&); \
    template void detail::cho_solve_banded<T>(const BandedCholesky<T>&, Eigen::Ref<Eigen::MatrixX<T>>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
