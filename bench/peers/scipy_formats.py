#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""SciPy beside bench/conversion_bench.cpp: triplets to CSR and CSR to CSC on ten million random entries.

Needs the Debian packages python3-numpy and python3-scipy. Run it right before or after the C++ program:
    OMP_NUM_THREADS=1 bench/peers/scipy_formats.py
"""
import statistics
import time

import numpy as np
import scipy.sparse as sp


def median_seconds(run, repetitions=5):
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def sorted_csr(rows, cols, values, n):
    A = sp.coo_matrix((values, (rows, cols)), shape=(n, n)).tocsr()  # sums duplicates
    A.sort_indices()
    return A


def main():
    n, entries = 1_000_000, 10_000_000
    random = np.random.default_rng(3)
    rows = random.integers(0, n, entries, dtype=np.int32)
    cols = random.integers(0, n, entries, dtype=np.int32)
    values = random.standard_normal(entries)
    A = sorted_csr(rows, cols, values, n)
    for op, run in (("coo_to_csr", lambda: sorted_csr(rows, cols, values, n)), ("csr_to_csc", A.tocsc)):
        print(f"op:{op}/impl:scipy/matrix:uniform/threads:1 entries={entries / median_seconds(run) / 1e6:.1f}M/s")


main()
