// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/arithmetic.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"

namespace ritz {

namespace {

/// left(a) + right(b) over the union of both structures.
template <Order order, Scalar T, class Left, class Right>
Compressed<order, T> add_as(const CompressedView<order, T>& A, const CompressedView<order, T>& B, Left&& left,
                            Right&& right) {
    detail::require_same_shape(A, B, "add");
    const detail::Slices<T> a(A), b(B);
    const std::int64_t work = A.nnz() + B.nnz();

    if (A.nnz() == B.nnz() && std::ranges::equal(A.indptr(), B.indptr()) &&
        std::ranges::equal(A.indices(), B.indices())) {
        Buffer<T> values(A.values().size());
        detail::parallel_ranges(A.nnz(), detail::slice_grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t k = begin; k < end; ++k)
                values[static_cast<std::size_t>(k)] = left(a.values[k]) + right(b.values[k]);
        });
        return detail::with_values(A, std::move(values));
    }

    // Merging without branches on the data: which of two indices comes first is a coin toss to the processor.
    return detail::build_slices<order, T>(
        A.rows(), A.cols(), work,
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) {
                Offset p = a.begin(i), q = b.begin(i), shared = 0;
                while (p < a.end(i) && q < b.end(i)) {
                    const Index ja = a.indices[p], jb = b.indices[q];
                    shared += ja == jb;
                    p += ja <= jb;
                    q += jb <= ja;
                }
                counts[i] = a.size(i) + b.size(i) - shared;
            }
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset p = a.begin(i), q = b.begin(i), k = indptr[i];
                for (; p < a.end(i) && q < b.end(i); ++k) {
                    const Index ja = a.indices[p], jb = b.indices[q];
                    const bool has_a = ja <= jb, has_b = jb <= ja;
                    const T from_a = left(a.values[p]), from_b = right(b.values[q]);
                    indices[k] = std::min(ja, jb);
                    values[k] = (has_a ? from_a : T{0}) + (has_b ? from_b : T{0});
                    p += has_a;
                    q += has_b;
                }
                for (; p < a.end(i); ++p, ++k) {
                    indices[k] = a.indices[p];
                    values[k] = left(a.values[p]);
                }
                for (; q < b.end(i); ++q, ++k) {
                    indices[k] = b.indices[q];
                    values[k] = right(b.values[q]);
                }
            }
        });
}

/// The structure of A with value(i, k) in place of entry k of slice i.
template <Order order, Scalar T, class Value>
Compressed<order, T> map_entries(const CompressedView<order, T>& A, Value&& value) {
    const detail::Slices<T> a(A);
    Buffer<T> values(A.values().size());
    detail::parallel_slices(A.major(), A.nnz(), [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i)
            for (Offset k = a.begin(i); k < a.end(i); ++k) values[static_cast<std::size_t>(k)] = value(i, k);
    });
    return detail::with_values(A, std::move(values));
}

}  // namespace

template <Order order, Scalar T>
Compressed<order, T> add(std::type_identity_t<T> alpha, const CompressedView<order, T>& A, std::type_identity_t<T> beta,
                         const CompressedView<order, T>& B) {
    return add_as(
        A, B, [alpha](T a) { return detail::times(alpha, a); }, [beta](T b) { return detail::times(beta, b); });
}

template <Order order, Scalar T>
Compressed<order, T> add(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    return add_as(
        A, B, [](T a) { return a; }, [](T b) { return b; });
}

template <Order order, Scalar T>
Compressed<order, T> subtract(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    return add_as(
        A, B, [](T a) { return a; }, [](T b) { return -b; });
}

template <Order order, Scalar T>
Compressed<order, T> scaled(std::type_identity_t<T> alpha, const CompressedView<order, T>& A) {
    const T* const a = A.values().data();
    return map_entries(A, [=](Index, Offset k) { return detail::times(alpha, a[k]); });
}

template <Order order, Scalar T>
Compressed<order, T> scale_rows(VectorView<std::type_identity_t<T>> d, const CompressedView<order, T>& A) {
    detail::require(d.size() == static_cast<std::size_t>(A.rows()), "scale_rows: d must have A.rows() elements");
    const detail::Slices<T> a(A);
    return map_entries(A, [&](Index i, Offset k) {
        return detail::times(d[static_cast<std::size_t>(order == Order::row ? i : a.indices[k])], a.values[k]);
    });
}

template <Order order, Scalar T>
Compressed<order, T> scale_columns(const CompressedView<order, T>& A, VectorView<std::type_identity_t<T>> d) {
    detail::require(d.size() == static_cast<std::size_t>(A.cols()), "scale_columns: d must have A.cols() elements");
    const detail::Slices<T> a(A);
    return map_entries(A, [&](Index i, Offset k) {
        return detail::times(a.values[k], d[static_cast<std::size_t>(order == Order::row ? a.indices[k] : i)]);
    });
}

template <Order order, Scalar T>
Compressed<order, T> scale_rows_and_columns(VectorView<std::type_identity_t<T>> r, const CompressedView<order, T>& A,
                                            VectorView<std::type_identity_t<T>> c) {
    detail::require(r.size() == static_cast<std::size_t>(A.rows()),
                    "scale_rows_and_columns: r must have A.rows() elements");
    detail::require(c.size() == static_cast<std::size_t>(A.cols()),
                    "scale_rows_and_columns: c must have A.cols() elements");
    const detail::Slices<T> a(A);
    return map_entries(A, [&](Index i, Offset k) {
        const Index j = a.indices[k];
        const auto row = static_cast<std::size_t>(order == Order::row ? i : j);
        const auto col = static_cast<std::size_t>(order == Order::row ? j : i);
        return detail::times(detail::times(r[row], a.values[k]), c[col]);
    });
}

template <Order order, Scalar T>
Compressed<order, T> hadamard(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    detail::require_same_shape(A, B, "hadamard");
    const detail::Slices<T> a(A), b(B);
    const auto for_each_shared = [&](Index i, auto&& body) {
        for (Offset p = a.begin(i), q = b.begin(i); p < a.end(i) && q < b.end(i);) {
            const Index ja = a.indices[p], jb = b.indices[q];
            if (ja == jb) body(p, q);
            p += ja <= jb;
            q += jb <= ja;
        }
    };
    return detail::build_slices<order, T>(
        A.rows(), A.cols(), A.nnz() + B.nnz(),
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) {
                counts[i] = 0;
                for_each_shared(i, [&](Offset, Offset) { ++counts[i]; });
            }
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset k = indptr[i];
                for_each_shared(i, [&](Offset p, Offset q) {
                    indices[k] = a.indices[p];
                    values[k++] = detail::times(a.values[p], b.values[q]);
                });
            }
        });
}

template <Order order, Scalar T>
Compressed<order, T> kron(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    const Index rows = detail::checked_dimension(std::int64_t{A.rows()} * B.rows(), "kron");
    const Index cols = detail::checked_dimension(std::int64_t{A.cols()} * B.cols(), "kron");
    const detail::Slices<T> a(A), b(B);
    const Index height = B.major(), width = B.minor();  // of a block, in storage order
    return detail::build_slices<order, T>(
        rows, cols, A.nnz() * B.nnz(),
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) counts[i] = a.size(i / height) * b.size(i % height);
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset k = indptr[i];
                for (Offset p = a.begin(i / height); p < a.end(i / height); ++p)
                    for (Offset q = b.begin(i % height); q < b.end(i % height); ++q, ++k) {
                        indices[k] = a.indices[p] * width + b.indices[q];
                        values[k] = detail::times(a.values[p], b.values[q]);
                    }
            }
        });
}

#define RITZ_INSTANTIATE(O, T)                                                                                         \
    template Compressed<O, T> add(std::type_identity_t<T>, const CompressedView<O, T>&, std::type_identity_t<T>,       \
                                  const CompressedView<O, T>&);                                                        \
    template Compressed<O, T> add(const CompressedView<O, T>&, const CompressedView<O, T>&);                           \
    template Compressed<O, T> subtract(const CompressedView<O, T>&, const CompressedView<O, T>&);                      \
    template Compressed<O, T> scaled(std::type_identity_t<T>, const CompressedView<O, T>&);                            \
    template Compressed<O, T> scale_rows(VectorView<std::type_identity_t<T>>, const CompressedView<O, T>&);            \
    template Compressed<O, T> scale_columns(const CompressedView<O, T>&, VectorView<std::type_identity_t<T>>);         \
    template Compressed<O, T> scale_rows_and_columns(VectorView<std::type_identity_t<T>>, const CompressedView<O, T>&, \
                                                     VectorView<std::type_identity_t<T>>);                             \
    template Compressed<O, T> hadamard(const CompressedView<O, T>&, const CompressedView<O, T>&);                      \
    template Compressed<O, T> kron(const CompressedView<O, T>&, const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
