// SPDX-License-Identifier: BSD-3-Clause
// Classical test matrices, sparse and dense.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "formats/gallery_rows.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {

namespace {

using detail::checked_order;
using detail::csr_from_rows;
using detail::require;

/// The n × n matrix of f(i, j), both counted from 1 as in the literature.
template <class F>
Eigen::MatrixXd dense_matrix(const char* who, Index n, F&& f) {
    require(n >= 0, std::string(who) + ": the size must not be negative");
    Eigen::MatrixXd A(n, n);
    for (Index j = 1; j <= n; ++j)
        for (Index i = 1; i <= n; ++i) A(i - 1, j - 1) = f(i, j);
    return A;
}

/// The tridiagonal matrix of band(i, d), d = -1, 0, 1, i counted from 0.
template <class Band>
Csr<double> tridiagonal_matrix(const char* who, Index n, Band&& band) {
    checked_order(who, {n});
    return csr_from_rows<double>(n, n, [=](Index i, auto&& emit) {
        if (i > 0) emit(i - 1, band(i, -1));
        emit(i, band(i, 0));
        if (i + 1 < n) emit(i + 1, band(i, 1));
    });
}

}  // namespace

Csr<double> tridiagonal_toeplitz(Index n, double lower, double diagonal, double upper) {
    return tridiagonal_matrix("tridiagonal_toeplitz", n, [=](Index, int d) {
        return d < 0 ? lower : d > 0 ? upper : diagonal;
    });
}

Csr<double> wilkinson_tridiagonal(Index n) {
    return tridiagonal_matrix("wilkinson_tridiagonal", n,
                              [=](Index i, int d) { return d == 0 ? std::abs(i - (n - 1) / 2.0) : 1.0; });
}

Csr<double> grcar(Index n, Index k) {
    checked_order("grcar", {n});
    require(k >= 0, "grcar: the number of superdiagonals must not be negative");
    return csr_from_rows<double>(n, n, [=](Index i, auto&& emit) {
        if (i > 0) emit(i - 1, -1.0);
        const auto last = static_cast<Index>(std::min<std::int64_t>(n - 1, std::int64_t{i} + k));
        for (Index j = i; j <= last; ++j) emit(j, 1.0);
    });
}

Csr<double> clement(Index n) {
    checked_order("clement", {n});
    return csr_from_rows<double>(n, n, [=](Index i, auto&& emit) {
        if (i > 0) emit(i - 1, static_cast<double>(n - i));
        if (i + 1 < n) emit(i + 1, static_cast<double>(i + 1));
    });
}

Csr<double> dorr(Index n, double theta) {
    require(theta > 0 && std::isfinite(theta), "dorr: theta must be positive and finite");
    const double h = 1 / (n + 1.0), term = theta / (h * h);
    const Index half = (n + 1) / 2;  // where the sign of the convection changes
    return tridiagonal_matrix("dorr", n, [=](Index i, int d) {
        const double convection = (0.5 - (i + 1) * h) / h;
        const bool first_half = i < half;
        const double lower = first_half ? -term : -term + convection;
        const double upper = first_half ? -term - convection : -term;
        return d < 0 ? lower : d > 0 ? upper : -(lower + upper);
    });
}

Csr<double> trefethen(Index n) {
    checked_order("trefethen", {n});
    // The n-th prime is below n (ln n + ln ln n) for n ≥ 6 (Rosser).
    const double x = std::max<Index>(n, 6);
    std::vector<bool> composite(static_cast<std::size_t>(x * (std::log(x) + std::log(std::log(x)))) + 2);
    std::vector<double> primes;
    primes.reserve(static_cast<std::size_t>(n));
    for (std::size_t p = 2; primes.size() < static_cast<std::size_t>(n); ++p) {
        if (composite[p]) continue;
        primes.push_back(static_cast<double>(p));
        for (std::size_t multiple = p * p; multiple < composite.size(); multiple += p) composite[multiple] = true;
    }
    return csr_from_rows<double>(n, n, [&](Index i, auto&& emit) {
        std::int64_t farthest = 1;
        while (2 * farthest <= i) farthest *= 2;
        for (std::int64_t step = farthest; step >= 1; step /= 2)
            if (step <= i) emit(static_cast<Index>(i - step), 1.0);
        emit(i, primes[static_cast<std::size_t>(i)]);
        for (std::int64_t step = 1; i + step < n; step *= 2) emit(static_cast<Index>(i + step), 1.0);
    });
}

Csr<double> arrow(Index n) {
    checked_order("arrow", {n});
    return csr_from_rows<double>(n, n, [=](Index i, auto&& emit) {
        if (i == 0) {
            emit(0, n + 1.0);
            for (Index j = 1; j < n; ++j) emit(j, 1.0);
        } else {
            emit(0, 1.0);
            emit(i, 2.0);
        }
    });
}

Csr<double> cyclic_shift(Index n) {
    checked_order("cyclic_shift", {n});
    return csr_from_rows<double>(n, n, [=](Index i, auto&& emit) { emit(i + 1 < n ? i + 1 : 0, 1.0); });
}

Eigen::MatrixXd hilbert(Index n) {
    return dense_matrix("hilbert", n, [](Index i, Index j) { return 1 / (i + j - 1.0); });
}

Eigen::MatrixXd inverse_hilbert(Index n) {
    require(n <= 100, "inverse_hilbert: the size must be at most 100");
    // b_ij = (-1)^(i+j) p_i p_j / (i + j - 1) with p_1 = n, p_(i+1) = p_i (n - i)(n + i) / i²: integers all.
    std::vector<long double> p;
    long double size = n;
    for (Index i = 1; i <= n; ++i) {
        p.push_back(i % 2 == 1 ? size : -size);
        size = size * (n - i) * (n + i) / (static_cast<long double>(i) * i);
    }
    return dense_matrix("inverse_hilbert", n, [&](Index i, Index j) {
        return static_cast<double>(p[static_cast<std::size_t>(i) - 1] * p[static_cast<std::size_t>(j) - 1] /
                                   (i + j - 1));
    });
}

Eigen::MatrixXd wilkinson_growth(Index n) {
    return dense_matrix("wilkinson_growth", n, [=](Index i, Index j) {
        return i == j || j == n ? 1.0 : i > j ? -1.0 : 0.0;
    });
}

Eigen::MatrixXd kahan(Index n, double theta) {
    require(theta > 0 && theta < std::numbers::pi, "kahan: theta must lie in (0, pi)");
    const double s = std::sin(theta), c = std::cos(theta);
    return dense_matrix("kahan", n, [=](Index i, Index j) {
        const double row = std::pow(s, i - 1);
        if (i == j) return row + 25 * std::numeric_limits<double>::epsilon() * (n + 1 - i);
        return i < j ? -c * row : 0.0;
    });
}

Eigen::MatrixXd frank(Index n) {
    return dense_matrix("frank", n, [=](Index i, Index j) { return i <= j + 1 ? n + 1.0 - std::max(i, j) : 0.0; });
}

Eigen::MatrixXd lotkin(Index n) {
    return dense_matrix("lotkin", n, [](Index i, Index j) { return i == 1 ? 1.0 : 1 / (i + j - 1.0); });
}

Eigen::MatrixXd pei(Index n, double alpha) {
    return dense_matrix("pei", n, [=](Index i, Index j) { return i == j ? alpha + 1 : 1.0; });
}

Eigen::MatrixXd lehmer(Index n) {
    return dense_matrix("lehmer", n,
                        [](Index i, Index j) { return std::min(i, j) / static_cast<double>(std::max(i, j)); });
}

Eigen::MatrixXd moler(Index n) {
    return dense_matrix("moler", n, [](Index i, Index j) { return i == j ? i : std::min(i, j) - 2.0; });
}

Eigen::MatrixXd rosser() {
    Eigen::MatrixXd A(8, 8);
    A << 611, 196, -192, 407, -8, -52, -49, 29,  //
        196, 899, 113, -192, -71, -43, -8, -44,  //
        -192, 113, 899, 196, 61, 49, 8, 52,      //
        407, -192, 196, 611, 8, 44, 59, -23,     //
        -8, -71, 61, 8, 411, -599, 208, 208,     //
        -52, -43, 49, 44, -599, 411, 208, 208,   //
        -49, -8, 8, 59, 208, 208, 99, -911,      //
        29, -44, 52, -23, 208, 208, -911, 99;
    return A;
}

Eigen::MatrixXd pascal(Index n) {
    require(n >= 0, "pascal: the size must not be negative");
    Eigen::MatrixXd A(n, n);
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < n; ++i) A(i, j) = i == 0 || j == 0 ? 1 : A(i - 1, j) + A(i, j - 1);
    return A;
}

Eigen::MatrixXd cauchy(VectorView<double> x, VectorView<double> y) {
    require(x.size() == y.size(), "cauchy: x and y must have equal lengths");
    const auto n = static_cast<Eigen::Index>(x.size());
    Eigen::MatrixXd A(n, n);
    for (std::size_t j = 0; j < y.size(); ++j)
        for (std::size_t i = 0; i < x.size(); ++i) {
            require(x[i] + y[j] != 0, "cauchy: no x_i + y_j may be 0");
            A(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = 1 / (x[i] + y[j]);
        }
    return A;
}

Eigen::MatrixXd vandermonde(VectorView<double> x) {
    const auto n = static_cast<Eigen::Index>(x.size());
    Eigen::MatrixXd A(n, n);
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = 0; i < n; ++i) A(i, j) = j == 0 ? 1 : A(i, j - 1) * x[static_cast<std::size_t>(i)];
    return A;
}

Eigen::MatrixXd chebyshev_differentiation(Index n) {
    require(n >= 2, "chebyshev_differentiation: the size must be at least 2");
    const double step = std::numbers::pi / (n - 1.0);
    const auto weight = [=](Index i) { return (i == 0 || i == n - 1 ? 2.0 : 1.0) * (i % 2 == 0 ? 1 : -1); };
    Eigen::MatrixXd D(n, n);
    for (Index i = 0; i < n; ++i) {
        double sum = 0;
        for (Index j = 0; j < n; ++j) {
            if (i == j) continue;
            // cos a - cos b = 2 sin((a+b)/2) sin((b-a)/2), without cancellation
            const double difference = 2 * std::sin((i + j) * step / 2) * std::sin((j - i) * step / 2);
            D(i, j) = weight(i) / (weight(j) * difference);
            sum += D(i, j);
        }
        D(i, i) = -sum;  // constants have derivative zero
    }
    return D;
}

Eigen::MatrixXd prolate(Index n, double w) {
    require(w > 0 && w < 0.5, "prolate: w must lie in (0, 1/2)");
    return dense_matrix("prolate", n, [=](Index i, Index j) {
        const int k = std::abs(i - j);
        return k == 0 ? 2 * w : std::sin(2 * std::numbers::pi * w * k) / (std::numbers::pi * k);
    });
}

Eigen::MatrixXd gallery3() {
    Eigen::MatrixXd A(3, 3);
    A << -149, -50, -154,  //
        537, 180, 546,     //
        -27, -9, -25;
    return A;
}

Eigen::MatrixXd gallery5() {
    Eigen::MatrixXd A(5, 5);
    A << -9, 11, -21, 63, -252,            //
        70, -69, 141, -421, 1684,          //
        -575, 575, -1149, 3451, -13801,    //
        3891, -3891, 7782, -23345, 93365,  //
        1024, -1024, 2048, -6144, 24572;
    return A;
}

Eigen::MatrixXd lauchli(Index n, double mu) {
    require(n >= 0, "lauchli: the size must not be negative");
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(Eigen::Index{n} + 1, n);
    A.row(0).setOnes();
    A.diagonal(-1).setConstant(mu);
    return A;
}

}  // namespace ritz
