// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "ritz/formats/compressed.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/methods.hpp"

namespace ritz::detail {

/// The methods that solve tries on a matrix, in order.
struct Chain {
    std::string_view rule;
    std::vector<Method> methods;
    bool singular = false;  ///< for certain: null vectors come before any method
};

/// By the table of plan.cpp; `method` other than automatic is a chain of its own. Says why in `reasons`.
template <Scalar T>
Chain chain_for(const CsrView<T>& A, const Structure& structure, Method method, std::vector<std::string>& reasons);

}  // namespace ritz::detail
