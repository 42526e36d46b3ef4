// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/solve/direct.hpp"

#include "ritz/formats/convert.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"

namespace ritz::solving {

template <Scalar W>
detail::Inverse<W> Factors<W>::inverse() const {
    const auto apply = [this](Transpose op) {
        return [this, op](VectorView<W> b, VectorRef<W> x) {
            const Eigen::Map<const Eigen::MatrixX<W>> B(b.data(), static_cast<Eigen::Index>(b.size()), 1);
            const Eigen::MatrixX<W> X = solve(B, op);
            std::copy(X.data(), X.data() + X.size(), x.begin());
        };
    };
    return {apply(Transpose::none), apply(Transpose::adjoint)};
}

template <Scalar W>
Equilibration scaling_for(Method method, Scaling how, const CsrView<W>& A) {
    if (how == Scaling::least_squares) return equilibrate_least_squares(A);
    if (method == Method::cholesky || method == Method::ldlt) return equilibrate_symmetric(A);
    return equilibrate(A);
}

namespace {

template <Scalar W, class F>
Factors<W> erased(F&& factors, bool hermitian) {
    const auto shared = std::make_shared<F>(std::move(factors));
    return {[shared](const Eigen::Ref<const Eigen::MatrixX<W>>& B, Transpose op) -> Eigen::MatrixX<W> {
                if constexpr (requires { shared->solve(B, op); }) {
                    return shared->solve(B, op);
                } else {
                    Eigen::MatrixX<W> X(B.rows(), B.cols());
                    for (Eigen::Index k = 0; k < B.cols(); ++k) {
                        const VectorView<W> b(B.data() + k * B.outerStride(), static_cast<std::size_t>(B.rows()));
                        if (op == Transpose::none)
                            shared->apply(b, column(X, k));
                        else
                            shared->apply_adjoint(b, column(X, k));
                    }
                    return X;
                }
            },
            hermitian, shared->statistics()};
}

}  // namespace

template <Scalar W>
Factors<W> factor(Method method, const Csr<W>& S, const Structure& structure, const FactorOptions& options) {
    switch (method) {
        case Method::cholesky:
            if (!structure.hermitian) throw NotSymmetric{};
            return erased<W>(Cholesky<W>(S, options), true);
        default:
            return erased<W>(Lu<W>(to_csc(S), options), false);
    }
}

#define INSTANTIATE(W)                                                      \
    template struct Factors<W>;                                             \
    template Equilibration scaling_for(Method, Scaling, const CsrView<W>&); \
    template Factors<W> factor(Method, const Csr<W>&, const Structure&, const FactorOptions&);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)

}  // namespace ritz::solving
