// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/lu.hpp"

#include <umfpack.h>

#include "core/instantiate.hpp"
#include "solvers/suitesparse/common.hpp"

namespace ritz {

namespace {

using detail::Working;
using Long = SuiteSparse_long;

/// UMFPACK's two 64-bit interfaces under one name.
template <class W>
struct Umfpack;

template <>
struct Umfpack<double> {
    static constexpr auto defaults = umfpack_dl_defaults;
    static constexpr auto free_symbolic = umfpack_dl_free_symbolic;
    static constexpr auto free_numeric = umfpack_dl_free_numeric;
    static Long symbolic(Long n, const Long* p, const Long* i, const double* x, void** S, const double* control,
                         double* info) {
        return umfpack_dl_symbolic(n, n, p, i, x, S, control, info);
    }
    static Long numeric(const Long* p, const Long* i, const double* x, void* S, void** N, const double* control,
                        double* info) {
        return umfpack_dl_numeric(p, i, x, S, N, control, info);
    }
    static Long wsolve(Long system, double* x, const double* b, void* N, const double* control, double* info, Long* wi,
                       double* w) {
        return umfpack_dl_wsolve(system, nullptr, nullptr, nullptr, x, b, N, control, info, wi, w);
    }
    static constexpr std::size_t workspace = 1;  // doubles a row, without refinement
};

template <>
struct Umfpack<std::complex<double>> {
    static constexpr auto defaults = umfpack_zl_defaults;
    static constexpr auto free_symbolic = umfpack_zl_free_symbolic;
    static constexpr auto free_numeric = umfpack_zl_free_numeric;
    // Packed complex: the imaginary arrays are null, the real ones hold pairs.
    static const double* pairs(const std::complex<double>* x) { return reinterpret_cast<const double*>(x); }
    static double* pairs(std::complex<double>* x) { return reinterpret_cast<double*>(x); }
    static Long symbolic(Long n, const Long* p, const Long* i, const std::complex<double>* x, void** S,
                         const double* control, double* info) {
        return umfpack_zl_symbolic(n, n, p, i, pairs(x), nullptr, S, control, info);
    }
    static Long numeric(const Long* p, const Long* i, const std::complex<double>* x, void* S, void** N,
                        const double* control, double* info) {
        return umfpack_zl_numeric(p, i, pairs(x), nullptr, S, N, control, info);
    }
    static Long wsolve(Long system, std::complex<double>* x, const std::complex<double>* b, void* N,
                       const double* control, double* info, Long* wi, double* w) {
        return umfpack_zl_wsolve(system, nullptr, nullptr, nullptr, nullptr, pairs(x), nullptr, pairs(b), nullptr, N,
                                 control, info, wi, w);
    }
    static constexpr std::size_t workspace = 4;
};

/// UMFPACK_OK is 0; negative are errors, and positive "warnings", of which the first is a singular matrix with
/// infinities to come: both are failures here.
void check(Long status, const char* who) {
    if (status == UMFPACK_OK) return;
    if (status == UMFPACK_WARNING_singular_matrix) throw SingularMatrix(std::string(who) + ": a pivot is exactly zero");
    if (status == UMFPACK_ERROR_out_of_memory) throw OutOfMemory(std::string(who) + ": out of memory");
    throw Error(std::string(who) + ": UMFPACK failed with status " + std::to_string(status));
}

}  // namespace

template <Scalar T>
struct Lu<T>::Factors {
    using Interface = Umfpack<Working<T>>;
    Index n = 0;
    void* numeric = nullptr;
    double control[UMFPACK_CONTROL] = {};
    double pivot_ratio = 1;
    FactorStatistics statistics;

    ~Factors() {
        if (numeric) Interface::free_numeric(&numeric);
    }

    void solve(Long system, const Buffer<Working<T>>& b, Buffer<Working<T>>& x) const {
        Buffer<Long> wi(b.size());
        Buffer<double> w(b.size() * Interface::workspace);
        double info[UMFPACK_INFO];
        const ThreadLimit one(1);  // a solve with one right-hand side is bound by memory
        check(Interface::wsolve(system, x.data(), b.data(), numeric, control, info, wi.data(), w.data()), "Lu");
    }
};

template <Scalar T>
Lu<T>::Lu(const CscView<T>& A, const FactorOptions& options) : factors_(std::make_unique<Factors>()) {
    using Interface = typename Factors::Interface;
    detail::require(A.rows() == A.cols(), "Lu: the matrix must be square, found " + std::to_string(A.rows()) + " x " +
                                              std::to_string(A.cols()));
    Factors& f = *factors_;
    f.n = A.rows();
    if (f.n == 0) return;                                                        // UMFPACK refuses n = 0
    if (A.nnz() == 0) throw SingularMatrix("Lu: the matrix has no entries", 0);  // and null arrays

    detail::Stopwatch watch;
    Interface::defaults(f.control);
    f.control[UMFPACK_PRL] = 0;
    f.control[UMFPACK_IRSTEP] = 0;                  // refinement is the caller's, with better residuals
    f.control[UMFPACK_SCALE] = UMFPACK_SCALE_NONE;  // as documented, A is taken as it is
    const auto p = A.indptr();
    const Buffer<Long> pointers(p.begin(), p.end());
    const Buffer<Long> indices(A.indices().begin(), A.indices().end());
    const Buffer<Working<T>> values = detail::widened(A.values());

    double info[UMFPACK_INFO] = {};
    struct Symbolic {
        void* object = nullptr;
        ~Symbolic() {
            if (object) Interface::free_symbolic(&object);
        }
    } symbolic;
    check(Interface::symbolic(f.n, pointers.data(), indices.data(), values.data(), &symbolic.object, f.control, info),
          "Lu");
    const double unit = info[UMFPACK_SIZE_OF_UNIT];
    f.statistics.analyse_seconds = watch.lap();
    detail::require_memory("Lu", info[UMFPACK_PEAK_MEMORY_ESTIMATE] * unit, options.max_memory_bytes);

    {
        const detail::SerialFactorization one;
        check(Interface::numeric(pointers.data(), indices.data(), values.data(), symbolic.object, &f.numeric, f.control,
                                 info),
              "Lu");
    }
    f.pivot_ratio = info[UMFPACK_RCOND];
    f.statistics.factor_nonzeros = static_cast<Offset>(info[UMFPACK_LNZ] + info[UMFPACK_UNZ]);
    f.statistics.flops = info[UMFPACK_FLOPS];
    f.statistics.memory_bytes = static_cast<std::size_t>(info[UMFPACK_NUMERIC_SIZE] * unit);
    f.statistics.factor_seconds = watch.lap();
}

template <Scalar T>
Lu<T>::~Lu() = default;
template <Scalar T>
Lu<T>::Lu(Lu&&) noexcept = default;
template <Scalar T>
Lu<T>& Lu<T>::operator=(Lu&&) noexcept = default;

template <Scalar T>
Index Lu<T>::rows() const noexcept {
    return factors_->n;
}
template <Scalar T>
const FactorStatistics& Lu<T>::statistics() const noexcept {
    return factors_->statistics;
}
template <Scalar T>
double Lu<T>::pivot_ratio() const noexcept {
    return factors_->pivot_ratio;
}

template <Scalar T>
void Lu<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    detail::require_lengths("Lu::apply", b.size(), x.size(), rows(), rows());
    if (rows() == 0) return;
    Buffer<Working<T>> out(x.size());
    factors_->solve(UMFPACK_A, detail::widened(b), out);
    detail::assign(x, out.data());
}

template <Scalar T>
void Lu<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    detail::require_lengths("Lu::apply_adjoint", b.size(), x.size(), rows(), rows());
    if (rows() == 0) return;
    Buffer<Working<T>> out(x.size());
    factors_->solve(UMFPACK_At, detail::widened(b), out);
    detail::assign(x, out.data());
}

#define INSTANTIATE(T) template class Lu<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
