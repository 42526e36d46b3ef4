// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// A matrix arranged for fast products with it: y ← A x as often as an iterative method wants.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

/// How a TunedMatrix keeps A. Rows are taken in groups that fill a vector register of 64 bytes (8 doubles).
enum class TunedStorage {
    csr,         ///< as it was given
    stencils,    ///< few different groups of rows, by columns relative to the row and by values: a number a group
    offsets,     ///< few different groups by relative columns; values are streamed, x is loaded without an index
    blocks,      ///< dense r × r blocks, one index a block; r = 2, 3, 4, 6
    sliced,      ///< stripes of 65536 columns, 16-bit columns, rows of equal length taken eight at a time
    few_values,  ///< sliced with at most 256 different values: 8 bits an entry, or none if all are one number
};

std::string_view name(TunedStorage storage);

/// All of them, in the order above.
std::span<const TunedStorage> tuned_storages();

struct TunedOptions {
    /// The storage to use whatever it costs; parts of the matrix that do not fit it are multiplied as CSR. By default
    /// the analysis chooses the one for which it predicts the fastest product.
    std::optional<TunedStorage> storage{};
};

/// A in the storage in which y ← A x is fastest, chosen by an analysis of its structure: which pays for itself after
/// some ten products. The choice follows counts (how often groups of rows repeat, how full blocks are, what each
/// storage makes the memory move), never a clock, so the same matrix gives the same bits on every run.
///
/// It keeps a view of A, whose arrays must outlive it, and a rearranged copy of those parts which need one. Values
/// changed in A afterwards are seen or not seen depending on the storage: make a new TunedMatrix then.
///
/// Products agree with A.apply up to the rounding of another order of summation, and exactly where a result is
/// infinite or NaN. They do not depend on the number of threads. Copies share the arrays; a moved-from matrix is 0 × 0.
template <Scalar T>
class TunedMatrix {
public:
    /// The 0 × 0 matrix.
    TunedMatrix() noexcept = default;

    /// Analyses A: O(nnz), a few passes, in parallel.
    /// \throws InvalidArgument if few_values is asked for and A has more than 256 different numbers off the diagonal.
    explicit TunedMatrix(const CsrView<T>& A, const TunedOptions& options = {});

    /// \throws nothing; but see the view that is kept.
    TunedMatrix(const Csr<T>&& A, const TunedOptions& options = {}) = delete;  // would dangle

    Index rows() const noexcept;
    Index cols() const noexcept;
    Offset nnz() const noexcept;

    /// The matrix that was given, by the arrays of its owner.
    CsrView<T> view() const noexcept;

    TunedStorage storage() const noexcept;
    Index block_size() const noexcept;          ///< r of blocks; 1 otherwise
    std::size_t memory_bytes() const noexcept;  ///< of the rearranged copy, 0 for csr
    double analysis_seconds() const noexcept;   ///< what the constructor took
    double bytes_per_product() const noexcept;  ///< what one product reads and writes, vectors included, each once

    /// y ← A x. x has cols() elements, y rows(); they must not overlap. Parallel over equal shares of entries.
    /// \throws InvalidArgument if a length is wrong or x and y overlap.
    void apply(VectorView<T> x, VectorRef<T> y) const;

    /// y ← A x and Σ_i conj(x_i) y_i, formed while both are in cache: the step of conjugate gradients. A is square.
    /// The sum is formed over fixed blocks of rows; its bits do not depend on the number of threads.
    /// \throws InvalidArgument if A is not square, a length is wrong or x and y overlap.
    [[nodiscard]] T apply_dot(VectorView<T> x, VectorRef<T> y) const;

    /// y ← Aᵀ x and y ← Aᴴ x, by the arrays of A.
    void apply_transpose(VectorView<T> x, VectorRef<T> y) const;
    void apply_adjoint(VectorView<T> x, VectorRef<T> y) const;

    /// Y ← A X, reading A from memory once for all columns (csr: once for eight). X is cols() × k, Y is rows() × k;
    /// they must not overlap.
    /// \throws InvalidArgument if a shape is wrong or X and Y overlap.
    void apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& X, Eigen::Ref<Eigen::MatrixX<T>> Y) const;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
