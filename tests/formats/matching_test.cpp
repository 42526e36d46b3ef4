// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/matching.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/io/matrix_market.hpp"

namespace {

using namespace ritz;

template <Scalar T>
Csr<T> random_matrix(Index m, Index n, double density, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(m, n);
    for (Index i = 0; i < m; ++i)
        for (Index j = 0; j < n; ++j)
            if (random.uniform() < density) A.add(i, j, random.uniform() < 0.1 ? T{} : T(1));
    return to_csr(A);
}

template <Order order, Scalar T>
bool is_entry(const CompressedView<order, T>& A, Index i, Index j, Pattern pattern) {
    if (pattern == Pattern::nonzero) return A.at(i, j) != T{};
    const Index slice = order == Order::row ? i : j, other = order == Order::row ? j : i;
    for (Offset k = A.indptr()[slice]; k < A.indptr()[slice + 1]; ++k)
        if (A.indices()[k] == other) return true;
    return false;
}

/// Size of a maximum matching, the textbook way: one augmenting path at a time.
template <Scalar T>
Index matching_size(const Csr<T>& A, Pattern pattern) {
    std::vector<Index> row_of_col(static_cast<std::size_t>(A.cols()), -1);
    std::vector<bool> seen;
    const std::function<bool(Index)> augment = [&](Index i) {
        for (Index j = 0; j < A.cols(); ++j) {
            const auto c = static_cast<std::size_t>(j);
            if (seen[c] || !is_entry(A, i, j, pattern)) continue;
            seen[c] = true;
            if (row_of_col[c] < 0 || augment(row_of_col[c])) {
                row_of_col[c] = i;
                return true;
            }
        }
        return false;
    };
    Index size = 0;
    for (Index i = 0; i < A.rows(); ++i) {
        seen.assign(static_cast<std::size_t>(A.cols()), false);
        size += augment(i);
    }
    return size;
}

template <Order order, Scalar T>
void expect_valid(const CompressedView<order, T>& A, const Matching& m, Pattern pattern) {
    ASSERT_EQ(m.col_of_row.size(), static_cast<std::size_t>(A.rows()));
    ASSERT_EQ(m.row_of_col.size(), static_cast<std::size_t>(A.cols()));
    Index pairs = 0;
    for (Index i = 0; i < A.rows(); ++i) {
        const Index j = m.col_of_row[static_cast<std::size_t>(i)];
        if (j < 0) continue;
        ++pairs;
        EXPECT_EQ(m.row_of_col[static_cast<std::size_t>(j)], i);
        EXPECT_TRUE(is_entry(A, i, j, pattern)) << i << ", " << j;
    }
    for (Index i : m.row_of_col) pairs -= i >= 0;
    EXPECT_EQ(pairs, 0);
    Index matched = 0;
    for (Index j : m.col_of_row) matched += j >= 0;
    EXPECT_EQ(matched, m.size);
}

const std::pair<Index, Index> shapes[] = {{0, 0}, {0, 3}, {3, 0},  {1, 1},  {2, 5},
                                          {5, 2}, {8, 8}, {12, 9}, {9, 12}, {25, 25}};

template <class T>
class MatchingOf : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(MatchingOf, Scalars);

TYPED_TEST(MatchingOf, RandomMatricesIsValidAndAsLargeAsCanBe) {
    using T = TypeParam;
    std::uint64_t seed = 0;
    for (const auto& [m, n] : shapes)
        for (const double density : {0.0, 0.05, 0.1, 0.15, 0.3, 1.0})
            for (int repeat = 0; repeat < 8; ++repeat)
                for (const Pattern pattern : {Pattern::nonzero, Pattern::stored}) {
                    const Csr<T> A = random_matrix<T>(m, n, density, ++seed);
                    SCOPED_TRACE(seed);
                    const Index size = matching_size(A, pattern);
                    const Csc<T> by_columns = to_csc(A);
                    const Matching rows = maximum_matching(A, pattern), cols = maximum_matching(by_columns, pattern);
                    expect_valid(A, rows, pattern);
                    expect_valid(by_columns, cols, pattern);
                    EXPECT_EQ(rows.size, size);
                    EXPECT_EQ(cols.size, size);
                    EXPECT_EQ(structural_rank(A, pattern), size);
                }
}

TYPED_TEST(MatchingOf, DulmageMendelsohnPartsAreBlockTriangularAndDeficientWhereTheySay) {
    using T = TypeParam;
    std::uint64_t seed = 1000;
    for (const auto& [m, n] : shapes)
        for (const double density : {0.0, 0.05, 0.1, 0.2})
            for (int repeat = 0; repeat < 8; ++repeat) {
                const Csr<T> A = random_matrix<T>(m, n, density, ++seed);
                const DulmageMendelsohn d = dulmage_mendelsohn(A), e = dulmage_mendelsohn(to_csc(A));
                EXPECT_TRUE(std::ranges::equal(d.row_part, e.row_part) && std::ranges::equal(d.col_part, e.col_part))
                    << "the parts do not depend on the matching";
                for (Index i = 0; i < m; ++i) {
                    const auto row = d.row_part[static_cast<std::size_t>(i)];
                    for (Index j = 0; j < n; ++j)
                        if (A.at(i, j) != T{}) {
                            EXPECT_LE(row, d.col_part[static_cast<std::size_t>(j)]);
                        }
                    const Index partner = d.matching.col_of_row[static_cast<std::size_t>(i)];
                    if (partner >= 0) {
                        EXPECT_EQ(row, d.col_part[static_cast<std::size_t>(partner)]);
                    }
                    if (partner < 0) {
                        EXPECT_EQ(row, DeterminedPart::overdetermined);
                    }
                }
                for (Index j = 0; j < n; ++j)
                    if (d.matching.row_of_col[static_cast<std::size_t>(j)] < 0) {
                        EXPECT_EQ(d.col_part[static_cast<std::size_t>(j)], DeterminedPart::underdetermined);
                    }
                EXPECT_EQ(d.rows_in[0] + d.rows_in[1] + d.rows_in[2], m);
                EXPECT_EQ(d.cols_in[0] + d.cols_in[1] + d.cols_in[2], n);
                EXPECT_EQ(d.rows_in[1], d.cols_in[1]);
                EXPECT_EQ(d.matching.size, d.rows_in[0] + d.rows_in[1] + d.cols_in[2]);
                EXPECT_TRUE(d.cols_in[0] > d.rows_in[0] || (d.cols_in[0] == 0 && d.rows_in[0] == 0));
                EXPECT_TRUE(d.rows_in[2] > d.cols_in[2] || (d.rows_in[2] == 0 && d.cols_in[2] == 0));
            }
}

TEST(Matching, KeepsAZeroFreeDiagonal) {
    const Matching m = maximum_matching(convection_diffusion2d(30, 30, 0.1));
    for (Index i = 0; i < 900; ++i) EXPECT_EQ(m.col_of_row[static_cast<std::size_t>(i)], i);
}

TEST(Matching, OfMatricesKnownToBeStructurallySingular) {
    EXPECT_EQ(structural_rank(star_laplacian(50)), 50);
    Coo<double> star(50, 50);  // adjacency: all leaves hang on one column
    for (Index i = 1; i < 50; ++i) {
        star.add(0, i, 1.0);
        star.add(i, 0, 1.0);
    }
    EXPECT_EQ(structural_rank(to_csr(star)), 2);
    const DulmageMendelsohn d = dulmage_mendelsohn(to_csr(star));
    EXPECT_EQ(d.rows_in[2], 49);
    EXPECT_EQ(d.cols_in[2], 1);
    EXPECT_EQ(d.rows_in[0], 1);
    EXPECT_EQ(d.cols_in[0], 49);
    EXPECT_EQ(structural_rank(clement(9)), 8);
    EXPECT_EQ(structural_rank(clement(10)), 10);
}

TEST(Matching, OfALongChainOfAugmentationsNeedsNoRecursion) {
    // Bidiagonal with rows shifted: greedy pairs all but one, and the one path that remains runs through every row.
    const Index n = 500'000;
    Coo<double> A(n, n);
    for (Index i = 0; i < n; ++i) {
        if (i + 1 < n) A.add(i, i + 1, 1.0);
        if (i > 0 && i + 1 < n) A.add(i, i, 1.0);
    }
    A.add(0, 0, 0.0);  // a stored zero is no entry
    A.add(n - 1, 1, 1.0);
    const Csr<double> matrix = to_csr(A);
    const Matching m = maximum_matching(matrix);
    EXPECT_EQ(m.size, n - 1);
    A.add(0, 0, 1.0);
    EXPECT_EQ(structural_rank(to_csr(A)), n);
}

struct Known {
    std::string name, note, symmetry;
    friend std::ostream& operator<<(std::ostream& out, const Known& k) { return out << k.name; }
};

/// The number after `key` in the notes of the manifest, or -1.
Index number_after(const std::string& text, const std::string& key) {
    const auto at = text.find(key);
    return at == std::string::npos ? -1 : std::stoi(text.substr(at + key.size()));
}

std::string directory() {
    const char* const name = std::getenv("RITZ_MATRICES");
    return name ? name : "";
}

std::vector<Known> manifest() {
    std::vector<Known> rows;
    std::ifstream file(directory() + "/manifest.tsv");
    for (std::string line; !directory().empty() && std::getline(file, line);) {
        std::vector<std::string> fields;
        std::istringstream split(line);
        for (std::string field; std::getline(split, field, '\t');) fields.push_back(field);
        if (fields.size() > 9 && fields[5] == "coordinate") rows.push_back({fields[0], fields[9], fields[7]});
    }
    return rows;
}

class RealMatrix : public testing::TestWithParam<Known> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealMatrix);

TEST_P(RealMatrix, HasTheStructureItsOriginStates) {
    const auto& [name, note, symmetry] = GetParam();
    const auto A = read_matrix_market<std::complex<double>>(directory() + "/" + name + ".mtx");
    const Structure s = analyse_structure(A);
    const Index rank = structural_rank(A);
    if (const Index known = number_after(note, "sprank="); known >= 0) {
        EXPECT_EQ(rank, known);
    }
    EXPECT_GE(rank, number_after(note, "; rank="));
    EXPECT_EQ(structural_rank(to_csc(A)), rank);
    if (note.find("cond2=inf") == std::string::npos && note.find("rank") == std::string::npos &&
        note.find("singular") == std::string::npos) {
        EXPECT_EQ(rank, std::min(A.rows(), A.cols()));
    }
    if (const Index zeros = number_after(note, "explicit zeros="); zeros >= 0) {
        EXPECT_EQ(s.explicit_zeros, zeros);
    }
    if (symmetry == "symmetric") {
        EXPECT_TRUE(s.symmetric);
    }
    if (symmetry == "hermitian") {
        EXPECT_TRUE(s.hermitian);
    }
    if (note.find("; SPD") != std::string::npos) {
        EXPECT_TRUE(s.hermitian);
        EXPECT_FALSE(s.certainly_not_positive_definite());
    }
    const DulmageMendelsohn d = dulmage_mendelsohn(A);
    EXPECT_EQ(d.matching.size, rank);
}

INSTANTIATE_TEST_SUITE_P(Manifest, RealMatrix, testing::ValuesIn(manifest()), [](const auto& entry) {
    std::string name = entry.param.name;
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return name;
});

}  // namespace
