// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/equilibration.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/error.hpp"
#include "core/scaling.hpp"

namespace ritz {

namespace {

constexpr int none = std::numeric_limits<int>::min() / 4;  // the exponent of 0
constexpr int passes = 12;                                 // halves a spread of 2^±1000 to below 2

using detail::exponent_of;

/// exponent of every entry; `none` for zeros.
template <Scalar T>
Buffer<int> exponents(const CsrView<T>& A) {
    const auto values = A.values();
    Buffer<int> e(values.size());
    detail::parallel_ranges(A.nnz(), 1 << 16, [&](std::int64_t first, std::int64_t stop) {
        for (auto k = static_cast<std::size_t>(first); k < static_cast<std::size_t>(stop); ++k)
            e[k] = values[k] == T{} ? none : exponent_of(values[k]);
    });
    return e;
}

/// Largest exponent of the scaled entries in each row and column.
template <Scalar T>
void maxima(const CsrView<T>& A, const Buffer<int>& e, const Equilibration& s, Buffer<int>& row_max,
            Buffer<int>& col_max) {
    std::fill(row_max.begin(), row_max.end(), none);
    std::fill(col_max.begin(), col_max.end(), none);
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    for (std::size_t i = 0; i < row_max.size(); ++i)
        for (auto k = static_cast<std::size_t>(indptr[i]); k < static_cast<std::size_t>(indptr[i + 1]); ++k) {
            if (e[k] == none) continue;
            const auto j = static_cast<std::size_t>(indices[k]);
            const int scaled = e[k] + s.row[i] + s.col[j];
            row_max[i] = std::max(row_max[i], scaled);
            col_max[j] = std::max(col_max[j], scaled);
        }
}

/// Half of a, towards 0: ±1 stays.
int half(int a) noexcept {
    return a / 2;
}

bool near_one(const Buffer<int>& maxima) noexcept {
    return std::all_of(maxima.begin(), maxima.end(), [](int m) { return m == none || std::abs(m) <= 1; });
}

/// Row and column exponents that minimise Σ (e_ij + row_i + col_j)² over the nonzeros, by conjugate gradients on the
/// normal equations, preconditioned by the numbers of entries. Scaling to largest elements alone does not undo what
/// was done to a matrix: after D A with a rough D, every row and column may have a largest element of 1 while a block
/// of the others is 2⁻¹⁰⁰ times too small.
/// \ref A. R. Curtis and J. K. Reid, On the automatic scaling of matrices for Gaussian elimination, J. Inst. Maths
///      Applics 10 (1972) 118.
template <Scalar T>
Equilibration least_squares_scaling(const CsrView<T>& A, const Buffer<int>& e) {
    constexpr int most_iterations = 30;
    const auto m = static_cast<std::size_t>(A.rows()), n = static_cast<std::size_t>(A.cols());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto for_each = [&](auto&& body) {
        for (std::size_t i = 0; i < m; ++i)
            for (auto k = static_cast<std::size_t>(indptr[i]); k < static_cast<std::size_t>(indptr[i + 1]); ++k)
                if (e[k] != none) body(i, m + static_cast<std::size_t>(indices[k]), e[k]);
    };
    std::vector<double> count(m + n, 0), r(m + n, 0), z(m + n), p(m + n, 0), q(m + n), x(m + n, 0);
    for_each([&](std::size_t i, std::size_t j, int exponent) {
        count[i] += 1, count[j] += 1;
        r[i] -= exponent, r[j] -= exponent;
    });
    double rho = 0;
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
        double next = 0, largest = 0;
        for (std::size_t i = 0; i < m + n; ++i) {
            z[i] = count[i] > 0 ? r[i] / count[i] : 0;
            largest = std::max(largest, std::abs(z[i]));
            next += r[i] * z[i];
        }
        if (!(largest > 0.25)) break;  // no mean is off by more than a quarter of a binary digit
        const double beta = iteration == 0 ? 0 : next / rho;
        rho = next;
        for (std::size_t i = 0; i < m + n; ++i) {
            p[i] = z[i] + beta * p[i];
            q[i] = count[i] * p[i];
        }
        for_each([&](std::size_t i, std::size_t j, int) { q[i] += p[j], q[j] += p[i]; });
        double curvature = 0;
        for (std::size_t i = 0; i < m + n; ++i) curvature += p[i] * q[i];
        if (!(curvature > 0)) break;
        const double alpha = rho / curvature;
        for (std::size_t i = 0; i < m + n; ++i) {
            x[i] += alpha * p[i];
            r[i] -= alpha * q[i];
        }
    }
    Equilibration s{Buffer<int>(m), Buffer<int>(n)};
    for (std::size_t i = 0; i < m; ++i) s.row[i] = static_cast<int>(std::lround(x[i]));
    for (std::size_t j = 0; j < n; ++j) s.col[j] = static_cast<int>(std::lround(x[m + j]));
    return s;
}

}  // namespace

namespace {

/// Largest elements to exactly 1 (in [1, 2)): of the rows, then of the columns, which spoils no row.
template <Scalar T>
void normalize(const CsrView<T>& A, const Buffer<int>& e, Equilibration& s) {
    Buffer<int> row_max(s.row.size()), col_max(s.col.size());
    maxima(A, e, s, row_max, col_max);
    for (std::size_t i = 0; i < row_max.size(); ++i)
        if (row_max[i] != none) s.row[i] -= row_max[i];
    maxima(A, e, s, row_max, col_max);
    for (std::size_t j = 0; j < col_max.size(); ++j)
        if (col_max[j] != none) s.col[j] -= col_max[j];
}

}  // namespace

template <Scalar T>
Equilibration equilibrate(const CsrView<T>& A) {
    const auto m = static_cast<std::size_t>(A.rows()), n = static_cast<std::size_t>(A.cols());
    Equilibration s{Buffer<int>(m, 0), Buffer<int>(n, 0)};
    const Buffer<int> e = exponents(A);
    Buffer<int> row_max(m), col_max(n);
    for (int pass = 0; pass < passes; ++pass) {
        maxima(A, e, s, row_max, col_max);
        if (near_one(row_max) && near_one(col_max)) break;
        for (std::size_t i = 0; i < m; ++i)
            if (row_max[i] != none) s.row[i] -= half(row_max[i]);
        for (std::size_t j = 0; j < n; ++j)
            if (col_max[j] != none) s.col[j] -= half(col_max[j]);
    }
    normalize(A, e, s);
    return s;
}

template <Scalar T>
Equilibration equilibrate_least_squares(const CsrView<T>& A) {
    const Buffer<int> e = exponents(A);
    Equilibration s = least_squares_scaling(A, e);
    normalize(A, e, s);
    return s;
}

template <Scalar T>
Equilibration equilibrate_symmetric(const CsrView<T>& A) {
    detail::require(A.rows() == A.cols(), "equilibrate_symmetric: the matrix must be square");
    const auto n = static_cast<std::size_t>(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Equilibration s{Buffer<int>(n, 0), Buffer<int>(n, 0)};
    bool positive = true;
    for (std::size_t i = 0; i < n && positive; ++i) {
        const auto row =
            indices.subspan(static_cast<std::size_t>(indptr[i]), static_cast<std::size_t>(indptr[i + 1] - indptr[i]));
        const auto place = std::lower_bound(row.begin(), row.end(), static_cast<Index>(i));
        positive = place != row.end() && *place == static_cast<Index>(i);
        if (!positive) break;
        const T d = values[static_cast<std::size_t>(indptr[i] + (place - row.begin()))];
        positive = std::real(d) > 0;
        if (positive) {
            const int exponent = exponent_of(d);
            s.row[i] = exponent >= 0 ? -((exponent + 1) / 2) : -exponent / 2;  // -⌈exponent / 2⌉
        }
    }
    if (positive) {
        s.col = s.row;
        return s;
    }
    std::fill(s.row.begin(), s.row.end(), 0);
    const Buffer<int> e = exponents(A);
    Buffer<int> row_max(n), col_max(n);
    for (int pass = 0; pass < passes; ++pass) {
        s.col = s.row;
        maxima(A, e, s, row_max, col_max);
        if (near_one(row_max) && near_one(col_max)) break;
        for (std::size_t i = 0; i < n; ++i) {
            const int m = std::max(row_max[i], col_max[i]);
            if (m != none) s.row[i] -= half(m);
        }
    }
    s.col = s.row;
    return s;
}

template <Scalar T>
Equilibration equilibrate_symmetric_least_squares(const CsrView<T>& A) {
    detail::require(A.rows() == A.cols(), "equilibrate_symmetric_least_squares: the matrix must be square");
    const auto n = static_cast<std::size_t>(A.rows());
    const Buffer<int> e = exponents(A);
    Equilibration s = least_squares_scaling(A, e);
    for (std::size_t i = 0; i < n; ++i) s.row[i] = s.col[i] = half(s.row[i] + s.col[i]);
    Buffer<int> row_max(n), col_max(n);
    for (int pass = 0; pass < passes; ++pass) {  // and the largest magnitude of every row near 1
        maxima(A, e, s, row_max, col_max);
        if (near_one(row_max) && near_one(col_max)) break;
        for (std::size_t i = 0; i < n; ++i) {
            const int m = std::max(row_max[i], col_max[i]);
            if (m != none) s.row[i] -= half(m);
        }
        s.col = s.row;
    }
    return s;
}

template <Scalar T>
Equilibration equilibrate_columns(const CsrView<T>& A) {
    Equilibration s{Buffer<int>(static_cast<std::size_t>(A.rows()), 0),
                    Buffer<int>(static_cast<std::size_t>(A.cols()), 0)};
    const Buffer<int> e = exponents(A);
    Buffer<int> row_max(s.row.size()), col_max(s.col.size());
    maxima(A, e, s, row_max, col_max);
    for (std::size_t j = 0; j < col_max.size(); ++j)
        if (col_max[j] != none) s.col[j] = -col_max[j];
    return s;
}

template <Scalar T>
Csr<T> scaled(const CsrView<T>& A, const Equilibration& s, Zeros zeros) {
    const auto m = static_cast<std::size_t>(A.rows());
    detail::require(s.row.size() == m && s.col.size() == static_cast<std::size_t>(A.cols()),
                    "scaled: one exponent a row and one a column");
    const auto from_indptr = A.indptr();
    const auto from_indices = A.indices();
    const auto from_values = A.values();
    if (zeros == Zeros::keep) {
        Buffer<T> values(from_values.size());
        detail::parallel_ranges(A.rows(), 1 << 12, [&](std::int64_t first, std::int64_t stop) {
            for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(stop); ++i)
                for (auto k = static_cast<std::size_t>(from_indptr[i]);
                     k < static_cast<std::size_t>(from_indptr[i + 1]); ++k)
                    values[k] = detail::scale_by_power(from_values[k],
                                                       s.row[i] + s.col[static_cast<std::size_t>(from_indices[k])]);
        });
        return {detail::Trusted{},
                A.rows(),
                A.cols(),
                Buffer<Offset>(from_indptr.begin(), from_indptr.end()),
                Buffer<Index>(from_indices.begin(), from_indices.end()),
                std::move(values)};
    }
    Buffer<Offset> indptr(m + 1);
    indptr[0] = 0;
    for (std::size_t i = 0; i < m; ++i) {
        Offset count = 0;
        for (Offset k = from_indptr[i]; k < from_indptr[i + 1]; ++k)
            count += from_values[static_cast<std::size_t>(k)] != T{};
        indptr[i + 1] = indptr[i] + count;
    }
    Buffer<Index> indices(static_cast<std::size_t>(indptr[m]));
    Buffer<T> values(static_cast<std::size_t>(indptr[m]));
    detail::parallel_ranges(A.rows(), 1 << 12, [&](std::int64_t first, std::int64_t stop) {
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(stop); ++i) {
            auto to = static_cast<std::size_t>(indptr[i]);
            for (auto k = static_cast<std::size_t>(from_indptr[i]); k < static_cast<std::size_t>(from_indptr[i + 1]);
                 ++k) {
                if (from_values[k] == T{}) continue;
                indices[to] = from_indices[k];
                values[to++] =
                    detail::scale_by_power(from_values[k], s.row[i] + s.col[static_cast<std::size_t>(from_indices[k])]);
            }
        }
    });
    return {detail::Trusted{}, A.rows(), A.cols(), std::move(indptr), std::move(indices), std::move(values)};
}

#define INSTANTIATE(T)                                                             \
    template Equilibration equilibrate(const CsrView<T>&);                         \
    template Equilibration equilibrate_least_squares(const CsrView<T>&);           \
    template Equilibration equilibrate_symmetric(const CsrView<T>&);               \
    template Equilibration equilibrate_symmetric_least_squares(const CsrView<T>&); \
    template Equilibration equilibrate_columns(const CsrView<T>&);                 \
    template Csr<T> scaled(const CsrView<T>&, const Equilibration&, Zeros);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
