// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Iterative methods for A x = b and min ‖b − A x‖₂, all with one contract:
///
///     Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
///     KrylovReport report = cg(A, b, x, M, KrylovOptions{.stop = {.rtol = 1e-10}});
///     report.status;         // converged, or the finding that kept it from that
///     report.residual_norm;  // ‖b − A x‖₂, computed from the x returned
///
/// A is a matrix (CSR, CSC, or a TunedMatrix, which serves several calls) or any LinearOperator; M applies M⁻¹
/// (preconditioners/). x holds the starting guess and receives the best iterate seen.
///
///   C1  residual_norm is ‖b − A x‖₂ of the x returned, never an estimate; with a matrix it is accumulated in twice the
///       precision where rounding could decide.
///   C2  status is `converged` exactly when residual_norm ≤ max(rtol ‖b‖₂, atol); for the least-squares methods also
///       when ‖Aᴴ r‖₂ ≤ τ ‖A‖_F ‖r‖₂, τ = min(rtol, 1e-12), or 2e-6 in single precision. (Where the condition of A
///       exceeds 1/τ, that says little of x.)
///   C3  `iterations` is the number of applications of A and Aᴴ that the method made, restarted or not, at most
///       max_iterations. (Residuals computed for C1 come on top.) history[k] is the norm as the method saw it after k
///       of them. Where a step takes two, a method may learn the norm only after the second, and the entry repeats.
///       A report of what is refused before the first product (not_symmetric, not_finite) has no norm and no history.
///   C4  b = 0 gives x = 0, and an exact starting guess itself, after 0 iterations.
///   C5  A, b and M may have any scale: what is computed inside is scaled by powers of two.
///   C6  What A, M or the monitor throws passes through; x is then unchanged, and everything can be used again.
///   C7  The same call gives the same bits for the same number of threads.

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/formats/tuned.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/preconditioners/preconditioner.hpp"
#include "ritz/preconditioners/registry.hpp"  // so that `chebyshev` there does not shadow the one here
#include "ritz/solvers/methods.hpp"
#include "ritz/core/status.hpp"

namespace ritz {

class Recycling;

/// When an iterative method ends: ‖b − A x‖₂ ≤ max(rtol ‖b‖₂, atol), or at a limit.
struct Stop {
    double rtol = 1e-8;
    double atol = 0;
    std::int64_t max_iterations = -1;  ///< applications of A and Aᴴ; negative: 10 max(m, n), in [100, 100 000]
    double max_seconds = 0;            ///< 0: no limit
};

/// On which side of A the preconditioner stands. `right` keeps the residual that is minimised the true one, `left`
/// minimises ‖M⁻¹ r‖₂ (and is still stopped on the true residual).
enum class Side : std::uint8_t { right, left };

/// What a monitor is told after each iteration. The norm is what the method sees then, without an extra product.
struct KrylovState {
    std::int64_t iteration = 0;
    double residual_norm = 0;
    double target = 0;  ///< max(rtol ‖b‖₂, atol)
};

struct KrylovOptions {
    Stop stop = {};
    int restart = 50;                                ///< GMRES and its kin: vectors kept before a restart
    int recycle = 4;                                 ///< LGMRES, GCRO-DR: of them, kept from cycle to cycle
    Recycling* recycling = nullptr;                  ///< GCRO-DR: kept from solve to solve; recycling.hpp
    int degree = 2;                                  ///< BiCGSTAB(ℓ): ℓ
    int shadow = 4;                                  ///< IDR(s): s
    Side side = Side::right;                         ///< GMRES and the non-symmetric methods
    double damping = 0;                              ///< Richardson: ω in x ← x + ω M⁻¹ r; 0: minimal residual
    double eigenvalue_low = 0, eigenvalue_high = 0;  ///< Chebyshev: bounds of the spectrum of M⁻¹A; 0: estimated
    std::uint64_t seed = 1;                          ///< of random shadow vectors
    bool history = true;                             ///< keep the norms
    /// Rearrange a matrix for faster products (formats/tuned.hpp) when it is large: costs some ten products and up to
    /// A's memory again.
    bool tune = true;
    /// A is known to be Hermitian: the matrix is not looked through for that.
    bool known_hermitian = false;
    /// Called after each iteration; true ends the method with Status::interrupted.
    std::function<bool(const KrylovState&)> monitor = {};
    const std::atomic<bool>* cancel = nullptr;  ///< the same by a flag
};

struct [[nodiscard]] KrylovReport {
    Status status = Status::not_converged;
    std::string_view method;
    std::string preconditioner = "none";
    std::int64_t iterations = 0;
    double residual_norm = std::numeric_limits<double>::quiet_NaN();      ///< ‖b − A x‖₂
    double relative_residual = std::numeric_limits<double>::quiet_NaN();  ///< over ‖b‖₂; 0/0 counts as 0
    /// Least-squares methods: ‖Aᴴ r‖₂ / (‖A‖_F ‖r‖₂), 0 at a minimiser. ‖A‖_F is a lower bound from the iteration.
    double normal_residual = std::numeric_limits<double>::quiet_NaN();
    double target = 0;            ///< max(rtol ‖b‖₂, atol)
    std::vector<double> history;  ///< iterations + 1 norms, the first at the starting guess
    /// Extreme Ritz values of M⁻¹A, where the method finds them on its way (CG, MINRES): they lie inside the spectrum.
    std::optional<double> smallest_ritz, largest_ritz;
    /// Lower bound on the condition of M⁻¹A (CG, MINRES, GMRES, LSQR and their kin), NaN where unknown.
    double condition_estimate = std::numeric_limits<double>::quiet_NaN();
    std::string message;  ///< one sentence on a status other than converged
    double seconds = 0;
};

namespace detail {

/// What is solved: an operator, which may be known to be a matrix.
template <Scalar T>
struct KrylovOperator {
    LinearOperatorRef<T> apply;
    std::optional<CsrView<T>> rows = {};    ///< A as CSR
    std::optional<CscView<T>> cols = {};    ///< A as CSC
    const TunedMatrix<T>* tuned = nullptr;  ///< what `apply` is then

    static KrylovOperator of(const CsrView<T>& A) { return {A, A, {}}; }
    static KrylovOperator of(const CscView<T>& A) { return {A, {}, A}; }
    template <class A>
    static KrylovOperator of(const A& a) {
        if constexpr (std::derived_from<A, CsrView<T>>)
            return of(static_cast<const CsrView<T>&>(a));
        else if constexpr (std::same_as<A, TunedMatrix<T>>)
            return {a, a.view(), {}, &a};
        else if constexpr (std::derived_from<A, CscView<T>>)
            return of(static_cast<const CscView<T>&>(a));
        else
            return {a, {}, {}};
    }
};

template <Scalar T>
KrylovReport krylov(Method method, const KrylovOperator<T>& A, VectorView<T> b, VectorRef<T> x,
                    const Preconditioner<T>* M, const LinearOperatorRef<T>* M_ref, const KrylovOptions& options);

}  // namespace detail

/// The method of that name without or with a preconditioner; the functions below are short for it.
/// \throws InvalidArgument if a shape does not fit, an option is out of range, `method` is not iterative, or A or M
///         has no adjoint where the method needs it (the message says which).
template <class A, VectorLike B, class X>
KrylovReport krylov(Method method, const A& a, const B& b, X&& x, const KrylovOptions& options = {}) {
    using T = detail::ElementOf<const B>;
    return detail::krylov<T>(method, detail::KrylovOperator<T>::of(a), b, VectorRef<T>(x), nullptr, nullptr, options);
}
template <class A, VectorLike B, class X, class M>
requires(LinearOperator<M, detail::ElementOf<const B>>) KrylovReport
    krylov(Method method, const A& a, const B& b, X&& x, const M& m, const KrylovOptions& options = {}) {
    using T = detail::ElementOf<const B>;
    if constexpr (std::same_as<M, Preconditioner<T>>) {
        return detail::krylov<T>(method, detail::KrylovOperator<T>::of(a), b, VectorRef<T>(x), m ? &m : nullptr,
                                 nullptr, options);
    } else {
        const LinearOperatorRef<T> ref(m);
        return detail::krylov<T>(method, detail::KrylovOperator<T>::of(a), b, VectorRef<T>(x), nullptr, &ref, options);
    }
}

/// A X = B, one column after another: one report for each column. \throws InvalidArgument if the shapes do not fit.
template <class A, class Derived, class X, class... More>
requires(!Derived::IsVectorAtCompileTime) std::vector<KrylovReport> krylov(Method method, const A& a,
                                                                           const Eigen::MatrixBase<Derived>& B, X&& x,
                                                                           const More&... more) {
    using T = typename Derived::Scalar;
    const Eigen::Ref<const Eigen::MatrixX<T>> columns(B);
    Eigen::Ref<Eigen::MatrixX<T>> solutions(x);
    detail::require(columns.cols() == solutions.cols(), "krylov: B and X must have as many columns");
    std::vector<KrylovReport> reports;
    for (Eigen::Index k = 0; k < columns.cols(); ++k)
        reports.push_back(krylov(method, a, columns.col(k), solutions.col(k), more...));
    return reports;
}

namespace detail {
/// krylov with the method fixed: name(A, b, x), name(A, b, x, options), name(A, b, x, M), name(A, b, x, M, options),
/// and the same with matrices B and X.
template <Method method>
struct KrylovFunction {
    template <class A, VectorLike B, class X>
    KrylovReport operator()(const A& a, const B& b, X&& x, const KrylovOptions& options = {}) const {
        return krylov(method, a, b, x, options);
    }
    template <class A, VectorLike B, class X, class M>
    requires(LinearOperator<M, ElementOf<const B>>) KrylovReport operator()(const A& a, const B& b, X&& x, const M& m,
                                                                            const KrylovOptions& options = {}) const {
        return krylov(method, a, b, x, m, options);
    }
    template <class A, class Derived, class X, class... More>
    requires(!Derived::IsVectorAtCompileTime) std::vector<KrylovReport>
    operator()(const A& a, const Eigen::MatrixBase<Derived>& B, X&& x, const More&... more) const {
        return krylov(method, a, B, x, more...);
    }
};
}  // namespace detail

// ---- A Hermitian positive definite

/// Conjugate gradients. One product, one M⁻¹ and two passes over the vectors an iteration; 4 vectors of workspace.
/// A pᴴ A p ≤ 0 is Status::indefinite_operator. \ref Hestenes and Stiefel, J. Res. NBS 49 (1952) 409; Saad, Iterative
/// Methods for Sparse Linear Systems (2003), alg. 6.18 and 9.1.
inline constexpr detail::KrylovFunction<Method::cg> cg{};

/// CG for a preconditioner that changes from one application to the next (an inner iteration, say).
/// \ref Y. Notay, SIAM J. Sci. Comput. 22 (2000) 1444; Golub and Ye, SISC 21 (1999) 1305.
inline constexpr detail::KrylovFunction<Method::fcg> fcg{};

// ---- A Hermitian

/// Minimal residuals for indefinite and singular A; M positive definite. On a singular inconsistent system it ends with
/// Status::singular_inconsistent at a minimiser of ‖b − A x‖₂. 7 vectors.
/// \ref Paige and Saunders, SIAM J. Numer. Anal. 12 (1975) 617.
inline constexpr detail::KrylovFunction<Method::minres> minres{};

/// MINRES-QLP: of all minimisers of ‖b − A x‖₂ the one nearest to the starting guess (from 0: of least norm), for
/// singular and nearly singular A, consistent or not. On consistent regular systems the iterates of MINRES, at 9
/// vectors and one more pass. \ref Choi, Paige and Saunders, SIAM J. Sci. Comput. 33 (2011) 1810.
inline constexpr detail::KrylovFunction<Method::minres_qlp> minres_qlp{};

/// Conjugate residuals: ‖r‖₂ never rises. One more vector update than CG. \ref Saad (2003), alg. 6.20.
inline constexpr detail::KrylovFunction<Method::cr> cr{};

// ---- any square A

/// GMRES(m), restarted after options.restart vectors; orthogonalised twice where it is needed (classical Gram–Schmidt).
/// restart + 2 vectors. A cycle that gains nothing is Status::stagnated. \ref Saad and Schultz, SISSC 7 (1986) 856.
inline constexpr detail::KrylovFunction<Method::gmres> gmres{};

/// GMRES for a preconditioner that changes; 2 restart + 2 vectors. \ref Y. Saad, SISC 14 (1993) 461.
inline constexpr detail::KrylovFunction<Method::fgmres> fgmres{};

/// Loose GMRES: of the restart vectors of a cycle, options.recycle are steps that the last cycles made, which undoes
/// the alternation of restarted residuals. They cost no product. restart + 2 recycle + 2 vectors. \ref Baker, Jessup
/// and Manteuffel, SIAM J. Matrix Anal. Appl. 26 (2005) 962.
inline constexpr detail::KrylovFunction<Method::lgmres> lgmres{};

/// GMRES that keeps, over a restart and, with options.recycling, from one system to the next, the directions that A
/// makes short. Those that it is given cost a product each; restart + 2 recycle + 2 vectors. \ref Parks, de Sturler,
/// Mackey, Johnson and Maiti, SIAM J. Sci. Comput. 28 (2006) 1651.
inline constexpr detail::KrylovFunction<Method::gcrodr> gcrodr{};

// ---- any square A, by short recurrences: the work of a step stays the same, the norm goes up and down

/// BiCGSTAB: two products and two M⁻¹ for two iterations, four passes; 7 vectors. A breakdown of r̃ makes it start again
/// from the residual with a random one. \ref H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631.
inline constexpr detail::KrylovFunction<Method::bicgstab> bicgstab{};

/// BiCGSTAB(ℓ), ℓ = options.degree: minimal residuals over ℓ directions, which go on where the eigenvalues lie near the
/// imaginary axis and BiCGSTAB stands. 2 ℓ + 5 vectors. \ref Sleijpen and Fokkema, ETNA 1 (1993) 11.
inline constexpr detail::KrylovFunction<Method::bicgstabl> bicgstabl{};

/// IDR(s), s = options.shadow random vectors (options.seed): often near GMRES in iterations. One product an iteration;
/// 3 s + 4 vectors. \ref van Gijzen and Sonneveld, ACM TOMS 38 (2011) art. 5.
inline constexpr detail::KrylovFunction<Method::idr> idr{};

/// Quasi-minimal residuals by products with A and Aᴴ (and M⁻ᴴ), one each a step: a smoother curve than BiCG's.
/// 8 vectors. \ref Freund and Nachtigal, SIAM J. Sci. Comput. 15 (1994) 313.
inline constexpr detail::KrylovFunction<Method::qmr> qmr{};

/// The same without Aᴴ, from CGS. 8 vectors. \ref R. W. Freund, SIAM J. Sci. Comput. 14 (1993) 470.
inline constexpr detail::KrylovFunction<Method::tfqmr> tfqmr{};

/// Biconjugate gradients, by products with A and Aᴴ (and M⁻ᴴ). 6 vectors. \ref R. Fletcher, LNM 506 (1976) 73.
inline constexpr detail::KrylovFunction<Method::bicg> bicg{};

/// Conjugate gradients squared: BiCG's polynomial twice and no Aᴴ, with large excursions of the norm. 5 vectors.
/// \ref P. Sonneveld, SIAM J. Sci. Stat. Comput. 10 (1989) 36.
inline constexpr detail::KrylovFunction<Method::cgs> cgs{};

/// CG with unconjugated products for complex A = Aᵀ, as Helmholtz with damping gives, and M = Mᵀ. The cost of CG.
/// \ref van der Vorst and Melissen, IEEE Trans. Magn. 26 (1990) 706.
inline constexpr detail::KrylovFunction<Method::cocg> cocg{};

// ---- steps without inner products

/// Chebyshev iteration for Hermitian positive definite A and M, with bounds of the spectrum of M⁻¹A from the options or
/// from a few steps of CG. Steps that converge slower than the interval promises widen it by a few more. 3 vectors.
/// \ref Golub and Varga, Numer. Math. 3 (1961) 147; Saad (2003), alg. 12.1.
inline constexpr detail::KrylovFunction<Method::chebyshev> chebyshev{};

/// x ← x + ω M⁻¹ r with ω = options.damping, or with the best step along M⁻¹ r when that is 0. With an M that is almost
/// A, iterative refinement; for anything else a smoother rather than a solver. 2 or 3 vectors. \ref L. F. Richardson,
/// Phil. Trans. R. Soc. A 210 (1911) 307.
inline constexpr detail::KrylovFunction<Method::richardson> richardson{};

// ---- least squares: min ‖b − A x‖₂ for any shape, one product with A and one with Aᴴ a step. M stands on the right,
// with M⁻ᴴ. From x = 0, and without M, they tend to the minimiser of least norm.

/// LSQR: CG on the normal equations by bidiagonalisation, without squaring the condition where rounding is concerned.
/// ‖r‖₂ never rises. 3 vectors of x's length. \ref Paige and Saunders, ACM TOMS 8 (1982) 43.
inline constexpr detail::KrylovFunction<Method::lsqr> lsqr{};

/// LSMR: MINRES on the normal equations. ‖Aᴴ r‖₂ never rises, so that it may end earlier. 4 vectors of x's length.
/// \ref Fong and Saunders, SIAM J. Sci. Comput. 33 (2011) 2950.
inline constexpr detail::KrylovFunction<Method::lsmr> lsmr{};

/// CGLS: LSQR's iterates by plain conjugate gradients. 2 vectors of x's length and one of b's.
/// \ref Hestenes and Stiefel (1952), section 10; Björck, Numerical Methods for Least Squares Problems (1996),
/// alg. 7.4.1.
inline constexpr detail::KrylovFunction<Method::cgls> cgls{};

}  // namespace ritz
