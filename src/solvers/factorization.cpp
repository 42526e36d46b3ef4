// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/factorization.hpp"

namespace ritz {

std::span<const Ordering> all_orderings() noexcept {
    static constexpr Ordering all[] = {Ordering::automatic, Ordering::natural, Ordering::amd,
                                       Ordering::colamd,    Ordering::metis,   Ordering::best};
    return all;
}

std::string_view name(Ordering ordering) noexcept {
    switch (ordering) {
        case Ordering::automatic:
            return "auto";
        case Ordering::natural:
            return "natural";
        case Ordering::amd:
            return "amd";
        case Ordering::colamd:
            return "colamd";
        case Ordering::metis:
            return "metis";
        case Ordering::best:
            return "best";
    }
    return "auto";
}

}  // namespace ritz
