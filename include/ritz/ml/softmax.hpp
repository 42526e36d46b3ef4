// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// log Σ exp and its gradient, softmax, without overflow. Real matrices; a term of −∞ (a probability of zero) is
/// allowed, NaN and +∞ are not.

#include <cstdint>

#include "ritz/linalg/argument.hpp"

namespace ritz::ml {

/// What is summed over: everything (SciPy's axis=None), each column (axis=0) or each row (axis=1).
enum class Over : std::uint8_t { all, each_column, each_row };

template <class R>
struct [[nodiscard]] SignedLogSumExp {
    Eigen::VectorX<R> logabs;  ///< log |Σ b exp(a)|; −∞ where the sum is zero
    Eigen::VectorX<R> sign;    ///< −1, 0 or 1
};

namespace detail {
template <class R>
Eigen::MatrixX<R> softmax(linalg::Matrix<R> A, Over over);
template <class R>
Eigen::MatrixX<R> log_softmax(linalg::Matrix<R> A, Over over);
/// `b` is null or of the shape of A.
template <class R>
SignedLogSumExp<R> logsumexp(linalg::Matrix<R> A, const linalg::Matrix<R>* b, Over over, const char* who);
template <class R>
Eigen::VectorX<R> positive_logsumexp(linalg::Matrix<R> A, const linalg::Matrix<R>* b, Over over);

template <class... A>
concept RealDense = (linalg::Dense<A> && ...) && !is_complex<linalg::ScalarOf<A...>>;
}  // namespace detail

/// exp(aᵢ) / Σ exp(aₖ): of the shape of A; each group is positive and adds up to 1. O(size).
/// \throws InvalidArgument for NaN or +∞, and for a group that is −∞ throughout: 0/0.
template <detail::RealDense A>
[[nodiscard]] linalg::Like<A, linalg::ScalarOf<A>> softmax(const A& a, Over over = Over::all) {
    using R = linalg::ScalarOf<A>;
    return detail::softmax<R>(linalg::detail::as<R>(a), over);
}

/// log softmax(A) without taking a logarithm of what underflowed: aᵢ − log Σ exp(aₖ).
template <detail::RealDense A>
[[nodiscard]] linalg::Like<A, linalg::ScalarOf<A>> log_softmax(const A& a, Over over = Over::all) {
    using R = linalg::ScalarOf<A>;
    return detail::log_softmax<R>(linalg::detail::as<R>(a), over);
}

/// log Σ exp(aₖ) of all elements; −∞ for none. The largest is taken out, and what the others add is added by log1p, so
/// that [0, −40] gives 4e-18 and not 0.
template <detail::RealDense A>
[[nodiscard]] linalg::ScalarOf<A> logsumexp(const A& a) {
    using R = linalg::ScalarOf<A>;
    return detail::positive_logsumexp<R>(linalg::detail::as<R>(a), nullptr, Over::all)[0];
}
/// The same of each column or row: one number each (one in all for Over::all).
template <detail::RealDense A>
[[nodiscard]] Eigen::VectorX<linalg::ScalarOf<A>> logsumexp(const A& a, Over over) {
    using R = linalg::ScalarOf<A>;
    return detail::positive_logsumexp<R>(linalg::detail::as<R>(a), nullptr, over);
}
/// log Σ bₖ exp(aₖ), b of the shape of A. \throws InvalidArgument also when a sum is negative: signed_logsumexp then.
template <detail::RealDense A, detail::RealDense B>
[[nodiscard]] Eigen::VectorX<linalg::ScalarOf<A, B>> logsumexp(const A& a, const B& b, Over over = Over::all) {
    using R = linalg::ScalarOf<A, B>;
    const linalg::Matrix<R> weights(linalg::detail::as<R>(b));
    return detail::positive_logsumexp<R>(linalg::detail::as<R>(a), &weights, over);
}
/// Sign and logarithm of Σ bₖ exp(aₖ) (SciPy's return_sign). Terms of both signs may cancel: the relative error of the
/// sum is u Σ|bₖ| exp(aₖ) / |Σ bₖ exp(aₖ)|.
template <detail::RealDense A, detail::RealDense B>
[[nodiscard]] SignedLogSumExp<linalg::ScalarOf<A, B>> signed_logsumexp(const A& a, const B& b, Over over = Over::all) {
    using R = linalg::ScalarOf<A, B>;
    const linalg::Matrix<R> weights(linalg::detail::as<R>(b));
    return detail::logsumexp<R>(linalg::detail::as<R>(a), &weights, over, "signed_logsumexp");
}

}  // namespace ritz::ml
