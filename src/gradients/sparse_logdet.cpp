// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/sparse_logdet.hpp"

#include <cmath>
#include <complex>

#include "core/instantiate.hpp"
#include "gradients/sparse.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/solvers/selected_inverse.hpp"

namespace ritz::gradients {

namespace {

/// Σ Z_ij B_ji = Σ conj(Z_ji) B_ji for a Hermitian Z whose pattern holds that of B.
template <Scalar T>
T trace_of_product(const CsrView<T>& Z, const CsrView<T>& B) {
    using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    Wide sum = 0;
    for (Index i = 0; i < B.rows(); ++i) {
        auto z = static_cast<std::size_t>(Z.indptr()[i]);
        const auto z_end = static_cast<std::size_t>(Z.indptr()[i + 1]);
        for (auto e = static_cast<std::size_t>(B.indptr()[i]); e < static_cast<std::size_t>(B.indptr()[i + 1]); ++e) {
            if (B.values()[e] == T(0)) continue;
            while (z < z_end && Z.indices()[z] < B.indices()[e]) ++z;
            ritz::detail::require(z < z_end && Z.indices()[z] == B.indices()[e],
                                  "gradients::jvp(sparse logdet): A_dot has an entry outside of the pattern of A");
            sum += Wide(conjugate(Z.values()[z])) * Wide(B.values()[e]);
        }
    }
    return static_cast<T>(sum);
}

template <Scalar T>
void require_finite(const CsrView<T>& A, const char* who) {
    for (const T value : A.values())
        if (!std::isfinite(std::abs(value)))
            throw InvalidArgument(std::string(who) + ": a value of the matrix is not finite");
}

}  // namespace

template <Scalar T>
SparseLogdetForward<T> logdet(const Cholesky<T>& F, const CsrView<T>& A) {
    SparseLogdetForward<T> f{static_cast<Real<T>>(F.log_determinant().logabsdet), inverse_entries(F, A)};
    detail::require_finite_values<T>(f.inverse_entries, "gradients::logdet");
    return f;
}

template <Scalar T>
Csr<T> vjp(const SparseLogdetForward<T>& f, std::type_identity_t<Real<T>> logdet_bar) {
    ritz::detail::require(std::isfinite(logdet_bar), "gradients::vjp(sparse logdet): logdet_bar is not finite");
    Csr<T> A_bar = f.inverse_entries;
    for (T& value : A_bar.values()) value *= logdet_bar;
    detail::require_finite_values<T>(A_bar, "gradients::vjp(sparse logdet)");
    return A_bar;
}

template <Scalar T>
Real<T> jvp(const SparseLogdetForward<T>& f, const std::type_identity_t<CsrView<T>>& A_dot) {
    const auto& Z = f.inverse_entries;
    ritz::detail::require(A_dot.rows() == Z.rows() && A_dot.cols() == Z.cols(),
                          "gradients::jvp(sparse logdet): A_dot has another shape than A");
    require_finite<T>(A_dot, "gradients::jvp(sparse logdet)");
    return std::real(trace_of_product<T>(Z, A_dot));
}

template <Scalar T>
T trace_of_inverse_times(const Cholesky<T>& F, const std::type_identity_t<CsrView<T>>& B) {
    require_finite<T>(B, "gradients::trace_of_inverse_times");
    return trace_of_product<T>(inverse_entries(F, B), B);
}

#define RITZ_INSTANTIATE(T)                                                           \
    template SparseLogdetForward<T> logdet<T>(const Cholesky<T>&, const CsrView<T>&); \
    template Csr<T> vjp<T>(const SparseLogdetForward<T>&, Real<T>);                   \
    template Real<T> jvp<T>(const SparseLogdetForward<T>&, const CsrView<T>&);        \
    template T trace_of_inverse_times<T>(const Cholesky<T>&, const CsrView<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
