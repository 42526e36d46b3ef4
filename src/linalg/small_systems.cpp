// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/small_systems.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/residual.hpp"

namespace ritz::linalg::small {

namespace {

template <class R>
struct PackOf {
    typedef R type __attribute__((vector_size(64)));
    using Integer = std::conditional_t<sizeof(R) == 8, std::int64_t, std::int32_t>;
    typedef Integer mask __attribute__((vector_size(64)));
};
template <class R>
inline constexpr int lanes = 64 / static_cast<int>(sizeof(R));

/// Sizes between which products of two matrices, and sums of them, are far from overflow and underflow.
template <class R>
bool is_moderate(R size) {
    constexpr R limit = std::is_same_v<R, float> ? R(0x1p20) : R(0x1p200);
    return size <= limit && size >= 1 / limit;  // false for NaN
}

/// An n × n matrix in columns of `packs` packs, zero below row n, and its inverse in place.
template <class R, int packs>
class Columns {
public:
    static constexpr int ld = packs * lanes<R>;
    using Pack = typename PackOf<R>::type;
    using Mask = typename PackOf<R>::mask;

    /// Copies A; returns ‖A‖₁.
    R load(int n, const R* A, Eigen::Index lda) {
        n_ = n;
        R norm = 0;
        for (int j = 0; j < n; ++j) {
            R* column = entries_ + j * ld;
            for (int i = 0; i < n; ++i) column[i] = A[i + j * lda];
            for (int i = n; i < ld; ++i) column[i] = 0;
            const R sum = norm1_of_column(j);
            norm = sum > norm || std::isnan(sum) ? sum : norm;
        }
        return norm;
    }

    /// Exchanges x and y = A x one by one: afterwards row row_of(y) … holds A⁻¹ up to the order of its rows and
    /// columns. Rows stay where they are; `column_of_[i]` is the column whose pivot was in row i, `row_of_` the inverse
    /// of that.
    bool invert() {
        alignas(64) R active[ld] = {}, sizes[ld];
        std::fill_n(active, n_, R(1));
        Mask lane;
        for (int l = 0; l < lanes<R>; ++l) lane[l] = l;
        for (int k = 0; k < n_; ++k) {
            R* pivot_column = entries_ + k * ld;
            R largest = 0;
#pragma omp simd reduction(max : largest)
            for (int i = 0; i < ld; ++i) {
                sizes[i] = std::abs(pivot_column[i]) * active[i];
                largest = std::max(largest, sizes[i]);
            }
            if (!(largest > 0)) return false;
            int p = 0;
            while (p < n_ && sizes[p] != largest) ++p;
            if (p == n_) return false;  // NaN
            active[p] = 0;
            column_of_[p] = k, row_of_[k] = p;
            pivots_[k] = pivot_column[p];
            const R reciprocal = 1 / pivot_column[p];

            Pack multipliers[packs];
            Mask is_pivot[packs];
            for (int v = 0; v < packs; ++v) {
                is_pivot[v] = lane == p - v * lanes<R>;
                const Pack scaled = pack(k, v) * -reciprocal;
                multipliers[v] = is_pivot[v] ? Pack{} + reciprocal : scaled;
            }
            const auto eliminate = [&](int first, int last) {
                for (int j = first; j < last; ++j) {
                    const R factor = entries_[j * ld + p];
                    for (int v = 0; v < packs; ++v) {
                        const Pack old = pack(j, v);
                        pack(j, v) = (is_pivot[v] ? Pack{} : old) + multipliers[v] * factor;
                    }
                }
            };
            eliminate(0, k);
            eliminate(k + 1, n_);
            for (int v = 0; v < packs; ++v) pack(k, v) = multipliers[v];
        }
        return true;
    }

    /// ‖A⁻¹‖₁, after invert.
    R norm1() const {
        R norm = 0;
        for (int j = 0; j < n_; ++j) {
            const R sum = norm1_of_column(j);
            norm = sum > norm || std::isnan(sum) ? sum : norm;
        }
        return norm;
    }

    /// x = A⁻¹ b, after invert.
    void multiply(const R* b, R* x) const {
        Pack sums[packs] = {};
        for (int j = 0; j < n_; ++j)
            for (int v = 0; v < packs; ++v) sums[v] += pack(j, v) * b[row_of_[j]];
        const R* sum = reinterpret_cast<const R*>(sums);
        for (int i = 0; i < n_; ++i) x[column_of_[i]] = sum[i];
    }

    /// Entry (i, j) of A⁻¹ for all i, j, into dense columns.
    void store(R* X) const {
        for (int j = 0; j < n_; ++j) {
            R* column = X + static_cast<Eigen::Index>(row_of_[j]) * n_;
            for (int i = 0; i < n_; ++i) column[column_of_[i]] = entries_[j * ld + i];
        }
    }

    R determinant() const {
        R product = 1;
        bool odd = false;
        int seen[ld] = {};
        for (int k = 0; k < n_; ++k) {
            product *= pivots_[k];
            if (seen[k]) continue;
            for (int i = row_of_[k]; i != k; i = row_of_[i]) seen[i] = 1, odd = !odd;  // a cycle's length less one
        }
        return odd ? -product : product;
    }

    const R* data() const {
        return entries_;
    }

private:
    Pack& pack(int j, int v) {
        return reinterpret_cast<Pack*>(entries_)[j * packs + v];
    }
    const Pack& pack(int j, int v) const {
        return reinterpret_cast<const Pack*>(entries_)[j * packs + v];
    }
    R norm1_of_column(int j) const {
        const R* column = entries_ + j * ld;
        R sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int i = 0; i < ld; ++i) sum += std::abs(column[i]);
        return sum;
    }

    int n_;
    alignas(64) R entries_[ld * ld];
    R pivots_[ld];
    int row_of_[ld], column_of_[ld];
};

/// Whether an inverse can be taken at its word.
template <class R>
bool is_well_conditioned(int n, R norm, R inverse_norm) {
    return static_cast<double>(norm) * static_cast<double>(inverse_norm) * 1000 * least_rcond<R>(n) < 1;
}

template <class R, int packs>
bool solve_in_packs(int n, const R* A, Eigen::Index lda, const R* b, R* x) {
    using Matrix = Columns<R, packs>;
    constexpr int ld = Matrix::ld;
    Matrix original, inverse;
    const R norm = original.load(n, A, lda);
    alignas(64) R rhs[ld] = {}, residual[ld], solution[ld], correction[ld];
    R b_size = 0;
    for (int i = 0; i < n; ++i) {
        rhs[i] = b[i];
        b_size += std::abs(b[i]);
    }
    if (!is_moderate(norm) || !is_moderate(b_size)) return false;
    inverse = original;
    if (!inverse.invert()) return false;
    if (!is_well_conditioned(n, norm, inverse.norm1())) return false;
    inverse.multiply(rhs, solution);
    accurate_residual<R>(Op::none, ld, n, original.data(), ld, solution, rhs, residual);
    inverse.multiply(residual, correction);
    R change = 0, size = 0;
    for (int i = 0; i < n; ++i) {
        change = std::max(change, std::abs(correction[i]));
        size = std::max(size, std::abs(solution[i]));
    }
    // Corrections shrink by the factor change/size: after one the error is its square, at most u.
    constexpr R enough = std::is_same_v<R, float> ? R(0x1p-12) : R(0x1p-26);
    if (!(change <= enough * size)) return false;
    for (int i = 0; i < n; ++i) x[i] = solution[i] + correction[i];
    return true;
}

template <class R, int packs>
bool invert_in_packs(int n, const R* A, Eigen::Index lda, R* X) {
    using Matrix = Columns<R, packs>;
    constexpr int ld = Matrix::ld;
    Matrix inverse;
    const R norm = inverse.load(n, A, lda);
    if (!is_moderate(norm) || !inverse.invert()) return false;
    const R inverse_norm = inverse.norm1();
    if (!is_well_conditioned(n, norm, inverse_norm)) return false;
    R z[ld], y[ld], residual[ld];
    R z_size = 0, error = 0;
    for (int i = 0; i < n; ++i) {
        z[i] = (i % 2 == 0 ? R(1) : R(-1)) * (R(0.6) + R(0.3) * static_cast<R>((i * 7) % 13) / R(13));
        z_size += std::abs(z[i]);
        residual[i] = -z[i];
    }
    inverse.multiply(z, y);
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) residual[i] += A[i + j * lda] * y[j];
    for (int i = 0; i < n; ++i) error += std::abs(residual[i]);
    if (!(error <= static_cast<R>(10 * n * unit_roundoff<R>) * norm * inverse_norm * z_size)) return false;
    inverse.store(X);
    return true;
}

template <class R, int packs>
std::optional<R> determinant_in_packs(int n, const R* A, Eigen::Index lda) {
    Columns<R, packs> inverse;
    const R norm = inverse.load(n, A, lda);
    // So that no product of n pivots can overflow or underflow.
    constexpr int largest_exponent = (std::is_same_v<R, float> ? 100 : 1000) / largest_system;
    constexpr R limit = static_cast<R>(1 << std::min(largest_exponent, 20));
    if (!(norm <= limit) || !inverse.invert()) return {};
    const R inverse_norm = inverse.norm1();
    if (!(inverse_norm <= limit) || !is_well_conditioned(n, norm, inverse_norm)) return {};
    return inverse.determinant();
}

/// function<packs>() with enough packs for n.
template <class R, int packs, int most, class Function>
auto with_packs(int n, Function&& function) {
    if constexpr (packs < most)
        if (n > packs * lanes<R>) return with_packs<R, packs + 1, most>(n, function);
    return function.template operator()<packs>();
}

}  // namespace

template <Scalar T>
bool solve(int n, const T* A, Eigen::Index lda, const T* b, T* x) {
    if constexpr (is_complex<T>) {
        return false;
    } else {
        if (n < 1 || n > largest_system) return false;
        return with_packs<T, 1, largest_system / lanes<T>>(
            n, [&]<int packs>() { return solve_in_packs<T, packs>(n, A, lda, b, x); });
    }
}

template <Scalar T>
bool invert(int n, const T* A, Eigen::Index lda, T* X) {
    if constexpr (is_complex<T>) {
        return false;
    } else {
        if (n < 1 || n > largest_inverse) return false;
        return with_packs<T, 1, largest_inverse / lanes<T>>(
            n, [&]<int packs>() { return invert_in_packs<T, packs>(n, A, lda, X); });
    }
}

template <Scalar T>
std::optional<T> determinant(int n, const T* A, Eigen::Index lda) {
    if constexpr (is_complex<T>) {
        return {};
    } else {
        if (n < 1 || n > largest_system) return {};
        return with_packs<T, 1, largest_system / lanes<T>>(
            n, [&]<int packs>() { return determinant_in_packs<T, packs>(n, A, lda); });
    }
}

#define RITZ_INSTANTIATE(T)                                            \
    template bool solve<T>(int, const T*, Eigen::Index, const T*, T*); \
    template bool invert<T>(int, const T*, Eigen::Index, T*);          \
    template std::optional<T> determinant<T>(int, const T*, Eigen::Index);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::small
