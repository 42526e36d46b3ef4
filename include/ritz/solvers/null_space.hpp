// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Null spaces of square sparse matrices that are nearly or exactly singular, and solutions of least norm with them.

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

struct NullSpaceOptions {
    /// Singular values of the equilibrated matrix S up to tolerance · √(‖S‖₁ ‖S‖∞) can count as zero. Without one:
    /// u max(16, 4 √n), what rounding the entries can do; u = 2⁻⁵³, or 2⁻²⁴ when T is single.
    std::optional<double> tolerance = {};
    /// The smallest ratio of two neighbouring singular values that separates zeros from the others beyond doubt.
    double min_gap = 1000;
    Index max_nullity = 64;                     ///< LimitExceeded for a sparse matrix with a larger null space
    Index dense_order = 100;                    ///< matrices up to this order are decomposed as dense ones
    std::size_t max_memory_bytes = 0;           ///< of the factorisation, as in FactorOptions
    const std::atomic<bool>* cancel = nullptr;  ///< looked at between solves; true throws Interrupted
};

/// The null spaces of a square matrix A as far as floating-point numbers tell.
///
/// Singular values are those of the equilibrated matrix S = D₁ A D₂ (powers of two), relative to √(‖S‖₁ ‖S‖∞). The
/// decision is by the largest ratio of two neighbouring ones of which the first is below the tolerance; values below
/// rounding count as rounding, so a matrix whose singular values decay gradually (Hilbert's) shows no large ratio and
/// is not `clear`. When it is clear, ‖S V‖ of the vectors found bounds the first `nullity` singular values from above
/// (Courant and Fischer), so that A is within rounding of a matrix with at least this nullity. Where S = equilibrate(A)
/// leaves doubt or tiny entries, equilibrate_least_squares is tried as well; of two clear findings the smaller nullity
/// counts.
template <Scalar T>
struct NullSpace {
    Index nullity = 0;
    Eigen::MatrixX<T> right;  ///< N, n × nullity: A N ≈ 0, Nᴴ N = I
    Eigen::MatrixX<T> left;   ///< Y, n × nullity: Yᴴ A ≈ 0, Yᴴ Y = I; A x = b has a solution if Yᴴ b = 0
    Eigen::VectorXd singular_values;  ///< the smallest, increasing: at least nullity + 1 of them (n at most)
    double gap = 1;        ///< between singular values `nullity` and `nullity` + 1; rounding stands for "value 0"
    bool clear = false;    ///< gap ≥ min_gap: the nullity (0 included) is beyond doubt
    double condition = 1;  ///< of S on the complement of the null space, estimated: 1 / the next singular value
};

/// Finds the null spaces of A. One sparse LU of S + E, E random, of S's pattern and 2⁻⁴⁶ its size, so that no pivot is
/// zero; then inverse iteration with blocks of 4, 8, … vectors and corrections against S itself: 14 solves for
/// nullity 1, 40 for nullity 3, more where singular values are crowded near zero.
///
/// \throws InvalidArgument if A is not square or an option is out of range, or a value is not finite; LimitExceeded;
///         OutOfMemory; Interrupted; SingularMatrix if no perturbation tried could be factored.
/// \ref G. H. Golub and C. F. Van Loan, Matrix Computations, 4th ed. (2013), sections 5.4.1 and 8.2.4 (rank decisions,
///      subspace iteration); I. C. F. Ipsen, Computing an eigenvector with inverse iteration, SIAM Rev. 39 (1997) 254.
template <Scalar T>
[[nodiscard]] NullSpace<T> null_space(const CsrView<T>& A, const NullSpaceOptions& options = {});

/// A⁺ of a square matrix of small nullity: x = A⁺ b is the x of least ‖x‖₂ among those with the least ‖b − A x‖₂.
/// A LinearOperator. For a regular A it is A⁻¹.
///
/// b loses its part in Y (the left null space), x its part in N; in between, the system is solved by refinement with
/// the LU factors of the perturbed matrix, of which the part of the corrections in N is taken out. So no matrix with
/// dense borders has to be factored, and the factors are those that found the null space.
/// \ref T. F. Chan, Deflated decomposition of solutions of nearly singular systems, SIAM J. Numer. Anal. 21 (1984)
///      738-754.
template <Scalar T>
class PseudoInverse {
public:
    /// What is known of one solution.
    struct Report {
        double inconsistency = 0;      ///< ‖Yᴴ b‖₂ / ‖b‖₂: 0 up to rounding when b lies in the range
        double relative_residual = 0;  ///< ‖b − Y Yᴴ b − A x‖₂ / ‖b‖₂
        double correction = 0;         ///< the last relative change of x: with `condition`, how far x can be trusted
        int iterations = 0;            ///< of refinement
    };

    /// Finds the null space and keeps the factors. \throws what null_space throws.
    explicit PseudoInverse(const CsrView<T>& A, const NullSpaceOptions& options = {});
    ~PseudoInverse();
    PseudoInverse(PseudoInverse&&) noexcept;
    PseudoInverse& operator=(PseudoInverse&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const NullSpace<T>& null_space() const noexcept;

    /// x ← A⁺ b; they may be the same vector.
    void apply(VectorView<T> b, VectorRef<T> x) const { solve(b, x); }
    /// x ← (Aᴴ)⁺ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const { solve_adjoint(b, x); }

    /// The same with a report. \throws InvalidArgument if a length is wrong.
    Report solve(VectorView<T> b, VectorRef<T> x) const;
    Report solve_adjoint(VectorView<T> b, VectorRef<T> x) const;

private:
    struct Factors;
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
