// SPDX-License-Identifier: BSD-3-Clause
// Some thousand small systems of families that solvers are known to fail on: whatever is called solved must be.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;
using Matrix = Eigen::MatrixXd;

double power(Random& random, int spread) {
    return std::ldexp(1.0, static_cast<int>(random.below(static_cast<std::uint64_t>(2 * spread + 1))) - spread);
}

Matrix noise(Random& random, int n, double density) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            if (random.uniform() < density) M(i, j) = random.uniform(-1, 1);
    return M;
}

Matrix laplacian(Random& random, int n, bool weighted) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i + 1 < n; ++i) {
        const double w = weighted ? 1.0 / (3 + static_cast<double>(random.below(7))) : 1;
        M(i, i) += w, M(i + 1, i + 1) += w, M(i, i + 1) -= w, M(i + 1, i) -= w;
    }
    return M;
}

struct Family {
    const char* name;
    std::function<Matrix(Random&, int)> make;
};

const std::vector<Family>& families() {
    static const std::vector<Family> all{
        {"sparse_noise", [](Random& r, int n) { return noise(r, n, 3.0 / n); }},
        {"dense_noise", [](Random& r, int n) { return noise(r, n, 1); }},
        {"dominant", [](Random& r, int n) -> Matrix { return noise(r, n, 4.0 / n) + 4 * Matrix::Identity(n, n); }},
        {"spd",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 3.0 / n);
             return G * G.transpose() + 1e-3 * Matrix::Identity(n, n);
         }},
        {"nearly_spd",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 3.0 / n);
             const Matrix S = G * G.transpose();
             return S + std::pow(10.0, r.uniform(-18, -6)) * Matrix::Identity(n, n);
         }},
        {"indefinite",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 3.0 / n);
             return G + G.transpose();
         }},
        {"saddle",
         [](Random& r, int n) -> Matrix {
             Matrix M = Matrix::Zero(n, n);
             const int p = 2 * n / 3;
             M.topLeftCorner(p, p) = laplacian(r, p, false) + Matrix::Identity(p, p);
             const Matrix B = noise(r, n, 0.5).topLeftCorner(n - p, p);
             M.bottomLeftCorner(n - p, p) = B;
             M.topRightCorner(p, n - p) = B.transpose();
             return M;
         }},
        {"laplacian", [](Random& r, int n) { return laplacian(r, n, false); }},
        {"weighted_laplacian", [](Random& r, int n) { return laplacian(r, n, true); }},
        {"shifted_laplacian",
         [](Random& r, int n) -> Matrix {
             return laplacian(r, n, true) + std::pow(10.0, r.uniform(-18, -8)) * Matrix::Identity(n, n);
         }},
        {"low_rank",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 0.5), H = noise(r, n, 0.5);
             const int k = 1 + static_cast<int>(r.below(static_cast<std::uint64_t>(n)));
             return G.leftCols(k) * H.topRows(k);
         }},
        {"dependent_column",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 4.0 / n) + Matrix(Matrix::Identity(n, n));
             if (n > 2) M.col(n - 1) = M.col(0) + M.col(n / 2);
             return M;
         }},
        {"almost_dependent_row",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 4.0 / n) + Matrix(Matrix::Identity(n, n));
             if (n > 2) M.row(n - 1) = M.row(0) - M.row(1) + std::pow(10.0, r.uniform(-20, -8)) * M.row(n - 1);
             return M;
         }},
        {"integer_singular",
         [](Random& r, int n) {
             Matrix M(n, n);
             for (int i = 0; i < n; ++i)
                 for (int j = 0; j < n; ++j) M(i, j) = static_cast<double>(r.below(7)) - 3;
             if (n > 1) M.row(n - 1) = M.topRows(n - 1).colwise().sum();
             return M;
         }},
        {"structurally_singular",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 5.0 / n);
             M.col(static_cast<Eigen::Index>(r.below(static_cast<std::uint64_t>(n)))).setZero();
             return M;
         }},
        {"hilbert",
         [](Random&, int n) {
             Matrix M(n, n);
             for (int i = 0; i < n; ++i)
                 for (int j = 0; j < n; ++j) M(i, j) = 1.0 / (i + j + 1);
             return M;
         }},
        {"graded",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 1);
             for (int i = 0; i < n; ++i) M.row(i) *= std::pow(10.0, -i), M.col(i) *= std::pow(10.0, -i / 2.0);
             return M;
         }},
        {"growth",
         [](Random& r, int n) {
             Matrix M = Matrix::Identity(n, n);
             for (int i = 0; i < n; ++i)
                 for (int j = 0; j < i; ++j) M(i, j) = -1 + 1e-3 * r.uniform();
             M.col(n - 1).setOnes();
             return M;
         }},
        {"kahan",
         [](Random& r, int n) {
             const double theta = r.uniform(0.5, 1.4), s = std::sin(theta), c = std::cos(theta);
             Matrix M = Matrix::Identity(n, n);
             for (int i = 0; i < n; ++i) {
                 for (int j = i + 1; j < n; ++j) M(i, j) = -c;
                 M.row(i) *= std::pow(s, i);
             }
             return M;
         }},
        {"tiny_pivot",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 4.0 / n) + Matrix(noise(r, n, 4.0 / n).transpose());
             for (int i = 0; i < n; ++i) M(i, i) = std::pow(10.0, r.uniform(-22, 0));
             for (int i = 0; i + 1 < n; ++i) M(i, i + 1) = M(i + 1, i) = 1;
             return M;
         }},
        {"vandermonde",
         [](Random& r, int n) {
             Matrix M(n, n);
             for (int i = 0; i < n; ++i) {
                 const double t = r.uniform(-1, 1);
                 for (int j = 0; j < n; ++j) M(i, j) = std::pow(t, j);
             }
             return M;
         }},
        {"triangular",
         [](Random& r, int n) -> Matrix {
             return Matrix(noise(r, n, 0.6).triangularView<Eigen::StrictlyUpper>()) + Matrix::Identity(n, n);
         }},
    };
    return all;
}

/// How A is scaled, after its making.
void rescale(Matrix& M, int kind, Random& random) {
    switch (kind) {
        case 1:
            for (int i = 0; i < M.rows(); ++i) M.row(i) *= power(random, 400);
            break;
        case 2:
            for (int j = 0; j < M.cols(); ++j) M.col(j) *= power(random, 100);
            break;
        case 3:
            M *= 0x1p1000;
            break;
        case 4:
            M *= 0x1p-1000;
            break;
        case 5:
            for (int i = 0; i < M.rows(); ++i) {
                const double d = power(random, 60);
                M.row(i) *= d, M.col(i) *= d;  // keeps symmetry
            }
            break;
        default:
            break;
    }
}

/// ‖x − x*‖ / ‖x*‖ in the norm of the forward error bound, the largest element after column scaling; the least over
/// the scalings that solve may have used. Less what the reference itself may be wrong by.
double forward_error(const Csr<double>& A, const Eigen::VectorXd& x, const std::vector<oracle::Number>& reference) {
    const auto scale = [](oracle::Quad a, int e) {
        for (; e > 0; e -= std::min(e, 1000)) a *= oracle::Quad(std::ldexp(1.0, std::min(e, 1000)));
        for (; e < 0; e += std::min(-e, 1000)) a *= oracle::Quad(std::ldexp(1.0, -std::min(-e, 1000)));
        return a;
    };
    oracle::Quad reference_error = 0;
    for (const oracle::Number& a : reference) reference_error = oracle::larger(reference_error, a.size());
    reference_error *= oracle::Quad(1e-28);
    double least = INFINITY;
    for (const Buffer<int>& col :
         {equilibrate(A).col, equilibrate_least_squares(A).col, equilibrate_symmetric(A).col}) {
        oracle::Quad error = 0, size = 0;
        for (Eigen::Index j = 0; j < x.size(); ++j) {
            const auto at = static_cast<std::size_t>(j);
            const oracle::Quad wrong = (oracle::Number(x[j]) - reference[at]).size() - reference_error;
            error = oracle::larger(error, scale(wrong, -col[at]));
            size = oracle::larger(size, scale(reference[at].size(), -col[at]));
        }
        least = std::min(least, size > 0 ? static_cast<double>(error / size) : (error > 0 ? INFINITY : 0));
    }
    return least;
}

struct Counts {
    int systems = 0, solved = 0, singular = 0;
    std::map<std::string, int> by_status;
};

class SolveCampaign : public testing::TestWithParam<std::size_t> {};

TEST_P(SolveCampaign, CallsNothingSolvedThatIsNot) {
    const Family& family = families()[GetParam()];
    Counts counts;
    for (std::uint64_t seed = 0; seed < 120; ++seed) {
        Random random(seed * 977 + GetParam());
        const int n = 2 + static_cast<int>(random.below(14));
        Matrix M = family.make(random, n);
        const int kind = static_cast<int>(seed % 6);
        const Eigen::VectorXd ones = Eigen::VectorXd::Ones(n);
        // Scaling by powers of two changes no matrix's rank, but would spoil what its pivots tell of it.
        const double pivot_ratio = oracle::solve<double>(from_dense(M), ones).pivot_ratio;
        rescale(M, kind, random);
        if (!M.allFinite()) continue;
        const Csr<double> A = from_dense(M);
        Eigen::VectorXd b(n);
        if (seed % 5 < 2) {
            A.apply(ones, b);
        } else {
            for (int i = 0; i < n; ++i)
                b[i] = random.uniform(-1, 1) * (kind == 3 ? 0x1p1000 : kind == 4 ? 0x1p-1000 : 1);
        }
        if (!b.allFinite()) continue;
        SCOPED_TRACE(std::string(family.name) + " seed " + std::to_string(seed));
        const auto solution = solve(A, b, {.on_failure = OnFailure::report});
        const SolveReport& report = solution.report;
        ++counts.systems;
        ++counts.by_status[std::string(name(report.status))];
        const auto errors = oracle::errors<double>(A, solution.x, b);
        const auto reference = oracle::solve<double>(A, b);

        const bool singular = pivot_ratio < 1e-18;
        if (report.status == Status::solved) {
            ++counts.solved;
            EXPECT_LE(static_cast<double>(errors.eta), 1e-13);
            EXPECT_FALSE(singular) << "pivot ratio " << pivot_ratio << " condition "
                                   << report.certificate.condition_estimate;
            if (reference.pivot_ratio > 1e-6) {  // else the reference itself has too few digits
                EXPECT_LE(forward_error(A, solution.x, reference.x), report.certificate.forward_error_bound)
                    << report.method << " condition " << report.certificate.condition_estimate;
            }
        } else if (report.status == Status::singular_consistent) {
            EXPECT_LE(static_cast<double>(errors.relative_residual), 1.01e-8);
            EXPECT_LE(pivot_ratio, 1e-10);
        } else if (report.status == Status::ill_conditioned) {
            EXPECT_LE(static_cast<double>(errors.relative_residual), 1.01e-8);
        }
        // What the report says of x is what the oracle finds.
        if (solution.x.allFinite() && errors.eta > oracle::Quad(1e-25)) {
            EXPECT_NEAR(report.certificate.backward_error / static_cast<double>(errors.eta), 1, 1e-6);
        }
        // Well-conditioned systems are not refused.
        if (pivot_ratio > 1e-6) {
            EXPECT_EQ(report.status, Status::solved) << report.message;
        }
        counts.singular += singular;
    }
    for (const auto& [status, count] : counts.by_status) RecordProperty(status, count);
    std::string line = std::string(family.name) + ": " + std::to_string(counts.systems) + " systems, " +
                       std::to_string(counts.singular) + " singular;";
    for (const auto& [status, count] : counts.by_status) line += " " + status + " " + std::to_string(count);
    RecordProperty("summary", line);
    if (std::getenv("RITZ_TEST_VERBOSE")) std::puts(line.c_str());
}

INSTANTIATE_TEST_SUITE_P(Families, SolveCampaign, testing::Range<std::size_t>(0, families().size()),
                         [](const auto& p) { return std::string(families()[p.param].name); });

}  // namespace
