// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Factorisations of matrices with all their entries near the diagonal, by LAPACK, in the form of factorization.hpp.
/// They take A in its given order (Ordering::natural), all that is stored in it counting as an entry, and on one
/// thread.
///
/// When they win: while kl + ku ≤ 16 nnz / n, Banded factored 2 to 20 times faster than UMFPACK and BandedCholesky
/// 1.3 to 8 times faster than CHOLMOD (n = 1000 … 100000, bands of 1 … 200 diagonals a side full of entries, and
/// five-point grids 5 … 160 points wide; one thread). Where the flops of both are known, the band is faster up to
/// some 9 times UMFPACK's flops (statistics, which for Banded count all interchanges), or 5 times CHOLMOD's. A solve
/// costs what its fill does: sparse factors with less than 0.4 of the band's entries are applied faster.

#include <memory>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// P A = L U with partial pivoting of a matrix with kl diagonals below and ku above the main one.
///
/// n (2 kl + ku + 1) elements are held; about 2 n kl (kl + ku + 1) flops, fewer when rows are not interchanged. A solve
/// takes 2 n (2 kl + ku + 1) flops a right-hand side.
/// \ref E. Anderson et al., LAPACK Users' Guide, 3rd ed., SIAM 1999 (xGBTRF).
template <Scalar T>
class Banded {
    struct Factors;

public:
    /// Finds the bandwidths. O(nnz). \throws InvalidArgument if A is not square or an ordering other than natural is
    /// asked for; LimitExceeded if the band does not fit LAPACK's 32-bit numbers or max_memory_bytes.
    class Analysis {
    public:
        explicit Analysis(const CsrView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Banded;
        std::unique_ptr<Factors> factors_;
    };

    /// Factors A. \throws what Analysis throws; InvalidArgument if a value is not finite; SingularMatrix with the row
    /// of A where elimination found no pivot, or where the factors overflow; OutOfMemory; Interrupted.
    explicit Banded(const CsrView<T>& A, const FactorOptions& options = {});
    Banded(const CsrView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~Banded();
    Banded(Banded&&) noexcept;
    Banded& operator=(Banded&&) noexcept;

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

/// A = L Lᴴ of a Hermitian positive definite matrix with kd diagonals below the main one.
///
/// n (kd + 1) elements are held, n kd² + O(n kd) flops: a quarter and less of what Banded does. A solve takes
/// 4 n kd flops a right-hand side.
/// \ref E. Anderson et al., LAPACK Users' Guide, 3rd ed., SIAM 1999 (xPBTRF).
template <Scalar T>
class BandedCholesky {
    struct Factors;

public:
    /// Finds the bandwidth. O(nnz). \throws as Banded::Analysis.
    class Analysis {
    public:
        explicit Analysis(const CsrView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class BandedCholesky;
        std::unique_ptr<Factors> factors_;
    };

    /// Factors A. \throws what Analysis throws; InvalidArgument if A is not exactly Hermitian or a value is not finite;
    /// NotPositiveDefinite with the row of A; OutOfMemory; Interrupted.
    explicit BandedCholesky(const CsrView<T>& A, const FactorOptions& options = {});
    BandedCholesky(const CsrView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~BandedCholesky();
    BandedCholesky(BandedCholesky&&) noexcept;
    BandedCholesky& operator=(BandedCholesky&&) noexcept;

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

/// P A = L U with partial pivoting of a tridiagonal matrix: 5 n elements are held, at most 8 n flops.
/// \ref E. Anderson et al., LAPACK Users' Guide, 3rd ed., SIAM 1999 (xGTTRF).
template <Scalar T>
class Tridiagonal {
    struct Factors;

public:
    /// Checks that A is tridiagonal. O(nnz). \throws InvalidArgument if A is not, or is not square, or an ordering
    /// other than natural is asked for; LimitExceeded.
    class Analysis {
    public:
        explicit Analysis(const CsrView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Tridiagonal;
        std::unique_ptr<Factors> factors_;
    };

    /// Factors A. \throws what Analysis throws; InvalidArgument if a value is not finite; SingularMatrix with the row
    /// of A where elimination found no pivot, or where the factors overflow; OutOfMemory; Interrupted.
    explicit Tridiagonal(const CsrView<T>& A, const FactorOptions& options = {});
    Tridiagonal(const CsrView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~Tridiagonal();
    Tridiagonal(Tridiagonal&&) noexcept;
    Tridiagonal& operator=(Tridiagonal&&) noexcept;

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
