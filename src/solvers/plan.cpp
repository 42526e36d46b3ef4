// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/plan.hpp"

#include <algorithm>
#include <memory>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/solvers/banded.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/diagonal_solver.hpp"
#include "ritz/solvers/klu.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"
#include "ritz/solvers/triangular.hpp"
#include "solvers/cost_model.hpp"
#include "solvers/plan_chain.hpp"

namespace ritz {

namespace {

/// What the rules look at.
struct Facts {
    const Structure& structure;
    bool complex, triangular, circuit;

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
        {"triangular",
         "triangular after a permutation, no zero on its diagonal",
         [](const Facts& f) { return f.triangular; },
         {Method::triangular, Method::lu, Method::qr},
         [](const Facts&) -> std::string { return "triangular, if need be after a permutation: nothing to factor"; }},
        {"tridiagonal",
         "no entry further than one place from the diagonal",
         [](const Facts& f) { return f.structure.tridiagonal(); },
         {Method::tridiagonal, Method::lu, Method::qr},
         [](const Facts&) -> std::string { return "all entries lie within one place of the diagonal"; }},
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
        {"band",
         "a band of a quarter of n at most, with (kl + ku) n ≤ 16 nonzeros; or 8 wide",
         [](const Facts& f) { return worth_a_band(f.structure); },
         {Method::banded, Method::lu, Method::qr},
         [](const Facts& f) {
             return "not " + f.symmetric_word() + ", and all entries lie in a band of width " +
                    std::to_string(f.structure.lower_bandwidth + f.structure.upper_bandwidth + 1);
         }},
        {"circuit",
         "few entries a row, and not large",
         [](const Facts& f) { return f.circuit; },
         {Method::klu, Method::lu, Method::qr},
         [](const Facts& f) {
             return "not " + f.symmetric_word() + ", with few entries a row: factors that stay sparse, as of circuits";
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

namespace {

/// Circuits and the like: KLU's column by column elimination wins where no dense fronts arise.
bool like_a_circuit(const Structure& s) noexcept {
    return s.square() && s.nonzeros() <= 5 * Offset{s.rows} && s.rows <= 20000;
}

template <Scalar T>
bool permuted_triangular(const CsrView<T>& A, const Structure& structure) {
    if (!structure.square() || structure.rows == 0) return false;
    // Its last row has one entry, and so has its first column.
    if (structure.min_row_nonzeros != 1 || structure.min_col_nonzeros != 1) return false;
    const auto order = triangular_order(A);
    return order && (!order->natural || structure.zero_free_diagonal());
}

}  // namespace

template <Scalar T>
Chain chain_for(const CsrView<T>& A, const Structure& structure, Method method, std::vector<std::string>& reasons) {
    if (method != Method::automatic) {
        reasons.push_back("asked for");
        return {"asked for", {method}};
    }
    const Facts facts{structure, is_complex<T>, permuted_triangular(A, structure), like_a_circuit(structure)};
    for (const Rule& rule : rules()) {
        if (!rule.fits(facts)) continue;
        Chain chain{rule.name, {}};
        std::copy_if(rule.chain.begin(), rule.chain.end(), std::back_inserter(chain.methods), present);
        reasons.push_back(rule.reason(facts));
        if (structure.square() && (structure.empty_rows.count > 0 || structure.empty_cols.count > 0))
            reasons.push_back("singular: a row or column has no nonzero");
        else if (structure.graph_laplacian)
            reasons.push_back("a graph Laplacian: its rows sum to zero, at least to rounding");
        else
            return chain;
        chain.singular = true;
        return chain;
    }
    return {};
}

namespace {

/// What the analysis of a method says of A, which is not scaled for that.
template <Scalar T>
FactorStatistics analysed(Method method, const CsrView<T>& A) {
    switch (method) {
        case Method::diagonal:
            return typename DiagonalSolver<T>::Analysis(A).statistics();
        case Method::triangular:
            return typename Triangular<T>::Analysis(A).statistics();
        case Method::tridiagonal:
            return typename Tridiagonal<T>::Analysis(A).statistics();
        case Method::banded:
            return typename Banded<T>::Analysis(A).statistics();
        case Method::cholesky:
            return typename Cholesky<T>::Analysis(A).statistics();
        case Method::ldlt:
            return typename Ldlt<T>::Analysis(A).statistics();
        case Method::klu:
            return typename Klu<T>::Analysis(to_csc(A)).statistics();
        case Method::qr:
            return typename Qr<T>::Analysis(to_csc(A)).statistics();
        default:
            return typename Lu<T>::Analysis(to_csc(A)).statistics();
    }
}

template <Scalar T>
Candidate candidate(Method method, const CsrView<T>& A, const PlanOptions& options) {
    Candidate result{.method = method};
    if (kind(method) != "direct") {  // how often it will iterate nobody knows
        result.peak_memory_bytes = 60.0 * static_cast<double>(A.rows()) * sizeof(T) +
                                   2.0 * static_cast<double>(A.nnz()) * (sizeof(T) + sizeof(Index));
        return result;
    }
    try {
        const FactorStatistics s = analysed(method, A);
        const ProblemSize size{A.rows(), A.cols(), A.nnz(), is_complex<T>, max_threads()};
        result.ordering = s.ordering;
        result.factor_nonzeros = static_cast<double>(s.factor_nonzeros);
        result.flops = s.flops;
        result.peak_memory_bytes = predicted_peak_bytes(method, s, size);
        result.seconds = predicted_solve_seconds(method, s, size);
    } catch (const Error& error) {
        result.obstacle = error.what();
        return result;
    }
    if (options.max_memory_bytes > 0 && result.peak_memory_bytes > static_cast<double>(options.max_memory_bytes))
        result.obstacle = "needs " + rounded(result.peak_memory_bytes / 1e6) + " MB, allowed are " +
                          rounded(static_cast<double>(options.max_memory_bytes) / 1e6) + " MB";
    else if (options.max_seconds > 0 && result.seconds > options.max_seconds)
        result.obstacle = "takes " + rounded(result.seconds) + " s, allowed are " + rounded(options.max_seconds) + " s";
    return result;
}

}  // namespace

#define INSTANTIATE(T) template Chain chain_for(const CsrView<T>&, const Structure&, Method, std::vector<std::string>&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace detail

template <Order order, Scalar T>
Plan plan(const CompressedView<order, T>& A, const PlanOptions& options) {
    if constexpr (order == Order::column) {
        return plan<Order::row, T>(to_csr(A), options);
    } else {
        const Structure structure = analyse_structure(A);
        Plan result;
        if (!structure.all_finite) {
            result.rule = "not finite";
            result.reasons.push_back("not every entry is finite");
            return result;
        }
        if (A.rows() == 0 || A.cols() == 0) {
            result.rule = "empty";
            result.reasons.push_back("the matrix has no elements");
            return result;
        }
        detail::Chain chain = detail::chain_for(A, structure, options.method, result.reasons);
        result.rule = chain.rule;
        result.chain = std::move(chain.methods);
        for (const Method method : result.chain) {
            result.candidates.push_back(detail::candidate(method, A, options));
            if (!options.analyse_all) break;
        }
        return result;
    }
}

#define INSTANTIATE(order, T) template Plan plan(const CompressedView<order, T>&, const PlanOptions&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(INSTANTIATE)

}  // namespace ritz
