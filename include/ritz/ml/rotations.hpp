// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Rotations of the plane and of space, and random ones in any dimension, uniform in the sense of Haar.

#include <cmath>
#include <concepts>
#include <cstdint>

#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

/// [cos θ, −sin θ; sin θ, cos θ]: counterclockwise by θ radians.
template <std::floating_point R>
[[nodiscard]] Eigen::Matrix2<R> rotation2d(R angle) {
    const R c = std::cos(angle), s = std::sin(angle);
    return (Eigen::Matrix2<R>() << c, -s, s, c).finished();
}

namespace detail {
template <std::floating_point R>
Eigen::Matrix3<R> rotation3d(const Eigen::Vector3<R>& axis, R angle);
template <Scalar T>
bool is_orthogonal(linalg::Matrix<T> Q, bool proper, double tolerance);
}  // namespace detail

/// cos θ I + sin θ [a]ₓ + (1 − cos θ) a aᵀ, a = axis/‖axis‖₂: by θ radians about the axis, by the right-hand rule.
/// \throws InvalidArgument if the axis is not three finite real numbers, or zero.
/// \ref O. Rodrigues, J. Math. Pures Appl. 5 (1840) 380-440.
template <linalg::Dense A>
requires(!is_complex<linalg::ScalarOf<A>>)
    [[nodiscard]] Eigen::Matrix3<linalg::ScalarOf<A>> rotation3d(const A& axis,
                                                                 std::type_identity_t<linalg::ScalarOf<A>> angle) {
    using R = linalg::ScalarOf<A>;
    static_assert(A::IsVectorAtCompileTime, "the axis is a vector");
    ritz::detail::require(axis.size() == 3, "rotation3d: the axis must have three elements");
    return detail::rotation3d<R>(linalg::detail::as<R>(axis), angle);
}

/// The axis (of length 1) and the angle in [0, π] of a rotation of space; the axis of the identity is (1, 0, 0).
template <std::floating_point R>
struct [[nodiscard]] AxisAngle {
    Eigen::Vector3<R> axis;
    R angle;
};
/// \throws InvalidArgument if Q is not a rotation (is_rotation).
template <std::floating_point R>
AxisAngle<R> axis_angle(const Eigen::Matrix3<R>& Q);

/// An n × n orthogonal (unitary) matrix, uniformly distributed over all: Q of the QR factorisation of a matrix of
/// normal numbers, its columns times the phases that make diag R positive. 4n³/3 flops; the same seed, the same matrix.
/// \throws InvalidArgument if n < 0.
/// \ref F. Mezzadri, How to generate random matrices from the classical compact groups, Notices AMS 54 (2007) 592-604;
///      G. W. Stewart, SIAM J. Numer. Anal. 17 (1980) 403-409.
template <Scalar T = double>
[[nodiscard]] Eigen::MatrixX<T> random_orthogonal(Eigen::Index n, std::uint64_t seed);

/// An n × n rotation, uniformly distributed: the above with its last column times det. n³ more flops for det.
template <std::floating_point R = double>
[[nodiscard]] Eigen::MatrixX<R> random_rotation(Eigen::Index n, std::uint64_t seed);

/// max |QᴴQ − I| ≤ tolerance; by default 10 max(n, 4) u. False for a matrix that is not square.
template <linalg::Dense A>
[[nodiscard]] bool is_orthogonal(const A& Q, double tolerance = 0) {
    using T = linalg::ScalarOf<A>;
    return detail::is_orthogonal<T>(linalg::detail::as<T>(Q), false, tolerance);
}
/// The same and det Q > 0 (of real matrices).
template <linalg::Dense A>
requires(!is_complex<linalg::ScalarOf<A>>) [[nodiscard]] bool is_rotation(const A& Q, double tolerance = 0) {
    using T = linalg::ScalarOf<A>;
    return detail::is_orthogonal<T>(linalg::detail::as<T>(Q), true, tolerance);
}

}  // namespace ritz::ml
