// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/products.hpp"

#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "linalg/multiply.hpp"
#include "ritz/linalg/inverse.hpp"

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using ritz::detail::require;

std::string shape(Index rows, Index cols) {
    return std::to_string(rows) + " x " + std::to_string(cols);
}

template <Scalar T>
std::string shapes(const Matrix<T>& A, const Matrix<T>& B) {
    return shape(A.rows(), A.cols()) + " and " + shape(B.rows(), B.cols());
}

template <Scalar T>
void require_finite_pair(const Matrix<T>& A, const Matrix<T>& B, const char* who) {
    require_finite<T>(A, who, "the first argument");
    require_finite<T>(B, who, "the second argument");
}

template <Scalar T>
std::string association(const Eigen::MatrixXi& split, Index i, Index j) {
    if (i == j) return "A" + std::to_string(i);
    return "(" + association<T>(split, i, split(i, j)) + " " + association<T>(split, split(i, j) + 1, j) + ")";
}

template <Scalar T>
Eigen::MatrixX<T> chain(const std::vector<Matrix<T>>& factors, const Eigen::MatrixXi& split, Index i, Index j) {
    if (i == j) return factors[i];
    const Index k = split(i, j);
    if (i == k && k + 1 == j) return multiply<T>(factors[i], factors[j]);
    if (i == k) return multiply<T>(factors[i], chain<T>(factors, split, k + 1, j));
    if (k + 1 == j) return multiply<T>(chain<T>(factors, split, i, k), factors[j]);
    return multiply<T>(chain<T>(factors, split, i, k), chain<T>(factors, split, k + 1, j));
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> matmul(Matrix<T> A, Matrix<T> B) {
    require_finite_pair<T>(A, B, "matmul");
    require(A.cols() == B.rows(), "matmul: the shapes " + shapes<T>(A, B) +
                                      " do not fit: columns of the first must equal rows of the second");
    return multiply<T>(A, B);
}

template <Scalar T>
Eigen::MatrixX<T> kron(Matrix<T> A, Matrix<T> B) {
    require_finite_pair<T>(A, B, "kron");
    Eigen::MatrixX<T> K(A.rows() * B.rows(), A.cols() * B.cols());
    for (Index j = 0; j < A.cols(); ++j)
        for (Index l = 0; l < B.cols(); ++l)
            for (Index i = 0; i < A.rows(); ++i)
                K.col(j * B.cols() + l).segment(i * B.rows(), B.rows()) = A(i, j) * B.col(l);
    return K;
}

template <Scalar T>
Eigen::MatrixX<T> khatri_rao(Matrix<T> A, Matrix<T> B) {
    require_finite_pair<T>(A, B, "khatri_rao");
    require(A.cols() == B.cols(), "khatri_rao: the shapes " + shapes<T>(A, B) + " differ in their columns");
    Eigen::MatrixX<T> K(A.rows() * B.rows(), A.cols());
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = 0; i < A.rows(); ++i) K.col(j).segment(i * B.rows(), B.rows()) = A(i, j) * B.col(j);
    return K;
}

template <Scalar T>
Eigen::MatrixX<T> outer(Matrix<T> a, Matrix<T> b) {
    require_finite_pair<T>(a, b, "outer");
    const Eigen::VectorX<T> x = a.reshaped(), y = b.reshaped();
    return x * y.transpose();
}

template <Scalar T>
Eigen::MatrixX<T> inner(Matrix<T> A, Matrix<T> B) {
    require_finite_pair<T>(A, B, "inner");
    require(A.cols() == B.cols(), "inner: the shapes " + shapes<T>(A, B) + " differ in their columns");
    return multiply<T>(A, B.transpose());
}

template <Scalar T>
T vdot(Matrix<T> A, Matrix<T> B) {
    require_finite_pair<T>(A, B, "vdot");
    const bool vectors = (A.cols() == 1 || A.rows() == 1) && (B.cols() == 1 || B.rows() == 1);
    require(A.rows() == B.rows() && A.cols() == B.cols() ? true : vectors && A.size() == B.size(),
            "vdot: the shapes " + shapes<T>(A, B) + " differ");
    T sum{};
    if (A.rows() == B.rows()) {
        for (Index j = 0; j < A.cols(); ++j) sum += A.col(j).dot(B.col(j));
    } else {
        for (Index k = 0; k < A.size(); ++k) sum += conjugate(A.reshaped()(k)) * B.reshaped()(k);
    }
    return sum;
}

template <Scalar T>
Eigen::MatrixX<T> cross(Matrix<T> A, Matrix<T> B) {
    require_finite_pair<T>(A, B, "cross");
    require((A.rows() == 2 || A.rows() == 3) && A.rows() == B.rows(),
            "cross: the shapes are " + shapes<T>(A, B) + ", but both must have 3 rows, or both 2");
    require(A.cols() == B.cols() || A.cols() == 1 || B.cols() == 1,
            "cross: the shapes " + shapes<T>(A, B) + " differ in their columns");
    const Index n = A.cols() == 1 ? B.cols() : A.cols();
    Eigen::MatrixX<T> C(A.rows() == 3 ? 3 : 1, n);
    for (Index j = 0; j < n; ++j) {
        const auto a = A.col(A.cols() == 1 ? 0 : j);
        const auto b = B.col(B.cols() == 1 ? 0 : j);
        const auto minor = [&](Index p, Index q) { return a(p) * b(q) - a(q) * b(p); };
        if (A.rows() == 2)
            C(0, j) = minor(0, 1);
        else
            C.col(j) << minor(1, 2), minor(2, 0), minor(0, 1);
    }
    return C;
}

template <Scalar T>
Eigen::MatrixX<T> matrix_power(Matrix<T> A, std::int64_t n) {
    require_square(A.rows(), A.cols(), "matrix_power", "A");
    require_finite<T>(A, "matrix_power", "A");
    Eigen::MatrixX<T> result;
    if (n == 0) return Eigen::MatrixX<T>::Identity(A.rows(), A.cols());
    Eigen::MatrixX<T> square = n > 0 ? Eigen::MatrixX<T>(A) : linalg::inv(A);
    // 2^63 has no positive counterpart among signed numbers.
    for (std::uint64_t k = n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);;) {
        if (k & 1) result = result.size() == 0 ? square : multiply<T>(result, square);
        k >>= 1;
        if (k == 0) break;
        square = multiply<T>(square, square);
    }
    require(result.size() == 0 || result.allFinite(),
            "matrix_power: A to the power " + std::to_string(n) + " overflows");
    return result;
}

template <Scalar T>
MultiDot<T> multi_dot(const std::vector<Matrix<T>>& factors) {
    const auto count = static_cast<Index>(factors.size());
    require(count > 0, "multi_dot: there is no matrix");
    for (Index i = 0; i < count; ++i) {
        require_finite<T>(factors[i], "multi_dot", ("A" + std::to_string(i)).c_str());
        require(i == 0 || factors[i - 1].cols() == factors[i].rows(),
                "multi_dot: A" + std::to_string(i - 1) + " and A" + std::to_string(i) +
                    " do not fit: their shapes are " + (i == 0 ? "" : shapes<T>(factors[i - 1], factors[i])));
    }
    // cost(i, j): of the product of factors i … j; split(i, j): the last factor of its left half.
    Eigen::MatrixXd cost = Eigen::MatrixXd::Zero(count, count);
    Eigen::MatrixXi split = Eigen::MatrixXi::Zero(count, count);
    const auto size = [&](Index i) { return static_cast<double>(i == 0 ? factors[0].rows() : factors[i - 1].cols()); };
    for (Index length = 1; length < count; ++length)
        for (Index i = 0; i + length < count; ++i) {
            const Index j = i + length;
            cost(i, j) = std::numeric_limits<double>::infinity();
            for (Index k = i; k < j; ++k) {
                const double c = cost(i, k) + cost(k + 1, j) + size(i) * size(k + 1) * size(j + 1);
                if (c < cost(i, j)) {
                    cost(i, j) = c;
                    split(i, j) = static_cast<int>(k);
                }
            }
        }
    return {chain<T>(factors, split, 0, count - 1), association<T>(split, 0, count - 1), cost(0, count - 1)};
}

template <Scalar T>
Eigen::VectorX<T> diagonal(Matrix<T> A, Index offset) {
    require_finite<T>(A, "diagonal", "A");
    require(offset <= A.cols() && -offset <= A.rows(), "diagonal: there is no diagonal " + std::to_string(offset) +
                                                           " in a matrix of shape " + shape(A.rows(), A.cols()));
    return A.diagonal(offset);
}

#define RITZ_INSTANTIATE(T)                                              \
    template Eigen::MatrixX<T> matmul<T>(Matrix<T>, Matrix<T>);          \
    template Eigen::MatrixX<T> kron<T>(Matrix<T>, Matrix<T>);            \
    template Eigen::MatrixX<T> khatri_rao<T>(Matrix<T>, Matrix<T>);      \
    template Eigen::MatrixX<T> outer<T>(Matrix<T>, Matrix<T>);           \
    template Eigen::MatrixX<T> inner<T>(Matrix<T>, Matrix<T>);           \
    template T vdot<T>(Matrix<T>, Matrix<T>);                            \
    template Eigen::MatrixX<T> cross<T>(Matrix<T>, Matrix<T>);           \
    template Eigen::MatrixX<T> matrix_power<T>(Matrix<T>, std::int64_t); \
    template MultiDot<T> multi_dot<T>(const std::vector<Matrix<T>>&);    \
    template Eigen::VectorX<T> diagonal<T>(Matrix<T>, Index);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
