// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/fft.hpp"

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

namespace ritz::linalg {

namespace {

/// e^(−2πi k/n), the angle reduced exactly to an eighth of the circle.
std::complex<double> root_of_unity(std::size_t k, std::size_t n) {
    k %= n;
    if (8 * k > 4 * n) return std::conj(root_of_unity(n - k, n));
    const std::size_t eighths = 8 * k;  // now 0 ≤ k/n ≤ 1/2
    if (eighths > 2 * n) {              // a quarter turn back: w = −i w'
        const std::complex<double> w = root_of_unity(4 * k - n, 4 * n);
        return {w.imag(), -w.real()};
    }
    if (eighths > n) {  // mirrored at the eighth: cos and sin change places
        const std::complex<double> w = root_of_unity(n - 4 * k, 4 * n);
        return {-w.imag(), -w.real()};
    }
    const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
    return {std::cos(angle), -std::sin(angle)};
}

std::complex<double> product(std::complex<double> a, std::complex<double> b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

}  // namespace

Fft::Fft(std::size_t n) : n_(n), length_(std::has_single_bit(n) ? n : std::bit_ceil(2 * n)) {
    if (n == 0) return;
    roots_.reserve(length_ / 2);
    for (std::size_t k = 0; k < length_ / 2; ++k) roots_.push_back(root_of_unity(k, length_));
    if (length_ == n) return;
    // jk = (j² + k² − (k − j)²)/2 makes the transform a convolution with the chirp e^(πi j²/n).
    chirp_.reserve(n);
    for (std::size_t j = 0; j < n; ++j) chirp_.push_back(root_of_unity(j * j % (2 * n), 2 * n));
    kernel_.assign(length_, 0);
    for (std::size_t j = 0; j < n; ++j) kernel_[j] = kernel_[(length_ - j) % length_] = std::conj(chirp_[j]);
    radix2(kernel_.data());
}

void Fft::radix2(std::complex<double>* x) const {
    for (std::size_t i = 1, j = 0; i < length_; ++i) {  // bit reversal
        std::size_t bit = length_ >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) std::swap(x[i], x[j]);
    }
    for (std::size_t half = 1; half < length_; half *= 2) {
        const std::size_t stride = length_ / (2 * half);
        for (std::size_t start = 0; start < length_; start += 2 * half)
            for (std::size_t k = 0; k < half; ++k) {
                const std::complex<double> even = x[start + k], odd = product(x[start + half + k], roots_[k * stride]);
                x[start + k] = even + odd;
                x[start + half + k] = even - odd;
            }
    }
}

void Fft::forward(std::vector<std::complex<double>>& x) const {
    if (n_ <= 1) return;
    if (length_ == n_) return radix2(x.data());
    std::vector<std::complex<double>> y(length_, 0);
    for (std::size_t j = 0; j < n_; ++j) y[j] = product(x[j], chirp_[j]);
    radix2(y.data());
    for (std::size_t k = 0; k < length_; ++k) y[k] = std::conj(product(y[k], kernel_[k]));
    radix2(y.data());  // the inverse transform of the product is the conjugate of this
    for (std::size_t j = 0; j < n_; ++j) x[j] = product(std::conj(y[j]) / static_cast<double>(length_), chirp_[j]);
}

void Fft::inverse(std::vector<std::complex<double>>& x) const {
    for (auto& value : x) value = std::conj(value);
    forward(x);
    for (auto& value : x) value = std::conj(value) / static_cast<double>(n_);
}

}  // namespace ritz::linalg
