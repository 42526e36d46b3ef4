// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/eigh.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/eigh.hpp"

namespace ritz::gradients {

namespace {

/// Below it two eigenvalues are one to rounding.
template <Scalar T>
double equality_of(const Eigen::VectorX<Real<T>>& eigenvalues) {
    const Eigen::Index n = eigenvalues.size();
    if (n == 0) return 0;
    const double norm = std::max(std::abs(double(eigenvalues(0))), std::abs(double(eigenvalues(n - 1))));
    return 10 * static_cast<double>(n) * detail::epsilon<T> * norm;
}

template <Scalar T>
[[noreturn]] void fail_repeated(const char* who, const char* what, const Eigen::VectorX<Real<T>>& eigenvalues,
                                Eigen::Index i, Eigen::Index j) {
    const double gap = std::abs(double(eigenvalues(j)) - double(eigenvalues(i)));
    throw RepeatedEigenvalue(
        std::string(who) + ": eigenvalues " + detail::pair_and_gap(i, j, gap) + ", which is rounding error; " + what, i,
        j, gap);
}

}  // namespace

namespace detail {
template <Scalar T>
EighForward<T> eigh(linalg::Matrix<T> A, linalg::Uplo uplo) {
    auto [eigenvalues, eigenvectors] = linalg::eigh(A, {.uplo = uplo});
    return {std::move(eigenvalues), std::move(eigenvectors)};
}
}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const EighForward<T>& f, const std::type_identity_t<EighTangent<T>>& bar) {
    using R = Real<T>;
    const char* who = "gradients::vjp(eigh)";
    const auto& lambda = f.eigenvalues;
    const auto& V = f.eigenvectors;
    const Eigen::Index n = lambda.size();
    const bool with_values = detail::given<R>(bar.eigenvalues, n, 1, who, "the cotangent of eigenvalues");
    const bool with_vectors = detail::given<T>(bar.eigenvectors, n, n, who, "the cotangent of eigenvectors");
    const double equality = equality_of<T>(lambda);

    Eigen::MatrixX<T> S = Eigen::MatrixX<T>::Zero(n, n);
    if (with_vectors) {
        const Eigen::MatrixX<T> X = V.adjoint() * bar.eigenvectors;
        const double size = bar.eigenvectors.stableNorm();
        const double zero = detail::rounding_of<T>(size, n);
        if constexpr (is_complex<T>)
            for (Eigen::Index i = 0; i < n; ++i)
                if (std::abs(X(i, i).imag()) > std::sqrt(detail::epsilon<T>) * size)
                    throw GaugeDependent(std::string(who) + ": the loss depends on the phase of eigenvector " +
                                             std::to_string(i) + ", which is arbitrary",
                                         i);
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index i = 0; i < j; ++i) {
                const T skew = (X(i, j) - conjugate(X(j, i))) / R(2);
                if (double(lambda(j)) - double(lambda(i)) > equality) {
                    S(i, j) = skew / (lambda(j) - lambda(i));
                    S(j, i) = conjugate(S(i, j));
                } else if (std::abs(skew) > zero) {
                    fail_repeated<T>(who, "the loss depends on their single eigenvectors", lambda, i, j);
                }
            }
    }
    if (with_values) {
        const double zero = detail::rounding_of<T>(double(bar.eigenvalues.cwiseAbs().maxCoeff()), n);
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index i = j; i-- > 0 && double(lambda(j)) - double(lambda(i)) <= equality;)
                if (std::abs(double(bar.eigenvalues(j)) - double(bar.eigenvalues(i))) > zero)
                    fail_repeated<T>(who, "the loss weights them differently", lambda, i, j);
        S.diagonal() += bar.eigenvalues.template cast<T>();
    }
    // S is Hermitian; what rounding does to V S Vᴴ is taken away.
    return detail::finite(detail::hermitian_part((V * S) * V.adjoint()), who);
}

template <Scalar T>
EighTangent<T> jvp(const EighForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot,
                   const EighJvpOptions& options) {
    using R = Real<T>;
    const char* who = "gradients::jvp(eigh)";
    const auto& lambda = f.eigenvalues;
    const auto& V = f.eigenvectors;
    const Eigen::Index n = lambda.size();
    detail::require_shape<T>(A_dot, n, n, who, "A_dot");
    const double equality = equality_of<T>(lambda);

    Eigen::MatrixX<T> S = V.adjoint() * (detail::hermitian_part(A_dot) * V);
    const double zero = detail::rounding_of<T>(double(A_dot.stableNorm()), n);
    EighTangent<T> dot;
    dot.eigenvalues = S.diagonal().real();
    for (Eigen::Index j = 0; j < n; ++j) {
        S(j, j) = T(0);
        for (Eigen::Index i = 0; i < j; ++i) {
            if (double(lambda(j)) - double(lambda(i)) > equality) {
                const R gap = lambda(j) - lambda(i);
                S(i, j) /= gap;
                S(j, i) /= -gap;
                continue;
            }
            if (std::abs(S(i, j)) > zero || std::abs(double(dot.eigenvalues(j)) - double(dot.eigenvalues(i))) > zero)
                fail_repeated<T>(who, "and this direction parts them", lambda, i, j);
            if (options.eigenvectors)
                fail_repeated<T>(who, "so their single eigenvectors have no derivative", lambda, i, j);
        }
    }
    if (options.eigenvectors) dot.eigenvectors = detail::finite(Eigen::MatrixX<T>(V * S), who);
    dot.eigenvalues = detail::finite(std::move(dot.eigenvalues), who);
    return dot;
}

#define RITZ_INSTANTIATE(T)                                                          \
    template EighForward<T> detail::eigh<T>(linalg::Matrix<T>, linalg::Uplo);        \
    template Eigen::MatrixX<T> vjp<T>(const EighForward<T>&, const EighTangent<T>&); \
    template EighTangent<T> jvp<T>(const EighForward<T>&, linalg::Matrix<T>, const EighJvpOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
