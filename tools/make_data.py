#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the matrices of data/. Run in the root of the project: tools/make_data.py"""
import pathlib

DATA = pathlib.Path(__file__).parents[1] / "data"


def write(name, symmetry, rows, cols, entries, comment):
    """entries: {(row, column): value}, from 0; only the lower triangle of a symmetric matrix."""
    lines = [f"%%MatrixMarket matrix coordinate real {symmetry}", f"% {comment}", f"{rows} {cols} {len(entries)}"]
    lines += [f"{i + 1} {j + 1} {value!r}" for (i, j), value in sorted(entries.items(), key=lambda e: (e[0][1], e[0][0]))]
    (DATA / name).write_text("\n".join(lines) + "\n", encoding="ascii")


def poisson2d(n):
    """Five-point stencil (4; -1) on n x n interior points, lower triangle."""
    entries = {}
    for y in range(n):
        for x in range(n):
            k = y * n + x
            entries[k, k] = 4
            if x + 1 < n:
                entries[k + 1, k] = -1
            if y + 1 < n:
                entries[k + n, k] = -1
    return entries


def convection_diffusion2d(n, peclet):
    """-laplace(u) + w . grad(u), w = (1, 1/2) 2 peclet (n + 1), first-order upwind, times h^2."""
    entries = {}
    cx, cy = 2 * peclet, peclet
    for y in range(n):
        for x in range(n):
            k = y * n + x
            entries[k, k] = 4 + cx + cy
            if x > 0:
                entries[k, k - 1] = -1 - cx
            if x + 1 < n:
                entries[k, k + 1] = -1
            if y > 0:
                entries[k, k - n] = -1 - cy
            if y + 1 < n:
                entries[k, k + n] = -1
    return entries


def grid_laplacian(n):
    """Degree on the diagonal, -1 per edge of the n x n grid, lower triangle: singular, constant null vector."""
    entries = {}
    for y in range(n):
        for x in range(n):
            k = y * n + x
            entries[k, k] = (x > 0) + (x + 1 < n) + (y > 0) + (y + 1 < n)
            if x + 1 < n:
                entries[k + 1, k] = -1
            if y + 1 < n:
                entries[k + n, k] = -1
    return entries


def parabola_fit(points):
    """Rows (1, t, t^2), t = 0, 1/4, 1/2, ...: a least-squares problem of full rank."""
    return {(i, j): (i / 4) ** j for i in range(points) for j in range(3)}


if __name__ == "__main__":
    write("poisson2d_30.mtx", "symmetric", 900, 900, poisson2d(30), "five-point Laplacian on a 30 x 30 grid")
    write("convection_diffusion_30.mtx", "general", 900, 900, convection_diffusion2d(30, 0.7),
          "upwind convection-diffusion on a 30 x 30 grid, not symmetric")
    write("grid_laplacian_6.mtx", "symmetric", 36, 36, grid_laplacian(6), "graph Laplacian of the 6 x 6 grid, singular")
    write("parabola_fit_12.mtx", "general", 12, 3, parabola_fit(12), "least squares: a parabola through 12 points")
