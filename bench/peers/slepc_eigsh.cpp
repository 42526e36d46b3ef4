// SPDX-License-Identifier: BSD-3-Clause
#include "bench/peers/slepc_eigsh.hpp"

#include <slepceps.h>

#include <vector>

namespace ritz::bench {

SlepcPairs slepc_largest(const Csr<double>& A, Index k, double rtol) {
    [[maybe_unused]] static const bool started = [] {
        SlepcInitializeNoArguments();
        return true;
    }();
    const PetscInt n = A.rows();
    std::vector<PetscInt> indptr(A.indptr().begin(), A.indptr().end()), indices(A.indices().begin(), A.indices().end());
    std::vector<PetscScalar> values(A.values().begin(), A.values().end());
    Mat M;
    MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, n, n, indptr.data(), indices.data(), values.data(), &M);
    MatSetOption(M, MAT_SYMMETRIC, PETSC_TRUE);
    EPS solver;
    EPSCreate(PETSC_COMM_SELF, &solver);
    EPSSetOperators(solver, M, nullptr);
    EPSSetProblemType(solver, EPS_HEP);
    EPSSetWhichEigenpairs(solver, EPS_LARGEST_REAL);
    EPSSetDimensions(solver, k, PETSC_DEFAULT, PETSC_DEFAULT);
    EPSSetTolerances(solver, rtol, 1000);
    EPSSolve(solver);
    PetscInt found = 0;
    EPSGetConverged(solver, &found);
    SlepcPairs pairs{Eigen::VectorXd(k), Eigen::MatrixXd(n, k), found >= k};
    for (PetscInt i = 0; i < std::min<PetscInt>(found, k); ++i) {
        Vec v;
        VecCreateSeqWithArray(PETSC_COMM_SELF, 1, n, pairs.vectors.col(i).data(), &v);
        EPSGetEigenpair(solver, i, &pairs.values[i], nullptr, v, nullptr);
        VecDestroy(&v);
    }
    EPSDestroy(&solver);
    MatDestroy(&M);
    return pairs;
}

}  // namespace ritz::bench
