// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/eigen_sparse.hpp"

#include <type_traits>

#include "formats/arithmetic_support.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class M>
concept HasView = requires(M&& m) {
    ritz::view_of(std::forward<M>(m));
};

static_assert(HasView<const Eigen::SparseMatrix<double>&>);
static_assert(!HasView<Eigen::SparseMatrix<double>>, "a view of a temporary would dangle");

template <class K>
class EigenSparse : public testing::Test {};
TYPED_TEST_SUITE(EigenSparse, Kinds);

TYPED_TEST(EigenSparse, RoundTripIsTheSameMatrixForEveryIndexType) {
    using T = typename TypeParam::T;
    for_each_shape([](Index m, Index n, double density, std::uint64_t seed) {
        const auto A = integers<TypeParam>(m, n, density, seed);
        const auto M = to_eigen(A);
        static_assert(std::is_same_v<typename decltype(to_eigen(A))::StorageIndex, int>);
        EXPECT_EQ(bool(M.IsRowMajor), TypeParam::order == Order::row);
        EXPECT_EQ(Eigen::MatrixX<T>(M), dense(A));
        EXPECT_EQ(from_eigen(M), A);
        EXPECT_EQ(from_eigen(to_eigen<std::int64_t>(A)), A);
        EXPECT_EQ(from_eigen(to_eigen<short>(A)), A);
        EXPECT_EQ(view_of(M), A);
    });
}

TYPED_TEST(EigenSparse, UncompressedMatricesAreRead) {
    using T = typename TypeParam::T;
    constexpr int options = TypeParam::order == Order::row ? Eigen::RowMajor : Eigen::ColMajor;
    Eigen::SparseMatrix<T, options> M(5, 6);
    M.reserve(Eigen::VectorXi::Constant(M.outerSize(), 3));
    M.insert(1, 2) = T(3);
    M.insert(1, 0) = T(4);
    M.insert(4, 5) = T(5);
    ASSERT_FALSE(M.isCompressed());
    EXPECT_TRUE(is_matrix<>(from_eigen(M), Eigen::MatrixX<T>(M)));
    EXPECT_EQ(from_eigen(M).nnz(), 3);
    EXPECT_THROW(view_of(M), InvalidArgument);
    M.makeCompressed();
    EXPECT_EQ(view_of(M), from_eigen(M));
}

TYPED_TEST(EigenSparse, ForeignIndicesAreCheckedAndSorted) {
    auto M = to_eigen(integers<TypeParam>(2, 2, 1, 1));
    std::swap(M.innerIndexPtr()[0], M.innerIndexPtr()[1]);
    std::swap(M.valuePtr()[0], M.valuePtr()[1]);
    EXPECT_EQ(from_eigen(M), (integers<TypeParam>(2, 2, 1, 1)));
    EXPECT_THROW(view_of(M), InvalidArgument);
    M.innerIndexPtr()[0] = M.innerIndexPtr()[1];  // twice at the same place
    const auto summed = from_eigen(M);
    EXPECT_EQ(summed.nnz(), 3);
    EXPECT_EQ(summed.values()[0], M.valuePtr()[0] + M.valuePtr()[1]);
    for (const int wrong : {2, -1}) {
        M.innerIndexPtr()[3] = wrong;
        EXPECT_THROW(from_eigen(M), InvalidArgument);
        EXPECT_THROW(view_of(M), InvalidArgument);
    }
}

TYPED_TEST(EigenSparse, ViewsShareIndicesAndValues) {
    using T = typename TypeParam::T;
    const auto A = integers<TypeParam>(9, 7, 0.4, 1);
    const auto M = to_eigen(A);
    EXPECT_EQ(static_cast<const void*>(view_of(M).values().data()), static_cast<const void*>(M.valuePtr()));
    EXPECT_EQ(static_cast<const void*>(view_of(M).indices().data()), static_cast<const void*>(M.innerIndexPtr()));

    const EigenView E(A);
    const auto map = E.map();
    EXPECT_EQ(map.valuePtr(), A.values().data());
    EXPECT_EQ(map.innerIndexPtr(), A.indices().data());
    const Eigen::VectorX<T> x = integer_matrix<T>(7, 1, 2);
    Eigen::VectorX<T> y(9);
    A.apply(x, y);
    EXPECT_EQ(Eigen::VectorX<T>(map * x), y);
}

TEST(EigenConversion, RefusesWhatItsIndexTypeCannotHold) {
    const Csr<double> wide(1, 40'000, Buffer<Offset>{0, 0}, {}, {});
    EXPECT_THROW(to_eigen<short>(wide), LimitExceeded);
    EXPECT_EQ(to_eigen<int>(wide).cols(), 40'000);
}

}  // namespace
