// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/spai.hpp"

#include <vector>

#include "preconditioners/diagonal_state.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz {

template <Scalar T>
struct Spai0<T>::State : detail::DiagonalState<T> {};

template <Scalar T>
Spai0<T>::Spai0(const CsrView<T>& A) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "Spai0");
    const int e = detail::scaling_exponent<T>(A.values());
    const detail::Slices<T> a(A);
    Buffer<T> m(static_cast<std::size_t>(A.rows()));
    T* const m_ = m.data();
    detail::parallel_slices(A.rows(), A.nnz(), [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
            // The row scaled by its largest element, so that squares neither over- nor underflow.
            int largest = std::numeric_limits<int>::min();
            for (Offset k = a.begin(i); k < a.end(i); ++k)
                if (a.values[k] != T{0}) largest = std::max(largest, detail::exponent_of(a.values[k]));
            T diagonal{0};
            Real<T> square = 0;
            for (Offset k = a.begin(i); k < a.end(i); ++k) {
                if (a.values[k] == T{0}) continue;
                const T value = detail::scale_by_power(a.values[k], -largest);
                const Real<T> size = detail::magnitude(value);
                square += size * size;
                if (a.indices[k] == i) diagonal = value;
            }
            if (diagonal == T{0}) detail::throw_zero_diagonal("Spai0", i);
            m_[i] = detail::scale_by_power(T(ritz::conjugate(diagonal) / square), e - largest);
            if (!detail::is_finite(m_[i]) || m_[i] == T{0})
                throw SingularMatrix("Spai0: the entries of row " + std::to_string(i) +
                                         " are too small beside the largest; scale the matrix first",
                                     i);
        }
    });
    const auto state = std::make_shared<State>();
    state->finish(std::move(m), e, watch);
    state_ = state;
}

namespace {

/// min ‖B y - c‖₂ for a rows × cols matrix B stored by columns, by Householder reflections; B and c are lost. A column
/// that depends on those before it to rounding gets y = 0.
/// \ref G. H. Golub, C. F. Van Loan, Matrix Computations, 4th ed. (2013), section 5.2.2.
template <Scalar T>
void least_squares(std::size_t rows, std::size_t cols, T* B, T* c, T* y) {
    using R = Real<T>;
    const R roundoff = 8 * static_cast<R>(rows + 1) * std::numeric_limits<R>::epsilon();
    std::vector<std::size_t> pivot_row(cols, rows);
    std::size_t rank = 0;
    const auto norm = [](const T* v, std::size_t n) {
        R square = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const R size = detail::magnitude(v[i]);
            square += size * size;
        }
        return std::sqrt(square);
    };
    for (std::size_t j = 0; j < cols && rank < rows; ++j) {
        T* const column = B + j * rows;
        const R whole = norm(column, rows), below = norm(column + rank, rows - rank);
        if (!(below > roundoff * whole)) continue;
        // v = x + e^{iφ} ‖x‖ e₁, φ the angle of x₁; H = I - 2 v vᴴ / vᴴv sends x to -e^{iφ} ‖x‖ e₁.
        const T head = column[rank];
        const R size = detail::magnitude(head);
        const T phase = size > 0 ? T(head / size) : T{1};
        column[rank] = head + phase * below;
        const R vv = 2 * below * (below + size);
        const auto reflect = [&](T* x) {
            T sum{0};
            for (std::size_t i = rank; i < rows; ++i) detail::multiply_add(sum, ritz::conjugate(column[i]), x[i]);
            sum = -(sum * (R{2} / vv));
            for (std::size_t i = rank; i < rows; ++i) detail::multiply_add(x[i], sum, column[i]);
        };
        for (std::size_t k = j + 1; k < cols; ++k) reflect(B + k * rows);
        reflect(c);
        column[rank] = -phase * below;  // the rest of the column is not looked at again
        pivot_row[j] = rank++;
    }
    for (std::size_t j = cols; j-- > 0;) {
        y[j] = T{0};
        if (pivot_row[j] == rows) continue;
        T sum = c[pivot_row[j]];
        for (std::size_t k = j + 1; k < cols; ++k) detail::multiply_add(sum, -B[pivot_row[j] + k * rows], y[k]);
        y[j] = sum / B[pivot_row[j] + j * rows];
    }
}

constexpr double most_flops = 1e12;  // minutes: beyond them a user would think that it hangs

[[noreturn]] void throw_too_dear(const char* who, double flops) {
    throw LimitExceeded(std::string(who) + ": the rows are so long that the set-up would take " +
                        std::to_string(flops) + " operations, more than the limit of 1e12; take ic0, ilu0 or schwarz");
}

/// The pattern of A with its diagonal, values zero.
template <Scalar T>
Csr<T> with_diagonal(const CsrView<T>& A) {
    const detail::Slices<T> a(A);
    const auto has = [&](Index i) {
        const Offset k = a.lower_bound(i, i);
        return k < a.end(i) && a.indices[k] == i;
    };
    return detail::build_slices<Order::row, T>(
        A.rows(), A.cols(), A.nnz(),
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) counts[i] = a.size(i) + (has(i) ? 0 : 1);
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset place = indptr[i];
                const Offset middle = a.lower_bound(i, i);
                for (Offset k = a.begin(i); k < middle; ++k) indices[place++] = a.indices[k];
                if (!has(i)) indices[place++] = i;
                for (Offset k = middle; k < a.end(i); ++k) indices[place++] = a.indices[k];
                std::fill(values + indptr[i], values + indptr[i + 1], T{0});
            }
        });
}

}  // namespace

template <Scalar T>
struct Spai1<T>::State : detail::PreconditionerState<T> {
    Csr<T> inverse;
    void apply(const T* r, T* z) const {
        const auto n = static_cast<std::size_t>(this->rows);
        inverse.apply(VectorView<T>(r, n), VectorRef<T>(z, n));
    }
    void apply_adjoint(const T* r, T* z) const {
        const auto n = static_cast<std::size_t>(this->rows);
        inverse.apply_adjoint(VectorView<T>(r, n), VectorRef<T>(z, n));
    }
};

template <Scalar T>
Spai1<T>::Spai1(const CsrView<T>& A) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "Spai1");
    const auto state = std::make_shared<State>();
    state->rows = A.rows();
    state->exponent = detail::scaling_exponent<T>(A.values());
    const Csr<T> scaled = state->exponent == 0 ? Csr<T>() : detail::scaled_copy(A, state->exponent);
    const CsrView<T> B = state->exponent == 0 ? A : CsrView<T>(scaled);
    const detail::Slices<T> a(B);
    state->inverse = with_diagonal(A);
    const Offset* const indptr = state->inverse.indptr().data();
    const Index* const pattern = state->inverse.indices().data();
    double flops = 0;
    for (Index i = 0; i < A.rows(); ++i) {
        const auto p = static_cast<double>(indptr[i + 1] - indptr[i]);
        double met = 1;
        for (Offset k = indptr[i]; k < indptr[i + 1]; ++k) met += static_cast<double>(a.size(pattern[k]));
        flops += 2 * p * p * std::min(met, static_cast<double>(A.cols()));
    }
    if (flops > most_flops) throw_too_dear("Spai1", flops);
    T* const values = state->inverse.values().data();
    // A row's work grows with its own length and its neighbours', so pieces are small and handed out one by one.
    detail::parallel_slices(A.rows(), 64 * A.nnz(), [&](Index begin, Index end) {
        std::vector<Index> met;                                            // the columns of the rows named
        std::vector<Index> place(static_cast<std::size_t>(B.cols()), -1);  // of a column in `met`
        std::vector<T> matrix, right;
        for (Index i = begin; i < end; ++i) {
            const auto p = static_cast<std::size_t>(indptr[i + 1] - indptr[i]);
            const Index* const rows = pattern + indptr[i];
            met.clear();
            const auto meet = [&](Index j) {
                Index& at = place[static_cast<std::size_t>(j)];
                if (at >= 0) return;
                at = static_cast<Index>(met.size());
                met.push_back(j);
            };
            meet(i);
            for (std::size_t q = 0; q < p; ++q)
                for (Offset k = a.begin(rows[q]); k < a.end(rows[q]); ++k) meet(a.indices[k]);
            const std::size_t m = met.size();
            // Row i of M⁻¹ makes Σ_q y_q (row q of A) ≈ e_iᵀ: the columns of the problem are those rows.
            matrix.assign(m * p, T{0});
            right.assign(m, T{0});
            right[0] = T{1};
            for (std::size_t q = 0; q < p; ++q)
                for (Offset k = a.begin(rows[q]); k < a.end(rows[q]); ++k)
                    matrix[q * m + static_cast<std::size_t>(place[static_cast<std::size_t>(a.indices[k])])] =
                        a.values[k];
            T* const y = values + indptr[i];
            least_squares(m, p, matrix.data(), right.data(), y);
            for (const Index j : met) place[static_cast<std::size_t>(j)] = -1;
            if (std::all_of(y, y + p, [](T v) { return v == T{0}; }) ||
                !std::all_of(y, y + p, [](T v) { return detail::is_finite(v); }))
                throw SingularMatrix(
                    "Spai1: row " + std::to_string(i) + " has no approximate inverse in the pattern of A", i);
        }
    });
    state->statistics = {.nonzeros = state->inverse.nnz(),
                         .memory_bytes = detail::memory_of<T>(state->inverse),
                         .setup_seconds = watch.seconds()};
    state_ = state;
}

template <Scalar T>
struct Fsai<T>::State : detail::PreconditionerState<T> {
    Csr<T> lower, upper;  // G and Gᴴ
    void apply(const T* r, T* z) const {
        const auto n = static_cast<std::size_t>(this->rows);
        auto t = this->scratch.take(n);
        lower.apply(VectorView<T>(r, n), VectorRef<T>(t.data(), n));
        upper.apply(VectorView<T>(t.data(), n), VectorRef<T>(z, n));
    }
    void apply_adjoint(const T* r, T* z) const { apply(r, z); }
};

template <Scalar T>
Fsai<T>::Fsai(const CsrView<T>& A) {
    using R = Real<T>;
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "Fsai");
    const auto state = std::make_shared<State>();
    state->rows = A.rows();
    state->definiteness = Definiteness::positive_definite;
    state->exponent = detail::scaling_exponent<T>(A.values());
    state->lower = tril(A);
    const Csr<T> scaled = detail::scaled_copy(CsrView<T>(state->lower), state->exponent);
    const detail::Slices<T> a(scaled);
    T* const values = state->lower.values().data();
    double flops = 0;
    for (Index i = 0; i < A.rows(); ++i) flops += std::pow(static_cast<double>(a.size(i)), 3) / 3;
    if (flops > most_flops) throw_too_dear("Fsai", flops);
    detail::parallel_slices(A.rows(), 8 * A.nnz(), [&](Index begin, Index end) {
        std::vector<T> block, y;
        for (Index i = begin; i < end; ++i) {
            const auto p = static_cast<std::size_t>(a.size(i));
            const Index* const J = a.indices + a.begin(i);
            if (p == 0 || J[p - 1] != i)
                throw NotPositiveDefinite("Fsai: zero diagonal in row " + std::to_string(i), i);
            // The lower triangle of A(J, J): J increases, so row J_q's entries left of its diagonal suffice.
            block.assign(p * p, T{0});
            for (std::size_t q = 0; q < p; ++q) {
                std::size_t s = 0;
                for (Offset k = a.begin(J[q]); k < a.end(J[q]); ++k) {
                    while (s < q && J[s] < a.indices[k]) ++s;
                    if (J[s] == a.indices[k]) block[q + s * p] = a.values[k];
                }
            }
            const auto element = [&](std::size_t r, std::size_t c) -> T& { return block[r + c * p]; };
            for (std::size_t k = 0; k < p; ++k) {
                const R before = detail::real_part(element(k, k));
                R pivot = before;
                for (std::size_t s = 0; s < k; ++s) {
                    const R size = detail::magnitude(element(k, s));
                    pivot -= size * size;
                }
                if (!(pivot > 4 * static_cast<R>(p) * std::numeric_limits<R>::epsilon() * before))
                    throw NotPositiveDefinite(
                        "Fsai: A is not positive definite among the columns of row " + std::to_string(i), i);
                element(k, k) = std::sqrt(pivot);
                for (std::size_t r = k + 1; r < p; ++r) {
                    T sum = element(r, k);
                    for (std::size_t s = 0; s < k; ++s)
                        detail::multiply_add(sum, -element(r, s), ritz::conjugate(element(k, s)));
                    element(r, k) = sum / detail::real_part(element(k, k));
                }
            }
            // A(J,J) y = e_last has L z = e_last with z = e_last / l, then Lᴴ y = z, and g = conj(y) / √y_last.
            y.assign(p, T{0});
            const R l = detail::real_part(element(p - 1, p - 1));
            y[p - 1] = T{1} / l;
            for (std::size_t k = p; k-- > 0;) {
                T sum = y[k];
                for (std::size_t r = k + 1; r < p; ++r)
                    detail::multiply_add(sum, -ritz::conjugate(element(r, k)), y[r]);
                y[k] = sum / detail::real_part(element(k, k));
            }
            for (std::size_t q = 0; q < p; ++q) values[a.begin(i) + static_cast<Offset>(q)] = ritz::conjugate(y[q]) * l;
        }
    });
    if (!all_finite(state->lower.values())) throw NotPositiveDefinite("Fsai: an element of the inverse overflows");
    state->upper = adjoint<Order::row, T>(state->lower);
    state->statistics = {.nonzeros = 2 * state->lower.nnz(),
                         .memory_bytes = 2 * detail::memory_of<T>(state->lower),
                         .setup_seconds = watch.seconds()};
    state_ = state;
}

RITZ_DEFINE_PRECONDITIONER(Spai0)
RITZ_DEFINE_PRECONDITIONER(Spai1)
RITZ_DEFINE_PRECONDITIONER(Fsai)

}  // namespace ritz
