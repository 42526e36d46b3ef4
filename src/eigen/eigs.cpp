// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/eigs.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "eigen/dense_nonsymmetric.hpp"
#include "eigen/krylov_schur.hpp"
#include "eigen/limits.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/formats/tuned.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/lu.hpp"

namespace ritz {

namespace {

using Complex = std::complex<double>;
using eigen::KrylovSchur;
using eigen::Limits;
using eigen::Preference;
using eigen::Progress;
using eigen::schur_by_preference;
using eigen::schur_values;

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
constexpr Index dense_order = 300;      // automatic: up to here LAPACK takes less than a second
constexpr Index provable_order = 2000;  // and to here as long as somebody who wants a proof will wait
constexpr int moderate = 200;           // |log₂ ‖A‖| beyond this: scaled, so that squares stay in range

constexpr std::size_t default_memory = std::size_t{8} << 30;  // for dense matrices, when there is no limit

template <Scalar T>
inline constexpr double unit = sizeof(Real<T>) == 4 ? 0x1p-24 : 0x1p-53;

/// A v = λ M v in working precision, scaled by powers of two. λ of the given problem is λ 2^(A_exponent − M_exponent).
template <Scalar W>
struct Problem {
    Index n = 0;
    std::optional<Csr<W>> A, M;                                  // where they are matrices
    std::optional<TunedMatrix<W>> A_tuned, M_tuned;              // views of them
    std::function<void(VectorView<W>, VectorRef<W>)> operation;  // where A is none
    int A_exponent = 0, M_exponent = 0;
    double A_norm = 0, M_norm = 1;  // estimates of ‖A‖₂ and ‖M‖₂, A's of an operator from below
    bool single = false;            // float: results are rounded to it before they are judged
    bool real = false;              // A, M and the shift: complex values come in pairs
    bool hermitian = false;         // A, and there is no M

    double rounding() const { return single ? unit<float> : unit<double>; }
    bool generalised() const { return M.has_value(); }

    void multiply(VectorView<W> x, VectorRef<W> y) const {
        if (A_tuned)
            A_tuned->apply(x, y);
        else
            operation(x, y);
    }
    /// A x, or M x, each element rounded once where there is a matrix.
    void multiply_exactly(const std::optional<Csr<W>>& matrix, VectorView<W> x, VectorRef<W> y) const {
        if (!matrix) return operation(x, y);
        const Buffer<W> zero(x.size(), W{});
        residual(*matrix, x, zero, y);
        for (W& a : y) a = -a;
    }
    Eigen::VectorXcd product(const std::optional<Csr<W>>& matrix, const Eigen::VectorXcd& x) const {
        Eigen::VectorX<W> y(n);
        if constexpr (is_complex<W>) {
            multiply_exactly(matrix, x, y);
            return y;
        } else {
            Eigen::VectorXd part = x.real();
            Eigen::VectorXcd result(n);
            multiply_exactly(matrix, part, y);
            result.real() = y;
            part = x.imag();
            if (part.isZero(0))
                y.setZero();
            else
                multiply_exactly(matrix, part, y);
            result.imag() = y;
            return result;
        }
    }
    /// What rounding alone may leave of ‖A x − λ M x‖₂.
    double floor(Complex lambda) const {
        const double c = std::max(16.0, 2 * std::sqrt(static_cast<double>(n)));
        return c * rounding() * (A_norm + (generalised() ? std::abs(lambda) * M_norm : 0));
    }
};

/// What is asked for, in the numbers of the scaled problem.
struct Wanted {
    Index k = 0;
    std::optional<Complex> sigma;
    Preference preference;  // of λ
};

/// The places of the k most wanted values, by preference. Real: a pair stands or falls together.
std::vector<Index> most_wanted(const std::vector<Complex>& values, const Preference& preference, Index k, bool real) {
    struct Unit {
        Index place, size;
        double preference;
    };
    std::vector<Unit> units;
    for (Index j = 0; j < static_cast<Index>(values.size());) {
        const Complex value = values[static_cast<std::size_t>(j)];
        const Index size = real && value.imag() != 0 ? 2 : 1;
        units.push_back({j, size, preference(value)});
        j += size;
    }
    std::stable_sort(units.begin(), units.end(),
                     [](const Unit& a, const Unit& b) { return a.preference > b.preference; });
    std::vector<Index> places;
    for (const Unit& u : units) {
        if (static_cast<Index>(places.size()) >= k) break;
        for (Index i = 0; i < u.size; ++i) places.push_back(u.place + i);
    }
    return places;
}

/// Eigenpairs that have been judged.
struct Pairs {
    std::vector<Complex> values;
    Eigen::MatrixXcd vectors;
    std::vector<double> residuals, bounds;
    std::vector<bool> good;
    bool all_good() const { return std::find(good.begin(), good.end(), false) == good.end(); }
};

template <Scalar W>
class Judge {
public:
    Judge(const Problem<W>& problem, const std::optional<Complex>& shift, double rtol)
        : problem_(problem), shift_(shift), rtol_(rtol) {}

    struct Verdict {
        Complex value = not_known;
        double residual = not_known;
        bool good = false;
    };

    /// x is rounded to what will be returned; its quotient and residual.
    Verdict examine(Eigen::VectorXcd& x) const {
        const double norm = norm2(x);
        if (!(norm > 0) || !std::isfinite(norm)) return {};
        x /= norm;
        if (problem_.single) x = x.cast<std::complex<float>>().cast<Complex>().eval();
        const Eigen::VectorXcd ax = problem_.product(problem_.A, x);
        const Eigen::VectorXcd mx = problem_.generalised() ? problem_.product(problem_.M, x) : x;
        const double m_norm = norm2(mx);
        Verdict v;
        v.value = dot(mx, ax) / (m_norm * m_norm);
        if (problem_.single) v.value = static_cast<Complex>(static_cast<std::complex<float>>(v.value));
        const Eigen::VectorXcd r = ax - v.value * mx;
        v.residual = norm2(r);
        const double far = shift_ ? std::max(std::abs(v.value), std::abs(v.value - *shift_)) : std::abs(v.value);
        v.good = v.residual <= std::max(rtol_ * far * m_norm, problem_.floor(v.value));
        return v;
    }

    /// All columns of X, of which those of pairs are conjugate. `better` may improve a vector that is not good enough.
    Pairs examine(Eigen::MatrixXcd X, const std::vector<Complex>& estimates,
                  const std::function<bool(Eigen::VectorXcd&)>& better = {}) const {
        Pairs pairs;
        const Eigen::Index count = X.cols();
        for (Eigen::Index j = 0; j < count; ++j) {
            Eigen::VectorXcd x = X.col(j);
            Verdict v = examine(x);
            for (int step = 0; step < 2 && better && !v.good; ++step) {
                Eigen::VectorXcd improved = x;
                if (!better(improved)) break;
                const Verdict w = examine(improved);
                if (!(w.residual < v.residual)) break;
                v = w;
                x = improved;
            }
            X.col(j) = x;
            pairs.values.push_back(v.value);
            pairs.residuals.push_back(v.residual);
            pairs.good.push_back(v.good);
            if (problem_.real && estimates[static_cast<std::size_t>(j)].imag() != 0 && j + 1 < count) {
                if (v.value.imag() < 0) {
                    pairs.values.back() = std::conj(v.value);
                    X.col(j) = x.conjugate();
                }
                ++j;
                X.col(j) = X.col(j - 1).conjugate();
                pairs.values.push_back(std::conj(pairs.values.back()));
                pairs.residuals.push_back(v.residual);
                pairs.good.push_back(v.good);
            }
        }
        pairs.bounds.assign(pairs.values.size(), not_known);
        pairs.vectors = std::move(X);
        return pairs;
    }

private:
    const Problem<W>& problem_;
    std::optional<Complex> shift_;
    double rtol_;
};

/// What comes out, in the numbers of the scaled problem.
struct Outcome {
    Pairs pairs;
    EigenReport report;
    std::optional<Complex> sigma;
};

template <Scalar W>
Eigen::MatrixX<W> dense_matrix(const Problem<W>& problem, Limits& limits) {
    if (problem.A) return to_dense(*problem.A, std::numeric_limits<std::int64_t>::max());
    Eigen::MatrixX<W> A(problem.n, problem.n);
    Eigen::VectorX<W> e = Eigen::VectorX<W>::Zero(problem.n);
    for (Index j = 0; j < problem.n; ++j) {
        if (!limits.allow()) break;
        e[j] = 1;
        problem.operation(e, A.col(j));
        e[j] = 0;
    }
    return A;
}

template <Scalar W>
Outcome by_dense(const Problem<W>& problem, const Wanted& wanted, const EigsOptions& options, Limits& limits) {
    Outcome out;
    EigenReport& report = out.report;
    report.method = "dense";
    report.memory_bytes =
        std::size_t{4} * sizeof(W) * static_cast<std::size_t>(problem.n) * static_cast<std::size_t>(problem.n);
    const std::size_t allowed = options.max_memory_bytes > 0 ? options.max_memory_bytes : default_memory;
    if (report.memory_bytes > allowed)
        throw LimitExceeded("eigs: a dense matrix of order " + std::to_string(problem.n) +
                            " and its eigenvectors need " + std::to_string(report.memory_bytes) +
                            " bytes, allowed are " + std::to_string(options.max_memory_bytes));
    limits.max_applications = options.max_applications;
    limits.status = Status::not_converged;
    const Eigen::MatrixX<W> A = dense_matrix(problem, limits);
    if (limits.status != Status::not_converged) {
        report.status = limits.status;
        return out;
    }
    if (!A.allFinite()) {
        report.status = Status::not_finite;
        report.message = "A gives a NaN or an infinity";
        return out;
    }
    const Judge<W> judge(problem, {}, options.rtol);
    std::vector<Complex> chosen_values;
    const auto attempt = [&](bool balance) {
        const eigen::DenseEigen all =
            problem.generalised()
                ? eigen::dense_eigen<W>(A, to_dense(*problem.M, std::numeric_limits<std::int64_t>::max()))
                : eigen::dense_eigen<W>(A, balance);
        const std::vector<Index> places = most_wanted(all.values, wanted.preference, wanted.k, problem.real);
        std::vector<Complex> estimates;
        for (const Index p : places) estimates.push_back(all.values[static_cast<std::size_t>(p)]);
        Pairs pairs = judge.examine(all.right(Eigen::all, places), estimates);
        for (std::size_t i = 0; i < places.size(); ++i) {
            const Eigen::VectorXcd x = all.right.col(places[i]), y = all.left.col(places[i]);
            const double overlap = std::abs(y.dot(problem.generalised() ? problem.product(problem.M, x) : x));
            // What LAPACK leaves is the rounding error of A even where the residual happens to be zero.
            const double rounding = std::numeric_limits<double>::epsilon() * problem.A_norm;
            pairs.bounds[i] = (pairs.residuals[i] + rounding) / overlap;
            // A bound of first order that reaches the next eigenvalue is none: of nearly defective values.
            const Complex value = all.values[static_cast<std::size_t>(places[i])];
            double gap = std::numeric_limits<double>::infinity();
            for (std::size_t j = 0; j < all.values.size(); ++j)
                if (static_cast<Index>(j) != places[i]) gap = std::min(gap, std::abs(all.values[j] - value));
            if (pairs.bounds[i] > 0.1 * gap && pairs.bounds[i] > 1e-8 * problem.A_norm / problem.M_norm)
                pairs.bounds[i] = std::numeric_limits<double>::infinity();
        }
        return pairs;
    };
    out.pairs = attempt(true);
    // Balancing may spoil what it is to improve. \ref D. S. Watkins, A case where balancing is harmful, ETNA 23
    // (2006) 1.
    if (!out.pairs.all_good() && !problem.generalised()) {
        Pairs plain = attempt(false);
        if (std::count(plain.good.begin(), plain.good.end(), true) >
            std::count(out.pairs.good.begin(), out.pairs.good.end(), true))
            out.pairs = std::move(plain);
    }
    const auto found = static_cast<Index>(out.pairs.values.size());
    if (found < wanted.k) {
        report.status = Status::not_converged;
        report.message = "only " + std::to_string(found) + " eigenvalues are finite: M is singular";
    } else if (!out.pairs.all_good()) {
        report.status = Status::stagnated;
        report.message = "some residuals are larger than rounding explains";
    } else if (const double worst = *std::max_element(out.pairs.bounds.begin(), out.pairs.bounds.end());
               !(worst <= 0.01 * problem.A_norm / problem.M_norm)) {
        // As far from an eigenvalue as a guess would be, in spite of its residual.
        report.status = Status::ill_conditioned;
        report.message = "residuals are small, but some eigenvalues are too sensitive for any digit to be trusted";
    } else {
        report.status = Status::solved;
        report.proof = CompletenessProof{.by = "dense", .count = found, .shift = not_known};
    }
    return out;
}

/// Krylov–Schur with an operator F that has A's eigenvectors.
template <Scalar W>
class Iteration {
public:
    using Operation = std::function<void(VectorView<W>, VectorRef<W>)>;

    Iteration(Problem<W>& problem, const Wanted& wanted, const EigsOptions& options, Limits& limits,
              Operation operation, bool inverted)
        : problem_(problem),
          k_(wanted.k),
          options_(options),
          limits_(limits),
          operation_(std::move(operation)),
          inverted_(inverted),
          shift_(wanted.sigma),
          preference_(inverted ? Preference([](Complex theta) { return std::abs(theta); }) : wanted.preference),
          goal_(options.rtol / 2) {}

    Outcome run() {
        const Index n = problem_.n;
        Index capacity = options_.subspace > 0 ? options_.subspace : std::max<Index>(2 * k_ + 10, 32);
        capacity = std::min(n, capacity);
        const Index least = std::min<Index>(n, k_ + 3);
        if (const std::size_t limit = options_.max_memory_bytes; limit > 0) {
            const auto vectors = static_cast<std::int64_t>(limit / (sizeof(W) * static_cast<std::size_t>(n)));
            capacity = static_cast<Index>(std::min<std::int64_t>(capacity, vectors - k_ - 4));
            if (capacity < least)
                throw LimitExceeded(
                    "eigs: a basis of " + std::to_string(least) + " vectors needs " +
                    std::to_string(sizeof(W) * static_cast<std::size_t>(n) * static_cast<std::size_t>(least + k_ + 4)) +
                    " bytes, allowed are " + std::to_string(limit));
        }
        capacity = std::max(capacity, least);
        if (options_.max_applications >= 0)
            limits_.max_applications = options_.max_applications;
        else
            limits_.max_applications = std::max<std::int64_t>(
                std::int64_t{10} * n, (1000 + std::int64_t{100} * k_) * std::max<Index>(1, capacity / 2));

        KrylovSchur<W> ks(
            n, capacity, problem_.rounding(),
            [this](VectorView<W> x, VectorRef<W> y) {
                if (!limits_.allow()) return false;
                operation_(x, y);
                return true;
            },
            preference_, Random(options_.seed));
        EigenReport& report = out_.report;
        report.memory_bytes = ks.memory_bytes();
        iterate(ks);
        if (report.status == Status::converged && options_.completeness != Completeness::none) {
            const bool complete = search_for_missed(ks);
            if (report.status == Status::converged && !complete) {
                report.status = Status::not_proved;
                report.message = "the search for missed eigenvalues did not come to an end: " +
                                 std::string(ritz::name(limits_.status));
            } else if (report.status == Status::converged && options_.completeness == Completeness::prove) {
                report.status = Status::not_proved;
                report.message =
                    "only the dense method proves that none was missed where A is not Hermitian; a search found none";
            }
        }
        return std::move(out_);
    }

private:
    static constexpr double drowning = 1e-4;  // an eigenvalue so much smaller than another has lost digits beside it

    /// What ‖F x − θ x‖ must come down to. Of an inverse it is relative to θ alone: what counts is the small ones,
    /// beside the larger ones of eigenvalues close to the shift.
    double tolerance(const KrylovSchur<W>& ks, Complex theta) const {
        const double noise = problem_.rounding() * (inverted_ ? 64 * std::abs(theta) : 2 * ks.active_norm());
        return std::max(goal_ * std::abs(theta), noise);
    }

    Complex lambda(Complex theta) const { return inverted_ ? *shift_ + 1.0 / theta : theta; }

    Pairs judged(const KrylovSchur<W>& ks, const std::vector<Index>& places) {
        if (!problem_.A) problem_.A_norm = std::max(problem_.A_norm, ks.norm());
        std::vector<Complex> estimates;
        for (const Index p : places) estimates.push_back(ks.values()[static_cast<std::size_t>(p)]);
        std::function<bool(Eigen::VectorXcd&)> better;
        if (inverted_) better = [&](Eigen::VectorXcd& x) { return inverse_iteration(x); };
        Pairs pairs = Judge<W>(problem_, inverted_ ? shift_ : std::nullopt, options_.rtol)
                          .examine(ks.vectors(places, 0.1 * goal_, inverted_), estimates, better);
        if (problem_.hermitian) pairs.bounds = pairs.residuals;
        reject_copies(ks, needed_for(places), pairs);
        return pairs;
    }

    /// Residuals cannot tell a vector from a copy of another, which an inverse so close to an eigenvalue makes of any
    /// vector. What depends on those accepted for (nearly) the same value is rejected, except as far as the value is
    /// defective: where the leading Schur vectors span an invariant subspace in which it is as often an eigenvalue.
    void reject_copies(const KrylovSchur<W>& ks, Index leading, Pairs& pairs) {
        constexpr double independent = 1e-4;  // sines of defective values are near the root of the rounding
        const double near =
            16 * std::sqrt(problem_.rounding()) * problem_.A_norm / (problem_.M_norm > 0 ? problem_.M_norm : 1);
        const std::size_t count = pairs.values.size();
        std::optional<std::vector<Complex>> in_subspace;
        std::vector<bool> seen(count, false);
        for (std::size_t first = 0; first < count; ++first) {
            const Complex value = pairs.values[first];
            if (seen[first] || !pairs.good[first] || (problem_.real && value.imag() < 0)) continue;
            Eigen::MatrixXcd Q(problem_.n, 0);
            std::vector<std::size_t> dependent;
            for (std::size_t i = first; i < count; ++i) {
                if (seen[i] || !pairs.good[i] || !(std::abs(pairs.values[i] - value) <= near)) continue;
                seen[i] = true;
                Eigen::VectorXcd x = pairs.vectors.col(static_cast<Eigen::Index>(i));
                for (int pass = 0; pass < 2 && Q.cols() > 0; ++pass) x -= Q * (Q.adjoint() * x).eval();
                if (const double left = x.norm(); left > independent) {
                    Q.conservativeResize(Eigen::NoChange, Q.cols() + 1);
                    Q.rightCols(1) = x / left;
                } else {
                    dependent.push_back(i);
                }
            }
            if (dependent.empty()) continue;
            if (!in_subspace) in_subspace = values_in_subspace(ks, leading);
            const auto there = std::count_if(in_subspace->begin(), in_subspace->end(),
                                             [&](Complex v) { return std::abs(v - value) <= near; });
            for (auto accepted = static_cast<std::ptrdiff_t>(Q.cols()); const std::size_t i : dependent)
                if (++accepted > there) {
                    pairs.good[i] = false;
                    if (problem_.real && pairs.values[i].imag() > 0) pairs.good[i + 1] = false;
                    if (problem_.real && pairs.values[i].imag() < 0) pairs.good[i - 1] = false;
                    copies_ = true;
                }
        }
    }

    /// The eigenvalues of the problem in the span of the leading Schur vectors; none if that is not invariant.
    std::vector<Complex> values_in_subspace(const KrylovSchur<W>& ks, Index leading) const {
        if (!(ks.orthogonality(leading) <= 1e-8)) return {};
        const ThreadLimit one(1);
        Eigen::MatrixXcd Q(problem_.n, leading), AQ(problem_.n, leading);
        for (Index j = 0; j < leading; ++j) {
            const VectorView<W> v = ks.vector(j);
            Q.col(j) = Eigen::Map<const Eigen::VectorX<W>>(v.data(), problem_.n).template cast<Complex>();
            AQ.col(j) = problem_.product(problem_.A, Q.col(j));
            if (problem_.generalised()) Q.col(j) = problem_.product(problem_.M, Q.col(j));
        }
        Eigen::MatrixXcd H = Q.colPivHouseholderQr().solve(AQ);
        const double error = (AQ - Q * H).norm();
        const double size = std::sqrt(static_cast<double>(leading)) * problem_.A_norm;
        if (!(error <= std::max(options_.rtol, 64 * problem_.rounding()) * size)) return {};
        schur_by_preference<Complex>(H, [](Complex) { return 0.0; });
        return schur_values<Complex>(H);
    }

    bool inverse_iteration(Eigen::VectorXcd& x) {
        Eigen::VectorX<W> y(problem_.n);
        if constexpr (is_complex<W>) {
            if (!limits_.allow()) return false;
            operation_(x, y);
            x = y;
        } else {
            for (const bool imaginary : {false, true}) {
                Eigen::VectorXd part = x.real();
                if (imaginary) part = x.imag();
                if (part.isZero(0)) continue;
                if (!limits_.allow()) return false;
                operation_(part, y);
                if (imaginary)
                    x.imag() = y;
                else
                    x.real() = y;
            }
        }
        return true;
    }

    /// Cycles until the k most wanted pairs pass the judge.
    void iterate(KrylovSchur<W>& ks) {
        EigenReport& report = out_.report;
        double best_estimate = std::numeric_limits<double>::infinity();
        std::int64_t last_progress = 0;
        Index most_converged = 0;
        for (int tightened = 0;;) {
            const Progress progress = ks.expand();
            if (ks.size() == 0) {
                end(progress);
                return;
            }
            ks.decompose();
            ++report.iterations;
            const std::vector<Index> places = most_wanted(ks.values(), preference_, k_, problem_.real);
            const double before = ks.active_norm();
            lock(ks, places);
            // What was computed beside far larger eigenvalues has lost its digits: all but the locked start anew.
            const bool drowned = inverted_ && ks.active_norm() < drowning * before && ks.locked() < needed_for(places);
            std::vector<Index> converged;
            double worst = 0;
            for (const Index p : places) {
                const Complex theta = ks.values()[static_cast<std::size_t>(p)];
                const double estimate = ks.estimates()[static_cast<std::size_t>(p)];
                if (p < ks.locked() || (!drowned && estimate <= tolerance(ks, theta)))
                    converged.push_back(p);
                else
                    worst = std::max(worst, estimate / std::max(std::abs(theta), 0x1p-1000));
            }
            const Index needed = std::max(ks.locked(), needed_for(places));
            const bool all = converged.size() == places.size() && static_cast<Index>(places.size()) >= k_;
            const bool stop = tell(ks, places, static_cast<Index>(converged.size()));
            const bool last = all || progress != Progress::done || stop;
            ks.contract(drowned && !last ? ks.locked() : kept(ks, needed, last));
            if (all) {
                copies_ = false;
                out_.pairs = judged(ks, places);
                if (out_.pairs.all_good()) {
                    report.status = Status::converged;
                    report.orthogonality = ks.orthogonality(needed);
                    return;
                }
                if (++tightened > 3 || progress != Progress::done) {
                    report.status = Status::stagnated;
                    report.message =
                        copies_
                            ? "some vectors came out as combinations of others: those were rejected, and the values "
                              "they hide were not found"
                            : "the residuals of some pairs cannot be made as small as was asked for";
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
            if (progress != Progress::done || stop || report.iterations > last_progress + 300) {
                out_.pairs = judged(ks, converged);
                report.orthogonality = ks.orthogonality(ks.size());
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

    /// The status of an iteration that did not come to its end.
    void end(Progress progress) {
        EigenReport& report = out_.report;
        if (progress == Progress::not_finite) {
            report.status = Status::not_finite;
            report.message = inverted_ ? "a solve with the shifted matrix gave a NaN or an infinity"
                                       : "a product with A gave a NaN or an infinity";
        } else {
            report.status = limits_.status;
            report.message = "stopped after " + std::to_string(limits_.applications) + " applications of the operator";
        }
    }

    static Index needed_for(const std::vector<Index>& places) {
        return places.empty() ? 0 : *std::max_element(places.begin(), places.end()) + 1;
    }

    /// Leading Schur vectors that are wanted and have converged to rounding.
    void lock(KrylovSchur<W>& ks, const std::vector<Index>& places) const {
        Index l = ks.locked();
        const Index limit = ks.capacity() - 3;
        while (l < ks.size()) {
            const Index size = ks.block(l);
            if (std::find(places.begin(), places.end(), l) == places.end() || l + size > limit) break;
            double coupling = ks.coupling(l);
            if (size == 2) coupling = std::hypot(coupling, ks.coupling(l + 1));
            const double size_here = std::abs(ks.values()[static_cast<std::size_t>(l)]);
            if (inverted_ && size_here < drowning * ks.active_norm()) break;
            if (!(coupling <= problem_.rounding() * (inverted_ ? 4 * size_here : ks.active_norm()))) break;
            l += size;
        }
        ks.lock(l);
    }

    /// How many columns survive a restart: the wanted ones and half of the others.
    Index kept(const KrylovSchur<W>& ks, Index needed, bool last) const {
        const Index size = ks.size(), most = last ? size : std::max<Index>(ks.capacity() - 1, 1);
        Index p = std::max(needed, ks.locked() + (size - ks.locked()) / 2);
        p = std::clamp<Index>(p, std::min(needed, most), std::min(size, most));
        if (p > 0 && p < size && ks.block(p - 1) == 2) p = p + 1 <= most ? p + 1 : p - 1;
        return p;
    }

    bool tell(const KrylovSchur<W>& ks, const std::vector<Index>& places, Index converged) {
        if (!options_.monitor) return false;
        std::vector<double> values, residuals;
        for (const Index p : places) {
            const Complex theta = ks.values()[static_cast<std::size_t>(p)];
            const double estimate = ks.estimates()[static_cast<std::size_t>(p)];
            const double back = inverted_ ? 1 / std::norm(theta) : 1;
            values.push_back(std::ldexp(lambda(theta).real(), problem_.A_exponent - problem_.M_exponent));
            residuals.push_back(std::ldexp(estimate * back, problem_.A_exponent));
        }
        return options_.monitor({out_.report.iterations, limits_.applications, converged, k_, values, residuals});
    }

    /// A second run, from a random vector orthogonal to the invariant subspace that was found: its most wanted
    /// eigenvalue is the next one of F. Where that should have been among the first k it is taken in, and the search
    /// goes on. False when it could not be ended.
    bool search_for_missed(KrylovSchur<W>& ks) {
        EigenReport& report = out_.report;
        bool repaired = false;
        const std::int64_t budget = limits_.applications * 4 + 20 * static_cast<std::int64_t>(ks.capacity());
        const auto within_budget = [&] { return limits_.applications < budget; };
        limits_.status = Status::max_iterations;
        for (Index found = 0; found <= k_ + 2; ++found) {
            const Index l = ks.deflate(k_);
            if (l == problem_.n) break;
            Complex last;
            double threshold = std::numeric_limits<double>::infinity();
            for (const Complex value : ks.values())
                if (const double p = preference_(value); p < threshold) {
                    threshold = p;
                    last = value;
                }
            for (;;) {
                if (!within_budget() || ks.expand() != Progress::done) return finish_search(ks, repaired, false);
                ks.decompose();
                ++report.iterations;
                const Complex theta = ks.values()[static_cast<std::size_t>(l)];
                const double estimate = ks.estimates()[static_cast<std::size_t>(l)], preference = preference_(theta);
                const double enough = tolerance(ks, theta);
                // Equal to rounding and to what converges within the tolerance: another one as good as the k-th.
                const double tie = 10 * std::max(options_.rtol * std::max(std::abs(theta), std::abs(last)),
                                                 problem_.rounding() * (inverted_ ? ks.active_norm() : ks.norm()));
                if (preference <= threshold + tie) {
                    if (estimate <= std::max(enough, 0.1 * (threshold - preference)))
                        return finish_search(ks, repaired, true);
                } else if (estimate <=
                           problem_.rounding() * (inverted_ ? 64 * std::abs(theta) : 4 * ks.active_norm())) {
                    ks.lock(l + ks.block(l));
                    ks.contract(ks.locked());
                    if (ks.refresh() != Progress::done) return finish_search(ks, repaired, false);
                    repaired = true;
                    break;
                }
                ks.contract(kept(ks, l + ks.block(l), false));
            }
        }
        return finish_search(ks, repaired, true);
    }

    bool finish_search(KrylovSchur<W>& ks, bool repaired, bool complete) {
        if (!repaired) return complete;
        // The state at the last repair: what the search has added since is not locked.
        const Index count = ks.deflate(std::min(k_, ks.locked()));
        std::vector<Index> places(static_cast<std::size_t>(count));
        std::iota(places.begin(), places.end(), 0);
        copies_ = false;
        Pairs pairs = judged(ks, places);
        if (pairs.all_good()) {
            out_.pairs = std::move(pairs);
            out_.report.orthogonality = ks.orthogonality(count);
            out_.report.warnings.push_back(
                "a search from another random vector found eigenvalues that had been missed");
        } else {
            // What was found first stays: it has passed.
            out_.report.status = Status::not_proved;
            out_.report.message =
                "a search saw eigenvalues that belong to the set, but they are too sensitive to be computed from there";
        }
        return complete;
    }

    Problem<W>& problem_;
    Index k_;
    const EigsOptions& options_;
    Limits& limits_;
    Operation operation_;
    bool inverted_;
    std::optional<Complex> shift_;
    Preference preference_;
    double goal_;
    bool copies_ = false;  // vectors were rejected that depend on others
    Outcome out_;
};

/// (A − σM)⁻¹, σ moved where that is singular to working precision.
template <Scalar W>
class ShiftedInverse {
public:
    ShiftedInverse(const Problem<W>& problem, Complex sigma, const EigsOptions& options, EigenReport& report)
        : sigma_(sigma) {
        const Csr<W> unit_matrix = problem.generalised() ? Csr<W>() : identity<W>(problem.n);
        const CsrView<W>& M = problem.generalised() ? *problem.M : unit_matrix;
        double size = std::max(problem.M_norm > 0 ? problem.A_norm / problem.M_norm : 0, std::abs(sigma));
        if (!(size > 0)) size = 1;
        for (int attempt = 0;; ++attempt) {
            const bool last = attempt == 7;
            if (attempt > 0) sigma_ = sigma + size * std::ldexp(1.0, 4 * attempt - 54);
            W shift{};
            if constexpr (is_complex<W>)
                shift = sigma_;
            else
                shift = sigma_.real();
            C_ = add(W(1), *problem.A, -shift, M);
            FactorOptions factor_options;
            factor_options.max_memory_bytes = options.max_memory_bytes;
            factor_options.cancel = options.cancel;
            try {
                factors_.emplace(to_csc(C_), factor_options);
                ++report.factorizations;
            } catch (const SingularMatrix&) {
                ++report.factorizations;
                if (last) throw SingularMatrix("eigs: A - sigma M is singular for every sigma tried");
                continue;
            }
            if (usable() || last) break;
        }
        report.memory_bytes += factors_->statistics().memory_bytes;
    }

    Complex sigma() const noexcept { return sigma_; }

    void apply(VectorView<W> b, VectorRef<W> x) const {
        factors_->apply(b, x);
        if (!refine_) return;
        Buffer<W> r(b.size());
        residual(C_, x, b, r);
        factors_->apply(r, r);
        axpy(W(1), r, x);
    }

private:
    /// Solves one system, which tells whether the factors can be used, and whether as they are. That C is nearly
    /// singular is no reason to move the shift: the eigenvalue next to it is the first to be found and locked.
    bool usable() {
        const Buffer<W> b = random_vector<W>(C_.rows(), 77);
        Buffer<W> x(b.size());
        factors_->apply(b, x);
        if (!(norm2(x) <= 0x1p200)) return false;
        refine_ = !(certify(C_, x, b).backward_error <= 0x1p-50);
        return true;
    }

    Complex sigma_;
    Csr<W> C_;
    std::optional<Lu<W>> factors_;
    bool refine_ = false;
};

/// The pairs are those nearest to the shift that was inverted. Whether they are also those nearest to the one asked
/// for.
template <Scalar W>
void say_if_the_move_matters(const Problem<W>& problem, Complex asked, Outcome& out) {
    if (out.report.status != Status::converged) return;
    double searched = 0, farthest = 0;
    for (const Complex value : out.pairs.values) {
        searched = std::max(searched, std::abs(value - *out.sigma));
        farthest = std::max(farthest, std::abs(value - asked));
    }
    const double doubtful = farthest - (searched - std::abs(*out.sigma - asked));
    if (doubtful > std::max(1e-6 * farthest, problem.floor(asked) / problem.M_norm)) {
        out.report.status = Status::not_proved;
        out.report.message =
            "sigma had to be moved so far that another eigenvalue may be nearer to the one that was asked for";
    }
}

template <Scalar W>
Outcome by_krylov_schur(Problem<W>& problem, Wanted wanted, const EigsOptions& options, Limits& limits, bool inverted) {
    Outcome out;
    if (inverted) {
        EigenReport factors;
        const Complex asked = wanted.sigma.value_or(0.0);
        std::optional<ShiftedInverse<W>> inverse;
        try {
            inverse.emplace(problem, asked, options, factors);
        } catch (const Interrupted&) {
            out.report.status = Status::interrupted;
            return out;
        }
        wanted.sigma = inverse->sigma();
        Buffer<W> work(problem.generalised() ? static_cast<std::size_t>(problem.n) : 0);
        const auto operation = [&](VectorView<W> x, VectorRef<W> y) {
            if (!problem.generalised()) return inverse->apply(x, y);
            problem.M_tuned->apply(x, work);
            inverse->apply(work, y);
        };
        out = Iteration<W>(problem, wanted, options, limits, operation, true).run();
        out.report.factorizations = factors.factorizations;
        out.report.memory_bytes += factors.memory_bytes;
        out.sigma = wanted.sigma;
        if (*wanted.sigma != asked) {
            out.report.warnings.push_back("A - sigma M is singular to working precision: sigma was moved a little");
            say_if_the_move_matters(problem, asked, out);
        }
        return out;
    }
    if (problem.generalised()) {
        FactorOptions factor_options;
        factor_options.max_memory_bytes = options.max_memory_bytes;
        factor_options.cancel = options.cancel;
        std::optional<Lu<W>> factors;
        try {
            factors.emplace(to_csc(*problem.M), factor_options);
        } catch (const Interrupted&) {
            out.report.status = Status::interrupted;
            return out;
        } catch (const SingularMatrix& e) {
            throw SingularMatrix("eigs: M is singular; give sigma, so that A - sigma M is factored in its place",
                                 e.pivot());
        }
        Buffer<W> work(static_cast<std::size_t>(problem.n));
        const auto operation = [&](VectorView<W> x, VectorRef<W> y) {
            problem.multiply(x, work);
            factors->apply(work, y);
        };
        out = Iteration<W>(problem, wanted, options, limits, operation, false).run();
        out.report.factorizations = 1;
        out.report.memory_bytes += factors->statistics().memory_bytes;
        return out;
    }
    return Iteration<W>(
               problem, wanted, options, limits, [&](VectorView<W> x, VectorRef<W> y) { problem.multiply(x, y); },
               false)
        .run();
}

Preference preference_of(Which which, bool real) {
    switch (which) {
        case Which::smallest_magnitude:
            return [](Complex v) { return -std::abs(v); };
        case Which::largest_real:
            return [](Complex v) { return v.real(); };
        case Which::smallest_real:
            return [](Complex v) { return -v.real(); };
        case Which::largest_imaginary:
            if (real) return [](Complex v) { return std::abs(v.imag()); };
            return [](Complex v) { return v.imag(); };
        case Which::smallest_imaginary:
            if (real) return [](Complex v) { return -std::abs(v.imag()); };
            return [](Complex v) { return -v.imag(); };
        default:
            return [](Complex v) { return std::abs(v); };
    }
}

void check(const EigsOptions& options, Index n, Index k) {
    detail::require(k >= 1 && k <= n, "eigs: k must be in 1…" + std::to_string(n) + ", it is " + std::to_string(k));
    detail::require(options.which != Which::largest_algebraic && options.which != Which::smallest_algebraic &&
                        options.which != Which::both_ends,
                    "eigs: which must be one of LM, SM, LR, SR, LI, SI");
    detail::require(options.rtol >= 0 && options.rtol < 1, "eigs: rtol must be in [0, 1)");
    detail::require(!options.sigma || (std::isfinite(options.sigma->real()) && std::isfinite(options.sigma->imag())),
                    "eigs: sigma must be finite");
    detail::require(options.subspace == 0 || options.subspace >= std::min(n, k + 2),
                    "eigs: subspace must be 0 or at least k + 2");
    detail::require(options.max_seconds >= 0, "eigs: max_seconds must not be negative");
}

/// The engine, the judged answer in the numbers that were asked in.
template <Scalar T, Scalar W>
EigsResult<T> solve(Problem<W>& problem, Index k, const EigsOptions& options) {
    Limits limits(options.max_seconds, options.cancel);
    std::optional<ThreadLimit> one;  // the bits are the same
    if ((problem.A ? problem.A->nnz() : 0) + std::int64_t{40} * problem.n < eigen::serial_work) one.emplace(1);
    const int exponent = problem.A_exponent - problem.M_exponent;
    const auto scaled = [](Complex a, int e) { return Complex(std::ldexp(a.real(), e), std::ldexp(a.imag(), e)); };
    Wanted wanted{k, std::nullopt, preference_of(options.which, problem.real)};
    if (options.sigma) {
        const Complex sigma = scaled(*options.sigma, -exponent);
        wanted.sigma = sigma;
        wanted.preference = [sigma](Complex v) { return -std::abs(v - sigma); };
    }

    const bool matrix = problem.A.has_value();
    const bool invertible = options.sigma || options.which == Which::smallest_magnitude;
    std::vector<std::string> reasons;
    EigsMethod method = options.method;
    const std::string size = "n = " + std::to_string(problem.n);
    const auto n = static_cast<std::size_t>(problem.n);
    const bool fits =
        4 * sizeof(W) * n * n <= (options.max_memory_bytes > 0 ? options.max_memory_bytes : default_memory);
    if (method == EigsMethod::automatic) {
        if (problem.n <= dense_order && fits) {
            method = EigsMethod::dense;
            reasons.push_back(size + ": small enough for LAPACK");
        } else if (k > problem.n / 4 && fits) {
            method = EigsMethod::dense;
            reasons.push_back("more than a quarter of all eigenvalues is wanted");
        } else if (options.completeness == Completeness::prove && problem.n <= provable_order && fits) {
            method = EigsMethod::dense;
            reasons.push_back("a proof is asked for, and " + size);
        } else if (invertible && matrix) {
            method = EigsMethod::shift_invert;
            reasons.push_back(options.sigma ? "eigenvalues near sigma are wanted"
                                            : "eigenvalues of smallest magnitude are wanted");
        } else {
            method = EigsMethod::arnoldi;
            reasons.push_back(matrix ? "eigenvalues on the rim of the spectrum are wanted"
                                     : "A is known by its products");
        }
    }
    detail::require(method != EigsMethod::shift_invert || invertible,
                    "eigs: shift_invert needs sigma, or smallest_magnitude (sigma = 0)");
    if (method == EigsMethod::shift_invert && !matrix)
        throw Unsupported("eigs: an operator cannot be inverted; give a matrix");
    if (method == EigsMethod::arnoldi && options.sigma)
        throw Unsupported("eigs: eigenvalues near sigma need a matrix that can be factored, or the dense method");

    Outcome out;
    if (method != EigsMethod::dense) {
        out = by_krylov_schur(problem, wanted, options, limits, method == EigsMethod::shift_invert);
        const bool failed = out.report.status == Status::stagnated || out.report.status == Status::not_proved ||
                            (out.report.status == Status::not_finite && matrix) ||
                            (out.report.status == Status::max_iterations && options.max_applications < 0);
        if (failed && options.method == EigsMethod::automatic && problem.n <= provable_order && fits) {
            reasons.push_back(std::string(name(method)) + " failed (" + out.report.message + "), and " + size +
                              " is small enough for LAPACK");
            method = EigsMethod::dense;
        }
    }
    if (method == EigsMethod::dense) out = by_dense(problem, wanted, options, limits);
    EigenReport report = std::move(out.report);
    report.method = name(method);
    report.reasons = std::move(reasons);
    report.operator_applications = limits.applications;
    if (report.status != Status::solved && report.status != Status::converged && report.message.empty())
        report.message = "stopped after " + std::to_string(limits.applications) + " applications of the operator";
    if (problem.hermitian && method != EigsMethod::dense)
        report.reasons.push_back("A is Hermitian: eigsh is faster and can prove that none was missed");

    // Those that passed, by preference of the values that are returned.
    Pairs& pairs = out.pairs;
    std::vector<Complex> values;
    std::vector<std::size_t> passed;
    for (std::size_t i = 0; i < pairs.values.size(); ++i)
        if (pairs.good[i]) {
            values.push_back(pairs.values[i]);
            passed.push_back(i);
        }
    const std::vector<Index> order =
        most_wanted(values, wanted.preference, static_cast<Index>(values.size()), problem.real);
    const auto count = static_cast<Eigen::Index>(order.size());
    EigsResult<T> result;
    result.values.resize(count);
    result.vectors.resize(problem.n, count);
    result.residuals.resize(count);
    result.error_bounds.resize(count);
    using Value = std::complex<Real<T>>;
    for (Eigen::Index i = 0; i < count; ++i) {
        const std::size_t p = passed[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
        result.values[i] = static_cast<Value>(scaled(pairs.values[p], exponent));
        result.vectors.col(i) = pairs.vectors.col(static_cast<Eigen::Index>(p)).template cast<Value>();
        result.residuals[i] = std::ldexp(pairs.residuals[p], problem.A_exponent);
        result.error_bounds[i] = std::ldexp(pairs.bounds[p], exponent);
    }
    if (out.sigma) {
        result.sigma = scaled(*out.sigma, exponent);
        if (result.sigma->imag() == 0) report.sigma = result.sigma->real();
    }
    report.converged = static_cast<Index>(count);
    report.norm_estimate = std::ldexp(problem.A_norm, problem.A_exponent);
    report.seconds = limits.seconds();
    result.report = std::move(report);
    return result;
}

/// A copy of A in working precision, scaled so that its largest element is near 1 where its norm is extreme.
template <Scalar W, Scalar T>
Csr<W> working_copy(const CsrView<T>& A, int& exponent) {
    Csr<W> copy = [&] {
        if constexpr (std::same_as<T, W>)
            return Csr<W>(A);
        else
            return convert_values<W>(A);
    }();
    const auto largest = static_cast<double>(norm_max(copy));
    exponent = 0;
    if (largest > 0) {
        const int e = detail::exponent_of(largest);
        if (std::abs(e) > moderate) exponent = e;
    }
    if (exponent != 0)
        for (W& a : copy.values()) a = detail::scale_by_power(a, -exponent);
    return copy;
}

template <Scalar W>
double norm_bound(const Csr<W>& A) {
    return std::min(std::sqrt(static_cast<double>(norm1(A)) * static_cast<double>(norm_inf(A))),
                    static_cast<double>(norm_frobenius(A)));
}

template <Scalar W, Scalar T>
EigsResult<T> in_working_precision(const CsrView<T>& A, const CsrView<T>* M, Index k, const EigsOptions& options) {
    Problem<W> problem;
    problem.n = A.rows();
    problem.single = sizeof(Real<T>) == 4;
    problem.real = !is_complex<W>;
    problem.A = working_copy<W>(A, problem.A_exponent);
    problem.A_norm = norm_bound(*problem.A);
    if (M) {
        problem.M = working_copy<W>(*M, problem.M_exponent);
        problem.M_norm = norm_bound(*problem.M);
        problem.M_tuned.emplace(*problem.M);
    }
    problem.A_tuned.emplace(*problem.A);
    problem.hermitian = !M && analyse_structure(*problem.A).hermitian;
    return solve<T>(problem, k, options);
}

template <Scalar T>
EigsResult<T> with_matrices(const CsrView<T>& A, const CsrView<T>* M, Index k, const EigsOptions& options) {
    detail::require(A.rows() == A.cols(), "eigs: A must be square");
    if (M) detail::require(M->rows() == A.rows() && M->cols() == A.cols(), "eigs: M must have the shape of A");
    check(options, A.rows(), k);
    detail::require(all_finite(A.values()) && (!M || all_finite(M->values())),
                    "eigs: a matrix has a NaN or an infinity");
    if constexpr (is_complex<T>)
        return in_working_precision<Complex, T>(A, M, k, options);
    else if (options.sigma && options.sigma->imag() != 0)
        return in_working_precision<Complex, T>(A, M, k, options);
    else
        return in_working_precision<double, T>(A, M, k, options);
}

}  // namespace

std::string_view name(EigsMethod method) noexcept {
    switch (method) {
        case EigsMethod::automatic:
            return "auto";
        case EigsMethod::dense:
            return "dense";
        case EigsMethod::arnoldi:
            return "arnoldi";
        case EigsMethod::shift_invert:
            return "shift_invert";
    }
    return "unknown";
}

std::span<const EigsMethod> all_eigs_methods() noexcept {
    static constexpr std::array all{EigsMethod::automatic, EigsMethod::dense, EigsMethod::arnoldi,
                                    EigsMethod::shift_invert};
    return all;
}

template <Scalar T>
EigsResult<T> eigs(const CsrView<T>& A, Index k, const EigsOptions& options) {
    return with_matrices<T>(A, nullptr, k, options);
}

template <Scalar T>
EigsResult<T> eigs(const CsrView<T>& A, const CsrView<T>& M, Index k, const EigsOptions& options) {
    return with_matrices<T>(A, &M, k, options);
}

template <Scalar T>
EigsResult<T> eigs(const LinearOperatorRef<T>& A, Index k, const EigsOptions& options) {
    using W = std::conditional_t<is_complex<T>, Complex, double>;
    detail::require(A.rows() == A.cols(), "eigs: A must be square");
    check(options, A.rows(), k);
    Problem<W> problem;
    problem.n = A.rows();
    problem.single = sizeof(Real<T>) == 4;
    problem.real = !is_complex<T>;
    const auto n = static_cast<std::size_t>(problem.n);
    Buffer<T> in(std::same_as<T, W> ? 0 : n), result(std::same_as<T, W> ? 0 : n);
    const auto multiply = [&](VectorView<W> x, VectorRef<W> y) {
        if constexpr (std::same_as<T, W>) {
            A.apply(x, y);
        } else {
            for (std::size_t i = 0; i < n; ++i) in[i] = static_cast<T>(x[i]);
            A.apply(in, result);
            for (std::size_t i = 0; i < n; ++i) y[i] = static_cast<W>(result[i]);
        }
    };
    // ‖A‖ from products with random vectors, which see ‖A‖_F / √n at least.
    Buffer<W> y(n);
    double norm = 0;
    for (const std::uint64_t seed : {11, 12, 13}) {
        const Buffer<W> x = random_vector<W>(problem.n, seed);
        multiply(x, y);
        norm = std::max(norm, static_cast<double>(norm2(y)) / static_cast<double>(norm2(x)));
    }
    if (norm > 0 && std::isfinite(norm)) {
        const int e = detail::exponent_of(norm);
        if (std::abs(e) > moderate) problem.A_exponent = e;
    }
    problem.A_norm = std::ldexp(norm, -problem.A_exponent);
    problem.operation = [&](VectorView<W> x, VectorRef<W> y_) {
        multiply(x, y_);
        if (problem.A_exponent != 0)
            for (W& a : y_) a = detail::scale_by_power(a, -problem.A_exponent);
    };
    return solve<T>(problem, k, options);
}

#define INSTANTIATE(T)                                                                            \
    template EigsResult<T> eigs(const CsrView<T>&, Index, const EigsOptions&);                    \
    template EigsResult<T> eigs(const CsrView<T>&, const CsrView<T>&, Index, const EigsOptions&); \
    template EigsResult<T> eigs(const LinearOperatorRef<T>&, Index, const EigsOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
