// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Block Lanczos with thick restarts for Hermitian operators, the engine of eigsh.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eigen/dense_symmetric.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/status.hpp"

namespace ritz::eigen {

/// Which Ritz values come first.
enum class Ranking : std::uint8_t { largest_magnitude, largest, smallest, both_ends };

/// Places of `values`, the best first. Ties, which both ends of a symmetric spectrum make, go to the larger value.
std::vector<Eigen::Index> ranked(const Eigen::VectorXd& values, Ranking ranking);

/// An operator that is Hermitian in the inner product ⟨x, y⟩ = yᴴ B x.
template <Scalar T>
struct HermitianOperator {
    using Block = Eigen::Ref<Eigen::MatrixX<T>>;
    using ConstBlock = Eigen::Ref<const Eigen::MatrixX<T>>;

    Index n = 0;
    /// Y ← OP X; B X is at hand (X itself for B = I).
    std::function<void(const ConstBlock& X, const ConstBlock& BX, Block Y)> apply;
    std::function<void(const ConstBlock&, Block)> mass;  ///< Y ← B X; empty: B = I
    bool mass_is_singular = false;                       ///< random vectors are moved into the range of OP first
};

struct LanczosOptions {
    Ranking ranking = Ranking::largest_magnitude;
    Index subspace = 20;         ///< Ritz vectors before a restart, at most n
    Index largest_subspace = 0;  ///< to which it grows where restarts bring nothing; 0: it stays
    Index block = 1;
    std::uint64_t seed = 1;
    double rtol = 1e-10;  ///< a Ritz pair has converged when its residual is ≤ rtol |θ| or ≤ floor · max |θ|
    double floor = 1e-15;
    /// Ritz vectors are multiplied by OP / θ, for which no product is needed, before they are given away: for an
    /// inverse, which damps what a residual of A would enlarge. \ref T. Ericsson and A. Ruhe (1980).
    bool purify = false;
    std::int64_t max_applications = 0;
    double max_seconds = 0;  ///< 0: no limit
    const std::atomic<bool>* cancel = nullptr;
    /// θ and residuals of the k best ranked pairs after each restart; true ends.
    std::function<bool(const Eigen::VectorXd& theta, const Eigen::VectorXd& residuals)> monitor = {};
};

/// Columns of V: p Ritz or Lanczos vectors and q pending ones, the block to be multiplied next, all orthonormal:
///
///     OP V_p = V_p S + V_q C        S = V_pᴴ B OP V_p (p × p, Hermitian), C: q × p
///
/// (for locked columns but for the residuals that were forgotten when they were locked).
///
/// Any pair (θ, y) of S has the residual ‖OP V_p y − θ V_p y‖_B = ‖C y‖₂. A restart replaces V_p by Ritz vectors and
/// leaves V_q. A vector that vanishes when it is orthogonalised shrinks the block; when the block is empty V_p spans an
/// invariant subspace and a random vector goes on. So multiple eigenvalues are found one block after another, and any
/// vector may be added to the block at any time: one that is random and orthogonal to all pairs found is how missed
/// ones are looked for.
/// \ref A. Ruhe, Math. Comp. 33 (1979) 680 (band Lanczos); K. Wu and H. Simon, SIAM J. Matrix Anal. Appl. 22 (2000)
///      602 (thick restart); J. I. Aliaga, D. L. Boley, R. W. Freund and V. Hernández, Math. Comp. 69 (2000) 1577
///      (deflation of blocks).
template <Scalar T>
class BandLanczos {
public:
    BandLanczos(HermitianOperator<T> op, LanczosOptions options);

    /// Iterates until the k best ranked Ritz pairs have converged (or as many as the space has): `converged`, or the
    /// status of what ended it.
    Status run(Index k);

    /// Looks for pairs that rank among the k best and were missed: forgets all that has not converged, and iterates
    /// from a random vector orthogonal to the rest until the best new Ritz pair has settled outside of the first k, or
    /// has entered them and all have converged again. `converged`, or the status of what ended it. After run(k).
    Status check(Index k);

    /// Multiplies the first `width` Ritz vectors anew, as one block, and goes on from there until the first k have
    /// converged: for pairs whose residuals the recurrence no longer knows. k ≤ width.
    Status refine(Index width, Index k);

    /// Adds a random vector orthogonal to all others to the block, for run to find what was missed. False if there
    /// is none.
    bool add_random_vector();

    /// Best ranked first; estimates of what S has now.
    const Eigen::VectorXd& values() const noexcept { return theta_; }
    const Eigen::VectorXd& residuals() const noexcept { return residuals_; }
    bool converged(Eigen::Index i) const noexcept;
    /// How many of the first k have converged before the first that has not.
    Index settled(Index k) const;
    /// All vectors of the space are spanned: what is not among the values does not exist.
    bool exhausted() const noexcept { return exhausted_; }

    /// The k best ranked Ritz vectors.
    Eigen::MatrixX<T> vectors(Index k) const;
    /// The same multiplied by OP once more, made orthonormal: k applications, which take what rounding errors of the
    /// projected problem have left of an inverse.
    Eigen::MatrixX<T> multiplied(Index k);

    void tighten(double rtol) { options_.rtol = rtol; }
    double rtol() const noexcept { return options_.rtol; }
    double largest_magnitude() const noexcept { return scale_; }
    std::int64_t applications() const noexcept { return applications_; }
    std::int64_t restarts() const noexcept { return restarts_; }
    std::size_t memory_bytes() const noexcept { return (V_.size() + BV_.size()) * sizeof(T); }
    std::string message() const { return message_; }

private:
    using W = Wide<T>;
    using Matrix = Eigen::MatrixX<T>;
    using Columns = Eigen::Map<Matrix>;
    using ConstColumns = Eigen::Map<const Matrix>;

    Columns columns(Buffer<T>& data, Index first, Index count) const;
    ConstColumns columns(const Buffer<T>& data, Index first, Index count) const;
    const Buffer<T>& dual() const noexcept { return op_.mass ? BV_ : V_; }

    /// Room for so many columns of V.
    void reserve(Index count);
    /// Multiplies the block: it joins V_p, and what is left of the products is the next block.
    void extend();
    /// Columns place … of V made orthogonal to columns first …, once; the coefficients.
    Matrix orthogonalise(Index first, Index count, Index place, Index width);
    /// ‖v‖_B of a column, whose product with B is kept.
    double norm_of(Index place);
    void normalise(Index place, double norm);
    void solve_projected();
    /// Coefficients of the Ritz vectors `which`, in V_p, or in V_p and V_q where they are purified.
    Eigen::MatrixX<W> coefficients(const std::vector<Eigen::Index>& which) const;
    void restart(const std::vector<Eigen::Index>& which, bool keep_block);
    void make_room(Index k);
    /// Locks pairs that have converged to rounding and exceed all others a thousandfold, and starts anew without them.
    bool freeze_dominant();
    bool outside_settled(Index k) const;
    bool is_locked(Eigen::Index i) const noexcept {
        return locked_ > 0 && place_[static_cast<std::size_t>(i)] < locked_;
    }
    /// Whether one of the best ranked values has moved by more than its tolerance.
    bool changed(const Eigen::VectorXd& before) const;
    bool stopped(Index k, Status& status);

    Index stale_ = 0, best_settled_ = 0;  // restarts since more pairs had converged than ever

    HermitianOperator<T> op_;
    LanczosOptions options_;
    Random random_;
    Index n_, capacity_;
    Buffer<T> V_, BV_;
    Index p_ = 0, q_ = 0;
    Eigen::MatrixX<W> S_, C_;  // p × p, q × p, in larger arrays
    Eigen::MatrixX<W> Y_;      // eigenvectors of S, best ranked first
    Index locked_ = 0;         // first columns that have converged and are left as they are
    Index frozen_ = 0;  // of them, those so large that the rounding errors of their θ would drown the other ones
    std::vector<Index> place_;  // of a Ritz vector before ranking: locked ones first
    Eigen::VectorXd theta_, residuals_;
    double scale_ = 0;          // largest |θ| seen
    double operator_norm_ = 0;  // largest ‖OP v‖ seen
    bool exhausted_ = false, not_finite_ = false, negative_mass_ = false;
    std::int64_t applications_ = 0, restarts_ = 0;
    std::string message_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace ritz::eigen
