// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/exact_determinant.hpp"

#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <vector>

#include "core/instantiate.hpp"

namespace ritz::linalg {

namespace {

using Residue = std::uint64_t;  // below a prime of 31 bits, so that products fit

/// value = sign significand 2^exponent with an odd significand, or 0.
struct Decoded {
    std::int64_t significand = 0;
    int exponent = 0;
};
Decoded decode(double value) {
    if (value == 0) return {};
    int exponent;
    const double fraction = std::frexp(value, &exponent);
    auto significand = static_cast<std::int64_t>(std::ldexp(fraction, 53));
    const int zeros = std::countr_zero(static_cast<std::uint64_t>(significand));
    return {significand / (std::int64_t{1} << zeros), exponent - 53 + zeros};
}

Residue power(Residue base, std::uint64_t exponent, Residue p) {
    Residue result = 1;
    for (base %= p; exponent > 0; exponent >>= 1, base = base * base % p)
        if (exponent & 1) result = result * base % p;
    return result;
}
Residue inverse(Residue a, Residue p) {
    return power(a, p - 2, p);
}

bool is_prime(std::uint32_t p) {
    for (std::uint32_t d = 3; d * d <= p; d += 2)
        if (p % d == 0) return false;
    return p % 2 == 1;
}

/// Primes below 2³¹, of the form 4k + 1 (−1 has a square root modulo these).
std::vector<Residue> primes(std::size_t count) {
    std::vector<Residue> found;
    for (std::uint32_t p = 0x7ffffffdU; found.size() < count; p -= 4)
        if (is_prime(p)) found.push_back(p);
    return found;
}

/// Destroys a; adds to `work` what it costs.
Residue determinant(std::vector<Residue>& a, int n, Residue p, double& work) {
    Residue result = 1;
    for (int k = 0; k < n; ++k) {
        int pivot = k;
        while (pivot < n && a[pivot * n + k] == 0) ++pivot;
        if (pivot == n) return 0;
        if (pivot != k) {
            std::swap_ranges(&a[k * n], &a[k * n] + n, &a[pivot * n]);
            result = p - result;
        }
        result = result * a[k * n + k] % p;
        const Residue reciprocal = inverse(a[k * n + k], p);
        for (int i = k + 1; i < n; ++i) {
            if (a[i * n + k] == 0) continue;
            work += n - k;
            const Residue factor = p - a[i * n + k] * reciprocal % p;
            for (int j = k + 1; j < n; ++j) a[i * n + j] = (a[i * n + j] + factor * a[k * n + j]) % p;
        }
    }
    return result;
}

/// A natural number in digits of 32 bits, the lowest first.
using Natural = std::vector<std::uint32_t>;

void multiply_add(Natural& a, Residue factor, Residue summand) {
    std::uint64_t carry = summand;
    for (std::uint32_t& digit : a) {
        carry += digit * factor;
        digit = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    if (carry > 0) a.push_back(static_cast<std::uint32_t>(carry));
}
void trim(Natural& a) {
    while (!a.empty() && a.back() == 0) a.pop_back();
}
/// a − b for a ≥ b
Natural subtract(Natural a, const Natural& b) {
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        borrow += std::int64_t{a[i]} - (i < b.size() ? std::int64_t{b[i]} : 0);
        a[i] = static_cast<std::uint32_t>(borrow);
        borrow >>= 32;
    }
    trim(a);
    return a;
}
bool is_less(const Natural& a, const Natural& b) {
    if (a.size() != b.size()) return a.size() < b.size();
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

/// The integer of least size with these residues, rounded to a double mantissa.
ScaledNumber<double> reconstruct(std::vector<Residue> residues, const std::vector<Residue>& p) {
    const std::size_t k = residues.size();
    for (std::size_t i = 0; i < k; ++i)  // digits in the mixed radix p₀, p₀p₁, … (Garner)
        for (std::size_t j = 0; j < i; ++j)
            residues[i] = (residues[i] + p[i] - residues[j] % p[i]) % p[i] * inverse(p[j] % p[i], p[i]) % p[i];
    Natural value, modulus{1};
    for (std::size_t i = k; i-- > 0;) multiply_add(value, p[i], residues[i]);
    for (std::size_t i = 0; i < k; ++i) multiply_add(modulus, p[i], 0);
    trim(value);
    Natural complement = subtract(modulus, value);
    const bool negative = is_less(complement, value);
    if (negative) value = std::move(complement);
    if (value.empty()) return {0, 0};
    // The leading 64 bits, the lowest of them set if anything follows: conversion rounds that correctly.
    std::uint64_t head = 0;
    bool rest = false;
    std::int64_t exponent = 32 * static_cast<std::int64_t>(value.size()) - 64;
    const int shift = std::countl_zero(value.back());
    const auto digit = [&](std::size_t from_top) -> std::uint64_t {
        return from_top < value.size() ? value[value.size() - 1 - from_top] : 0;
    };
    head = digit(0) << 32 | digit(1);
    if (shift > 0) head = head << shift | digit(2) >> (32 - shift);
    rest = shift > 0 ? (digit(2) << shift & 0xffffffffU) != 0 : digit(2) != 0;
    for (std::size_t i = 3; i < value.size(); ++i) rest = rest || digit(i) != 0;
    const double mantissa = static_cast<double>(head | (rest ? 1 : 0));
    return {negative ? -mantissa : mantissa, exponent - shift};
}

}  // namespace

template <Scalar T>
std::optional<ScaledNumber<T>> exact_determinant(Matrix<T> A) {
    using R = Real<T>;
    const auto n = static_cast<int>(A.rows());
    // Rows of integers: every row divided by its lowest bit.
    std::vector<int> lowest(static_cast<std::size_t>(n), INT_MAX);
    std::int64_t exponent = 0;
    double bits = 2;  // Hadamard's bound of the determinant, its sign and the parts of complex numbers
    for (int i = 0; i < n; ++i) {
        int highest = INT_MIN;
        for (int j = 0; j < n; ++j)
            for (const R part : {std::real(A(i, j)), std::imag(A(i, j))}) {
                if (part == 0) continue;
                lowest[i] = std::min(lowest[i], decode(part).exponent);
                highest = std::max(highest, std::ilogb(part) + 1);
            }
        if (highest == INT_MIN) return ScaledNumber<T>{T(0), 0};
        exponent += lowest[i];
        bits += highest - lowest[i] + std::log2(static_cast<double>(n)) / 2 + (is_complex<T> ? 0.5 : 0);
    }
    const auto count = static_cast<std::size_t>(bits / 30.9) + 1;
    constexpr double most_work = 3e8;
    double work = static_cast<double>(count) * (static_cast<double>(n) * n + 30 * static_cast<double>(count));
    if (work > most_work) return {};

    const std::vector<Residue> p = primes(count);
    std::vector<Residue> real(count), imaginary(count), a(static_cast<std::size_t>(n) * n);
    const auto residue = [&](R part, int i, Residue q) -> Residue {
        const Decoded d = decode(part);
        if (d.significand == 0) return 0;
        const auto size = static_cast<Residue>(std::abs(d.significand)) % q *
                          power(2, static_cast<std::uint64_t>(d.exponent - lowest[i]), q) % q;
        return d.significand < 0 ? (q - size) % q : size;
    };
    for (std::size_t k = 0; k < count; ++k) {
        if (work > most_work) return {};
        const Residue q = p[k];
        const auto determinant_with = [&](Residue root) {  // root stands for i
            for (int i = 0; i < n; ++i)
                for (int j = 0; j < n; ++j)
                    a[i * n + j] = (residue(std::real(A(i, j)), i, q) + root * residue(std::imag(A(i, j)), i, q)) % q;
            return determinant(a, n, q, work);
        };
        if constexpr (!is_complex<T>) {
            real[k] = determinant_with(0);
        } else {
            Residue root = 1;  // a square root of −1: a non-residue to the power (q − 1)/4
            for (Residue g = 2; root * root % q != q - 1; ++g) root = power(g, (q - 1) / 4, q);
            const Residue plus = determinant_with(root), minus = determinant_with(q - root);
            real[k] = (plus + minus) % q * inverse(2, q) % q;
            imaginary[k] = (plus + q - minus) % q * inverse(2 * root % q, q) % q;
        }
    }
    const ScaledNumber<double> re = reconstruct(real, p);
    if constexpr (!is_complex<T>) {
        // To a mantissa near 1: single precision does not hold 2⁶⁴ digits.
        return ScaledNumber<T>{static_cast<T>(std::ldexp(re.mantissa, -64)), re.exponent + 64 + exponent};
    } else {
        const ScaledNumber<double> im = reconstruct(imaginary, p);
        const std::int64_t common = re.mantissa == 0   ? im.exponent
                                    : im.mantissa == 0 ? re.exponent
                                                       : std::max(re.exponent, im.exponent);
        const auto shifted = [&](const ScaledNumber<double>& x) {
            const auto shift = static_cast<int>(std::max<std::int64_t>(x.exponent - common, -5000));
            return static_cast<R>(x.mantissa == 0 ? 0.0 : std::ldexp(x.mantissa, shift - 64));
        };
        return ScaledNumber<T>{T(shifted(re), shifted(im)), common + 64 + exponent};
    }
}

#define RITZ_INSTANTIATE(T) template std::optional<ScaledNumber<T>> exact_determinant<T>(Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
