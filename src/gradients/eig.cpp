// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/eig.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/eig.hpp"
#include "ritz/linalg/inverse.hpp"

namespace ritz::gradients {

namespace {

template <Scalar T>
double gap_of(const EigForward<T>& f, Eigen::Index i, Eigen::Index j) {
    return std::abs(std::complex<double>(f.eigenvalues(i)) - std::complex<double>(f.eigenvalues(j)));
}

template <Scalar T>
bool equal(const EigForward<T>& f, const Eigen::VectorXd& kappa, Eigen::Index i, Eigen::Index j) {
    const double n = static_cast<double>(f.eigenvalues.size());
    return gap_of(f, i, j) <= 10 * n * detail::epsilon<T> * f.norm * std::max(kappa(i), kappa(j));
}

template <Scalar T>
[[noreturn]] void fail_repeated(const char* who, const char* what, const EigForward<T>& f, Eigen::Index i,
                                Eigen::Index j) {
    const double gap = gap_of(f, i, j);
    throw RepeatedEigenvalue(
        std::string(who) + ": eigenvalues " + detail::pair_and_gap(i, j, gap) + ", which is rounding error; " + what, i,
        j, gap);
}

template <Scalar T>
Eigen::VectorXd condition_numbers(const EigForward<T>& f) {
    return f.inverse.rowwise().stableNorm().template cast<double>();
}

}  // namespace

namespace detail {
template <Scalar T>
EigForward<T> eig(linalg::Matrix<T> A) {
    EigForward<T> f;
    auto found = linalg::eig(A);
    f.eigenvalues = std::move(found.eigenvalues);
    f.eigenvectors = std::move(found.eigenvectors);
    const char* defective =
        "gradients::eig: the eigenvectors of A are dependent to rounding (A is defective or nearly so)";
    if (found.report.status == Status::ill_conditioned)
        throw IllConditioned(defective, double(found.report.eigenvector_rcond));
    try {
        f.inverse = linalg::inv(f.eigenvectors);
    } catch (const SingularMatrix&) {
        throw IllConditioned(defective, 0);
    } catch (const IllConditioned& error) {
        throw IllConditioned(defective, error.rcond());
    }
    f.norm = double(A.stableNorm());
    return f;
}
}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const EigForward<T>& f, const std::type_identity_t<EigTangent<T>>& bar) {
    using C = std::complex<Real<T>>;
    const char* who = "gradients::vjp(eig)";
    const auto& lambda = f.eigenvalues;
    const auto& V = f.eigenvectors;
    const Eigen::Index n = lambda.size();
    const bool with_values = detail::given<C>(bar.eigenvalues, n, 1, who, "the cotangent of eigenvalues");
    const bool with_vectors = detail::given<C>(bar.eigenvectors, n, n, who, "the cotangent of eigenvectors");
    const Eigen::VectorXd kappa = condition_numbers(f);

    Eigen::MatrixX<C> G = Eigen::MatrixX<C>::Zero(n, n);
    if (with_vectors) {
        const double size = double(bar.eigenvectors.stableNorm());
        const Eigen::VectorX<C> along = V.conjugate().cwiseProduct(bar.eigenvectors).colwise().sum().transpose();
        for (Eigen::Index i = 0; i < n; ++i)
            if (std::abs(along(i).imag()) > std::sqrt(detail::epsilon<T>) * size)
                throw GaugeDependent(std::string(who) + ": the loss depends on the phase of eigenvector " +
                                         std::to_string(i) + ", which is arbitrary",
                                     i);
        const Eigen::MatrixX<C> W = bar.eigenvectors - V * along.asDiagonal();
        G = V.adjoint() * W;
        const double zero = detail::rounding_of<T>(size, n);
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index i = 0; i < n; ++i) {
                if (i == j)
                    G(i, j) = C(0);
                else if (!equal(f, kappa, i, j))
                    G(i, j) /= std::conj(lambda(j) - lambda(i));
                else if (std::abs(G(i, j)) <= zero)
                    G(i, j) = C(0);
                else
                    fail_repeated(who, "the loss depends on their single eigenvectors", f, std::min(i, j),
                                  std::max(i, j));
            }
    }
    if (with_values) {
        const double zero = detail::rounding_of<T>(n ? double(bar.eigenvalues.cwiseAbs().maxCoeff()) : 0.0, n);
        for (Eigen::Index j = 0; j < n; ++j)
            for (Eigen::Index i = 0; i < j; ++i)
                if (std::abs(bar.eigenvalues(j) - bar.eigenvalues(i)) > zero && equal(f, kappa, i, j))
                    fail_repeated(who, "the loss weights them differently", f, i, j);
        G.diagonal() += bar.eigenvalues;
    }
    const Eigen::MatrixX<C> A_bar = (f.inverse.adjoint() * G) * V.adjoint();
    if constexpr (is_complex<T>)
        return detail::finite(A_bar, who);
    else
        return detail::finite(Eigen::MatrixX<T>(A_bar.real()), who);
}

template <Scalar T>
EigTangent<T> jvp(const EigForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot, const EigJvpOptions& options) {
    using C = std::complex<Real<T>>;
    const char* who = "gradients::jvp(eig)";
    const auto& lambda = f.eigenvalues;
    const auto& V = f.eigenvectors;
    const Eigen::Index n = lambda.size();
    detail::require_shape<T>(A_dot, n, n, who, "A_dot");
    const Eigen::VectorXd kappa = condition_numbers(f);

    Eigen::MatrixX<C> G = f.inverse * (A_dot.template cast<C>() * V);
    EigTangent<T> dot;
    dot.eigenvalues = G.diagonal();
    const double size = double(A_dot.stableNorm());
    for (Eigen::Index j = 0; j < n; ++j)
        for (Eigen::Index i = 0; i < n; ++i) {
            if (i == j) {
                G(i, j) = C(0);
            } else if (!equal(f, kappa, i, j)) {
                G(i, j) /= lambda(j) - lambda(i);
            } else {
                const double zero = detail::rounding_of<T>(size * std::max(kappa(i), kappa(j)), n);
                if (std::abs(G(i, j)) > zero || std::abs(dot.eigenvalues(j) - dot.eigenvalues(i)) > zero)
                    fail_repeated(who, "and this direction parts them", f, std::min(i, j), std::max(i, j));
                if (options.eigenvectors)
                    fail_repeated(who, "so their single eigenvectors have no derivative", f, std::min(i, j),
                                  std::max(i, j));
            }
        }
    if (options.eigenvectors) {
        Eigen::MatrixX<C> V_dot = V * G;
        const Eigen::VectorX<C> along = V.conjugate().cwiseProduct(V_dot).colwise().sum().transpose();
        V_dot -= V * along.asDiagonal();
        dot.eigenvectors = detail::finite(std::move(V_dot), who);
    }
    dot.eigenvalues = detail::finite(std::move(dot.eigenvalues), who);
    return dot;
}

#define RITZ_INSTANTIATE(T)                                                        \
    template EigForward<T> detail::eig<T>(linalg::Matrix<T>);                      \
    template Eigen::MatrixX<T> vjp<T>(const EigForward<T>&, const EigTangent<T>&); \
    template EigTangent<T> jvp<T>(const EigForward<T>&, linalg::Matrix<T>, const EigJvpOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
