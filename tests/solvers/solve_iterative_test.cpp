// SPDX-License-Identifier: BSD-3-Clause
// solve(A, b) by iterative methods: what it must not call solved, and what it does by itself.
#include <gtest/gtest.h>

#include <cmath>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/preconditioners/schwarz.hpp"
#include "ritz/solvers/krylov.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using Vector = Eigen::VectorXd;

SolveOptions by(Method method, PreconditionerKind kind = PreconditionerKind::automatic) {
    return {.method = method, .on_failure = OnFailure::report, .preconditioner = kind};
}

TEST(SolveIterative, LeastSquaresWithColumnsOfOneNormAreNotScaledTwice) {
    for (const double size : {30.0, 2.0, 1e-3}) {
        Eigen::MatrixXd M(3, 2);
        M << 1, 0, 0, 1, 1, 1;
        const Csr<double> A = from_dense((size * M).eval());
        const Vector b = size * M * Vector::Ones(2);
        for (const Method method : {Method::lsqr, Method::lsmr, Method::cgls}) {
            const auto s = solve(A, b, by(method));
            EXPECT_EQ(s.report.status, Status::solved) << s.report.message;
            EXPECT_LE((s.x - Vector::Ones(2)).norm(), 1e-7) << name(method) << ' ' << size;
        }
    }
}

TEST(SolveIterative, NoEquationIsOverlooked) {
    for (const int e : {10, 30, 60, 200}) {
        const double s = std::ldexp(1.0, -e);
        Eigen::MatrixXd M(2, 2);
        M << 2 * s, -s, 0, 1 / s;
        const Csr<double> A = from_dense(M);
        const Vector b = M * Vector::Ones(2);
        for (const Method method : {Method::gmres, Method::bicgstab, Method::idr, Method::lsqr})
            for (const PreconditionerKind kind : {PreconditionerKind::none, PreconditionerKind::jacobi}) {
                const auto solution = solve(A, b, by(method, kind));
                if (solution.report.status == Status::solved) {
                    EXPECT_LE((solution.x - Vector::Ones(2)).norm(), 1e-3) << name(method) << ' ' << e;
                }
            }
    }
}

TEST(SolveIterative, DoesNotCallARegularSystemSingular) {
    Csr<double> A = poisson1d(40);  // with unknowns of very different size
    for (Index i = 0; i < 40; ++i)
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k)
            A.values()[k] *= std::ldexp(1.0, -(A.indices()[k] % 7) * 8);
    Vector b(40);
    A.apply(Vector::Ones(40).eval(), b);
    for (const Method method : {Method::lsqr, Method::lsmr, Method::cgls, Method::gmres, Method::bicgstab}) {
        const auto s = solve(A, b, by(method));
        EXPECT_NE(s.report.status, Status::singular_inconsistent) << name(method);
        EXPECT_NE(s.report.status, Status::singular_consistent) << name(method);
    }
}

TEST(SolveIterative, FindsAMinimiserOfAnInconsistentTallSystem) {
    Eigen::MatrixXd M(4, 2);
    M << 1, 0, 1, 1, 1, 2, 1, 3;
    const Vector b{{0, 1, 1, 3}};
    const Vector exact{{-0.1, 0.9}};  // by the normal equations: a line through four points
    for (const Method method : {Method::lsqr, Method::lsmr, Method::cgls}) {
        const auto s = solve(from_dense(M), b, by(method));
        EXPECT_EQ(s.report.status, Status::solved) << s.report.message;
        EXPECT_LE((s.x - exact).norm(), 1e-8);
        EXPECT_LE(s.report.certificate.backward_error, 1e-10);
    }
}

TEST(SolveIterative, GoesOnWithoutFactorsWhereTheyWouldPassALimit) {
    const Csr<double> A = poisson3d(25, 25, 25);
    const Vector b = Vector::Ones(A.rows());
    const auto s = solve(A, b, {.on_failure = OnFailure::report, .max_memory_bytes = 12'000'000});
    ASSERT_EQ(s.report.status, Status::solved) << s.report.message;
    EXPECT_EQ(s.report.method, "cg");
    EXPECT_EQ(s.report.attempts.front().status, Status::limit_exceeded);
    EXPECT_LE(static_cast<double>(oracle::errors<double>(A, s.x, b).relative_residual), 1e-8);
    EXPECT_FALSE(s.report.history.empty());
}

TEST(SolveIterative, APreconditionerAsksForAnIterativeMethod) {
    const Csr<double> A = poisson2d(12, 12);
    const auto s = solve(A, Vector::Ones(144).eval(), by(Method::automatic, PreconditionerKind::ssor));
    EXPECT_EQ(s.report.method, "cg");
    EXPECT_EQ(s.report.preconditioner, "ssor");
}

TEST(SolveIterative, KeepsTheNameOfAPreconditionerThatCannotBeMade) {
    Eigen::MatrixXd M(2, 2);
    M << 0, 1, 1, 0;
    const auto s = solve(from_dense(M), Vector::Ones(2).eval(), by(Method::gmres, PreconditionerKind::jacobi));
    EXPECT_EQ(s.report.status, Status::breakdown);
    EXPECT_EQ(s.report.attempts.front().preconditioner, "jacobi");
}

TEST(SolveIterative, SchwarzTakesDirectBlocks) {
    const Csr<double> A = poisson2d(30, 30);
    const Schwarz<double> M(A, {.parts = 4, .overlap = 2}, [](const Csr<double>& B) {
        return Preconditioner<double>(Lu<double>(to_csc(B)), "lu", Definiteness::positive_definite);
    });
    const Vector b = Vector::Ones(900);
    Vector x = Vector::Zero(900), y = x;
    const KrylovReport with = gmres(A, b, x, M), without = gmres(A, b, y);
    EXPECT_EQ(with.status, Status::converged) << with.message;
    EXPECT_LT(2 * with.iterations, without.iterations);
}

}  // namespace
