// SPDX-License-Identifier: BSD-3-Clause
// The contract of eigsh (E1-E5 of eigsh.hpp), over families of matrices on which eigensolvers return wrong sets and
// call them converged: multiple and clustered eigenvalues, singular matrices, spectra without gaps. Each is solved for
// every end of the spectrum, k = 1 … 20, by every engine, and compared with all eigenvalues by a dense solver.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "ritz/eigen/count.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

Csr<double> side_by_side(const std::vector<Csr<double>>& blocks) {
    return block_diagonal(std::vector<CsrView<double>>(blocks.begin(), blocks.end()));
}

Csr<double> rank_one(Index n) {
    const Vector u = Vector::LinSpaced(n, 1, n);
    return from_dense<Order::row>(Matrix(u * u.transpose()));
}

/// Tridiagonal with diagonal 0, 0, 0, …, 1, 1, 1, … and weak couplings: clusters of width `coupling`.
Csr<double> clustered_tridiagonal(Index n, double coupling) {
    Coo<double> A(n, n);
    for (Index i = 0; i < n; ++i) {
        A.add(i, i, static_cast<double>(i / 10));
        if (i + 1 < n) {
            A.add(i, i + 1, coupling);
            A.add(i + 1, i, coupling);
        }
    }
    return to_csr(A);
}

struct Family {
    std::string name;
    Csr<double> A;
};

const std::vector<Family>& families() {
    static const std::vector<Family> all = [] {
        std::vector<Family> f;
        f.push_back({"cycle_26", cycle_laplacian(26)});
        f.push_back({"cycle_301", cycle_laplacian(301)});
        f.push_back({"torus_12", torus_laplacian(12, 12)});
        f.push_back({"torus_18", torus_laplacian(18, 18)});
        f.push_back({"hypercube_6", hypercube_laplacian(6)});
        f.push_back({"hypercube_8", hypercube_laplacian(8)});
        f.push_back({"star_50", star_laplacian(50)});
        f.push_back({"star_320", star_laplacian(320)});
        f.push_back({"complete_60", complete_laplacian(60)});
        f.push_back({"five_cycles", side_by_side({cycle_laplacian(31), cycle_laplacian(37), cycle_laplacian(41),
                                                  cycle_laplacian(43), cycle_laplacian(47)})});
        f.push_back({"wilkinson_21", wilkinson_tridiagonal(21)});
        f.push_back({"wilkinson_301", wilkinson_tridiagonal(301)});
        f.push_back({"fifteen_wilkinsons", side_by_side(std::vector<Csr<double>>(15, wilkinson_tridiagonal(21)))});
        f.push_back({"clusters_1e-4", clustered_tridiagonal(310, 1e-4)});
        f.push_back({"clusters_1e-8", clustered_tridiagonal(310, 1e-8)});
        f.push_back({"free_elasticity_2d", elasticity2d(12, 12, {.clamped = false})});
        f.push_back({"free_elasticity_3d", elasticity3d(4, 4, 4, {.clamped = false})});
        f.push_back({"rank_one_8", rank_one(8)});
        f.push_back({"rank_one_60", rank_one(60)});
        f.push_back({"zero_30", to_csr(Coo<double>(30, 30))});
        f.push_back({"zero_320", to_csr(Coo<double>(320, 320))});
        f.push_back({"identity_50", identity<double>(50)});
        f.push_back({"identity_320", identity<double>(320)});
        f.push_back({"poisson_2d", poisson2d(18, 18)});
        f.push_back({"poisson_3d", poisson3d(7, 7, 7)});
        f.push_back({"helmholtz", helmholtz2d(18, 18, 30)});
        f.push_back({"stokes", stokes2d(11, 11)});
        f.push_back({"path_310", path_laplacian(310)});
        return f;
    }();
    return all;
}

struct Case {
    std::size_t family;
    EigshMethod method;
    Completeness completeness;
};

std::string case_name(const testing::TestParamInfo<Case>& info) {
    std::string text = families()[info.param.family].name + "_" + std::string(name(info.param.method)) +
                       (info.param.completeness == Completeness::prove ? "_prove" : "_check");
    std::ranges::replace_if(
        text, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return text;
}

std::vector<Case> every_family_by_every_engine() {
    std::vector<Case> cases;
    for (std::size_t f = 0; f < families().size(); ++f)
        for (const EigshMethod method : {EigshMethod::automatic, EigshMethod::lanczos, EigshMethod::shift_invert})
            for (const Completeness completeness : {Completeness::check, Completeness::prove})
                cases.push_back({f, method, completeness});
    return cases;
}

class EigshContract : public testing::TestWithParam<Case> {
protected:
    /// The wanted ones of all eigenvalues, increasing.
    static Vector wanted(const Vector& all, Which which, Index k) {
        std::vector<double> values(all.begin(), all.end());
        const auto n = values.size(), count = static_cast<std::size_t>(k);
        if (which == Which::smallest_algebraic) {
            values.resize(count);
        } else if (which == Which::largest_algebraic) {
            values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n - count));
        } else if (which == Which::both_ends) {
            values.erase(values.begin() + static_cast<std::ptrdiff_t>(count / 2),
                         values.end() - static_cast<std::ptrdiff_t>(count - count / 2));
        } else {
            const bool large = which == Which::largest_magnitude;
            std::ranges::stable_sort(values, [large](double a, double b) {
                return large ? std::abs(a) > std::abs(b) : std::abs(a) < std::abs(b);
            });
            values.resize(count);
        }
        std::ranges::sort(values);
        return Eigen::Map<Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
    }
    static Vector magnitudes(Vector values) {
        values = values.cwiseAbs();
        std::ranges::sort(values);
        return values;
    }
};

TEST_P(EigshContract, ReturnsTheWantedEigenvaluesAndNoOthers) {
    const auto& [family_index, method, completeness] = GetParam();
    const Csr<double>& A = families()[family_index].A;
    const Matrix D = to_dense(A);
    const Vector all = Eigen::SelfAdjointEigenSolver<Matrix>(D, Eigen::EigenvaluesOnly).eigenvalues();
    const double norm = all.cwiseAbs().maxCoeff();
    const Index n = A.rows();
    for (const Which which : {Which::smallest_algebraic, Which::largest_algebraic, Which::largest_magnitude,
                              Which::both_ends, Which::smallest_magnitude}) {
        if (method == EigshMethod::lanczos && which == Which::smallest_magnitude) continue;  // not its kind
        if (method == EigshMethod::shift_invert && which != Which::smallest_magnitude &&
            which != Which::smallest_algebraic)
            continue;
        for (const Index k : {1, 2, 3, 6, 7, 10, 20}) {
            if (k > n) continue;
            SCOPED_TRACE(std::string(name(which)) + ", k = " + std::to_string(k));
            EigshResult<double> result;
            try {
                result = eigsh(A, k, {.which = which, .method = method, .completeness = completeness});
            } catch (const Unsupported&) {
                EXPECT_EQ(method,
                          EigshMethod::shift_invert);  // an indefinite matrix without a shift below its spectrum
                continue;
            }
            const auto& [values, vectors, residuals, bounds, report] = result;
            ASSERT_TRUE(has_answer(report.status)) << name(report.status) << ": " << report.message;
            ASSERT_EQ(values.size(), k);
            if (completeness == Completeness::prove && report.status != Status::solved) {
                EXPECT_EQ(report.status, Status::not_proved);
            }
            EXPECT_EQ(report.status == Status::solved, report.proof.has_value());  // E5

            // The set, multiplicities included. For magnitudes λ and -λ are as good as each other.
            const Vector expected = wanted(all, which, k);
            const bool by_magnitude = which == Which::largest_magnitude || which == Which::smallest_magnitude;
            const double distance = by_magnitude ? (magnitudes(values) - magnitudes(expected)).cwiseAbs().maxCoeff()
                                                 : (values - expected).cwiseAbs().maxCoeff();
            EXPECT_LE(distance, 1e-11 * norm + 1e-300) << values.transpose() << "\nfor\n" << expected.transpose();

            // E1 to E4, recomputed here.
            EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
            EXPECT_LE((vectors.transpose() * vectors - Matrix::Identity(k, k)).cwiseAbs().maxCoeff(), 1e-9);
            for (Index i = 0; i < k; ++i) {
                const double residual = (D * vectors.col(i) - values[i] * vectors.col(i)).norm();
                const double rounding = 4e-16 * std::sqrt(static_cast<double>(n)) * norm;
                EXPECT_NEAR(residual, residuals[i], 0.01 * residual + 20 * rounding);
                EXPECT_LE(residuals[i],
                          std::max(1e-10 * std::max(std::abs(values[i]),
                                                    std::abs(values[i] - report.sigma.value_or(values[i]))),
                                   (16 + std::sqrt(n)) * 2.3e-16 * report.norm_estimate * 2));
                if (!by_magnitude) {
                    EXPECT_LE(std::abs(values[i] - expected[i]), bounds[i] + 20 * rounding);
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Eigsh, EigshContract, testing::ValuesIn(every_family_by_every_engine()), case_name);

/// Random matrices with eigenvalues that are known and repeat.
TEST(EigshContract, FindsEveryCopyOfPrescribedEigenvalues) {
    std::mt19937_64 random(5);
    for (int trial = 0; trial < 60; ++trial) {
        SCOPED_TRACE(trial);
        const Index n = 40 + static_cast<Index>(random() % 80);
        Vector lambda(n);
        for (double& value : lambda) value = static_cast<double>(static_cast<std::int64_t>(random() % 9) - 4);
        const Matrix Q = Matrix(Eigen::HouseholderQR<Matrix>(Matrix::Random(n, n)).householderQ());
        const Matrix D = Q * lambda.asDiagonal() * Q.transpose();
        const Csr<double> A = from_dense<Order::row>(Matrix((D + D.transpose()) / 2));
        std::ranges::sort(lambda);
        const Index k = 1 + static_cast<Index>(random() % 20);
        const auto low = eigsh(A, k, {.which = Which::smallest_algebraic, .method = EigshMethod::lanczos});
        const auto high = eigsh(
            A, k,
            {.which = Which::largest_algebraic, .method = EigshMethod::lanczos, .completeness = Completeness::prove});
        ASSERT_EQ(low.values.size(), k) << low.report.message;
        ASSERT_EQ(high.values.size(), k) << high.report.message;
        EXPECT_LE((low.values - lambda.head(k)).cwiseAbs().maxCoeff(), 1e-10);
        EXPECT_LE((high.values - lambda.tail(k)).cwiseAbs().maxCoeff(), 1e-10);
        const auto inside = count_eigenvalues(A, -1.5, 2.5);
        EXPECT_EQ(inside.count, std::ranges::count_if(lambda, [](double a) { return a > -1.5 && a < 2.5; }));
    }
}

}  // namespace
}  // namespace ritz
