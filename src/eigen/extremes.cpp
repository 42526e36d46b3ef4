// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/extremes.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "core/instantiate.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/diagonal.hpp"
#include "solvers/krylov/run.hpp"

namespace ritz::eigen {

template <Scalar T>
std::optional<std::pair<double, double>> extreme_ritz_values(const LinearOperatorRef<T>& A, int steps) {
    const auto n = static_cast<std::size_t>(A.rows());
    if (n == 0) return {};
    const auto real = [](double a) { return T(static_cast<Real<T>>(a)); };
    Buffer<T> v = random_vector<T>(A.rows(), 3), w(n), before(n, T{0});
    scale(real(1 / static_cast<double>(norm2(v))), v);
    std::vector<double> alpha, beta;
    for (int j = 0; j < steps; ++j) {
        A.apply(v, w);
        const double a = iterative::real_part(dot(v, w));
        if (!std::isfinite(a)) return {};
        alpha.push_back(a);
        axpy(real(-a), v, w);
        if (j > 0) axpy(real(-beta.back()), before, w);
        const double b = static_cast<double>(norm2(w));
        if (!(b > 1e-10 * std::abs(a)) || j + 1 == steps) break;
        beta.push_back(b);
        std::swap(before, v);
        std::swap(v, w);
        scale(real(1 / b), v);
    }
    beta.resize(alpha.size() - 1);
    return iterative::extreme_eigenvalues(alpha, beta);
}

template <Scalar T>
double residual_weight(const Pencil<T>& pencil) {
    if (!pencil.M) return 1;
    if (!pencil.M_rows) return std::numeric_limits<double>::quiet_NaN();
    // ‖r‖ in the norm of M⁻¹ is at most ‖r‖₂ / √λ_min(M), and λ_min(M) ≥ min dᵢ λ_min(D^-½ M D^-½), D the diagonal.
    const auto d = diagonal(*pencil.M_rows);
    Eigen::VectorX<Real<T>> root(d.size());
    double least = std::numeric_limits<double>::infinity();
    for (Eigen::Index i = 0; i < d.size(); ++i) {
        const double entry = static_cast<double>(std::real(d[i]));
        if (!(entry > 0)) return std::numeric_limits<double>::quiet_NaN();
        least = std::min(least, entry);
        root[i] = static_cast<Real<T>>(1 / std::sqrt(entry));
    }
    Buffer<T> scaled_x(static_cast<std::size_t>(d.size()));
    const MatrixFree scaled(pencil.n(), pencil.n(), [&](VectorView<T> x, VectorRef<T> y) {
        for (std::size_t i = 0; i < x.size(); ++i) scaled_x[i] = x[i] * root[static_cast<Eigen::Index>(i)];
        pencil.M_rows->apply(scaled_x, y);
        for (std::size_t i = 0; i < x.size(); ++i) y[i] *= root[static_cast<Eigen::Index>(i)];
    });
    const auto extremes = extreme_ritz_values<T>(LinearOperatorRef<T>(scaled), 30);
    if (!extremes || !(extremes->first > 1e-12)) return std::numeric_limits<double>::quiet_NaN();
    return 1 / std::sqrt(least * extremes->first / 2);  // a Ritz value is too large by some percent
}

#define INSTANTIATE(T)                                                                                       \
    template std::optional<std::pair<double, double>> extreme_ritz_values(const LinearOperatorRef<T>&, int); \
    template double residual_weight(const Pencil<T>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
