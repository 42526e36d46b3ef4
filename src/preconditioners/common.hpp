// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the sources of the preconditioners share: checks, the scaling by a power of two, the members that every class
/// has. A class X<T> holds a shared_ptr<const State>; State derives from PreconditionerState<T> and computes.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "core/parallel.hpp"
#include "core/scaling.hpp"
#include "core/scratch.hpp"
#include "core/sweep.hpp"
#include "formats/arithmetic_slices.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz::detail {

class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

template <Scalar T>
struct PreconditionerState {
    Index rows = 0;
    Definiteness definiteness = Definiteness::unknown;
    PreconditionerStatistics statistics;
    int exponent = 0;  // it was made for A 2^-exponent, so that M⁻¹ r = 2^-exponent times what it gives
    mutable ScratchPool<T> scratch;
};

template <Scalar T>
bool is_finite(T a) noexcept {
    if constexpr (is_complex<T>)
        return std::isfinite(a.real()) && std::isfinite(a.imag());
    else
        return std::isfinite(a);
}

/// A real number > 0.
template <Scalar T>
bool is_positive(T a) noexcept {
    if constexpr (is_complex<T>)
        return a.real() > 0 && a.imag() == 0;
    else
        return a > 0;
}

template <Scalar T>
Real<T> real_part(T a) noexcept {
    if constexpr (is_complex<T>)
        return a.real();
    else
        return a;
}

/// 1/a, right whenever it is representable.
template <Scalar T>
T inverse_of(T a) {
    if constexpr (is_complex<T>) {
        if (a == T{0} || !is_finite(a)) return T{1} / a;
        const int e = exponent_of(a);
        return scale_by_power(T{1} / scale_by_power(a, -e), -e);
    } else {
        return T{1} / a;
    }
}

/// \throws InvalidArgument unless A is square and every value of it is finite.
template <Scalar T>
void require_square_and_finite(const CsrView<T>& A, const char* who) {
    require(A.rows() == A.cols(),
            std::string(who) + ": the matrix must be square, but is " + shape(A.rows(), A.cols()));
    if (all_finite<T>(A.values())) return;
    for (Index i = 0; i < A.rows(); ++i)
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k)
            if (!is_finite(A.values()[k]))
                throw InvalidArgument(std::string(who) + ": the entry in row " + std::to_string(i) + ", column " +
                                      std::to_string(A.indices()[k]) + " is not finite");
}

[[noreturn]] inline void throw_zero_diagonal(const char* who, Index i) {
    throw SingularMatrix(std::string(who) + ": zero diagonal in row " + std::to_string(i) +
                             "; take a preconditioner that needs no diagonal (l1_jacobi, spai1, ilut, field_split), or "
                             "permute the rows",
                         i);
}

/// The even exponent e for which the largest of the values is about 2^e, or 0 when that is a size at which sums of
/// squares neither over- nor underflow. Even, so that the square roots of a Cholesky factorisation scale exactly.
template <Scalar T>
int scaling_exponent(VectorView<T> values) {
    int largest = std::numeric_limits<int>::min();
    for (const T& a : values)
        if (a != T{0}) largest = std::max(largest, exponent_of(a));
    constexpr int moderate = std::numeric_limits<Real<T>>::max_exponent / 4;
    return largest == std::numeric_limits<int>::min() || std::abs(largest) <= moderate ? 0 : largest / 2 * 2;
}

/// A 2^-e. Numbers that become subnormal are rounded.
template <Scalar T>
Csr<T> scaled_copy(const CsrView<T>& A, int e) {
    Csr<T> scaled(A);
    if (e != 0)
        for (T& a : scaled.values()) a = scale_by_power(a, -e);
    return scaled;
}

/// z ← 2^e z.
template <Scalar T>
void scale_by_power(T* z, std::size_t n, int e) {
    if (e == 0) return;
    const Real<T> half = scale_by_power(Real<T>{1}, e / 2), rest = scale_by_power(Real<T>{1}, e - e / 2);
    sweep(n, [=](std::size_t i) { z[i] = z[i] * half * rest; });
}

template <Scalar T>
void require_vectors(VectorView<T> r, VectorRef<T> z, Index n, const char* who) {
    if (r.size() != static_cast<std::size_t>(n) || z.size() != static_cast<std::size_t>(n))
        throw InvalidArgument(std::string(who) + ": r and z must have " + std::to_string(n) + " elements, but have " +
                              std::to_string(r.size()) + " and " + std::to_string(z.size()));
    const std::less<const T*> before;
    if (n > 0 && before(r.data(), z.data() + n) && before(z.data(), r.data() + n))
        throw InvalidArgument(std::string(who) + ": r and z must not overlap");
}

template <Scalar T>
std::size_t memory_of(const CsrView<T>& A) {
    return static_cast<std::size_t>(A.nnz()) * (sizeof(T) + sizeof(Index)) +
           (static_cast<std::size_t>(A.major()) + 1) * sizeof(Offset);
}

}  // namespace ritz::detail

/// The members of class X that its State answers, and its instantiations.
#define RITZ_DEFINE_PRECONDITIONER(X)                                   \
    template <Scalar T>                                                 \
    Index X<T>::rows() const noexcept {                                 \
        return state_->rows;                                            \
    }                                                                   \
    template <Scalar T>                                                 \
    void X<T>::apply(VectorView<T> r, VectorRef<T> z) const {           \
        detail::require_vectors<T>(r, z, state_->rows, #X);             \
        state_->apply(r.data(), z.data());                              \
        detail::scale_by_power(z.data(), z.size(), -state_->exponent);  \
    }                                                                   \
    template <Scalar T>                                                 \
    void X<T>::apply_adjoint(VectorView<T> r, VectorRef<T> z) const {   \
        detail::require_vectors<T>(r, z, state_->rows, #X);             \
        state_->apply_adjoint(r.data(), z.data());                      \
        detail::scale_by_power(z.data(), z.size(), -state_->exponent);  \
    }                                                                   \
    template <Scalar T>                                                 \
    Definiteness X<T>::definiteness() const noexcept {                  \
        return state_->definiteness;                                    \
    }                                                                   \
    template <Scalar T>                                                 \
    const PreconditionerStatistics& X<T>::statistics() const noexcept { \
        return state_->statistics;                                      \
    }                                                                   \
    template class X<float>;                                            \
    template class X<double>;                                           \
    template class X<std::complex<float>>;                              \
    template class X<std::complex<double>>;
