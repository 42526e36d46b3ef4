// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// How solve would go about a matrix, and what that is predicted to cost, before a number is factored.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"
#include "ritz/solvers/methods.hpp"

namespace ritz {

/// A method that the matrix has, with its price. All numbers are predictions; 0 where the method cannot tell.
struct Candidate {
    Method method = Method::automatic;
    Ordering ordering = Ordering::natural;
    double factor_nonzeros = 0;
    double flops = 0;              ///< of the numerical factorisation
    double peak_memory_bytes = 0;  ///< most memory of a whole solve beside A and b: scaled copies, factors, workspace
    double seconds = 0;            ///< of a whole solve on the present number of threads; right within a factor of 3
    std::string obstacle = {};     ///< why it cannot be used: "needs 5,000 MB, allowed are 2,000 MB"; else empty
};

/// The methods in the order that solve tries them.
struct Plan {
    std::string_view rule;              ///< the row of the table of rules (decision_rules) that fits
    std::vector<std::string> reasons;   ///< in words
    std::vector<Method> chain;          ///< the first that gives an acceptable answer ends the solve
    std::vector<Candidate> candidates;  ///< the chain's methods that were analysed, in its order
};

/// One decision of solve: the first rule that fits a matrix names the methods. docs/guide/solving.md shows the table.
struct DecisionRule {
    std::string_view name;
    std::string_view when;
    std::vector<Method> chain;
};

/// The table, in the order in which it is read.
std::vector<DecisionRule> decision_rules();

struct PlanOptions {
    Method method = Method::automatic;  ///< any other one makes a plan of it alone
    bool analyse_all = true;            ///< order and analyse for every method of the chain, not only the first
    std::size_t max_memory_bytes = 0;   ///< a candidate that needs more has an obstacle; 0: no limit
    double max_seconds = 0;             ///< likewise
};

/// What solve would do with A; the iterative method that may have a turn (solve.hpp) is not part of it. Costs a
/// structure analysis, and an ordering for each candidate.
template <Order order, Scalar T>
[[nodiscard]] Plan plan(const CompressedView<order, T>& A, const PlanOptions& options = {});

}  // namespace ritz
