// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/gradients/svd.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "gradients/check.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::gradients {

namespace {

/// Below it two singular values are one to rounding, and one is zero.
template <Scalar T>
double equality_of(const SvdForward<T>& f) {
    if (f.s.size() == 0) return 0;
    return 10 * static_cast<double>(std::max(f.U.rows(), f.Vh.cols())) * detail::epsilon<T> * double(f.s(0));
}

template <Scalar T>
[[noreturn]] void fail_repeated(const char* who, const char* what, const SvdForward<T>& f, Eigen::Index i,
                                Eigen::Index j) {
    const double gap = i == j ? double(f.s(i)) : std::abs(double(f.s(i)) - double(f.s(j)));
    throw RepeatedSingularValue(std::string(who) + ": singular values " + detail::pair_and_gap(i, j, gap) +
                                    ", which is rounding error; " + what,
                                i, j, gap);
}

template <Scalar T>
[[noreturn]] void fail_zero(const char* who, const char* what, const SvdForward<T>& f, Eigen::Index i) {
    throw RepeatedSingularValue(std::string(who) + ": singular value " + std::to_string(i) +
                                    " is zero to rounding, where it has a kink; " + what,
                                i, i, double(f.s(i)));
}

/// (M − Mᴴ)/2
template <Scalar T>
Eigen::MatrixX<T> skew_part(const Eigen::MatrixX<T>& M) {
    return (M - M.adjoint()) * Real<T>(0.5);
}

}  // namespace

namespace detail {
template <Scalar T>
SvdForward<T> svd(linalg::Matrix<T> A) {
    auto [U, s, Vh] = linalg::svd(A, {.full_matrices = false});
    return {std::move(U), std::move(s), std::move(Vh)};
}
}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> vjp(const SvdForward<T>& f, const std::type_identity_t<SvdTangent<T>>& bar) {
    using R = Real<T>;
    const char* who = "gradients::vjp(svd)";
    const Eigen::Index m = f.U.rows(), n = f.Vh.cols(), k = f.s.size();
    const bool with_U = detail::given<T>(bar.U, m, k, who, "the cotangent of U");
    const bool with_s = detail::given<R>(bar.s, k, 1, who, "the cotangent of s");
    const bool with_V = detail::given<T>(bar.Vh, k, n, who, "the cotangent of Vh");
    const double equality = equality_of(f);
    const auto is_zero = [&](Eigen::Index i) { return double(f.s(i)) <= equality; };

    Eigen::MatrixX<T> P = Eigen::MatrixX<T>::Zero(k, k);
    Eigen::MatrixX<T> A_bar;
    if (with_U || with_V) {
        const Eigen::MatrixX<T> U_bar = with_U ? bar.U : Eigen::MatrixX<T>(Eigen::MatrixX<T>::Zero(m, k));
        const Eigen::MatrixX<T> V_bar = with_V ? Eigen::MatrixX<T>(bar.Vh.adjoint()) : Eigen::MatrixX<T>::Zero(n, k);
        const Eigen::MatrixX<T> UU = f.U.adjoint() * U_bar, VV = f.Vh * V_bar;
        const Eigen::MatrixX<T> X = skew_part<T>(UU), Y = skew_part<T>(VV);
        const double size = std::hypot(double(U_bar.stableNorm()), double(V_bar.stableNorm()));
        const double zero = detail::rounding_of<T>(size, std::max(m, n));
        for (Eigen::Index j = 0; j < k; ++j) {
            if (std::abs(X(j, j) + Y(j, j)) > std::sqrt(detail::epsilon<T>) * size)
                throw GaugeDependent(std::string(who) +
                                         ": the loss depends on the common phase of the singular vectors " +
                                         std::to_string(j) + ", which is arbitrary",
                                     j);
            for (Eigen::Index i = 0; i <= j; ++i) {
                const T sum = X(i, j) + Y(i, j), difference = X(i, j) - Y(i, j);
                T upper = T(0), lower = T(0);
                if (i != j && double(f.s(i)) - double(f.s(j)) > equality) {
                    upper = sum / (f.s(j) - f.s(i));
                    lower = conjugate(upper);
                } else if (i != j && std::abs(sum) > zero) {
                    fail_repeated(who, "the loss depends on their single vectors", f, i, j);
                }
                if (!is_zero(i)) {
                    const T q = difference / (f.s(i) + f.s(j));
                    upper += q;
                    lower -= conjugate(q);
                } else if (std::abs(difference) > zero) {
                    fail_zero(who, "the loss depends on its vectors", f, j);
                }
                P(i, j) = upper;
                if (i != j) P(j, i) = lower;
            }
        }
        // What leaves the spaces of U and V, divided by s.
        Eigen::MatrixX<T> U_out = U_bar - f.U * UU;
        Eigen::MatrixX<T> V_out = V_bar - f.Vh.adjoint() * VV;
        for (Eigen::Index i = 0; i < k; ++i)
            for (auto* out : {&U_out, &V_out}) {
                const bool square = out->rows() == k;  // nothing is outside
                if (square || double(out->col(i).stableNorm()) <= (is_zero(i) ? zero : 0.0))
                    out->col(i).setZero();
                else if (is_zero(i))
                    fail_zero(who, "the loss depends on its vectors", f, i);
                else
                    out->col(i) /= f.s(i);
            }
        A_bar = U_out * f.Vh + f.U * V_out.adjoint();
    } else {
        A_bar = Eigen::MatrixX<T>::Zero(m, n);
    }
    if (with_s) {
        const double zero = detail::rounding_of<T>(k ? double(bar.s.cwiseAbs().maxCoeff()) : 0.0, std::max(m, n));
        for (Eigen::Index j = 0; j < k; ++j) {
            if (is_zero(j) && std::abs(double(bar.s(j))) > zero) fail_zero(who, "the loss depends on it", f, j);
            for (Eigen::Index i = j; i-- > 0 && double(f.s(i)) - double(f.s(j)) <= equality;)
                if (std::abs(double(bar.s(j)) - double(bar.s(i))) > zero)
                    fail_repeated(who, "the loss weights them differently", f, i, j);
        }
        P.diagonal() += bar.s.template cast<T>();
    }
    A_bar += (f.U * P) * f.Vh;
    return detail::finite(std::move(A_bar), who);
}

template <Scalar T>
SvdTangent<T> jvp(const SvdForward<T>& f, std::type_identity_t<linalg::Matrix<T>> A_dot, const SvdJvpOptions& options) {
    using R = Real<T>;
    const char* who = "gradients::jvp(svd)";
    const Eigen::Index m = f.U.rows(), n = f.Vh.cols(), k = f.s.size();
    detail::require_shape<T>(A_dot, m, n, who, "A_dot");
    const double equality = equality_of(f);
    const double zero = detail::rounding_of<T>(double(A_dot.stableNorm()), std::max(m, n));
    const Eigen::MatrixX<T> AV = A_dot * f.Vh.adjoint();
    const Eigen::MatrixX<T> D = f.U.adjoint() * AV;
    SvdTangent<T> dot;
    dot.s = D.diagonal().real();

    Eigen::MatrixX<T> W_U = Eigen::MatrixX<T>::Zero(k, k), W_V = W_U;  // Uᴴ U̇ and Vᴴ V̇, skew-Hermitian
    for (Eigen::Index j = 0; j < k; ++j) {
        if (double(f.s(j)) <= equality) fail_zero(who, "it has no derivative there", f, j);
        for (Eigen::Index i = 0; i <= j; ++i) {
            const T even = (D(i, j) + conjugate(D(j, i))) / R(2), odd = (D(i, j) - conjugate(D(j, i))) / R(2);
            T part = T(0);
            if (i != j && double(f.s(i)) - double(f.s(j)) > equality) {
                part = even / (f.s(j) - f.s(i));
            } else if (i != j) {
                if (std::abs(even) > zero || std::abs(double(dot.s(j)) - double(dot.s(i))) > zero)
                    fail_repeated(who, "and this direction parts them", f, i, j);
                if (options.vectors) fail_repeated(who, "so their single vectors have no derivative", f, i, j);
            }
            const T common = odd / (f.s(i) + f.s(j));
            W_U(i, j) = part + common;
            W_V(i, j) = part - common;
            if (i != j) {
                W_U(j, i) = -conjugate(W_U(i, j));
                W_V(j, i) = -conjugate(W_V(i, j));
            }
        }
    }
    if (options.vectors) {
        const auto inverse = f.s.cwiseInverse().template cast<T>().asDiagonal();
        dot.U = f.U * W_U;
        if (m > k) dot.U += (AV - f.U * D) * inverse;
        dot.Vh = (f.Vh.adjoint() * W_V).adjoint();
        if (n > k) dot.Vh += inverse * (f.U.adjoint() * A_dot - D * f.Vh);
        dot.U = detail::finite(std::move(dot.U), who);
        dot.Vh = detail::finite(std::move(dot.Vh), who);
    }
    dot.s = detail::finite(std::move(dot.s), who);
    return dot;
}

#define RITZ_INSTANTIATE(T)                                                        \
    template SvdForward<T> detail::svd<T>(linalg::Matrix<T>);                      \
    template Eigen::MatrixX<T> vjp<T>(const SvdForward<T>&, const SvdTangent<T>&); \
    template SvdTangent<T> jvp<T>(const SvdForward<T>&, linalg::Matrix<T>, const SvdJvpOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::gradients
