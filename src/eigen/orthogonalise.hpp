// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "solvers/krylov/basis.hpp"

namespace ritz::eigen {

/// Makes w orthogonal to the first k columns of V and adds the coefficients to h; ‖w‖₂ afterwards. Classical
/// Gram–Schmidt, repeated as long as Vᴴ w, which is looked at, is more than rounding (three times at most): where a
/// basis is rotated and extended hundreds of times, a criterion by the norms alone lets its small defects grow.
template <Scalar W>
double orthogonalise(const iterative::Basis<W>& V, std::size_t k, VectorRef<W> w, W* h) {
    constexpr double rounding = 0x1p-50;
    std::vector<W> coefficients(k), again(k);
    V.project(k, VectorView<W>(w.data(), w.size()), coefficients.data());
    double norm = 0;
    for (int pass = 0; pass < 3; ++pass) {
        norm = std::sqrt(V.subtract(k, coefficients.data(), w, again.data()));
        double left = 0;
        for (std::size_t j = 0; j < k; ++j) {
            h[j] += coefficients[j];
            left += std::norm(again[j]);
        }
        if (!(std::sqrt(left) > rounding * norm)) break;
        std::swap(coefficients, again);
    }
    return norm;
}

}  // namespace ritz::eigen
