// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/preconditioner.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace ritz;

struct Halves {
    Index rows() const { return 2; }
    Index cols() const { return 2; }
    void apply(VectorView<double> r, VectorRef<double> z) const {
        for (std::size_t i = 0; i < r.size(); ++i) z[i] = r[i] / 2;
    }
    Definiteness definiteness() const { return Definiteness::positive_definite; }
    PreconditionerStatistics statistics() const { return {.nonzeros = 2}; }
};

TEST(Preconditioner, OwnsWhatItIsMadeOf) {
    Preconditioner<double> M;
    EXPECT_FALSE(M);
    EXPECT_EQ(M.name(), "none");
    M = Preconditioner<double>(Halves{}, "halves");
    ASSERT_TRUE(M);
    const std::vector<double> r{2, 4};
    std::vector<double> z(2);
    M.apply(r, z);
    EXPECT_EQ(z, (std::vector<double>{1, 2}));
    EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
    EXPECT_EQ(M.statistics().nonzeros, 2);
    EXPECT_FALSE(M.has_adjoint());
    EXPECT_THROW(M.apply_adjoint(r, z), Unsupported);
}

TEST(Preconditioner, TakesALambdaAndNests) {
    const auto twice = [](VectorView<double> r, VectorRef<double> z) {
        for (std::size_t i = 0; i < r.size(); ++i) z[i] = 2 * r[i];
    };
    const Preconditioner<double> inner(MatrixFree(2, 2, twice));
    const Preconditioner<double> outer(inner);
    const std::vector<double> r{1, 3};
    std::vector<double> z(2);
    outer.apply(r, z);
    EXPECT_EQ(z, (std::vector<double>{2, 6}));
    EXPECT_EQ(outer.definiteness(), Definiteness::unknown);
}

}  // namespace
