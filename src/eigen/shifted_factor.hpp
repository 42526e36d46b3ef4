// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "eigen/verify.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"

namespace ritz::eigen {

/// What is tried to factor A − σM.
enum class FactorKind : std::uint8_t {
    unknown,     ///< Cholesky where nothing speaks against it, LDLᵀ otherwise
    definite,    ///< Cholesky or nothing
    indefinite,  ///< LDLᵀ at once
};

struct ShiftLimits {
    std::size_t max_memory_bytes = 0;
    const std::atomic<bool>* cancel = nullptr;
};

/// A − σM of a Hermitian pencil in factors: its inverse as an operator, and how many of the pencil's eigenvalues lie
/// below σ.
template <Scalar T>
class ShiftedFactor {
public:
    /// A and, where there is one, M as matrices; they must outlive the object.
    ShiftedFactor(const CsrView<T>& A, const std::optional<CsrView<T>>& M);
    ~ShiftedFactor();

    /// Factors A − σM. False if `definite` was asked for and it is not.
    /// \throws LimitExceeded, Interrupted, OutOfMemory; SingularMatrix only without LDLᵀ in this build.
    bool factor(double sigma, FactorKind kind, const ShiftLimits& limits);

    /// What a Cholesky factorisation would take; its analysis is kept.
    const FactorStatistics& predict(const ShiftLimits& limits);

    Index rows() const noexcept { return A_.rows(); }
    Index cols() const noexcept { return A_.cols(); }
    /// x ← (A − σM)⁻¹ b, and X ← (A − σM)⁻¹ B.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    void apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Eigen::Ref<Eigen::MatrixX<T>> X) const;

    double sigma() const noexcept { return sigma_; }
    bool positive_definite() const noexcept { return cholesky_.has_value(); }
    /// Signs of the eigenvalues of A − σM: negative ones belong to eigenvalues of the pencil below σ if M is positive
    /// definite. Nothing when the factors do not tell (LU).
    std::optional<Inertia> inertia() const;
    /// A pivot was zero to rounding: σ is an eigenvalue as far as that can be told.
    bool singular() const noexcept { return singular_; }
    std::string method() const;
    std::size_t memory_bytes() const noexcept;
    std::int64_t factorizations() const noexcept { return factorizations_; }

private:
    Csr<T> shifted(double sigma) const;
    /// Whether the diagonal or a few Lanczos steps show a vector with vᴴ (A − σM) v < 0.
    static bool seen_indefinite(const CsrView<T>& S);

    CsrView<T> A_;
    std::optional<CsrView<T>> M_;
    Csr<T> identity_;  // in M's place where there is none
    double sigma_ = 0;
    bool singular_ = false;
    std::int64_t factorizations_ = 0;
    std::optional<typename Cholesky<T>::Analysis> analysis_;  // serves every shift: the pattern is the same
    std::optional<Cholesky<T>> cholesky_;
    std::optional<Ldlt<T>> ldlt_;
    std::optional<Lu<T>> lu_;
    Buffer<Real<T>> scale_;  // of the rows and columns that LDLᵀ factors
};

}  // namespace ritz::eigen
