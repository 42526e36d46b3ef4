// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/registry.hpp"

#include <set>

#include "preconditioners/support.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

TEST(PreconditionerRegistry, NamesAreUniqueAndLeadBack) {
    std::set<std::string_view> names;
    for (const PreconditionerInfo& row : preconditioners()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(preconditioner_named(row.name), row.kind);
        EXPECT_EQ(name(row.kind), row.name);
        EXPECT_FALSE(row.summary.empty());
    }
    EXPECT_EQ(preconditioner_named("auto"), PreconditionerKind::automatic);
    EXPECT_EQ(name(PreconditionerKind::automatic), "auto");
    EXPECT_EQ(preconditioner_named("jacobbi"), std::nullopt);
}

TEST(PreconditionerRegistry, MakesEachByItsName) {
    const Csr<double> A = poisson2d(6, 6);
    for (const PreconditionerInfo& row : preconditioners()) {
        if (!applies(row, analyse_structure(CsrView<double>(A)))) continue;
        for (const auto precision : {Precision::working, Precision::single}) {
            const auto M = make_preconditioner<double>(row.kind, A, {.precision = precision});
            EXPECT_EQ(M.name(), row.name);
            EXPECT_EQ(static_cast<bool>(M), row.kind != PreconditionerKind::none);
            if (M) {
                EXPECT_EQ(M.rows(), 36);
                EXPECT_GT(M.statistics().nonzeros, 0);
                EXPECT_GT(M.statistics().memory_bytes, 0u);
            }
        }
    }
}

/// What is chosen for A.
PreconditionerChoice<double> chosen(const Csr<double>& A) {
    auto choice = choose_preconditioner<double>(A, analyse_structure(CsrView<double>(A)));
    EXPECT_FALSE(choice.reasons.empty());
    EXPECT_EQ(choice.preconditioner.name(), name(choice.kind));
    return choice;
}

TEST(PreconditionerChoice, FollowsTheStructure) {
    using Kind = PreconditionerKind;
    EXPECT_EQ(chosen(Csr<double>()).kind, Kind::none);
    EXPECT_EQ(chosen(Csr<double>(2, 2, {0, 1, 2}, {0, 1}, {3, -4})).kind, Kind::jacobi);
    EXPECT_EQ(chosen(tridiagonal_toeplitz(9, -1, 5, -1)).kind, Kind::jacobi);
    EXPECT_EQ(chosen(arrow(300)).kind, Kind::jacobi);
    EXPECT_EQ(chosen(helmholtz2d(9, 9, 20)).preconditioner.definiteness(), Definiteness::positive_definite);
    EXPECT_EQ(chosen(stokes2d(5, 5)).kind, Kind::field_split);
    for (const auto& A : {poisson2d(9, 9), elasticity2d(5, 5), stokes2d(5, 5)})
        EXPECT_EQ(chosen(A).preconditioner.definiteness(), Definiteness::positive_definite);
}

TEST(PreconditionerChoice, TriesTheNextWhereOneDoesNotExist) {
    // Not Hermitian, and a diagonal that is there, but for one row.
    const Csr<double> A(3, 3, {0, 2, 4, 5}, {0, 1, 1, 2, 1}, {1, 2, 1, 3, 2});
    const auto choice = chosen(A);
    EXPECT_GE(choice.reasons.size(), 1u);
    EXPECT_TRUE(choice.preconditioner);
    EXPECT_EQ(make_preconditioner<double>(PreconditionerKind::automatic, A).name(), name(choice.kind));
    const Csr<double> zero_row(2, 2, {0, 1, 1}, {0}, {1});
    EXPECT_THROW((void)chosen(zero_row), SingularMatrix);
    EXPECT_THROW((void)choose_preconditioner<double>(A, analyse_structure(CsrView<double>(zero_row))), InvalidArgument);
}

}  // namespace
