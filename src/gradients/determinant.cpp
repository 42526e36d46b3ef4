// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/determinant.hpp"

#include <cmath>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lu.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::gradients {

namespace detail {

namespace {

/// adj(A) = det(U) det(Vᴴ) V adj(Σ) Uᴴ with adj(Σ)ᵢᵢ = Π_{j≠i} σⱼ.
template <Scalar T>
Eigen::MatrixX<T> adjugate_by_svd(linalg::Matrix<T> A) {
    const auto [U, s, Vh] = linalg::svd(A);
    const Eigen::Index n = s.size();
    // Mantissas and exponents apart: a product of the others may be moderate where parts of it overflow.
    Eigen::VectorX<T> cofactors(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        double mantissa = 1;
        long exponent = 0;
        for (Eigen::Index j = 0; j < n; ++j) {
            if (j == i) continue;
            int shift = 0;
            mantissa = std::frexp(mantissa * double(s(j)), &shift);
            exponent += shift;
        }
        const int limited = static_cast<int>(std::clamp(exponent, -100'000L, 100'000L));
        cofactors(i) = T(static_cast<Real<T>>(std::ldexp(mantissa, limited)));
    }
    const T phase = linalg::det(U) * linalg::det(Vh);
    return (Vh.adjoint() * (phase * cofactors).asDiagonal()) * U.adjoint();
}

}  // namespace

template <Scalar T>
DetForward<T> det(linalg::Matrix<T> A) {
    linalg::detail::require_square(A.rows(), A.cols(), "gradients::det", "A");
    linalg::detail::require_finite<T>(A, "gradients::det", "A");
    const Eigen::Index n = A.rows();
    const char* who = "gradients::det";
    const T d = linalg::det(A, {.on_ill_conditioned = linalg::OnIllConditioned::accept});
    if (n == 0) return {d, Eigen::MatrixX<T>(0, 0)};
    try {
        const linalg::LuFactor<T> factor = linalg::lu_factor(A);
        const bool representable = std::abs(d) >= std::numeric_limits<Real<T>>::min() && std::isfinite(std::abs(d));
        if (representable && factor.rcond() > std::sqrt(epsilon<T>)) {
            Eigen::MatrixX<T> adjugate = linalg::lu_solve(factor, Eigen::MatrixX<T>::Identity(n, n)) * d;
            if (adjugate.allFinite()) return {d, std::move(adjugate)};
        }
    } catch (const SingularMatrix&) {
    } catch (const IllConditioned&) {
    }
    return {d, finite(adjugate_by_svd<T>(A), who)};
}

template <Scalar T>
SlogdetForward<T> slogdet(linalg::Matrix<T> A) {
    Eigen::MatrixX<T> inverse = linalg::inv(A);
    const auto [sign, logabsdet] = linalg::slogdet(A);
    return {sign, logabsdet, std::move(inverse)};
}

namespace {
/// tr(B Ȧ)
template <Scalar T>
T trace_of_product(const Eigen::MatrixX<T>& B, const linalg::Matrix<T>& A_dot) {
    return B.transpose().cwiseProduct(A_dot).sum();
}
}  // namespace

}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const DetForward<T>& f, std::type_identity_t<T> det_bar) {
    const char* who = "gradients::vjp(det)";
    detail::require_shape<T>(Eigen::VectorX<T>::Constant(1, det_bar), 1, 1, who, "det_bar");
    return detail::finite(Eigen::MatrixX<T>(det_bar * f.adjugate.adjoint()), who);
}

template <Scalar T>
T jvp(const DetForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    detail::require_shape<T>(A_dot, f.adjugate.rows(), f.adjugate.cols(), "gradients::jvp(det)", "A_dot");
    return detail::trace_of_product<T>(f.adjugate, A_dot);
}

template <Scalar T>
Eigen::MatrixX<T> vjp(const SlogdetForward<T>& f, const std::type_identity_t<SlogdetTangent<T>>& bar) {
    const char* who = "gradients::vjp(slogdet)";
    detail::require_shape<T>(Eigen::VectorX<T>::Constant(1, bar.sign + T(bar.logabsdet)), 1, 1, who, "the cotangent");
    T weight = T(bar.logabsdet);
    if constexpr (is_complex<T>) weight += T(0, (bar.sign * std::conj(f.sign)).imag());
    return detail::finite(Eigen::MatrixX<T>(weight * f.inverse.adjoint()), who);
}

template <Scalar T>
SlogdetTangent<T> jvp(const SlogdetForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot) {
    detail::require_shape<T>(A_dot, f.inverse.rows(), f.inverse.cols(), "gradients::jvp(slogdet)", "A_dot");
    const T t = detail::trace_of_product<T>(f.inverse, A_dot);
    if constexpr (is_complex<T>)
        return {T(0, t.imag()) * f.sign, t.real()};
    else
        return {T(0), t};
}

#define RITZ_INSTANTIATE(T)                                                                \
    template DetForward<T> detail::det<T>(linalg::Matrix<T>);                              \
    template Eigen::MatrixX<T> vjp<T>(const DetForward<T>&, T);                            \
    template T jvp<T>(const DetForward<T>&, linalg::Matrix<T>);                            \
    template SlogdetForward<T> detail::slogdet<T>(linalg::Matrix<T>);                      \
    template Eigen::MatrixX<T> vjp<T>(const SlogdetForward<T>&, const SlogdetTangent<T>&); \
    template SlogdetTangent<T> jvp<T>(const SlogdetForward<T>&, linalg::Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
