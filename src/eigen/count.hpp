// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "eigen/shifted_factor.hpp"

namespace ritz::eigen {

struct CountBelow {
    Index count = 0;   ///< negative eigenvalues of A − shift·M
    double shift = 0;  ///< the one counted at
};

/// Counts of the eigenvalues of a pencil of matrices below shifts.
template <Scalar T>
class SpectrumCounter {
public:
    /// `norm`: of A, by which rounding is judged.
    SpectrumCounter(const Pencil<T>& pencil, double norm, const ShiftLimits& limits);

    /// Where the shift is an eigenvalue to rounding it is moved in `direction` (±1).
    CountBelow below(double shift, double direction);
    /// Whether counts below a shift are counts of eigenvalues; otherwise only differences of two are.
    bool mass_is_definite();
    std::int64_t factorizations() const noexcept { return factor_.factorizations(); }
    std::size_t memory_bytes() const noexcept { return factor_.memory_bytes(); }

private:
    Pencil<T> pencil_;
    double norm_;
    ShiftLimits limits_;
    ShiftedFactor<T> factor_;
    std::optional<bool> definite_;
};

}  // namespace ritz::eigen
