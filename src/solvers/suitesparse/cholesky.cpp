// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/cholesky.hpp"

#include <mutex>

#include "core/instantiate.hpp"
#include "ritz/formats/convert.hpp"
#include "solvers/suitesparse/common.hpp"

namespace ritz {

namespace {

using detail::Working;

/// The upper triangle of a Hermitian A in columns. Row i of the lower triangle, conjugated, is column i of the upper
/// one, so the rows are copied as they come.
template <Scalar T>
detail::CholmodSparse upper_triangle(const CsrView<T>& A, cholmod_common* common) {
    const auto n = static_cast<std::size_t>(A.rows());
    const auto indptr = A.indptr();
    const auto indices = A.indices();
    const auto values = A.values();
    Offset count = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (Offset k = indptr[i]; k < indptr[i + 1]; ++k)
            count += static_cast<std::size_t>(indices[static_cast<std::size_t>(k)]) <= i;
    detail::CholmodSparse S(
        cholmod_l_allocate_sparse(n, n, static_cast<std::size_t>(count), 1, 1, 1, detail::cholmod_xtype<T>, common),
        {common});
    if (!S) return S;
    auto* p = static_cast<SuiteSparse_long*>(S->p);
    auto* i_out = static_cast<SuiteSparse_long*>(S->i);
    auto* x = static_cast<Working<T>*>(S->x);
    SuiteSparse_long to = 0;
    for (std::size_t i = 0; i < n; ++i) {
        p[i] = to;
        for (auto k = static_cast<std::size_t>(indptr[i]);
             k < static_cast<std::size_t>(indptr[i + 1]) && static_cast<std::size_t>(indices[k]) <= i; ++k) {
            i_out[to] = indices[k];
            x[to++] = static_cast<Working<T>>(conjugate(values[k]));
        }
    }
    p[n] = to;
    return S;
}

}  // namespace

template <Scalar T>
struct Cholesky<T>::Factors {
    Index n = 0;
    mutable detail::CholmodCommon common;
    mutable std::mutex mutex;  // of common and the two workspaces
    detail::CholmodFactor L{nullptr, {common}};
    mutable cholmod_dense* Y = nullptr;
    mutable cholmod_dense* E = nullptr;
    mutable cholmod_dense* X = nullptr;
    FactorStatistics statistics;

    ~Factors() {
        cholmod_l_free_dense(&Y, common);
        cholmod_l_free_dense(&E, common);
        cholmod_l_free_dense(&X, common);
    }
};

template <Scalar T>
Cholesky<T>::Cholesky(const CsrView<T>& A, const FactorOptions& options) : factors_(std::make_unique<Factors>()) {
    detail::require(A.rows() == A.cols(), "Cholesky: the matrix must be square, found " + std::to_string(A.rows()) +
                                              " x " + std::to_string(A.cols()));
    detail::require(adjoint(A) == A, "Cholesky: the matrix must be Hermitian");  // CHOLMOD reads one triangle only
    Factors& f = *factors_;
    f.n = A.rows();
    if (f.n == 0) return;

    detail::Stopwatch watch;
    f.common->final_ll = 1;  // never LDLᵀ: without pivoting it is no factorisation to trust
    f.common->quick_return_if_not_posdef = 1;
    const detail::CholmodSparse S = upper_triangle(A, f.common);
    f.common.check("Cholesky");
    f.L.reset(cholmod_l_analyze(S.get(), f.common));
    f.common.check("Cholesky");
    const double entries = f.L->is_super ? static_cast<double>(f.L->xsize) : f.common->lnz;
    const double index_bytes = f.L->is_super ? static_cast<double>(f.L->ssize) * 8 : f.common->lnz * 8;
    const double bytes = entries * sizeof(Working<T>) + index_bytes;
    f.statistics.factor_nonzeros = static_cast<Offset>(f.common->lnz);
    f.statistics.flops = f.common->fl * (is_complex<T> ? 4 : 1);
    f.statistics.memory_bytes = static_cast<std::size_t>(bytes);
    f.statistics.analyse_seconds = watch.lap();
    detail::require_memory("Cholesky", bytes, options.max_memory_bytes);

    {
        const detail::SerialFactorization one;
        cholmod_l_factorize(S.get(), f.L.get(), f.common);
    }
    f.common.check("Cholesky");
    // "Not positive definite" is the positive status 1, with which CHOLMOD's solve still succeeds.
    if (f.common->status != CHOLMOD_OK || f.L->minor < f.L->n) {
        const std::size_t column = std::min(f.L->minor, f.L->n - 1);
        const auto row = static_cast<const SuiteSparse_long*>(f.L->Perm)[column];
        throw NotPositiveDefinite("Cholesky: the pivot of row " + std::to_string(row) + " is not positive", row);
    }
    f.statistics.factor_seconds = watch.lap();
}

template <Scalar T>
Cholesky<T>::~Cholesky() = default;
template <Scalar T>
Cholesky<T>::Cholesky(Cholesky&&) noexcept = default;
template <Scalar T>
Cholesky<T>& Cholesky<T>::operator=(Cholesky&&) noexcept = default;

template <Scalar T>
Index Cholesky<T>::rows() const noexcept {
    return factors_->n;
}

template <Scalar T>
const FactorStatistics& Cholesky<T>::statistics() const noexcept {
    return factors_->statistics;
}

template <Scalar T>
void Cholesky<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    const Factors& f = *factors_;
    detail::require_lengths("Cholesky::apply", b.size(), x.size(), f.n, f.n);
    if (f.n == 0) return;
    Buffer<Working<T>> right = detail::widened(b);
    cholmod_dense B = detail::dense_view(right.data(), right.size());
    const std::lock_guard lock(f.mutex);
    const ThreadLimit one(1);  // a solve with one right-hand side is bound by memory
    cholmod_l_solve2(CHOLMOD_A, f.L.get(), &B, nullptr, &f.X, nullptr, &f.Y, &f.E, f.common);
    f.common.check("Cholesky::apply");
    detail::assign(x, static_cast<const Working<T>*>(f.X->x));
}

#define INSTANTIATE(T) template class Cholesky<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
