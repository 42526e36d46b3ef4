// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/rotations.hpp"

#include <numbers>

#include "core/instantiate.hpp"
#include "ml/dense.hpp"
#include "ritz/core/random.hpp"
#include "ritz/linalg/lu.hpp"
#include "ritz/linalg/qr.hpp"

namespace ritz::ml {

namespace detail {

template <std::floating_point R>
Eigen::Matrix3<R> rotation3d(const Eigen::Vector3<R>& axis, R angle) {
    require_finite<R>(axis, "rotation3d", "axis");
    require(std::isfinite(angle), "rotation3d: the angle must be finite");
    const R largest = largest_part(axis);
    require(largest > 0, "rotation3d: the axis is zero and has no direction");
    Eigen::Vector3<R> a = axis * power_of_two<R>(-binary_exponent(largest));
    a /= a.norm();
    const R c = std::cos(angle), s = std::sin(angle), half = std::sin(angle / 2);
    const R one_minus_c = 2 * half * half;  // no cancellation for small angles
    Eigen::Matrix3<R> Q = one_minus_c * a * a.transpose();
    Q.diagonal().array() += c;
    Q(0, 1) -= s * a[2], Q(1, 0) += s * a[2];
    Q(0, 2) += s * a[1], Q(2, 0) -= s * a[1];
    Q(1, 2) -= s * a[0], Q(2, 1) += s * a[0];
    return Q;
}

template <Scalar T>
bool is_orthogonal(linalg::Matrix<T> Q, bool proper, double tolerance) {
    const Eigen::Index n = Q.rows();
    if (n != Q.cols() || !Q.allFinite()) return false;
    if (n == 0) return true;
    if (largest_part(Q) > 2) return false;  // and no square overflows
    const double limit =
        tolerance > 0 ? tolerance : 5 * double(std::max<Eigen::Index>(n, 4)) * std::numeric_limits<Real<T>>::epsilon();
    const Eigen::MatrixX<T> E =
        gram_of_columns<T>(Q, "is_orthogonal") - Eigen::MatrixX<T>(Eigen::MatrixX<T>::Identity(n, n));
    if (double(E.cwiseAbs().maxCoeff()) > limit) return false;
    return !proper || std::real(linalg::slogdet(Q).sign) > 0;
}

}  // namespace detail

template <std::floating_point R>
AxisAngle<R> axis_angle(const Eigen::Matrix3<R>& Q) {
    detail::require(is_rotation(Q, 1e3 * std::numeric_limits<R>::epsilon()), "axis_angle: Q is not a rotation");
    // v = 2 sin θ a and tr Q − 1 = 2 cos θ.
    const Eigen::Vector3<R> v(Q(2, 1) - Q(1, 2), Q(0, 2) - Q(2, 0), Q(1, 0) - Q(0, 1));
    const R angle = std::atan2(v.norm(), Q.trace() - 1);
    if (Q.trace() > 0) return {v.norm() > 0 ? v.normalized().eval() : Eigen::Vector3<R>::UnitX().eval(), angle};
    // Towards π v vanishes; (Q + Qᵀ)/2 − cos θ I = (1 − cos θ) a aᵀ does not.
    Eigen::Matrix3<R> S = (Q + Q.transpose()) / 2;
    S.diagonal().array() -= std::cos(angle);
    Eigen::Index k = 0;
    S.diagonal().maxCoeff(&k);
    Eigen::Vector3<R> axis = S.col(k).normalized();
    if (axis.dot(v) < 0) axis = -axis;
    return {axis, angle};
}

template <Scalar T>
Eigen::MatrixX<T> random_orthogonal(Eigen::Index n, std::uint64_t seed) {
    using R = Real<T>;
    detail::require(n >= 0, "random_orthogonal: n must not be negative");
    Random random(seed);
    Eigen::MatrixX<T> G(n, n);
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = 0; i < n; ++i) {
            if constexpr (is_complex<T>) {
                const R real = R(random.normal());
                G(i, j) = {real, R(random.normal())};
            } else {
                G(i, j) = R(random.normal());
            }
        }
    auto [Q, R_factor] = linalg::qr(G);
    for (Eigen::Index j = 0; j < n; ++j)
        if (const R modulus = std::abs(R_factor(j, j)); modulus > 0) Q.col(j) *= R_factor(j, j) / modulus;
    return Q;
}

template <std::floating_point R>
Eigen::MatrixX<R> random_rotation(Eigen::Index n, std::uint64_t seed) {
    Eigen::MatrixX<R> Q = random_orthogonal<R>(n, seed);
    if (n > 0 && linalg::slogdet(Q).sign < 0) Q.col(n - 1) = -Q.col(n - 1);
    return Q;
}

#define RITZ_INSTANTIATE(T)                                                  \
    template bool detail::is_orthogonal<T>(linalg::Matrix<T>, bool, double); \
    template Eigen::MatrixX<T> random_orthogonal<T>(Eigen::Index, std::uint64_t);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
#define RITZ_INSTANTIATE(R)                                                        \
    template Eigen::Matrix3<R> detail::rotation3d<R>(const Eigen::Vector3<R>&, R); \
    template AxisAngle<R> axis_angle<R>(const Eigen::Matrix3<R>&);                 \
    template Eigen::MatrixX<R> random_rotation<R>(Eigen::Index, std::uint64_t);
RITZ_INSTANTIATE(float)
RITZ_INSTANTIATE(double)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml
