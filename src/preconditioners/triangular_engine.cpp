// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/triangular_engine.hpp"

#include <omp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "core/instantiate.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::detail {

namespace {

constexpr int lanes = LevelSchedule::lanes;

std::size_t at(Offset i) {
    return static_cast<std::size_t>(i);
}

template <Scalar T>
using Single = std::conditional_t<is_complex<T>, std::complex<float>, float>;

/// One group's share of a sweep.
struct Step {
    std::uint32_t runs;     ///< entries of a single row count as gathered
    std::uint32_t gathers;  ///< per lane
    std::uint32_t rows;     ///< 1: a single row
};

/// Where the data of a segment begin.
struct Cursor {
    Offset step, run, gather, value;
    Index position;
};

/// The rows of L in the order of a solve from first to last, or of U in that from last to first.
template <class S>
struct Sweep {
    std::vector<Step> steps;
    std::vector<Index> run_at;     ///< position that lane 0 reads
    std::vector<Index> gather_at;  ///< position of each entry; by slot, then by lane
    Buffer<S> values;              ///< by slot, runs first, then by lane
    std::vector<Cursor> cursors;   ///< of each segment in the order of the sweep, and of the end

    std::size_t memory_bytes() const noexcept {
        return steps.capacity() * sizeof(Step) + (run_at.capacity() + gather_at.capacity()) * sizeof(Index) +
               values.capacity() * sizeof(S) + cursors.capacity() * sizeof(Cursor);
    }
};

/// Eight numbers. The real ones are one vector of the processor, or two or four.
template <class R>
struct Pack {
    typedef R Vector __attribute__((vector_size(lanes * sizeof(R))));
    Vector v;

    template <class S>
    [[gnu::always_inline]] static Pack load(const S* from) {
        typename Pack<S>::Vector raw;
        std::memcpy(&raw, from, sizeof raw);
        if constexpr (std::is_same_v<S, R>)
            return {raw};
        else
            return {__builtin_convertvector(raw, Vector)};
    }
    [[gnu::always_inline]] static Pack gather(const R* from, const Index* where) {
        return {Vector{from[where[0]], from[where[1]], from[where[2]], from[where[3]], from[where[4]], from[where[5]],
                       from[where[6]], from[where[7]]}};
    }
    [[gnu::always_inline]] void store(R* to) const { std::memcpy(to, &v, sizeof v); }
    [[gnu::always_inline]] void subtract_product(const Pack& a, const Pack& b) { v -= a.v * b.v; }
    [[gnu::always_inline]] void multiply(const Pack& a) { v *= a.v; }
    [[gnu::always_inline]] R operator[](int lane) const { return v[lane]; }
};

template <class R>
struct Pack<std::complex<R>> {
    Pack<R> re, im;

    template <class S>
    [[gnu::always_inline]] static Pack load(const std::complex<S>* from) {
        Pack p;
        for (int lane = 0; lane < lanes; ++lane) {
            p.re.v[lane] = static_cast<R>(from[lane].real());
            p.im.v[lane] = static_cast<R>(from[lane].imag());
        }
        return p;
    }
    [[gnu::always_inline]] static Pack gather(const std::complex<R>* from, const Index* where) {
        Pack p;
        for (int lane = 0; lane < lanes; ++lane) {
            p.re.v[lane] = from[where[lane]].real();
            p.im.v[lane] = from[where[lane]].imag();
        }
        return p;
    }
    [[gnu::always_inline]] void store(std::complex<R>* to) const {
        for (int lane = 0; lane < lanes; ++lane) to[lane] = {re.v[lane], im.v[lane]};
    }
    [[gnu::always_inline]] void subtract_product(const Pack& a, const Pack& b) {
        re.v -= a.re.v * b.re.v - a.im.v * b.im.v;
        im.v -= a.re.v * b.im.v + a.im.v * b.re.v;
    }
    [[gnu::always_inline]] void multiply(const Pack& a) {
        const auto real = re.v * a.re.v - im.v * a.im.v;
        im.v = re.v * a.im.v + im.v * a.re.v;
        re.v = real;
    }
    [[gnu::always_inline]] std::complex<R> operator[](int lane) const { return {re.v[lane], im.v[lane]}; }
};

/// a b by the formula; std::complex would look at each product for NaN.
template <class T, class S>
[[gnu::always_inline]] inline T product(S a, T b) {
    if constexpr (is_complex<T>) {
        using R = Real<T>;
        const auto re = static_cast<R>(a.real()), im = static_cast<R>(a.imag());
        return {re * b.real() - im * b.imag(), re * b.imag() + im * b.real()};
    } else {
        return static_cast<T>(a) * b;
    }
}

/// How far the tasks of a thread are, on a cache line of its own.
struct alignas(64) Progress {
    std::atomic<std::size_t> claimed{0};  ///< tasks that somebody has taken on
    std::atomic<std::size_t> done{0};
};

template <Scalar T, class S>
class Engine final : public TriangularEngine<T> {
public:
    Engine(const TriangularFactors<T>& factors, std::shared_ptr<const LevelSchedule> schedule);

    void apply(const T* r, T* z) const override;
    void apply_adjoint(const T* r, T* z) const override;
    std::size_t memory_bytes() const noexcept override;

private:
    struct Workspace {
        Buffer<T> w;  // positions, and a zero that unused lanes read
        std::vector<Progress> progress;
    };
    /// A workspace for one call; kept for the next, since fresh pages cost as much as a sweep.
    class Lease {
    public:
        explicit Lease(const Engine& engine) : engine_(engine) {
            {
                const std::lock_guard lock(engine.mutex_);
                if (!engine.idle_.empty()) {
                    workspace_ = std::move(engine.idle_.back());
                    engine.idle_.pop_back();
                }
            }
            if (!workspace_) {
                workspace_ = std::make_unique<Workspace>();
                workspace_->w.assign(at(engine.schedule_->positions()) + lanes, T{0});
                workspace_->progress = std::vector<Progress>(static_cast<std::size_t>(engine.schedule_->threads));
            }
        }
        ~Lease() {
            const std::lock_guard lock(engine_.mutex_);
            if (engine_.idle_.size() < engine_.idle_.capacity()) engine_.idle_.push_back(std::move(workspace_));
        }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Workspace& operator*() const noexcept { return *workspace_; }

    private:
        const Engine& engine_;
        std::unique_ptr<Workspace> workspace_;
    };

    void pack(const SparseRows<T>& rows, bool down, Sweep<S>& sweep) const;
    void solve_down(Offset begin, Offset end, const T* r, T* w) const;
    void solve_up(Offset begin, Offset end, T* w, T* z) const;
    void scatter_back(const Sweep<S>& sweep, bool down, T* w) const;
    bool advance(std::size_t owner, Workspace& workspace, const T* r, T* z) const;
    void work(std::size_t self, Workspace& workspace, const T* r, T* z) const;

    Sweep<S> down_, up_;  // L, U
    Buffer<S> inverse_pivots_;
    Buffer<Index> row_, column_;                // of A, by position; column_ is empty if they are the same
    Buffer<Real<T>> row_scale_, column_scale_;  // by position
    bool hermitian_;
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

template <Scalar T, class S>
Engine<T, S>::Engine(const TriangularFactors<T>& factors, std::shared_ptr<const LevelSchedule> schedule)
    : hermitian_(factors.hermitian) {
    this->schedule_ = std::move(schedule);
    const LevelSchedule& order = *this->schedule_;
    const auto positions = at(order.positions());
    pack(factors.lower, true, down_);
    pack(factors.upper, false, up_);
    row_ = order.row_at;
    inverse_pivots_.resize(positions);
    for (std::size_t p = 0; p < positions; ++p) {
        const auto i = at(order.row_at[p]);
        // Unused positions hold zeros, so that a run may read them.
        inverse_pivots_[p] = at(order.position_of[i]) == p ? static_cast<S>(factors.inverse_pivots[i]) : S{0};
    }
    if (!factors.columns.empty()) {
        column_.resize(positions);
        for (std::size_t p = 0; p < positions; ++p) column_[p] = factors.columns[at(order.row_at[p])];
    }
    if (!factors.row_scale.empty()) {
        row_scale_.resize(positions);
        column_scale_.resize(positions);
        const Buffer<Index>& column = column_.empty() ? row_ : column_;
        for (std::size_t p = 0; p < positions; ++p) {
            row_scale_[p] = factors.row_scale[at(row_[p])];
            column_scale_[p] = factors.column_scale[at(column[p])];
        }
    }
    idle_.reserve(4);
}

template <Scalar T, class S>
void Engine<T, S>::pack(const SparseRows<T>& rows, bool down, Sweep<S>& sweep) const {
    const LevelSchedule& order = *this->schedule_;
    const Index positions = order.positions();
    sweep.values.reserve(rows.values.size() + rows.values.size() / 8);
    sweep.steps.reserve(order.groups.size());
    sweep.cursors.reserve(order.segments.size() + 1);

    struct Entry {
        Index first;  // position that lane 0 would read if all lanes read consecutive ones
        Index lane;
        Offset source;
    };
    std::vector<Entry> left;
    std::array<std::vector<Entry>, lanes> gathered;
    const auto position = [&](Offset k) { return order.position_of[at(rows.indices[at(k)])]; };
    const auto value = [&](Offset k) { return static_cast<S>(rows.values[at(k)]); };
    // All of [first, first + lanes) has been written when row i is computed.
    const auto written = [&](Index first, Index i) {
        if (first < 0 || first + lanes > positions) return false;
        for (Index p = first; p < first + lanes; ++p) {
            const Index j = order.row_at[at(p)];
            if (!(down ? order.before(j, i) : order.before(i, j))) return false;
        }
        return true;
    };
    constexpr std::size_t least_in_a_run = 4;  // fewer lanes are gathered

    const auto add_group = [&](const LevelSchedule::Group& group) {
        const Index first_row = order.row_at[at(group.position)];
        if (group.rows == 1) {
            const Offset begin = rows.indptr[at(first_row)], end = rows.indptr[at(first_row) + 1];
            for (Offset k = begin; k < end; ++k) {
                sweep.gather_at.push_back(position(k));
                sweep.values.push_back(value(k));
            }
            sweep.steps.push_back({0, static_cast<std::uint32_t>(end - begin), 1});
            return;
        }
        std::uint32_t runs = 0;
        left.clear();
        std::array<Offset, lanes> next{}, end{};
        bool same_length = group.rows == lanes;
        for (int lane = 0; lane < group.rows; ++lane) {
            const auto i = at(order.row_at[at(group.position + lane)]);
            next[static_cast<std::size_t>(lane)] = rows.indptr[i];
            end[static_cast<std::size_t>(lane)] = rows.indptr[i + 1];
            same_length = same_length && rows.indptr[i + 1] - rows.indptr[i] == end[0] - next[0];
        }
        if (same_length) {  // the usual case of a grid, without a sort: entry k of each row is part of one run
            for (Offset k = 0; k < end[0] - next[0]; ++k) {
                const Index first = position(next[0] + k);
                bool run = true;
                for (int lane = 1; lane < lanes && run; ++lane)
                    run = position(next[static_cast<std::size_t>(lane)] + k) == first + lane;
                if (run) {
                    ++runs;
                    sweep.run_at.push_back(first);
                    for (int lane = 0; lane < lanes; ++lane)
                        sweep.values.push_back(value(next[static_cast<std::size_t>(lane)] + k));
                } else {
                    for (int lane = 0; lane < lanes; ++lane) {
                        const Offset source = next[static_cast<std::size_t>(lane)] + k;
                        left.push_back({position(source) - lane, lane, source});
                    }
                }
            }
        } else {
            for (int lane = 0; lane < group.rows; ++lane)
                for (Offset k = next[static_cast<std::size_t>(lane)]; k < end[static_cast<std::size_t>(lane)]; ++k)
                    left.push_back({position(k) - lane, lane, k});
        }
        std::sort(left.begin(), left.end(), [](const Entry& a, const Entry& b) {
            return a.first != b.first ? a.first < b.first : a.lane < b.lane;
        });
        for (auto& g : gathered) g.clear();
        for (std::size_t e = 0; e < left.size();) {
            std::size_t stop = e + 1;
            while (stop < left.size() && left[stop].first == left[e].first) ++stop;
            if (stop - e == lanes || (stop - e >= least_in_a_run && written(left[e].first, first_row))) {
                ++runs;
                sweep.run_at.push_back(left[e].first);
                const std::size_t place = sweep.values.size();
                sweep.values.resize(place + lanes, S{0});
                for (; e < stop; ++e) sweep.values[place + at(left[e].lane)] = value(left[e].source);
            } else {
                for (; e < stop; ++e) gathered[at(left[e].lane)].push_back(left[e]);
            }
        }
        std::size_t gathers = 0;
        for (const auto& g : gathered) gathers = std::max(gathers, g.size());
        for (std::size_t k = 0; k < gathers; ++k)
            for (const auto& g : gathered) {
                sweep.gather_at.push_back(k < g.size() ? position(g[k].source) : positions);
                sweep.values.push_back(k < g.size() ? value(g[k].source) : S{0});
            }
        sweep.steps.push_back({runs, static_cast<std::uint32_t>(gathers), static_cast<std::uint32_t>(group.rows)});
    };
    const auto mark = [&](Index first_position) {
        sweep.cursors.push_back({static_cast<Offset>(sweep.steps.size()), static_cast<Offset>(sweep.run_at.size()),
                                 static_cast<Offset>(sweep.gather_at.size()), static_cast<Offset>(sweep.values.size()),
                                 first_position});
    };
    const auto& segments = order.segments;
    if (down) {
        for (const auto& segment : segments) {
            mark(order.groups[at(segment.first_group)].position);
            for (Offset g = segment.first_group; g < segment.end_group; ++g) add_group(order.groups[at(g)]);
        }
        mark(positions);
    } else {
        for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
            const auto& last = order.groups[at(segment->end_group - 1)];
            mark(last.position + last.width());
            for (Offset g = segment->end_group; g-- > segment->first_group;) add_group(order.groups[at(g)]);
        }
        mark(0);
    }
    if constexpr (!std::is_same_v<S, T>)
        for (const S v : sweep.values)
            if (!std::isfinite(std::abs(v)))
                throw Unsupported(
                    "triangular solve: Precision::single cannot hold an entry of the factors; use working");
}

/// Segments [begin, end) of the sweep from first to last: w_i ← r_i - Σ_j l_ij w_j.
template <Scalar T, class S>
void Engine<T, S>::solve_down(Offset begin, Offset end, const T* r, T* w) const {
    const Cursor from = down_.cursors[at(begin)], to = down_.cursors[at(end)];
    const Index* run = down_.run_at.data() + from.run;
    const Index* gather = down_.gather_at.data() + from.gather;
    const S* value = down_.values.data() + from.value;
    const bool scaled = !row_scale_.empty();
    Index position = from.position;
    const Step* const stop = down_.steps.data() + to.step;
    for (const Step* step = down_.steps.data() + from.step; step != stop; ++step) {
        if (step->rows == 1) {
            T sum = r[row_[at(position)]];
            if (scaled) sum *= row_scale_[at(position)];
            for (std::uint32_t k = 0; k < step->gathers; ++k) sum -= product(value[k], w[gather[k]]);
            w[position] = sum;
            gather += step->gathers;
            value += step->gathers;
            ++position;
            continue;
        }
        auto sum = Pack<T>::gather(r, row_.data() + position);
        if (scaled) {
            alignas(64) T scaled_sum[lanes];
            sum.store(scaled_sum);
            for (int lane = 0; lane < lanes; ++lane) scaled_sum[lane] *= row_scale_[at(position + lane)];
            sum = Pack<T>::load(scaled_sum);
        }
        for (const Index* const last = run + step->runs; run != last; ++run, value += lanes)
            sum.subtract_product(Pack<T>::load(value), Pack<T>::load(w + *run));
        for (std::uint32_t k = 0; k < step->gathers; ++k, gather += lanes, value += lanes)
            sum.subtract_product(Pack<T>::load(value), Pack<T>::gather(w, gather));
        sum.store(w + position);
        position += lanes;
    }
}

/// Segments [begin, end) of the sweep from last to first: w_i ← d_i⁻¹ w_i - Σ_j u_ij w_j, and z.
template <Scalar T, class S>
void Engine<T, S>::solve_up(Offset begin, Offset end, T* w, T* z) const {
    const Cursor from = up_.cursors[at(begin)], to = up_.cursors[at(end)];
    const Index* run = up_.run_at.data() + from.run;
    const Index* gather = up_.gather_at.data() + from.gather;
    const S* value = up_.values.data() + from.value;
    const Index* const column = column_.empty() ? row_.data() : column_.data();
    const Real<T>* const scale = column_scale_.empty() ? nullptr : column_scale_.data();
    Index position = from.position;
    const Step* const stop = up_.steps.data() + to.step;
    for (const Step* step = up_.steps.data() + from.step; step != stop; ++step) {
        if (step->rows == 1) {
            --position;
            T sum = product(inverse_pivots_[at(position)], w[position]);
            for (std::uint32_t k = 0; k < step->gathers; ++k) sum -= product(value[k], w[gather[k]]);
            w[position] = sum;
            z[column[position]] = scale ? sum * scale[position] : sum;
            gather += step->gathers;
            value += step->gathers;
            continue;
        }
        position -= lanes;
        auto sum = Pack<T>::load(w + position);
        sum.multiply(Pack<T>::load(inverse_pivots_.data() + position));
        for (const Index* const last = run + step->runs; run != last; ++run, value += lanes)
            sum.subtract_product(Pack<T>::load(value), Pack<T>::load(w + *run));
        for (std::uint32_t k = 0; k < step->gathers; ++k, gather += lanes, value += lanes)
            sum.subtract_product(Pack<T>::load(value), Pack<T>::gather(w, gather));
        sum.store(w + position);
        if (step->rows == lanes && !scale) {
            for (int lane = 0; lane < lanes; ++lane) z[column[position + lane]] = sum[lane];
        } else {
            for (int lane = 0; lane < static_cast<int>(step->rows); ++lane)
                z[column[position + lane]] = scale ? sum[lane] * scale[position + lane] : sum[lane];
        }
    }
}

/// Levels of the solve (down: from first to last) that thread u has completed, given its finished tasks.
Index completed_levels(const LevelSchedule& order, std::size_t u, std::size_t done, bool down) {
    const auto& tasks = order.tasks[u];
    const std::size_t half = tasks.size() / 2;
    if (down) return done >= half ? order.levels : tasks[done].completed;
    return done == tasks.size() ? order.levels : done < half ? 0 : tasks[done].completed;
}

/// Does the next task of thread `owner` unless it must wait or is being done.
template <Scalar T, class S>
bool Engine<T, S>::advance(std::size_t owner, Workspace& workspace, const T* r, T* z) const {
    const LevelSchedule& order = *this->schedule_;
    auto& progress = workspace.progress;
    const auto& tasks = order.tasks[owner];
    std::size_t next = progress[owner].done.load(std::memory_order_acquire);
    if (next == tasks.size() || progress[owner].claimed.load(std::memory_order_relaxed) != next) return false;
    const bool down = next < tasks.size() / 2;
    const LevelSchedule::Task task = tasks[next];
    for (std::size_t u = 0; u < progress.size(); ++u)
        if (u != owner && completed_levels(order, u, progress[u].done.load(std::memory_order_acquire), down) <
                              (u < owner ? task.needs_below : task.needs_above))
            return false;
    if (!progress[owner].claimed.compare_exchange_strong(next, next + 1, std::memory_order_relaxed)) return false;
    if (down) {
        solve_down(task.segment, task.segment + 1, r, workspace.w.data());
    } else {
        const Offset s = static_cast<Offset>(order.segments.size()) - 1 - task.segment;
        solve_up(s, s + 1, workspace.w.data(), z);
    }
    progress[owner].done.store(next + 1, std::memory_order_release);
    return true;
}

/// The tasks of thread `self`, and, when it has waited for long, those of threads that do not run: where others use the
/// processors too, waiting for such a thread at each level would take a time slice each.
template <Scalar T, class S>
void Engine<T, S>::work(std::size_t self, Workspace& workspace, const T* r, T* z) const {
    constexpr int patience = 100, long_wait = 1000;
    const auto& progress = workspace.progress;
    for (int rounds = 0;;) {
        if (advance(self, workspace, r, z)) {
            rounds = 0;
            continue;
        }
        bool all_done = true, helped = false;
        for (std::size_t u = 0; u < progress.size() && !helped; ++u) {
            all_done = all_done && progress[u].done.load(std::memory_order_acquire) == this->schedule_->tasks[u].size();
            if (rounds >= patience && u != self) helped = advance(u, workspace, r, z);
        }
        if (all_done && !helped) return;
        if (helped) continue;
        if (++rounds > long_wait) {
            std::this_thread::yield();
        } else {
#if defined(__x86_64__) || defined(__i386__)
            __builtin_ia32_pause();
#endif
        }
    }
}

template <Scalar T, class S>
void Engine<T, S>::apply(const T* r, T* z) const {
    const LevelSchedule& order = *this->schedule_;
    const auto count = static_cast<Offset>(order.segments.size());
    if (count == 0) return;
    const Lease lease(*this);
    Workspace& workspace = *lease;
    bool done = false;
    if (order.threads > 1 && !omp_in_parallel() && max_threads() >= order.threads) {
        for (Progress& p : workspace.progress) {
            p.claimed.store(0, std::memory_order_relaxed);
            p.done.store(0, std::memory_order_relaxed);
        }
#pragma omp parallel num_threads(order.threads)
        {
            if (omp_get_num_threads() == order.threads) {  // OpenMP may grant fewer
                work(static_cast<std::size_t>(omp_get_thread_num()), workspace, r, z);
                if (omp_get_thread_num() == 0) done = true;
            }
        }
    }
    if (!done) {
        solve_down(0, count, r, workspace.w.data());
        solve_up(0, count, workspace.w.data(), z);
    }
}

/// The steps of a sweep from its last to its first, rows of the factor as columns of its adjoint:
/// w_j ← w_j - conj(a_ij) w_i for all j of row i.
template <Scalar T, class S>
void Engine<T, S>::scatter_back(const Sweep<S>& sweep, bool down, T* w) const {
    const Index* run = sweep.run_at.data() + sweep.run_at.size();
    const Index* gather = sweep.gather_at.data() + sweep.gather_at.size();
    const S* value = sweep.values.data() + sweep.values.size();
    const auto subtract = [w](Index to, S a, T x) { w[to] -= product(conjugate(a), x); };
    Index position = down ? this->schedule_->positions() : 0;
    for (auto step = sweep.steps.rbegin(); step != sweep.steps.rend(); ++step) {
        const Index width = step->rows == 1 ? 1 : lanes;
        if (down) position -= width;
        for (std::uint32_t k = 0; k < step->gathers; ++k) {
            gather -= width;
            value -= width;
            for (Index lane = 0; lane < width; ++lane) subtract(gather[lane], value[lane], w[position + lane]);
        }
        for (std::uint32_t k = 0; k < step->runs; ++k) {
            --run;
            value -= lanes;
            for (Index lane = 0; lane < lanes; ++lane) subtract(*run + lane, value[lane], w[position + lane]);
        }
        if (!down) position += width;
    }
}

template <Scalar T, class S>
void Engine<T, S>::apply_adjoint(const T* r, T* z) const {
    if (hermitian_) return apply(r, z);
    // M⁻ᴴ = R L⁻ᴴ D⁻ᴴ U⁻ᴴ Qᵀ C
    const LevelSchedule& order = *this->schedule_;
    const auto positions = at(order.positions());
    const Lease lease(*this);
    Buffer<T>& w = (*lease).w;
    const Buffer<Index>& column = column_.empty() ? row_ : column_;
    for (std::size_t p = 0; p < positions; ++p) {
        const bool used = at(order.position_of[at(order.row_at[p])]) == p;
        w[p] = used ? r[column[p]] * (column_scale_.empty() ? Real<T>{1} : column_scale_[p]) : T{0};
    }
    scatter_back(up_, false, w.data());
    for (std::size_t p = 0; p < positions; ++p) w[p] = product(conjugate(inverse_pivots_[p]), w[p]);
    scatter_back(down_, true, w.data());
    for (std::size_t p = 0; p < positions; ++p)
        if (at(order.position_of[at(order.row_at[p])]) == p)
            z[row_[p]] = w[p] * (row_scale_.empty() ? Real<T>{1} : row_scale_[p]);
    std::fill(w.begin() + static_cast<std::ptrdiff_t>(positions), w.end(), T{0});
}

template <Scalar T, class S>
std::size_t Engine<T, S>::memory_bytes() const noexcept {
    const LevelSchedule& order = *this->schedule_;
    return down_.memory_bytes() + up_.memory_bytes() + inverse_pivots_.capacity() * sizeof(S) +
           (row_.capacity() + column_.capacity()) * sizeof(Index) +
           (row_scale_.capacity() + column_scale_.capacity()) * sizeof(Real<T>) +
           (at(order.positions()) + lanes) * sizeof(T) + order.memory_bytes();
}

/// Rows of L for rows of Uᵀ as well: one schedule serves both sweeps. O(nnz).
template <Scalar T>
SparseRows<T> united_pattern(const TriangularFactors<T>& factors) {
    const auto n = at(factors.n);
    SparseRows<T> both;
    both.indptr.assign(n + 1, 0);
    for (std::size_t i = 0; i < n; ++i) both.indptr[i + 1] += factors.lower.indptr[i + 1] - factors.lower.indptr[i];
    for (const Index j : factors.upper.indices) ++both.indptr[at(j) + 1];
    for (std::size_t i = 0; i < n; ++i) both.indptr[i + 1] += both.indptr[i];
    both.indices.resize(at(both.indptr[n]));
    Buffer<Offset> next(both.indptr.begin(), both.indptr.end() - 1);
    for (std::size_t i = 0; i < n; ++i) {
        for (Offset k = factors.lower.indptr[i]; k < factors.lower.indptr[i + 1]; ++k)
            both.indices[at(next[i]++)] = factors.lower.indices[at(k)];
        for (Offset k = factors.upper.indptr[i]; k < factors.upper.indptr[i + 1]; ++k)
            both.indices[at(next[at(factors.upper.indices[at(k)])]++)] = static_cast<Index>(i);
    }
    return both;
}

}  // namespace

template <Scalar T>
std::shared_ptr<const TriangularEngine<T>> make_triangular_engine(const TriangularFactors<T>& factors,
                                                                  Precision precision,
                                                                  std::shared_ptr<const LevelSchedule> schedule) {
    if (!schedule) {
        const int threads = omp_in_parallel() ? 1 : max_threads();
        if (factors.hermitian)
            schedule = std::make_shared<const LevelSchedule>(factors.n, factors.lower.pattern(), threads);
        else
            schedule = std::make_shared<const LevelSchedule>(factors.n, united_pattern(factors).pattern(), threads);
    }
    if constexpr (!std::is_same_v<T, Single<T>>)
        if (precision == Precision::single)
            return std::make_shared<const Engine<T, Single<T>>>(factors, std::move(schedule));
    return std::make_shared<const Engine<T, T>>(factors, std::move(schedule));
}

#define RITZ_INSTANTIATE(T)                                                        \
    template std::shared_ptr<const TriangularEngine<T>> make_triangular_engine<T>( \
        const TriangularFactors<T>&, Precision, std::shared_ptr<const LevelSchedule>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::detail
