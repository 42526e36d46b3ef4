// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/klu.hpp"

#include <klu.h>

#include <algorithm>
#include <limits>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "solvers/factor_common.hpp"
#include "solvers/suitesparse/common.hpp"

namespace ritz {

namespace {

using detail::Working;
using Long = SuiteSparse_long;

/// KLU's two 64-bit interfaces under one name. Complex numbers are pairs.
template <class W>
struct Interface;

template <>
struct Interface<double> {
    static constexpr auto factor = klu_l_factor;
    static constexpr auto refactor = klu_l_refactor;
    static constexpr auto free_numeric = klu_l_free_numeric;
    static constexpr auto flops = klu_l_flops;
    static constexpr auto rgrowth = klu_l_rgrowth;
    static constexpr auto solve = klu_l_solve;
    static Long tsolve(klu_l_symbolic* S, klu_l_numeric* N, Long d, Long columns, double* B, bool, klu_l_common* c) {
        return klu_l_tsolve(S, N, d, columns, B, c);
    }
};

template <>
struct Interface<std::complex<double>> {
    static constexpr auto factor = klu_zl_factor;
    static constexpr auto refactor = klu_zl_refactor;
    static constexpr auto free_numeric = klu_zl_free_numeric;
    static constexpr auto flops = klu_zl_flops;
    static constexpr auto rgrowth = klu_zl_rgrowth;
    static constexpr auto solve = klu_zl_solve;
    static Long tsolve(klu_l_symbolic* S, klu_l_numeric* N, Long d, Long columns, double* B, bool conjugated,
                       klu_l_common* c) {
        return klu_zl_tsolve(S, N, d, columns, B, conjugated, c);
    }
};

/// KLU declares nothing const, and changes nothing that it is only given to read.
double* doubles(const double* x) {
    return const_cast<double*>(x);
}
double* doubles(const std::complex<double>* x) {
    return const_cast<double*>(reinterpret_cast<const double*>(x));
}

}  // namespace

template <Scalar T>
struct Klu<T>::State {
    using W = Working<T>;
    using Library = Interface<W>;

    Index n = 0;
    detail::Pattern<Long, Long> pattern;
    klu_l_common common{};  // of this object alone: KLU keeps its counts and statuses there
    klu_l_symbolic* symbolic = nullptr;
    klu_l_numeric* numeric = nullptr;
    double growth = 1, growth_when_pivoted = 1;
    FactorStatistics statistics;

    State() { klu_l_defaults(&common); }
    ~State() {
        forget_factors();
        if (symbolic) klu_l_free_symbolic(&symbolic, &common);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void forget_factors() noexcept {
        if (numeric) Library::free_numeric(&numeric, &common);
        numeric = nullptr;
    }

    [[noreturn]] void fail(const char* who) const {
        if (common.status == KLU_SINGULAR) {
            const bool known = common.singular_col >= 0 && common.singular_col < n;
            throw SingularMatrix(std::string(who) + ": the matrix is singular" +
                                 (known ? ", which was found at column " + std::to_string(common.singular_col) : ""));
        }
        if (common.status == KLU_OUT_OF_MEMORY) throw OutOfMemory(std::string(who) + ": out of memory");
        if (common.status == KLU_TOO_LARGE)
            throw LimitExceeded(std::string(who) + ": the factors have more entries than 64 bits can count");
        throw Error(std::string(who) + ": KLU failed with status " + std::to_string(common.status));
    }

    void analyse(const CscView<T>& A, const FactorOptions& options) {
        detail::Stopwatch watch;
        pattern = detail::Pattern<Long, Long>(A);
        common.scale = 0;             // as documented, A is taken as it is
        common.halt_if_singular = 1;  // or else there are factors with infinities
        common.maxwork = 1000;        // the search for a matching gives up after as many passes over A
        Ordering ordering = options.ordering;
        if (ordering == Ordering::automatic) ordering = Ordering::amd;
        detail::require(ordering == Ordering::amd || ordering == Ordering::colamd || ordering == Ordering::natural,
                        "Klu: knows the orderings amd, colamd and natural, not " + std::string(name(ordering)));
        common.ordering = ordering == Ordering::colamd ? 1 : 0;
        Long* const p = pattern.pointers.data();
        Long* const i = pattern.indices.data();
        symbolic = ordering == Ordering::natural ? klu_l_analyze_given(n, p, i, nullptr, nullptr, &common)
                                                 : klu_l_analyze(n, p, i, &common);
        if (!symbolic) fail("Klu");
        statistics.ordering = ordering;
        if (symbolic->lnz >= 0 && symbolic->unz >= 0) {
            // An entry and its index; the diagonals are kept apart. The largest block is made a fifth larger than
            // counted, and cut to its size when it is done.
            const double entries = symbolic->lnz + symbolic->unz;
            const double factors = (entries - 2.0 * n) * (sizeof(W) + sizeof(Long));
            const double rest = static_cast<double>(symbolic->nzoff) * (sizeof(W) + sizeof(Long)) +
                                5.0 * sizeof(W) * n + 16.0 * sizeof(Long) * n + static_cast<double>(pattern.bytes());
            statistics.factor_nonzeros = static_cast<Offset>(entries) + symbolic->nzoff;
            statistics.flops = symbolic->est_flops * (is_complex<T> ? 4 : 1);
            statistics.memory_bytes = static_cast<std::size_t>(factors + rest);
            statistics.peak_memory_bytes = static_cast<std::size_t>(1.2 * factors + rest);
        }
        statistics.analyse_seconds = watch.lap();
    }

    /// `keep_pivots`: those of the factors that there are.
    void factor(const CscView<T>& A, bool keep_pivots) {
        detail::Stopwatch watch;
        if (n == 0) return;
        if (!symbolic) throw SingularMatrix("Klu: the matrix has no entries", 0);
        Buffer<W> copy;
        const W* values = nullptr;
        if constexpr (std::same_as<T, W>) {
            values = A.values().data();
        } else {
            copy = detail::widened(A.values());
            values = copy.data();
        }
        common.mempeak = common.memusage;
        if (!keep_pivots || !numeric || !refactored(values)) {
            pivot(values);
        }
        Library::flops(symbolic, numeric, &common);
        statistics.factor_nonzeros = numeric->lnz + numeric->unz + numeric->nzoff;
        statistics.flops = common.flops * (is_complex<T> ? 4 : 1);
        statistics.memory_bytes = common.memusage + pattern.bytes();
        statistics.peak_memory_bytes = common.mempeak + pattern.bytes();
        statistics.factor_seconds = watch.lap();
    }

    /// A diagonal pivot a thousandth of the largest in its column keeps the fill as counted, and serves most matrices
    /// from circuits. Where it lets the elements of U grow, a tenth is asked for.
    void pivot(const W* values) {
        for (const double tolerance : {1e-3, 1e-1}) {
            common.tol = tolerance;
            forget_factors();
            numeric =
                Library::factor(pattern.pointers.data(), pattern.indices.data(), doubles(values), symbolic, &common);
            if (numeric && common.status == KLU_OK && !finite_pivots()) common.status = KLU_SINGULAR;
            if (!numeric || common.status != KLU_OK) {
                forget_factors();
                fail("Klu");
            }
            growth = growth_when_pivoted = measured_growth(values);
            if (growth >= acceptable_growth) break;
        }
    }
    static constexpr double acceptable_growth = 1e-3;

    /// klu_refactor answers "ok" whatever became of the pivots, and solves then give a wrong x: true only if they
    /// serve.
    bool refactored(const W* values) {
        if (!Library::refactor(pattern.pointers.data(), pattern.indices.data(), doubles(values), symbolic, numeric,
                               &common) ||
            common.status != KLU_OK || !finite_pivots())
            return false;
        growth = measured_growth(values);
        return growth >= std::min(acceptable_growth, growth_when_pivoted / 10);  // false for NaN
    }

    bool finite_pivots() const {
        const W* const pivots = static_cast<const W*>(numeric->Udiag);
        return std::all_of(pivots, pivots + n, [](W u) {
            const double size = std::max(std::abs(std::real(u)), std::abs(std::imag(u)));
            return std::isfinite(size) && size > 0;
        });
    }

    double measured_growth(const W* values) {
        const bool known = Library::rgrowth(pattern.pointers.data(), pattern.indices.data(), doubles(values), symbolic,
                                            numeric, &common);
        return known ? common.rgrowth : 0;
    }

    void require_factors(const char* who) const {
        detail::require(n == 0 || numeric, std::string(who) + ": there are no factors, since the last refactor failed");
    }

    /// B ← op(A)⁻¹ B for `columns` ≤ 4 columns. The workspace for it, and the statuses, which are in the objects, are
    /// copies of this call: so several threads may be here at once.
    void solve(const char* who, Transpose which, W* B, Long columns) const {
        Buffer<W> workspace(static_cast<std::size_t>(n) * 4);
        klu_l_numeric factors = *numeric;
        factors.Xwork = workspace.data();
        klu_l_common status = common;
        const Long ok = which == Transpose::none ? Library::solve(symbolic, &factors, n, columns, doubles(B), &status)
                                                 : Library::tsolve(symbolic, &factors, n, columns, doubles(B),
                                                                   which == Transpose::adjoint, &status);
        if (!ok) throw Error(std::string(who) + ": KLU failed with status " + std::to_string(status.status));
    }

    void apply(const char* who, Transpose which, VectorView<T> b, VectorRef<T> x) const {
        detail::require_lengths(who, b.size(), x.size(), n, n);
        require_factors(who);
        if (n == 0) return;
        auto in_place = detail::widened(b);
        solve(who, which, in_place.data(), 1);
        detail::assign(x, in_place.data());
    }
};

template <Scalar T>
Klu<T>::Analysis::Analysis(const CscView<T>& A, const FactorOptions& options) : state_(std::make_unique<State>()) {
    detail::require_square("Klu", A);
    detail::stop_if_cancelled("Klu", options);
    state_->n = A.rows();
    if (A.nnz() > 0) state_->analyse(A, options);  // KLU is not asked about null arrays
}

template <Scalar T>
Klu<T>::Analysis::~Analysis() = default;
template <Scalar T>
Klu<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Klu<T>::Analysis& Klu<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
Index Klu<T>::Analysis::rows() const noexcept {
    return state_->n;
}
template <Scalar T>
Index Klu<T>::Analysis::blocks() const noexcept {
    return state_->symbolic ? static_cast<Index>(state_->symbolic->nblocks) : 0;
}
template <Scalar T>
Index Klu<T>::Analysis::largest_block() const noexcept {
    return state_->symbolic ? static_cast<Index>(state_->symbolic->maxblock) : 0;
}
template <Scalar T>
const FactorStatistics& Klu<T>::Analysis::statistics() const noexcept {
    return state_->statistics;
}

template <Scalar T>
Klu<T>::Klu(const CscView<T>& A, const FactorOptions& options) : Klu(A, Analysis(A, options), options) {}

template <Scalar T>
Klu<T>::Klu(const CscView<T>& A, Analysis analysis, const FactorOptions& options) : state_(std::move(analysis.state_)) {
    detail::require(state_ != nullptr, "Klu: the analysis was used up by another factorisation");
    detail::require_memory("Klu", static_cast<double>(state_->statistics.peak_memory_bytes), options.max_memory_bytes);
    detail::stop_if_cancelled("Klu", options);
    refactor(A);
}

template <Scalar T>
Klu<T>::~Klu() = default;
template <Scalar T>
Klu<T>::Klu(Klu&&) noexcept = default;
template <Scalar T>
Klu<T>& Klu<T>::operator=(Klu&&) noexcept = default;

template <Scalar T>
Index Klu<T>::rows() const noexcept {
    return state_->n;
}
template <Scalar T>
Index Klu<T>::blocks() const noexcept {
    return state_->symbolic ? static_cast<Index>(state_->symbolic->nblocks) : 0;
}
template <Scalar T>
const FactorStatistics& Klu<T>::statistics() const noexcept {
    return state_->statistics;
}
template <Scalar T>
double Klu<T>::reciprocal_growth() const noexcept {
    return state_->growth;
}

template <Scalar T>
double Klu<T>::pivot_ratio() const noexcept {
    if (!state_->numeric) return 1;
    const auto* const pivots = static_cast<const Working<T>*>(state_->numeric->Udiag);
    double smallest = std::numeric_limits<double>::infinity(), largest = 0;
    for (Index k = 0; k < state_->n; ++k) {
        smallest = std::min(smallest, std::abs(pivots[k]));
        largest = std::max(largest, std::abs(pivots[k]));
    }
    return smallest / largest;
}

template <Scalar T>
void Klu<T>::refactor(const CscView<T>& A) {
    detail::require(A.rows() == rows() && A.cols() == rows(), "Klu: the matrix must have the shape that was analysed");
    if (state_->symbolic)
        state_->pattern.require_same("Klu", A);
    else
        detail::require(A.nnz() == 0, "Klu: the matrix must have the pattern that was analysed");
    detail::require_finite("Klu", A);
    state_->factor(A, true);
}

template <Scalar T>
void Klu<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    state_->apply("Klu::apply", Transpose::none, b, x);
}
template <Scalar T>
void Klu<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {
    state_->apply("Klu::apply_transpose", Transpose::transpose, b, x);
}
template <Scalar T>
void Klu<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    state_->apply("Klu::apply_adjoint", Transpose::adjoint, b, x);
}

template <Scalar T>
Eigen::MatrixX<T> Klu<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which) const {
    const State& s = *state_;
    const char* const who = "Klu::solve";
    detail::require(B.rows() == s.n, std::string(who) + ": B must have " + std::to_string(s.n) + " rows, found " +
                                         std::to_string(B.rows()));
    s.require_factors(who);
    Eigen::MatrixX<T> X(B.rows(), B.cols());
    if (X.size() == 0) return X;
    constexpr Eigen::Index width = 4;
    detail::parallel_tasks(
        (B.cols() + width - 1) / width, detail::threads_for(B.cols() * s.statistics.factor_nonzeros, 1 << 20),
        [&](std::int64_t block) {
            const Eigen::Index first = block * width, columns = std::min(width, B.cols() - first);
            Eigen::MatrixX<Working<T>> part = B.middleCols(first, columns).template cast<Working<T>>();
            s.solve(who, which, part.data(), columns);
            X.middleCols(first, columns) = part.template cast<T>();
        });
    return X;
}

template <Scalar T>
LogDeterminant<T> Klu<T>::log_determinant() const {
    const State& s = *state_;
    s.require_factors("Klu::log_determinant");
    if (s.n == 0) return {};
    detail::LongProduct<Working<T>> product;
    const auto* const pivots = static_cast<const Working<T>*>(s.numeric->Udiag);
    for (Index k = 0; k < s.n; ++k) product.multiply(pivots[k]);
    const Buffer<Long> p(s.numeric->Pnum, s.numeric->Pnum + s.n), q(s.symbolic->Q, s.symbolic->Q + s.n);
    if (detail::is_odd(p) != detail::is_odd(q)) product.negate();
    return product.template result<T>();
}

#define INSTANTIATE(T) template class Klu<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
