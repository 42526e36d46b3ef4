// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/band_lanczos.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/instantiate.hpp"
#include "eigen/block.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"

namespace ritz::eigen {

std::vector<Eigen::Index> ranked(const Eigen::VectorXd& values, Ranking ranking) {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(values.size()));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    const auto by = [&](auto key) {
        std::ranges::stable_sort(order, [&](Eigen::Index i, Eigen::Index j) {
            return key(values[i]) != key(values[j]) ? key(values[i]) > key(values[j]) : values[i] > values[j];
        });
    };
    switch (ranking) {
        case Ranking::largest_magnitude:
            by([](double a) { return std::abs(a); });
            break;
        case Ranking::smallest:
            by([](double a) { return -a; });
            break;
        case Ranking::largest:
            by([](double a) { return a; });
            break;
        case Ranking::both_ends: {
            by([](double a) { return a; });
            const auto sorted = order;
            for (std::size_t i = 0; i < order.size(); ++i)  // largest, smallest, second largest, ...
                order[i] = i % 2 == 0 ? sorted[i / 2] : sorted[sorted.size() - 1 - i / 2];
            break;
        }
    }
    return order;
}

namespace {

template <class W, Scalar T>
Eigen::MatrixX<W> widened(const Eigen::MatrixX<T>& A) {
    return A.template cast<W>();
}
template <Scalar T, class W>
Eigen::MatrixX<T> narrowed(const Eigen::MatrixX<W>& A) {
    return A.template cast<T>();
}

template <Scalar T>
inline constexpr double unit = std::numeric_limits<Real<T>>::epsilon();

}  // namespace

template <Scalar T>
BandLanczos<T>::BandLanczos(HermitianOperator<T> op, LanczosOptions options)
    : op_(std::move(op)), options_(std::move(options)), random_(options_.seed), n_(op_.n), capacity_(0) {
    options_.block = std::clamp<Index>(options_.block, 1, std::max<Index>(n_, 1));
    options_.subspace = std::min(options_.subspace, n_);
    reserve(options_.subspace + 2 * options_.block + 1);
}

template <Scalar T>
void BandLanczos<T>::reserve(Index count) {
    if (count <= capacity_) return;
    const auto size = static_cast<std::size_t>(n_) * static_cast<std::size_t>(count);
    for (Buffer<T>* data : {&V_, &BV_}) {
        if (data == &BV_ && !op_.mass) continue;
        Buffer<T> larger(size);
        std::copy(data->begin(), data->end(), larger.begin());
        *data = std::move(larger);
    }
    capacity_ = count;
}

template <Scalar T>
auto BandLanczos<T>::columns(Buffer<T>& data, Index first, Index count) const -> Columns {
    return {data.data() + static_cast<std::size_t>(first) * static_cast<std::size_t>(n_), n_, count};
}
template <Scalar T>
auto BandLanczos<T>::columns(const Buffer<T>& data, Index first, Index count) const -> ConstColumns {
    return {data.data() + static_cast<std::size_t>(first) * static_cast<std::size_t>(n_), n_, count};
}

template <Scalar T>
Eigen::MatrixX<T> BandLanczos<T>::orthogonalise(Index first, Index count, Index place, Index width) {
    const Matrix G = gram<T>(columns(dual(), first, count), columns(std::as_const(V_), place, width));
    subtract_product<T>(columns(std::as_const(V_), first, count), G, columns(V_, place, width));
    return G;
}

template <Scalar T>
double BandLanczos<T>::norm_of(Index place) {
    const auto n = static_cast<std::size_t>(n_);
    const VectorView<T> w(V_.data() + static_cast<std::size_t>(place) * n, n);
    if (!op_.mass) return static_cast<double>(norm2(w));
    op_.mass(columns(std::as_const(V_), place, 1), columns(BV_, place, 1));
    const VectorView<T> bw(BV_.data() + static_cast<std::size_t>(place) * n, n);
    const double square = std::real(std::complex<double>(dot(w, bw)));
    const double size = static_cast<double>(norm2(w)) * static_cast<double>(norm2(bw));
    if (square < -64 * unit<T> * std::sqrt(static_cast<double>(n)) * size) negative_mass_ = true;
    return square > 0 ? std::sqrt(square) : square <= 0 ? 0 : square;  // NaN stays NaN
}

template <Scalar T>
void BandLanczos<T>::normalise(Index place, double norm) {
    const T factor(static_cast<Real<T>>(1 / norm));
    columns(V_, place, 1) *= factor;
    if (op_.mass) columns(BV_, place, 1) *= factor;
}

template <Scalar T>
bool BandLanczos<T>::add_random_vector() {
    const Index place = p_ + q_;
    if (place >= n_) return false;
    reserve(place + 2);
    const auto n = static_cast<std::size_t>(n_);
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Buffer<T> draw = random_vector<T>(n_, random_.bits());
        std::copy(draw.begin(), draw.end(),
                  V_.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(place) * n));
        if (op_.mass_is_singular) {
            norm_of(place);  // B v
            op_.apply(columns(std::as_const(V_), place, 1), columns(dual(), place, 1), columns(V_, place + 1, 1));
            columns(V_, place, 1) = columns(V_, place + 1, 1);
            ++applications_;
        }
        const double before = norm_of(place);
        if (!std::isfinite(before)) {
            not_finite_ = true;
            return false;
        }
        if (!(before > 0)) continue;
        normalise(place, before);
        double after = 1;
        for (int pass = 0; pass < 3; ++pass) {
            orthogonalise(0, place, place, 1);
            const double now = norm_of(place);
            if (!(now > 0)) {
                after = 0;
                break;
            }
            normalise(place, now);
            after *= now;
            if (now > 0.5) break;
        }
        // What is left of a vector in the span of the others is rounding error.
        if (after < 64 * unit<T> * std::sqrt(static_cast<double>(n_))) continue;
        ++q_;
        C_.conservativeResize(q_, p_);
        C_.row(q_ - 1).setZero();
        return true;
    }
    return false;
}

template <Scalar T>
void BandLanczos<T>::extend() {
    const Index c = p_ + q_;
    reserve(c + q_);
    op_.apply(columns(std::as_const(V_), p_, q_), columns(dual(), p_, q_), columns(V_, c, q_));
    applications_ += q_;

    // The part that the recurrence knows, V_p Cᴴ, of the last block only between restarts; and the block's own. Without
    // them what is left to the last step is small, so that errors in the orthogonality of V do not grow.
    Eigen::MatrixX<W> H = Eigen::MatrixX<W>::Zero(c, q_);
    H.topRows(p_) = C_.adjoint();
    Index first = 0;
    while (first < p_ && C_.col(first).isZero(0)) ++first;
    if (first < p_)
        subtract_product<T>(columns(std::as_const(V_), first, p_ - first),
                            narrowed<T>(Eigen::MatrixX<W>(H.middleRows(first, p_ - first))), columns(V_, c, q_));
    H.bottomRows(q_) += widened<W>(orthogonalise(p_, q_, c, q_));

    // Against all; again where most of it was cancelled. Daniel, Gragg, Kaufman and Stewart (1976).
    Eigen::VectorXd norms(q_);
    for (int pass = 0; pass < 3; ++pass) {
        const Matrix G = orthogonalise(0, c, c, q_);
        H += widened<W>(G);
        bool again = false;
        for (Index j = 0; j < q_; ++j) {
            const double taken = static_cast<double>(G.col(j).norm()), left = norms[j] = norm_of(c + j);
            if (!std::isfinite(taken) || !std::isfinite(left)) {
                not_finite_ = true;
                return;
            }
            again |= left < 0.1 * taken && left > 32 * unit<T> * std::max(operator_norm_, H.col(j).norm());
        }
        if (!again) break;
    }

    // Among themselves: w_j = Σ_r v_{c+r} R_{rj}; what vanishes leaves the block.
    Eigen::MatrixX<W> R = Eigen::MatrixX<W>::Zero(q_, q_);
    Index next = 0;
    for (Index j = 0; j < q_; ++j) {
        const Index place = c + next;
        if (next < j) columns(V_, place, 1) = columns(V_, c + j, 1);
        double norm = next < j ? norm_of(place) : norms[j];
        operator_norm_ = std::max(operator_norm_, std::hypot(H.col(j).norm(), norm));
        const double negligible = 32 * unit<T> * operator_norm_;
        if (next > 0 && norm > negligible) {
            for (int pass = 0; pass < 2; ++pass) {
                const double before = norm;
                R.block(0, j, next, 1) += widened<W>(orthogonalise(c, next, place, 1));
                if ((norm = norm_of(place)) > 0.1 * before) break;
                if (norm > negligible) H.col(j) += widened<W>(orthogonalise(0, c, place, 1));
            }
        }
        if (!std::isfinite(norm)) {
            not_finite_ = true;
            return;
        }
        if (!(norm > negligible)) continue;
        normalise(place, norm);
        R(next++, j) = norm;
    }

    S_.conservativeResize(c, c);
    S_.topRightCorner(p_, q_) = H.topRows(p_);
    S_.bottomLeftCorner(q_, p_) = H.topRows(p_).adjoint();
    const Eigen::MatrixX<W> D = H.bottomRows(q_);
    S_.bottomRightCorner(q_, q_) = (D + D.adjoint()) / 2;
    C_ = Eigen::MatrixX<W>::Zero(next, c);
    C_.rightCols(q_) = R.topRows(next);
    p_ = c;
    q_ = next;
}

template <Scalar T>
void BandLanczos<T>::solve_projected() {
    const Index active = p_ - locked_;
    const auto pairs = hermitian_eigenpairs<W>(Eigen::MatrixX<W>(S_.bottomRightCorner(active, active)));
    Eigen::VectorXd values(p_);
    values.head(locked_) = S_.diagonal().head(locked_).real();
    values.tail(active) = pairs.values;
    const auto order = ranked(values, options_.ranking);
    theta_.resize(p_);
    residuals_.resize(p_);
    place_.resize(static_cast<std::size_t>(p_));
    Y_ = Eigen::MatrixX<W>::Zero(p_, p_);
    for (Index i = 0; i < p_; ++i) {
        const auto from = static_cast<Index>(order[static_cast<std::size_t>(i)]);
        place_[static_cast<std::size_t>(i)] = from;
        theta_[i] = values[from];
        if (from < locked_)
            Y_(from, i) = 1;
        else
            Y_.col(i).tail(active) = pairs.vectors.col(from - locked_);
    }
    const Eigen::MatrixX<W> B = C_ * Y_;
    for (Index i = 0; i < p_; ++i) residuals_[i] = B.col(i).norm();
    if (p_ > 0) scale_ = std::max(scale_, theta_.cwiseAbs().maxCoeff());
}

template <Scalar T>
bool BandLanczos<T>::converged(Eigen::Index i) const noexcept {
    return residuals_[i] <= std::max(options_.rtol * std::abs(theta_[i]), options_.floor * scale_);
}

template <Scalar T>
Index BandLanczos<T>::settled(Index k) const {
    Index count = 0;
    while (count < std::min(k, static_cast<Index>(theta_.size())) && converged(count)) ++count;
    return count;
}

template <Scalar T>
auto BandLanczos<T>::coefficients(const std::vector<Eigen::Index>& which) const -> Eigen::MatrixX<W> {
    const auto count = static_cast<Eigen::Index>(which.size());
    Eigen::MatrixX<W> Y(p_ + q_, count);
    for (Eigen::Index i = 0; i < count; ++i) {
        const Eigen::Index from = which[static_cast<std::size_t>(i)];
        Y.col(i).head(p_) = Y_.col(from);
        if (options_.purify && theta_[from] != 0) {
            Y.col(i).tail(q_) = C_ * Y_.col(from) / theta_[from];
            Y.col(i) /= Y.col(i).norm();
        } else {
            Y.col(i).tail(q_).setZero();
        }
    }
    return Y;
}

template <Scalar T>
void BandLanczos<T>::restart(const std::vector<Eigen::Index>& which, bool keep_block) {
    const auto keep = static_cast<Index>(which.size());
    Eigen::VectorXd theta(keep), residuals(keep);
    for (Index i = 0; i < keep; ++i) {
        theta[i] = theta_[which[static_cast<std::size_t>(i)]];
        residuals[i] = residuals_[which[static_cast<std::size_t>(i)]];
    }
    Eigen::MatrixX<W> S = theta.template cast<W>().asDiagonal();
    if (keep_block) {
        Eigen::MatrixX<W> Y(p_, keep);
        for (Index i = 0; i < keep; ++i) Y.col(i) = Y_.col(which[static_cast<std::size_t>(i)]);
        const Matrix narrow = narrowed<T>(Y);
        S = Y.adjoint() * S_ * Y;
        multiply_in_place<T>(columns(V_, 0, p_), narrow);
        if (op_.mass) multiply_in_place<T>(columns(BV_, 0, p_), narrow);
        for (Index j = 0; j < q_; ++j) {
            columns(V_, keep + j, 1) = columns(V_, p_ + j, 1);
            if (op_.mass) columns(BV_, keep + j, 1) = columns(BV_, p_ + j, 1);
        }
        C_ = Eigen::MatrixX<W>(C_ * Y);
    } else {
        const Matrix narrow = narrowed<T>(coefficients(which));
        multiply_in_place<T>(columns(V_, 0, p_ + q_), narrow);
        if (op_.mass) multiply_in_place<T>(columns(BV_, 0, p_ + q_), narrow);
        q_ = 0;
        C_.resize(0, keep);
    }
    p_ = keep;
    for (Index i = locked_; i < keep && keep_block; ++i)  // but for the couplings of locked vectors, a diagonal matrix
        for (Index j = locked_; j < keep; ++j) S(i, j) = i == j ? W(theta[i]) : W(0);
    S_ = std::move(S);
    Y_ = Eigen::MatrixX<W>::Identity(keep, keep);
    place_.resize(static_cast<std::size_t>(keep));
    std::iota(place_.begin(), place_.end(), Index{0});
    if (!keep_block) locked_ = keep;
    theta_ = theta;
    residuals_ = residuals;
    ++restarts_;
}

template <Scalar T>
bool BandLanczos<T>::stopped(Index k, Status& status) {
    const auto end = [&](Status why, std::string message) {
        status = why;
        message_ = std::move(message);
        return true;
    };
    if (not_finite_) return end(Status::not_finite, "an application of the operator gave a NaN or an infinity");
    if (negative_mass_)
        throw NotPositiveDefinite("eigsh: M has a direction v with vᴴ M v < 0; it must be positive semidefinite");
    if (options_.cancel && *options_.cancel) return end(Status::interrupted, "stopped from outside");
    if (options_.max_seconds > 0 &&
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count() > options_.max_seconds)
        return end(Status::limit_exceeded, "the time limit was reached");
    if (applications_ >= options_.max_applications) {
        return end(Status::max_iterations, "the limit of " + std::to_string(options_.max_applications) +
                                               " applications of the operator was reached");
    }
    if (k > 0 && options_.monitor) {
        const Index shown = std::min(k, static_cast<Index>(theta_.size()));
        if (options_.monitor(theta_.head(shown), residuals_.head(shown)))
            return end(Status::interrupted, "stopped by the monitor");
    }
    return false;
}

template <Scalar T>
void BandLanczos<T>::make_room(Index k) {
    // What has converged, and half of what has not: Wu and Simon (2000); at least the wanted ones, and room for some
    // steps.
    const Index done = settled(k);
    if (done > best_settled_) {
        best_settled_ = done;
        stale_ = 0;
    } else if (++stale_ == 6) {
        stale_ = 0;
        options_.subspace = std::max(options_.subspace, std::min(options_.largest_subspace, options_.subspace * 3 / 2));
    }
    const Index most = std::max<Index>(1, options_.subspace - std::max<Index>(2 * q_, 3));
    const Index keep = std::clamp(std::max({done + (p_ - done) / 2, std::min(k, p_), locked_ + (p_ - locked_) / 2}),
                                  Index{1}, std::max(locked_, std::min(most, p_)));
    std::vector<Eigen::Index> which;
    for (Eigen::Index i = 0; i < p_; ++i)
        if (is_locked(i)) which.push_back(i);
    std::ranges::sort(which, {}, [&](Eigen::Index i) { return place_[static_cast<std::size_t>(i)]; });
    for (Eigen::Index i = 0; i < p_ && static_cast<Index>(which.size()) < keep; ++i)
        if (!is_locked(i)) which.push_back(i);
    restart(which, true);
}

template <Scalar T>
bool BandLanczos<T>::freeze_dominant() {
    std::vector<Eigen::Index> which;
    Eigen::Index i = 0;
    for (; i < p_ && residuals_[i] <= 32 * unit<T> * std::abs(theta_[i]); ++i) which.push_back(i);
    const bool more = static_cast<Index>(which.size()) > frozen_;
    if (!more || i == p_ || std::abs(theta_[i - 1]) < 1e3 * (std::abs(theta_[i]) + residuals_[i])) return false;
    restart(which, false);
    frozen_ = locked_;
    return true;
}

template <Scalar T>
Status BandLanczos<T>::run(Index k) {
    k = std::min(k, n_);
    const Index needed = std::min(n_, k + std::max({8, k / 4, 3 * options_.block}));
    options_.subspace = std::max(options_.subspace, needed);
    Status status = Status::converged;
    Index looked_at = -1;
    for (;;) {
        if (q_ == 0) {
            for (Index j = 0; j < (p_ == 0 ? options_.block : 1); ++j)
                if (!add_random_vector()) break;
            if (q_ == 0 && !not_finite_) {
                exhausted_ = true;
                solve_projected();
                return settled(k) >= std::min(k, p_) ? Status::converged : Status::stagnated;
            }
        }
        if (stopped(0, status)) break;
        const bool full = p_ + q_ > options_.subspace && p_ + q_ < n_;
        if (!full) extend();
        if (not_finite_) continue;
        const Index interval = std::max<Index>(1, options_.subspace / 12);
        if (options_.purify && p_ - frozen_ > 2 && p_ < frozen_ + 12) {
            solve_projected();
            if (freeze_dominant()) continue;
        }
        if (full || q_ == 0 || (p_ >= k && p_ - looked_at >= interval)) {
            solve_projected();
            looked_at = p_;
            // Some more than k, so that a breakdown does not give away vectors at random.
            if (p_ >= std::min(n_, k + 3) && settled(k) == k) {
                exhausted_ = p_ == n_;
                return Status::converged;
            }
        }
        if (full) {
            if (stopped(k, status)) break;
            make_room(k);
            looked_at = p_;
        }
    }
    if (p_ > 0 && S_.rows() >= p_) solve_projected();
    return status;
}

template <Scalar T>
bool BandLanczos<T>::outside_settled(Index k) const {
    // Of what is new, the extreme values on the sides where the wanted ones lie.
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Eigen::Index highest = -1, lowest = -1;
    for (Eigen::Index i = k; i < theta_.size(); ++i) {
        if (is_locked(i)) continue;
        if (highest < 0 || theta_[i] > theta_[highest]) highest = i;
        if (lowest < 0 || theta_[i] < theta_[lowest]) lowest = i;
    }
    if (highest < 0) return false;
    // A Ritz value that has still to move has a residual of the size of its distance to the next one. One that stands
    // well inside of it will not reach the wanted ones; a missed eigenvalue would have grown past them first.
    const auto settled_at = [&](Eigen::Index i, double distance) {
        if (converged(i)) return true;
        double gap = infinity;
        for (Eigen::Index j = k; j < theta_.size(); ++j)
            if (j != i && !is_locked(j)) gap = std::min(gap, std::abs(theta_[i] - theta_[j]));
        return residuals_[i] <= 0.01 * std::min(distance, gap);
    };
    const double wanted_high = theta_.head(k).maxCoeff(), wanted_low = theta_.head(k).minCoeff();
    const double high = theta_[highest], low = theta_[lowest], magnitude = std::abs(theta_[k - 1]);
    switch (options_.ranking) {
        case Ranking::largest:
            return settled_at(highest, wanted_low - high);
        case Ranking::smallest:
            return settled_at(lowest, low - wanted_high);
        case Ranking::largest_magnitude:
            // The end where no magnitude comes near the wanted ones needs no precision.
            return (settled_at(highest, magnitude - std::abs(high)) || (high <= 0 && lowest != highest)) &&
                   (settled_at(lowest, magnitude - std::abs(low)) || (low >= 0 && lowest != highest) ||
                    residuals_[lowest] < 0.1 * (magnitude - std::abs(low)));
        case Ranking::both_ends: {
            double from_high = wanted_high, from_low = wanted_low;  // innermost ones of either end
            for (Index i = 0; i < k; ++i) (i % 2 == 0 ? from_high : from_low) = theta_[i];
            return settled_at(highest, from_high - high) && (k < 2 || settled_at(lowest, low - from_low));
        }
    }
    return false;
}

template <Scalar T>
Status BandLanczos<T>::refine(Index width, Index k) {
    width = std::min(width, p_);
    options_.subspace = std::max(options_.subspace, std::min(n_, 3 * width + 8));
    std::vector<Eigen::Index> which(static_cast<std::size_t>(width));
    std::iota(which.begin(), which.end(), Eigen::Index{0});
    restart(which, false);
    p_ = locked_ = frozen_;
    q_ = width - frozen_;
    S_.conservativeResize(p_, p_);
    C_ = Eigen::MatrixX<W>::Zero(q_, p_);
    return run(k);
}

template <Scalar T>
bool BandLanczos<T>::changed(const Eigen::VectorXd& before) const {
    for (Eigen::Index i = 0; i < before.size(); ++i)
        if (std::abs(theta_[i] - before[i]) >
            10 * std::max(options_.rtol * std::abs(before[i]), options_.floor * scale_))
            return true;
    return false;
}

template <Scalar T>
Status BandLanczos<T>::check(Index k) {
    k = std::min(k, n_);
    if (exhausted_ || p_ + q_ >= n_) return run(k);
    Status status = Status::converged;
    for (;;) {  // until a random vector brings nothing new
        std::vector<Eigen::Index> which;
        for (Eigen::Index i = 0; i < theta_.size() && static_cast<Index>(which.size()) < options_.subspace - 4; ++i)
            if (converged(i)) which.push_back(i);
        const auto kept = static_cast<Index>(which.size());
        options_.subspace = std::max(options_.subspace, std::min(n_, kept + 12));
        const Eigen::VectorXd before = theta_.head(k);
        restart(which, false);
        if (!add_random_vector()) return run(k);
        Index looked_at = 0;
        for (;;) {
            if (stopped(0, status)) return status;
            const bool full = p_ + q_ > options_.subspace && p_ + q_ < n_;
            if (!full) extend();
            if (not_finite_) continue;
            if (q_ == 0 && !add_random_vector()) return run(k);
            if (!full && q_ > 0 && p_ - looked_at < p_ / 32) continue;  // the projected problem is not for nothing
            solve_projected();
            looked_at = p_;
            if (settled(k) == k) {           // otherwise one of them is new, or on its way in
                if (changed(before)) break;  // once more
                if (outside_settled(k)) {
                    if (options_.purify) return Status::converged;  // couplings are rounding errors of larger θ
                    locked_ = frozen_;                              // with the couplings that were left out
                    solve_projected();
                    return settled(k) == k ? Status::converged : run(k);
                }
            }
            if (full) {
                if (stopped(k, status)) return status;
                make_room(std::max(k, kept));
                looked_at = p_;
            }
        }
    }
}

template <Scalar T>
Eigen::MatrixX<T> BandLanczos<T>::vectors(Index k) const {
    std::vector<Eigen::Index> which(static_cast<std::size_t>(k));
    std::iota(which.begin(), which.end(), Eigen::Index{0});
    Matrix X(n_, k);
    multiply<T>(columns(V_, 0, p_ + q_), narrowed<T>(coefficients(which)), X);
    return X;
}

template <Scalar T>
Eigen::MatrixX<T> BandLanczos<T>::multiplied(Index k) {
    const auto mass = [this](const Matrix& X) {
        if (!op_.mass) return X;
        Matrix BX(n_, X.cols());
        op_.mass(X, BX);
        return BX;
    };
    Matrix X = vectors(k), Z(n_, k);
    op_.apply(X, mass(X), Z);
    applications_ += k;
    for (Index i = 0; i < k; ++i) Z.col(i) /= Z.col(i).norm();
    for (int pass = 0; pass < 2; ++pass) {
        const Eigen::MatrixX<W> G = widened<W>(gram<T>(Z, mass(Z)));
        const Eigen::LLT<Eigen::MatrixX<W>> factor(G);
        if (factor.info() != Eigen::Success) return X;
        const Eigen::MatrixX<W> inverse = factor.matrixU().solve(Eigen::MatrixX<W>::Identity(k, k));
        multiply_in_place<T>(Z, narrowed<T>(inverse));
    }
    return Z.allFinite() ? Z : X;
}

#define INSTANTIATE(T) template class BandLanczos<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
