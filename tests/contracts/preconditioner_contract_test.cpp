// SPDX-License-Identifier: BSD-3-Clause
// Every preconditioner of the registry on every matrix: the gallery, data/, and the folder in RITZ_MATRICES when that
// is set. A new preconditioner or a new matrix is tested by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/io/matrix_market.hpp"
#include "ritz/preconditioners/registry.hpp"

namespace {

using namespace ritz;

struct Subject {
    std::string name;
    std::function<AnyCsr()> make;
    bool positive_definite = false;  ///< and well enough scaled that every preconditioner for such matrices exists
};

template <Scalar T>
double difference(const Buffer<T>& a, const Buffer<T>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, static_cast<double>(std::abs(a[i] - b[i])));
    return largest;
}

template <Scalar T>
Buffer<T> applied(const Preconditioner<T>& M, const Buffer<T>& r, bool adjoint = false) {
    Buffer<T> z(r.size(), T{7});
    adjoint ? M.apply_adjoint(r, z) : M.apply(r, z);
    return z;
}

/// A times 2^e, or nothing when that is not exact.
template <Scalar T>
std::optional<Csr<T>> times_power(const Csr<T>& A, int e) {
    using R = Real<T>;
    Csr<T> scaled(A);
    for (T& a : scaled.values()) {
        const auto part = [e](R x) { return std::ldexp(x, e); };
        T b;
        if constexpr (is_complex<T>)
            b = T(part(a.real()), part(a.imag()));
        else
            b = part(a);
        T back;
        if constexpr (is_complex<T>)
            back = T(std::ldexp(b.real(), -e), std::ldexp(b.imag(), -e));
        else
            back = std::ldexp(b, -e);
        if (back != a) return {};
        a = b;
    }
    return scaled;
}

/// M made, or nothing when the library says by a named error that there is none.
template <Scalar T>
std::optional<Preconditioner<T>> attempted(PreconditionerKind kind, const Csr<T>& A,
                                           const PreconditionerOptions& options = {}) {
    try {
        return make_preconditioner<T>(kind, A, options);
    } catch (const Error& error) {
        EXPECT_FALSE(std::string(error.what()).empty());
        return {};
    }
}

bool incomplete(PreconditionerKind kind) {
    return kind == PreconditionerKind::ic0 || kind == PreconditionerKind::mic0 || kind == PreconditionerKind::ilu0;
}
bool incomplete_inside(PreconditionerKind kind) {
    return incomplete(kind) || kind == PreconditionerKind::schwarz || kind == PreconditionerKind::field_split;
}

template <Scalar T>
void examine(const Csr<T>& A, const PreconditionerInfo& info, const Structure& structure, bool definite) {
    using R = Real<T>;
    const double eps = std::numeric_limits<R>::epsilon();
    const Csr<T> before(A);
    const auto made = attempted(info.kind, A);
    EXPECT_TRUE(A == before) << "the matrix was changed";
    if (!applies(info, structure)) {
        // That A is Hermitian costs a transposition to see, and is left to the caller.
        Structure lenient = structure;
        lenient.hermitian = true;
        lenient.all_diagonals_positive = true;  // an incomplete factorisation may be of a shifted matrix
        EXPECT_FALSE(made && !applies(info, lenient)) << "made of a matrix that has not what it needs";
        return;
    }
    if (definite) {
        EXPECT_TRUE(made) << "there must be one for a positive definite matrix";
    }
    if (!made || !*made) return;
    const Preconditioner<T>& M = *made;
    const Index n = A.rows();
    ASSERT_EQ(M.rows(), n);
    ASSERT_EQ(M.cols(), n);

    const Buffer<T> x = random_vector<T>(n, 1), y = random_vector<T>(n, 2);
    const Buffer<T> mx = applied(M, x), my = applied(M, y);
    const bool finite = all_finite(mx) && all_finite(my);
    if (definite) {
        ASSERT_TRUE(finite);
    }
    if (!finite) return;
    const double size = norm_inf(mx) + norm_inf(my);
    EXPECT_TRUE(n == 0 || size > 0);

    // Linear
    const T alpha = T(static_cast<R>(-2.5));
    Buffer<T> sum(x), expected(mx);
    for (std::size_t i = 0; i < sum.size(); ++i) {
        sum[i] = alpha * x[i] + y[i];
        expected[i] = alpha * mx[i] + my[i];
    }
    // The constant is M's own condition, which some matrices make large: ‖A‖ ‖M⁻¹‖ at least.
    const double loose = std::sqrt(eps) / 10 + 10 * eps * structure.norm_inf * size;
    EXPECT_LE(difference(applied(M, sum), expected), (definite ? 1e4 * eps : loose) * size);

    // The adjoint
    const double yx = std::abs(static_cast<double>(norm2(mx)) * static_cast<double>(norm2(y))) +
                      static_cast<double>(norm2(my)) * static_cast<double>(norm2(x));
    if (M.has_adjoint()) {
        const Buffer<T> my_adjoint = applied(M, y, true);
        EXPECT_LE(std::abs(dot(y, mx) - dot(my_adjoint, x)), (definite ? 1e4 * eps : loose) * yx);
    }
    EXPECT_TRUE(M.has_adjoint());

    // What it says of itself
    if (structure.hermitian && M.definiteness() != Definiteness::unknown) {
        EXPECT_LE(std::abs(dot(y, mx) - dot(my, x)), (definite ? 1e4 * eps : loose) * yx) << "not Hermitian";
    }
    if (definite && M.definiteness() == Definiteness::positive_definite)
        for (std::uint64_t seed = 10; seed < 20; ++seed) {
            const Buffer<T> v = random_vector<T>(n, seed);
            const T vmv = dot(v, applied(M, v));
            EXPECT_GT(std::real(vmv), 0);
        }

    // The same bits again, from one object and from another, and on one thread and on two when it is made there
    EXPECT_EQ(applied(M, x), mx);
    EXPECT_EQ(applied(make_preconditioner<T>(info.kind, A), x), mx);

    // Scaling; but what a shift or a row without entries made of A is not A's
    const bool own = M.statistics().shift == 0 && structure.empty_rows.count == 0 && structure.zero_free_diagonal();
    const int range = std::numeric_limits<R>::max_exponent - 24;
    for (const int e : {10, -10, range, -range}) {
        if (incomplete_inside(info.kind) && !own) continue;
        if (std::abs(e) == range && size > std::ldexp(1.0, range / 4)) continue;  // M⁻¹ r may overflow
        const auto scaled = times_power(A, e);
        if (!scaled) continue;
        const auto N = attempted(info.kind, *scaled);
        EXPECT_TRUE(N) << "not made at 2^" << e;
        if (!N) continue;
        EXPECT_EQ(N->definiteness(), M.definiteness());
        Buffer<T> r(x);  // M⁻¹ r is about 2^-e times as large: r is scaled so that it neither over- nor underflows
        for (T& v : r) v *= std::ldexp(R{1}, e / 2);
        Buffer<T> z = applied(*N, r);
        for (T& v : z) v = v * std::ldexp(R{1}, e / 2) * std::ldexp(R{1}, e - 2 * (e / 2));
        EXPECT_LE(difference(z, mx), 1e3 * eps * static_cast<double>(norm_inf(mx))) << "at 2^" << e;
    }

    // Single precision
    if (definite && !std::same_as<R, float>) {
        const auto single = attempted(info.kind, A, {.precision = Precision::single});
        ASSERT_TRUE(single);
        EXPECT_EQ(single->definiteness(), M.definiteness());
        EXPECT_LE(difference(applied(*single, x), mx), 1e-4 * static_cast<double>(norm_inf(mx)));
    }
}

template <Scalar T>
void examine_all(const Csr<T>& A, bool definite) {
    const Structure structure = analyse_structure<Order::row, T>(A);
    for (const PreconditionerInfo& info : preconditioners()) {
        // p⁴ operations a row: for long rows that is no test, but a wait.
        if (info.kind == PreconditionerKind::spai1 && structure.max_row_nonzeros > 50) continue;
        SCOPED_TRACE(info.name);
        examine(A, info, structure, definite);
    }
}

std::string identifier(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
}

std::vector<Subject> of_gallery() {
    std::vector<Subject> all;
    const auto add = [&](const auto& entries) {
        for (const auto& entry : entries)
            for (const Index wish : {5, 9}) {
                const Index size = std::clamp(wish, entry.smallest, entry.largest);
                const auto A = entry.make(size, 1);
                // Condition numbers of these families grow too fast for a statement about every preconditioner.
                const bool wild =
                    std::string_view("hilbert moler pascal prolate inverse_hilbert cauchy elasticity2d_incompressible")
                        .find(entry.name) != std::string_view::npos;
                if (A.rows() <= 1000)
                    all.push_back({std::string(entry.name) + "_" + std::to_string(wish), [A] { return AnyCsr(A); },
                                   entry.positive_definite && !entry.singular && !wild});
            }
    };
    add(gallery());
    add(complex_gallery());
    return all;
}

std::vector<Subject> files(const std::filesystem::path& folder) {
    std::vector<Subject> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".mtx")
            all.push_back({entry.path().stem().string(),
                           [path = entry.path().string()] { return read_matrix_market(path).matrix; }});
    std::sort(all.begin(), all.end(), [](const Subject& a, const Subject& b) { return a.name < b.name; });
    return all;
}

class PreconditionerContract : public testing::TestWithParam<Subject> {};
class PreconditionerContractOnFiles : public testing::TestWithParam<Subject> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PreconditionerContractOnFiles);

TEST_P(PreconditionerContract, Holds) {
    std::visit([](const auto& A) { examine_all(A, GetParam().positive_definite); }, GetParam().make());
}
TEST_P(PreconditionerContract, HoldsInTheOtherScalars) {
    std::visit(
        []<class T>(const Csr<T>& A) {
            if (A.rows() > 200) return;
            const bool definite = GetParam().positive_definite;
            if constexpr (std::same_as<T, double>) {
                examine_all(convert_values<float>(A), false);
                examine_all(convert_values<std::complex<double>>(A), definite);
            }
            if constexpr (std::same_as<Real<T>, double>) examine_all(convert_values<std::complex<float>>(A), false);
        },
        GetParam().make());
}
TEST_P(PreconditionerContractOnFiles, Holds) {
    std::visit([](const auto& A) { examine_all(A, false); }, GetParam().make());
}

const auto name_of = [](const auto& p) { return identifier(p.param.name); };
INSTANTIATE_TEST_SUITE_P(Gallery, PreconditionerContract, testing::ValuesIn(of_gallery()), name_of);
INSTANTIATE_TEST_SUITE_P(Data, PreconditionerContract,
                         testing::ValuesIn(files(std::filesystem::path(RITZ_SOURCE_DIR) / "data")), name_of);
INSTANTIATE_TEST_SUITE_P(Folder, PreconditionerContractOnFiles,
                         testing::ValuesIn(std::getenv("RITZ_MATRICES") ? files(std::getenv("RITZ_MATRICES"))
                                                                        : std::vector<Subject>{}),
                         name_of);

template <class T>
class PreconditionerLimits : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(PreconditionerLimits, Scalars);

TYPED_TEST(PreconditionerLimits, OrderZeroIsLegal) {
    using T = TypeParam;
    for (const PreconditionerInfo& info : preconditioners()) {
        SCOPED_TRACE(info.name);
        const auto M = attempted<T>(info.kind, Csr<T>());
        if (!M || !*M) continue;
        Buffer<T> r, z;
        M->apply(r, z);
        M->apply_adjoint(r, z);
    }
}

TYPED_TEST(PreconditionerLimits, OrderOneIsDivision) {
    using T = TypeParam;
    const Csr<T> A(1, 1, {0, 1}, {0}, {T{4}});
    const Structure s = analyse_structure<Order::row, T>(A);
    for (const PreconditionerInfo& info : preconditioners()) {
        SCOPED_TRACE(info.name);
        if (!applies(info, s) || info.kind == PreconditionerKind::none) continue;
        const auto M = make_preconditioner<T>(info.kind, A);
        const double tolerance = info.kind == PreconditionerKind::chebyshev ? 1 : 1e-6;  // a polynomial, not a division
        EXPECT_NEAR(std::abs(applied(M, Buffer<T>{T{8}})[0] - T{2}), 0, tolerance);
    }
}

TYPED_TEST(PreconditionerLimits, NumbersThatAreNoneAreRefused) {
    using T = TypeParam;
    for (const auto bad : {std::numeric_limits<Real<T>>::quiet_NaN(), std::numeric_limits<Real<T>>::infinity()})
        for (const std::size_t place : {std::size_t{0}, std::size_t{1}, std::size_t{10}}) {
            Csr<T> A = [] {
                if constexpr (std::same_as<T, double>)
                    return poisson1d(6);
                else
                    return convert_values<T>(convert_values<std::conditional_t<is_complex<T>, T, float>>(poisson1d(6)));
            }();
            A.values()[place] = bad;
            for (const PreconditionerInfo& info : preconditioners()) {
                if (info.kind == PreconditionerKind::none) continue;
                EXPECT_THROW((void)make_preconditioner<T>(info.kind, A), InvalidArgument) << info.name;
            }
        }
}

TYPED_TEST(PreconditionerLimits, RectanglesAreRefused) {
    using T = TypeParam;
    const Csr<T> A(2, 3, {0, 1, 2}, {0, 1}, {T{1}, T{1}});
    for (const PreconditionerInfo& info : preconditioners())
        if (info.kind != PreconditionerKind::none) {
            EXPECT_THROW((void)make_preconditioner<T>(info.kind, A), InvalidArgument) << info.name;
        }
}

TYPED_TEST(PreconditionerLimits, ThreadsChangeNoBitButOfIncompleteFactors) {
    using T = TypeParam;
    const Csr<T> A =
        convert_values<T>(convert_values<std::conditional_t<is_complex<T>, T, Real<T>>>(poisson2d(150, 150)));
    const Buffer<T> r = random_vector<T>(A.rows(), 1);
    const Structure s = analyse_structure<Order::row, T>(A);
    for (const PreconditionerInfo& info : preconditioners()) {
        SCOPED_TRACE(info.name);
        if (!applies(info, s) || info.kind == PreconditionerKind::none) continue;
        Buffer<T> serial;
        for (const int threads : {1, 2, 3}) {
            const ThreadLimit limit(threads);
            const auto M = make_preconditioner<T>(info.kind, A);
            Buffer<T> z = applied(M, r);
            EXPECT_EQ(applied(M, r), z) << threads << " threads";
            EXPECT_EQ(applied(make_preconditioner<T>(info.kind, A), r), z) << threads << " threads";
            if (threads == 1) {
                serial = std::move(z);
            } else if (incomplete(info.kind)) {  // the layout of the factors follows the number of threads
                EXPECT_LE(difference(z, serial), 100 * std::numeric_limits<Real<T>>::epsilon() * norm_inf(serial));
            } else {
                EXPECT_EQ(z, serial) << threads << " threads";
            }
        }
    }
}

void PrintTo(const Subject& matrix, std::ostream* out) {
    *out << matrix.name;
}

}  // namespace
