// SPDX-License-Identifier: BSD-3-Clause
// Probabilities and logarithms of sums of exponentials that overflow or vanish when they are computed as written.
#include <cstdio>
#include <ritz/ritz.hpp>

int main() {
    const Eigen::Vector3d logits(1000, 1001, 1002);
    const Eigen::VectorXd p = ritz::ml::softmax(logits);
    std::printf("softmax %.6f %.6f %.6f\n", p[0], p[1], p[2]);
    std::printf("logsumexp %.6f\n", ritz::ml::logsumexp(logits));
    std::printf("log_softmax %.6f\n", ritz::ml::log_softmax(Eigen::Vector2d(0, -2000))[1]);
    std::printf("log(1 + exp(-40)) = %.3e\n", ritz::ml::logsumexp(Eigen::Vector2d(0, -40)));
}
