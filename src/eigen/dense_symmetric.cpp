// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/dense_symmetric.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <limits>

#include "linalg/lapack_symmetric.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::eigen {

namespace {

/// OpenBLAS starts its threads for the smallest matrices, where they cost more than they bring.
constexpr Eigen::Index threads_pay = 500;

template <class W>
void decompose(Eigen::MatrixX<W>& A, Eigen::VectorXd& values) {
    const int n = static_cast<int>(A.rows());
    if (lapack::heevd(n, A.data(), n, values.data()) != 0)
        throw Error("eigsh: LAPACK did not find the eigenvalues of a dense matrix");
}

}  // namespace

template <class W>
DenseEigenpairs<W> hermitian_eigenpairs(Eigen::MatrixX<W> A) {
    DenseEigenpairs<W> pairs{Eigen::VectorXd(A.rows()), {}};
    if (A.rows() > 0) {
        if (A.rows() < threads_pay) {
            const ThreadLimit one(1);
            decompose(A, pairs.values);
        } else {
            decompose(A, pairs.values);
        }
    }
    pairs.vectors = std::move(A);
    return pairs;
}

template <class W>
DenseEigenpairs<W> hermitian_eigenpairs(const Eigen::MatrixX<W>& A, const Eigen::MatrixX<W>& M) {
    using Matrix = Eigen::MatrixX<W>;
    const Eigen::Index n = A.rows();
    const auto mass = hermitian_eigenpairs<W>(M);
    const double largest = n > 0 ? std::max(std::abs(mass.values[0]), std::abs(mass.values[n - 1])) : 0;
    const double zero = static_cast<double>(n) * std::numeric_limits<double>::epsilon() * largest;
    if (n > 0 && mass.values[0] < -zero)
        throw NotPositiveDefinite("eigsh: M has a negative eigenvalue, and must be positive semidefinite");
    const Eigen::Index null = (mass.values.array() <= zero).count(), range = n - null;

    // In M's eigenvectors, scaled: M = diag(0, I), A = [A₀₀ A₀₁; A₁₀ A₁₁]; what is finite is A₁₁ − A₁₀ A₀₀⁻¹ A₀₁.
    Matrix Q = mass.vectors;
    for (Eigen::Index j = null; j < n; ++j) Q.col(j) /= std::sqrt(mass.values[j]);
    const Matrix B = Q.adjoint() * (A * Q);
    Matrix S = B.bottomRightCorner(range, range), coupling(null, range);
    if (null > 0) {
        const Eigen::FullPivLU<Matrix> lu(B.topLeftCorner(null, null));
        if (lu.rank() < null)
            throw SingularMatrix(
                "eigsh: A and M are singular on a common subspace: the pencil has no eigenvalues there");
        coupling = lu.solve(B.topRightCorner(null, range));
        S -= B.bottomLeftCorner(range, null) * coupling;
    }
    auto pairs = hermitian_eigenpairs<W>(Matrix((S + S.adjoint()) / 2));
    Matrix V = Q.rightCols(range) * pairs.vectors;
    if (null > 0) V -= Q.leftCols(null) * (coupling * pairs.vectors);
    pairs.vectors = std::move(V);
    return pairs;
}

template DenseEigenpairs<double> hermitian_eigenpairs(Eigen::MatrixX<double>);
template DenseEigenpairs<std::complex<double>> hermitian_eigenpairs(Eigen::MatrixX<std::complex<double>>);
template DenseEigenpairs<double> hermitian_eigenpairs(const Eigen::MatrixX<double>&, const Eigen::MatrixX<double>&);
template DenseEigenpairs<std::complex<double>> hermitian_eigenpairs(const Eigen::MatrixX<std::complex<double>>&,
                                                                    const Eigen::MatrixX<std::complex<double>>&);

}  // namespace ritz::eigen
