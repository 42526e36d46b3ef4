// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/level_schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

constexpr Offset work_of_a_thread = 20000;  // entries and rows of both factors for which a thread is worth waking
constexpr Offset work_of_a_level = 500;     // below, waiting for each other costs more than sharing a level gains
constexpr int most_threads = 1024;

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

}  // namespace

LevelSchedule::LevelSchedule(Index n, RowPattern dependencies, int wanted_threads) {
    const auto& [indptr, indices] = dependencies;
    const auto row = [&](Index i) {
        return indices.subspan(static_cast<std::size_t>(indptr[at(i)]),
                               static_cast<std::size_t>(indptr[at(i) + 1] - indptr[at(i)]));
    };
    const auto work = [&](Index i) { return indptr[at(i) + 1] - indptr[at(i)] + 2; };

    // Levels, and the rows of each in their natural order
    level_of.resize(at(n));
    for (Index i = 0; i < n; ++i) {
        Index level = 0;
        for (const Index k : row(i)) level = std::max(level, level_of[at(k)] + 1);
        level_of[at(i)] = level;
        levels = std::max(levels, level + 1);
    }
    Buffer<Index> start(at(levels) + 1, 0), by_level(at(n));
    for (const Index level : level_of) ++start[at(level) + 1];
    for (std::size_t l = 0; l < at(levels); ++l) start[l + 1] += start[l];
    {
        Buffer<Index> next(start.begin(), start.end());
        for (Index i = 0; i < n; ++i) by_level[at(next[at(level_of[at(i)])]++)] = i;
    }

    // Threads: each should get enough to do in levels that are worth sharing.
    Offset worth_sharing = 0;
    const auto work_of = [&](Index level) {
        Offset sum = 0;
        for (Index p = start[at(level)]; p < start[at(level) + 1]; ++p) sum += work(by_level[at(p)]);
        return sum;
    };
    for (Index level = 0; level < levels; ++level)
        if (const Offset sum = work_of(level); sum >= work_of_a_level) worth_sharing += sum;
    threads = static_cast<int>(
        std::clamp<Offset>(worth_sharing / work_of_a_thread, 1, std::clamp(wanted_threads, 1, most_threads)));

    // Windows, and the thread of each row
    window_of.resize(at(levels));
    thread_of.assign(at(n), 0);
    struct Kind {
        Index first_level;
        bool shared;
    };
    std::vector<Kind> kinds;
    if (threads == 1) {
        if (levels > 0) kinds.push_back({0, false});
        std::fill(window_of.begin(), window_of.end(), 0);
    } else {
        std::vector<Offset> load(static_cast<std::size_t>(threads));
        // Gives the rows of a level to threads; false if dependencies inside the window spoil the balance.
        const auto share = [&](Index level, Index window_start) {
            const Offset sum = work_of(level);
            Offset done = 0;
            std::fill(load.begin(), load.end(), 0);
            for (Index p = start[at(level)]; p < start[at(level) + 1]; ++p) {
                const Index i = by_level[at(p)];
                auto thread = static_cast<std::uint16_t>(done * threads / sum);
                done += work(i);
                if (level > window_start)
                    for (const Index k : row(i))
                        if (level_of[at(k)] >= window_start) thread = std::max(thread, thread_of[at(k)]);
                thread_of[at(i)] = thread;
                load[thread] += work(i);
            }
            const Offset fair = sum / threads;
            return *std::max_element(load.begin(), load.end()) <= fair + fair / 8 + 40;
        };
        for (Index level = 0; level < levels; ++level) {
            const bool shared = work_of(level) >= work_of_a_level;
            if (kinds.empty() || kinds.back().shared != shared) kinds.push_back({level, shared});
            if (shared && !share(level, kinds.back().first_level)) {
                if (kinds.back().first_level != level) kinds.push_back({level, true});
                share(level, level);
            }
            window_of[at(level)] = static_cast<Index>(kinds.size()) - 1;
        }
    }

    // Groups in the order window, thread, level
    position_of.resize(at(n));
    row_at.reserve(at(n) + at(n) / 16);
    const auto group_rows = [&](std::span<const Index> rows) {
        while (!rows.empty()) {
            const std::size_t count = rows.size() >= least_lanes ? std::min<std::size_t>(rows.size(), lanes) : 1;
            const std::size_t first = row_at.size(), width = count == 1 ? 1 : lanes;
            if (first + width > static_cast<std::size_t>(std::numeric_limits<Index>::max()) - lanes)
                throw LimitExceeded("triangular solve: more positions than 2^31; the matrix is too large");
            groups.push_back({static_cast<Index>(first), static_cast<Index>(count)});
            for (std::size_t lane = 0; lane < width; ++lane) row_at.push_back(rows[std::min(lane, count - 1)]);
            for (std::size_t lane = 0; lane < count; ++lane)
                position_of[at(rows[lane])] = static_cast<Index>(first + lane);
            rows = rows.subspan(count);
        }
    };
    std::vector<Index> mine;
    for (std::size_t w = 0; w < kinds.size(); ++w) {
        const Index first = kinds[w].first_level, end = w + 1 < kinds.size() ? kinds[w + 1].first_level : levels;
        const auto window = static_cast<Index>(w);
        if (!kinds[w].shared) {
            const auto first_group = static_cast<Offset>(groups.size());
            for (Index level = first; level < end; ++level)
                group_rows({by_level.data() + start[at(level)], at(start[at(level) + 1] - start[at(level)])});
            segments.push_back({window, 0, end - 1, first, first_group, static_cast<Offset>(groups.size())});
        } else {
            for (Index thread = 0; thread < threads; ++thread)
                for (Index level = first; level < end; ++level) {
                    mine.clear();
                    for (Index p = start[at(level)]; p < start[at(level) + 1]; ++p)
                        if (thread_of[at(by_level[at(p)])] == thread) mine.push_back(by_level[at(p)]);
                    if (mine.empty()) continue;
                    const auto first_group = static_cast<Offset>(groups.size());
                    group_rows(mine);
                    segments.push_back({window, thread, level, level, first_group, static_cast<Offset>(groups.size())});
                }
        }
    }

    tasks.resize(static_cast<std::size_t>(threads));
    const auto end_of_window = [&](Index w) {
        return at(w) + 1 < kinds.size() ? kinds[at(w) + 1].first_level : levels;
    };
    for (std::size_t s = 0; s < segments.size(); ++s) {
        const Segment& segment = segments[s];
        tasks[at(segment.thread)].push_back(
            {static_cast<Offset>(s), segment.first_level, kinds[at(segment.window)].first_level, segment.first_level});
    }
    for (std::size_t s = segments.size(); s-- > 0;) {
        const Segment& segment = segments[s];
        tasks[at(segment.thread)].push_back({static_cast<Offset>(s), levels - end_of_window(segment.window),
                                             levels - 1 - segment.level, levels - 1 - segment.level});
    }
}

}  // namespace ritz::detail
