// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Iterative methods for A x = b and min ‖b − A x‖₂, all with one contract:
///
///     Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
///     KrylovReport report = cg(A, b, x, M, {.stop = {.rtol = 1e-10}});
///     report.status;         // converged, or the finding that kept it from that
///     report.residual_norm;  // ‖b − A x‖₂, computed from the x returned
///
/// A is a matrix (CSR, CSC, or a TunedMatrix, which serves several calls) or any LinearOperator; M applies M⁻¹
/// (preconditioners/). x holds the starting guess and receives the best iterate seen.
///
///   C1  residual_norm is ‖b − A x‖₂ of the x returned, never an estimate; with a matrix it is accumulated in twice the
///       precision where rounding could decide.
///   C2  status is `converged` exactly when residual_norm ≤ max(rtol ‖b‖₂, atol); for the least-squares methods also
///       when ‖Aᴴ r‖₂ ≤ τ ‖A‖_F ‖r‖₂, τ = min(rtol, 1e-8), or 2e-6 in single precision.
///   C3  `iterations` is the number of applications of A and Aᴴ that the method made, restarted or not, at most
///       max_iterations. (Residuals computed for C1 come on top.) history[k] is the norm as the method saw it after k
///       of them. Where a step takes two, a method may learn the norm only after the second, and the entry repeats.
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
#include "ritz/solvers/methods.hpp"
#include "ritz/solvers/status.hpp"

namespace ritz {

/// When an iterative method ends: ‖b − A x‖₂ ≤ max(rtol ‖b‖₂, atol), or at a limit.
struct Stop {
    double rtol = 1e-8;
    double atol = 0;
    std::int64_t max_iterations = -1;  ///< applications of A and Aᴴ; negative: 10 n, at least 100, at most 100 000
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
    int restart = 50;                                ///< GMRES, FGMRES, LGMRES: vectors kept before a restart
    int recycle = 4;                                 ///< LGMRES: of them, error approximations of earlier cycles
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

struct KrylovReport {
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
    /// Lower bound on the condition of M⁻¹A (CG, MINRES, GMRES, LSQR), NaN where unknown.
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
template <class A, class B, class X>
KrylovReport krylov(Method method, const A& a, const B& b, X&& x, const KrylovOptions& options = {}) {
    using T = detail::ElementOf<const B>;
    return detail::krylov<T>(method, detail::KrylovOperator<T>::of(a), b, VectorRef<T>(x), nullptr, nullptr, options);
}
template <class A, class B, class X, class M>
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

// ---- A Hermitian positive definite

/// Conjugate gradients. One product, one M⁻¹ and two passes over the vectors an iteration; 4 vectors of workspace.
/// A pᴴ A p ≤ 0 is Status::indefinite_operator. \ref Hestenes and Stiefel, J. Res. NBS 49 (1952) 409; Saad, Iterative
/// Methods for Sparse Linear Systems (2003), alg. 6.18 and 9.1.
template <class A, class B, class X, class... More>
KrylovReport cg(const A& a, const B& b, X&& x, const More&... more) {
    return krylov(Method::cg, a, b, x, more...);
}

/// CG for a preconditioner that changes from one application to the next (an inner iteration, say).
/// \ref Y. Notay, SIAM J. Sci. Comput. 22 (2000) 1444; Golub and Ye, SISC 21 (1999) 1305.
template <class A, class B, class X, class... More>
KrylovReport fcg(const A& a, const B& b, X&& x, const More&... more) {
    return krylov(Method::fcg, a, b, x, more...);
}

// ---- A Hermitian

/// Minimal residuals for indefinite and singular A; M positive definite. On a singular inconsistent system it ends with
/// Status::singular_inconsistent at a minimiser of ‖b − A x‖₂. 7 vectors.
/// \ref Paige and Saunders, SIAM J. Numer. Anal. 12 (1975) 617.
template <class A, class B, class X, class... More>
KrylovReport minres(const A& a, const B& b, X&& x, const More&... more) {
    return krylov(Method::minres, a, b, x, more...);
}

/// Conjugate residuals: ‖r‖₂ never rises. One more vector update than CG. \ref Saad (2003), alg. 6.20.
template <class A, class B, class X, class... More>
KrylovReport cr(const A& a, const B& b, X&& x, const More&... more) {
    return krylov(Method::cr, a, b, x, more...);
}

// ---- any square A

/// GMRES(m), restarted after options.restart vectors; orthogonalised twice where it is needed (classical Gram–Schmidt).
/// restart + 2 vectors. A cycle that gains nothing is Status::stagnated. \ref Saad and Schultz, SISSC 7 (1986) 856.
template <class A, class B, class X, class... More>
KrylovReport gmres(const A& a, const B& b, X&& x, const More&... more) {
    return krylov(Method::gmres, a, b, x, more...);
}

/// GMRES for a preconditioner that changes; 2 restart + 2 vectors. \ref Y. Saad, SISC 14 (1993) 461.
template <class A, class B, class X, class... More>
KrylovReport fgmres(const A& a, const B& b, X&& x, const More&... more) {
    return krylov(Method::fgmres, a, b, x, more...);
}

}  // namespace ritz
