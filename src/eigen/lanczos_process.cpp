// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/lanczos_process.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "ritz/core/vector_operations.hpp"

namespace ritz::eigen {

template <Scalar T>
LanczosProcess<T>::LanczosProcess(Operand<T>& A, VectorView<T> start, std::size_t capacity, bool skew)
    : A_(A), n_(start.size()), V_(n_, capacity + 1), skew_(skew) {
    // Twice: the norm of subnormal numbers has few digits.
    std::copy(start.begin(), start.end(), V_[0].begin());
    const auto largest = static_cast<double>(norm_inf(start));
    const int e = std::ilogb(largest);
    for (T& a : V_[0]) a = detail::scale_by_power(a, -e);
    const auto norm = norm2(V_[0]);
    for (T& a : V_[0]) a /= norm;
    start_norm_ = std::ldexp(static_cast<double>(norm), e);
}

template <Scalar T>
auto LanczosProcess<T>::step() -> Step {
    const std::size_t k = alpha_.size();
    const VectorRef<T> w = V_[k + 1];
    A_.apply(static_cast<const iterative::Basis<T>&>(V_)[k], w);
    if constexpr (is_complex<T>)
        if (skew_) ritz::scale(T{0, -1}, w);
    std::vector<T> h(k + 1, T{});
    double beta = V_.orthogonalise(k + 1, w, h.data());
    const double alpha = skew_ && !is_complex<T> ? 0 : static_cast<double>(std::real(h[k]));
    if (!std::isfinite(alpha) || !std::isfinite(beta)) return Step::not_finite;
    scale_ = std::max(scale_, std::abs(alpha) + beta + (k > 0 ? beta_.back() : 0));
    const bool invariant = k + 1 >= n_ || beta <= 32 * unit_roundoff<T> * scale_;
    alpha_.push_back(alpha);
    beta_.push_back(invariant ? 0 : beta);
    if (invariant) return Step::invariant;
    ritz::scale(scalar<T>(1 / beta), w);
    return Step::more;
}

TridiagonalEigen tridiagonal_eigen(const std::vector<double>& alpha, const std::vector<double>& beta) {
    const auto k = static_cast<Eigen::Index>(alpha.size());
    if (k == 0) return {};
    const Eigen::Map<const Eigen::VectorXd> diagonal(alpha.data(), k), beside(beta.data(), k - 1);
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(diagonal, beside, Eigen::ComputeEigenvectors);
    return {solver.eigenvalues(), solver.eigenvectors()};
}

Quadrature quadrature(const std::vector<double>& alpha, const std::vector<double>& beta) {
    const TridiagonalEigen T = tridiagonal_eigen(alpha, beta);
    if (T.values.size() == 0) return {};
    return {T.values, T.vectors.row(0).cwiseAbs2().transpose(), T.vectors.row(T.vectors.rows() - 1).transpose()};
}

namespace {

/// P(|t| ≤ x) of Student's distribution by its density's integral: Simpson's rule in φ with t = √ν tan φ, where the
/// density is proportional to cos^(ν-1) φ.
double student_probability(double x, double freedom) {
    const double end = std::atan(x / std::sqrt(freedom));
    const auto integral = [&](double to) {
        constexpr int pieces = 2000;
        const double h = to / pieces;
        double sum = 0;
        for (int i = 0; i <= pieces; ++i) {
            const double weight = i == 0 || i == pieces ? 1 : (i % 2 == 1 ? 4 : 2);
            sum += weight * std::pow(std::cos(i * h), freedom - 1);
        }
        return sum * h / 3;
    };
    // ∫₀^{π/2} cos^{ν-1} = √π Γ(ν/2) / (2 Γ((ν+1)/2))
    const double whole =
        std::sqrt(std::acos(-1.0)) / 2 * std::exp(std::lgamma(freedom / 2) - std::lgamma((freedom + 1) / 2));
    return integral(end) / whole;
}

}  // namespace

double student_quantile(double confidence, std::int64_t freedom) {
    const double nu = std::min(static_cast<double>(freedom), 1000.0);  // the normal distribution to 0.1 %
    double low = 0, high = 1;
    while (student_probability(high, nu) < confidence && high < 1e8) high *= 2;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (student_probability(middle, nu) < confidence ? low : high) = middle;
    }
    return high;
}

SampleMean sample_mean(const std::vector<double>& samples) {
    SampleMean result;
    const auto count = static_cast<double>(samples.size());
    if (samples.empty()) return {0, std::numeric_limits<double>::infinity()};
    for (const double s : samples) result.mean += s / count;
    double squares = 0;
    for (const double s : samples) squares += (s - result.mean) * (s - result.mean);
    result.standard_error =
        samples.size() < 2 ? std::numeric_limits<double>::infinity() : std::sqrt(squares / (count - 1) / count);
    return result;
}

#define INSTANTIATE(T) template class LanczosProcess<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
