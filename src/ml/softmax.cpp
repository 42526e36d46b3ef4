// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/softmax.hpp"

#include "ml/dense.hpp"

namespace ritz::ml::detail {

namespace {

template <class R>
constexpr R infinity = std::numeric_limits<R>::infinity();

template <class R>
void require_below_infinity(linalg::Matrix<R> A, const std::string& who) {
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i)
            if (!(A(i, j) < infinity<R>))
                require(false, who + ": A(" + std::to_string(i) + ", " + std::to_string(j) + ") is " +
                                   (std::isnan(A(i, j)) ? "nan" : "+infinity"));
}

/// A with its groups as columns, and back.
template <class R>
Eigen::MatrixX<R> groups_of(linalg::Matrix<R> A, Over over) {
    switch (over) {
        case Over::all:
            return A.reshaped();
        case Over::each_column:
            return A;
        case Over::each_row:
            return A.transpose();
    }
    return A;
}
template <class R>
Eigen::MatrixX<R> ungrouped(Eigen::MatrixX<R> groups, Over over, Eigen::Index rows, Eigen::Index cols) {
    switch (over) {
        case Over::all:
            return groups.reshaped(rows, cols);
        case Over::each_column:
            return groups;
        case Over::each_row:
            return groups.transpose();
    }
    return groups;
}

/// x ← x − max x; the maximum must be finite.
template <class Column>
void subtract_largest(Column x, Eigen::Index group, const std::string& who) {
    using R = typename Column::Scalar;
    const R largest = x.maxCoeff();
    require(largest > -infinity<R>, who + ": group " + std::to_string(group) + " is -infinity throughout");
    x.array() -= largest;
}

}  // namespace

template <class R>
Eigen::MatrixX<R> softmax(linalg::Matrix<R> A, Over over) {
    require_below_infinity<R>(A, "softmax");
    Eigen::MatrixX<R> groups = groups_of<R>(A, over);
    if (groups.size() == 0) return A;
    for (Eigen::Index g = 0; g < groups.cols(); ++g) {
        auto x = groups.col(g);
        subtract_largest(x, g, "softmax");
        x = x.array().exp();
        x /= x.sum();
    }
    return ungrouped<R>(std::move(groups), over, A.rows(), A.cols());
}

template <class R>
Eigen::MatrixX<R> log_softmax(linalg::Matrix<R> A, Over over) {
    require_below_infinity<R>(A, "log_softmax");
    Eigen::MatrixX<R> groups = groups_of<R>(A, over);
    if (groups.size() == 0) return A;
    for (Eigen::Index g = 0; g < groups.cols(); ++g) {
        auto x = groups.col(g);
        Eigen::Index at = 0;
        x.maxCoeff(&at);
        subtract_largest(x, g, "log_softmax");
        const R rest = x.head(at).array().exp().sum() + x.tail(x.size() - at - 1).array().exp().sum();
        x.array() -= std::log1p(rest);
    }
    return ungrouped<R>(std::move(groups), over, A.rows(), A.cols());
}

template <class R>
SignedLogSumExp<R> logsumexp(linalg::Matrix<R> A, const linalg::Matrix<R>* b, Over over, const char* who) {
    require_below_infinity<R>(A, who);
    if (b) {
        require(b->rows() == A.rows() && b->cols() == A.cols(),
                std::string(who) + ": a is " + shape(A.rows(), A.cols()) + ", but b is " + shape(b->rows(), b->cols()) +
                    ": they must have one shape");
        require_finite<R>(*b, who, "b");
    }
    const Eigen::MatrixX<R> groups = groups_of<R>(A, over);
    const Eigen::MatrixX<R> weights = b ? groups_of<R>(*b, over) : Eigen::MatrixX<R>();
    const Eigen::Index n = groups.cols();
    SignedLogSumExp<R> result{Eigen::VectorX<R>::Constant(n, -infinity<R>), Eigen::VectorX<R>::Zero(n)};
    for (Eigen::Index g = 0; g < n; ++g) {
        // Terms b exp(a) = ± exp(a + log |b|); the largest is taken out.
        R largest = -infinity<R>, sign = 0;
        Eigen::Index at = -1;
        const auto exponent = [&](Eigen::Index k) {
            return b ? (weights(k, g) == 0 ? -infinity<R> : groups(k, g) + std::log(std::abs(weights(k, g))))
                     : groups(k, g);
        };
        for (Eigen::Index k = 0; k < groups.rows(); ++k)
            if (const R e = exponent(k); e > largest) largest = e, at = k;
        if (at < 0) continue;  // nothing but zeros
        sign = b && weights(at, g) < 0 ? R(-1) : R(1);
        R rest = 0;  // of the other terms, over the largest
        for (Eigen::Index k = 0; k < groups.rows(); ++k) {
            if (k == at) continue;
            const R term = std::exp(exponent(k) - largest);
            rest += b && (weights(k, g) < 0) != (sign < 0) ? -term : term;
        }
        if (rest == -1) continue;  // cancelled
        if (rest < -1) sign = -sign;
        result.sign[g] = sign;
        result.logabs[g] = largest + (rest > -1 ? std::log1p(rest) : std::log(-1 - rest));
    }
    return result;
}

template <class R>
Eigen::VectorX<R> positive_logsumexp(linalg::Matrix<R> A, const linalg::Matrix<R>* b, Over over) {
    const SignedLogSumExp<R> sums = logsumexp<R>(A, b, over, "logsumexp");
    for (Eigen::Index g = 0; g < sums.sign.size(); ++g)
        require(sums.sign[g] >= 0, "logsumexp: the sum of group " + std::to_string(g) +
                                       " is negative and has no logarithm; signed_logsumexp gives its sign");
    return sums.logabs;
}

#define RITZ_INSTANTIATE(R)                                                                                   \
    template Eigen::MatrixX<R> softmax<R>(linalg::Matrix<R>, Over);                                           \
    template Eigen::MatrixX<R> log_softmax<R>(linalg::Matrix<R>, Over);                                       \
    template SignedLogSumExp<R> logsumexp<R>(linalg::Matrix<R>, const linalg::Matrix<R>*, Over, const char*); \
    template Eigen::VectorX<R> positive_logsumexp<R>(linalg::Matrix<R>, const linalg::Matrix<R>*, Over);
RITZ_INSTANTIATE(float)
RITZ_INSTANTIATE(double)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml::detail
