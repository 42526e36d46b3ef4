// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// In which order, and by which thread, the rows of a triangular solve are done.

#include <cstdint>
#include <span>
#include <vector>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"

namespace ritz::detail {

/// Rows of a compressed matrix by pattern: row i is indices[indptr[i]] … indices[indptr[i+1] - 1].
struct RowPattern {
    std::span<const Offset> indptr;
    std::span<const Index> indices;
};

/// The rows of a strictly lower triangular pattern, ordered for solves with it (from the first position to the last)
/// and with its transpose (from the last to the first).
///
/// The levels are cut into windows of consecutive levels. Inside a window a row is given to a thread that is not below
/// the thread of any row that it depends on, so dependencies between threads lead one way: thread t needs threads below
/// t one level ago, and the others as of the end of the window before. The order of positions is window, thread, level,
/// and this order itself respects all dependencies, which is what one thread alone follows.
///
/// Rows of one thread and level are put into groups of `lanes` with consecutive positions. A rest of `least_lanes` or
/// more becomes a group with unused positions, a smaller one becomes groups of one row.
class LevelSchedule {
public:
    static constexpr int lanes = 8;
    static constexpr int least_lanes = 3;

    struct Group {
        Index position;  ///< of its first row
        Index rows;      ///< 1: a single row; otherwise that many of `lanes` positions are used
        Index width() const noexcept { return rows == 1 ? 1 : lanes; }
    };
    /// Groups of one thread and level; of one thread and all levels of its window if no other thread has work there.
    struct Segment {
        Index window;
        Index thread;
        Index level;        ///< its last one if it has several
        Index first_level;  ///< its first one
        Offset first_group, end_group;
    };
    /// A segment of one of the two solves. Before it, threads below must have completed `needs_below` levels of that
    /// solve and threads above `needs_above`; the thread of the segment itself, `completed` and all its tasks before.
    struct Task {
        Offset segment;
        Index needs_below, needs_above, completed;
    };

    /// `dependencies` of row i are rows < i. For at most `threads` threads, fewer when there is too little work.
    LevelSchedule(Index n, RowPattern dependencies, int threads);

    Index positions() const noexcept { return static_cast<Index>(row_at.size()); }
    std::size_t memory_bytes() const noexcept {
        return groups.capacity() * sizeof(Group) + segments.capacity() * sizeof(Segment) +
               (row_at.capacity() + position_of.capacity() + level_of.capacity() + window_of.capacity()) *
                   sizeof(Index) +
               thread_of.capacity() * sizeof(std::uint16_t);
    }

    int threads = 1;
    Index levels = 0;
    Buffer<Index> row_at;       ///< row at a position; an unused position names the last row of its group
    Buffer<Index> position_of;  ///< position of a row
    std::vector<Group> groups;
    std::vector<Segment> segments;
    /// What each thread does in a solve from first to last and the one from last to first after it, in this order. The
    /// first half of the list is the one solve, the second the other.
    std::vector<std::vector<Task>> tasks;
    Buffer<Index> level_of;           ///< of a row
    Buffer<Index> window_of;          ///< of a level
    Buffer<std::uint16_t> thread_of;  ///< of a row

    /// Row i may read what row j wrote in a solve from first to last (from last to first: with i and j exchanged),
    /// whether or not it depends on it.
    bool before(Index j, Index i) const noexcept {
        const auto a = static_cast<std::size_t>(j), b = static_cast<std::size_t>(i);
        const Index wa = window_of[static_cast<std::size_t>(level_of[a])],
                    wb = window_of[static_cast<std::size_t>(level_of[b])];
        return wa < wb || (wa == wb && thread_of[a] <= thread_of[b] && level_of[a] < level_of[b]);
    }
};

}  // namespace ritz::detail
