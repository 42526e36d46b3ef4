// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// z ← M⁻¹ r for M = R⁻¹ L D U Qᵀ C⁻¹ with sparse unit triangular L and U: the solves behind all incomplete
/// factorisations.
///
/// Vectors inside are in the order of a LevelSchedule, so what a group of rows reads is mostly consecutive: in a grid
/// the eight rows of a group depend on eight neighbours in a row. Such entries are a "run": one index and one vector
/// load for eight of them. Other entries are gathered by an index each.

#include <cstddef>
#include <memory>

#include "preconditioners/level_schedule.hpp"
#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/preconditioners/incomplete.hpp"

namespace ritz::detail {

template <Scalar T>
struct SparseRows {
    Buffer<Offset> indptr{0};
    Buffer<Index> indices;
    Buffer<T> values;

    RowPattern pattern() const noexcept { return {indptr, indices}; }
};

/// M = R⁻¹ L D U Qᵀ C⁻¹, numbered by pivots.
template <Scalar T>
struct TriangularFactors {
    Index n = 0;
    bool hermitian = false;                   ///< U = Lᴴ, D real
    SparseRows<T> lower;                      ///< the strict part of L
    SparseRows<T> upper;                      ///< the strict part of U
    Buffer<T> inverse_pivots;                 ///< of D⁻¹
    Buffer<Index> columns;                    ///< column of A that pivot k belongs to (Q); empty: k
    Buffer<Real<T>> row_scale, column_scale;  ///< R by rows, C by columns of A; both empty: 1
};

template <Scalar T>
class TriangularEngine {
public:
    virtual ~TriangularEngine() = default;

    virtual void apply(const T* r, T* z) const = 0;          ///< z ← M⁻¹ r
    virtual void apply_adjoint(const T* r, T* z) const = 0;  ///< z ← M⁻ᴴ r
    virtual std::size_t memory_bytes() const noexcept = 0;

    /// Serves other factors with the same patterns.
    const std::shared_ptr<const LevelSchedule>& schedule() const noexcept { return schedule_; }

protected:
    std::shared_ptr<const LevelSchedule> schedule_;
};

/// `schedule` is of factors with the same patterns, or null.
/// \throws Unsupported if `precision` is single and float cannot hold the factors.
template <Scalar T>
std::shared_ptr<const TriangularEngine<T>> make_triangular_engine(const TriangularFactors<T>& factors,
                                                                  Precision precision,
                                                                  std::shared_ptr<const LevelSchedule> schedule = {});

}  // namespace ritz::detail
