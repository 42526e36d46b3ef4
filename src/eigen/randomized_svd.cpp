// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/instantiate.hpp"
#include "eigen/singular_problem.hpp"
#include "linalg/lapack_nonsymmetric.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/eigen/svds.hpp"

namespace ritz {

namespace {

using eigen::column;
using eigen::orthonormal;
using eigen::Wide;
template <Scalar W>
using Problem = eigen::SingularProblem<W>;
template <Scalar W>
using Matrix = Eigen::MatrixX<W>;

template <Scalar W>
void fill_normal(Matrix<W>& X, Random& random) {
    for (Eigen::Index j = 0; j < X.cols(); ++j)
        for (Eigen::Index i = 0; i < X.rows(); ++i) {
            if constexpr (is_complex<W>) {
                const double re = random.normal();
                X(i, j) = std::sqrt(0.5) * W(re, random.normal());
            } else {
                X(i, j) = random.normal();
            }
        }
}

template <Scalar T, Scalar W>
RandomizedSvdResult<T> randomized(const Problem<W>& problem, Index k, const RandomizedSvdOptions& options) {
    const ThreadLimit one(1);  // of Eigen's products; the operator is outside of Eigen and pays for it
    RandomizedSvdResult<T> result;
    const auto width = static_cast<Index>(std::min<std::int64_t>(problem.n, std::int64_t{k} + options.oversampling));
    const auto product = [&](const Matrix<W>& X, bool adjoint_product) {
        Matrix<W> Y(adjoint_product ? problem.n : problem.m, X.cols());
        for (Eigen::Index j = 0; j < X.cols(); ++j)
            adjoint_product ? problem.multiply_adjoint(column(X, j), column(Y, j))
                            : problem.multiply(column(X, j), column(Y, j));
        result.operator_applications += X.cols();
        return Y;
    };
    Random random(options.seed);
    Matrix<W> omega(problem.n, width);
    fill_normal(omega, random);
    Matrix<W> Q = product(omega, false);
    detail::require(Q.allFinite(), "randomized_svd: the operator gives a NaN or an infinity");
    Q = orthonormal<W>(Q);
    for (Index i = 0; i < options.power_iterations; ++i)
        Q = orthonormal<W>(product(orthonormal<W>(product(Q, true)), false));
    Matrix<W> B_adjoint = product(Q, true);  // B = Qᴴ G
    detail::require(B_adjoint.allFinite(), "randomized_svd: the operator gives a NaN or an infinity");
    Eigen::VectorXd s(width);
    Matrix<W> left(problem.n, width), right_adjoint(width, width);
    if (lapack::gesvd(problem.n, width, B_adjoint.data(), s.data(), left.data(), right_adjoint.data()) != 0)
        throw Error("randomized_svd: LAPACK's singular value decomposition did not converge");
    // Bᴴ = left s right ᴴ, so G ≈ (Q right) s leftᴴ.
    Eigen::VectorXd values = s.head(k);
    if (problem.single) values = values.template cast<float>().template cast<double>().eval();
    using Narrow = T;
    const Eigen::MatrixX<Narrow> U = (Q * right_adjoint.topRows(k).adjoint()).template cast<Narrow>(),
                                 V = left.leftCols(k).template cast<Narrow>();
    const Matrix<W> wide_U = U.template cast<W>(), wide_V = V.template cast<W>();
    const auto error = [&](const Matrix<W>& X, bool adjoint_product) {
        const Matrix<W>& from = adjoint_product ? wide_U : wide_V;
        const Matrix<W>& to = adjoint_product ? wide_V : wide_U;
        return (product(X, adjoint_product) - to * (values.template cast<W>().asDiagonal() * (from.adjoint() * X)))
            .eval();
    };
    Matrix<W> probes(problem.n, 10);
    fill_normal(probes, random);
    const Matrix<W> seen = error(probes, false);
    double largest = 0;
    for (Eigen::Index j = 0; j < seen.cols(); ++j)
        largest = std::max(largest, static_cast<double>(norm2(column(seen, j))));
    result.error_bound = std::ldexp(10 * std::sqrt(2 / std::numbers::pi) * largest, problem.exponent);
    Matrix<W> x = probes.col(0);
    double estimate = 0;
    for (int step = 0; step < 10; ++step) {
        const double size = norm2(column(x, 0));
        if (!(size > 0)) break;
        x /= size;
        const Matrix<W> y = error(x, false);
        estimate = std::max(estimate, static_cast<double>(norm2(column(y, 0))));
        x = error(y, true);
    }
    result.error_estimate = std::ldexp(estimate, problem.exponent);
    result.values =
        values.unaryExpr([&](double v) { return std::ldexp(v, problem.exponent); }).template cast<Real<T>>();
    result.U = problem.transposed ? V : U;
    result.V = problem.transposed ? U : V;
    return result;
}

void check(const RandomizedSvdOptions& options, Index m, Index n, Index k) {
    detail::require(k >= 1 && k <= std::min(m, n), "randomized_svd: k must be in 1…" + std::to_string(std::min(m, n)) +
                                                       ", it is " + std::to_string(k));
    detail::require(options.oversampling >= 0 && options.power_iterations >= 0,
                    "randomized_svd: options must not be negative");
}

}  // namespace

template <Scalar T>
RandomizedSvdResult<T> randomized_svd(const CsrView<T>& A, Index k, const RandomizedSvdOptions& options) {
    check(options, A.rows(), A.cols(), k);
    detail::require(all_finite(A.values()), "randomized_svd: the matrix has a NaN or an infinity");
    return randomized<T>(eigen::singular_problem(A), k, options);
}

template <Scalar T>
RandomizedSvdResult<T> randomized_svd(const LinearOperatorRef<T>& A, Index k, const RandomizedSvdOptions& options) {
    check(options, A.rows(), A.cols(), k);
    detail::require(A.has_adjoint(), "randomized_svd: the operator must have an adjoint");
    return randomized<T>(eigen::singular_problem(A), k, options);
}

#define INSTANTIATE(T)                                                                                     \
    template RandomizedSvdResult<T> randomized_svd(const CsrView<T>&, Index, const RandomizedSvdOptions&); \
    template RandomizedSvdResult<T> randomized_svd(const LinearOperatorRef<T>&, Index, const RandomizedSvdOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
