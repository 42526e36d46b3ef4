// SPDX-License-Identifier: BSD-3-Clause
// Ten thousand systems of families that solvers are known to fail on, scaled in ten ways, in the four scalars. What is
// known of each comes from an inverse computed here in 113 bits: whatever is called solved must be, whatever can be
// solved must not be refused, and every number that a report promises must hold.
#include <gtest/gtest.h>

#include <Eigen/SVD>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/families.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using families::Family;
using families::Scaling;

template <Scalar T>
using Element = std::conditional_t<is_complex<T>, oracle::Number, oracle::Quad>;

template <Scalar T>
Element<T> element(T a) {
    if constexpr (is_complex<T>)
        return oracle::Number(a);
    else
        return oracle::Quad(static_cast<double>(a));
}

template <Scalar T>
T scale(T a, int e) {
    if constexpr (is_complex<T>)
        return {std::ldexp(a.real(), e), std::ldexp(a.imag(), e)};
    else
        return std::ldexp(a, e);
}

template <Scalar T>
T rounded(const Element<T>& a) {
    if constexpr (is_complex<T>)
        return T(static_cast<Real<T>>(static_cast<double>(a.re)), static_cast<Real<T>>(static_cast<double>(a.im)));
    else
        return static_cast<T>(static_cast<double>(a));
}

template <Scalar T>
bool finite(const Eigen::MatrixX<T>& M) {
    return M.allFinite();
}

/// A x = b with A = D₁ M D₂, b = D₁ c 2^right exactly, so that x = D₂⁻¹ y 2^right where M y = c. M, c and y are of
/// moderate size.
template <Scalar T>
struct System {
    Eigen::MatrixX<T> M;
    Eigen::VectorX<T> c;
    families::Exponents e;
    Csr<T> A;
    Eigen::VectorX<T> b;
    bool in_range = false;  ///< b was made from an x, rounded

    int order() const { return static_cast<int>(M.rows()); }
};

template <Scalar T>
Eigen::MatrixX<T> make(const Family& family, Random& random, int n) {
    if (family.complex) {
        if constexpr (is_complex<T>) return family.complex(random, n).template cast<T>();
    }
    const Eigen::MatrixXd R = family.real(random, n);
    if constexpr (!is_complex<T>) {
        return R.cast<T>();
    } else {
        Eigen::MatrixX<T> M = R.cast<T>();
        // Units on both sides leave everything known of R true of M, and a Hermitian one Hermitian.
        const auto unit = [&] {
            constexpr Real<T> re[4] = {1, 0, -1, 0}, im[4] = {0, 1, 0, -1};
            const auto k = static_cast<std::size_t>(random.below(4));
            return T(re[k], im[k]);
        };
        const bool hermitian = random.uniform() < 0.5;
        for (Eigen::Index i = 0; i < M.rows(); ++i) {
            const T left = unit(), right = unit();
            M.row(i) *= left;
            M.col(i) *= hermitian ? std::conj(left) : right;
        }
        return M;
    }
}

template <Scalar T>
System<T> make_system(const Family& family, Scaling scaling, Random& random, int n) {
    System<T> s;
    s.M = make<T>(family, random, n);
    n = s.order();
    constexpr int range = std::numeric_limits<Real<T>>::max_exponent;
    const auto top = static_cast<double>(s.M.cwiseAbs().maxCoeff());
    s.e = families::exponents(scaling, random, n, range, top > 0 ? std::ilogb(top) : 0);
    const auto at = [](auto& v, Eigen::Index i) -> auto& {
        return v[static_cast<std::size_t>(i)];
    };

    // Numbers that overflow or lose digits: M becomes what A really is.
    Eigen::MatrixX<T> dense(n, n);
    for (;;) {
        for (int i = 0; i < n; ++i)
            for (int j = 0; j < n; ++j) dense(i, j) = scale(s.M(i, j), at(s.e.row, i) + at(s.e.col, j));
        if (finite<T>(dense)) break;
        for (int& a : s.e.row) a /= 2;
        for (int& a : s.e.col) a /= 2;
    }
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) s.M(i, j) = scale(dense(i, j), -at(s.e.row, i) - at(s.e.col, j));
    s.A = from_dense(dense);

    s.c = Eigen::VectorX<T>::Zero(n);
    const std::uint64_t kind = random.below(10);
    s.in_range = kind < 5;
    if (s.in_range) {  // c = M y in 113 bits, rounded
        Eigen::VectorX<T> y(n);
        for (T& a : y)
            a = kind < 2   ? T(1)
                : kind < 4 ? T(static_cast<Real<T>>(random.uniform(-1, 1)))
                           : T(static_cast<Real<T>>(std::pow(10.0, random.uniform(-6, 6))));
        for (int i = 0; i < n; ++i) {
            Element<T> sum = element(T(0));
            for (int j = 0; j < n; ++j) sum = sum + element(s.M(i, j)) * element(y[j]);
            s.c[i] = rounded<T>(sum);
        }
    } else if (kind == 5) {
        s.c[static_cast<Eigen::Index>(random.below(static_cast<std::uint64_t>(n)))] = T(1);
    } else if (kind == 6) {
        for (T& a : s.c) a = T(static_cast<Real<T>>(std::pow(10.0, random.uniform(-6, 6))));
    } else {
        for (T& a : s.c) a = T(static_cast<Real<T>>(random.uniform(-1, 1)));
    }
    s.b.resize(n);
    for (int i = 0; i < n; ++i) {
        s.b[i] = scale(s.c[i], at(s.e.row, i) + s.e.right);
        s.c[i] = scale(s.b[i], -at(s.e.row, i) - s.e.right);
    }
    return s;
}

/// What the oracle knows.
template <Scalar T>
struct Truth {
    std::size_t nullity = 0;                   ///< 0: the rest is there
    std::vector<Element<T>> y;                 ///< M y = c
    std::vector<std::vector<int>> col_scales;  ///< exponents of the columns of M in each of the ways to equilibrate A
    double condition = INFINITY;               ///< κ₁ of A equilibrated, in the best of the ways
    bool representable = false;                ///< x has all its digits in T
};

template <Scalar T>
Truth<T> truth_of(const System<T>& s) {
    const auto n = static_cast<std::size_t>(s.order());
    oracle::Square<Element<T>> M(n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            M(i, j) = element(s.M(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    const auto inverse = oracle::inverse(M);
    Truth<T> truth;
    truth.nullity = inverse.nullity;
    if (truth.nullity > 0) return truth;
    std::vector<Element<T>> c(n);
    for (std::size_t i = 0; i < n; ++i) c[i] = element(s.c[static_cast<Eigen::Index>(i)]);
    truth.y = oracle::solve(M, inverse.matrix, c);
    for (const Equilibration& e : {equilibrate(s.A), equilibrate_least_squares(s.A), equilibrate_symmetric(s.A)}) {
        std::vector<int> row(n), col(n);
        for (std::size_t i = 0; i < n; ++i) row[i] = e.row[i] + s.e.row[i], col[i] = e.col[i] + s.e.col[i];
        truth.condition = std::min(truth.condition, oracle::condition(M, inverse.matrix, row, col));
        truth.col_scales.push_back(std::move(col));
    }
    truth.representable = true;
    for (std::size_t j = 0; j < n; ++j) {
        oracle::Quad largest = 0;
        const oracle::Quad size = oracle::size(truth.y[j]);
        for (std::size_t i = 0; i < n; ++i)
            largest = oracle::larger(
                largest, oracle::scale(oracle::size(truth.y[i]), truth.col_scales[0][j] - truth.col_scales[0][i]));
        if (!(size > largest * oracle::Quad(1e-25))) continue;  // 0, but for rounding
        const int exponent = std::ilogb(static_cast<double>(size)) + s.e.right - s.e.col[j];
        using Limits = std::numeric_limits<Real<T>>;
        if (exponent >= Limits::max_exponent - 1 || exponent < Limits::min_exponent) truth.representable = false;
    }
    return truth;
}

/// ‖x − x*‖ / ‖x*‖ in the norm of the forward error bound, the largest element after column scaling; the least over
/// the scalings that solve may have used. Less what the oracle itself may be wrong by.
template <Scalar T>
double forward_error(const System<T>& s, const Truth<T>& truth, const Eigen::VectorX<T>& x) {
    double least = INFINITY;
    for (const std::vector<int>& col : truth.col_scales) {
        oracle::Quad error = 0, size = 0;
        for (std::size_t j = 0; j < col.size(); ++j) {
            const auto z = oracle::scale(element(x[static_cast<Eigen::Index>(j)]), s.e.col[j] - s.e.right);
            error = oracle::larger(error, oracle::scale(oracle::size(z - truth.y[j]), -col[j]));
            size = oracle::larger(size, oracle::scale(oracle::size(truth.y[j]), -col[j]));
        }
        const double relative = size > 0 ? static_cast<double>(error / size) : (error > 0 ? INFINITY : 0);
        least = std::min(least, std::max(0.0, relative - truth.condition * 1e-31));
    }
    return least;
}

/// ‖x₀‖ / ‖x‖, x₀ the part of x in the null space of M, which has the dimension given.
template <Scalar T>
double null_space_part(const Eigen::MatrixX<T>& M, std::size_t nullity, const Eigen::VectorX<T>& x) {
    using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    const Eigen::JacobiSVD<Eigen::MatrixX<Wide>> svd(M.template cast<Wide>(), Eigen::ComputeFullV);
    const Eigen::VectorX<Wide> v = x.template cast<Wide>();
    const double size = v.norm();
    return size > 0 ? (svd.matrixV().rightCols(static_cast<Eigen::Index>(nullity)).adjoint() * v).norm() / size : 0;
}

struct Totals {
    int systems = 0, singular = 0, solved = 0, tight = 0;
    std::map<std::string, int> by_status;

    Totals& operator+=(const Totals& other) {
        systems += other.systems, singular += other.singular, solved += other.solved, tight += other.tight;
        for (const auto& [status, count] : other.by_status) by_status[status] += count;
        return *this;
    }
    std::string line() const {
        std::string text = std::to_string(systems) + " systems, " + std::to_string(singular) + " singular;";
        for (const auto& [status, count] : by_status) text += " " + status + " " + std::to_string(count);
        if (solved > 0) text += "; bound within 1000 of the error: " + std::to_string(100 * tight / solved) + " %";
        return text;
    }
};

template <Scalar T>
void examine(const System<T>& s, const Truth<T>& truth, Totals& totals) {
    constexpr bool single = sizeof(Real<T>) == sizeof(float);
    constexpr double eta_limit = single ? 0x1p-22 : 1e-14;
    constexpr double rtol = 1.01 * (single ? 0x1p-22 : 1e-8);
    constexpr double u = 0x1p-53;  // of the factorisation, for single precision too

    const auto [x, report] = solve(s.A, s.b, {.on_failure = OnFailure::report});
    const Certificate& c = report.certificate;
    ++totals.systems;
    totals.singular += truth.nullity > 0;
    ++totals.by_status[std::string(name(report.status))];
    ASSERT_EQ(x.size(), s.b.size());
    const auto errors = oracle::errors<T>(s.A, x, s.b);
    const auto eta = static_cast<double>(errors.eta), relative = static_cast<double>(errors.relative_residual);
    const std::string what = std::string(name(report.status)) + " by " + report.method + ": " + report.message +
                             "; condition " + std::to_string(truth.condition) + ", estimated " +
                             std::to_string(c.condition_estimate);

    // 1. What is called solved is.
    if (report.status == Status::solved) {
        ++totals.solved;
        EXPECT_LE(eta, eta_limit) << what;
        EXPECT_EQ(truth.nullity, 0u) << what;
        EXPECT_LE(truth.condition, 1 / u) << what;
        EXPECT_LE(std::min(relative, c.forward_error_bound), rtol) << what;
        EXPECT_LE(c.condition_estimate, 1 / (10 * u)) << what;
        if (truth.nullity == 0) {
            const double error = forward_error(s, truth, x);
            EXPECT_LE(error, c.forward_error_bound) << what;
            totals.tight += c.forward_error_bound <= 1e3 * std::max(error, single ? 0x1p-24 : u);
        }
    }
    // 2. What can be solved is.
    if (truth.nullity == 0 && truth.condition < 1e10 && truth.representable) {
        EXPECT_EQ(report.status, Status::solved) << what;
    }
    // 3. An answer meets the equations, and whoever says singular has a reason.
    if (has_answer(report.status)) {
        EXPECT_TRUE(x.allFinite());
        EXPECT_TRUE(relative <= rtol || report.status == Status::solved) << what << " residual " << relative;
    }
    if (report.status == Status::singular_consistent || report.status == Status::singular_inconsistent) {
        EXPECT_GE(truth.condition, 1e12) << what;
    }
    // 4. A singular system with a solution gets it, the least one.
    if (truth.nullity > 0 && s.in_range) {
        EXPECT_TRUE(has_answer(report.status)) << what << " residual " << relative;
    }
    if (truth.nullity > 0 && report.status == Status::singular_consistent &&
        std::all_of(s.e.row.begin(), s.e.row.end(), [](int a) { return a == 0; }) &&
        std::all_of(s.e.col.begin(), s.e.col.end(), [](int a) { return a == 0; })) {
        EXPECT_EQ(report.null_space_dimension, static_cast<Index>(truth.nullity)) << what;
        EXPECT_LE(null_space_part<T>(s.M, truth.nullity, x), single ? 1e-6 : 1e-8) << what;
    }
    // 5. The certificate is what the oracle finds.
    if (x.allFinite()) {
        const auto same = [&](double reported, oracle::Quad found, const char* of) {
            if (found > oracle::Quad(1e-25) && found < oracle::Quad(1e300)) {
                EXPECT_NEAR(reported / static_cast<double>(found), 1, 1e-6) << of << " " << what;
            }
        };
        same(c.backward_error, errors.eta, "backward error");
        same(c.componentwise_backward_error, errors.omega, "componentwise backward error");
        same(c.relative_residual, errors.relative_residual, "relative residual");
    }
}

template <Scalar T>
void run(const Family& family, std::uint64_t seed, Scaling scaling, int n, Totals& totals) {
    Random random(seed);
    const System<T> s = make_system<T>(family, scaling, random, n);
    examine<T>(s, truth_of(s), totals);
}

/// The four scalars in turn, double most often; a complex family has complex ones only.
void run_any(const Family& family, std::uint64_t seed, Scaling scaling, int n, Totals& totals) {
    const std::uint64_t kind = Random(seed ^ 0x5ca1a2).below(20);
    if (kind < 2)
        family.complex ? run<std::complex<float>>(family, seed, scaling, n, totals)
                       : run<float>(family, seed, scaling, n, totals);
    else if (kind < 3)
        run<std::complex<float>>(family, seed, scaling, n, totals);
    else if (kind < 8 || family.complex)
        run<std::complex<double>>(family, seed, scaling, n, totals);
    else
        run<double>(family, seed, scaling, n, totals);
}

class SolveCampaign : public testing::TestWithParam<std::size_t> {
protected:
    static void TearDownTestSuite() {
        if (std::getenv("RITZ_TEST_VERBOSE")) std::printf("all: %s\n", totals.line().c_str());
        if (totals.systems >= 1000) {  // not when one family is looked at alone
            EXPECT_GE(totals.tight, 0.9 * totals.solved);
        }
        totals = {};
    }
    static void record(const char* name, const Totals& some) {
        RecordProperty("summary", some.line());
        if (std::getenv("RITZ_TEST_VERBOSE")) std::printf("%s: %s\n", name, some.line().c_str());
        totals += some;
    }
    static inline Totals totals;
};
using SmallSystems = SolveCampaign;

TEST_P(SmallSystems, AreJudgedAsTheirInversesSay) {
    const Family& family = families::small()[GetParam()];
    Totals some;
    for (std::uint64_t k = 0; k < 140; ++k) {
        const std::uint64_t seed = k * 977 + GetParam() * 1000003;
        const auto scaling = static_cast<Scaling>(k % families::scalings);
        const int n = std::min(family.largest, 2 + static_cast<int>(Random(seed + 1).below(14)));
        SCOPED_TRACE(std::string(family.name) + " " + families::name(scaling) + " k = " + std::to_string(k) +
                     " n = " + std::to_string(n));
        run_any(family, seed, scaling, n, some);
    }
    record(family.name, some);
}

INSTANTIATE_TEST_SUITE_P(Campaign, SmallSystems, testing::Range<std::size_t>(0, families::small().size()),
                         [](const auto& p) { return std::string(families::small()[p.param].name); });

}  // namespace
