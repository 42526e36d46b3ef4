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
        for (const auto precision : {PreconditionerPrecision::working, PreconditionerPrecision::single}) {
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

}  // namespace
