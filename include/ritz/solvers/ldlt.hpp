// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// Whether this build has the library that Ldlt stands on (MUMPS; the CMake option RITZ_MUMPS). Without it the
/// constructors of Ldlt throw Unsupported.
bool ldlt_available() noexcept;

/// FactorOptions, and what concerns pivots. Of the orderings, `metis` is METIS, `best` the better of amd and metis by
/// predicted flops, `automatic` amd, and metis beside it where the prediction says that it can pay; colamd is none.
struct LdltOptions {
    std::size_t max_memory_bytes = 0;           ///< as in FactorOptions
    Ordering ordering = Ordering::automatic;    ///< as in FactorOptions
    const std::atomic<bool>* cancel = nullptr;  ///< as in FactorOptions; looked at between the stages
    /// A pivot is taken from the diagonal only if it is at least this times the largest element of its column, and
    /// likewise for 2 × 2 pivots; others wait. Larger is more accurate and fills more. In [0, 0.5].
    double pivot_threshold = 0.01;
    /// Pivots that are zero to rounding are set aside, counted and listed, and A is factored as if it were regular:
    /// inertia().zero, null_pivots(), null_space(). Without it an exactly zero pivot throws SingularMatrix, and one of
    /// rounding error's size goes unnoticed but for the size of x.
    bool null_pivots = false;
    /// What is zero, relative to the norm of A after MUMPS's scaling; 0: 64 √n ε. At least 0.
    double null_pivot_tolerance = 0;
};

/// P A Pᵀ = L D Lᵀ with D of 1 × 1 and 2 × 2 blocks: real symmetric and complex Hermitian matrices, indefinite ones
/// among them, and complex symmetric ones (MUMPS, multifrontal, threshold pivoting). A LinearOperator: apply is A⁻¹.
///
/// A complex matrix that is both is taken as Hermitian. A Hermitian one, B + iC, is factored as the real symmetric
/// matrix of order 2n with the 2 × 2 blocks [b, -c; c, b], to which a complex vector is a real one as it lies in
/// memory: twice the work and memory of a complex factorisation of order n. float is factored in double. A is taken as
/// it is: equilibrate a badly scaled one first.
///
/// MUMPS keeps state of the process, so that all objects of this class take turns: everything may be called from
/// several threads at once, but only one call computes at a time, on one thread.
/// \ref P. R. Amestoy, I. S. Duff, J. Koster, J.-Y. L'Excellent, SIAM J. Matrix Anal. Appl. 23 (2001) 15-41 (MUMPS);
///      I. S. Duff and S. Pralet, SIAM J. Matrix Anal. Appl. 27 (2005) 313-340 (2 × 2 pivots before and within the
///      factorisation, matching-based orderings of symmetric indefinite matrices).
template <Scalar T>
class Ldlt {
    struct Factors;

public:
    /// Ordering and symbolic factorisation. It looks at the values too: large ones off the diagonal are paired.
    class Analysis {
    public:
        /// \throws InvalidArgument if A is not square, has a NaN or an infinity, is neither symmetric nor Hermitian
        /// (exactly; an explicit zero is as good as none), or an option is out of its range; SingularMatrix if A has no
        /// entries (not with null_pivots); LimitExceeded if 2n or the entries of a Hermitian A pass what MUMPS counts;
        /// OutOfMemory; Interrupted; Unsupported.
        explicit Analysis(const CsrView<T>& A, const LdltOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;

        Index rows() const noexcept;
        /// Predictions: delayed pivots add to them.
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Ldlt;
        std::unique_ptr<Factors> factors_;
    };

    /// Analysis and factorisation. \throws what Analysis throws; SingularMatrix if a pivot is exactly zero (not with
    /// null_pivots); LimitExceeded if more memory than allowed is predicted, or needed for delayed pivots.
    explicit Ldlt(const CsrView<T>& A, const LdltOptions& options = {});
    /// Factors the matrix that was analysed, or other values on its pattern. Options of the analysis are not looked at.
    /// \throws as above; InvalidArgument also if the analysis is of another pattern or was moved from.
    Ldlt(const CsrView<T>& A, Analysis&& analysis, const LdltOptions& options = {});
    ~Ldlt();
    Ldlt(Ldlt&&) noexcept;
    Ldlt& operator=(Ldlt&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const FactorStatistics& statistics() const noexcept;
    bool hermitian() const noexcept;  ///< factored as A = Aᴴ (real ones always); false: complex with A = Aᵀ

    /// New values on the pattern that was analysed (that of the lower triangle), with the same options.
    /// \throws as factorization.hpp says. For an InvalidArgument the former factors stay.
    void refactor(const CsrView<T>& A);

    /// x ← A⁻¹ b; they may be the same vector. No refinement. Where null pivots were set aside, one x with A x = b if b
    /// is in the range of A.
    /// \throws InvalidArgument for a wrong length; Error when there are no factors (all functions below as well).
    void apply(VectorView<T> b, VectorRef<T> x) const;
    void apply_transpose(VectorView<T> b, VectorRef<T> x) const;  ///< x ← A⁻ᵀ b
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;    ///< x ← A⁻ᴴ b
    /// op(A)⁻¹ B. B is n × k with any k.
    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose op = Transpose::none) const;

    LogDeterminant<T> log_determinant() const;

    /// Counted from the signs of D's blocks, by Sylvester's law those of A's eigenvalues. Exact for a matrix within
    /// rounding of A: an eigenvalue of rounding error's size may count as either sign. zero is 0 without null_pivots.
    /// \throws Unsupported for a complex symmetric matrix that is not Hermitian.
    /// \ref B. N. Parlett, The Symmetric Eigenvalue Problem (1998), section 3.3 (slicing the spectrum).
    Inertia inertia() const;
    /// Rows of the pivots that were set aside, increasing: inertia().zero of them, or a few more when the two rows of
    /// the real form of a complex Hermitian matrix were not set aside together.
    std::vector<Index> null_pivots() const;
    /// An orthonormal basis of the null space as the factors see it, n × inertia().zero: as good as the choice of what
    /// is zero. ‖A v‖ tells.
    Eigen::MatrixX<T> null_space() const;

    /// The diagonal of A⁻¹, without the rest of it.
    /// \throws SingularMatrix when there are null pivots; LimitExceeded beyond 2³¹-1 entries.
    Eigen::VectorX<T> inverse_diagonal() const;
    /// The entries of A⁻¹ on a pattern (n × n, its values are not looked at). About a solve with sparse vectors for
    /// each row that has an entry. \throws as above; InvalidArgument for another shape. \ref P. R. Amestoy, I. S. Duff,
    /// J.-Y. L'Excellent, Y. Robert, F.-H. Rouet, B. Uçar, SIAM J. Sci. Comput. 34
    ///      (2012) A1975-A1999.
    Csr<T> inverse_entries(const CsrView<T>& pattern) const;

private:
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
