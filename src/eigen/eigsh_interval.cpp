// SPDX-License-Identifier: BSD-3-Clause
// All eigenpairs of an interval by spectrum slicing: counted at the ends of slices, found from their middles.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>

#include "core/instantiate.hpp"
#include "eigen/count.hpp"
#include "eigen/error_bounds.hpp"
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
                bounds_.push_back(part.error_bounds[i]);
                vectors_.push_back(part.vectors.col(i));
            }
            return;
        }
    }

    bool stopped() const { return report_.status == Status::interrupted || report_.status == Status::limit_exceeded; }

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
            answer.error_bounds[i] = bounds_[from];
            answer.vectors.col(i) = vectors_[from];
        }
        EigenReport& report = answer.report;
        const double scale = std::ldexp(1.0, scaled_.mass_exponent() / 2);
        const Eigen::MatrixX<T> V = answer.vectors * T(static_cast<Real<T>>(scale));
        report.orthogonality = eigen::verify<T>(scaled_.pencil(), Eigen::VectorXd(), V).orthogonality;
        report.converged = static_cast<Index>(found);
        report.norm_estimate = std::ldexp(scaled_.norm(), scaled_.matrix_exponent());
        report.factorizations += counter_.factorizations();
        if (!(report.status == Status::interrupted || report.status == Status::limit_exceeded)) {
            report.status = found == count ? Status::solved : Status::incomplete;
            if (found != count)
                report.message =
                    std::to_string(found) + " eigenpairs were found where " + std::to_string(count) + " are";
        }
        if (report.status == Status::solved)
            report.proof = CompletenessProof{.by = "inertia",
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
    std::vector<double> values_, residuals_, bounds_;
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
