// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/block.hpp"

#include <algorithm>
#include <array>
#include <type_traits>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/buffer.hpp"

namespace ritz::eigen {

namespace {

// Everything is done in real numbers. A column of complex ones is a real column of twice the height, (re, im, re, …),
// of which vᴴ w = v·w + i v·(−i w) and V Y = V Re Y + i (V Im Y).

constexpr std::int64_t panel_rows =
    1024;  // real rows: 8 kB a column of doubles, so that a panel stays in a second-level cache
constexpr std::int64_t piece_panels = 4;  // panels that one partial sum extends over
constexpr double grain = 4e5;             // multiplications that are worth a thread

#if defined(__AVX512F__)
constexpr int tile = 4;  // tile² accumulators of 64 bytes
#else
constexpr int tile = 2;
#endif

template <class R>
constexpr int lanes = static_cast<int>(64 / sizeof(R));

template <class R>
struct Pack {  // an alias template would drop the attribute
    typedef R Type __attribute__((vector_size(64), aligned(alignof(R)), may_alias));
};
template <class R>
using Vector = typename Pack<R>::Type;

template <class R>
R sum_of_lanes(const Vector<R>& v) {
    R sum = 0;
    for (int lane = 0; lane < lanes<R>; ++lane) sum += v[lane];
    return sum;
}

/// Columns of real numbers.
template <class R>
struct Columns {
    R* first;
    std::int64_t stride;
    R* operator[](std::int64_t j) const { return first + j * stride; }
};

/// C_ij += Σ v_i·w_j over `rows` rows, of a columns of V and b of W.
template <int a, int b, class R>
void gram_tile(std::int64_t rows, const R* const* v, const R* const* w, R* C, std::int64_t C_stride) {
    Vector<R> sums[a][b] = {};
    std::int64_t r = 0;
    for (; r + lanes<R> <= rows; r += lanes<R>) {
        Vector<R> right[b];
#pragma GCC unroll 4
        for (int j = 0; j < b; ++j) right[j] = *reinterpret_cast<const Vector<R>*>(w[j] + r);
#pragma GCC unroll 4
        for (int i = 0; i < a; ++i) {
            const Vector<R> left = *reinterpret_cast<const Vector<R>*>(v[i] + r);
#pragma GCC unroll 4
            for (int j = 0; j < b; ++j) sums[i][j] += left * right[j];
        }
    }
#pragma GCC unroll 4
    for (int j = 0; j < b; ++j)
#pragma GCC unroll 4
        for (int i = 0; i < a; ++i) {
            R sum = sum_of_lanes<R>(sums[i][j]);
            for (std::int64_t s = r; s < rows; ++s) sum += v[i][s] * w[j][s];
            C[i + j * C_stride] += sum;
        }
}

/// o_j += Σ_i v_i y_ij over `rows` rows, of a columns of V.
template <int a, int b, class R>
void combine_tile(std::int64_t rows, const R* const* v, const R* Y, std::int64_t Y_stride, R* const* o) {
    R y[a][b];
#pragma GCC unroll 4
    for (int i = 0; i < a; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < b; ++j) y[i][j] = Y[i + j * Y_stride];
    std::int64_t r = 0;
    for (; r + lanes<R> <= rows; r += lanes<R>) {
        Vector<R> sums[b];
#pragma GCC unroll 4
        for (int j = 0; j < b; ++j) sums[j] = *reinterpret_cast<const Vector<R>*>(o[j] + r);
#pragma GCC unroll 4
        for (int i = 0; i < a; ++i) {
            const Vector<R> left = *reinterpret_cast<const Vector<R>*>(v[i] + r);
#pragma GCC unroll 4
            for (int j = 0; j < b; ++j) sums[j] += left * y[i][j];
        }
#pragma GCC unroll 4
        for (int j = 0; j < b; ++j) *reinterpret_cast<Vector<R>*>(o[j] + r) = sums[j];
    }
    for (; r < rows; ++r)
#pragma GCC unroll 4
        for (int j = 0; j < b; ++j)
#pragma GCC unroll 4
            for (int i = 0; i < a; ++i) o[j][r] += v[i][r] * y[i][j];
}

/// body(a, b) with the two numbers, 1 … tile, as compile-time constants.
template <class Body>
void with_tile(std::int64_t rows, std::int64_t cols, Body&& body) {
    const auto pick = [](std::int64_t count, auto&& then) {
        if constexpr (tile == 4) {
            if (count >= 4) return then(std::integral_constant<int, 4>{});
            if (count == 3) return then(std::integral_constant<int, 3>{});
        }
        if (count >= 2) return then(std::integral_constant<int, 2>{});
        return then(std::integral_constant<int, 1>{});
    };
    pick(rows, [&](auto a) { pick(cols, [&](auto b) { body(a, b); }); });
}

/// body(i, j, a, b) over tiles that cover m × c.
template <class Body>
void over_tiles(std::int64_t m, std::int64_t c, Body&& body) {
    for (std::int64_t j = 0; j < c; j += tile)
        for (std::int64_t i = 0; i < m; i += tile) with_tile(m - i, c - j, [&](auto a, auto b) { body(i, j, a, b); });
}

template <class R, std::size_t count = tile>
std::array<R*, count> columns_at(Columns<R> V, std::int64_t j, std::int64_t available) {
    std::array<R*, count> columns;
    for (std::size_t i = 0; i < count; ++i) columns[i] = V[j + std::min<std::int64_t>(i, available - 1)];
    return columns;
}

/// C += Vᵀ W of one panel; C is m × c, its columns m apart.
template <class R>
void gram_panel(std::int64_t rows, Columns<const R> V, std::int64_t m, Columns<const R> W, std::int64_t c, R* C) {
    over_tiles(m, c, [&](std::int64_t i, std::int64_t j, auto a, auto b) {
        gram_tile<a(), b(), R>(rows, columns_at(V, i, m - i).data(), columns_at(W, j, c - j).data(), C + i + j * m, m);
    });
}

/// out += V Y of one panel.
template <class R>
void combine_panel(std::int64_t rows, Columns<const R> V, std::int64_t m, const R* Y, Columns<R> out, std::int64_t c) {
    over_tiles(m, c, [&](std::int64_t i, std::int64_t j, auto a, auto b) {
        combine_tile<a(), b(), R>(rows, columns_at(V, i, m - i).data(), Y + i + j * m, m,
                                  columns_at(out, j, c - j).data());
    });
}

/// body(piece, first_row, rows) over pieces of panels, in real rows, in parallel.
template <class Body>
void over_pieces(std::int64_t rows, double work_per_row, Body&& body) {
    constexpr std::int64_t height = panel_rows * piece_panels;
    const std::int64_t pieces = (rows + height - 1) / height;
    const auto least = static_cast<std::int64_t>(grain / (work_per_row * static_cast<double>(height))) + 1;
    detail::parallel_ranges(pieces, least, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t piece = begin; piece < end; ++piece)
            body(piece, piece * height, std::min(height, rows - piece * height));
    });
}

template <class Body>
void over_panels(std::int64_t first, std::int64_t rows, Body&& body) {
    for (std::int64_t r = 0; r < rows; r += panel_rows) body(first + r, std::min(panel_rows, rows - r));
}

template <Scalar T>
constexpr std::int64_t reals = is_complex<T> ? 2 : 1;

template <Scalar T>
Columns<const Real<T>> real_columns(const ConstBlock<T>& V, std::int64_t row) {
    return {reinterpret_cast<const Real<T>*>(V.data()) + row, V.outerStride() * reals<T>};
}
template <Scalar T>
Columns<Real<T>> real_columns(Block<T>& V, std::int64_t row) {
    return {reinterpret_cast<Real<T>*>(V.data()) + row, V.outerStride() * reals<T>};
}

/// (Re Y, Im Y) side by side; Y itself when it is real.
template <Scalar T>
Eigen::MatrixX<Real<T>> parts(const Eigen::MatrixX<T>& Y) {
    if constexpr (is_complex<T>) {
        Eigen::MatrixX<Real<T>> both(Y.rows(), 2 * Y.cols());
        both << Y.real(), Y.imag();
        return both;
    } else {
        return Y;
    }
}

/// out ← beta·out + V Y; Y given by its parts. `out` may be the first columns of V.
template <Scalar T>
void combine(const ConstBlock<T>& V, const Eigen::MatrixX<Real<T>>& Y, std::int64_t c, bool add, Block<T> out) {
    using R = Real<T>;
    const std::int64_t rows = V.rows() * reals<T>, m = V.cols(), width = c * reals<T>;
    const bool in_place = V.data() == out.data();
    const bool direct = !is_complex<T> && !in_place;
    if (rows == 0 || c == 0) return;
    over_pieces(rows, static_cast<double>(m * width), [&](std::int64_t, std::int64_t first, std::int64_t count) {
        Buffer<R> work(direct ? 0 : static_cast<std::size_t>(panel_rows * width));
        over_panels(first, count, [&](std::int64_t row, std::int64_t height) {
            const Columns<R> target = real_columns<T>(out, row);
            if (direct) {
                if (!add)
                    for (std::int64_t j = 0; j < c; ++j) std::fill_n(target[j], height, R{0});
                combine_panel<R>(height, real_columns<T>(V, row), m, Y.data(), target, c);
                return;
            }
            std::fill(work.begin(), work.end(), R{0});
            const Columns<R> sums{work.data(), panel_rows};
            combine_panel<R>(height, real_columns<T>(V, row), m, Y.data(), sums, width);
            for (std::int64_t j = 0; j < c; ++j) {
                R* const to = target[j];
                const R* const real = sums[j];
                if (!add) std::fill_n(to, height, R{0});
                if constexpr (is_complex<T>) {
                    const R* const imaginary = sums[c + j];
                    for (std::int64_t r = 0; r < height; r += 2) {
                        to[r] += real[r] - imaginary[r + 1];
                        to[r + 1] += real[r + 1] + imaginary[r];
                    }
                } else {
                    for (std::int64_t r = 0; r < height; ++r) to[r] += real[r];
                }
            }
        });
    });
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> gram(const ConstBlock<T>& V, const ConstBlock<T>& W) {
    using R = Real<T>;
    const std::int64_t rows = V.rows() * reals<T>, m = V.cols(), c = W.cols(), width = c * reals<T>;
    const std::int64_t pieces = (rows + panel_rows * piece_panels - 1) / (panel_rows * piece_panels);
    Eigen::MatrixX<T> result = Eigen::MatrixX<T>::Zero(m, c);
    if (rows == 0 || m == 0 || c == 0) return result;

    Buffer<R> partial(static_cast<std::size_t>(pieces * m * width), R{0});
    over_pieces(rows, static_cast<double>(m * width), [&](std::int64_t piece, std::int64_t first, std::int64_t count) {
        R* const sums = partial.data() + piece * m * width;
        Buffer<R> turned(is_complex<T> ? static_cast<std::size_t>(panel_rows * c) : 0);  // −i W
        over_panels(first, count, [&](std::int64_t row, std::int64_t height) {
            const Columns<const R> left = real_columns<T>(V, row), right = real_columns<T>(W, row);
            gram_panel<R>(height, left, m, right, c, sums);
            if constexpr (is_complex<T>) {
                const Columns<R> to{turned.data(), panel_rows};
                for (std::int64_t j = 0; j < c; ++j)
                    for (std::int64_t r = 0; r < height; r += 2) {
                        to[j][r] = right[j][r + 1];
                        to[j][r + 1] = -right[j][r];
                    }
                gram_panel<R>(height, left, m, Columns<const R>{turned.data(), panel_rows}, c, sums + m * c);
            }
        });
    });

    Eigen::MatrixX<R> sum = Eigen::MatrixX<R>::Zero(m, width);
    for (std::int64_t piece = 0; piece < pieces; ++piece)
        sum += Eigen::Map<const Eigen::MatrixX<R>>(partial.data() + piece * m * width, m, width);
    if constexpr (is_complex<T>) {
        result.real() = sum.leftCols(c);
        result.imag() = sum.rightCols(c);
    } else {
        result = sum;
    }
    return result;
}

template <Scalar T>
void subtract_product(const ConstBlock<T>& V, const Eigen::MatrixX<T>& H, Block<T> W) {
    combine<T>(V, -parts(H), H.cols(), true, W);
}

template <Scalar T>
void multiply(const ConstBlock<T>& V, const Eigen::MatrixX<T>& Y, Block<T> out) {
    combine<T>(V, parts(Y), Y.cols(), false, out);
}

template <Scalar T>
void multiply_in_place(Block<T> V, const Eigen::MatrixX<T>& Y) {
    combine<T>(V, parts(Y), Y.cols(), false, V);
}

#define INSTANTIATE(T)                                                                        \
    template Eigen::MatrixX<T> gram(const ConstBlock<T>&, const ConstBlock<T>&);              \
    template void subtract_product(const ConstBlock<T>&, const Eigen::MatrixX<T>&, Block<T>); \
    template void multiply(const ConstBlock<T>&, const Eigen::MatrixX<T>&, Block<T>);         \
    template void multiply_in_place(Block<T>, const Eigen::MatrixX<T>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
