// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/singular_problem.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/certificate.hpp"

namespace ritz::eigen {

namespace {

constexpr int moderate = 200;  // |log₂ ‖A‖| beyond this: scaled, so that squares stay in range

/// A call of an operator in its own scalar type, from working precision, its result scaled.
template <Scalar T, class Function>
std::function<void(VectorView<Wide<T>>, VectorRef<Wide<T>>)> widened(Function function, int exponent) {
    using W = Wide<T>;
    return [function, exponent](VectorView<W> x, VectorRef<W> y) {
        if constexpr (std::same_as<T, W>) {
            function(x, y);
        } else {
            Buffer<T> in(x.size()), result(y.size());
            for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<T>(x[i]);
            function(VectorView<T>(in), VectorRef<T>(result));
            for (std::size_t i = 0; i < result.size(); ++i) y[i] = static_cast<W>(result[i]);
        }
        if (exponent != 0)
            for (W& a : y) a = detail::scale_by_power(a, -exponent);
    };
}

}  // namespace

template <Scalar W>
Eigen::MatrixX<W> orthonormal(const Eigen::MatrixX<W>& X) {
    const ThreadLimit one(1);
    const Eigen::HouseholderQR<Eigen::MatrixX<W>> qr(X);
    return qr.householderQ() * Eigen::MatrixX<W>::Identity(X.rows(), X.cols());
}

template <Scalar W>
double SingularProblem<W>::floor() const {
    return std::max(16.0, 2 * std::sqrt(static_cast<double>(m))) * rounding() * norm;
}

template <Scalar W>
Eigen::VectorX<W> SingularProblem<W>::product(const Eigen::VectorX<W>& x, bool adjoint_product) const {
    Eigen::VectorX<W> y(adjoint_product ? n : m);
    const auto& matrix = adjoint_product ? G_adjoint : G;
    if (!matrix) {
        adjoint_product ? adjoint_operation(x, y) : operation(x, y);
        return y;
    }
    const Buffer<W> zero(static_cast<std::size_t>(y.size()), W{});
    residual(*matrix, x, zero, y);
    return -y;
}

template <Scalar T>
SingularProblem<Wide<T>> singular_problem(const CsrView<T>& A) {
    using W = Wide<T>;
    SingularProblem<W> problem;
    problem.transposed = A.rows() < A.cols();
    problem.m = std::max(A.rows(), A.cols());
    problem.n = std::min(A.rows(), A.cols());
    problem.single = sizeof(Real<T>) == 4;
    Csr<W> copy = [&] {
        if constexpr (std::same_as<T, W>)
            return Csr<W>(A);
        else
            return convert_values<W>(A);
    }();
    if (const auto largest = static_cast<double>(norm_max(copy)); largest > 0)
        if (const int e = detail::exponent_of(largest); std::abs(e) > moderate) {
            problem.exponent = e;
            for (W& a : copy.values()) a = detail::scale_by_power(a, -e);
        }
    Csr<W> other = adjoint(copy);
    if (problem.transposed) std::swap(copy, other);
    problem.G = std::move(copy);
    problem.G_adjoint = std::move(other);
    problem.norm =
        std::min(std::sqrt(static_cast<double>(norm1(*problem.G)) * static_cast<double>(norm_inf(*problem.G))),
                 static_cast<double>(norm_frobenius(*problem.G)));
    // Their views are of the heap arrays, which stay where they are when the problem is moved.
    problem.G_tuned.emplace(*problem.G);
    problem.G_adjoint_tuned.emplace(*problem.G_adjoint);
    return problem;
}

template <Scalar T>
SingularProblem<Wide<T>> singular_problem(const LinearOperatorRef<T>& A) {
    using W = Wide<T>;
    SingularProblem<W> problem;
    problem.transposed = A.rows() < A.cols();
    problem.m = std::max(A.rows(), A.cols());
    problem.n = std::min(A.rows(), A.cols());
    problem.single = sizeof(Real<T>) == 4;
    const auto forward = [&A](VectorView<T> x, VectorRef<T> y) { A.apply(x, y); };
    const auto backward = [&A](VectorView<T> x, VectorRef<T> y) { A.apply_adjoint(x, y); };
    // Random vectors see ‖A‖_F / √n at least.
    double norm = 0;
    const auto unscaled = widened<T>(forward, 0);
    Buffer<W> y(static_cast<std::size_t>(A.rows()));
    for (const std::uint64_t seed : {11, 12, 13}) {
        const Buffer<W> x = random_vector<W>(A.cols(), seed);
        unscaled(x, y);
        norm = std::max(norm, static_cast<double>(norm2(y)) / static_cast<double>(norm2(x)));
    }
    if (norm > 0 && std::isfinite(norm))
        if (const int e = detail::exponent_of(norm); std::abs(e) > moderate) problem.exponent = e;
    problem.norm = std::ldexp(norm, -problem.exponent);
    problem.operation = widened<T>(forward, problem.exponent);
    problem.adjoint_operation = widened<T>(backward, problem.exponent);
    if (problem.transposed) std::swap(problem.operation, problem.adjoint_operation);
    return problem;
}

#define INSTANTIATE(T)                                                     \
    template SingularProblem<Wide<T>> singular_problem(const CsrView<T>&); \
    template SingularProblem<Wide<T>> singular_problem(const LinearOperatorRef<T>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE
template struct SingularProblem<double>;
template struct SingularProblem<std::complex<double>>;
template Eigen::MatrixX<double> orthonormal(const Eigen::MatrixX<double>&);
template Eigen::MatrixX<std::complex<double>> orthonormal(const Eigen::MatrixX<std::complex<double>>&);

}  // namespace ritz::eigen
