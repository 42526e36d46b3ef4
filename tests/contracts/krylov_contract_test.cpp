// SPDX-License-Identifier: BSD-3-Clause
// Every iterative method with every preconditioner on every matrix: what the report says is recomputed here.
#include <gtest/gtest.h>

#include <cmath>

#include "contracts/matrices.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/preconditioners/registry.hpp"
#include "ritz/solvers/krylov.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using namespace contracts;

constexpr Offset many_entries = 5000;  ///< beyond them a few preconditioners stand for all

/// b − A x, accumulated in S.
template <class S, Scalar T>
std::vector<std::complex<long double>> residual_in(const CsrView<T>& A, const Eigen::VectorX<T>& b,
                                                   const Eigen::VectorX<T>& x) {
    std::vector<std::complex<long double>> r;
    for (Index i = 0; i < A.rows(); ++i) {
        S re = std::real(b[i]), im = std::imag(b[i]);
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
            const T a = A.values()[k], xj = x[A.indices()[k]];
            re -= S(std::real(a)) * S(std::real(xj)) - S(std::imag(a)) * S(std::imag(xj));
            im -= S(std::real(a)) * S(std::imag(xj)) + S(std::imag(a)) * S(std::real(xj));
        }
        r.emplace_back(static_cast<long double>(re), static_cast<long double>(im));
    }
    return r;
}

long double norm_of(const std::vector<std::complex<long double>>& v);

/// In long double, or in 113 bits where that would not show three digits of it.
template <Scalar T>
std::vector<std::complex<long double>> exact_residual(const CsrView<T>& A, const Eigen::VectorX<T>& b,
                                                      const Eigen::VectorX<T>& x) {
    auto r = residual_in<long double>(A, b, x);
    const long double rounding = 0x1p-64L * static_cast<long double>(norm_inf(A.values())) *
                                 static_cast<long double>(x.size() > 0 ? x.cwiseAbs().sum() : 0);
    if (rounding > 1e-3L * norm_of(r)) r = residual_in<oracle::Quad>(A, b, x);
    return r;
}

long double norm_of(const std::vector<std::complex<long double>>& v) {
    long double sum = 0;
    for (const auto& a : v) sum += std::norm(a);
    return std::sqrt(sum);
}

/// ‖Aᴴ r‖ / (‖A‖_F ‖r‖).
template <Scalar T>
double normal_residual(const CsrView<T>& A, const std::vector<std::complex<long double>>& r) {
    std::vector<std::complex<long double>> s(static_cast<std::size_t>(A.cols()));
    long double frobenius = 0;
    for (Index i = 0; i < A.rows(); ++i)
        for (auto k = static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i)]);
             k < static_cast<std::size_t>(A.indptr()[static_cast<std::size_t>(i) + 1]); ++k) {
            const std::complex<long double> a(A.values()[k]);
            s[static_cast<std::size_t>(A.indices()[k])] += std::conj(a) * r[static_cast<std::size_t>(i)];
            frobenius += std::norm(a);
        }
    const long double norm = norm_of(s);
    return norm == 0 ? 0 : static_cast<double>(norm / (std::sqrt(frobenius) * norm_of(r)));
}

int converged = 0, runs = 0;

template <Scalar T>
void expect_honest(const CsrView<T>& A, const Eigen::VectorX<T>& b, const Eigen::VectorX<T>& x,
                   const KrylovReport& report, const MethodInfo& method, std::int64_t limit, double rtol) {
    ++runs;
    converged += report.status == Status::converged;
    ASSERT_TRUE(x.allFinite());
    EXPECT_LE(report.iterations, limit);
    EXPECT_EQ(report.method, method.name);
    EXPECT_EQ(report.message.empty(), report.status == Status::converged) << report.message;
    if (std::isnan(report.residual_norm)) {  // refused before the first product
        EXPECT_TRUE(report.status == Status::not_symmetric || report.status == Status::not_finite)
            << name(report.status);
        return;
    }
    EXPECT_EQ(static_cast<std::int64_t>(report.history.size()), report.iterations + 1);
    const auto r = exact_residual(A, b, x);
    const auto norm = static_cast<double>(norm_of(r)), b_norm = static_cast<double>(b.norm());
    const double roundoff = static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
    EXPECT_NEAR(report.residual_norm, norm, 1e-2 * norm + roundoff * b_norm * 1e-3);
    EXPECT_LE(norm, b_norm * (1 + 4 * roundoff)) << "worse than the start, which was 0";
    const double target = rtol * b_norm;
    if (method.kind == "least_squares") {
        const double normal = normal_residual(A, r);
        if (report.status == Status::converged) {
            EXPECT_TRUE(norm <= target * 1.001 || normal <= rtol * 1.01) << norm / b_norm << ' ' << normal;
        }
    } else {
        EXPECT_EQ(report.status == Status::converged, norm <= target) << norm / b_norm << ' ' << name(report.status);
    }
}

template <Scalar T>
void examine(const Csr<T>& A) {
    const Structure structure = analyse_structure(A);
    const bool small = A.nnz() <= many_entries;
    const double rtol = sizeof(Real<T>) == sizeof(float) ? 1e-4 : 1e-8;
    const std::int64_t limit = small ? 400 : 150;
    const auto random = random_vector<T>(A.rows(), 1);
    const Eigen::VectorX<T> b = Eigen::Map<const Eigen::VectorX<T>>(random.data(), A.rows());
    std::vector<std::pair<PreconditionerKind, Preconditioner<T>>> made;
    for (const PreconditionerInfo& row : preconditioners()) {
        SCOPED_TRACE(row.name);
        if (A.rows() != A.cols() && row.kind != PreconditionerKind::none) continue;
        if (!small && row.name != "none" && row.name != "jacobi" && row.name != "ic0" && row.name != "ilu0") continue;
        try {
            made.emplace_back(row.kind, make_preconditioner<T>(row.kind, A));
        } catch (const Error& error) {
            EXPECT_FALSE(std::string(error.what()).empty());
        }
    }
    for (const MethodInfo& method : methods()) {
        if (method.kind == "direct") continue;
        if (method.kind == "krylov" && A.rows() != A.cols()) continue;
        SCOPED_TRACE(method.name);
        for (const auto& [kind, M] : made) {
            SCOPED_TRACE(name(kind));
            Eigen::VectorX<T> x = Eigen::VectorX<T>::Zero(A.cols());
            const KrylovOptions options{.stop = {.rtol = rtol, .max_iterations = limit}};
            try {
                const KrylovReport report =
                    M ? krylov(method.method, A, b, x, M, options) : krylov(method.method, A, b, x, options);
                expect_honest<T>(A, b, x, report, method, limit, rtol);
                if ((method.method == Method::cg || method.method == Method::minres) &&
                    structure.hermitian_asymmetry > 1e-12) {
                    EXPECT_EQ(report.status, Status::not_symmetric);
                }
            } catch (const InvalidArgument& error) {  // M has no adjoint
                EXPECT_NE(std::string(error.what()).find("adjoint"), std::string::npos) << error.what();
            }
        }
    }
}

class KrylovContract : public testing::TestWithParam<Named> {};
class KrylovContractOnFiles : public testing::TestWithParam<Named> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(KrylovContractOnFiles);

void examine_any(const Named& matrix) {
    std::visit([](const auto& A) { examine(A); }, matrix.make());
}

TEST_P(KrylovContract, Holds) {
    examine_any(GetParam());
}
TEST_P(KrylovContractOnFiles, Holds) {
    examine_any(GetParam());
}

const auto called = [](const auto& parameter) { return identifier(parameter.param.name); };
INSTANTIATE_TEST_SUITE_P(Gallery, KrylovContract, testing::ValuesIn(of_gallery()), called);
INSTANTIATE_TEST_SUITE_P(Data, KrylovContract, testing::ValuesIn(of_data()), called);
INSTANTIATE_TEST_SUITE_P(Folder, KrylovContractOnFiles, testing::ValuesIn(of_folder()), called);

}  // namespace
