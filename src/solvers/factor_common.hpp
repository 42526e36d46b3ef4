// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What factorisations check alike, whatever library is under them.

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>

#include "ritz/core/buffer.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"
#include "core/scaling.hpp"

namespace ritz::detail {

template <Order order, Scalar T>
void require_square(const std::string& who, const CompressedView<order, T>& A) {
    require(A.rows() == A.cols(),
            who + ": the matrix must be square, found " + std::to_string(A.rows()) + " x " + std::to_string(A.cols()));
}

/// Libraries answer NaN and infinity with anything from an endless loop to success.
template <Order order, Scalar T>
void require_finite(const std::string& who, const CompressedView<order, T>& A) {
    bool finite = true;
    for (const T& a : A.values()) {
        if constexpr (is_complex<T>)
            finite &= std::isfinite(a.real()) && std::isfinite(a.imag());
        else
            finite &= std::isfinite(a);
    }
    require(finite, who + ": the matrix has an infinite or undefined element");
}

inline void stop_if_cancelled(const std::string& who, const FactorOptions& options) {
    if (options.cancel && options.cancel->load(std::memory_order_relaxed))
        throw Interrupted(who + ": stopped on request");
}

/// The pattern that was analysed, to compare the one of a later matrix with.
template <class Pointer, class Minor>
class Pattern {
public:
    Pattern() = default;
    template <Order order, Scalar T>
    explicit Pattern(const CompressedView<order, T>& A)
        : pointers(A.indptr().size()), indices(A.indices().begin(), A.indices().end()) {
        std::transform(A.indptr().begin(), A.indptr().end(), pointers.begin(),
                       [](Offset p) { return static_cast<Pointer>(p); });
    }

    /// \throws InvalidArgument unless A has exactly this pattern.
    template <Order order, Scalar T>
    void require_same(const std::string& who, const CompressedView<order, T>& A) const {
        require(std::equal(pointers.begin(), pointers.end(), A.indptr().begin(), A.indptr().end()) &&
                    std::equal(indices.begin(), indices.end(), A.indices().begin(), A.indices().end()),
                who + ": the matrix must have the pattern that was analysed");
    }
    std::size_t bytes() const noexcept { return pointers.size() * sizeof(Pointer) + indices.size() * sizeof(Minor); }

    Buffer<Pointer> pointers;
    Buffer<Minor> indices;
};

/// Whether a permutation of 0 … n-1 is odd.
template <class I>
bool is_odd(const Buffer<I>& permutation) {
    Buffer<char> seen(permutation.size(), 0);
    bool odd = false;
    for (std::size_t i = 0; i < permutation.size(); ++i)
        for (auto k = i; !seen[k]; k = static_cast<std::size_t>(permutation[k])) {
            seen[k] = 1;
            odd ^= k != i;
        }
    return odd;
}

/// A product of numbers whose modulus may be beyond the range of double: sign exact for real numbers, the modulus to
/// relative 2⁻⁵³ for each factor.
template <class W>
class LongProduct {
public:
    void multiply(W factor) {
        if (factor == W{}) zero_ = true;
        if (zero_) return;
        const int e = exponent_of(factor);
        mantissa_ *= scale_by_power(factor, -e);
        const int again = exponent_of(mantissa_);
        mantissa_ = scale_by_power(mantissa_, -again);
        exponent_ += e + again;
    }
    void negate() { mantissa_ = -mantissa_; }

    template <Scalar T>
    LogDeterminant<T> result() const {
        if (zero_) return {T(0), -std::numeric_limits<double>::infinity()};
        const double size = std::abs(mantissa_);
        return {static_cast<T>(mantissa_ / size),
                std::log(size) + static_cast<double>(exponent_) * 0.693147180559945309417232};
    }

private:
    W mantissa_ = W(1);
    std::int64_t exponent_ = 0;
    bool zero_ = false;
};

}  // namespace ritz::detail
