// SPDX-License-Identifier: BSD-3-Clause
// Systems, factorisations, least squares, singular values: rows of the table in recorded.hpp.
#include "linalg/reference/recorded.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/ldl.hpp"
#include "ritz/linalg/lstsq.hpp"
#include "ritz/linalg/lu.hpp"
#include "ritz/linalg/polar.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/solve.hpp"
#include "ritz/linalg/structured.hpp"
#include "ritz/linalg/subspaces.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::linalg::reference {
namespace {

template <class In>
using ScalarIn = typename In::Scalar;

// Q R with the diagonal of R positive.
template <class Qr>
void set_unique(const Qr& qr, Outputs& out) {
    auto Q = qr.Q;
    auto R = qr.R;
    for (Eigen::Index i = 0; i < R.rows(); ++i) {
        const auto phase = R(i, i) / std::abs(R(i, i));
        Q.col(i) *= phase;
        R.row(i) /= phase;
    }
    out.set("Q", Q);
    out.set("R", R);
}

Eigen::VectorXd as_numbers(const std::vector<Index>& permutation) {
    return Eigen::Map<const Eigen::VectorX<Index>>(permutation.data(), static_cast<Index>(permutation.size()))
        .cast<double>();
}

const auto lstsq_row = [](const auto& in, Outputs& out) {
    const auto A = in["A"];
    const auto found = lstsq(A, in["b"], {.singular_values = true});
    out.set("x", found.x);
    out.set("rank", found.rank);
    out.set("s", found.singular_values);
    if (A.rows() > A.cols()) out.set("residuals", found.residuals);
};
const auto svd_row = [](const auto& in, Outputs& out) {
    using T = ScalarIn<std::decay_t<decltype(in)>>;
    const auto [U, s, Vh] = svd(in["A"], {.full_matrices = false});
    out.set("s", s);
    out.set("UVh", Eigen::MatrixX<T>(U * Vh));
};
const auto qr_row = [](const auto& in, Outputs& out) { set_unique(qr(in["A"]), out); };
const auto qr_pivoted_row = [](const auto& in, Outputs& out) {
    const auto found = qr_pivoted(in["A"]);
    out.set("R", found.R.cwiseAbs());
    out.set("P", as_numbers(found.P));
};
const auto rq_row = [](const auto& in, Outputs& out) { out.set("absR", rq(in["A"]).R.cwiseAbs()); };
const auto pinv_row = [](const auto& in, Outputs& out) { out.set("X", pinv(in["A"])); };
const auto rank_row = [](const auto& in, Outputs& out) { out.set("rank", matrix_rank(in["A"])); };
const auto polar_row = [](const auto& in, Outputs& out) {
    const auto A = in["A"];
    const auto found = polar(A, A.rows() >= A.cols() ? Side::right : Side::left);
    out.set("U", found.U);
    out.set("P", found.P);
};

const bool added[] = {
    add("solve", [](const auto& in, Outputs& out) { out.set("x", solve(in["A"], in.vector("b"))); }),
    add("solve/matrix", [](const auto& in, Outputs& out) { out.set("X", solve(in["A"], in["B"])); }),
    add("solve/definite",
        [](const auto& in, Outputs& out) {
            out.set("X", solve(in["A"], in["B"], {.assume = Structure::positive_definite}));
        }),
    add("solve/hermitian",
        [](const auto& in, Outputs& out) { out.set("X", solve(in["A"], in["B"], {.assume = Structure::hermitian})); }),
    add("inv", [](const auto& in, Outputs& out) { out.set("X", inv(in["A"])); }),
    add("det", [](const auto& in, Outputs& out) { out.set("det", det(in["A"])); }),
    add("slogdet",
        [](const auto& in, Outputs& out) {
            const auto [sign, logabsdet] = slogdet(in["A"]);
            out.set("sign", sign);
            out.set("logabsdet", logabsdet);
        }),
    add("cholesky",
        [](const auto& in, Outputs& out) {
            out.set("L", cholesky(in["A"]));
            out.set("U", cholesky(in["A"], {.uplo = Uplo::upper}));
        }),
    add("cho_solve", [](const auto& in, Outputs& out) { out.set("X", cho_solve(cho_factor(in["A"]), in["B"])); }),
    add("lu",
        [](const auto& in, Outputs& out) {
            const auto [P, L, U] = lu(in["A"]);
            out.set("P", P);
            out.set("L", L);
            out.set("U", U);
        }),
    add("lu_solve",
        [](const auto& in, Outputs& out) {
            const auto factor = lu_factor(in["A"]);
            out.set("x0", lu_solve(factor, in["b"]));
            out.set("x1", lu_solve(factor, in["b"], Op::transpose));
            out.set("x2", lu_solve(factor, in["b"], Op::adjoint));
        }),
    add("solve_triangular",
        [](const auto& in, Outputs& out) {
            const auto A = in["A"];
            const auto b = in.vector("b");
            out.set("upper", solve_triangular(A, b, {.uplo = Uplo::upper}));
            out.set("lower", solve_triangular(A, b, {.uplo = Uplo::lower}));
            out.set("adjoint", solve_triangular(A, b, {.uplo = Uplo::upper, .op = Op::adjoint}));
            out.set("unit", solve_triangular(A, b, {.uplo = Uplo::upper, .unit_diagonal = true}));
        }),
    add("ldl",
        [](const auto& in, Outputs& out) {
            using T = ScalarIn<std::decay_t<decltype(in)>>;
            const auto found = ldl(in["A"]);
            out.set("A", Eigen::MatrixX<T>(found.L * found.D * found.L.adjoint()));
        }),
    add("svd/7x4", svd_row),
    add("svd/5x5", svd_row),
    add("svd/3x6", svd_row),
    add("qr/7x4", qr_row),
    add("qr/5x5", qr_row),
    add("qr/3x6", qr_row),
    add("qr_pivoted/7x4", qr_pivoted_row),
    add("qr_pivoted/5x5", qr_pivoted_row),
    add("qr_pivoted/3x6", qr_pivoted_row),
    add("rq/7x4", rq_row),
    add("rq/5x5", rq_row),
    add("rq/3x6", rq_row),
    add("pinv/7x4", pinv_row),
    add("pinv/5x5", pinv_row),
    add("pinv/3x6", pinv_row),
    add("lstsq/7x4", lstsq_row),
    add("lstsq/5x5", lstsq_row),
    add("lstsq/3x6", lstsq_row),
    add("matrix_rank/7x4", rank_row),
    add("matrix_rank/5x5", rank_row),
    add("matrix_rank/3x6", rank_row),
    add("polar/7x4", polar_row),
    add("polar/5x5", polar_row),
    add("polar/3x6", polar_row),
    add("lstsq/deficient",
        [](const auto& in, Outputs& out) {
            const auto found = lstsq(in["A"], in["b"], {.rcond = 1e-5});
            out.set("x", found.x);
            out.set("rank", found.rank);
        }),
    add("pinv/deficient", [](const auto& in, Outputs& out) { out.set("X", pinv(in["A"], {.rtol = 1e-5})); }),
    add("pinv/hermitian", [](const auto& in, Outputs& out) { out.set("X", pinv(in["A"], {.hermitian = true})); }),
    add("matrix_rank/deficient",
        [](const auto& in, Outputs& out) { out.set("rank", matrix_rank(in["A"], {.tol = 1e-4})); }),
    add("null_space",
        [](const auto& in, Outputs& out) { out.set("P", projector(null_space(in["A"], {.rcond = 1e-5}))); }),
    add("orth", [](const auto& in, Outputs& out) { out.set("P", projector(orth(in["A"], {.rcond = 1e-5}))); }),
    add("subspace_angles", [](const auto& in, Outputs& out) { out.set("angles", subspace_angles(in["A"], in["B"])); }),
    add("orthogonal_procrustes",
        [](const auto& in, Outputs& out) {
            const auto [R, scale] = orthogonal_procrustes(in["A"], in["B"]);
            out.set("R", R);
            out.set("scale", scale);
        }),
    add("cond",
        [](const auto& in, Outputs& out) {
            const auto A = in["A"];
            out.set("fro", cond(A, MatrixNorm::fro));
        }),
    add("solve_banded", [](const auto& in, Outputs& out) { out.set("x", solve_banded(2, 1, in["ab"], in["b"])); }),
    add("solveh_banded", [](const auto& in, Outputs& out) { out.set("x", solveh_banded(in["ab"], in["b"])); }),
    add("cholesky_banded", [](const auto& in, Outputs& out) { out.set("c", cholesky_banded(in["ab"]).ab); }),
    add("solve_toeplitz",
        [](const auto& in, Outputs& out) { out.set("x", solve_toeplitz(in.vector("c"), in.vector("r"), in["b"])); }),
    add("matmul_toeplitz",
        [](const auto& in, Outputs& out) { out.set("x", matmul_toeplitz(in.vector("c"), in.vector("r"), in["b"])); }),
    add("solve_circulant",
        [](const auto& in, Outputs& out) { out.set("x", solve_circulant(in.vector("c"), in["b"])); }),
};

}  // namespace
}  // namespace ritz::linalg::reference
