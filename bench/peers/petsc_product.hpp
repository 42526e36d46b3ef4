// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// y ← A x by PETSc's MATSEQAIJ: one thread, as PETSc has no others.

#include <memory>

#include "ritz/formats/compressed.hpp"

namespace ritz::bench {

class PetscProduct {
public:
    explicit PetscProduct(const CsrView<double>& A);
    ~PetscProduct();
    void apply(const double* x, double* y) const;

private:
    struct Arrays;
    std::unique_ptr<Arrays> arrays_;
};

}  // namespace ritz::bench
