// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/compressed.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <limits>
#include <string>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace {

using namespace ritz;

//     ⎡ 1 0 2 ⎤
//     ⎣ 0 3 0 ⎦
Csr<double> sample() {
    return {2, 3, {0, 2, 3}, {0, 2, 1}, {1, 2, 3}};
}

/// The message of the InvalidArgument that `call` throws; empty when it throws nothing.
template <class Call>
std::string message(Call&& call) {
    try {
        call();
    } catch (const InvalidArgument& error) {
        return error.what();
    }
    return "";
}

static_assert(std::is_nothrow_move_constructible_v<Csr<double>> && std::is_nothrow_move_assignable_v<Csr<double>>);
static_assert(std::is_convertible_v<Csr<double>, CsrView<double>>);
static_assert(!std::is_assignable_v<CsrView<double>&, CsrView<double>>, "assigning a view could redirect an owner");
static_assert(LinearOperator<Csr<double>, double> && LinearOperator<CscView<std::complex<float>>, std::complex<float>>);
static_assert(!LinearOperator<Csr<double>, float>);
static_assert(!std::is_constructible_v<LinearOperatorRef<double>, Csr<double>>,
              "a reference to a temporary would dangle");
static_assert(std::is_constructible_v<LinearOperatorRef<double>, const Csr<double>&>);

TEST(Csr, ShowsTheArraysItWasMadeOf) {
    const Csr<double> A = sample();
    EXPECT_EQ(A.rows(), 2);
    EXPECT_EQ(A.cols(), 3);
    EXPECT_EQ(A.nnz(), 3);
    EXPECT_EQ(A.at(0, 2), 2);
    EXPECT_EQ(A.at(1, 0), 0);
    EXPECT_THROW((void)A.at(2, 0), InvalidArgument);
    EXPECT_THROW((void)A.at(0, -1), InvalidArgument);
}

TEST(Csr, NamesTheInvariantThatIsBroken) {
    using Arrays = std::tuple<Buffer<Offset>, Buffer<Index>, Buffer<double>>;
    const auto made_of = [](Arrays a) {
        return message([&] { Csr<double>(2, 3, std::get<0>(a), std::get<1>(a), std::get<2>(a)); });
    };
    EXPECT_EQ(made_of({{0, 2, 3}, {0, 2, 1}, {1, 2, 3}}), "");
    EXPECT_EQ(made_of({{0, 3}, {0, 2, 1}, {1, 2, 3}}), "Csr: I1: indptr must have 3 entries, it has 2");
    EXPECT_EQ(made_of({{}, {}, {}}), "Csr: I1: indptr must have 3 entries, it has 0");
    EXPECT_EQ(made_of({{1, 2, 3}, {0, 2, 1}, {1, 2, 3}}), "Csr: I1: indptr must start at 0, it starts at 1");
    EXPECT_EQ(made_of({{0, 3, 2}, {0, 2, 1}, {1, 2, 3}}), "Csr: I1: indptr decreases after row 1");
    EXPECT_EQ(made_of({{0, 2, 4}, {0, 2, 1}, {1, 2, 3}}),
              "Csr: I1: indptr must end at the number of entries 3, it ends at 4");
    EXPECT_EQ(made_of({{0, 2, 3}, {0, 2, 1}, {1, 2}}),
              "Csr: I2: indices and values must have equal lengths, they have 3 and 2");
    EXPECT_EQ(made_of({{0, 2, 3}, {0, 3, 1}, {1, 2, 3}}), "Csr: I2: row 0, entry 1: column index 3 is not in [0, 3)");
    EXPECT_EQ(made_of({{0, 2, 3}, {-1, 2, 1}, {1, 2, 3}}), "Csr: I2: row 0, entry 0: column index -1 is not in [0, 3)");
    EXPECT_EQ(made_of({{0, 2, 3}, {2, 0, 1}, {1, 2, 3}}),
              "Csr: I3: row 0, entry 1: column indices must strictly increase, 0 follows 2");
    EXPECT_EQ(made_of({{0, 2, 3}, {2, 2, 1}, {1, 2, 3}}),
              "Csr: I3: row 0, entry 1: column indices must strictly increase, 2 follows 2");
    EXPECT_NE(message([] { Csr<double>(-1, 3, {0}, {}, {}); }), "");
    EXPECT_NE(message([] {
                  Csc<double>(3, 1, {0, 2}, {1, 3}, {1, 2});
              }).find("column 0, entry 1: row index 3"),
              std::string::npos);
}

TEST(CsrView, ChecksForeignArraysToo) {
    const std::vector<Offset> indptr{0, 2, 3};
    const std::vector<Index> indices{0, 5, 1};
    const std::vector<double> values{1, 2, 3};
    EXPECT_THROW((CsrView<double>(2, 3, indptr, indices, values)), InvalidArgument);
    const std::vector<std::int32_t> decreasing{0, 3, 2};
    EXPECT_THROW((CsrView<double>(2, 3, decreasing, indices, values)), InvalidArgument);
}

TEST(CsrView, Of32BitPointersEqualsThatOf64BitPointers) {
    const std::vector<std::int32_t> narrow{0, 2, 3};
    const std::vector<Index> indices{0, 2, 1};
    const std::vector<double> values{1, 2, 3};
    const CsrView<double> view(2, 3, narrow, indices, values);
    const CsrView<double> copy = view;
    EXPECT_EQ(copy, sample());
    EXPECT_EQ(copy.indices().data(), indices.data());  // no copy of the entries
}

TEST(Csr, CopiesAndMovesKeepTheMatrixAndLeaveAnEmptyOne) {
    Csr<double> A = sample();
    Csr<double> B = A;
    EXPECT_EQ(A, B);
    EXPECT_NE(A.values().data(), B.values().data());
    B.values()[0] = 9;
    EXPECT_EQ(A.at(0, 0), 1);
    EXPECT_EQ(B.at(0, 0), 9);

    const double* const data = A.values().data();
    Csr<double> C = std::move(A);
    EXPECT_EQ(C, sample());
    EXPECT_EQ(C.values().data(), data);
    EXPECT_EQ(A.rows(), 0);  // NOLINT(bugprone-use-after-move): the moved-from state is documented
    EXPECT_EQ(A.nnz(), 0);
    EXPECT_EQ(A.indptr().size(), 1u);

    A = C;
    EXPECT_EQ(A, C);
    A = std::move(C);
    EXPECT_EQ(A, sample());
    EXPECT_EQ(C.cols(), 0);  // NOLINT(bugprone-use-after-move)
    Csr<double>& self = A;
    A = self;
    EXPECT_EQ(A, sample());
}

TEST(Csr, EmptyShapesAreMatrices) {
    for (const auto& [rows, cols] : {std::pair<Index, Index>{0, 0}, {0, 3}, {3, 0}, {3, 3}}) {
        const Csr<double> A(rows, cols, Buffer<Offset>(static_cast<std::size_t>(rows) + 1, 0), {}, {});
        const std::vector<double> x(static_cast<std::size_t>(cols), 1.0);
        std::vector<double> y(static_cast<std::size_t>(rows), 7.0);
        A.apply(x, y);
        for (const double value : y) EXPECT_EQ(value, 0);
        std::vector<double> z(static_cast<std::size_t>(cols), 7.0);
        A.apply_transpose(y, z);
        for (const double value : z) EXPECT_EQ(value, 0);
        EXPECT_EQ(transpose(transpose(A)), A);
    }
    EXPECT_EQ(Csr<double>(), Csr<double>(0, 0, {0}, {}, {}));
}

TEST(Csr, ProductRefusesWrongLengthsAndOverlap) {
    const Csr<double> A = sample();
    std::vector<double> x(3), y(2), all(4);
    EXPECT_THROW(A.apply(y, x), InvalidArgument);
    EXPECT_THROW(A.apply_transpose(x, y), InvalidArgument);
    EXPECT_THROW(A.apply(std::span(all).subspan(0, 3), std::span(all).subspan(2, 2)), InvalidArgument);
}

template <class T>
class MatrixVectorProduct : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(MatrixVectorProduct, Scalars);

/// A random m × n matrix with about `per_row` entries a row; some rows empty, one full.
template <Scalar T>
Csr<T> random_matrix(Index m, Index n, Index per_row, std::uint64_t seed) {
    Random random(seed);
    Coo<T> A(m, n);
    const auto values = random_vector<T>(m * per_row + n, seed + 1);
    std::size_t k = 0;
    for (Index i = 0; i < m && n > 0; ++i)
        if (i % 7 != 3)
            for (Index e = 0; e < per_row; ++e)
                A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(n))), values[k++]);
    if (m > 0)
        for (Index j = 0; j < n; ++j) A.add(m / 2, j, values[k++]);
    return to_csr(A);
}

TYPED_TEST(MatrixVectorProduct, AgreesWithTheDenseProductInEveryOrderAndDirection) {
    using T = TypeParam;
    using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
    using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
    for (const auto& [m, n] : {std::pair<Index, Index>{1, 1}, {5, 9}, {40, 17}, {17, 40}, {300, 300}}) {
        const Csr<T> A = random_matrix<T>(m, n, 5, 11);
        const Csc<T> C = to_csc(A);
        Matrix D = Matrix::Zero(m, n);
        for (Index i = 0; i < m; ++i)
            for (Index j = 0; j < n; ++j) D(i, j) = A.at(i, j);
        const auto x = random_vector<T>(n, 1), z = random_vector<T>(m, 2);
        const Eigen::Map<const Vector> ex(x.data(), n), ez(z.data(), m);
        const auto close = [&](const Vector& got, const Vector& expected) {
            EXPECT_LE((got - expected).norm(),
                      64 * std::numeric_limits<Real<T>>::epsilon() * (D.norm() * (ex.norm() + ez.norm())));
        };
        Vector y(m), w(n);
        A.apply(x, y), close(y, D * ex);
        C.apply(x, y), close(y, D * ex);
        A.apply_transpose(z, w), close(w, D.transpose() * ez);
        C.apply_transpose(z, w), close(w, D.transpose() * ez);
        A.apply_adjoint(z, w), close(w, D.adjoint() * ez);
        C.apply_adjoint(z, w), close(w, D.adjoint() * ez);
    }
}

TYPED_TEST(MatrixVectorProduct, GivesTheSameBitsForAnyNumberOfThreadsByRows) {
    using T = TypeParam;
    const Csr<T> A = random_matrix<T>(30'000, 20'000, 9, 5);
    const auto x = random_vector<T>(A.cols(), 6);
    Buffer<T> one(static_cast<std::size_t>(A.rows())), many(one.size());
    {
        const ThreadLimit limit(1);
        A.apply(x, one);
    }
    for (const int threads : {2, 3, 8}) {
        const ThreadLimit limit(threads);
        A.apply(x, many);
        EXPECT_EQ(one, many);
    }
}

TYPED_TEST(MatrixVectorProduct, WithTheAdjointIsTheAdjointOfTheProduct) {
    using T = TypeParam;
    const ThreadLimit limit(4);
    const Csr<T> A = random_matrix<T>(20'000, 15'000, 9, 7);
    const auto x = random_vector<T>(A.cols(), 1), y = random_vector<T>(A.rows(), 2);
    Buffer<T> Ax(y.size()), Ahy(x.size());
    A.apply(x, Ax);
    A.apply_adjoint(y, Ahy);
    EXPECT_LE(std::abs(dot(y, Ax) - dot(Ahy, x)), 100 * std::numeric_limits<Real<T>>::epsilon() * norm2(Ax) * norm2(y));
}

TEST(Csr, ProductShowsNanAndInfinity) {
    Csr<double> A = sample();
    A.values()[1] = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> y(2);
    A.apply(std::vector<double>{1, 1, 1}, y);
    EXPECT_TRUE(std::isnan(y[0]));
    EXPECT_EQ(y[1], 3);
}

}  // namespace
