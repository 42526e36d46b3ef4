// SPDX-License-Identifier: BSD-3-Clause
// Every method of the registry on every matrix: the gallery, data/, and the folder in RITZ_MATRICES when that is set.
// A new method or a new matrix is tested by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "contracts/matrices.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/io/matrix_market.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/applicable.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using namespace applicable;
using namespace contracts;

constexpr Offset many_entries = 20000;  ///< beyond them only what one factorisation can tell is tested

template <Scalar T>
Eigen::VectorX<T> ramp(Index n) {
    Eigen::VectorX<T> v(n);
    for (Index i = 0; i < n; ++i) v[i] = T(static_cast<Real<T>>(1 + (i * 7) % 11));
    return v;
}

/// b in the range of A, but for rounding.
template <Scalar T>
Eigen::VectorX<T> image_of_ramp(const CsrView<T>& A) {
    Eigen::VectorX<T> b(A.rows());
    A.apply(ramp<T>(A.cols()), b);
    return b;
}

template <Scalar T>
void expect_honest(const CsrView<T>& A, const Eigen::VectorX<T>& b, const Eigen::VectorX<T>& x, Status status,
                   const Certificate& c) {
    if (!has_answer(status)) return;
    ASSERT_EQ(x.size(), A.cols());
    ASSERT_TRUE(x.allFinite());
    const auto errors = oracle::errors<T>(A, x, b);
    const auto relative = static_cast<double>(errors.relative_residual);
    if (status != Status::solved) {
        EXPECT_LE(relative, residual_limit<T>) << name(status);
    } else {
        EXPECT_LE(static_cast<double>(errors.eta), eta_limit<T>);
        EXPECT_LE(std::min(relative, c.forward_error_bound), residual_limit<T>);
    }
    if (A.rows() == A.cols() && errors.eta > oracle::Quad(1e-24)) {
        EXPECT_NEAR(c.backward_error / static_cast<double>(errors.eta), 1, 1e-6);
        EXPECT_NEAR(c.componentwise_backward_error / static_cast<double>(errors.omega), 1, 1e-6);
    }
    if (errors.eta > oracle::Quad(1e-24)) {
        EXPECT_NEAR(c.residual_norm / static_cast<double>(errors.residual_norm), 1, 1e-6);
        EXPECT_NEAR(c.relative_residual / relative, 1, 1e-6);
    }
}

template <Scalar T>
void expect_sane(const CsrView<T>& A, const SolveReport& r) {
    const auto sane = [](double a) { return std::isnan(a) || a >= 0; };
    EXPECT_GE(r.iterations, 0);
    EXPECT_FALSE(r.reasons.empty());
    EXPECT_EQ(r.message.empty(), r.status == Status::solved) << r.message;
    if (has_answer(r.status)) {
        EXPECT_FALSE(r.method.empty());
        EXPECT_TRUE(std::any_of(r.attempts.begin(), r.attempts.end(), [&](const Attempt& a) {
            return a.method == r.method;
        })) << r.method;
        EXPECT_TRUE(std::isfinite(r.certificate.residual_norm) && std::isfinite(r.certificate.backward_error));
    }
    EXPECT_EQ(r.warnings.empty(), r.status == Status::solved || !has_answer(r.status)) << name(r.status);
    const Certificate& c = r.certificate;
    for (const double a :
         {c.residual_norm, c.relative_residual, c.backward_error, c.componentwise_backward_error, c.condition_estimate,
          c.forward_error_bound, r.seconds.analyse, r.seconds.factor, r.seconds.solve, r.seconds.total})
        EXPECT_TRUE(sane(a)) << a;
    EXPECT_GE(r.seconds.total * (1 + 1e-6), r.seconds.solve);
    if (r.status == Status::solved && A.rows() == A.cols() && A.rows() > 0) {
        EXPECT_LE(c.condition_estimate, 0x1p53 / 10);
        EXPECT_GE(c.condition_estimate, 1 - 1e-12);
        EXPECT_LE(c.forward_error_bound, 0.1);
    }
    if (r.rank) {
        EXPECT_GE(*r.rank, 0);
        EXPECT_LE(*r.rank, std::min(A.rows(), A.cols()));
        ASSERT_TRUE(r.null_space_dimension);
        EXPECT_EQ(*r.rank + *r.null_space_dimension, A.cols());
    }
    for (const Attempt& attempt : r.attempts) {
        EXPECT_TRUE(method_named(attempt.method)) << attempt.method;
        EXPECT_GE(attempt.seconds, 0);
    }
}

/// What one solve tells, with the method given.
template <Scalar T>
Solution<T> expect_contract(const Subject<T>& subject, const Eigen::VectorX<T>& b, Method method) {
    const CsrView<T>& A = subject.A;
    Solution<T> s = solve(A, b, {.method = method, .on_failure = OnFailure::report});
    expect_honest(A, b, s.x, s.report.status, s.report.certificate);
    expect_sane(A, s.report);
    if (method != Method::automatic) {  // the method asked for, or a failure
        EXPECT_FALSE(s.report.attempts.empty());
        for (const Attempt& attempt : s.report.attempts) EXPECT_EQ(attempt.method, name(method));
        EXPECT_TRUE(s.report.method == name(method) || (s.report.method.empty() && !has_answer(s.report.status)))
            << s.report.method;
    }
    return s;
}

/// What further solves with the method tell. b has an answer or not, s is what came out.
template <Scalar T>
void expect_consistency(const CsrView<T>& A, const Eigen::VectorX<T>& b, Method method, const Solution<T>& s) {
    const SolveOptions options{.method = method, .on_failure = OnFailure::report};
    const Status status = s.report.status;

    const auto again = solve(A, b, options);
    EXPECT_EQ(again.x, s.x) << "a second run differs";
    EXPECT_EQ(name(again.report.status), name(status));

    const auto by_columns = solve(to_csc(A), b, options);
    EXPECT_EQ(by_columns.x, s.x) << "stored by columns, A has another solution";
    EXPECT_EQ(name(by_columns.report.status), name(status));

    for (const int threads : {1, 2}) {
        const ThreadLimit limit(threads);
        const auto t = solve(A, b, options);
        EXPECT_EQ(name(t.report.status), name(status)) << threads << " threads";
        expect_honest(A, b, t.x, t.report.status, t.report.certificate);
    }

    for (const int e : {-40, 13}) {
        const auto factor = static_cast<Real<T>>(std::ldexp(1.0, e));
        const auto scaled = solve(A, (b * factor).eval(), options);
        EXPECT_EQ(name(scaled.report.status), name(status)) << "b times 2^" << e;
        EXPECT_EQ(scaled.x, (s.x * factor).eval()) << "b times 2^" << e;
    }

    const auto zero = solve(A, Eigen::VectorX<T>::Zero(b.size()).eval(), options);
    EXPECT_TRUE(zero.x.isZero(0)) << "b = 0";
    if (has_answer(status)) {
        EXPECT_TRUE(has_answer(zero.report.status)) << "b = 0 " << name(zero.report.status);
    }

    Eigen::MatrixX<T> B(b.size(), 4);
    B.col(0) = b;
    Random random(7);
    for (Eigen::Index i = 0; i < b.size(); ++i) B(i, 1) = T(static_cast<Real<T>>(random.uniform(-1, 1)));
    B.col(2).setZero();
    B.col(3) = B.col(0) * T(3) - B.col(1);
    const auto many = solve(A, B, options);
    ASSERT_EQ(many.statuses.size(), 4u);
    ASSERT_EQ(many.certificates.size(), 4u);
    for (Eigen::Index k = 0; k < 4; ++k) {
        const auto alone = solve(A, B.col(k).eval(), options);
        const auto at = static_cast<std::size_t>(k);
        EXPECT_EQ(name(many.statuses[at]), name(alone.report.status)) << "right-hand side " << k << " of 4";
        if (A.rows() == A.cols())
            expect_honest<T>(A, B.col(k), many.x.col(k), many.statuses[at], many.certificates[at]);
        if (alone.report.status == Status::solved) {
            const double bound =
                many.certificates[at].forward_error_bound + alone.report.certificate.forward_error_bound;
            EXPECT_LE((many.x.col(k) - alone.x).norm(), 1e3 * bound * alone.x.norm()) << "right-hand side " << k;
        }
    }
}

template <Scalar T>
void examine(const Csr<T>& A) {
    const Subject<T> subject(A);
    const bool small = A.nnz() <= many_entries;
    const Eigen::VectorX<T> b = image_of_ramp<T>(A);
    const auto chosen = expect_contract(subject, b, Method::automatic);
    const SolveReport& report = chosen.report;
    if (small) expect_consistency<T>(A, b, Method::automatic, chosen);
    for (const MethodInfo& method : direct_methods()) {
        SCOPED_TRACE(method.name);
        if (needs(method, "square") && A.rows() != A.cols()) {
            EXPECT_THROW((void)solve(A, b, {.method = method.method}), InvalidArgument);
            continue;
        }
        const bool suits = subject.suits(method);
        Solution<T> s;
        try {
            s = expect_contract(subject, b, method.method);
        } catch (const InvalidArgument& error) {  // a method may refuse a matrix that has not what it needs
            EXPECT_FALSE(suits) << error.what();
            EXPECT_FALSE(std::string(error.what()).empty());
            continue;
        }
        if (suits && report.status == Status::solved && report.certificate.condition_estimate < 1e10) {
            EXPECT_EQ(name(s.report.status), name(Status::solved)) << s.report.message;
        }
        if (small && suits) expect_consistency<T>(A, b, method.method, s);
    }
}

class SolveContract : public testing::TestWithParam<Named> {};
class SolveContractOnFiles : public testing::TestWithParam<Named> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SolveContractOnFiles);

TEST_P(SolveContract, HoldsForEveryMethod) {
    std::visit([](const auto& A) { examine(A); }, GetParam().make());
}
TEST_P(SolveContract, HoldsForEveryMethodInTheOtherScalars) {
    std::visit(
        []<class T>(const Csr<T>& A) {
            if (A.rows() > 200) return;
            if constexpr (std::same_as<T, double>) {
                examine(convert_values<float>(A));
                examine(convert_values<std::complex<double>>(A));
            }
            if constexpr (std::same_as<Real<T>, double>) examine(convert_values<std::complex<float>>(A));
        },
        GetParam().make());
}
TEST_P(SolveContractOnFiles, HoldsForEveryMethod) {
    std::visit([](const auto& A) { examine(A); }, GetParam().make());
}

const auto name_of = [](const auto& p) { return identifier(p.param.name); };
INSTANTIATE_TEST_SUITE_P(Gallery, SolveContract, testing::ValuesIn(of_gallery()), name_of);
INSTANTIATE_TEST_SUITE_P(Data, SolveContract, testing::ValuesIn(of_data()), name_of);
INSTANTIATE_TEST_SUITE_P(Folder, SolveContractOnFiles, testing::ValuesIn(of_folder()), name_of);

}  // namespace
