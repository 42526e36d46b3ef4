// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// P A Q = L U + F of a square matrix in block upper triangular form: its diagonal blocks are factored column by column
/// with threshold partial pivoting that prefers the diagonal (KLU), the blocks F above them stay as they are. For
/// circuits and others with so little fill that dense fronts do not pay. A LinearOperator: apply is A⁻¹. A is taken as
/// it is: equilibrate a badly scaled one first. float is factored in double. The const functions may be called from
/// several threads at once, and then run at once.
///
/// Orderings of the blocks: amd (also automatic), colamd, natural. Only with amd does the analysis predict: with the
/// others statistics() are 0 until the numerical part, and max_memory_bytes cannot stop it.
///
/// \ref T. A. Davis and E. Palamadai Natarajan, Algorithm 907: KLU, ACM TOMS 37 (2010) 36.
template <Scalar T>
class Klu {
    struct State;

public:
    /// Block triangular form, ordering of the blocks and a count of their factors' entries.
    class Analysis {
    public:
        /// Values do not matter. \throws InvalidArgument if A is not square, or the ordering is metis or best;
        /// OutOfMemory; Interrupted.
        explicit Analysis(const CscView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;

        Index rows() const noexcept;
        Index cols() const noexcept { return rows(); }
        Index blocks() const noexcept;         ///< diagonal blocks
        Index largest_block() const noexcept;  ///< rows of the largest one

        /// What the numerical part will need if it can pivot on the diagonal.
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Klu;
        std::unique_ptr<State> state_;
    };

    /// Factors A. \throws InvalidArgument if A is not square or not finite; SingularMatrix if a pivot is exactly zero
    /// or A is structurally singular; LimitExceeded; OutOfMemory; Interrupted.
    explicit Klu(const CscView<T>& A, const FactorOptions& options = {});
    /// Factors A as analysed. \throws InvalidArgument also if A has another pattern.
    Klu(const CscView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~Klu();
    Klu(Klu&&) noexcept;
    Klu& operator=(Klu&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    Index blocks() const noexcept;
    const FactorStatistics& statistics() const noexcept;

    /// minⱼ maxᵢ|aᵢⱼ| / maxᵢ|uᵢⱼ| over the diagonal blocks: the elements of U are at most its reciprocal times as large
    /// as those of A. Pivots may be a thousandth of the largest element in their column; where that makes it less than
    /// 10⁻³, they are chosen again and must be a tenth.
    double reciprocal_growth() const noexcept;

    /// min |uᵢᵢ| / max |uᵢᵢ|: no condition estimate, only a hint.
    double pivot_ratio() const noexcept;

    /// Factors new values on the same pattern, with the pivots of the last factorisation while they serve. When
    /// reciprocal_growth() is then below 10⁻³ and below a tenth of what pivoting had given, or a pivot is zero or not
    /// finite, new pivots are chosen. Two to five times as fast as the constructor as long as the old pivots serve.
    void refactor(const CscView<T>& A);

    /// x ← A⁻¹ b; they may be the same vector. No refinement.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᵀ b.
    void apply_transpose(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᴴ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;

    /// The solutions of op(A) X = B, column for column, n × k; four columns at once.
    /// \throws InvalidArgument if B has not n rows.
    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which = Transpose::none) const;

    LogDeterminant<T> log_determinant() const;  ///< O(n)

private:
    std::unique_ptr<State> state_;
};

}  // namespace ritz
