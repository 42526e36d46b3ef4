// SPDX-License-Identifier: BSD-3-Clause
// Cases on which shipped solvers are known to return a wrong answer, to crash or to hang, by their number in the
// project's list; each with every method of the registry that its matrix allows.
#include <gtest/gtest.h>

#include <Eigen/SVD>
#include <algorithm>
#include <chrono>
#include <clocale>
#include <locale>
#include <numeric>
#include <thread>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/cholesky.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/lu.hpp"
#include "ritz/solvers/qr.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/applicable.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using namespace applicable;
using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

SolveOptions reporting(Method method = Method::automatic) {
    return {.method = method, .on_failure = OnFailure::report};
}

template <Scalar T>
Eigen::VectorX<T> ones(Index n) {
    return Eigen::VectorX<T>::Ones(n);
}

template <Scalar T>
Eigen::VectorX<T> image(const CsrView<T>& A, const Eigen::VectorX<T>& x) {
    Eigen::VectorX<T> b(A.rows());
    A.apply(x, b);
    return b;
}

template <Scalar T>
Eigen::VectorX<T> ramp(Index n) {
    Eigen::VectorX<T> v(n);
    for (Index i = 0; i < n; ++i) v[i] = T(static_cast<Real<T>>(1 + (i * 7) % 11));
    return v;
}

template <Scalar T>
Csr<T> as(const Csr<double>& A) {
    return convert_values<T>(A);
}
Csr<double> tridiagonal(Index n) {
    return tridiagonal_toeplitz(n, -1, 4, -2);
}

Csr<double> weighted_path(Index n) {
    Coo<double> C(n, n);
    for (Index i = 0; i + 1 < n; ++i) {
        const double w = 1.0 / (3 + i % 7);
        C.add(i, i, w), C.add(i + 1, i + 1, w), C.add(i, i + 1, -w), C.add(i + 1, i, -w);
    }
    return to_csr(C);
}

Csr<double> scaled_by(const Csr<double>& A, const std::vector<int>& row, const std::vector<int>& col) {
    return scaled(A, Equilibration{Buffer<int>(row.begin(), row.end()), Buffer<int>(col.begin(), col.end())});
}

/// What a report says must be true whatever it says: judged by residuals in 113 bits.
template <Scalar T>
void expect_honest(const Csr<T>& A, const Eigen::VectorX<T>& b, const Solution<T>& s) {
    const Status status = s.report.status;
    if (!has_answer(status)) {
        EXPECT_TRUE(status == Status::not_finite || s.x.allFinite()) << name(status);
        return;
    }
    ASSERT_EQ(s.x.size(), A.cols());
    EXPECT_TRUE(s.x.allFinite());
    const auto errors = oracle::errors<T>(A, s.x, b);
    const auto relative = static_cast<double>(errors.relative_residual);
    if (status == Status::solved) {
        EXPECT_LE(static_cast<double>(errors.eta), eta_limit<T>) << s.report.method;
        EXPECT_LE(std::min(relative, s.report.certificate.forward_error_bound), residual_limit<T>) << s.report.method;
    } else {
        EXPECT_LE(relative, residual_limit<T>) << s.report.method << " " << name(status);
    }
}

template <Scalar T>
void expect_solved(const Csr<T>& A, const Eigen::VectorX<T>& b, Method method = Method::automatic) {
    SCOPED_TRACE(name(method));
    const auto s = solve(A, b, reporting(method));
    EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
    expect_honest(A, b, s);
}

/// κ₁ of A equilibrated in the best of the ways there are, in 113 bits; infinite when A is singular.
double true_condition(const Csr<double>& A) {
    const auto n = static_cast<std::size_t>(A.rows());
    oracle::Square<oracle::Quad> M(n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) M(i, j) = A.at(static_cast<Index>(i), static_cast<Index>(j));
    const auto inverse = oracle::inverse(M);
    if (inverse.nullity > 0) return INFINITY;
    double least = INFINITY;
    for (const Equilibration& e : {equilibrate(A), equilibrate_least_squares(A), equilibrate_symmetric(A)})
        least = std::min(
            least, oracle::condition(M, inverse.matrix, {e.row.begin(), e.row.end()}, {e.col.begin(), e.col.end()}));
    return least;
}

// ---- 1a: shapes and degenerate input

TEST(HardCases, Row01_TheZeroMatrixIsSingular) {
    for_each_scalar([]<class T>() {
        for (const Csr<T>& zero : {to_csr(Coo<T>(5, 5)), as<T>(to_csr(Coo<double>(5, 5)))}) {
            for (const Method method : methods_for(zero)) {
                SCOPED_TRACE(name(method));
                const auto s = solve(zero, ones<T>(5), reporting(method));
                EXPECT_FALSE(has_answer(s.report.status)) << name(s.report.status);
                EXPECT_TRUE(s.x.allFinite());
                EXPECT_THROW((void)solve(zero, ones<T>(5), {.method = method}), SolveFailed);
                EXPECT_NE(solve(zero, Eigen::VectorX<T>::Zero(5).eval(), reporting(method)).report.status,
                          Status::solved);
            }
            const auto s = solve(zero, ones<T>(5), reporting());
            EXPECT_EQ(s.report.status, Status::singular_inconsistent);
            EXPECT_EQ(s.report.null_space_dimension, 5);
            EXPECT_TRUE(s.x.isZero(0));
        }
    });
}

TEST(HardCases, Row02_AnEmptySystemHasAnEmptySolution) {
    for_each_scalar([]<class T>() {
        for (const Method method : methods_for(Csr<T>())) {
            const auto s = solve(Csr<T>(), Eigen::VectorX<T>(), {.method = method});
            EXPECT_EQ(s.report.status, Status::solved) << name(method);
            EXPECT_EQ(s.x.size(), 0);
        }
    });
}

TEST(HardCases, Row03_OneByOneIsTheExactQuotient) {
    for (const double a : {3.0, 1e-310, 1e308, -7.0, 5e-324, 0x1p-1022}) {
        const Csr<double> A(1, 1, {0, 1}, {0}, {a});
        const Vector b = Vector::Constant(1, std::abs(a) < 1e-300 ? 1e-310 : 1.0);
        for (const Method method : methods_for(A)) {
            const auto s = solve(A, b, reporting(method));
            const double exact = b[0] / a;
            EXPECT_NEAR(s.x[0], exact, method == Method::automatic ? 0 : 0x1p-52 * std::abs(exact))
                << a << name(method);
            EXPECT_EQ(s.report.status, Status::solved) << a << " " << name(method);
        }
    }
    for (const float a : {3.0F, 1e-44F, 3e38F}) {
        const Csr<float> A(1, 1, {0, 1}, {0}, {a});
        const Eigen::VectorXf b = Eigen::VectorXf::Constant(1, a < 1 ? 1e-44F : 1.0F);
        EXPECT_EQ(solve(A, b).x[0], b[0] / a);
    }
}

TEST(HardCases, Row04_NoEquationsGiveZeroAndNoUnknownsLeaveTheWholeResidual) {
    for_each_scalar([]<class T>() {
        const Csr<T> wide = to_csr(Coo<T>(0, 3)), tall = to_csr(Coo<T>(3, 0));
        for (const Method method : methods_for(wide)) {
            SCOPED_TRACE(name(method));
            const auto w = solve(wide, Eigen::VectorX<T>(), {.method = method});
            EXPECT_EQ(w.x.size(), 3);
            EXPECT_TRUE(w.x.isZero(0));
            const auto t = solve(tall, ones<T>(3), reporting(method));
            EXPECT_EQ(t.x.size(), 0);
            EXPECT_NEAR(t.report.certificate.residual_norm, std::sqrt(3.0), 1e-6);
        }
    });
}

TEST(HardCases, Row05_AMethodForSquareMatricesRefusesARectangularOneAndNamesAnother) {
    for_each_scalar([]<class T>() {
        for (const auto& [m, n] : {std::pair{3, 5}, std::pair{5, 3}}) {
            Coo<T> C(m, n);
            for (Index i = 0; i < 3; ++i) C.add(i, i, T(1));
            const Csr<T> A = to_csr(C);
            for (const MethodInfo& method : direct_methods()) {
                if (!needs(method, "square")) continue;
                try {
                    (void)solve(A, ones<T>(m), reporting(method.method));
                    FAIL() << method.name;
                } catch (const InvalidArgument& error) {
                    const std::string what = error.what();
                    EXPECT_TRUE(what.find("qr") != std::string::npos || what.find("least squares") != std::string::npos)
                        << what;
                }
            }
            EXPECT_NE(solve(A, ones<T>(m), reporting()).report.status, Status::not_converged);
        }
    });
}

TEST(HardCases, Row06_AWrongLengthOfBIsRefusedNamingBoth) {
    for_each_scalar([]<class T>() {
        const Csr<T> A = as<T>(tridiagonal(5));
        const auto expect_refusal = [&](const auto& b, Index length, Method method) {
            try {
                (void)solve(A, b, reporting(method));
                FAIL() << length;
            } catch (const InvalidArgument& error) {
                const std::string what = error.what();
                EXPECT_NE(what.find('5'), std::string::npos) << what;
                EXPECT_NE(what.find(std::to_string(length)), std::string::npos) << what;
            }
        };
        for (const Method method : methods_for(A))
            for (const Index n : {0, 4, 6}) {
                expect_refusal(ones<T>(n), n, method);
                expect_refusal(Eigen::MatrixX<T>::Ones(n, 2).eval(), n, method);
            }
    });
}

TEST(HardCases, Row07_AZeroRightHandSideHasTheExactZeroWithoutIterations) {
    for_each_scalar([]<class T>() {
        for (const Csr<double>& R : {poisson2d(5, 5), grcar(20), tridiagonal(9), stokes2d(3, 3)}) {
            const Csr<T> A = as<T>(R);
            for (const Method method : methods_for(A)) {
                const auto s = solve(A, Eigen::VectorX<T>::Zero(A.rows()).eval(), {.method = method});
                EXPECT_EQ(s.report.status, Status::solved) << name(method);
                EXPECT_TRUE(s.x.isZero(0));
                EXPECT_EQ(s.report.iterations, 0);
                EXPECT_EQ(s.report.certificate.backward_error, 0);
                EXPECT_EQ(s.report.certificate.relative_residual, 0);
            }
        }
    });
}

TEST(HardCases, Row09_XMayTakeThePlaceOfB) {
    for_each_scalar([]<class T>() {
        const Csr<T> A = as<T>(tridiagonal(10));
        for (const Method method : methods_for(A)) {
            Eigen::VectorX<T> v = image<T>(A, ones<T>(10));
            const Eigen::VectorX<T> apart = solve(A, v, {.method = method}).x;
            v = solve(A, v, {.method = method}).x;
            EXPECT_EQ(v, apart) << name(method);
        }
    });
}

TEST(HardCases, Row10_DuplicatesAddUp) {
    for_each_scalar([]<class T>() {
        Coo<T> twice(2, 2), once(2, 2);
        twice.add(0, 0, T(0.5F)), twice.add(1, 1, T(2)), twice.add(0, 0, T(3.5F)), twice.add(0, 1, T(1));
        once.add(0, 0, T(4)), once.add(0, 1, T(1)), once.add(1, 1, T(2));
        const Csr<T> A = to_csr(twice);
        for (const Method method : methods_for(A))
            EXPECT_EQ(solve(A, ones<T>(2), {.method = method}).x, solve(to_csr(once), ones<T>(2), {.method = method}).x)
                << name(method);
    });
}

TEST(HardCases, Row11_DuplicatesThatCancelOnTheDiagonalLeaveASingularMatrix) {
    for_each_scalar([]<class T>() {
        Coo<T> C(3, 3);
        C.add(0, 0, T(4)), C.add(1, 1, T(2)), C.add(2, 2, T(5)), C.add(2, 2, T(-5)), C.add(0, 1, T(1));
        const Csr<T> A = to_csr(C);
        ASSERT_EQ(A.nnz(), 4);  // the zero is stored
        for (const Method method : methods_for(A)) {
            const auto s = solve(A, ones<T>(3), reporting(method));
            EXPECT_FALSE(has_answer(s.report.status)) << name(method) << " " << name(s.report.status);
            EXPECT_TRUE(s.x.allFinite()) << name(method);
        }
        EXPECT_EQ(solve(A, ones<T>(3), reporting()).report.status, Status::singular_inconsistent);
    });
}

TEST(HardCases, Row12_ExplicitZerosChangeNothing) {
    for_each_scalar([]<class T>() {
        for (const bool symmetric : {false, true}) {
            Coo<T> with(30, 30), without(30, 30);
            Random random(5);
            for (Index i = 0; i < 30; ++i)
                for (Index j = 0; j <= (symmetric ? i : 29); ++j) {
                    const double kind = random.uniform();
                    const auto value = static_cast<Real<T>>(random.uniform(-1, 1));
                    const auto add = [&](Coo<T>& C, T v) {
                        C.add(i, j, v);
                        if (symmetric && i != j) C.add(j, i, v);
                    };
                    if (i == j)
                        add(with, T(4)), add(without, T(4));
                    else if (kind < 0.1)
                        add(with, T(value)), add(without, T(value));
                    else if (kind < 0.25)
                        add(with, T(0));
                }
            const Csr<T> A = to_csr(with), B = to_csr(without);
            for (const Method method : methods_for(B))
                EXPECT_EQ(solve(A, ramp<T>(30), {.method = method}).x, solve(B, ramp<T>(30), {.method = method}).x)
                    << name(method);
        }
    });
}

TEST(HardCases, Row13_TheOrderOfEntriesChangesNoBitAndUnsortedSlicesAreRefused) {
    for_each_scalar([]<class T>() {
        const Csr<double> R = convection_diffusion2d(6, 6, 0.1);
        const Coo<T> sorted = to_coo(as<T>(R));
        std::vector<std::size_t> order(static_cast<std::size_t>(sorted.nnz()));
        std::iota(order.begin(), order.end(), std::size_t{0});
        Random random(3);
        for (std::size_t k = order.size(); k > 1; --k) std::swap(order[k - 1], order[random.below(k)]);
        Coo<T> shuffled(R.rows(), R.cols());
        for (const std::size_t k : order)
            shuffled.add(sorted.row_indices()[k], sorted.col_indices()[k], sorted.values()[k]);
        const Csr<T> A = to_csr(sorted), B = to_csr(shuffled);
        for (const Method method : methods_for(A))
            EXPECT_EQ(solve(A, ramp<T>(36), {.method = method}).x, solve(B, ramp<T>(36), {.method = method}).x);
        const std::vector<Offset> indptr{0, 2, 3};
        const std::vector<Index> indices{1, 0, 1};
        const std::vector<T> values{T(1), T(2), T(3)};
        EXPECT_THROW((void)CsrView<T>(2, 2, indptr, indices, values), InvalidArgument);
    });
}

TEST(HardCases, Row14_AnIndexOutOfRangeIsRefusedBeforeAnythingIsRead) {
    for_each_scalar([]<class T>() {
        const std::vector<Offset> indptr{0, 1, 2};
        const std::vector<T> values{T(1), T(2)};
        for (const Index bad : {-1, 2, std::numeric_limits<Index>::max(), std::numeric_limits<Index>::min()}) {
            const std::vector<Index> indices{0, bad};
            EXPECT_THROW((void)CsrView<T>(2, 2, indptr, indices, values), InvalidArgument);
            EXPECT_THROW((void)CscView<T>(2, 2, indptr, indices, values), InvalidArgument);
            Coo<T> C(2, 2);
            EXPECT_THROW(C.add(bad, 0, T(1)), InvalidArgument);
            EXPECT_THROW(C.add(0, bad, T(1)), InvalidArgument);
        }
    });
}

TEST(HardCases, Row15_PointersThatDecreaseOrEndElsewhereAreRefused) {
    for_each_scalar([]<class T>() {
        const std::vector<Index> indices{0, 1};
        const std::vector<T> values{T(1), T(2)};
        for (const auto& [first, middle, last] :
             {std::array<Offset, 3>{0, 3, 2}, std::array<Offset, 3>{0, 1, 3}, std::array<Offset, 3>{1, 1, 2},
              std::array<Offset, 3>{0, -1, 2}, std::array<Offset, 3>{0, 1, 1}}) {
            const std::vector<Offset> indptr{first, middle, last};
            EXPECT_THROW((void)CsrView<T>(2, 2, indptr, indices, values), InvalidArgument)
                << first << " " << middle << " " << last;
        }
    });
}

// ---- 1b: singular, ill-conditioned, scaled

TEST(HardCases, Row16_StructuralSingularityIsSeenAndTheRankSaid) {
    for_each_scalar([]<class T>() {
        Eigen::MatrixX<T> M = to_dense(as<T>(tridiagonal(30)));
        M.col(7).setZero();
        const Csr<T> A = from_dense(M);
        const Eigen::VectorX<T> in_range = image<T>(A, ones<T>(30));
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const auto s = solve(A, ones<T>(30), reporting(method));
            EXPECT_FALSE(has_answer(s.report.status)) << name(s.report.status);
            EXPECT_TRUE(s.x.allFinite());
            const auto c = solve(A, in_range, reporting(method));
            EXPECT_NE(c.report.status, Status::solved);
            expect_honest(A, in_range, c);
        }
        const auto s = solve(A, ones<T>(30), reporting());
        EXPECT_EQ(s.report.status, Status::singular_inconsistent);
        EXPECT_EQ(s.report.rank, 29);
        EXPECT_EQ(solve(A, in_range, reporting()).report.status, Status::singular_consistent);
    });
}

TEST(HardCases, Row17_AConsistentSingularSystemGetsItsSolutionOfLeastNorm) {
    for_each_scalar([]<class T>() {
        for (const Index n : {2, 3, 50, 200}) {
            SCOPED_TRACE(n);
            const Csr<T> L = as<T>(path_laplacian(n));
            const Eigen::VectorX<T> y = ramp<T>(n), b = image<T>(L, y);
            for (const Method method : methods_for(L)) {
                SCOPED_TRACE(name(method));
                const auto s = solve(L, b, reporting(method));
                EXPECT_NE(s.report.status, Status::solved);
                expect_honest(L, b, s);
            }
            const auto s = solve(L, b, reporting());
            EXPECT_EQ(s.report.status, Status::singular_consistent) << s.report.message;
            EXPECT_EQ(s.report.null_space_dimension, 1);
            const Eigen::VectorX<T> least = (y.array() - y.mean()).matrix();  // the constant part is gone
            EXPECT_LE((s.x - least).norm(), (sizeof(Real<T>) == 4 ? 1e-5F : 1e-9F) * least.norm());
        }
    });
}

TEST(HardCases, Row17_EverySingularFamilyOfTheGalleryGetsItsSolutionOfLeastNorm) {
    for (const GalleryEntry& entry : gallery()) {
        if (!entry.singular) continue;
        Index size = std::clamp(Index{6}, entry.smallest, entry.largest);
        while (size > entry.smallest && entry.make(size, 1).rows() > 150) --size;
        const Csr<double> A = entry.make(size, 1);
        if (A.rows() != A.cols()) continue;
        SCOPED_TRACE(entry.name);
        const Eigen::JacobiSVD<Matrix> svd(to_dense(A), Eigen::ComputeFullV);
        const auto nullity = (svd.singularValues().array() < 1e-13 * svd.singularValues()[0]).count();
        ASSERT_GE(nullity, 1);
        if (nullity != (svd.singularValues().array() < 1e-6 * svd.singularValues()[0]).count()) continue;  // not clear
        const Vector b = image<double>(A, ramp<double>(A.cols()));
        const auto s = solve(A, b, reporting());
        EXPECT_EQ(name(s.report.status), name(Status::singular_consistent)) << s.report.message;
        EXPECT_EQ(s.report.null_space_dimension, static_cast<Index>(nullity));
        EXPECT_LE((svd.matrixV().rightCols(nullity).transpose() * s.x).norm(), 1e-9 * s.x.norm());
        expect_honest(A, b, s);
    }
}

TEST(HardCases, Row18_ANumericallySingularInconsistentSystemIsNotSolved) {
    // Backward errors are 5e-17 here while ‖b − A x‖ / ‖b‖ is 25.
    for (const Index n : {50, 200, 1000}) {
        SCOPED_TRACE(n);
        const Csr<double> A = weighted_path(n);
        const Vector b = Vector::Unit(n, 0);
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const auto s = solve(A, b, reporting(method));
            EXPECT_NE(s.report.status, Status::solved);
            expect_honest(A, b, s);
        }
        const Status status = solve(A, b, reporting()).report.status;
        EXPECT_TRUE(status == Status::singular_inconsistent || status == Status::ill_conditioned) << name(status);
    }
}

TEST(HardCases, Row19_TheMatrixOneToNineIsNotSolved) {
    for_each_scalar([]<class T>() {
        Eigen::MatrixX<T> M(3, 3);
        M << T(1), T(2), T(3), T(4), T(5), T(6), T(7), T(8), T(9);
        const Csr<T> A = from_dense(M);
        const Eigen::VectorX<T> in_range = image<T>(A, ones<T>(3)), outside = Eigen::VectorX<T>::Unit(3, 0);
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            EXPECT_NE(solve(A, in_range, reporting(method)).report.status, Status::solved);
            EXPECT_FALSE(has_answer(solve(A, outside, reporting(method)).report.status));
        }
    });
}

TEST(HardCases, Row20_HilbertMatricesGetASmallResidualAndNoPromiseOfADigit) {
    for (Index n = 12; n <= 20; ++n) {
        SCOPED_TRACE(n);
        const Csr<double> A = from_dense(hilbert(n));
        const Vector b = image<double>(A, ones<double>(n));
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const auto s = solve(A, b, reporting(method));
            if (n > 12) {  // the condition is 1.7e16 for n = 12, and 1.5e15 when well equilibrated
                EXPECT_NE(s.report.status, Status::solved);
            }
            expect_honest(A, b, s);
        }
        const auto s = solve(A, b, reporting());
        EXPECT_EQ(s.report.status, Status::ill_conditioned) << s.report.message;
        EXPECT_LE(static_cast<double>(oracle::errors<double>(A, s.x, b).eta), 1e-14);
        EXPECT_TRUE(std::isnan(s.report.certificate.forward_error_bound));
    }
}

TEST(HardCases, Row21_TheGrowthOfPartialPivotingDoesNoHarm) {
    for (const Index n : {60, 100}) {
        const Csr<double> A = from_dense(wilkinson_growth(n));
        Random random(1);
        Vector b(n);
        for (double& v : b) v = random.uniform(-1, 1);
        for (const Method method : methods_for(A)) {
            if (method == Method::klu) {  // eliminates the columns as they come: the growth is there, and is said
                expect_honest(A, b, solve(A, b, reporting(method)));
                continue;
            }
            expect_solved(A, ramp<double>(n), method);
            expect_solved(A, b, method);
        }
    }
}

TEST(HardCases, Row22_KahansMatrixIsFlaggedOrSolvedToTheBoundGiven) {
    const Csr<double> A = from_dense(kahan(90, 1.2));
    const Vector b = image<double>(A, ones<double>(90));
    const double condition = true_condition(A);
    for (const Method method : methods_for(A)) {
        SCOPED_TRACE(name(method));
        const auto s = solve(A, b, reporting(method));
        expect_honest(A, b, s);
        if (s.report.status == Status::solved) {
            EXPECT_LE(condition, 0x1p53);
            const auto reference = oracle::solve<double>(A, b);
            oracle::Quad worst = 0;
            for (Index j = 0; j < 90; ++j)
                worst =
                    oracle::larger(worst, (oracle::Number(s.x[j]) - reference.x[static_cast<std::size_t>(j)]).size());
            EXPECT_LE(static_cast<double>(worst), 2 * s.report.certificate.forward_error_bound);  // x is near 1
        }
    }
}

TEST(HardCases, Row23_TheClassicalMatricesAreSolvedIfAndOnlyIfTheirConditionAllows) {
    const Vector nodes = Vector::LinSpaced(20, -1, 1), offsets = Vector::LinSpaced(12, 0.5, 12);
    const std::vector<std::pair<const char*, Csr<double>>> all{
        {"frank14", from_dense(frank(14))},
        {"grcar100", grcar(100)},
        {"gallery3", from_dense(gallery3())},
        {"gallery5", from_dense(gallery5())},
        {"clement20", clement(20)},
        {"clement21", clement(21)},
        {"pei", from_dense(pei(30))},
        {"pei_1e-12", from_dense(pei(30, 1e-12))},
        {"lotkin8", from_dense(lotkin(8))},
        {"lotkin16", from_dense(lotkin(16))},
        {"dorr", dorr(60)},
        {"dorr_1e-3", dorr(60, 1e-3)},
        {"lehmer", from_dense(lehmer(60))},
        {"moler12", from_dense(moler(12))},
        {"moler24", from_dense(moler(24))},
        {"rosser", from_dense(rosser())},
        {"pascal20", from_dense(pascal(20))},
        {"pascal12", from_dense(pascal(12))},
        {"cauchy", from_dense(cauchy(offsets, offsets))},
        {"vandermonde", from_dense(vandermonde(nodes))},
        {"chebyshev", from_dense(chebyshev_differentiation(20))},
        {"chebyshev_inner", from_dense(Matrix(chebyshev_differentiation(21).bottomRightCorner(20, 20)))},
        {"prolate16", from_dense(prolate(16))},
        {"prolate40", from_dense(prolate(40))},
        {"hilbert8", from_dense(hilbert(8))},
        {"wilkinson21", wilkinson_tridiagonal(21)},
        {"trefethen", trefethen(50)},
        {"cyclic_shift", cyclic_shift(40)},
    };
    for (const auto& [matrix, A] : all) {
        const double condition = true_condition(A);
        SCOPED_TRACE(std::string(matrix) + " condition " + std::to_string(condition));
        const Vector b = image<double>(A, ramp<double>(A.cols()));
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const auto s = solve(A, b, reporting(method));
            expect_honest(A, b, s);
            if (condition < 1e12) {
                EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
            }
            if (condition > 0x1p53) {
                EXPECT_NE(s.report.status, Status::solved);
            }
        }
        EXPECT_TRUE(has_answer(solve(A, b, reporting()).report.status));  // b is in the range, but for rounding
    }
}

TEST(HardCases, Row24_PowersOfTwoOnTheWholeSystemChangeNoBitOfX) {
    const Csr<double> A = tridiagonal(60);
    const Vector b = ramp<double>(60);
    for (const Method method : methods_for(A)) {
        const Vector x = solve(A, b, {.method = method}).x;
        for (const int e : {-1000, 1000, -500, 500, 37}) {
            SCOPED_TRACE(std::string(name(method)) + " " + std::to_string(e));
            const double s = std::ldexp(1.0, e);
            Csr<double> B = A;
            for (double& v : B.values()) v *= s;
            const auto both = solve(B, (b * s).eval(), reporting(method));
            EXPECT_EQ(both.report.status, Status::solved) << both.report.message;
            EXPECT_EQ(both.x, x);
            if (std::abs(e) <= 500) {
                EXPECT_EQ(solve(B, b, reporting(method)).x, (x / s).eval());
                EXPECT_EQ(solve(A, (b * s).eval(), reporting(method)).x, (x * s).eval());
            }
        }
    }
    const Csr<float> F = as<float>(A);
    for (const Method method : methods_for(F))
        for (const float s : {0x1p120F, 0x1p-120F}) {
            Csr<float> B = F;
            for (float& v : B.values()) v *= s;
            EXPECT_EQ(solve(B, (ramp<float>(60) * s).eval(), {.method = method}).x,
                      solve(F, ramp<float>(60), {.method = method}).x)
                << name(method);
        }
}

TEST(HardCases, Row25_EachRowIsMetInItsOwnScale) {
    Random random(3);
    std::vector<int> row(80), none(80, 0);
    for (int& e : row) e = static_cast<int>(random.below(801)) - 400;
    const Csr<double> A = scaled_by(tridiagonal(80), row, none);
    for (const Vector& x : {ones<double>(80), ramp<double>(80)}) {
        const Vector b = image<double>(A, x);
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const auto s = solve(A, b, reporting(method));
            EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
            EXPECT_LE(static_cast<double>(oracle::errors<double>(A, s.x, b).omega), 1e-12);
            EXPECT_LE((s.x - x).cwiseQuotient(x).cwiseAbs().maxCoeff(), 1e-13);
        }
    }
}

TEST(HardCases, Row26_SubnormalNumbersAreNumbers) {
    const Csr<double> A = tridiagonal(40);
    const Vector b = ramp<double>(40);
    for (const Method method : methods_for(A)) {
        SCOPED_TRACE(name(method));
        Csr<double> B = A;
        for (double& v : B.values()) v *= 0x1p-1070;  // exact: small integers
        const auto s = solve(B, (b * 0x1p-1070).eval(), reporting(method));
        EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
        EXPECT_EQ(s.x, solve(A, b, {.method = method}).x);
        // A subnormal b beside an ordinary A: x is subnormal, and no worse than that
        const auto t = solve(A, (b * 0x1p-1070).eval(), reporting(method));
        EXPECT_TRUE(t.report.status == Status::solved || t.report.status == Status::not_converged);
        expect_honest(A, (b * 0x1p-1070).eval(), t);
    }
}

TEST(HardCases, Row27_OneHugeRowHidesNoOther) {
    for (const bool rotated : {false, true}) {
        Matrix M = Vector::LinSpaced(40, 0, 39).asDiagonal();
        M(0, 0) = 0x1p60;
        if (rotated)
            for (int j = 1; j < 40; ++j) M(j, (j + 1) % 40) = 0.25;
        const Csr<double> A = from_dense(M);
        const Vector b = ones<double>(40);
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const auto s = solve(A, b, reporting(method));
            EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
            const auto errors = oracle::errors<double>(A, s.x, b);
            EXPECT_LE(static_cast<double>(errors.omega), 1e-15);
            EXPECT_LE(s.report.certificate.componentwise_backward_error, 1e-15);
        }
    }
}

TEST(HardCases, Row28_BadScalingAloneRaisesNoAlarm) {
    Matrix D = Vector::LinSpaced(40, 0, 39).asDiagonal();
    D(0, 0) = 0x1p60;
    Random random(11);
    std::vector<std::pair<const char*, Csr<double>>> all{{"diagonal", from_dense(D)}};
    for (const int spread : {50, 200, 400}) {
        std::vector<int> both(40), row(40), col(40);
        for (std::size_t i = 0; i < 40; ++i) {
            both[i] = static_cast<int>(random.below(static_cast<std::uint64_t>(2 * spread + 1))) - spread;
            row[i] = static_cast<int>(random.below(static_cast<std::uint64_t>(2 * spread + 1))) - spread;
            col[i] = static_cast<int>(random.below(static_cast<std::uint64_t>(spread + 1))) - spread / 2;
        }
        all.emplace_back("definite", scaled_by(poisson1d(40), both, both));
        all.emplace_back("definite 2-D", scaled_by(poisson2d(8, 5), both, both));
        all.emplace_back("indefinite", scaled_by(helmholtz2d(8, 5, 7), both, both));
        all.emplace_back("general", scaled_by(convection_diffusion2d(8, 5, 0.1), row, col));
    }
    for (const auto& [matrix, A] : all) {
        SCOPED_TRACE(matrix);
        Vector b(40);  // of the size of each row
        for (Index i = 0; i < 40; ++i) b[i] = A.at(i, i) * (1 + i % 3);
        for (const Method method : methods_for(A)) expect_solved(A, b, method);
    }
}

TEST(HardCases, Row29_NormsNeitherOverflowNorUnderflow) {
    for (const double size : {1e200, 1e-200, 1e300, 1e-300}) {
        const auto s = solve(identity<double>(2), Vector::Constant(2, size));
        EXPECT_EQ(s.x, Vector::Constant(2, size));
        const Csr<double> tall(3, 1, {0, 1, 1, 1}, {0}, {1.0});
        const auto t = solve(tall, Vector({{size, size, size}}), reporting());
        EXPECT_NEAR(t.report.certificate.residual_norm / (std::sqrt(2.0) * size), 1, 1e-15);
        EXPECT_NEAR(t.report.certificate.relative_residual, std::sqrt(2.0 / 3), 1e-15);
    }
    Matrix M = Matrix::Identity(3, 3) * 2;
    M(0, 1) = 1e308;
    const Csr<double> A = from_dense(M);
    for (const Method method : methods_for(A)) {
        SCOPED_TRACE(name(method));
        const auto s = solve(A, Vector({{1.0, 2.0, 4.0}}), reporting(method));
        EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
        EXPECT_EQ(s.x, Vector({{-0.5e308, 1.0, 2.0}}));
        if (s.report.rank) {
            EXPECT_EQ(s.report.rank, 3);
        }
    }
}

TEST(HardCases, Row30_ATinyPartOfBBesideAHugeOneIsNotLost) {
    const Csr<double> A = tridiagonal(30);
    Vector b = Vector::Constant(30, 1e-3);
    b[0] = 1e16;
    for (const Method method : methods_for(A)) {
        SCOPED_TRACE(name(method));
        const auto s = solve(A, b, reporting(method));
        EXPECT_EQ(s.report.status, Status::solved);
        const auto errors = oracle::errors<double>(A, s.x, b);
        EXPECT_LE(static_cast<double>(errors.omega), 1e-15);
        EXPECT_NEAR(s.report.certificate.residual_norm / static_cast<double>(errors.residual_norm), 1, 1e-6);
    }
}

TEST(HardCases, Row31_DeficientLeastSquaresSaysItsRankAndGivesTheLeastNorm) {
    for_each_scalar([]<class T>() {
        constexpr bool single = sizeof(Real<T>) == sizeof(float);
        Random random(11);
        Eigen::MatrixX<T> M = Eigen::MatrixX<T>::Zero(30, 6);
        for (Index i = 0; i < 30; ++i)
            for (Index j = 0; j < 5; ++j) M(i, j) = T(static_cast<Real<T>>(static_cast<double>(random.below(17)) - 8));
        M.col(5) = M.col(0) + M.col(1);
        const Csr<T> A = from_dense(M);
        const Eigen::VectorX<T> outside = ramp<T>(30), inside = image<T>(A, ones<T>(6));
        for (const Method method : methods_for(A))
            for (const Eigen::VectorX<T>& b : {outside, inside}) {
                SCOPED_TRACE(name(method));
                const auto s = solve(A, b, reporting(method));
                EXPECT_NE(s.report.status, Status::solved);
                EXPECT_EQ(s.report.rank, 5);
                EXPECT_EQ(s.report.null_space_dimension, 1);
                const double tolerance = single ? 1e-5 : 1e-12;
                EXPECT_LE((M.adjoint() * (b - M * s.x)).norm(), tolerance * M.norm() * b.norm());
                // (1, 1, 0, 0, 0, -1) spans the null space: x is orthogonal to it
                EXPECT_LE(std::abs(s.x[0] + s.x[1] - s.x[5]), tolerance * static_cast<double>(s.x.norm()));
            }
        EXPECT_EQ(solve(A, inside, reporting()).report.status, Status::singular_consistent);
    });
}

TEST(HardCases, Row32_LaeuchlisMatrixIsSolvedWhereNormalEquationsAreSingular) {
    for (const double mu : {1e-9, 1e-12}) {
        const Csr<double> A = from_dense(lauchli(2, mu));
        const Vector b = image<double>(A, ones<double>(2));
        for (const Method method : methods_for(A)) {
            const auto s = solve(A, b, reporting(method));
            EXPECT_EQ(s.report.status, Status::solved) << name(method);
            EXPECT_LE((s.x - ones<double>(2)).norm(), 4e-16 / mu);
        }
    }
}

// ---- 1c: the wrong matrix for the method

TEST(HardCases, Row33_AMethodForSymmetricMatricesRefusesAnother) {
    for_each_scalar([]<class T>() {
        const Csr<T> A = as<T>(tridiagonal_toeplitz(20, 0, 4, 1));
        for (const MethodInfo& method : direct_methods()) {
            if (!needs(method, "hermitian") && !needs(method, "symmetric")) continue;
            EXPECT_EQ(solve(A, ones<T>(20), reporting(method.method)).report.status, Status::not_symmetric)
                << method.name;
        }
        expect_solved(A, ones<T>(20));
    });
    // complex symmetric is not Hermitian
    const Csr<std::complex<double>> S = helmholtz2d_absorbing(5, 5, 3);
    for (const MethodInfo& method : direct_methods())
        if (needs(method, "hermitian")) {
            EXPECT_EQ(solve(S, ones<std::complex<double>>(25), reporting(method.method)).report.status,
                      Status::not_symmetric);
        }
}

TEST(HardCases, Row35_SymmetryIsExact) {
    Csr<double> nearly = poisson1d(20);
    nearly.values()[1] = std::nextafter(nearly.values()[1], 0);
    for (const MethodInfo& method : direct_methods())
        if (needs(method, "hermitian") || needs(method, "symmetric")) {
            EXPECT_EQ(solve(nearly, ones<double>(20), reporting(method.method)).report.status, Status::not_symmetric);
        }
    for (const Method method : methods_for(nearly)) expect_solved(nearly, ones<double>(20), method);
}

TEST(HardCases, Row36_AMethodForDefiniteMatricesRefusesAnIndefiniteOne) {
    for_each_scalar([]<class T>() {
        Coo<T> C(6, 6);
        for (Index i = 0; i < 6; i += 2)
            C.add(i, i, T(1)), C.add(i, i + 1, T(2)), C.add(i + 1, i, T(2)), C.add(i + 1, i + 1, T(1));
        const Csr<T> A = to_csr(C);
        for (const MethodInfo& method : direct_methods()) {
            if (!needs(method, "positive_definite")) continue;
            const auto s = solve(A, ramp<T>(6), reporting(method.method));
            EXPECT_EQ(s.report.status, Status::indefinite_operator) << method.name;
            EXPECT_FALSE(s.report.message.empty());
        }
        for (const Method method : methods_for(A)) expect_solved(A, ramp<T>(6), method);
        const auto s = solve(A, ramp<T>(6));
        EXPECT_NE(s.report.method, "cholesky");
    });
}

TEST(HardCases, Row38_IndefiniteMatricesAreSolvedWhateverTheirDiagonal) {
    const std::vector<Csr<double>> all{from_dense(Matrix({{1e-20, 1}, {1, 1}})),
                                       from_dense(Matrix({{0, 1}, {1, 0}})),
                                       from_dense(Matrix({{1e-20, 1}, {1, -1e-20}})),
                                       stokes2d(6, 5),
                                       helmholtz2d(12, 12, 9),
                                       from_dense(Matrix({{1, 1, 0}, {1, 1, 1}, {0, 1, 0}})),
                                       wilkinson_tridiagonal(40)};
    for (const Csr<double>& A : all)
        for (const Method method : methods_for(A)) expect_solved(A, ramp<double>(A.rows()), method);
    // A quasi-definite matrix whose (2, 2) block is gone: B has dependent rows, so that A is singular.
    Matrix M = Matrix::Zero(5, 5);
    M.topLeftCorner(3, 3).setIdentity();
    M.row(3).head(3) << 1, 2, 3;
    M.row(4).head(3) << 2, 4, 6;
    M.col(3) = M.row(3), M.col(4) = M.row(4);
    const Csr<double> broken = from_dense(M);
    for (const Method method : methods_for(broken)) {
        const auto s = solve(broken, Vector({{1.0, 1.0, 1.0, 1.0, 0.0}}), reporting(method));
        EXPECT_FALSE(has_answer(s.report.status)) << name(method) << " " << name(s.report.status);
    }
}

// ---- 1f: size, memory, system

TEST(HardCases, Row69_FillBeyondALimitIsPredictedAndNotSuffered) {
    for (const Csr<double>& A : {poisson2d(60, 60), helmholtz2d(60, 60, 30), convection_diffusion2d(60, 60, 1)})
        for (const Method method : methods_for(A)) {
            SolveOptions options = reporting(method);
            options.max_memory_bytes = 10000;
            const auto s = solve(A, ones<double>(3600), options);
            EXPECT_EQ(s.report.status, Status::limit_exceeded) << name(method);
            EXPECT_FALSE(s.report.message.empty());
        }
}

TEST(HardCases, Row70_AProductOfDimensionsThatWouldOverflowIsALimitAndNotACrash) {
    for_each_scalar([]<class T>() {
        EXPECT_THROW((void)to_dense(to_csr(Coo<T>(46350, 46350)), std::int64_t{1} << 30), LimitExceeded);
        const Csr<T> wide(4, std::numeric_limits<Index>::max(), {0, 0, 0, 0, 0}, {}, {});
        EXPECT_THROW((void)to_dense(wide, std::int64_t{1} << 30), LimitExceeded);
    });
}

TEST(HardCases, Row71_OneDenseRowAndColumnDoNotFillTheFactors) {
    const Index n = 20000;
    const Csr<double> symmetric = arrow(n);
    Csr<double> general = symmetric;
    for (Index j = 1; j < n; ++j) general.values()[static_cast<std::size_t>(j)] = 0.5;  // the first row
    for (const auto& [A, definite] : {std::pair(symmetric, true), std::pair(general, false)})
        for (const Method method : Subject<double>(A, definite).methods()) {
            SCOPED_TRACE(std::string(name(method)) + (definite ? " symmetric" : " general"));
            SolveOptions options = reporting(method);
            options.max_memory_bytes = std::size_t{256} << 20;
            const auto start = std::chrono::steady_clock::now();
            const auto s = solve(A, ramp<double>(n), options);
            const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            EXPECT_LE(seconds, 10);
            // Aᵀ A is full, so QR may say that it needs too much; the others need not.
            if (method != Method::qr || s.report.status != Status::limit_exceeded) {
                EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
                expect_honest(A, ramp<double>(n), s);
            }
        }
}

TEST(HardCases, Row76_ACallbackMayThrowAtAnyStageAndTheNextSolveIsAsEver) {
    const Csr<double> A = poisson2d(9, 9);
    for (const Method method : methods_for(A)) {
        SCOPED_TRACE(name(method));
        std::vector<std::string> stages;
        SolveOptions options = reporting(method);
        options.progress = [&](std::string_view stage, double fraction) {
            EXPECT_GE(fraction, 0);
            EXPECT_LE(fraction, 1);
            stages.emplace_back(stage);
        };
        const Vector x = solve(A, ramp<double>(81), options).x;
        EXPECT_FALSE(stages.empty());
        for (std::size_t stop = 0; stop < stages.size(); ++stop) {
            std::size_t calls = 0;
            options.progress = [&](std::string_view, double) {
                if (calls++ == stop) throw std::runtime_error("enough");
            };
            EXPECT_THROW((void)solve(A, ramp<double>(81), options), std::runtime_error);
            EXPECT_EQ(solve(A, ramp<double>(81), {.method = method}).x, x);
            // and the same by the flag that is looked at
            std::atomic<bool> cancel = false;
            calls = 0;
            options.cancel = &cancel;
            options.progress = [&](std::string_view, double) { cancel = calls++ == stop || cancel; };
            const Status status = solve(A, ramp<double>(81), options).report.status;
            EXPECT_TRUE(status == Status::interrupted || (stop + 1 == stages.size() && status == Status::solved))
                << name(status);
            options.cancel = nullptr;
        }
    }
}

TEST(HardCases, Row78_TwoThreadsWithASolverEachDisturbNoOther) {
    const std::vector<Csr<double>> all{poisson2d(15, 15), convection_diffusion2d(15, 15, 0.01), stokes2d(8, 8),
                                       path_laplacian(100)};
    for (const Csr<double>& A : all)
        for (const Method method : methods_for(A)) {
            const Vector b = image<double>(A, ramp<double>(A.cols()));
            const auto alone = [&] {
                const ThreadLimit one(1);
                return solve(A, b, reporting(method)).x;
            };
            const Vector x = alone();
            std::vector<Vector> found(4);
            {
                std::vector<std::jthread> threads;
                for (Vector& mine : found)
                    threads.emplace_back([&] {
                        for (int k = 0; k < 3; ++k) mine = alone();
                    });
            }
            for (const Vector& mine : found) EXPECT_EQ(mine, x) << name(method);
        }
}

TEST(HardCases, Row79_ThreadsMayShareAFactorisation) {
    const Csr<double> A = poisson2d(20, 20);
    const Vector b = ramp<double>(400);
    const auto share = [&](const auto& factors) {
        const auto apply = [&] {
            Vector x(400);
            factors.apply(b, x);
            return x;
        };
        const Vector x = apply();
        std::vector<Vector> found(4);
        {
            std::vector<std::jthread> threads;
            for (Vector& mine : found)
                threads.emplace_back([&] {
                    for (int k = 0; k < 20; ++k) mine = apply();
                });
        }
        for (const Vector& mine : found) EXPECT_EQ(mine, x);
    };
    share(Cholesky<double>(A));
    share(Lu<double>(to_csc(A)));
}

TEST(HardCases, Row80_ARunIsRepeatedToTheLastBitAndOtherThreadCountsAreAsGood) {
    for (const Csr<double>& A : {poisson2d(40, 40), convection_diffusion2d(40, 40, 0.01), stokes2d(12, 12)})
        for (const Method method : methods_for(A)) {
            SCOPED_TRACE(name(method));
            const Vector b = ramp<double>(A.rows());
            const auto with = [&](int threads) {
                const ThreadLimit limit(threads);
                return solve(A, b, reporting(method));
            };
            for (const int threads : {1, 2}) {
                const auto s = with(threads);
                EXPECT_EQ(s.x, with(threads).x) << threads;
                EXPECT_EQ(s.report.status, Status::solved);
                expect_honest(A, b, s);
            }
        }
}

struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

TEST(HardCases, Row81_ALocaleWithDecimalCommasChangesNothing) {
    const auto run = [] {
        const auto a = solve(poisson2d(20, 20), ramp<double>(400));
        const auto b = solve(path_laplacian(1500), ones<double>(1500), reporting());
        std::vector<std::string> text{a.report.message, b.report.message};
        for (const SolveReport* r : {&a.report, &b.report}) {
            text.insert(text.end(), r->reasons.begin(), r->reasons.end());
            text.insert(text.end(), r->warnings.begin(), r->warnings.end());
        }
        return std::pair(a.x, text);
    };
    const auto plain = run();
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
    const std::string c_before = std::setlocale(LC_ALL, nullptr);
    for (const char* german : {"de_DE.UTF-8", "de_DE.utf8", "de_DE"})
        if (std::setlocale(LC_ALL, german)) break;  // where there is none, the C++ locale above is the test
    const auto comma = run();
    std::locale::global(before);
    std::setlocale(LC_ALL, c_before.c_str());
    EXPECT_EQ(comma.first, plain.first);
    EXPECT_EQ(comma.second, plain.second);
}

#if defined(__SSE__)
TEST(HardCases, Row82_FlushedSubnormalsLeadToNoWrongAnswer) {
    const unsigned before = _mm_getcsr();
    for (const double scale : {1.0, 0x1p-1000, 0x1p-1060, 0x1p-1070, 0x1p1000}) {
        Csr<double> A = tridiagonal(40);
        for (double& v : A.values()) v *= scale;
        for (const double b_scale : {1.0, scale}) {
            Vector b = ramp<double>(40);
            for (double& v : b) v *= b_scale;
            for (const Method method : methods_for(tridiagonal(40))) {
                SCOPED_TRACE(std::string(name(method)) + " " + std::to_string(std::ilogb(scale)));
                _mm_setcsr(before | 0x8040);  // flush to zero, denormals are zero
                const auto s = solve(A, b, reporting(method));
                _mm_setcsr(before);
                expect_honest(A, b, s);
                if (scale == 1.0) {
                    EXPECT_EQ(s.report.status, Status::solved);
                }
            }
        }
    }
}
#endif

}  // namespace
