// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/lobpcg.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "eigen/block.hpp"
#include "eigen/dense_symmetric.hpp"
#include "eigen/error_bounds.hpp"
#include "eigen/scaled_pencil.hpp"
#include "eigen/verify.hpp"
#include "eigen/working.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/eigen/count.hpp"

namespace ritz {

namespace {

using namespace eigen;
using Clock = std::chrono::steady_clock;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The operators as they are worked with. M, T: absent if null.
template <Scalar W>
struct Operators {
    const WorkingOperator<W>* A;
    const WorkingOperator<W>* M;
    const WorkingOperator<W>* T;
};

/// Vectors that the iteration keeps away from, M-orthonormal, and M times them.
template <Scalar W>
struct Constraints {
    Eigen::MatrixX<W> Y, MY;
    Index count() const noexcept { return static_cast<Index>(Y.cols()); }
};

/// When an iteration ends.
struct Rules {
    bool largest = false;
    double rtol = 0, floor = 0;  // a pair has converged when ‖r‖ ≤ max(rtol |θ| ‖M x‖, floor)
    std::int64_t max_iterations = 0;
    /// Looking for what was missed: ends as soon as the first Ritz value has settled behind this one.
    std::optional<double> cut = {};
    std::function<std::optional<Status>(std::int64_t iteration, const Eigen::VectorXd& values,
                                        const Eigen::VectorXd& residuals, Index converged)>
        ended = {};
};

template <Scalar W>
struct Found {
    Status status = Status::not_converged;
    std::string message;
    bool dense = false;
    std::int64_t iterations = 0;
    Eigen::VectorXd values, residuals;  // best first
    Eigen::MatrixX<W> X;
};

/// LOBPCG on a block of m vectors, the first k of which are wanted. Columns of S are [Y X P W]: constraints, Ritz
/// vectors, the directions of the last step, preconditioned residuals; all M-orthonormal. AS has the images under A of
/// all but Y.
template <Scalar W>
class Iteration {
    using Matrix = Eigen::MatrixX<W>;

public:
    Iteration(const Operators<W>& operators, const Constraints<W>& constraints, Index k, Index m, const Rules& rules)
        : operators_(operators), rules_(rules), n_(operators.A->n()), q_(constraints.count()), k_(k), m_(m) {
        S_.resize(n_, q_ + 3 * m);
        AS_.resize(n_, 3 * m);
        MS_.resize(n_, operators.M ? S_.cols() : 0);
        S_.leftCols(q_) = constraints.Y;
        if (operators.M) MS_.leftCols(q_) = constraints.MY;
    }

    Found<W> run(const Matrix& start, std::uint64_t seed) {
        Found<W> found;
        if (!begin(start, seed)) return finish(Status::not_finite, "a product with A or M is not finite", 0);
        int failed_claims = 0;
        std::int64_t iteration = 0;
        for (;; ++iteration) {
            residuals();
            if (!R_.allFinite()) return finish(Status::not_finite, "a product with A or M is not finite", iteration);
            const Index converged = wanted_converged();
            if (converged == k_) {
                if (fresh_) return finish(Status::converged, "", iteration);
                if (++failed_claims > 8) return finish(Status::stagnated, "residuals are rounding errors", iteration);
                if (!refresh()) return finish(Status::not_finite, "a product with A or M is not finite", iteration);
                continue;
            }
            if (rules_.cut && settled()) return finish(Status::converged, "", iteration);
            if (rules_.ended)
                if (const auto status = rules_.ended(iteration, values_.head(k_), norms_.head(k_), converged))
                    return finish(*status, "", iteration);
            if (iteration >= rules_.max_iterations)
                return finish(Status::max_iterations,
                              "the limit of " + std::to_string(rules_.max_iterations) + " steps is reached", iteration);
            if (!progress()) {
                if (restarts_++ > 0) return finish(Status::stagnated, "residuals no longer decrease", iteration);
                patience_ = 0;
                if (!refresh()) return finish(Status::not_finite, "a product with A or M is not finite", iteration);
                continue;
            }
            if ((iteration + 1) % refresh_interval == 0 && !refresh_images())
                return finish(Status::not_finite, "a product with A or M is not finite", iteration);
            if (const auto failure = step()) return finish(failure->first, failure->second, iteration);
        }
    }

private:
    static constexpr std::int64_t refresh_interval = 40;  // rounding errors of images made by combination add up
    static constexpr int most_patience = 150;

    auto X() { return S_.middleCols(q_, m_); }
    auto AX() { return AS_.leftCols(m_); }
    auto MX() { return operators_.M ? MS_.middleCols(q_, m_) : S_.middleCols(q_, m_); }

    /// The starting block, filled up with random vectors where columns are dependent.
    bool begin(const Matrix& start, std::uint64_t seed) {
        Index have = 0;
        const Index given = std::min<Index>(m_, static_cast<Index>(start.cols()));
        for (int attempt = 0; have < m_; ++attempt) {
            if (attempt > 4) throw NotPositiveDefinite("lobpcg: M is singular to working precision");
            const Index count = attempt == 0 && given > 0 ? given : m_ - have;
            S_.middleCols(q_ + have, count) =
                attempt == 0 && given > 0 ? start.leftCols(given)
                                          : random_block<W>(n_, count, seed + static_cast<std::uint64_t>(attempt));
            const auto kept = orthonormalise<W>(operators_.M, S_, MS_, q_ + have, count);
            if (!kept) return false;
            have += *kept;
        }
        return restart();
    }

    /// A Rayleigh–Ritz procedure on X, whose image under A is computed.
    bool restart() {
        operators_.A->apply(X(), AX());
        if (!AX().allFinite()) return false;
        Matrix G = gram<W>(X(), AX());
        p_ = 0;
        fresh_ = true;
        return project(G, m_, {});
    }

    /// X orthonormalised again and multiplied by A and M again, so that what is claimed of it is true.
    bool refresh() {
        const auto kept = orthonormalise<W>(operators_.M, S_, MS_, q_, m_);
        return kept && *kept == m_ && restart();
    }

    /// The same for the images of X and P alone.
    bool refresh_images() {
        const Index count = m_ + p_;
        operators_.A->apply(S_.middleCols(q_, count), AS_.leftCols(count));
        if (operators_.M) operators_.M->apply(S_.middleCols(q_, count), MS_.middleCols(q_, count));
        G_ = gram<W>(S_.middleCols(q_, count), AS_.leftCols(count));
        G_ = ((G_ + G_.adjoint()) / 2).eval();
        return G_.allFinite();
    }

    void residuals() {
        R_.resize(n_, m_);
        for (Index j = 0; j < m_; ++j) R_.col(j) = AX().col(j) - values_[j] * MX().col(j);
        norms_ = R_.colwise().norm();
        limits_.resize(m_);
        for (Index j = 0; j < m_; ++j)
            limits_[j] = std::max(rules_.rtol * std::abs(values_[j]) * MX().col(j).norm(), rules_.floor);
    }

    bool converged(Index j) const { return norms_[j] <= limits_[j]; }
    Index wanted_converged() const {
        Index count = 0;
        for (Index j = 0; j < k_; ++j) count += converged(j);
        return count;
    }

    /// The first Ritz value lies behind the cut, and neither its residual nor its way of late could take it there.
    bool settled() {
        const double distance = (values_[0] - *rules_.cut) * (rules_.largest ? -1 : 1);
        const double drift = std::abs(values_[0] - last_value_);
        last_value_ = values_[0];
        calm_ =
            distance > 0 && 10 * norms_[0] < distance * MX().col(0).norm() && 100 * drift < distance ? calm_ + 1 : 0;
        return calm_ >= 5;
    }

    /// False when nothing got better for long: neither residuals, of which digits still missing are counted, nor the
    /// sum of the Ritz values.
    bool progress() {
        double digits = 0;
        for (Index j = 0; j < k_; ++j) digits += std::max(0.0, std::log10(norms_[j] / limits_[j]));
        const double sum = values_.head(k_).sum(), change = std::abs(sum - last_sum_);
        const bool moved = change > 1e-6 * std::abs(sum) + k_ * rules_.floor;
        if (digits < best_digits_ - 0.05 || moved) {
            patience_ = 0;
            best_digits_ = std::min(digits, best_digits_);
            if (moved) last_sum_ = sum;
            return true;
        }
        return ++patience_ < most_patience;
    }

    /// W ← T⁻¹ R of what has not converged, orthonormalised, and a Rayleigh–Ritz procedure in [X P W].
    std::optional<std::pair<Status, std::string>> step() {
        std::vector<Index> active;
        for (Index j = 0; j < m_; ++j)
            if (!converged(j)) active.push_back(j);
        const auto count = static_cast<Index>(active.size());
        const Index first = m_ + p_;  // of W, among the columns without Y
        auto residual = AS_.middleCols(first, count);
        for (Index j = 0; j < count; ++j) residual.col(j) = R_.col(active[static_cast<std::size_t>(j)]);
        auto fresh = S_.middleCols(q_ + first, count);
        if (operators_.T) {
            operators_.T->apply(residual, fresh);
            for (Index j = 0; j < count; ++j) {
                const double product = std::real(residual.col(j).dot(fresh.col(j)));
                if (!std::isfinite(product))
                    return std::pair(Status::not_finite,
                                     std::string("a product with the preconditioner is not finite"));
                if (product <= 0)
                    return std::pair(
                        Status::indefinite_preconditioner,
                        std::string("a residual has rᴴ T⁻¹ r ≤ 0: the preconditioner is not positive definite"));
            }
        } else {
            fresh = residual;
        }
        // Lengths differ by many powers of ten between columns that are near to convergence and others.
        for (Index j = 0; j < count; ++j) fresh.col(j) /= W(fresh.col(j).norm());

        const auto kept = orthonormalise<W>(operators_.M, S_, MS_, q_ + first, count);
        if (!kept) return std::pair(Status::not_finite, std::string("a product with M is not finite"));
        const Index w = *kept, s = first + w;
        if (w == 0 && p_ == 0) return std::pair(Status::stagnated, std::string("no new direction is left"));
        operators_.A->apply(S_.middleCols(q_ + first, w), AS_.middleCols(first, w));
        Matrix G(s, s);
        G.topLeftCorner(first, first) = G_;
        if (w > 0) {
            const Matrix right = gram<W>(S_.middleCols(q_, s), AS_.middleCols(first, w));
            if (!right.allFinite()) return std::pair(Status::not_finite, std::string("a product with A is not finite"));
            G.rightCols(w) = right;
            G.bottomLeftCorner(w, first) = right.topRows(first).adjoint();
        }
        if (!project(G, s, active)) return std::pair(Status::not_finite, std::string("a product with A is not finite"));
        fresh_ = false;
        return {};
    }

    /// Rayleigh–Ritz in the first s columns behind Y, G = Sᴴ A S: X receives the m first Ritz vectors, P the parts of
    /// the active ones that lie outside of the old X, orthonormalised against the new X in coordinates.
    bool project(const Matrix& G_given, Index s, const std::vector<Index>& active) {
        const Matrix G = (G_given + G_given.adjoint()) / 2;
        if (!G.allFinite()) return false;
        auto [values, vectors] = hermitian_eigenpairs<W>(G);
        if (rules_.largest) {
            values.reverseInPlace();
            vectors = vectors.rowwise().reverse().eval();
        }
        Matrix C(s, 2 * m_);
        C.leftCols(m_) = vectors.leftCols(m_);
        p_ = 0;
        if (!active.empty()) {
            Matrix Z(s, static_cast<Index>(active.size()));
            for (std::size_t j = 0; j < active.size(); ++j) Z.col(static_cast<Index>(j)) = vectors.col(active[j]);
            Z.topRows(m_).setZero();
            double smallest = 1;
            for (int pass = 0; pass < 3 && Z.cols() > 0; ++pass) {
                Z -= C.leftCols(m_) * (C.leftCols(m_).adjoint() * Z).eval();
                const Matrix Q = whitening<W>(Z.adjoint() * Z, 1e-12, smallest);
                Z = (Z * Q).eval();
            }
            p_ = static_cast<Index>(Z.cols());
            C.middleCols(m_, p_) = Z;
        }
        C.conservativeResize(s, m_ + p_);
        multiply_in_place<W>(S_.middleCols(q_, s), C);
        multiply_in_place<W>(AS_.leftCols(s), C);
        if (operators_.M) multiply_in_place<W>(MS_.middleCols(q_, s), C);
        G_ = C.adjoint() * G * C;
        values_ = values.head(m_);
        return true;
    }

    Found<W> finish(Status status, std::string message, std::int64_t iterations) {
        Found<W> found;
        found.status = status;
        found.message = std::move(message);
        found.iterations = iterations;
        const bool usable = values_.size() == m_ && norms_.size() == m_ && X().allFinite();
        if (!usable) return found;
        found.values = values_;
        found.residuals = norms_;
        found.X = X();
        return found;
    }

    Operators<W> operators_;
    const Rules& rules_;
    Index n_, q_, k_, m_, p_ = 0;
    Matrix S_, AS_, MS_, R_, G_;
    Eigen::VectorXd values_, norms_, limits_;
    bool fresh_ = false;
    int restarts_ = 0, patience_ = 0, calm_ = 0;
    double best_digits_ = infinity, last_sum_ = infinity, last_value_ = infinity;
};

/// All pairs of the pencil in the space M-orthogonal to the constraints, by a basis of it; the first `count` of them.
template <Scalar W>
Found<W> dense(const Operators<W>& operators, const Constraints<W>& constraints, Index count, bool largest) {
    const Index n = operators.A->n(), q = constraints.count();
    Eigen::MatrixX<W> S(n, q + n), MS(n, operators.M ? q + n : 0);
    S.leftCols(q) = constraints.Y;
    S.rightCols(n).setIdentity();
    if (operators.M) MS.leftCols(q) = constraints.MY;
    Found<W> found;
    found.dense = true;
    found.status = Status::not_finite;
    found.message = "a product with A or M is not finite";
    const auto kept = orthonormalise<W>(operators.M, S, MS, q, n);
    if (!kept) return found;
    if (*kept < n - q) throw NotPositiveDefinite("lobpcg: M is singular to working precision");
    const auto basis = S.middleCols(q, n - q);
    Eigen::MatrixX<W> image(n, n - q);
    operators.A->apply(basis, image);
    Eigen::MatrixX<W> G = gram<W>(basis, image);
    if (!G.allFinite()) return found;
    G = ((G + G.adjoint()) / 2).eval();
    auto [values, vectors] = hermitian_eigenpairs<W>(G);
    if (largest) {
        values.reverseInPlace();
        vectors = vectors.rowwise().reverse().eval();
    }
    found.values = values.head(count);
    found.X.resize(n, count);
    multiply<W>(basis, vectors.leftCols(count), found.X);
    found.residuals = Eigen::VectorXd::Zero(count);
    found.status = Status::converged;
    found.message.clear();
    return found;
}

/// M-orthonormal columns that span those of Y.
template <Scalar W>
Constraints<W> constraints_of(const Operators<W>& operators, const Eigen::MatrixX<W>& Y) {
    Constraints<W> result{Y, Eigen::MatrixX<W>(Y.rows(), operators.M ? Y.cols() : 0)};
    for (Eigen::Index j = 0; j < Y.cols(); ++j) {
        const double size = Y.col(j).cwiseAbs().maxCoeff();
        if (size > 0) result.Y.col(j) /= W(size);
    }
    const auto kept = orthonormalise<W>(operators.M, result.Y, result.MY, 0, static_cast<Index>(Y.cols()));
    detail::require(kept.has_value(), "lobpcg: the constraints or M times them must be finite");
    result.Y.conservativeResize(Eigen::NoChange, *kept);
    if (operators.M) result.MY.conservativeResize(Eigen::NoChange, *kept);
    return result;
}

/// The search for k pairs: the iteration, and what shows that none was missed.
template <Scalar W>
class Search {
    using Matrix = Eigen::MatrixX<W>;

public:
    Search(const Operators<W>& operators, const Constraints<W>& constraints, Rules rules, const LobpcgOptions& options)
        : operators_(operators), constraints_(constraints), rules_(std::move(rules)), options_(options) {}

    /// The first k pairs and a few more, best first.
    Found<W> run(Index k, Index m, const Matrix& start) {
        return pairs(constraints_, k, m, start, rules_, options_.seed);
    }

    /// Pairs before the last of the k found that were missed are taken in. Converged: looked until none was left.
    Status complete(Found<W>& found, Index k) {
        for (Index round = 0; round < k + 8; ++round) {
            const Index n = operators_.A->n(), free = n - constraints_.count() - k;
            next_.reset();
            if (free <= 0) return Status::converged;
            Constraints<W> kept = constraints_;
            append(kept, found.X.leftCols(k));
            Rules rules = rules_;
            const double last = found.values[k - 1], sign = rules.largest ? -1 : 1;
            rules.cut = last;
            const Index block = std::min<Index>(free, 4);
            Found<W> more = pairs(kept, 1, block, {}, rules, options_.seed + 7919 + static_cast<std::uint64_t>(round));
            iterations_ += more.iterations;
            if (more.values.size() == 0 || more.status != Status::converged) return more.status;
            const double slack = std::max(rules.rtol * std::abs(last), 4 * rules.floor);
            if (sign * (more.values[0] - last) >= -slack) {
                next_ = {more.values[0], more.residuals[0]};
                return Status::converged;
            }
            ++missed_;
            Matrix all(n, k + 1);
            all << found.X.leftCols(k), more.X.leftCols(1);
            const Rules plain = rules_;
            Found<W> merged =
                pairs(constraints_, k, std::min<Index>(k + 1, n - constraints_.count()), all, plain, options_.seed);
            iterations_ += merged.iterations;
            if (merged.status != Status::converged) return merged.status;
            found.values = merged.values, found.residuals = merged.residuals, found.X = merged.X;
        }
        return Status::stagnated;
    }

    Index missed() const noexcept { return missed_; }
    /// What lies next behind the k pairs, when `complete` looked to the end: {value, residual}.
    const std::optional<std::array<double, 2>>& next() const noexcept { return next_; }
    std::int64_t iterations() const noexcept { return iterations_; }

private:
    Found<W> pairs(const Constraints<W>& constraints, Index k, Index m, const Matrix& start, const Rules& rules,
                   std::uint64_t seed) {
        const Index free = operators_.A->n() - constraints.count();
        if (free <= 3 * m) return dense(operators_, constraints, std::min(free, m), rules.largest);
        return Iteration<W>(operators_, constraints, k, m, rules).run(start, seed);
    }

    void append(Constraints<W>& constraints, const Matrix& X) {
        const Index q = constraints.count(), k = static_cast<Index>(X.cols());
        constraints.Y.conservativeResize(X.rows(), q + k);
        constraints.Y.rightCols(k) = X;
        if (operators_.M) {
            constraints.MY.conservativeResize(X.rows(), q + k);
            operators_.M->apply(X, constraints.MY.rightCols(k));
        }
    }

    Operators<W> operators_;
    const Constraints<W>& constraints_;
    Rules rules_;
    const LobpcgOptions& options_;
    Index missed_ = 0;
    std::optional<std::array<double, 2>> next_;
    std::int64_t iterations_ = 0;
};

/// A place between eigenvalues found, at which a count is made, and how many of them lie before it.
struct Cut {
    double shift;
    Index before;
};

/// Where the count is made that shows the first k of the values, best first, to be complete, with at most `most` of
/// them before it: behind the k-th if a gap follows it that is wide compared to what is uncertain, or just before those
/// that cannot be told from the k-th. Those must be one value to the error of the pairs: what lies between pairs that
/// differ would not be counted. The values after the first k are known less well. u: rounding of the values. None: no
/// such place exists.
std::optional<Cut> cut_for(const Eigen::VectorXd& values, const Eigen::VectorXd& bounds, Index k, Index most,
                           double sign, double uncertain, double u) {
    const double margin = 1e3 * uncertain;
    for (Index before = most; before >= 0; --before) {
        const double low = before > 0 ? sign * values[before - 1] + bounds[before - 1] : -infinity;
        const double high = before < values.size() ? sign * values[before] - bounds[before] : infinity;
        if (!(high - low > margin)) continue;
        // Not far behind the value before it: the one after it may be nearer than it seems.
        if (before == k) return Cut{sign * (low + std::min((high - low) / 2, 1e-3 * std::abs(low) + margin)), before};
        const double difference = sign * (values[k - 1] - values[before]);
        const double error = bounds[before] + bounds[k - 1] + 4 * u * std::abs(values[k - 1]);
        if (difference > 4 * error) return {};
        return Cut{sign * (high - std::min((high - low) / 2, margin)), before};
    }
    return {};
}

void check_options(const LobpcgOptions& options) {
    detail::require(options.which == Which::smallest_algebraic || options.which == Which::largest_algebraic,
                    "lobpcg: which must be smallest_algebraic or largest_algebraic");
    detail::require(options.rtol >= 0 && options.rtol < 1, "lobpcg: rtol must be in [0, 1)");
    detail::require(options.max_seconds >= 0, "lobpcg: max_seconds must be ≥ 0");
}

std::string reason(Status status, const std::string& detail, Index converged, Index k) {
    return "lobpcg: " + (detail.empty() ? std::string(name(status)) : detail) + "; " + std::to_string(converged) +
           " of " + std::to_string(k) + " pairs meet the tolerance";
}

/// A and M as they are given and as they are worked with.
template <Scalar T>
struct Problem {
    std::optional<ScaledPencil<T>> matrices, mass;  // of A and M; of M alone
    std::optional<ScaledApply<T>> A, M;
    std::optional<Pencil<T>> pencil;
    int A_exponent = 0, M_exponent = 0;

    Problem(const LinearOperatorRef<T>& A_given, const std::optional<CsrView<T>>& A_rows, const LobpcgWith<T>& with) {
        const bool M_operator = with.M_operator.has_value();
        detail::require(!(with.M && M_operator), "lobpcg: M is given twice");
        const Index n = A_given.rows();
        const auto fits = [n](Index rows, Index cols) { return rows == n && cols == n; };
        detail::require(n == A_given.cols(), "lobpcg: A must be square");
        if (M_operator)
            detail::require(fits(with.M_operator->rows(), with.M_operator->cols()),
                            "lobpcg: M must have the shape of A");
        if (A_rows) {
            matrices.emplace(*A_rows, with.M, "lobpcg");
            pencil.emplace(matrices->pencil());
            A_exponent = matrices->matrix_exponent();
            M_exponent = matrices->mass_exponent();
        } else {
            A.emplace(A_given);
            A_exponent = A->exponent();
            pencil.emplace(Pencil<T>{*A});
            if (with.M) {
                detail::require(fits(with.M->rows(), with.M->cols()), "lobpcg: M must have the shape of A");
                mass.emplace(*with.M, std::nullopt, "lobpcg (M)");
                M_exponent = mass->matrix_exponent();
                pencil->M.emplace(mass->pencil().A);
                pencil->M_rows.emplace(*mass->pencil().A_rows);
            }
        }
        if (M_operator) {
            M.emplace(*with.M_operator);
            M_exponent = M->exponent();
            pencil->M.emplace(*M);
        }
    }
    Problem(const Problem&) = delete;
    Problem& operator=(const Problem&) = delete;
};

template <Scalar T>
EigshResult<T> solve(const LinearOperatorRef<T>& A_given, const std::optional<CsrView<T>>& A_rows, Index k,
                     const Eigen::MatrixX<T>* start, const LobpcgOptions& options, const LobpcgWith<T>& with) {
    using W = Working<T>;
    using R = Real<T>;
    const auto begun = Clock::now();
    const auto seconds = [begun] { return std::chrono::duration<double>(Clock::now() - begun).count(); };
    check_options(options);
    const Problem<T> problem(A_given, A_rows, with);
    const Pencil<T>& pencil = *problem.pencil;
    const Index n = pencil.n();
    const bool preconditioned = with.preconditioner && with.preconditioner->rows() > 0;
    if (preconditioned)
        detail::require(with.preconditioner->rows() == n && with.preconditioner->cols() == n,
                        "lobpcg: the preconditioner must have the shape of A");
    if (with.constraints)
        detail::require(with.constraints->rows() == n, "lobpcg: constraints must have as many rows as A");
    if (start) detail::require(start->rows() == n, "lobpcg: X must have as many rows as A");
    if (start) detail::require(start->allFinite(), "lobpcg: X must be finite");

    const WorkingOperator<W> A = working_operator<T>(pencil.A, pencil.A_rows);
    std::optional<WorkingOperator<W>> M, preconditioner;
    std::optional<ScaledApply<T>> scaled_preconditioner;
    if (pencil.M) M.emplace(working_operator<T>(*pencil.M, pencil.M_rows));
    if (preconditioned) {
        scaled_preconditioner.emplace(*with.preconditioner);
        preconditioner.emplace(working_operator<T>(LinearOperatorRef<T>(*scaled_preconditioner)));
    }
    const Operators<W> operators{&A, M ? &*M : nullptr, preconditioner ? &*preconditioner : nullptr};
    const double unit = static_cast<double>(std::numeric_limits<R>::epsilon()) / 2;

    EigshResult<T> result;
    EigenReport& report = result.report;
    report.method = "lobpcg";
    result.vectors.resize(n, 0);

    const Constraints<W> constraints = with.constraints
                                           ? constraints_of<W>(operators, with.constraints->template cast<W>())
                                           : Constraints<W>{Eigen::MatrixX<W>(n, 0), Eigen::MatrixX<W>(n, 0)};
    const Index q = constraints.count();
    detail::require(k >= 1 && k <= n - q, "lobpcg: k must be at least 1 and at most n less the number of constraints");

    const auto stop_early = [&](Status status, const std::string& message) {
        report.status = status;
        report.message = reason(status, message, 0, k);
        report.operator_applications = A.applications();
        report.seconds = seconds();
        return std::move(result);
    };
    const SpectrumEnds ends = spectrum_ends<W>(A, std::min<Index>(12, n), options.seed + 1);
    if (!ends.finite) return stop_early(Status::not_finite, "a product with A is not finite");
    if (!pencil.A_rows)
        detail::require(seems_hermitian<W>(A, 1e4 * unit, options.seed + 2), "lobpcg: the operator A is not Hermitian");
    if (M && !pencil.M_rows)
        detail::require(seems_hermitian<W>(*M, 1e4 * unit, options.seed + 3),
                        "lobpcg: the operator M is not Hermitian");
    const double norm = std::max(std::abs(ends.smallest), std::abs(ends.largest));

    double inverse_root = 1;  // ‖r‖_{M⁻¹} ≤ inverse_root ‖r‖₂
    if (M) {
        const SpectrumEnds mass = spectrum_ends<W>(*M, std::min<Index>(30, n), options.seed + 4);
        if (!mass.finite) return stop_early(Status::not_finite, "a product with M is not finite");
        if (mass.smallest <= 0) throw NotPositiveDefinite("lobpcg: M is not positive definite: xᴴ M x ≤ 0 for some x");
        inverse_root = 1 / std::sqrt(std::max(mass.low, mass.smallest / 4));
    }

    Rules rules;
    rules.largest = options.which == Which::largest_algebraic;
    rules.rtol = std::max(options.rtol, unit);
    rules.floor = 16 * unit * norm;
    rules.max_iterations = options.max_iterations >= 0 ? options.max_iterations : 5000;
    const int exponent = problem.A_exponent - problem.M_exponent;               // of eigenvalues
    const int residual_exponent = problem.A_exponent - problem.M_exponent / 2;  // of residuals
    std::int64_t steps = 0;
    rules.ended = [&](std::int64_t, const Eigen::VectorXd& values, const Eigen::VectorXd& residuals,
                      Index converged) -> std::optional<Status> {
        ++steps;
        if (options.cancel && *options.cancel) return Status::interrupted;
        if (options.max_seconds > 0 && seconds() > options.max_seconds) return Status::limit_exceeded;
        if (!options.monitor) return {};
        std::vector<double> scaled_values, scaled_residuals;
        for (const double value : values) scaled_values.push_back(std::ldexp(value, exponent));
        for (const double residual : residuals) scaled_residuals.push_back(std::ldexp(residual, residual_exponent));
        const EigenState state{steps, A.applications(), converged, k, scaled_values, scaled_residuals};
        if (options.monitor(state)) return Status::interrupted;
        return {};
    };

    bool invariant = true;
    if (q > 0) {
        Eigen::MatrixX<W> AY(n, q);
        A.apply(constraints.Y, AY);
        const Eigen::MatrixX<W> H = gram<W>(constraints.Y, AY);
        subtract_product<W>(operators.M ? constraints.MY : constraints.Y, H, AY);
        invariant = AY.norm() <= 1e-6 * norm * (M ? inverse_root : 1);
        if (!invariant)
            report.warnings.push_back(
                "the constraints do not span an invariant subspace of A: residuals against A may "
                "stay large");
    }

    const Index guards = options.guards >= 0 ? options.guards : 2 + k / 5;
    const Index m = std::min(k + guards, n - q);
    Search<W> search(operators, constraints, rules, options);
    Found<W> found = search.run(k, m, start ? start->template cast<W>() : Eigen::MatrixX<W>(n, 0));
    Status status = found.status;
    std::string message = found.message;
    report.iterations = found.iterations;
    if (found.dense) {
        report.method = "dense";
        report.reasons.push_back("three blocks of vectors span the whole space");
    } else {
        report.reasons.push_back(preconditioned ? "products and a preconditioner are what is given"
                                                : "asked for; without a preconditioner");
    }

    const double sign = rules.largest ? -1 : 1;
    const bool complete_run = status == Status::converged;
    const bool prove = options.completeness == Completeness::prove;
    if (complete_run && found.dense && options.completeness != Completeness::none) {
        status = Status::solved;
    } else if (complete_run && options.completeness != Completeness::none) {
        const bool can_count = prove && pencil.A_rows && (!pencil.M || pencil.M_rows) && invariant;
        if (prove && !can_count) {
            status = Status::not_proved;
            message = !invariant ? "constraints that are not eigenvectors leave nothing to count"
                                 : "operators that are not matrices cannot be factored";
        }
        // What stands before a cut, the constraints' eigenvalues among it, is counted.
        const auto count = [&](Index most) -> std::optional<bool> {
            Eigen::VectorXd known = found.values, bounds = inverse_root * found.residuals;
            if (const auto& next = search.next()) {
                known.conservativeResize(k + 1);
                bounds.conservativeResize(k + 1);
                known[k] = (*next)[0];
                bounds[k] = inverse_root * (*next)[1];
            }
            const double uncertain = norm > 0 ? std::max(rules.floor, norm * 1e-14) : 1;
            const std::optional<Cut> place = cut_for(known, bounds, k, most, sign, uncertain, unit);
            if (!place) {
                message = "the last pairs are too near to each other for a count between them";
                return {};
            }
            const Cut& cut = *place;
            Index expected = cut.before;
            if (q > 0) {
                Eigen::MatrixX<W> AY(n, q);
                A.apply(constraints.Y, AY);
                Eigen::MatrixX<W> H = gram<W>(constraints.Y, AY);
                const Eigen::VectorXd values = hermitian_eigenpairs<W>((H + H.adjoint()) / 2).values;
                for (const double value : values) expected += sign * value < sign * cut.shift;
            }
            try {
                const CountOptions limits{.max_memory_bytes = options.max_memory_bytes, .cancel = options.cancel};
                const double low = rules.largest ? cut.shift : -infinity, high = rules.largest ? infinity : cut.shift;
                const EigenvalueCount counted =
                    pencil.M_rows ? count_eigenvalues(*pencil.A_rows, *pencil.M_rows, low, high, limits)
                                  : count_eigenvalues(*pencil.A_rows, low, high, limits);
                ++report.factorizations;
                if (counted.count == expected)
                    report.proof =
                        CompletenessProof{"inertia", rules.largest ? "above" : "below", counted.count,
                                          std::ldexp(cut.shift, exponent), rules.largest ? infinity : -infinity};
                else
                    message = "a count finds " + std::to_string(counted.count) + " eigenvalues before the cut, " +
                              std::to_string(expected) + " are known";
                return counted.count == expected;
            } catch (const LimitExceeded& error) {
                message = error.what();
            } catch (const OutOfMemory& error) {
                message = error.what();
            } catch (const SingularMatrix& error) {
                message = error.what();
            } catch (const Unsupported& error) {
                message = error.what();
            }
            return {};
        };
        // First what a random block finds: a count before the last pairs would not see what lies among them.
        const Status looked = search.complete(found, k);
        report.iterations += search.iterations();
        if (search.missed() > 0)
            report.warnings.push_back(std::to_string(search.missed()) +
                                      " pairs were missed at first and found by the check");
        if (looked == Status::interrupted || looked == Status::limit_exceeded || looked == Status::not_finite) {
            status = looked;
            message = "ended while what was missed was looked for";
        } else {
            if (looked != Status::converged)
                report.warnings.push_back("whether a pair was missed could not be looked into to the end: " +
                                          std::string(name(looked)));
            if (can_count) {
                std::optional<bool> counted = count(k);
                if (counted == false) counted = count(k - 1);  // more may lie just behind the last one
                status = counted == true ? Status::solved : counted == false ? Status::incomplete : Status::not_proved;
            }
        }
    }

    // The gate: what is returned is what was looked at.
    const Index have = std::min<Index>(k, static_cast<Index>(found.values.size()));
    std::vector<Index> order(static_cast<std::size_t>(have));
    std::iota(order.begin(), order.end(), Index{0});
    std::sort(order.begin(), order.end(), [&](Index i, Index j) { return found.values[i] < found.values[j]; });
    Eigen::MatrixX<T> V(n, have);
    for (Index j = 0; j < have; ++j) V.col(j) = found.X.col(order[static_cast<std::size_t>(j)]).template cast<T>();
    const Verified<T> verified = verify<T>(pencil, Eigen::VectorXd(), V);
    std::vector<Index> good;
    for (Index j = 0; j < have; ++j) {
        const double limit = std::max(rules.rtol * std::abs(verified.values[j]) * verified.m_norms[j], rules.floor);
        if (verified.residuals[j] <= limit) good.push_back(j);
    }
    std::stable_sort(good.begin(), good.end(),
                     [&](Index i, Index j) { return verified.values[i] < verified.values[j]; });
    const auto converged = static_cast<Index>(good.size());
    if (converged < k && (status == Status::converged || status == Status::solved || status == Status::not_proved ||
                          status == Status::incomplete)) {
        status = Status::stagnated;
        message = "residuals computed anew exceed the tolerance";
    }
    if (have > 0 && !verified.residuals.allFinite()) {
        status = Status::not_finite;
        message = "a product with A or M is not finite";
    }
    if (status != Status::solved) report.proof.reset();

    Eigen::VectorXd values(converged), residuals(converged);
    result.values.resize(converged);
    result.vectors.resize(n, converged);
    for (Index j = 0; j < converged; ++j) {
        const Index i = good[static_cast<std::size_t>(j)];
        values[j] = verified.values[i];
        residuals[j] = verified.residuals[i];
        result.values[j] = static_cast<R>(std::ldexp(values[j], exponent));
        for (Index r = 0; r < n; ++r) result.vectors(r, j) = detail::scale_by_power(V(r, i), -problem.M_exponent / 2);
    }
    result.residuals = residuals.unaryExpr([&](double r) { return std::ldexp(r, residual_exponent); });
    std::optional<Cleared> cleared;  // a count says that nothing else lies before the cut
    if (report.proof && report.proof->count == k && q == 0) {
        const double cut = std::ldexp(report.proof->shift, -exponent);
        cleared = rules.largest ? Cleared{cut, infinity} : Cleared{-infinity, cut};
    }
    result.error_bounds = error_bounds(values, inverse_root * residuals, unit * values.cwiseAbs(), cleared);
    for (double& bound : result.error_bounds) bound = std::ldexp(bound, exponent);
    if (found.dense && status == Status::solved && converged == k) {
        const Index last = rules.largest ? 0 : k - 1;
        report.proof = CompletenessProof{"dense", "everywhere", k, static_cast<double>(result.values[last]),
                                         rules.largest ? infinity : -infinity};
    }
    report.status = status;
    if (status != Status::solved && status != Status::converged) report.message = reason(status, message, converged, k);
    report.converged = converged;
    report.operator_applications = A.applications();
    report.orthogonality = verified.orthogonality;
    report.norm_estimate = std::ldexp(norm, problem.A_exponent);
    report.memory_bytes =
        static_cast<std::size_t>(n) * sizeof(W) * static_cast<std::size_t>((M ? 9 : 6) * m + 2 * q + m);
    report.seconds = seconds();
    return result;
}

}  // namespace

template <Scalar T>
EigshResult<T> lobpcg(const CsrView<T>& A, Index k, const LobpcgOptions& options, const LobpcgWith<T>& with) {
    return solve<T>(LinearOperatorRef<T>(A), A, k, nullptr, options, with);
}
template <Scalar T>
EigshResult<T> lobpcg(const LinearOperatorRef<T>& A, Index k, const LobpcgOptions& options, const LobpcgWith<T>& with) {
    return solve<T>(A, std::nullopt, k, nullptr, options, with);
}
template <Scalar T>
EigshResult<T> lobpcg(const CsrView<T>& A, const Eigen::MatrixX<T>& X, const LobpcgOptions& options,
                      const LobpcgWith<T>& with) {
    return solve<T>(LinearOperatorRef<T>(A), A, static_cast<Index>(X.cols()), &X, options, with);
}
template <Scalar T>
EigshResult<T> lobpcg(const LinearOperatorRef<T>& A, const Eigen::MatrixX<T>& X, const LobpcgOptions& options,
                      const LobpcgWith<T>& with) {
    return solve<T>(A, std::nullopt, static_cast<Index>(X.cols()), &X, options, with);
}

#define INSTANTIATE(T)                                                                                              \
    template EigshResult<T> lobpcg(const CsrView<T>&, Index, const LobpcgOptions&, const LobpcgWith<T>&);           \
    template EigshResult<T> lobpcg(const LinearOperatorRef<T>&, Index, const LobpcgOptions&, const LobpcgWith<T>&); \
    template EigshResult<T> lobpcg(const CsrView<T>&, const Eigen::MatrixX<T>&, const LobpcgOptions&,               \
                                   const LobpcgWith<T>&);                                                           \
    template EigshResult<T> lobpcg(const LinearOperatorRef<T>&, const Eigen::MatrixX<T>&, const LobpcgOptions&,     \
                                   const LobpcgWith<T>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
