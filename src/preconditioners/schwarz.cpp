// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/schwarz.hpp"

#include <optional>
#include <vector>

#include "core/instantiate.hpp"
#include "preconditioners/common.hpp"
#include "preconditioners/default_block.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/extract.hpp"

namespace ritz {

namespace {

constexpr Index rows_per_part = 2000;

/// The graph of A + Aᵀ, as two patterns.
template <Scalar T>
struct Graph {
    explicit Graph(const CsrView<T>& A) : transposed(transpose(A)), a(A), at(transposed) {}
    Csr<T> transposed;
    detail::Slices<T> a, at;

    template <class Visit>
    void neighbours(Index i, Visit&& visit) const {
        for (const auto* s : {&a, &at})
            for (Offset k = s->begin(i); k < s->end(i); ++k) visit(s->indices[k]);
    }
};

/// Breadth-first order of the vertices of `members` whose label is `label`, starting from `start`; further components
/// follow. Vertices visited get the label `visited`.
template <Scalar T>
void breadth_first(const Graph<T>& graph, const std::vector<Index>& members, Index start, Buffer<Index>& label,
                   Index from, Index visited, std::vector<Index>& order) {
    order.clear();
    const auto take = [&](Index i) {
        Index& l = label[static_cast<std::size_t>(i)];
        if (l != from) return;
        l = visited;
        order.push_back(i);
    };
    take(start);
    std::size_t next = 0;
    for (std::size_t seed = 0; order.size() < members.size(); ++seed) {
        while (next < order.size()) graph.neighbours(order[next++], take);
        if (order.size() < members.size()) take(members[seed]);
    }
}

}  // namespace

template <Scalar T>
Buffer<Index> partition_rows(const CsrView<T>& A, Index parts, Partition method) {
    detail::require(A.rows() == A.cols(), "partition_rows: the matrix must be square");
    detail::require(parts >= 1, "partition_rows: parts must be at least 1");
    const Index n = A.rows();
    Buffer<Index> label(static_cast<std::size_t>(n), 0);
    if (method == Partition::contiguous || parts == 1) {
        for (std::int64_t i = 0; i < n; ++i) label[static_cast<std::size_t>(i)] = static_cast<Index>(i * parts / n);
        return label;
    }
    const Graph<T> graph(A);
    struct Piece {
        std::vector<Index> members;
        Index first, count;  // the parts it is to become
    };
    std::vector<Piece> open;
    open.push_back({{}, 0, parts});
    for (Index i = 0; i < n; ++i) open.back().members.push_back(i);
    std::vector<Index> order;
    while (!open.empty()) {
        Piece piece = std::move(open.back());
        open.pop_back();
        if (piece.count == 1 || piece.members.empty()) {
            for (const Index i : piece.members) label[static_cast<std::size_t>(i)] = piece.first;
            continue;
        }
        // Negative labels are of vertices in work: the last of a search from anywhere is an end to start from.
        for (const Index i : piece.members) label[static_cast<std::size_t>(i)] = -1;
        breadth_first(graph, piece.members, piece.members.front(), label, -1, -2, order);
        const Index end = order.back();
        breadth_first(graph, piece.members, end, label, -2, -3, order);
        const Index left = piece.count / 2;
        const auto cut = static_cast<std::ptrdiff_t>(static_cast<std::int64_t>(order.size()) * left / piece.count);
        Piece a{{order.begin(), order.begin() + cut}, piece.first, left},
            b{{order.begin() + cut, order.end()}, piece.first + left, piece.count - left};
        for (const Index i : order) label[static_cast<std::size_t>(i)] = piece.first;
        open.push_back(std::move(b));
        open.push_back(std::move(a));
    }
    return label;
}

template <Scalar T>
struct Schwarz<T>::State : detail::PreconditionerState<T> {
    struct Part {
        std::vector<Index> members;  // increasing
        Offset first = 0;            // of its values in the vector of all parts
        Preconditioner<T> solver;
    };
    std::vector<Part> parts;
    Offset total = 0;
    // Row i of the result is the sum of the values at places[starts[i]] … of all parts, in their order; its owner's is
    // at owner[i].
    Buffer<Offset> starts, places, owner;
    bool restricted = false;

    void solve(const T* r, T* local, bool adjoint, bool only_owned) const {
        detail::parallel_tasks(std::ssize(parts), detail::threads_for(total, 1 << 13), [&](std::int64_t p) {
            const Part& part = parts[static_cast<std::size_t>(p)];
            const std::size_t m = part.members.size();
            auto right = this->scratch.take(m);
            for (std::size_t k = 0; k < m; ++k) {
                const Index i = part.members[k];
                const bool mine =
                    !only_owned || owner[static_cast<std::size_t>(i)] == part.first + static_cast<Offset>(k);
                right.data()[k] = mine ? r[i] : T{0};
            }
            const VectorView<T> from(right.data(), m);
            const VectorRef<T> to(local + part.first, m);
            adjoint ? part.solver.apply_adjoint(from, to) : part.solver.apply(from, to);
        });
    }
    void sum(const T* local, T* z) const {
        detail::parallel_ranges(this->rows, 1 << 14, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                T value{0};
                for (Offset k = starts[i]; k < starts[i + 1]; ++k) value += local[places[static_cast<std::size_t>(k)]];
                z[i] = value;
            }
        });
    }
    void apply(const T* r, T* z) const {
        auto local = this->scratch.take(static_cast<std::size_t>(total));
        const T* const from = local.data();
        solve(r, local.data(), false, false);
        if (!restricted) return sum(from, z);
        const Offset* const place = owner.data();
        detail::sweep(static_cast<std::size_t>(this->rows), [=](std::size_t i) { z[i] = from[place[i]]; });
    }
    void apply_adjoint(const T* r, T* z) const {
        auto local = this->scratch.take(static_cast<std::size_t>(total));
        solve(r, local.data(), true, restricted);
        sum(local.data(), z);
    }
};

template <Scalar T>
Schwarz<T>::Schwarz(const CsrView<T>& A, const SchwarzOptions& options, const BlockSolver<T>& solver) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "Schwarz");
    detail::require(options.parts >= 0, "Schwarz: parts must not be negative");
    detail::require(options.overlap >= 0, "Schwarz: overlap must not be negative");
    const Index n = A.rows();
    const Index count =
        std::min(n, options.parts > 0 ? options.parts
                                      : static_cast<Index>((std::int64_t{n} + rows_per_part - 1) / rows_per_part));
    const auto state = std::make_shared<State>();
    state->rows = n;
    state->restricted = options.kind == SchwarzKind::restricted && options.overlap > 0 && count > 1;
    state->definiteness = state->restricted ? Definiteness::unknown : Definiteness::positive_definite;

    const Buffer<Index> label = partition_rows(A, std::max<Index>(count, 1), options.partition);
    state->parts.resize(static_cast<std::size_t>(count));
    for (Index i = 0; i < n; ++i)
        state->parts[static_cast<std::size_t>(label[static_cast<std::size_t>(i)])].members.push_back(i);
    const Graph<T> graph(A);
    Buffer<Index> taken(static_cast<std::size_t>(n), -1);
    // Parts are applied in parallel, each by one thread, so their solvers are laid out for one.
    const std::optional<ThreadLimit> one = count > 1 ? std::optional<ThreadLimit>(std::in_place, 1) : std::nullopt;
    for (Index p = 0; p < count; ++p) {
        auto& part = state->parts[static_cast<std::size_t>(p)];
        for (const Index i : part.members) taken[static_cast<std::size_t>(i)] = p;
        std::size_t layer = 0;
        for (Index l = 0; l < options.overlap; ++l)
            for (const std::size_t end = part.members.size(); layer < end; ++layer)
                graph.neighbours(part.members[layer], [&](Index j) {
                    if (std::exchange(taken[static_cast<std::size_t>(j)], p) != p) part.members.push_back(j);
                });
        std::sort(part.members.begin(), part.members.end());
        part.first = state->total;
        state->total += std::ssize(part.members);
        const std::span<const Index> members(part.members);
        const Csr<T> block = submatrix(A, members, members);
        part.solver = solver ? solver(block) : detail::default_block_solver(block);
        detail::require(part.solver && part.solver.rows() == block.rows() && part.solver.cols() == block.rows(),
                        "Schwarz: the block solver must be of the block's order");
        const Definiteness d = part.solver.definiteness();
        state->definiteness = std::max(state->definiteness, d);  // the weakest statement
        state->statistics.nonzeros += part.solver.statistics().nonzeros;
        state->statistics.memory_bytes += part.solver.statistics().memory_bytes;
        state->statistics.shift = std::max(state->statistics.shift, part.solver.statistics().shift);
    }
    state->starts.assign(static_cast<std::size_t>(n) + 1, 0);
    state->owner.resize(static_cast<std::size_t>(n));
    state->places.resize(static_cast<std::size_t>(state->total));
    for (const auto& part : state->parts)
        for (const Index i : part.members) ++state->starts[static_cast<std::size_t>(i) + 1];
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) state->starts[i + 1] += state->starts[i];
    Buffer<Offset> next(state->starts);
    for (Index p = 0; p < count; ++p) {
        const auto& part = state->parts[static_cast<std::size_t>(p)];
        for (std::size_t k = 0; k < part.members.size(); ++k) {
            const auto i = static_cast<std::size_t>(part.members[k]);
            const Offset place = part.first + static_cast<Offset>(k);
            state->places[static_cast<std::size_t>(next[i]++)] = place;
            if (label[i] == p) state->owner[i] = place;
        }
    }
    state->statistics.memory_bytes += (state->places.size() + 2 * state->starts.size()) * sizeof(Offset) +
                                      static_cast<std::size_t>(state->total) * sizeof(Index);
    state->statistics.setup_seconds = watch.seconds();
    state_ = state;
}

template <Scalar T>
bool Schwarz<T>::has_adjoint() const noexcept {
    return std::all_of(state_->parts.begin(), state_->parts.end(),
                       [](const auto& part) { return part.solver.has_adjoint(); });
}

template <Scalar T>
Index Schwarz<T>::parts() const noexcept {
    return static_cast<Index>(state_->parts.size());
}

RITZ_DEFINE_PRECONDITIONER(Schwarz)
#define RITZ_INSTANTIATE(T) template Buffer<Index> partition_rows(const CsrView<T>&, Index, Partition);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
