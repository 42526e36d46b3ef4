#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes values.txt: what NumPy and SciPy return for small inputs, which tests/linalg/reference_test.cpp compares with.

    make_values.py > values.txt

What a library is free to choose (signs of vectors, order of eigenvalues) is normalised away on both sides. A case is

    case <function>[/<variant>] <real|complex> <condition>
    in <name> <rows> <cols> <element>...
    out <name> <rows> <cols> <element>...

with elements by columns, complex ones as two numbers. `condition` says how much the result moves, relatively, when the
input moves by one unit: the tolerance of the test is c · unit roundoff · condition.
"""
import sys
import warnings

import numpy as np
import scipy
import scipy.linalg as sla

rng = np.random.default_rng(20260)


def numbers(M):
    M = np.atleast_2d(np.asarray(M))
    flat = M.ravel("F")
    if np.iscomplexobj(M):
        flat = np.column_stack([flat.real, flat.imag]).ravel()
    return f"{M.shape[0]} {M.shape[1]} " + " ".join(repr(float(v)) for v in flat)


def column(v):
    v = np.asarray(v)
    return v.reshape(-1, 1) if v.ndim == 1 else v


def case(name, inputs, outputs, condition=1.0, complex_=None):
    if complex_ is None:
        complex_ = any(np.iscomplexobj(v) for v in inputs.values())
    print(f"case {name} {'complex' if complex_ else 'real'} {float(condition)!r}")
    for key, value in inputs.items():
        value = column(value)
        print(f"in {key} " + numbers(value.astype(complex) if complex_ else value))
    for key, value in outputs.items():
        value = column(value) if np.ndim(value) else np.array([[value]])
        print(f"out {key} " + ("complex " if np.iscomplexobj(value) else "real ") + numbers(value))


def random(rows, cols, complex_):
    """Multiples of 1/64, so that float and double compute with the same input."""
    M = rng.integers(-64, 65, (rows, cols)) / 64.0
    return M + 1j * rng.integers(-64, 65, (rows, cols)) / 64.0 if complex_ else M


def regular(n, complex_):
    """Not symmetric, condition of some tens."""
    return random(n, n, complex_) + 2 * np.eye(n)


def hermitian(n, complex_):
    M = random(n, n, complex_)
    return (M + M.conj().T) / 2


def definite(n, complex_):
    return hermitian(n, complex_) + (n / 2 + 1) * np.eye(n)


def stable(n, complex_):
    return random(n, n, complex_) - (n / 2 + 1.5) * np.eye(n)


def by_size(w):
    """Sorted by real part rounded, then by imaginary part: eigenvalues of separate real parts in one order."""
    return w[np.lexsort((w.imag, np.round(w.real, 4)))]


def positive_diagonal(Q, R):
    """Q R with the diagonal of R real and positive, which makes it unique."""
    d = np.diag(R)[: min(R.shape)]
    phase = np.where(d == 0, 1, d / np.where(d == 0, 1, np.abs(d)))
    return Q[:, : len(phase)] * phase, phase.conj()[:, None] * R[: len(phase)]


def projector(V):
    return V @ V.conj().T


def basics(z):
    A, B = regular(6, z), random(6, 3, z)
    b = B[:, 0]
    k = np.linalg.cond(A)
    case("solve", dict(A=A, b=b), dict(x=np.linalg.solve(A, b)), k)
    case("solve/matrix", dict(A=A, B=B), dict(X=np.linalg.solve(A, B)), k)
    case("inv", dict(A=A), dict(X=np.linalg.inv(A)), k)
    sign, logabsdet = np.linalg.slogdet(A)
    case("det", dict(A=A), dict(det=np.linalg.det(A)), k)
    case("slogdet", dict(A=A), dict(sign=sign, logabsdet=logabsdet), k)
    S = definite(7, z)
    rhs = random(7, 2, z)
    case("solve/definite", dict(A=S, B=rhs), dict(X=sla.solve(S, rhs, assume_a="pos")), np.linalg.cond(S))
    H = hermitian(7, z)
    case("solve/hermitian", dict(A=H, B=rhs), dict(X=sla.solve(H, rhs, assume_a="her" if z else "sym")),
         np.linalg.cond(H))
    case("cholesky", dict(A=S), dict(L=np.linalg.cholesky(S), U=sla.cholesky(S)), np.linalg.cond(S))
    case("cho_solve", dict(A=S, B=rhs), dict(X=sla.cho_solve(sla.cho_factor(S), rhs)), np.linalg.cond(S))
    P, L, U = sla.lu(A)
    case("lu", dict(A=A), dict(P=P.real, L=L, U=U), k)
    lu = sla.lu_factor(A)
    case("lu_solve", dict(A=A, b=b), {f"x{t}": sla.lu_solve(lu, b, trans=t) for t in (0, 1, 2)}, k)
    T = np.triu(A)
    case("solve_triangular", dict(A=A, b=b),
         dict(upper=sla.solve_triangular(A, b), lower=sla.solve_triangular(A, b, lower=True),
              adjoint=sla.solve_triangular(A, b, trans=2),
              unit=sla.solve_triangular(A, b, unit_diagonal=True)),
         max(np.linalg.cond(T), np.linalg.cond(np.tril(A)), np.linalg.cond(np.triu(A, 1) + np.eye(6))))
    ldl = sla.ldl(H)
    case("ldl", dict(A=H), dict(A=ldl[0] @ ldl[1] @ ldl[0].conj().T), 10)

    for shape in ((7, 4), (5, 5), (3, 6)):
        M = random(*shape, z)
        name = f"{shape[0]}x{shape[1]}"
        k = np.linalg.cond(M)
        U, s, Vh = np.linalg.svd(M, full_matrices=False)
        case(f"svd/{name}", dict(A=M), dict(s=s, UVh=U @ Vh), k)
        Q, R = positive_diagonal(*np.linalg.qr(M))
        case(f"qr/{name}", dict(A=M), dict(Q=Q, R=R), np.linalg.cond(M[:, : min(shape)]))
        _, R, p = sla.qr(M, mode="economic", pivoting=True)
        case(f"qr_pivoted/{name}", dict(A=M), dict(R=np.abs(R), P=p.astype(float)), 10 * k)
        R, Q = sla.rq(M, mode="economic")
        case(f"rq/{name}", dict(A=M), dict(absR=np.abs(R)), k)
        case(f"pinv/{name}", dict(A=M), dict(X=np.linalg.pinv(M)), k)
        c = random(shape[0], 2, z)
        x, residuals, rank, s = np.linalg.lstsq(M, c, rcond=None)
        out = dict(x=x, rank=float(rank), s=s)
        if residuals.size:
            out["residuals"] = residuals
        case(f"lstsq/{name}", dict(A=M, b=c), out, k**2)
        case(f"matrix_rank/{name}", dict(A=M), dict(rank=float(np.linalg.matrix_rank(M))))
        U, P = sla.polar(M, side="right" if shape[0] >= shape[1] else "left")
        case(f"polar/{name}", dict(A=M), dict(U=U, P=P), k)
    M = random(7, 3, z) @ random(3, 5, z)  # rank 3
    s = np.linalg.svd(M)[1]
    c = random(7, 1, z)[:, 0]
    x, residuals, rank, _ = np.linalg.lstsq(M, c, rcond=1e-5)
    case("lstsq/deficient", dict(A=M, b=c), dict(x=x, rank=float(rank)), (s[0] / s[2])**2)
    case("pinv/deficient", dict(A=M), dict(X=np.linalg.pinv(M, rcond=1e-5)), s[0] / s[2])
    case("matrix_rank/deficient", dict(A=M), dict(rank=float(np.linalg.matrix_rank(M, tol=1e-4))))
    case("null_space", dict(A=M), dict(P=projector(sla.null_space(M, rcond=1e-5))), s[0] / s[2])
    case("orth", dict(A=M), dict(P=projector(sla.orth(M, rcond=1e-5))), s[0] / s[2])
    H = hermitian(6, z)
    case("pinv/hermitian", dict(A=H), dict(X=np.linalg.pinv(H, hermitian=True)), np.linalg.cond(H))
    V, W = random(7, 3, z), random(7, 2, z)
    case("subspace_angles", dict(A=V, B=W), dict(angles=sla.subspace_angles(V, W)),
         10 * max(np.linalg.cond(V), np.linalg.cond(W)))
    V, W = random(7, 3, z), random(7, 3, z)
    # SciPy before 1.12 forgets to conjugate: its orthogonal_procrustes of complex matrices minimises nothing.
    P, s, Qh = np.linalg.svd(V.conj().T @ W)
    R, scale = (P @ Qh, s.sum()) if z else sla.orthogonal_procrustes(V, W)
    case("orthogonal_procrustes", dict(A=V, B=W), dict(R=R, scale=scale), np.linalg.cond(V.conj().T @ W))


def norms(z):
    A, v = random(5, 4, z), random(6, 1, z)[:, 0]
    S = regular(5, z)
    matrix_orders = {"fro": "fro", "nuc": "nuc", "1": 1, "-1": -1, "2": 2, "-2": -2, "inf": np.inf, "-inf": -np.inf}
    case("norm/matrix", dict(A=A), {k: np.linalg.norm(A, o) for k, o in matrix_orders.items()}, 10)
    vector_orders = {"0": 0, "1": 1, "2": 2, "3": 3, "0.5": 0.5, "-1": -1, "-2.5": -2.5, "inf": np.inf, "-inf": -np.inf}
    case("norm/vector", dict(v=v), {k: np.linalg.norm(v, o) for k, o in vector_orders.items()}, 10)
    case("norm/axis", dict(A=A), dict(columns=np.linalg.norm(A, axis=0), rows=np.linalg.norm(A, axis=1),
                                      columns_1=np.linalg.norm(A, 1, axis=0), rows_inf=np.linalg.norm(A, np.inf, axis=1)))
    case("cond", dict(A=S), {k: np.linalg.cond(S, o) for k, o in matrix_orders.items()}, np.linalg.cond(S))
    case("trace", dict(A=S), dict(trace=np.trace(S)))


def products(z):
    A, B, C = random(3, 4, z), random(4, 2, z), random(2, 5, z)
    S = regular(4, z)
    case("multi_dot", dict(A=A, B=B, C=C), dict(X=np.linalg.multi_dot([A, B, C])), 10)
    case("kron", dict(A=A, B=B), dict(X=np.kron(A, B)))
    u, v = random(3, 1, z)[:, 0], random(3, 1, z)[:, 0]
    case("outer", dict(u=u, v=v), dict(X=np.outer(u, v)))
    case("cross", dict(u=u, v=v), dict(x=np.cross(u, v)), 10)
    case("vdot", dict(u=u, v=v), dict(x=np.vdot(u, v)), 10)
    case("matrix_power", dict(A=S), dict(p3=np.linalg.matrix_power(S, 3), m2=np.linalg.matrix_power(S, -2)),
         np.linalg.cond(S)**2)


def spectra(z):
    A, H, S = regular(6, z), hermitian(6, z), definite(6, z)
    w, V = np.linalg.eig(A)
    case("eigvals", dict(A=A), dict(w=by_size(w.astype(complex))), 10 * np.linalg.cond(V))
    B = regular(6, z)
    w, V = sla.eig(A, B)
    case("eigvals/generalised", dict(A=A, B=B), dict(w=by_size(w.astype(complex))),
         100 * np.linalg.cond(V) * np.linalg.cond(B))
    case("eigvalsh", dict(A=H), dict(w=np.linalg.eigvalsh(H)), 10)
    w, V = np.linalg.eigh(H)
    case("eigh", dict(A=H), dict(w=w, P=projector(V[:, :2])), 10 / (w[2] - w[1]))
    case("eigh/subset_by_index", dict(A=H), dict(w=sla.eigh(H, eigvals_only=True, subset_by_index=[1, 3])), 10)
    inside = [w[0] + (w[1] - w[0]) / 2, w[3] + (w[4] - w[3]) / 2]
    case("eigh/subset_by_value", dict(A=H, limits=np.array(inside)),
         dict(w=sla.eigh(H, eigvals_only=True, subset_by_value=inside)), 10)
    for t in (1, 2, 3):
        case(f"eigh/type{t}", dict(A=H, B=S), dict(w=sla.eigh(H, S, eigvals_only=True, type=t)), 10 * np.linalg.cond(S))
    T, Z = sla.schur(A, output="complex")
    case("schur", dict(A=A), dict(w=by_size(np.diag(T))), 10 * np.linalg.cond(np.linalg.eig(A)[1]))
    Hs = sla.hessenberg(A)
    case("hessenberg", dict(A=A), dict(absH=np.abs(Hs)), 100 * np.linalg.cond(A))
    bands = np.array([np.concatenate([np.zeros(u), np.diagonal(H, u)]) for u in (2, 1, 0)])
    case("eig_banded", dict(bands=bands), dict(w=sla.eig_banded(bands, eigvals_only=True)), 10)
    if not z:
        d, e = random(7, 1, False)[:, 0], random(6, 1, False)[:, 0]
        case("eigh_tridiagonal", dict(d=d, e=e), dict(w=sla.eigh_tridiagonal(d, e, eigvals_only=True)), 10)


def structured(z):
    n = 6
    A, b = regular(n, z), random(n, 2, z)
    bands = np.array([np.concatenate([np.zeros(1), np.diagonal(A, 1)]), np.diagonal(A),
                      np.concatenate([np.diagonal(A, -1), np.zeros(1)]),
                      np.concatenate([np.diagonal(A, -2), np.zeros(2)])])
    full = np.triu(np.tril(A, 1), -2)
    case("solve_banded", dict(ab=bands, b=b), dict(x=sla.solve_banded((2, 1), bands, b)), np.linalg.cond(full))
    S = definite(n, z)
    upper = np.array([np.concatenate([np.zeros(u), np.diagonal(S, u)]) for u in (1, 0)])
    full = np.triu(np.tril(S, 1), -1)
    case("solveh_banded", dict(ab=upper, b=b), dict(x=sla.solveh_banded(upper, b)), np.linalg.cond(full))
    case("cholesky_banded", dict(ab=upper), dict(c=sla.cholesky_banded(upper)), np.linalg.cond(full))
    c, r = random(n, 1, z)[:, 0], random(n, 1, z)[:, 0]
    c[0] += 4
    r[0] = c[0]
    case("solve_toeplitz", dict(c=c, r=r, b=b), dict(x=sla.solve_toeplitz((c, r), b)),
         10 * np.linalg.cond(sla.toeplitz(c, r)))
    case("matmul_toeplitz", dict(c=c, r=r, b=b), dict(x=sla.matmul_toeplitz((c, r), b)), 10)
    case("solve_circulant", dict(c=c, b=b), dict(x=sla.solve_circulant(c, b)), 10 * np.linalg.cond(sla.circulant(c)))


def functions(z):
    A = regular(5, z) / 2
    E = random(5, 5, z)
    k = sla.expm_cond(A) if not z else 20.0
    case("expm", dict(A=A), dict(X=sla.expm(A)), 10 * k)
    case("expm/norm10", dict(A=4 * A), dict(X=sla.expm(4 * A)), 100 * k)
    X, L = sla.expm_frechet(A, E)
    case("expm_frechet", dict(A=A, E=E), dict(X=X, L=L), 100 * k)
    if not z:
        case("expm_cond", dict(A=A), dict(k=sla.expm_cond(A)), 1e6)  # ours is the limit of an iteration
    S = A @ A.conj().T + np.eye(5) / 4 + np.triu(random(5, 5, z), 1) / 4  # no eigenvalue near the negative axis
    V = np.linalg.eig(S)[1]
    k = np.linalg.cond(V)**2 * np.linalg.cond(S)
    case("logm", dict(A=S), dict(X=sla.logm(S)), 10 * k, z)
    case("sqrtm", dict(A=S), dict(X=sla.sqrtm(S)), 10 * k, z)
    case("fractional_matrix_power", dict(A=S), dict(p03=sla.fractional_matrix_power(S, 0.3),
                                                    m17=sla.fractional_matrix_power(S, -1.7)), 100 * k, z)
    for f in ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm"):
        case(f, dict(A=A), dict(X=getattr(sla, f)(A)), 1000)
    M = regular(5, z) - 3.5 * np.diag([1.0, 0, 1, 0, 1])
    w, V = np.linalg.eig(M)
    case("signm", dict(A=M), dict(X=V @ np.diag(np.sign(w.real)) @ np.linalg.inv(V)),
         100 * np.linalg.cond(V)**2 / np.abs(w.real).min())
    B = stable(4, z)
    Q = random(5, 4, z)
    A5 = stable(5, z)
    case("solve_sylvester", dict(A=A5, B=B, Q=Q), dict(X=sla.solve_sylvester(A5, B, Q)), 100)
    Q = hermitian(5, z)
    case("solve_continuous_lyapunov", dict(A=A5, Q=Q), dict(X=sla.solve_continuous_lyapunov(A5, Q)), 100)
    D = random(5, 5, z) / 4
    case("solve_discrete_lyapunov", dict(A=D, Q=Q), dict(X=sla.solve_discrete_lyapunov(D, Q)), 100)
    G, W, R = random(5, 2, z), definite(5, z), definite(2, z)
    F = random(5, 5, z)
    case("solve_continuous_are", dict(A=F, B=G, Q=W, R=R), dict(X=sla.solve_continuous_are(F, G, W, R)), 1000)
    case("solve_discrete_are", dict(A=F, B=G, Q=W, R=R), dict(X=sla.solve_discrete_are(F, G, W, R)), 1000)


def special():
    c, r = np.array([1.0, 2, 3, 4]), np.array([1.0, 7, 8])
    none = dict(c=c, r=r)
    case("toeplitz", none, dict(one=sla.toeplitz(c), two=sla.toeplitz(c, r)))
    case("hankel", none, dict(one=sla.hankel(c), two=sla.hankel(c, np.array([4.0, 7, 8]))))
    case("circulant", none, dict(X=sla.circulant(c)))
    case("companion", none, dict(X=sla.companion(c)), 4)
    case("fiedler", none, dict(X=sla.fiedler(c)))
    case("fiedler_companion", none, dict(X=sla.fiedler_companion(c)), 4)
    case("leslie", none, dict(X=sla.leslie(c, np.array([0.5, 0.25, 0.125]))))
    case("vander", none, dict(decreasing=np.vander(c), increasing=np.vander(c, 3, increasing=True)))
    case("convolution_matrix", none, {m: sla.convolution_matrix(r, 5, m) for m in ("full", "same", "valid")})
    case("block_diag", none, dict(X=sla.block_diag(np.ones((2, 3)), 2 * np.ones((1, 1)), np.eye(2))))
    n = dict(n=np.array([5.0]))
    case("hilbert", n, dict(X=sla.hilbert(5)), 4)
    case("invhilbert", n, dict(X=sla.invhilbert(5)))
    case("hadamard", n, dict(X=sla.hadamard(8)))
    case("pascal", n, dict(symmetric=sla.pascal(5), lower=sla.pascal(5, "lower"), upper=sla.pascal(5, "upper")))
    case("invpascal", n, dict(symmetric=sla.invpascal(5), lower=sla.invpascal(5, "lower")))
    case("helmert", n, dict(X=sla.helmert(5), full=sla.helmert(5, full=True)), 4)
    case("dft", n, dict(X=sla.dft(5), sqrtn=sla.dft(5, "sqrtn")), 8)
    case("tri", n, dict(X=np.tri(4, 5, 1), tril=np.tril(sla.hilbert(4), -1), triu=np.triu(sla.hilbert(4), 1)), 4)
    T = np.arange(24.0).reshape(2, 3, 4, order="F"), np.arange(12.0).reshape(4, 3, order="F")
    case("tensordot", dict(a=T[0].ravel("F"), b=T[1].ravel("F")),
         dict(X=np.tensordot(T[0], T[1], axes=([1, 2], [1, 0])).ravel("F")), 10)


def main():
    warnings.simplefilter("ignore")
    print(f"# written by make_values.py: NumPy {np.__version__}, SciPy {scipy.__version__}")
    for z in (False, True):
        for part in (basics, norms, products, spectra, structured, functions):
            part(z)
    special()


if __name__ == "__main__":
    sys.exit(main())
