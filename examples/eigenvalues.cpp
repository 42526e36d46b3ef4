// SPDX-License-Identifier: BSD-3-Clause
// The lowest natural vibrations of an elastic bar that is held at both ends: K v = λ M v with linear finite elements,
// λ the square of an angular frequency. A frequency that is missed may be the one that breaks the bar, so the answer
// comes with a proof that there is no other.
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <ritz/ritz.hpp>

namespace {

constexpr ritz::Index elements = 2000;
constexpr double length = 1;    // m
constexpr double speed = 5000;  // of sound in steel, √(E/ρ), m/s
constexpr double pi = std::numbers::pi;

}  // namespace

int main() {
    const ritz::Index n = elements - 1;  // nodes that move
    const double h = length / elements;
    constexpr std::array stiffness{1.0, -1.0, -1.0, 1.0}, mass{2.0, 1.0, 1.0, 2.0};
    std::array<double, 4> K_element{}, M_element{};
    for (std::size_t i = 0; i < 4; ++i) {
        K_element[i] = speed * speed / h * stiffness[i];
        M_element[i] = h / 6 * mass[i];
    }

    ritz::Coo<double> K_builder(n, n), M_builder(n, n);
    for (ritz::Index e = 0; e < elements; ++e) {
        const std::array nodes{e - 1, e < n ? e : -1};  // -1: held, so its row and column are left out
        K_builder.add_block(nodes, nodes, K_element);
        M_builder.add_block(nodes, nodes, M_element);
    }
    const ritz::Csr<double> K = ritz::to_csr(K_builder), M = ritz::to_csr(M_builder);

    const auto modes =
        ritz::eigsh(ritz::CsrView<double>(K), ritz::CsrView<double>(M), 6,
                    {.which = ritz::Which::smallest_algebraic, .completeness = ritz::Completeness::prove});

    std::printf("%d unknowns, method %s, status %s\n", n, modes.report.method.c_str(),
                std::string(name(modes.report.status)).c_str());
    double worst = 0;
    for (Eigen::Index i = 0; i < modes.values.size(); ++i) {
        const double frequency = std::sqrt(modes.values[i]) / (2 * pi);
        const double exact = static_cast<double>(i + 1) * speed / (2 * length);  // of the continuous bar
        worst = std::max(worst, std::abs(frequency - exact) / exact);
        std::printf("%9.3f Hz, the continuous bar has %9.3f Hz; eigenvalue right to %.0e\n", frequency, exact,
                    modes.error_bounds[i] / modes.values[i]);
    }
    std::printf("largest difference from the continuous bar: %.1e\n", worst);
    if (modes.report.proof)
        std::printf("proved: %d frequencies below %.0f Hz, by %s\n", modes.report.proof->count,
                    std::sqrt(modes.report.proof->shift) / (2 * pi), modes.report.proof->by.c_str());
}
