// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/schwarz.hpp"

#include <Eigen/LU>
#include <set>

#include "preconditioners/support.hpp"
#include "ritz/preconditioners/block_jacobi.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class SchwarzOf : public testing::Test {};
TYPED_TEST_SUITE(SchwarzOf, Scalars);

template <Scalar T>
Preconditioner<T> exact(const Csr<T>& B) {
    return BlockJacobi<T>(B, {.block_size = std::max<Index>(1, B.rows())});
}

TYPED_TEST(SchwarzOf, IsItsFormula) {
    using T = TypeParam;
    for (const Index n : {1, 7, 40})
        for (const Index parts : {1, 2, 3, 5})
            for (const Index overlap : {0, 1, 2})
                for (const auto partition : {Partition::bisection, Partition::contiguous})
                    for (const auto kind : {SchwarzKind::additive, SchwarzKind::restricted}) {
                        const Csr<T> A = random_matrix<T>(n, 0.05, 6, 5);
                        const Eigen::MatrixX<T> full = to_dense(A);
                        const Schwarz<T> M(A, {kind, parts, overlap, partition}, exact<T>);
                        const Index count = std::min(parts, n);
                        ASSERT_EQ(M.parts(), count);
                        const Buffer<Index> label = partition_rows<T>(A, count, partition);
                        Eigen::MatrixX<T> expected = Eigen::MatrixX<T>::Zero(n, n);
                        for (Index p = 0; p < count; ++p) {
                            std::set<Index> members;
                            for (Index i = 0; i < n; ++i)
                                if (label[static_cast<std::size_t>(i)] == p) members.insert(i);
                            for (Index l = 0; l < overlap; ++l) {
                                const std::set<Index> before = members;
                                for (const Index i : before)
                                    for (Index j = 0; j < n; ++j)
                                        if (full(i, j) != T{0} || full(j, i) != T{0}) members.insert(j);
                            }
                            const std::vector<Index> list(members.begin(), members.end());
                            Eigen::MatrixX<T> block(list.size(), list.size());
                            for (std::size_t i = 0; i < list.size(); ++i)
                                for (std::size_t j = 0; j < list.size(); ++j)
                                    block(static_cast<Index>(i), static_cast<Index>(j)) = full(list[i], list[j]);
                            const Eigen::MatrixX<T> inverse = block.inverse();
                            for (std::size_t i = 0; i < list.size(); ++i)
                                if (kind == SchwarzKind::additive || label[static_cast<std::size_t>(list[i])] == p)
                                    for (std::size_t j = 0; j < list.size(); ++j)
                                        expected(list[i], list[j]) +=
                                            inverse(static_cast<Index>(i), static_cast<Index>(j));
                        }
                        EXPECT_TRUE(close(dense<T>(M), expected, 1000 * epsilon<T>));
                        EXPECT_TRUE(close(dense_adjoint<T>(M), expected.adjoint(), 1000 * epsilon<T>));
                    }
}

TEST(Partitions, AreEvenAndBisectionCutsFewEdges) {
    const Csr<double> A = poisson2d(40, 40);
    for (const Index parts : {1, 2, 3, 7, 16}) {
        const Buffer<Index> label = partition_rows<double>(A, parts);
        std::vector<Index> sizes(static_cast<std::size_t>(parts), 0);
        for (const Index l : label) ++sizes.at(static_cast<std::size_t>(l));
        EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()), 1600 / parts + 5);
        Offset cut = 0, cut_contiguous = 0;
        const Buffer<Index> pieces = partition_rows<double>(A, parts, Partition::contiguous);
        for (Index i = 0; i < 1600; ++i)
            for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
                 k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
                const auto j = static_cast<std::size_t>(A.indices()[k]);
                cut += label[static_cast<std::size_t>(i)] != label[j];
                cut_contiguous += pieces[static_cast<std::size_t>(i)] != pieces[j];
            }
        if (parts == 16) {
            EXPECT_LT(cut, 0.8 * static_cast<double>(cut_contiguous));
        }
    }
    // A graph of many components, and more parts than rows.
    const Buffer<Index> label = partition_rows<double>(Csr<double>(4, 4, {0, 0, 0, 0, 0}, {}, {}), 6);
    for (const Index l : label) EXPECT_LT(l, 6);
    EXPECT_THROW((void)partition_rows<double>(A, 0), InvalidArgument);
}

TEST(SchwarzLimits, AreNamed) {
    const Csr<double> A = poisson1d(9);
    EXPECT_THROW(Schwarz<double>(A, {.parts = -1}), InvalidArgument);
    EXPECT_THROW(Schwarz<double>(A, {.overlap = -1}), InvalidArgument);
    EXPECT_THROW(Schwarz<double>(A, {.parts = 2}, [](const Csr<double>&) { return Preconditioner<double>(); }),
                 InvalidArgument);
    EXPECT_EQ(Schwarz<double>(A, {.parts = 3}).definiteness(), Definiteness::positive_definite);
    EXPECT_EQ(Schwarz<double>(A, {.kind = SchwarzKind::restricted, .parts = 3}).definiteness(), Definiteness::unknown);
}

TEST(SchwarzSpectrum, OverlapCutsTheIterationsOfCg) {
    const Csr<double> A = poisson2d(48, 48);
    const auto iterations = [&](Index overlap) {
        return cg_iterations<double>(A, Schwarz<double>(A, {.parts = 16, .overlap = overlap}, exact<double>));
    };
    const int plain = cg_iterations<double>(A, Identity{A.rows()});
    EXPECT_LT(iterations(0), plain);
    EXPECT_LT(iterations(1), iterations(0));
    EXPECT_LE(iterations(4), iterations(1));
}

}  // namespace
