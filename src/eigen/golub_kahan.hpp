// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Golub–Kahan–Lanczos bidiagonalisation with thick restarts, for double and complex<double>. It iterates; the function
/// that uses it decides what is wanted, when it is good enough, and checks it.

#include <cmath>
#include <functional>
#include <vector>

#include "eigen/krylov_schur.hpp"  // Progress
#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "solvers/krylov/basis.hpp"

namespace ritz::eigen {

/// F V = U B and Fᴴ U = V Bᴴ + v bᴴ of an operator F (m × n, n ≤ m): V (n × size()), v and U (m × size()) orthonormal,
/// B = Uᴴ F V upper triangular from the last restart on. The first locked() columns are singular vectors to working
/// precision and take no part any more, but all others stay orthogonal to them.
///
///     expand()      size() grows to the capacity: a product with F, one with Fᴴ, and two orthogonalisations each
///     decompose()   the singular values of the part of B that is not locked
///     lock(l)       the leading l are left alone from now on
///     contract(p)   the leading p are kept: the restart
///
/// Where an invariant subspace is met, v (or a column of U) is a new random vector, so that further copies of multiple
/// singular values come in. Both bases are orthogonalised fully, so B is computed and not put together from
/// recurrences. \ref J. Baglama and L. Reichel, Augmented implicitly restarted Lanczos bidiagonalization methods, SIAM
/// J. Sci.
///      Comput. 27 (2005) 19; V. Hernández, J. E. Román and A. Tomás, A robust and efficient parallel SVD solver based
///      on restarted Lanczos bidiagonalization, ETNA 31 (2008) 68.
template <Scalar W>
class GolubKahan {
public:
    using Matrix = Eigen::MatrixX<W>;
    /// y ← F x or y ← Fᴴ x; false: stop.
    using Apply = std::function<bool(VectorView<W>, VectorRef<W>)>;
    enum class Order { largest_first, smallest_first };

    /// 1 ≤ capacity ≤ n ≤ m. `unit` is the rounding of a product. Memory: capacity + 1 vectors of both lengths.
    GolubKahan(Index m, Index n, Index capacity, double unit, Apply apply, Apply apply_adjoint, Order order,
               Random random);

    Index size() const noexcept { return size_; }
    Index locked() const noexcept { return locked_; }
    Index capacity() const noexcept { return capacity_; }
    double norm() const noexcept { return norm_; }                ///< of F, from below: the largest ‖F v‖₂ met
    double active_norm() const noexcept { return active_norm_; }  ///< of B without its locked part
    std::size_t memory_bytes() const noexcept;

    /// Makes singular vectors that are known the locked ones; before anything else. Orthonormal, `value` is theirs.
    void set_locked(const Matrix& U, const Matrix& V, double value);

    Progress expand();  ///< as KrylovSchur::expand
    void decompose();   ///< size() ≥ 1; values() and estimates() are valid then, until expand
    /// size() of them: first the locked ones, then the others in order.
    const std::vector<double>& values() const noexcept { return values_; }
    /// ‖Fᴴ u − θ v‖₂ (F v = θ u holds to rounding).
    const std::vector<double>& estimates() const noexcept { return estimates_; }
    void lock(Index count);  ///< after decompose; locked() ≤ count ≤ size()
    void contract(Index p);  ///< after decompose; locked() ≤ p ≤ size()
    /// The first `count` of all in order become the locked ones, all others are dropped, v is a new random vector.
    void deflate(Index count);
    /// Locked values and vectors anew (not those of set_locked), from products with F: a rotation among them.
    Progress refresh();

    /// After contract: the vectors at the places given. `correct`: v ← v + v_last conj(b) / θ, for an F that is an
    /// inverse. \ref T. Ericsson and A. Ruhe, Math. Comp. 35 (1980) 1251.
    void vectors(const std::vector<Index>& places, bool correct, Matrix& U, Matrix& V) const;

    double orthogonality(Index count) const;  ///< max of |Uᴴ U − I| and |Vᴴ V − I|

private:
    void randomise(iterative::Basis<W>& basis, Index length, Index j);
    void rotate(iterative::Basis<W>& basis, Index length, Index columns, Index first, Index count,
                const Matrix& Z) const;
    bool before(double a, double b) const noexcept { return order_ == Order::largest_first ? a > b : a < b; }

    Index m_, n_, capacity_, size_ = 0, locked_ = 0, given_ = 0;
    double unit_, norm_ = 0, active_norm_ = 0, beta_ = 0;
    Apply apply_, apply_adjoint_;
    Order order_;
    Random random_;
    iterative::Basis<W> V_, U_;
    Matrix B_;      // capacity × capacity, without the locked part
    Matrix P_, Q_;  // the rotations of the active columns that decompose has found and contract applies
    Eigen::VectorX<W> b_;
    std::vector<double> values_, estimates_;
};

}  // namespace ritz::eigen
