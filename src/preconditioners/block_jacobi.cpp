// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/block_jacobi.hpp"

#include <atomic>

#include "core/instantiate.hpp"
#include "preconditioners/common.hpp"
#include "preconditioners/dense_inverse.hpp"

namespace ritz {

namespace {

constexpr Index largest_natural = 8, largest_group = 16, without_structure = 4, largest_block = 4096;

Buffer<Index> blocks_of(Index n, Index size) {
    Buffer<Index> starts;
    for (Index i = 0; i<n; i = n - i> size ? i + size : n) starts.push_back(i);
    starts.push_back(n);
    return starts;
}

/// Share of stored elements in the b × b blocks that have any.
template <Scalar T>
double fill_of_blocks(const CsrView<T>& A, Index b) {
    const detail::Slices<T> a(A);
    Buffer<Index> seen(static_cast<std::size_t>(A.rows() / b), -1);
    Offset blocks = 0;
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = a.begin(i); k < a.end(i); ++k) {
            Index& last = seen[static_cast<std::size_t>(a.indices[k] / b)];
            if (last != i / b) {
                last = i / b;
                ++blocks;
            }
        }
    return blocks == 0 ? 0 : static_cast<double>(A.nnz()) / (static_cast<double>(blocks) * b * b);
}

/// z ← B r for a b × b block stored by columns; B = 0: of any size.
template <int fixed, bool conjugated, Scalar T>
void multiply_block(Index b, const T* block, const T* r, T* z) {
    const Index size = fixed == 0 ? b : fixed;
    if constexpr (conjugated) {  // Bᴴ: dots with the columns
        for (Index j = 0; j < size; ++j) {
            T sum{0};
            for (Index i = 0; i < size; ++i)
                detail::multiply_add(sum, ritz::conjugate(block[i + std::ptrdiff_t{j} * size]), r[i]);
            z[j] = sum;
        }
    } else {
        for (Index i = 0; i < size; ++i) z[i] = T{0};
        for (Index j = 0; j < size; ++j)
            for (Index i = 0; i < size; ++i) detail::multiply_add(z[i], block[i + std::ptrdiff_t{j} * size], r[j]);
    }
}

template <bool conjugated, Scalar T>
void multiply_blocks(Index begin, Index end, const Index* starts, const Offset* places, const T* inverses, const T* r,
                     T* z) {
    for (Index p = begin; p < end; ++p) {
        const Index first = starts[p], b = starts[p + 1] - first;
        const T* const block = inverses + places[p];
        switch (b) {
            case 1:
                multiply_block<1, conjugated>(b, block, r + first, z + first);
                break;
            case 2:
                multiply_block<2, conjugated>(b, block, r + first, z + first);
                break;
            case 3:
                multiply_block<3, conjugated>(b, block, r + first, z + first);
                break;
            case 4:
                multiply_block<4, conjugated>(b, block, r + first, z + first);
                break;
            case 6:
                multiply_block<6, conjugated>(b, block, r + first, z + first);
                break;
            case 8:
                multiply_block<8, conjugated>(b, block, r + first, z + first);
                break;
            default:
                multiply_block<0, conjugated>(b, block, r + first, z + first);
        }
    }
}

}  // namespace

template <Scalar T>
Buffer<Index> natural_blocks(const CsrView<T>& A) {
    detail::require(A.rows() == A.cols(), "natural_blocks: the matrix must be square");
    const Index n = A.rows();
    for (Index b = std::min(largest_natural, n); b >= 2; --b)
        if (n % b == 0 && fill_of_blocks(A, b) >= 0.9) return blocks_of(n, b);
    const detail::Slices<T> a(A);
    Buffer<Index> starts;
    for (Index i = 0; i < n; ++i) {
        const bool same = i > 0 && i - starts.back() < largest_group && a.size(i) == a.size(i - 1) &&
                          std::equal(a.indices + a.begin(i), a.indices + a.end(i), a.indices + a.begin(i - 1));
        if (!same) starts.push_back(i);
    }
    if (3 * std::ssize(starts) > 2 * std::int64_t{n}) return blocks_of(n, without_structure);
    starts.push_back(n);
    return starts;
}

template <Scalar T>
struct BlockJacobi<T>::State : detail::PreconditionerState<T> {
    Buffer<Index> starts;
    Buffer<Offset> places;
    Buffer<T> inverses;

    template <bool conjugated>
    void multiply(const T* r, T* z) const {
        const Index count = static_cast<Index>(starts.size()) - 1;
        detail::parallel_slices(count, static_cast<std::int64_t>(inverses.size()), [&](Index begin, Index end) {
            multiply_blocks<conjugated>(begin, end, starts.data(), places.data(), inverses.data(), r, z);
        });
    }
    void apply(const T* r, T* z) const { multiply<false>(r, z); }
    void apply_adjoint(const T* r, T* z) const { multiply<true>(r, z); }
};

template <Scalar T>
BlockJacobi<T>::BlockJacobi(const CsrView<T>& A, const BlockJacobiOptions& options) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "BlockJacobi");
    const Index n = A.rows();
    const auto state = std::make_shared<State>();
    if (!options.starts.empty()) {
        detail::require(options.starts.front() == 0 && options.starts.back() == n &&
                            std::is_sorted(options.starts.begin(), options.starts.end()),
                        "BlockJacobi: starts must increase from 0 to the order of the matrix");
        state->starts.assign(options.starts.begin(), options.starts.end());
    } else {
        detail::require(options.block_size >= 0, "BlockJacobi: block_size must not be negative");
        state->starts = options.block_size > 0 ? blocks_of(n, options.block_size) : natural_blocks(A);
    }
    state->rows = n;
    state->exponent = detail::scaling_exponent<T>(A.values());
    const Index count = static_cast<Index>(state->starts.size()) - 1;
    const Index* const starts = state->starts.data();
    state->places.resize(state->starts.size());
    state->places[0] = 0;
    for (std::size_t p = 0; p + 1 < state->places.size(); ++p) {
        const Offset b = starts[p + 1] - starts[p];
        if (b > largest_block)
            throw LimitExceeded("BlockJacobi: a block of " + std::to_string(b) + " rows passes the limit of " +
                                std::to_string(largest_block) + "; take schwarz, whose blocks are sparse");
        state->places[p + 1] = state->places[p] + b * b;
    }
    state->inverses.assign(static_cast<std::size_t>(state->places.back()), T{0});

    const detail::Slices<T> a(A);
    std::atomic<bool> all_definite = true, all_hermitian = true;
    detail::parallel_slices(count, A.nnz() + state->places.back(), [&](Index begin, Index end) {
        for (Index p = begin; p < end; ++p) {
            const Index first = starts[p], stop = starts[p + 1], b = stop - first;
            if (b == 0) continue;
            T* const block = state->inverses.data() + state->places[static_cast<std::size_t>(p)];
            for (Index i = first; i < stop; ++i)
                for (Offset k = a.lower_bound(i, first); k < a.end(i) && a.indices[k] < stop; ++k)
                    block[i - first + std::ptrdiff_t{a.indices[k] - first} * b] =
                        detail::scale_by_power(a.values[k], -state->exponent);
            const auto kind = detail::invert(b, block);
            if (kind == detail::DenseInverse::singular)
                throw SingularMatrix("BlockJacobi: block " + std::to_string(p) + " (rows " + std::to_string(first) +
                                         " to " + std::to_string(stop - 1) +
                                         ") is singular; take other blocks, or a preconditioner that needs none",
                                     first);
            if (kind != detail::DenseInverse::positive_definite) all_definite = false;
            if (kind == detail::DenseInverse::general) all_hermitian = false;
        }
    });
    state->definiteness = all_definite    ? Definiteness::positive_definite
                          : all_hermitian ? Definiteness::hermitian
                                          : Definiteness::unknown;
    state->statistics = {
        .nonzeros = state->places.back(),
        .memory_bytes = state->inverses.size() * sizeof(T) + state->starts.size() * (sizeof(Index) + sizeof(Offset)),
        .setup_seconds = watch.seconds()};
    state_ = state;
}

template <Scalar T>
Index BlockJacobi<T>::blocks() const noexcept {
    return static_cast<Index>(state_->starts.size()) - 1;
}

RITZ_DEFINE_PRECONDITIONER(BlockJacobi)
#define RITZ_INSTANTIATE(T) template Buffer<Index> natural_blocks(const CsrView<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
