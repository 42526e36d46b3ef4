// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What every factorisation shares. Each is a class X<T> of this form:
///
///     X<T>::Analysis a(A, options);      // ordering and symbolic part: a.statistics() before any number is computed
///     X<T> F(A, std::move(a), options);  // numerical part; X<T> F(A, options) does both
///     F.apply(b, x);                     // x ← A⁻¹ b: F is a LinearOperator
///     F.apply_transpose(b, x);           // x ← A⁻ᵀ b
///     F.apply_adjoint(b, x);             // x ← A⁻ᴴ b
///     X = F.solve(B, Transpose::none);   // many right-hand sides
///     F.refactor(A2);                    // new values on the pattern that was analysed
///     F.log_determinant();               // sign and log |det A|
///     F.statistics();                    // fill, flops, memory, seconds
///
/// float and complex<float> are factored in double. The const functions may be called from several threads at once.
/// `refactor` wants exactly the pattern that was analysed and throws InvalidArgument for another one; what else it
/// throws is what the constructor throws, and then the object holds no factors: apply throws until a refactor succeeds.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"

namespace ritz {

/// Fill-reducing orderings. `automatic` is what the method finds best for its price, `best` tries all that apply.
enum class Ordering : std::uint8_t { automatic, natural, amd, colamd, metis, best };

/// The enumerator's name; "auto" for automatic.
std::string_view name(Ordering ordering) noexcept;

/// All of them, in order.
std::span<const Ordering> all_orderings() noexcept;

/// Which of A, Aᵀ and Aᴴ a system is solved with.
enum class Transpose : std::uint8_t { none, transpose, adjoint };

/// For every factorisation.
struct FactorOptions {
    /// A factorisation predicted to need more throws LimitExceeded before its numerical part starts; 0: no limit.
    std::size_t max_memory_bytes = 0;
    Ordering ordering = Ordering::automatic;  ///< one that the method does not know: InvalidArgument
    /// Looked at where a factorisation can stop (between its stages; Cholesky also between its fronts); true throws
    /// Interrupted.
    const std::atomic<bool>* cancel = nullptr;
};

/// A factorisation was stopped by FactorOptions::cancel.
class Interrupted : public Error {
public:
    using Error::Error;
};

/// What a factorisation tells about itself. What the analysis can only bound (LU, QR) is what was found after the
/// numerical part.
struct FactorStatistics {
    Ordering ordering = Ordering::natural;  ///< the one used
    Offset factor_nonzeros = 0;             ///< entries of the factors
    double flops = 0;                       ///< real floating-point operations; 0 when the library does not count them
    std::size_t memory_bytes = 0;           ///< memory that the factors hold
    std::size_t peak_memory_bytes = 0;      ///< most memory held at once by the numerical part, factors included
    double analyse_seconds = 0;             ///< ordering and symbolic factorisation
    double factor_seconds = 0;              ///< numerical factorisation
};

/// det A = sign · exp(logabsdet), as np.linalg.slogdet says it. A singular A has sign 0 and logabsdet -infinity.
template <Scalar T>
struct LogDeterminant {
    T sign = T(1);  ///< of modulus 1, or 0
    double logabsdet = 0;
};

/// How many eigenvalues of a Hermitian matrix are positive, negative and zero.
struct Inertia {
    Index positive = 0, negative = 0, zero = 0;
    bool operator==(const Inertia&) const = default;
};

}  // namespace ritz
