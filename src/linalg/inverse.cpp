// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/inverse.hpp"

#include <cmath>
#include <optional>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/factor.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/kernels.hpp"
#include "linalg/small_systems.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

/// ‖A (X z) − z‖ / ‖A‖ ‖X‖ ‖z‖ for a random z, in 1- and ∞-norms that cost O(n²).
template <Scalar T>
double inversion_error(Matrix<T> A, Matrix<T> X, double norms) {
    const Eigen::Index n = A.rows();
    Random random(1729);
    Eigen::VectorX<T> z(n);
    for (T& entry : z) entry = static_cast<Real<T>>(random.uniform(-1, 1));
    const Eigen::VectorX<T> y = X * z, r = A * y - z;
    return static_cast<double>(r.template lpNorm<1>()) / (norms * static_cast<double>(z.template lpNorm<1>()));
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> inv(Matrix<T> A, const InvOptions& options) {
    require_square(A.rows(), A.cols(), "inv", "A", "for rectangular matrices see pinv");
    const auto n = static_cast<int>(A.rows());
    if (n <= small::largest_inverse) {
        Eigen::MatrixX<T> X(n, n);
        if (small::invert<T>(n, A.data(), A.outerStride(), X.data())) return X;
    }
    require_finite<T>(A, "inv", "A");
    if (n == 0) return Eigen::MatrixX<T>(0, 0);
    const FewThreads limit(n);
    const Equilibration scaling = equilibration<T>(A);
    Eigen::MatrixX<T> storage;
    if (!scaling.is_identity()) storage = scaled<T>(A, scaling);
    const Matrix<T> S = scaling.is_identity() ? A : Matrix<T>(storage);

    const auto singular = [](int pivot) {
        throw SingularMatrix("inv: A is singular: the pivot of column " + std::to_string(pivot) + " is zero", pivot);
    };
    Factor<T> factor = factorise<T>(S, Structure::general);
    if (factor.zero_pivot >= 0) singular(factor.zero_pivot);
    const double norm = norm1<T>(S);
    const bool doubtful = growth<T>(factor, S) > unstable_growth;
    Eigen::MatrixX<T> X;
    double condition = 0;
    const auto with_complete_pivoting = [&] {
        factor = factorise_with_complete_pivoting<T>(S);
        if (factor.zero_pivot >= 0) singular(factor.zero_pivot);
        X.setIdentity(n, n);
        factor.solve(Op::none, n, X.data(), n);
        condition = norm * static_cast<double>(norm1<T>(X));
    };
    if (doubtful) {
        with_complete_pivoting();
    } else {
        X = std::move(factor.factors);
        kernels::invert_lu<T>(n, X.data(), n, factor.pivots.data());
        condition = norm * static_cast<double>(norm1<T>(X));
        if (!(inversion_error<T>(S, X, condition) < 100 * n * unit_roundoff<T>)) with_complete_pivoting();
    }
    const double rcond = std::isfinite(condition) ? 1 / condition : 0;
    if (rcond < least_rcond<T>(n) && options.on_ill_conditioned == OnIllConditioned::raise)
        throw IllConditioned("inv: A is so badly conditioned that its inverse may have no correct digit", rcond);
    if (!scaling.is_identity()) {
        // A = R⁻¹ S C⁻¹ with A⁻¹ = C S⁻¹ R.
        X = scaled<T>(X, {scaling.columns, scaling.rows});
        require_representable<T>(X, "inv", "inverse");
    }
    return X;
}

#define RITZ_INSTANTIATE(T) template Eigen::MatrixX<T> inv<T>(Matrix<T>, const InvOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
