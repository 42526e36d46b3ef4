// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/svds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/instantiate.hpp"
#include "eigen/golub_kahan.hpp"
#include "eigen/limits.hpp"
#include "eigen/singular_problem.hpp"
#include "linalg/lapack_nonsymmetric.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"

namespace ritz {

namespace {

using Complex = std::complex<double>;
using eigen::column;
using eigen::GolubKahan;
using eigen::Limits;
using eigen::orthonormal;
using eigen::Progress;
template <Scalar W>
using Problem = eigen::SingularProblem<W>;
template <Scalar W>
using Matrix = Eigen::MatrixX<W>;

constexpr Index dense_order = 300;     // automatic: up to here LAPACK takes less than a second
constexpr Index dense_length = 10000;  // of the longer side
constexpr Index rescue_order = 2000;   // where iterating has failed
constexpr double drowning = 1e-4;      // a value of F so much smaller than another has lost digits beside it
constexpr std::size_t default_memory = std::size_t{8} << 30;  // for dense matrices, when there is no limit

/// Singular triplets of G that have been judged.
template <Scalar W>
struct Triplets {
    std::vector<double> values, residuals, bounds;
    std::vector<bool> good;
    Matrix<W> U, V;
    bool all_good() const { return std::find(good.begin(), good.end(), false) == good.end(); }
};

template <Scalar W>
Eigen::VectorX<W> rounded(const Eigen::VectorX<W>& x, bool single) {
    if (!single) return x;
    using Narrow = std::conditional_t<is_complex<W>, std::complex<float>, float>;
    return x.template cast<Narrow>().template cast<W>();
}

template <Scalar W>
Triplets<W> judged(const Problem<W>& problem, const SvdsOptions& options, Matrix<W> U, Matrix<W> V) {
    Triplets<W> t;
    for (Eigen::Index j = 0; j < V.cols(); ++j) {
        Eigen::VectorX<W> u = U.col(j), v = V.col(j);
        v /= static_cast<double>(norm2(v));
        u /= static_cast<double>(norm2(u));
        v = rounded<W>(v, problem.single);
        const Eigen::VectorX<W> av = problem.product(v, false);
        if (const W overlap = dot(u, av); std::abs(overlap) > 0) u *= overlap / W(std::abs(overlap));
        u = rounded<W>(u, problem.single);
        const Eigen::VectorX<W> au = problem.product(u, true);
        double value = std::abs(dot(u, av));
        if (problem.single) value = static_cast<double>(static_cast<float>(value));
        const double right = norm2((av - W(value) * u).eval()), left = norm2((au - W(value) * v).eval());
        const double size = !(right <= left) ? right : left;  // NaN if one is
        t.values.push_back(value);
        t.residuals.push_back(size);
        t.bounds.push_back(std::hypot(right, left) / std::sqrt(2.0) + 0x1p-51 * value);
        t.good.push_back(size <= std::max(options.rtol * value, problem.floor()));
        U.col(j) = u;
        V.col(j) = v;
    }
    t.U = std::move(U);
    t.V = std::move(V);
    return t;
}

template <Scalar W>
struct Outcome {
    Triplets<W> triplets;
    EigenReport report;
    std::optional<double> next;  // the singular value next to those found, as the search saw it
};

std::size_t dense_bytes(Index m, Index n, std::size_t element) {
    return 4 * element * static_cast<std::size_t>(m) * static_cast<std::size_t>(n);
}

template <Scalar W>
Outcome<W> by_dense(const Problem<W>& problem, Index k, const SvdsOptions& options, Limits& limits) {
    Outcome<W> out;
    EigenReport& report = out.report;
    report.memory_bytes = dense_bytes(problem.m, problem.n, sizeof(W));
    const std::size_t allowed = options.max_memory_bytes > 0 ? options.max_memory_bytes : default_memory;
    if (report.memory_bytes > allowed)
        throw LimitExceeded("svds: a dense matrix and its singular vectors need " +
                            std::to_string(report.memory_bytes) + " bytes, allowed are " + std::to_string(allowed));
    limits.max_applications = options.max_applications;
    limits.status = Status::not_converged;
    Matrix<W> G(problem.m, problem.n);
    if (problem.G) {
        if (!limits.interrupted()) G = to_dense(*problem.G, std::numeric_limits<std::int64_t>::max());
        if (limits.interrupted()) limits.status = Status::interrupted;
    } else {
        Eigen::VectorX<W> e = Eigen::VectorX<W>::Zero(problem.n);
        for (Index j = 0; j < problem.n && limits.allow(); ++j) {
            e[j] = 1;
            problem.operation(e, column(G, j));
            e[j] = 0;
        }
    }
    if (limits.status != Status::not_converged) {
        report.status = limits.status;
        return out;
    }
    if (!G.allFinite()) {
        report.status = Status::not_finite;
        report.message = "A gives a NaN or an infinity";
        return out;
    }
    const ThreadLimit one(1);
    Eigen::VectorXd s(problem.n);
    Matrix<W> U(problem.m, problem.n), VH(problem.n, problem.n), work = G;
    if (lapack::gesdd(problem.m, problem.n, work.data(), s.data(), U.data(), VH.data()) != 0 &&
        lapack::gesvd(problem.m, problem.n, G.data(), s.data(), U.data(), VH.data()) != 0)
        throw Error("svds: LAPACK's singular value decomposition did not converge");
    const Index first = options.which == SvdsWhich::largest ? 0 : problem.n - k;
    const Matrix<W> V = VH.middleRows(first, k).adjoint();
    out.triplets = judged<W>(problem, options, U.middleCols(first, k), V);
    const Matrix<W>& left = out.triplets.U;
    report.orthogonality = std::max((left.adjoint() * left - Matrix<W>::Identity(k, k)).cwiseAbs().maxCoeff(),
                                    (V.adjoint() * V - Matrix<W>::Identity(k, k)).cwiseAbs().maxCoeff());
    if (out.triplets.all_good()) {
        report.status = Status::solved;
        report.proof = CompletenessProof{.by = "dense", .count = k, .shift = std::numeric_limits<double>::quiet_NaN()};
    } else {
        report.status = Status::stagnated;
        report.message = "some residuals are larger than rounding explains";
    }
    return out;
}

/// The operator that is iterated with: F = G, or (G⁺)ᴴ.
template <Scalar W>
struct Operator {
    std::function<void(VectorView<W>, VectorRef<W>)> apply, apply_adjoint;
    bool inverted = false;
    Matrix<W> null_left, null_right;  // of G, when F is its pseudo-inverse
    std::size_t memory_bytes = 0;
};

template <Scalar W>
class Iteration {
public:
    Iteration(Problem<W>& problem, const Operator<W>& operation, Index k, const SvdsOptions& options, Limits& limits)
        : problem_(problem),
          operation_(operation),
          k_(k),
          options_(options),
          limits_(limits),
          goal_(options.rtol / 2) {}

    Outcome<W> run() {
        const Index n = problem_.n;
        const std::size_t step = sizeof(W) * (static_cast<std::size_t>(problem_.m) + static_cast<std::size_t>(n));
        Index capacity = options_.subspace > 0 ? options_.subspace : std::max<Index>(2 * k_ + 10, 32);
        capacity = std::min(n, capacity);
        const Index least = std::min<Index>(n, k_ + 2);
        if (options_.max_memory_bytes > 0) {
            const auto vectors = static_cast<std::int64_t>(options_.max_memory_bytes / step);
            capacity = static_cast<Index>(std::min<std::int64_t>(capacity, vectors - k_ - 4));
            if (capacity < least)
                throw LimitExceeded("svds: bases of " + std::to_string(least) + " vectors need " +
                                    std::to_string(step * static_cast<std::size_t>(least + k_ + 4)) +
                                    " bytes, allowed are " + std::to_string(options_.max_memory_bytes));
        }
        capacity = std::max(capacity, least);
        limits_.status = Status::not_converged;
        limits_.max_applications =
            options_.max_applications >= 0
                ? options_.max_applications
                : limits_.applications + std::max<std::int64_t>(20 * std::int64_t{n}, (1000 + std::int64_t{100} * k_) *
                                                                                          std::max<Index>(1, capacity));
        const auto counted = [this](const auto& function) {
            return [this, &function](VectorView<W> x, VectorRef<W> y) {
                if (!limits_.allow()) return false;
                function(x, y);
                return true;
            };
        };
        const bool largest_first = operation_.inverted || options_.which == SvdsWhich::largest;
        sign_ = largest_first ? 1 : -1;
        GolubKahan<W> gk(problem_.m, n, capacity, problem_.rounding(), counted(operation_.apply),
                         counted(operation_.apply_adjoint),
                         largest_first ? GolubKahan<W>::Order::largest_first : GolubKahan<W>::Order::smallest_first,
                         Random(options_.seed));
        EigenReport& report = out_.report;
        report.memory_bytes = gk.memory_bytes() + operation_.memory_bytes;
        if (operation_.null_right.cols() > 0)
            gk.set_locked(operation_.null_left, operation_.null_right, std::numeric_limits<double>::infinity());
        iterate(gk);
        if (report.status == Status::converged && options_.completeness != Completeness::none && k_ < n) {
            const bool complete = search_for_missed(gk);
            if (report.status == Status::converged && !complete) {
                report.status = Status::not_proved;
                report.message = "the search for missed singular values did not come to an end: " +
                                 std::string(ritz::name(limits_.status));
            }
        }
        return std::move(out_);
    }

private:
    /// What ‖Fᴴ u − θ v‖ must come down to.
    double tolerance(const GolubKahan<W>& gk, double theta) const {
        const double noise = problem_.rounding() * (operation_.inverted ? 64 * theta : 2 * gk.active_norm());
        return std::max(goal_ * theta, noise);
    }
    double sigma(double theta) const { return operation_.inverted ? (std::isinf(theta) ? 0 : 1 / theta) : theta; }
    double preference(double theta) const { return sign_ * theta; }

    /// The places of the k most wanted.
    std::vector<Index> most_wanted(const GolubKahan<W>& gk) const {
        std::vector<Index> places(static_cast<std::size_t>(gk.size()));
        std::iota(places.begin(), places.end(), 0);
        const auto& values = gk.values();
        std::stable_sort(places.begin(), places.end(), [&](Index a, Index b) {
            return preference(values[static_cast<std::size_t>(a)]) > preference(values[static_cast<std::size_t>(b)]);
        });
        places.resize(std::min(places.size(), static_cast<std::size_t>(k_)));
        return places;
    }

    Triplets<W> judge(const GolubKahan<W>& gk, const std::vector<Index>& places) {
        if (!problem_.G) problem_.norm = std::max(problem_.norm, gk.norm());
        Matrix<W> U, V;
        gk.vectors(places, operation_.inverted, U, V);
        Triplets<W> triplets = judged<W>(problem_, options_, U, V);
        if (!operation_.inverted || triplets.all_good()) return triplets;
        std::vector<Eigen::Index> null, others;
        for (std::size_t i = 0; i < places.size(); ++i)
            (std::isinf(gk.values()[static_cast<std::size_t>(places[i])]) ? null : others)
                .push_back(static_cast<Eigen::Index>(i));
        if (!improve(U, V, null, others)) return triplets;
        Triplets<W> again = judged<W>(problem_, options_, std::move(U), std::move(V));
        const auto passed = [](const Triplets<W>& t) { return std::count(t.good.begin(), t.good.end(), true); };
        return passed(again) > passed(triplets) ? again : triplets;
    }

    /// A step of block inverse iteration for the columns `others`, orthogonal to those of `null`, and a rotation among
    /// them by the singular values of Uᴴ G V. False when it was stopped.
    bool improve(Matrix<W>& U, Matrix<W>& V, const std::vector<Eigen::Index>& null,
                 const std::vector<Eigen::Index>& others) {
        const ThreadLimit one(1);
        const auto zeros = static_cast<Eigen::Index>(null.size()), count = static_cast<Eigen::Index>(others.size());
        if (count == 0) return false;
        const auto step = [&](const Matrix<W>& from, Matrix<W>& to, const auto& function) {
            Matrix<W> block(to.rows(), zeros + count);
            block.leftCols(zeros) = to(Eigen::all, null);
            for (Eigen::Index j = 0; j < count; ++j) {
                if (!limits_.allow()) return false;
                const Eigen::VectorX<W> x = from.col(others[static_cast<std::size_t>(j)]);
                Eigen::VectorX<W> y(to.rows());
                function(x, y);
                const double size = norm2(y);
                if (!(size > 0) || !std::isfinite(size)) return false;
                block.col(zeros + j) = y / size;
            }
            const Matrix<W> basis = orthonormal<W>(block);
            for (Eigen::Index j = 0; j < count; ++j) to.col(others[static_cast<std::size_t>(j)]) = basis.col(zeros + j);
            return true;
        };
        if (!step(U, V, operation_.apply_adjoint) || !step(V, U, operation_.apply)) return false;
        Matrix<W> GV(problem_.m, count);
        for (Eigen::Index j = 0; j < count; ++j)
            GV.col(j) = problem_.product(V.col(others[static_cast<std::size_t>(j)]), false);
        const Matrix<W> left = U(Eigen::all, others), right = V(Eigen::all, others);
        Matrix<W> H = left.adjoint() * GV, P(count, count), QH(count, count);
        Eigen::VectorXd s(count);
        const int k = static_cast<int>(count);
        if (!H.allFinite() || lapack::gesvd(k, k, H.data(), s.data(), P.data(), QH.data()) != 0) return false;
        const Matrix<W> rotated_left = left * P, rotated_right = right * QH.adjoint();
        for (Eigen::Index j = 0; j < count; ++j) {
            U.col(others[static_cast<std::size_t>(j)]) = rotated_left.col(j);
            V.col(others[static_cast<std::size_t>(j)]) = rotated_right.col(j);
        }
        return true;
    }

    void iterate(GolubKahan<W>& gk) {
        EigenReport& report = out_.report;
        double best_estimate = std::numeric_limits<double>::infinity();
        std::int64_t last_progress = 0;
        Index most_converged = 0;
        for (int tightened = 0;;) {
            Progress progress = Progress::done;
            if (gk.locked() < k_) progress = gk.expand();
            if (gk.size() == 0) {
                end(progress);
                return;
            }
            gk.decompose();
            ++report.iterations;
            const std::vector<Index> places = most_wanted(gk);
            const double before = gk.active_norm();
            const Index needed = places.empty() ? 0 : *std::max_element(places.begin(), places.end()) + 1;
            lock(gk, needed);
            // What was computed beside far larger values has lost its digits: all but the locked start anew.
            const bool drowned = operation_.inverted && gk.active_norm() < drowning * before && gk.locked() < needed;
            std::vector<Index> converged;
            double worst = 0;
            for (const Index p : places) {
                const double theta = gk.values()[static_cast<std::size_t>(p)];
                const double estimate = gk.estimates()[static_cast<std::size_t>(p)];
                if (p < gk.locked() || (!drowned && estimate <= tolerance(gk, theta)))
                    converged.push_back(p);
                else
                    worst = std::max(worst, estimate / std::max(theta, 0x1p-1000));
            }
            const bool all = converged.size() == places.size() && static_cast<Index>(places.size()) >= k_;
            const bool stop = tell(gk, places, static_cast<Index>(converged.size()));
            const bool last = all || progress != Progress::done || stop;
            const Index half = gk.locked() + (gk.size() - gk.locked()) / 2;
            Index kept = std::max(needed, half);
            kept = last ? std::min(gk.size(), kept) : std::min(kept, gk.capacity() - 1);
            gk.contract(drowned && !last ? gk.locked() : std::max(kept, gk.locked()));
            if (all) {
                out_.triplets = judge(gk, places);
                if (out_.triplets.all_good()) {
                    report.status = Status::converged;
                    report.orthogonality = gk.orthogonality(std::max(needed, gk.locked()));
                    return;
                }
                if (++tightened > 3 || progress != Progress::done || gk.locked() >= k_) {
                    report.status = Status::stagnated;
                    report.message = "the residuals of some triplets cannot be made as small as was asked for";
                    return;
                }
                goal_ *= 0.1;
                continue;
            }
            if (static_cast<Index>(converged.size()) > most_converged || worst < 0.9 * best_estimate) {
                most_converged = std::max(most_converged, static_cast<Index>(converged.size()));
                best_estimate = std::min(best_estimate, worst);
                last_progress = report.iterations;
            }
            if (last || report.iterations > last_progress + 300) {
                out_.triplets = judge(gk, converged);
                report.orthogonality = gk.orthogonality(gk.size());
                if (stop) {
                    report.status = Status::interrupted;
                    report.message = "stopped by the monitor";
                } else if (progress != Progress::done) {
                    end(progress);
                } else {
                    report.status = Status::stagnated;
                    report.message = "300 restarts made no progress";
                }
                return;
            }
        }
    }

    void end(Progress progress) {
        EigenReport& report = out_.report;
        if (progress == Progress::not_finite) {
            report.status = Status::not_finite;
            report.message = operation_.inverted ? "a solve gave a NaN or an infinity"
                                                 : "a product with A gave a NaN or an infinity";
        } else {
            report.status = limits_.status;
            report.message = "stopped after " + std::to_string(limits_.applications) + " applications of the operator";
        }
    }

    /// Leading triplets that have converged to rounding.
    void lock(GolubKahan<W>& gk, Index needed) const {
        Index l = gk.locked();
        while (l < std::min(needed, gk.capacity() - 2)) {
            const double theta = gk.values()[static_cast<std::size_t>(l)];
            if (operation_.inverted && theta < drowning * gk.active_norm()) break;
            const double noise = problem_.rounding() * (operation_.inverted ? 4 * theta : gk.active_norm());
            if (!(gk.estimates()[static_cast<std::size_t>(l)] <= noise)) break;
            ++l;
        }
        gk.lock(l);
    }

    bool tell(const GolubKahan<W>& gk, const std::vector<Index>& places, Index converged) {
        if (!options_.monitor) return false;
        std::vector<double> values, residuals;
        for (const Index p : places) {
            const double theta = gk.values()[static_cast<std::size_t>(p)];
            const double estimate = gk.estimates()[static_cast<std::size_t>(p)];
            values.push_back(std::ldexp(sigma(theta), problem_.exponent));
            residuals.push_back(
                std::ldexp(operation_.inverted ? estimate * sigma(theta) * sigma(theta) : estimate, problem_.exponent));
        }
        return options_.monitor({out_.report.iterations, limits_.applications, converged, k_, values, residuals});
    }

    /// A second run, from a random vector orthogonal to what was found: its first value is the next one. Where that
    /// should have been among the first k it is taken in, and the search goes on. False when it could not be ended.
    bool search_for_missed(GolubKahan<W>& gk) {
        EigenReport& report = out_.report;
        bool repaired = false;
        const std::int64_t budget = limits_.applications * 4 + 40 * static_cast<std::int64_t>(gk.capacity());
        limits_.status = Status::max_iterations;
        for (Index found = 0; found <= k_ + 2; ++found) {
            gk.deflate(k_);
            const double threshold = preference(gk.values().back());
            for (;;) {
                if (limits_.applications >= budget || gk.expand() != Progress::done)
                    return finish_search(gk, repaired, false);
                gk.decompose();
                ++report.iterations;
                const double theta = gk.values()[static_cast<std::size_t>(k_)];
                const double estimate = gk.estimates()[static_cast<std::size_t>(k_)], enough = tolerance(gk, theta);
                const double size = std::isinf(threshold) ? theta : std::max(theta, std::abs(threshold));
                const double tie =
                    10 * std::max(options_.rtol * size,
                                  problem_.rounding() * (operation_.inverted ? gk.active_norm() : gk.norm()));
                if (preference(theta) <= threshold + tie) {
                    if (estimate <= std::max(enough, 0.1 * (threshold - preference(theta)))) {
                        out_.next = sigma(theta);
                        return finish_search(gk, repaired, true);
                    }
                } else if (estimate <=
                           problem_.rounding() * (operation_.inverted ? 64 * theta : 4 * gk.active_norm())) {
                    gk.lock(k_ + 1);
                    gk.contract(gk.locked());
                    if (gk.refresh() != Progress::done) return finish_search(gk, repaired, false);
                    repaired = true;
                    break;
                }
                gk.contract(std::clamp<Index>(k_ + (gk.size() - k_) / 2, k_ + 1, std::max(k_ + 1, gk.capacity() - 1)));
            }
        }
        return finish_search(gk, repaired, true);
    }

    bool finish_search(GolubKahan<W>& gk, bool repaired, bool complete) {
        if (!repaired) return complete;
        const Index count = std::min(k_, gk.locked());
        gk.deflate(count);
        std::vector<Index> places(static_cast<std::size_t>(count));
        std::iota(places.begin(), places.end(), 0);
        Triplets<W> triplets = judge(gk, places);
        if (triplets.all_good()) {
            out_.triplets = std::move(triplets);
            out_.report.orthogonality = gk.orthogonality(count);
            out_.report.warnings.push_back(
                "a search from another random vector found singular values that had been missed");
        } else {
            // What was found first stays: it has passed.
            out_.next.reset();
            out_.report.status = Status::not_proved;
            out_.report.message = "a search saw singular values that belong to the set, but could not compute them";
        }
        return complete;
    }

    Problem<W>& problem_;
    const Operator<W>& operation_;
    Index k_;
    const SvdsOptions& options_;
    Limits& limits_;
    double goal_, sign_ = 1;
    Outcome<W> out_;
};

template <Scalar W>
Outcome<W> by_lanczos(Problem<W>& problem, Index k, const SvdsOptions& options, Limits& limits) {
    Operator<W> operation;
    operation.apply = [&](VectorView<W> x, VectorRef<W> y) { problem.multiply(x, y); };
    operation.apply_adjoint = [&](VectorView<W> x, VectorRef<W> y) { problem.multiply_adjoint(x, y); };
    return Iteration<W>(problem, operation, k, options, limits).run();
}

/// Null vectors of G on both sides by its QR factorisation, at most k pairs.
template <Scalar W>
void find_null_vectors(const Problem<W>& problem, const Qr<W>& factors, Index k, const SvdsOptions& options,
                       Operator<W>& operation) {
    const Index all = problem.n - factors.rank(), count = std::min(k, all);
    const std::size_t bytes = sizeof(W) * static_cast<std::size_t>(problem.n) * static_cast<std::size_t>(all);
    const std::size_t allowed = options.max_memory_bytes > 0 ? options.max_memory_bytes : default_memory;
    if (bytes > allowed)
        throw LimitExceeded("svds: the null space needs " + std::to_string(bytes) + " bytes, allowed are " +
                            std::to_string(allowed));
    operation.null_right = orthonormal<W>(factors.null_vectors().leftCols(count));
    Random random(options.seed + 1);
    Matrix<W> Y(problem.m, count);
    for (Eigen::Index j = 0; j < count; ++j) {
        for (Eigen::Index i = 0; i < problem.m; ++i) Y(i, j) = W(random.normal());
        for (int pass = 0; pass < 2; ++pass) {
            Eigen::VectorX<W> inside = Y.col(j);
            factors.project_onto_range(inside);
            Y.col(j) -= inside;
        }
    }
    operation.null_left = orthonormal<W>(Y);
}

/// x ← x + G⁻¹ (b − G x), or with the adjoint, which G then is.
template <Scalar W>
void refined(const Csr<W>& G, const Lu<W>& factors, VectorView<W> b, VectorRef<W> x, bool adjoint_system) {
    Buffer<W> r(b.size());
    residual(G, VectorView<W>(x.data(), x.size()), b, r);
    adjoint_system ? factors.apply_adjoint(r, r) : factors.apply(r, r);
    axpy(W(1), r, x);
}

template <Scalar W>
Outcome<W> by_inverse(Problem<W>& problem, Index k, const SvdsOptions& options, Limits& limits) {
    const Csc<W> columns = to_csc(*problem.G);
    Operator<W> operation;
    operation.inverted = true;
    std::optional<Lu<W>> lu;
    std::optional<Qr<W>> qr;
    std::int64_t factorizations = 0;
    bool refine = false;
    try {
        if (problem.m == problem.n) {
            FactorOptions factor_options;
            factor_options.max_memory_bytes = options.max_memory_bytes;
            factor_options.cancel = options.cancel;
            ++factorizations;
            try {
                lu.emplace(columns, factor_options);
                // Singular vectors can be no better than the solves. Factors that grew give way to Householder's, or
                // are refined, which does not help a tiny singular value that the factors do not see.
                const Buffer<W> b = random_vector<W>(problem.n, 77);
                Buffer<W> x(b.size());
                lu->apply(b, x);
                const bool finite = norm2(x) <= 0x1p200;
                const bool accurate = finite && certify(*problem.G, x, b).backward_error <= 0x1p-50;
                refine = !accurate;
                if (!finite || (!accurate && qr_available())) lu.reset();
            } catch (const SingularMatrix&) {
            }
        }
        if (!lu) {
            QrOptions factor_options;
            factor_options.max_memory_bytes = options.max_memory_bytes;
            factor_options.cancel = options.cancel;
            // Only what is rounding counts as dependent: anything larger is a singular value to be found.
            factor_options.tolerance = problem.n > 0 ? 0x1p-50 * column_norms2(*problem.G).maxCoeff() : 0;
            ++factorizations;
            qr.emplace(columns, factor_options);
        }
    } catch (const Interrupted&) {
        Outcome<W> out;
        out.report.status = Status::interrupted;
        return out;
    }
    if (lu) {
        operation.apply = [&](VectorView<W> x, VectorRef<W> y) {
            lu->apply_adjoint(x, y);
            if (refine) refined<W>(*problem.G_adjoint, *lu, x, y, true);
        };
        operation.apply_adjoint = [&](VectorView<W> x, VectorRef<W> y) {
            lu->apply(x, y);
            if (refine) refined<W>(*problem.G, *lu, x, y, false);
        };
        operation.memory_bytes = lu->statistics().memory_bytes;
    } else {
        operation.apply = [&](VectorView<W> x, VectorRef<W> y) { qr->adjoint_minimum_norm(x, y); };
        operation.apply_adjoint = [&](VectorView<W> x, VectorRef<W> y) { qr->least_squares(x, y); };
        operation.memory_bytes = qr->statistics().memory_bytes;
        if (qr->rank() < problem.n) find_null_vectors(problem, *qr, k, options, operation);
    }
    Outcome<W> out = Iteration<W>(problem, operation, k, options, limits).run();
    out.report.factorizations = factorizations;
    return out;
}

/// Singular values above τ are the positive eigenvalues of [−τI G; Gᴴ −τI].
template <Scalar W>
Index count_above(const Problem<W>& problem, double tau, const SvdsOptions& options) {
    const Csr<W> top = diags<W>(problem.m, problem.m, {{0, W(-tau)}}),
                 bottom = diags<W>(problem.n, problem.n, {{0, W(-tau)}});
    const BlockGrid<Order::row, W> grid{{CsrView<W>(top), CsrView<W>(*problem.G)},
                                        {CsrView<W>(*problem.G_adjoint), CsrView<W>(bottom)}};
    LdltOptions factor_options;
    factor_options.max_memory_bytes = options.max_memory_bytes;
    factor_options.cancel = options.cancel;
    return Ldlt<W>(block_matrix(grid), factor_options).inertia().positive;
}

template <Scalar W>
void prove(const Problem<W>& problem, Index k, const SvdsOptions& options, Outcome<W>& out) {
    EigenReport& report = out.report;
    const auto fails = [&](const std::string& why) {
        report.status = Status::not_proved;
        report.message = "that no singular value was missed is not proved: " + why;
    };
    if (!problem.G) return fails("A is known by its products only");
    if (!out.next) return fails("nothing is known of the next singular value");
    const auto& values = out.triplets.values;
    const bool largest = options.which == SvdsWhich::largest;
    const double edge =
        largest ? *std::min_element(values.begin(), values.end()) : *std::max_element(values.begin(), values.end());
    const double tau = (edge + *out.next) / 2;
    if (!(std::abs(edge - *out.next) > 64 * problem.floor()))
        return fails("the last one and the next one agree to rounding, and nothing can be counted between them");
    try {
        const Index above = count_above(problem, tau, options);
        ++report.factorizations;
        const Index counted = largest ? above : problem.n - above;
        if (counted == k) {
            report.status = Status::solved;
            report.proof = CompletenessProof{.by = "inertia",
                                             .where = largest ? "above" : "between",
                                             .count = k,
                                             .shift = std::ldexp(tau, problem.exponent)};
            if (!largest) report.proof->other_shift = 0;
        } else {
            report.status = Status::incomplete;
            report.message =
                std::to_string(counted) + " singular values lie beyond the cut, " + std::to_string(k) + " were found";
        }
    } catch (const Interrupted&) {
        report.status = Status::interrupted;
    } catch (const Error& e) {
        fails(e.what());
    }
}

void check(const SvdsOptions& options, Index m, Index n, Index k) {
    detail::require(k >= 1 && k <= std::min(m, n),
                    "svds: k must be in 1…" + std::to_string(std::min(m, n)) + ", it is " + std::to_string(k));
    detail::require(options.rtol >= 0 && options.rtol < 1, "svds: rtol must be in [0, 1)");
    detail::require(options.subspace == 0 || options.subspace >= std::min({m, n, k + 2}),
                    "svds: subspace must be 0 or at least k + 2");
    detail::require(options.max_seconds >= 0, "svds: max_seconds must not be negative");
    detail::require(options.method != SvdsMethod::inverse || options.which == SvdsWhich::smallest,
                    "svds: inverse is for the smallest singular values");
}

template <Scalar T, Scalar W>
SvdsResult<T> solve(Problem<W>& problem, Index k, const SvdsOptions& options) {
    Limits limits(options.max_seconds, options.cancel);
    std::optional<ThreadLimit> one;  // the bits are the same
    if ((problem.G ? problem.G->nnz() : 0) + std::int64_t{40} * problem.m < eigen::serial_work) one.emplace(1);
    const bool smallest = options.which == SvdsWhich::smallest, matrix = problem.G.has_value();
    const std::size_t allowed = options.max_memory_bytes > 0 ? options.max_memory_bytes : default_memory;
    const bool fits = dense_bytes(problem.m, problem.n, sizeof(W)) <= allowed;
    std::vector<std::string> reasons;
    SvdsMethod method = options.method;
    if (method == SvdsMethod::automatic) {
        if (fits && problem.n <= dense_order && problem.m <= dense_length) {
            method = SvdsMethod::dense;
            reasons.push_back("small enough for LAPACK");
        } else if (fits && k > problem.n / 4) {
            method = SvdsMethod::dense;
            reasons.push_back("more than a quarter of all singular values is wanted");
        } else if (smallest && matrix && (problem.m == problem.n || qr_available())) {
            method = SvdsMethod::inverse;
            reasons.push_back("the smallest singular values are the largest of the pseudo-inverse");
        } else {
            method = SvdsMethod::lanczos;
            reasons.push_back(!smallest ? "the largest singular values are wanted"
                              : matrix  ? "this build has no QR factorisation"
                                        : "A is known by its products");
        }
    }
    if (method == SvdsMethod::inverse && !matrix)
        throw Unsupported("svds: an operator cannot be inverted; give a matrix");

    Outcome<W> out;
    const auto fall_back = [&](const std::string& why) {
        method = fits && problem.n <= rescue_order ? SvdsMethod::dense : SvdsMethod::lanczos;
        reasons.push_back("inverse failed (" + why + ")");
    };
    if (method == SvdsMethod::inverse) {
        const bool chosen = options.method == SvdsMethod::automatic;
        try {
            out = by_inverse(problem, k, options, limits);
            if (chosen && (out.report.status == Status::stagnated || out.report.status == Status::not_finite))
                fall_back(out.report.message);
        } catch (const LimitExceeded& e) {
            if (!chosen) throw;
            fall_back(e.what());
        } catch (const Unsupported& e) {
            if (!chosen) throw;
            fall_back(e.what());
        }
    }
    if (method == SvdsMethod::dense) out = by_dense(problem, k, options, limits);
    if (method == SvdsMethod::lanczos) {
        out = by_lanczos(problem, k, options, limits);
        if (out.report.status == Status::stagnated && options.method == SvdsMethod::automatic && fits &&
            problem.n <= rescue_order) {
            reasons.push_back("lanczos failed (" + out.report.message + ")");
            method = SvdsMethod::dense;
            out = by_dense(problem, k, options, limits);
        }
    }
    if (out.report.status == Status::converged && options.completeness == Completeness::prove)
        prove(problem, k, options, out);

    EigenReport report = std::move(out.report);
    report.method = name(method);
    report.reasons = std::move(reasons);
    report.operator_applications = limits.applications;
    if (report.status != Status::solved && report.status != Status::converged && report.message.empty())
        report.message = "stopped after " + std::to_string(limits.applications) + " applications of the operator";

    const Triplets<W>& t = out.triplets;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < t.values.size(); ++i)
        if (t.good[i]) order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return t.values[a] > t.values[b]; });
    const auto count = static_cast<Eigen::Index>(order.size());
    SvdsResult<T> result;
    result.values.resize(count);
    result.residuals.resize(count);
    result.error_bounds.resize(count);
    result.U.resize(problem.transposed ? problem.n : problem.m, count);
    result.V.resize(problem.transposed ? problem.m : problem.n, count);
    for (Eigen::Index i = 0; i < count; ++i) {
        const std::size_t p = order[static_cast<std::size_t>(i)];
        const auto c = static_cast<Eigen::Index>(p);
        result.values[i] = static_cast<Real<T>>(std::ldexp(t.values[p], problem.exponent));
        result.residuals[i] = std::ldexp(t.residuals[p], problem.exponent);
        result.error_bounds[i] = std::ldexp(t.bounds[p], problem.exponent);
        result.U.col(i) = (problem.transposed ? t.V : t.U).col(c).template cast<T>();
        result.V.col(i) = (problem.transposed ? t.U : t.V).col(c).template cast<T>();
    }
    report.converged = static_cast<Index>(count);
    report.norm_estimate = std::ldexp(problem.norm, problem.exponent);
    report.seconds = limits.seconds();
    result.report = std::move(report);
    return result;
}

}  // namespace

std::string_view name(SvdsWhich which) noexcept {
    return which == SvdsWhich::largest ? "largest" : "smallest";
}

std::string_view name(SvdsMethod method) noexcept {
    switch (method) {
        case SvdsMethod::automatic:
            return "auto";
        case SvdsMethod::dense:
            return "dense";
        case SvdsMethod::lanczos:
            return "lanczos";
        case SvdsMethod::inverse:
            return "inverse";
    }
    return "unknown";
}

std::span<const SvdsMethod> all_svds_methods() noexcept {
    static constexpr std::array all{SvdsMethod::automatic, SvdsMethod::dense, SvdsMethod::lanczos, SvdsMethod::inverse};
    return all;
}

template <Scalar T>
SvdsResult<T> svds(const CsrView<T>& A, Index k, const SvdsOptions& options) {
    check(options, A.rows(), A.cols(), k);
    detail::require(all_finite(A.values()), "svds: the matrix has a NaN or an infinity");
    auto problem = eigen::singular_problem(A);
    return solve<T>(problem, k, options);
}

template <Scalar T>
SvdsResult<T> svds(const CscView<T>& A, Index k, const SvdsOptions& options) {
    return svds<T>(CsrView<T>(to_csr(A)), k, options);
}

template <Scalar T>
SvdsResult<T> svds(const LinearOperatorRef<T>& A, Index k, const SvdsOptions& options) {
    check(options, A.rows(), A.cols(), k);
    detail::require(A.has_adjoint(), "svds: the operator must have an adjoint");
    auto problem = eigen::singular_problem(A);
    return solve<T>(problem, k, options);
}

#define INSTANTIATE(T)                                                         \
    template SvdsResult<T> svds(const CsrView<T>&, Index, const SvdsOptions&); \
    template SvdsResult<T> svds(const CscView<T>&, Index, const SvdsOptions&); \
    template SvdsResult<T> svds(const LinearOperatorRef<T>&, Index, const SvdsOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
