// SPDX-License-Identifier: BSD-3-Clause
#include <Eigen/Eigenvalues>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/solvers/recycling.hpp"
#include "solvers/krylov/basis.hpp"
#include "solvers/krylov/hessenberg.hpp"
#include "solvers/krylov/methods.hpp"
#include "solvers/krylov/shadow.hpp"

namespace ritz {

Recycling::Recycling(int vectors) : vectors_(vectors) {
    detail::require(vectors >= 1, "Recycling: vectors must be ≥ 1");
}

void Recycling::check(std::size_t n, std::size_t size) {
    detail::require(n > 0 && size % n == 0, "Recycling::keep: the directions must be a multiple of n numbers");
}

}  // namespace ritz

namespace ritz::iterative {

namespace {

/// The `count` vectors y of smallest ‖G y‖₂² / yᴴ N y as columns, and Q R = G Y in place of them: Y R⁻¹ and Q. Empty
/// when N is not positive definite.
template <class W>
std::pair<Eigen::MatrixX<W>, Eigen::MatrixX<W>> shortest_images(const Eigen::MatrixX<W>& G, const Eigen::MatrixX<W>& N,
                                                                Eigen::Index count) {
    if (!G.allFinite() || !N.allFinite() || Eigen::LLT<Eigen::MatrixX<W>>(N).info() != Eigen::Success) return {};
    const Eigen::GeneralizedSelfAdjointEigenSolver<Eigen::MatrixX<W>> eigen(G.adjoint() * G, N);
    if (eigen.info() != Eigen::Success) return {};
    Eigen::MatrixX<W> Y = eigen.eigenvectors().leftCols(std::min(count, G.cols())), Q = G * Y;
    Eigen::Index kept = 0;
    for (Eigen::Index j = 0; j < Q.cols(); ++j) {  // Gram–Schmidt, twice, with the columns of Y alongside
        Eigen::VectorX<W> q = Q.col(j), y = Y.col(j);
        const double before = q.norm();
        for (int pass = 0; pass < 2; ++pass) {
            const Eigen::VectorX<W> h = Q.leftCols(kept).adjoint() * q;
            q -= Q.leftCols(kept) * h;
            y -= Y.leftCols(kept) * h;
        }
        const double after = q.norm();
        if (!(after > 1e-12 * before)) continue;
        Q.col(kept) = q / after;
        Y.col(kept++) = y / after;
    }
    Y.conservativeResize(Eigen::NoChange, kept);
    Q.conservativeResize(Eigen::NoChange, kept);
    return {std::move(Y), std::move(Q)};
}

}  // namespace

/// GCRO-DR, with the directions whose images are shortest (approximate singular vectors) in the place of harmonic Ritz
/// vectors: one Hermitian eigenproblem, no complex pairs in real arithmetic, and the same for Hermitian A.
/// \ref M. L. Parks, E. de Sturler, G. Mackey, D. D. Johnson and S. Maiti, SIAM J. Sci. Comput. 28 (2006) 1651,
/// appendix;
///      E. de Sturler, SIAM J. Numer. Anal. 36 (1999) 864, for images instead of eigenvectors.
template <Scalar T>
Ending gcrodr(Run<T>& run, VectorRef<T> x, VectorRef<T> r) {
    using W = Wide<T>;
    const std::size_t n = run.n();
    const std::size_t m = std::min(static_cast<std::size_t>(run.options().restart), n);
    Recycling* const recycling = run.options().recycling;
    const auto wanted =
        std::min(static_cast<std::size_t>(recycling ? recycling->vectors() : run.options().recycle), m - 1);
    Sided<T> side(run, r);
    double norm = static_cast<double>(norm2(r));
    if (const auto end = side.hopeless(norm)) return *end;
    Basis<T> U(n, wanted), V(n, m + 1);  // V: first C = K U with orthonormal columns, then the Krylov vectors
    Buffer<T> hat, sum(n);
    std::vector<T> h(m + 1);
    std::size_t k = 0;  // columns of U and C

    // r ← r − C Cᴴ r, x ← x + U Cᴴ r, through M⁻¹ if that stands on the right.
    const auto move = [&](std::size_t columns, const T* y) {
        std::fill(sum.begin(), sum.end(), T{0});
        U.add(columns, y, sum);
    };
    const auto step_by_sum = [&] { detail::axpy<T>(T{1}, side.step_of(sum, hat), x); };

    if (recycling) {  // the images of what is handed over are those of this system's A
        const VectorView<T> given = recycling->directions<T>(n);
        for (std::size_t first = 0; first < given.size() && k < wanted; first += n) {
            const VectorView<T> direction = given.subview(first, n);
            const auto length = static_cast<double>(norm2(direction));
            if (!(length > 0) || !std::isfinite(length)) continue;
            std::copy(direction.begin(), direction.end(), U[k].begin());
            scale(static_cast<T>(static_cast<Real<T>>(1 / length)), U[k]);
            side.apply(side.step_of(U[k], hat), V[k]);
            const auto image = static_cast<double>(norm2(V[k]));
            if (run.step(std::isfinite(image) ? side.told(norm) : image)) return run.ending();
            std::fill(h.begin(), h.end(), T{0});
            const double left = V.orthogonalise(k, V[k], h.data());
            if (!(left > 1e3 * roundoff<T> * image)) continue;  // dependent: nothing new
            U.subtract(k, h.data(), U[k]);
            const T scaling = static_cast<T>(static_cast<Real<T>>(1 / left));
            scale(scaling, U[k]);
            scale(scaling, V[k]);
            ++k;
        }
        V.project(k, r, h.data());
        move(k, h.data());
        step_by_sum();
        norm = std::sqrt(V.subtract(k, h.data(), r));
        if (k > 0 && run.step(side.told(norm))) return run.ending();
    }

    for (;;) {
        std::fill(h.begin(), h.end(), T{0});
        const double beta = V.orthogonalise(k, r, h.data());  // r ⟂ C, but for rounding
        if (const auto end = side.hopeless(beta)) return *end;
        const auto inverse = static_cast<Real<T>>(1 / beta);
        detail::sweep(n, [inverse, v = V[k].data(), r = r.data()](std::size_t i) { v[i] = inverse * r[i]; });
        const std::size_t p_max = m - k;
        HessenbergSolver<T> least_squares(p_max, beta);
        Eigen::MatrixX<W> G = Eigen::MatrixX<W>::Zero(static_cast<Eigen::Index>(m) + 1, static_cast<Eigen::Index>(m));
        bool stop = false, invariant = false;
        while (!stop && !invariant && least_squares.size() < p_max) {
            const std::size_t j = least_squares.size(), column = k + j;
            const VectorRef<T> w = V[column + 1];
            side.apply(side.step_of(V[column], hat), w);
            const auto length = static_cast<double>(norm2(w));
            std::fill(h.begin(), h.end(), T{0});
            const double next = V.orthogonalise(column + 1, w, h.data());
            if (!std::isfinite(next)) {
                run.step(next);
                return {Status::not_finite, "A v is not finite"};
            }
            invariant = next <= 10 * roundoff<T> * length;
            for (std::size_t i = 0; i <= column; ++i)
                G(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(column)) = static_cast<W>(h[i]);
            G(static_cast<Eigen::Index>(column) + 1, static_cast<Eigen::Index>(column)) = W(invariant ? 0 : next);
            stop = run.step(side.told(least_squares.append(h.data() + k, invariant ? 0 : next)));
            if (!invariant) scale(static_cast<T>(static_cast<Real<T>>(1 / next)), w);
        }

        const std::size_t p = least_squares.size(), regular = least_squares.regular();
        std::vector<T> y = least_squares.solution(regular);
        y.resize(p, T{0});
        // The step V y − U (B y), where B are the rows of G that belong to C.
        std::vector<T> all(k + p + 1, T{0});
        std::copy(y.begin(), y.end(), all.begin() + static_cast<std::ptrdiff_t>(k));
        std::vector<T> back(k, T{0});
        for (std::size_t i = 0; i < k; ++i)
            for (std::size_t j = 0; j < p; ++j)
                back[i] -=
                    times(static_cast<T>(G(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k + j))), y[j]);
        move(k, back.data());
        V.add(k + p, all.data(), sum);
        step_by_sum();
        run.condition_estimate = least_squares.condition(regular);
        const std::vector<T> coordinates = least_squares.residual_coordinates();
        std::fill(all.begin(), all.end(), T{0});
        std::copy(coordinates.begin(), coordinates.end(), all.begin() + static_cast<std::ptrdiff_t>(k));
        const bool singular = regular < p;
        const bool more = !stop && !singular && !invariant;
        if (more) {
            std::fill(r.begin(), r.end(), T{0});
            V.add(k + p + 1, all.data(), r);
        }

        if (wanted > 0 && (recycling || more)) {
            const auto ku = static_cast<Eigen::Index>(k), kp = static_cast<Eigen::Index>(k + p);
            Eigen::MatrixX<W> N = Eigen::MatrixX<W>::Identity(kp, kp);
            std::vector<T> inner(k);
            for (std::size_t j = 0; j < k; ++j) {  // U with unit columns, C scaled along
                const auto length = static_cast<double>(norm2(U[j]));
                scale(static_cast<T>(static_cast<Real<T>>(1 / length)), U[j]);
                G(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(j)) = W(1 / length);
            }
            for (Eigen::Index j = 0; j < kp; ++j) {
                const auto place = static_cast<std::size_t>(j);
                U.project(k, j < ku ? U[place] : V[place], inner.data());
                for (Eigen::Index i = 0; i < std::min(ku, j); ++i) {
                    N(i, j) = static_cast<W>(inner[static_cast<std::size_t>(i)]);
                    N(j, i) = conj(N(i, j));
                }
            }
            const auto [Y, Q] = shortest_images<W>(G.topLeftCorner(kp + 1, kp), N, static_cast<Eigen::Index>(wanted));
            const auto kept = static_cast<std::size_t>(Y.cols());
            if (kept > 0) {
                Basis<T> new_U(n, kept), new_C(n, kept);
                std::vector<T> c(k + p + 1);
                for (std::size_t j = 0; j < kept; ++j) {
                    const auto column = static_cast<Eigen::Index>(j);
                    std::fill(new_U[j].begin(), new_U[j].end(), T{0});
                    std::fill(new_C[j].begin(), new_C[j].end(), T{0});
                    for (Eigen::Index i = 0; i <= kp; ++i)
                        c[static_cast<std::size_t>(i)] = static_cast<T>(Q(i, column));
                    V.add(k + p + (invariant ? 0 : 1), c.data(), new_C[j]);
                    for (Eigen::Index i = 0; i < kp; ++i) c[static_cast<std::size_t>(i)] = static_cast<T>(Y(i, column));
                    U.add(k, c.data(), new_U[j]);
                    std::fill(c.begin(), c.begin() + static_cast<std::ptrdiff_t>(k), T{0});
                    V.add(k + p, c.data(), new_U[j]);
                }
                k = kept;
                for (std::size_t j = 0; j < k; ++j) {
                    std::copy(new_U[j].begin(), new_U[j].end(), U[j].begin());
                    std::copy(new_C[j].begin(), new_C[j].end(), V[j].begin());
                }
            } else {  // C must stay the image of U
                for (std::size_t j = 0; j < k; ++j) {
                    const auto length =
                        static_cast<Real<T>>(std::abs(G(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(j))));
                    scale(static_cast<T>(1 / length), U[j]);
                }
            }
            if (recycling) {
                Buffer<T> directions;
                for (std::size_t j = 0; j < k; ++j) directions.insert(directions.end(), U[j].begin(), U[j].end());
                if (all_finite(directions)) recycling->keep(n, std::move(directions));
            }
        }
        if (stop) return run.ending();
        if (singular)
            return {Status::breakdown, "the Krylov space holds no better x: A is singular, to rounding at least"};
        if (invariant) return {Status::converged, "the Krylov space is invariant"};
        if (least_squares.residual() >= beta * (1 - 4 * roundoff<T>))
            return {Status::stagnated,
                    "a cycle of " + std::to_string(m) + " vectors gains nothing: more of them (restart) may", true};
    }
}

#define INSTANTIATE(T) template Ending gcrodr<T>(Run<T>&, VectorRef<T>, VectorRef<T>);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::iterative
