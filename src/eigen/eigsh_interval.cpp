// SPDX-License-Identifier: BSD-3-Clause
// All eigenpairs of an interval by spectrum slicing: counted at the ends of slices, found from their middles.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <string>

#include "core/instantiate.hpp"
#include "eigen/block.hpp"
#include "eigen/count.hpp"
#include "eigen/error_bounds.hpp"
#include "eigen/extremes.hpp"
#include "eigen/filtered.hpp"
#include "eigen/hermitian_solver.hpp"
#include "ritz/core/error.hpp"
#include "ritz/eigen/eigsh.hpp"

namespace ritz {

namespace {

constexpr Index slice_pairs = 48;  // that one shift finds: more, and the basis costs more than another factorisation

template <Scalar T>
class Slicing {
public:
    Slicing(const CsrView<T>& A, const std::optional<CsrView<T>>& M, const EigshOptions& options)
        : scaled_(A, M, "eigsh_interval"),
          counter_(scaled_.pencil(), scaled_.norm(),
                   {.max_memory_bytes = options.max_memory_bytes, .cancel = options.cancel}),
          options_(options) {
        report_.method = "shift_invert";
    }

    EigshResult<T> solve(double low, double high, Index max_pairs) {
        const auto start = std::chrono::steady_clock::now();
        scaled_.require_semidefinite_mass("eigsh_interval");
        const eigen::CountBelow first = counter_.below(scaled_.to_scaled(low), -1);
        const eigen::CountBelow last = counter_.below(scaled_.to_scaled(high), 1);
        const Index count = last.count - first.count;
        if (count < 0)
            throw NotPositiveDefinite(
                "eigsh_interval: the counts at both ends contradict each other: M is not positive semidefinite");
        if (count > max_pairs)
            throw LimitExceeded("eigsh_interval: " + std::to_string(count) +
                                " eigenvalues lie in the interval, more than the " + std::to_string(max_pairs) +
                                " allowed (max_pairs)");
        report_.reasons.push_back(std::to_string(count) + " eigenvalues lie in the interval, by inertia at its ends");
        slice(first, last);
        return result(count, {first.shift, last.shift}, start);
    }

private:
    using End = eigen::CountBelow;

    void slice(End low, End high) {
        const Index count = high.count - low.count;
        if (count == 0 || stopped()) return;
        // A slice that cannot be halved any more holds one multiple eigenvalue.
        const double width = high.shift - low.shift, middle = low.shift + width / 2;
        const double size = std::max(std::abs(low.shift), std::abs(high.shift));
        if (count > slice_pairs && width > 1e-10 * std::max(size, scaled_.norm())) {
            const End between = counter_.below(middle, 1);
            if (between.shift < high.shift) {
                slice(low, between);
                slice(between, high);
                return;
            }
        }
        for (std::uint64_t attempt = 0; attempt < 3; ++attempt) {
            EigshOptions options = options_;
            options.sigma = scaled_.to_caller(middle);
            options.method = scaled_.pencil().n() <= 300 ? EigshMethod::automatic : EigshMethod::shift_invert;
            options.completeness = Completeness::check;
            options.seed = options_.seed + 7919 * attempt;
            options.transform = SpectralTransform::shift_invert;
            EigshResult<T> part =
                eigen::HermitianSolver<T>(eigen::problem_of(scaled_), std::min(scaled_.pencil().n(), count), options)
                    .solve();
            report_.iterations += part.report.iterations;
            report_.operator_applications += part.report.operator_applications;
            report_.factorizations += part.report.factorizations;
            report_.memory_bytes = std::max(report_.memory_bytes, part.report.memory_bytes);
            if (part.report.status == Status::interrupted || part.report.status == Status::limit_exceeded) {
                report_.status = part.report.status;
                report_.message = part.report.message;
            }
            std::vector<Eigen::Index> inside;
            for (Eigen::Index i = 0; i < part.values.size(); ++i) {
                const double value = scaled_.to_scaled(static_cast<double>(part.values[i]));
                if (value >= low.shift && value <= high.shift) inside.push_back(i);
            }
            if (static_cast<Index>(inside.size()) < count && attempt < 2 && !stopped()) continue;
            for (const Eigen::Index i : inside) {
                values_.push_back(static_cast<double>(part.values[i]));
                residuals_.push_back(part.residuals[i]);
                vectors_.push_back(part.vectors.col(i));
            }
            return;
        }
    }

    static bool stopped_status(Status status) {
        return status == Status::interrupted || status == Status::limit_exceeded;
    }
    bool stopped() const { return stopped_status(report_.status); }

    EigshResult<T> result(Index count, eigen::Cleared cleared, std::chrono::steady_clock::time_point start) {
        const auto found = static_cast<Eigen::Index>(values_.size());
        std::vector<std::size_t> order(values_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values_[i]; });
        EigshResult<T> answer{Eigen::VectorX<Real<T>>(found), Eigen::MatrixX<T>(scaled_.pencil().n(), found),
                              Eigen::VectorXd(found), Eigen::VectorXd(found), std::move(report_)};
        for (Eigen::Index i = 0; i < found; ++i) {
            const std::size_t from = order[static_cast<std::size_t>(i)];
            answer.values[i] = static_cast<Real<T>>(values_[from]);
            answer.residuals[i] = residuals_[from];
            answer.vectors.col(i) = vectors_[from];
        }
        EigenReport& report = answer.report;
        const double scale = std::ldexp(1.0, scaled_.mass_exponent() / 2);
        Eigen::MatrixX<T> V = answer.vectors * T(static_cast<Real<T>>(scale));
        eigen::Verified<T> verified = eigen::verify<T>(scaled_.pencil(), Eigen::VectorXd(), V);
        if (found > 0 && verified.orthogonality > 64 * std::numeric_limits<Real<T>>::epsilon()) {
            // Pairs of a cluster that come from two slices: a Rayleigh-Ritz step with all of them.
            using W = eigen::Wide<T>;
            Eigen::MatrixX<T> AV(V.rows(), found), MV = V;
            scaled_.pencil().A.apply_block(V, AV);
            if (scaled_.pencil().M) scaled_.pencil().M->apply_block(V, MV);
            const Eigen::MatrixX<W> H = eigen::gram<T>(V, AV).template cast<W>();
            const Eigen::MatrixX<W> G = eigen::gram<T>(V, MV).template cast<W>();
            const auto ritz = eigen::hermitian_eigenpairs<W>(Eigen::MatrixX<W>((H + H.adjoint()) / 2),
                                                             Eigen::MatrixX<W>((G + G.adjoint()) / 2));
            if (ritz.values.size() == found) {
                eigen::multiply_in_place<T>(V, Eigen::MatrixX<T>(ritz.vectors.template cast<T>()));
                const auto again = eigen::verify<T>(scaled_.pencil(), Eigen::VectorXd(), V);
                const bool better =
                    again.orthogonality < verified.orthogonality &&
                    again.residuals.maxCoeff() <= 4 * verified.residuals.maxCoeff() + 1e-12 * scaled_.norm();
                if (better) {
                    for (Eigen::Index i = 0; i < found; ++i) {
                        answer.values[i] = static_cast<Real<T>>(scaled_.to_caller(again.values[i]));
                        answer.vectors.col(i) = V.col(i) / T(static_cast<Real<T>>(scale));
                        answer.residuals[i] =
                            std::ldexp(again.residuals[i], scaled_.matrix_exponent() - scaled_.mass_exponent() / 2);
                    }
                    verified = again;
                }
            }
        }
        report.orthogonality = verified.orthogonality;
        const bool complete = found == count && !stopped_status(report.status);
        const Eigen::VectorXd weighed =
            verified.residuals * (eigen::residual_weight(scaled_.pencil()) * (1 + 2 * report.orthogonality));
        const Eigen::VectorXd rounding = verified.values.cwiseAbs() * (2 * std::numeric_limits<Real<T>>::epsilon());
        answer.error_bounds =
            eigen::error_bounds(verified.values, weighed, rounding, complete ? std::optional(cleared) : std::nullopt);
        for (double& bound : answer.error_bounds) bound = scaled_.to_caller(bound);
        report.converged = static_cast<Index>(found);
        report.norm_estimate = std::ldexp(scaled_.norm(), scaled_.matrix_exponent());
        report.factorizations += counter_.factorizations();
        if (!stopped_status(report.status)) {
            report.status = found == count ? Status::solved : Status::incomplete;
            if (found != count)
                report.message =
                    std::to_string(found) + " eigenpairs were found where " + std::to_string(count) + " are";
        }
        if (report.status == Status::solved)
            report.proof = CompletenessProof{.by = "inertia",
                                             .where = "between",
                                             .count = count,
                                             .shift = scaled_.to_caller(cleared.high),
                                             .other_shift = scaled_.to_caller(cleared.low)};
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return answer;
    }

    eigen::ScaledPencil<T> scaled_;
    eigen::SpectrumCounter<T> counter_;
    EigshOptions options_;
    EigenReport report_;
    std::vector<double> values_, residuals_;
    std::vector<Eigen::VectorX<T>> vectors_;
};

template <Scalar T>
EigshResult<T> solve_interval(const CsrView<T>& A, const std::optional<CsrView<T>>& M, double low, double high,
                              const EigshOptions& options, Index max_pairs) {
    detail::require(std::isfinite(low) && std::isfinite(high), "eigsh_interval: the ends must be finite");
    detail::require(low <= high, "eigsh_interval: the interval must have low <= high");
    detail::require(max_pairs >= 0, "eigsh_interval: max_pairs must not be negative");
    if (options.method == EigshMethod::filtered) {
        if (M) throw Unsupported("eigsh_interval: the method filtered is for standard problems");
        eigen::ScaledPencil<T> scaled(A, M, "eigsh_interval");
        scaled.tune();
        EigshResult<T> answer = eigen::filtered_interval<T>(scaled.pencil(), scaled.to_scaled(low),
                                                            scaled.to_scaled(high), options, max_pairs);
        eigen::scale_back(answer, eigen::problem_of(scaled));
        return answer;
    }
    return Slicing<T>(A, M, options).solve(low, high, max_pairs);
}

}  // namespace

template <Scalar T>
EigshResult<T> eigsh_interval(const CsrView<T>& A, double low, double high, const EigshOptions& options,
                              Index max_pairs) {
    return solve_interval<T>(A, {}, low, high, options, max_pairs);
}

template <Scalar T>
EigshResult<T> eigsh_interval(const CsrView<T>& A, const CsrView<T>& M, double low, double high,
                              const EigshOptions& options, Index max_pairs) {
    return solve_interval<T>(A, M, low, high, options, max_pairs);
}

#define INSTANTIATE(T)                                                                                                \
    template EigshResult<T> eigsh_interval(const CsrView<T>&, double, double, const EigshOptions&, Index);            \
    template EigshResult<T> eigsh_interval(const CsrView<T>&, const CsrView<T>&, double, double, const EigshOptions&, \
                                           Index);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
