// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Division by a diagonal matrix in the form of factorization.hpp, so that it can stand where factorisations do.

#include <memory>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// A diagonal matrix; x_i = b_i / a_ii. For real T each division is rounded once; for complex T it is right to a few ε
/// whenever the quotient is representable, whatever the sizes of b_i and a_ii.
template <Scalar T>
class DiagonalSolver {
    struct Factors;

public:
    /// Checks the shape. \throws InvalidArgument if A is not square or an ordering other than natural is asked for;
    /// LimitExceeded.
    class Analysis {
    public:
        explicit Analysis(const CsrView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class DiagonalSolver;
        std::unique_ptr<Factors> factors_;
    };

    /// Takes the diagonal of A. \throws what Analysis throws; InvalidArgument if A has a nonzero off the diagonal or a
    /// value that is not finite; SingularMatrix with the row if a diagonal element is missing or zero; OutOfMemory;
    /// Interrupted.
    explicit DiagonalSolver(const CsrView<T>& A, const FactorOptions& options = {});
    DiagonalSolver(const CsrView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~DiagonalSolver();
    DiagonalSolver(DiagonalSolver&&) noexcept;
    DiagonalSolver& operator=(DiagonalSolver&&) noexcept;

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
