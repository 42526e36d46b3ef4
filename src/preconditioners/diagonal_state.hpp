// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The state of the preconditioners that are a diagonal.

#include "preconditioners/common.hpp"

namespace ritz::detail {

/// z_i ← m_i r_i.
template <Scalar T>
struct DiagonalState : PreconditionerState<T> {
    Buffer<T> m;

    void apply(const T* r, T* z) const {
        const T* const m_ = m.data();
        sweep(m.size(), [=](std::size_t i) { z[i] = times(m_[i], r[i]); });
    }
    void apply_adjoint(const T* r, T* z) const {
        const T* const m_ = m.data();
        sweep(m.size(), [=](std::size_t i) { z[i] = times(ritz::conjugate(m_[i]), r[i]); });
    }

    /// Takes over m, and tells what it is.
    void finish(Buffer<T> inverse, int e, const Stopwatch& watch) {
        m = std::move(inverse);
        this->rows = static_cast<Index>(m.size());
        this->exponent = e;
        this->definiteness = Definiteness::positive_definite;
        for (const T& a : m) {
            if (is_positive(a)) continue;
            this->definiteness = Definiteness::hermitian;
            if constexpr (is_complex<T>)
                if (a.imag() != 0) {
                    this->definiteness = Definiteness::unknown;
                    break;
                }
        }
        this->statistics = {.nonzeros = static_cast<Offset>(m.size()),
                            .memory_bytes = m.size() * sizeof(T),
                            .setup_seconds = watch.seconds()};
    }

    /// m_i ← 1 / d_i.
    void invert(Buffer<T> d, const char* who, const Stopwatch& watch) {
        const int e = scaling_exponent<T>(d);
        for (std::size_t i = 0; i < d.size(); ++i) {
            if (d[i] == T{0}) throw_zero_diagonal(who, static_cast<Index>(i));
            d[i] = inverse_of(scale_by_power(d[i], -e));
            if (!is_finite(d[i]))
                throw SingularMatrix(std::string(who) + ": the diagonal in row " + std::to_string(i) +
                                         " is too small beside the largest; scale the matrix first",
                                     static_cast<std::int64_t>(i));
        }
        finish(std::move(d), e, watch);
    }
};

}  // namespace ritz::detail
