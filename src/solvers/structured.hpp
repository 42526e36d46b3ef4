// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the factorisations of matrices with special structure share: all of factorization.hpp but the numbers. A
/// kernel in the working type W has
///
///     static constexpr const char* name;                        // of the class, for messages
///     void analyse(const CsrView<T>&, FactorStatistics&);        // its structure; bounds for the statistics
///     void factor(const CsrView<T>&);                            // its numbers
///     void solve(Transpose, W* x, Index n, Index k) const;       // X ← op(A)⁻¹ X, X n × k by columns; or for one
///     LogDeterminant<W> log_determinant() const;

#include <chrono>
#include <new>

#include "ritz/core/buffer.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::detail {

/// The type that numbers are computed in.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

/// Real operations of a multiplication and an addition in W.
template <Scalar W>
inline constexpr double multiply_add_flops = is_complex<W> ? 8 : 2;

/// det = Π d_i · sign.
template <Scalar W>
class DeterminantProduct {
public:
    void multiply(W factor) {
        const double size = std::abs(factor);
        if (size == 0) {
            result_ = {W{}, -std::numeric_limits<double>::infinity()};
            zero_ = true;
        }
        if (zero_) return;
        result_.logabsdet += std::log(size);
        result_.sign *= factor / size;
    }
    void negate() { result_.sign = -result_.sign; }
    LogDeterminant<W> value() const {
        LogDeterminant<W> result = result_;
        if (!zero_) result.sign /= std::abs(result.sign);
        return result;
    }

private:
    LogDeterminant<W> result_;
    bool zero_ = false;
};

/// Whether a permutation is an odd one.
inline bool is_odd(std::span<const Index> p) {
    std::vector<bool> seen(p.size(), false);
    bool odd = false;
    for (std::size_t i = 0; i < p.size(); ++i)
        for (std::size_t j = i; !seen[j]; j = static_cast<std::size_t>(p[j])) {
            seen[j] = true;
            if (static_cast<std::size_t>(p[j]) != i) odd = !odd;
        }
    return odd;
}

template <Scalar T, class Kernel>
class Structured {
    using W = Wide<T>;

public:
    Structured(const CsrView<T>& A, const FactorOptions& options)
        : n_(A.rows()),
          indptr_(A.indptr().begin(), A.indptr().end()),
          indices_(A.indices().begin(), A.indices().end()) {
        require(A.rows() == A.cols(), who() + "the matrix must be square, found " + std::to_string(A.rows()) + " x " +
                                          std::to_string(A.cols()));
        require(options.ordering == Ordering::automatic || options.ordering == Ordering::natural,
                who() + "takes the rows and columns in their natural order, not in " +
                    std::string(ritz::name(options.ordering)));
        look_at(options);
        timed(statistics_.analyse_seconds, [&] { kernel_.analyse(A, statistics_); });
        statistics_.peak_memory_bytes = statistics_.memory_bytes;
        require_memory(options);
    }

    Index rows() const noexcept { return n_; }
    const FactorStatistics& statistics() const noexcept { return statistics_; }

    /// The numerical part. Without factors until it succeeds.
    void factor(const CsrView<T>& A, const FactorOptions& options) {
        require(A.rows() == n_ && A.cols() == n_ &&
                    std::equal(indptr_.begin(), indptr_.end(), A.indptr().begin(), A.indptr().end()) &&
                    std::equal(indices_.begin(), indices_.end(), A.indices().begin(), A.indices().end()),
                who() + "the pattern of the matrix is not the one that was analysed");
        factored_ = false;
        look_at(options);
        require_memory(options);
        for (std::size_t i = 0; i < static_cast<std::size_t>(n_); ++i)
            for (Offset k = indptr_[i]; k < indptr_[i + 1]; ++k)
                if (!finite(A.values()[static_cast<std::size_t>(k)]))
                    throw InvalidArgument(who() + "the matrix is not finite in row " + std::to_string(i) + ", column " +
                                          std::to_string(indices_[static_cast<std::size_t>(k)]) + " (counted from 0)");
        const ThreadLimit one(1);
        try {
            timed(statistics_.factor_seconds, [&] { kernel_.factor(A); });
        } catch (const std::bad_alloc&) {
            throw OutOfMemory(who() + "out of memory, " + std::to_string(statistics_.memory_bytes) +
                              " bytes were needed");
        }
        factored_ = true;
        look_at(options);
    }

    void apply(Transpose form, VectorView<T> b, VectorRef<T> x) const {
        const auto n = static_cast<std::size_t>(n_);
        require(b.size() == n && x.size() == n, who() + "b and x must have " + std::to_string(n) + " elements, found " +
                                                    std::to_string(b.size()) + " and " + std::to_string(x.size()));
        require_factors();
        if (n == 0) return;
        const ThreadLimit one(1);
        if constexpr (std::same_as<T, W>) {
            if (b.data() != x.data()) std::copy(b.begin(), b.end(), x.begin());
            kernel_.solve(form, x.data(), n_, 1);
        } else {
            Buffer<W> wide(b.begin(), b.end());
            kernel_.solve(form, wide.data(), n_, 1);
            for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<T>(wide[i]);
        }
    }

    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose form) const {
        require(B.rows() == n_,
                who() + "B must have " + std::to_string(n_) + " rows, found " + std::to_string(B.rows()));
        require(B.cols() <= std::numeric_limits<Index>::max(), who() + "B has too many columns");
        require_factors();
        Eigen::MatrixX<W> X = B.template cast<W>();
        const ThreadLimit one(1);
        if (X.size() > 0) kernel_.solve(form, X.data(), n_, static_cast<Index>(X.cols()));
        return X.template cast<T>();
    }

    LogDeterminant<T> log_determinant() const {
        require_factors();
        const LogDeterminant<W> wide = kernel_.log_determinant();
        return {static_cast<T>(wide.sign), wide.logabsdet};
    }

private:
    static std::string who() { return std::string(Kernel::name) + ": "; }

    static bool finite(T a) { return std::isfinite(std::real(a)) && std::isfinite(std::imag(a)); }

    static void look_at(const FactorOptions& options) {
        if (options.cancel && options.cancel->load(std::memory_order_relaxed))
            throw Interrupted(who() + "stopped on request");
    }

    void require_memory(const FactorOptions& options) const {
        if (options.max_memory_bytes != 0 && statistics_.peak_memory_bytes > options.max_memory_bytes)
            throw LimitExceeded(who() + "needs " + std::to_string(statistics_.peak_memory_bytes) +
                                " bytes, allowed are " + std::to_string(options.max_memory_bytes));
    }

    void require_factors() const {
        if (!factored_) throw Error(who() + "holds no factors, since factoring the last matrix failed");
    }

    template <class Body>
    static void timed(double& seconds, Body&& body) {
        const auto start = std::chrono::steady_clock::now();
        body();
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    Index n_;
    Buffer<Offset> indptr_;  // the pattern that was analysed
    Buffer<Index> indices_;
    Kernel kernel_;
    FactorStatistics statistics_;
    bool factored_ = false;
};

}  // namespace ritz::detail

/// Defines the members of a public class whose kernel is given, and instantiates it for the four scalars.
#define RITZ_DEFINE_STRUCTURED(Class, Kernel)                                                                       \
    template <Scalar T>                                                                                             \
    struct Class<T>::Factors : detail::Structured<T, Kernel<detail::Wide<T>>> {                                     \
        using detail::Structured<T, Kernel<detail::Wide<T>>>::Structured;                                           \
    };                                                                                                              \
    template <Scalar T>                                                                                             \
    Class<T>::Analysis::Analysis(const CsrView<T>& A, const FactorOptions& options)                                 \
        : factors_(std::make_unique<Factors>(A, options)) {}                                                        \
    template <Scalar T>                                                                                             \
    Class<T>::Analysis::~Analysis() = default;                                                                      \
    template <Scalar T>                                                                                             \
    Class<T>::Analysis::Analysis(Analysis&&) noexcept = default;                                                    \
    template <Scalar T>                                                                                             \
    typename Class<T>::Analysis& Class<T>::Analysis::operator=(Analysis&&) noexcept = default;                      \
    template <Scalar T>                                                                                             \
    const FactorStatistics& Class<T>::Analysis::statistics() const noexcept {                                       \
        return factors_->statistics();                                                                              \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    Class<T>::Class(const CsrView<T>& A, const FactorOptions& options) : Class(A, Analysis(A, options), options) {} \
    template <Scalar T>                                                                                             \
    Class<T>::Class(const CsrView<T>& A, Analysis analysis, const FactorOptions& options)                           \
        : factors_(std::move(analysis.factors_)) {                                                                  \
        factors_->factor(A, options);                                                                               \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    Class<T>::~Class() = default;                                                                                   \
    template <Scalar T>                                                                                             \
    Class<T>::Class(Class&&) noexcept = default;                                                                    \
    template <Scalar T>                                                                                             \
    Class<T>& Class<T>::operator=(Class&&) noexcept = default;                                                      \
    template <Scalar T>                                                                                             \
    Index Class<T>::rows() const noexcept {                                                                         \
        return factors_->rows();                                                                                    \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    const FactorStatistics& Class<T>::statistics() const noexcept {                                                 \
        return factors_->statistics();                                                                              \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    void Class<T>::refactor(const CsrView<T>& A) {                                                                  \
        factors_->factor(A, {});                                                                                    \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    void Class<T>::apply(VectorView<T> b, VectorRef<T> x) const {                                                   \
        factors_->apply(Transpose::none, b, x);                                                                     \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    void Class<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {                                         \
        factors_->apply(Transpose::transpose, b, x);                                                                \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    void Class<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {                                           \
        factors_->apply(Transpose::adjoint, b, x);                                                                  \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    Eigen::MatrixX<T> Class<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose form) const {         \
        return factors_->solve(B, form);                                                                            \
    }                                                                                                               \
    template <Scalar T>                                                                                             \
    LogDeterminant<T> Class<T>::log_determinant() const {                                                           \
        return factors_->log_determinant();                                                                         \
    }                                                                                                               \
    template class Class<float>;                                                                                    \
    template class Class<double>;                                                                                   \
    template class Class<std::complex<float>>;                                                                      \
    template class Class<std::complex<double>>;
