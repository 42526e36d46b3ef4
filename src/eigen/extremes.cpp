// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/extremes.hpp"

#include <cmath>
#include <vector>

#include "core/instantiate.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
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

#define INSTANTIATE(T) \
    template std::optional<std::pair<double, double>> extreme_ritz_values(const LinearOperatorRef<T>&, int);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
