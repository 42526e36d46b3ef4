// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the block eigensolvers compute with: operators in double precision, scaled by powers of two, whatever the
/// caller's precision and scale; M-orthonormal bases.

#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>

#include "eigen/block.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::eigen {

/// double for real T, std::complex<double> for complex T.
template <Scalar T>
using Working = std::conditional_t<is_complex<T>, std::complex<double>, double>;

/// A Hermitian operator on blocks in working precision, whatever the caller's; counts what it multiplies.
template <Scalar W>
class WorkingOperator {
public:
    using Function = std::function<void(const ConstBlock<W>&, Block<W>)>;

    WorkingOperator(Index n, Function function) : n_(n), function_(std::move(function)) {}

    Index n() const noexcept { return n_; }
    /// Y ← A X.
    void apply(const ConstBlock<W>& X, Block<W> Y) const {
        if (X.cols() == 0) return;
        function_(X, Y);
        applications_ += X.cols();
    }
    std::int64_t applications() const noexcept { return applications_; }  ///< columns multiplied

private:
    Index n_;
    Function function_;
    mutable std::int64_t applications_ = 0;
};

/// A for working with. A matrix (`rows`) that is large is rearranged for products, one in single precision copied. What
/// is given must outlive the result.
template <Scalar T>
WorkingOperator<Working<T>> working_operator(const LinearOperatorRef<T>& A, const std::optional<CsrView<T>>& rows = {});

/// An operator times 2^-exponent, even, such that its products with vectors of norm 1 are not far from 1; 2^0 where
/// they are not extreme. One product to learn the scale.
template <Scalar T>
class ScaledApply {
public:
    explicit ScaledApply(const LinearOperatorRef<T>& A);

    Index rows() const noexcept { return A_.rows(); }
    Index cols() const noexcept { return A_.cols(); }
    int exponent() const noexcept { return exponent_; }
    void apply(VectorView<T> x, VectorRef<T> y) const;
    void apply_block(const ConstBlock<T>& X, Block<T> Y) const;

private:
    LinearOperatorRef<T> A_;
    int exponent_ = 0;
};

/// Whether |xᴴ A y − conj(yᴴ A x)| ≤ rounding · ‖x‖ ‖A y‖ for random vectors; true if a product is not finite.
template <Scalar W>
bool seems_hermitian(const WorkingOperator<W>& A, double rounding, std::uint64_t seed);

/// Eigenvalues at the ends of a spectrum as a few Lanczos steps see them.
struct SpectrumEnds {
    double smallest = 0, largest = 0;  ///< Ritz values, inside the spectrum
    /// Residuals of their vectors: an eigenvalue is as near to them.
    double smallest_residual = 0, largest_residual = 0;
    double low = 0, high = 0;  ///< beyond it almost surely: by the norm of the last residual
    bool finite = true;        ///< no product gave a NaN or an infinity
};
/// `steps` products; the basis is orthogonalised in full.
/// \ref Y. Zhou and R.-C. Li, Bounding the spectrum of large Hermitian matrices, Linear Algebra Appl. 435 (2011) 480.
template <Scalar W>
SpectrumEnds spectrum_ends(const WorkingOperator<W>& A, Index steps, std::uint64_t seed);

/// An n × cols matrix of numbers uniform in [-1, 1), by a seed.
template <Scalar W>
Eigen::MatrixX<W> random_block(Index n, Index cols, std::uint64_t seed);

/// Makes the columns first … first + count − 1 of S M-orthonormal, to each other and to those before them, which are so
/// already. Dependent directions are left out and the rest moved together: the number kept, or nothing if a number is
/// not finite. M absent: the identity, and MS is not looked at; otherwise MS receives M times the columns.
/// Products with blocks only, repeated as long as a pass cancelled digits.
/// \throws NotPositiveDefinite if some xᴴ M x is negative beyond rounding.
/// \ref A. Stathopoulos and K. Wu, A block orthogonalization procedure with constant synchronization requirements, SIAM
///      J. Sci. Comput. 23 (2002) 2165.
template <Scalar W>
std::optional<Index> orthonormalise(const WorkingOperator<W>* M, Block<W> S, Block<W> MS, Index first, Index count);

/// The part of an orthonormalisation that works on a Gram matrix: Q with Qᴴ G Q = I, for the directions of G whose
/// eigenvalue, after scaling to a unit diagonal, exceeds `drop`. `smallest` receives the smallest one kept.
template <Scalar W>
Eigen::MatrixX<W> whitening(const Eigen::MatrixX<W>& G, double drop, double& smallest);

}  // namespace ritz::eigen
