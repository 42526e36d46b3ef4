// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/instantiate.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/schur_functions.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/matrix_functions.hpp"
#include "ritz/linalg/products.hpp"

// Any function of a matrix: Schur form, eigenvalues gathered into clusters, a Taylor series for the diagonal block of
// each, Sylvester equations for the rest.

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using Eigen::MatrixXcd;
using linalg::matmul;
using ritz::detail::require;

constexpr double u = std::numeric_limits<double>::epsilon() / 2;

// The cluster of each eigenvalue: two belong together when a chain of steps of at most δ joins them.
std::vector<int> clusters(const Eigen::VectorXcd& values, double delta) {
    const Index n = values.size();
    std::vector<int> cluster(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) cluster[i] = static_cast<int>(i);
    for (Index i = 0; i < n; ++i)
        for (Index j = i + 1; j < n; ++j)
            if (cluster[i] != cluster[j] && std::abs(values(i) - values(j)) <= delta)
                std::replace(cluster.begin(), cluster.end(), cluster[j], cluster[i]);
    return cluster;
}

// Makes clusters contiguous, in the order of their mean position (which needs the fewest exchanges); returns their
// sizes.
std::vector<int> gather(SchurForm<Complex>& S, std::vector<int> cluster) {
    const int n = static_cast<int>(cluster.size());
    std::vector<double> position(static_cast<std::size_t>(n), 0);
    std::vector<int> count(static_cast<std::size_t>(n), 0), order;
    for (int i = 0; i < n; ++i) {
        if (count[cluster[i]]++ == 0) order.push_back(cluster[i]);
        position[cluster[i]] += i;
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return position[a] / count[a] < position[b] / count[b]; });
    std::vector<int> sizes;
    int to = 0;
    for (const int c : order) {
        sizes.push_back(count[c]);
        for (int i = to; i < n; ++i) {
            if (cluster[i] != c) continue;
            if (i != to) lapack::trexc(S.T, S.Z, i, to);
            std::rotate(cluster.begin() + to, cluster.begin() + i, cluster.begin() + i + 1);
            ++to;
        }
    }
    return sizes;
}

/// Taylor coefficients f⁽ᵏ⁾(σ)/k! by f itself on a circle about σ: (1/N) Σ f(σ + r ω) ω⁻ᵏ / rᵏ.
std::vector<Complex> coefficients_by_circle(const Derivatives& f, Complex center, double radius, int count) {
    constexpr int points = 64;
    std::vector<Complex> value(points), coefficient(static_cast<std::size_t>(count));
    for (int p = 0; p < points; ++p) value[p] = f(center + std::polar(radius, 2 * std::numbers::pi * p / points), 0);
    for (int k = 0; k < count; ++k) {
        Complex sum = 0;
        for (int p = 0; p < points; ++p)
            sum += value[p] * std::polar(1.0, -2 * std::numbers::pi * (k * p % points) / points);
        coefficient[k] = sum / (static_cast<double>(points) * std::pow(radius, k));
    }
    return coefficient;
}

// f(T) of one cluster: Σ f⁽ᵏ⁾(σ)/k! (T − σI)ᵏ with the mean σ. `error` gets the size of what was left out.
MatrixXcd of_cluster(const MatrixXcd& T, const Derivatives& f, bool has_derivatives, double& error) {
    const Index n = T.rows();
    const Complex center = T.diagonal().mean();
    if (n == 1) return MatrixXcd::Constant(1, 1, f(T(0, 0), 0));
    MatrixXcd N = T - center * MatrixXcd::Identity(n, n), power = MatrixXcd::Identity(n, n), F = MatrixXcd::Zero(n, n);
    const double spread = N.diagonal().cwiseAbs().maxCoeff();
    constexpr int most = 120, by_circle = 32;
    std::vector<Complex> circle;
    if (!has_derivatives) circle = coefficients_by_circle(f, center, std::max(2 * spread, 0.1), by_circle);
    const int terms = has_derivatives ? most : by_circle;
    double factorial = 1, term_size = 0, before = 0;
    for (int k = 0; k < terms; ++k) {
        if (k > 0) {
            power = matmul(power, N);
            factorial *= k;
        }
        const Complex c = has_derivatives ? f(center, k) / factorial : circle[k];
        const MatrixXcd term = c * power;
        F += term;
        before = term_size;
        term_size = term.norm();
        // N is nilpotent but for its small diagonal: nothing can be said before its order.
        if (k >= n && term_size + before <= u * F.norm()) return F;
        if (!std::isfinite(term_size) || !std::isfinite(factorial)) break;
    }
    error = std::max(error, (term_size + before) / std::max(F.norm(), 1e-300));
    return F;
}

MatrixXcd schur_parlett(const MatrixXcd& A, const Derivatives& f, bool has_derivatives, double& error) {
    SchurForm<Complex> S = triangular_schur_form(A, "funm");
    const Index n = A.rows();
    const bool diagonal = S.T.isDiagonal(static_cast<double>(n) * u);
    const std::vector<int> sizes =
        diagonal ? std::vector<int>(static_cast<std::size_t>(n), 1) : gather(S, clusters(S.T.diagonal(), 0.1));
    const std::size_t blocks = sizes.size();
    std::vector<Index> start(blocks + 1, 0);
    for (std::size_t k = 0; k < blocks; ++k) start[k + 1] = start[k] + sizes[k];
    MatrixXcd F = MatrixXcd::Zero(n, n);
    for (std::size_t k = 0; k < blocks; ++k) {
        const MatrixXcd block = S.T.block(start[k], start[k], sizes[k], sizes[k]);
        F.block(start[k], start[k], sizes[k], sizes[k]) = of_cluster(block, f, has_derivatives, error);
    }
    require(F.allFinite(), "funm: f is not finite at an eigenvalue of A");
    for (std::size_t distance = 1; !diagonal && distance < blocks; ++distance)
        for (std::size_t i = 0; i + distance < blocks; ++i) {
            const std::size_t j = i + distance;
            const Index a = start[i], b = start[j], p = sizes[i], q = sizes[j], between = b - a - p;
            const MatrixXcd Tii = S.T.block(a, a, p, p), Tjj = S.T.block(b, b, q, q);
            // T_ii F_ij − F_ij T_jj = F_ii T_ij − T_ij F_jj + Σ (F_ik T_kj − T_ik F_kj)
            MatrixXcd C = F.block(a, a, p, p) * S.T.block(a, b, p, q) - S.T.block(a, b, p, q) * F.block(b, b, q, q);
            if (between > 0)
                C += F.block(a, a + p, p, between) * S.T.block(a + p, b, between, q) -
                     S.T.block(a, a + p, p, between) * F.block(a + p, b, between, q);
            if (!solve_triangular_sylvester<Complex>(false, false, -1, Tii, Tjj, C))
                throw NoConvergence("funm: two clusters of eigenvalues could not be separated");
            F.block(a, b, p, q) = C;
        }
    return matmul(matmul(S.Z, F), MatrixXcd(S.Z.adjoint()));
}

}  // namespace

template <Scalar T, Scalar Result>
Funm<Result> funm(Matrix<T> A, const Derivatives& f, bool has_derivatives) {
    require_square(A.rows(), A.cols(), "funm", "A");
    require_finite<T>(A, "funm", "A");
    require(static_cast<bool>(f), "funm: there is no function");
    if (A.rows() == 0) return {Eigen::MatrixX<Result>(0, 0), 0};
    const FewThreads limit(A.rows());
    const MatrixXcd W = A.template cast<Complex>();
    double series = 0;
    const MatrixXcd F = schur_parlett(W, f, has_derivatives, series);
    // f(Aᵀ)ᵀ is the same matrix by other rotations and another order of the blocks: the difference is an estimate.
    const MatrixXcd G = schur_parlett(W.transpose(), f, has_derivatives, series).transpose();
    const double size = std::max(F.norm(), std::numeric_limits<double>::min());
    double error = std::max({(F - G).norm() / size, series, static_cast<double>(A.rows()) * u});
    if constexpr (!is_complex<Result>) {
        const double imaginary = F.imag().norm();
        require(imaginary <= std::max(1e-8, 100 * error) * size,
                "funm: f(A) of this real matrix is not real (f(conj z) must be conj f(z)); use funm_complex");
        error = std::max(error, imaginary / size);
    }
    return {narrowed<Result, Complex>(F, "funm"), error};
}

#define RITZ_INSTANTIATE_PAIR(T, Result) template Funm<Result> funm<T, Result>(Matrix<T>, const Derivatives&, bool);
RITZ_INSTANTIATE_PAIR(float, float)
RITZ_INSTANTIATE_PAIR(double, double)
RITZ_INSTANTIATE_PAIR(float, std::complex<float>)
RITZ_INSTANTIATE_PAIR(double, std::complex<double>)
RITZ_INSTANTIATE_PAIR(std::complex<float>, std::complex<float>)
RITZ_INSTANTIATE_PAIR(std::complex<double>, std::complex<double>)
#undef RITZ_INSTANTIATE_PAIR

}  // namespace ritz::linalg::detail
