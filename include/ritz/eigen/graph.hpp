// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Graphs by their matrices: Laplacians, the Fiedler vector and bisection by it, effective resistances, PageRank.
///
/// A weighted undirected graph is a real symmetric matrix: its adjacency matrix W (w_ij > 0 an edge; zeros are none,
/// loops are left out) or its Laplacian L = D − W (no positive entry off the diagonal, zero row sums). Functions that
/// say "a graph" take either and see which it is. All but `laplacian` compute in double.
///
/// \throws InvalidArgument, all of them, if the matrix is not square, holds a NaN, an infinity or a negative weight, is
///         not exactly symmetric (pagerank takes it as it is), or is neither of the two; or if an option is out of
///         range.

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ritz/core/buffer.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/eigen/report.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz {

struct LaplacianOptions {
    bool normalized = false;  ///< I − D^(-1/2) W D^(-1/2); rows of isolated vertices are zero
};

/// D − W of an adjacency matrix. Every diagonal element is stored. O(nnz).
template <Scalar T>
requires(!is_complex<T>) Csr<T> laplacian(const CsrView<T>& adjacency, const LaplacianOptions& options = {});

struct FiedlerOptions {
    bool normalized = false;      ///< of the normalized Laplacian
    double rtol = 1e-10;          ///< of eigsh
    Index max_multiplicity = 16;  ///< as far as equal eigenvalues are looked for
    double max_seconds = 0;       ///< 0: no limit
    std::size_t max_memory_bytes = 0;
    std::uint64_t seed = 1;
    const std::atomic<bool>* cancel = nullptr;
};

struct [[nodiscard]] Fiedler {
    double value = 0;        ///< second smallest eigenvalue of L, the algebraic connectivity; exactly 0 if disconnected
    Eigen::VectorXd vector;  ///< of norm 1, orthogonal to the constant one (to D^(1/2) 1 where normalized); its largest
                             ///< element is positive. Of a disconnected graph it separates the largest component
    double residual_norm = 0;  ///< ‖L v − λ v‖₂, recomputed from the vector
    double error_bound = 0;  ///< an eigenvalue lies this close to `value`; that it is the second is the proof's matter
    Index multiplicity = 1;  ///< eigenvalues that agree with `value` to rounding and their bounds, itself included
    bool multiplicity_open = false;  ///< there may be more: max_multiplicity was reached
    Index components = 1;
    /// solved: also that none was missed is proved; converged, not_proved: the pair is right; else see eigsh.
    Status status = Status::not_converged;
    std::string message;
    EigenReport report;  ///< of eigsh; its method is "components" where those were enough
};

/// The Fiedler value and vector of a graph of two vertices or more. Components are counted first; one eigsh for the
/// smallest eigenvalues otherwise.
/// \ref M. Fiedler, Algebraic connectivity of graphs, Czechoslovak Math. J. 23 (1973) 298.
template <Scalar T>
requires(!is_complex<T>) Fiedler fiedler_vector(const CsrView<T>& graph, const FiedlerOptions& options = {});

struct [[nodiscard]] Bisection {
    std::vector<std::uint8_t> side;  ///< of each vertex, 0 or 1
    std::array<Index, 2> sizes{};    ///< ⌊n/2⌋ and ⌈n/2⌉
    double cut_weight = 0;           ///< of the edges between the sides, recomputed
    Offset cut_edges = 0;
    Index components = 0;
    double fiedler_value = 0;           ///< of the graph, or of the component that is split
    Status status = Status::converged;  ///< of the Fiedler vector
    std::string message;
};

/// Splits the vertices in half at the median of the Fiedler vector. Of a disconnected graph whole components are put
/// together where they fit, and at most one is split, by its own Fiedler vector. A graph of less than two vertices is
/// not split.
/// \ref A. Pothen, H. D. Simon and K.-P. Liou, Partitioning sparse matrices with eigenvectors of graphs, SIAM J. Matrix
///      Anal. Appl. 11 (1990) 430.
template <Scalar T>
requires(!is_complex<T>) Bisection spectral_bisection(const CsrView<T>& graph, const FiedlerOptions& options = {});

struct ResistanceOptions {
    std::size_t max_memory_bytes = 0;  ///< of the factors
    const std::atomic<bool>* cancel = nullptr;
};

struct [[nodiscard]] Resistances {
    Eigen::VectorXd values;
    /// Of the largest relative error: (r, L⁺ r)/R of the solutions before their last correction, and rounding.
    double error_estimate = 0;
    Index components = 0;
};

/// R_uv = (e_u − e_v)ᵀ L⁺ (e_u − e_v) for pairs of vertices of a graph; 0 for u = v, infinite between components.
///
/// One Cholesky factorisation of L without a vertex of each component, two or more solves a pair. From a solution x it
/// is 2 (x_u − x_v) − xᵀ L x, whose error is of second order in that of x. \throws InvalidArgument also if a vertex is
/// out of range; NotPositiveDefinite if weights differ so much that L without
///         those vertices is singular to rounding; LimitExceeded; Interrupted.
/// \ref D. J. Klein and M. Randić, Resistance distance, J. Math. Chem. 12 (1993) 81.
template <Scalar T>
requires(!is_complex<T>) Resistances
    effective_resistance(const CsrView<T>& graph, std::span<const std::pair<Index, Index>> pairs,
                         const ResistanceOptions& options = {});

struct EdgeResistanceOptions {
    Index projections = 200;  ///< q: the relative standard error of each value is √(2/q)
    std::size_t max_memory_bytes = 0;
    std::uint64_t seed = 1;
    const std::atomic<bool>* cancel = nullptr;
};

struct [[nodiscard]] EdgeResistances {
    std::vector<std::pair<Index, Index>> edges;  ///< u < v, by rows
    Eigen::VectorXd values;
    double relative_standard_error = 0;
    /// Σ w R over the edges, which is n − components exactly (Foster's theorem): how far it is off tells of the whole.
    double weighted_sum = 0;
    Index components = 0;
};

/// About R_uv for every edge of a graph at once: distances of the columns of random projections of W^(1/2) B L⁺, B the
/// edge-vertex incidence. One factorisation, q solves, 2 q flops an edge. \throws as above.
/// \ref D. A. Spielman and N. Srivastava, Graph sparsification by effective resistances, SIAM J. Comput. 40 (2011)
/// 1913.
template <Scalar T>
requires(!is_complex<T>) EdgeResistances
    approximate_edge_resistances(const CsrView<T>& graph, const EdgeResistanceOptions& options = {});

struct PagerankOptions {
    double damping = 0.85;                 ///< α in [0, 1)
    VectorView<double> personalization{};  ///< p ≥ 0, not all zero, scaled to sum 1; empty: uniform
    double rtol = 1e-10;                   ///< of the bound of ‖error‖₁
    std::int64_t max_iterations = 10000;
    const std::atomic<bool>* cancel = nullptr;
};

struct [[nodiscard]] Pagerank {
    Eigen::VectorXd values;  ///< ≥ 0, sum 1
    /// ‖x − x*‖₁ ≤ this: ‖G x − x‖₁/(1 − α) of the vector returned, and what rounding of G x can be.
    double error_bound = 0;
    std::int64_t iterations = 0;
    Index dangling = 0;                     ///< vertices without an edge out
    Status status = Status::not_converged;  ///< converged, max_iterations, stagnated (rounding), interrupted
};

/// The stationary vector x = G x of a walk on a directed graph: with probability α along an edge i → j in proportion to
/// a_ij ≥ 0, from a vertex without any to a vertex drawn from p, else to one drawn from p. Power iteration, one product
/// each, about log(rtol)/log(α) of them; loops count. A need not be symmetric.
/// \ref S. Brin and L. Page, Comput. Networks 30 (1998) 107; A. N. Langville and C. D. Meyer, Google's PageRank and
///      Beyond (2006), chapters 4 and 8.
template <Scalar T>
requires(!is_complex<T>) Pagerank pagerank(const CsrView<T>& A, const PagerankOptions& options = {});

}  // namespace ritz
