// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/ldlt.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <thread>

#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace {

using namespace ritz;
using Complex = std::complex<double>;

static_assert(LinearOperator<Ldlt<double>, double> && LinearOperator<Ldlt<std::complex<float>>, std::complex<float>>);
static_assert(std::is_nothrow_move_constructible_v<Ldlt<double>> && !std::is_copy_constructible_v<Ldlt<double>>);
static_assert(std::is_nothrow_move_constructible_v<Ldlt<double>::Analysis>);

enum class Kind { symmetric, hermitian };

/// Indefinite, with a zero diagonal in every third row; entries at distances 1, 4 and 9.
template <Scalar T>
Csr<T> indefinite(Index n, Kind kind, std::uint64_t seed = 3) {
    Random random(seed);
    Coo<T> C(n, n);
    const auto number = [&] {
        const auto re = static_cast<Real<T>>(random.uniform(0.5, 2) * (random.below(2) == 0 ? 1 : -1));
        if constexpr (is_complex<T>)
            return T(re, static_cast<Real<T>>(random.uniform(-1, 1)));
        else
            return T(re);
    };
    for (Index i = 0; i < n; ++i) {
        const T d = number();
        if (i % 3 != 1) C.add(i, i, kind == Kind::hermitian ? T(std::real(d)) : d);
        for (const Index step : {1, 4, 9}) {
            if (i + step >= n) continue;
            const T a = number();
            C.add(i, i + step, a), C.add(i + step, i, kind == Kind::hermitian ? ritz::conjugate(a) : a);
        }
    }
    return to_csr(C);
}

/// ‖b − A x‖∞ / (‖A‖∞ ‖x‖∞ + ‖b‖∞), in double and densely.
template <Scalar T>
double backward_error(const Eigen::MatrixX<T>& A, const Eigen::MatrixX<T>& X, const Eigen::MatrixX<T>& B) {
    using W = std::conditional_t<is_complex<T>, Complex, double>;
    const Eigen::MatrixX<W> a = A.template cast<W>(), x = X.template cast<W>(), b = B.template cast<W>();
    if (b.size() == 0) return 0;
    const double residual = (b - a * x).cwiseAbs().maxCoeff();
    return residual / (a.cwiseAbs().rowwise().sum().maxCoeff() * x.cwiseAbs().maxCoeff() + b.cwiseAbs().maxCoeff());
}

template <Scalar T>
Eigen::MatrixX<T> random_matrix(Index rows, Index cols, std::uint64_t seed) {
    const Buffer<T> values = random_vector<T>(rows * cols, seed);
    return Eigen::Map<const Eigen::MatrixX<T>>(values.data(), rows, cols);
}

/// [[H, Bᵀ], [B, 0]] of a staggered-grid Stokes problem without its boundary terms: H a vector Laplacian, B a
/// divergence of full rank; k × k cells.
Csr<double> saddle_point(Index k) {
    const Index faces = (k - 1) * k, cells = k * k - 1;
    Coo<double> C(2 * faces + cells, 2 * faces + cells);
    const auto couple = [&](Index i, Index j, double v) { C.add(i, j, v), C.add(j, i, v); };
    for (Index i = 0; i < k - 1; ++i)
        for (Index j = 0; j < k; ++j)
            for (Index direction = 0; direction < 2; ++direction) {
                const Index face = direction * faces + i * k + j;
                C.add(face, face, 4);
                if (i > 0) couple(face, face - k, -1);
                if (j > 0) couple(face, face - 1, -1);
                const auto cell = [&](Index a, Index b) {
                    return 2 * faces + (direction == 0 ? a * k + b : b * k + a) - 1;
                };
                if (cell(i, j) >= 2 * faces) couple(cell(i, j), face, 1);
                couple(cell(i + 1, j), face, -1);
            }
    return to_csr(C);
}

template <class T>
class LdltTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(LdltTyped, Scalars);

TYPED_TEST(LdltTyped, SolvesWithTheMatrixItsTransposeAndItsAdjoint) {
    using T = TypeParam;
    const double tolerance = 1000 * std::numeric_limits<Real<T>>::epsilon();  // elements may grow
    const Index n = 60;
    for (const Kind kind : {Kind::symmetric, Kind::hermitian}) {
        const Csr<T> A = indefinite<T>(n, kind);
        const Eigen::MatrixX<T> dense = to_dense(A), transposed = dense.transpose(), adjoint = dense.adjoint();
        const Ldlt<T> F(A);
        EXPECT_EQ(F.hermitian(), !is_complex<T> || kind == Kind::hermitian);
        EXPECT_EQ(F.rows(), n);
        for (const Index columns : {0, 1, 3, 40}) {
            const Eigen::MatrixX<T> B = random_matrix<T>(n, columns, 5);
            EXPECT_LE(backward_error<T>(dense, F.solve(B), B), tolerance);
            EXPECT_LE(backward_error<T>(transposed, F.solve(B, Transpose::transpose), B), tolerance);
            EXPECT_LE(backward_error<T>(adjoint, F.solve(B, Transpose::adjoint), B), tolerance);
        }
        const Eigen::VectorX<T> b = random_matrix<T>(n, 1, 6);
        Eigen::VectorX<T> x(n);
        F.apply(b, x);
        EXPECT_LE(backward_error<T>(dense, x, b), tolerance);
        F.apply_transpose(b, x);
        EXPECT_LE(backward_error<T>(transposed, x, b), tolerance);
        F.apply_adjoint(b, x);
        EXPECT_LE(backward_error<T>(adjoint, x, b), tolerance);
        x = b;
        F.apply(x, x);  // in place
        EXPECT_LE(backward_error<T>(dense, x, b), tolerance);
    }
}

TYPED_TEST(LdltTyped, KnowsTheDeterminantAsADenseFactorisationDoes) {
    using T = TypeParam;
    for (const Index n : {1, 2, 5, 23, 24})
        for (const Kind kind : {Kind::symmetric, Kind::hermitian})
            for (const std::uint64_t seed : {1, 2, 3}) {
                const Csr<T> A = indefinite<T>(n, kind, seed);
                const T expected = to_dense(A).fullPivLu().determinant();
                const LogDeterminant<T> found = Ldlt<T>(A).log_determinant();
                const double tolerance = 2000 * std::numeric_limits<Real<T>>::epsilon();
                EXPECT_NEAR(found.logabsdet, std::log(std::abs(expected)), tolerance);
                EXPECT_LE(std::abs(found.sign - expected / std::abs(expected)), tolerance);
            }
}

TYPED_TEST(LdltTyped, RefactorsNewValuesOnTheSamePatternOnly) {
    using T = TypeParam;
    const double tolerance = 1000 * std::numeric_limits<Real<T>>::epsilon();  // elements may grow
    for (const Kind kind : {Kind::symmetric, Kind::hermitian}) {
        const Csr<T> A = indefinite<T>(40, kind, 3);
        Csr<T> B = indefinite<T>(40, kind, 17);
        const Eigen::MatrixX<T> b = random_matrix<T>(40, 1, 7);
        Ldlt<T> F(A);
        F.refactor(B);
        EXPECT_LE(backward_error<T>(to_dense(B), F.solve(b), b), tolerance);
        EXPECT_EQ(F.hermitian() ? F.inertia() : Inertia{}, F.hermitian() ? Ldlt<T>(B).inertia() : Inertia{});
        for (Index i = 0; i < 40; ++i)  // rows and columns of very different size, as they were not
            for (auto k = B.indptr()[static_cast<std::size_t>(i)]; k < B.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
                B.values()[static_cast<std::size_t>(k)] *=
                    static_cast<Real<T>>(std::ldexp(1.0, -(i % 5 + B.indices()[static_cast<std::size_t>(k)] % 5) * 5));
        F.refactor(B);
        EXPECT_LE(backward_error<T>(to_dense(B), F.solve(b), b), tolerance);
        EXPECT_THROW(F.refactor(indefinite<T>(41, kind)), InvalidArgument);
        EXPECT_THROW(F.refactor(Csr<T>()), InvalidArgument);
        EXPECT_THROW(F.refactor(to_csr(Coo<T>(40, 40))), InvalidArgument);
        Csr<T> elsewhere = indefinite<T>(40, kind);  // as many entries in other places
        elsewhere = permute_symmetric<Order::row, T>(elsewhere, std::vector<Index>{[] {
                                                         std::vector<Index> p(40);
                                                         for (Index i = 0; i < 40; ++i)
                                                             p[static_cast<std::size_t>(i)] = (i + 20) % 40;
                                                         return p;
                                                     }()});
        EXPECT_THROW(F.refactor(elsewhere), InvalidArgument);
        EXPECT_LE(backward_error<T>(to_dense(B), F.solve(b), b), tolerance);  // the former factors have stayed
    }
}

// The scaling and the pairing of pivots found for one matrix do harm to another.
TEST(Ldlt, RefactorsValuesOfAnotherSizeWithoutMoreFill) {
    const Csr<double> A = saddle_point(24);
    for (const int range : {10, 30}) {
        Random random(1);
        Buffer<double> d(static_cast<std::size_t>(A.rows()));
        for (double& v : d) v = std::ldexp(1.0, static_cast<int>(random.uniform(-range, range)));
        const Csr<double> B = scale_rows_and_columns<Order::row, double>(d, A, d);
        Ldlt<double> F(A);
        const Offset before = F.statistics().factor_nonzeros;
        F.refactor(B);
        EXPECT_LE(F.statistics().factor_nonzeros, before + before / 2);
        EXPECT_EQ(F.inertia().negative, 24 * 24 - 1);
        Ldlt<double>::Analysis analysis(A);
        EXPECT_LE(Ldlt<double>(B, std::move(analysis)).statistics().factor_nonzeros, before + before / 2);
        const Eigen::MatrixXd b = random_matrix<double>(A.rows(), 1, 4);
        EXPECT_LE(backward_error<double>(to_dense(B), F.solve(b), b), 1e-13);
    }
}

// MUMPS asks for more workspace again and again.
TEST(Ldlt, SolvesWhereMostPivotsAreDelayed) {
    const Index n = 300;
    Coo<double> C(n, n);  // large elements beyond the diagonal, which the ordering does not foresee
    Random random(5);
    for (Index i = 0; i < n; ++i) {
        C.add(i, i, 1e-9);
        for (Index j = std::max<Index>(0, i - 20); j < i; ++j) {
            const double v = i - j == 20 ? 1 : 1e-6 * random.normal();
            C.add(i, j, v), C.add(j, i, v);
        }
    }
    const Csr<double> A = to_csr(C);
    Csr<double> even = A;
    for (double& v : even.values()) v = v == 1e-9 ? 100 : 1;
    const Eigen::MatrixXd b = random_matrix<double>(n, 1, 4);
    for (const double threshold : {0.0001, 0.01, 0.5})
        for (const Ordering ordering : {Ordering::natural, Ordering::amd, Ordering::metis}) {
            Ldlt<double> F(even, {.ordering = ordering, .pivot_threshold = threshold});
            F.refactor(A);
            EXPECT_LE(backward_error<double>(to_dense(A), F.solve(b), b), 1e-10 * std::sqrt(0.01 / threshold));
        }
}

TYPED_TEST(LdltTyped, HoldsNoFactorsAfterARefactorThatFailed) {
    using T = TypeParam;
    const Csr<T> A = from_dense(Eigen::MatrixX<T>({{T(2), T(1)}, {T(1), T(2)}}));
    const Csr<T> singular = from_dense(Eigen::MatrixX<T>({{T(1), T(1)}, {T(1), T(1)}}));
    Ldlt<T> F(A);
    EXPECT_THROW(F.refactor(singular), SingularMatrix);
    Eigen::VectorX<T> x = Eigen::VectorX<T>::Ones(2);
    EXPECT_THROW(F.apply(x, x), Error);
    EXPECT_THROW(F.log_determinant(), Error);
    EXPECT_THROW(F.inertia(), Error);
    F.refactor(A);
    F.apply(x, x);
    EXPECT_LE(std::abs(x[0] - T(1) / T(3)), 1e-6);
}

TYPED_TEST(LdltTyped, AcceptsTheEmptyMatrix) {
    using T = TypeParam;
    Ldlt<T> F{Csr<T>()};
    Buffer<T> none;
    F.apply(none, none);
    F.refactor(Csr<T>());
    EXPECT_EQ(F.log_determinant().sign, T(1));
    EXPECT_EQ(F.log_determinant().logabsdet, 0);
    EXPECT_EQ(F.inertia(), Inertia());
    EXPECT_EQ(F.solve(Eigen::MatrixX<T>(0, 3)).cols(), 3);
    EXPECT_EQ(F.inverse_diagonal().size(), 0);
    EXPECT_EQ(F.null_space().size(), 0);
}

TYPED_TEST(LdltTyped, SolvesSystemsOfOneEquation) {
    using T = TypeParam;
    for (const double a : {3.0, -7.0, 1e-30, -1e30}) {
        const Ldlt<T> F(from_dense(Eigen::MatrixX<T>::Constant(1, 1, T(static_cast<Real<T>>(a)))));
        Buffer<T> x{T(1)};
        F.apply(x, x);
        EXPECT_LE(std::abs(x[0] * T(static_cast<Real<T>>(a)) - T(1)), 1e-6);
        EXPECT_EQ(F.inertia(), (Inertia{a > 0, a < 0, 0}));
    }
    if constexpr (is_complex<T>) {
        const Ldlt<T> F(from_dense(Eigen::MatrixX<T>::Constant(1, 1, T(1, 2))));
        EXPECT_FALSE(F.hermitian());
        Buffer<T> x{T(5)};
        F.apply(x, x);
        EXPECT_LE(std::abs(x[0] - T(1, -2)), 1e-6);
    }
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>::Zero(1, 1))), SingularMatrix);
}

TYPED_TEST(LdltTyped, KnowsChosenEntriesOfTheInverse) {
    using T = TypeParam;
    const double tolerance = 500 * std::numeric_limits<Real<T>>::epsilon();
    for (const Kind kind : {Kind::symmetric, Kind::hermitian}) {
        const Csr<T> A = indefinite<T>(40, kind);
        const Eigen::MatrixX<T> inverse = to_dense(A).fullPivLu().inverse();
        const double size = static_cast<double>(inverse.cwiseAbs().maxCoeff());
        const Ldlt<T> F(A);
        EXPECT_LE(static_cast<double>((F.inverse_diagonal() - inverse.diagonal()).cwiseAbs().maxCoeff()),
                  tolerance * size);
        Coo<T> pattern(40, 40);
        for (Index i = 0; i < 40; i += 2)
            for (const Index j : {i, (i * 7 + 3) % 40, 39}) pattern.add(i, j, T(1));
        const Csr<T> wanted = to_csr(pattern), found = F.inverse_entries(wanted);
        ASSERT_EQ(found.nnz(), wanted.nnz());
        for (Index i = 0; i < 40; ++i)
            for (auto k = found.indptr()[static_cast<std::size_t>(i)];
                 k < found.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
                const Index j = wanted.indices()[static_cast<std::size_t>(k)];
                EXPECT_LE(std::abs(found.values()[static_cast<std::size_t>(k)] - inverse(i, j)), tolerance * size);
            }
        EXPECT_EQ(F.inverse_entries(to_csr(Coo<T>(40, 40))).nnz(), 0);
        EXPECT_THROW(F.inverse_entries(to_csr(Coo<T>(40, 41))), InvalidArgument);
        // What asks for entries must not disturb what solves afterwards.
        const Eigen::MatrixX<T> b = random_matrix<T>(40, 1, 8);
        EXPECT_LE(backward_error<T>(to_dense(A), F.solve(b), b), tolerance);
    }
}

TYPED_TEST(LdltTyped, RefusesWhatIsNeitherSymmetricNorHermitian) {
    using T = TypeParam;
    EXPECT_THROW(Ldlt<T>(to_csr(Coo<T>(2, 3))), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(to_csr(Coo<T>(3, 2))), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(1), T(2)}, {T(3), T(1)}}))), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(1), T(2)}, {T(0), T(1)}}))), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(1), T(0)}, {T(2), T(1)}}))), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(0), T(2)}, {T(-2), T(0)}}))), InvalidArgument);  // skew
    // An entry whose mirror image was passed by.
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(1), T(5), T(2)}, {T(0), T(1), T(0)}, {T(2), T(0), T(1)}}))),
                 InvalidArgument);
    const Real<T> nearly = std::nextafter(Real<T>(2), Real<T>(3));
    EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(1), T(nearly)}, {T(2), T(1)}}))), InvalidArgument);
    if constexpr (is_complex<T>) {  // symmetric in one place, Hermitian in another
        EXPECT_THROW(Ldlt<T>(from_dense(
                         Eigen::MatrixX<T>({{T(1), T(0, 1), T(0)}, {T(0, -1), T(1), T(0, 1)}, {T(0), T(0, 1), T(1)}}))),
                     InvalidArgument);
        EXPECT_THROW(Ldlt<T>(from_dense(Eigen::MatrixX<T>({{T(1, 1), T(0, 1)}, {T(0, -1), T(1)}}))), InvalidArgument);
    }
    for (const Real<T> bad : {std::numeric_limits<Real<T>>::quiet_NaN(), std::numeric_limits<Real<T>>::infinity()})
        for (const int place : {0, 1, 4}) {  // of (0, 0), the coupling, (1, 1)
            Eigen::MatrixX<T> M({{T(1), T(2)}, {T(2), T(1)}});
            if (place == 1)
                M(0, 1) = M(1, 0) = T(bad);
            else
                M(place / 4, place / 4) = T(bad);
            EXPECT_THROW(Ldlt<T>{from_dense(M)}, InvalidArgument);
        }
}

TYPED_TEST(LdltTyped, PassesOverAZeroWithoutAMirrorImage) {
    using T = TypeParam;
    Coo<T> C(4, 4);
    for (Index i = 0; i < 4; ++i) C.add(i, i, T(2));
    C.add(0, 3, T(0)), C.add(2, 1, T(0)), C.add(1, 3, T(1)), C.add(3, 1, T(1)), C.add(1, 2, T(0)), C.add(3, 2, T(0));
    const Eigen::MatrixX<T> b = random_matrix<T>(4, 1, 2);
    EXPECT_LE(backward_error<T>(to_dense(to_csr(C)), Ldlt<T>(to_csr(C)).solve(b), b), 1e-6);
}

TYPED_TEST(LdltTyped, RefusesWrongLengthsAndOptions) {
    using T = TypeParam;
    const Csr<T> A = indefinite<T>(10, Kind::hermitian);
    const Ldlt<T> F(A);
    Buffer<T> nine(9, T(1)), ten(10, T(1));
    EXPECT_THROW(F.apply(nine, ten), InvalidArgument);
    EXPECT_THROW(F.apply(ten, nine), InvalidArgument);
    EXPECT_THROW(F.apply_adjoint(ten, nine), InvalidArgument);
    EXPECT_THROW(F.solve(Eigen::MatrixX<T>::Zero(9, 2)), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(A, {.ordering = Ordering::colamd}), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(A, {.pivot_threshold = 0.6}), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(A, {.pivot_threshold = std::nan("")}), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(A, {.null_pivot_tolerance = -1}), InvalidArgument);
    EXPECT_THROW(Ldlt<T>(A, {.null_pivot_tolerance = std::numeric_limits<double>::infinity()}), InvalidArgument);
}

// Without pivoting these give 24 % residuals or worse, reported as success.
TEST(Ldlt, PivotsWhereTheDiagonalIsSmall) {
    Eigen::MatrixXd reversed = Eigen::MatrixXd::Zero(50, 50);
    for (Index i = 0; i < 50; ++i) reversed(i, 49 - i) = std::min(i, 49 - i) + 1;
    for (const Eigen::MatrixXd& M : {Eigen::MatrixXd({{1e-20, 1}, {1, 1}}), Eigen::MatrixXd({{0, 1}, {1, 0}}),
                                     Eigen::MatrixXd({{1e-20, 1}, {1, 1e-20}}), reversed}) {
        const Eigen::MatrixXd b = random_matrix<double>(static_cast<Index>(M.rows()), 1, 4);
        for (const Ordering ordering : {Ordering::automatic, Ordering::natural, Ordering::amd, Ordering::best}) {
            const Ldlt<double> F(from_dense(M), {.ordering = ordering});
            EXPECT_LE(backward_error<double>(M, F.solve(b), b), 1e-15);
            const Eigen::VectorXd values = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(M).eigenvalues();
            EXPECT_EQ(F.inertia().negative, (values.array() < 0).count());
        }
    }
}

TEST(Ldlt, SolvesSaddlePointsWithAZeroBlockInEveryOrdering) {
    const Csr<double> A = saddle_point(12);
    const Index faces = 2 * 11 * 12, cells = 143;
    const Eigen::MatrixXd b = random_matrix<double>(A.rows(), 2, 4), dense = to_dense(A);
    for (const Ordering ordering :
         {Ordering::automatic, Ordering::natural, Ordering::amd, Ordering::metis, Ordering::best}) {
        const Ldlt<double> F(A, {.ordering = ordering});
        EXPECT_LE(backward_error<double>(dense, F.solve(b), b), 1e-14) << name(ordering);
        EXPECT_EQ(F.inertia(), (Inertia{faces, cells, 0})) << name(ordering);
        EXPECT_TRUE(ordering == Ordering::automatic || ordering == Ordering::best ||
                    F.statistics().ordering == ordering);
    }
}

TEST(Ldlt, SolvesQuasidefiniteSystemsOfVeryDifferentScales) {
    const Index m = 30;
    for (const double delta : {1.0, 1e-6, 1e-12}) {  // [[H, Bᵀ], [B, -δI]]
        Coo<double> C(2 * m, 2 * m);
        for (Index i = 0; i < m; ++i) {
            C.add(i, i, delta * (1 + i)), C.add(m + i, m + i, -delta);
            for (const Index j : {i, (i + 1) % m}) C.add(m + i, j, 1. + j), C.add(j, m + i, 1. + j);
        }
        const Csr<double> A = to_csr(C);
        const Ldlt<double> F(A);
        const Eigen::MatrixXd b = random_matrix<double>(2 * m, 1, 4);
        EXPECT_LE(backward_error<double>(to_dense(A), F.solve(b), b), 1e-14);
        EXPECT_EQ(F.inertia(), (Inertia{m, m, 0}));
    }
}

// Sylvester's law: the negative pivots of A - σI are the eigenvalues below σ.
TEST(Ldlt, CountsTheEigenvaluesBelowAShift) {
    const Index k = 15;
    std::vector<double> spectrum;
    for (Index i = 1; i <= k; ++i)
        for (Index j = 1; j <= k + 2; ++j)
            spectrum.push_back(4 - 2 * std::cos(i * std::numbers::pi / (k + 1)) -
                               2 * std::cos(j * std::numbers::pi / (k + 3)));
    const Csr<double> A = poisson2d(k, k + 2);
    for (const double shift : {-1.0, 0.03, 0.3, 1.001, 2.5, 3.999, 4.001, 6.1, 7.9, 9.0}) {
        const Csr<double> shifted = add(1.0, A, -shift, identity<double>(A.rows()));
        const auto below = static_cast<Index>(
            std::count_if(spectrum.begin(), spectrum.end(), [&](double lambda) { return lambda < shift; }));
        for (const Ordering ordering : {Ordering::automatic, Ordering::natural, Ordering::metis})
            EXPECT_EQ(Ldlt<double>(shifted, {.ordering = ordering}).inertia(), (Inertia{A.rows() - below, below, 0}))
                << shift;
    }
}

TYPED_TEST(LdltTyped, CountsTheEigenvaluesOfAHermitianMatrix) {
    using T = TypeParam;
    for (const Index n : {1, 2, 3, 10, 45})
        for (const std::uint64_t seed : {1, 2, 3, 4}) {
            const Csr<T> A = indefinite<T>(n, Kind::hermitian, seed);
            const auto values = Eigen::SelfAdjointEigenSolver<Eigen::MatrixX<T>>(to_dense(A)).eigenvalues();
            if ((values.array().abs() < 1e-4f).any()) continue;
            const auto below = static_cast<Index>((values.array() < 0).count());
            EXPECT_EQ(Ldlt<T>(A).inertia(), (Inertia{n - below, below, 0}));
        }
}

TEST(Ldlt, IsAvailable) {
    EXPECT_TRUE(ldlt_available());
}

TEST(Ldlt, HasNoInertiaForAComplexSymmetricMatrix) {
    const Ldlt<Complex> F(indefinite<Complex>(10, Kind::symmetric));
    EXPECT_THROW(F.inertia(), Unsupported);
}

TEST(Ldlt, ThrowsForAnExactlySingularMatrix) {
    EXPECT_THROW(Ldlt<double>(to_csr(Coo<double>(5, 5))), SingularMatrix);
    EXPECT_THROW(Ldlt<double>(from_dense(Eigen::MatrixXd({{1, 1}, {1, 1}}))), SingularMatrix);
    EXPECT_THROW(Ldlt<double>(from_dense(Eigen::MatrixXd({{1, 2, 0}, {2, 4, 0}, {0, 0, 1}}))), SingularMatrix);
    Coo<double> C(4, 4);  // an empty row, stored zeros, three rows in two columns
    C.add(0, 0, 1), C.add(1, 1, 1), C.add(3, 3, 1);
    EXPECT_THROW(Ldlt<double>(to_csr(C)), SingularMatrix);
    C.add(2, 2, 0);
    EXPECT_THROW(Ldlt<double>(to_csr(C)), SingularMatrix);
    Coo<double> arrowhead(5, 5);
    for (Index i = 1; i < 5; ++i) arrowhead.add(0, i, 1), arrowhead.add(i, 0, 1);
    EXPECT_THROW(Ldlt<double>(to_csr(arrowhead)), SingularMatrix);
    EXPECT_THROW(Ldlt<Complex>((convert_values<Complex>(to_csr(arrowhead)))), SingularMatrix);
    EXPECT_THROW(Ldlt<double>(path_laplacian(8)), SingularMatrix);  // exact in binary
}

template <Scalar T>
void expect_null_space(const Csr<T>& A, Index dimension, const Ldlt<T>& F) {
    const Eigen::MatrixX<T> V = F.null_space(), dense = to_dense(A);
    ASSERT_EQ(V.cols(), dimension);
    ASSERT_EQ(V.rows(), A.rows());
    EXPECT_GE(static_cast<Index>(F.null_pivots().size()), dimension);
    EXPECT_TRUE(F.null_pivots().size() == static_cast<std::size_t>(dimension) || is_complex<T>);
    EXPECT_LE((V.adjoint() * V - Eigen::MatrixX<T>::Identity(dimension, dimension)).norm(), 1e-5);
    EXPECT_LE((dense * V).norm(), 1e-5 * dense.norm());
    EXPECT_EQ(F.log_determinant().sign, T(0));
    EXPECT_EQ(F.log_determinant().logabsdet, -std::numeric_limits<double>::infinity());
    EXPECT_THROW(F.inverse_diagonal(), SingularMatrix);
    // A consistent system is solved.
    Eigen::VectorX<T> b = dense * random_matrix<T>(A.rows(), 1, 11), x(A.rows());
    F.apply(b, x);
    EXPECT_LE((dense * x - b).norm(), 1e-5 * (b.norm() + dense.norm() * x.norm()));
}

TYPED_TEST(LdltTyped, FindsTheNullSpaceWhenAsked) {
    using T = TypeParam;
    const LdltOptions options{.null_pivots = true};
    const Index n = 40;
    const Csr<T> path = convert_values<T>(convert_values<Real<T>>(path_laplacian(n)));
    const Ldlt<T> F(path, options);
    EXPECT_EQ(F.inertia(), (Inertia{n - 1, 0, 1}));
    expect_null_space<T>(path, 1, F);
    const Eigen::MatrixX<T> V = F.null_space();
    for (Index i = 0; i < n; ++i) EXPECT_NEAR(std::abs(V(i, 0)), 1 / std::sqrt(double(n)), 1e-6);

    // Vᴴ diag V with a random V: rank, signs and null space are known.
    for (const Kind kind : {Kind::symmetric, Kind::hermitian}) {
        Eigen::MatrixX<T> R = random_matrix<T>(n, 5, 3);
        Eigen::VectorX<T> d = Eigen::VectorX<T>::Zero(5);
        d << T(1), T(-2), T(3), T(-4), T(5);
        const Eigen::MatrixX<T> right =
            kind == Kind::hermitian ? Eigen::MatrixX<T>(R.adjoint()) : Eigen::MatrixX<T>(R.transpose());
        Eigen::MatrixX<T> M = R * d.asDiagonal() * right;
        M = ((M + (kind == Kind::hermitian ? Eigen::MatrixX<T>(M.adjoint()) : Eigen::MatrixX<T>(M.transpose()))) / T(2))
                .eval();
        const Csr<T> A = from_dense(M);
        const Ldlt<T> G(A,
                        {.null_pivots = true, .null_pivot_tolerance = std::is_same_v<Real<T>, float> ? 1e-5 : 1e-12});
        if (G.hermitian()) {
            EXPECT_EQ(G.inertia(), (Inertia{3, 2, n - 5}));
        }
        expect_null_space<T>(A, n - 5, G);
    }

    // Nothing is found where nothing is.
    const Csr<T> regular = indefinite<T>(n, Kind::hermitian);
    const Ldlt<T> H(regular, options);
    EXPECT_EQ(H.inertia().zero, 0);
    EXPECT_EQ(H.null_space().cols(), 0);
    EXPECT_TRUE(H.null_pivots().empty());
}

TEST(Ldlt, FindsTheNullSpaceOfZeroMatricesAndEmptyRows) {
    const LdltOptions options{.null_pivots = true};
    const Ldlt<double> nothing(to_csr(Coo<double>(3, 3)), options);
    EXPECT_EQ(nothing.inertia(), (Inertia{0, 0, 3}));
    expect_null_space<double>(to_csr(Coo<double>(3, 3)), 3, nothing);
    Coo<double> zeros(3, 3), empty_row(3, 3), cycles(9, 9);
    for (Index i = 0; i < 3; ++i) zeros.add(i, i, 0);
    const Ldlt<double> zero(to_csr(zeros), options);
    EXPECT_EQ(zero.inertia(), (Inertia{0, 0, 3}));
    expect_null_space<double>(to_csr(zeros), 3, zero);
    empty_row.add(0, 0, -1), empty_row.add(2, 2, 4);
    const Ldlt<double> partly(to_csr(empty_row), options);
    EXPECT_EQ(partly.inertia(), (Inertia{1, 1, 1}));
    EXPECT_EQ(partly.null_pivots(), std::vector<Index>{1});
    expect_null_space<double>(to_csr(empty_row), 1, partly);
    for (Index i = 0; i < 9; ++i) {  // three cycles of three
        cycles.add(i, i, 2);
        for (const Index step : {1, 2}) cycles.add(i, i / 3 * 3 + (i + step) % 3, -1);
    }
    const Ldlt<double> three(to_csr(cycles), options);
    EXPECT_EQ(three.inertia(), (Inertia{6, 0, 3}));
    expect_null_space<double>(to_csr(cycles), 3, three);
}

TEST(Ldlt, SaysBeforeItComputesWhatItWillNeed) {
    const Csr<double> A = add(1.0, poisson2d(50, 50), -1.0, identity<double>(2500));
    Ldlt<double>::Analysis analysis(A);
    const FactorStatistics predicted = analysis.statistics();
    EXPECT_EQ(analysis.rows(), 2500);
    EXPECT_GT(predicted.factor_nonzeros, 2500);
    EXPECT_GT(predicted.flops, 1e4);
    EXPECT_GT(predicted.memory_bytes, 8 * static_cast<std::size_t>(predicted.factor_nonzeros));
    EXPECT_GE(predicted.peak_memory_bytes, predicted.memory_bytes / 2);
    const Ldlt<double> F(A, std::move(analysis));
    EXPECT_NEAR(static_cast<double>(F.statistics().factor_nonzeros), static_cast<double>(predicted.factor_nonzeros),
                0.1 * static_cast<double>(predicted.factor_nonzeros));
    EXPECT_EQ(F.statistics().ordering, Ordering::amd);
    const Eigen::MatrixXd b = random_matrix<double>(2500, 1, 3);
    EXPECT_LE(backward_error<double>(to_dense(A), F.solve(b), b), 1e-14);
    EXPECT_THROW(Ldlt<double>(A, std::move(analysis)), InvalidArgument);  // moved from
    Ldlt<double>::Analysis other(poisson2d(10, 10));
    EXPECT_THROW(Ldlt<double>(A, std::move(other)), InvalidArgument);
}

TEST(Ldlt, StopsBeforeItPassesAMemoryLimitAndOnRequest) {
    const Csr<double> A = saddle_point(20);
    EXPECT_THROW(Ldlt<double>(A, {.max_memory_bytes = 1000}), LimitExceeded);
    EXPECT_NO_THROW(Ldlt<double>(A, {.max_memory_bytes = 200'000'000}));
    const std::atomic<bool> cancel = true;
    EXPECT_THROW(Ldlt<double>(A, {.cancel = &cancel}), Interrupted);
}

// METIS pays in three dimensions, and not where little is to be saved.
TEST(Ldlt, ChoosesTheOrderingThatNeedsFewerFlops) {
    const auto flops = [](const Csr<double>& A, Ordering ordering) {
        return Ldlt<double>::Analysis(A, {.ordering = ordering}).statistics().flops;
    };
    const Csr<double> cube = poisson3d(24, 24, 24), path = poisson1d(2000);
    EXPECT_LT(flops(cube, Ordering::metis), flops(cube, Ordering::amd));
    EXPECT_EQ(flops(cube, Ordering::best), flops(cube, Ordering::metis));
    EXPECT_LT(flops(path, Ordering::amd), flops(path, Ordering::metis));
    EXPECT_EQ(flops(path, Ordering::best), flops(path, Ordering::amd));
    EXPECT_EQ(flops(path, Ordering::automatic), flops(path, Ordering::amd));
}

TEST(Ldlt, DoesNotBreakOnExtremeNumbers) {
    for (const double big : {1e308, 1e-308, 5e-324, 1e200}) {
        for (const double small : {1.0, 1e-300, 1e300}) {
            const Csr<double> A = from_dense(Eigen::MatrixXd({{big, small, 0}, {small, 0, big}, {0, big, small}}));
            try {
                const Ldlt<double> F(A, {.null_pivots = small == 1});
                F.log_determinant();
                F.solve(Eigen::MatrixXd::Constant(3, 2, big));
                F.null_space();
                F.inverse_entries(A);
            } catch (const Error&) {
            }
        }
    }
    const Ldlt<double> F(poisson2d(5, 5));
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        Eigen::VectorXd b = Eigen::VectorXd::Ones(25), x(25);
        b[3] = bad;
        F.apply(b, x);
        EXPECT_FALSE(std::isfinite(x.sum()));
    }
}

// MUMPS's matching reads beyond its arrays when a row has a stored zero and nothing else.
TEST(Ldlt, SurvivesRowsOfStoredZeros) {
    Coo<double> C(5, 5);
    C.add(2, 1, -3.3e-80), C.add(1, 2, -3.3e-80), C.add(3, 2, 0), C.add(2, 3, 0);
    const Csr<double> A = to_csr(C);
    EXPECT_THROW(Ldlt<double>{A}, SingularMatrix);
    const Ldlt<double> F(A, {.null_pivots = true});
    EXPECT_EQ(F.inertia(), (Inertia{1, 1, 3}));
    expect_null_space<double>(A, 3, F);
}

TEST(Ldlt, WorksInSeveralThreadsAtOnce) {
    std::atomic<int> wrong = 0;
    const Csr<double> shared_matrix = saddle_point(10);
    const Ldlt<double> shared(shared_matrix);
    const Eigen::MatrixXd rhs = random_matrix<double>(shared.rows(), 2, 5), expected = shared.solve(rhs);
    const auto work = [&](std::uint64_t seed) {
        for (std::uint64_t repeat = 0; repeat < 10; ++repeat) {
            const Csr<double> A = indefinite<double>(50, Kind::symmetric, seed + repeat);
            const Csr<Complex> H = indefinite<Complex>(30, Kind::symmetric, seed + repeat);
            const Ldlt<double> F(A);
            const Ldlt<Complex> G(H);
            const Eigen::MatrixXd b = random_matrix<double>(50, 3, seed);
            const Eigen::MatrixXcd c = random_matrix<Complex>(30, 3, seed);
            wrong += !(backward_error<double>(to_dense(A), F.solve(b), b) < 1e-12);  // the threshold lets elements grow
            wrong += !(backward_error<Complex>(to_dense(H), G.solve(c), c) < 1e-12);
            wrong += shared.solve(rhs) != expected;
        }
    };
    std::thread one([&] { work(1); }), two([&] { work(100); });
    one.join(), two.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
