// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What every preconditioner shares. Each is a class X<T> of this form:
///
///     X<T> M(A, options);          // O(nnz) or what its header says; throws when it does not exist for A
///     M.apply(r, z);               // z ← M⁻¹ r: M is a LinearOperator
///     M.apply_adjoint(r, z);       // z ← M⁻ᴴ r
///     M.definiteness();            // may CG and MINRES use it?
///     M.statistics();              // entries, memory, seconds, the shift that was needed
///
/// r and z have A.rows() elements and do not overlap. The const functions may be called from several threads at once,
/// and give the same bits for the same number of threads. None holds on to A after construction unless it says so.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz {

/// What is known of M⁻¹, provided that A is Hermitian positive definite.
enum class Definiteness : std::uint8_t {
    positive_definite,  ///< Hermitian positive definite: for CG and MINRES
    hermitian,          ///< Hermitian, but perhaps not definite
    unknown,            ///< not Hermitian, or nobody knows: for GMRES, BiCGSTAB, IDR(s), flexible CG …
};

/// What a preconditioner tells about itself.
struct PreconditionerStatistics {
    Offset nonzeros = 0;           ///< stored entries
    std::size_t memory_bytes = 0;  ///< memory that it holds
    double setup_seconds = 0;
    double shift = 0;  ///< the α of A + α R that had to be factored (incomplete.hpp); 0: none
};

/// A preconditioner of any kind, owned: a value whose copies share the object. A LinearOperator itself, so that
/// preconditioners nest; `Preconditioner<T>` of a class of the user's own, or of a lambda in a MatrixFree, works as
/// well.
template <Scalar T>
class Preconditioner {
public:
    /// The identity of order 0: no preconditioner. `explicit operator bool` tells.
    Preconditioner() = default;

    /// Takes over `object`: one of the library's preconditioners, a factorisation, an operator of the user's own.
    template <class M>
    requires(LinearOperator<M, T> && !std::same_as<M, Preconditioner>)
        Preconditioner(M object, std::string name = "user", Definiteness definiteness = Definiteness::unknown)
        : name_(std::move(name)), definiteness_(definiteness) {
        if constexpr (requires {
                          { object.definiteness() } -> std::same_as<Definiteness>;
                      })
            definiteness_ = object.definiteness();
        if constexpr (requires {
                          { object.statistics() } -> std::convertible_to<PreconditionerStatistics>;
                      })
            statistics_ = object.statistics();
        const auto owned = std::make_shared<const M>(std::move(object));
        operator_ = std::make_shared<const LinearOperatorRef<T>>(*owned);
        object_ = owned;
    }

    explicit operator bool() const noexcept { return operator_ != nullptr; }
    Index rows() const noexcept { return operator_ ? operator_->rows() : 0; }
    Index cols() const noexcept { return operator_ ? operator_->cols() : 0; }
    void apply(VectorView<T> r, VectorRef<T> z) const { operator_->apply(r, z); }
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const { operator_->apply_adjoint(r, z); }
    bool has_adjoint() const noexcept { return operator_ && operator_->has_adjoint(); }

    const std::string& name() const noexcept { return name_; }
    Definiteness definiteness() const noexcept { return definiteness_; }
    const PreconditionerStatistics& statistics() const noexcept { return statistics_; }

private:
    std::shared_ptr<const void> object_;
    std::shared_ptr<const LinearOperatorRef<T>> operator_;
    std::string name_ = "none";
    Definiteness definiteness_ = Definiteness::positive_definite;
    PreconditionerStatistics statistics_;
};

}  // namespace ritz
