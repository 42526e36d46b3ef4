// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Solves with P A Q = L U for several right-hand sides at once: each entry of a factor is read once for `width`
/// columns.

#include <array>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::detail {

/// L by rows and U by columns, each diagonal the last of its slice; L's is 1. Row k of P A Q is row `row_of[k]` of A,
/// and its column k is column `column_of[k]`.
template <class W, class I>
struct BlockFactors {
    Buffer<I> l_pointers, l_indices, u_pointers, u_indices, row_of, column_of;
    Buffer<W> l_values, u_values;

    /// Columns solved at once: a row of them is a cache line or two.
    static constexpr std::size_t width = 8;

    std::size_t bytes() const noexcept {
        return (l_values.size() + u_values.size()) * (sizeof(W) + sizeof(I)) + 4 * row_of.size() * sizeof(I);
    }

    /// X(:, j) ← op(A)⁻¹ B(:, j) for j < columns ≤ width; element (i, j) is at i + j · stride of either.
    template <class T>
    void solve(Transpose which, const T* B, std::size_t b_stride, T* X, std::size_t x_stride, std::size_t columns,
               Buffer<W>& workspace) const {
        const std::size_t n = row_of.size();
        const Buffer<I>& in = which == Transpose::none ? row_of : column_of;
        const Buffer<I>& out = which == Transpose::none ? column_of : row_of;
        workspace.resize(n * width);
        W* const Y = workspace.data();
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t j = 0; j < width; ++j)
                Y[k * width + j] =
                    j < columns ? static_cast<W>(B[static_cast<std::size_t>(in[k]) + j * b_stride]) : W{};
        if (which == Transpose::none) {
            gather<false>(l_pointers, l_indices, l_values, Y, n);
            scatter<false>(u_pointers, u_indices, u_values, Y, n);
        } else if (which == Transpose::transpose || !is_complex_number) {
            gather<false>(u_pointers, u_indices, u_values, Y, n);
            scatter<false>(l_pointers, l_indices, l_values, Y, n);
        } else {
            gather<true>(u_pointers, u_indices, u_values, Y, n);
            scatter<true>(l_pointers, l_indices, l_values, Y, n);
        }
        for (std::size_t k = 0; k < n; ++k)
            for (std::size_t j = 0; j < columns; ++j)
                X[static_cast<std::size_t>(out[k]) + j * x_stride] = static_cast<T>(Y[k * width + j]);
    }

private:
    static constexpr bool is_complex_number = !std::is_same_v<W, double>;

    template <bool conjugated>
    static W value(W a) noexcept {
        if constexpr (conjugated && is_complex_number)
            return std::conj(a);
        else
            return a;
    }

    /// Without the checks for infinities that complex products and quotients come with.
    static W times(W a, W b) noexcept {
        if constexpr (is_complex_number)
            return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
        else
            return a * b;
    }

    /// Y ← M⁻¹ Y, M lower triangular by rows.
    template <bool conjugated>
    static void gather(const Buffer<I>& p, const Buffer<I>& indices, const Buffer<W>& values, W* Y, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto last = static_cast<std::size_t>(p[i + 1]) - 1;
            std::array<W, width> sum;
            std::copy_n(Y + i * width, width, sum.begin());
            for (auto k = static_cast<std::size_t>(p[i]); k < last; ++k) {
                const W a = value<conjugated>(values[k]);
                const W* const y = Y + static_cast<std::size_t>(indices[k]) * width;
                for (std::size_t j = 0; j < width; ++j) sum[j] -= times(a, y[j]);
            }
            const W d = value<conjugated>(values[last]);
            for (std::size_t j = 0; j < width; ++j) Y[i * width + j] = sum[j] / d;
        }
    }

    /// Y ← M⁻¹ Y, M upper triangular by columns.
    template <bool conjugated>
    static void scatter(const Buffer<I>& p, const Buffer<I>& indices, const Buffer<W>& values, W* Y, std::size_t n) {
        for (std::size_t i = n; i-- > 0;) {
            const auto last = static_cast<std::size_t>(p[i + 1]) - 1;
            const W d = value<conjugated>(values[last]);
            std::array<W, width> x;
            for (std::size_t j = 0; j < width; ++j) Y[i * width + j] = x[j] = Y[i * width + j] / d;
            for (auto k = static_cast<std::size_t>(p[i]); k < last; ++k) {
                const W a = value<conjugated>(values[k]);
                W* const y = Y + static_cast<std::size_t>(indices[k]) * width;
                for (std::size_t j = 0; j < width; ++j) y[j] -= times(a, x[j]);
            }
        }
    }
};

}  // namespace ritz::detail
