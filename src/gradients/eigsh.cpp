// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/eigsh.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <string>
#include <vector>

#include "core/instantiate.hpp"
#include "gradients/deflated_solve.hpp"
#include "gradients/pattern.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz::gradients {

namespace {

template <class D>
Csr<D> hermitian_part(const Csr<D>& A) {
    const Csr<D> Ah = adjoint(CsrView<D>(A));
    return add(D(0.5), CsrView<D>(A), D(0.5), CsrView<D>(Ah));
}

/// What the formulas are evaluated with: everything in double.
template <class D>
struct Pairs {
    detail::DeflatedSystem<D> system;  // A, M, V, MV
    Eigen::VectorXd lambda, uncertainty;

    Eigen::Index n() const { return system.V.rows(); }
    Eigen::Index k() const { return lambda.size(); }
    const Eigen::MatrixX<D>& V() const { return system.V; }
    bool equal(Eigen::Index i, Eigen::Index j) const {
        return std::abs(lambda(i) - lambda(j)) <= uncertainty(i) + uncertainty(j);
    }
    [[noreturn]] void fail_repeated(const char* who, const char* what, Eigen::Index i, Eigen::Index j) const {
        const double gap = std::abs(lambda(j) - lambda(i));
        throw RepeatedEigenvalue(std::string(who) + ": eigenvalues " + detail::pair_and_gap(i, j, gap) +
                                     ", which is rounding error; " + what,
                                 i, j, gap);
    }
};

template <Scalar T, class D = detail::InDouble<T>>
Pairs<D> in_double(const EigshForward<T>& f, const EigshDerivativeOptions& options) {
    Pairs<D> pairs{{hermitian_part(convert_values<D>(CsrView<T>(f.A))),
                    f.M.rows() == 0 ? Csr<D>() : hermitian_part(convert_values<D>(CsrView<T>(f.M))),
                    f.eigenvectors.template cast<D>(),
                    {},
                    options},
                   f.eigenvalues.template cast<double>(),
                   f.uncertainty};
    auto& s = pairs.system;
    s.MV = f.M.rows() == 0 ? s.V : detail::product<D>(s.M, s.V);
    return pairs;
}

/// Σ X Yᴴ on the pattern, exactly Hermitian where the pattern is symmetric, in the scalar T.
template <Scalar T, class D>
Csr<T> on_pattern(const CsrView<T>& pattern, const Eigen::MatrixX<D>& X, const Eigen::MatrixX<D>& Y, const char* who) {
    Csr<T> result(pattern);
    Csr<D> sum = detail::outer_product_on<D>(convert_values<D>(pattern), X, Y);
    const Csr<D> mirrored = adjoint(CsrView<D>(sum));
    const bool symmetric =
        std::ranges::equal(sum.indptr(), mirrored.indptr()) && std::ranges::equal(sum.indices(), mirrored.indices());
    for (std::size_t p = 0; p < result.values().size(); ++p) {
        const D value = symmetric ? (sum.values()[p] + mirrored.values()[p]) * 0.5 : sum.values()[p];
        result.values()[p] = static_cast<T>(value);
    }
    return detail::finite(std::move(result), who);
}

}  // namespace

namespace detail {

template <Scalar T>
EigshForward<T> eigsh(const CsrView<T>& A, const CsrView<T>* M, Index k, const EigshOptions& options) {
    const char* who = "gradients::eigsh";
    ritz::detail::require(options.transform != SpectralTransform::buckling,
                          "gradients::eigsh: not for buckling mode, whose vectors are normalised by A");
    EigshResult<T> found = M ? ritz::eigsh(A, *M, k, options) : ritz::eigsh(A, k, options);
    const Status status = found.report.status;
    if (found.values.size() < k ||
        (status != Status::solved && status != Status::converged && status != Status::not_proved))
        throw NoConvergence(std::string(who) + ": " + std::to_string(found.values.size()) + " of " + std::to_string(k) +
                            " eigenpairs found (" + std::string(name(status)) + "). " + found.report.message);
    const double norm_A = double(norm_inf(A)), norm_M = M ? double(norm_inf(*M)) : 1.0;
    Eigen::VectorXd uncertainty(k);
    for (Index i = 0; i < k; ++i) {
        const double v = double(found.vectors.col(i).stableNorm());
        const double rounding = 10 * std::sqrt(static_cast<double>(A.rows())) * epsilon<T> *
                                (norm_A + std::abs(double(found.values(i))) * norm_M) * v * v;
        const double bound = found.error_bounds(i);
        uncertainty(i) = rounding + (std::isfinite(bound) ? bound : 0);
    }
    return {std::move(found.values),   std::move(found.vectors), Csr<T>(A),
            M ? Csr<T>(*M) : Csr<T>(), std::move(uncertainty),   std::move(found.report)};
}

}  // namespace detail

template <Scalar T>
EigshCotangent<T> vjp(const EigshForward<T>& f, const std::type_identity_t<EigshTangent<T>>& bar,
                      const EigshDerivativeOptions& options) {
    using D = detail::InDouble<T>;
    using R = Real<T>;
    const char* who = "gradients::vjp(eigsh)";
    const Eigen::Index n = f.eigenvectors.rows(), k = f.eigenvalues.size();
    const bool with_values = detail::given<R>(bar.eigenvalues, k, 1, who, "the cotangent of eigenvalues");
    const bool with_vectors = detail::given<T>(bar.eigenvectors, n, k, who, "the cotangent of eigenvectors");
    const Pairs<D> pairs = in_double(f, options);
    const auto& V = pairs.V();
    const auto& lambda = pairs.lambda;

    Eigen::MatrixX<D> S = Eigen::MatrixX<D>::Zero(k, k), Q = Eigen::MatrixX<D>::Zero(k, k);
    Eigen::MatrixX<D> Z = Eigen::MatrixX<D>::Zero(n, k);  // zᵢ = (A − λᵢM)⁺ v̄ᵢ
    if (with_vectors) {
        const Eigen::MatrixX<D> V_bar = bar.eigenvectors.template cast<D>();
        const Eigen::MatrixX<D> X = V.adjoint() * V_bar;
        const double size = V_bar.stableNorm() * (k > 0 ? V.colwise().stableNorm().maxCoeff() : 0);
        if constexpr (is_complex<T>)
            for (Eigen::Index i = 0; i < k; ++i)
                if (std::abs(X(i, i).imag()) > std::sqrt(detail::epsilon<T>) * size)
                    throw GaugeDependent(std::string(who) + ": the loss depends on the phase of eigenvector " +
                                             std::to_string(i) + ", which is arbitrary",
                                         i);
        const double zero = detail::rounding_of<T>(size, k);
        for (Eigen::Index j = 0; j < k; ++j)
            for (Eigen::Index i = 0; i < j; ++i) {
                const D skew = (X(i, j) - conjugate(X(j, i))) * 0.5;
                if (!pairs.equal(i, j)) {
                    S(i, j) = skew / (lambda(j) - lambda(i));
                    S(j, i) = conjugate(S(i, j));
                } else if (std::abs(skew) > zero) {
                    pairs.fail_repeated(who, "the loss depends on their single eigenvectors", i, j);
                }
            }
        Q = (X + X.adjoint()) * 0.25;
        for (Eigen::Index i = 0; i < k; ++i)
            if (V_bar.col(i).stableNorm() > 0)
                Z.col(i) = detail::solve<D>(pairs.system, lambda(i), i, pairs.uncertainty(i), V_bar.col(i), who);
    }
    if (with_values) {
        const Eigen::VectorXd weights = bar.eigenvalues.template cast<double>();
        const double zero = detail::rounding_of<T>(weights.cwiseAbs().maxCoeff(), k);
        for (Eigen::Index j = 0; j < k; ++j)
            for (Eigen::Index i = 0; i < j; ++i)
                if (pairs.equal(i, j) && std::abs(weights(i) - weights(j)) > zero)
                    pairs.fail_repeated(who, "the loss weights them differently", i, j);
        S.diagonal() += weights.template cast<D>();
    }

    // Ā = V S Vᴴ − Σ herm(zᵢ vᵢᴴ)
    Eigen::MatrixX<D> left(n, 3 * k), right(n, 3 * k);
    left << V * S, Z * D(-0.5), V * D(-0.5);
    right << V, V, Z;
    EigshCotangent<T> cotangent{on_pattern<T>(f.A, left, right, who), Csr<T>()};
    if (f.M.rows() > 0) {
        // M̄ = −V Q Vᴴ + Σ λᵢ herm(zᵢ vᵢᴴ), Qᵢⱼ = ½(λᵢ + λⱼ) Sᵢⱼ + ½ herm(X)ᵢⱼ
        for (Eigen::Index j = 0; j < k; ++j)
            for (Eigen::Index i = 0; i < k; ++i) Q(i, j) += 0.5 * (lambda(i) + lambda(j)) * S(i, j);
        const Eigen::VectorX<D> half = (0.5 * lambda).template cast<D>();
        left << -(V * Q), Z * half.asDiagonal(), V * half.asDiagonal();
        cotangent.M_bar = on_pattern<T>(f.M, left, right, who);
    }
    return cotangent;
}

template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const std::type_identity_t<CsrView<T>>& M_dot, const EigshDerivativeOptions& options) {
    using D = detail::InDouble<T>;
    const char* who = "gradients::jvp(eigsh)";
    const Eigen::Index n = f.eigenvectors.rows(), k = f.eigenvalues.size();
    const bool with_A = detail::given<T>(A_dot, static_cast<Index>(n), who, "A_dot");
    const bool with_M = detail::given<T>(M_dot, static_cast<Index>(n), who, "M_dot");
    if (with_M && f.M.rows() == 0)
        throw InvalidArgument(std::string(who) + ": M_dot is given, but the problem has no M");
    const Pairs<D> pairs = in_double(f, options);
    const auto& V = pairs.V();
    const auto& lambda = pairs.lambda;

    Eigen::MatrixX<D> MV_dot = Eigen::MatrixX<D>::Zero(n, k), E = MV_dot;  // columns of E: (Ȧ − λᵢṀ) vᵢ
    if (with_A) E = detail::hermitian_product<D>(convert_values<D>(A_dot), V);
    if (with_M) {
        MV_dot = detail::hermitian_product<D>(convert_values<D>(M_dot), V);
        E -= MV_dot * lambda.template cast<D>().asDiagonal();
    }
    const Eigen::MatrixX<D> G = V.adjoint() * E;
    const Eigen::VectorXd lambda_dot = G.diagonal().real();

    const double zero = detail::rounding_of<T>(E.stableNorm() * (k > 0 ? V.colwise().stableNorm().maxCoeff() : 0), k);
    Eigen::MatrixX<D> C = Eigen::MatrixX<D>::Zero(k, k);  // the part of V̇ in the known eigenvectors
    for (Eigen::Index j = 0; j < k; ++j) {
        C(j, j) = -0.5 * std::real(std::complex<double>(V.col(j).dot(MV_dot.col(j))));
        for (Eigen::Index i = 0; i < k; ++i) {
            if (i == j) continue;
            if (!pairs.equal(i, j)) {
                C(i, j) = G(i, j) / (lambda(j) - lambda(i));
                continue;
            }
            if (std::abs(G(i, j)) > zero || std::abs(lambda_dot(i) - lambda_dot(j)) > zero)
                pairs.fail_repeated(who, "and this direction parts them", std::min(i, j), std::max(i, j));
            if (options.eigenvectors)
                pairs.fail_repeated(who, "so their single eigenvectors have no derivative", std::min(i, j),
                                    std::max(i, j));
        }
    }
    EigshTangent<T> tangent;
    tangent.eigenvalues = detail::finite(Eigen::VectorX<Real<T>>(lambda_dot.template cast<Real<T>>()), who);
    if (options.eigenvectors) {
        Eigen::MatrixX<D> V_dot = V * C;
        for (Eigen::Index i = 0; i < k; ++i)
            if (E.col(i).stableNorm() > 0)
                V_dot.col(i) -= detail::solve<D>(pairs.system, lambda(i), i, pairs.uncertainty(i), E.col(i), who);
        tangent.eigenvectors = detail::finite(Eigen::MatrixX<T>(V_dot.template cast<T>()), who);
    }
    return tangent;
}

#define RITZ_INSTANTIATE(T)                                                                                           \
    template EigshForward<T> detail::eigsh<T>(const CsrView<T>&, const CsrView<T>*, Index, const EigshOptions&);      \
    template EigshCotangent<T> vjp<T>(const EigshForward<T>&, const EigshTangent<T>&, const EigshDerivativeOptions&); \
    template EigshTangent<T> jvp<T>(const EigshForward<T>&, const CsrView<T>&, const CsrView<T>&,                     \
                                    const EigshDerivativeOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
