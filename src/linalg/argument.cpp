// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/argument.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"

namespace ritz::linalg::detail {

namespace {

std::string shape(Eigen::Index rows, Eigen::Index cols) {
    return std::to_string(rows) + " x " + std::to_string(cols);
}

template <Scalar T>
bool is_finite(T value) {
    if constexpr (is_complex<T>)
        return std::isfinite(value.real()) && std::isfinite(value.imag());
    else
        return std::isfinite(value);
}

template <class R>
const char* not_finite_name(R value) {
    return std::isnan(value) ? "nan" : "infinite";
}
template <class R>
const char* not_finite_name(std::complex<R> value) {
    return std::isnan(value.real()) || std::isnan(value.imag()) ? "nan" : "infinite";
}

}  // namespace

template <Scalar T>
void require_finite(Matrix<T> A, const char* who, const char* name) {
    using R = Real<T>;
    constexpr Eigen::Index parts = is_complex<T> ? 2 : 1;
    // 0 · x is NaN for exactly the numbers that are not finite, and the loop is one of plain vector instructions.
    for (Eigen::Index j = 0; j < A.cols(); ++j) {
        const R* column = reinterpret_cast<const R*>(A.data() + j * A.outerStride());
        R sum = 0;
#pragma omp simd reduction(+ : sum)
        for (Eigen::Index k = 0; k < parts * A.rows(); ++k) sum += column[k] * R(0);
        if (sum == 0) continue;
        for (Eigen::Index i = 0; i < A.rows(); ++i) {
            if (is_finite(A(i, j))) continue;
            const std::string place = A.cols() == 1 ? std::to_string(i) : std::to_string(i) + ", " + std::to_string(j);
            throw InvalidArgument(std::string(who) + ": " + name + "(" + place + ") is " + not_finite_name(A(i, j)));
        }
    }
}

void require_square(Eigen::Index rows, Eigen::Index cols, const char* who, const char* name, const char* hint) {
    if (rows == cols) return;
    throw InvalidArgument(std::string(who) + ": " + name + " is " + shape(rows, cols) + ", but must be square" +
                          (*hint ? std::string("; ") + hint : std::string()));
}

void require_same_rows(Eigen::Index a_rows, Eigen::Index a_cols, Eigen::Index b_rows, Eigen::Index b_cols,
                       const char* who) {
    if (a_rows == b_rows) return;
    throw InvalidArgument(std::string(who) + ": A is " + shape(a_rows, a_cols) + ", but b is " + shape(b_rows, b_cols) +
                          ": their rows must be equal in number");
}

#define RITZ_INSTANTIATE(T) template void require_finite<T>(Matrix<T>, const char*, const char*);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
