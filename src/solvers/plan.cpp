// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/plan.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"
#include "solvers/plan_chain.hpp"

namespace ritz {

namespace {

/// What the rules look at.
struct Facts {
    const Structure& structure;
    bool complex, triangular;

    std::string symmetric_word() const { return complex ? "Hermitian" : "symmetric"; }
};

/// The table of decisions: the first rule that fits names the methods.
struct Rule {
    std::string_view name, when;
    bool (*fits)(const Facts&);
    std::vector<Method> chain;
    std::string (*reason)(const Facts&);
};

const std::vector<Rule>& rules() {
    static const std::vector<Rule> table{
        {"tall",
         "more rows than columns",
         [](const Facts& f) { return f.structure.rows > f.structure.cols; },
         {Method::qr},
         [](const Facts&) -> std::string { return "more rows than columns: least squares"; }},
        {"wide",
         "more columns than rows",
         [](const Facts& f) { return f.structure.rows < f.structure.cols; },
         {Method::qr},
         [](const Facts&) -> std::string { return "more columns than rows: solution of least norm"; }},
        {"diagonal",
         "no entry off the diagonal, none on it zero",
         [](const Facts& f) { return f.structure.diagonal() && f.structure.zero_free_diagonal(); },
         {Method::diagonal},
         [](const Facts&) -> std::string { return "the matrix is diagonal"; }},
        {"positive_definite",
         "Hermitian with a positive diagonal",
         [](const Facts& f) { return f.structure.hermitian && f.structure.all_diagonals_positive; },
         {Method::cholesky, Method::ldlt, Method::lu, Method::qr},
         [](const Facts& f) {
             return f.symmetric_word() + " with a positive diagonal: positive definite if Cholesky succeeds";
         }},
        {"symmetric",
         "A = Aᵀ or A = Aᴴ",
         [](const Facts& f) { return f.structure.symmetric || f.structure.hermitian; },
         {Method::ldlt, Method::lu, Method::qr},
         [](const Facts& f) -> std::string {
             return f.structure.hermitian
                        ? f.symmetric_word() + ", but the diagonal is not positive: not positive definite"
                        : "complex symmetric";
         }},
        {"general",
         "every other square matrix",
         [](const Facts&) { return true; },
         {Method::lu, Method::qr},
         [](const Facts& f) { return "not " + f.symmetric_word(); }},
    };
    return table;
}

bool present(Method method) {
    const auto all = methods();
    return std::any_of(all.begin(), all.end(), [&](const MethodInfo& row) { return row.method == method; });
}

}  // namespace

std::vector<DecisionRule> decision_rules() {
    std::vector<DecisionRule> table;
    for (const Rule& rule : rules()) {
        table.push_back({rule.name, rule.when, {}});
        std::copy_if(rule.chain.begin(), rule.chain.end(), std::back_inserter(table.back().chain), present);
    }
    return table;
}

namespace detail {

template <Scalar T>
Chain chain_for(const CsrView<T>&, const Structure& structure, Method method, std::vector<std::string>& reasons) {
    if (method != Method::automatic) {
        reasons.push_back("asked for");
        return {"asked for", {method}};
    }
    const Facts facts{structure, is_complex<T>, false};
    for (const Rule& rule : rules()) {
        if (!rule.fits(facts)) continue;
        Chain chain{rule.name, {}};
        std::copy_if(rule.chain.begin(), rule.chain.end(), std::back_inserter(chain.methods), present);
        reasons.push_back(rule.reason(facts));
        return chain;
    }
    return {};
}

#define INSTANTIATE(T) template Chain chain_for(const CsrView<T>&, const Structure&, Method, std::vector<std::string>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace detail

}  // namespace ritz
