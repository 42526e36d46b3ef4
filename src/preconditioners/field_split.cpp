// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/field_split.hpp"

#include "preconditioners/common.hpp"
#include "preconditioners/default_block.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/product.hpp"

namespace ritz {

template <Scalar T>
struct FieldSplit<T>::State : detail::PreconditionerState<T> {
    FieldSplitKind kind = FieldSplitKind::upper;
    std::vector<Index> first, second;
    Csr<T> B, C;
    Preconditioner<T> first_solver, second_solver;
    T sign{1};  // second_solver is of sign · S; `diagonal` takes it as it is

    void solve_first(const T* r, T* z, bool adjoint) const { solve(first_solver, first.size(), r, z, adjoint); }
    void solve_second(const T* r, T* z, bool adjoint) const {
        solve(second_solver, second.size(), r, z, adjoint);
        if (kind != FieldSplitKind::diagonal && sign != T{1}) scale(sign, VectorRef<T>(z, second.size()));
    }
    static void solve(const Preconditioner<T>& M, std::size_t n, const T* r, T* z, bool adjoint) {
        adjoint ? M.apply_adjoint({r, n}, {z, n}) : M.apply({r, n}, {z, n});
    }
    /// y ← y - E x, or y - Eᴴ x.
    void subtract(const Csr<T>& E, bool adjoint, const T* x, T* y) const {
        const auto height = static_cast<std::size_t>(adjoint ? E.cols() : E.rows()),
                   width = static_cast<std::size_t>(adjoint ? E.rows() : E.cols());
        auto product = this->scratch.take(height);
        const VectorRef<T> p(product.data(), height);
        adjoint ? E.apply_adjoint({x, width}, p) : E.apply({x, width}, p);
        axpy(T{-1}, VectorView<T>(p.data(), height), VectorRef<T>(y, height));
    }

    void run(const T* r, T* z, bool adjoint) const {
        const std::size_t n1 = first.size(), n2 = second.size();
        auto right = this->scratch.take(n1 + n2);
        auto left = this->scratch.take(n1 + n2);
        T *const r1 = right.data(), *const r2 = r1 + n1, *const z1 = left.data(), *const z2 = z1 + n1;
        for (std::size_t i = 0; i < n1; ++i) r1[i] = r[first[i]];
        for (std::size_t i = 0; i < n2; ++i) r2[i] = r[second[i]];
        // The adjoint is the same with B and C exchanged and adjoint, and lower and upper exchanged.
        const Csr<T>&below = adjoint ? B : C, &above = adjoint ? C : B;
        const bool lower = kind == (adjoint ? FieldSplitKind::upper : FieldSplitKind::lower);
        const bool upper = kind == (adjoint ? FieldSplitKind::lower : FieldSplitKind::upper);
        if (upper) {
            solve_second(r2, z2, adjoint);     // z₂ ← S⁻¹ r₂
            subtract(above, adjoint, z2, r1);  // z₁ ← A⁻¹ (r₁ - B z₂)
            solve_first(r1, z1, adjoint);
        } else {
            solve_first(r1, z1, adjoint);  // z₁ ← A⁻¹ r₁
            if (lower || kind == FieldSplitKind::full) subtract(below, adjoint, z1, r2);
            solve_second(r2, z2, adjoint);  // z₂ ← S⁻¹ (r₂ - C z₁)
            if (kind == FieldSplitKind::full) {
                subtract(above, adjoint, z2, r1);  // z₁ ← A⁻¹ (r₁ - B z₂)
                solve_first(r1, z1, adjoint);
            }
        }
        for (std::size_t i = 0; i < n1; ++i) z[first[i]] = z1[i];
        for (std::size_t i = 0; i < n2; ++i) z[second[i]] = z2[i];
    }
    void apply(const T* r, T* z) const { run(r, z, false); }
    void apply_adjoint(const T* r, T* z) const { run(r, z, true); }
};

template <Scalar T>
FieldSplit<T>::FieldSplit(const CsrView<T>& K, const FieldSplitOptions<T>& options) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(K, "FieldSplit");
    const Index n = K.rows();
    const auto state = std::make_shared<State>();
    state->rows = n;
    state->kind = options.kind;
    const auto d = diagonal(K);
    std::vector<bool> in_second(static_cast<std::size_t>(n), false);
    if (options.second.empty()) {
        for (Index i = 0; i < n; ++i) in_second[static_cast<std::size_t>(i)] = d[i] == T{0};
    } else {
        for (const Index i : options.second) {
            detail::require(
                i >= 0 && i < n && !in_second[static_cast<std::size_t>(i)],
                "FieldSplit: row " + std::to_string(i) + " of the second field is named twice or not there");
            in_second[static_cast<std::size_t>(i)] = true;
        }
    }
    for (Index i = 0; i < n; ++i) (in_second[static_cast<std::size_t>(i)] ? state->second : state->first).push_back(i);
    detail::require(!state->first.empty() && !state->second.empty(),
                    options.second.empty() ? "FieldSplit: no split is seen, since the diagonal has no zeros or nothing "
                                             "else; name the rows of the second field"
                                           : "FieldSplit: a field is empty");
    const int e = detail::scaling_exponent<T>(K.values());
    const Csr<T> scaled = e == 0 ? Csr<T>() : detail::scaled_copy(K, e);
    // Solvers that are given are of K as it is.
    const bool assembled = !options.first_solver || !options.second_solver;
    const bool as_given = e == 0 || options.first_solver || options.second_solver;
    const CsrView<T> M = as_given ? K : CsrView<T>(scaled);
    state->exponent = as_given ? 0 : e;
    const std::span<const Index> first(state->first), second(state->second);
    state->B = submatrix(M, first, second);
    state->C = submatrix(M, second, first);
    const BlockSolver<T> make = options.make ? options.make : BlockSolver<T>(detail::default_block_solver<T>);
    const Csr<T> A = assembled ? submatrix(M, first, first) : Csr<T>();
    state->first_solver = options.first_solver ? options.first_solver : make(A);
    if (options.second_solver) {
        state->second_solver = options.second_solver;
    } else {
        auto inverse = diagonal(CsrView<T>(A));
        for (Index i = 0; i < A.rows(); ++i) {
            if (inverse[i] == T{0})
                detail::throw_zero_diagonal("FieldSplit", state->first[static_cast<std::size_t>(i)]);
            inverse[i] = detail::inverse_of(inverse[i]);
        }
        const Csr<T> D = submatrix(M, second, second);
        const Csr<T> scaled_B = scale_rows<Order::row, T>(inverse, state->B);
        const Csr<T> product = multiply(CsrView<T>(state->C), CsrView<T>(scaled_B));
        Csr<T> S = add(T{1}, CsrView<T>(D), T{-1}, CsrView<T>(product));
        // Of a Hermitian K the product is Hermitian but for rounding; its solver shall see that it is.
        const bool hermitian =
            CsrView<T>(adjoint(CsrView<T>(state->C))) == CsrView<T>(state->B) &&
            CsrView<T>(adjoint(CsrView<T>(D))) == CsrView<T>(D) &&
            std::all_of(inverse.data(), inverse.data() + inverse.size(), [](T a) { return ritz::conjugate(a) == a; });
        if (hermitian) {
            const T half{Real<T>{1} / 2};
            S = add(half, CsrView<T>(S), half, CsrView<T>(adjoint(CsrView<T>(S))));
        }
        const auto s = diagonal(CsrView<T>(S));
        bool none_positive = true, one_negative = false;
        for (Index i = 0; i < S.rows(); ++i) {
            none_positive = none_positive && detail::real_part(s[i]) <= 0;
            one_negative = one_negative || detail::real_part(s[i]) < 0;
        }
        if (none_positive && one_negative) {
            state->sign = T{-1};
            for (T& value : S.values()) value = -value;
        }
        state->second_solver = make(S);
    }
    const auto fits = [](const Preconditioner<T>& solver, std::size_t size) {
        return solver && solver.rows() == static_cast<Index>(size) && solver.cols() == static_cast<Index>(size);
    };
    detail::require(fits(state->first_solver, first.size()) && fits(state->second_solver, second.size()),
                    "FieldSplit: each solver must be of its field's order");
    const Definiteness weakest = std::max(state->first_solver.definiteness(), state->second_solver.definiteness());
    if (options.kind == FieldSplitKind::diagonal) state->definiteness = weakest;
    if (options.kind == FieldSplitKind::full && weakest != Definiteness::unknown)
        state->definiteness = Definiteness::hermitian;
    for (const auto* solver : {&state->first_solver, &state->second_solver}) {
        state->statistics.nonzeros += solver->statistics().nonzeros;
        state->statistics.memory_bytes += solver->statistics().memory_bytes;
        state->statistics.shift = std::max(state->statistics.shift, solver->statistics().shift);
    }
    state->statistics.nonzeros += state->B.nnz() + state->C.nnz();
    state->statistics.memory_bytes += detail::memory_of<T>(state->B) + detail::memory_of<T>(state->C);
    state->statistics.setup_seconds = watch.seconds();
    state_ = state;
}

template <Scalar T>
bool FieldSplit<T>::has_adjoint() const noexcept {
    return state_->first_solver.has_adjoint() && state_->second_solver.has_adjoint();
}

RITZ_DEFINE_PRECONDITIONER(FieldSplit)

}  // namespace ritz
