// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The part of a Cholesky factorisation that needs no numbers: ordering, elimination tree, fronts, and how the work is
/// cut into tasks.

#include <cstdint>
#include <memory>
#include <span>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::detail {

/// Fronts are numbered in postorder: the descendants of a front are the numbers just before it. Front s eliminates the
/// columns first[s] … first[s+1]-1; the rows of L below them that are not zero are rows[start[s]] … rows[start[s+1]-1],
/// increasing. L holds for each front a dense panel, column-major, of height(s) rows: its own columns' lower triangle
/// over the rows below.
struct Symbolic {
    Index n = 0;
    Buffer<Offset> indptr;  // the pattern that was analysed
    Buffer<Index> indices;
    Ordering ordering = Ordering::natural;
    double factor_nonzeros = 0;  // without the zeros that fronts store
    double flops = 0;            // real multiplications and additions of a real factorisation, zeros included
    double analyse_seconds = 0;

    Buffer<Index> perm;   // perm[k]: the row of A eliminated k-th
    Buffer<Index> place;  // its inverse

    Index fronts = 0;
    Buffer<Index> first;   // fronts + 1
    Buffer<Offset> start;  // fronts + 1, into rows
    Buffer<Index> rows;
    Buffer<Index> relative;               // for each of rows: its place in the front of the parent
    Buffer<Offset> panel;                 // fronts + 1, into the values of L
    Buffer<Index> parent;                 // fronts; -1: a root
    Buffer<Index> descendant;             // fronts: the first descendant, itself if there is none
    Buffer<Index> child_start, children;  // fronts + 1, and the children in increasing order

    // A task is a whole subtree of small fronts, or one large front.
    Buffer<Index> task_begin;    // tasks + 1: fronts task_begin[t] … task_begin[t+1]-1, the last being the root
    Buffer<Index> task_parent;   // tasks
    Buffer<Index> task_of;       // fronts
    Offset arena = 0;            // entries of workspace that the subtrees need, a thread
    double contributions = 0;    // entries of the contributions between tasks, at most, when they run in order
    Buffer<Offset> solve_start;  // tasks + 1: where the task's part of a solve's workspace begins
    Buffer<Index> target;        // for each of rows of a front in a subtree: where a solve adds to, see solve.cpp

    Index tasks() const noexcept { return static_cast<Index>(task_parent.size()); }
    bool is_subtree(Index task) const noexcept { return subtree[static_cast<std::size_t>(task)] != 0; }
    Buffer<std::uint8_t> subtree;  // tasks
    Buffer<double> task_work;      // tasks: their operations and those of all tasks below

    Index columns(Index s) const noexcept { return first[u(s) + 1] - first[u(s)]; }
    Index below(Index s) const noexcept { return static_cast<Index>(start[u(s) + 1] - start[u(s)]); }
    Index height(Index s) const noexcept { return columns(s) + below(s); }
    const Index* rows_of(Index s) const noexcept { return rows.data() + start[u(s)]; }
    const Index* relative_of(Index s) const noexcept { return relative.data() + start[u(s)]; }
    std::span<const Index> children_of(Index s) const noexcept {
        return {children.data() + child_start[u(s)], children.data() + child_start[u(s) + 1]};
    }

    /// Bytes that this object holds.
    std::size_t memory_bytes() const noexcept;
    /// Threads worth having for the numerical part, of those available.
    int worthwhile_threads(std::size_t entry_bytes, int available) const noexcept;
    /// Bytes that a numerical factorisation with `entry_bytes` a number and so many threads holds at most, this object
    /// included.
    double peak_bytes(std::size_t entry_bytes, int threads) const;
    /// Entries of the contributions between tasks, at most, with so many threads of equal speed.
    double contributions_of(int threads) const;

    static std::size_t u(Index i) noexcept { return static_cast<std::size_t>(i); }
};

/// Entries that a contribution of m rows takes in the workspace: whole cache lines, so that every block is aligned.
inline Offset contribution_entries(Index m) noexcept {
    return (static_cast<Offset>(m) * m + 7) / 8 * 8;
}

/// Real operations of the partial factorisation of k columns of a real front with m rows below.
inline double front_flops(double k, double m) noexcept {
    return k * k * k / 3 + k * k * m + k * m * m;
}

/// Analyses the pattern of an n × n matrix that is symmetric as a pattern.
/// \throws InvalidArgument for an ordering that does not apply; Interrupted; OutOfMemory.
std::shared_ptr<const Symbolic> analyse_cholesky(Index n, std::span<const Offset> indptr,
                                                 std::span<const Index> indices, const FactorOptions& options);

}  // namespace ritz::detail
