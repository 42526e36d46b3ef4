// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/triangular_solve.hpp"

#include <limits>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/diagonal.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

constexpr Triangle triangles[] = {Triangle::lower, Triangle::upper};
constexpr MatrixForm forms[] = {MatrixForm::plain, MatrixForm::transposed, MatrixForm::adjoint};

/// A triangle of small integers with 1, -1 or 2 on the diagonal, so that substitution is nearly exact.
template <class K>
Compressed<K::order, typename K::T> triangle_of(Triangle triangle, Index n, double density, bool with_diagonal = true) {
    using T = typename K::T;
    const auto A = scaled(T(Real<T>(0.0625)), integers<K>(n, n, density, 3));
    const auto strict = triangle == Triangle::lower ? tril(A, -1) : triu(A, 1);
    if (!with_diagonal || n == 0) return strict;
    std::vector<T> d(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < d.size(); ++i) d[i] = i % 3 == 0 ? T(2) : i % 3 == 1 ? T(-1) : T(1);
    return add(strict, diags<T, K::order>(n, n, {{0, d}}));
}

template <Scalar T>
Eigen::MatrixX<T> formed(const Eigen::MatrixX<T>& D, MatrixForm form) {
    switch (form) {
        case MatrixForm::plain:
            return D;
        case MatrixForm::transposed:
            return D.transpose();
        case MatrixForm::adjoint:
            return D.adjoint();
    }
    return {};
}

template <class K>
class TriangularSolve : public testing::Test {};
TYPED_TEST_SUITE(TriangularSolve, Kinds);

TYPED_TEST(TriangularSolve, SolvesEveryFormOfEitherTriangle) {
    using T = typename TypeParam::T;
    for (const Index n : {0, 1, 2, 5, 40})
        for (const Triangle triangle : triangles)
            for (const MatrixForm form : forms)
                for (const bool unit : {false, true}) {
                    const auto A = triangle_of<TypeParam>(triangle, n, 0.2);
                    Eigen::MatrixX<T> D = dense(A);
                    if (unit) D.diagonal().setOnes();
                    const TriangularOptions options{triangle, form, unit};
                    for (const Index k : {1, 2, 3, 4, 7, 8, 11}) {
                        const Eigen::MatrixX<T> B = integer_matrix<T>(n, k, 5);
                        const Eigen::MatrixX<T> X = solve_triangular(A, B, options);
                        const Real<T> tolerance = 100 * std::numeric_limits<Real<T>>::epsilon();
                        EXPECT_LE((formed(D, form) * X - B).norm(), tolerance * (D.norm() * X.norm() + B.norm()));
                        std::vector<T> x(static_cast<std::size_t>(n));
                        for (Index c = 0; c < k && c < 2; ++c) {
                            solve_triangular(A, Eigen::VectorX<T>(B.col(c)), x, options);
                            const Eigen::Map<const Eigen::VectorX<T>> one(x.data(), n);
                            EXPECT_LE((one - X.col(c)).norm(), tolerance * X.col(c).norm());
                        }
                    }
                }
}

TYPED_TEST(TriangularSolve, RecoversTheSolutionItWasMadeFrom) {  // nothing rounds: diagonal 1, integers
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = add(tril(integers<TypeParam>(12, 12, 0.15, 2), -1), identity<T, order>(12));
    const auto x = integer_vector<T>(12, 4);
    std::vector<T> b(12);
    A.apply(x, b);
    solve_triangular(A, b, b);  // in place
    EXPECT_EQ(b, x);
}

TYPED_TEST(TriangularSolve, UnitDiagonalNeedsNoneStored) {
    using T = typename TypeParam::T;
    for (const Triangle triangle : triangles)
        for (const MatrixForm form : forms) {
            const auto bare = triangle_of<TypeParam>(triangle, 20, 0.3, false),
                       stored = triangle_of<TypeParam>(triangle, 20, 0.3);
            const Eigen::MatrixX<T> B = integer_matrix<T>(20, 3, 5);
            const TriangularOptions options{triangle, form, true};
            EXPECT_EQ(solve_triangular(bare, B, options), solve_triangular(stored, B, options));
            EXPECT_THROW(solve_triangular(bare, B, {triangle, form}), SingularMatrix);
        }
}

TYPED_TEST(TriangularSolve, RefusesOrPassesOverTheOtherTriangle) {
    using T = typename TypeParam::T;
    for (const Triangle triangle : triangles)
        for (const MatrixForm form : forms) {
            const auto other = triangle == Triangle::lower ? Triangle::upper : Triangle::lower;
            const auto A = triangle_of<TypeParam>(triangle, 20, 0.3);
            const auto full = add(A, triangle_of<TypeParam>(other, 20, 0.3, false));
            const Eigen::MatrixX<T> B = integer_matrix<T>(20, 3, 5);
            EXPECT_THROW(solve_triangular(full, B, {triangle, form}), InvalidArgument);
            EXPECT_EQ(solve_triangular(full, B, {triangle, form, false, true}),
                      solve_triangular(A, B, {triangle, form}));
        }
}

TYPED_TEST(TriangularSolve, NamesTheRowWhoseDiagonalIsMissingOrZero) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const std::vector<T> b(4, T(1));
    std::vector<T> x(4, T(7));
    const auto pivot_of = [&](const auto& A, const TriangularOptions& options) {
        try {
            solve_triangular(A, b, x, options);
        } catch (const SingularMatrix& error) {
            return error.pivot().value_or(-1);
        }
        return std::int64_t{-2};
    };
    const std::vector<T> zero_at_2{T(1), T(1), T(0), T(1)};
    const auto zero = diags<T, order>(4, 4, {{0, zero_at_2}}), none = diags<T, order>(4, 4, {{-1, T(1)}});
    for (const MatrixForm form : forms) {
        EXPECT_EQ(pivot_of(zero, {Triangle::lower, form}), 2);
        EXPECT_EQ(pivot_of(zero, {Triangle::upper, form}), 2);
        EXPECT_EQ(pivot_of(none, {Triangle::lower, form}), 0);
    }
    EXPECT_EQ(x, std::vector<T>(4, T(7)));  // untouched
}

TYPED_TEST(TriangularSolve, PassesNaNOn) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = diags<T, order>(2, 2, {{0, T(std::numeric_limits<Real<T>>::quiet_NaN())}});
    std::vector<T> x(2, T(1));
    solve_triangular(A, x, x);
    EXPECT_NE(x[0], x[0]);
}

TYPED_TEST(TriangularSolve, RefusesShapesThatDoNotFit) {
    using T = typename TypeParam::T;
    constexpr auto order = TypeParam::order;
    const auto A = identity<T, order>(3);
    std::vector<T> three(3), four(4);
    EXPECT_THROW(solve_triangular(A, four, three), InvalidArgument);
    EXPECT_THROW(solve_triangular(A, three, four), InvalidArgument);
    EXPECT_THROW(solve_triangular(eye<T, order>(3, 4), three, three), InvalidArgument);
    EXPECT_THROW(solve_triangular(A, Eigen::MatrixX<T>(4, 2)), InvalidArgument);
    const VectorView<T> first(four.data(), 3);
    EXPECT_THROW(solve_triangular(A, first, VectorRef<T>(four.data() + 1, 3)), InvalidArgument);
}

}  // namespace
