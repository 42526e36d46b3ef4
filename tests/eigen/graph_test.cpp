// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/graph.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/combine.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/diagonal.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/formats/reductions.hpp"

namespace ritz {
namespace {

const double pi = std::acos(-1.0);

/// D − L, the adjacency matrix of a Laplacian.
Csr<double> adjacency_of(const Csr<double>& L) {
    Coo<double> W(L.rows(), L.rows());
    const Eigen::MatrixXd D = to_dense(L);
    for (Index i = 0; i < L.rows(); ++i)
        for (Index j = 0; j < L.rows(); ++j)
            if (i != j && D(i, j) != 0) W.add(i, j, -D(i, j));
    return to_csr(W);
}

Csr<double> cut(const Csr<double>& A, const Csr<double>& B) {
    return block_diagonal<Order::row, double>({A, B});
}

/// What holds of every Fiedler pair, recomputed.
void expect_fiedler(const Csr<double>& L, const Fiedler& f, double value, Index multiplicity) {
    EXPECT_TRUE(f.status == Status::solved || f.status == Status::converged || f.status == Status::not_proved)
        << name(f.status) << f.message;
    const double norm = norm_inf(L);
    EXPECT_NEAR(f.value, value, 1e-10 * norm);
    EXPECT_NEAR(f.value, value, f.error_bound + 1e-13 * norm);
    EXPECT_EQ(f.multiplicity, multiplicity);
    ASSERT_EQ(f.vector.size(), L.rows());
    EXPECT_NEAR(f.vector.norm(), 1, 1e-12);
    EXPECT_NEAR(f.vector.sum(), 0, 1e-10);
    const Eigen::VectorXd r = to_dense(L) * f.vector - f.value * f.vector;
    EXPECT_LE(r.norm(), 1e-8 * norm);
    EXPECT_NEAR(r.norm(), f.residual_norm, 1e-13 * norm);
}

TEST(Laplacian, IsDegreesMinusWeights) {
    Coo<double> W(4, 4);
    for (const auto& [i, j, w] : {std::tuple(0, 1, 2.0), std::tuple(1, 2, 0.5), std::tuple(0, 2, 3.0)})
        W.add(i, j, w), W.add(j, i, w);
    W.add(1, 1, 7);  // a loop
    Eigen::MatrixXd exact(4, 4);
    exact << 5, -2, -3, 0, -2, 2.5, -0.5, 0, -3, -0.5, 3.5, 0, 0, 0, 0, 0;
    EXPECT_EQ(to_dense(laplacian(to_csr(W))), exact);
    const Eigen::MatrixXd N = to_dense(laplacian(to_csr(W), {.normalized = true}));
    EXPECT_NEAR(N(0, 1), -2 / std::sqrt(5 * 2.5), 1e-15);
    EXPECT_EQ(N(2, 2), 1);
    EXPECT_EQ(N(3, 3), 0);
    const Csr<float> single = laplacian(convert_values<float>(to_csr(W)));
    EXPECT_EQ(to_dense(single), exact.cast<float>());
}

TEST(Laplacian, IsThatOfTheGallery) {
    for (const Csr<double>& L : {cycle_laplacian(9), torus_laplacian(5, 4), star_laplacian(7), hypercube_laplacian(4)})
        EXPECT_EQ(to_dense(laplacian(adjacency_of(L))), to_dense(L));
}

TEST(Laplacian, ScalesWithPowersOfTwo) {
    const Csr<double> W = adjacency_of(cycle_laplacian(6));
    for (const int e : {-500, 500}) {
        const Csr<double> scaled_W = scaled(std::ldexp(1.0, e), W);
        EXPECT_EQ(to_dense(laplacian(scaled_W)), std::ldexp(1.0, e) * to_dense(laplacian(W)));
        EXPECT_EQ(to_dense(laplacian(scaled_W, {.normalized = true})), to_dense(laplacian(W, {.normalized = true})));
    }
}

TEST(Graph, RefusesWhatIsNone) {
    Coo<double> directed(3, 3), negative(3, 3), nan(3, 3), mixed(3, 3);
    directed.add(0, 1, 1);
    negative.add(0, 1, -1), negative.add(1, 0, -1);
    nan.add(0, 1, std::numeric_limits<double>::infinity()), nan.add(1, 0, std::numeric_limits<double>::infinity());
    mixed.add(0, 1, -1), mixed.add(1, 0, -1), mixed.add(0, 0, 2), mixed.add(1, 1, 1);  // no zero row sums
    for (const Csr<double>& A : {to_csr(directed), to_csr(negative), to_csr(nan), to_csr(Coo<double>(3, 4))}) {
        EXPECT_THROW((void)laplacian(A), InvalidArgument);
        EXPECT_THROW((void)fiedler_vector(A), InvalidArgument);
        EXPECT_THROW((void)spectral_bisection(A), InvalidArgument);
        EXPECT_THROW((void)effective_resistance(A, {}), InvalidArgument);
    }
    EXPECT_THROW((void)fiedler_vector(to_csr(mixed)), InvalidArgument);
    EXPECT_THROW((void)pagerank(to_csr(negative)), InvalidArgument);
    EXPECT_THROW((void)pagerank(to_csr(nan)), InvalidArgument);
    EXPECT_THROW((void)pagerank(to_csr(Coo<double>(3, 4))), InvalidArgument);
    EXPECT_THROW((void)pagerank(to_csr(directed), {.damping = 1}), InvalidArgument);
    const std::vector<double> bad{1, -1, 1}, none{0, 0, 0}, few{1};
    for (const auto& p : {bad, none, few})
        EXPECT_THROW((void)pagerank(to_csr(directed), {.personalization = p}), InvalidArgument);
    EXPECT_THROW((void)fiedler_vector(identity<double>(1)), InvalidArgument);
    EXPECT_THROW((void)fiedler_vector(Csr<double>()), InvalidArgument);
    const std::vector<std::pair<Index, Index>> outside{{0, 9}};
    EXPECT_THROW((void)effective_resistance(path_laplacian(4), outside), InvalidArgument);
}

TEST(FiedlerVector, IsTheAnalyticOne) {
    expect_fiedler(path_laplacian(50), fiedler_vector(path_laplacian(50)), 2 - 2 * std::cos(pi / 50), 1);
    expect_fiedler(cycle_laplacian(30), fiedler_vector(cycle_laplacian(30)), 2 - 2 * std::cos(2 * pi / 30), 2);
    expect_fiedler(hypercube_laplacian(4), fiedler_vector(hypercube_laplacian(4)), 2, 4);
    expect_fiedler(grid_laplacian(12, 7), fiedler_vector(grid_laplacian(12, 7)), 2 - 2 * std::cos(pi / 12), 1);
    expect_fiedler(star_laplacian(9), fiedler_vector(star_laplacian(9)), 1, 7);
    expect_fiedler(complete_laplacian(6), fiedler_vector(complete_laplacian(6)), 6, 5);
    expect_fiedler(path_laplacian(2), fiedler_vector(path_laplacian(2)), 2, 1);
}

TEST(FiedlerVector, IsTheSameOfTheAdjacencyMatrix) {
    const Csr<double> L = path_laplacian(40, {.low = 0.5, .high = 2, .seed = 3});
    const Fiedler a = fiedler_vector(L), b = fiedler_vector(adjacency_of(L));
    EXPECT_NEAR(a.value, b.value, 1e-13);
    EXPECT_LE((a.vector - b.vector).norm(), 1e-7);
    const Fiedler single = fiedler_vector(convert_values<float>(adjacency_of(path_laplacian(20))));
    EXPECT_NEAR(single.value, 2 - 2 * std::cos(pi / 20), 1e-6);
}

TEST(FiedlerVector, SaysWhenMoreMayAgree) {
    const Fiedler f = fiedler_vector(complete_laplacian(40), {.max_multiplicity = 5});
    EXPECT_TRUE(f.multiplicity_open);
    EXPECT_GE(f.multiplicity, 5);
    EXPECT_NEAR(f.value, 40, 1e-10);
}

TEST(FiedlerVector, OfADisconnectedGraphIsZeroAndCounts) {
    const Csr<double> L = cut(cut(path_laplacian(5), cycle_laplacian(11)), path_laplacian(3));
    const Fiedler f = fiedler_vector(L);
    EXPECT_EQ(f.value, 0);
    EXPECT_EQ(f.components, 3);
    EXPECT_EQ(f.multiplicity, 2);
    EXPECT_EQ(f.status, Status::solved);
    EXPECT_NE(f.message.find("3 components"), std::string::npos);
    EXPECT_NEAR(f.vector.sum(), 0, 1e-14);
    EXPECT_LE((to_dense(L) * f.vector).norm(), 1e-14);
    for (Index i = 0; i < 19; ++i) EXPECT_EQ(f.vector[i] * f.vector[5] > 0, 5 <= i && i < 16) << i;
    const Fiedler isolated = fiedler_vector(to_csr(Coo<double>(4, 4)));
    EXPECT_EQ(isolated.components, 4);
    EXPECT_EQ(isolated.value, 0);
    EXPECT_NEAR(isolated.vector.norm(), 1, 1e-15);
}

TEST(FiedlerVector, OfTheNormalizedLaplacian) {
    const Csr<double> W = adjacency_of(star_laplacian(12));
    const Csr<double> N = laplacian(W, {.normalized = true});
    const Eigen::VectorXd lambda = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(to_dense(N)).eigenvalues();
    const Fiedler f = fiedler_vector(W, {.normalized = true});
    EXPECT_NEAR(f.value, lambda[1], 1e-12);
    EXPECT_LE((to_dense(N) * f.vector - f.value * f.vector).norm(), 1e-8);
    const Fiedler apart = fiedler_vector(cut(path_laplacian(4), star_laplacian(6)), {.normalized = true});
    EXPECT_EQ(apart.value, 0);
    EXPECT_LE(apart.residual_norm, 1e-14);
}

TEST(FiedlerVector, ScalesWithPowersOfTwo) {
    const Csr<double> L = path_laplacian(30);
    const double value = fiedler_vector(L).value;
    for (const int e : {-500, 500})
        EXPECT_NEAR(std::ldexp(fiedler_vector(scaled(std::ldexp(1.0, e), L)).value, -e), value, 1e-13);
}

TEST(SpectralBisection, CutsDumbbellsGridsAndPathsInTheMiddle) {
    const Bisection path = spectral_bisection(path_laplacian(40));
    EXPECT_EQ(path.cut_edges, 1);
    EXPECT_EQ(path.cut_weight, 1);
    EXPECT_EQ(path.sizes[0], 20);
    for (Index i = 0; i < 40; ++i) EXPECT_EQ(path.side[static_cast<std::size_t>(i)] == path.side[0], i < 20);
    const Bisection grid = spectral_bisection(grid_laplacian(16, 5));
    EXPECT_EQ(grid.cut_edges, 5);
    // Two cliques and a bridge of weight 0.25.
    std::vector<Edge> edges;
    for (Index i = 0; i < 8; ++i)
        for (Index j = 0; j < i; ++j) edges.push_back({i, j}), edges.push_back({i + 8, j + 8});
    edges.push_back({3, 12, 0.25});
    const Bisection dumbbell = spectral_bisection(graph_laplacian(16, edges));
    EXPECT_EQ(dumbbell.cut_edges, 1);
    EXPECT_EQ(dumbbell.cut_weight, 0.25);
    EXPECT_EQ(dumbbell.sizes, (std::array<Index, 2>{8, 8}));
}

TEST(SpectralBisection, CountsWhatItSays) {
    const Csr<double> L = random_graph_laplacian(101, 5, 9, {.low = 0.5, .high = 2, .seed = 1});
    const Bisection b = spectral_bisection(L);
    const Eigen::MatrixXd D = to_dense(L);
    double weight = 0;
    std::array<Index, 2> sizes{};
    for (Index i = 0; i < 101; ++i) {
        ++sizes[b.side[static_cast<std::size_t>(i)]];
        for (Index j = 0; j < i; ++j)
            if (b.side[static_cast<std::size_t>(i)] != b.side[static_cast<std::size_t>(j)]) weight -= D(i, j);
    }
    EXPECT_EQ(sizes, b.sizes);
    EXPECT_EQ(b.sizes, (std::array<Index, 2>{50, 51}));
    EXPECT_NEAR(b.cut_weight, weight, 1e-12);
}

TEST(SpectralBisection, KeepsComponentsTogether) {
    const Bisection even = spectral_bisection(cut(cycle_laplacian(12), cycle_laplacian(12)));
    EXPECT_EQ(even.cut_edges, 0);
    EXPECT_EQ(even.components, 2);
    const Bisection odd = spectral_bisection(cut(path_laplacian(20), path_laplacian(4)));
    EXPECT_EQ(odd.cut_edges, 1);
    EXPECT_EQ(odd.sizes, (std::array<Index, 2>{12, 12}));
    EXPECT_EQ(spectral_bisection(Csr<double>()).sizes, (std::array<Index, 2>{0, 0}));
    EXPECT_EQ(spectral_bisection(to_csr(Coo<double>(1, 1))).sizes, (std::array<Index, 2>{0, 1}));
    EXPECT_EQ(spectral_bisection(to_csr(Coo<double>(5, 5))).cut_edges, 0);
}

using Pairs = std::vector<std::pair<Index, Index>>;

TEST(EffectiveResistance, IsTheAnalyticOne) {
    const Pairs pairs{{0, 1}, {2, 9}, {4, 4}, {9, 0}};
    const auto path = effective_resistance(path_laplacian(10), pairs);
    EXPECT_LE((path.values - Eigen::Vector4d(1, 7, 0, 9)).norm(), 1e-13);
    EXPECT_LE(path.error_estimate, 1e-13);
    const auto complete = effective_resistance(complete_laplacian(10), pairs);
    EXPECT_LE((complete.values - Eigen::Vector4d(0.2, 0.2, 0, 0.2)).norm(), 1e-15);
    const auto cycle = effective_resistance(cycle_laplacian(10), pairs);  // k (n − k)/n
    EXPECT_LE((cycle.values - Eigen::Vector4d(0.9, 2.1, 0, 0.9)).norm(), 1e-14);
    const auto single = effective_resistance(convert_values<float>(path_laplacian(10)), pairs);
    EXPECT_LE((single.values - path.values).norm(), 1e-13);
}

TEST(EffectiveResistance, OfWeightsIsByThePseudoinverse) {
    const Csr<double> L = random_graph_laplacian(60, 6, 5, {.low = 1e-3, .high = 1e3, .seed = 2});
    const Eigen::MatrixXd D = to_dense(L);
    const Eigen::MatrixXd P = Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd>(D).pseudoInverse();
    Pairs pairs;
    for (Index i = 0; i < 60; ++i)
        for (Index j = 0; j < i; j += 7) pairs.emplace_back(i, j);
    const auto found = effective_resistance(L, pairs);
    for (std::size_t p = 0; p < pairs.size(); ++p) {
        const auto [a, b] = pairs[p];
        const double exact = P(a, a) + P(b, b) - P(a, b) - P(b, a), value = found.values[static_cast<Eigen::Index>(p)];
        if (std::isinf(value)) {
            EXPECT_GT(found.components, 1);
            continue;
        }
        EXPECT_NEAR(value, exact, 1e-8 * exact) << a << " " << b;
    }
}

TEST(EffectiveResistance, IsInfiniteBetweenComponents) {
    const auto found = effective_resistance(cut(path_laplacian(4), path_laplacian(3)), Pairs{{0, 3}, {1, 5}, {4, 6}});
    EXPECT_EQ(found.components, 2);
    EXPECT_NEAR(found.values[0], 3, 1e-14);
    EXPECT_TRUE(std::isinf(found.values[1]));
    EXPECT_NEAR(found.values[2], 2, 1e-14);
    EXPECT_TRUE(std::isinf(effective_resistance(to_csr(Coo<double>(3, 3)), Pairs{{0, 2}}).values[0]));
}

TEST(EffectiveResistance, OfALongWeakPathHasManyDigits) {
    // weights over twelve orders: R = Σ 1/w.
    std::vector<Edge> edges;
    double exact = 0;
    for (Index i = 0; i + 1 < 2000; ++i) {
        const double w = std::pow(10.0, (i % 13) - 6);
        edges.push_back({i, i + 1, w});
        exact += 1 / w;
    }
    const auto found = effective_resistance(graph_laplacian(2000, edges), Pairs{{0, 1999}, {12, 13}});
    EXPECT_NEAR(found.values[0], exact, 1e-9 * exact);
    EXPECT_NEAR(found.values[1], 1e-6, 1e-9 * 1e-6);
    EXPECT_LE(found.error_estimate, 1e-9);
}

TEST(EffectiveResistance, ScalesWithPowersOfTwo) {
    for (const int e : {-500, 500})
        EXPECT_NEAR(
            std::ldexp(effective_resistance(scaled(std::ldexp(1.0, e), path_laplacian(9)), Pairs{{0, 8}}).values[0], e),
            8, 1e-13);
}

TEST(EdgeResistance, IsNearTheExactOneAndSumsToTheRank) {
    const Csr<double> L = torus_laplacian(12, 9, {.low = 0.5, .high = 2, .seed = 4});
    const EdgeResistances found = approximate_edge_resistances(L, {.projections = 800});
    EXPECT_EQ(found.edges.size(), 216U);
    const auto exact = effective_resistance(L, found.edges);
    const Eigen::ArrayXd error = (found.values - exact.values).array() / exact.values.array();
    EXPECT_LE(error.abs().maxCoeff(), 5 * found.relative_standard_error);
    EXPECT_NEAR(std::sqrt(error.square().mean()), found.relative_standard_error, 0.3 * found.relative_standard_error);
    EXPECT_NEAR(found.weighted_sum, 107, 0.05 * 107);
    // Foster's theorem of the exact ones.
    double sum = 0;
    for (std::size_t e = 0; e < found.edges.size(); ++e)
        sum -= L.at(found.edges[e].first, found.edges[e].second) * exact.values[static_cast<Eigen::Index>(e)];
    EXPECT_NEAR(sum, 107, 1e-10);
    EXPECT_TRUE(approximate_edge_resistances(to_csr(Coo<double>(4, 4))).edges.empty());
}

/// ‖G x − x‖₁ by dense matrices, and the exact vector.
Eigen::VectorXd dense_pagerank(const Csr<double>& A, double alpha, Eigen::VectorXd p) {
    const Index n = A.rows();
    Eigen::MatrixXd G = to_dense(A);
    p /= p.sum();
    for (Index i = 0; i < n; ++i) {
        const double sum = G.row(i).sum();
        if (sum > 0)
            G.row(i) /= sum;
        else
            G.row(i) = p.transpose();
    }
    return (Eigen::MatrixXd::Identity(n, n) - alpha * G.transpose()).lu().solve((1 - alpha) * p);
}

TEST(Pagerank, OfACycleIsUniform) {
    Coo<double> A(7, 7);
    for (Index i = 0; i < 7; ++i) A.add(i, (i + 1) % 7, 1.0 + i);
    const Pagerank found = pagerank(to_csr(A));
    EXPECT_EQ(found.status, Status::converged);
    EXPECT_LE((found.values.array() - 1.0 / 7).abs().maxCoeff(), 1e-15);
    EXPECT_EQ(found.dangling, 0);
}

TEST(Pagerank, OfTwoVerticesIsWorkedByHand) {
    // 0 → 1, and 1 dangles: x₀ = α x₁/2 + (1 − α)/2, x₀ + x₁ = 1, so that x₀ = 1/(2 + α).
    Coo<double> A(2, 2);
    A.add(0, 1, 3);
    const Pagerank found = pagerank(to_csr(A), {.rtol = 1e-14});
    EXPECT_NEAR(found.values[0], 1 / 2.85, 1e-14);
    EXPECT_NEAR(found.values[1], 1.85 / 2.85, 1e-14);
    EXPECT_EQ(found.dangling, 1);
}

TEST(Pagerank, IsTheDenseSolutionWithinItsBound) {
    Random random(8);
    Coo<double> A(60, 60);
    for (int e = 0; e < 200; ++e)
        A.add(static_cast<Index>(random.below(50)), static_cast<Index>(random.below(60)), random.uniform(0.1, 2));
    Eigen::VectorXd p(60);
    for (Index i = 0; i < 60; ++i) p[i] = i % 3 == 0 ? random.uniform() : 0;
    const Csr<double> M = to_csr(A);
    for (const double alpha : {0.0, 0.5, 0.85, 0.99})
        for (const bool personal : {false, true}) {
            PagerankOptions options{.damping = alpha};
            if (personal) options.personalization = p;
            const Pagerank found = pagerank(M, options);
            EXPECT_EQ(found.status, Status::converged);
            const Eigen::VectorXd exact = dense_pagerank(M, alpha, personal ? p : Eigen::VectorXd::Ones(60));
            const double error = (found.values - exact).lpNorm<1>();
            EXPECT_LE(error, found.error_bound + 1e-14);
            EXPECT_LE(found.error_bound, 1e-10);
            EXPECT_NEAR(found.values.sum(), 1, 1e-14);
            EXPECT_GE(found.values.minCoeff(), 0);
            EXPECT_GE(found.dangling, 10);
        }
}

TEST(Pagerank, StopsAtItsLimits) {
    Coo<double> A(30, 30);
    for (Index i = 0; i + 1 < 30; ++i) A.add(i, i + 1, 1), A.add(29 - i, 0, 1);
    const Pagerank few = pagerank(to_csr(A), {.damping = 0.99, .max_iterations = 3});
    EXPECT_EQ(few.status, Status::max_iterations);
    EXPECT_EQ(few.iterations, 3);
    const Eigen::VectorXd exact = dense_pagerank(to_csr(A), 0.99, Eigen::VectorXd::Ones(30));
    EXPECT_LE((few.values - exact).lpNorm<1>(), few.error_bound);
    const Pagerank beyond = pagerank(to_csr(A), {.rtol = 0});
    EXPECT_EQ(beyond.status, Status::stagnated);
    EXPECT_LE(beyond.error_bound, 1e-13);
    EXPECT_LE((beyond.values - dense_pagerank(to_csr(A), 0.85, Eigen::VectorXd::Ones(30))).lpNorm<1>(),
              beyond.error_bound);
    const std::atomic<bool> cancel = true;
    EXPECT_EQ(pagerank(to_csr(A), {.cancel = &cancel}).status, Status::interrupted);
}

TEST(Pagerank, KnowsTheSmallestGraphsAndScales) {
    EXPECT_EQ(pagerank(Csr<double>()).values.size(), 0);
    EXPECT_EQ(pagerank(to_csr(Coo<double>(1, 1))).values[0], 1);
    EXPECT_LE((pagerank(to_csr(Coo<double>(4, 4))).values.array() - 0.25).abs().maxCoeff(), 1e-16);
    Coo<double> A(5, 5);
    A.add(0, 1, 1), A.add(1, 2, 2), A.add(1, 3, 1), A.add(3, 0, 1), A.add(4, 0, 5);
    const Eigen::VectorXd x = pagerank(to_csr(A)).values;
    for (const int e : {-500, 500, 1020})
        EXPECT_LE((pagerank(scaled(std::ldexp(1.0, e), to_csr(A))).values - x).norm(), 1e-15);
    EXPECT_LE((pagerank(convert_values<float>(to_csr(A))).values - x).norm(), 1e-15);
}

}  // namespace
}  // namespace ritz
