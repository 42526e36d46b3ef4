// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/convert.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/assemble.hpp"

namespace ritz {

namespace {

constexpr std::int64_t grain = 1 << 16;  // entries a thread should have at least

/// The arrays of the same matrix compressed along the other dimension: a stable counting sort by minor index, each
/// thread taking a range of slices. O(nnz + major + threads · minor).
template <bool conjugated, Order order, Scalar T>
auto swap_order(const CompressedView<order, T>& A) {
    constexpr Order other = order == Order::row ? Order::column : Order::row;
    const auto major = static_cast<std::size_t>(A.major()), minor = static_cast<std::size_t>(A.minor());
    const Offset* const indptr = A.indptr().data();
    const Index* const indices = A.indices().data();
    const T* const values = A.values().data();

    int parts = detail::threads_for(A.nnz(), grain);
    while (parts > 1 && static_cast<Offset>(parts) * A.minor() > A.nnz())
        --parts;  // counters must not outweigh entries
    const auto cut = [&](int part) {
        return static_cast<std::size_t>(std::lower_bound(indptr, indptr + major, A.nnz() * part / parts) - indptr);
    };
    // next[p·minor + j]: how many entries of minor index j part p has, then where it writes the next one.
    Buffer<Offset> next(static_cast<std::size_t>(parts) * minor);
    detail::parallel_parts(parts, [&](int part) {
        Offset* const count = next.data() + static_cast<std::size_t>(part) * minor;
        std::fill_n(count, minor, 0);
        const Offset end = part + 1 == parts ? A.nnz() : indptr[cut(part + 1)];
        for (Offset k = indptr[part == 0 ? 0 : cut(part)]; k < end; ++k) ++count[indices[k]];
    });
    Buffer<Offset> new_indptr(minor + 1);
    Offset total = 0;
    for (std::size_t j = 0; j < minor; ++j) {
        new_indptr[j] = total;
        for (int part = 0; part < parts; ++part)
            total += std::exchange(next[static_cast<std::size_t>(part) * minor + j], total);
    }
    new_indptr[minor] = total;

    Buffer<Index> new_indices(static_cast<std::size_t>(total));
    Buffer<T> new_values(static_cast<std::size_t>(total));
    // Pointers by value: through references the compiler would load them again after each store.
    detail::parallel_parts(parts, [&, indptr, indices, values, out_indices = new_indices.data(),
                                   out_values = new_values.data()](int part) {
        Offset* const place = next.data() + static_cast<std::size_t>(part) * minor;
        const std::size_t end = part + 1 == parts ? major : cut(part + 1);
        for (std::size_t i = part == 0 ? 0 : cut(part); i < end; ++i)
            for (Offset k = indptr[i], stop = indptr[i + 1]; k < stop; ++k) {
                const Offset target = place[indices[k]]++;
                out_indices[target] = static_cast<Index>(i);
                if constexpr (conjugated)
                    out_values[target] = ritz::conjugate(values[k]);
                else
                    out_values[target] = values[k];
            }
    });
    return Compressed<other, T>(detail::Trusted{}, A.rows(), A.cols(), std::move(new_indptr), std::move(new_indices),
                                std::move(new_values));
}

template <Order order, Scalar T>
Compressed<order, T> from_coo(const Coo<T>& A) {
    const detail::Triplets<T> all{A.row_indices(), A.col_indices(), A.values()};
    return detail::assemble<order, T>(A.rows(), A.cols(), std::span(&all, 1));
}

template <Scalar U, Order order, Scalar T, class Function>
Compressed<order, U> map_values(const CompressedView<order, T>& A, Function&& function) {
    Buffer<U> values(A.values().size());
    detail::parallel_ranges(A.nnz(), grain, [&](std::int64_t begin, std::int64_t end) {
        for (auto k = static_cast<std::size_t>(begin); k < static_cast<std::size_t>(end); ++k)
            values[k] = function(A.values()[k]);
    });
    return {detail::Trusted{},
            A.rows(),
            A.cols(),
            Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
            Buffer<Index>(A.indices().begin(), A.indices().end()),
            std::move(values)};
}

}  // namespace

template <Scalar T>
Csr<T> to_csr(const Coo<T>& A) {
    return from_coo<Order::row>(A);
}

template <Scalar T>
Csc<T> to_csc(const Coo<T>& A) {
    return from_coo<Order::column>(A);
}

template <Scalar T>
Csr<T> to_csr(const CscView<T>& A) {
    return swap_order<false>(A);
}

template <Scalar T>
Csc<T> to_csc(const CsrView<T>& A) {
    return swap_order<false>(A);
}

template <Order order, Scalar T>
Coo<T> to_coo(const CompressedView<order, T>& A) {
    Buffer<Index> majors(static_cast<std::size_t>(A.nnz()));
    detail::parallel_ranges(A.major(), grain, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
            std::fill(majors.begin() + A.indptr()[i], majors.begin() + A.indptr()[i + 1], static_cast<Index>(i));
    });
    Buffer<Index> minors(A.indices().begin(), A.indices().end());
    Buffer<T> values(A.values().begin(), A.values().end());
    if constexpr (order == Order::row)
        return {A.rows(), A.cols(), std::move(majors), std::move(minors), std::move(values)};
    else
        return {A.rows(), A.cols(), std::move(minors), std::move(majors), std::move(values)};
}

template <Order order, Scalar T>
Compressed<order, T> transpose(const CompressedView<order, T>& A) {
    return swap_order<false>(transposed_view(A));
}

template <Order order, Scalar T>
Compressed<order, T> adjoint(const CompressedView<order, T>& A) {
    return swap_order<is_complex<T>>(transposed_view(A));
}

template <Order order, Scalar T>
Compressed<order, T> conjugate(const CompressedView<order, T>& A) {
    return map_values<T>(A, [](T value) { return ritz::conjugate(value); });
}

template <Scalar U, Order order, Scalar T>
requires(is_complex<U> || !is_complex<T>) Compressed<order, U> convert_values(const CompressedView<order, T>& A) {
    return map_values<U>(A, [](T value) {
        if constexpr (is_complex<T>)
            return U(static_cast<Real<U>>(value.real()), static_cast<Real<U>>(value.imag()));
        else
            return U(static_cast<Real<U>>(value));
    });
}

#define RITZ_INSTANTIATE(T)                       \
    template Csr<T> to_csr<T>(const Coo<T>&);     \
    template Csc<T> to_csc<T>(const Coo<T>&);     \
    template Csr<T> to_csr<T>(const CscView<T>&); \
    template Csc<T> to_csc<T>(const CsrView<T>&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

#define RITZ_INSTANTIATE(O, T)                                                                                    \
    template Coo<T> to_coo(const CompressedView<O, T>&);                                                          \
    template Compressed<O, T> transpose(const CompressedView<O, T>&);                                             \
    template Compressed<O, T> adjoint(const CompressedView<O, T>&);                                               \
    template Compressed<O, T> conjugate(const CompressedView<O, T>&);                                             \
    template Compressed<O, std::complex<float>> convert_values<std::complex<float>>(const CompressedView<O, T>&); \
    template Compressed<O, std::complex<double>> convert_values<std::complex<double>>(const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

#define RITZ_INSTANTIATE(O)                                                                 \
    template Compressed<O, float> convert_values<float>(const CompressedView<O, float>&);   \
    template Compressed<O, float> convert_values<float>(const CompressedView<O, double>&);  \
    template Compressed<O, double> convert_values<double>(const CompressedView<O, float>&); \
    template Compressed<O, double> convert_values<double>(const CompressedView<O, double>&);
RITZ_INSTANTIATE(Order::row)
RITZ_INSTANTIATE(Order::column)
#undef RITZ_INSTANTIATE

}  // namespace ritz
