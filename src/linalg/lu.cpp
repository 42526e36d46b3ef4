// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/lu.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/exact_determinant.hpp"
#include "linalg/factor.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/kernels.hpp"
#include "linalg/small_systems.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg {

namespace detail {

template <Scalar T>
void require_right_hand_side(Eigen::Index rows, Matrix<T> b, const char* who) {
    require_same_rows(rows, rows, b.rows(), b.cols(), who);
    require_finite<T>(b, who, "b");
}

template <Scalar T>
LuDecomposition<T> lu(Matrix<T> A) {
    require_finite<T>(A, "lu", "A");
    const auto m = static_cast<int>(A.rows()), n = static_cast<int>(A.cols()), k = std::min(m, n);
    const FewThreads limit(k);
    Eigen::MatrixX<T> F = A;
    const int exponent = largest_exponent<T>(A);
    const bool is_extreme = exponent != INT_MIN && std::abs(exponent) > (std::is_same_v<Real<T>, float> ? 100 : 900);
    if (is_extreme) scale_rows<T>(F, {}, 1, -exponent);
    std::vector<int> pivots(static_cast<std::size_t>(k));
    kernels::lu<T>(m, n, F.data(), m, pivots.data());
    LuDecomposition<T> result{Eigen::MatrixX<T>::Identity(m, m), F.leftCols(k), F.topRows(k)};
    result.L.template triangularView<Eigen::StrictlyUpper>().setZero();
    result.L.diagonal().setOnes();
    result.U.template triangularView<Eigen::StrictlyLower>().setZero();
    if (is_extreme) {
        scale_rows<T>(result.U, {}, 1, exponent);
        require_representable<T>(result.U, "lu", "U");
    }
    for (int i = k - 1; i >= 0; --i) result.P.row(i).swap(result.P.row(pivots[i]));
    return result;
}

namespace {

/// mantissa 2^exponent
template <Scalar T>
struct Product {
    T mantissa = 1;
    std::int64_t exponent = 0;

    void multiply(T factor) {
        mantissa *= factor;
        if (mantissa == T(0)) return;
        const int e = exponent_of(mantissa);
        mantissa = scale_by_power(mantissa, -e);
        exponent += e;
    }
};

/// The determinant by LU.
template <Scalar T>
Product<T> determinant(Matrix<T> A, const DetOptions& options, const char* who) {
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T>(A, who, "A");
    const auto n = static_cast<int>(A.rows());
    Product<T> product;
    if (n == 0) return product;
    const FewThreads limit(n);
    const Equilibration scaling = equilibration<T>(A);
    Eigen::MatrixX<T> storage;
    if (!scaling.is_identity()) storage = scaled<T>(A, scaling);
    const Matrix<T> S = scaling.is_identity() ? A : Matrix<T>(storage);
    Factor<T> factor = factorise<T>(S, Structure::general);
    if (factor.zero_pivot < 0 && growth<T>(factor, S) > unstable_growth)
        factor = factorise_with_complete_pivoting<T>(S);
    // A pivot that is zero may be so by rounding only: reciprocal_condition is 0 then.
    const double rcond = reciprocal_condition<T>(factor, norm1<T>(S));
    if (rcond < least_rcond<T>(n)) {
        if (const auto exact = exact_determinant<T>(A)) {
            product.multiply(exact->mantissa);
            product.exponent += exact->exponent;
            return product;
        }
        if (options.on_ill_conditioned == OnIllConditioned::raise)
            throw IllConditioned(std::string(who) + ": A is so nearly singular that not even the sign may be right",
                                 rcond);
    }
    for (int k = 0; k < n; ++k) product.multiply(factor.factors(k, k));
    bool odd = false;
    for (int k = 0; k < n; ++k) odd ^= factor.pivots[k] != k;
    for (std::size_t k = 0; k < factor.column_pivots.size(); ++k) odd ^= factor.column_pivots[k] != static_cast<int>(k);
    if (odd) product.mantissa = -product.mantissa;
    for (const int e : scaling.rows) product.exponent -= e;
    for (const int e : scaling.columns) product.exponent -= e;
    return product;
}

}  // namespace

template <Scalar T>
T det(Matrix<T> A, const DetOptions& options) {
    if (A.rows() == A.cols() && A.rows() <= small::largest_system)
        if (const auto quick = small::determinant<T>(static_cast<int>(A.rows()), A.data(), A.outerStride()))
            return *quick;
    const Product<T> product = determinant<T>(A, options, "det");
    const auto exponent = static_cast<int>(std::clamp<std::int64_t>(product.exponent, -100000, 100000));
    return scale_by_power(product.mantissa, exponent);
}

template <Scalar T>
SignLogDet<T> slogdet(Matrix<T> A, const DetOptions& options) {
    const Product<T> product = determinant<T>(A, options, "slogdet");
    if (product.mantissa == T(0)) return {T(0), -std::numeric_limits<Real<T>>::infinity()};
    const Real<T> size = std::abs(product.mantissa);
    return {product.mantissa / size, static_cast<Real<T>>(std::log(static_cast<double>(size)) +
                                                          static_cast<double>(product.exponent) * std::log(2.0))};
}

}  // namespace detail

template <Scalar T>
LuFactor<T>::LuFactor(Matrix<T> A, const LuOptions& options) {
    detail::require_square(A.rows(), A.cols(), "lu_factor", "A", "for rectangular matrices see lu");
    detail::require_finite<T>(A, "lu_factor", "A");
    const Eigen::Index n = A.rows();
    const FewThreads limit(n);
    Equilibration scaling = equilibration<T>(A);
    const Eigen::MatrixX<T> S = scaled<T>(A, scaling);
    Factor<T> factor = factorise<T>(S, Structure::general);
    if (factor.zero_pivot < 0 && growth<T>(factor, S) > unstable_growth)
        factor = factorise_with_complete_pivoting<T>(S);
    if (factor.zero_pivot >= 0)
        throw SingularMatrix(
            "lu_factor: A is singular: the pivot of column " + std::to_string(factor.zero_pivot) + " is zero",
            factor.zero_pivot);
    rcond_ = reciprocal_condition<T>(factor, norm1<T>(S));
    if (rcond_ < least_rcond<T>(n) && options.on_ill_conditioned == OnIllConditioned::raise)
        throw IllConditioned("lu_factor: A is so badly conditioned that solutions may have no correct digit", rcond_);
    factors_ = std::move(factor.factors);
    pivots_ = std::move(factor.pivots);
    column_pivots_ = std::move(factor.column_pivots);
    row_exponents_ = std::move(scaling.rows);
    column_exponents_ = std::move(scaling.columns);
}

template <Scalar T>
void LuFactor<T>::solve_in_place(Eigen::Ref<Eigen::MatrixX<T>> x, Op op) const {
    detail::require_same_rows(rows(), rows(), x.rows(), x.cols(), "lu_solve");
    const auto n = static_cast<int>(rows()), k = static_cast<int>(x.cols());
    if (n == 0 || k == 0) return;
    const FewThreads limit(n);
    const bool forward = op == Op::none;
    // R A C = P L U Q: A⁻¹ = C Qᵀ U⁻¹ L⁻¹ Pᵀ R.
    const std::vector<int> exponents = scale_right_hand_side<T>(x, forward ? row_exponents_ : column_exponents_);
    const auto columns = static_cast<int>(column_pivots_.size());
    if (!forward)
        for (int i = 0; i < columns; ++i) x.row(i).swap(x.row(column_pivots_[i]));
    kernels::solve_lu<T>(op, n, k, factors_.data(), n, pivots_.data(), x.data(), static_cast<int>(x.outerStride()));
    if (forward)
        for (int i = columns - 1; i >= 0; --i) x.row(i).swap(x.row(column_pivots_[i]));
    unscale_solution<T>(x, forward ? column_exponents_ : row_exponents_, exponents);
    require_representable<T>(x, "lu_solve", "x");
}

#define RITZ_INSTANTIATE(T)                                                                 \
    template class LuFactor<T>;                                                             \
    template void detail::require_right_hand_side<T>(Eigen::Index, Matrix<T>, const char*); \
    template LuDecomposition<T> detail::lu<T>(Matrix<T>);                                   \
    template T detail::det<T>(Matrix<T>, const DetOptions&);                                \
    template SignLogDet<T> detail::slogdet<T>(Matrix<T>, const DetOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
