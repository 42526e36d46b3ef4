// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the parts of solve(A, b) share. The way of a solve through src/solvers/solve/:
///
///     square.cpp       tries the plan's methods one after another
///     direct.cpp       a method's factorisation of the scaled matrix
///     refinement.cpp   x for every right-hand side, refined, and the condition estimate, in shared passes over factors
///     iterative.cpp    an iterative method and its preconditioner on the scaled matrix
///     singular.cpp     null vectors, consistency, solutions of least norm
///     rectangular.cpp  least squares and least norm by QR
///     judge.cpp        the only place that gives an answer its status

#include <chrono>
#include <string>
#include <vector>

#include "ritz/formats/compressed.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/qr.hpp"
#include "ritz/solvers/solve.hpp"

namespace ritz::solving {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double unit_roundoff = 0x1p-53;
inline constexpr double condition_limit = 1 / (10 * unit_roundoff);
inline constexpr double backward_error_limit = 1e-14;

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Which of two ends is worse: a failure before a warning, a warning before success.
int badness(Status status) noexcept;

/// The worst of them; `solved` when there are none.
Status worst_of(const std::vector<Status>& statuses) noexcept;

/// What one method made of all right-hand sides.
template <Scalar W>
struct Outcome {
    Eigen::MatrixX<W> x;
    std::vector<Status> statuses;
    std::vector<Certificate> certificates;
    int iterations = 0;
    std::string message;
    std::optional<Status> finding = {};  ///< what an iterative method met, where the statuses say not_converged

    Outcome() = default;
    Outcome(Index rows, Eigen::Index columns)
        : x(Eigen::MatrixX<W>::Zero(rows, columns)),
          statuses(static_cast<std::size_t>(columns), Status::not_converged),
          certificates(static_cast<std::size_t>(columns)) {}

    bool empty() const noexcept { return statuses.empty(); }
    Status worst() const noexcept { return worst_of(statuses); }
    bool acceptable() const noexcept { return has_answer(worst()); }
    /// A is regular, but x is too large to be stored.
    bool overflowed() const noexcept;
    bool better_than(const Outcome& other) const noexcept;
    double worst_residual() const noexcept;  ///< relative; infinite when one does not exist
};

/// A system to be solved in the working type W, double or complex<double>, and the report that grows with it.
template <Scalar W>
struct System {
    CsrView<W> A;
    const Eigen::MatrixX<W>& B;
    const SolveOptions& options;
    bool single;  ///< x is to be rounded to single precision, and is judged as rounded
    double rtol, eta_limit;
    Structure structure = {};
    SolveReport report = {};
    Clock::time_point start = Clock::now();

    System(const CsrView<W>& matrix, const Eigen::MatrixX<W>& right, const SolveOptions& solve_options, bool is_single)
        : A(matrix),
          B(right),
          options(solve_options),
          single(is_single),
          rtol(std::max(options.rtol, single ? 0x1p-22 : 0)),
          eta_limit(single ? 0x1p-22 : backward_error_limit) {}

    /// Tells the progress. \throws Interrupted when the solve was cancelled, LimitExceeded when its time is over.
    void stage(std::string_view what, double fraction) const;
    QrOptions qr_options(std::optional<double> tolerance = {}) const {
        return {.tolerance = tolerance,
                .max_memory_bytes = options.max_memory_bytes,
                .ordering = options.ordering == Ordering::natural ? Ordering::automatic : options.ordering,
                .cancel = options.cancel};
    }
    FactorOptions factor_options() const {
        return {.max_memory_bytes = options.max_memory_bytes, .ordering = options.ordering, .cancel = options.cancel};
    }
    /// Of options.max_seconds; 0 when there is no limit.
    double seconds_left() const {
        return options.max_seconds > 0 ? std::max(options.max_seconds - seconds_since(start), 1e-9) : 0;
    }
    void count(double scaling_seconds, const FactorStatistics& statistics) {
        report.seconds.analyse += scaling_seconds + statistics.analyse_seconds;
        report.seconds.factor += statistics.factor_seconds;
    }
    void set_rank(Index rank) {
        report.rank = rank;
        report.null_space_dimension = A.cols() - rank;
    }

    static constexpr std::string_view hermitian_word = is_complex<W> ? "Hermitian" : "symmetric";
};

template <Scalar W>
VectorView<W> column(const Eigen::MatrixX<W>& M, Eigen::Index k) {
    return {M.data() + k * M.rows(), static_cast<std::size_t>(M.rows())};
}
template <Scalar W>
VectorRef<W> column(Eigen::MatrixX<W>& M, Eigen::Index k) {
    return {M.data() + k * M.rows(), static_cast<std::size_t>(M.rows())};
}

/// b scaled by rows and by a common power of two, which is returned.
template <Scalar W>
int scaled_right(const Eigen::MatrixX<W>& B, Eigen::Index k, const Buffer<int>& row, VectorRef<W> b);

/// Column k of x from the solution y of the scaled system: x_j = 2^(col[j] − common) y_j.
template <Scalar W>
void unscale(VectorView<W> y, const Buffer<int>& col, int common, Eigen::MatrixX<W>& x, Eigen::Index k);

/// Column k of x as it will be returned: rounded to single precision if that is the caller's. Whatever is judged is
/// judged so.
template <Scalar W>
void round_as_stored(const System<W>& system, Eigen::MatrixX<W>& x, Eigen::Index k);

/// How far column k of x, as it will be returned, is from the scaled solution y that it was unscaled from: ‖·‖∞
/// relative to y. Elements that fall below the normal numbers lose digits, or all.
template <Scalar W>
double lost_by_storing(VectorView<W> y, const Buffer<int>& col, int common, const Eigen::MatrixX<W>& x, Eigen::Index k);

/// Exponents that bring the largest magnitude of every row of A near 1, columns as they are.
template <Scalar W>
Equilibration row_scaling(const CsrView<W>& A);

// ---- judge.cpp

/// The one place that calls an answer of a square regular system solved: column k of outcome.x against the caller's A
/// and b. `forward_error`: what refinement knows of it, NaN for nothing. `lost`: the error of x, relative to its
/// largest element when scaled, that storing it made.
template <Scalar W>
void judge(System<W>& system, Outcome<W>& outcome, Eigen::Index k, double condition, double forward_error, double lost);

/// The same for a system whose A was found to be singular: singular_consistent when x meets every equation.
template <Scalar W>
void judge_singular(System<W>& system, Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col);

/// The same for x by an iterative method, which met its tolerance on the scaled system or did not (`converged`). What
/// it knows of the condition decides only where a residual cannot: for least squares. Scaled or not, ‖r‖ / ‖b‖ may
/// overlook an equation whose numbers are small beside b, so each equation is asked as well.
template <Scalar W>
void judge_iterative(System<W>& system, Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col, bool converged,
                     double condition);

/// Whether x meets every equation by itself: |r|ᵢ ≤ tolerance · (‖aᵢ‖₁ ‖x‖∞ + |b|ᵢ), in the caller's unknowns and in
/// those scaled by 2^-col. A small ‖r‖ / ‖b‖ alone would accept 0 · x = 1 beside an equation with a large right-hand
/// side.
template <Scalar W>
bool meets_every_row(const System<W>& system, const Outcome<W>& outcome, Eigen::Index k, const Buffer<int>& col,
                     double tolerance);

// ---- the ways

/// x by an iterative method, of any shape of A. Writes the preconditioner, the history and the seconds into the report.
/// \throws what the preconditioner's construction throws.
template <Scalar W>
Outcome<W> solve_iteratively(System<W>& system, Method method, double max_seconds = 0);

/// One that ends with an answer when it can: the rules for the iterative method of a square A.
Method iterative_method_for(const Structure& structure) noexcept;

template <Scalar W>
Outcome<W> solve_square(System<W>& system);
template <Scalar W>
Outcome<W> solve_rectangular(System<W>& system);

}  // namespace ritz::solving
