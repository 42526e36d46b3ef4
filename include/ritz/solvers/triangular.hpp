// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices that are triangular, or that become so by permuting rows and columns: nothing has to be factored.

#include <memory>
#include <optional>

#include "ritz/core/buffer.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/triangular_solve.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// Orders of rows and columns that make a matrix triangular: B with b_kl = a(row_order[k], col_order[l]) has entries in
/// `triangle` alone.
///
///     ⎡ . 2 . ⎤   row_order 0 2 1    ⎡ 2     ⎤
///     ⎢ 1 4 3 ⎥   col_order 1 2 0    ⎢ . 5   ⎥
///     ⎣ . . 5 ⎦                      ⎣ 4 3 1 ⎦
struct TriangularOrder {
    Buffer<Index> row_order, col_order;
    Triangle triangle = Triangle::lower;
    bool natural = true;  ///< both orders are 0, 1, …, n-1
};

/// Finds such orders, or that there are none. A matrix that is lower or upper triangular as it is keeps its order, and
/// may then have zeros on the diagonal; otherwise B is lower triangular with zero-free diagonal. Rows with one
/// remaining entry are taken again and again, which finds an order whenever there is one: O(nnz).
/// \throws InvalidArgument if A is not square.
/// \ref I. S. Duff, A. M. Erisman and J. K. Reid, Direct Methods for Sparse Matrices, 2nd ed., Oxford 2017,
/// section 6.2.
template <Scalar T>
[[nodiscard]] std::optional<TriangularOrder> triangular_order(const CsrView<T>& A, Pattern pattern = Pattern::nonzero);

/// Solution by substitution with a matrix that triangular_order permutes to a triangular one; a copy of the entries of
/// A is held in that order. All that is stored in A counts as an entry (remove_zeros takes zeros out). 2 nnz flops a
/// solve. Nothing is scaled: x may overflow.
template <Scalar T>
class Triangular {
    struct Factors;

public:
    /// Finds the orders. O(nnz). \throws InvalidArgument if A is not square, not triangular in any order, or an
    /// ordering other than natural is asked for; LimitExceeded.
    class Analysis {
    public:
        explicit Analysis(const CsrView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Triangular;
        std::unique_ptr<Factors> factors_;
    };

    /// Takes the values of A. \throws what Analysis throws; SingularMatrix with the row of A if a diagonal element is
    /// missing or zero; InvalidArgument if a value is not finite; OutOfMemory; Interrupted.
    explicit Triangular(const CsrView<T>& A, const FactorOptions& options = {});
    Triangular(const CsrView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~Triangular();
    Triangular(Triangular&&) noexcept;
    Triangular& operator=(Triangular&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const FactorStatistics& statistics() const noexcept;

    void refactor(const CsrView<T>& A);

    void apply(VectorView<T> b, VectorRef<T> x) const;
    void apply_transpose(VectorView<T> b, VectorRef<T> x) const;
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;
    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose form = Transpose::none) const;

    LogDeterminant<T> log_determinant() const;

private:
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
