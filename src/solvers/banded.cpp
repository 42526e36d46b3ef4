// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/banded.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linalg/lapack.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/structure.hpp"
#include "solvers/structured.hpp"

namespace ritz {

namespace {

char letter(Transpose form) noexcept {
    return form == Transpose::none ? 'N' : form == Transpose::transpose ? 'T' : 'C';
}

/// Diagonals below and above the main one that have a stored entry.
struct Bandwidth {
    Index lower = 0, upper = 0;

    template <Scalar T>
    explicit Bandwidth(const CsrView<T>& A) {
        for (Index i = 0; i < A.rows(); ++i) {
            const Offset first = A.indptr()[static_cast<std::size_t>(i)];
            const Offset stop = A.indptr()[static_cast<std::size_t>(i) + 1];
            if (first == stop) continue;
            lower = std::max(lower, i - A.indices()[static_cast<std::size_t>(first)]);
            upper = std::max(upper, A.indices()[static_cast<std::size_t>(stop - 1)] - i);
        }
    }
};

/// n columns of `height` elements each; neither LAPACK's integers nor size_t may overflow.
std::size_t band_elements(const char* who, Index n, Offset height, std::size_t element_size) {
    const double elements = static_cast<double>(n) * static_cast<double>(height);
    if (height > std::numeric_limits<int>::max() ||
        elements * static_cast<double>(element_size) > static_cast<double>(std::numeric_limits<std::ptrdiff_t>::max()))
        throw LimitExceeded(std::string(who) + ": a band of " + std::to_string(n) + " x " + std::to_string(height) +
                            " elements is beyond what LAPACK can address (height 2147483647, 2^63 bytes)");
    return static_cast<std::size_t>(n) * static_cast<std::size_t>(height);
}

/// The row of A that stands in row `place` after the interchanges 0 … place of LAPACK's pivots.
std::int64_t row_at(const Buffer<int>& pivots, std::int64_t place) {
    std::int64_t row = pivots[static_cast<std::size_t>(place)] - 1;  // before interchange `place`
    for (std::int64_t k = place; k-- > 0;) {
        const std::int64_t other = pivots[static_cast<std::size_t>(k)] - 1;
        if (row == k)
            row = other;
        else if (row == other)
            row = k;
    }
    return row;
}

[[noreturn]] void throw_singular(const char* who, std::int64_t row) {
    throw SingularMatrix(std::string(who) + ": elimination finds no pivot in row " + std::to_string(row), row);
}
[[noreturn]] void throw_overflow(const char* who, std::int64_t row) {
    throw SingularMatrix(std::string(who) + ": the factors overflow in row " + std::to_string(row), row);
}

template <Scalar W>
bool finite(W a) {
    return std::isfinite(std::real(a)) && std::isfinite(std::imag(a));
}

template <Scalar W>
struct BandedKernel {
    static constexpr const char* name = "Banded";
    Index n = 0;
    int kl = 0, ku = 0, height = 0;
    std::size_t elements = 0;
    Buffer<W> band;
    Buffer<int> pivots;

    template <Scalar T>
    void analyse(const CsrView<T>& A, FactorStatistics& statistics) {
        n = A.rows();
        const Bandwidth width(A);
        const Offset tall = 2 * Offset{width.lower} + width.upper + 1;
        elements = band_elements(name, n, tall, sizeof(W));
        kl = width.lower, ku = width.upper, height = static_cast<int>(tall);
        const double order = n, below = kl, right = std::min<double>(n, double(kl) + ku);
        statistics.factor_nonzeros = static_cast<Offset>(elements);
        statistics.flops = order * below * (1 + right) * multiply_add_flops_;
        statistics.memory_bytes = elements * sizeof(W) + static_cast<std::size_t>(n) * sizeof(int);
    }

    template <Scalar T>
    void factor(const CsrView<T>& A) {
        band.assign(elements, W{});
        pivots.assign(static_cast<std::size_t>(n), 0);
        if (n == 0) return;
        for (Index i = 0; i < n; ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k) {
                const Index j = A.indices()[static_cast<std::size_t>(k)];
                band[static_cast<std::size_t>(Offset{kl} + ku + i - j + Offset{j} * height)] =
                    W(A.values()[static_cast<std::size_t>(k)]);
            }
        const int info = lapack::gbtrf(n, kl, ku, band.data(), height, pivots.data());
        for (Index j = 0; j < n; ++j)
            if (!finite(pivot(j))) throw_overflow(name, row_at(pivots, j));
        if (info > 0) throw_singular(name, row_at(pivots, info - 1));
    }

    W pivot(Index j) const { return band[static_cast<std::size_t>(Offset{kl} + ku + Offset{j} * height)]; }

    void solve(Transpose form, W* x, Index, Index k) const {
        lapack::gbtrs(letter(form), n, kl, ku, k, band.data(), height, pivots.data(), x, n);
    }

    LogDeterminant<W> log_determinant() const {
        detail::DeterminantProduct<W> product;
        for (Index j = 0; j < n; ++j) {
            product.multiply(pivot(j));
            if (pivots[static_cast<std::size_t>(j)] != j + 1) product.negate();
        }
        return product.value();
    }

    static constexpr double multiply_add_flops_ = detail::multiply_add_flops<W>;
};

template <Scalar W>
struct BandedCholeskyKernel {
    static constexpr const char* name = "BandedCholesky";
    Index n = 0;
    int kd = 0;
    std::size_t elements = 0;
    Buffer<W> band;

    template <Scalar T>
    void analyse(const CsrView<T>& A, FactorStatistics& statistics) {
        n = A.rows();
        const Bandwidth width(A);
        const Offset tall = Offset{std::max(width.lower, width.upper)} + 1;
        elements = band_elements(name, n, tall, sizeof(W));
        kd = static_cast<int>(tall) - 1;
        const double order = n, below = kd;
        statistics.factor_nonzeros = static_cast<Offset>(elements);
        statistics.flops = order * below * (below + 3) / 2 * detail::multiply_add_flops<W>;
        statistics.memory_bytes = elements * sizeof(W);
    }

    template <Scalar T>
    void factor(const CsrView<T>& A) {
        detail::require(analyse_structure(A).hermitian,
                        std::string(name) + ": the matrix must be " + (is_complex<T> ? "Hermitian" : "symmetric"));
        band.assign(elements, W{});
        if (n == 0) return;
        for (Index i = 0; i < n; ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k) {
                const Index j = A.indices()[static_cast<std::size_t>(k)];
                if (j > i) break;
                band[static_cast<std::size_t>(i - j + Offset{j} * (kd + 1))] =
                    W(A.values()[static_cast<std::size_t>(k)]);
            }
        const int info = lapack::pbtrf(n, kd, band.data(), kd + 1);
        for (Index j = 0; j < n && (info == 0 || j < info - 1); ++j)
            if (!finite(pivot(j))) throw_not_positive(j);
        if (info > 0) throw_not_positive(info - 1);
    }

    [[noreturn]] static void throw_not_positive(Index row) {
        throw NotPositiveDefinite(std::string(name) + ": the pivot of row " + std::to_string(row) + " is not positive",
                                  row);
    }

    W pivot(Index j) const { return band[static_cast<std::size_t>(Offset{j} * (kd + 1))]; }

    void solve(Transpose form, W* x, Index, Index k) const {
        const std::size_t size = static_cast<std::size_t>(n) * static_cast<std::size_t>(k);
        const auto flip = [&] {  // A⁻ᵀ b = conj(A⁻¹ conj(b))
            if (is_complex<W> && form == Transpose::transpose)
                for (std::size_t i = 0; i < size; ++i) x[i] = ritz::conjugate(x[i]);
        };
        flip();
        lapack::pbtrs(n, kd, k, band.data(), kd + 1, x, n);
        flip();
    }

    LogDeterminant<W> log_determinant() const {
        LogDeterminant<W> result;
        for (Index j = 0; j < n; ++j) result.logabsdet += 2 * std::log(std::abs(pivot(j)));
        return result;
    }
};

template <Scalar W>
struct TridiagonalKernel {
    static constexpr const char* name = "Tridiagonal";
    Index n = 0;
    Buffer<W> below, diagonal, above, second;  // `second` is the superdiagonal that interchanges fill
    Buffer<int> pivots;

    template <Scalar T>
    void analyse(const CsrView<T>& A, FactorStatistics& statistics) {
        n = A.rows();
        const Bandwidth width(A);
        detail::require(width.lower <= 1 && width.upper <= 1,
                        std::string(name) + ": the matrix has " + std::to_string(width.lower) +
                            " diagonals below and " + std::to_string(width.upper) + " above the main one, more than 1");
        const Offset order = n;
        statistics.factor_nonzeros = 4 * order;
        statistics.flops = 4.0 * n * detail::multiply_add_flops<W>;
        statistics.memory_bytes = static_cast<std::size_t>(n) * (4 * sizeof(W) + sizeof(int));
    }

    template <Scalar T>
    void factor(const CsrView<T>& A) {
        const auto size = static_cast<std::size_t>(n);
        for (Buffer<W>* line : {&below, &diagonal, &above, &second}) line->assign(size, W{});
        pivots.assign(size, 0);
        if (n == 0) return;
        for (Index i = 0; i < n; ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k) {
                const Index j = A.indices()[static_cast<std::size_t>(k)];
                Buffer<W>& line = j < i ? below : j > i ? above : diagonal;
                line[static_cast<std::size_t>(std::min(i, j))] = W(A.values()[static_cast<std::size_t>(k)]);
            }
        const int info = lapack::gttrf(n, below.data(), diagonal.data(), above.data(), second.data(), pivots.data());
        for (Index j = 0; j < n; ++j)
            if (!finite(diagonal[static_cast<std::size_t>(j)])) throw_overflow(name, row_at(pivots, j));
        if (info > 0) throw_singular(name, row_at(pivots, info - 1));
    }

    void solve(Transpose form, W* x, Index, Index k) const {
        lapack::gttrs(letter(form), n, k, below.data(), diagonal.data(), above.data(), second.data(), pivots.data(), x,
                      n);
    }

    LogDeterminant<W> log_determinant() const {
        detail::DeterminantProduct<W> product;
        for (Index j = 0; j < n; ++j) {
            product.multiply(diagonal[static_cast<std::size_t>(j)]);
            if (pivots[static_cast<std::size_t>(j)] != j + 1) product.negate();
        }
        return product.value();
    }
};

}  // namespace

RITZ_DEFINE_STRUCTURED(Banded, BandedKernel)
RITZ_DEFINE_STRUCTURED(BandedCholesky, BandedCholeskyKernel)
RITZ_DEFINE_STRUCTURED(Tridiagonal, TridiagonalKernel)

}  // namespace ritz
