// SPDX-License-Identifier: BSD-3-Clause
// Rotations by axis and angle, and random ones that favour no direction.
#include <cmath>
#include <cstdio>
#include <numbers>
#include <ritz/ritz.hpp>

int main() {
    const Eigen::Matrix3d Q = ritz::ml::rotation3d(Eigen::Vector3d(1, 1, 1), 2 * std::numbers::pi / 3);
    const Eigen::Vector3d turned = Q * Eigen::Vector3d(1, 2, 3);  // a third of a turn about the diagonal: a cycle
    std::printf("(1, 2, 3) becomes (%.0f, %.0f, %.0f)\n", turned[0], turned[1], turned[2]);
    const auto [axis, angle] = ritz::ml::axis_angle<double>(Q);
    std::printf("axis (%.4f, %.4f, %.4f), angle %.4f\n", axis[0], axis[1], axis[2], angle);

    double trace = 0, square = 0;
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        const double t = ritz::ml::random_rotation(3, seed).trace();
        trace += t / 4000, square += t * t / 4000;
    }
    std::printf("random rotations: mean trace 0 and mean square 1 within 0.1: %s\n",
                std::abs(trace) < 0.1 && std::abs(square - 1) < 0.1 ? "yes" : "no");
    std::printf("500 x 500 is a rotation: %s\n",
                ritz::ml::is_rotation(ritz::ml::random_rotation(500, 1)) ? "yes" : "no");
}
