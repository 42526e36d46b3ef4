// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/exact_rank.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace ritz::detail {

namespace {

constexpr std::uint64_t prime = (std::uint64_t{1} << 61) - 1;

__extension__ typedef unsigned __int128 Wide;

std::uint64_t times(std::uint64_t a, std::uint64_t b) noexcept {
    const Wide product = static_cast<Wide>(a) * b;
    const std::uint64_t sum = static_cast<std::uint64_t>(product & prime) + static_cast<std::uint64_t>(product >> 61);
    return sum >= prime ? sum - prime : sum;
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b) noexcept {
    return a >= b ? a - b : a + prime - b;
}

std::uint64_t inverse(std::uint64_t a) noexcept {  // Fermat: a^(p − 2)
    std::uint64_t result = 1;
    for (std::uint64_t power = prime - 2; power > 0; power >>= 1, a = times(a, a))
        if (power & 1) result = times(result, a);
    return result;
}

/// The image of m 2^e: 2⁶¹ is 1 here.
std::uint64_t image(double a) noexcept {
    if (a == 0) return 0;
    int exponent = 0;
    const double mantissa = std::ldexp(std::frexp(std::abs(a), &exponent), 53);
    const int shift = ((exponent - 53) % 61 + 61) % 61;
    const std::uint64_t value = times(static_cast<std::uint64_t>(mantissa), std::uint64_t{1} << shift);
    return a > 0 ? value : minus(0, value);
}

}  // namespace

template <Scalar W>
bool entries_look_exact(const CsrView<W>& A) noexcept {
    constexpr std::uint64_t low_bits = (std::uint64_t{1} << 21) - 1;
    const auto exact = [](double a) { return (std::bit_cast<std::uint64_t>(a) & low_bits) == 0; };
    return std::all_of(A.values().begin(), A.values().end(),
                       [&](W a) { return exact(std::real(a)) && exact(std::imag(a)); });
}

template <Scalar W>
bool proved_regular(const CsrView<W>& A) {
    constexpr std::size_t width = is_complex<W> ? 2 : 1;  // a + bi as the block [a −b; b a]
    if (A.rows() != A.cols() || static_cast<Index>(width) * A.rows() > exact_order) return false;
    const std::size_t n = width * static_cast<std::size_t>(A.rows());
    std::vector<std::vector<std::uint64_t>> M(n, std::vector<std::uint64_t>(n, 0));
    for (std::size_t i = 0; i < n / width; ++i)
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            const auto j = static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(p)]);
            const W a = A.values()[static_cast<std::size_t>(p)];
            M[width * i][width * j] = image(std::real(a));
            if constexpr (is_complex<W>) {
                M[2 * i + 1][2 * j + 1] = image(a.real());
                M[2 * i + 1][2 * j] = image(a.imag());
                M[2 * i][2 * j + 1] = minus(0, image(a.imag()));
            }
        }
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        while (pivot < n && M[pivot][k] == 0) ++pivot;
        if (pivot == n) return false;
        std::swap(M[k], M[pivot]);
        const std::uint64_t reciprocal = inverse(M[k][k]);
        for (std::size_t i = k + 1; i < n; ++i) {
            if (M[i][k] == 0) continue;
            const std::uint64_t factor = times(M[i][k], reciprocal);
            for (std::size_t j = k + 1; j < n; ++j)
                if (M[k][j] != 0) M[i][j] = minus(M[i][j], times(factor, M[k][j]));
        }
    }
    return true;
}

template bool entries_look_exact(const CsrView<double>&) noexcept;
template bool entries_look_exact(const CsrView<std::complex<double>>&) noexcept;
template bool proved_regular(const CsrView<double>&);
template bool proved_regular(const CsrView<std::complex<double>>&);

}  // namespace ritz::detail
