// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the tests of the incomplete factorisations share.

#include <complex>
#include <type_traits>

#include "ritz/core/eigen.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/preconditioners/preconditioner.hpp"

namespace incomplete {

using namespace ritz;

/// double or std::complex<double>
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar T>
inline constexpr double epsilon = std::is_same_v<Real<T>, float> ? 6e-8 : 1.2e-16;

/// A with each entry a_ij times s_i conj(s_j), |s_i| = 1: complex where T is, Hermitian where A is symmetric.
template <Scalar T>
Csr<T> of_type(const Csr<double>& A) {
    Random random(5);
    Buffer<Wide<T>> phase;
    for (Index i = 0; i < A.rows(); ++i) {
        const double angle = random.uniform(0, 6.28);
        if constexpr (is_complex<T>)
            phase.push_back(std::polar(1.0, angle));
        else
            phase.push_back(angle < 3 ? 1.0 : -1.0);
    }
    Buffer<Offset> indptr(A.indptr().begin(), A.indptr().end());
    Buffer<Index> indices(A.indices().begin(), A.indices().end());
    Buffer<T> values;
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const Index j = A.indices()[static_cast<std::size_t>(k)];
            const double a = A.values()[static_cast<std::size_t>(k)];
            if (i == j)
                values.push_back(static_cast<T>(Wide<T>(a)));
            else if (i < j)
                values.push_back(static_cast<T>(a * phase[static_cast<std::size_t>(i)] *
                                                conjugate(phase[static_cast<std::size_t>(j)])));
            else  // the same rounding as that of the mirror image
                values.push_back(conjugate(static_cast<T>(a * phase[static_cast<std::size_t>(j)] *
                                                          conjugate(phase[static_cast<std::size_t>(i)]))));
        }
    return Csr<T>(A.rows(), A.cols(), std::move(indptr), std::move(indices), std::move(values));
}

/// M⁻¹ (or M⁻ᴴ) column by column.
template <Scalar T, class M>
Eigen::MatrixX<Wide<T>> inverse_of(const M& preconditioner, bool adjoint = false) {
    const Index n = preconditioner.rows();
    Eigen::MatrixX<Wide<T>> inverse(n, n);
    Buffer<T> e(static_cast<std::size_t>(n), T{0}), z(static_cast<std::size_t>(n));
    for (Index j = 0; j < n; ++j) {
        e[static_cast<std::size_t>(j)] = T{1};
        if (adjoint)
            preconditioner.apply_adjoint(VectorView<T>(e), VectorRef<T>(z));
        else
            preconditioner.apply(VectorView<T>(e), VectorRef<T>(z));
        for (Index i = 0; i < n; ++i) inverse(i, j) = Wide<T>(z[static_cast<std::size_t>(i)]);
        e[static_cast<std::size_t>(j)] = T{0};
    }
    return inverse;
}

/// The inverse of a dense matrix by LU with partial pivoting.
Eigen::MatrixXd inverted(const Eigen::MatrixXd& A);
Eigen::MatrixXcd inverted(const Eigen::MatrixXcd& A);

/// max |m_ij - a_ij| over the stored entries of A, and ‖A‖max.
template <Scalar T>
double error_on_pattern(const Eigen::MatrixX<Wide<T>>& M, const Csr<T>& A) {
    double error = 0;
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const double e = std::abs(M(i, A.indices()[static_cast<std::size_t>(k)]) -
                                      Wide<T>(A.values()[static_cast<std::size_t>(k)]));
            if (!(e <= error)) error = e;
        }
    return error;
}

/// ‖M⁻¹ A - I‖max
template <Scalar T>
double distance_from_identity(const Eigen::MatrixX<Wide<T>>& inverse, const Csr<T>& A) {
    Eigen::MatrixX<Wide<T>> product = Eigen::MatrixX<Wide<T>>::Zero(A.rows(), A.cols());
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            product.col(A.indices()[static_cast<std::size_t>(k)]) +=
                inverse.col(i) * Wide<T>(A.values()[static_cast<std::size_t>(k)]);
    product.diagonal().array() -= 1;
    return A.rows() == 0 ? 0 : product.cwiseAbs().maxCoeff();
}

}  // namespace incomplete
