// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/filtered.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <string>

#include "core/instantiate.hpp"
#include "core/sweep.hpp"
#include "eigen/band_lanczos.hpp"
#include "eigen/dense_symmetric.hpp"
#include "eigen/error_bounds.hpp"
#include "ritz/core/error.hpp"
#include "ritz/eigen/count.hpp"

namespace ritz::eigen {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
using Clock = std::chrono::steady_clock;

/// Jackson's damping factors g_0 … g_degree, which make a truncated Chebyshev series of a positive function positive.
std::vector<double> jackson(Index degree) {
    const double alpha = std::numbers::pi / (degree + 2);
    std::vector<double> g;
    for (Index j = 0; j <= degree; ++j)
        g.push_back(((1 - static_cast<double>(j) / (degree + 2)) * std::sin(alpha) * std::cos(j * alpha) +
                     std::cos(alpha) * std::sin(j * alpha) / (degree + 2)) /
                    std::sin(alpha));
    return g;
}

/// Σ c_j T_j(t) for t in [-1, 1]. Clenshaw's recurrence.
double chebyshev_sum(const std::vector<double>& c, double t) {
    double next = 0, after = 0;
    for (std::size_t j = c.size(); j-- > 1;) {
        const double current = c[j] + 2 * t * next - after;
        after = next;
        next = current;
    }
    return c[0] + t * next - after;
}

double clamped_acos(double t) {
    return std::acos(std::clamp(t, -1.0, 1.0));
}

/// The damped expansion of a delta function at cos(angle), 1 there.
std::vector<double> delta_at(double angle, Index degree) {
    std::vector<double> c = jackson(degree);
    for (Index j = 1; j <= degree; ++j) c[static_cast<std::size_t>(j)] *= 2 * std::cos(j * angle);
    const double top = chebyshev_sum(c, std::cos(angle));
    for (double& coefficient : c) coefficient /= top;
    return c;
}

}  // namespace

double ChebyshevFilter::at(double lambda) const noexcept {
    return chebyshev_sum(coefficients, (lambda - centre) / half);
}

ChebyshevFilter chebyshev_filter(double low, double high, double spectrum_low, double spectrum_high, double bar,
                                 Index max_degree) {
    ChebyshevFilter filter;
    filter.centre = (spectrum_low + spectrum_high) / 2;
    filter.half = std::max((spectrum_high - spectrum_low) / 2, std::numeric_limits<double>::min());
    const double from = clamped_acos((high - filter.centre) / filter.half);  // angles decrease with λ
    const double to = clamped_acos((low - filter.centre) / filter.half);
    const bool top = high >= spectrum_high, bottom = low <= spectrum_low;
    const auto make = [&](Index degree) {
        double angle = top ? 0 : std::numbers::pi;
        if (!top && !bottom) {  // p(low) = p(high)
            double left = from, right = to;
            for (int step = 0; step < 40; ++step) {
                angle = (left + right) / 2;
                const auto c = delta_at(angle, degree);
                (chebyshev_sum(c, std::cos(from)) > chebyshev_sum(c, std::cos(to)) ? left : right) = angle;
            }
        }
        filter.coefficients = delta_at(angle, degree);
        filter.bar = infinity;
        if (!top) filter.bar = std::min(filter.bar, chebyshev_sum(filter.coefficients, std::cos(from)));
        if (!bottom) filter.bar = std::min(filter.bar, chebyshev_sum(filter.coefficients, std::cos(to)));
        if (top && bottom) filter.bar = -infinity;
    };
    // The bar falls as the degree rises: bracketed by doubling, then halved.
    Index reached = 2, short_of = 1;
    for (make(reached); filter.bar > bar && reached < max_degree; make(reached)) {
        short_of = reached;
        reached = std::min(2 * reached, max_degree);
    }
    while (reached - short_of > 1 + reached / 50) {
        const Index middle = short_of + (reached - short_of) / 2;
        make(middle);
        (filter.bar > bar ? short_of : reached) = middle;
    }
    make(reached);
    return filter;
}

template <Scalar W>
void apply_filter(const ChebyshevFilter& filter, const WorkingOperator<W>& A, const ConstBlock<W>& X, Block<W> Y) {
    const Index n = static_cast<Index>(X.rows()), k = static_cast<Index>(X.cols());
    Eigen::MatrixX<W> before(n, k), now = X, product(n, k);
    const std::vector<double>& c = filter.coefficients;
    Y = c[0] * X;
    const std::size_t rows = static_cast<std::size_t>(n);
    for (std::size_t j = 1; j < c.size(); ++j) {
        // T₁ = s (A − centre), T_{j+1} = 2 s (A − centre) T_j − T_{j-1}, and its part of the sum.
        A.apply(now, product);
        const double s = (j == 1 ? 1 : 2) / filter.half, centre = filter.centre, weight = c[j];
        const bool first = j == 1;
        for (Index column = 0; column < k; ++column) {
            W* const t = now.col(column).data();
            W* const old = before.col(column).data();
            W* const sum = Y.data() + column * Y.outerStride();
            const W* const image = product.col(column).data();
            detail::sweep(rows, [=](std::size_t i) {
                const W next = s * (image[i] - centre * t[i]) - (first ? W(0) : old[i]);
                old[i] = next;
                sum[i] += weight * next;
            });
        }
        std::swap(before, now);
    }
}

template <Scalar W>
DensityOfStates::DensityOfStates(const WorkingOperator<W>& A, double spectrum_low, double spectrum_high, Index degree,
                                 Index vectors, std::uint64_t seed)
    : low_(spectrum_low), high_(spectrum_high), moments_(static_cast<std::size_t>(degree) + 1) {
    const double centre = (low_ + high_) / 2, half = std::max((high_ - low_) / 2, std::numeric_limits<double>::min());
    const Eigen::MatrixX<W> X = random_block<W>(A.n(), vectors, seed);
    Eigen::MatrixX<W> before = X, now(X.rows(), vectors), product(X.rows(), vectors);
    const double squares = X.squaredNorm();
    const auto inner = [](const Eigen::MatrixX<W>& P, const Eigen::MatrixX<W>& Q) {
        double sum = 0;
        for (Eigen::Index j = 0; j < P.cols(); ++j) sum += std::real(gram<W>(P.col(j), Q.col(j))(0, 0));
        return sum;
    };
    A.apply(before, product);
    now = (product - centre * before) / half;
    moments_[0] = inner(X, X);
    moments_[1] = inner(X, now);
    // Two moments a product: T_2j = 2 T_j² − T_0, T_2j+1 = 2 T_j T_j+1 − T_1.
    for (std::size_t j = 1; 2 * j < moments_.size(); ++j) {
        moments_[2 * j] = 2 * inner(now, now) - moments_[0];
        if (2 * j + 1 >= moments_.size()) break;
        A.apply(now, product);
        before = 2 / half * (product - centre * now) - before;
        std::swap(before, now);
        moments_[2 * j + 1] = 2 * inner(before, now) - moments_[1];
    }
    const std::vector<double> g = jackson(degree);
    for (std::size_t j = 0; j < moments_.size(); ++j) moments_[j] *= g[j] * A.n() / squares;
}

double DensityOfStates::count(double low, double high) const noexcept {
    const double centre = (low_ + high_) / 2, half = std::max((high_ - low_) / 2, std::numeric_limits<double>::min());
    const double from = clamped_acos((high - centre) / half), to = clamped_acos((low - centre) / half);
    double sum = moments_[0] * (to - from);
    for (std::size_t j = 1; j < moments_.size(); ++j) {
        const auto order = static_cast<double>(j);
        sum += 2 * moments_[j] * (std::sin(order * to) - std::sin(order * from)) / order;
    }
    return std::max(0.0, sum / std::numbers::pi);
}

double DensityOfStates::quantile(double low, double wanted) const noexcept {
    double left = std::max(low, low_), right = high_;
    for (int step = 0; step < 60; ++step) {
        const double middle = (left + right) / 2;
        (count(low, middle) < wanted ? left : right) = middle;
    }
    return right;
}

namespace {

/// Finds all pairs in intervals, one slice after another, and keeps what was found.
template <Scalar W>
class SliceSearch {
    using Matrix = Eigen::MatrixX<W>;

public:
    SliceSearch(const WorkingOperator<W>& A, const EigshOptions& options, double unit)
        : A_(A),
          n_(A.n()),
          options_(options),
          unit_(unit),
          ends_(spectrum_ends<W>(A, std::min<Index>(40, A.n()), options.seed)) {
        if (!ends_.finite) {
            status_ = Status::not_finite;
            message_ = "a product with A is not finite";
            return;
        }
        norm_ = std::max(std::abs(ends_.smallest), std::abs(ends_.largest));
        // The residual's norm bounds the spectrum safely but loosely, and a loose bound costs degrees. Eigenvalues
        // beyond a tight one make p exceed 1, which is seen.
        const double range = ends_.largest - ends_.smallest, rounding = norm_ > 0 ? 1e-10 * norm_ : 1;
        safe_low_ = std::min(ends_.low, ends_.smallest - 0.01 * range) - rounding;
        safe_high_ = std::max(ends_.high, ends_.largest + 0.01 * range) + rounding;
        low_ = std::max(safe_low_, ends_.smallest - 2 * ends_.smallest_residual - 0.005 * range - rounding);
        high_ = std::min(safe_high_, ends_.largest + 2 * ends_.largest_residual + 0.005 * range + rounding);
        V_.resize(n_, 0);
    }

    double low() const noexcept { return low_; }
    double high() const noexcept { return high_; }
    double norm() const noexcept { return norm_; }
    Status status() const noexcept { return status_; }
    const std::string& message() const noexcept { return message_; }
    bool failed() const noexcept { return status_ != Status::converged; }
    const std::vector<std::string>& reasons() const noexcept { return reasons_; }
    bool was_dense() const noexcept { return dense_; }
    std::int64_t restarts() const noexcept { return restarts_; }
    Index found() const noexcept { return static_cast<Index>(V_.cols()); }

    const DensityOfStates& density() {
        if (!density_) {
            const Index degree = 200;
            density_.emplace(A_, low_, high_, degree, std::min<Index>(8, n_), options_.seed + 17);
        }
        return *density_;
    }

    /// Adds what lies in [low, high], disjoint from what was added before but for its ends.
    void add(double low, double high, Index max_pairs) {
        if (failed()) return;
        low = std::max(low, safe_low_);
        high = std::min(high, safe_high_);
        if (low > high) return;
        const double expected = density().count(low, high);
        if (n_ <= 400 || (n_ <= 6000 && expected > n_ / 4.0)) return dense(low, high);
        if (expected > 2.0 * max_pairs) too_many(max_pairs);
        const auto slices = static_cast<Index>(std::ceil(std::max(expected, 1.0) / pairs_of_slice()));
        double from = low;
        for (Index s = 0; s < slices && !failed(); ++s) {
            const double to = s + 1 == slices ? high : density().quantile(low, expected * (s + 1) / slices);
            if (to > from || slices == 1) slice(from, std::max(to, from));
            from = std::max(to, from);
            if (found() > max_pairs) too_many(max_pairs);
        }
    }

    /// A random vector is an eigenvector: A is a multiple of the identity, and so is every other one.
    bool flat() const noexcept { return ends_.high - ends_.low <= 8 * unit_ * norm_; }
    void add_any(Index count) {
        reasons_.push_back("the matrix is a multiple of the identity");
        Matrix none(n_, 0);
        V_ = random_block<W>(n_, count, options_.seed + 1);
        if (const auto kept = orthonormalise<W>(nullptr, V_, none, 0, count))
            V_.conservativeResize(Eigen::NoChange, *kept);
    }

    /// Ritz pairs with A in the space of everything found: values increase.
    void combine(Eigen::VectorXd& values, Matrix& vectors) {
        const Index k = found();
        values.resize(0);
        vectors.resize(n_, 0);
        if (k == 0) return;
        Matrix none(n_, 0);
        const auto kept = orthonormalise<W>(nullptr, V_, none, 0, k);
        if (!kept) return;
        rayleigh_ritz(V_.leftCols(*kept), values, vectors);
    }

private:
    /// Products that a narrow filter takes against the work and memory of orthogonalising many vectors: they balance at
    /// a multiple of √n.
    double pairs_of_slice() const {
        const double memory = options_.max_memory_bytes > 0 ? static_cast<double>(options_.max_memory_bytes) : 2e9;
        const double fit = memory / (3.0 * static_cast<double>(n_) * sizeof(W));
        return std::max(40.0, std::min(2 * std::sqrt(static_cast<double>(n_)), fit));
    }
    static constexpr double fewest_pairs = 12;  // an interval is widened to hold so many, rather than raise the degree

    [[noreturn]] static void too_many(Index max_pairs) {
        throw LimitExceeded("eigsh: more than " + std::to_string(max_pairs) + " eigenvalues lie in the interval");
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }

    void rayleigh_ritz(const ConstBlock<W>& X, Eigen::VectorXd& values, Matrix& vectors) {
        Matrix image(n_, X.cols());
        A_.apply(X, image);
        const Matrix G = gram<W>(X, image);
        if (!G.allFinite()) {
            status_ = Status::not_finite;
            message_ = "a product with A is not finite";
            return;
        }
        const auto pairs = hermitian_eigenpairs<W>(Matrix((G + G.adjoint()) / 2));
        values = pairs.values;
        vectors.resize(n_, X.cols());
        multiply<W>(X, pairs.vectors, vectors);
    }

    double limit(double value) const {
        return std::max(std::max(options_.rtol, unit_) * std::abs(value), 16 * unit_ * norm_);
    }
    /// Eigenvalues this near to an end count as inside.
    double slack() const { return 64 * unit_ * norm_; }

    void dense(double low, double high) {
        dense_ = true;
        Eigen::VectorXd values;
        Matrix vectors;
        rayleigh_ritz(Matrix::Identity(n_, n_), values, vectors);
        if (failed()) return;
        V_.resize(n_, 0);  // all of it, so that slices found before are in it as well
        take(values, vectors, std::min(low, lowest_), std::max(high, highest_));
    }

    void take(const Eigen::VectorXd& values, const Matrix& vectors, double low, double high) {
        lowest_ = std::min(lowest_, low);
        highest_ = std::max(highest_, high);
        std::vector<Eigen::Index> inside;
        for (Eigen::Index i = 0; i < values.size(); ++i)
            if (values[i] >= low - slack() && values[i] <= high + slack()) inside.push_back(i);
        Matrix fresh = vectors(Eigen::all, inside);
        if (found() > 0 && fresh.cols() > 0) {
            // Eigenvectors at a common end of two slices are found in both: they vanish here, the others stay as they
            // are.
            for (int pass = 0; pass < 2; ++pass) subtract_product<W>(V_, gram<W>(V_, fresh), fresh);
            const Matrix G = gram<W>(fresh, fresh);
            const auto pairs = hermitian_eigenpairs<W>(Matrix((G + G.adjoint()) / 2));
            Eigen::Index first = 0;
            while (first < pairs.values.size() && pairs.values[first] < 0.5) ++first;
            const Eigen::Index count = pairs.values.size() - first;
            multiply_in_place<W>(fresh, Matrix(pairs.vectors.rightCols(count)));
            fresh.conservativeResize(Eigen::NoChange, count);
        }
        const Eigen::Index before = V_.cols();
        V_.conservativeResize(Eigen::NoChange, before + fresh.cols());
        V_.rightCols(fresh.cols()) = fresh;
    }

    /// One slice, again with safe bounds of the spectrum should the tight ones have been wrong.
    void slice(double low, double high) {
        if (try_slice(low, high)) return;
        low_ = safe_low_;
        high_ = safe_high_;
        density_.reset();
        if (!try_slice(low, high)) {
            status_ = Status::breakdown;
            message_ = "the spectrum reaches beyond its bounds";
        }
    }

    /// False if p exceeds 1 somewhere.
    bool try_slice(double low, double high) {
        const double range = high_ - low_;
        double width = std::max(high - low, 1e-9 * range);
        while (width < range && density().count((low + high - width) / 2, (low + high + width) / 2) < fewest_pairs)
            width = std::min(range, 1.25 * width);
        const double from = (low + high - width) / 2, to = from + width;
        // A little more room, so that what lies at the ends is surely above the bar.
        const ChebyshevFilter filter = chebyshev_filter(from - 0.01 * width, to + 0.01 * width, low_, high_);
        // All pairs above this are found: those of the interval, and where it is much narrower than the filter those
        // near to it, since pairs at the flat top of p are hard to tell apart.
        const double bar =
            std::max(filter.bar, std::min({filter.at(low - 0.01 * width), filter.at(high + 0.01 * width), 0.9}));
        if (reasons_.empty())
            reasons_.push_back("a polynomial of degree " + std::to_string(filter.degree()) + " selects the interval");

        HermitianOperator<W> op;
        op.n = n_;
        op.apply = [&](const ConstBlock<W>& X, const ConstBlock<W>&, Block<W> Y) { apply_filter<W>(filter, A_, X, Y); };
        const double middle = (from + to) / 2;
        const double expected = density().count(std::min(low, middle - width / 4), std::max(high, middle + width / 4));
        Index k = std::max<Index>(1, static_cast<Index>(expected * 1.05) + 2);
        const double size = std::max(std::abs(low), std::abs(high));

        LanczosOptions lanczos_options;
        lanczos_options.ranking = Ranking::largest;
        lanczos_options.block = n_ > 20000 ? 4 : 2;
        lanczos_options.subspace = std::min(n_, 2 * k + 20);
        lanczos_options.seed = options_.seed + static_cast<std::uint64_t>(found()) + 1;
        // Errors of p(A) are those of A times the slope of p, which is about 1/width.
        lanczos_options.rtol = std::clamp(0.1 * limit(size) / width, 1e-13, 1e-6);
        lanczos_options.purify = true;
        const std::int64_t per_application = std::max<Index>(1, filter.degree());
        lanczos_options.max_applications =
            options_.max_applications >= 0
                ? std::max<std::int64_t>(0, options_.max_applications - A_.applications()) / per_application
                : 2000 + 200 * static_cast<std::int64_t>(k);
        lanczos_options.max_seconds = options_.max_seconds > 0 ? std::max(1e-9, options_.max_seconds - seconds()) : 0;
        lanczos_options.cancel = options_.cancel;
        // Ends when everything above the bar has converged and what comes next lies below it.
        bool settled = false, looking = false;
        lanczos_options.monitor = [&](const Eigen::VectorXd& values, const Eigen::VectorXd& norms) {
            if (looking) return false;  // for what was missed, where this is how it begins
            for (Eigen::Index i = 0; i < values.size(); ++i) {
                if (values[i] + norms[i] < bar) return settled = true;
                if (norms[i] > lanczos_options.rtol * values[i]) return false;
            }
            return false;
        };
        BandLanczos<W> lanczos(op, lanczos_options);
        const auto above = [&] {
            Index count = 0;
            while (count < lanczos.values().size() && lanczos.values()[count] >= bar) ++count;
            return count;
        };
        Index inside = 0;
        const auto ended = [&](Status status) {
            if (status == Status::converged || settled) return false;
            status_ = status;
            message_ = lanczos.message();
            return true;
        };
        for (;;) {
            looking = false;
            settled = false;
            if (ended(lanczos.run(k))) return true;
            if (lanczos.values().size() > 0 && lanczos.values()[0] > 1.01) return false;
            inside = above();
            if (lanczos.exhausted()) break;
            if (inside >= k) {
                k = inside + std::max<Index>(4, inside / 5);
                continue;
            }
            if (options_.completeness == Completeness::none || inside == 0) break;
            looking = true;
            settled = false;
            if (ended(lanczos.check(inside))) return true;
            if (above() == inside) break;
            k = above() + 2;
        }
        restarts_ += lanczos.restarts();

        if (inside > 0) {
            Eigen::VectorXd values;
            Matrix vectors;
            rayleigh_ritz(lanczos.vectors(inside), values, vectors);
            // Where residuals are too large still, a step of subspace iteration damps what lies outside.
            for (int step = 0; step < 3 && !failed(); ++step) {
                if (within_limits(values, vectors, from, to)) break;
                Matrix filtered(n_, vectors.cols()), none(n_, 0);
                apply_filter<W>(filter, A_, vectors, filtered);
                const auto kept = orthonormalise<W>(nullptr, filtered, none, 0, static_cast<Index>(filtered.cols()));
                if (!kept) break;
                const Matrix basis = filtered.leftCols(*kept);
                rayleigh_ritz(basis, values, vectors);
            }
            if (failed()) return true;
            take(values, vectors, low, high);
        }
        if (options_.monitor) {
            const EigenState state{++slices_, A_.applications(), found(), found(), {}, {}};
            if (options_.monitor(state)) {
                status_ = Status::interrupted;
                message_ = "stopped by the monitor";
            }
        }
        return true;
    }

    bool within_limits(const Eigen::VectorXd& values, const Matrix& vectors, double from, double to) {
        Matrix image(n_, vectors.cols());
        A_.apply(vectors, image);
        for (Eigen::Index i = 0; i < values.size(); ++i) {
            if (values[i] < from || values[i] > to) continue;
            if ((image.col(i) - values[i] * vectors.col(i)).norm() > 0.5 * limit(values[i])) return false;
        }
        return true;
    }

    const WorkingOperator<W>& A_;
    Index n_;
    const EigshOptions& options_;
    double unit_, norm_ = 0;
    SpectrumEnds ends_;
    double low_ = 0, high_ = 0, safe_low_ = 0, safe_high_ = 0;  // bounds of the spectrum
    std::optional<DensityOfStates> density_;
    Matrix V_;
    Status status_ = Status::converged;
    std::string message_;
    std::vector<std::string> reasons_;
    bool dense_ = false;
    std::int64_t restarts_ = 0, slices_ = 0;
    double lowest_ = infinity, highest_ = -infinity;
    Clock::time_point begun_ = Clock::now();
};

void check_options(const EigshOptions& options) {
    detail::require(options.rtol >= 0 && options.rtol < 1, "eigsh: rtol must be in [0, 1)");
    detail::require(options.max_seconds >= 0, "eigsh: max_seconds must be ≥ 0");
}

/// The gate, for those columns of `vectors` that are of the set.
template <Scalar T, Scalar W>
EigshResult<T> gate(const Pencil<T>& pencil, const SliceSearch<W>& search, const Eigen::MatrixX<W>& vectors,
                    const std::vector<Eigen::Index>& keep, const EigshOptions& options, double unit) {
    const Index n = pencil.n();
    EigshResult<T> result;
    EigenReport& report = result.report;
    Eigen::MatrixX<T> V(n, static_cast<Index>(keep.size()));
    for (std::size_t j = 0; j < keep.size(); ++j)
        V.col(static_cast<Index>(j)) = vectors.col(keep[j]).template cast<T>();
    const Verified<T> verified = verify<T>(pencil, Eigen::VectorXd(), V);
    std::vector<Eigen::Index> good;
    for (Eigen::Index j = 0; j < V.cols(); ++j) {
        const double limit = std::max(std::max(options.rtol, unit) * std::abs(verified.values[j]) * verified.norms[j],
                                      16 * unit * search.norm());
        if (verified.residuals[j] <= limit) good.push_back(j);
    }
    std::stable_sort(good.begin(), good.end(), [&](auto i, auto j) { return verified.values[i] < verified.values[j]; });
    result.vectors = V(Eigen::all, good);
    result.residuals = verified.residuals(good);
    const Eigen::VectorXd accepted = verified.values(good);
    result.values = accepted.template cast<Real<T>>();
    result.error_bounds = error_bounds(accepted, result.residuals, unit * accepted.cwiseAbs(), {});
    report.status = search.status();
    report.message = search.message();
    report.method = search.was_dense() ? "dense" : "filtered";
    report.reasons = search.reasons();
    if (!verified.residuals.allFinite()) {
        report.status = Status::not_finite;
        report.message = "a product with A is not finite";
    } else if (good.size() < keep.size() && report.status == Status::converged) {
        report.status = Status::stagnated;
        report.message = std::to_string(keep.size() - good.size()) + " of " + std::to_string(keep.size()) +
                         " pairs do not meet the tolerance";
    }
    report.converged = static_cast<Index>(good.size());
    report.iterations = search.restarts();
    report.orthogonality = verified.orthogonality;
    report.norm_estimate = search.norm();

    return result;
}

/// What shows that `result` has all of [low, high].
template <Scalar T, Scalar W>
void prove(const Pencil<T>& pencil, const SliceSearch<W>& search, double low, double high, Index expected,
           const EigshOptions& options, EigenReport& report) {
    if (report.status != Status::converged || options.completeness == Completeness::none) return;
    if (search.was_dense()) {
        report.status = Status::solved;
        report.proof = CompletenessProof{"dense", "everywhere", report.converged, high, low};
        return;
    }
    if (options.completeness != Completeness::prove) return;
    report.status = Status::not_proved;
    if (!pencil.A_rows) {
        report.message = "an operator that is no matrix cannot be factored";
        return;
    }
    try {
        const EigenvalueCount counted = count_eigenvalues(
            *pencil.A_rows, low, high, {.max_memory_bytes = options.max_memory_bytes, .cancel = options.cancel});
        report.factorizations += std::isfinite(low) + std::isfinite(high);
        if (counted.count == expected) {
            report.status = Status::solved;
            report.proof = CompletenessProof{"inertia", "between", counted.count, counted.high, counted.low};
        } else {
            report.status = Status::incomplete;
            report.message = "a count finds " + std::to_string(counted.count) + " eigenvalues, " +
                             std::to_string(expected) + " are known";
        }
    } catch (const LimitExceeded& error) {
        report.message = error.what();
    } catch (const OutOfMemory& error) {
        report.message = error.what();
    } catch (const SingularMatrix& error) {
        report.message = error.what();
    } catch (const Unsupported& error) {
        report.message = error.what();
    }
}

}  // namespace

template <Scalar T>
EigshResult<T> filtered_interval(const Pencil<T>& pencil, double low, double high, const EigshOptions& options,
                                 Index max_pairs) {
    using W = Working<T>;
    const auto begun = Clock::now();
    check_options(options);
    if (pencil.M) throw Unsupported("eigsh: method filtered is for standard problems");
    detail::require(low <= high, "eigsh: the interval must have low ≤ high");
    const double unit = static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) / 2;
    const WorkingOperator<W> A = working_operator<T>(pencil.A, pencil.A_rows);
    SliceSearch<W> search(A, options, unit);
    search.add(low, high, max_pairs);

    Eigen::VectorXd values;
    Eigen::MatrixX<W> vectors;
    search.combine(values, vectors);
    std::vector<Eigen::Index> inside;
    const double slack = 64 * unit * search.norm();
    for (Eigen::Index i = 0; i < values.size(); ++i)
        if (values[i] >= low - slack && values[i] <= high + slack) inside.push_back(i);
    if (static_cast<Index>(inside.size()) > max_pairs)
        throw LimitExceeded("eigsh: more than " + std::to_string(max_pairs) + " eigenvalues lie in the interval");
    EigshResult<T> result = gate<T, W>(pencil, search, vectors, inside, options, unit);
    prove<T, W>(pencil, search, low, high, result.report.converged, options, result.report);
    result.report.operator_applications = A.applications();
    result.report.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    return result;
}

template <Scalar T>
EigshResult<T> filtered_end(const Pencil<T>& pencil, Index k, const EigshOptions& options) {
    using W = Working<T>;
    const auto begun = Clock::now();
    check_options(options);
    const Index n = pencil.n();
    if (pencil.M) throw Unsupported("eigsh: method filtered is for standard problems");
    const bool largest = options.which == Which::largest_algebraic;
    if (!largest && options.which != Which::smallest_algebraic)
        throw Unsupported("eigsh: method filtered has SA and LA, or an interval");
    detail::require(k >= 1 && k <= n, "eigsh: k must be at least 1 and at most n");
    const double unit = static_cast<double>(std::numeric_limits<Real<T>>::epsilon()) / 2;
    // The largest of A are the smallest of −A.
    const WorkingOperator<W> given = working_operator<T>(pencil.A, pencil.A_rows);
    const WorkingOperator<W> A(n, [&](const ConstBlock<W>& X, Block<W> Y) {
        given.apply(X, Y);
        if (largest) Y *= W(-1);
    });
    SliceSearch<W> search(A, options, unit);
    double from = search.low(), to = from;
    if (!search.failed() && search.flat()) search.add_any(k);
    for (int round = 0; search.found() < k && to < search.high() && !search.failed(); ++round) {
        const Index missing = k - search.found();
        const double least = std::ldexp(1e-4, round) * (search.high() - search.low());
        from = to;
        to = std::min(search.high(), std::max(search.density().quantile(from, 1.1 * missing + 2), from + least));
        search.add(from, to, n);
    }
    Eigen::VectorXd values;
    Eigen::MatrixX<W> vectors;
    search.combine(values, vectors);
    std::vector<Eigen::Index> inside(static_cast<std::size_t>(std::min<Index>(k, static_cast<Index>(values.size()))));
    std::iota(inside.begin(), inside.end(), Eigen::Index{0});

    EigshResult<T> result = gate<T, W>(pencil, search, vectors, inside, options, unit);
    if (result.report.status == Status::converged && result.report.converged < k) {
        result.report.status = Status::stagnated;
        result.report.message = "fewer pairs were found than asked for";
    }
    // Everything up to `to` was found; a count is made in the widest gap from the last pair wanted on.
    const Index known = static_cast<Index>(values.size());
    if (known > 0) {
        Index before = std::min(k, known);
        double cut = known > before ? (values[before - 1] + values[before]) / 2 : (values[before - 1] + to) / 2;
        for (Index i = before; i < known; ++i) {
            const double next = i + 1 < known ? values[i + 1] : to;
            if (next - values[i] > 4 * std::abs(cut - values[before - 1])) cut = (values[i] + next) / 2, before = i + 1;
        }
        prove<T, W>(pencil, search, largest ? -cut : -infinity, largest ? infinity : cut, before, options,
                    result.report);
    }

    result.report.operator_applications = A.applications();
    result.report.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    return result;
}

#define INSTANTIATE(T)                                                                                       \
    template EigshResult<T> filtered_interval(const Pencil<T>&, double, double, const EigshOptions&, Index); \
    template EigshResult<T> filtered_end(const Pencil<T>&, Index, const EigshOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

#define INSTANTIATE(W)                                                                                             \
    template void apply_filter(const ChebyshevFilter&, const WorkingOperator<W>&, const ConstBlock<W>&, Block<W>); \
    template DensityOfStates::DensityOfStates(const WorkingOperator<W>&, double, double, Index, Index, std::uint64_t);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)
#undef INSTANTIATE

}  // namespace ritz::eigen
