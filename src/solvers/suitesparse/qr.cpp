// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/qr.hpp"

#include <SuiteSparseQR.hpp>
#include <mutex>

#include "core/instantiate.hpp"
#include "solvers/suitesparse/common.hpp"

namespace ritz {

namespace {
using detail::Working;
}

template <Scalar T>
struct Qr<T>::Factors {
    using W = Working<T>;
    Index m = 0, n = 0, rank = 0;
    mutable detail::CholmodCommon common;
    mutable std::mutex mutex;  // of common
    SuiteSparseQR_factorization<W>* QR = nullptr;
    FactorStatistics statistics;

    ~Factors() {
        if (QR) SuiteSparseQR_free<W>(&QR, common);
    }

    detail::CholmodDense own(cholmod_dense* X, const char* who) const {
        detail::CholmodDense owned(X, {common});
        common.check(who);
        if (!owned) throw Error(std::string(who) + ": SuiteSparseQR returned nothing");
        return owned;
    }
    detail::CholmodDense multiply(int method, cholmod_dense* X, const char* who) const {
        return own(SuiteSparseQR_qmult<W>(method, QR, X, common), who);
    }
    detail::CholmodDense solve(int system, cholmod_dense* X, const char* who) const {
        return own(SuiteSparseQR_solve<W>(system, QR, X, common), who);
    }
};

template <Scalar T>
Qr<T>::Qr(const CscView<T>& A, const QrOptions& options) : factors_(std::make_unique<Factors>()) {
    using W = Working<T>;
    detail::require(!options.tolerance || *options.tolerance >= 0, "Qr: the tolerance must be at least 0");
    Factors& f = *factors_;
    f.m = A.rows();
    f.n = A.cols();
    if (A.nnz() == 0) return;  // rank 0; SuiteSparseQR is not asked about empty matrices

    detail::Stopwatch watch;
    const auto m = static_cast<std::size_t>(f.m), n = static_cast<std::size_t>(f.n);
    detail::CholmodSparse S(
        cholmod_l_allocate_sparse(m, n, static_cast<std::size_t>(A.nnz()), 1, 1, 0, detail::cholmod_xtype<T>, f.common),
        {f.common});
    f.common.check("Qr");
    std::copy(A.indptr().begin(), A.indptr().end(), static_cast<SuiteSparse_long*>(S->p));
    std::copy(A.indices().begin(), A.indices().end(), static_cast<SuiteSparse_long*>(S->i));
    std::copy(A.values().begin(), A.values().end(), static_cast<W*>(S->x));

    if (options.max_memory_bytes != 0) {  // a symbolic factorisation first, for its bounds on the sizes of R and H
        SuiteSparseQR_factorization<W>* symbolic =
            SuiteSparseQR_symbolic<W>(SPQR_ORDERING_DEFAULT, 1, S.get(), f.common);
        const double entries =
            static_cast<double>(f.common->SPQR_istat[0]) + static_cast<double>(f.common->SPQR_istat[1]);
        SuiteSparseQR_free<W>(&symbolic, f.common);
        f.common.check("Qr");
        detail::require_memory("Qr", entries * sizeof(W), options.max_memory_bytes);
    }
    f.statistics.analyse_seconds = watch.lap();

    const ThreadLimit one(1);  // how large the fronts are is not known before
    f.QR = SuiteSparseQR_factorize<W>(SPQR_ORDERING_DEFAULT, options.tolerance.value_or(SPQR_DEFAULT_TOL), S.get(),
                                      f.common);
    f.common.check("Qr");
    if (!f.QR) throw Error("Qr: SuiteSparseQR returned nothing");
    f.rank = static_cast<Index>(f.QR->rank);
    f.statistics.factor_nonzeros =
        static_cast<Offset>(f.common->SPQR_istat[0]) + static_cast<Offset>(f.common->SPQR_istat[1]);
    f.statistics.flops = f.common->SPQR_flopcount;
    f.statistics.memory_bytes = static_cast<std::size_t>(f.statistics.factor_nonzeros) * sizeof(W);
    f.statistics.factor_seconds = watch.lap();
}

template <Scalar T>
Qr<T>::~Qr() = default;
template <Scalar T>
Qr<T>::Qr(Qr&&) noexcept = default;
template <Scalar T>
Qr<T>& Qr<T>::operator=(Qr&&) noexcept = default;

template <Scalar T>
Index Qr<T>::rows() const noexcept {
    return factors_->m;
}
template <Scalar T>
Index Qr<T>::cols() const noexcept {
    return factors_->n;
}
template <Scalar T>
Index Qr<T>::rank() const noexcept {
    return factors_->rank;
}
template <Scalar T>
const FactorStatistics& Qr<T>::statistics() const noexcept {
    return factors_->statistics;
}

template <Scalar T>
void Qr<T>::least_squares(VectorView<T> b, VectorRef<T> x) const {
    const char* const who = "Qr::least_squares";
    const Factors& f = *factors_;
    detail::require_lengths(who, b.size(), x.size(), f.m, f.n);
    if (!f.QR) return std::fill(x.begin(), x.end(), T{});
    auto right = detail::widened(b);
    cholmod_dense B = detail::dense_view(right.data(), right.size());
    const std::lock_guard lock(f.mutex);
    const ThreadLimit one(1);                                  // applied to one vector, Q and R are bound by memory
    const auto y = f.multiply(SPQR_QTX, &B, who);              // y = Qᴴ b
    const auto X = f.solve(SPQR_RETX_EQUALS_B, y.get(), who);  // x = P R⁻¹ y
    detail::assign(x, static_cast<const Working<T>*>(X->x));
}

template <Scalar T>
void Qr<T>::adjoint_minimum_norm(VectorView<T> c, VectorRef<T> y) const {
    const char* const who = "Qr::adjoint_minimum_norm";
    const Factors& f = *factors_;
    detail::require_lengths(who, c.size(), y.size(), f.n, f.m);
    if (!f.QR) return std::fill(y.begin(), y.end(), T{});
    auto right = detail::widened(c);
    cholmod_dense C = detail::dense_view(right.data(), right.size());
    const std::lock_guard lock(f.mutex);
    const ThreadLimit one(1);                              // applied to one vector, Q and R are bound by memory
    const auto z = f.solve(SPQR_RTX_EQUALS_ETB, &C, who);  // z = R⁻ᴴ Pᵀ c
    const auto Y = f.multiply(SPQR_QX, z.get(), who);      // y = Q z
    detail::assign(y, static_cast<const Working<T>*>(Y->x));
}

template <Scalar T>
void Qr<T>::project_onto_range(VectorRef<T> v) const {
    const char* const who = "Qr::project_onto_range";
    const Factors& f = *factors_;
    detail::require_lengths(who, v.size(), v.size(), f.m, f.m);
    if (!f.QR) return std::fill(v.begin(), v.end(), T{});
    auto right = detail::widened(VectorView<T>(v.data(), v.size()));
    cholmod_dense V = detail::dense_view(right.data(), right.size());
    const std::lock_guard lock(f.mutex);
    const ThreadLimit one(1);  // applied to one vector, Q and R are bound by memory
    const auto z = f.multiply(SPQR_QTX, &V, who);
    auto* coefficients = static_cast<Working<T>*>(z->x);
    std::fill(coefficients + f.rank, coefficients + f.m, Working<T>{});
    const auto projected = f.multiply(SPQR_QX, z.get(), who);
    detail::assign(v, static_cast<const Working<T>*>(projected->x));
}

#define INSTANTIATE(T) template class Qr<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
