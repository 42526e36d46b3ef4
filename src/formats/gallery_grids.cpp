// SPDX-License-Identifier: BSD-3-Clause
// Difference, volume and element discretisations on regular grids.
#include <algorithm>
#include <cmath>

#include "formats/gallery_rows.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {

namespace {

using detail::checked_order;
using detail::csr_from_rows;
using detail::require;

/// Coefficients of a seven-point stencil at one grid point, the neighbours' as they are stored (mostly negative).
struct Stencil {
    double centre, west, east, south, north, down, up;
};

/// The matrix of stencil(x, y, z) on an nx × ny × nz grid; neighbours outside the grid are left out.
template <class PointStencil>
Csr<double> grid_matrix(Index order, Index nx, Index ny, Index nz, PointStencil&& stencil) {
    const Index plane = nx * ny;
    return csr_from_rows<double>(order, order, [=](Index i, auto&& emit) {
        const Index x = i % nx, y = i / nx % ny, z = i / plane;
        const Stencil s = stencil(x, y, z);
        if (z > 0) emit(i - plane, s.down);
        if (y > 0) emit(i - nx, s.south);
        if (x > 0) emit(i - 1, s.west);
        emit(i, s.centre);
        if (x + 1 < nx) emit(i + 1, s.east);
        if (y + 1 < ny) emit(i + nx, s.north);
        if (z + 1 < nz) emit(i + plane, s.up);
    });
}

/// Coefficients in the cells of a coarse checkerboard, 8 a side.
class Checkerboard {
public:
    Checkerboard(int dimension, double contrast, std::uint64_t seed) {
        Random random(seed);
        const int cells = dimension == 2 ? 64 : 512;
        for (int c = 0; c < cells; ++c) kappa_[c] = random.uniform() < 0.5 ? 1.0 : contrast;
    }
    /// At cell (x, y, z) of an nx × ny × nz grid.
    double at(Index x, Index y, Index z, Index nx, Index ny, Index nz) const {
        const auto coarse = [](Index p, Index n) { return static_cast<int>(std::int64_t{8} * p / n); };
        return kappa_[coarse(x, nx) + 8 * coarse(y, ny) + 64 * (nz == 1 ? 0 : coarse(z, nz))];
    }

private:
    double kappa_[512];
};

Csr<double> jumping_diffusion(const char* who, Index nx, Index ny, Index nz, int dimension, double contrast,
                              std::uint64_t seed) {
    const Index order = checked_order(who, {nx, ny, nz});
    require(contrast > 0 && std::isfinite(contrast), std::string(who) + ": contrast must be positive and finite");
    const Checkerboard kappa(dimension, contrast, seed);
    return grid_matrix(order, nx, ny, nz, [=, &kappa](Index x, Index y, Index z) {
        const auto k = [&](Index p, Index q, Index r) { return kappa.at(p, q, r, nx, ny, nz); };
        const double here = k(x, y, z);
        // Cells meet in a face at distance 1: harmonic mean. A wall is at distance 1/2.
        const auto face = [&](bool inside, Index p, Index q, Index r) {
            if (!inside) return 2 * here;
            const double there = k(p, q, r);
            return 2 / (1 / here + 1 / there);
        };
        const double w = face(x > 0, x - 1, y, z), e = face(x + 1 < nx, x + 1, y, z);
        const double s = face(y > 0, x, y - 1, z), n = face(y + 1 < ny, x, y + 1, z);
        double d = 0, u = 0;
        if (dimension == 3) {
            d = face(z > 0, x, y, z - 1);
            u = face(z + 1 < nz, x, y, z + 1);
        }
        return Stencil{w + e + s + n + d + u, -w, -e, -s, -n, -d, -u};
    });
}

Csr<double> convection_diffusion(const char* who, Index nx, Index ny, Index nz, int dimension, double diffusion,
                                 Wind wind) {
    const Index order = checked_order(who, {nx, ny, nz});
    require(diffusion > 0 && std::isfinite(diffusion), std::string(who) + ": diffusion must be positive and finite");
    const double hx = 1 / (nx + 1.0), hy = 1 / (ny + 1.0), hz = 1 / (nz + 1.0);
    return grid_matrix(order, nx, ny, nz, [=](Index x, Index y, Index z) {
        (void)z;
        double wx, wy, wz;
        if (wind == Wind::constant) {
            const double length = std::sqrt(dimension == 2 ? 5.0 : 14.0);
            wx = 1 / length, wy = 2 / length, wz = dimension == 2 ? 0 : 3 / length;
        } else {
            const double X = 2 * (x + 1) * hx - 1, Y = 2 * (y + 1) * hy - 1;
            wx = 2 * Y * (1 - X * X), wy = -2 * X * (1 - Y * Y), wz = 0;
        }
        // One direction, times hx²: diffusion both ways, convection from where the wind comes.
        const auto before = [=](double w, double h) {
            return (hx / h) * (hx / h) * (diffusion + std::max(w, 0.0) * h);
        };
        const auto after = [=](double w, double h) {
            return (hx / h) * (hx / h) * (diffusion + std::max(-w, 0.0) * h);
        };
        const double w = before(wx, hx), e = after(wx, hx), s = before(wy, hy), n = after(wy, hy);
        const double d = dimension == 2 ? 0 : before(wz, hz), u = dimension == 2 ? 0 : after(wz, hz);
        return Stencil{w + e + s + n + d + u, -w, -e, -s, -n, -d, -u};
    });
}

}  // namespace

Csr<double> poisson1d(Index n) {
    return grid_matrix(checked_order("poisson1d", {n}), n, 1, 1,
                       [](Index, Index, Index) { return Stencil{2, -1, -1, -1, -1, -1, -1}; });
}

Csr<double> poisson2d(Index nx, Index ny) {
    return grid_matrix(checked_order("poisson2d", {nx, ny}), nx, ny, 1,
                       [](Index, Index, Index) { return Stencil{4, -1, -1, -1, -1, -1, -1}; });
}

Csr<double> poisson3d(Index nx, Index ny, Index nz) {
    return grid_matrix(checked_order("poisson3d", {nx, ny, nz}), nx, ny, nz,
                       [](Index, Index, Index) { return Stencil{6, -1, -1, -1, -1, -1, -1}; });
}

Csr<double> anisotropic_diffusion2d(Index nx, Index ny, double epsilon, double theta) {
    const Index order = checked_order("anisotropic_diffusion2d", {nx, ny});
    require(epsilon > 0 && std::isfinite(epsilon) && std::isfinite(theta),
            "anisotropic_diffusion2d: epsilon must be positive and finite, theta finite");
    const double c = std::cos(theta), s = std::sin(theta);
    const double kxx = c * c + epsilon * s * s, kxy = (1 - epsilon) * c * s, kyy = epsilon * c * c + s * s;
    // Tensor products of the stiffness (-1, 2, -1), mass (1, 4, 1)/6 and derivative (-1, 0, 1)/2 of linear elements.
    double stencil[3][3];
    for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
            const auto stiffness = [](int d) { return d == 0 ? 2.0 : -1.0; };
            const auto mass = [](int d) { return d == 0 ? 4.0 : 1.0; };
            stencil[dy + 1][dx + 1] =
                (kxx * stiffness(dx) * mass(dy) + kyy * mass(dx) * stiffness(dy)) / 6 - kxy * (dx * dy) / 2;
        }
    return csr_from_rows<double>(order, order, [=](Index i, auto&& emit) {
        const Index x = i % nx, y = i / nx;
        for (Index dy = y > 0 ? -1 : 0; dy <= (y + 1 < ny ? 1 : 0); ++dy)
            for (Index dx = x > 0 ? -1 : 0; dx <= (x + 1 < nx ? 1 : 0); ++dx)
                emit(i + dx + nx * dy, stencil[dy + 1][dx + 1]);
    });
}

Csr<double> jumping_diffusion2d(Index nx, Index ny, double contrast, std::uint64_t seed) {
    return jumping_diffusion("jumping_diffusion2d", nx, ny, 1, 2, contrast, seed);
}

Csr<double> jumping_diffusion3d(Index nx, Index ny, Index nz, double contrast, std::uint64_t seed) {
    return jumping_diffusion("jumping_diffusion3d", nx, ny, nz, 3, contrast, seed);
}

Csr<double> convection_diffusion2d(Index nx, Index ny, double diffusion, Wind wind) {
    return convection_diffusion("convection_diffusion2d", nx, ny, 1, 2, diffusion, wind);
}

Csr<double> convection_diffusion3d(Index nx, Index ny, Index nz, double diffusion, Wind wind) {
    return convection_diffusion("convection_diffusion3d", nx, ny, nz, 3, diffusion, wind);
}

Csr<double> helmholtz2d(Index nx, Index ny, double wavenumber) {
    require(std::isfinite(wavenumber), "helmholtz2d: the wave number must be finite");
    const Index order = checked_order("helmholtz2d", {nx, ny});
    const double kh = wavenumber / (nx + 1.0), centre = 4 - kh * kh;
    return grid_matrix(order, nx, ny, 1, [=](Index, Index, Index) { return Stencil{centre, -1, -1, -1, -1, -1, -1}; });
}

Csr<std::complex<double>> helmholtz2d_absorbing(Index nx, Index ny, double wavenumber) {
    require(nx >= 2 && ny >= 2, "helmholtz2d_absorbing: sizes must be at least 2");
    require(std::isfinite(wavenumber), "helmholtz2d_absorbing: the wave number must be finite");
    const Index order = checked_order("helmholtz2d_absorbing", {nx, ny});
    const double kh = wavenumber / (nx - 1.0);
    // Finite volumes: cells of boundary points are halved, and so are the faces between them.
    return csr_from_rows<std::complex<double>>(order, order, [=](Index i, auto&& emit) {
        const Index x = i % nx, y = i / nx;
        const bool at_x = x == 0 || x == nx - 1, at_y = y == 0 || y == ny - 1;
        const double wx = at_x ? 0.5 : 1, wy = at_y ? 0.5 : 1;  // width and height of the cell
        const double horizontal = (at_x ? 1 : 2) * wy, vertical = (at_y ? 1 : 2) * wx;
        const double boundary = (at_x ? wy : 0) + (at_y ? wx : 0);
        if (y > 0) emit(i - nx, -wx);
        if (x > 0) emit(i - 1, -wy);
        emit(i, {horizontal + vertical - kh * kh * wx * wy, -kh * boundary});
        if (x + 1 < nx) emit(i + 1, -wy);
        if (y + 1 < ny) emit(i + nx, -wx);
    });
}

Csr<double> stokes2d(Index nx, Index ny, const Stokes& options) {
    const std::int64_t cells = checked_order("stokes2d", {nx, ny});
    require(cells >= 2, "stokes2d: at least two cells are needed");
    require(options.viscosity > 0 && std::isfinite(options.viscosity),
            "stokes2d: viscosity must be positive and finite");
    const std::int64_t us = std::int64_t{nx - 1} * ny, vs = std::int64_t{nx} * (ny - 1);
    const std::int64_t pressures = options.pin_pressure ? cells - 1 : cells;
    const Index order = checked_order("stokes2d", {us + vs + pressures});
    const double nu = options.viscosity;
    const auto u_begin = Index{0}, v_begin = static_cast<Index>(us), p_begin = static_cast<Index>(us + vs);
    const auto p_count = static_cast<Index>(pressures);

    return csr_from_rows<double>(order, order, [=](Index row, auto&& emit) {
        // -ν Δ on a component with mx × my unknowns; across the direction it points in, the wall lies half a cell
        // away, where the reflected unknown adds one to the diagonal.
        const auto viscous = [&](Index begin, Index mx, Index my, bool horizontal) {
            const Index i = row - begin, x = i % mx, y = i / mx;
            const Index across = horizontal ? y : x, last = (horizontal ? my : mx) - 1;
            if (y > 0) emit(row - mx, -nu);
            if (x > 0) emit(row - 1, -nu);
            emit(row, (4.0 + (across == 0) + (across == last)) * nu);
            if (x + 1 < mx) emit(row + 1, -nu);
            if (y + 1 < my) emit(row + mx, -nu);
        };
        const auto gradient = [&](Index before, Index after) {
            if (before < p_count) emit(p_begin + before, -1.0);
            if (after < p_count) emit(p_begin + after, 1.0);
        };
        if (row < v_begin) {
            viscous(u_begin, nx - 1, ny, true);
            const Index x = row % (nx - 1), y = row / (nx - 1);
            gradient(x + nx * y, x + 1 + nx * y);
        } else if (row < p_begin) {
            viscous(v_begin, nx, ny - 1, false);
            const Index cell = row - v_begin;
            gradient(cell, cell + nx);
        } else {
            const Index cell = row - p_begin, x = cell % nx, y = cell / nx;
            const Index u_east = x + (nx - 1) * y, v_north = v_begin + cell;
            if (x > 0) emit(u_east - 1, 1.0);
            if (x + 1 < nx) emit(u_east, -1.0);
            if (y > 0) emit(v_north - nx, 1.0);
            if (y + 1 < ny) emit(v_north, -1.0);
        }
    });
}

}  // namespace ritz
