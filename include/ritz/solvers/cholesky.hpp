// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// P A Pᵀ = L Lᴴ of a Hermitian positive definite matrix (CHOLMOD; simplicial or supernodal by the flops per entry).
/// A LinearOperator: apply is A⁻¹. float is factored in double. apply may be called from several threads at once,
/// which then take turns.
template <Scalar T>
class Cholesky {
public:
    /// Factors A. \throws InvalidArgument if A is not square or not exactly Hermitian; NotPositiveDefinite (the
    /// pivot's row of A); LimitExceeded; OutOfMemory.
    explicit Cholesky(const CsrView<T>& A, const FactorOptions& options = {});
    ~Cholesky();
    Cholesky(Cholesky&&) noexcept;
    Cholesky& operator=(Cholesky&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const FactorStatistics& statistics() const noexcept;

    /// x ← A⁻¹ b; they may be the same vector. One solve with each factor, no refinement.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᴴ b, which is A⁻¹ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const { apply(b, x); }

private:
    struct Factors;
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
