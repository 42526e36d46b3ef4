#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""SciPy beside bench/spmv_bench.cpp: y = A x with its csr_matrix, on one thread as SciPy has no others.

Needs the Debian packages python3-numpy and python3-scipy, and the program `ritz`, which writes the matrices. Run it right
before or after the C++ program:
    bench/peers/scipy_spmv.py build/bench/ritz
"""
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sp

PROBLEMS = {  # name of the benchmark: name and size in the gallery
    "poisson3d_100": ("poisson3d", 100),
    "poisson2d_1000": ("poisson2d", 1000),
    "elasticity3d_30": ("elasticity3d", 30),
    "power_law_18": ("power_law_laplacian", 18),
}


def median_seconds(run, repetitions=25):
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name, (family, size) in PROBLEMS.items():
            path = f"{folder}/{name}.npz"
            subprocess.run([sys.argv[1], "generate", family, "--size", str(size), "-o", path], check=True,
                           stdout=subprocess.DEVNULL)
            A = sp.load_npz(path).tocsr()
            x = np.random.default_rng(1).standard_normal(A.shape[1])
            seconds = median_seconds(lambda: A @ x)
            rate = (12 * A.nnz + 4 * (A.shape[0] + 1) + 8 * sum(A.shape)) / seconds
            print(f"op:spmv/impl:scipy/matrix:{name}/threads:1 {1e3 * seconds:.3f} ms "
                  f"bytes_per_second={rate / 1e9:.2f}G/s")


main()
