// SPDX-License-Identifier: BSD-3-Clause
#include "gradients/deflated_solve.hpp"

#include <cmath>
#include <complex>
#include <cstdio>
#include <memory>
#include <string>

#include "gradients/pattern.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/solvers/krylov.hpp"
#include "ritz/solvers/ldlt.hpp"
#include "ritz/solvers/lu.hpp"

namespace ritz::gradients::detail {

namespace {

[[noreturn]] void fail_near(const char* who, Eigen::Index pair, double distance) {
    char number[32];
    std::snprintf(number, sizeof number, "%.1e", distance);
    throw RepeatedEigenvalue(std::string(who) + ": eigenvalue " + std::to_string(pair) +
                                 " differs from one that was not computed by " + number +
                                 ", which is rounding error, so its eigenvector has no derivative (ask eigsh for more)",
                             pair, -1, distance);
}

/// The identity of order n, stored.
template <Scalar T>
Csr<T> identity(Index n) {
    Coo<T> I(n, n);
    for (Index i = 0; i < n; ++i) I.add(i, i, T(1));
    return to_csr(I);
}

/// A − λM, exactly Hermitian.
template <Scalar T>
Csr<T> shifted(const DeflatedSystem<T>& s, double lambda) {
    const Csr<T> M = s.M.rows() == 0 ? identity<T>(s.A.rows()) : s.M;
    return add(T(1), CsrView<T>(s.A), T(-lambda), CsrView<T>(M));
}

/// [C, MV; (MV)ᴴ, 0], its border scaled to the size of C so that pivots are chosen sensibly.
template <Scalar T>
Csr<T> bordered(const Csr<T>& C, const Eigen::MatrixX<T>& MV, double scale) {
    const Index n = C.rows(), k = static_cast<Index>(MV.cols());
    Coo<T> B(n + k, n + k);
    B.reserve(C.nnz() + 2 * Offset(n) * k);
    for (Index i = 0; i < n; ++i)
        for (Offset p = C.indptr()[i]; p < C.indptr()[i + 1]; ++p) B.add(i, C.indices()[p], C.values()[p]);
    for (Index j = 0; j < k; ++j)
        for (Index i = 0; i < n; ++i) {
            const T value = MV(i, j) * scale;
            if (value == T(0)) continue;
            B.add(i, n + j, value);
            B.add(n + j, i, conjugate(value));
        }
    return to_csr(B);
}

/// (C; MVᴴ)⁻¹ by factors of the bordered matrix.
template <Scalar T>
std::function<Eigen::VectorX<T>(const Eigen::VectorX<T>&)> bordered_solver(const Csr<T>& B, Eigen::Index n,
                                                                           std::size_t max_memory_bytes) {
    const auto solve_by = [n](auto factor) {
        return [factor, n](const Eigen::VectorX<T>& b) {
            Eigen::VectorX<T> x = Eigen::VectorX<T>::Zero(factor->rows());
            x.head(n) = b;
            factor->apply(x, x);
            return Eigen::VectorX<T>(x.head(n));
        };
    };
    if (ldlt_available())
        return solve_by(std::make_shared<const Ldlt<T>>(B, LdltOptions{.max_memory_bytes = max_memory_bytes}));
    return solve_by(
        std::make_shared<const Lu<T>>(to_csc(CsrView<T>(B)), FactorOptions{.max_memory_bytes = max_memory_bytes}));
}

}  // namespace

template <Scalar T>
Eigen::VectorX<T> solve(const DeflatedSystem<T>& s, double lambda, Eigen::Index pair, double uncertainty,
                        const Eigen::VectorX<T>& b, const char* who) {
    const Eigen::Index n = s.A.rows();
    if (s.V.cols() == n) return Eigen::VectorX<T>::Zero(n);  // nothing is left of the spectrum
    const Csr<T> C = shifted(s, lambda);
    const auto project = [&](Eigen::VectorX<T> x) {  // onto MV's orthogonal complement along V, twice for rounding
        for (int pass = 0; pass < 2; ++pass) x -= s.V * (s.MV.adjoint() * x);
        return x;
    };
    const auto project_right = [&](Eigen::VectorX<T> y) {
        for (int pass = 0; pass < 2; ++pass) y -= s.MV * (s.V.adjoint() * y);
        return y;
    };
    const auto apply = [&](const Eigen::VectorX<T>& x) {
        Eigen::VectorX<T> y(n);
        C.apply(x, y);
        return y;
    };
    const auto times_M = [&](const Eigen::VectorX<T>& x) {
        if (s.M.rows() == 0) return x;
        Eigen::VectorX<T> y(n);
        s.M.apply(x, y);
        return y;
    };
    const Eigen::VectorX<T> right = project_right(b);
    const double norm_C = double(norm_inf(CsrView<T>(C)));
    if (right.stableNorm() <= 100 * epsilon<T> * b.stableNorm()) return Eigen::VectorX<T>::Zero(n);

    std::function<Eigen::VectorX<T>(const Eigen::VectorX<T>&)> by_factors;
    if (s.options.solve != DeflatedSolve::minres) {
        const double border = s.MV.size() > 0 ? s.MV.colwise().stableNorm().maxCoeff() : 1.0;
        try {
            by_factors = bordered_solver<T>(bordered(C, s.MV, norm_C > 0 ? norm_C / border : 1.0), n,
                                            s.options.max_memory_bytes);
        } catch (const SingularMatrix&) {
            fail_near(who, pair, 0);
        } catch (const LimitExceeded&) {
            if (s.options.solve == DeflatedSolve::bordered) throw;
        }
    }

    Eigen::VectorX<T> z;
    double allowed;
    if (by_factors) {
        // Power iteration with (A − λM)⁺ M: 1/its largest eigenvalue is the distance to the nearest unknown eigenvalue.
        Eigen::VectorX<T> x = Eigen::Map<const Eigen::VectorX<T>>(random_vector<T>(static_cast<Index>(n), 1).data(), n);
        double distance = 0;
        for (int step = 0; step < 4; ++step) {
            x = project(x);
            const Eigen::VectorX<T> Mx = times_M(x);
            const double before = std::sqrt(std::abs(x.dot(Mx)));
            Eigen::VectorX<T> y = project(by_factors(project_right(Mx)));
            if (!y.allFinite()) fail_near(who, pair, 0);
            distance = before / std::sqrt(std::abs(y.dot(times_M(y))));
            x = y / y.stableNorm();
        }
        if (!(distance > uncertainty)) fail_near(who, pair, distance);
        z = project(by_factors(right));
        Eigen::VectorX<T> r = right - project_right(apply(z));
        for (int step = 0; step < 2; ++step) {
            const Eigen::VectorX<T> better = z + project(by_factors(r));
            const Eigen::VectorX<T> better_r = right - project_right(apply(better));
            if (!(better_r.stableNorm() < r.stableNorm())) break;
            z = better;
            r = better_r;
        }
        allowed = 100 * std::sqrt(static_cast<double>(n)) * epsilon<T> * (norm_C * z.stableNorm() + right.stableNorm());
    } else {
        const MatrixFree projected(static_cast<Index>(n), static_cast<Index>(n), [&](VectorView<T> x, VectorRef<T> y) {
            Eigen::Map<Eigen::VectorX<T>>(y.data(), n) =
                project_right(apply(project(Eigen::Map<const Eigen::VectorX<T>>(x.data(), n))));
        });
        z = Eigen::VectorX<T>::Zero(n);
        const KrylovReport report =
            minres(projected, right, z,
                   KrylovOptions{.stop = {.rtol = s.options.rtol, .max_iterations = s.options.max_iterations},
                                 .history = false});
        z = project(z);
        // ‖z‖ / ‖b‖ bounds the reciprocal distance from below.
        const double growth = std::sqrt(std::abs(z.dot(times_M(z)))) / right.stableNorm();
        if (growth * uncertainty > 0.1) fail_near(who, pair, 1 / growth);
        if (report.status != Status::converged)
            throw NoConvergence(std::string(who) + ": MINRES for the derivative of eigenvector " +
                                std::to_string(pair) + " ended as " + std::string(name(report.status)) + ". " +
                                report.message);
        allowed = 10 * s.options.rtol * right.stableNorm();
    }
    const double residual = (right - project_right(apply(z))).stableNorm();
    if (!(residual <= allowed)) {
        char number[32];
        std::snprintf(number, sizeof number, "%.1e", residual / right.stableNorm());
        throw NoConvergence(std::string(who) + ": the deflated system of eigenvector " + std::to_string(pair) +
                            " is solved to a relative residual of " + number + " only");
    }
    return z;
}

template Eigen::VectorX<double> solve<double>(const DeflatedSystem<double>&, double, Eigen::Index, double,
                                              const Eigen::VectorX<double>&, const char*);
template Eigen::VectorX<std::complex<double>> solve<std::complex<double>>(const DeflatedSystem<std::complex<double>>&,
                                                                          double, Eigen::Index, double,
                                                                          const Eigen::VectorX<std::complex<double>>&,
                                                                          const char*);

}  // namespace ritz::gradients::detail
