// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/singularity.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <set>

#include "ritz/core/random.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/gallery.hpp"

namespace {

using namespace ritz;

template <class T>
class SingularityTyped : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(SingularityTyped, Scalars);

using Cause = SingularityCause;

std::vector<SingularityFinding> findings(const Singularity& s, Cause cause) {
    std::vector<SingularityFinding> found;
    for (const SingularityFinding& f : s.findings) {
        EXPECT_FALSE(f.text.empty());
        if (f.cause == cause) found.push_back(f);
    }
    return found;
}

/// Diagonally dominant, with couplings i → i+1 and i → i+5.
template <Scalar T>
Coo<T> regular(Index n) {
    Coo<T> C(n, n);
    for (Index i = 0; i < n; ++i) {
        C.add(i, i, T(5));
        if (i + 1 < n) C.add(i, i + 1, T(static_cast<Real<T>>(1 + i % 3)));
        if (i + 5 < n) C.add(i + 5, i, T(1));
    }
    return C;
}

TYPED_TEST(SingularityTyped, FindsNothingInARegularMatrix) {
    using T = TypeParam;
    const Singularity s = diagnose_singularity(to_csr(regular<T>(30)));
    EXPECT_FALSE(s.singular()) << s.summary;
    EXPECT_EQ(s.structural_rank, 30);
    EXPECT_EQ(s.nullity, 0);
    EXPECT_FALSE(diagnose_singularity(Csr<T>()).singular());
    EXPECT_FALSE(diagnose_singularity(to_csr(regular<T>(1))).singular());
}

TYPED_TEST(SingularityTyped, NamesEmptyRowsAndColumns) {
    using T = TypeParam;
    Coo<T> C(6, 6);
    for (Index i = 0; i < 6; ++i)
        for (Index j = 0; j < 6; ++j)
            if (i != 2 && j != 4) C.add(i, j, T(static_cast<Real<T>>(i == j ? 7 : 1 + (i * j) % 3)));
    C.add(2, 2, T(0));  // a stored zero is no entry
    const Singularity s = diagnose_singularity(to_csr(C));
    ASSERT_EQ(findings(s, Cause::empty_row).size(), 1u);
    EXPECT_EQ(findings(s, Cause::empty_row)[0].rows.first, std::vector<Index>{2});
    EXPECT_TRUE(findings(s, Cause::empty_row)[0].exact);
    ASSERT_EQ(findings(s, Cause::empty_column).size(), 1u);
    EXPECT_EQ(findings(s, Cause::empty_column)[0].cols.first, std::vector<Index>{4});
    EXPECT_EQ(s.structural_rank, 5);
    EXPECT_EQ(s.nullity, 1);
    EXPECT_NE(s.summary.find("row 2"), std::string::npos) << s.summary;

    const Singularity zero = diagnose_singularity(to_csr(Coo<T>(5, 5)));
    EXPECT_EQ(findings(zero, Cause::empty_row).at(0).rows.count, 5);
    EXPECT_EQ(zero.structural_rank, 0);
    EXPECT_EQ(zero.nullity, 5);
}

TYPED_TEST(SingularityTyped, FindsProportionalRowsAndColumns) {
    using T = TypeParam;
    const Csr<T> A = to_csr(regular<T>(40));
    std::vector<Index> twice(40);
    std::iota(twice.begin(), twice.end(), 0);
    twice[9] = 31, twice[12] = 31, twice[3] = 20;
    Csr<T> B = rows(A, twice);
    T third = T(Real<T>(1) / Real<T>(3));
    if constexpr (is_complex<T>) third = T(Real<T>(0.3), Real<T>(-0.7));
    for (Offset k = B.indptr()[9]; k < B.indptr()[10]; ++k) B.values()[static_cast<std::size_t>(k)] *= third;
    Singularity s = diagnose_singularity(B);
    auto groups = findings(s, Cause::proportional_rows);
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].rows.first, (std::vector<Index>{3, 20}));
    EXPECT_EQ(groups[1].rows.first, (std::vector<Index>{9, 12, 31}));
    EXPECT_EQ(s.nullity, 3);

    s = diagnose_singularity(transpose(B));
    groups = findings(s, Cause::proportional_columns);
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[1].cols.first, (std::vector<Index>{9, 12, 31}));
    EXPECT_TRUE(findings(s, Cause::proportional_rows).empty());

    // Almost proportional is not.
    Csr<T> C = B;
    C.values()[static_cast<std::size_t>(C.indptr()[9])] *= T(1 + 1000 * std::numeric_limits<Real<T>>::epsilon());
    C.values()[static_cast<std::size_t>(C.indptr()[3])] *= T(1.5);
    groups = findings(diagnose_singularity(C), Cause::proportional_rows);
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].rows.first, (std::vector<Index>{12, 31}));
}

TYPED_TEST(SingularityTyped, SaysWhichEquationsShareTooFewUnknowns) {
    using T = TypeParam;
    // Rows 2, 5 and 7 have entries in columns 1 and 6 alone.
    Coo<T> C(9, 9);
    for (Index i = 0; i < 9; ++i)
        for (Index j = 0; j < 9; ++j) {
            const bool few = i == 2 || i == 5 || i == 7;
            if (few && j != 1 && j != 6) continue;
            C.add(i, j, T(static_cast<Real<T>>(1 + (3 * i + j * j + i * j) % 7 + (i == j ? 9 : 0))));
        }
    Singularity s = diagnose_singularity(to_csr(C));
    auto over = findings(s, Cause::overdetermined_rows);
    ASSERT_EQ(over.size(), 1u);
    EXPECT_EQ(over[0].rows.first, (std::vector<Index>{2, 5, 7}));
    EXPECT_EQ(over[0].cols.first, (std::vector<Index>{1, 6}));
    EXPECT_TRUE(over[0].exact);
    auto under = findings(s, Cause::underdetermined_columns);
    ASSERT_EQ(under.size(), 1u);
    EXPECT_EQ(under[0].cols.count, 7);
    EXPECT_EQ(under[0].rows.count, 6);
    EXPECT_EQ(s.structural_rank, 8);
    EXPECT_EQ(s.nullity, 1);
    // The left null vector lives on these rows.
    const auto dependent = findings(s, Cause::dependent_rows);
    ASSERT_EQ(dependent.size(), 1u);
    for (const Index i : dependent[0].rows.first) EXPECT_TRUE(i == 2 || i == 5 || i == 7);
}

TEST(Singularity, NamesTheComponentsOfAGraphWhoseRowsSumToZero) {
    Singularity s = diagnose_singularity(path_laplacian(50));
    auto sums = findings(s, Cause::zero_row_sums);
    ASSERT_EQ(sums.size(), 1u);
    EXPECT_EQ(sums[0].rows.count, 50);
    EXPECT_NE(sums[0].text.find("b sums to zero"), std::string::npos) << sums[0].text;
    EXPECT_EQ(s.nullity, 1);

    // Interleaved components, one of them held.
    Coo<double> C(12, 12);
    for (Index i = 0; i + 3 < 12; ++i) {
        const double w = 1.0 / (3 + i % 7);
        C.add(i, i, w), C.add(i + 3, i + 3, w), C.add(i, i + 3, -w), C.add(i + 3, i, -w);
    }
    C.add(4, 4, 1);
    s = diagnose_singularity(to_csr(C));
    sums = findings(s, Cause::zero_row_sums);
    ASSERT_EQ(sums.size(), 2u);
    EXPECT_EQ(sums[0].rows.first, (std::vector<Index>{0, 3, 6, 9}));
    EXPECT_EQ(sums[1].rows.first, (std::vector<Index>{2, 5, 8, 11}));
    EXPECT_EQ(s.nullity, 2);
    // The null vectors are the same sets, once they are made sparse.
    const auto vectors = findings(s, Cause::dependent_columns);
    ASSERT_EQ(vectors.size(), 2u);
    const std::set<std::vector<Index>> supports{vectors[0].cols.first, vectors[1].cols.first};
    EXPECT_EQ(supports, (std::set<std::vector<Index>>{{0, 3, 6, 9}, {2, 5, 8, 11}}));

    // Rows sum to zero, columns do not: the condition on b is another one.
    Csr<double> D = cycle_laplacian(20);
    for (Offset k = D.indptr()[3]; k < D.indptr()[4]; ++k) D.values()[static_cast<std::size_t>(k)] *= 2;
    sums = findings(diagnose_singularity(D), Cause::zero_row_sums);
    ASSERT_EQ(sums.size(), 1u);
    EXPECT_EQ(sums[0].text.find("b sums to zero"), std::string::npos) << sums[0].text;
}

TEST(Singularity, LocalisesDependentEquations) {
    Singularity s = diagnose_singularity(from_dense(Eigen::MatrixXd({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}})));
    EXPECT_EQ(s.nullity, 1);
    ASSERT_EQ(findings(s, Cause::dependent_rows).size(), 1u);
    EXPECT_EQ(findings(s, Cause::dependent_rows)[0].rows.first, (std::vector<Index>{0, 1, 2}));
    EXPECT_FALSE(findings(s, Cause::dependent_rows)[0].exact);

    // Row 17 of a large matrix is row 30 minus row 44.
    Coo<double> C(400, 400);
    const Csr<double> A = to_csr(regular<double>(400));
    for (Index i = 0; i < 400; ++i)
        for (Index j = 0; j < 400; ++j)
            if (const double a = i == 17 ? A.at(30, j) - A.at(44, j) : A.at(i, j); a != 0) C.add(i, j, a);
    s = diagnose_singularity(to_csr(C));
    const auto dependent = findings(s, Cause::dependent_rows);
    ASSERT_EQ(dependent.size(), 1u);
    EXPECT_EQ(dependent[0].rows.first, (std::vector<Index>{17, 30, 44}));
    EXPECT_NE(dependent[0].text.find("b17"), std::string::npos) << dependent[0].text;
}

TEST(Singularity, SaysThatAnIllConditionedMatrixHasNoClearRank) {
    const Singularity s = diagnose_singularity(from_dense(hilbert(12)));
    EXPECT_FALSE(s.singular());
    EXPECT_FALSE(s.nullity);
    EXPECT_NE(s.summary.find("not clear"), std::string::npos) << s.summary;
}

TEST(Singularity, TakesNullVectorsThatAreKnown) {
    const Csr<double> A = path_laplacian(150);
    const PseudoInverse<double> inverse(A);
    const Singularity s = diagnose_singularity(A, inverse.null_space());
    EXPECT_EQ(s.nullity, 1);
    EXPECT_EQ(findings(s, Cause::dependent_columns).size(), 1u);
    EXPECT_THROW((void)diagnose_singularity(path_laplacian(149), inverse.null_space()), InvalidArgument);
}

TEST(Singularity, CountsWhatItDoesNotList) {
    std::vector<CsrView<double>> blocks;
    const Csr<double> part = cycle_laplacian(5);
    for (int i = 0; i < 30; ++i) blocks.push_back(part);
    const Singularity s = diagnose_singularity(block_diagonal(blocks));
    EXPECT_EQ(s.nullity, 30);
    ASSERT_EQ(findings(s, Cause::zero_row_sums).size(), 8u);
    EXPECT_NE(findings(s, Cause::zero_row_sums).back().text.find("22 more"), std::string::npos);
    ASSERT_EQ(findings(s, Cause::dependent_columns).size(), 8u);
}

TEST(Singularity, WorksWithoutNullVectorsAndBeyondTheirLimits) {
    SingularityOptions options;
    options.numerical = false;
    Singularity s = diagnose_singularity(path_laplacian(30), options);
    EXPECT_TRUE(s.singular());
    EXPECT_FALSE(s.nullity);
    s = diagnose_singularity(to_csr(Coo<double>(200000, 200000)));
    EXPECT_TRUE(s.singular());
    EXPECT_FALSE(s.nullity);
    EXPECT_EQ(s.structural_rank, 0);
    EXPECT_THROW((void)diagnose_singularity(to_csr(Coo<double>(2, 3))), InvalidArgument);
    Csr<double> A = poisson1d(5);
    A.values()[2] = std::numeric_limits<double>::infinity();
    EXPECT_THROW((void)diagnose_singularity(A), InvalidArgument);
}

// All rows in one hash bucket: the same places everywhere.
TEST(Singularity, IsFastForADenseMatrixToo) {
    const Index n = 700;
    Eigen::MatrixXd M(n, n);
    Random random(1);
    for (Index j = 0; j < n; ++j)
        for (Index i = 0; i < n; ++i) M(i, j) = random.uniform(1, 2);
    M.row(300) = 0.7 * M.row(10);
    SingularityOptions options;
    options.numerical = false;
    const auto start = std::chrono::steady_clock::now();
    const Singularity s = diagnose_singularity(from_dense(M), options);
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 2);
    ASSERT_EQ(s.findings.size(), 1u);
    EXPECT_EQ(s.findings[0].rows.first, (std::vector<Index>{10, 300}));
}

}  // namespace
