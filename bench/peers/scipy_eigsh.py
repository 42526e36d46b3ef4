#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""SciPy beside bench/eigsh_bench.cpp: ten eigenpairs by scipy.sparse.linalg.eigsh (ARPACK; SuperLU for the inverse).

Needs the Debian packages python3-numpy and python3-scipy, and the program `ritz`, which writes the matrices. Run it right
before or after the C++ program:
    bench/peers/scipy_eigsh.py build/bench/ritz
"""
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

PROBLEMS = {  # name of the benchmark: name and size in the gallery, largest by products or smallest by an inverse
    "power_law_17": ("power_law_laplacian", 17, True),
    "elasticity3d_20": ("elasticity3d", 20, True),
    "poisson2d_300": ("poisson2d", 300, False),
    "poisson2d_500": ("poisson2d", 500, False),
    "elasticity3d_15": ("elasticity3d", 15, False),
}


def solve(A, largest, start):
    if largest:
        return sla.eigsh(A, 10, which="LA", tol=1e-10, v0=start)
    factor = sla.splu(A.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.01, options={"SymmetricMode": True})
    inverse = sla.LinearOperator(A.shape, factor.solve)
    return sla.eigsh(A, 10, sigma=0, OPinv=inverse, tol=1e-10, v0=start)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, (family, size, largest) in PROBLEMS.items():
            path = f"{folder}/{name}.npz"
            subprocess.run([sys.argv[1], "generate", family, "--size", str(size), "-o", path], check=True,
                           stdout=subprocess.DEVNULL)
            A = sp.load_npz(path).tocsr()
            start = np.random.default_rng(1).standard_normal(A.shape[0])
            seconds = []
            for _ in range(3):
                begin = time.perf_counter()
                w, V = solve(A, largest, start)
                seconds.append(time.perf_counter() - begin)
            residual = max(np.linalg.norm(A @ V[:, i] - w[i] * V[:, i]) / abs(w[i]) for i in range(10))
            op = "eigsh_largest" if largest else "eigsh_smallest"
            print(f"op:{op}/impl:scipy/matrix:{name}/threads:1 {1e3 * statistics.median(seconds):.1f} ms "
                  f"max_residual={residual:.1e}", flush=True)


if __name__ == "__main__":
    main()
