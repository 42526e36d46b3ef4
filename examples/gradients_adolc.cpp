// SPDX-License-Identifier: BSD-3-Clause
// Automatic differentiation through a sparse solve. ADOL-C records what happens to scalars; a solver that it recorded
// step by step would fill its tape. So the solve is an externally differentiated function, whose derivatives are
// ritz's: one more solve with the factors that are there.
//
// A rod of n cells conducts heat from its warm end to its cold one. The conductivities are exp(p₀ + p₁ s), s the place;
// the loss is the squared distance of the temperatures to a profile that was measured.
#include <adolc/adolc.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <optional>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/gradients/sparse_solve.hpp"

namespace {

constexpr ritz::Index n = 200;

/// u = A⁻¹ b by the values of A on a fixed pattern: what ADOL-C calls. Its arguments are the values, then b.
class SparseSolve : public EDFobject {
public:
    explicit SparseSolve(const ritz::Csr<double>& pattern) : A_(pattern), nnz_(static_cast<int>(pattern.nnz())) {}

    int function(int, double* in, int m, double* out) override {
        std::copy_n(in, nnz_, A_.values().data());
        forward_ = ritz::gradients::solve(A_, Eigen::VectorXd(Eigen::Map<Eigen::VectorXd>(in + nnz_, m)));
        Eigen::Map<Eigen::VectorXd>(out, m) = forward_->x;
        return 3;  // ADOL-C's word for a function that is differentiable here
    }
    int zos_forward(int k, double* in, int m, double* out) override { return function(k, in, m, out); }

    int fos_reverse(int m, double* u_bar, int, double* in_bar, double* in, double*) override {
        function(0, in, m,
                 std::vector<double>(static_cast<std::size_t>(m)).data());  // the tape may be at another point
        const auto [A_bar, b_bar] = vjp(*forward_, Eigen::Map<Eigen::VectorXd>(u_bar, m));
        std::copy_n(A_bar.values().data(), nnz_, in_bar);
        Eigen::Map<Eigen::VectorXd>(in_bar + nnz_, m) = b_bar;
        return 3;
    }
    int fos_forward(int k, double* in, double* in_dot, int m, double* out, double* out_dot) override {
        function(k, in, m, out);
        ritz::Csr<double> A_dot(A_);
        std::copy_n(in_dot, nnz_, A_dot.values().data());
        Eigen::Map<Eigen::VectorXd>(out_dot, m) = jvp(*forward_, A_dot, Eigen::Map<Eigen::VectorXd>(in_dot + nnz_, m));
        return 3;
    }
    int fov_forward(int, double*, int, double**, int, double*, double**) override { return -1; }  // not needed here
    int fov_reverse(int, int, double**, int, double**, double*, double*) override { return -1; }

private:
    ritz::Csr<double> A_;
    int nnz_;
    std::optional<ritz::gradients::SparseSolveForward<Eigen::VectorXd>> forward_;
};

double profile(ritz::Index i) {
    return 1 - std::pow((i + 1.0) / (n + 1), 2);
}

/// The loss on the tape, for active parameters p.
adouble loss(const adouble* p, SparseSolve& solve, const ritz::Csr<double>& pattern) {
    std::vector<adouble> conductivity(n + 1), in(static_cast<std::size_t>(pattern.nnz()) + n), u(n);
    for (ritz::Index c = 0; c <= n; ++c) conductivity[c] = exp(p[0] + p[1] * ((c + 0.5) / (n + 1)));
    for (ritz::Index i = 0; i < n; ++i)
        for (ritz::Offset q = pattern.indptr()[i]; q < pattern.indptr()[i + 1]; ++q) {
            const ritz::Index j = pattern.indices()[q];
            if (j == i)
                in[q] = conductivity[i] + conductivity[i + 1];
            else
                in[q] = -conductivity[std::max(i, j)];
        }
    for (ritz::Index i = 0; i < n; ++i) in[pattern.nnz() + i] = 1e-4;  // a little heat everywhere
    in[pattern.nnz()] += conductivity[0];                              // the warm end has temperature 1
    solve.call(static_cast<int>(in.size()), in.data(), n, u.data());
    adouble sum = 0;
    for (ritz::Index i = 0; i < n; ++i) sum += (u[i] - profile(i)) * (u[i] - profile(i));
    return sum / n;
}

}  // namespace

int main() try {
    const ritz::Csr<double> pattern = ritz::poisson1d(n);
    SparseSolve solve(pattern);
    double p[2] = {0.3, -0.7}, value = 0;

    trace_on(1);
    {
        adouble active[2];
        active[0] <<= p[0];
        active[1] <<= p[1];
        adouble result = loss(active, solve, pattern);
        result >>= value;
    }
    trace_off();

    double g[2];
    if (gradient(1, 2, p, g) < 0) return 1;
    double worst = 0;
    for (int i = 0; i < 2; ++i) {
        const double h = 1e-5;
        double up[2] = {p[0], p[1]}, down[2] = {p[0], p[1]}, f_up = 0, f_down = 0;
        up[i] += h;
        down[i] -= h;
        if (function(1, 1, 2, up, &f_up) < 0 || function(1, 1, 2, down, &f_down) < 0) return 1;
        const double quotient = (f_up - f_down) / (2 * h);
        worst = std::max(worst, std::abs(g[i] - quotient) / std::abs(quotient));
        std::printf("dL/dp%d = %+.8f, difference quotient %+.8f\n", i, g[i], quotient);
    }
    std::printf("loss %.6f, gradient and quotients differ by %.0e: %s\n", value, worst,
                worst < 1e-6 ? "they agree" : "THEY DO NOT AGREE");
    return worst < 1e-6 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
