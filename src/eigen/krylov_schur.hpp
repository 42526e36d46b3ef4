// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Arnoldi with implicit restarts in the form of Krylov and Schur, for double and complex<double>. It iterates; the
/// function that uses it decides what is wanted, when it is good enough, and checks it.

#include <complex>
#include <functional>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "solvers/krylov/basis.hpp"

namespace ritz::eigen {

/// How much an eigenvalue is wanted: more is sooner. The same for both members of a complex conjugate pair of a real
/// operator.
using Preference = std::function<double(std::complex<double>)>;

/// What a step was ended by.
enum class Progress { done, stopped, not_finite };

/// The decomposition F V = V S + v bᴴ of an operator F of order n: V (n × size()) and v orthonormal, S the projection
/// of F. The first locked() columns span a subspace that is invariant to working precision: b is zero there, S upper
/// triangular (of a real F quasi-triangular: 2 × 2 blocks stand for complex pairs and are never split).
///
///     expand()      size() grows to the capacity: a product and an orthogonalisation each
///     decompose()   the part of S that is not locked becomes a Schur form, eigenvalues by preference
///     lock(l)       the leading l are left alone from now on
///     contract(p)   the leading p are kept: the restart
///
/// Where an invariant subspace is met, v is a new random vector, so that further copies of multiple eigenvalues come
/// in. \ref G. W. Stewart, A Krylov–Schur algorithm for large eigenproblems, SIAM J. Matrix Anal. Appl. 23 (2001) 601.
template <Scalar W>
class KrylovSchur {
public:
    /// y ← F x; false: stop.
    using Apply = std::function<bool(VectorView<W>, VectorRef<W>)>;

    /// 1 ≤ capacity ≤ n. `unit` is the rounding of a product with F. Memory: capacity + 1 vectors.
    KrylovSchur(Index n, Index capacity, double unit, Apply apply, Preference preference, Random random);

    Index size() const noexcept { return size_; }
    Index locked() const noexcept { return locked_; }
    Index capacity() const noexcept { return capacity_; }
    /// The largest ‖F v‖₂ met: a lower bound of ‖F‖₂.
    double norm() const noexcept { return norm_; }
    /// The norm of S without its locked part.
    double active_norm() const noexcept { return active_norm_; }
    std::size_t memory_bytes() const noexcept;
    /// Column j of V; a Schur vector after contract, deflate or refresh.
    VectorView<W> vector(Index j) const {
        const auto v = V_[static_cast<std::size_t>(j)];
        return {v.data(), v.size()};
    }

    /// Until size() is the capacity, or the product stops or is not finite: the decomposition is sound in any case.
    Progress expand();

    /// size() ≥ 1. Afterwards values() and estimates() are valid, until expand.
    void decompose();
    /// Of S: size() of them, first the locked ones, then the others by preference; pairs adjacent.
    const std::vector<std::complex<double>>& values() const noexcept { return values_; }
    /// ‖F x − θ x‖₂ for the eigenvectors x of S without its locked part; 0 for locked ones.
    const std::vector<double>& estimates() const noexcept { return estimates_; }
    /// |bⱼ| of the Schur vectors.
    double coupling(Index j) const { return std::abs(S_(size_, j)); }
    /// 2 where a pair stands in rows j and j + 1 of S, and 1 otherwise.
    Index block(Index j) const { return j + 1 < size_ && S_(j + 1, j) != W{} ? 2 : 1; }

    /// After decompose. locked() ≤ count ≤ size(), not inside a pair: b is set to zero there.
    void lock(Index count);
    /// After decompose. Keeps locked() ≤ p ≤ size() columns, p not inside a pair.
    void contract(Index p);

    /// All of S is sorted by preference, the leading `count` columns (one more if that would split a pair) become the
    /// locked ones, all others are dropped, and v is a random vector orthogonal to them. Returns how many are locked.
    Index deflate(Index count);
    /// The locked part of S anew from products with F, and again in Schur form. locked() products.
    Progress refresh();

    /// After contract or refresh: the eigenvectors x of F for the places given (of values(), below size()), unit norm,
    /// n × places.size(). `correct`: x ← x + v bᴴ y / θ, a step of inverse iteration when F is an inverse, for nothing.
    /// Elements of S that couple equal eigenvalues and are at most negligible |θ| are taken for zero, so that
    /// semisimple multiple eigenvalues get independent vectors. \ref T. Ericsson and A. Ruhe, Math. Comp. 35 (1980)
    /// 1251.
    Eigen::MatrixX<std::complex<double>> vectors(const std::vector<Index>& places, double negligible,
                                                 bool correct) const;

    /// max |Qᴴ Q − I| of the first `count` Schur vectors.
    double orthogonality(Index count) const;

private:
    using Matrix = Eigen::MatrixX<W>;

    void randomise(Index j);  // column j of V: a unit vector orthogonal to those before it
    void rotate(Index first, Index count, const Matrix& Z);  // V[first…] ← V[first…] Z, of which `count` columns stay
    void find_values();
    Matrix sorted_schur(Matrix& T) const;

    Index n_, capacity_, size_ = 0, locked_ = 0;
    double unit_, norm_ = 0, active_norm_ = 0;
    Apply apply_;
    Preference preference_;
    Random random_;
    iterative::Basis<W> V_;
    Matrix S_;  // (capacity + 1) × capacity; row size_ holds bᴴ
    Matrix Z_;  // the rotation of the active columns that decompose has found and contract applies
    std::vector<std::complex<double>> values_;
    std::vector<double> estimates_;
};

/// T ← ZᴴTZ, a Schur form with eigenvalues by falling preference as far as LAPACK can swap them; returns Z.
/// \throws SingularMatrix never; Error if the QR algorithm fails.
template <Scalar W>
Eigen::MatrixX<W> schur_by_preference(Eigen::MatrixX<W>& T, const Preference& preference);

/// The eigenvalues on the diagonal of a Schur form; those of a 2 × 2 block as a pair, positive imaginary part first.
template <Scalar W>
std::vector<std::complex<double>> schur_values(const Eigen::Ref<const Eigen::MatrixX<W>>& T);

/// The eigenvectors of a Schur form, unpacked, of unit norm.
template <Scalar W>
Eigen::MatrixX<std::complex<double>> schur_vectors(Eigen::MatrixX<W> T);

}  // namespace ritz::eigen
