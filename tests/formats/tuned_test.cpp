// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/tuned.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "formats/arithmetic_support.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/operators/linear_operator.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <Scalar T>
struct Sample {
    std::string what;
    Csr<T> A;
};

/// The structure of R with random values in T; every `repeat`-th value is the same, so that groups of rows repeat.
template <Scalar T>
Csr<T> with_random_values(const Csr<double>& R, std::uint64_t seed) {
    Buffer<T> values(R.values().size());
    Random random(seed);
    for (T& v : values) {
        const auto draw = [&] { return static_cast<Real<T>>(random.uniform(-1, 1)); };
        if constexpr (is_complex<T>)
            v = T(draw(), draw());
        else
            v = draw();
    }
    return {R.rows(), R.cols(), Buffer<Offset>(R.indptr().begin(), R.indptr().end()),
            Buffer<Index>(R.indices().begin(), R.indices().end()), std::move(values)};
}

/// The same numbers in T, times i for a complex one.
template <Scalar T>
Csr<T> converted(const Csr<double>& R) {
    Buffer<T> values;
    for (const double v : R.values()) {
        if constexpr (is_complex<T>)
            values.push_back(T(static_cast<Real<T>>(v), static_cast<Real<T>>(v / 2)));
        else
            values.push_back(static_cast<T>(v));
    }
    return {R.rows(), R.cols(), Buffer<Offset>(R.indptr().begin(), R.indptr().end()),
            Buffer<Index>(R.indices().begin(), R.indices().end()), std::move(values)};
}

/// A random graph's: ones, and loops if n is odd, at some of the vertices.
Csr<double> adjacency(Index n) {
    Coo<double> A(n, n);
    Random random(5);
    for (Index i = 0; i < n; ++i) {
        if (n % 2 == 1 && i % 3 == 0) A.add(i, i, 3.0);
        for (Index e = 0; e < i % 13; ++e) {
            const auto j = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
            if (j != i) A.add(i, j, 1.0);
        }
    }
    Csr<double> B = to_csr(A);
    for (Index i = 0; i < n; ++i)
        for (Offset k = B.indptr()[static_cast<std::size_t>(i)]; k < B.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            if (B.indices()[static_cast<std::size_t>(k)] != i) B.values()[static_cast<std::size_t>(k)] = 1;
    return B;
}

/// One row that is full, one that is nearly so, columns far apart, and rows without entries.
Csr<double> irregular(Index rows, Index cols) {
    Coo<double> A(rows, cols);
    Random random(17);
    for (Index i = 0; i < rows; ++i) {
        if (i % 7 == 3) continue;
        if (i == rows / 2)
            for (Index j = 0; j < cols; ++j) A.add(i, j, random.uniform(-1, 1));
        for (int e = 0; e < 1 + i % 11; ++e)
            A.add(i, static_cast<Index>(random.below(static_cast<std::uint64_t>(cols))), random.uniform(-1, 1));
    }
    return to_csr(A);
}

template <Scalar T>
std::vector<Sample<T>> samples() {
    std::vector<Sample<T>> all;
    const auto add = [&](std::string what, const Csr<double>& R) {
        all.push_back({what, converted<T>(R)});
        all.push_back({what + ", random values", with_random_values<T>(R, 3)});
    };
    add("0 x 0", Csr<double>());
    add("0 x 5", Csr<double>(0, 5, {0}, {}, {}));
    add("5 x 0", Csr<double>(5, 0, {0, 0, 0, 0, 0, 0}, {}, {}));
    add("1 x 1", Csr<double>(1, 1, {0, 1}, {0}, {3.0}));
    add("1 x 1, empty", Csr<double>(1, 1, {0, 0}, {}, {}));
    add("explicit zeros", Csr<double>(2, 3, {0, 2, 3}, {0, 2, 1}, {0.0, 2.0, 0.0}));
    for (const Index n : {1, 5, 8, 9, 31, 479, 480, 481, 1003}) add("path " + std::to_string(n), path_laplacian(n));
    add("poisson2d", poisson2d(37, 53));
    add("poisson3d", poisson3d(11, 12, 13));
    add("elasticity3d", elasticity3d(5, 4, 6));
    add("convection", convection_diffusion2d(40, 31, 0.01));
    add("power law", power_law_laplacian(11, 8, 7));
    add("star", star_laplacian(3000));
    add("adjacency", adjacency(400));
    add("adjacency with some loops", adjacency(401));
    add("arrow", arrow(1500));
    add("grcar", grcar(700));
    add("dense", from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Random(61, 47))));
    add("tall", irregular(2500, 300));
    add("wide", irregular(200, 70'000));
    add("wide and short", irregular(9, 140'000));
    return all;
}

template <Scalar T>
Eigen::VectorX<T> random_x(Index n, std::uint64_t seed) {
    const auto v = random_vector<T>(n, seed);
    return Eigen::Map<const Eigen::VectorX<T>>(v.data(), n);
}

/// |Re| + |Im|: between |a| and √2 |a|, and cheap.
template <Scalar T>
Real<T> modulus(T a) {
    return std::abs(std::real(a)) + (is_complex<T> ? std::abs(std::imag(a)) : Real<T>(0));
}

/// The plain triple loop, and what its terms add up to in modulus: the scale of the rounding errors.
template <Scalar T>
void reference(const CsrView<T>& A, const Eigen::VectorX<T>& x, Eigen::VectorX<T>& y, Eigen::VectorX<Real<T>>& scale) {
    y.setZero(A.rows());
    scale.setZero(A.rows());
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const T a = A.values()[static_cast<std::size_t>(k)], b = x[A.indices()[static_cast<std::size_t>(k)]];
            y[i] += a * b;
            scale[i] += modulus(a) * modulus(b);
        }
}

template <Scalar T>
testing::AssertionResult agrees(const CsrView<T>& A, const Eigen::VectorX<T>& x, const Eigen::VectorX<T>& y) {
    Eigen::VectorX<T> expected;
    Eigen::VectorX<Real<T>> scale;
    reference(A, x, expected, scale);
    for (Index i = 0; i < A.rows(); ++i) {
        const Offset terms = A.indptr()[static_cast<std::size_t>(i) + 1] - A.indptr()[static_cast<std::size_t>(i)];
        const Real<T> bound = static_cast<Real<T>>(2 * terms + 2) * std::numeric_limits<Real<T>>::epsilon() * scale[i];
        if (!(modulus(T(y[i] - expected[i])) <= bound))
            return testing::AssertionFailure() << "row " << i << ": " << y[i] << ", not " << expected[i];
    }
    return testing::AssertionSuccess();
}

/// Is the same where finite is told apart from infinite and NaN: part by part.
template <Scalar T>
bool same_kind(T a, T b) {
    const auto kind = [](Real<T> v) { return std::isnan(v) ? 2 : std::isinf(v) ? (v > 0 ? 1 : -1) : 0; };
    return kind(std::real(a)) == kind(std::real(b)) && kind(std::imag(a)) == kind(std::imag(b));
}

template <class V>
bool same_bits(const V& a, const V& b) {
    return a.size() == b.size() &&
           (a.size() == 0 ||
            std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(*a.data())) == 0);
}

/// Every matrix fits every storage, but that few_values wants at most 256 different numbers off the diagonal.
template <Scalar T>
bool fits(TunedStorage storage, const Csr<T>& A) {
    if (storage != TunedStorage::few_values) return true;
    std::vector<T> different;
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const T v = A.values()[static_cast<std::size_t>(k)];
            if (A.indices()[static_cast<std::size_t>(k)] != i &&
                std::none_of(different.begin(), different.end(),
                             [&](const T& d) { return std::memcmp(&d, &v, sizeof v) == 0; }))
                different.push_back(v);
            if (different.size() > 256) return false;
        }
    return true;
}

/// body(A, M, what) for every matrix in every storage and in the one that the analysis chooses.
template <Scalar T, class Body>
void for_each_storage(Body&& body) {
    static const std::vector<Sample<T>> all = samples<T>();
    for (const Sample<T>& sample : all) {
        const auto run = [&](const TunedOptions& options, const std::string& storage) {
            SCOPED_TRACE(sample.what + " in " + storage);
            const TunedMatrix<T> M(sample.A, options);
            ASSERT_EQ(M.rows(), sample.A.rows());
            ASSERT_EQ(M.cols(), sample.A.cols());
            ASSERT_EQ(M.nnz(), sample.A.nnz());
            body(sample.A, M);
        };
        run({}, "the storage chosen");
        for (const TunedStorage storage : tuned_storages()) {
            if (!fits(storage, sample.A)) {
                EXPECT_THROW(TunedMatrix<T>(sample.A, {.storage = storage}), InvalidArgument);
                continue;
            }
            run({.storage = storage}, std::string(name(storage)));
            EXPECT_EQ(TunedMatrix<T>(sample.A, {.storage = storage}).storage(), storage);
        }
    }
}

template <class T>
class Tuned : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Tuned, Scalars);

static_assert(LinearOperator<TunedMatrix<double>, double>);
static_assert(AdjointOperator<TunedMatrix<std::complex<double>>, std::complex<double>>);
static_assert(BlockOperator<TunedMatrix<float>, float>);
static_assert(std::is_nothrow_move_constructible_v<TunedMatrix<double>>);
static_assert(!std::is_constructible_v<TunedMatrix<double>, Csr<double>>);  // it would look at a matrix that is gone

TYPED_TEST(Tuned, EveryStorageMultipliesAsThePlainLoopDoes) {
    using T = TypeParam;
    for_each_storage<T>([](const Csr<T>& A, const TunedMatrix<T>& M) {
        const auto x = random_x<T>(A.cols(), 1);
        Eigen::VectorX<T> y = Eigen::VectorX<T>::Constant(A.rows(), std::numeric_limits<Real<T>>::quiet_NaN());
        M.apply(x, y);
        EXPECT_TRUE(agrees<T>(A, x, y));
    });
}

TYPED_TEST(Tuned, TransposeAndAdjointAreThoseOfTheMatrix) {
    using T = TypeParam;
    for_each_storage<T>([](const Csr<T>& A, const TunedMatrix<T>& M) {
        const auto x = random_x<T>(A.rows(), 2);
        Eigen::VectorX<T> y(A.cols()), z(A.cols());
        M.apply_transpose(x, y);
        A.apply_transpose(x, z);
        EXPECT_TRUE(same_bits(y, z));
        M.apply_adjoint(x, y);
        A.apply_adjoint(x, z);
        EXPECT_TRUE(same_bits(y, z));
    });
}

TYPED_TEST(Tuned, BlocksOfVectorsAreVectorsOneByOne) {
    using T = TypeParam;
    for_each_storage<T>([](const Csr<T>& A, const TunedMatrix<T>& M) {
        for (const Index k : {0, 1, 2, 11}) {
            const Eigen::MatrixX<T> all = Eigen::MatrixX<T>::Random(A.cols() + 2, k);
            Eigen::MatrixX<T> Y = Eigen::MatrixX<T>::Constant(A.rows() + 3, k, T(7));
            M.apply_block(all.topRows(A.cols()), Y.topRows(A.rows()));
            for (Index c = 0; c < k; ++c)
                EXPECT_TRUE(agrees<T>(A, all.col(c).head(A.cols()), Y.col(c).head(A.rows()))) << c << " of " << k;
            EXPECT_TRUE((Y.bottomRows(3).array() == T(7)).all());
        }
    });
}

TYPED_TEST(Tuned, TheFusedDotIsTheDotOfTheProduct) {
    using T = TypeParam;
    for_each_storage<T>([](const Csr<T>& A, const TunedMatrix<T>& M) {
        const auto x = random_x<T>(A.cols(), 1);
        Eigen::VectorX<T> y(A.rows()), z(A.rows());
        if (A.rows() != A.cols()) {
            EXPECT_THROW(static_cast<void>(M.apply_dot(x, y)), InvalidArgument);
            return;
        }
        const T sum = M.apply_dot(x, y);
        EXPECT_TRUE(agrees<T>(A, x, y));
        T expected{0};
        Real<T> scale = 0;
        for (Index i = 0; i < A.rows(); ++i) {
            expected += conjugate(x[i]) * y[i];
            scale += std::abs(x[i] * y[i]);
        }
        EXPECT_LE(std::abs(sum - expected),
                  static_cast<Real<T>>(A.rows()) * std::numeric_limits<Real<T>>::epsilon() * scale);
    });
}

// A lane that pads multiplies a zero by an element of x that the row does not have: 0 · ∞ must not reach y.
TYPED_TEST(Tuned, InfinitiesAndNaNReachTheRowsThatHaveThemAndNoOthers) {
    using T = TypeParam;
    using Limits = std::numeric_limits<Real<T>>;
    for_each_storage<T>([](const Csr<T>& A, const TunedMatrix<T>& M) {
        if (A.cols() == 0) return;
        for (const Real<T> odd : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()})
            for (const Index place : {0, A.cols() / 2, A.cols() - 1}) {
                auto x = random_x<T>(A.cols(), 1);
                x[place] = T(odd);
                Eigen::VectorX<T> y(A.rows()), z(A.rows());
                M.apply(x, y);
                A.apply(x, z);
                Index wrong = 0;
                for (Index i = 0; i < A.rows(); ++i) wrong += !same_kind(y[i], z[i]);
                EXPECT_EQ(wrong, 0) << odd << " at " << place;
            }
    });
}

TYPED_TEST(Tuned, OddValuesOfTheMatrixStayInTheirRows) {
    using T = TypeParam;
    using Limits = std::numeric_limits<Real<T>>;
    for (const Csr<double>& R : {poisson2d(30, 33), elasticity3d(4, 4, 4), power_law_laplacian(9, 8, 7)}) {
        Csr<T> A = converted<T>(R);
        const auto middle = static_cast<std::size_t>(A.nnz() / 2);
        A.values()[middle] = T(Limits::quiet_NaN());
        A.values()[middle + 100] = T(Limits::infinity());
        A.values()[middle + 200] = T(-Real<T>(0));
        const auto x = random_x<T>(A.cols(), 1);
        Eigen::VectorX<T> y(A.rows()), z(A.rows());
        A.apply(x, z);
        for (const TunedStorage storage : tuned_storages()) {
            if (!fits(storage, A)) continue;
            TunedMatrix<T>(A, {.storage = storage}).apply(x, y);
            for (Index i = 0; i < A.rows(); ++i) EXPECT_TRUE(same_kind(y[i], z[i])) << name(storage) << " row " << i;
        }
    }
}

TYPED_TEST(Tuned, ScalingByPowersOfTwoScalesTheBits) {
    using T = TypeParam;
    const int exponent = std::numeric_limits<Real<T>>::max_exponent - 24;
    const Real<T> factor = std::ldexp(Real<T>(1), exponent);
    for (const Csr<double>& R : {poisson2d(30, 33), elasticity3d(4, 4, 4), power_law_laplacian(9, 8, 7)}) {
        const Csr<T> A = converted<T>(R);
        const auto x = random_x<T>(A.cols(), 1);
        for (const TunedStorage storage : tuned_storages())
            for (const Real<T> f : {factor, 1 / factor}) {
                if (!fits(storage, A)) continue;
                Csr<T> B = A;
                for (T& v : B.values()) v *= f;
                Eigen::VectorX<T> y(A.rows()), z(A.rows());
                TunedMatrix<T>(A, {.storage = storage}).apply(x, y);
                TunedMatrix<T>(B, {.storage = storage}).apply(Eigen::VectorX<T>(x * (1 / f)), z);
                EXPECT_LE((y - z).template lpNorm<Eigen::Infinity>(),
                          100 * std::numeric_limits<Real<T>>::epsilon() * y.template lpNorm<Eigen::Infinity>())
                    << name(storage);
            }
    }
}

TYPED_TEST(Tuned, GivesTheSameBitsForAnyNumberOfThreads) {
    using T = TypeParam;
    for (const Csr<double>& R :
         {poisson2d(230, 233), elasticity3d(12, 12, 12), power_law_laplacian(13, 8, 7), irregular(20'000, 80'000)}) {
        for (const Csr<T>& A : {converted<T>(R), with_random_values<T>(R, 1)}) {
            const auto x = random_x<T>(A.cols(), 1);
            std::vector<TunedOptions> all = {{}};
            for (const TunedStorage storage : tuned_storages())
                if (fits(storage, A)) all.push_back({.storage = storage});
            for (const TunedOptions& options : all) {
                Eigen::VectorX<T> serial, serial_dot;
                T serial_sum{};
                for (const int threads : {1, 2, 3}) {
                    const ThreadLimit limit(threads);
                    const TunedMatrix<T> M(A, options);  // analysed by so many threads, too
                    Eigen::VectorX<T> y(A.rows()), z(A.rows());
                    M.apply(x, y);
                    const bool square = A.rows() == A.cols();
                    const T sum = square ? M.apply_dot(x, z) : T{};
                    if (threads == 1) {
                        serial = y;
                        serial_dot = z;
                        serial_sum = sum;
                    }
                    EXPECT_TRUE(same_bits(y, serial)) << name(M.storage()) << threads;
                    if (!square) continue;
                    EXPECT_TRUE(same_bits(z, serial_dot)) << name(M.storage()) << threads;
                    EXPECT_EQ(sum, serial_sum) << name(M.storage()) << threads;
                }
            }
        }
    }
}

TYPED_TEST(Tuned, ChoosesTheStorageThatTheStructureCallsFor) {
    using T = TypeParam;
    const auto chosen = [](const Csr<T>& A) { return std::string(name(TunedMatrix<T>(A).storage())); };
    const Csr<double> grid = poisson2d(100, 90), body = elasticity3d(10, 11, 9);
    EXPECT_EQ(chosen(converted<T>(grid)), "stencils");
    EXPECT_EQ(chosen(with_random_values<T>(grid, 1)), "offsets");
    EXPECT_EQ(chosen(converted<T>(body)), "stencils");
    EXPECT_EQ(chosen(with_random_values<T>(body, 1)), "blocks");
    const Csr<double> graph = power_law_laplacian(14, 8, 7);
    EXPECT_EQ(chosen(converted<T>(graph)), "few_values");
    EXPECT_EQ(chosen(with_random_values<T>(graph, 1)), "sliced");
    const Csr<T> A = with_random_values<T>(body, 1);
    EXPECT_EQ(TunedMatrix<T>(A).block_size(), 3);
}

TYPED_TEST(Tuned, CopiesShareAndAMovedFromMatrixIsEmpty) {
    using T = TypeParam;
    const Csr<T> A = converted<T>(poisson2d(20, 20));
    TunedMatrix<T> M(A);
    const TunedMatrix<T> copy = M;
    const TunedMatrix<T> moved = std::move(M);
    EXPECT_EQ(M.rows(), 0);  // NOLINT(bugprone-use-after-move): it is what is tested
    EXPECT_EQ(M.cols(), 0);
    EXPECT_EQ(M.nnz(), 0);
    Eigen::VectorX<T> none(0), y(400), z(400);
    M.apply(none, none);
    EXPECT_EQ(M.apply_dot(none, none), T(0));
    M.apply_block(Eigen::MatrixX<T>(0, 3), Eigen::MatrixX<T>(0, 3).block(0, 0, 0, 3));
    const auto x = random_x<T>(400, 1);
    copy.apply(x, y);
    moved.apply(x, z);
    EXPECT_TRUE(same_bits(y, z));
}

TYPED_TEST(Tuned, RefusesWhatDoesNotFit) {
    using T = TypeParam;
    const Csr<T> A = converted<T>(irregular(40, 30));
    ASSERT_TRUE(fits(TunedStorage::few_values, A));
    for (const TunedStorage storage : tuned_storages()) {
        const TunedMatrix<T> M(A, {.storage = storage});
        Eigen::VectorX<T> x(30), y(40);
        EXPECT_THROW(M.apply(y, x), InvalidArgument);
        EXPECT_THROW(M.apply(x, x), InvalidArgument);
        EXPECT_THROW(M.apply_adjoint(x, y), InvalidArgument);
        Eigen::MatrixX<T> X(30, 2), Y(40, 2), narrow(40, 1);
        EXPECT_THROW(M.apply_block(Y, X), InvalidArgument);
        EXPECT_THROW(M.apply_block(X, narrow), InvalidArgument);
        Eigen::VectorX<T> both(60);
        const TunedMatrix<T> square(A, {.storage = storage});
        EXPECT_THROW(square.apply(both.head(30), both.segment(20, 40)), InvalidArgument);
    }
}

}  // namespace
