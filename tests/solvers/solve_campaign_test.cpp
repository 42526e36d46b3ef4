// SPDX-License-Identifier: BSD-3-Clause
// Ten thousand systems of families that solvers are known to fail on, scaled in ten ways, in the four scalars. What is
// known of each comes from an inverse computed here in 113 bits: whatever is called solved must be, whatever can be
// solved must not be refused, and every number that a report promises must hold.
#include <gtest/gtest.h>

#include <Eigen/LU>
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
        if (dense.allFinite()) break;
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
    for (;; s.e.right -= 10) {
        for (int i = 0; i < n; ++i) s.b[i] = scale(s.c[i], at(s.e.row, i) + s.e.right);
        if (s.b.allFinite()) break;
    }
    for (int i = 0; i < n; ++i) s.c[i] = scale(s.b[i], -at(s.e.row, i) - s.e.right);
    return s;
}

/// What the oracle knows.
template <Scalar T>
struct Truth {
    bool known = true;                         ///< false: so close to singular that the oracle cannot tell
    std::size_t nullity = 0;                   ///< 0: the rest is there
    std::vector<Element<T>> y;                 ///< M y = c
    std::vector<std::vector<int>> col_scales;  ///< exponents of the columns of M in each of the ways to equilibrate A
    double condition = INFINITY;               ///< κ₁ of A equilibrated, in the best of the ways
    bool representable = false;                ///< x has all its digits in T
};

/// Exponents of rows and columns of M in each of the ways to equilibrate A.
template <Scalar T>
std::vector<std::pair<std::vector<int>, std::vector<int>>> equilibrations(const System<T>& s) {
    std::vector<std::pair<std::vector<int>, std::vector<int>>> all;
    for (const Equilibration& e : {equilibrate(s.A), equilibrate_least_squares(s.A), equilibrate_symmetric(s.A)}) {
        std::vector<int> row = s.e.row, col = s.e.col;
        for (std::size_t i = 0; i < row.size(); ++i) row[i] += e.row[i], col[i] += e.col[i];
        all.emplace_back(std::move(row), std::move(col));
    }
    return all;
}

/// Whether x = D₂⁻¹ y 2^right has all its digits in T, elements that are 0 but for rounding aside.
template <Scalar T>
bool representable(const System<T>& s, const Truth<T>& truth) {
    using Limits = std::numeric_limits<Real<T>>;
    const std::vector<int>& col = truth.col_scales.front();
    const auto exponent = [&](std::size_t j) { return std::ilogb(static_cast<double>(oracle::size(truth.y[j]))); };
    int top = std::numeric_limits<int>::min();
    for (std::size_t j = 0; j < col.size(); ++j)
        if (oracle::size(truth.y[j]) > 0) top = std::max(top, exponent(j) - col[j]);
    for (std::size_t j = 0; j < col.size(); ++j) {
        if (!(oracle::size(truth.y[j]) > 0) || exponent(j) - col[j] < top - 80) continue;
        const int e = exponent(j) + s.e.right - s.e.col[j];
        if (e >= Limits::max_exponent - 1 || e < Limits::min_exponent) return false;
    }
    return true;
}

template <Scalar T>
oracle::Square<Element<T>> elements(const System<T>& s) {
    oracle::Square<Element<T>> M(static_cast<std::size_t>(s.order()));
    for (std::size_t i = 0; i < M.n; ++i)
        for (std::size_t j = 0; j < M.n; ++j)
            M(i, j) = element(s.M(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    return M;
}

template <Scalar T>
std::vector<Element<T>> right_side(const System<T>& s) {
    std::vector<Element<T>> c;
    for (const T& a : s.c) c.push_back(element(a));
    return c;
}

/// By an inverse in 113 bits.
template <Scalar T>
Truth<T> truth_of_small(const System<T>& s) {
    const auto M = elements(s);
    const auto inverse = oracle::inverse(M);
    Truth<T> truth;
    truth.nullity = inverse.nullity;
    if (truth.nullity > 0) return truth;
    truth.y = oracle::solve(M, inverse.matrix, right_side(s));
    for (auto& [row, col] : equilibrations(s)) {
        truth.condition = std::min(truth.condition, oracle::condition(M, inverse.matrix, row, col));
        truth.col_scales.push_back(std::move(col));
    }
    truth.representable = representable(s, truth);
    return truth;
}

/// By an inverse in long double, and residuals in 113 bits: for orders where the other one takes too long.
template <Scalar T>
Truth<T> truth_of_large(const System<T>& s) {
    using Long = std::conditional_t<is_complex<T>, std::complex<long double>, long double>;
    const auto M = elements(s);
    const auto n = static_cast<Eigen::Index>(M.n);
    std::vector<int> row(M.n, 0), col(M.n, 0);  // M's own equilibration
    Eigen::MatrixX<Long> S = s.M.template cast<Long>();
    const auto normalize = [](auto&& line, int& exponent) {
        const long double top = line.cwiseAbs().maxCoeff();
        exponent = top > 0 ? -std::ilogb(top) : 0;
        line *= std::ldexp(1.0L, exponent);
    };
    for (Eigen::Index i = 0; i < n; ++i) normalize(S.row(i), row[static_cast<std::size_t>(i)]);
    for (Eigen::Index j = 0; j < n; ++j) normalize(S.col(j), col[static_cast<std::size_t>(j)]);
    const Eigen::FullPivLU<Eigen::MatrixX<Long>> lu(S);
    const Eigen::VectorX<long double> pivots = lu.matrixLU().diagonal().cwiseAbs();

    Truth<T> truth;
    const long double first = pivots.size() > 0 ? pivots[0] : 1;
    const auto zero = static_cast<std::size_t>((pivots.array() < 1e-16L * first).count());
    truth.known = zero == static_cast<std::size_t>((pivots.array() < 1e-13L * first).count());
    if (!truth.known) return truth;
    truth.nullity = zero;
    if (zero > 0) return truth;

    const Eigen::MatrixX<Long> wide = lu.inverse();
    oracle::Square<Element<T>> inverse(M.n);
    for (std::size_t i = 0; i < M.n; ++i)
        for (std::size_t j = 0; j < M.n; ++j) {
            const Long a = wide(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
            if constexpr (is_complex<T>)
                inverse(i, j) = {oracle::Quad(a.real()), oracle::Quad(a.imag())};
            else
                inverse(i, j) = oracle::Quad(a);
            inverse(i, j) = oracle::scale(inverse(i, j), row[j] + col[i]);
        }
    truth.y = oracle::solve(M, inverse, right_side(s), 8);
    for (const auto& [row_scales, col_scales] : equilibrations(s)) {
        truth.condition = std::min(truth.condition, oracle::condition(M, inverse, row_scales, col_scales));
        truth.col_scales.push_back(col_scales);
    }
    truth.representable = representable(s, truth);
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

/// What the singular value decomposition in double says of a singular M whose other singular values are far from 0.
struct Singular {
    double null_space_part = 0;  ///< ‖x₀‖ / ‖x‖, x₀ the part of x in the null space
    double least_residual = 0;   ///< min ‖c − M y‖₂ / ‖c‖₂
};
template <Scalar T>
std::optional<Singular> decompose(const System<T>& s, std::size_t nullity, const Eigen::VectorX<T>& x) {
    using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    const Eigen::JacobiSVD<Eigen::MatrixX<Wide>> svd(s.M.template cast<Wide>(),
                                                     Eigen::ComputeFullV | Eigen::ComputeFullU);
    const Eigen::VectorXd& sigma = svd.singularValues();
    const auto k = static_cast<Eigen::Index>(nullity);
    if (k < sigma.size() && !(sigma[sigma.size() - k - 1] > 1e-6 * sigma[0])) return {};
    const auto part = [k](const auto& V, const Eigen::VectorX<T>& v) {
        const Eigen::VectorX<Wide> wide = v.template cast<Wide>();
        const double size = wide.norm();
        return size > 0 ? (V.rightCols(k).adjoint() * wide).norm() / size : 0;
    };
    return Singular{part(svd.matrixV(), x), part(svd.matrixU(), s.c)};
}

struct Totals {
    int systems = 0, singular = 0, solved = 0;
    int bounds = 0, tight_bounds = 0;  ///< forward error bounds compared, and those within 1000 of the error
    int wild = 0, wild_answered = 0;   ///< singular systems with a solution, wildly scaled
    std::map<std::string, int> by_status;

    Totals& operator+=(const Totals& other) {
        systems += other.systems, singular += other.singular, solved += other.solved;
        bounds += other.bounds, tight_bounds += other.tight_bounds;
        wild += other.wild, wild_answered += other.wild_answered;
        for (const auto& [status, count] : other.by_status) by_status[status] += count;
        return *this;
    }
    std::string line() const {
        std::string text = std::to_string(systems) + " systems, " + std::to_string(singular) + " singular;";
        for (const auto& [status, count] : by_status) text += " " + status + " " + std::to_string(count);
        return text + "; tight bounds " + std::to_string(tight_bounds) + " of " + std::to_string(bounds) +
               "; wildly scaled singular ones answered " + std::to_string(wild_answered) + " of " +
               std::to_string(wild);
    }
};

template <Scalar T>
void examine(const System<T>& s, const Truth<T>& truth, Scaling scaling, Totals& totals) {
    constexpr bool single = sizeof(Real<T>) == sizeof(float);
    constexpr double eta_limit = single ? 0x1p-22 : 1e-14;
    constexpr double rtol = 1.01 * (single ? 0x1p-22 : 1e-8);
    constexpr double u = 0x1p-53;  // of the factorisation, for single precision too
    const bool wild = scaling == Scaling::rows || scaling == Scaling::columns || scaling == Scaling::symmetric ||
                      scaling == Scaling::both || scaling == Scaling::graded;

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
        EXPECT_LE(std::min(relative, c.forward_error_bound), rtol) << what;
        EXPECT_LE(c.condition_estimate, 1 / (10 * u)) << what;
        if (truth.known && truth.nullity == 0) {
            EXPECT_LE(truth.condition, 1 / u) << what;
            const double error = forward_error(s, truth, x);
            EXPECT_LE(error, c.forward_error_bound) << what;
            ++totals.bounds;
            totals.tight_bounds += c.forward_error_bound <= 1e3 * std::max(error, single ? 0x1p-24 : u);
        }
    }
    // 2. What can be solved is.
    if (truth.known && truth.nullity == 0 && truth.condition < 1e10 && truth.representable) {
        EXPECT_EQ(report.status, Status::solved) << what;
    }
    // 3. An answer meets the equations, and whoever says singular has a reason.
    if (has_answer(report.status)) {
        EXPECT_TRUE(x.allFinite());
        EXPECT_TRUE(relative <= rtol || report.status == Status::solved) << what << " residual " << relative;
    }
    const bool called_singular =
        report.status == Status::singular_consistent || report.status == Status::singular_inconsistent;
    if (called_singular && truth.known) {
        EXPECT_GE(truth.condition, 1e12) << what;
    }
    // 4. A singular system with a solution gets it, the least one. Scaling A wildly makes it hard to tell.
    if (truth.nullity > 0 && s.in_range) {
        const bool answered = has_answer(report.status);
        if (wild || scaling == Scaling::subnormal) {  // subnormal entries have few digits left
            ++totals.wild, totals.wild_answered += answered;
        } else {
            EXPECT_TRUE(answered) << what << " residual " << relative;
        }
    }
    if (truth.nullity > 0 && scaling == Scaling::none && has_answer(report.status) == s.in_range) {
        if (const auto singular = decompose(s, truth.nullity, x)) {
            EXPECT_TRUE(called_singular) << what;
            EXPECT_EQ(report.null_space_dimension, static_cast<Index>(truth.nullity)) << what;
            EXPECT_LE(singular->null_space_part, single ? 1e-6 : 1e-8) << what;
            EXPECT_LE(relative, singular->least_residual * (1 + 1e-6) + rtol) << what;
        }
    }
    // 5. If there is no solution, x is at least no worse than 0.
    if (report.status == Status::singular_inconsistent) {
        EXPECT_LE(relative, 1 + 1e-6) << what;
    }
    // 6. The certificate is what the oracle finds, but for residuals below what twice the precision can tell.
    if (x.allFinite() && errors.eta > oracle::Quad(1e-24)) {
        const auto same = [&](double reported, oracle::Quad found, const char* of) {
            if (found < oracle::Quad(1e300)) {
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
    examine<T>(s, s.order() <= 24 ? truth_of_small(s) : truth_of_large(s), scaling, totals);
}

/// The four scalars in turn, double most often; a complex family has complex ones only.
void run_any(const Family& family, std::uint64_t seed, Scaling scaling, int n, Totals& totals) {
    const std::uint64_t kind = Random(seed ^ 0x5ca1a2).below(20);
    if (kind < 2 && !family.complex)
        run<float>(family, seed, scaling, n, totals);
    else if (kind < 3)
        run<std::complex<float>>(family, seed, scaling, n, totals);
    else if (kind < 8 || family.complex)
        run<std::complex<double>>(family, seed, scaling, n, totals);
    else
        run<double>(family, seed, scaling, n, totals);
}

class SolveCampaign : public testing::TestWithParam<std::size_t> {
protected:
    static void run_family(const Family& family, int systems, int smallest, int largest) {
        Totals some;
        for (int k = 0; k < systems; ++k) {
            const std::uint64_t seed = static_cast<std::uint64_t>(k) * 977 + GetParam() * 1000003;
            const auto scaling = static_cast<Scaling>(k % families::scalings);
            const auto range = static_cast<std::uint64_t>(largest - smallest + 1);
            const int n = std::min(family.largest, smallest + static_cast<int>(Random(seed + 1).below(range)));
            SCOPED_TRACE(std::string(family.name) + " " + families::name(scaling) + " k = " + std::to_string(k) +
                         " n = " + std::to_string(n));
            run_any(family, seed, scaling, n, some);
        }
        RecordProperty("summary", some.line());
        if (std::getenv("RITZ_TEST_VERBOSE")) std::printf("%s: %s\n", family.name, some.line().c_str());
        totals += some;
    }
    static void TearDownTestSuite() {
        if (std::getenv("RITZ_TEST_VERBOSE")) std::printf("all: %s\n", totals.line().c_str());
        if (totals.systems >= 200) {  // not when one family is looked at alone
            EXPECT_GE(totals.tight_bounds, 0.9 * totals.bounds);
            if (totals.wild >= 100) {
                EXPECT_GE(totals.wild_answered, 0.75 * totals.wild);
            }
        }
        totals = {};
    }
    static inline Totals totals;
};
using SmallSystems = SolveCampaign;
using LargeSystems = SolveCampaign;

TEST_P(SmallSystems, AreJudgedAsTheirInversesSay) {
    run_family(families::small()[GetParam()], 140, 2, 15);
}

TEST_P(LargeSystems, AreJudgedAsTheirInversesSay) {
    run_family(families::large()[GetParam()], 20, 40, 120);
}

INSTANTIATE_TEST_SUITE_P(Campaign, SmallSystems, testing::Range<std::size_t>(0, families::small().size()),
                         [](const auto& p) { return std::string(families::small()[p.param].name); });
INSTANTIATE_TEST_SUITE_P(Campaign, LargeSystems, testing::Range<std::size_t>(0, families::large().size()),
                         [](const auto& p) { return std::string(families::large()[p.param].name); });

}  // namespace
