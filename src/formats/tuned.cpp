// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/tuned.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/product_arguments.hpp"
#include "formats/tuned_storage.hpp"
#include "ritz/core/error.hpp"
#include "ritz/formats/product.hpp"

namespace ritz {

namespace detail {

template <Scalar T>
[[gnu::noinline]] T row_times(const CsrView<T>& A, Index i, const T* x) {
    const Offset* const indptr = A.indptr().data();
    const Index* const indices = A.indices().data();
    const T* const values = A.values().data();
    if constexpr (is_complex<T>) {
        Real<T> re = 0, im = 0;
        for (Offset k = indptr[i]; k < indptr[i + 1]; ++k) {
            const T a = values[k], b = x[indices[k]];
            re += a.real() * b.real() - a.imag() * b.imag();
            im += a.real() * b.imag() + a.imag() * b.real();
        }
        return T(re, im);
    } else {
        T sum{0};
        for (Offset k = indptr[i]; k < indptr[i + 1]; ++k) sum += values[k] * x[indices[k]];
        return sum;
    }
}

template <Scalar T>
[[gnu::noinline]] void repair_rows(const CsrView<T>& A, Index begin, Index end, const T* x, T* y) {
    using R = Real<T>;
    constexpr Index reals = is_complex<T> ? 2 : 1;
    const R* const parts = reinterpret_cast<const R*>(y + begin);
    R zero = 0;  // stays 0 while all are finite
#pragma omp simd reduction(+ : zero)
    for (Index p = 0; p < (end - begin) * reals; ++p) zero += parts[p] * R{0};
    if (zero == 0) return;
    for (Index i = begin; i < end; ++i)
        if (!std::isfinite(std::real(y[i])) || !std::isfinite(std::imag(y[i]))) y[i] = row_times(A, i, x);
}

}  // namespace detail

namespace {

using detail::window_rows;

constexpr std::int64_t grain = 1 << 15;  // entries a thread should have at least

constexpr std::array storages = {TunedStorage::csr,    TunedStorage::stencils, TunedStorage::offsets,
                                 TunedStorage::blocks, TunedStorage::sliced,   TunedStorage::few_values};

/// First window of part `part` of `parts` with about equal numbers of entries; a row counts as one entry, too.
template <Scalar T>
Index window_cut(const CsrView<T>& A, const detail::WindowStorage<T>& stored, int part, int parts) {
    if (part == 0) return 0;
    if (part == parts) return stored.windows();
    const auto before = [&](Index w) {
        const Index row = stored.first_row(w);
        return A.indptr()[static_cast<std::size_t>(row)] + row;
    };
    const Offset target = (A.nnz() + A.rows()) / parts * part;
    Index low = 0, high = stored.windows();
    while (low < high) {
        const Index middle = low + (high - low) / 2;
        if (before(middle) < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/// body(w) for every window, the threads' shares being contiguous.
template <Scalar T, class Body>
void for_each_window(const CsrView<T>& A, const detail::WindowStorage<T>& stored, std::int64_t columns, Body&& body) {
    const int parts = detail::threads_for((A.nnz() + A.rows()) * columns, grain);
    detail::parallel_parts(parts, [&](int part) {
        const Index end = window_cut(A, stored, part + 1, parts);
        for (Index w = window_cut(A, stored, part, parts); w < end; ++w) body(w);
    });
}

/// Σ conj(x_i) y_i over a window, in eight lanes.
template <Scalar T>
T window_dot(const T* x, const T* y, Index n) {
    constexpr Index lanes = 8;
    using R = Real<T>;
    R re[lanes] = {}, im[lanes] = {};
    const auto add = [&](Index i, Index l) {
        if constexpr (is_complex<T>) {
            re[l] += x[i].real() * y[i].real() + x[i].imag() * y[i].imag();
            im[l] += x[i].real() * y[i].imag() - x[i].imag() * y[i].real();
        } else {
            re[l] += x[i] * y[i];
        }
    };
    Index i = 0;
    for (; i + lanes <= n; i += lanes)
        for (Index l = 0; l < lanes; ++l) add(i + l, l);
    for (Index l = 0; i < n; ++i, ++l) add(i, l);
    R sum_re = 0, sum_im = 0;
    for (Index l = 0; l < lanes; ++l) {
        sum_re += re[l];
        sum_im += im[l];
    }
    if constexpr (is_complex<T>)
        return T(sum_re, sum_im);
    else
        return sum_re;
}

/// As given: what the other storages fall back to.
template <Scalar T>
class AsGiven final : public detail::WindowStorage<T> {
public:
    explicit AsGiven(const CsrView<T>& A) : detail::WindowStorage<T>(detail::equal_windows(A.rows())), A_(A) {}
    void multiply_window(Index w, const T* x, T* y) const override {
        const Index end = std::min(A_.rows(), (w + 1) * window_rows);
        for (Index i = w * window_rows; i < end; ++i) y[i] = detail::row_times(A_, i, x);
    }
    std::size_t memory_bytes() const override { return 0; }
    double bytes_per_product() const override {
        return detail::csr_bytes<T>(static_cast<double>(A_.nnz()), static_cast<double>(A_.rows()));
    }

private:
    CsrView<T> A_;
};

}  // namespace

std::string_view name(TunedStorage storage) {
    switch (storage) {
        case TunedStorage::csr:
            return "csr";
        case TunedStorage::stencils:
            return "stencils";
        case TunedStorage::offsets:
            return "offsets";
        case TunedStorage::blocks:
            return "blocks";
        case TunedStorage::sliced:
            return "sliced";
        case TunedStorage::few_values:
            return "few_values";
    }
    return "unknown";
}

std::span<const TunedStorage> tuned_storages() {
    return storages;
}

template <Scalar T>
struct TunedMatrix<T>::State {
    explicit State(const CsrView<T>& view) : A(view) {}

    CsrView<T> A;
    TunedStorage storage = TunedStorage::csr;
    Index block_size = 1;
    std::unique_ptr<const detail::WindowStorage<T>> stored;
    double seconds = 0;
};

template <Scalar T>
TunedMatrix<T>::TunedMatrix(const CsrView<T>& A, const TunedOptions& options) {
    using detail::StorageCost;
    const auto start = std::chrono::steady_clock::now();
    const auto state = std::make_shared<State>(A);

    // The storage of least cost, among all or the one that was asked for.
    std::unique_ptr<detail::GroupAnalysis<T>> groups;
    std::optional<StorageCost> blocks;
    if (options.storage) {
        state->storage = *options.storage;
        if (state->storage == TunedStorage::stencils || state->storage == TunedStorage::offsets)
            groups = std::make_unique<detail::GroupAnalysis<T>>(A, true);
        if (state->storage == TunedStorage::blocks) blocks = detail::blocks_cost(A);
    } else {
        double least = AsGiven<T>(A).bytes_per_product();
        const auto consider = [&](TunedStorage storage, const std::optional<StorageCost>& cost) {
            if (!cost || !(cost->bytes < least)) return;
            least = cost->bytes;
            state->storage = storage;
        };
        groups = std::make_unique<detail::GroupAnalysis<T>>(A, false);
        blocks = detail::blocks_cost(A);
        consider(TunedStorage::stencils, groups->stencils_cost());
        consider(TunedStorage::offsets, groups->offsets_cost());
        consider(TunedStorage::blocks, blocks);
        if (state->storage == TunedStorage::csr) {
            consider(TunedStorage::sliced, detail::sliced_cost(A));
            consider(TunedStorage::few_values, detail::few_values_cost(A));
        }
    }
    switch (state->storage) {
        case TunedStorage::stencils:
            state->stored = groups->stencils();
            break;
        case TunedStorage::offsets:
            state->stored = groups->offsets();
            break;
        case TunedStorage::blocks:
            state->block_size = blocks ? blocks->block_size : 3;
            state->stored = detail::make_blocks(A, state->block_size);
            break;
        case TunedStorage::sliced:
            state->stored = detail::make_sliced(A);
            break;
        case TunedStorage::few_values:
            state->stored = detail::make_few_values(A);
            break;
        case TunedStorage::csr:
            state->stored = std::make_unique<AsGiven<T>>(A);
    }
    state->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    state_ = state;
}

template <Scalar T>
Index TunedMatrix<T>::rows() const noexcept {
    return state_ ? state_->A.rows() : 0;
}
template <Scalar T>
Index TunedMatrix<T>::cols() const noexcept {
    return state_ ? state_->A.cols() : 0;
}
template <Scalar T>
Offset TunedMatrix<T>::nnz() const noexcept {
    return state_ ? state_->A.nnz() : 0;
}
template <Scalar T>
TunedStorage TunedMatrix<T>::storage() const noexcept {
    return state_ ? state_->storage : TunedStorage::csr;
}
template <Scalar T>
Index TunedMatrix<T>::block_size() const noexcept {
    return state_ ? state_->block_size : 1;
}
template <Scalar T>
CsrView<T> TunedMatrix<T>::view() const noexcept {
    static constexpr Offset none[] = {0};
    return state_ ? state_->A : CsrView<T>(detail::Trusted{}, 0, 0, none, nullptr, nullptr);
}
template <Scalar T>
std::size_t TunedMatrix<T>::memory_bytes() const noexcept {
    return state_ ? state_->stored->memory_bytes() : 0;
}
template <Scalar T>
double TunedMatrix<T>::analysis_seconds() const noexcept {
    return state_ ? state_->seconds : 0;
}
template <Scalar T>
double TunedMatrix<T>::bytes_per_product() const noexcept {
    return state_ ? state_->stored->bytes_per_product() + detail::vector_bytes(state_->A) : 0;
}

template <Scalar T>
void TunedMatrix<T>::apply(VectorView<T> x, VectorRef<T> y) const {
    detail::check_product("TunedMatrix: apply", cols(), rows(), x, y);
    if (!state_) return;
    if (state_->storage == TunedStorage::csr) return state_->A.apply(x, y);
    for_each_window(state_->A, *state_->stored, 1,
                    [&](Index w) { state_->stored->multiply_window(w, x.data(), y.data()); });
}

template <Scalar T>
T TunedMatrix<T>::apply_dot(VectorView<T> x, VectorRef<T> y) const {
    detail::require(rows() == cols(), "TunedMatrix: apply_dot: A must be square");
    detail::check_product("TunedMatrix: apply_dot", cols(), rows(), x, y);
    if (!state_) return T{0};
    Buffer<T> partial(static_cast<std::size_t>(state_->stored->windows()));
    for_each_window(state_->A, *state_->stored, 1, [&](Index w) {
        state_->stored->multiply_window(w, x.data(), y.data());
        const Index begin = state_->stored->first_row(w);
        partial[static_cast<std::size_t>(w)] =
            window_dot(x.data() + begin, y.data() + begin, state_->stored->first_row(w + 1) - begin);
    });
    T sum{0};
    for (const T p : partial) sum += p;
    return sum;
}

template <Scalar T>
void TunedMatrix<T>::apply_transpose(VectorView<T> x, VectorRef<T> y) const {
    detail::check_product("TunedMatrix: apply_transpose", rows(), cols(), x, y);
    if (state_) state_->A.apply_transpose(x, y);
}

template <Scalar T>
void TunedMatrix<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    detail::check_product("TunedMatrix: apply_adjoint", rows(), cols(), x, y);
    if (state_) state_->A.apply_adjoint(x, y);
}

template <Scalar T>
void TunedMatrix<T>::apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& X, Eigen::Ref<Eigen::MatrixX<T>> Y) const {
    if (!state_ || state_->storage == TunedStorage::csr) {
        if (state_) return multiply(state_->A, X, Y);
        return multiply(static_cast<const CsrView<T>&>(Csr<T>()), X, Y);
    }
    detail::check_block_product("TunedMatrix: apply_block", cols(), rows(), X, Y);
    // Window by window, all columns of one while its part of A is in cache.
    for_each_window(state_->A, *state_->stored, X.cols(), [&](Index w) {
        for (Eigen::Index c = 0; c < X.cols(); ++c)
            state_->stored->multiply_window(w, X.data() + c * X.outerStride(), Y.data() + c * Y.outerStride());
    });
}

#define RITZ_INSTANTIATE(T)                                                           \
    template T detail::row_times(const CsrView<T>&, Index, const T*);                 \
    template void detail::repair_rows(const CsrView<T>&, Index, Index, const T*, T*); \
    template class TunedMatrix<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
