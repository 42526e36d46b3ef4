// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>

#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

struct QrOptions {
    /// Columns whose remaining norm is at most this count as dependent on those before them. Without one:
    /// 20 (m + n) ε max‖aⱼ‖₂.
    std::optional<double> tolerance = {};
    std::size_t max_memory_bytes = 0;  ///< a factorisation predicted to need more throws LimitExceeded; 0: no limit
};

/// A P = Q R of a matrix of any shape, Q kept as Householder vectors (SuiteSparseQR, multifrontal), with an estimate
/// of the rank by Heath's method. float is factored in double. Its operations may be called from several threads at
/// once, which then take turns.
/// \ref T. A. Davis, Algorithm 915, ACM TOMS 38 (2011) 8; L. V. Foster and T. A. Davis, Algorithm 933, ACM TOMS 40
///      (2013) 7, on how far the rank can be trusted.
template <Scalar T>
class Qr {
public:
    /// Factors A (m × n). \throws InvalidArgument for a negative or NaN tolerance; LimitExceeded; OutOfMemory.
    explicit Qr(const CscView<T>& A, const QrOptions& options = {});
    ~Qr();
    Qr(Qr&&) noexcept;
    Qr& operator=(Qr&&) noexcept;

    Index rows() const noexcept;
    Index cols() const noexcept;
    Index rank() const noexcept;  ///< numerical rank r
    const FactorStatistics& statistics() const noexcept;

    /// x (n) minimises ‖b − A x‖₂, b (m): x = P R⁻¹ Qᴴ b. When r < n it is a basic solution (at most r nonzeros),
    /// not the one of least norm.
    void least_squares(VectorView<T> b, VectorRef<T> x) const;

    /// y (m) is the solution of least norm of Aᴴ y = c, c (n): y = Q R⁻ᴴ Pᵀ c. When r < n, of the r equations kept.
    void adjoint_minimum_norm(VectorView<T> c, VectorRef<T> y) const;

    /// v (m) ← Q₁ Q₁ᴴ v, the part of v in the range of A; Q₁ is the first r columns of Q.
    void project_onto_range(VectorRef<T> v) const;

private:
    struct Factors;
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
