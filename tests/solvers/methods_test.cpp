// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/methods.hpp"

#include <gtest/gtest.h>

#include <set>

#include "ritz/formats/convert.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/ldlt.hpp"

namespace {

using namespace ritz;

std::set<std::string_view> applicable(const Csr<double>& A, bool triangular = false) {
    std::set<std::string_view> names;
    for (const MethodInfo& method : methods())
        if (applies(method, analyse_structure(A), triangular)) names.insert(method.name);
    return names;
}

TEST(Methods, HaveNamesThatLeadBackToThem) {
    std::set<std::string_view> names;
    for (const MethodInfo& method : methods()) {
        EXPECT_EQ(name(method.method), method.name);
        EXPECT_EQ(method_named(method.name), method.method);
        EXPECT_TRUE(method.kind == "direct" || method.kind == "krylov" || method.kind == "least_squares")
            << method.kind;
        EXPECT_EQ(kind(method.method), method.kind);
        EXPECT_FALSE(method.summary.empty());
        EXPECT_TRUE(names.insert(method.name).second) << method.name;
    }
    EXPECT_EQ(method_named("auto"), Method::automatic);
    EXPECT_EQ(method_named("cholesk"), std::nullopt);
    EXPECT_EQ(names.contains("ldlt"), ldlt_available());
}

TEST(Methods, ApplyToWhatTheyNeed) {
    const std::set<std::string_view> spd = applicable(poisson2d(9, 9));
    EXPECT_TRUE(spd.contains("cholesky") && spd.contains("lu") && spd.contains("qr") && spd.contains("klu"));
    EXPECT_FALSE(spd.contains("tridiagonal") || spd.contains("diagonal") || spd.contains("triangular"));
    const std::set<std::string_view> general = applicable(convection_diffusion2d(9, 9, 1e-2));
    EXPECT_FALSE(general.contains("cholesky") || general.contains("ldlt"));
    EXPECT_TRUE(applicable(poisson1d(9)).contains("tridiagonal"));
    EXPECT_TRUE(applicable(identity<double>(4), true).contains("diagonal"));
    Coo<double> wide(2, 3);
    wide.add(0, 2, 1);
    for (const std::string_view method : applicable(to_csr(wide)))
        EXPECT_TRUE(method == "qr" || kind(*method_named(method)) == "least_squares") << method;
    EXPECT_TRUE(applicable(to_csr(wide)).contains("qr"));
}

TEST(Methods, StoreABandOnlyWhereItIsFilled) {
    EXPECT_TRUE(worth_a_band(analyse_structure(poisson1d(50))));
    EXPECT_TRUE(worth_a_band(analyse_structure(grcar(100))));
    EXPECT_TRUE(worth_a_band(analyse_structure(poisson2d(30, 30))));
    EXPECT_FALSE(worth_a_band(analyse_structure(complete_laplacian(20))));
    EXPECT_FALSE(worth_a_band(analyse_structure(poisson2d(60, 60))));
    EXPECT_FALSE(worth_a_band(analyse_structure(arrow(100))));
}

}  // namespace
