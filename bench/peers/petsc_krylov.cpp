// SPDX-License-Identifier: BSD-3-Clause
#include "bench/peers/petsc_krylov.hpp"

#include <petscksp.h>

#include <chrono>
#include <vector>

namespace ritz::bench {

PeerRun petsc_solve(const Csr<double>& A, const Eigen::VectorXd& b, const std::string& method,
                    const std::string& preconditioner, double rtol) {
    [[maybe_unused]] static const bool started = [] {
        PetscInitializeNoArguments();
        return true;
    }();
    using Clock = std::chrono::steady_clock;
    const auto seconds = [](Clock::time_point from) {
        return std::chrono::duration<double>(Clock::now() - from).count();
    };
    const PetscInt n = A.rows();
    std::vector<PetscInt> indptr(A.indptr().begin(), A.indptr().end()), indices(A.indices().begin(), A.indices().end());
    std::vector<PetscScalar> values(A.values().begin(), A.values().end());
    Mat M;
    MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, indptr.data(), indices.data(), values.data(), &M);
    if (method == "cg") MatSetOption(M, MAT_SPD, PETSC_TRUE);
    PeerRun run;
    run.x = Eigen::VectorXd::Zero(n);
    Vec right, x;
    VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, b.data(), &right);
    VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, run.x.data(), &x);

    const auto start = Clock::now();
    KSP solver;
    KSPCreate(PETSC_COMM_SELF, &solver);
    KSPSetOperators(solver, M, M);
    KSPSetType(solver, method.c_str());
    KSPSetTolerances(solver, rtol, 0, PETSC_DEFAULT, 100000);
    KSPSetNormType(solver, KSP_NORM_UNPRECONDITIONED);
    if (method != "cg") KSPSetPCSide(solver, PC_RIGHT);
    if (method == "gmres") KSPGMRESSetRestart(solver, 50);
    PC pc;
    KSPGetPC(solver, &pc);
    PCSetType(pc, preconditioner.c_str());
    KSPSetUp(solver);
    run.setup_seconds = seconds(start);
    const auto solving = Clock::now();
    KSPSolve(solver, right, x);
    run.solve_seconds = seconds(solving);
    PetscInt iterations = 0;
    KSPGetIterationNumber(solver, &iterations);
    run.iterations = iterations;
    KSPDestroy(&solver);
    VecDestroy(&right);
    VecDestroy(&x);
    MatDestroy(&M);
    return run;
}

}  // namespace ritz::bench
