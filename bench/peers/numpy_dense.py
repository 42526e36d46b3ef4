#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""NumPy and SciPy beside bench/dense_bench.cpp, which starts this as a process of its own and asks by its pipes.

A request is a line "operation n repetitions"; the problem follows when n is new: A, S, T by columns, b, c.
The reply is a line "seconds count" and `count` doubles, the answer. Needs python3-numpy and python3-scipy.
"""
import sys
import time

import numpy as np
import scipy.linalg as sla


def read(count):
    return np.frombuffer(sys.stdin.buffer.read(8 * count))


def operations(A, S, T, b, c):
    n = len(A)
    return {
        "solve": (lambda: np.linalg.solve(A, b), lambda x: x),
        "inv": (lambda: np.linalg.inv(A), lambda X: X.ravel("F")),
        "cholesky": (lambda: np.linalg.cholesky(S), lambda L: L.ravel("F")),
        "eigh": (lambda: np.linalg.eigh(S), lambda r: r[0]),
        "svd": (lambda: np.linalg.svd(A, full_matrices=False), lambda r: r[1]),
        "qr": (lambda: np.linalg.qr(A), lambda r: np.abs(np.diag(r[1]))),
        "lstsq": (lambda: np.linalg.lstsq(T, c, rcond=None), lambda r: r[0]),
        "eig": (lambda: np.linalg.eig(A), lambda r: np.sort(np.abs(r[0]))),
        "expm": (lambda: sla.expm(A / n), lambda X: X.ravel("F")),
    }


def main():
    known = {}
    for line in sys.stdin.buffer:
        name, n, repetitions = line.decode().split()
        n, repetitions = int(n), int(repetitions)
        if n not in known:
            A, S, T = (np.ascontiguousarray(read(r * n).reshape((r, n), order="F")) for r in (n, n, 2 * n))
            known[n] = operations(A, S, T, read(n), read(2 * n))
        run, answer = known[n][name]
        start = time.perf_counter()
        for _ in range(repetitions):
            result = run()
        seconds = (time.perf_counter() - start) / repetitions
        data = np.ascontiguousarray(answer(result), dtype=float)
        sys.stdout.buffer.write(f"{seconds!r} {data.size}\n".encode() + data.tobytes())
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
