// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/triangular.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/instantiate.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/extract.hpp"
#include "solvers/structured.hpp"

namespace ritz {

template <Scalar T>
std::optional<TriangularOrder> triangular_order(const CsrView<T>& A, Pattern pattern) {
    detail::require(A.rows() == A.cols(), "triangular_order: the matrix must be square");
    const Index n = A.rows();
    const auto size = static_cast<std::size_t>(n);
    const auto counts = [&](Offset k) {
        return pattern == Pattern::stored || A.values()[static_cast<std::size_t>(k)] != T{};
    };

    // Remaining entries of each row, and the sum of their columns: when one remains, the sum is its column.
    Buffer<Index> remaining(size, 0), column_ends(size + 1, 0);
    Buffer<std::int64_t> column_sum(size, 0);
    Buffer<Offset> starts(size + 1, 0);
    bool lower = true, upper = true;
    for (Index i = 0; i < n; ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            if (!counts(k)) continue;
            const Index j = A.indices()[static_cast<std::size_t>(k)];
            lower = lower && j <= i;
            upper = upper && j >= i;
            ++remaining[static_cast<std::size_t>(i)];
            column_sum[static_cast<std::size_t>(i)] += j;
            ++starts[static_cast<std::size_t>(j) + 1];
        }
    TriangularOrder order{Buffer<Index>(size), Buffer<Index>(size)};
    if (lower || upper) {
        order.triangle = lower ? Triangle::lower : Triangle::upper;
        std::iota(order.row_order.begin(), order.row_order.end(), 0);
        std::iota(order.col_order.begin(), order.col_order.end(), 0);
        return order;
    }

    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    Buffer<Index> rows_of(static_cast<std::size_t>(starts.back()));
    Buffer<Offset> next(starts.begin(), starts.end() - 1);
    for (Index i = 0; i < n; ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            if (counts(k)) {
                Offset& place = next[static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(k)])];
                rows_of[static_cast<std::size_t>(place++)] = i;
            }

    // A row with one entry left comes next, and its column goes.
    Index found = 0;
    for (Index i = 0; i < n; ++i)
        if (remaining[static_cast<std::size_t>(i)] == 1) order.row_order[static_cast<std::size_t>(found++)] = i;
    for (Index step = 0; step < found; ++step) {
        const auto row = static_cast<std::size_t>(order.row_order[static_cast<std::size_t>(step)]);
        if (remaining[row] == 0) return std::nullopt;  // its column went with another row
        const Index column = static_cast<Index>(column_sum[row]);
        order.col_order[static_cast<std::size_t>(step)] = column;
        const auto c = static_cast<std::size_t>(column);
        for (Offset k = starts[c]; k < starts[c + 1]; ++k) {
            const Index i = rows_of[static_cast<std::size_t>(k)];
            column_sum[static_cast<std::size_t>(i)] -= column;
            if (--remaining[static_cast<std::size_t>(i)] == 1) order.row_order[static_cast<std::size_t>(found++)] = i;
        }
    }
    if (found < n) return std::nullopt;
    order.natural = false;
    return order;
}

namespace {

template <Scalar W>
struct TriangularKernel {
    static constexpr const char* name = "Triangular";
    TriangularOrder order;
    Csr<W> matrix;  // in that order

    template <Scalar T>
    void analyse(const CsrView<T>& A, FactorStatistics& statistics) {
        auto found = triangular_order(A, Pattern::stored);
        detail::require(found.has_value(),
                        std::string(name) + ": no order of rows and columns makes the matrix triangular");
        order = std::move(*found);
        statistics.factor_nonzeros = A.nnz();
        statistics.memory_bytes = static_cast<std::size_t>(A.nnz()) * (sizeof(W) + sizeof(Index)) +
                                  static_cast<std::size_t>(A.rows()) * (sizeof(Offset) + 2 * sizeof(Index));
    }

    template <Scalar T>
    void factor(const CsrView<T>& A) {
        Csr<W> wide;
        if constexpr (std::same_as<T, W>)
            wide = Csr<W>(A);
        else
            wide = convert_values<W>(A);
        matrix = order.natural ? std::move(wide) : permute(CsrView<W>(wide), order.row_order, order.col_order);
        for (Index i = 0; i < matrix.rows(); ++i)
            if (pivot(i) == W{}) {
                const Index row = order.row_order[static_cast<std::size_t>(i)];
                throw SingularMatrix(std::string(name) + ": the diagonal of the triangular form is zero in row " +
                                         std::to_string(row) + " of the matrix",
                                     row);
            }
    }

    /// Diagonal element i; 0 when it is not stored.
    W pivot(Index i) const {
        const auto row = static_cast<std::size_t>(i);
        const Offset first = matrix.indptr()[row], stop = matrix.indptr()[row + 1];
        if (first == stop) return W{};
        const auto k = static_cast<std::size_t>(order.triangle == Triangle::lower ? stop - 1 : first);
        return matrix.indices()[k] == i ? matrix.values()[k] : W{};
    }

    void solve(Transpose form, W* x, Index n, Index k) const {
        const auto size = static_cast<std::size_t>(n);
        TriangularOptions options;
        options.triangle = order.triangle;
        options.form = form == Transpose::none        ? MatrixForm::plain
                       : form == Transpose::transpose ? MatrixForm::transposed
                                                      : MatrixForm::adjoint;
        if (order.natural && k == 1)
            return solve_triangular(CsrView<W>(matrix), VectorView<W>(x, size), VectorRef<W>(x, size), options);

        // B = P A Q: A x = b is B (Qᵀ x) = P b, Aᵀ x = b is Bᵀ (P x) = Qᵀ b.
        const Buffer<Index>& in = form == Transpose::none ? order.row_order : order.col_order;
        const Buffer<Index>& out = form == Transpose::none ? order.col_order : order.row_order;
        Eigen::MatrixX<W> Y(n, k);
        for (Index c = 0; c < k; ++c)
            for (std::size_t i = 0; i < size; ++i)
                Y(static_cast<Eigen::Index>(i), c) =
                    x[static_cast<std::size_t>(c) * size + static_cast<std::size_t>(in[i])];
        Y = solve_triangular(CsrView<W>(matrix), Y, options);
        for (Index c = 0; c < k; ++c)
            for (std::size_t i = 0; i < size; ++i)
                x[static_cast<std::size_t>(c) * size + static_cast<std::size_t>(out[i])] =
                    Y(static_cast<Eigen::Index>(i), c);
    }

    LogDeterminant<W> log_determinant() const {
        detail::DeterminantProduct<W> product;
        for (Index i = 0; i < matrix.rows(); ++i) product.multiply(pivot(i));
        if (detail::is_odd(order.row_order) != detail::is_odd(order.col_order)) product.negate();
        return product.value();
    }
};

}  // namespace

#define INSTANTIATE(T) template std::optional<TriangularOrder> triangular_order(const CsrView<T>&, Pattern);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

RITZ_DEFINE_STRUCTURED(Triangular, TriangularKernel)

}  // namespace ritz
