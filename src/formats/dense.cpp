// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/dense.hpp"

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"

namespace ritz {

template <Order order, Scalar T>
Eigen::MatrixX<T> to_dense(const CompressedView<order, T>& A, std::int64_t max_bytes) {
    const std::int64_t elements = std::int64_t{A.rows()} * A.cols();  // below 2⁶²
    if (elements > max_bytes / static_cast<std::int64_t>(sizeof(T)))
        throw LimitExceeded("to_dense: a dense " + detail::shape(A.rows(), A.cols()) + " matrix has " +
                            std::to_string(elements) + " elements, but the limit of " + std::to_string(max_bytes) +
                            " bytes allows " + std::to_string(max_bytes / static_cast<std::int64_t>(sizeof(T))));
    const detail::Slices<T> a(A);
    Eigen::MatrixX<T> dense = Eigen::MatrixX<T>::Zero(A.rows(), A.cols());
    for (Index i = 0; i < A.major(); ++i)
        for (Offset k = a.begin(i); k < a.end(i); ++k) {
            if constexpr (order == Order::row)
                dense(i, a.indices[k]) = a.values[k];
            else
                dense(a.indices[k], i) = a.values[k];
        }
    return dense;
}

namespace detail {

template <Order order, Scalar T>
Compressed<order, T> from_dense(const Eigen::Ref<const Eigen::MatrixX<T>>& A) {
    const Index rows = checked_dimension(A.rows(), "from_dense"), cols = checked_dimension(A.cols(), "from_dense");
    const Index minor = order == Order::row ? cols : rows;
    const auto element = [&](Index i, Index j) { return order == Order::row ? A(i, j) : A(j, i); };
    return build_slices<order, T>(
        rows, cols, std::int64_t{rows} * cols,
        [&](Index begin, Index end, Offset* counts) {
            for (Index i = begin; i < end; ++i) {
                counts[i] = 0;
                for (Index j = 0; j < minor; ++j) counts[i] += element(i, j) != T{0};
            }
        },
        [&](Index begin, Index end, const Offset* indptr, Index* indices, T* values) {
            for (Index i = begin; i < end; ++i) {
                Offset k = indptr[i];
                for (Index j = 0; j < minor; ++j) {
                    const T value = element(i, j);
                    if (value == T{0}) continue;
                    indices[k] = j;
                    values[k++] = value;
                }
            }
        });
}

}  // namespace detail

#define RITZ_INSTANTIATE(O, T)                                                      \
    template Eigen::MatrixX<T> to_dense(const CompressedView<O, T>&, std::int64_t); \
    template Compressed<O, T> detail::from_dense<O, T>(const Eigen::Ref<const Eigen::MatrixX<T>>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
