// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/ldlt.hpp"

#include <dmumps_c.h>
#include <zmumps_c.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <complex>
#include <limits>
#include <mutex>
#include <string>
#include <type_traits>

#include "core/instantiate.hpp"
#include "ritz/core/threads.hpp"
#include "solvers/ordering.hpp"

namespace ritz {

namespace {

static_assert(std::is_same_v<MUMPS_INT, Index>);

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// MUMPS 5.5 has variables of the whole process (SAVE, modules), so one call is made at a time.
constinit std::mutex mumps_mutex;

/// The two interfaces that are used, under one name.
template <class W>
struct Interface;
template <>
struct Interface<double> {
    using Data = DMUMPS_STRUC_C;
    static void call(Data* data) { dmumps_c(data); }
    static double* numbers(double* x) { return x; }
};
template <>
struct Interface<std::complex<double>> {
    using Data = ZMUMPS_STRUC_C;
    static void call(Data* data) { zmumps_c(data); }
    static mumps_double_complex* numbers(std::complex<double>* x) { return reinterpret_cast<mumps_double_complex*>(x); }
};

constexpr int use_comm_world = -987654;  // as MUMPS's guide says

/// A count that MUMPS gives in millions, as a negative number, when it does not fit 32 bits.
double count_of(MUMPS_INT value) {
    return value >= 0 ? value : -1e6 * value;
}

/// Numbers of MUMPS's arrays as its guide has them, from 1.
template <class A>
auto& at(A& array, int i) {
    return array[i - 1];
}

/// One instance of MUMPS.
template <class W>
class Instance {
public:
    using Data = typename Interface<W>::Data;

    Instance() {
        data.sym = 2;  // symmetric, pivots by size; the lower triangle is given
        data.par = 1;
        data.comm_fortran = use_comm_world;
        call(-1);
        for (int i = 1; i <= 3; ++i) at(data.icntl, i) = -1;  // no output on any unit
        at(data.icntl, 4) = 0;
        at(data.icntl, 13) = 1;  // the root front like all others: ScaLAPACK's counts neither signs nor null pivots
        at(data.icntl, 33) = 1;  // the determinant
    }
    ~Instance() { call(-2); }
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    void call(int job) {
        const std::lock_guard lock(mumps_mutex);
        call_locked(job);
    }
    void call_locked(int job) {
        const ThreadLimit one(1);  // docs/adr/0008
        data.job = job;
        Interface<W>::call(&data);
    }

    Data data{};
};

template <class Data>
[[noreturn]] void fail(const Data& data, bool limited) {
    const int status = at(data.infog, 1);
    const std::string code =
        " (MUMPS status " + std::to_string(status) + ", " + std::to_string(at(data.infog, 2)) + ")";
    switch (status) {
        case -6:
            throw SingularMatrix("Ldlt: the matrix is structurally singular" + code);
        case -10:
            throw SingularMatrix("Ldlt: a pivot is exactly zero, after " + std::to_string(at(data.infog, 2)) +
                                 " others");
        case -5:
        case -7:
        case -13:
            throw OutOfMemory("Ldlt: out of memory" + code);
        case -8:
        case -9:
        case -14:
        case -15:
        case -17:
        case -19:
        case -20:
            if (limited) throw LimitExceeded("Ldlt: delayed pivots need more memory than is allowed" + code);
            throw OutOfMemory("Ldlt: delayed pivots need many times the memory predicted" + code);
        case -51:
        case -52:
            throw LimitExceeded("Ldlt: the graph has more entries than the ordering can count" + code);
        default:
            throw Error("Ldlt: MUMPS failed" + code);
    }
}

/// What is wanted of the values: exactly symmetric or Hermitian, and finite.
struct Findings {
    bool symmetric = true, hermitian = true, finite = true;
};

/// One pass: while rows go by, upper[j] is the first entry right of the diagonal in row j whose mirror image has not
/// gone by. An entry without a mirror image must be zero.
template <Scalar T>
Findings inspect(const CsrView<T>& A) {
    Findings found;
    const auto n = static_cast<std::size_t>(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Buffer<Offset> upper(n);
    const auto compare = [&](T a, T b) {
        found.symmetric &= a == b;
        found.hermitian &= a == conjugate(b);
    };
    for (std::size_t i = 0; i < n; ++i) {
        Offset k = indptr[i];
        for (; k < indptr[i + 1]; ++k) {
            const auto here = static_cast<std::size_t>(k);
            const T a = values[here];
            if (!std::isfinite(std::real(a)) || !std::isfinite(std::imag(a))) found.finite = false;
            const auto j = static_cast<std::size_t>(indices[here]);
            if (j > i) break;
            if (j == i) {
                compare(a, a);
                continue;
            }
            Offset& mirror = upper[j];
            while (mirror < indptr[j + 1] && static_cast<std::size_t>(indices[static_cast<std::size_t>(mirror)]) < i)
                compare(values[static_cast<std::size_t>(mirror++)], T{});
            if (mirror < indptr[j + 1] && static_cast<std::size_t>(indices[static_cast<std::size_t>(mirror)]) == i)
                compare(values[static_cast<std::size_t>(mirror++)], a);
            else
                compare(a, T{});
        }
        upper[i] = k;
        for (; k < indptr[i + 1]; ++k) {
            const T a = values[static_cast<std::size_t>(k)];
            if (!std::isfinite(std::real(a)) || !std::isfinite(std::imag(a))) found.finite = false;
        }
    }
    for (std::size_t j = 0; j < n; ++j)
        for (Offset k = upper[j]; k < indptr[j + 1]; ++k) compare(values[static_cast<std::size_t>(k)], T{});
    return found;
}

/// visit(row, column, value), counted from 1, for the lower triangle that MUMPS is given: that of A, or of the real
/// matrix in which each b + ic of a Hermitian A is the block [b, -c; c, b]. Its structure does not depend on values.
template <class W, Scalar T, class Visit>
void for_each_lower(const CsrView<T>& A, Visit&& visit) {
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    for (Index i = 0; i < A.rows(); ++i)
        for (auto k = indptr[static_cast<std::size_t>(i)]; k < indptr[static_cast<std::size_t>(i) + 1]; ++k) {
            const Index j = indices[static_cast<std::size_t>(k)];
            if (j > i) break;
            const T a = values[static_cast<std::size_t>(k)];
            if constexpr (is_complex<T> && std::is_same_v<W, double>) {
                const double b = std::real(a), c = std::imag(a);
                const Index row = 2 * i + 1, column = 2 * j + 1;
                visit(row, column, b);
                if (j < i) {
                    visit(row, column + 1, -c);
                    visit(row + 1, column, c);
                }
                visit(row + 1, column + 1, b);
            } else {
                visit(i + 1, j + 1, static_cast<W>(a));
            }
        }
}

void check_cancel(const std::atomic<bool>* cancel) {
    if (cancel && cancel->load(std::memory_order_relaxed)) throw Interrupted("Ldlt: stopped on request");
}

/// The matrix in the working type W, and its factorisation.
template <class W>
struct Problem {
    Index order = 0;  // of the matrix that MUMPS sees
    int part = 1;     // its rows for one of A
    Buffer<Index> row, column;
    Buffer<W> value;
    std::vector<Index> permutation;  // MUMPS's perm_in: row i comes permutation[i]-th
    std::unique_ptr<Instance<W>> mumps;
    Ordering ordering = Ordering::natural;
    bool changed = false;  // the values are not those that were analysed

    template <Scalar T>
    void take_structure(const CsrView<T>& A) {
        part = is_complex<T> && std::is_same_v<W, double> ? 2 : 1;
        if (part == 2 && A.rows() > std::numeric_limits<Index>::max() / 2)
            throw LimitExceeded("Ldlt: a Hermitian matrix of order " + std::to_string(A.rows()) +
                                " has a real form of an order over 2147483647");
        order = part * A.rows();
        std::size_t count = 0;
        for_each_lower<W>(A, [&](Index, Index, W) { ++count; });
        row.resize(count), column.resize(count), value.resize(count);
        std::size_t k = 0;
        for_each_lower<W>(A, [&](Index i, Index j, W a) { row[k] = i, column[k] = j, value[k++] = a; });
    }

    /// New values. False, and nothing changed, if A has another structure.
    template <Scalar T>
    bool take_values(const CsrView<T>& A) {
        std::size_t k = 0;
        bool same = part * A.rows() == order;
        if (same)
            for_each_lower<W>(A, [&](Index i, Index j, W) {
                same = same && k < row.size() && row[k] == i && column[k] == j;
                ++k;
            });
        if (!same || k != row.size()) return false;
        changed = value.size() != k;
        value.resize(k, W{});
        k = 0;
        for_each_lower<W>(A, [&](Index, Index, W a) {
            changed = changed || value[k] != a;
            value[k++] = a;
        });
        return true;
    }

    /// Whether the matching that MUMPS 5.5.1 pairs and scales rows by can be trusted with these values: it takes
    /// logarithms of ratios, and reads at random where they overflow or a row has nothing but zeros.
    bool can_be_matched() const {
        double least = 1, largest = 1;
        std::vector<bool> nonzero(static_cast<std::size_t>(order), false);
        for (std::size_t k = 0; k < value.size(); ++k)
            for (const double part_of_value : {std::real(value[k]), std::imag(value[k])}) {
                const double size = std::abs(part_of_value);
                if (size == 0) continue;
                least = std::min(least, size);
                largest = std::max(largest, size);
                nonzero[static_cast<std::size_t>(row[k] - 1)] = nonzero[static_cast<std::size_t>(column[k] - 1)] = true;
            }
        return least >= 0x1p-400 && largest <= 0x1p400 &&
               std::all_of(nonzero.begin(), nonzero.end(), [](bool one) { return one; });
    }

    double entry_bytes() const { return static_cast<double>(row.size()) * (2 * sizeof(Index) + sizeof(W)); }
    double flops_per_operation() const { return std::is_same_v<W, double> ? 1 : 4; }

    /// Symbolic factorisation with one ordering. False if this build has not got it.
    template <Scalar T>
    bool analyse(const CsrView<T>& A, Ordering how, const LdltOptions& options) {
        std::vector<Index> given;
        if (how == Ordering::natural) {
            given.resize(static_cast<std::size_t>(order));
            for (Index i = 0; i < order; ++i) given[static_cast<std::size_t>(i)] = i + 1;
        } else if (how == Ordering::metis) {
            const auto found = detail::metis_ordering({A.rows(), A.indptr(), A.indices()});
            if (!found) return false;
            const Buffer<Index>& p = *found;
            check_cancel(options.cancel);
            given.resize(static_cast<std::size_t>(order));
            for (Index k = 0; k < A.rows(); ++k)
                for (int q = 0; q < part; ++q)
                    given[static_cast<std::size_t>(part * p[static_cast<std::size_t>(k)] + q)] = part * k + q + 1;
        }
        auto instance = std::make_unique<Instance<W>>();
        auto& data = instance->data;
        if (at(data.infog, 1) < 0) fail(data, false);
        data.n = order;
        data.nnz = static_cast<MUMPS_INT8>(row.size());
        data.irn = row.data();
        data.jcn = column.data();
        data.a = Interface<W>::numbers(value.data());
        at(data.icntl, 7) = given.empty() ? 0 : 1;  // approximate minimum degree, or as given
        data.perm_in = given.empty() ? nullptr : given.data();
        if (!can_be_matched()) {
            at(data.icntl, 6) = 0;
            at(data.icntl, 12) = 1;
        }
        at(data.cntl, 1) = options.pivot_threshold;
        if (options.null_pivots) {
            at(data.icntl, 24) = 1;
            at(data.cntl, 3) = options.null_pivot_tolerance > 0
                                   ? options.null_pivot_tolerance
                                   : 64 * std::sqrt(order) * std::numeric_limits<double>::epsilon();
        }
        instance->call(1);
        if (at(data.infog, 1) < 0) fail(data, false);
        if (mumps && at(mumps->data.rinfog, 1) <= at(data.rinfog, 1)) return true;  // the one there is better
        mumps = std::move(instance);
        permutation = std::move(given);
        ordering = how;
        return true;
    }

    template <Scalar T>
    FactorStatistics analyse(const CsrView<T>& A, const LdltOptions& options) {
        const auto start = Clock::now();
        // Seconds that METIS takes grow with the entries, those it can save with the flops: this many for one break
        // even where both were measured (Poisson matrices in two and three dimensions, saddle points).
        constexpr double worthwhile = 1e5;
        switch (options.ordering) {
            case Ordering::natural:
            case Ordering::amd:
                analyse(A, options.ordering, options);
                break;
            case Ordering::metis:
                if (!analyse(A, Ordering::metis, options)) throw Unsupported("Ldlt: this build has no METIS");
                break;
            default:
                analyse(A, Ordering::amd, options);
                check_cancel(options.cancel);
                if (options.ordering == Ordering::best ||
                    at(mumps->data.rinfog, 1) > worthwhile * static_cast<double>(row.size()))
                    analyse(A, Ordering::metis, options);
        }
        FactorStatistics statistics;
        const auto& data = mumps->data;
        statistics.ordering = ordering;
        statistics.factor_nonzeros = static_cast<Offset>(count_of(at(data.infog, 20)));
        statistics.flops = at(data.rinfog, 1) * flops_per_operation();
        statistics.memory_bytes = static_cast<std::size_t>(count_of(at(data.infog, 3)) * sizeof(W) +
                                                           count_of(at(data.infog, 4)) * sizeof(Index) + entry_bytes());
        statistics.peak_memory_bytes = static_cast<std::size_t>(predicted_bytes(1));
        statistics.analyse_seconds = seconds_since(start);
        return statistics;
    }

    /// Memory of the numerical part when MUMPS's workspace is `growth` times what the analysis asks for.
    double predicted_bytes(double growth) const {
        const auto& data = mumps->data;
        return growth * std::max(1e6 * at(data.infog, 17), count_of(at(data.infog, 3)) * sizeof(W)) + entry_bytes();
    }

    void factor(std::size_t allowed, FactorStatistics& statistics) {
        const auto start = Clock::now();
        auto& data = mumps->data;
        data.a = Interface<W>::numbers(value.data());
        // The scaling that the analysis computed is worse than none for values of another size, so they get one of
        // their own: rows and columns are scaled by turns, with more iterations than 7 would do.
        if (changed) at(data.icntl, 8) = 8;
        // Delayed pivots need more workspace than the analysis foresees (by ICNTL(14) percent), sometimes much more.
        constexpr int percent = 30, largest = 3000;
        for (int more = percent;; more = 2 * more + 40) {
            const double growth = (100.0 + more) / (100 + percent);
            const double needed = predicted_bytes(growth);
            if (allowed != 0 && needed > static_cast<double>(allowed))
                throw LimitExceeded("Ldlt: needs about " + std::to_string(static_cast<long long>(needed / 1e6)) +
                                    " MB, allowed are " + std::to_string(allowed / 1000000) + " MB");
            at(data.icntl, 14) = more;
            mumps->call(2);
            const int status = at(data.infog, 1);
            if (status >= 0) break;
            const bool too_small =
                status == -8 || status == -9 || status == -14 || status == -15 || status == -17 || status == -20;
            if (!too_small || more >= largest) fail(data, allowed != 0);
        }
        Buffer<W>().swap(value);  // needed no more
        data.a = nullptr;
        const double entries = count_of(at(data.infog, 29));
        statistics.factor_nonzeros = static_cast<Offset>(entries);
        statistics.flops = at(data.rinfog, 3) * flops_per_operation();
        statistics.memory_bytes =
            static_cast<std::size_t>(entries * sizeof(W) + count_of(at(data.infog, 10)) * sizeof(Index) +
                                     static_cast<double>(row.size()) * 2 * sizeof(Index));
        statistics.peak_memory_bytes =
            std::max(static_cast<std::size_t>(1e6 * at(data.infog, 22) + entry_bytes()), statistics.memory_bytes);
        statistics.factor_seconds = seconds_since(start);
    }

    /// x ← A⁻¹ x for `columns` vectors, one after another.
    void solve(W* x, Index columns) {
        constexpr Index at_once = 256;
        auto& data = mumps->data;
        for (Index first = 0; first < columns; first += at_once) {
            const std::lock_guard lock(mumps_mutex);
            data.rhs = Interface<W>::numbers(x + static_cast<std::size_t>(first) * static_cast<std::size_t>(order));
            data.nrhs = std::min(at_once, columns - first);
            data.lrhs = order;
            mumps->call_locked(3);
            data.rhs = nullptr;
            if (at(data.infog, 1) < 0) fail(data, false);
        }
    }

    /// Vectors that span the null space, one after another.
    Buffer<W> null_vectors() {
        auto& data = mumps->data;
        const std::lock_guard lock(mumps_mutex);
        const Index count = at(data.infog, 28);
        Buffer<W> vectors(static_cast<std::size_t>(count) * static_cast<std::size_t>(order), W{});
        if (count == 0) return vectors;
        data.rhs = Interface<W>::numbers(vectors.data());
        data.nrhs = count;
        data.lrhs = order;
        at(data.icntl, 25) = -1;
        mumps->call_locked(3);
        at(data.icntl, 25) = 0;
        data.rhs = nullptr;
        if (at(data.infog, 1) < 0) fail(data, false);
        return vectors;
    }

    /// The entries of the inverse at rows[start[j] … start[j+1]) of column j (all counted from 1).
    Buffer<W> inverse(std::vector<Index>& start, std::vector<Index>& rows) {
        Buffer<W> entries(rows.size(), W{});
        if (rows.empty()) return entries;
        auto& data = mumps->data;
        const std::lock_guard lock(mumps_mutex);
        data.nrhs = order;
        data.nz_rhs = static_cast<MUMPS_INT>(rows.size());
        data.irhs_ptr = start.data();
        data.irhs_sparse = rows.data();
        data.rhs_sparse = Interface<W>::numbers(entries.data());
        at(data.icntl, 30) = 1;
        mumps->call_locked(3);
        at(data.icntl, 30) = 0;
        data.irhs_ptr = data.irhs_sparse = nullptr;
        data.rhs_sparse = nullptr;
        if (at(data.infog, 1) < 0) fail(data, false);
        return entries;
    }
};

/// The type that MUMPS computes in for T when A is not Hermitian.
template <Scalar T>
using Working = std::conditional_t<is_complex<T>, std::complex<double>, double>;

void check_options(const LdltOptions& options) {
    detail::require(options.pivot_threshold >= 0 && options.pivot_threshold <= 0.5,
                    "Ldlt: the pivot threshold must lie in [0, 0.5]");
    detail::require(options.null_pivot_tolerance >= 0 && std::isfinite(options.null_pivot_tolerance),
                    "Ldlt: the tolerance of null pivots must be finite and at least 0");
    detail::require(options.ordering != Ordering::colamd, "Ldlt: colamd orders no symmetric matrices");
}

/// Columns of V made orthonormal, the largest remaining one first; those that depend on others are left out.
template <Scalar T>
Eigen::MatrixX<T> orthonormalized(Eigen::MatrixX<T> V, Eigen::Index rank) {
    for (Eigen::Index k = 0; k < V.cols(); ++k) V.col(k).normalize();
    for (Eigen::Index k = 0; k < rank; ++k) {
        Eigen::Index pivot = 0;
        V.rightCols(V.cols() - k).colwise().norm().maxCoeff(&pivot);
        V.col(k).swap(V.col(k + pivot));
        for (int twice = 0; twice < 2; ++twice)
            V.col(k) -= (V.leftCols(k) * (V.leftCols(k).adjoint() * V.col(k)).eval()).eval();
        V.col(k).normalize();
        for (Eigen::Index j = k + 1; j < V.cols(); ++j) V.col(j) -= V.col(k) * V.col(k).dot(V.col(j));
    }
    return V.leftCols(rank);
}

}  // namespace

bool ldlt_available() noexcept {
    return true;
}

template <Scalar T>
struct Ldlt<T>::Factors {
    Index n = 0;
    bool hermitian = true;
    bool empty = true;  // no entries: MUMPS is not asked
    bool factored = false;
    LdltOptions options;
    Problem<double> real;
    Problem<std::complex<double>> complex;  // complex symmetric
    FactorStatistics statistics;

    /// f(the problem that A is).
    template <class F>
    decltype(auto) with(F&& f) {
        if constexpr (is_complex<T>)
            if (!hermitian) return f(complex);
        return f(real);
    }

    /// Throws what the class says of A. The kind of a matrix that is refactored is that which was analysed.
    void check(const CsrView<T>& A, bool again) {
        detail::require(A.rows() == A.cols(), "Ldlt: the matrix must be square, found " + std::to_string(A.rows()) +
                                                  " x " + std::to_string(A.cols()));
        const Findings found = inspect(A);
        detail::require(found.finite, "Ldlt: the matrix has a NaN or an infinity");
        detail::require(found.symmetric || found.hermitian, is_complex<T>
                                                                ? "Ldlt: the matrix must be Hermitian or symmetric"
                                                                : "Ldlt: the matrix must be symmetric");
        if (again)
            detail::require(hermitian ? found.hermitian : found.symmetric,
                            hermitian ? "Ldlt: the matrix that was analysed was Hermitian, this one is not"
                                      : "Ldlt: the matrix that was analysed was symmetric, this one is not");
        else
            hermitian = found.hermitian;
    }

    void analyse(const CsrView<T>& A) {
        n = A.rows();
        empty = A.nnz() == 0;
        if (empty) {
            if (n > 0 && !options.null_pivots) throw SingularMatrix("Ldlt: the matrix has no entries", 0);
            return;
        }
        check_cancel(options.cancel);
        with([&](auto& problem) {
            problem.take_structure(A);
            statistics = problem.analyse(A, options);
        });
    }

    void factor() {
        factored = false;
        check_cancel(options.cancel);
        if (!empty) with([&](auto& problem) { problem.factor(options.max_memory_bytes, statistics); });
        factored = true;
        options.cancel = nullptr;  // it may not live as long
    }

    void take_values(const CsrView<T>& A) {
        check(A, true);
        const bool same =
            empty ? A.nnz() == 0 && A.rows() == n : with([&](auto& problem) { return problem.take_values(A); });
        detail::require(same, "Ldlt: the matrix has not the pattern that was analysed");
    }

    void require_factors() const {
        if (!factored) throw Error("Ldlt: there are no factors, since the last factorisation failed");
    }

    Index nulls() {
        if (empty) return n;
        return with([&](auto& problem) { return Index{at(problem.mumps->data.infog, 28)}; });
    }

    /// X ← op(A)⁻¹ X in the working type. A Hermitian matrix is solved for as it is or conjugated, and so is a
    /// symmetric one.
    void solve(Working<T>* x, Index columns, Transpose op) {
        const std::size_t size = static_cast<std::size_t>(n) * static_cast<std::size_t>(columns);
        if (empty) {
            std::fill_n(x, size, Working<T>{});
            return;
        }
        const bool conjugated = op == (hermitian ? Transpose::transpose : Transpose::adjoint);
        const auto conjugate_all = [&] {
            if constexpr (is_complex<T>)
                if (conjugated)
                    for (std::size_t i = 0; i < size; ++i) x[i] = std::conj(x[i]);
        };
        conjugate_all();
        with([&](auto& problem) {
            // A complex vector is a real one of pairs, which is the form that a Hermitian matrix is factored in.
            using W = typename std::remove_reference_t<decltype(problem.value)>::value_type;
            problem.solve(reinterpret_cast<W*>(x), columns);
        });
        conjugate_all();
    }

    void apply(VectorView<T> b, VectorRef<T> x, Transpose op) {
        const auto size = static_cast<std::size_t>(n);
        detail::require(b.size() == size && x.size() == size,
                        "Ldlt: vectors of " + std::to_string(n) + " elements are needed, found " +
                            std::to_string(b.size()) + " and " + std::to_string(x.size()));
        require_factors();
        if (n == 0) return;
        if constexpr (std::is_same_v<T, Working<T>>) {
            if (b.data() != x.data()) std::copy(b.begin(), b.end(), x.begin());
            solve(x.data(), 1, op);
        } else {
            Buffer<Working<T>> wide(b.begin(), b.end());
            solve(wide.data(), 1, op);
            for (std::size_t i = 0; i < size; ++i) x[i] = static_cast<T>(wide[i]);
        }
    }
};

template <Scalar T>
Ldlt<T>::Analysis::Analysis(const CsrView<T>& A, const LdltOptions& options) : factors_(std::make_unique<Factors>()) {
    check_options(options);
    factors_->options = options;
    factors_->check(A, false);
    factors_->analyse(A);
}

template <Scalar T>
Ldlt<T>::Analysis::~Analysis() = default;
template <Scalar T>
Ldlt<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Ldlt<T>::Analysis& Ldlt<T>::Analysis::operator=(Analysis&&) noexcept = default;

template <Scalar T>
Index Ldlt<T>::Analysis::rows() const noexcept {
    return factors_->n;
}
template <Scalar T>
const FactorStatistics& Ldlt<T>::Analysis::statistics() const noexcept {
    return factors_->statistics;
}

template <Scalar T>
Ldlt<T>::Ldlt(const CsrView<T>& A, const LdltOptions& options) : factors_(std::move(Analysis(A, options).factors_)) {
    factors_->factor();
}

template <Scalar T>
Ldlt<T>::Ldlt(const CsrView<T>& A, Analysis&& analysis, const LdltOptions& options) {
    detail::require(analysis.factors_ != nullptr, "Ldlt: the analysis was moved from");
    check_options(options);
    analysis.factors_->take_values(A);
    factors_ = std::move(analysis.factors_);
    factors_->options.max_memory_bytes = options.max_memory_bytes;
    factors_->options.cancel = options.cancel;
    factors_->factor();
}

template <Scalar T>
Ldlt<T>::~Ldlt() = default;
template <Scalar T>
Ldlt<T>::Ldlt(Ldlt&&) noexcept = default;
template <Scalar T>
Ldlt<T>& Ldlt<T>::operator=(Ldlt&&) noexcept = default;

template <Scalar T>
Index Ldlt<T>::rows() const noexcept {
    return factors_->n;
}
template <Scalar T>
const FactorStatistics& Ldlt<T>::statistics() const noexcept {
    return factors_->statistics;
}
template <Scalar T>
bool Ldlt<T>::hermitian() const noexcept {
    return factors_->hermitian;
}

template <Scalar T>
void Ldlt<T>::refactor(const CsrView<T>& A) {
    factors_->take_values(A);
    factors_->factor();
}

template <Scalar T>
void Ldlt<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    factors_->apply(b, x, Transpose::none);
}
template <Scalar T>
void Ldlt<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {
    factors_->apply(b, x, Transpose::transpose);
}
template <Scalar T>
void Ldlt<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    factors_->apply(b, x, Transpose::adjoint);
}

template <Scalar T>
Eigen::MatrixX<T> Ldlt<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose op) const {
    Factors& f = *factors_;
    detail::require(B.rows() == f.n, "Ldlt::solve: the right-hand sides must have " + std::to_string(f.n) +
                                         " rows, found " + std::to_string(B.rows()));
    detail::require(B.cols() <= std::numeric_limits<Index>::max(), "Ldlt::solve: too many right-hand sides");
    f.require_factors();
    Eigen::MatrixX<Working<T>> X = B.template cast<Working<T>>();
    if (X.size() > 0) f.solve(X.data(), static_cast<Index>(X.cols()), op);
    return X.template cast<T>();
}

template <Scalar T>
LogDeterminant<T> Ldlt<T>::log_determinant() const {
    Factors& f = *factors_;
    f.require_factors();
    if (f.n == 0) return {};
    if (f.nulls() > 0) return {T(0), -std::numeric_limits<double>::infinity()};
    // det = (RINFOG(12) + i RINFOG(13)) · 2^INFOG(34)
    return f.with([&](auto& problem) -> LogDeterminant<T> {
        const auto& data = problem.mumps->data;
        const std::complex<double> mantissa(at(data.rinfog, 12), f.hermitian ? 0 : at(data.rinfog, 13));
        const double size = std::abs(mantissa);
        const double logarithm = std::log(size) + at(data.infog, 34) * std::log(2.0);
        if (problem.part == 2)  // det of the real form is (det A)²
            return {T(inertia().negative % 2 == 0 ? 1 : -1), logarithm / 2};
        if constexpr (is_complex<T>)
            return {static_cast<T>(mantissa / size), logarithm};
        else
            return {static_cast<T>(mantissa.real() / size), logarithm};
    });
}

template <Scalar T>
Inertia Ldlt<T>::inertia() const {
    Factors& f = *factors_;
    if (!f.hermitian) throw Unsupported("Ldlt::inertia: a complex symmetric matrix has no real eigenvalues to count");
    f.require_factors();
    if (f.empty) return {0, 0, f.n};
    const auto& data = f.real.mumps->data;
    // Eigenvalues of the real form of a Hermitian matrix come in pairs. One that is split by rounding is zero.
    const Index negative = at(data.infog, 12), zero = at(data.infog, 28), part = f.real.part;
    const Index positive = f.real.order - negative - zero;
    return {positive / part, negative / part, f.n - positive / part - negative / part};
}

template <Scalar T>
std::vector<Index> Ldlt<T>::null_pivots() const {
    Factors& f = *factors_;
    f.require_factors();
    std::vector<Index> rows;
    if (f.empty) {
        for (Index i = 0; i < f.n; ++i) rows.push_back(i);
        return rows;
    }
    f.with([&](auto& problem) {
        const auto& data = problem.mumps->data;
        for (Index k = 0; k < at(data.infog, 28); ++k) rows.push_back((data.pivnul_list[k] - 1) / problem.part);
    });
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

template <Scalar T>
Eigen::MatrixX<T> Ldlt<T>::null_space() const {
    Factors& f = *factors_;
    f.require_factors();
    if (f.empty) return Eigen::MatrixX<T>::Identity(f.n, f.n);
    return f.with([&](auto& problem) -> Eigen::MatrixX<T> {
        auto vectors = problem.null_vectors();
        const Eigen::Index count = at(problem.mumps->data.infog, 28);
        const Eigen::Map<const Eigen::MatrixX<Working<T>>> V(reinterpret_cast<const Working<T>*>(vectors.data()), f.n,
                                                             count);
        // The real form has each null vector v also as iv: half of them are independent as complex vectors.
        return orthonormalized<Working<T>>(V, (count + problem.part - 1) / problem.part).template cast<T>();
    });
}

template <Scalar T>
Csr<T> Ldlt<T>::inverse_entries(const CsrView<T>& pattern) const {
    Factors& f = *factors_;
    detail::require(pattern.rows() == f.n && pattern.cols() == f.n,
                    "Ldlt::inverse_entries: the pattern must have the shape of the matrix, " + std::to_string(f.n) +
                        " x " + std::to_string(f.n));
    f.require_factors();
    if (f.n > 0 && f.nulls() > 0) throw SingularMatrix("Ldlt::inverse_entries: the matrix has null pivots");
    Buffer<T> values(static_cast<std::size_t>(pattern.nnz()));
    if (!values.empty())
        f.with([&](auto& problem) {
            const Offset part = problem.part;
            if (part * pattern.nnz() >= std::numeric_limits<Index>::max())
                throw LimitExceeded("Ldlt::inverse_entries: more than 2147483646 entries of the inverse");
            // Row i of A⁻¹ is column i of it (conjugated), and the real form has it in the first of two columns.
            std::vector<Index> start(static_cast<std::size_t>(problem.order) + 1), rows;
            rows.reserve(static_cast<std::size_t>(part * pattern.nnz()));
            start[0] = 1;
            for (Index i = 0; i < problem.order; ++i) {
                if (i % part == 0) {
                    const auto row = static_cast<std::size_t>(i / part);
                    for (auto k = pattern.indptr()[row]; k < pattern.indptr()[row + 1]; ++k)
                        for (Index q = 0; q < part; ++q)
                            rows.push_back(static_cast<Index>(part) * pattern.indices()[static_cast<std::size_t>(k)] +
                                           q + 1);
                }
                start[static_cast<std::size_t>(i) + 1] = static_cast<Index>(rows.size()) + 1;
            }
            const auto entries = problem.inverse(start, rows);
            const auto* numbers = reinterpret_cast<const Working<T>*>(entries.data());
            for (std::size_t k = 0; k < values.size(); ++k)
                values[k] = static_cast<T>(f.hermitian ? conjugate(numbers[k]) : numbers[k]);
        });
    return Csr<T>(detail::Trusted{}, f.n, f.n, Buffer<Offset>(pattern.indptr().begin(), pattern.indptr().end()),
                  Buffer<Index>(pattern.indices().begin(), pattern.indices().end()), std::move(values));
}

template <Scalar T>
Eigen::VectorX<T> Ldlt<T>::inverse_diagonal() const {
    const auto n = static_cast<std::size_t>(rows());
    Buffer<Offset> indptr(n + 1);
    Buffer<Index> indices(n);
    for (std::size_t i = 0; i < n; ++i) indptr[i] = static_cast<Offset>(i), indices[i] = static_cast<Index>(i);
    indptr[n] = static_cast<Offset>(n);
    const Csr<T> D = inverse_entries(
        Csr<T>(detail::Trusted{}, rows(), rows(), std::move(indptr), std::move(indices), Buffer<T>(n, T{})));
    return Eigen::Map<const Eigen::VectorX<T>>(D.values().data(), rows());
}

#define INSTANTIATE(T) template class Ldlt<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
