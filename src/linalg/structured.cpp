// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/structured.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/factor.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/kernels.hpp"
#include "linalg/lapack_factorizations.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/cholesky.hpp"

namespace ritz::linalg::detail {

namespace {

void judge(double rcond, double least, OnIllConditioned on_ill_conditioned, const char* who) {
    if (rcond < least && on_ill_conditioned == OnIllConditioned::raise)
        throw IllConditioned(std::string(who) + ": A is so badly conditioned that x may have no correct digit", rcond);
}

/// Residuals in more than the working precision: twice of it for float, 64 bits for double.
template <class R>
using Longer = std::conditional_t<std::is_same_v<R, float>, double, long double>;
template <Scalar T>
struct LongerOf {
    using type = Longer<T>;
};
template <class R>
struct LongerOf<std::complex<R>> {
    using type = std::complex<Longer<R>>;
};

}  // namespace

template <Scalar T>
void solve_triangular(Matrix<T> A, Eigen::Ref<Eigen::MatrixX<T>> x, const TriangularOptions& options) {
    require_square(A.rows(), A.cols(), "solve_triangular", "A");
    require_same_rows(A.rows(), A.cols(), x.rows(), x.cols(), "solve_triangular");
    const auto n = static_cast<int>(A.rows()), k = static_cast<int>(x.cols());
    const bool lower = options.uplo == Uplo::lower, forward = options.op == Op::none;
    Eigen::MatrixX<T> triangle = Eigen::MatrixX<T>::Zero(n, n);
    for (int j = 0; j < n; ++j) {
        const int first = lower ? j : 0, count = lower ? n - j : j + 1;
        triangle.col(j).segment(first, count) = A.col(j).segment(first, count);
        if (options.unit_diagonal) triangle(j, j) = 1;
    }
    require_finite<T>(triangle, "solve_triangular", "A");
    require_finite<T>(x, "solve_triangular", "b");
    for (int j = 0; j < n; ++j)
        if (triangle(j, j) == T(0))
            throw SingularMatrix(
                "solve_triangular: A is singular: its diagonal entry " + std::to_string(j) + " is zero", j);
    if (n == 0 || k == 0) return;
    const FewThreads limit(n);
    const Equilibration scaling = equilibration<T>(triangle);
    if (!scaling.is_identity()) triangle = scaled<T>(triangle, scaling);
    const Real<T> norm = norm1<T>(triangle);
    const Factor<T> factor =
        factorise<T>(std::move(triangle), lower ? Structure::lower_triangular : Structure::upper_triangular);
    judge(reciprocal_condition<T>(factor, norm), least_rcond<T>(n), options.on_ill_conditioned, "solve_triangular");
    const std::vector<int> exponents = scale_right_hand_side<T>(x, forward ? scaling.rows : scaling.columns);
    factor.solve(options.op, k, x.data(), static_cast<int>(x.outerStride()));
    unscale_solution<T>(x, forward ? scaling.columns : scaling.rows, exponents);
    require_representable<T>(x, "solve_triangular", "x");
}

template <Scalar T>
void solve_banded(Eigen::Index lower, Eigen::Index upper, Matrix<T> ab, Eigen::Ref<Eigen::MatrixX<T>> x,
                  const BandedOptions& options) {
    const Eigen::Index n = ab.cols();
    ritz::detail::require(lower >= 0 && upper >= 0 && ab.rows() == lower + upper + 1,
                          "solve_banded: ab has " + std::to_string(ab.rows()) +
                              " rows, but must have lower + upper + 1 of them, lower = " + std::to_string(lower) +
                              " and upper = " + std::to_string(upper));
    require_same_rows(n, n, x.rows(), x.cols(), "solve_banded");
    const auto kl = static_cast<int>(std::min(lower, std::max<Eigen::Index>(n - 1, 0)));
    const auto ku = static_cast<int>(std::min(upper, std::max<Eigen::Index>(n - 1, 0)));
    // The band in a storage of its own: corners zero, diagonals outside of A left out.
    Eigen::MatrixX<T> band = Eigen::MatrixX<T>::Zero(kl + ku + 1, n);
    const auto for_each_entry = [&](auto&& visit) {
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index i = std::max<Eigen::Index>(0, j - ku); i <= std::min(n - 1, j + kl); ++i) visit(i, j);
    };
    for_each_entry([&](Eigen::Index i, Eigen::Index j) { band(ku + i - j, j) = ab(upper + i - j, j); });
    require_finite<T>(band, "solve_banded", "ab");
    require_finite<T>(x, "solve_banded", "b");
    if (n == 0 || x.cols() == 0) return;

    const Equilibration scaling = band_equilibration<T>(band, kl, ku);
    if (!scaling.is_identity())
        for_each_entry([&](Eigen::Index i, Eigen::Index j) {
            band(ku + i - j, j) = scale_by_power(band(ku + i - j, j), scaling.rows[i] + scaling.columns[j]);
        });
    const std::vector<int> exponents = scale_right_hand_side<T>(x, scaling.rows);
    const Factor<T> factor = factorise_band<T>(band, {kl, ku});
    if (factor.zero_pivot >= 0)
        throw SingularMatrix(
            "solve_banded: A is singular: the pivot of column " + std::to_string(factor.zero_pivot) + " is zero",
            factor.zero_pivot);
    judge(reciprocal_condition<T>(factor, norm1<T>(band)), least_rcond<T>(n), options.on_ill_conditioned,
          "solve_banded");
    const Eigen::MatrixX<T> b = x;
    const auto k = static_cast<int>(x.cols()), ldx = static_cast<int>(x.outerStride());
    factor.solve(Op::none, k, x.data(), ldx);
    using L = typename LongerOf<T>::type;
    Eigen::MatrixX<L> r = b.template cast<L>();
    for_each_entry([&](Eigen::Index i, Eigen::Index j) {
        const L a = band(ku + i - j, j);
        for (int c = 0; c < k; ++c) r(i, c) -= a * L(x(j, c));
    });
    Eigen::MatrixX<T> d = r.template cast<T>();
    factor.solve(Op::none, k, d.data(), static_cast<int>(n));
    if (d.allFinite()) x += d;
    unscale_solution<T>(x, scaling.columns, exponents);
    require_representable<T>(x, "solve_banded", "x");
}

template <Scalar T>
void solveh_banded(Matrix<T> ab, Eigen::Ref<Eigen::MatrixX<T>> x, const HermitianBandedOptions& options) {
    require_same_rows(ab.cols(), ab.cols(), x.rows(), x.cols(), "solveh_banded");
    require_finite<T>(x, "solveh_banded", "b");
    cho_solve_banded<T>(
        cholesky_banded<T>(ab, {.uplo = options.uplo, .on_ill_conditioned = options.on_ill_conditioned}), x);
}

#define RITZ_INSTANTIATE(T)                                                                                \
    template void solve_triangular<T>(Matrix<T>, Eigen::Ref<Eigen::MatrixX<T>>, const TriangularOptions&); \
    template void solve_banded<T>(Eigen::Index, Eigen::Index, Matrix<T>, Eigen::Ref<Eigen::MatrixX<T>>,    \
                                  const BandedOptions&);                                                   \
    template void solveh_banded<T>(Matrix<T>, Eigen::Ref<Eigen::MatrixX<T>>, const HermitianBandedOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
