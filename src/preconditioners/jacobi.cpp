// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/jacobi.hpp"

#include "preconditioners/diagonal_state.hpp"

namespace ritz {

template <Scalar T>
struct Jacobi<T>::State : detail::DiagonalState<T> {};
template <Scalar T>
struct L1Jacobi<T>::State : detail::DiagonalState<T> {};

template <Scalar T>
Jacobi<T>::Jacobi(const CsrView<T>& A, const JacobiOptions& options) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "Jacobi");
    const auto d = diagonal(A);
    Buffer<T> pivots(d.data(), d.data() + d.size());
    if (options.absolute)
        for (T& a : pivots) a = detail::magnitude(a);
    const auto state = std::make_shared<State>();
    state->invert(std::move(pivots), "Jacobi", watch);
    state_ = state;
}

template <Scalar T>
L1Jacobi<T>::L1Jacobi(const CsrView<T>& A) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "L1Jacobi");
    const int e = detail::scaling_exponent<T>(A.values());
    const detail::Slices<T> a(A);
    Buffer<T> sums(static_cast<std::size_t>(A.rows()));
    T* const sum = sums.data();
    detail::parallel_slices(A.rows(), A.nnz(), [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
            Real<T> row = 0;
            for (Offset k = a.begin(i); k < a.end(i); ++k)
                row += detail::magnitude(e == 0 ? a.values[k] : detail::scale_by_power(a.values[k], -e));
            sum[i] = row;
        }
    });
    for (std::size_t i = 0; i < sums.size(); ++i) {
        if (sums[i] == T{0})
            throw SingularMatrix("L1Jacobi: row " + std::to_string(i) + " is zero: the matrix is singular",
                                 static_cast<std::int64_t>(i));
        sums[i] = detail::inverse_of(sums[i]);
        if (!detail::is_finite(sums[i]))
            throw SingularMatrix(
                "L1Jacobi: row " + std::to_string(i) + " is too small beside the largest; scale the matrix first",
                static_cast<std::int64_t>(i));
    }
    const auto state = std::make_shared<State>();
    state->finish(std::move(sums), e, watch);
    state_ = state;
}

RITZ_DEFINE_PRECONDITIONER(Jacobi)
RITZ_DEFINE_PRECONDITIONER(L1Jacobi)

}  // namespace ritz
