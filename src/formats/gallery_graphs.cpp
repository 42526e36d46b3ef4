// SPDX-License-Identifier: BSD-3-Clause
// Laplacians of graphs.
#include <cmath>
#include <vector>

#include "formats/gallery_rows.hpp"
#include "ritz/core/random.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/gallery.hpp"

namespace ritz {

namespace {

using detail::checked_order;
using detail::require;

/// Edges with weights drawn as they are added.
class Edges {
public:
    Edges(const char* who, const EdgeWeights& weights) : low_(weights.low), random_(weights.seed) {
        require(weights.low > 0 && std::isfinite(weights.low) && std::isfinite(weights.high),
                std::string(who) + ": weights must be positive and finite");
        log_ratio_ = weights.high > weights.low ? std::log(weights.high / weights.low) : 0;
    }
    void add(Index u, Index v) {
        edges_.push_back({u, v, log_ratio_ > 0 ? low_ * std::exp(log_ratio_ * random_.uniform()) : low_});
    }
    Csr<double> laplacian(Index n) const { return graph_laplacian(n, edges_); }

private:
    double low_, log_ratio_ = 0;
    Random random_;
    std::vector<Edge> edges_;
};

Offset edge_count(const char* who, double count) {
    require(count >= 0 && count <= 1e15, std::string(who) + ": the number of edges must lie in [0, 1e15]");
    return static_cast<Offset>(count);
}

}  // namespace

Csr<double> graph_laplacian(Index n, std::span<const Edge> edges) {
    require(n >= 0, "graph_laplacian: the number of vertices must not be negative");
    Coo<double> L(n, n);
    L.reserve(4 * static_cast<Offset>(edges.size()));
    for (const Edge& e : edges) {
        require(e.u >= 0 && e.u < n && e.v >= 0 && e.v < n, "graph_laplacian: an edge's vertices must lie in [0, n)");
        require(e.weight > 0 && std::isfinite(e.weight), "graph_laplacian: weights must be positive and finite");
        if (e.u == e.v) continue;
        L.add(e.u, e.u, e.weight);
        L.add(e.v, e.v, e.weight);
        L.add(e.u, e.v, -e.weight);
        L.add(e.v, e.u, -e.weight);
    }
    return to_csr(L);
}

Csr<double> path_laplacian(Index n, const EdgeWeights& weights) {
    checked_order("path_laplacian", {n});
    Edges edges("path_laplacian", weights);
    for (Index i = 0; i + 1 < n; ++i) edges.add(i, i + 1);
    return edges.laplacian(n);
}

Csr<double> cycle_laplacian(Index n, const EdgeWeights& weights) {
    require(n >= 3, "cycle_laplacian: a cycle has at least 3 vertices");
    Edges edges("cycle_laplacian", weights);
    for (Index i = 0; i < n; ++i) edges.add(i, i + 1 == n ? 0 : i + 1);
    return edges.laplacian(n);
}

Csr<double> grid_laplacian(Index nx, Index ny, const EdgeWeights& weights) {
    const Index n = checked_order("grid_laplacian", {nx, ny});
    Edges edges("grid_laplacian", weights);
    for (Index y = 0; y < ny; ++y)
        for (Index x = 0; x < nx; ++x) {
            if (x + 1 < nx) edges.add(x + nx * y, x + 1 + nx * y);
            if (y + 1 < ny) edges.add(x + nx * y, x + nx * (y + 1));
        }
    return edges.laplacian(n);
}

Csr<double> torus_laplacian(Index nx, Index ny, const EdgeWeights& weights) {
    require(nx >= 3 && ny >= 3, "torus_laplacian: sizes must be at least 3");
    const Index n = checked_order("torus_laplacian", {nx, ny});
    Edges edges("torus_laplacian", weights);
    for (Index y = 0; y < ny; ++y)
        for (Index x = 0; x < nx; ++x) {
            edges.add(x + nx * y, (x + 1) % nx + nx * y);
            edges.add(x + nx * y, x + nx * ((y + 1) % ny));
        }
    return edges.laplacian(n);
}

Csr<double> star_laplacian(Index n, const EdgeWeights& weights) {
    checked_order("star_laplacian", {n});
    Edges edges("star_laplacian", weights);
    for (Index i = 1; i < n; ++i) edges.add(0, i);
    return edges.laplacian(n);
}

Csr<double> complete_laplacian(Index n, const EdgeWeights& weights) {
    checked_order("complete_laplacian", {n});
    Edges edges("complete_laplacian", weights);
    for (Index i = 0; i < n; ++i)
        for (Index j = i + 1; j < n; ++j) edges.add(i, j);
    return edges.laplacian(n);
}

Csr<double> hypercube_laplacian(Index dimension, const EdgeWeights& weights) {
    require(dimension >= 0 && dimension <= 26, "hypercube_laplacian: the dimension must lie in [0, 26]");
    const Index n = Index{1} << dimension;
    Edges edges("hypercube_laplacian", weights);
    for (Index i = 0; i < n; ++i)
        for (Index bit = 1; bit < n; bit <<= 1)
            if ((i & bit) == 0) edges.add(i, i | bit);
    return edges.laplacian(n);
}

Csr<double> random_graph_laplacian(Index n, double mean_degree, std::uint64_t seed, const EdgeWeights& weights) {
    checked_order("random_graph_laplacian", {n});
    const Offset count = edge_count("random_graph_laplacian", 0.5 * n * mean_degree);
    Edges edges("random_graph_laplacian", weights);
    Random random(seed);
    for (Offset e = 0; e < count; ++e) {
        const auto u = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
        const auto v = static_cast<Index>(random.below(static_cast<std::uint64_t>(n)));
        edges.add(u, v);
    }
    return edges.laplacian(n);
}

Csr<double> power_law_laplacian(Index scale, double edge_factor, std::uint64_t seed, const EdgeWeights& weights) {
    require(scale >= 0 && scale <= 28, "power_law_laplacian: scale must lie in [0, 28]");
    const Index n = Index{1} << scale;
    const Offset count = edge_count("power_law_laplacian", n * edge_factor);
    Edges edges("power_law_laplacian", weights);
    Random random(seed);
    for (Offset e = 0; e < count; ++e) {
        Index u = 0, v = 0;
        for (Index level = 0; level < scale; ++level) {  // one bit of both ends: which quadrant of the adjacency matrix
            const double r = random.uniform();
            u = 2 * u + (r >= 0.76 ? 1 : 0);
            v = 2 * v + ((r >= 0.57 && r < 0.76) || r >= 0.95 ? 1 : 0);
        }
        edges.add(u, v);
    }
    return edges.laplacian(n);
}

}  // namespace ritz
