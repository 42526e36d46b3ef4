// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Derivatives by a sparse matrix live on its pattern: what is formed there, and the checks of check.hpp for it.

#include <cmath>
#include <complex>
#include <string>
#include <type_traits>

#include "core/parallel.hpp"
#include "gradients/check.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::gradients::detail {

/// double or std::complex<double>
template <Scalar T>
using InDouble = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar T>
VectorView<T> column(const Eigen::MatrixX<T>& X, Eigen::Index k) {
    return {X.data() + k * X.rows(), static_cast<std::size_t>(X.rows())};
}
template <Scalar T>
VectorRef<T> column(Eigen::MatrixX<T>& X, Eigen::Index k) {
    return {X.data() + k * X.rows(), static_cast<std::size_t>(X.rows())};
}

/// Throws InvalidArgument "who: A(3, 1) is not finite" for the first entry, by rows, that is none.
template <Scalar T>
void require_finite_entries(const CsrView<T>& A, const char* who, const char* name) {
    const auto values = A.values();
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p)
            if (!std::isfinite(std::abs(std::complex<double>(values[p]).real())) ||
                !std::isfinite(std::complex<double>(values[p]).imag()))
                throw InvalidArgument(std::string(who) + ": " + name + "(" + std::to_string(i) + ", " +
                                      std::to_string(A.indices()[p]) + ") is not finite");
}

/// Throws InvalidArgument unless A is n × n and finite.
template <Scalar T>
void require_square_sparse(const CsrView<T>& A, Index n, const char* who, const char* name) {
    if (A.rows() != n || A.cols() != n)
        throw InvalidArgument(std::string(who) + ": " + name + " is " + std::to_string(A.rows()) + " x " +
                              std::to_string(A.cols()) + ", but must be " + std::to_string(n) + " x " +
                              std::to_string(n));
    require_finite_entries(A, who, name);
}

/// Throws unless A is 0 × 0 or n × n and finite; true if it has entries.
template <Scalar T>
bool given(const CsrView<T>& A, Index n, const char* who, const char* name) {
    if (A.rows() == 0 && A.cols() == 0) return false;
    require_square_sparse(A, n, who, name);
    return A.nnz() > 0;
}

template <Scalar T>
Csr<T> finite(Csr<T> result, const char* who) {
    for (const T& value : std::as_const(result).values())
        if (!std::isfinite(std::complex<double>(value).real()) || !std::isfinite(std::complex<double>(value).imag()))
            throw LimitExceeded(std::string(who) + ": the derivative overflows");
    return result;
}

/// A X
template <Scalar T>
Eigen::MatrixX<T> product(const CsrView<T>& A, const Eigen::MatrixX<T>& X) {
    Eigen::MatrixX<T> Y(A.rows(), X.cols());
    for (Eigen::Index k = 0; k < X.cols(); ++k) A.apply(column(X, k), column(Y, k));
    return Y;
}

/// (A + Aᴴ)/2 X
template <Scalar T>
Eigen::MatrixX<T> hermitian_product(const CsrView<T>& A, const Eigen::MatrixX<T>& X) {
    Eigen::MatrixX<T> Y(A.rows(), X.cols()), Z(A.rows(), X.cols());
    for (Eigen::Index k = 0; k < X.cols(); ++k) {
        A.apply(column(X, k), column(Y, k));
        A.apply_adjoint(column(X, k), column(Z, k));
    }
    return (Y + Z) * Real<T>(0.5);
}

/// X Yᴴ where `pattern` has entries: 2 k flops for each of them.
template <Scalar T>
Csr<T> outer_product_on(const CsrView<T>& pattern, const Eigen::MatrixX<T>& X, const Eigen::MatrixX<T>& Y) {
    Csr<T> result(pattern);
    const auto values = result.values();
    const Offset* indptr = pattern.indptr().data();
    const Index* indices = pattern.indices().data();
    const Eigen::Index k = X.cols();
    const Eigen::MatrixX<T> Xt = X.transpose(), Yh = Y.adjoint();  // rows become contiguous
    ritz::detail::parallel_ranges(pattern.rows(), 4096, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (Offset p = indptr[i]; p < indptr[i + 1]; ++p) {
                const T *x = Xt.data() + i * k, *y = Yh.data() + indices[p] * k;
                T sum = 0;
                for (Eigen::Index c = 0; c < k; ++c) sum += x[c] * y[c];
                values[static_cast<std::size_t>(p)] = sum;
            }
    });
    return result;
}

}  // namespace ritz::gradients::detail
