// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/qr.hpp"

#include <Eigen/QR>
#include <SuiteSparseQR.hpp>
#include <algorithm>
#include <limits>
#include <mutex>

#include "core/instantiate.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "solvers/factor_common.hpp"
#include "solvers/suitesparse/common.hpp"
#include "solvers/suitesparse/qr_fronts.hpp"

namespace ritz {

bool qr_available() noexcept {
    return true;
}

namespace {

using detail::Working;
using Long = SuiteSparse_long;

template <class W>
using Matrix = Eigen::MatrixX<W>;

template <class W>
cholmod_dense dense_view(Matrix<W>& X) {
    cholmod_dense D = detail::dense_view(X.data(), static_cast<std::size_t>(X.rows()));
    D.ncol = static_cast<std::size_t>(X.cols());
    D.nzmax = static_cast<std::size_t>(X.size());
    return D;
}

int number(Ordering ordering) noexcept {
    switch (ordering) {
        case Ordering::natural:
            return SPQR_ORDERING_NATURAL;
        case Ordering::amd:
            return SPQR_ORDERING_AMD;
        case Ordering::colamd:
            return SPQR_ORDERING_COLAMD;
        case Ordering::metis:
            return SPQR_ORDERING_METIS;
        case Ordering::best:
            return SPQR_ORDERING_BEST;
        default:
            return SPQR_ORDERING_DEFAULT;
    }
}

Ordering ordering_used(const cholmod_common* common) noexcept {
    switch (common->SPQR_istat[7]) {
        case SPQR_ORDERING_AMD:
            return Ordering::amd;
        case SPQR_ORDERING_COLAMD:
            return Ordering::colamd;
        case SPQR_ORDERING_METIS:
            return Ordering::metis;
        default:
            return Ordering::natural;
    }
}

FactorOptions common_options(const QrOptions& options) noexcept {
    return {options.max_memory_bytes, options.ordering, options.cancel};
}

/// Which rows and columns remain when columns with one entry in the remaining rows are taken out together with the row
/// of that entry, while there are any whose entry is larger than the tolerance: what SuiteSparseQR does first.
struct Remainder {
    Buffer<Index> rows, cols;  // new number, or -1 if taken out
    Index row_count, col_count;
};

template <Scalar T>
Remainder without_singletons(const CscView<T>& A, double tolerance) {
    const auto m = static_cast<std::size_t>(A.rows()), n = static_cast<std::size_t>(A.cols());
    const auto p = A.indptr();
    const auto indices = A.indices();
    Buffer<Offset> row_pointers(m + 2, 0);
    for (const Index i : indices) ++row_pointers[static_cast<std::size_t>(i) + 2];
    for (std::size_t i = 2; i < m + 2; ++i) row_pointers[i] += row_pointers[i - 1];
    Buffer<Index> row_columns(indices.size());
    Buffer<Offset> count(n);
    Buffer<Index> queue;
    for (std::size_t j = 0; j < n; ++j) {
        count[j] = p[j + 1] - p[j];
        if (count[j] == 1) queue.push_back(static_cast<Index>(j));
        for (auto k = static_cast<std::size_t>(p[j]); k < static_cast<std::size_t>(p[j + 1]); ++k)
            row_columns[static_cast<std::size_t>(row_pointers[static_cast<std::size_t>(indices[k]) + 1]++)] =
                static_cast<Index>(j);
    }
    Remainder r{Buffer<Index>(m, 0), Buffer<Index>(n, 0), 0, 0};
    for (std::size_t next = 0; next < queue.size(); ++next) {
        const auto j = static_cast<std::size_t>(queue[next]);
        if (count[j] != 1) continue;
        for (auto k = static_cast<std::size_t>(p[j]); k < static_cast<std::size_t>(p[j + 1]); ++k) {
            const auto i = static_cast<std::size_t>(indices[k]);
            if (r.rows[i] < 0) continue;
            if (static_cast<double>(std::abs(A.values()[k])) <= tolerance) break;
            r.rows[i] = r.cols[j] = -1;
            for (auto c = static_cast<std::size_t>(row_pointers[i]); c < static_cast<std::size_t>(row_pointers[i + 1]);
                 ++c)
                if (--count[static_cast<std::size_t>(row_columns[c])] == 1) queue.push_back(row_columns[c]);
            break;
        }
    }
    for (Index& i : r.rows)
        if (i == 0) i = r.row_count++;
    for (Index& j : r.cols)
        if (j == 0) j = r.col_count++;
    return r;
}

}  // namespace

template <Scalar T>
struct Qr<T>::State {
    using W = Working<T>;
    static constexpr double real_per_entry = is_complex<T> ? 4 : 1;  // real operations, roughly

    Index m = 0, n = 0, rank = 0;
    QrOptions options;
    detail::Pattern<Offset, Index> pattern;
    bool factored = false;
    Buffer<Index> dependent;  // columns of A, and those columns themselves
    Csc<T> dependent_columns;
    FactorStatistics statistics;

    mutable detail::CholmodCommon common;
    mutable std::mutex mutex;  // of common and of the basis
    SuiteSparseQR_factorization<W>* QR = nullptr;
    mutable Matrix<W> null_basis;  // orthonormal, once it is made

    ~State() { forget_factors(); }
    void forget_factors() noexcept {
        if (QR) SuiteSparseQR_free<W>(&QR, common);
        QR = nullptr;
        factored = false;
        rank = 0;
        null_basis.resize(0, 0);
    }

    void prepare(const CscView<T>& A, const QrOptions& chosen) {
        detail::require(!chosen.tolerance || *chosen.tolerance >= 0, "Qr: the tolerance must be at least 0");
        detail::require_finite("Qr", A);
        detail::stop_if_cancelled("Qr", common_options(chosen));
        m = A.rows();
        n = A.cols();
        options = chosen;
        pattern = detail::Pattern<Offset, Index>(A);
    }

    /// The default of SuiteSparseQR.
    double tolerance(const CscView<T>& A) const {
        if (options.tolerance) return *options.tolerance;
        double largest = 0;
        for (std::size_t j = 0; j < static_cast<std::size_t>(A.cols()); ++j) {
            const auto first = static_cast<std::size_t>(A.indptr()[j]);
            const auto stop = static_cast<std::size_t>(A.indptr()[j + 1]);
            largest = std::max(largest, static_cast<double>(norm2(A.values().subview(first, stop - first))));
        }
        return std::min(20.0 * (static_cast<double>(m) + n) * std::numeric_limits<double>::epsilon() * largest,
                        std::numeric_limits<double>::max());
    }

    detail::CholmodSparse sparse(const CscView<T>& A, const Remainder* part = nullptr) const {
        const auto rows = static_cast<std::size_t>(part ? part->row_count : m);
        const auto cols = static_cast<std::size_t>(part ? part->col_count : n);
        detail::CholmodSparse S(cholmod_l_allocate_sparse(rows, cols, static_cast<std::size_t>(A.nnz()), 1, 1, 0,
                                                          detail::cholmod_xtype<T>, common),
                                {common});
        common.check("Qr");
        auto* const p = static_cast<Long*>(S->p);
        auto* const i = static_cast<Long*>(S->i);
        auto* const x = static_cast<W*>(S->x);
        if (!part) {
            std::copy(A.indptr().begin(), A.indptr().end(), p);
            std::copy(A.indices().begin(), A.indices().end(), i);
            std::copy(A.values().begin(), A.values().end(), x);
            return S;
        }
        Long to = 0;
        std::size_t column = 0;
        for (std::size_t j = 0; j < static_cast<std::size_t>(n); ++j) {
            if (part->cols[j] < 0) continue;
            p[column++] = to;
            for (auto k = static_cast<std::size_t>(A.indptr()[j]); k < static_cast<std::size_t>(A.indptr()[j + 1]);
                 ++k) {
                const Index row = part->rows[static_cast<std::size_t>(A.indices()[k])];
                if (row < 0) continue;
                i[to] = row;
                x[to++] = static_cast<W>(A.values()[k]);
            }
        }
        p[column] = to;
        return S;
    }

    /// A symbolic factorisation of what remains without the singletons, for its bounds on the sizes.
    void predict(const CscView<T>& A) {
        detail::Stopwatch watch;
        const detail::SerialFactorization one;
        const Remainder remainder = without_singletons(A, tolerance(A));
        double entries = static_cast<double>(A.nnz()), stack = 0, symbolic_bytes = 0, symbolic_peak = 0;
        if (remainder.row_count > 0 && remainder.col_count > 0) {
            const detail::CholmodSparse S = sparse(A, &remainder);
            const auto* const p = static_cast<const Long*>(S->p);
            entries -= static_cast<double>(p[remainder.col_count]);
            if (p[remainder.col_count] > 0) {
                const std::size_t before = common->memory_inuse;
                common->memory_usage = before;
                auto* symbolic = SuiteSparseQR_symbolic<W>(number(options.ordering), 1, S.get(), common);
                common.check("Qr");
                if (!symbolic) throw Error("Qr: SuiteSparseQR returned nothing");
                entries += static_cast<double>(common->SPQR_istat[0]) + static_cast<double>(common->SPQR_istat[1]);
                stack = static_cast<double>(symbolic->QRsym->maxstack) * sizeof(W) +
                        static_cast<double>(symbolic->QRsym->hisize) * sizeof(Long);
                symbolic_peak = static_cast<double>(common->memory_usage - before);
                symbolic_bytes = static_cast<double>(common->memory_inuse - before);
                statistics.flops = common->SPQR_flopcount_bound * real_per_entry;
                statistics.ordering = ordering_used(common);
                SuiteSparseQR_free<W>(&symbolic, common);
            }
        }
        const double matrix = static_cast<double>(A.nnz()) * (sizeof(W) + sizeof(Long)) + sizeof(Long) * 1.0 * n;
        const double rows_and_columns = 3.0 * sizeof(Long) * (static_cast<double>(m) + n);  // permutations
        statistics.factor_nonzeros = static_cast<Offset>(entries);
        statistics.memory_bytes =
            static_cast<std::size_t>(entries * sizeof(W) + symbolic_bytes + rows_and_columns) + pattern.bytes();
        statistics.peak_memory_bytes =
            static_cast<std::size_t>(matrix + rows_and_columns + std::max(symbolic_peak + stack, 0.0)) +
            pattern.bytes();
        statistics.peak_memory_bytes = std::max(statistics.peak_memory_bytes, statistics.memory_bytes);
        statistics.analyse_seconds = watch.lap();
    }

    void factor(const CscView<T>& A) {
        forget_factors();
        if (A.nnz() > 0) {  // else rank 0; SuiteSparseQR is not asked about empty matrices
            detail::Stopwatch watch;
            const detail::SerialFactorization one;
            common->memory_usage = common->memory_inuse;
            {
                const detail::CholmodSparse S = sparse(A);
                QR = SuiteSparseQR_factorize<W>(number(options.ordering), options.tolerance.value_or(SPQR_DEFAULT_TOL),
                                                S.get(), common);
            }
            common.check("Qr");
            if (!QR) throw Error("Qr: SuiteSparseQR returned nothing");
            rank = static_cast<Index>(QR->rank);
            statistics.ordering = ordering_used(common);
            statistics.factor_nonzeros =
                static_cast<Offset>(common->SPQR_istat[0]) + static_cast<Offset>(common->SPQR_istat[1]);
            statistics.flops = common->SPQR_flopcount * real_per_entry;
            statistics.memory_bytes = common->memory_inuse + pattern.bytes();  // with CHOLMOD's workspace
            statistics.peak_memory_bytes = common->memory_usage + pattern.bytes();
            statistics.analyse_seconds += common->SPQR_analyze_time;
            statistics.factor_seconds = std::max(0.0, watch.lap() - common->SPQR_analyze_time);
        }
        find_dependent(A);
        factored = true;
    }

    void find_dependent(const CscView<T>& A) {
        dependent.clear();
        for (Index k = 0; k < n; ++k)
            if (!QR)
                dependent.push_back(k);
            else if (rank < n && QR->Rmap && QR->Rmap[k] >= QR->rank)
                dependent.push_back(static_cast<Index>(QR->Q1fill ? QR->Q1fill[k] : k));
        std::sort(dependent.begin(), dependent.end());
        Buffer<Offset> pointers{0};
        Buffer<Index> indices;
        Buffer<T> values;
        for (const Index j : dependent) {
            const auto first = A.indptr()[static_cast<std::size_t>(j)],
                       stop = A.indptr()[static_cast<std::size_t>(j) + 1];
            indices.insert(indices.end(), A.indices().begin() + first, A.indices().begin() + stop);
            values.insert(values.end(), A.values().begin() + first, A.values().begin() + stop);
            pointers.push_back(static_cast<Offset>(indices.size()));
        }
        dependent_columns = Csc<T>(detail::Trusted{}, m, static_cast<Index>(dependent.size()), std::move(pointers),
                                   std::move(indices), std::move(values));
    }

    void require_factors(const char* who) const {
        detail::require(factored, std::string(who) + ": there are no factors, since the last refactor failed");
    }
    void require_regular(const char* who) const {
        require_factors(who);
        detail::require(m == n, std::string(who) + ": the matrix must be square");
        if (rank < n)
            throw SingularMatrix(std::string(who) + ": the matrix has rank " + std::to_string(rank) + " of " +
                                 std::to_string(n));
    }

    /// X ← Qᴴ X and X ← Q X.
    void multiply_adjoint(Matrix<W>& X) const { detail::QrFronts<W>(*QR).apply_adjoint(X); }
    void multiply(Matrix<W>& X) const { detail::QrFronts<W>(*QR).apply(X); }

    /// With R, which needs the workspace of `common`.
    Matrix<W> solve(int system, Matrix<W>& B, const char* who) const {
        const std::lock_guard lock(mutex);
        const ThreadLimit one(1);  // bound by memory
        cholmod_dense D = dense_view(B);
        const detail::CholmodDense X(SuiteSparseQR_solve<W>(system, QR, &D, common), {common});
        common.check(who);
        if (!X) throw Error(std::string(who) + ": SuiteSparseQR returned nothing");
        return Eigen::Map<const Matrix<W>>(static_cast<const W*>(X->x), static_cast<Eigen::Index>(X->nrow),
                                           static_cast<Eigen::Index>(X->ncol));
    }

    /// So many columns at once: the part of them that a front acts on is to stay in the cache.
    template <class Body>
    static void for_blocks(Eigen::Index columns, Body&& body) {
        constexpr Eigen::Index block = 16;
        for (Eigen::Index first = 0; first < columns; first += block) body(first, std::min(block, columns - first));
    }

    Matrix<W> least_squares(const Matrix<W>& B, const char* who) const {
        Matrix<W> X = Matrix<W>::Zero(n, B.cols());
        if (!QR) return X;
        for_blocks(B.cols(), [&](Eigen::Index first, Eigen::Index columns) {
            Matrix<W> y = B.middleCols(first, columns);
            multiply_adjoint(y);                                               // y = Qᴴ b
            X.middleCols(first, columns) = solve(SPQR_RETX_EQUALS_B, y, who);  // x = P R⁻¹ y
        });
        return X;
    }

    Matrix<W> adjoint_minimum_norm(const Matrix<W>& C, const char* who) const {
        Matrix<W> Y = Matrix<W>::Zero(m, C.cols());
        if (!QR) return Y;
        for_blocks(C.cols(), [&](Eigen::Index first, Eigen::Index columns) {
            Matrix<W> c = C.middleCols(first, columns);
            Matrix<W> z = solve(SPQR_RTX_EQUALS_ETB, c, who);  // z = R⁻ᴴ Pᵀ c
            multiply(z);                                       // y = Q z
            Y.middleCols(first, columns) = z;
        });
        return Y;
    }

    Matrix<W> null_vectors(const char* who) const {
        const auto d = static_cast<Eigen::Index>(dependent.size());
        Matrix<W> N(n, d);
        for_blocks(d, [&](Eigen::Index first, Eigen::Index columns) {
            Matrix<W> a = Matrix<W>::Zero(m, columns);
            for (Eigen::Index k = 0; k < columns; ++k) {
                const auto j = static_cast<std::size_t>(first + k);
                for (auto e = static_cast<std::size_t>(dependent_columns.indptr()[j]);
                     e < static_cast<std::size_t>(dependent_columns.indptr()[j + 1]); ++e)
                    a(dependent_columns.indices()[e], k) = static_cast<W>(dependent_columns.values()[e]);
            }
            N.middleCols(first, columns) = -least_squares(a, who);
        });
        for (Eigen::Index k = 0; k < d; ++k) N(dependent[static_cast<std::size_t>(k)], k) += W(1);
        return N;
    }

    void make_null_basis(const char* who) const {
        const auto d = static_cast<Eigen::Index>(dependent.size());
        {
            const std::lock_guard lock(mutex);
            if (null_basis.cols() == d) return;
        }
        const double bytes = static_cast<double>(n) * static_cast<double>(d) * sizeof(W);
        detail::require_memory(who, bytes, options.max_memory_bytes);
        const Matrix<W> N = null_vectors(who);
        const Eigen::HouseholderQR<Matrix<W>> qr(N);
        Matrix<W> Z = qr.householderQ() * Matrix<W>::Identity(n, d);
        const std::lock_guard lock(mutex);
        null_basis = std::move(Z);
    }
};

template <Scalar T>
Qr<T>::Analysis::Analysis(const CscView<T>& A, const QrOptions& options) : state_(std::make_unique<State>()) {
    state_->prepare(A, options);
    if (A.nnz() > 0) state_->predict(A);
}

template <Scalar T>
Qr<T>::Analysis::~Analysis() = default;
template <Scalar T>
Qr<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Qr<T>::Analysis& Qr<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
Index Qr<T>::Analysis::rows() const noexcept {
    return state_->m;
}
template <Scalar T>
Index Qr<T>::Analysis::cols() const noexcept {
    return state_->n;
}
template <Scalar T>
const FactorStatistics& Qr<T>::Analysis::statistics() const noexcept {
    return state_->statistics;
}

template <Scalar T>
Qr<T>::Qr(const CscView<T>& A, const QrOptions& options) : state_(std::make_unique<State>()) {
    state_->prepare(A, options);
    if (options.max_memory_bytes != 0 && A.nnz() > 0) state_->predict(A);
    detail::require_memory("Qr", static_cast<double>(state_->statistics.peak_memory_bytes), options.max_memory_bytes);
    detail::stop_if_cancelled("Qr", common_options(options));
    state_->factor(A);
}

template <Scalar T>
Qr<T>::Qr(const CscView<T>& A, Analysis analysis, const QrOptions& options) : state_(std::move(analysis.state_)) {
    detail::require(state_ != nullptr, "Qr: the analysis was used up by another factorisation");
    detail::require(!options.tolerance || *options.tolerance >= 0, "Qr: the tolerance must be at least 0");
    detail::require_memory("Qr", static_cast<double>(state_->statistics.peak_memory_bytes), options.max_memory_bytes);
    detail::stop_if_cancelled("Qr", common_options(options));
    const Ordering ordering = state_->options.ordering;
    state_->options = options;
    state_->options.ordering = ordering;  // the one that was analysed
    refactor(A);
}

template <Scalar T>
Qr<T>::~Qr() = default;
template <Scalar T>
Qr<T>::Qr(Qr&&) noexcept = default;
template <Scalar T>
Qr<T>& Qr<T>::operator=(Qr&&) noexcept = default;

template <Scalar T>
Index Qr<T>::rows() const noexcept {
    return state_->m;
}
template <Scalar T>
Index Qr<T>::cols() const noexcept {
    return state_->n;
}
template <Scalar T>
Index Qr<T>::rank() const noexcept {
    return state_->rank;
}
template <Scalar T>
const FactorStatistics& Qr<T>::statistics() const noexcept {
    return state_->statistics;
}

template <Scalar T>
void Qr<T>::refactor(const CscView<T>& A) {
    detail::require(A.rows() == rows() && A.cols() == cols(), "Qr: the matrix must have the shape that was analysed");
    state_->pattern.require_same("Qr", A);
    detail::require_finite("Qr", A);
    state_->factor(A);
}

template <Scalar T>
void Qr<T>::least_squares(VectorView<T> b, VectorRef<T> x) const {
    const char* const who = "Qr::least_squares";
    const State& s = *state_;
    detail::require_lengths(who, b.size(), x.size(), s.m, s.n);
    s.require_factors(who);
    using W = Working<T>;
    const Eigen::Map<const Eigen::VectorX<T>> B(b.data(), static_cast<Eigen::Index>(b.size()));
    const Matrix<W> X = s.least_squares(B.template cast<W>(), who);
    detail::assign(x, X.data());
}

template <Scalar T>
Eigen::MatrixX<T> Qr<T>::least_squares(const Eigen::Ref<const Eigen::MatrixX<T>>& B) const {
    const char* const who = "Qr::least_squares";
    const State& s = *state_;
    detail::require(B.rows() == s.m, std::string(who) + ": B must have " + std::to_string(s.m) + " rows, found " +
                                         std::to_string(B.rows()));
    s.require_factors(who);
    using W = Working<T>;
    return s.least_squares(B.template cast<W>(), who).template cast<T>();
}

template <Scalar T>
void Qr<T>::adjoint_minimum_norm(VectorView<T> c, VectorRef<T> y) const {
    const char* const who = "Qr::adjoint_minimum_norm";
    const State& s = *state_;
    detail::require_lengths(who, c.size(), y.size(), s.n, s.m);
    s.require_factors(who);
    using W = Working<T>;
    const Eigen::Map<const Eigen::VectorX<T>> C(c.data(), static_cast<Eigen::Index>(c.size()));
    const Matrix<W> Y = s.adjoint_minimum_norm(C.template cast<W>(), who);
    detail::assign(y, Y.data());
}

template <Scalar T>
Eigen::MatrixX<T> Qr<T>::adjoint_minimum_norm(const Eigen::Ref<const Eigen::MatrixX<T>>& C) const {
    const char* const who = "Qr::adjoint_minimum_norm";
    const State& s = *state_;
    detail::require(C.rows() == s.n, std::string(who) + ": C must have " + std::to_string(s.n) + " rows, found " +
                                         std::to_string(C.rows()));
    s.require_factors(who);
    using W = Working<T>;
    return s.adjoint_minimum_norm(C.template cast<W>(), who).template cast<T>();
}

template <Scalar T>
void Qr<T>::project_onto_range(VectorRef<T> v) const {
    const char* const who = "Qr::project_onto_range";
    const State& s = *state_;
    detail::require_lengths(who, v.size(), v.size(), s.m, s.m);
    s.require_factors(who);
    if (!s.QR) return std::fill(v.begin(), v.end(), T{});
    using W = Working<T>;
    const Eigen::Map<const Eigen::VectorX<T>> V(v.data(), static_cast<Eigen::Index>(v.size()));
    Matrix<W> z = V.template cast<W>();
    s.multiply_adjoint(z);
    z.bottomRows(s.m - s.rank).setZero();
    s.multiply(z);
    detail::assign(v, z.data());
}

template <Scalar T>
Eigen::MatrixX<T> Qr<T>::null_vectors() const {
    state_->require_factors("Qr::null_vectors");
    return state_->null_vectors("Qr::null_vectors").template cast<T>();
}

template <Scalar T>
void Qr<T>::minimum_norm_least_squares(VectorView<T> b, VectorRef<T> x) const {
    const char* const who = "Qr::minimum_norm_least_squares";
    const State& s = *state_;
    detail::require_lengths(who, b.size(), x.size(), s.m, s.n);
    s.require_factors(who);
    if (!s.QR) return std::fill(x.begin(), x.end(), T{});
    using W = Working<T>;
    const Eigen::Map<const Eigen::VectorX<T>> B(b.data(), static_cast<Eigen::Index>(b.size()));
    Matrix<W> X = s.least_squares(B.template cast<W>(), who);
    if (!s.dependent.empty()) {
        s.make_null_basis(who);
        // Twice: where x is mostly null space, the first time leaves a rounding error of it.
        for (int pass = 0; pass < 2; ++pass) X -= s.null_basis * (s.null_basis.adjoint() * X).eval();
    }
    detail::assign(x, X.data());
}

template <Scalar T>
void Qr<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    detail::require_lengths("Qr::apply", b.size(), x.size(), state_->m, state_->n);
    state_->require_regular("Qr::apply");
    least_squares(b, x);
}

template <Scalar T>
void Qr<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {
    detail::require_lengths("Qr::apply_transpose", b.size(), x.size(), state_->n, state_->m);
    state_->require_regular("Qr::apply_transpose");
    if constexpr (is_complex<T>) {  // A⁻ᵀ b = conj(A⁻ᴴ conj(b))
        Buffer<T> conjugated(b.begin(), b.end());
        for (T& c : conjugated) c = std::conj(c);
        adjoint_minimum_norm(conjugated, x);
        for (T& c : x) c = std::conj(c);
    } else {
        adjoint_minimum_norm(b, x);
    }
}

template <Scalar T>
void Qr<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    detail::require_lengths("Qr::apply_adjoint", b.size(), x.size(), state_->n, state_->m);
    state_->require_regular("Qr::apply_adjoint");
    adjoint_minimum_norm(b, x);
}

template <Scalar T>
Eigen::MatrixX<T> Qr<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which) const {
    state_->require_regular("Qr::solve");
    if (which == Transpose::none) return least_squares(B);
    if (which == Transpose::transpose && is_complex<T>)
        return adjoint_minimum_norm(Eigen::MatrixX<T>(B.conjugate())).conjugate();
    return adjoint_minimum_norm(B);
}

template <Scalar T>
LogDeterminant<T> Qr<T>::log_determinant() const {
    const State& s = *state_;
    s.require_factors("Qr::log_determinant");
    detail::require(s.m == s.n, "Qr::log_determinant: the matrix must be square");
    if (s.n == 0) return {};
    if (s.rank < s.n) return {T(0), -std::numeric_limits<double>::infinity()};
    return detail::QrFronts<Working<T>>(*s.QR).determinant().template result<T>();
}

#define INSTANTIATE(T) template class Qr<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
