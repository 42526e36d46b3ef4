// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

/// P A Q = L U with threshold partial pivoting (UMFPACK, multifrontal). A LinearOperator: apply is A⁻¹.
/// A is taken as it is: equilibrate a badly scaled one first. float is factored in double. apply may be called from
/// several threads at once.
template <Scalar T>
class Lu {
public:
    /// Factors A. \throws InvalidArgument if A is not square; SingularMatrix if a pivot is exactly zero;
    /// LimitExceeded; OutOfMemory.
    explicit Lu(const CscView<T>& A, const FactorOptions& options = {});
    ~Lu();
    Lu(Lu&&) noexcept;
    Lu& operator=(Lu&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const FactorStatistics& statistics() const noexcept;

    /// min |uᵢᵢ| / max |uᵢᵢ|: no condition estimate, only a hint.
    double pivot_ratio() const noexcept;

    /// x ← A⁻¹ b; they may be the same vector. No refinement.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᴴ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const;

private:
    struct Factors;
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
