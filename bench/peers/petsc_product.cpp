// SPDX-License-Identifier: BSD-3-Clause
#include "bench/peers/petsc_product.hpp"

#include <petscmat.h>

#include <stdexcept>
#include <vector>

namespace ritz::bench {

namespace {
void check(PetscErrorCode error) {
    if (error != 0) throw std::runtime_error("PETSc: error " + std::to_string(static_cast<int>(error)));
}
}  // namespace

struct PetscProduct::Arrays {
    std::vector<PetscInt> indptr, indices;
    std::vector<PetscScalar> values;
    Mat A = nullptr;
    Vec x = nullptr, y = nullptr;
};

PetscProduct::PetscProduct(const CsrView<double>& A) : arrays_(std::make_unique<Arrays>()) {
    static const bool initialized = [] {
        check(PetscInitializeNoArguments());
        return true;
    }();
    static_cast<void>(initialized);
    Arrays& a = *arrays_;
    a.indptr.assign(A.indptr().begin(), A.indptr().end());
    a.indices.assign(A.indices().begin(), A.indices().end());
    a.values.assign(A.values().begin(), A.values().end());
    check(MatCreateSeqAIJWithArrays(PETSC_COMM_SELF, A.rows(), A.cols(), a.indptr.data(), a.indices.data(),
                                    a.values.data(), &a.A));
    check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, A.cols(), nullptr, &a.x));
    check(VecCreateSeqWithArray(PETSC_COMM_SELF, 1, A.rows(), nullptr, &a.y));
}

PetscProduct::~PetscProduct() {
    VecDestroy(&arrays_->x);
    VecDestroy(&arrays_->y);
    MatDestroy(&arrays_->A);
}

void PetscProduct::apply(const double* x, double* y) const {
    check(VecPlaceArray(arrays_->x, x));
    check(VecPlaceArray(arrays_->y, y));
    check(MatMult(arrays_->A, arrays_->x, arrays_->y));
    check(VecResetArray(arrays_->x));
    check(VecResetArray(arrays_->y));
}

}  // namespace ritz::bench
