// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "ritz/core/buffer.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace ritz {

/// A solver for a diagonal block, made of it: another preconditioner, or a factorisation of solvers/, since each of
/// these is a LinearOperator. It may not hold on to the block.
///
///     const BlockSolver<double> exact = [](const Csr<double>& B) {
///         return Preconditioner<double>(Lu<double>(to_csc(B)), "lu");
///     };
template <Scalar T>
using BlockSolver = std::function<Preconditioner<T>(const Csr<T>&)>;

enum class SchwarzKind : std::uint8_t {
    additive,    ///< Σ Rᵢᴴ Aᵢ⁻¹ Rᵢ: Hermitian when the block solvers are
    restricted,  ///< each unknown takes the value of the part that owns it: fewer iterations, not Hermitian
};

enum class Partition : std::uint8_t {
    bisection,   ///< the graph halved by breadth-first levels, again and again
    contiguous,  ///< pieces of the natural order
};

struct SchwarzOptions {
    SchwarzKind kind = SchwarzKind::additive;
    Index parts = 0;    ///< 0: one for each 2000 rows
    Index overlap = 1;  ///< layers of neighbours that each part takes in; 0: block Jacobi
    Partition partition = Partition::bisection;
};

/// The part of each row, in [0, parts), by the graph of A + Aᵀ. Parts have equally many rows, but for one.
/// Bisection: O(nnz log parts); levels start from an end of each half, as found by two searches.
/// \throws InvalidArgument if A is not square or parts < 1.
template <Scalar T>
Buffer<Index> partition_rows(const CsrView<T>& A, Index parts, Partition method = Partition::bisection);

/// One-level overlapping domain decomposition: M⁻¹ = Σ R̃ᵢᴴ Aᵢ⁻¹ Rᵢ, Aᵢ the diagonal block of A for part i and `overlap`
/// layers around it. Without a block solver given, blocks of up to 64 rows are inverted densely, larger ones factored
/// incompletely. Set-up serial over parts; apply parallel over parts, and the bits do not depend on the number of
/// threads. Memory is that of the block solvers. Positive definite when every block solver is and the kind is additive.
/// \throws InvalidArgument if A is not square or not finite, or an option is out of range; what the block solver
///         throws.
/// \ref X.-C. Cai, M. Sarkis, SIAM J. Sci. Comput. 21 (1999) 792-797; B. F. Smith, P. Bjørstad, W. Gropp, Domain
///      Decomposition (1996), chapter 2.
template <Scalar T>
class Schwarz {
public:
    explicit Schwarz(const CsrView<T>& A, const SchwarzOptions& options = {}, const BlockSolver<T>& solver = {});

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    void apply(VectorView<T> r, VectorRef<T> z) const;
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const;
    Definiteness definiteness() const noexcept;
    const PreconditionerStatistics& statistics() const noexcept;
    bool has_adjoint() const noexcept;
    Index parts() const noexcept;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

}  // namespace ritz
