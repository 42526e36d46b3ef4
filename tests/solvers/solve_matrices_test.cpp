// SPDX-License-Identifier: BSD-3-Clause
// Every real matrix of RITZ_MATRICES with b = A·1; no cases when that is unset.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "ritz/io/matrix_market.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/oracle.hpp"

namespace {

using namespace ritz;

std::vector<std::string> matrices() {
    std::vector<std::string> names;
    if (const char* folder = std::getenv("RITZ_MATRICES"))
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().extension() == ".mtx") names.push_back(entry.path().stem());
    std::sort(names.begin(), names.end());
    return names;
}

/// What the manifest knows of exact singularity: a structural rank below the order, or the null space of a graph.
bool known_singular(const std::string& name) {
    static const std::vector<std::string> singular{"mbeacxc", "Ragusa16", "bcspwr10",      "dwt_992",         "karate",
                                                   "zenios",  "shaw_100", "oscil_dcop_24", "kkt_ACOPP30_0000"};
    return std::find(singular.begin(), singular.end(), name) != singular.end();
}

class SolveMatrices : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SolveMatrices);

template <Scalar T>
void examine(const std::string& name, const Csr<T>& A) {
    Eigen::VectorX<T> b(A.rows());
    A.apply(Eigen::VectorX<T>::Ones(A.cols()).eval(), b);
    const auto s = solve(A, b, {.on_failure = OnFailure::report});
    const auto errors = oracle::errors<T>(A, s.x, b);
    const SolveReport& report = s.report;
    testing::Test::RecordProperty("solve_status", std::string(ritz::name(report.status)));
    EXPECT_TRUE(has_answer(report.status))
        << ritz::name(report.status) << ": " << report.message;  // b lies in the range
    EXPECT_LE(static_cast<double>(errors.relative_residual), 1e-8);
    if (report.status == Status::solved && A.rows() == A.cols()) {
        EXPECT_LE(static_cast<double>(errors.eta), 1e-14);
    }
    if (known_singular(name)) {
        EXPECT_NE(report.status, Status::solved);
    }
    if (errors.eta > oracle::Quad(1e-25) && A.rows() == A.cols()) {
        EXPECT_NEAR(report.certificate.backward_error / static_cast<double>(errors.eta), 1, 1e-6);
    }
}

TEST_P(SolveMatrices, AreSolvedOrSaidNotToBe) {
    const ReadResult read = read_matrix_market(std::string(std::getenv("RITZ_MATRICES")) + "/" + GetParam() + ".mtx");
    std::visit([&](const auto& A) { examine(GetParam(), A); }, read.matrix);
}

INSTANTIATE_TEST_SUITE_P(All, SolveMatrices, testing::ValuesIn(matrices()), [](const auto& p) {
    std::string name = p.param;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
});

}  // namespace
