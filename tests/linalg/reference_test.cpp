// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "linalg/reference/recorded.hpp"

namespace ritz::linalg::reference {

namespace {

// rows cols element..., a complex element as two numbers
Eigen::MatrixXcd read_matrix(std::istream& line, bool is_complex) {
    Eigen::Index rows = 0, cols = 0;
    line >> rows >> cols;
    Eigen::MatrixXcd M(rows, cols);
    for (auto& element : M.reshaped()) {
        double re = 0, im = 0;
        line >> re;
        if (is_complex) line >> im;
        element = {re, im};
    }
    if (!line) throw std::runtime_error("values.txt: a line is too short");
    return M;
}

std::vector<Recorded> read(const std::string& path) {
    std::ifstream file(path);
    std::vector<Recorded> cases;
    for (std::string text; std::getline(file, text);) {
        std::istringstream line(text);
        std::string what, name, field;
        line >> what >> name;
        if (what == "case") {
            cases.emplace_back();
            cases.back().name = name;
            line >> field >> cases.back().condition;
            cases.back().is_complex = field == "complex";
        } else if (what == "in") {
            cases.back().in[name] = read_matrix(line, cases.back().is_complex);
        } else if (what == "out") {
            line >> field;
            cases.back().out[name] = read_matrix(line, field == "complex");
        }
    }
    return cases;
}

void compare(const Recorded& recorded, const Outputs& outputs, double unit) {
    for (const auto& [name, expected] : recorded.out) {
        const auto place = outputs.out.find(name);
        if (place == outputs.out.end()) {
            ADD_FAILURE() << "no output " << name;
            continue;
        }
        const Eigen::MatrixXcd& got = place->second;
        ASSERT_EQ(got.rows(), expected.rows()) << name;
        ASSERT_EQ(got.cols(), expected.cols()) << name;
        if (expected.size() == 0) continue;
        const double error = (got - expected).cwiseAbs().maxCoeff(), scale = expected.cwiseAbs().maxCoeff();
        // What is zero in exact arithmetic is noise of the inputs' size, which is of order one.
        EXPECT_LE(error, 20 * unit * recorded.condition * std::max(scale, 0.1)) << name << '\n'
                                                                                << got << "\nrecorded:\n"
                                                                                << expected;
    }
    for (const auto& [name, got] : outputs.out) EXPECT_TRUE(recorded.out.contains(name)) << name;
}

class Reference : public testing::TestWithParam<std::size_t> {};

TEST_P(Reference, AgreesWithNumPyAndSciPyInDouble) {
    const Recorded& c = recorded()[GetParam()];
    SCOPED_TRACE(c.name);
    const auto row = rows().find(c.name);
    ASSERT_NE(row, rows().end()) << "nothing is compared with the recorded " << c.name;
    Outputs outputs;
    row->second.in_double(c, outputs);
    compare(c, outputs, 1.2e-16);
}

TEST_P(Reference, AgreesWithNumPyAndSciPyInFloat) {
    const Recorded& c = recorded()[GetParam()];
    SCOPED_TRACE(c.name);
    const auto row = rows().find(c.name);
    ASSERT_NE(row, rows().end());
    Outputs outputs;
    row->second.in_float(c, outputs);
    compare(c, outputs, 6e-8);
}

std::string test_name(const testing::TestParamInfo<std::size_t>& info) {
    const Recorded& c = recorded()[info.param];
    std::string name = c.name + (c.is_complex ? "_complex" : "_real");
    std::replace_if(
        name.begin(), name.end(), [](char letter) { return std::isalnum(letter) == 0; }, '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Values, Reference, testing::Range(std::size_t{0}, recorded().size()), test_name);

TEST(ReferenceTable, EveryRowHasARecordedCase) {
    std::set<std::string> names;
    for (const auto& c : recorded()) names.insert(c.name);
    EXPECT_GT(names.size(), 100u);
    for (const auto& [name, row] : rows()) EXPECT_TRUE(names.contains(name)) << name;
}

}  // namespace

const std::vector<Recorded>& recorded() {
    static const std::vector<Recorded> cases = read(RITZ_SOURCE_DIR "/tests/linalg/reference/values.txt");
    return cases;
}

std::map<std::string, Row>& rows() {
    static std::map<std::string, Row> table;
    return table;
}

Eigen::VectorXcd by_size(Eigen::VectorXcd w) {
    std::sort(w.begin(), w.end(), [](std::complex<double> a, std::complex<double> b) {
        const double left = std::round(1e4 * a.real()), right = std::round(1e4 * b.real());
        return left != right ? left < right : a.imag() < b.imag();
    });
    return w;
}

}  // namespace ritz::linalg::reference
