// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/structure.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <vector>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// A small matrix with what is stored marked, to look at element by element.
template <Scalar T>
struct Dense {
    Index rows, cols;
    std::vector<T> value;
    std::vector<bool> stored;

    Dense(Index m, Index n) : rows(m), cols(n), value(size(m, n)), stored(size(m, n)) {}
    static std::size_t size(Index m, Index n) { return static_cast<std::size_t>(m) * static_cast<std::size_t>(n); }
    std::size_t at(Index i, Index j) const {
        return static_cast<std::size_t>(i) * static_cast<std::size_t>(cols) + static_cast<std::size_t>(j);
    }
    T operator()(Index i, Index j) const { return value[at(i, j)]; }
    void set(Index i, Index j, T v) {
        value[at(i, j)] = v;
        stored[at(i, j)] = true;
    }
    Csr<T> csr() const {
        Coo<T> A(rows, cols);
        for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < cols; ++j)
                if (stored[at(i, j)]) A.add(i, j, (*this)(i, j));
        return to_csr(A);
    }
};

enum class Kind { general, symmetric, hermitian, skew_symmetric, skew_hermitian, symmetric_pattern, triangular };

template <Scalar T>
T random_value(Random& random) {
    const auto part = [&] { return static_cast<Real<T>>(random.uniform(-1, 1)); };
    if (random.uniform() < 0.15) return T{};                                          // an explicit zero
    if (random.uniform() < 0.3) return T(static_cast<Real<T>>(random.below(5)) - 2);  // small whole numbers
    if constexpr (is_complex<T>)
        return {part(), part()};
    else
        return part();
}

template <Scalar T>
Dense<T> random_dense(Index m, Index n, double density, Kind kind, std::uint64_t seed) {
    Random random(seed);
    Dense<T> A(m, n);
    for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) {
            if (random.uniform() >= density) continue;
            const T v = random_value<T>(random);
            if (kind == Kind::general || m != n) {
                A.set(i, j, v);
                continue;
            }
            if (j > i) continue;
            A.set(i, j, v);
            if (kind == Kind::symmetric) A.set(j, i, v);
            if (kind == Kind::symmetric_pattern && v != T{}) A.set(j, i, T(3) * v);
            if (kind == Kind::skew_symmetric) A.set(j, i, i == j ? T{} : -v);
            if (kind == Kind::hermitian) A.set(j, i, i == j ? T(std::real(v)) : conjugate(v));
            if (kind == Kind::skew_hermitian) A.set(j, i, i == j ? v - conjugate(v) : -conjugate(v));
            if (kind == Kind::skew_hermitian && i == j) A.set(i, i, T(0.5f) * (v - conjugate(v)));
        }
    return A;
}

/// All that analyse_structure says, by definition.
template <Scalar T>
Structure by_definition(const Dense<T>& A) {
    Structure s;
    const Index m = s.rows = A.rows, n = s.cols = A.cols, length = std::min(m, n);
    const double eps = std::numeric_limits<Real<T>>::epsilon();
    const auto size = [&](Index i, Index j) { return static_cast<double>(std::abs(std::complex<double>(A(i, j)))); };
    const auto nonzero = [&](Index i, Index j) { return A(i, j) != T{}; };

    s.min_magnitude = inf;
    for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j) {
            s.nnz += A.stored[A.at(i, j)];
            s.explicit_zeros += A.stored[A.at(i, j)] && !nonzero(i, j);
            if (!nonzero(i, j)) continue;
            const std::complex<double> a(A(i, j));
            s.all_real = s.all_real && a.imag() == 0;
            s.all_integer = s.all_integer && a.real() == std::round(a.real()) && a.imag() == std::round(a.imag());
            s.norm_max = std::max(s.norm_max, size(i, j));
            s.min_magnitude = std::min(s.min_magnitude, size(i, j));
            s.lower_bandwidth = std::max(s.lower_bandwidth, i - j);
            s.upper_bandwidth = std::max(s.upper_bandwidth, j - i);
        }
    if (s.min_magnitude == inf) s.min_magnitude = 0;

    // Rows and columns by the same words, (line, place) swapped.
    struct Side {
        double norm = 0, min_ratio = inf, low = inf, high = -inf;
        Index strict = 0, weak = 0, min_count = 0, max_count = 0, zero_sums = 0;
        Offset profile = 0;
        Structure::Lines empty;
    };
    const auto side = [&](Index lines, Index places, auto at) {
        Side r;
        for (Index i = 0; i < lines; ++i) {
            double off = 0, d = 0, centre = 0;
            std::complex<double> sum = 0;
            Index count = 0, first = places;
            for (Index j = 0; j < places; ++j) {
                const auto [row, col] = at(i, j);
                if (!nonzero(row, col)) continue;
                ++count;
                first = std::min(first, j);
                sum += std::complex<double>(A(row, col));
                if (i == j) {
                    d = size(row, col);
                    centre = std::real(std::complex<double>(A(row, col)));
                } else {
                    off += size(row, col);
                }
            }
            const double error = count * eps * (off + d);
            r.norm = std::max(r.norm, off + d);
            r.min_ratio = std::min(r.min_ratio, off > 0 ? d / off : d > 0 ? inf : 1);
            r.strict += d > off + error;
            r.weak += d >= off - error;
            r.zero_sums += std::abs(sum) <= error;
            r.low = std::min(r.low, centre - off);
            r.high = std::max(r.high, centre + off);
            r.min_count = i == 0 ? count : std::min(r.min_count, count);
            r.max_count = std::max(r.max_count, count);
            if (count > 0 && first < i) r.profile += i - first;
            if (count == 0 && r.empty.count++ < 8) r.empty.first.push_back(i);
        }
        return r;
    };
    const Side rows = side(m, n, [](Index i, Index j) { return std::pair(i, j); });
    const Side cols = side(n, m, [](Index j, Index i) { return std::pair(i, j); });
    s.empty_rows = rows.empty;
    s.empty_cols = cols.empty;
    s.min_row_nonzeros = rows.min_count;
    s.max_row_nonzeros = rows.max_count;
    s.min_col_nonzeros = cols.min_count;
    s.max_col_nonzeros = cols.max_count;
    s.lower_profile = rows.profile;
    s.upper_profile = cols.profile;
    s.norm_1 = cols.norm;
    s.norm_inf = rows.norm;

    s.min_diagonal = length > 0 ? inf : 0;
    s.max_diagonal = length > 0 ? -inf : 0;
    for (Index i = length - 1; i >= 0; --i) {
        const std::complex<double> d(A(i, i));
        s.missing_diagonals += !A.stored[A.at(i, i)];
        s.zero_diagonals += A.stored[A.at(i, i)] && d == 0.0;
        if (d == 0.0) s.first_bad_diagonal = i;
        s.positive_diagonals += d.real() > 0 && d.imag() == 0;
        s.negative_diagonals += d.real() < 0 && d.imag() == 0;
        s.min_diagonal = std::min(s.min_diagonal, d.real());
        s.max_diagonal = std::max(s.max_diagonal, d.real());
    }
    s.all_diagonals_positive = s.positive_diagonals == length;
    if (m != n) return s;

    s.pattern_symmetric = s.symmetric = s.hermitian = s.skew_symmetric = s.skew_hermitian = true;
    Offset off_diagonals = 0, mirrored = 0;
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j < n; ++j) {
            const std::complex<double> a(A(i, j)), b(A(j, i));
            s.symmetric = s.symmetric && a == b;
            s.hermitian = s.hermitian && a == std::conj(b);
            s.skew_symmetric = s.skew_symmetric && a == -b;
            s.skew_hermitian = s.skew_hermitian && a == -std::conj(b);
            const double larger = std::max(std::abs(a), std::abs(b));
            if (larger > 0) {
                s.symmetric_asymmetry = std::max(s.symmetric_asymmetry, std::abs(a - b) / larger);
                s.hermitian_asymmetry = std::max(s.hermitian_asymmetry, std::abs(a - std::conj(b)) / larger);
            }
            if (i == j) continue;
            s.pattern_symmetric = s.pattern_symmetric && (a != 0.0) == (b != 0.0);
            off_diagonals += a != 0.0;
            mirrored += a != 0.0 && b != 0.0;
            s.positive_off_diagonals += a.real() > 0;
        }
    s.pattern_symmetry = off_diagonals > 0 ? static_cast<double>(mirrored) / static_cast<double>(off_diagonals) : 1;
    const auto judge = [&](const Side& r) {
        return r.strict == n ? Dominance::strict : r.weak == n ? Dominance::weak : Dominance::none;
    };
    s.row_dominance = judge(rows);
    s.col_dominance = judge(cols);
    s.min_row_dominance = rows.min_ratio;
    s.min_col_dominance = cols.min_ratio;
    s.strictly_dominant_rows = rows.strict;
    s.strictly_dominant_cols = cols.strict;
    s.gershgorin_low = n > 0 ? std::max(rows.low, cols.low) : 0;
    s.gershgorin_high = n > 0 ? std::min(rows.high, cols.high) : 0;
    s.zero_row_sums = s.nnz > s.explicit_zeros && rows.zero_sums == n;
    s.zero_col_sums = s.nnz > s.explicit_zeros && cols.zero_sums == n;
    s.z_matrix = s.all_real && s.positive_off_diagonals == 0;
    s.l_matrix = s.z_matrix && s.all_diagonals_positive;
    s.graph_laplacian = s.z_matrix && s.symmetric && s.zero_row_sums;
    return s;
}

void expect_close(double actual, double expected, const char* what) {
    if (actual == expected) return;
    EXPECT_NEAR(actual, expected, 1e-13 * std::max(1.0, std::abs(expected))) << what;
}

void expect_same(const Structure& actual, const Structure& expected) {
#define RITZ_SAME(field) EXPECT_EQ(actual.field, expected.field) << #field
#define RITZ_CLOSE(field) expect_close(actual.field, expected.field, #field)
    RITZ_SAME(rows);
    RITZ_SAME(cols);
    RITZ_SAME(nnz);
    RITZ_SAME(explicit_zeros);
    RITZ_SAME(all_finite);
    RITZ_SAME(first_non_finite);
    RITZ_SAME(all_real);
    RITZ_SAME(all_integer);
    RITZ_SAME(empty_rows.count);
    RITZ_SAME(empty_rows.first);
    RITZ_SAME(empty_cols.count);
    RITZ_SAME(empty_cols.first);
    RITZ_SAME(min_row_nonzeros);
    RITZ_SAME(max_row_nonzeros);
    RITZ_SAME(min_col_nonzeros);
    RITZ_SAME(max_col_nonzeros);
    RITZ_SAME(pattern_symmetric);
    RITZ_CLOSE(pattern_symmetry);
    RITZ_SAME(symmetric);
    RITZ_SAME(hermitian);
    RITZ_SAME(skew_symmetric);
    RITZ_SAME(skew_hermitian);
    RITZ_CLOSE(symmetric_asymmetry);
    RITZ_CLOSE(hermitian_asymmetry);
    RITZ_SAME(lower_bandwidth);
    RITZ_SAME(upper_bandwidth);
    RITZ_SAME(lower_profile);
    RITZ_SAME(upper_profile);
    RITZ_SAME(missing_diagonals);
    RITZ_SAME(zero_diagonals);
    RITZ_SAME(positive_diagonals);
    RITZ_SAME(negative_diagonals);
    RITZ_SAME(all_diagonals_positive);
    RITZ_SAME(first_bad_diagonal);
    RITZ_CLOSE(min_diagonal);
    RITZ_CLOSE(max_diagonal);
    RITZ_SAME(row_dominance);
    RITZ_SAME(col_dominance);
    RITZ_CLOSE(min_row_dominance);
    RITZ_CLOSE(min_col_dominance);
    RITZ_SAME(strictly_dominant_rows);
    RITZ_SAME(strictly_dominant_cols);
    RITZ_CLOSE(norm_1);
    RITZ_CLOSE(norm_inf);
    RITZ_CLOSE(norm_max);
    RITZ_CLOSE(min_magnitude);
    RITZ_CLOSE(gershgorin_low);
    RITZ_CLOSE(gershgorin_high);
    RITZ_SAME(zero_row_sums);
    RITZ_SAME(zero_col_sums);
    RITZ_SAME(positive_off_diagonals);
    RITZ_SAME(z_matrix);
    RITZ_SAME(l_matrix);
    RITZ_SAME(graph_laplacian);
#undef RITZ_SAME
#undef RITZ_CLOSE
}

template <class T>
class StructureOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(StructureOf, Scalars);

TYPED_TEST(StructureOf, RandomMatricesIsWhatTheDefinitionsSay) {
    using T = TypeParam;
    const std::pair<Index, Index> shapes[] = {{0, 0}, {0, 4}, {4, 0}, {1, 1}, {1, 5}, {5, 1},  {2, 2},
                                              {3, 3}, {4, 4}, {7, 4}, {4, 7}, {9, 9}, {20, 20}};
    std::uint64_t seed = 0;
    for (const auto& [m, n] : shapes)
        for (const double density : {0.0, 0.1, 0.4, 1.0})
            for (const Kind kind : {Kind::general, Kind::symmetric, Kind::hermitian, Kind::skew_symmetric,
                                    Kind::skew_hermitian, Kind::symmetric_pattern, Kind::triangular}) {
                const Dense<T> dense = random_dense<T>(m, n, density, kind, ++seed);
                SCOPED_TRACE(testing::Message() << m << " x " << n << ", density " << density << ", kind "
                                                << static_cast<int>(kind) << ", seed " << seed);
                const Structure expected = by_definition(dense);
                const Csr<T> A = dense.csr();
                expect_same(analyse_structure(A), expected);
                expect_same(analyse_structure(to_csc(A)), expected);
                if (testing::Test::HasFailure()) return;
            }
}

TYPED_TEST(StructureOf, EachSymmetryIsRecognisedAndLostWhenOneElementChanges) {
    using T = TypeParam;
    const Index n = 12;
    for (const Kind kind : {Kind::symmetric, Kind::hermitian, Kind::skew_symmetric, Kind::skew_hermitian}) {
        Dense<T> dense = random_dense<T>(n, n, 0.5, kind, 7);
        const auto has = [&](const Structure& s) {
            return kind == Kind::symmetric        ? s.symmetric
                   : kind == Kind::hermitian      ? s.hermitian
                   : kind == Kind::skew_symmetric ? s.skew_symmetric
                                                  : s.skew_hermitian;
        };
        EXPECT_TRUE(has(analyse_structure(dense.csr())));
        for (const auto& [i, j] : {std::pair<Index, Index>{3, 8}, {8, 3}}) {
            Dense<T> changed = dense;
            changed.set(i, j, dense(i, j) + T(1));
            EXPECT_FALSE(has(analyse_structure(changed.csr())));
        }
    }
}

TEST(Structure, OfALargeMatrixDoesNotDependOnThreadsOrStorageOrder) {
    const Csr<double> matrices[] = {convection_diffusion2d(180, 170, 0.01, Wind::recirculating), poisson3d(30, 31, 32),
                                    power_law_laplacian(13, 8, 3)};
    for (const Csr<double>& A : matrices) {
        Structure one, two;
        {
            const ThreadLimit limit(1);
            one = analyse_structure(A);
        }
        {
            const ThreadLimit limit(3);
            two = analyse_structure(A);
        }
        EXPECT_EQ(one.norm_1, two.norm_1);
        EXPECT_EQ(one.norm_inf, two.norm_inf);
        EXPECT_EQ(one.min_col_dominance, two.min_col_dominance);
        EXPECT_EQ(one.gershgorin_low, two.gershgorin_low);
        expect_same(two, one);
        expect_same(analyse_structure(to_csc(A)), one);
    }
}

TEST(Structure, TellsOneRoundingErrorFromRealAsymmetry) {
    Csr<double> A = poisson2d(4, 4);
    A.values()[1] = std::nextafter(-1.0, 0.0);
    const Structure s = analyse_structure(A);
    EXPECT_FALSE(s.symmetric);
    EXPECT_TRUE(s.pattern_symmetric);
    EXPECT_GT(s.hermitian_asymmetry, 0);
    EXPECT_LT(s.hermitian_asymmetry, 3e-16);
}

TEST(Structure, FindsTheFirstNonFiniteEntry) {
    Csr<double> A = poisson2d(5, 5);
    A.values()[30] = nan;
    A.values()[40] = inf;
    const Structure s = analyse_structure(A);
    EXPECT_FALSE(s.all_finite);
    const Index row = 7;  // entries 27 … 31 are row 7: 2, 6, 7, 8, 12
    ASSERT_EQ(A.indptr()[row], 27);
    EXPECT_EQ(s.first_non_finite, (Structure::Place{row, 8}));
    EXPECT_FALSE(s.symmetric || s.hermitian || s.skew_symmetric || s.skew_hermitian);
    EXPECT_TRUE(std::isnan(s.norm_1) && std::isnan(s.norm_inf) && std::isnan(s.norm_max));
    EXPECT_EQ(s.row_dominance, Dominance::none);
    EXPECT_FALSE(s.certainly_positive_definite());
    A.values()[30] = -1;
    EXPECT_EQ(analyse_structure(A).norm_max, inf);
    EXPECT_EQ(analyse_structure(to_csc(A)).first_non_finite, analyse_structure(A).first_non_finite);
}

TEST(Structure, SumsDoNotOverflowWhereTheAnswerIsRepresentable) {
    // Rows like (1, 1, 1, 1)·1e308: the dominance ratio is 1/3 though the sum exceeds every double.
    Coo<double> big(4, 4);
    for (Index i = 0; i < 4; ++i)
        for (Index j = 0; j < 4; ++j) big.add(i, j, i == j ? 1e308 : -1e308 - 1e292 * (i < j));
    for (const Structure& s : {analyse_structure(to_csr(big)), analyse_structure(to_csc(big))}) {
        EXPECT_NEAR(s.min_row_dominance, 1.0 / 3, 1e-12);
        EXPECT_NEAR(s.min_col_dominance, 1.0 / 3, 1e-12);
        EXPECT_EQ(s.norm_max, 1e308 + 1e292);
        EXPECT_EQ(s.norm_1, inf);
        EXPECT_FALSE(s.zero_row_sums);
        EXPECT_NEAR(s.hermitian_asymmetry, 1e-16, 1.2e-16);
    }
    Coo<double> opposite(2, 2);
    opposite.add(0, 1, 1.7e308);
    opposite.add(1, 0, -1.7e308);
    EXPECT_EQ(analyse_structure(to_csr(opposite)).hermitian_asymmetry, 2);

    Coo<std::complex<double>> extreme(1, 2);
    extreme.add(0, 0, {3e300, 4e300});
    extreme.add(0, 1, {3e-320, 4e-320});
    const Structure s = analyse_structure(to_csr(extreme));
    EXPECT_DOUBLE_EQ(s.norm_max, 5e300);
    EXPECT_NEAR(s.min_magnitude, 5e-320, 1e-323);
}

TEST(Structure, GershgorinBoundsHoldEveryEigenvalue) {
    for (const char* const name : {"poisson2d", "elasticity2d", "stokes2d", "wilkinson_tridiagonal", "clement", "grcar",
                                   "convection_diffusion2d", "rosser"}) {
        const Csr<double> A = generate(name, std::string_view(name) == "rosser" ? 8 : 6);
        const Structure s = analyse_structure(A);
        Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(A.rows(), A.cols());
        for (Index i = 0; i < A.rows(); ++i)
            for (Offset k = A.indptr()[i]; k < A.indptr()[i + 1]; ++k) dense(i, A.indices()[k]) = A.values()[k];
        const Eigen::VectorXd eigenvalues = dense.eigenvalues().real();
        EXPECT_LE(s.gershgorin_low, eigenvalues.minCoeff() + 1e-10) << name;
        EXPECT_GE(s.gershgorin_high, eigenvalues.maxCoeff() - 1e-10) << name;
    }
    const Structure s = analyse_structure(poisson1d(50));
    EXPECT_NEAR(s.gershgorin_low, 0, 1e-14);
    EXPECT_NEAR(s.gershgorin_high, 4, 1e-14);
}

TEST(Structure, KnowsLaplaciansAndMatrixClasses) {
    const Structure laplacian = analyse_structure(grid_laplacian(20, 20, {.low = 1e-3, .high = 1e3}));
    EXPECT_TRUE(laplacian.graph_laplacian);
    EXPECT_TRUE(laplacian.zero_row_sums && laplacian.zero_col_sums);
    EXPECT_EQ(laplacian.row_dominance, Dominance::weak);
    EXPECT_FALSE(laplacian.certainly_positive_definite());
    EXPECT_FALSE(laplacian.certainly_not_positive_definite());

    const Structure poisson = analyse_structure(poisson2d(20, 20));
    EXPECT_FALSE(poisson.graph_laplacian);
    EXPECT_TRUE(poisson.l_matrix);
    EXPECT_EQ(poisson.row_dominance, Dominance::weak);
    EXPECT_EQ(poisson.strictly_dominant_rows, 76);  // the rim
    EXPECT_EQ(poisson.lower_bandwidth, 20);
    EXPECT_EQ(poisson.max_row_nonzeros, 5);

    const Structure stokes = analyse_structure(stokes2d(5, 5));
    EXPECT_TRUE(stokes.hermitian && stokes.certainly_not_positive_definite());
    EXPECT_EQ(stokes.missing_diagonals, 24);
    EXPECT_EQ(stokes.first_bad_diagonal, 40);

    const Structure strict = analyse_structure(tridiagonal_toeplitz(9, -1, 3, -1));
    EXPECT_TRUE(strict.certainly_positive_definite() && strict.tridiagonal());
    EXPECT_TRUE(analyse_structure(generate("kahan", 9)).upper_triangular());
    EXPECT_TRUE(analyse_structure(generate("wilkinson_growth", 1)).diagonal());

    // In single precision the diagonal of a Laplacian is a rounded sum.
    const Csr<float> rounded = convert_values<float>(grid_laplacian(9, 9, {.low = 0.1, .high = 0.7}));
    EXPECT_TRUE(analyse_structure(rounded).graph_laplacian);
    EXPECT_FALSE(analyse_structure(convert_values<double>(rounded)).graph_laplacian);
}

}  // namespace
