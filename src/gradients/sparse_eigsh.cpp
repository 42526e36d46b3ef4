// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_eigsh.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "eigen/shifted_factor.hpp"
#include "gradients/check.hpp"
#include "gradients/sparse.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/reductions.hpp"

namespace ritz::gradients {

namespace {

template <Scalar T>
Eigen::MatrixX<T> product(const CsrView<T>& A, const Eigen::MatrixX<T>& X) {
    Eigen::MatrixX<T> Y(A.rows(), X.cols());
    for (Eigen::Index k = 0; k < X.cols(); ++k) A.apply(X.col(k), Y.col(k));
    return Y;
}

template <Scalar T>
Eigen::MatrixX<T> mass_times(const EigshForward<T>& f, const Eigen::MatrixX<T>& X) {
    return f.M ? product<T>(*f.M, X) : X;
}

template <Scalar T>
double gap_of(const EigshForward<T>& f, Eigen::Index i, Eigen::Index j) {
    return std::abs(double(f.values(i)) - double(f.values(j)));
}

/// Rounding of eigsh's values: its residuals are of the order of rtol |λ| and √n ε ‖A‖.
template <Scalar T>
bool equal(const EigshForward<T>& f, Eigen::Index i, Eigen::Index j) {
    const double rounding = 10 * std::sqrt(double(f.A.rows())) * detail::epsilon<T> * f.norm;
    return i != j && gap_of(f, i, j) <= rounding;
}

template <Scalar T>
[[noreturn]] void fail_repeated(const char* who, const char* what, const EigshForward<T>& f, Eigen::Index i,
                                Eigen::Index j) {
    const double gap = gap_of(f, i, j);
    throw RepeatedEigenvalue(
        std::string(who) + ": eigenvalues " + detail::pair_and_gap(i, j, gap) + ", which is rounding error; " + what, i,
        j, gap);
}

/// y = Σ_{j not known} vⱼ (vⱼᴴ c) / (λᵢ − λⱼ): (A − λᵢM) y = −(c − M V Vᴴ c) with Vᴴ M y = 0.
///
/// (A − σM)⁻¹ with a σ near λᵢ is close to the inverse on the complement of the known vectors, where A − λᵢM is
/// regular: refinement gains a factor of |σ − λᵢ| over the distance to the nearest eigenvalue that is not known.
template <Scalar T>
Eigen::VectorX<T> solve_in_complement(const EigshForward<T>& f, const Eigen::MatrixX<T>& MV, Eigen::Index i,
                                      const Eigen::VectorX<T>& c, const char* who) {
    using R = Real<T>;
    const Eigen::Index n = c.size();
    const auto& V = f.vectors;
    const R lambda = f.values(i);
    const Eigen::VectorX<T> right = -(c - MV * (V.adjoint() * c));
    const double target = (std::same_as<R, float> ? 1e-3 : 1e-9) * double(right.stableNorm());
    Eigen::VectorX<T> y = Eigen::VectorX<T>::Zero(n);
    if (double(right.stableNorm()) <= detail::epsilon<T> * double(n) * double(c.stableNorm())) return y;

    eigen::ShiftedFactor<T> factor(f.A, f.M);
    const double delta = std::sqrt(std::numeric_limits<double>::epsilon()) * f.norm;
    factor.factor(double(lambda) + delta, eigen::FactorKind::indefinite, {});

    const auto residual = [&](const Eigen::VectorX<T>& x) {
        Eigen::VectorX<T> r = right - product<T>(f.A, x) + lambda * mass_times<T>(f, x);
        r -= MV * (V.adjoint() * r);
        return r;
    };
    Eigen::VectorX<T> r = right, correction(n);
    double size = double(r.stableNorm());
    for (int step = 0; step < 30; ++step) {
        factor.apply(r, correction);
        correction -= V * (MV.adjoint() * correction);
        const Eigen::VectorX<T> next = y + correction;
        const Eigen::VectorX<T> next_r = residual(next);
        const double next_size = double(next_r.stableNorm());
        if (!(next_size < size)) break;  // no more digits
        y = next;
        r = next_r;
        const bool slow = next_size > 0.5 * size;
        size = next_size;
        if (slow && size <= target) break;
    }
    if (!(size <= target))
        throw NoConvergence(std::string(who) + ": the derivative of eigenvector " + std::to_string(i) +
                            " cannot be solved for: an eigenvalue that was not computed lies too near; compute more "
                            "pairs");
    return y;
}

/// Σ_{j ≠ i} vⱼ (vⱼᴴ c) / (λᵢ − λⱼ); `equal ones` must have been seen to be harmless.
template <Scalar T>
Eigen::VectorX<T> reduced_resolvent(const EigshForward<T>& f, const Eigen::MatrixX<T>& MV, Eigen::Index i,
                                    const Eigen::VectorX<T>& c, const char* who) {
    Eigen::VectorX<T> weights = f.vectors.adjoint() * c;
    for (Eigen::Index j = 0; j < weights.size(); ++j)
        weights(j) = j == i || equal(f, i, j) ? T(0) : weights(j) / (f.values(i) - f.values(j));
    return f.vectors * weights + solve_in_complement<T>(f, MV, i, c, who);
}

template <Scalar T>
EigshForward<T> pairs(const CsrView<T>& A, std::optional<CsrView<T>> M, const EigshResult<T>& result) {
    const char* who = "gradients::eigsh_pairs";
    linalg::detail::require_square(A.rows(), A.cols(), who, "A");
    detail::require_shape<T>(result.vectors, A.rows(), result.values.size(), who, "the matrix of eigenvectors");
    linalg::detail::require_finite<Real<T>>(result.values, who, "values");
    double norm = double(norm_inf(A));
    if (M) {
        ritz::detail::require(M->rows() == A.rows() && M->cols() == A.cols(),
                              "gradients::eigsh_pairs: M has another shape than A");
        // The pencil's own size: A against the largest element of M.
        norm /= std::max(double(norm_max(*M)), std::numeric_limits<double>::min());
        if (result.values.size()) norm = std::max(norm, double(result.values.cwiseAbs().maxCoeff()));
    }
    return {result.values, result.vectors, A, M, norm};
}

/// Ā ← (Ā + Āᴴ)/2 on a symmetric pattern.
template <Scalar T>
Csr<T> hermitian_part(const Csr<T>& A) {
    const Csr<T> B = adjoint(A);
    Csr<T> H = A;
    ritz::detail::require(std::ranges::equal(A.indices(), B.indices()) && std::ranges::equal(A.indptr(), B.indptr()),
                          "gradients::vjp(eigsh): the pattern of A or M is not symmetric");
    for (std::size_t e = 0; e < static_cast<std::size_t>(A.nnz()); ++e)
        H.values()[e] = (A.values()[e] + B.values()[e]) * Real<T>(0.5);
    return H;
}

template <Scalar T>
EigshTangent<T> tangent(const EigshForward<T>& f, const CsrView<T>& A_dot, const CsrView<T>* M_dot,
                        const EigshJvpOptions& options) {
    using R = Real<T>;
    const char* who = "gradients::jvp(eigsh)";
    const auto fits = [&](const CsrView<T>& B) { return B.rows() == f.A.rows() && B.cols() == f.A.cols(); };
    ritz::detail::require(fits(A_dot) && (!M_dot || fits(*M_dot)),
                          "gradients::jvp(eigsh): a tangent has another shape");
    const Eigen::Index k = f.values.size();
    const auto& V = f.vectors;
    Eigen::MatrixX<T> G = product<T>(A_dot, V);  // (Ȧ − λᵢ Ṁ) vᵢ
    Eigen::MatrixX<T> MdotV;
    if (M_dot) {
        MdotV = product<T>(*M_dot, V);
        G -= MdotV * f.values.template cast<T>().asDiagonal();
    }
    linalg::detail::require_finite<T>(G, who, "A_dot v");
    const Eigen::MatrixX<T> S = V.adjoint() * G;
    EigshTangent<T> dot;
    dot.values = S.diagonal().real();
    const double zero = detail::rounding_of<T>(double(G.stableNorm()), k);
    for (Eigen::Index j = 0; j < k; ++j)
        for (Eigen::Index i = 0; i < j; ++i) {
            if (!equal(f, i, j)) continue;
            if (std::abs(S(i, j)) > zero || std::abs(double(dot.values(i)) - double(dot.values(j))) > zero)
                fail_repeated(who, "and this direction parts them", f, i, j);
            if (options.vectors) fail_repeated(who, "so their single eigenvectors have no derivative", f, i, j);
        }
    if (!options.vectors) return dot;
    const Eigen::MatrixX<T> MV = mass_times<T>(f, V);
    dot.vectors.resize(V.rows(), k);
    for (Eigen::Index i = 0; i < k; ++i) {
        dot.vectors.col(i) = reduced_resolvent<T>(f, MV, i, G.col(i), who);
        if (M_dot) dot.vectors.col(i) -= V.col(i) * (R(0.5) * std::real(V.col(i).dot(MdotV.col(i))));
    }
    dot.vectors = detail::finite(std::move(dot.vectors), who);
    return dot;
}

}  // namespace

template <Scalar T>
EigshForward<T> eigsh_pairs(const CsrView<T>& A, const EigshResult<T>& result) {
    return pairs<T>(A, std::nullopt, result);
}

template <Scalar T>
EigshForward<T> eigsh_pairs(const CsrView<T>& A, const CsrView<T>& M, const EigshResult<T>& result) {
    return pairs<T>(A, M, result);
}

template <Scalar T>
EigshCotangent<T> vjp(const EigshForward<T>& f, const std::type_identity_t<EigshTangent<T>>& bar) {
    using R = Real<T>;
    const char* who = "gradients::vjp(eigsh)";
    const Eigen::Index k = f.values.size(), n = f.vectors.rows();
    const auto& V = f.vectors;
    const bool with_values = detail::given<R>(bar.values, k, 1, who, "the cotangent of values");
    const bool with_vectors = detail::given<T>(bar.vectors, n, k, who, "the cotangent of vectors");

    Eigen::MatrixX<T> Y = Eigen::MatrixX<T>::Zero(n, k);   // Ā = Y Vᴴ
    Eigen::VectorX<R> along = Eigen::VectorX<R>::Zero(k);  // ½ Re(vᵢᴴ v̄ᵢ)
    if (with_values) {
        const double zero = detail::rounding_of<T>(k ? double(bar.values.cwiseAbs().maxCoeff()) : 0.0, k);
        for (Eigen::Index j = 0; j < k; ++j)
            for (Eigen::Index i = 0; i < j; ++i)
                if (equal(f, i, j) && std::abs(double(bar.values(i)) - double(bar.values(j))) > zero)
                    fail_repeated(who, "the loss weights them differently", f, i, j);
        Y += V * bar.values.template cast<T>().asDiagonal();
    }
    if (with_vectors) {
        const Eigen::MatrixX<T> X = V.adjoint() * bar.vectors;
        const double size = double(V.stableNorm() * bar.vectors.stableNorm());
        const double zero = detail::rounding_of<T>(size, k);
        for (Eigen::Index j = 0; j < k; ++j) {
            if (std::abs(std::imag(X(j, j))) > std::sqrt(detail::epsilon<T>) * size)
                throw GaugeDependent(std::string(who) + ": the loss depends on the phase of eigenvector " +
                                         std::to_string(j) + ", which is arbitrary",
                                     j);
            for (Eigen::Index i = 0; i < j; ++i)
                if (equal(f, i, j) && std::abs(X(i, j) - conjugate(X(j, i))) > 2 * zero)
                    fail_repeated(who, "the loss depends on their single eigenvectors", f, i, j);
        }
        const Eigen::MatrixX<T> MV = mass_times<T>(f, V);
        for (Eigen::Index i = 0; i < k; ++i) {
            const Eigen::VectorX<T> c = bar.vectors.col(i);
            if (double(c.stableNorm()) > 0) Y.col(i) += reduced_resolvent<T>(f, MV, i, c, who);
            along(i) = R(0.5) * std::real(X(i, i));
        }
    }
    EigshCotangent<T> result;
    result.A_bar = detail::zero_on_pattern<T>(f.A);
    detail::add_outer_product<T>(result.A_bar, T(1), Y, V);
    result.A_bar = hermitian_part<T>(result.A_bar);
    detail::require_finite_values<T>(result.A_bar, who);
    if (f.M) {
        result.M_bar = detail::zero_on_pattern<T>(*f.M);
        const Eigen::MatrixX<T> left = Y * f.values.template cast<T>().asDiagonal();
        detail::add_outer_product<T>(result.M_bar, T(-1), left, V);
        const Eigen::MatrixX<T> norms = V * along.template cast<T>().asDiagonal();
        detail::add_outer_product<T>(result.M_bar, T(-1), norms, V);
        result.M_bar = hermitian_part<T>(result.M_bar);
        detail::require_finite_values<T>(result.M_bar, who);
    }
    return result;
}

template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const EigshJvpOptions& options) {
    return tangent<T>(f, A_dot, nullptr, options);
}

template <Scalar T>
EigshTangent<T> jvp(const EigshForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot,
                    const std::type_identity_t<CsrView<T>>& M_dot, const EigshJvpOptions& options) {
    return tangent<T>(f, A_dot, &M_dot, options);
}

#define RITZ_INSTANTIATE(T)                                                                               \
    template EigshForward<T> eigsh_pairs<T>(const CsrView<T>&, const EigshResult<T>&);                    \
    template EigshForward<T> eigsh_pairs<T>(const CsrView<T>&, const CsrView<T>&, const EigshResult<T>&); \
    template EigshCotangent<T> vjp<T>(const EigshForward<T>&, const EigshTangent<T>&);                    \
    template EigshTangent<T> jvp<T>(const EigshForward<T>&, const CsrView<T>&, const EigshJvpOptions&);   \
    template EigshTangent<T> jvp<T>(const EigshForward<T>&, const CsrView<T>&, const CsrView<T>&,         \
                                    const EigshJvpOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
