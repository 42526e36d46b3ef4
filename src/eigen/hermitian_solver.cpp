// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/hermitian_solver.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/instantiate.hpp"
#include "eigen/error_bounds.hpp"
#include "eigen/extremes.hpp"
#include "eigen/filtered.hpp"
#include "eigen/spectra.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "solvers/cost_model.hpp"

namespace ritz::eigen {

namespace {

constexpr Index always_dense = 300;                // rows: LAPACK takes some ms, and leaves no question open
constexpr Index dense_rather_than_nothing = 4000;  // rows: some seconds to a minute
constexpr Index largest_dense = 8000;              // rows that are dense where most of the spectrum is wanted
constexpr double worth_factoring = 1e13;           // flops
// Of ‖A‖, between an eigenvalue and a shift that had to be moved from it. Much smaller, and the largest θ drowns the
// others in the rounding errors of the projected problem.
constexpr double least_shift = 1e-6;

template <Scalar T>
inline constexpr double unit = std::numeric_limits<Real<T>>::epsilon();

/// With all digits that tell it from its neighbours.
std::string full(double value) {
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end.ptr};
}

template <Scalar T>
T real(double a) {
    return T(static_cast<Real<T>>(a));
}

template <Scalar T>
Eigen::MatrixX<Wide<T>> dense_matrix(const LinearOperatorRef<T>& A, const std::optional<CsrView<T>>& rows) {
    const Index n = A.rows();
    Eigen::MatrixX<T> D(n, n);
    if (rows) {
        D = to_dense(*rows);
    } else {
        Buffer<T> e(static_cast<std::size_t>(n), T{0});
        for (Index j = 0; j < n; ++j) {
            e[static_cast<std::size_t>(j)] = T(1);
            A.apply(e, VectorRef<T>(D.col(j).data(), static_cast<std::size_t>(n)));
            e[static_cast<std::size_t>(j)] = T(0);
        }
    }
    Eigen::MatrixX<Wide<T>> wide = D.template cast<Wide<T>>();
    return Eigen::MatrixX<Wide<T>>((wide + wide.adjoint()) / 2);
}

}  // namespace

double Wish::key(double lambda) const noexcept {
    if (sigma_) {
        switch (transform_) {
            case SpectralTransform::shift_invert:
                return std::abs(lambda - *sigma_);
            case SpectralTransform::buckling:
                return -std::abs(lambda / (lambda - *sigma_));
            case SpectralTransform::cayley:
                return -std::abs((lambda + *sigma_) / (lambda - *sigma_));
        }
    }
    switch (which_) {
        case Which::smallest_algebraic:
            return lambda;
        case Which::largest_algebraic:
            return -lambda;
        case Which::smallest_magnitude:
            return std::abs(lambda);
        default:
            return -std::abs(lambda);
    }
}

std::vector<Eigen::Index> Wish::first(const Eigen::VectorXd& values, Index k) const {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(values.size()));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    if (both_ends()) {
        order = ranked(values, Ranking::both_ends);
    } else {
        std::ranges::stable_sort(order, {}, [&](Eigen::Index i) { return key(values[i]); });
    }
    order.resize(std::min(order.size(), static_cast<std::size_t>(k)));
    return order;
}

double Wish::low(double c) const noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (sigma_) return *sigma_ - c;
    switch (which_) {
        case Which::smallest_algebraic:
            return -infinity;
        case Which::largest_algebraic:
            return -c;
        case Which::smallest_magnitude:
            return -c;
        default:
            return c;  // outside: c = -|λ|
    }
}

double Wish::high(double c) const noexcept {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (sigma_) return *sigma_ + c;
    switch (which_) {
        case Which::smallest_algebraic:
            return c;
        case Which::largest_algebraic:
            return infinity;
        case Which::smallest_magnitude:
            return c;
        default:
            return -c;
    }
}

template <Scalar T>
HermitianSolver<T>::HermitianSolver(HermitianProblem<T> problem, Index k, const EigshOptions& options)
    : problem_(std::move(problem)), k_(k), options_(options), wish_(options.which) {
    if (options_.sigma) sigma_ = problem_.to_scaled(*options_.sigma);
    wish_ = Wish(options_.which, sigma_, options_.transform);
    options_.rtol = std::max(options_.rtol, 4 * unit<T>);
    if (options_.max_applications < 0)
        options_.max_applications = std::max<std::int64_t>(1000 + 1000LL * k, 20LL * problem_.pencil.n());
}

template <Scalar T>
bool HermitianSolver<T>::factoring_pays() {
    factor_ = std::make_unique<ShiftedFactor<T>>(*problem_.pencil.A_rows, problem_.pencil.M_rows);
    const FactorStatistics& predicted = factor_->predict({.cancel = options_.cancel});
    const double memory = static_cast<double>(predicted.peak_memory_bytes);
    const double machine = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
    const double allowed = options_.max_memory_bytes ? static_cast<double>(options_.max_memory_bytes) : machine / 2;
    return predicted.flops <= worth_factoring && memory <= allowed;
}

template <Scalar T>
void HermitianSolver<T>::choose_method() {
    using enum EigshMethod;
    const Index n = problem_.pencil.n();
    const bool inside = sigma_ || options_.which == Which::smallest_magnitude;
    const auto choose = [&](EigshMethod method, std::string reason) {
        method_ = method;
        report_.reasons.push_back(std::move(reason));
    };
    if (options_.method != automatic) return choose(options_.method, "as asked for");
    if (problem_.shifted_inverse) return choose(shift_invert, "the inverse of A - sigma M is given");
    if (n <= always_dense)
        return choose(dense,
                      "n = " + std::to_string(n) + " is small: all eigenvalues are computed, and none can be missed");
    if (k_ > n / 4 && n <= largest_dense)
        return choose(dense, "more than a quarter of all eigenvalues is wanted, which is cheaper at once");
    if (!problem_.matrices) {
        if (inside)
            throw Unsupported(
                "eigsh: eigenvalues inside the spectrum of an operator need its shifted inverse (EigshOperators), or "
                "lobpcg or "
                "davidson with a preconditioner");
        return choose(lanczos, "A is known by its products only");
    }
    if (inside) return choose(shift_invert, "eigenvalues near a point inside the spectrum");
    if (options_.which == Which::smallest_algebraic) {
        if (!factoring_pays()) {
            factor_.reset();
            return choose(lanczos, "factoring A - sigma M would take too much memory or work");
        }
        if (shift_below()) return choose(shift_invert, "the smallest eigenvalues of a matrix that is factored cheaply");
        factor_.reset();
        return choose(lanczos, "no shift below the spectrum is at hand");
    }
    choose(lanczos, options_.which == Which::both_ends ? "both ends of the spectrum" : "the large end of the spectrum");
}

template <Scalar T>
bool HermitianSolver<T>::nearly_singular() const {
    const Index n = problem_.pencil.n();
    Buffer<T> x = random_vector<T>(n, 5), y(x.size());
    double growth = 0;
    for (int step = 0; step < 2; ++step) {
        scale(real<T>(1 / static_cast<double>(norm2(x))), x);
        factor_->apply(x, y);
        growth = static_cast<double>(norm2(y));
        if (!std::isfinite(growth)) return true;
        if (growth == 0) return false;
        std::swap(x, y);
    }
    return growth * problem_.norm > 1e12;
}

template <Scalar T>
bool HermitianSolver<T>::shift_below() {
    const Pencil<T>& pencil = problem_.pencil;
    const ShiftLimits limits{.max_memory_bytes = options_.max_memory_bytes, .cancel = options_.cancel};
    const auto definite = [&](double sigma) {
        if (!factor_->factor(sigma, FactorKind::definite, limits)) return false;
        sigma_ = sigma;
        below_spectrum_ = true;
        return true;
    };
    const auto extremes = extreme_ritz_values<T>(pencil.A, 25);
    if (!extremes) return false;
    const double spread = problem_.norm > 0 ? problem_.norm : 1;
    if (extremes->first > -1e-8 * spread) {
        if (definite(0) && !nearly_singular()) return true;
        if (definite(-least_shift * spread / problem_.mass_norm)) return true;
    }
    if (pencil.M) return false;
    // Indefinite: ever further below the lowest Ritz value, which lies above the lowest eigenvalue.
    double distance = 1e-3 * (extremes->second - extremes->first);
    for (int attempt = 0; attempt < 8; ++attempt, distance *= 3)
        if (definite(std::max(extremes->first - distance, problem_.low - 1e-6 * spread))) return true;
    return false;
}

template <Scalar T>
void HermitianSolver<T>::factor_at(double sigma) {
    const Pencil<T>& pencil = problem_.pencil;
    if (!factor_) factor_ = std::make_unique<ShiftedFactor<T>>(*pencil.A_rows, pencil.M_rows);
    const ShiftLimits limits{.max_memory_bytes = options_.max_memory_bytes, .cancel = options_.cancel};
    double step = std::max(least_shift * problem_.norm / problem_.mass_norm, 16 * unit<T> * std::abs(sigma));
    if (step == 0) step = 1;  // A = 0
    double used = sigma;
    for (int attempt = 0;; ++attempt) {
        factor_->factor(used, FactorKind::unknown, limits);
        if (!factor_->singular() && !nearly_singular()) break;
        if (attempt == 6)
            throw SingularMatrix(
                "eigsh: A - sigma M is singular for every sigma tried: A and M have a common null vector");
        used = sigma - step;  // down: the factors of a semidefinite matrix become those of a definite one
        step *= 10;
    }
    sigma_ = used;
    below_spectrum_ = factor_->positive_definite();
    if (used != sigma) {
        report_.warnings.push_back("sigma is an eigenvalue to working precision; " + full(problem_.to_caller(used)) +
                                   " was used instead");
    }
}

template <Scalar T>
void HermitianSolver<T>::dense() {
    const Pencil<T>& pencil = problem_.pencil;
    Eigen::MatrixX<W> A = dense_matrix<T>(pencil.A, pencil.A_rows);
    if (!A.allFinite()) {
        report_.status = Status::not_finite;
        report_.message = "the operator gave a NaN or an infinity";
        return;
    }
    const bool buckling = options_.transform == SpectralTransform::buckling && pencil.M;
    DenseEigenpairs<W> pairs;
    if (!pencil.M) {
        pairs = hermitian_eigenpairs<W>(std::move(A));
    } else {
        const Eigen::MatrixX<W> M = dense_matrix<T>(*pencil.M, pencil.M_rows);
        pairs = buckling ? hermitian_eigenpairs<W>(M, A) : hermitian_eigenpairs<W>(A, M);
        if (buckling) pairs.values = pairs.values.cwiseInverse();
        if (pairs.values.size() < pencil.n() && !sigma_ && options_.which != Which::smallest_magnitude)
            throw NotPositiveDefinite(
                "eigsh: M is singular, and the end of the spectrum infinite; only an inverted shift "
                "(sigma, or SM) can do with that");
    }
    const auto wanted = wish_.first(pairs.values, k_ + 1);
    const auto count = std::min<std::size_t>(wanted.size(), static_cast<std::size_t>(k_));
    Eigen::MatrixX<T> X(A.rows() ? A.rows() : pencil.n(), static_cast<Eigen::Index>(count));
    for (std::size_t i = 0; i < count; ++i)
        X.col(static_cast<Eigen::Index>(i)) = pairs.vectors.col(wanted[i]).template cast<T>();
    accept(X, k_, false);
    report_.operator_applications = pencil.A_rows ? 0 : pencil.n();
    report_.memory_bytes = 3 * sizeof(W) * static_cast<std::size_t>(pencil.n()) * static_cast<std::size_t>(pencil.n());
    if (static_cast<Index>(count) < k_) {
        report_.status = Status::incomplete;
        report_.message = "the pencil has only " + std::to_string(pairs.values.size()) + " finite eigenvalues";
        return;
    }
    if (rejected_ > 0) {
        report_.status = Status::stagnated;
        report_.message = std::to_string(rejected_) + " eigenpairs are not accurate to the tolerance";
        return;
    }
    report_.status = Status::solved;
    const double last = count > 0 ? pairs.values[wanted[count - 1]] : 0;
    const double next = wanted.size() > count ? pairs.values[wanted[count]] : last;
    report_.proof = CompletenessProof{.by = "dense", .count = k_, .shift = problem_.to_caller((last + next) / 2)};
    // All other eigenvalues are known as well, to rounding.
    if (wish_.both_ends() || wish_.outside() || options_.transform != SpectralTransform::shift_invert) return;
    const double rounding = 8 * static_cast<double>(pencil.n()) * unit<double> * problem_.norm;
    if (pencil.M) return;
    const double key = wanted.size() > count ? wish_.key(next) - rounding : std::numeric_limits<double>::infinity();
    cleared_ = Cleared{wish_.low(key), wish_.high(key)};
}

template <Scalar T>
void HermitianSolver<T>::lanczos(Ranking ranking) {
    Pencil<T>& pencil = problem_.pencil;
    if (problem_.matrices) {
        problem_.matrices->tune();
        pencil.A = problem_.matrices->pencil().A;
        pencil.M = problem_.matrices->pencil().M;
    }
    HermitianOperator<T> op;
    op.n = pencil.n();
    if (!pencil.M) {
        op.apply = [&pencil](const auto& X, const auto&, auto Y) { pencil.A.apply_block(X, Y); };
    } else {
        if (!problem_.M_inverse) {
            if (!problem_.matrices)
                throw InvalidArgument("eigsh: A v = lambda M v by products needs M_inverse, or a shifted inverse");
            mass_factor_ = std::make_unique<ShiftedFactor<T>>(*pencil.M_rows, std::nullopt);
            if (!mass_factor_->factor(0, FactorKind::definite,
                                      {.max_memory_bytes = options_.max_memory_bytes, .cancel = options_.cancel}))
                throw NotPositiveDefinite(
                    "eigsh: M is not positive definite; only an inverted shift (sigma) can do with less");
        }
        op.apply = [this, &pencil](const auto& X, const auto&, auto Y) {
            Eigen::MatrixX<T> AX(X.rows(), X.cols());
            pencil.A.apply_block(X, AX);
            if (mass_factor_)
                mass_factor_->apply_block(AX, Y);
            else
                problem_.M_inverse->apply_block(AX, Y);
        };
        op.mass = [&pencil](const auto& X, auto Y) { pencil.M->apply_block(X, Y); };
    }
    LanczosOptions options{.ranking = ranking,
                           .subspace = options_.subspace,
                           .block = options_.block,
                           .rtol = 0.5 * options_.rtol,
                           .floor = 8 * unit<T>};
    iterate(std::move(op), options, false);
}

template <Scalar T>
void HermitianSolver<T>::shift_invert() {
    Pencil<T>& pencil = problem_.pencil;
    if (!problem_.shifted_inverse) {
        if (!problem_.matrices) throw InvalidArgument("eigsh: an inverted shift needs matrices, or shifted_inverse");
        if (!below_spectrum_) {
            const bool smallest = !sigma_ && options_.which == Which::smallest_algebraic;
            if (smallest) {
                if (!factor_) factor_ = std::make_unique<ShiftedFactor<T>>(*pencil.A_rows, pencil.M_rows);
                if (!shift_below()) throw Unsupported("eigsh: no shift below the spectrum was found; give a sigma");
            } else if (sigma_ || options_.which == Which::smallest_magnitude) {
                factor_at(sigma_.value_or(0));
            } else {
                throw InvalidArgument("eigsh: an inverted shift finds the eigenvalues nearest to sigma, or SM or SA");
            }
        }
        report_.reasons.push_back("A - sigma M factored by " + factor_->method());
    }
    iterate_inverse();
    // Eigenvalues so near to the shift that the others drown in the rounding errors of their inverses: from further
    // off.
    for (const double part : {1e-4, 1e-2}) {
        if (!(report_.status == Status::stagnated && rejected_ > 0 && factor_ && reach_ > 0)) break;
        const double moved = *sigma_ - part * reach_;
        factor_at(moved);
        report_.warnings.push_back("the shift was moved to " + full(problem_.to_caller(*sigma_)) +
                                   ", since eigenvalues lie too near to it for the others");
        report_.status = Status::not_converged;
        report_.message.clear();
        iterate_inverse();
    }
}

template <Scalar T>
void HermitianSolver<T>::iterate_inverse() {
    Pencil<T>& pencil = problem_.pencil;
    const double sigma = sigma_.value_or(0);
    report_.sigma = problem_.to_caller(sigma);
    const auto inverse = [this](const auto& X, auto Y) {
        if (factor_)
            factor_->apply_block(X, Y);
        else
            problem_.shifted_inverse->apply_block(X, Y);
    };
    HermitianOperator<T> op;
    op.n = pencil.n();
    const auto apply_mass = [&pencil](const auto& X, auto Y) { pencil.M->apply_block(X, Y); };
    switch (options_.transform) {
        case SpectralTransform::shift_invert:
            op.apply = [inverse](const auto&, const auto& MX, auto Y) { inverse(MX, Y); };
            if (pencil.M) op.mass = apply_mass;
            break;
        case SpectralTransform::buckling:
            op.apply = [inverse](const auto&, const auto& AX, auto Y) { inverse(AX, Y); };
            op.mass = [&pencil](const auto& X, auto Y) { pencil.A.apply_block(X, Y); };
            break;
        case SpectralTransform::cayley:
            op.apply = [inverse, sigma, &pencil](const auto& X, const auto& MX, auto Y) {
                Eigen::MatrixX<T> AX(X.rows(), X.cols());
                pencil.A.apply_block(X, AX);
                AX += real<T>(sigma) * MX;
                inverse(AX, Y);
            };
            if (pencil.M) op.mass = apply_mass;
            break;
    }
    op.mass_is_singular = static_cast<bool>(op.mass);
    // A residual in terms of the inverse grows by |λ − σ| / |θ| only, so that |θ| alone is the measure.
    iterate(std::move(op),
            {.ranking = Ranking::largest_magnitude,
             .subspace = options_.subspace,
             .block = options_.block,
             .rtol = std::max(0.5 * options_.rtol, 16 * unit<T>),
             .floor = 0},
            true);
}

template <Scalar T>
double HermitianSolver<T>::tolerance(double lambda, double norm, double m_norm, bool inverted) const {
    double relative = std::abs(lambda);
    if (inverted) relative = std::max(relative, std::abs(lambda - sigma_.value_or(0)));
    const double rounding = (16 + std::sqrt(static_cast<double>(problem_.pencil.n()))) * unit<T>;
    return std::max(options_.rtol * relative * m_norm,
                    rounding * (problem_.norm + std::abs(lambda) * problem_.mass_norm) * norm);
}

template <Scalar T>
void HermitianSolver<T>::accept(const Eigen::MatrixX<T>& X, Index needed, bool inverted) {
    const bool buckling = options_.transform == SpectralTransform::buckling && problem_.pencil.M;
    const auto inner = buckling ? InnerProduct::stiffness : InnerProduct::mass;
    const Verified<T> all = verify<T>(problem_.pencil, Eigen::VectorXd(), X, inner);
    std::vector<Eigen::Index> good;
    for (Eigen::Index i = 0; i < X.cols(); ++i)
        if (all.residuals[i] <= tolerance(all.values[i], all.norms[i], all.m_norms[i], inverted)) good.push_back(i);
    // Others do not stand in for wanted ones that were rejected.
    const auto wanted = std::min<Eigen::Index>(needed, X.cols());
    const auto kept = std::ranges::count_if(good, [&](Eigen::Index i) { return i < wanted; });
    rejected_ = static_cast<Index>(wanted - kept);
    if (rejected_ > 0) good.resize(static_cast<std::size_t>(kept));
    std::ranges::stable_sort(good, {}, [&](Eigen::Index i) { return all.values[i]; });
    const auto count = static_cast<Eigen::Index>(good.size());
    found_ = {Eigen::VectorXd(count),
              Eigen::VectorXd(count),
              Eigen::VectorXd(count),
              Eigen::VectorXd(count),
              Eigen::MatrixX<T>(X.rows(), count),
              all.orthogonality};
    for (Eigen::Index i = 0; i < count; ++i) {
        const Eigen::Index from = good[static_cast<std::size_t>(i)];
        found_.values[i] = all.values[from];
        found_.residuals[i] = all.residuals[from];
        found_.norms[i] = all.norms[from];
        found_.m_norms[i] = all.m_norms[from];
        found_.vectors.col(i) = X.col(from);
    }
}

template <Scalar T>
bool HermitianSolver<T>::reaches_around(const Eigen::VectorXd& theta) const {
    if (options_.transform != SpectralTransform::shift_invert || !sigma_) return true;
    if (!sigma_given() && options_.which != Which::smallest_magnitude) return true;
    const double centre = options_.sigma ? problem_.to_scaled(*options_.sigma) : 0;
    const double moved = std::abs(*sigma_ - centre);
    if (moved == 0) return true;
    const auto wanted = wish_.first(found_.values, k_);
    if (static_cast<Index>(wanted.size()) < k_) return true;
    // All within R of the shift are known; are all within d of the point asked for?
    const double d = wish_.key(found_.values[wanted.back()]), R = (1 + 1e-10) / theta.cwiseAbs().minCoeff();
    return centre + d <= *sigma_ + R && (below_spectrum_ || centre - d >= *sigma_ - R);
}

template <Scalar T>
void HermitianSolver<T>::iterate(HermitianOperator<T> op, LanczosOptions options, bool inverted) {
    const Index n = problem_.pencil.n();
    if (options.subspace == 0) options.subspace = std::max<Index>(2 * k_ + 10, 24);
    options.subspace = std::min(n, std::max(options.subspace, k_ + 2));
    if (options_.subspace == 0) {
        constexpr double bytes = 1 << 30;
        const double column = static_cast<double>(n) * sizeof(T) * (op.mass ? 2 : 1);
        const double fits =
            std::min(bytes, options_.max_memory_bytes ? 0.5 * static_cast<double>(options_.max_memory_bytes) : bytes) /
            column;
        options.largest_subspace = static_cast<Index>(std::min({static_cast<double>(n), fits, 8.0 * k_ + 1000}));
    }
    // Three solves with factors cost not twice one, since the factors are read once.
    if (options.block == 0) options.block = inverted && factor_ ? 3 : 1;
    options.purify = inverted;
    options.seed = options_.seed;
    options.max_applications = options_.max_applications;
    options.max_seconds = options_.max_seconds;
    options.cancel = options_.cancel;
    const double sigma = sigma_.value_or(0);
    const auto lambda = [&](double theta) {  // of a Ritz value
        if (!inverted) return theta;
        switch (options_.transform) {
            case SpectralTransform::buckling:
                return sigma * theta / (theta - 1);
            case SpectralTransform::cayley:
                return sigma * (theta + 1) / (theta - 1);
            default:
                return sigma + 1 / theta;
        }
    };
    std::int64_t restarts = 0;
    const BandLanczos<T>* running = nullptr;
    if (options_.monitor)
        options.monitor = [&](const Eigen::VectorXd& theta, const Eigen::VectorXd& residuals) {
            std::vector<double> values, norms;
            Index converged = 0;
            for (Eigen::Index i = 0; i < theta.size(); ++i) {
                const double value = lambda(theta[i]);
                // By purified vectors; see shift_invert.
                const double size = inverted ? residuals[i] / (theta[i] * theta[i]) : residuals[i];
                values.push_back(problem_.to_caller(value));
                norms.push_back(std::ldexp(size, problem_.matrix_exponent));
                converged += running->converged(i);
            }
            return options_.monitor(EigenState{.iteration = ++restarts,
                                               .operator_applications = running->applications(),
                                               .converged = converged,
                                               .wanted = k_,
                                               .values = values,
                                               .residuals = norms});
        };
    BandLanczos<T> engine(std::move(op), options);
    running = &engine;

    const bool countable = problem_.matrices && options_.transform == SpectralTransform::shift_invert;
    const bool prove = options_.completeness == Completeness::prove;
    const bool check = options_.completeness != Completeness::none;  // cheaper than a count that finds a copy missing
    Index asked = k_;
    Status status = engine.run(asked);
    if (status == Status::converged && check) status = engine.check(asked);
    std::string why_not;
    for (int attempt = 0;; ++attempt) {
        if (problem_.norm == 0 || !problem_.matrices)
            problem_.norm = std::max(problem_.norm, engine.largest_magnitude());
        const Index ready = engine.settled(static_cast<Index>(engine.values().size()));
        accept(engine.vectors(ready), asked, inverted);
        if (rejected_ > 0 && inverted && status == Status::converged) accept(engine.multiplied(ready), asked, inverted);
        const auto have = static_cast<Index>(found_.values.size());
        if (status != Status::converged) break;
        if (rejected_ > 0 && attempt < 4) {  // estimates were too low: on, with less
            engine.tighten(0.1 * engine.rtol());
            status = engine.refine(ready, asked);
            continue;
        }
        if (rejected_ == 0 && inverted && !reaches_around(engine.values().head(ready)) && asked < n) {
            asked = std::min(n, std::max<Index>(2 * ready, ready + 8));  // more of those nearest to the shift
            status = engine.run(asked);
            if (status == Status::converged && check) status = engine.check(asked);
            --attempt;
            continue;
        }
        if (!prove || have < k_) break;
        if (!countable) {
            report_.status = Status::not_proved;
            why_not = problem_.matrices ? "eigenvalues are not counted in buckling and Cayley mode"
                                        : "A is known by its products only, and cannot be factored";
            break;
        }
        const double next = ready < engine.values().size() ? wish_.key(lambda(engine.values()[ready]))
                                                           : std::numeric_limits<double>::infinity();
        const Comparison comparison = compare_with_count(next);
        if (comparison.agrees) {
            report_.status = Status::solved;
            break;
        }
        if (!comparison.failure.empty()) {
            report_.status = Status::not_proved;
            why_not = comparison.failure;
            break;
        }
        if (comparison.missing > 0 && attempt < 8) {  // from a random vector, orthogonal to what there is
            status = engine.check(asked);
            continue;
        }
        report_.status = Status::incomplete;
        why_not = comparison.missing > 0
                      ? std::to_string(comparison.missing) + " eigenvalues of the set were not found"
                      : "the count by inertia gives fewer eigenvalues than were found, with small residuals";
        break;
    }
    report_.iterations += engine.restarts();
    report_.operator_applications += engine.applications();
    reach_ = 0;
    for (Eigen::Index i = 0; i < std::min<Eigen::Index>(k_, engine.values().size()) && inverted; ++i)
        reach_ = std::max(reach_, std::abs(lambda(engine.values()[i]) - sigma));
    report_.memory_bytes = engine.memory_bytes() + (factor_ ? factor_->memory_bytes() : 0) +
                           (mass_factor_ ? mass_factor_->memory_bytes() : 0);
    report_.message = why_not;
    if (status != Status::converged) {
        report_.status = status;
        report_.message = engine.message();
        report_.proof.reset();
    } else if (static_cast<Index>(found_.values.size()) < k_) {
        report_.status = Status::stagnated;
        report_.message = engine.exhausted() && rejected_ == 0
                              ? "there are only " + std::to_string(found_.values.size()) + " finite eigenvalues"
                              : "rounding errors keep the other eigenpairs from the tolerance";
        report_.proof.reset();
    } else if (report_.status == Status::not_converged) {
        report_.status = Status::converged;
    }
}

template <Scalar T>
EigshResult<T> HermitianSolver<T>::filtered() {
    if (sigma_) throw Unsupported("eigsh: the method filtered finds LA and SA, and eigsh_interval all of an interval");
    if (problem_.matrices) {
        problem_.matrices->tune();
        problem_.pencil.A = problem_.matrices->pencil().A;
    }
    EigshResult<T> answer = filtered_end<T>(problem_.pencil, k_, options_);
    scale_back(answer, problem_);
    answer.report.reasons.insert(answer.report.reasons.begin(), report_.reasons.begin(), report_.reasons.end());
    return answer;
}

template <Scalar T>
void HermitianSolver<T>::spectra() {
    if constexpr (is_complex<T>) {
        throw Unsupported("eigsh: the method spectra is for real matrices");
    } else {
        SpectraPairs pairs;
        EigshOptions options = options_;
        if (sigma_) {
            if (!problem_.shifted_inverse) {
                if (!problem_.matrices)
                    throw InvalidArgument("eigsh: an inverted shift needs a matrix, or shifted_inverse");
                factor_at(*sigma_);
            }
            options.sigma = sigma_;
            const auto inverse = factor_ ? LinearOperatorRef<T>(*factor_) : *problem_.shifted_inverse;
            report_.sigma = problem_.to_caller(*sigma_);
            pairs = spectra_eigsh<T>(problem_.pencil, k_, options, &inverse);
        } else {
            pairs = spectra_eigsh<T>(problem_.pencil, k_, options);
        }
        report_.iterations = pairs.iterations;
        report_.operator_applications = pairs.operator_applications;
        if (problem_.norm == 0 && pairs.values.size() > 0) problem_.norm = pairs.values.cwiseAbs().maxCoeff();
        accept(pairs.vectors.template cast<T>(), k_, sigma_.has_value());
        report_.status = pairs.status;
        report_.message = pairs.message;
        if (pairs.status != Status::converged) return;
        if (static_cast<Index>(found_.values.size()) < k_) {
            report_.status = Status::stagnated;
            report_.message = "Spectra returned pairs that are wrong by their residuals";
            return;
        }
        if (options_.completeness == Completeness::none) return;
        // It leaves out copies of multiple eigenvalues without a word, so that only a count is believed.
        const Comparison comparison =
            problem_.matrices ? compare_with_count(std::numeric_limits<double>::infinity())
                              : Comparison{.agrees = false, .missing = 0, .failure = "A is known by its products only"};
        report_.status = comparison.agrees            ? Status::solved
                         : comparison.failure.empty() ? Status::incomplete
                                                      : Status::not_proved;
        if (!comparison.agrees)
            report_.message = comparison.failure.empty() ? "Spectra has missed eigenvalues of the set, by their count"
                                                         : comparison.failure;
    }
}

template <Scalar T>
void HermitianSolver<T>::another_way() {
    if (report_.status != Status::max_iterations && report_.status != Status::stagnated) return;
    const Index n = problem_.pencil.n();
    const bool end = options_.which == Which::largest_algebraic && problem_.matrices && found_.values.size() > 0;
    const auto again = [&](EigshMethod method, const char* reason) {
        method_ = method;
        report_.reasons.push_back("Lanczos: " + std::string(name(report_.status)) + " after " +
                                  std::to_string(report_.operator_applications) + " products; " + reason);
        report_.status = Status::not_converged;
        report_.message.clear();
    };
    if (n <= dense_rather_than_nothing) {
        again(EigshMethod::dense, "all eigenvalues are computed instead");
        dense();
    } else if (end && factoring_pays()) {
        again(EigshMethod::shift_invert, "a shift above the spectrum is inverted instead");
        factor_at(found_.values.maxCoeff() + 1e-4 * problem_.norm / problem_.mass_norm);
        iterate_inverse();
    }
}

template <Scalar T>
EigshResult<T> HermitianSolver<T>::solve() {
    const auto start = std::chrono::steady_clock::now();
    choose_method();
    switch (method_) {
        case EigshMethod::dense:
            dense();
            break;
        case EigshMethod::lanczos:
            if (sigma_given())
                throw InvalidArgument(
                    "eigsh: the method lanczos finds the ends of a spectrum, and takes no sigma; shift_invert does");
            switch (options_.which) {
                case Which::largest_algebraic:
                    lanczos(Ranking::largest);
                    break;
                case Which::smallest_algebraic:
                    lanczos(Ranking::smallest);
                    break;
                case Which::both_ends:
                    lanczos(k_ == 1 ? Ranking::largest : Ranking::both_ends);
                    break;
                case Which::largest_magnitude:
                    lanczos(Ranking::largest_magnitude);
                    break;
                default:
                    throw InvalidArgument("eigsh: the method lanczos finds the ends of a spectrum: LM, LA, SA or BE");
            }
            break;
        case EigshMethod::shift_invert:
            shift_invert();
            break;
        case EigshMethod::filtered: {
            EigshResult<T> answer = filtered();
            answer.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            return answer;
        }
        case EigshMethod::spectra:
            spectra();
            break;
        case EigshMethod::automatic:
            break;
    }
    if (options_.method == EigshMethod::automatic && method_ == EigshMethod::lanczos) another_way();
    EigshResult<T> answer = result();
    answer.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return answer;
}

template <Scalar T>
double HermitianSolver<T>::residual_factor() const {
    if (problem_.pencil.M && options_.transform == SpectralTransform::buckling)
        return std::numeric_limits<double>::quiet_NaN();
    return residual_weight(problem_.pencil);
}

template <Scalar T>
EigshResult<T> HermitianSolver<T>::result() {
    const Eigen::Index all = found_.values.size();
    const double factor = residual_factor();
    Eigen::VectorXd weighed(all), rounding(all);
    for (Eigen::Index i = 0; i < all; ++i) {
        weighed[i] = found_.residuals[i] * factor * (1 + 2 * found_.orthogonality);
        rounding[i] = 2 * unit<T> * std::abs(found_.values[i]);
        if (!problem_.matrices) rounding[i] += 8 * unit<T> * problem_.norm;
    }
    Eigen::VectorXd bounds = error_bounds(found_.values, weighed, rounding, cleared_);
    auto chosen = wish_.first(found_.values, k_);
    std::ranges::sort(chosen);
    const auto k = static_cast<Eigen::Index>(chosen.size());
    EigshResult<T> answer{Eigen::VectorX<Real<T>>(k), Eigen::MatrixX<T>(problem_.pencil.n(), k), Eigen::VectorXd(k),
                          Eigen::VectorXd(k), std::move(report_)};
    // ‖v‖_M = 1 for the caller's M = 2^e times the one here; buckling: for A.
    const int vector_exponent =
        -(options_.transform == SpectralTransform::buckling && problem_.pencil.M ? problem_.matrix_exponent
                                                                                 : problem_.mass_exponent) /
        2;
    // What underflows when a matrix of large numbers is scaled.
    const double lost = problem_.exponent > 0
                            ? std::ldexp(static_cast<double>(problem_.pencil.n()) * std::numeric_limits<Real<T>>::min(),
                                         problem_.exponent)
                            : 0;
    for (Eigen::Index i = 0; i < k; ++i) {
        const Eigen::Index from = chosen[static_cast<std::size_t>(i)];
        answer.values[i] = static_cast<Real<T>>(problem_.to_caller(found_.values[from]));
        answer.vectors.col(i) = found_.vectors.col(from);
        if (vector_exponent != 0) answer.vectors.col(i) *= real<T>(std::ldexp(1.0, vector_exponent));
        answer.residuals[i] = std::ldexp(found_.residuals[from], problem_.matrix_exponent + vector_exponent);
        answer.error_bounds[i] = problem_.to_caller(bounds[from]) + lost;
    }
    EigenReport& report = answer.report;
    report.method = name(method_);
    report.converged = static_cast<Index>(k);
    report.orthogonality = found_.orthogonality;
    report.norm_estimate = std::ldexp(problem_.norm, problem_.matrix_exponent);
    report.factorizations +=
        (factor_ ? factor_->factorizations() : 0) + (mass_factor_ ? mass_factor_->factorizations() : 0);
    return answer;
}

#define INSTANTIATE(T) template class HermitianSolver<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
