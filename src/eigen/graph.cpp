// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/graph.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "core/scaling.hpp"
#include "core/sweep.hpp"
#include "eigen/operand.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/eigen/eigsh.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/extract.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/cholesky.hpp"

namespace ritz {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double u = eigen::unit_roundoff<double>;

/// body(k, j, a) for the entries a at place k, column j of row i.
template <Scalar T, class Body>
void for_row(const CsrView<T>& A, Index i, Body&& body) {
    const auto indptr = A.indptr();
    for (Offset k = indptr[static_cast<std::size_t>(i)]; k < indptr[static_cast<std::size_t>(i) + 1]; ++k)
        body(A.indices()[static_cast<std::size_t>(k)], A.values()[static_cast<std::size_t>(k)]);
}

/// The edges of a graph: symmetric, positive weights, no loops; weights are 2^-exponent times those given.
struct Graph {
    Csr<double> W;
    int exponent = 0;
    Index n() const noexcept { return W.rows(); }
};

/// sign · a_ij off the diagonal, where it is positive.
Csr<double> weights_of(const CsrView<double>& A, double sign, int exponent) {
    const auto rows = static_cast<std::size_t>(A.rows());
    Buffer<Offset> indptr(rows + 1, 0);
    Buffer<Index> indices;
    Buffer<double> values;
    indices.reserve(static_cast<std::size_t>(A.nnz()));
    values.reserve(static_cast<std::size_t>(A.nnz()));
    for (Index i = 0; i < A.rows(); ++i) {
        for_row(A, i, [&](Index j, double a) {
            if (j == i || !(sign * a > 0)) return;
            indices.push_back(j);
            values.push_back(detail::scale_by_power(sign * a, -exponent));
        });
        indptr[static_cast<std::size_t>(i) + 1] = static_cast<Offset>(indices.size());
    }
    return {detail::Trusted{}, A.rows(), A.cols(), std::move(indptr), std::move(indices), std::move(values)};
}

template <Scalar T>
bool has_negative(const CsrView<T>& A) {
    return std::any_of(A.values().begin(), A.values().end(), [](T a) { return a < T{0}; });
}

template <Scalar T>
Graph graph_of(const CsrView<T>& A, const char* who) {
    eigen::require_square_and_finite(A, who);
    const Structure structure = analyse_structure(A);
    detail::require(structure.symmetric, std::string(who) + ": the matrix of an undirected graph must be symmetric");
    detail::require(structure.graph_laplacian || !has_negative(A),
                    std::string(who) +
                        ": the matrix must be an adjacency matrix, without negative weights, or a "
                        "Laplacian, without positive entries off the diagonal and with zero row sums");
    const double largest = static_cast<double>(norm_max(A));
    Graph graph;
    graph.exponent = largest > 0 ? detail::exponent_of(largest) : 0;
    const double sign = structure.graph_laplacian ? -1 : 1;
    if constexpr (std::same_as<T, double>)
        graph.W = weights_of(A, sign, graph.exponent);
    else
        graph.W = weights_of(convert_values<double>(A), sign, graph.exponent);
    return graph;
}

/// D − W, or I − D^(-1/2) W D^(-1/2), of an adjacency matrix whose loops are passed over. Sums in double.
template <Scalar T>
Csr<T> laplacian_of(const CsrView<T>& W, bool normalized) {
    const auto rows = static_cast<std::size_t>(W.rows());
    std::vector<double> degree(rows, 0.0), root(rows, 0.0);
    int exponent = 0;
    if (normalized && W.nnz() > 0) {
        const auto largest = static_cast<double>(norm_max(W));
        if (largest > 0) exponent = detail::exponent_of(largest);
    }
    for (Index i = 0; i < W.rows(); ++i) {
        double& sum = degree[static_cast<std::size_t>(i)];
        for_row(W, i, [&](Index j, T a) {
            if (j != i) sum += detail::scale_by_power(static_cast<double>(a), -exponent);
        });
        root[static_cast<std::size_t>(i)] = std::sqrt(sum);
    }
    Buffer<Offset> indptr(rows + 1, 0);
    Buffer<Index> indices;
    Buffer<T> values;
    indices.reserve(static_cast<std::size_t>(W.nnz()) + rows);
    values.reserve(static_cast<std::size_t>(W.nnz()) + rows);
    for (Index i = 0; i < W.rows(); ++i) {
        const auto row = static_cast<std::size_t>(i);
        bool placed = false;
        const auto place_diagonal = [&] {
            if (std::exchange(placed, true)) return;
            indices.push_back(i);
            values.push_back(static_cast<T>(!normalized ? degree[row] : degree[row] > 0 ? 1.0 : 0.0));
        };
        for_row(W, i, [&](Index j, T a) {
            if (j >= i) place_diagonal();
            if (j == i || a == T{0}) return;
            indices.push_back(j);
            values.push_back(normalized ? static_cast<T>(-(detail::scale_by_power(static_cast<double>(a), -exponent) /
                                                           root[row] / root[static_cast<std::size_t>(j)]))
                                        : -a);
        });
        place_diagonal();
        indptr[row + 1] = static_cast<Offset>(indices.size());
    }
    return {detail::Trusted{}, W.rows(), W.cols(), std::move(indptr), std::move(indices), std::move(values)};
}

/// v ← v without its part along the unit vector c, twice.
void orthogonalise(Eigen::VectorXd& v, const Eigen::VectorXd& c) {
    for (int pass = 0; pass < 2; ++pass) v -= c.dot(v) * c;
}

/// The unit vector in the null space of a connected graph's Laplacian.
Eigen::VectorXd null_vector(const Csr<double>& W, bool normalized) {
    Eigen::VectorXd c = Eigen::VectorXd::Ones(W.rows());
    if (normalized) c = row_sums(W).cwiseSqrt();
    return c / c.norm();
}

void fix_sign(Eigen::VectorXd& v) {
    Eigen::Index place = 0;
    if (v.size() > 0 && v.cwiseAbs().maxCoeff(&place) > 0 && v[place] < 0) v = -v;
}

Fiedler fiedler_of(const Graph& graph, const Components& components, const FiedlerOptions& options) {
    const Index n = graph.n();
    Fiedler result;
    result.components = components.count;
    const Csr<double> L = laplacian_of<double>(graph.W, options.normalized);
    const auto recompute = [&] {  // residual and Rayleigh quotient of the vector
        Eigen::VectorXd Lv(n);
        L.apply(result.vector, Lv);
        if (components.count == 1) result.value = result.vector.dot(Lv);
        result.residual_norm = (Lv - result.value * result.vector).norm();
    };
    const auto unscale = [&] {
        if (options.normalized) return;
        result.value = std::ldexp(result.value, graph.exponent);
        result.residual_norm = std::ldexp(result.residual_norm, graph.exponent);
        result.error_bound = std::ldexp(result.error_bound, graph.exponent);
    };
    if (components.count > 1) {
        // 1 on the largest component, less its part along the whole graph's null vector (D^(1/2) in place of 1).
        const auto largest = static_cast<Index>(std::max_element(components.sizes.begin(), components.sizes.end()) -
                                                components.sizes.begin());
        Eigen::VectorXd whole = Eigen::VectorXd::Ones(n);
        if (options.normalized) {
            const Eigen::VectorXd degrees = row_sums(graph.W);
            // An isolated vertex has a zero row: its own unit vector is in the null space.
            for (Index i = 0; i < n; ++i) whole[i] = degrees[i] > 0 ? std::sqrt(degrees[i]) : 1;
        }
        result.vector = Eigen::VectorXd::Zero(n);
        for (Index i = 0; i < n; ++i)
            if (components.label[static_cast<std::size_t>(i)] == largest) result.vector[i] = whole[i];
        orthogonalise(result.vector, whole / whole.norm());
        result.vector /= result.vector.norm();
        fix_sign(result.vector);
        result.value = 0;
        recompute();
        result.error_bound = 0;  // components are counted, not computed
        result.multiplicity = components.count - 1;
        result.status = Status::solved;
        result.message = "the graph has " + std::to_string(components.count) +
                         " components: the Fiedler value is 0, and the vector separates the largest of them";
        result.report.status = Status::solved;
        result.report.method = "components";
        unscale();
        return result;
    }

    const Eigen::VectorXd constant = null_vector(graph.W, options.normalized);
    EigshOptions eigen_options;
    eigen_options.which = Which::smallest_algebraic;
    eigen_options.rtol = options.rtol;
    eigen_options.completeness = Completeness::prove;
    eigen_options.max_seconds = options.max_seconds;
    eigen_options.max_memory_bytes = options.max_memory_bytes;
    eigen_options.seed = options.seed;
    eigen_options.cancel = options.cancel;
    const double norm = static_cast<double>(norm_inf(L));
    for (Index k = std::min<Index>(n, 4);; k = std::min<Index>(n, 2 * k)) {
        const EigshResult<double> pairs = eigsh(L, k, eigen_options);
        result.report = pairs.report;
        result.status = pairs.report.status;
        result.message = pairs.report.message;
        if (pairs.values.size() < 2) {
            if (has_answer(result.status)) result.status = Status::not_converged;
            result.vector = Eigen::VectorXd::Zero(n);
            result.value = result.residual_norm = result.error_bound = infinity;
            return result;
        }
        result.vector = pairs.vectors.col(1);
        orthogonalise(result.vector, constant);
        const double left = result.vector.norm();
        result.vector /= left;
        fix_sign(result.vector);
        recompute();
        result.error_bound = result.residual_norm + 4 * u * norm;
        result.multiplicity = 1;
        for (Eigen::Index i = 2; i < pairs.values.size(); ++i)
            if (pairs.values[i] - pairs.values[1] <= pairs.error_bounds[i] + pairs.error_bounds[1] + 16 * u * norm)
                ++result.multiplicity;
        // The first vector is constant, so that the second has nothing of it.
        if (!(left > 0.99)) {
            result.status = Status::not_converged;
            result.message = "the eigenvectors found do not separate the Fiedler vector from the constant one";
        }
        if (result.multiplicity + 1 < pairs.values.size() || k == n || !has_answer(result.status)) break;
        if (k > options.max_multiplicity) {
            result.multiplicity_open = true;
            break;
        }
    }
    unscale();
    return result;
}

void check(const FiedlerOptions& options) {
    detail::require(options.rtol >= 0 && options.rtol < 1, "fiedler_vector: rtol must be in [0, 1)");
    detail::require(options.max_multiplicity >= 1, "fiedler_vector: max_multiplicity must be at least 1");
}

/// Vertices by increasing elements of v, equal ones by number.
std::vector<Index> sorted_by(const Eigen::VectorXd& v) {
    std::vector<Index> order(static_cast<std::size_t>(v.size()));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return v[a] < v[b]; });
    return order;
}

double cut_of(const Csr<double>& W, const std::vector<std::uint8_t>& side, Offset* edges = nullptr) {
    double weight = 0;
    Offset count = 0;
    for (Index i = 0; i < W.rows(); ++i)
        for_row(W, i, [&](Index j, double w) {
            if (j <= i || side[static_cast<std::size_t>(i)] == side[static_cast<std::size_t>(j)]) return;
            weight += w;
            ++count;
        });
    if (edges) *edges = count;
    return weight;
}

/// L without a vertex of each component, factored: potentials with those vertices at 0.
class Grounded {
public:
    Grounded(const Graph& graph, const Components& components, const FactorOptions& options)
        : place_(static_cast<std::size_t>(graph.n()), -1) {
        std::vector<bool> grounded(static_cast<std::size_t>(components.count), false);
        std::vector<Index> kept;
        for (Index i = 0; i < graph.n(); ++i) {
            const auto label = static_cast<std::size_t>(components.label[static_cast<std::size_t>(i)]);
            if (!grounded[label]) {
                grounded[label] = true;
                continue;
            }
            place_[static_cast<std::size_t>(i)] = static_cast<Index>(kept.size());
            kept.push_back(i);
        }
        if (!kept.empty()) {
            L_ = submatrix(laplacian_of<double>(graph.W, false), std::span<const Index>(kept),
                           std::span<const Index>(kept));
            factors_.emplace(L_, options);
        }
    }

    Index size() const noexcept { return L_.rows(); }
    Index place(Index vertex) const noexcept { return place_[static_cast<std::size_t>(vertex)]; }
    Eigen::MatrixXd solve(const Eigen::MatrixXd& B) const { return factors_->solve(B); }
    /// B − L X by differences of potentials along the edges.
    Eigen::MatrixXd residual(const Csr<double>& W, const Eigen::MatrixXd& B, const Eigen::MatrixXd& X) const {
        Eigen::MatrixXd R = B;
        for (Index i = 0; i < W.rows(); ++i) {
            const Index row = place(i);
            if (row < 0) continue;
            for_row(W, i, [&](Index j, double w) {
                for (Eigen::Index c = 0; c < B.cols(); ++c)
                    R(row, c) -= w * (X(row, c) - (place(j) >= 0 ? X(place(j), c) : 0.0));
            });
        }
        return R;
    }

private:
    std::vector<Index> place_;
    Csr<double> L_;
    std::optional<Cholesky<double>> factors_;
};

void stop_if(const std::atomic<bool>* cancel) {
    if (cancel && *cancel) throw Interrupted("effective_resistance: stopped from outside");
}

}  // namespace

template <Scalar T>
requires(!is_complex<T>) Csr<T> laplacian(const CsrView<T>& adjacency, const LaplacianOptions& options) {
    eigen::require_square_and_finite(adjacency, "laplacian");
    detail::require(analyse_structure(adjacency).symmetric, "laplacian: the adjacency matrix must be symmetric");
    detail::require(!has_negative(adjacency), "laplacian: weights must not be negative");
    return laplacian_of(adjacency, options.normalized);
}

template <Scalar T>
requires(!is_complex<T>) Fiedler fiedler_vector(const CsrView<T>& A, const FiedlerOptions& options) {
    check(options);
    const Graph graph = graph_of(A, "fiedler_vector");
    detail::require(graph.n() >= 2, "fiedler_vector: a graph of less than two vertices has no Fiedler vector");
    return fiedler_of(graph, connected_components(graph.W), options);
}

template <Scalar T>
requires(!is_complex<T>) Bisection spectral_bisection(const CsrView<T>& A, const FiedlerOptions& options) {
    check(options);
    const Graph graph = graph_of(A, "spectral_bisection");
    const Index n = graph.n();
    const Components components = connected_components(graph.W);
    Bisection result;
    result.components = components.count;
    result.side.assign(static_cast<std::size_t>(n), 1);
    const Index half = n / 2;
    result.sizes = {half, n - half};
    if (n < 2) return result;

    // Whole components, the largest first, as long as they fit into side 0; then a part of the smallest that does not.
    std::vector<Index> by_size(static_cast<std::size_t>(components.count));
    std::iota(by_size.begin(), by_size.end(), 0);
    std::stable_sort(by_size.begin(), by_size.end(), [&](Index a, Index b) {
        return components.sizes[static_cast<std::size_t>(a)] > components.sizes[static_cast<std::size_t>(b)];
    });
    std::vector<bool> taken(by_size.size(), false);
    Index room = half, split = -1;
    for (const Index c : by_size) {
        const auto place = static_cast<std::size_t>(c);
        if (components.sizes[place] <= room) {
            taken[place] = true;
            room -= components.sizes[place];
        } else {
            split = c;
        }
    }
    for (Index i = 0; i < n; ++i)
        if (taken[static_cast<std::size_t>(components.label[static_cast<std::size_t>(i)])])
            result.side[static_cast<std::size_t>(i)] = 0;
    if (room > 0) {
        std::vector<Index> vertices;
        for (Index i = 0; i < n; ++i)
            if (components.label[static_cast<std::size_t>(i)] == split) vertices.push_back(i);
        const std::span<const Index> list(vertices);
        const Graph part{submatrix(graph.W, list, list), graph.exponent};
        const Fiedler fiedler = fiedler_of(part, connected_components(part.W), options);
        result.fiedler_value = fiedler.value;
        result.status = fiedler.status;
        result.message = fiedler.message;
        const std::vector<Index> order = sorted_by(fiedler.vector);
        // The first of them, or the last: where the cut is lighter.
        const auto with = [&](bool first) {
            std::vector<std::uint8_t> side = result.side;
            for (std::size_t k = 0; k < static_cast<std::size_t>(room); ++k) {
                const Index local = first ? order[k] : order[order.size() - 1 - k];
                side[static_cast<std::size_t>(vertices[static_cast<std::size_t>(local)])] = 0;
            }
            return side;
        };
        std::vector<std::uint8_t> one = with(true), other = with(false);
        result.side = cut_of(graph.W, other) < cut_of(graph.W, one) ? std::move(other) : std::move(one);
    }
    result.cut_weight = std::ldexp(cut_of(graph.W, result.side, &result.cut_edges), graph.exponent);
    return result;
}

template <Scalar T>
requires(!is_complex<T>) Resistances
    effective_resistance(const CsrView<T>& A, std::span<const std::pair<Index, Index>> pairs,
                         const ResistanceOptions& options) {
    const Graph graph = graph_of(A, "effective_resistance");
    for (const auto& [a, b] : pairs)
        detail::require(a >= 0 && a < graph.n() && b >= 0 && b < graph.n(),
                        "effective_resistance: a vertex is out of range");
    const Components components = connected_components(graph.W);
    Resistances result;
    result.components = components.count;
    result.values = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(pairs.size()));
    std::vector<std::size_t> asked;
    for (std::size_t p = 0; p < pairs.size(); ++p) {
        const auto [a, b] = pairs[p];
        if (components.label[static_cast<std::size_t>(a)] != components.label[static_cast<std::size_t>(b)])
            result.values[static_cast<Eigen::Index>(p)] = infinity;
        else if (a != b)
            asked.push_back(p);
    }
    if (asked.empty()) return result;
    const Grounded grounded(graph, components,
                            {.max_memory_bytes = options.max_memory_bytes, .cancel = options.cancel});
    const Index n = grounded.size();
    constexpr std::size_t block = 32;
    for (std::size_t first = 0; first < asked.size(); first += block) {
        stop_if(options.cancel);
        const std::size_t count = std::min(block, asked.size() - first);
        Eigen::MatrixXd B = Eigen::MatrixXd::Zero(n, static_cast<Eigen::Index>(count));
        for (std::size_t c = 0; c < count; ++c) {
            const auto [a, b] = pairs[asked[first + c]];
            if (grounded.place(a) >= 0) B(grounded.place(a), static_cast<Eigen::Index>(c)) = 1;
            if (grounded.place(b) >= 0) B(grounded.place(b), static_cast<Eigen::Index>(c)) = -1;
        }
        Eigen::MatrixXd X = grounded.solve(B);
        // Refined until (r, L⁻¹ r), the error of the energy, is rounding or falls no more. Residuals are sums over
        // edges: degrees of weights that differ much are rounded too much to show the light ones.
        Eigen::VectorXd error = Eigen::VectorXd::Constant(B.cols(), infinity);
        for (int step = 0; step < 20; ++step) {
            const Eigen::MatrixXd R = grounded.residual(graph.W, B, X), Z = grounded.solve(R);
            Eigen::VectorXd now(B.cols());
            for (Eigen::Index c = 0; c < B.cols(); ++c)
                now[c] = std::abs(R.col(c).dot(Z.col(c))) / std::abs(B.col(c).dot(X.col(c)));
            if (!(now.maxCoeff() < 0.5 * error.maxCoeff())) break;
            error = now;
            X += Z;
            if (error.maxCoeff() <= u) break;
        }
        for (std::size_t c = 0; c < count; ++c) {
            const auto k = static_cast<Eigen::Index>(c);
            const auto [a, b] = pairs[asked[first + c]];
            const auto potential = [&](Index vertex) {
                return grounded.place(vertex) >= 0 ? X(grounded.place(vertex), k) : 0.0;
            };
            double energy = 0;  // xᵀ L x = Σ w (x_i − x_j)²
            for (Index i = 0; i < graph.n(); ++i) {
                const double here = potential(i);
                for_row(graph.W, i, [&](Index j, double w) {
                    if (j <= i) return;
                    const double difference = here - potential(j);
                    energy += w * difference * difference;
                });
            }
            const double resistance = 2 * (potential(a) - potential(b)) - energy;
            result.values[static_cast<Eigen::Index>(asked[first + c])] = std::ldexp(resistance, -graph.exponent);
            const double rounding = 4 * u * std::log2(static_cast<double>(graph.W.nnz()) + 2);
            result.error_estimate = std::max(result.error_estimate, error[k] + rounding);
        }
    }
    return result;
}

template <Scalar T>
requires(!is_complex<T>) EdgeResistances
    approximate_edge_resistances(const CsrView<T>& A, const EdgeResistanceOptions& options) {
    detail::require(options.projections >= 1, "approximate_edge_resistances: at least one projection is needed");
    const Graph graph = graph_of(A, "approximate_edge_resistances");
    const Components components = connected_components(graph.W);
    EdgeResistances result;
    result.components = components.count;
    result.relative_standard_error = std::sqrt(2.0 / options.projections);
    std::vector<double> weights;
    for (Index i = 0; i < graph.n(); ++i)
        for_row(graph.W, i, [&](Index j, double w) {
            if (j <= i) return;
            result.edges.emplace_back(i, j);
            weights.push_back(w);
        });
    result.values = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(result.edges.size()));
    if (result.edges.empty()) return result;
    const Grounded grounded(graph, components,
                            {.max_memory_bytes = options.max_memory_bytes, .cancel = options.cancel});
    Random random(options.seed);
    constexpr Index block = 16;
    for (Index first = 0; first < options.projections; first += block) {
        stop_if(options.cancel);
        const Index count = std::min(block, options.projections - first);
        Eigen::MatrixXd Y = Eigen::MatrixXd::Zero(grounded.size(), count);  // Bᵀ W^(1/2) Q, Q random signs
        for (std::size_t e = 0; e < result.edges.size(); ++e) {
            const auto [a, b] = result.edges[e];
            const double size = std::sqrt(weights[e]);
            const std::uint64_t bits = random.bits();
            for (Index c = 0; c < count; ++c) {
                const double flow = (bits >> c) & 1 ? size : -size;
                if (grounded.place(a) >= 0) Y(grounded.place(a), c) += flow;
                if (grounded.place(b) >= 0) Y(grounded.place(b), c) -= flow;
            }
        }
        const Eigen::MatrixXd Z = grounded.solve(Y);
        for (std::size_t e = 0; e < result.edges.size(); ++e) {
            const auto [a, b] = result.edges[e];
            for (Index c = 0; c < count; ++c) {
                const double difference = (grounded.place(a) >= 0 ? Z(grounded.place(a), c) : 0) -
                                          (grounded.place(b) >= 0 ? Z(grounded.place(b), c) : 0);
                result.values[static_cast<Eigen::Index>(e)] += difference * difference / options.projections;
            }
        }
    }
    for (std::size_t e = 0; e < weights.size(); ++e) {
        double& value = result.values[static_cast<Eigen::Index>(e)];
        result.weighted_sum += weights[e] * value;
        value = std::ldexp(value, -graph.exponent);
    }
    return result;
}

template <Scalar T>
requires(!is_complex<T>) Pagerank pagerank(const CsrView<T>& A, const PagerankOptions& options) {
    eigen::require_square_and_finite(A, "pagerank");
    detail::require(!has_negative(A), "pagerank: weights must not be negative");
    detail::require(options.damping >= 0 && options.damping < 1, "pagerank: damping must be in [0, 1)");
    detail::require(options.rtol >= 0 && options.max_iterations >= 0, "pagerank: limits must not be negative");
    const Index n = A.rows();
    const auto length = static_cast<std::size_t>(n);
    const double alpha = options.damping;
    Pagerank result;
    result.values = Eigen::VectorXd::Zero(n);
    if (n == 0) {
        result.status = Status::converged;
        return result;
    }
    std::vector<double> p(length, 1.0 / n);
    if (!options.personalization.empty()) {
        detail::require(options.personalization.size() == length, "pagerank: personalization must have n elements");
        const double largest = *std::max_element(options.personalization.begin(), options.personalization.end());
        detail::require(all_finite(options.personalization) && largest > 0 &&
                            std::none_of(options.personalization.begin(), options.personalization.end(),
                                         [](double a) { return a < 0; }),
                        "pagerank: personalization must be finite and not negative, and not all zero");
        double sum = 0;
        for (std::size_t i = 0; i < length; ++i) sum += p[i] = options.personalization[i] / largest;
        for (double& a : p) a /= sum;
    }

    // Pᵀ with rows of P of sum 1; each row is divided by its largest weight first, so that sums do not overflow.
    Csr<double> P = convert_values<double>(A);
    std::vector<bool> dangling(length, false);
    Offset longest = 0;
    {
        const VectorRef<double> values = P.values();
        for (Index i = 0; i < n; ++i) {
            const auto begin = static_cast<std::size_t>(P.indptr()[static_cast<std::size_t>(i)]);
            const auto end = static_cast<std::size_t>(P.indptr()[static_cast<std::size_t>(i) + 1]);
            double largest = 0, sum = 0;
            for (std::size_t k = begin; k < end; ++k) largest = std::max(largest, values[k]);
            dangling[static_cast<std::size_t>(i)] = largest == 0;
            if (largest == 0) {
                ++result.dangling;
                continue;
            }
            for (std::size_t k = begin; k < end; ++k) sum += values[k] /= largest;
            for (std::size_t k = begin; k < end; ++k) values[k] /= sum;
        }
    }
    const Csr<double> Pt = transpose(P);
    for (std::size_t j = 0; j < length; ++j) longest = std::max(longest, Pt.indptr()[j + 1] - Pt.indptr()[j]);

    Eigen::VectorXd x = Eigen::Map<const Eigen::VectorXd>(p.data(), n), y(n);
    const auto multiply = [&] {  // y ← G x; x has sum 1
        Pt.apply(x, y);
        double lost = 0;
        for (std::size_t i = 0; i < length; ++i)
            if (dangling[i]) lost += x[static_cast<Eigen::Index>(i)];
        const double share = alpha * lost + (1 - alpha);
        for (std::size_t i = 0; i < length; ++i) {
            const auto k = static_cast<Eigen::Index>(i);
            y[k] = alpha * y[k] + share * p[i];
        }
    };
    // Rounding of a sum of so many numbers of one sign, in the 1-norm.
    const double rounding = u * (8 + std::sqrt(static_cast<double>(longest)));
    double change = infinity, best = infinity;
    std::int64_t without_gain = 0;
    while (true) {
        multiply();
        change = (y - x).lpNorm<1>();
        result.error_bound = (change + rounding) / (1 - alpha);
        // The bound is of x, which is what is returned.
        if (result.error_bound <= options.rtol) {
            result.status = Status::converged;
            break;
        }
        if (options.cancel && *options.cancel) {
            result.status = Status::interrupted;
            break;
        }
        if (result.iterations == options.max_iterations) {
            result.status = Status::max_iterations;
            break;
        }
        // ‖G x − x‖₁ falls by α at least until rounding stops it.
        without_gain = change < best ? 0 : without_gain + 1;
        best = std::min(best, change);
        if (without_gain >= 8 && change <= 4 * rounding) {
            result.status = Status::stagnated;
            break;
        }
        x = y / y.sum();
        ++result.iterations;
    }
    result.values = x;
    return result;
}

#define INSTANTIATE(T)                                                                                      \
    template Csr<T> laplacian(const CsrView<T>&, const LaplacianOptions&);                                  \
    template Fiedler fiedler_vector(const CsrView<T>&, const FiedlerOptions&);                              \
    template Bisection spectral_bisection(const CsrView<T>&, const FiedlerOptions&);                        \
    template Resistances effective_resistance(const CsrView<T>&, std::span<const std::pair<Index, Index>>,  \
                                              const ResistanceOptions&);                                    \
    template EdgeResistances approximate_edge_resistances(const CsrView<T>&, const EdgeResistanceOptions&); \
    template Pagerank pagerank(const CsrView<T>&, const PagerankOptions&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace ritz
