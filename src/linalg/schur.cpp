// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/schur.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "core/instantiate.hpp"
#include "linalg/eigenvector_columns.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/lapack_spectral.hpp"
#include "linalg/probe.hpp"
#include "linalg/spectral_range.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg::detail {

namespace {

/// A Z = Q T for a random vector, Q and Z unitary.
template <Scalar T_>
bool is_unitary_form(const Eigen::MatrixX<T_>& A, const Eigen::MatrixX<T_>& Q, const Eigen::MatrixX<T_>& T,
                     const Eigen::MatrixX<T_>& Z) {
    const auto z = probe_vector<T_>(A.cols());
    return is_orthonormal<T_>(Z) && agree<T_>(A * (Z * z), Q * (T * z), A.norm() * z.norm(), A.rows());
}

bool in_first_part(SchurSort sort, std::complex<double> value) {
    switch (sort) {
        case SchurSort::lhp:
            return value.real() < 0;
        case SchurSort::rhp:
            return value.real() >= 0;
        case SchurSort::iuc:
            return std::abs(value) <= 1;
        case SchurSort::ouc:
            return std::abs(value) > 1;
        default:
            return false;
    }
}

/// The same for alpha / beta.
bool in_first_part(SchurSort sort, std::complex<double> alpha, std::complex<double> beta) {
    const bool infinite = beta == 0.0;
    switch (sort) {
        case SchurSort::lhp:
            return !infinite && (alpha / beta).real() < 0;
        case SchurSort::rhp:
            return !infinite && (alpha / beta).real() > 0;
        case SchurSort::iuc:
            return !infinite && std::abs(alpha) < std::abs(beta);
        case SchurSort::ouc:
            return std::abs(alpha) > std::abs(beta);
        default:
            return false;
    }
}

/// Below the diagonal only the 2 × 2 blocks of complex pairs may stay, which LAPACK leaves; the rest of the lower
/// triangle holds what it was overwritten with.
template <Scalar T_>
void clear_below_subdiagonal(Eigen::MatrixX<T_>& T) {
    for (Eigen::Index j = 0; j + 2 < T.cols(); ++j) T.col(j).tail(T.rows() - j - 2).setZero();
}

}  // namespace

template <Scalar T_>
SchurResult<T_> schur(Matrix<T_> A, const SchurOptions& options, const char* who) {
    using C = std::complex<double>;
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T_>(A, who, "A");
    const int n = lapack::dimension(A.rows());
    SchurResult<T_> result{A, Eigen::MatrixX<T_>(n, n), 0};
    if (n == 0) return result;
    const FewThreads limit(n);
    const int exponent = power_of_two_scale(max_abs<T_>(A));
    scale_by_power_of_two(result.T, exponent);
    const Eigen::MatrixX<T_> scaled = result.T;
    Eigen::VectorX<T_> re(n), im = Eigen::VectorX<T_>::Zero(n);
    if (lapack::gees<T_>(n, result.T.data(), n, re.data(), im.data(), result.Z.data(), n) != 0)
        throw NoConvergence(std::string(who) + ": the QR iteration did not find all eigenvalues");
    if (options.sort != SchurSort::none || options.select) {
        const auto values = unpacked_values<T_>(re, im);
        std::vector<int> chosen(static_cast<std::size_t>(n));
        for (Eigen::Index k = 0; k < n; ++k) {
            const C value(std::ldexp(static_cast<double>(values[k].real()), -exponent),
                          std::ldexp(static_cast<double>(values[k].imag()), -exponent));
            chosen[static_cast<std::size_t>(k)] =
                options.select ? options.select(value) : in_first_part(options.sort, value);
        }
        int selected = 0;
        if (lapack::trsen<T_>(chosen.data(), n, result.T.data(), n, result.Z.data(), n, re.data(), im.data(),
                              selected) != 0)
            throw NoConvergence(std::string(who) + ": eigenvalues are too close to each other to be exchanged");
        result.selected = selected;
    }
    if (!is_unitary_form<T_>(scaled, result.Z, result.T, result.Z))
        throw NoConvergence(std::string(who) + ": the result of the QR iteration does not pass its check");
    scale_back(result.T, exponent, who);
    return result;
}

template <Scalar R>
SchurResult<std::complex<R>> rsf2csf(Matrix<R> T, Matrix<R> Z) {
    using C = std::complex<R>;
    require_square(T.rows(), T.cols(), "rsf2csf", "T");
    require_square(Z.rows(), Z.cols(), "rsf2csf", "Z");
    require_same_rows(T.rows(), T.cols(), Z.rows(), Z.cols(), "rsf2csf");
    require_finite<R>(T, "rsf2csf", "T");
    require_finite<R>(Z, "rsf2csf", "Z");
    const Eigen::Index n = T.rows();
    SchurResult<C> result{T.template cast<C>(), Z.template cast<C>(), 0};
    for (Eigen::Index j = 0; j + 1 < n; ++j) {
        const bool below = T.col(j).tail(n - j - 2).cwiseAbs().sum() != 0;
        if (below || (j > 0 && T(j + 1, j) != 0 && T(j, j - 1) != 0))
            throw InvalidArgument("rsf2csf: T is not a real Schur form: column " + std::to_string(j) +
                                  " has entries below its 2 x 2 block");
    }
    for (Eigen::Index m = n - 1; m > 0; --m) {
        if (T(m, m - 1) == 0) continue;
        const C a = result.T(m - 1, m - 1), b = result.T(m - 1, m), c = result.T(m, m - 1), d = result.T(m, m);
        // λ of the block, and its eigenvector (λ - d, c).
        const C half = (a - d) / R(2), root = std::sqrt(half * half + b * c);
        const C mu = std::abs(half + root) >= std::abs(half - root) ? half + root : half - root;
        const R length = std::hypot(std::abs(mu), std::abs(c));
        const C cosine = mu / length, sine = c / length;
        // G = [conj(cos) conj(sin); -sin cos] maps (mu, c) to (length, 0).
        const auto rows = [&](auto&& upper, auto&& lower) {
            const auto u = upper.eval();
            const auto l = lower.eval();
            upper = std::conj(cosine) * u + std::conj(sine) * l;
            lower = -sine * u + cosine * l;
        };
        rows(result.T.row(m - 1), result.T.row(m));
        const auto columns = [&](Eigen::MatrixX<C>& M) {
            const Eigen::VectorX<C> u = M.col(m - 1), l = M.col(m);
            M.col(m - 1) = u * cosine + l * sine;
            M.col(m) = -u * std::conj(sine) + l * std::conj(cosine);
        };
        columns(result.T);
        columns(result.Z);
        result.T(m, m - 1) = 0;
    }
    return result;
}

template <Scalar T>
QzResult<T> qz(Matrix<T> A, Matrix<T> B, const QzOptions& options, const char* who) {
    using C = std::complex<double>;
    require_square(A.rows(), A.cols(), who, "A");
    require_square(B.rows(), B.cols(), who, "B");
    require_same_rows(A.rows(), A.cols(), B.rows(), B.cols(), who);
    require_finite<T>(A, who, "A");
    require_finite<T>(B, who, "B");
    const int n = lapack::dimension(A.rows());
    QzResult<T> result;
    result.AA = A;
    result.BB = B;
    result.Q.resize(n, n);
    result.Z.resize(n, n);
    if (n == 0) return result;
    const FewThreads limit(n);
    const int a_exponent = power_of_two_scale(max_abs<T>(A)), b_exponent = power_of_two_scale(max_abs<T>(B));
    scale_by_power_of_two(result.AA, a_exponent);
    scale_by_power_of_two(result.BB, b_exponent);
    const Eigen::MatrixX<T> a_scaled = result.AA, b_scaled = result.BB;
    Eigen::VectorX<T> alpha(n), alpha_imaginary = Eigen::VectorX<T>::Zero(n), beta(n);
    if (lapack::gges<T>(n, result.AA.data(), n, result.BB.data(), n, alpha.data(), alpha_imaginary.data(), beta.data(),
                        result.Q.data(), n, result.Z.data(), n) != 0)
        throw NoConvergence(std::string(who) + ": the QZ iteration did not find all eigenvalues of the pencil");
    if (options.sort != SchurSort::none || options.select) {
        const auto numerators = unpacked_values<T>(alpha, alpha_imaginary);
        std::vector<int> chosen(static_cast<std::size_t>(n));
        for (Eigen::Index k = 0; k < n; ++k) {
            const auto part = [](auto x, int exponent) { return std::ldexp(static_cast<double>(x), -exponent); };
            const std::complex<Real<T>> denominator(beta[k]);
            const C a(part(numerators[k].real(), a_exponent), part(numerators[k].imag(), a_exponent));
            const C b(part(denominator.real(), b_exponent), part(denominator.imag(), b_exponent));
            chosen[static_cast<std::size_t>(k)] =
                options.select ? options.select(a, b) : in_first_part(options.sort, a, b);
        }
        int selected = 0;
        if (lapack::tgsen<T>(chosen.data(), n, result.AA.data(), n, result.BB.data(), n, alpha.data(),
                             alpha_imaginary.data(), beta.data(), result.Q.data(), n, result.Z.data(), n,
                             selected) != 0)
            throw NoConvergence(std::string(who) + ": eigenvalues are too close to each other to be exchanged");
        result.selected = selected;
    }
    if (!is_orthonormal<T>(result.Q) || !is_unitary_form<T>(a_scaled, result.Q, result.AA, result.Z) ||
        !is_unitary_form<T>(b_scaled, result.Q, result.BB, result.Z))
        throw NoConvergence(std::string(who) + ": the result of the QZ iteration does not pass its check");
    result.alpha = unpacked_values<T>(alpha, alpha_imaginary);
    result.beta = beta.template cast<std::complex<Real<T>>>();
    scale_back(result.AA, a_exponent, who);
    scale_back(result.alpha, a_exponent, who);
    scale_back(result.BB, b_exponent, who);
    scale_back(result.beta, b_exponent, who);
    return result;
}

template <Scalar T>
HessenbergResult<T> hessenberg(Matrix<T> A) {
    require_square(A.rows(), A.cols(), "hessenberg", "A");
    require_finite<T>(A, "hessenberg", "A");
    const int n = lapack::dimension(A.rows());
    HessenbergResult<T> result{A, Eigen::MatrixX<T>::Identity(n, n)};
    if (n <= 2) return result;
    const FewThreads limit(n);
    const int exponent = power_of_two_scale(max_abs<T>(A));
    scale_by_power_of_two(result.H, exponent);
    const Eigen::MatrixX<T> scaled = result.H;
    Eigen::VectorX<T> tau(n);
    lapack::gehrd<T>(n, 1, n, result.H.data(), n, tau.data());
    result.Q = result.H;
    lapack::unghr<T>(n, 1, n, result.Q.data(), n, tau.data());
    clear_below_subdiagonal(result.H);
    if (!is_unitary_form<T>(scaled, result.Q, result.H, result.Q))
        throw NoConvergence("hessenberg: the result does not pass its check");
    scale_back(result.H, exponent, "hessenberg");
    return result;
}

template <Scalar T_>
BalanceResult<T_> matrix_balance(Matrix<T_> A, const BalanceOptions& options) {
    using R = Real<T_>;
    require_square(A.rows(), A.cols(), "matrix_balance", "A");
    require_finite<T_>(A, "matrix_balance", "A");
    const int n = lapack::dimension(A.rows());
    BalanceResult<T_> result{A, Eigen::MatrixX<T_>::Zero(n, n), Eigen::VectorX<R>::Ones(n), {}};
    result.permutation.setLinSpaced(n, 0, n - 1);
    if (n > 0) {
        const char job = options.permute ? (options.scale ? 'B' : 'P') : (options.scale ? 'S' : 'N');
        int ilo = 1, ihi = n;
        Eigen::VectorX<R> steps(n);
        lapack::gebal<T_>(job, n, result.B.data(), n, ilo, ihi, steps.data());
        // Outside ilo..ihi LAPACK notes which row was exchanged: the last ones first, then the first ones.
        const auto exchange = [&](Eigen::Index k) {
            std::swap(result.permutation[k], result.permutation[static_cast<Eigen::Index>(steps[k]) - 1]);
        };
        for (Eigen::Index k = n - 1; k >= ihi; --k) exchange(k);
        for (Eigen::Index k = 0; k < ilo - 1; ++k) exchange(k);
        for (Eigen::Index k = ilo - 1; k < ihi; ++k) result.scale[result.permutation[k]] = steps[k];
    }
    for (Eigen::Index k = 0; k < n; ++k) result.T(result.permutation[k], k) = result.scale[result.permutation[k]];
    return result;
}

template <Scalar R>
RealDiagonalForm<R> cdf2rdf(Matrix<std::complex<R>> w, Matrix<std::complex<R>> V) {
    using C = std::complex<R>;
    if (w.cols() != 1 || w.rows() != V.cols())
        throw InvalidArgument("cdf2rdf: w must be a vector with one eigenvalue a column of V");
    require_finite<C>(w, "cdf2rdf", "w");
    require_finite<C>(V, "cdf2rdf", "v");
    const Eigen::Index n = w.rows();
    RealDiagonalForm<R> result{Eigen::MatrixX<R>::Zero(n, n), V.real()};
    for (Eigen::Index k = 0; k < n; ++k) {
        const C value = w(k, 0);
        result.w(k, k) = value.real();
        if (value.imag() == 0) continue;
        const R tolerance = 8 * R(n) * unit_roundoff<C> * std::abs(value);
        if (k + 1 == n || !(std::abs(w(k + 1, 0) - std::conj(value)) <= tolerance))
            throw InvalidArgument("cdf2rdf: eigenvalue " + std::to_string(k) +
                                  " is complex, but the next is not its conjugate");
        result.w(k + 1, k + 1) = value.real();
        result.w(k, k + 1) = value.imag();
        result.w(k + 1, k) = -value.imag();
        result.v.col(k + 1) = V.col(k).imag();
        ++k;
    }
    return result;
}

#define RITZ_INSTANTIATE(T)                                                          \
    template SchurResult<T> schur<T>(Matrix<T>, const SchurOptions&, const char*);   \
    template QzResult<T> qz<T>(Matrix<T>, Matrix<T>, const QzOptions&, const char*); \
    template HessenbergResult<T> hessenberg<T>(Matrix<T>);                           \
    template BalanceResult<T> matrix_balance<T>(Matrix<T>, const BalanceOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
template SchurResult<std::complex<float>> rsf2csf<float>(Matrix<float>, Matrix<float>);
template SchurResult<std::complex<double>> rsf2csf<double>(Matrix<double>, Matrix<double>);
template RealDiagonalForm<float> cdf2rdf<float>(Matrix<std::complex<float>>, Matrix<std::complex<float>>);
template RealDiagonalForm<double> cdf2rdf<double>(Matrix<std::complex<double>>, Matrix<std::complex<double>>);

}  // namespace ritz::linalg::detail
