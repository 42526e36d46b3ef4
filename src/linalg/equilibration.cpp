// SPDX-License-Identifier: BSD-3-Clause
#include "linalg/equilibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"

namespace ritz::linalg {

namespace {

/// The larger part of a complex number: within √2 of its modulus, without overflow.
template <class R>
R size_of(R value) {
    return std::abs(value);
}
template <class R>
R size_of(std::complex<R> value) {
    return std::max(std::abs(value.real()), std::abs(value.imag()));
}

/// Whether sizes other than 0 are within a factor of `ratio`, and inside [1/limit, limit].
template <class R>
bool are_similar(const Eigen::VectorX<R>& sizes, R ratio, R limit) {
    R smallest = std::numeric_limits<R>::infinity(), largest = 0;
    for (const R size : sizes) {
        if (size > 0) smallest = std::min(smallest, size);
        largest = std::max(largest, size);
    }
    return largest == 0 || (smallest >= largest / ratio && largest <= limit && largest >= 1 / limit);
}

/// The largest that factors of a well scaled matrix and products of two of them may become.
template <class R>
constexpr R safe_size = std::is_same_v<R, float> ? R(0x1p30) : R(0x1p300);

}  // namespace

template <Scalar T>
Equilibration equilibration(Matrix<T> A) {
    using R = Real<T>;
    constexpr R ratio = 1024;
    Eigen::VectorX<R> rows = Eigen::VectorX<R>::Zero(A.rows()), columns = Eigen::VectorX<R>::Zero(A.cols());
    for (Eigen::Index j = 0; j < A.cols(); ++j) {
        R largest = 0;
        for (Eigen::Index i = 0; i < A.rows(); ++i) {
            const R size = size_of(A(i, j));
            rows[i] = std::max(rows[i], size);
            largest = std::max(largest, size);
        }
        columns[j] = largest;
    }
    if (are_similar(rows, ratio, safe_size<R>) && are_similar(columns, ratio, safe_size<R>)) return {};
    Equilibration scaling{std::vector<int>(A.rows(), 0), std::vector<int>(A.cols(), 0)};
    for (Eigen::Index i = 0; i < A.rows(); ++i)
        if (rows[i] > 0) scaling.rows[i] = -exponent_of(rows[i]);
    for (Eigen::Index j = 0; j < A.cols(); ++j) {
        int largest = INT_MIN;
        for (Eigen::Index i = 0; i < A.rows(); ++i)
            if (A(i, j) != T(0)) largest = std::max(largest, exponent_of(A(i, j)) + scaling.rows[i]);
        if (largest > INT_MIN) scaling.columns[j] = -largest;
    }
    return scaling;
}

template <Scalar T>
Equilibration diagonal_equilibration(Vector<T> diagonal) {
    using R = Real<T>;
    constexpr R ratio = 1024;
    R smallest = std::numeric_limits<R>::infinity(), largest = 0;
    for (Eigen::Index i = 0; i < diagonal.size(); ++i) {
        const R size = std::abs(std::real(diagonal[i]));
        if (size > 0) smallest = std::min(smallest, size);
        largest = std::max(largest, size);
    }
    if (largest == 0 || (smallest >= largest / ratio && largest <= safe_size<R> && largest >= 1 / safe_size<R>))
        return {};
    Equilibration scaling{std::vector<int>(diagonal.size(), 0), {}};
    for (Eigen::Index i = 0; i < diagonal.size(); ++i)
        if (std::real(diagonal[i]) != 0)
            scaling.rows[i] = -static_cast<int>(std::floor(exponent_of(std::real(diagonal[i])) / 2.0));
    scaling.columns = scaling.rows;
    return scaling;
}

template <Scalar T>
Equilibration symmetric_equilibration(Matrix<T> A) {
    // The diagonal with its stride would be copied: small matrices have no time for that.
    return diagonal_equilibration<T>(A.diagonal());
}

template <Scalar T>
Eigen::MatrixX<T> scaled(Matrix<T> A, const Equilibration& scaling) {
    Eigen::MatrixX<T> B = A;
    if (scaling.is_identity()) return B;
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i)
            B(i, j) = scale_by_power(A(i, j), (scaling.rows.empty() ? 0 : scaling.rows[i]) +
                                                  (scaling.columns.empty() ? 0 : scaling.columns[j]));
    return B;
}

template <Scalar T>
void scale_rows(Eigen::Ref<Eigen::MatrixX<T>> x, const std::vector<int>& exponents, int sign, int common) {
    if (exponents.empty() && common == 0) return;
    for (Eigen::Index j = 0; j < x.cols(); ++j)
        for (Eigen::Index i = 0; i < x.rows(); ++i)
            x(i, j) = scale_by_power(x(i, j), (exponents.empty() ? 0 : sign * exponents[i]) + common);
}

template <Scalar T>
Equilibration band_equilibration(Matrix<T> ab, int lower, int upper) {
    using R = Real<T>;
    const Eigen::Index n = ab.cols();
    Eigen::VectorX<R> rows = Eigen::VectorX<R>::Zero(n), columns = Eigen::VectorX<R>::Zero(n);
    const auto for_each_entry = [&](auto&& visit) {
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index i = std::max<Eigen::Index>(0, j - upper); i <= std::min(n - 1, j + lower); ++i)
                visit(i, j, ab(upper + i - j, j));
    };
    for_each_entry([&](Eigen::Index i, Eigen::Index j, T a) {
        rows[i] = std::max(rows[i], size_of(a));
        columns[j] = std::max(columns[j], size_of(a));
    });
    if (are_similar(rows, R(1024), safe_size<R>) && are_similar(columns, R(1024), safe_size<R>)) return {};
    Equilibration scaling{std::vector<int>(n, 0), std::vector<int>(n, INT_MIN)};
    for (Eigen::Index i = 0; i < n; ++i)
        if (rows[i] > 0) scaling.rows[i] = -exponent_of(rows[i]);
    for_each_entry([&](Eigen::Index i, Eigen::Index j, T a) {
        if (a != T(0)) scaling.columns[j] = std::max(scaling.columns[j], exponent_of(a) + scaling.rows[i]);
    });
    for (int& e : scaling.columns) e = e == INT_MIN ? 0 : -e;
    return scaling;
}

template <Scalar T>
std::vector<int> scale_right_hand_side(Eigen::Ref<Eigen::MatrixX<T>> b, const std::vector<int>& row_exponents) {
    constexpr int harmless = std::is_same_v<Real<T>, float> ? 30 : 300;
    std::vector<int> exponents(static_cast<std::size_t>(b.cols()), 0);
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
        int largest = INT_MIN;
        if (row_exponents.empty())
            largest = largest_exponent<T>(b.col(j));
        else
            for (Eigen::Index i = 0; i < b.rows(); ++i)
                if (b(i, j) != T(0)) largest = std::max(largest, exponent_of(b(i, j)) + row_exponents[i]);
        if (largest == INT_MIN || std::abs(largest) < harmless) largest = 0;
        exponents[j] = largest;
        scale_rows<T>(b.col(j), row_exponents, 1, -largest);
    }
    return exponents;
}

template <Scalar T>
void unscale_solution(Eigen::Ref<Eigen::MatrixX<T>> x, const std::vector<int>& row_exponents,
                      const std::vector<int>& column_exponents) {
    for (Eigen::Index j = 0; j < x.cols(); ++j) scale_rows<T>(x.col(j), row_exponents, 1, column_exponents[j]);
}

template <Scalar T>
int largest_exponent(Matrix<T> A) {
    Real<T> largest = 0;
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i) largest = std::max(largest, size_of(A(i, j)));
    return largest > 0 ? exponent_of(largest) : INT_MIN;
}

template <Scalar T>
void require_representable(Matrix<T> x, const char* who, const char* name) {
    if (x.allFinite()) return;
    for (Eigen::Index j = 0; j < x.cols(); ++j)
        for (Eigen::Index i = 0; i < x.rows(); ++i)
            if (!std::isfinite(std::abs(x(i, j))))
                throw LimitExceeded(std::string(who) + ": " + name + "(" + std::to_string(i) + ", " +
                                    std::to_string(j) + ") is too large for its type");
}

#define RITZ_INSTANTIATE(T)                                                                                     \
    template Equilibration equilibration<T>(Matrix<T>);                                                         \
    template Equilibration symmetric_equilibration<T>(Matrix<T>);                                               \
    template Equilibration diagonal_equilibration<T>(Vector<T>);                                                \
    template Eigen::MatrixX<T> scaled<T>(Matrix<T>, const Equilibration&);                                      \
    template void scale_rows<T>(Eigen::Ref<Eigen::MatrixX<T>>, const std::vector<int>&, int, int);              \
    template Equilibration band_equilibration<T>(Matrix<T>, int, int);                                          \
    template std::vector<int> scale_right_hand_side<T>(Eigen::Ref<Eigen::MatrixX<T>>, const std::vector<int>&); \
    template void unscale_solution<T>(Eigen::Ref<Eigen::MatrixX<T>>, const std::vector<int>&,                   \
                                      const std::vector<int>&);                                                 \
    template int largest_exponent<T>(Matrix<T>);                                                                \
    template void require_representable<T>(Matrix<T>, const char*, const char*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
