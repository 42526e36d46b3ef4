// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/solve/direct.hpp"

#include <algorithm>

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

namespace ritz::solving {

template <Scalar W>
detail::Inverse<W> Factors<W>::inverse() const {
    const auto apply = [this](Transpose op) {
        return [this, op](VectorView<W> b, VectorRef<W> x) {
            const Eigen::Map<const Eigen::MatrixX<W>> B(b.data(), static_cast<Eigen::Index>(b.size()), 1);
            const Eigen::MatrixX<W> X = solve(B, op);
            std::copy(X.data(), X.data() + X.size(), x.begin());
        };
    };
    return {apply(Transpose::none), apply(Transpose::adjoint)};
}

template <Scalar W>
Equilibration scaling_for(Method method, Scaling how, const CsrView<W>& A) {
    const bool symmetric = method == Method::cholesky || method == Method::ldlt;
    if (how == Scaling::least_squares)
        return symmetric ? equilibrate_symmetric_least_squares(A) : equilibrate_least_squares(A);
    if (symmetric) return equilibrate_symmetric(A);
    return equilibrate(A);
}

namespace {

template <Scalar W, class F>
Factors<W> erased(F&& factors, bool hermitian) {
    const auto shared = std::make_shared<F>(std::move(factors));
    Factors<W> result{[shared](const Eigen::Ref<const Eigen::MatrixX<W>>& B, Transpose op) -> Eigen::MatrixX<W> {
                          return shared->solve(B, op);
                      },
                      hermitian, shared->statistics()};
    if constexpr (requires { shared->hermitian(); })
        if (shared->hermitian()) result.inertia = shared->inertia();
    return result;
}

/// Analysis and factorisation by F of M, which is S in the storage that F takes, unless the analysis says that it would
/// take too long.
template <class F, Scalar W, class M, class Options>
Factors<W> factored(Method method, const M& matrix, const CsrView<W>& S, bool hermitian, const Limits& limits,
                    const Options& options) {
    typename F::Analysis analysis(matrix, options);
    const detail::ProblemSize size{S.rows(), S.cols(), S.nnz(), is_complex<W>, max_threads()};
    const auto refuse = [&](const char* what, double needed, double allowed, const char* unit) {
        throw LimitExceeded(std::string(name(method)) + " is predicted to " + what + " " + detail::rounded(needed) +
                            " " + unit + ", allowed are " + detail::rounded(allowed) + " " + unit);
    };
    const double bytes = detail::predicted_peak_bytes(method, analysis.statistics(), size);
    const auto allowed = static_cast<double>(limits.options.max_memory_bytes);
    if (allowed > 0 && bytes > allowed) refuse("need", bytes / 1e6, allowed / 1e6, "MB");
    const double seconds = detail::predicted_factor_seconds(method, analysis.statistics(), size);
    if (limits.seconds > 0 && seconds > limits.seconds) refuse("take", seconds, limits.seconds, "s");
    if (limits.patience > 0 && seconds > limits.patience) throw TooSlow{seconds};
    return erased<W>(F(matrix, std::move(analysis), options), hermitian);
}

}  // namespace

namespace {

/// The ordering asked for, if the method knows it.
Ordering ordering_for(Method method, Ordering wanted) noexcept {
    using enum Ordering;
    const auto one_of = [wanted](std::initializer_list<Ordering> known) {
        return std::find(known.begin(), known.end(), wanted) != known.end() ? wanted : automatic;
    };
    switch (method) {
        case Method::cholesky:
        case Method::ldlt:
            return one_of({natural, amd, metis, best});
        case Method::klu:
            return one_of({natural, amd, colamd});
        case Method::lu:
            return qr_available() ? wanted : one_of({natural, amd, colamd});  // without the GPL parts it is KLU
        default:
            return automatic;
    }
}

}  // namespace

template <Scalar W>
Factors<W> factor(Method method, const CsrView<W>& S, const Structure& structure, Limits limits) {
    limits.options.ordering = ordering_for(method, limits.options.ordering);
    switch (method) {
        case Method::cholesky:
            if (!structure.hermitian) throw NotSymmetric{};
            return factored<Cholesky<W>>(method, S, S, true, limits, limits.options);
        case Method::ldlt: {
            if (!structure.hermitian && !structure.symmetric) throw NotSymmetric{};
            const LdltOptions options{.max_memory_bytes = limits.options.max_memory_bytes,
                                      .ordering = limits.options.ordering,
                                      .cancel = limits.options.cancel};
            return factored<Ldlt<W>>(method, S, S, structure.hermitian, limits, options);
        }
        case Method::diagonal:
            return factored<DiagonalSolver<W>>(method, S, S, false, limits, limits.options);
        case Method::triangular:
            return factored<Triangular<W>>(method, S, S, false, limits, limits.options);
        case Method::tridiagonal:
            return factored<Tridiagonal<W>>(method, S, S, false, limits, limits.options);
        case Method::banded:
            return factored<Banded<W>>(method, S, S, false, limits, limits.options);
        case Method::klu:
            return factored<Klu<W>>(method, to_csc(S), S, false, limits, limits.options);
        default:
            return factored<Lu<W>>(method, to_csc(S), S, false, limits, limits.options);
    }
}

#define INSTANTIATE(W)                                                      \
    template struct Factors<W>;                                             \
    template Equilibration scaling_for(Method, Scaling, const CsrView<W>&); \
    template Factors<W> factor(Method, const CsrView<W>&, const Structure&, Limits);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
