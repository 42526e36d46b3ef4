// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_logdet.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/instantiate.hpp"
#include "gradients/pattern.hpp"
#include "ritz/core/random.hpp"
#include "ritz/eigen/onenorm_estimate.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/selected_inverse.hpp"

namespace ritz::gradients {

namespace detail {

namespace {

/// Throws unless a system with a random right-hand side is solved to a small backward error.
template <Scalar D>
void require_good_factors(const CsrView<D>& S, const Cholesky<D>& factor, const char* who) {
    const Buffer<D> b = random_vector<D>(S.rows(), 1);
    Buffer<D> x(b.size());
    factor.apply(b, x);
    const double error = certify(S, VectorView<D>(x), VectorView<D>(b)).backward_error;
    const double allowed = 100 * std::sqrt(static_cast<double>(S.rows())) * epsilon<D>;
    if (!(error <= allowed))
        throw IllConditioned(std::string(who) + ": the Cholesky factors are wrong by " +
                                 std::to_string(error / epsilon<D>) + " rounding errors",
                             0);
}

/// Throws unless Σⱼ (S⁻¹)ᵢⱼ Sⱼᵢ is 1 for every i to what the condition of S allows.
template <Scalar D>
void require_inverse(const CsrView<D>& S, const CsrView<D>& inverse, double rcond, const char* who) {
    double worst = 0;
    for (Index i = 0; i < S.rows(); ++i) {
        std::complex<double> sum = 0;
        for (Offset p = S.indptr()[i]; p < S.indptr()[i + 1]; ++p)  // S Hermitian: Sⱼᵢ = conj(Sᵢⱼ)
            sum += std::complex<double>(inverse.values()[p]) * std::conj(std::complex<double>(S.values()[p]));
        const double error = std::abs(sum - 1.0);
        worst = error <= worst ? worst : error;  // a NaN stays
    }
    const double allowed = std::min(0.1, 100 * std::sqrt(static_cast<double>(S.rows())) * epsilon<D> / rcond);
    if (!(worst <= allowed))
        throw IllConditioned(std::string(who) + ": the diagonal of A⁻¹ A, computed on the pattern, differs from 1 by " +
                                 std::to_string(worst),
                             rcond);
}

}  // namespace

template <Scalar T>
SparseLogdetForward<T> logdet(const CsrView<T>& A, const SparseLogdetOptions& options) {
    using D = InDouble<T>;
    const char* who = "gradients::logdet";
    linalg::detail::require_square(A.rows(), A.cols(), who, "A");
    require_finite_entries(A, who, "A");
    const Index n = A.rows();
    if (n == 0) return {Real<T>(0), Csr<T>(A), 1};

    const Csr<D> in_double = convert_values<D>(A);
    const Equilibration e = equilibrate_symmetric(CsrView<D>(in_double));
    const Csr<D> S = scaled(CsrView<D>(in_double), e, Zeros::keep);  // D A D
    const Cholesky<D> factor(S, FactorOptions{.ordering = options.ordering});
    require_good_factors<D>(S, factor, who);
    double rcond = std::numeric_limits<double>::quiet_NaN();
    if (options.on_ill_conditioned == linalg::OnIllConditioned::raise) {
        rcond = 1 / (double(norm1(CsrView<D>(S))) * onenormest(LinearOperatorRef<D>(factor)).estimate);
        require_condition<T>(std::isfinite(rcond) ? rcond : 0, who, "the equilibrated A");
    }

    Csr<D> inverse = inverse_entries(factor, CsrView<D>(S));
    require_inverse<D>(S, inverse, std::isnan(rcond) ? 0 : rcond, who);

    // A⁻¹ = D S⁻¹ D, log det A = log det S − 2 log det D.
    double exponents = 0;
    for (const int exponent : e.row) exponents += exponent;
    const double logdet = factor.log_determinant().logabsdet - 2 * exponents * std::numbers::ln2;
    Csr<T> result(A);
    for (Index i = 0; i < n; ++i)
        for (Offset p = A.indptr()[i]; p < A.indptr()[i + 1]; ++p) {
            const int shift = e.row[static_cast<std::size_t>(i)] + e.row[static_cast<std::size_t>(A.indices()[p])];
            const D value = inverse.values()[static_cast<std::size_t>(p)];
            if constexpr (is_complex<T>)
                result.values()[static_cast<std::size_t>(p)] = T(static_cast<Real<T>>(std::ldexp(value.real(), shift)),
                                                                 static_cast<Real<T>>(std::ldexp(value.imag(), shift)));
            else
                result.values()[static_cast<std::size_t>(p)] = static_cast<T>(std::ldexp(value, shift));
        }
    return {static_cast<Real<T>>(logdet), finite(std::move(result), who), rcond};
}

}  // namespace detail

template <Scalar T>
Csr<T> vjp(const SparseLogdetForward<T>& f, std::type_identity_t<Real<T>> logdet_bar) {
    const char* who = "gradients::vjp(sparse logdet)";
    if (!std::isfinite(logdet_bar)) throw InvalidArgument(std::string(who) + ": logdet_bar is not finite");
    Csr<T> A_bar(f.inverse);
    for (T& value : A_bar.values()) value *= logdet_bar;
    return detail::finite(std::move(A_bar), who);
}

template <Scalar T>
Real<T> jvp(const SparseLogdetForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot) {
    const char* who = "gradients::jvp(sparse logdet)";
    const CsrView<T> Z = f.inverse;
    detail::require_square_sparse<T>(A_dot, Z.rows(), who, "A_dot");
    double sum = 0;
    for (Index i = 0; i < Z.rows(); ++i) {
        Offset q = Z.indptr()[i];
        for (Offset p = A_dot.indptr()[i]; p < A_dot.indptr()[i + 1]; ++p) {
            const Index j = A_dot.indices()[p];
            while (q < Z.indptr()[i + 1] && Z.indices()[q] < j) ++q;
            if (q == Z.indptr()[i + 1] || Z.indices()[q] != j)
                throw InvalidArgument(std::string(who) + ": A_dot has an entry at (" + std::to_string(i) + ", " +
                                      std::to_string(j) + "), where A has none");
            // Re tr(A⁻¹ Ȧ) = Re Σ conj((A⁻¹)ᵢⱼ) Ȧᵢⱼ, since A⁻¹ is Hermitian
            sum += (std::conj(std::complex<double>(Z.values()[q])) * std::complex<double>(A_dot.values()[p])).real();
        }
    }
    if (!std::isfinite(static_cast<Real<T>>(sum))) throw LimitExceeded(std::string(who) + ": the derivative overflows");
    return static_cast<Real<T>>(sum);
}

#define RITZ_INSTANTIATE(T)                                                                           \
    template SparseLogdetForward<T> detail::logdet<T>(const CsrView<T>&, const SparseLogdetOptions&); \
    template Csr<T> vjp<T>(const SparseLogdetForward<T>&, Real<T>);                                   \
    template Real<T> jvp<T>(const SparseLogdetForward<T>&, const CsrView<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
