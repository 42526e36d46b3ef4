// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What each factorisation of a matrix with special structure must do, with residuals from dense arithmetic of the
/// test's own.

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <atomic>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/solvers/factorization.hpp"

namespace structured {

using namespace ritz;

using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;

template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar T>
T number(double re, double im) {
    if constexpr (is_complex<T>)
        return T(static_cast<Real<T>>(re), static_cast<Real<T>>(im));
    else
        return static_cast<T>(re + 0.25 * im);
}

/// Random entries on the diagonals -kl … ku, `weight` added on the main one.
template <Scalar T>
Csr<T> band(Index n, Index kl, Index ku, double weight, std::uint64_t seed) {
    Random random(seed);
    Coo<T> C(n, n);
    for (Index i = 0; i < n; ++i)
        for (Index j = std::max(0, i - kl); j <= std::min(n - 1, i + ku); ++j) {
            const double re = random.uniform(-1, 1), im = random.uniform(-1, 1);
            C.add(i, j, number<T>(re + (i == j ? weight : 0), im));
        }
    return to_csr(C);
}

template <Scalar T>
Csr<T> with_other_values(const Csr<T>& A) {
    Csr<T> B = A;
    for (T& a : B.values()) a *= number<T>(2, 0.5);
    return B;
}

template <Scalar T>
Eigen::MatrixX<Wide<T>> wide_dense(const Csr<T>& A) {
    return to_dense(A).template cast<Wide<T>>();
}

/// ‖B − M X‖ / (‖M‖ ‖X‖) in Frobenius norms.
template <Scalar T>
double backward_error(const Eigen::MatrixX<Wide<T>>& M, const Eigen::MatrixX<T>& X, const Eigen::MatrixX<T>& B) {
    const Eigen::MatrixX<Wide<T>> wide = X.template cast<Wide<T>>();
    const double size = M.norm() * wide.norm();
    const double residual = (B.template cast<Wide<T>>() - M * wide).norm();
    return residual == 0 ? 0 : residual / size;
}

/// A must be regular, with some order ≥ 1, and its values times a number allowed as well.
template <class Factorization, Scalar T>
void expect_keeps_the_contract(const Csr<T>& A, double tolerance_in_epsilons = 20) {
    static_assert(LinearOperator<Factorization, T>);
    static_assert(std::is_nothrow_move_constructible_v<Factorization> && !std::is_copy_constructible_v<Factorization>);
    const double tolerance = tolerance_in_epsilons * std::numeric_limits<Real<T>>::epsilon();
    const Index n = A.rows();

    typename Factorization::Analysis analysis(A);
    EXPECT_GE(analysis.statistics().factor_nonzeros, n);
    EXPECT_GT(analysis.statistics().memory_bytes, 0u);
    EXPECT_GE(analysis.statistics().flops, 0);
    Factorization F(A, std::move(analysis));
    EXPECT_EQ(F.rows(), n);
    EXPECT_EQ(F.cols(), n);
    EXPECT_GE(F.statistics().peak_memory_bytes, F.statistics().memory_bytes);

    Eigen::MatrixX<T> B(n, 3);
    for (Index c = 0; c < 3; ++c) {
        const Buffer<T> column = random_vector<T>(n, static_cast<std::uint64_t>(c) + 1);
        for (Index i = 0; i < n; ++i) B(i, c) = column[static_cast<std::size_t>(i)];
    }
    Csr<T> current = A;
    for (int round = 0; round < 2; ++round) {  // the second with new values
        const Eigen::MatrixX<Wide<T>> M = wide_dense(current), transposed = M.transpose(), adjoint_of_M = M.adjoint();
        Eigen::MatrixX<T> x(n, 1);
        const Eigen::MatrixX<T> b = B.col(0);
        F.apply(VectorView<T>(b.data(), b.size()), VectorRef<T>(x.data(), x.size()));
        EXPECT_LE(backward_error<T>(M, x, b), tolerance);
        F.apply_transpose(VectorView<T>(b.data(), b.size()), VectorRef<T>(x.data(), x.size()));
        EXPECT_LE(backward_error<T>(transposed, x, b), tolerance);
        F.apply_adjoint(VectorView<T>(b.data(), b.size()), VectorRef<T>(x.data(), x.size()));
        EXPECT_LE(backward_error<T>(adjoint_of_M, x, b), tolerance);
        x = b;  // in place
        F.apply(VectorView<T>(x.data(), x.size()), VectorRef<T>(x.data(), x.size()));
        EXPECT_LE(backward_error<T>(M, x, b), tolerance);
        EXPECT_LE(backward_error<T>(M, F.solve(B), B), tolerance);
        EXPECT_LE(backward_error<T>(transposed, F.solve(B, Transpose::transpose), B), tolerance);
        EXPECT_LE(backward_error<T>(adjoint_of_M, F.solve(B, Transpose::adjoint), B), tolerance);
        EXPECT_EQ(F.solve(Eigen::MatrixX<T>(n, 0)).cols(), 0);

        const LogDeterminant<T> found = F.log_determinant();
        const Eigen::FullPivLU<Eigen::MatrixX<Wide<T>>> dense(M);
        Wide<T> sign(static_cast<double>(dense.permutationP().determinant() * dense.permutationQ().determinant()));
        double logarithm = 0;
        for (Index i = 0; i < n; ++i) {
            const Wide<T> pivot = dense.matrixLU()(i, i);
            sign *= pivot / std::abs(pivot);
            logarithm += std::log(std::abs(pivot));
        }
        EXPECT_NEAR(found.logabsdet, logarithm, 1e-10 * (1 + std::abs(logarithm)));
        EXPECT_LE(std::abs(Wide<T>(found.sign) - sign), 1e-4);

        if (round == 0) {
            current = with_other_values(A);
            F.refactor(current);
        }
    }

    const Factorization moved = std::move(F);
    EXPECT_LE(backward_error<T>(wide_dense(current), moved.solve(B), B), tolerance);
}

template <class Factorization, Scalar T>
void expect_refuses_wrong_shapes(const Csr<T>& A) {
    Factorization F(A);
    Buffer<T> right(static_cast<std::size_t>(A.rows()), T(1)), wrong(right.size() + 1, T(1));
    EXPECT_THROW(F.apply(wrong, right), InvalidArgument);
    EXPECT_THROW(F.apply(right, wrong), InvalidArgument);
    EXPECT_THROW(F.apply_transpose(wrong, right), InvalidArgument);
    EXPECT_THROW(F.apply_adjoint(right, wrong), InvalidArgument);
    EXPECT_THROW(F.solve(Eigen::MatrixX<T>::Zero(A.rows() + 1, 2)), InvalidArgument);
    EXPECT_THROW(Factorization(to_csr(Coo<T>(2, 3))), InvalidArgument);
    EXPECT_THROW(F.refactor(to_csr(Coo<T>(A.rows(), A.rows()))), InvalidArgument);  // another pattern
    EXPECT_THROW(F.refactor(Csr<T>()), InvalidArgument);
    F.apply(right, right);  // a refused pattern leaves the factors

    FactorOptions options;
    options.ordering = Ordering::amd;
    EXPECT_THROW(Factorization(A, options), InvalidArgument);
    options = {};
    options.max_memory_bytes = 1;
    EXPECT_THROW(Factorization(A, options), LimitExceeded);
    std::atomic<bool> cancel = true;
    options = {};
    options.cancel = &cancel;
    EXPECT_THROW(Factorization(A, options), Interrupted);
}

template <class Factorization, Scalar T>
void expect_accepts_the_smallest() {
    Buffer<T> none;
    Factorization empty{Csr<T>()};
    empty.apply(none, none);
    EXPECT_EQ(empty.log_determinant().logabsdet, 0);
    EXPECT_EQ(empty.log_determinant().sign, T(1));
    EXPECT_EQ(empty.solve(Eigen::MatrixX<T>(0, 2)).cols(), 2);
    Coo<T> C(1, 1);
    C.add(0, 0, T(4));
    const Factorization one(to_csr(C));
    Buffer<T> b{T(2)};
    one.apply(b, b);
    EXPECT_EQ(b[0], T(0.5));
    EXPECT_NEAR(one.log_determinant().logabsdet, std::log(4.0), 1e-15);
}

/// NaN and infinity are refused; after that there are no factors until a refactor succeeds.
template <class Factorization, Scalar T>
void expect_refuses_what_is_not_finite(const Csr<T>& A) {
    for (const Real<T> bad : {std::numeric_limits<Real<T>>::quiet_NaN(), std::numeric_limits<Real<T>>::infinity()}) {
        Csr<T> B = A;
        for (T& a : B.values()) a = T(bad);
        EXPECT_THROW(Factorization{B}, InvalidArgument);
        Factorization F(A);
        EXPECT_THROW(F.refactor(B), InvalidArgument);
        Buffer<T> b(static_cast<std::size_t>(A.rows()), T(1));
        EXPECT_THROW(F.apply(b, b), Error);
        EXPECT_THROW(F.log_determinant(), Error);
        F.refactor(A);
        F.apply(b, b);
    }
}

/// Runs `statement` and returns the pivot that SingularMatrix names; -1 without one.
template <class Statement>
std::int64_t singular_row(Statement&& statement) {
    try {
        statement();
    } catch (const SingularMatrix& error) {
        return error.pivot().value_or(-1);
    }
    ADD_FAILURE() << "SingularMatrix was expected";
    return -1;
}

}  // namespace structured
