// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/cholesky.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <string>

#include "core/instantiate.hpp"
#include "ritz/core/threads.hpp"
#include "solvers/cholesky/factors.hpp"
#include "solvers/mirror_image.hpp"

namespace ritz {

namespace {

using Clock = std::chrono::steady_clock;

template <Scalar T>
constexpr std::size_t entry_bytes = sizeof(detail::CholeskyNumber<T>);

template <Scalar T>
void require_square(const CsrView<T>& A) {
    detail::require(A.rows() == A.cols(), "Cholesky: the matrix must be square, found " + std::to_string(A.rows()) +
                                              " x " + std::to_string(A.cols()));
}

template <Scalar T>
void require_hermitian(const CsrView<T>& A) {
    require_square(A);
    detail::require(detail::mirrored(A, detail::Mirror::hermitian), "Cholesky: the matrix must be Hermitian");
}

template <Scalar T>
bool same_pattern(const CsrView<T>& A, const detail::Symbolic& S) {
    return A.rows() == S.n && std::equal(A.indptr().begin(), A.indptr().end(), S.indptr.begin(), S.indptr.end()) &&
           std::equal(A.indices().begin(), A.indices().end(), S.indices.begin(), S.indices.end());
}

template <Scalar T>
FactorStatistics statistics_of(const detail::Symbolic& S) {
    FactorStatistics statistics;
    statistics.ordering = S.ordering;
    statistics.factor_nonzeros = static_cast<Offset>(S.factor_nonzeros);
    statistics.flops = S.flops * (is_complex<T> ? 4 : 1);
    statistics.memory_bytes = static_cast<std::size_t>(S.panel.back()) * entry_bytes<T> + S.memory_bytes();
    statistics.peak_memory_bytes = static_cast<std::size_t>(S.peak_bytes(entry_bytes<T>, max_threads()));
    statistics.analyse_seconds = S.analyse_seconds;
    return statistics;
}

template <Scalar T>
std::shared_ptr<const detail::Symbolic> analyse(const CsrView<T>& A, const FactorOptions& options) {
    try {
        return detail::analyse_cholesky(A.rows(), A.indptr(), A.indices(), options);
    } catch (const std::bad_alloc&) {
        throw OutOfMemory("Cholesky: out of memory in the analysis");
    }
}

}  // namespace

template <Scalar T>
Cholesky<T>::Analysis::Analysis(const CsrView<T>& A, const FactorOptions& options)
    : content_(std::make_unique<Content>()) {
    require_square(A);
    detail::require(detail::mirrored(A, detail::Mirror::pattern),
                    "Cholesky: the pattern of the matrix must be symmetric");
    content_->symbolic = analyse(A, options);
    content_->statistics = statistics_of<T>(*content_->symbolic);
}
template <Scalar T>
Cholesky<T>::Analysis::~Analysis() = default;
template <Scalar T>
Cholesky<T>::Analysis::Analysis(const Analysis& other) : content_(std::make_unique<Content>(*other.content_)) {}
template <Scalar T>
typename Cholesky<T>::Analysis& Cholesky<T>::Analysis::operator=(const Analysis& other) {
    if (this != &other) content_ = std::make_unique<Content>(*other.content_);
    return *this;
}
template <Scalar T>
Cholesky<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Cholesky<T>::Analysis& Cholesky<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
const FactorStatistics& Cholesky<T>::Analysis::statistics() const noexcept {
    return content_->statistics;
}

namespace {

/// Fills L and the statistics from A, which has been checked.
template <Scalar T>
void factor(const CsrView<T>& A, const FactorOptions& options, detail::PanelFactor<detail::CholeskyNumber<T>>& L,
            FactorStatistics& statistics) {
    const detail::Symbolic& S = *L.symbolic;
    const double needed = S.peak_bytes(entry_bytes<T>, max_threads());
    if (options.max_memory_bytes != 0 && needed > static_cast<double>(options.max_memory_bytes)) {
        L.complete = false;
        throw LimitExceeded("Cholesky: needs about " + std::to_string(static_cast<long long>(needed / 1e6) + 1) +
                            " MB, allowed are " + std::to_string(options.max_memory_bytes / 1000000) + " MB");
    }
    const auto start = Clock::now();
    try {
        statistics.peak_memory_bytes = detail::factor_panels<T>(A, options.cancel, L);
    } catch (const std::bad_alloc&) {
        throw OutOfMemory("Cholesky: out of memory; about " + std::to_string(static_cast<long long>(needed / 1e6) + 1) +
                          " MB are needed");
    }
    statistics.factor_seconds = std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

template <Scalar T>
Cholesky<T>::Cholesky(const CsrView<T>& A, const FactorOptions& options) : factors_(std::make_unique<Factors>()) {
    require_hermitian(A);
    factors_->options = options;
    factors_->L.symbolic = analyse(A, options);
    factors_->statistics = statistics_of<T>(*factors_->L.symbolic);
    factor(A, options, factors_->L, factors_->statistics);
}

template <Scalar T>
Cholesky<T>::Cholesky(const CsrView<T>& A, Analysis analysis, const FactorOptions& options)
    : factors_(std::make_unique<Factors>()) {
    require_hermitian(A);
    factors_->options = options;
    factors_->L.symbolic = analysis.content_->symbolic;
    factors_->statistics = analysis.content_->statistics;
    detail::require(same_pattern(A, *factors_->L.symbolic), "Cholesky: the pattern is not the one that was analysed");
    factor(A, options, factors_->L, factors_->statistics);
}

template <Scalar T>
Cholesky<T>::~Cholesky() = default;
template <Scalar T>
Cholesky<T>::Cholesky(Cholesky&&) noexcept = default;
template <Scalar T>
Cholesky<T>& Cholesky<T>::operator=(Cholesky&&) noexcept = default;

template <Scalar T>
void Cholesky<T>::refactor(const CsrView<T>& A) {
    detail::require(same_pattern(A, factors_->symbolic()),
                    "Cholesky::refactor: the pattern is not the one that was analysed");
    detail::require(detail::mirrored(A, detail::Mirror::hermitian), "Cholesky::refactor: the matrix must be Hermitian");
    factor(A, factors_->options, factors_->L, factors_->statistics);
}

template <Scalar T>
Index Cholesky<T>::rows() const noexcept {
    return factors_->symbolic().n;
}

template <Scalar T>
const FactorStatistics& Cholesky<T>::statistics() const noexcept {
    return factors_->statistics;
}

template <Scalar T>
const typename Cholesky<T>::Factors& Cholesky<T>::complete(const char* who) const {
    detail::require(factors_->L.complete, std::string(who) + ": there are no factors, the last factorisation failed");
    return *factors_;
}

namespace {

void require_lengths(const char* who, std::size_t in, std::size_t out, Index n) {
    detail::require(in == static_cast<std::size_t>(n) && out == static_cast<std::size_t>(n),
                    std::string(who) + ": vectors of " + std::to_string(n) + " elements are needed, found " +
                        std::to_string(in) + " and " + std::to_string(out));
}

}  // namespace

template <Scalar T>
void Cholesky<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    const Factors& f = complete("Cholesky::apply");
    require_lengths("Cholesky::apply", b.size(), x.size(), rows());
    detail::solve_panels<T>(f.L, false, 1, b.data(), 0, x.data(), 0);
}

template <Scalar T>
void Cholesky<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {
    const Factors& f = complete("Cholesky::apply_transpose");
    require_lengths("Cholesky::apply_transpose", b.size(), x.size(), rows());
    detail::solve_panels<T>(f.L, true, 1, b.data(), 0, x.data(), 0);
}

template <Scalar T>
void Cholesky<T>::apply_inverse_root(VectorView<T> b, VectorRef<T> x) const {
    const Factors& f = complete("Cholesky::apply_inverse_root");
    require_lengths("Cholesky::apply_inverse_root", b.size(), x.size(), rows());
    detail::solve_adjoint_panels<T>(f.L, b.data(), x.data());
}

template <Scalar T>
Eigen::MatrixX<T> Cholesky<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose op) const {
    const Factors& f = complete("Cholesky::solve");
    detail::require(B.rows() == rows(), "Cholesky::solve: right-hand sides of " + std::to_string(rows()) +
                                            " rows are needed, found " + std::to_string(B.rows()));
    detail::require(B.cols() <= std::numeric_limits<Index>::max(), "Cholesky::solve: too many right-hand sides");
    Eigen::MatrixX<T> X(B.rows(), B.cols());
    detail::solve_panels<T>(f.L, op == Transpose::transpose, static_cast<Index>(B.cols()), B.data(), B.outerStride(),
                            X.data(), X.rows());
    return X;
}

template <Scalar T>
LogDeterminant<T> Cholesky<T>::log_determinant() const {
    const Factors& f = complete("Cholesky::log_determinant");
    const detail::Symbolic& S = f.symbolic();
    double sum = 0, lost = 0;  // compensated: W. Kahan, CACM 8 (1965) 40
    for (Index s = 0; s < S.fronts; ++s) {
        const auto* P = f.L.panel(s);
        for (std::ptrdiff_t j = 0; j < S.columns(s); ++j) {
            const double term = 2 * std::log(std::real(P[j * S.height(s) + j])) - lost;
            const double next = sum + term;
            lost = (next - sum) - term;
            sum = next;
        }
    }
    return {T(1), sum};
}

template <Scalar T>
void Cholesky<T>::update(const CscView<T>& C) {
    complete("Cholesky::update");
    detail::update_panels<T>(factors_->L, C, 1);
}

template <Scalar T>
void Cholesky<T>::downdate(const CscView<T>& C) {
    complete("Cholesky::downdate");
    detail::update_panels<T>(factors_->L, C, -1);
}

#define INSTANTIATE(T) template class Cholesky<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
