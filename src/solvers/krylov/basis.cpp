// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/krylov/basis.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "solvers/krylov/run.hpp"

namespace ritz::iterative {

namespace {

constexpr std::size_t block = 1024;  // rows whose part of V, up to some 50 columns, stays in a core's cache
constexpr std::int64_t grain = 16;   // blocks a thread should have at least
constexpr std::size_t lanes = 8;

/// Σ conj(v_i) w_i over a block.
template <Scalar T>
T block_dot(const T* v, const T* w, std::size_t count) {
    T lane_sum[lanes] = {};
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
#pragma omp simd
        for (std::size_t lane = 0; lane < lanes; ++lane) lane_sum[lane] += times(conj(v[i + lane]), w[i + lane]);
    }
    for (std::size_t lane = 0; i < count; ++i, ++lane) lane_sum[lane] += times(conj(v[i]), w[i]);
    T sum{0};
    for (const T s : lane_sum) sum += s;
    return sum;
}

template <Scalar T>
void block_axpy(T a, const T* v, T* w, std::size_t count) {
#pragma omp simd
    for (std::size_t i = 0; i < count; ++i) w[i] += times(a, v[i]);
}

template <class Body>
void over_blocks(std::size_t n, Body&& body) {
    detail::parallel_ranges(static_cast<std::int64_t>((n + block - 1) / block), grain,
                            [&](std::int64_t begin, std::int64_t end) {
                                for (std::int64_t b = begin; b < end; ++b) {
                                    const std::size_t first = static_cast<std::size_t>(b) * block;
                                    body(static_cast<std::size_t>(b), first, std::min(block, n - first));
                                }
                            });
}

std::size_t blocks_of(std::size_t n) {
    return (n + block - 1) / block;
}

/// h ← the sum over blocks of partial, which holds k numbers a block.
template <Scalar T>
void add_up(const Buffer<T>& partial, std::size_t k, T* h) {
    std::fill_n(h, k, T{0});
    for (std::size_t place = 0; place < partial.size(); place += k)
        for (std::size_t j = 0; j < k; ++j) h[j] += partial[place + j];
}

}  // namespace

template <Scalar T>
void Basis<T>::project(std::size_t k, VectorView<T> w, T* h) const {
    if (k == 0) return;
    Buffer<T> partial(blocks_of(n_) * k);
    over_blocks(n_, [&](std::size_t b, std::size_t first, std::size_t count) {
        for (std::size_t j = 0; j < k; ++j)
            partial[b * k + j] = block_dot(data_.data() + j * n_ + first, w.data() + first, count);
    });
    add_up(partial, k, h);
}

template <Scalar T>
double Basis<T>::subtract(std::size_t k, const T* h, VectorRef<T> w, T* again) const {
    Buffer<T> partial(again ? blocks_of(n_) * k : 0);
    Buffer<double> squares(blocks_of(n_));
    over_blocks(n_, [&](std::size_t b, std::size_t first, std::size_t count) {
        T* const piece = w.data() + first;
        for (std::size_t j = 0; j < k; ++j) block_axpy(-h[j], data_.data() + j * n_ + first, piece, count);
        squares[b] = static_cast<double>(real_part(block_dot(piece, piece, count)));
        if (again)
            for (std::size_t j = 0; j < k; ++j)
                partial[b * k + j] = block_dot(data_.data() + j * n_ + first, piece, count);
    });
    if (again && k > 0) add_up(partial, k, again);
    double sum = 0;
    for (const double s : squares) sum += s;
    return sum;
}

template <Scalar T>
void Basis<T>::add(std::size_t k, const T* y, VectorRef<T> x) const {
    over_blocks(n_, [&](std::size_t, std::size_t first, std::size_t count) {
        for (std::size_t j = 0; j < k; ++j) block_axpy(y[j], data_.data() + j * n_ + first, x.data() + first, count);
    });
}

template <Scalar T>
double Basis<T>::orthogonalise(std::size_t k, VectorRef<T> w, T* h) const {
    std::vector<T> first(k), second(k);
    project(k, w, first.data());
    const double left = subtract(k, first.data(), w, second.data());
    double taken = 0;
    for (std::size_t j = 0; j < k; ++j) {
        taken += static_cast<double>(square(first[j]));
        h[j] += first[j];
    }
    if (left > taken || k == 0) return std::sqrt(left);  // ‖w‖² before was left + taken
    const double after = subtract(k, second.data(), w);
    for (std::size_t j = 0; j < k; ++j) h[j] += second[j];
    return std::sqrt(after);
}

#define INSTANTIATE(T) template class Basis<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
