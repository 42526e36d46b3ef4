// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// solve(A, b): the answer and the evidence for it.
///
///     Solution<double> s = solve(A, b);
///     use(s.x);                                  // solved, or one of the two warnings below
///     s.report.certificate.backward_error;       // 1.1e-16

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/registry.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/factorization.hpp"
#include "ritz/solvers/methods.hpp"
#include "ritz/solvers/singularity.hpp"
#include "ritz/core/status.hpp"

namespace ritz {

/// What solve does when no answer meets the tolerance.
enum class OnFailure { throw_exception, report };

struct SolveOptions {
    Method method = Method::automatic;  ///< any other one is tried alone: it is never replaced
    double rtol = 1e-8;                 ///< ‖b − A x‖₂ ≤ rtol ‖b‖₂ is asked of an answer
    OnFailure on_failure = OnFailure::throw_exception;
    Ordering ordering = Ordering::automatic;  ///< for the methods that know it; the others choose
    std::size_t max_memory_bytes = 0;         ///< a method predicted to need more is not started; 0: no limit
    double max_seconds = 0;                   ///< the same of time, which is also looked at between stages; 0: no limit
    int max_refinements = 10;                 ///< steps of iterative refinement

    /// For the iterative methods. `automatic` takes what choose_preconditioner names, and none for least squares.
    /// Any other one with Method::automatic asks for an iterative method first.
    PreconditionerKind preconditioner = PreconditionerKind::automatic;
    PreconditionerOptions preconditioner_options = {};
    std::int64_t max_iterations = -1;  ///< products with A a right-hand side; negative: as Stop says (krylov.hpp)
    int restart = 50;                  ///< of GMRES and its like

    /// Called at the start of each stage ("analyse", "factor", "precondition", "iterate", "refine", "check") with the
    /// share of the work done, and while a method iterates some twenty times a second with how far it has come.
    std::function<void(std::string_view stage, double fraction)> progress = {};
    /// Looked at between stages, while Cholesky factors, and after each iteration; true ends the solve with
    /// Status::interrupted.
    const std::atomic<bool>* cancel = nullptr;
};

/// One method tried.
struct Attempt {
    std::string method = {};
    std::string preconditioner = "none";
    Status status = Status::not_converged;
    double seconds = 0;
    std::string detail = {};  ///< what happened: "pivot 17 is not positive"
};

struct StageSeconds {
    double analyse = 0, factor = 0, solve = 0, total = 0;
};

struct SolveReport {
    Status status = Status::not_converged;
    std::string method;  ///< the one that made x; empty when none did
    std::string preconditioner = "none";
    std::vector<std::string> reasons;  ///< why the methods were chosen
    std::vector<Attempt> attempts;     ///< in order; `method` names the one that made x
    Certificate certificate;           ///< with several right-hand sides: the worst of each number
    std::int64_t iterations = 0;       ///< refinement steps, or those of the iterative method
    std::vector<double> history;       ///< of an iterative method: ‖b − A x‖₂ of the scaled system after each
    std::optional<Index> rank;         ///< numerical rank, when a rank-revealing method ran
    std::optional<Index> null_space_dimension;  ///< cols − rank, likewise
    std::optional<Inertia> inertia;             ///< when a factorisation of a Hermitian A told it
    std::optional<Singularity> singularity;     ///< of an A found singular: why, and where
    FactorStatistics factors;                   ///< of the factorisation that made x: fill, flops, memory
    std::vector<std::string> warnings;
    std::string message;  ///< one sentence on a status other than solved
    StageSeconds seconds;
};

template <Scalar T>
struct [[nodiscard]] Solution {
    Eigen::VectorX<T> x;
    SolveReport report;
};

/// Several right-hand sides: column k of x answers column k of b.
template <Scalar T>
struct [[nodiscard]] MultiSolution {
    Eigen::MatrixX<T> x;
    SolveReport report;                     ///< its status is the worst of `statuses`
    std::vector<Status> statuses;           ///< one a column
    std::vector<Certificate> certificates;  ///< one a column
};

/// No answer met the tolerance. Carries the whole report and the best x there is (empty when there is none).
class SolveFailed : public Error {
public:
    using Best = std::variant<Eigen::MatrixX<float>, Eigen::MatrixX<double>, Eigen::MatrixX<std::complex<float>>,
                              Eigen::MatrixX<std::complex<double>>>;

    SolveFailed(SolveReport report, Best x);
    const SolveReport& report() const noexcept { return report_; }
    Status status() const noexcept { return report_.status; }

    /// The best x: one column a right-hand side. \throws std::bad_variant_access if the system was not one of T.
    template <Scalar T>
    const Eigen::MatrixX<T>& x() const {
        return std::get<Eigen::MatrixX<T>>(x_);
    }

private:
    SolveReport report_;
    Best x_;
};

namespace detail {
template <Order order, Scalar T>
Solution<T> solve(const CompressedView<order, T>& A, VectorView<T> b, const SolveOptions& options);
template <Order order, Scalar T>
MultiSolution<T> solve(const CompressedView<order, T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                       const SolveOptions& options);
}  // namespace detail

/// Solves A x = b, or min ‖b − A x‖₂ when A is tall, or A x = b with the least ‖x‖₂ when A is wide.
///
/// Square A: the methods that decision_rules() (plan.hpp) names for it, Cholesky → LDLᵀ → LU → QR for example, one
/// after another until an answer passes, each of A equilibrated by powers of two. Before QR, and when an answer is
/// ill-conditioned, the null space of A is looked for: x is then the solution of least norm. x is refined with
/// residuals in twice the precision, then judged against the caller's A and b: `solved` takes η ≤ 1e-14, a condition
/// estimate (for M-matrices a bound) of the equilibrated matrix ≤ 1/(10 u), a forward error bound ≤ 0.1, and a relative
/// residual ≤ rtol or forward and componentwise backward errors ≤ rtol. Rectangular A: QR.
///
/// An iterative method (krylov.hpp) runs when it is asked for, and by itself for square A: when the direct ones would
/// pass a limit of memory or time, or first when they are predicted to take more than 10 s, for half of that time. It
/// works on A scaled by powers of two, and `solved` means
/// ‖b − A x‖₂ ≤ rtol ‖b‖₂ both for the caller's A and b and for the scaled ones, so that no badly scaled equation is
/// overlooked; nothing is promised of the condition.
///
/// The factors cost what the fill-in makes of them (plan predicts it); besides them the workspace is at most three
/// copies of A. float and complex<float> are factored in double.
///
/// \ref E. Carson and N. J. Higham, SIAM J. Sci. Comput. 40 (2018) A817, for the refinement;
///      N. J. Higham, ACM TOMS 14 (1988) 381, for the condition estimate.
/// \throws InvalidArgument if b's length is not A's number of rows, an option is out of range, or a method that is for
///         square matrices was named for a rectangular A.
/// \throws SolveFailed if no answer meets the tolerance and options.on_failure is throw_exception.
template <Order order, Scalar T, class B>
requires(VectorLike<B>) Solution<T> solve(const CompressedView<order, T>& A, const B& b,
                                          const SolveOptions& options = {}) {
    return detail::solve(A, VectorView<T>(b), options);
}

/// The same with several right-hand sides, the columns of B; A is factored once.
template <Order order, Scalar T, class B>
requires(!VectorLike<B>) MultiSolution<T> solve(const CompressedView<order, T>& A, const Eigen::MatrixBase<B>& b,
                                                const SolveOptions& options = {}) {
    return detail::solve(A, Eigen::Ref<const Eigen::MatrixX<T>>(b.derived()), options);
}

}  // namespace ritz
