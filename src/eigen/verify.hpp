// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The gate that every pair of a Hermitian eigensolver passes before it is returned: Rayleigh quotients, residuals and
/// orthonormality, computed anew from the vectors.

#include <cstdint>
#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace ritz::eigen {

/// A v = λ M v as it was given: operators, which may be known to be matrices. No M: the identity.
template <Scalar T>
struct Pencil {
    LinearOperatorRef<T> A;
    std::optional<CsrView<T>> A_rows = {};
    std::optional<LinearOperatorRef<T>> M = {};
    std::optional<CsrView<T>> M_rows = {};

    Index n() const noexcept { return A.rows(); }
};

template <Scalar T>
struct Verified {
    Eigen::VectorXd values;     ///< those given, or vᴴ A v / vᴴ M v rounded to the real type of T
    Eigen::VectorXd residuals;  ///< ‖A v − λ M v‖₂; NaN where A or M gave one
    Eigen::VectorXd norms;      ///< ‖v‖₂
    Eigen::VectorXd m_norms;    ///< ‖M v‖₂
    double orthogonality = 0;   ///< max |Vᴴ B V − I|
};

/// B of Verified::orthogonality.
enum class InnerProduct : std::uint8_t { mass, stiffness };

/// Products with matrices are summed in twice double precision, those of operators are taken as they come.
/// `values` empty: the Rayleigh quotients. Numbers must be so moderate that no product over- or underflows, as
/// ScaledPencil makes them. O(nnz k + n k²).
template <Scalar T>
Verified<T> verify(const Pencil<T>& pencil, const Eigen::Ref<const Eigen::VectorXd>& values,
                   const Eigen::Ref<const Eigen::MatrixX<T>>& V, InnerProduct inner = InnerProduct::mass);

}  // namespace ritz::eigen
