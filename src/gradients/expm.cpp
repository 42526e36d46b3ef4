// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/expm.hpp"

#include <cmath>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/matrix_functions.hpp"

namespace ritz::gradients {

namespace {

/// L(A, E) by way of an E of norm near one.
template <Scalar T>
Eigen::MatrixX<T> frechet(const Eigen::MatrixX<T>& A, const linalg::Matrix<T>& E, const char* who) {
    using R = Real<T>;
    const R largest = E.size() ? E.cwiseAbs().maxCoeff() : R(0);
    if (largest == R(0)) return Eigen::MatrixX<T>::Zero(A.rows(), A.cols());
    int exponent = 0;
    std::frexp(largest, &exponent);
    const R half_up = std::ldexp(R(1), exponent / 2), rest_up = std::ldexp(R(1), exponent - exponent / 2);
    const Eigen::MatrixX<T> scaled = (E / half_up) / rest_up;
    const auto derivative = linalg::expm_frechet(A, scaled);
    return detail::finite(Eigen::MatrixX<T>((derivative.expm_frechet_AE * half_up) * rest_up), who);
}

}  // namespace

namespace detail {
template <Scalar T>
ExpmForward<T> expm(linalg::Matrix<T> A) {
    return {linalg::expm(A), A};
}
}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const ExpmForward<T>& f, std::type_identity_t<linalg::Matrix<T>> Y_bar) {
    const char* who = "gradients::vjp(expm)";
    detail::require_shape<T>(Y_bar, f.A.rows(), f.A.cols(), who, "Y_bar");
    return frechet<T>(f.A.adjoint(), Y_bar, who);
}

template <Scalar T>
Eigen::MatrixX<T> jvp(const ExpmForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    const char* who = "gradients::jvp(expm)";
    detail::require_shape<T>(A_dot, f.A.rows(), f.A.cols(), who, "A_dot");
    return frechet<T>(f.A, A_dot, who);
}

#define RITZ_INSTANTIATE(T)                                                      \
    template ExpmForward<T> detail::expm<T>(linalg::Matrix<T>);                  \
    template Eigen::MatrixX<T> vjp<T>(const ExpmForward<T>&, linalg::Matrix<T>); \
    template Eigen::MatrixX<T> jvp<T>(const ExpmForward<T>&, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
