// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// Whether this build has the library that Qr stands on (SuiteSparseQR, one of the GPL parts). Without it the
/// constructors of Qr throw Unsupported.
bool qr_available() noexcept;

struct QrOptions {
    /// Columns whose remaining norm is at most this count as dependent on those before them. Without one:
    /// 20 (m + n) ε max‖aⱼ‖₂.
    std::optional<double> tolerance = {};
    std::size_t max_memory_bytes = 0;  ///< a factorisation predicted to need more throws LimitExceeded; 0: no limit
    Ordering ordering = Ordering::automatic;    ///< of the columns; all are known
    const std::atomic<bool>* cancel = nullptr;  ///< looked at before the analysis and before the numerical part
};

/// A P = Q R of a matrix of any shape, Q kept as Householder vectors (SuiteSparseQR, multifrontal), with an estimate
/// of the rank by Heath's method. float is factored in double. The const functions may be called from several threads
/// at once; solves with R then take turns.
///
/// Without the GPL parts of SuiteSparse (RITZ_GPL=OFF) the constructors throw Unsupported.
///
/// \ref T. A. Davis, Algorithm 915, ACM TOMS 38 (2011) 8; L. V. Foster and T. A. Davis, Algorithm 933, ACM TOMS 40
///      (2013) 7, on how far the rank can be trusted.
template <Scalar T>
class Qr {
    struct State;

public:
    /// Predicts a factorisation. Its numerical part orders anew, because SuiteSparseQR's own analysis forgoes the
    /// singletons, which are removed first and often are most of the matrix; that costs little beside it.
    class Analysis {
    public:
        /// \throws InvalidArgument for a negative or NaN tolerance, or if A is not finite; OutOfMemory; Interrupted.
        explicit Analysis(const CscView<T>& A, const QrOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;

        Index rows() const noexcept;
        Index cols() const noexcept;

        /// What the numerical part will need at most. Nearly so much at full rank, less when columns are dependent.
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Qr;
        std::unique_ptr<State> state_;
    };

    /// Factors A (m × n). \throws InvalidArgument for a negative or NaN tolerance, or if A is not finite;
    /// LimitExceeded; OutOfMemory; Interrupted.
    explicit Qr(const CscView<T>& A, const QrOptions& options = {});
    /// The same with a prediction made before. \throws InvalidArgument also if A has another pattern.
    Qr(const CscView<T>& A, Analysis analysis, const QrOptions& options = {});
    ~Qr();
    Qr(Qr&&) noexcept;
    Qr& operator=(Qr&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept;
    Index rank() const noexcept;  ///< numerical rank r
    const FactorStatistics& statistics() const noexcept;

    /// Factors new values on the same pattern, with the same tolerance and ordering; the rank is found anew.
    void refactor(const CscView<T>& A);

    /// x (n) minimises ‖b − A x‖₂, b (m): x = P R⁻¹ Qᴴ b. When r < n it is a basic solution (at most r nonzeros),
    /// not the one of least norm.
    void least_squares(VectorView<T> b, VectorRef<T> x) const;
    /// The same for each column of B (m × k); n × k.
    Eigen::MatrixX<T> least_squares(const Eigen::Ref<const Eigen::MatrixX<T>>& B) const;

    /// y (m) is the solution of least norm of Aᴴ y = c, c (n): y = Q R⁻ᴴ Pᵀ c. When r < n, of the r equations kept.
    void adjoint_minimum_norm(VectorView<T> c, VectorRef<T> y) const;
    /// The same for each column of C (n × k); m × k.
    Eigen::MatrixX<T> adjoint_minimum_norm(const Eigen::Ref<const Eigen::MatrixX<T>>& C) const;

    /// v (m) ← Q₁ Q₁ᴴ v, the part of v in the range of A; Q₁ is the first r columns of Q.
    void project_onto_range(VectorRef<T> v) const;

    /// n × (n − r): a basis of the null space of A at rank r, not orthogonal. Column k is eⱼ − x, j the k-th dependent
    /// column of A and x the basic minimiser of ‖aⱼ − A x‖₂. Costs n − r least-squares solves.
    Eigen::MatrixX<T> null_vectors() const;

    /// x (n) is the minimiser of ‖b − A x‖₂ that has the least norm: the basic one less its part in the null space at
    /// rank r. The first call makes an orthonormal basis of that, n (n − r) numbers by a dense QR, and keeps it: for
    /// matrices that lack little to full column rank.
    /// \throws LimitExceeded if the basis would need more than max_memory_bytes.
    void minimum_norm_least_squares(VectorView<T> b, VectorRef<T> x) const;

    /// x ← A⁻¹ b, x ← A⁻ᵀ b, x ← A⁻ᴴ b. \throws InvalidArgument if A is not square; SingularMatrix if r < n.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    void apply_transpose(VectorView<T> b, VectorRef<T> x) const;
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;
    /// The solutions of op(A) X = B, column for column. Throws what apply does.
    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which = Transpose::none) const;

    /// Of a square matrix; sign 0 if r < n. \throws InvalidArgument if A is not square.
    LogDeterminant<T> log_determinant() const;

private:
    std::unique_ptr<State> state_;
};

}  // namespace ritz
