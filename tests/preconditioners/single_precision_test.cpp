// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/single_precision.hpp"

#include "preconditioners/support.hpp"
#include "ritz/preconditioners/gauss_seidel.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

template <class T>
class SinglePrecisionOf : public testing::Test {};
TYPED_TEST_SUITE(SinglePrecisionOf, Scalars);

template <Scalar T>
SinglePrecision<T> ssor(const CsrView<T>& A) {
    using Low = SingleOf<T>;
    return SinglePrecision<T>(A, [](const CsrView<Low>& B) { return Preconditioner<Low>(Ssor<Low>(B), "ssor"); });
}

TYPED_TEST(SinglePrecisionOf, AgreesToSevenDigitsAtEverySize) {
    using T = TypeParam;
    using R = Real<T>;
    const Csr<T> A = random_definite<T>(40, 0.1, 3);
    const Ssor<T> working(A);
    const Buffer<T> r = random_vector<T>(40, 1);
    Buffer<T> expected(40);
    working.apply(r, expected);
    const int range = std::numeric_limits<R>::max_exponent - 30;
    for (const int a : {0, 100, -90, range, -range})
        for (const int e : {0, 50, range / 2, -range}) {
            if (std::abs(e - a) > range) continue;
            Csr<T> scaled(A);
            for (T& x : scaled.values()) x *= std::ldexp(R{1}, a);
            Buffer<T> s(r), z(40);
            for (T& x : s) x *= std::ldexp(R{1}, e);
            ssor<T>(scaled).apply(s, z);
            for (std::size_t i = 0; i < 40; ++i)
                EXPECT_LE(std::abs(z[i] * std::ldexp(R{1}, (a - e) / 2) * std::ldexp(R{1}, (a - e) - (a - e) / 2) -
                                   expected[i]),
                          3e-6 * norm_inf(expected))
                    << a << " " << e;
        }
    EXPECT_EQ(ssor<T>(A).definiteness(), Definiteness::positive_definite);
    EXPECT_EQ(ssor<T>(A).statistics().nonzeros, working.statistics().nonzeros);
}

TYPED_TEST(SinglePrecisionOf, ZeroGivesZeroAndNaNGivesNaN) {
    using T = TypeParam;
    const auto M = ssor<T>(random_definite<T>(5, 0.5, 1));
    Buffer<T> r(5, T{0}), z(5);
    M.apply(r, z);
    EXPECT_EQ(z, r);
    r[2] = std::numeric_limits<Real<T>>::quiet_NaN();
    M.apply(r, z);
    EXPECT_FALSE(all_finite(z));
    M.apply_adjoint(r, z);
    EXPECT_FALSE(all_finite(z));
}

TEST(SinglePrecisionLimits, LetsTheFactoryFail) {
    const Csr<double> A(2, 2, {0, 1, 2}, {0, 1}, {1, 1e-300});  // becomes zero in single precision
    EXPECT_THROW(ssor<double>(A), SingularMatrix);
    EXPECT_THROW(SinglePrecision<double>(A, [](const CsrView<float>&) { return Preconditioner<float>(); }),
                 InvalidArgument);
}

}  // namespace
