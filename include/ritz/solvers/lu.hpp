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

/// P A Q = L U of a square matrix with threshold partial pivoting (UMFPACK, multifrontal). A LinearOperator: apply is
/// A⁻¹. A is taken as it is: equilibrate a badly scaled one first. float is factored in double. The const functions may
/// be called from several threads at once, and then run at once.
///
/// A matrix of nearly symmetric pattern and mostly zero-free diagonal is ordered by AMD or METIS of A + Aᵀ and pivots
/// on the diagonal where that is stable; another one is ordered by COLAMD. Orderings: all; `amd` asks for the first of
/// these strategies, `colamd` for the second; `automatic` chooses between them, and takes METIS in the first one where
/// it saves more than it costs.
///
/// Without the GPL parts of SuiteSparse (RITZ_GPL=OFF) this is KLU, and its orderings those of Klu.
///
/// \ref T. A. Davis, Algorithm 832: UMFPACK V4.3, ACM TOMS 30 (2004) 196; T. A. Davis, A column pre-ordering strategy
///      for the unsymmetric-pattern multifrontal method, ACM TOMS 30 (2004) 165.
template <Scalar T>
class Lu {
    struct State;

public:
    /// Ordering and symbolic factorisation.
    class Analysis {
    public:
        /// Values matter only for how many diagonal elements are zero.
        /// \throws InvalidArgument if A is not square, not finite, or the ordering is unknown; OutOfMemory;
        /// Interrupted.
        explicit Analysis(const CscView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;

        Index rows() const noexcept;
        Index cols() const noexcept { return rows(); }

        /// What the numerical part will need if it can pivot as ordered. Within a fifth where pivots are taken from the
        /// diagonal (ordering amd); for colamd the fill depends on the pivots, and the truth is mostly between
        /// a half and twice of it.
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Lu;
        std::unique_ptr<State> state_;
    };

    /// Factors A. \throws InvalidArgument if A is not square or not finite; SingularMatrix if a pivot is exactly zero;
    /// LimitExceeded; OutOfMemory; Interrupted.
    explicit Lu(const CscView<T>& A, const FactorOptions& options = {});
    /// Factors A as analysed. \throws InvalidArgument also if A has another pattern.
    Lu(const CscView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~Lu();
    Lu(Lu&&) noexcept;
    Lu& operator=(Lu&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const FactorStatistics& statistics() const noexcept;

    /// min |uᵢᵢ| / max |uᵢᵢ|: no condition estimate, only a hint.
    double pivot_ratio() const noexcept;

    /// Factors new values on the same pattern. Pivots are chosen anew, so it is as stable as the constructor.
    void refactor(const CscView<T>& A);

    /// x ← A⁻¹ b; they may be the same vector. No refinement.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᵀ b.
    void apply_transpose(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᴴ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;

    /// The solutions of op(A) X = B, column for column, n × k. The first call with 32 columns or more copies the
    /// factors into a form in which eight columns are solved in the time of two; that takes as much memory again.
    /// \throws InvalidArgument if B has not n rows.
    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which = Transpose::none) const;

    LogDeterminant<T> log_determinant() const;  ///< O(n)

private:
    std::unique_ptr<State> state_;
};

}  // namespace ritz
