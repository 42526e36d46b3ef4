// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The least-squares problem min ‖β e₁ − H y‖ of GMRES, kept triangular by rotations while H grows by columns.

#include <cmath>
#include <vector>

#include "solvers/krylov/run.hpp"

namespace ritz::iterative {

template <Scalar T>
class HessenbergSolver {
public:
    HessenbergSolver(std::size_t columns, double beta)
        : stride_(columns + 1), R_((columns + 1) * columns), c_(columns), s_(columns), g_(columns + 1, T{0}) {
        g_[0] = static_cast<Real<T>>(beta);
    }

    /// Takes the next column of H, its h[0..j] and the subdiagonal element; the residual norm afterwards.
    double append(const T* h, double subdiagonal) {
        const std::size_t j = size_++;
        T* const column = &R_[j * stride_];
        std::copy(h, h + j + 1, column);
        for (std::size_t i = 0; i < j; ++i) {
            const T a = column[i], b = column[i + 1];
            column[i] = c_[i] * a + times(s_[i], b);
            column[i + 1] = -times(conj(s_[i]), a) + c_[i] * b;
        }
        // The rotation that takes (a, subdiagonal) to (ρ, 0), c real.
        const T a = column[j];
        const double modulus = std::sqrt(static_cast<double>(square(a))), length = std::hypot(modulus, subdiagonal);
        if (length == 0) {
            c_[j] = 1;
            s_[j] = T{0};
        } else if (modulus == 0) {
            c_[j] = 0;
            s_[j] = T{1};
        } else {
            c_[j] = static_cast<Real<T>>(modulus / length);
            s_[j] = a * static_cast<Real<T>>(subdiagonal / (modulus * length));
        }
        column[j] = c_[j] * a + s_[j] * static_cast<Real<T>>(subdiagonal);
        g_[j + 1] = -times(conj(s_[j]), g_[j]);
        g_[j] = c_[j] * g_[j];
        largest_ = std::max(largest_, length);
        return residual();
    }

    std::size_t size() const noexcept { return size_; }
    double residual() const { return std::sqrt(static_cast<double>(square(g_[size_]))); }

    /// Columns before the first diagonal element that is nothing but rounding: with it the solution would be noise.
    std::size_t regular() const {
        const double limit = 10 * static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) * largest_;
        for (std::size_t j = 0; j < size_; ++j)
            if (!(std::sqrt(static_cast<double>(square(R_[j * stride_ + j]))) > limit)) return j;
        return size_;
    }

    /// Largest diagonal element of R: about ‖H‖.
    double largest() const noexcept { return largest_; }

    /// y of the first k columns.
    std::vector<T> solution(std::size_t k) const {
        std::vector<T> y(g_.begin(), g_.begin() + static_cast<std::ptrdiff_t>(k));
        for (std::size_t j = k; j-- > 0;) {
            y[j] /= R_[j * stride_ + j];
            for (std::size_t i = 0; i < j; ++i) y[i] -= times(R_[j * stride_ + i], y[j]);
        }
        return y;
    }

    /// Coordinates of β e₁ − H y in the basis of k + 1 vectors, y = solution(k), k = size().
    std::vector<T> residual_coordinates() const {
        std::vector<T> q(size_ + 1, T{0});
        q[size_] = g_[size_];
        for (std::size_t i = size_; i-- > 0;) {  // the rotations undone
            const T a = q[i], b = q[i + 1];
            q[i] = c_[i] * a - times(s_[i], b);
            q[i + 1] = times(conj(s_[i]), a) + c_[i] * b;
        }
        return q;
    }

    /// σ_max / σ_min of the first k columns, both by a few steps of the power method with R and R⁻¹: a lower bound.
    double condition(std::size_t k) const {
        if (k == 0) return std::numeric_limits<double>::quiet_NaN();
        std::vector<T> up(k, T{1}), down(k, T{1});
        double largest = 0, smallest = 0;
        const auto normalise = [](std::vector<T>& v) {
            double sum = 0;
            for (const T a : v) sum += static_cast<double>(square(a));
            const double length = std::sqrt(sum);
            for (T& a : v) a *= static_cast<Real<T>>(1 / length);
            return length;
        };
        normalise(up), normalise(down);
        for (int step = 0; step < 12; ++step) {
            std::vector<T> w(k, T{0}), z(k, T{0});
            for (std::size_t j = 0; j < k; ++j)
                for (std::size_t i = 0; i <= j; ++i) w[i] += times(R_[j * stride_ + i], up[j]);
            for (std::size_t j = 0; j < k; ++j)
                for (std::size_t i = 0; i <= j; ++i) z[j] += times(conj(R_[j * stride_ + i]), w[i]);
            up = z;
            largest = std::sqrt(normalise(up));  // ‖RᴴR v‖
            w = down;
            for (std::size_t j = 0; j < k; ++j) {  // R⁻ᴴ
                for (std::size_t i = 0; i < j; ++i) w[j] -= times(conj(R_[j * stride_ + i]), w[i]);
                w[j] /= conj(R_[j * stride_ + j]);
            }
            for (std::size_t j = k; j-- > 0;) {  // R⁻¹
                w[j] /= R_[j * stride_ + j];
                for (std::size_t i = 0; i < j; ++i) w[i] -= times(R_[j * stride_ + i], w[j]);
            }
            down = w;
            smallest = std::sqrt(normalise(down));
        }
        return largest * smallest;
    }

private:
    std::size_t stride_, size_ = 0;
    std::vector<T> R_;
    std::vector<Real<T>> c_;
    std::vector<T> s_, g_;
    double largest_ = 0;
};

}  // namespace ritz::iterative
