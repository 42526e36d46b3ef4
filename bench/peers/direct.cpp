// SPDX-License-Identifier: BSD-3-Clause
#include "bench/peers/direct.hpp"

#include <cholmod.h>
#include <klu.h>
#include <umfpack.h>

#include <Eigen/SparseCholesky>
#include <Eigen/SparseLU>
#include <stdexcept>

#if RITZ_BENCH_MUMPS
#include <dmumps_c.h>
#endif
#if RITZ_BENCH_SUPERLU
#include <Eigen/SuperLUSupport>
#endif

#include "ritz/formats/convert.hpp"

namespace ritz::bench {

namespace {

using Vector = Eigen::VectorXd;

Vector with_cholmod(const Csr<double>& A, const Vector& b, int ordering) {
    cholmod_common common{};
    cholmod_start(&common);
    const auto n = static_cast<std::size_t>(A.rows());
    // Rows of the lower triangle are columns of the upper one.
    cholmod_sparse* S =
        cholmod_allocate_sparse(n, n, (static_cast<std::size_t>(A.nnz()) + n) / 2 + n, 1, 1, 1, CHOLMOD_REAL, &common);
    auto* p = static_cast<int*>(S->p);
    auto* i = static_cast<int*>(S->i);
    auto* x = static_cast<double*>(S->x);
    int to = 0;
    for (std::size_t row = 0; row < n; ++row) {
        p[row] = to;
        for (Offset k = A.indptr()[row]; k < A.indptr()[row + 1]; ++k) {
            const auto at = static_cast<std::size_t>(k);
            if (A.indices()[at] > static_cast<Index>(row)) break;
            i[to] = A.indices()[at];
            x[to++] = A.values()[at];
        }
    }
    p[n] = to;
    common.nmethods = 1;
    common.method[0].ordering = ordering;
    common.postorder = 1;
    common.supernodal = CHOLMOD_SUPERNODAL;
    cholmod_factor* L = cholmod_analyze(S, &common);
    cholmod_factorize(S, L, &common);
    Vector right = b;
    cholmod_dense B{};
    B.nrow = B.nzmax = B.d = n;
    B.ncol = 1;
    B.x = right.data();
    B.xtype = CHOLMOD_REAL;
    B.dtype = CHOLMOD_DOUBLE;
    cholmod_dense* X = cholmod_solve(CHOLMOD_A, L, &B, &common);
    const Vector result = Eigen::Map<const Vector>(static_cast<const double*>(X->x), b.size());
    cholmod_free_dense(&X, &common);
    cholmod_free_factor(&L, &common);
    cholmod_free_sparse(&S, &common);
    cholmod_finish(&common);
    return result;
}

struct IntColumns {
    std::vector<int> p, i;
    std::vector<double> x;
    explicit IntColumns(const Csr<double>& A) {
        const Csc<double> C = to_csc(A);
        p.assign(C.indptr().begin(), C.indptr().end());
        i.assign(C.indices().begin(), C.indices().end());
        x.assign(C.values().begin(), C.values().end());
    }
};

Vector with_umfpack(const Csr<double>& A, const Vector& b) {
    const IntColumns C(A);
    void *symbolic = nullptr, *numeric = nullptr;
    Vector x(b.size());
    umfpack_di_symbolic(A.rows(), A.cols(), C.p.data(), C.i.data(), C.x.data(), &symbolic, nullptr, nullptr);
    umfpack_di_numeric(C.p.data(), C.i.data(), C.x.data(), symbolic, &numeric, nullptr, nullptr);
    umfpack_di_solve(UMFPACK_A, C.p.data(), C.i.data(), C.x.data(), x.data(), b.data(), numeric, nullptr, nullptr);
    umfpack_di_free_symbolic(&symbolic);
    umfpack_di_free_numeric(&numeric);
    return x;
}

Vector with_klu(const Csr<double>& A, const Vector& b) {
    IntColumns C(A);
    klu_common common;
    klu_defaults(&common);
    klu_symbolic* symbolic = klu_analyze(A.rows(), C.p.data(), C.i.data(), &common);
    klu_numeric* numeric = klu_factor(C.p.data(), C.i.data(), C.x.data(), symbolic, &common);
    Vector x = b;
    if (numeric) klu_solve(symbolic, numeric, A.rows(), 1, x.data(), &common);
    klu_free_numeric(&numeric, &common);
    klu_free_symbolic(&symbolic, &common);
    return x;
}

using EigenMatrix = Eigen::SparseMatrix<double>;

EigenMatrix to_eigen(const Csr<double>& A) {
    const IntColumns C(A);
    return Eigen::Map<const EigenMatrix>(A.rows(), A.cols(), A.nnz(), C.p.data(), C.i.data(), C.x.data());
}

template <class Solver>
Vector with_eigen(const Csr<double>& A, const Vector& b) {
    Solver solver;
    solver.compute(to_eigen(A));
    return solver.solve(b);
}

#if RITZ_BENCH_MUMPS
Vector with_mumps(const Csr<double>& A, const Vector& b, bool symmetric) {
    DMUMPS_STRUC_C id{};
    id.comm_fortran = -987654;
    id.par = 1;
    id.sym = symmetric ? 2 : 0;
    id.job = -1;
    dmumps_c(&id);
    std::vector<MUMPS_INT> rows, cols;
    std::vector<double> values;
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const auto at = static_cast<std::size_t>(k);
            if (symmetric && A.indices()[at] > i) break;
            rows.push_back(i + 1);
            cols.push_back(A.indices()[at] + 1);
            values.push_back(A.values()[at]);
        }
    Vector x = b;
    id.n = A.rows();
    id.nnz = static_cast<MUMPS_INT8>(values.size());
    id.irn = rows.data();
    id.jcn = cols.data();
    id.a = values.data();
    id.rhs = x.data();
    for (int control = 0; control < 4; ++control) id.icntl[control] = control == 3 ? 0 : -1;
    id.icntl[6] = 5;  // METIS
    id.job = 6;
    dmumps_c(&id);
    id.job = -2;
    dmumps_c(&id);
    return x;
}
#endif

#if RITZ_BENCH_SUPERLU
Vector with_superlu(const Csr<double>& A, const Vector& b) {
    Eigen::SuperLU<EigenMatrix> solver;
    solver.options().SymmetricMode = ::YES;
    solver.options().ColPerm = ::MMD_AT_PLUS_A;
    solver.options().DiagPivotThresh = 0.01;
    solver.compute(to_eigen(A));
    return solver.solve(b);
}
#endif

}  // namespace

const std::vector<Peer>& direct_peers() {
    const auto definite = [](Kind kind, bool) { return kind == Kind::positive_definite; };
    const auto not_definite = [](Kind kind, bool) { return kind != Kind::positive_definite; };
    static const std::vector<Peer> peers {
        {"cholmod_amd", definite, [](const auto& A, const auto& b) { return with_cholmod(A, b, CHOLMOD_AMD); }},
            {"cholmod_metis", definite, [](const auto& A, const auto& b) { return with_cholmod(A, b, CHOLMOD_METIS); }},
            {"umfpack", not_definite, with_umfpack}, {"klu", not_definite, with_klu},
            {"eigen_llt", [](Kind kind, bool deep) { return kind == Kind::positive_definite && !deep; },
             with_eigen<Eigen::SimplicialLLT<EigenMatrix>>},
            {"eigen_lu", [](Kind kind, bool) { return kind == Kind::general; },
             with_eigen<Eigen::SparseLU<EigenMatrix>>},
#if RITZ_BENCH_MUMPS
            {"mumps_ldlt", [](Kind kind, bool) { return kind == Kind::symmetric; },
             [](const auto& A, const auto& b) { return with_mumps(A, b, true); }},
            {"mumps_lu", [](Kind kind, bool) { return kind == Kind::general; },
             [](const auto& A, const auto& b) { return with_mumps(A, b, false); }},
#endif
#if RITZ_BENCH_SUPERLU
            {"superlu", [](Kind kind, bool) { return kind == Kind::general; }, with_superlu},
#endif
    };
    return peers;
}

}  // namespace ritz::bench
