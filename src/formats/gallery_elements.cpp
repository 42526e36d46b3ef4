// SPDX-License-Identifier: BSD-3-Clause
// Finite elements assembled through Coo::add_block.
#include <Eigen/Core>
#include <Eigen/QR>
#include <array>
#include <cmath>

#include "formats/gallery_rows.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {

namespace {

using detail::checked_order;
using detail::require;

template <int d>
using Counts = std::array<Index, d>;

/// Stiffness of the multilinear element on the unit cube of dimension d: corner a has coordinate bit i of a in
/// direction i, unknown d·a + component.
template <int d>
Eigen::Matrix<double, d << d, d << d> element_stiffness(const Elasticity& material) {
    constexpr int corners = 1 << d;
    const double lambda =
        material.young * material.poisson / ((1 + material.poisson) * (1 - 2 * material.poisson));  // Lamé
    const double mu = material.young / (2 * (1 + material.poisson));
    Eigen::Matrix<double, d << d, d << d> K = Eigen::Matrix<double, d << d, d << d>::Zero();
    const double gauss[2] = {0.5 - 0.5 / std::sqrt(3.0), 0.5 + 0.5 / std::sqrt(3.0)};  // exact for cubics
    for (int q = 0; q < corners; ++q) {
        double gradient[corners][d];
        for (int a = 0; a < corners; ++a)
            for (int i = 0; i < d; ++i) {
                gradient[a][i] = 1;
                for (int k = 0; k < d; ++k) {
                    const double t = gauss[q >> k & 1];
                    const bool far = (a >> k & 1) != 0;
                    gradient[a][i] *= k == i ? (far ? 1 : -1) : (far ? t : 1 - t);
                }
            }
        for (int a = 0; a < corners; ++a)
            for (int b = 0; b < corners; ++b) {
                double dot = 0;
                for (int k = 0; k < d; ++k) dot += gradient[a][k] * gradient[b][k];
                for (int i = 0; i < d; ++i)
                    for (int j = 0; j < d; ++j)
                        K(d * a + i, d * b + j) += (lambda * gradient[a][i] * gradient[b][j] +
                                                    mu * gradient[a][j] * gradient[b][i] + (i == j ? mu * dot : 0)) /
                                                   corners;
            }
    }
    return 0.5 * (K + K.transpose());  // exactly symmetric
}

/// Number of a node, or -1 when it is clamped.
template <int d>
Index node_number(const Counts<d>& elements, const Counts<d>& place, bool clamped) {
    Index number = 0;
    for (int k = d - 1; k > 0; --k) number = number * (elements[k] + 1) + place[k];
    if (!clamped) return number * (elements[0] + 1) + place[0];
    return place[0] == 0 ? -1 : number * elements[0] + place[0] - 1;
}

template <int d>
Index node_count(const char* who, const Counts<d>& elements, bool clamped, std::int64_t factor) {
    for (Index n : elements) require(n >= 1, std::string(who) + ": sizes must be at least 1");
    const std::int64_t nx = std::int64_t{elements[0]} + (clamped ? 0 : 1);
    if constexpr (d == 2)
        return checked_order(who, {factor, nx, std::int64_t{elements[1]} + 1});
    else
        return checked_order(who, {factor, nx, std::int64_t{elements[1]} + 1, std::int64_t{elements[2]} + 1});
}

/// visit(place) for every place of a grid of the given counts, the first coordinate fastest.
template <int d, class Visit>
void for_each_place(const Counts<d>& counts, Visit&& visit) {
    Counts<d> place{};
    for (;;) {
        visit(place);
        int k = 0;
        while (k < d && ++place[static_cast<std::size_t>(k)] == counts[static_cast<std::size_t>(k)])
            place[static_cast<std::size_t>(k++)] = 0;
        if (k == d) return;
    }
}

template <int d>
Csr<double> elasticity(const char* who, const Counts<d>& elements, const Elasticity& material) {
    constexpr int corners = 1 << d;
    require(material.young > 0 && std::isfinite(material.young),
            std::string(who) + ": Young's modulus must be positive and finite");
    require(material.poisson > -1 && material.poisson < 0.5,
            std::string(who) + ": Poisson's ratio must lie in (-1, 0.5)");
    const Index order = node_count<d>(who, elements, material.clamped, d);
    const auto K = element_stiffness<d>(material);

    Coo<double> A(order, order);
    Offset count = 1;
    for (Index n : elements) count *= n;
    A.reserve(count * K.size());
    std::array<Index, d * corners> unknowns{};
    for_each_place<d>(elements, [&](const Counts<d>& place) {
        for (int a = 0; a < corners; ++a) {
            Counts<d> corner = place;
            for (int k = 0; k < d; ++k) corner[static_cast<std::size_t>(k)] += a >> k & 1;
            const Index node = node_number<d>(elements, corner, material.clamped);
            for (int i = 0; i < d; ++i) unknowns[static_cast<std::size_t>(d * a + i)] = node < 0 ? -1 : d * node + i;
        }
        A.add_block(unknowns, unknowns, VectorView<double>(K.data(), static_cast<std::size_t>(K.size())));
    });
    return to_csr(A);
}

template <int d>
Eigen::MatrixXd elasticity_coordinates(const char* who, const Counts<d>& elements, bool clamped) {
    Eigen::MatrixXd coordinates(node_count<d>(who, elements, clamped, 1), d);
    Counts<d> nodes = elements;
    for (Index& n : nodes) ++n;
    for_each_place<d>(nodes, [&](const Counts<d>& place) {
        const Index node = node_number<d>(elements, place, clamped);
        if (node < 0) return;
        for (int k = 0; k < d; ++k) coordinates(node, k) = place[static_cast<std::size_t>(k)];
    });
    return coordinates;
}

}  // namespace

Csr<double> elasticity2d(Index nx, Index ny, const Elasticity& material) {
    return elasticity<2>("elasticity2d", {nx, ny}, material);
}

Csr<double> elasticity3d(Index nx, Index ny, Index nz, const Elasticity& material) {
    return elasticity<3>("elasticity3d", {nx, ny, nz}, material);
}

Eigen::MatrixXd elasticity2d_coordinates(Index nx, Index ny, bool clamped) {
    return elasticity_coordinates<2>("elasticity2d_coordinates", {nx, ny}, clamped);
}

Eigen::MatrixXd elasticity3d_coordinates(Index nx, Index ny, Index nz, bool clamped) {
    return elasticity_coordinates<3>("elasticity3d_coordinates", {nx, ny, nz}, clamped);
}

Eigen::MatrixXd rigid_body_modes(const Eigen::Ref<const Eigen::MatrixXd>& coordinates) {
    const Eigen::Index points = coordinates.rows(), d = coordinates.cols();
    require(d == 2 || d == 3, "rigid_body_modes: coordinates must have 2 or 3 columns");
    require(points >= d && coordinates.allFinite(),
            "rigid_body_modes: coordinates must be finite and of at least 2 points in the plane, 3 in space");
    Eigen::MatrixXd centred = coordinates.rowwise() - coordinates.colwise().mean();
    const double extent = centred.cwiseAbs().maxCoeff();
    if (extent > 0) centred /= extent;

    const Eigen::Index modes = d == 2 ? 3 : 6;
    Eigen::MatrixXd B = Eigen::MatrixXd::Zero(d * points, modes);
    for (Eigen::Index p = 0; p < points; ++p) {
        const Eigen::Index row = d * p;
        for (Eigen::Index k = 0; k < d; ++k) B(row + k, k) = 1;  // translations
        Eigen::Index mode = d;
        for (Eigen::Index k = 0; k < d; ++k)  // rotations in the plane of two axes
            for (Eigen::Index l = k + 1; l < d; ++l, ++mode) {
                B(row + k, mode) = -centred(p, l);
                B(row + l, mode) = centred(p, k);
            }
    }
    const Eigen::HouseholderQR<Eigen::MatrixXd> qr(B);
    const Eigen::VectorXd r = qr.matrixQR().diagonal().cwiseAbs();
    require(r.minCoeff() > 1e-12 * r.maxCoeff(),
            "rigid_body_modes: the points must not all be equal, and in space not all on a line");
    return qr.householderQ() * Eigen::MatrixXd::Identity(d * points, modes);
}

Csr<double> wathen(Index nx, Index ny, std::uint64_t seed) {
    require(nx >= 1 && ny >= 1, "wathen: sizes must be at least 1");
    const std::int64_t elements = checked_order("wathen", {nx, ny});
    const Index order = checked_order("wathen", {3 * elements + 2 * std::int64_t{nx} + 2 * std::int64_t{ny} + 1});

    // 45 times the mass matrix of the element [-1, 1]²; nodes counterclockwise from a corner, corners and midpoints in
    // turn. A row depends on the kind of the node and on how far along the circle the other one is.
    constexpr double corner[8] = {6, -6, 2, -8, 3, -8, 2, -6}, middle[8] = {32, -6, 20, -8, 16, -8, 20, -6};
    std::array<double, 64> mass{}, block{};
    for (std::size_t p = 0; p < 8; ++p)
        for (std::size_t q = 0; q < 8; ++q) mass[p + 8 * q] = (p % 2 == 0 ? corner : middle)[(q + 8 - p) % 8] / 45;

    Coo<double> A(order, order);
    A.reserve(64 * elements);
    Random random(seed);
    const Index stride = 3 * nx + 2;  // a row of corners and midpoints, and the midpoints above it
    for (Index y = 0; y < ny; ++y)
        for (Index x = 0; x < nx; ++x) {
            const Index bottom = y * stride + 2 * x, middle_row = y * stride + 2 * nx + 1 + x, top = bottom + stride;
            const std::array<Index, 8> nodes = {bottom,  bottom + 1, bottom + 2, middle_row + 1,
                                                top + 2, top + 1,    top,        middle_row};
            const double density = random.uniform(0, 100);
            for (std::size_t k = 0; k < 64; ++k) block[k] = density * mass[k];
            A.add_block(nodes, nodes, block);
        }
    return to_csr(A);
}

}  // namespace ritz
