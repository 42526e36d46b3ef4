// SPDX-License-Identifier: BSD-3-Clause
// An operator that no one could store, I + u uᵀ of order 10⁵ (80 GB), and a matrix of a few entries go through the
// same code: a function of LinearOperatorRef.
#include <cstdio>
#include <ritz/ritz.hpp>

namespace {

/// The eigenvalue of A of largest magnitude, by the power method.
double largest_eigenvalue(ritz::LinearOperatorRef<double> A, int steps) {
    ritz::Buffer<double> v = ritz::random_vector<double>(A.cols(), 1), w(v.size());
    double lambda = 0;
    for (int step = 0; step < steps; ++step) {
        ritz::scale(1 / ritz::norm2(v), v);  // v ← v / ‖v‖
        A.apply(v, w);                       // w ← A v
        lambda = ritz::dot(v, w);            // λ = vᵀ A v
        std::swap(v, w);
    }
    return lambda;
}

}  // namespace

int main() {
    const ritz::Index n = 100'000;
    const ritz::Buffer<double> u(static_cast<std::size_t>(n), 0.01);  // ‖u‖² = 10
    const ritz::MatrixFree stretch(n, n, [&u](ritz::VectorView<double> x, ritz::VectorRef<double> y) {
        const double ux = ritz::dot(u, x);
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] + ux * u[i];
    });
    std::printf("I + u u^T: largest eigenvalue %.10f, 1 + u^T u = %.10f\n", largest_eigenvalue(stretch, 20),
                1 + ritz::dot(u, u));

    ritz::Coo<double> entries(2, 2);
    entries.add(0, 0, 3);
    entries.add(1, 1, -1);
    const ritz::Csr<double> D = ritz::to_csr(entries);
    std::printf("diag(3, -1): largest eigenvalue %.10f\n", largest_eigenvalue(D, 40));
}
