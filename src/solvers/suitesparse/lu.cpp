// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/lu.hpp"

#include <umfpack.h>

#include <algorithm>
#include <mutex>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "solvers/block_solve.hpp"
#include "solvers/factor_common.hpp"
#include "solvers/suitesparse/common.hpp"

namespace ritz {

namespace {

using detail::Working;
using Long = SuiteSparse_long;

/// UMFPACK's four interfaces under one name.
template <class W, class Int>
struct Umfpack;

#define REAL_INTERFACE(Int, prefix)                                                                                    \
    template <>                                                                                                        \
    struct Umfpack<double, Int> {                                                                                      \
        static constexpr auto defaults = umfpack_##prefix##_defaults;                                                  \
        static constexpr auto free_symbolic = umfpack_##prefix##_free_symbolic;                                        \
        static constexpr auto free_numeric = umfpack_##prefix##_free_numeric;                                          \
        static constexpr auto get_lunz = umfpack_##prefix##_get_lunz;                                                  \
        static constexpr std::size_t workspace = 1; /* doubles a row, without refinement */                            \
        static Long symbolic(Int n, const Int* p, const Int* i, const double* x, void** S, const double* control,      \
                             double* info) {                                                                           \
            return umfpack_##prefix##_symbolic(n, n, p, i, x, S, control, info);                                       \
        }                                                                                                              \
        static Long numeric(const Int* p, const Int* i, const double* x, void* S, void** N, const double* control,     \
                            double* info) {                                                                            \
            return umfpack_##prefix##_numeric(p, i, x, S, N, control, info);                                           \
        }                                                                                                              \
        static Long wsolve(Int system, double* x, const double* b, void* N, const double* control, double* info,       \
                           Int* wi, double* w) {                                                                       \
            return umfpack_##prefix##_wsolve(system, nullptr, nullptr, nullptr, x, b, N, control, info, wi, w);        \
        }                                                                                                              \
        static Long get_numeric(Int* lp, Int* lj, double* lx, Int* up, Int* ui, double* ux, Int* p, Int* q, double* d, \
                                void* N) {                                                                             \
            Int reciprocals;                                                                                           \
            return umfpack_##prefix##_get_numeric(lp, lj, lx, up, ui, ux, p, q, d, &reciprocals, nullptr, N);          \
        }                                                                                                              \
    };
// Packed complex: the imaginary arrays are null, the real ones hold pairs.
#define COMPLEX_INTERFACE(Int, prefix)                                                                                \
    template <>                                                                                                       \
    struct Umfpack<std::complex<double>, Int> {                                                                       \
        using Complex = std::complex<double>;                                                                         \
        static const double* pairs(const Complex* x) { return reinterpret_cast<const double*>(x); }                   \
        static double* pairs(Complex* x) { return reinterpret_cast<double*>(x); }                                     \
        static constexpr auto defaults = umfpack_##prefix##_defaults;                                                 \
        static constexpr auto free_symbolic = umfpack_##prefix##_free_symbolic;                                       \
        static constexpr auto free_numeric = umfpack_##prefix##_free_numeric;                                         \
        static constexpr auto get_lunz = umfpack_##prefix##_get_lunz;                                                 \
        static constexpr std::size_t workspace = 4;                                                                   \
        static Long symbolic(Int n, const Int* p, const Int* i, const Complex* x, void** S, const double* control,    \
                             double* info) {                                                                          \
            return umfpack_##prefix##_symbolic(n, n, p, i, pairs(x), nullptr, S, control, info);                      \
        }                                                                                                             \
        static Long numeric(const Int* p, const Int* i, const Complex* x, void* S, void** N, const double* control,   \
                            double* info) {                                                                           \
            return umfpack_##prefix##_numeric(p, i, pairs(x), nullptr, S, N, control, info);                          \
        }                                                                                                             \
        static Long wsolve(Int system, Complex* x, const Complex* b, void* N, const double* control, double* info,    \
                           Int* wi, double* w) {                                                                      \
            return umfpack_##prefix##_wsolve(system, nullptr, nullptr, nullptr, nullptr, pairs(x), nullptr, pairs(b), \
                                             nullptr, N, control, info, wi, w);                                       \
        }                                                                                                             \
        static Long get_numeric(Int* lp, Int* lj, Complex* lx, Int* up, Int* ui, Complex* ux, Int* p, Int* q,         \
                                Complex* d, void* N) {                                                                \
            Int reciprocals;                                                                                          \
            /* a null imaginary array of a part means packed; a null real one, that the part is not wanted */         \
            return umfpack_##prefix##_get_numeric(lp, lj, pairs(lx), nullptr, up, ui, pairs(ux), nullptr, p, q,       \
                                                  pairs(d), nullptr, &reciprocals, nullptr, N);                       \
        }                                                                                                             \
    };
REAL_INTERFACE(int, di)
REAL_INTERFACE(Long, dl)
COMPLEX_INTERFACE(int, zi)
COMPLEX_INTERFACE(Long, zl)
#undef REAL_INTERFACE
#undef COMPLEX_INTERFACE

/// UMFPACK_OK is 0; negative are errors, and positive "warnings", of which the first is a singular matrix with
/// infinities to come: both are failures here.
void check(Long status, const char* who) {
    if (status == UMFPACK_OK) return;
    if (status == UMFPACK_WARNING_singular_matrix) throw SingularMatrix(std::string(who) + ": a pivot is exactly zero");
    if (status == UMFPACK_ERROR_out_of_memory) throw OutOfMemory(std::string(who) + ": out of memory");
    throw Error(std::string(who) + ": UMFPACK failed with status " + std::to_string(status));
}

/// One matrix in UMFPACK's hands.
template <class W>
class Engine {
public:
    virtual ~Engine() = default;
    virtual void analyse(const W* values, Ordering ordering) = 0;
    virtual void factor(const W* values) = 0;
    virtual void forget_factors() noexcept = 0;
    virtual bool factored() const noexcept = 0;
    virtual void solve(Transpose which, const W* b, W* x) const = 0;
    virtual detail::LongProduct<W> determinant() const = 0;
    virtual std::size_t bytes() const noexcept = 0;  ///< of the pattern and its like, which UMFPACK does not count

    double info[UMFPACK_INFO] = {};
};

/// With indices of type Int: of 32 bits they save a tenth of the time and more of the memory, but cannot count more
/// than 2³¹ units of 8 or 16 bytes, and UMFPACK is then out of memory.
template <class W, class Int>
class EngineWith final : public Engine<W> {
    using Interface = Umfpack<W, Int>;

public:
    using Engine<W>::info;

    template <Scalar T>
    explicit EngineWith(const CscView<T>& A) : pattern_(A) {
        Interface::defaults(control_);
        control_[UMFPACK_PRL] = 0;
        control_[UMFPACK_IRSTEP] = 0;                  // refinement is the caller's, with better residuals
        control_[UMFPACK_SCALE] = UMFPACK_SCALE_NONE;  // as documented, A is taken as it is
    }
    ~EngineWith() override {
        forget_factors();
        if (symbolic_) Interface::free_symbolic(&symbolic_);
    }
    EngineWith(const EngineWith&) = delete;
    EngineWith& operator=(const EngineWith&) = delete;

    const detail::Pattern<Int, Int>& pattern() const noexcept { return pattern_; }

    void analyse(const W* values, Ordering ordering) override {
        control_[UMFPACK_STRATEGY] = ordering == Ordering::amd      ? UMFPACK_STRATEGY_SYMMETRIC
                                     : ordering == Ordering::colamd ? UMFPACK_STRATEGY_UNSYMMETRIC
                                                                    : UMFPACK_STRATEGY_AUTO;
        control_[UMFPACK_ORDERING] = ordering == Ordering::natural ? UMFPACK_ORDERING_NONE
                                     : ordering == Ordering::metis ? UMFPACK_ORDERING_METIS
                                     : ordering == Ordering::best  ? UMFPACK_ORDERING_BEST
                                                                   : UMFPACK_ORDERING_AMD;
        symbolic_ = symbolic(values, info);
        // METIS costs as much as some thousand million operations and saves half of them in three dimensions, nothing
        // in two (docs/adr/0011).
        const double flops = info[UMFPACK_SYMMETRIC_FLOPS], entries = info[UMFPACK_SYMMETRIC_LUNZ];
        if (ordering != Ordering::automatic || flops < 3e9 || flops < 500 * entries) return;
        double other_info[UMFPACK_INFO] = {};
        control_[UMFPACK_ORDERING] = UMFPACK_ORDERING_METIS;
        void* other = nullptr;
        try {
            other = symbolic(values, other_info);
        } catch (const Error&) {
            return;  // there is one already
        }
        if (other_info[UMFPACK_SYMMETRIC_FLOPS] < flops) {
            std::swap(other, symbolic_);
            std::copy(std::begin(other_info), std::end(other_info), info);
        }
        Interface::free_symbolic(&other);
    }

    void factor(const W* values) override {
        forget_factors();
        const Long status = Interface::numeric(pattern_.pointers.data(), pattern_.indices.data(), values, symbolic_,
                                               &numeric_, control_, info);
        if (status != UMFPACK_OK) forget_factors();  // there are some in spite of a warning
        check(status, "Lu");
    }
    void forget_factors() noexcept override {
        if (numeric_) Interface::free_numeric(&numeric_);
        numeric_ = nullptr;
    }
    bool factored() const noexcept override { return numeric_ != nullptr; }

    void solve(Transpose which, const W* b, W* x) const override {
        const auto n = pattern_.pointers.size() - 1;
        Buffer<Int> wi(n);
        Buffer<double> w(n * Interface::workspace);
        double unused[UMFPACK_INFO];
        const Int system = which == Transpose::none      ? UMFPACK_A
                           : which == Transpose::adjoint ? UMFPACK_At
                                                         : UMFPACK_Aat;
        check(Interface::wsolve(system, x, b, numeric_, control_, unused, wi.data(), w.data()), "Lu");
    }

    // From the diagonal of U, because umfpack_*_get_determinant multiplies with powers of ten that it rounds.
    detail::LongProduct<W> determinant() const override {
        const auto n = pattern_.pointers.size() - 1;
        Buffer<Int> p(n), q(n);
        Buffer<W> d(n);
        check(Interface::get_numeric(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, p.data(), q.data(), d.data(),
                                     numeric_),
              "Lu::log_determinant");
        detail::LongProduct<W> product;
        for (const W& u : d) product.multiply(u);
        if (detail::is_odd(p) != detail::is_odd(q)) product.negate();
        return product;
    }

    std::size_t bytes() const noexcept override { return pattern_.bytes(); }

    /// The factors in a form of our own.
    std::unique_ptr<detail::BlockFactors<W, Int>> copy() const {
        Int lnz, unz, rows, cols, nonzero_pivots;
        check(Interface::get_lunz(&lnz, &unz, &rows, &cols, &nonzero_pivots, numeric_), "Lu::solve");
        auto f = std::make_unique<detail::BlockFactors<W, Int>>();
        const auto n = static_cast<std::size_t>(rows);
        f->l_pointers.resize(n + 1), f->u_pointers.resize(n + 1), f->row_of.resize(n), f->column_of.resize(n);
        f->l_indices.resize(static_cast<std::size_t>(lnz)), f->l_values.resize(static_cast<std::size_t>(lnz));
        f->u_indices.resize(static_cast<std::size_t>(unz)), f->u_values.resize(static_cast<std::size_t>(unz));
        check(Interface::get_numeric(f->l_pointers.data(), f->l_indices.data(), f->l_values.data(),
                                     f->u_pointers.data(), f->u_indices.data(), f->u_values.data(), f->row_of.data(),
                                     f->column_of.data(), nullptr, numeric_),
              "Lu::solve");
        return f;
    }

private:
    void* symbolic(const W* values, double* its_info) const {
        void* object = nullptr;
        check(Interface::symbolic(static_cast<Int>(pattern_.pointers.size() - 1), pattern_.pointers.data(),
                                  pattern_.indices.data(), values, &object, control_, its_info),
              "Lu");
        return object;
    }

    detail::Pattern<Int, Int> pattern_;
    void* symbolic_ = nullptr;
    void* numeric_ = nullptr;
    double control_[UMFPACK_CONTROL] = {};
};

/// The values as UMFPACK wants them; a copy only where the type is another one.
template <Scalar T>
class Values {
public:
    explicit Values(VectorView<T> v) {
        if constexpr (std::same_as<T, Working<T>>) {
            data_ = v.data();
        } else {
            copy_ = detail::widened(v);
            data_ = copy_.data();
        }
    }
    const Working<T>* data() const noexcept { return data_; }

private:
    Buffer<Working<T>> copy_;
    const Working<T>* data_;
};

}  // namespace

template <Scalar T>
struct Lu<T>::State {
    using W = Working<T>;
    using Small = EngineWith<W, int>;
    using Large = EngineWith<W, Long>;

    Index n = 0;
    bool no_entries = false;
    std::unique_ptr<Small> small;  // one of these, or none if there is nothing to factor
    std::unique_ptr<Large> large;
    FactorStatistics statistics;
    double pivot_ratio = 1;
    double analyse_peak = 0;

    mutable std::mutex mutex;  // of the copies, which solve makes
    mutable std::unique_ptr<detail::BlockFactors<W, int>> small_copy;
    mutable std::unique_ptr<detail::BlockFactors<W, Long>> large_copy;

    Engine<W>* engine() const noexcept {
        return small ? static_cast<Engine<W>*>(small.get()) : static_cast<Engine<W>*>(large.get());
    }

    void analyse(const CscView<T>& A, const FactorOptions& options) {
        detail::Stopwatch watch;
        const detail::SerialFactorization one;
        const Values<T> values(A.values());
        constexpr std::size_t countable = 1u << 30;
        if (static_cast<std::size_t>(A.nnz()) < countable) {
            small = std::make_unique<Small>(A);
            small->analyse(values.data(), options.ordering);
            predict();
            // Half of what 32 bits can count: the prediction may be low, and then the 64-bit interface is next.
            if (static_cast<double>(statistics.peak_memory_bytes) > countable * small->info[UMFPACK_SIZE_OF_UNIT])
                small.reset();
        }
        if (!small) analyse_large(A, values, options.ordering);
        statistics.analyse_seconds = watch.lap();
    }

    void analyse_large(const CscView<T>& A, const Values<T>& values, Ordering ordering) {
        large = std::make_unique<Large>(A);
        large->analyse(values.data(), ordering);
        predict();
    }

    /// What the numerical part will need. UMFPACK's own estimates are bounds over all choices of pivots: 2 to 50
    /// times too large where it pivots on the diagonal. There AMD's and METIS's counts for A + Aᵀ are exact as long as
    /// that succeeds. Constants measured on 60 matrices (docs/adr/0011).
    void predict() {
        const double* const info = engine()->info;
        const double unit = info[UMFPACK_SIZE_OF_UNIT], entry = info[UMFPACK_SIZE_OF_ENTRY],
                     integer = small ? sizeof(int) : sizeof(Long);
        const bool symmetric = info[UMFPACK_STRATEGY_USED] == UMFPACK_STRATEGY_SYMMETRIC;
        const bool counted = symmetric && info[UMFPACK_SYMMETRIC_LUNZ] > 0;
        const double rows = n, outside = rows - std::max(0.0, info[UMFPACK_N2]);  // singletons
        double entries, flops, front;
        if (counted) {
            entries = info[UMFPACK_SYMMETRIC_LUNZ] + 2 * outside;
            flops = info[UMFPACK_SYMMETRIC_FLOPS];
            const double largest = info[UMFPACK_SYMMETRIC_DMAX] + 32;  // and a block of columns
            front = 1.9 * entry * largest * largest;
        } else {
            constexpr double usual = 0.6;
            entries = usual * (info[UMFPACK_LNZ_ESTIMATE] + info[UMFPACK_UNZ_ESTIMATE]);
            flops = usual * usual * info[UMFPACK_FLOPS_ESTIMATE];
            front = unit * info[UMFPACK_MAX_FRONT_SIZE_ESTIMATE];
        }
        entries = std::max(entries, 2 * rows);
        const double fixed = 14 * integer * rows;
        const double factors = entry * entries + fixed;
        const double initial = unit * info[UMFPACK_VARIABLE_INIT_ESTIMATE] + fixed;  // what UMFPACK starts with
        const double work = unit * info[UMFPACK_SYMBOLIC_SIZE] + 10 * integer * rows;
        analyse_peak = unit * info[UMFPACK_SYMBOLIC_PEAK_MEMORY];
        statistics.factor_nonzeros = static_cast<Offset>(entries);
        statistics.flops = flops;  // complex: UMFPACK counts real operations, but AMD's count is of real matrices
        if (counted && is_complex<T>) statistics.flops *= 4;
        const auto pattern = static_cast<double>(engine()->bytes());
        statistics.memory_bytes = static_cast<std::size_t>(factors + pattern);
        statistics.peak_memory_bytes =
            static_cast<std::size_t>(std::max(analyse_peak, std::max(factors, initial) + work + front) + pattern);
        statistics.ordering = [&] {
            switch (static_cast<int>(info[UMFPACK_ORDERING_USED])) {
                case UMFPACK_ORDERING_METIS:
                    return Ordering::metis;
                case UMFPACK_ORDERING_AMD:
                    return symmetric ? Ordering::amd : Ordering::colamd;
                default:
                    return Ordering::natural;
            }
        }();
    }

    void factor(const CscView<T>& A) {
        detail::Stopwatch watch;
        small_copy.reset();
        large_copy.reset();
        if (n == 0) return;                                                        // UMFPACK refuses n = 0
        if (no_entries) throw SingularMatrix("Lu: the matrix has no entries", 0);  // and null arrays
        const detail::SerialFactorization one;
        const Values<T> values(A.values());
        try {
            engine()->factor(values.data());
        } catch (const OutOfMemory&) {
            if (!small || statistics.peak_memory_bytes < std::size_t{1} << 30) throw;
            small.reset();  // more than it can count, perhaps
            analyse_large(A, values, statistics.ordering);
            large->factor(values.data());
        }
        const double* const info = engine()->info;
        const double unit = info[UMFPACK_SIZE_OF_UNIT];
        const std::size_t pattern = engine()->bytes();
        pivot_ratio = info[UMFPACK_RCOND];
        statistics.factor_nonzeros = static_cast<Offset>(info[UMFPACK_LNZ] + info[UMFPACK_UNZ]);
        statistics.flops = info[UMFPACK_FLOPS];
        statistics.memory_bytes = static_cast<std::size_t>(info[UMFPACK_NUMERIC_SIZE] * unit) + pattern;
        statistics.peak_memory_bytes = static_cast<std::size_t>(info[UMFPACK_PEAK_MEMORY] * unit) + pattern;
        statistics.factor_seconds = watch.lap();
    }

    void require_factors(const char* who) const {
        detail::require(n == 0 || (engine() && engine()->factored()),
                        std::string(who) + ": there are no factors, since the last refactor failed");
    }

    void solve(const char* who, Transpose which, VectorView<T> b, VectorRef<T> x) const {
        detail::require_lengths(who, b.size(), x.size(), n, n);
        require_factors(who);
        if (n == 0) return;
        Buffer<W> out(x.size());
        const auto in = detail::widened(b);
        engine()->solve(which, in.data(), out.data());
        detail::assign(x, out.data());
    }
};

template <Scalar T>
Lu<T>::Analysis::Analysis(const CscView<T>& A, const FactorOptions& options) : state_(std::make_unique<State>()) {
    detail::require_square("Lu", A);
    detail::require_finite("Lu", A);
    detail::stop_if_cancelled("Lu", options);
    state_->n = A.rows();
    state_->no_entries = A.nnz() == 0;
    if (!state_->no_entries) state_->analyse(A, options);
}

template <Scalar T>
Lu<T>::Analysis::~Analysis() = default;
template <Scalar T>
Lu<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Lu<T>::Analysis& Lu<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
Index Lu<T>::Analysis::rows() const noexcept {
    return state_->n;
}
template <Scalar T>
const FactorStatistics& Lu<T>::Analysis::statistics() const noexcept {
    return state_->statistics;
}

template <Scalar T>
Lu<T>::Lu(const CscView<T>& A, const FactorOptions& options) : state_(std::move(Analysis(A, options).state_)) {
    detail::require_memory("Lu", static_cast<double>(state_->statistics.peak_memory_bytes), options.max_memory_bytes);
    detail::stop_if_cancelled("Lu", options);
    state_->factor(A);
}

template <Scalar T>
Lu<T>::Lu(const CscView<T>& A, Analysis analysis, const FactorOptions& options) : state_(std::move(analysis.state_)) {
    detail::require(state_ != nullptr, "Lu: the analysis was used up by another factorisation");
    detail::require_memory("Lu", static_cast<double>(state_->statistics.peak_memory_bytes), options.max_memory_bytes);
    detail::stop_if_cancelled("Lu", options);
    refactor(A);
}

template <Scalar T>
Lu<T>::~Lu() = default;
template <Scalar T>
Lu<T>::Lu(Lu&&) noexcept = default;
template <Scalar T>
Lu<T>& Lu<T>::operator=(Lu&&) noexcept = default;

template <Scalar T>
Index Lu<T>::rows() const noexcept {
    return state_->n;
}
template <Scalar T>
const FactorStatistics& Lu<T>::statistics() const noexcept {
    return state_->statistics;
}
template <Scalar T>
double Lu<T>::pivot_ratio() const noexcept {
    return state_->pivot_ratio;
}

template <Scalar T>
void Lu<T>::refactor(const CscView<T>& A) {
    detail::require(A.rows() == rows() && A.cols() == rows(), "Lu::refactor: the matrix must have the shape analysed");
    if (state_->small)
        state_->small->pattern().require_same("Lu::refactor", A);
    else if (state_->large)
        state_->large->pattern().require_same("Lu::refactor", A);
    else
        detail::require(A.nnz() == 0, "Lu::refactor: the matrix must have the pattern that was analysed");
    detail::require_finite("Lu::refactor", A);
    state_->factor(A);
}

template <Scalar T>
void Lu<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    state_->solve("Lu::apply", Transpose::none, b, x);
}
template <Scalar T>
void Lu<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {
    state_->solve("Lu::apply_transpose", Transpose::transpose, b, x);
}
template <Scalar T>
void Lu<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    state_->solve("Lu::apply_adjoint", Transpose::adjoint, b, x);
}

template <Scalar T>
Eigen::MatrixX<T> Lu<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which) const {
    const State& s = *state_;
    const char* const who = "Lu::solve";
    detail::require(B.rows() == s.n, std::string(who) + ": B must have " + std::to_string(s.n) + " rows, found " +
                                         std::to_string(B.rows()));
    s.require_factors(who);
    Eigen::MatrixX<T> X(B.rows(), B.cols());
    if (X.size() == 0) return X;
    using W = Working<T>;
    constexpr Eigen::Index width = detail::BlockFactors<W, int>::width;
    const int threads = detail::threads_for(B.cols() * s.statistics.factor_nonzeros, 1 << 20);
    const auto n = static_cast<std::size_t>(s.n);
    // To copy the factors takes as long as some twelve solves, and eight columns at once as long as two.
    constexpr Eigen::Index worth_a_copy = 32;
    const auto copied = [&] {
        const std::lock_guard lock(s.mutex);
        return s.small_copy || s.large_copy;
    };
    if (B.cols() < width || (B.cols() < worth_a_copy && !copied())) {
        detail::parallel_tasks(B.cols(), threads, [&](std::int64_t k) {
            s.solve(who, which, VectorView<T>(B.col(k).data(), n), VectorRef<T>(X.col(k).data(), n));
        });
        return X;
    }
    const auto in_blocks = [&](const auto& factors) {
        detail::parallel_tasks((B.cols() + width - 1) / width, threads, [&](std::int64_t block) {
            const Eigen::Index first = block * width, columns = std::min(width, B.cols() - first);
            Buffer<W> workspace;
            factors.solve(which, B.col(first).data(), static_cast<std::size_t>(B.outerStride()), X.col(first).data(), n,
                          static_cast<std::size_t>(columns), workspace);
        });
    };
    {
        const std::lock_guard lock(s.mutex);
        if (s.small && !s.small_copy) s.small_copy = s.small->copy();
        if (s.large && !s.large_copy) s.large_copy = s.large->copy();
    }
    if (s.small)
        in_blocks(*s.small_copy);
    else
        in_blocks(*s.large_copy);
    return X;
}

template <Scalar T>
LogDeterminant<T> Lu<T>::log_determinant() const {
    state_->require_factors("Lu::log_determinant");
    if (rows() == 0) return {};
    return state_->engine()->determinant().template result<T>();
}

#define INSTANTIATE(T) template class Lu<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
