// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/compressed.hpp"

#include <algorithm>
#include <string>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "formats/product_arguments.hpp"
#include "formats/spmv.hpp"
#include "ritz/core/error.hpp"

namespace ritz {

namespace {

constexpr Offset zero_pointer[1] = {0};  // indptr of the 0 × 0 matrix

const char* name(Order order) {
    return order == Order::row ? "Csr" : "Csc";
}
const char* slice_name(Order order) {
    return order == Order::row ? "row" : "column";
}
const char* minor_name(Order order) {
    return order == Order::row ? "column" : "row";
}

[[noreturn]] void broken(Order order, const std::string& what) {
    throw InvalidArgument(std::string(name(order)) + ": " + what);
}

template <class P>
void check_pointers(Order order, Index rows, Index cols, std::span<const P> indptr, std::size_t indices,
                    std::size_t values) {
    if (rows < 0 || cols < 0)
        broken(order,
               "rows and cols must not be negative, they are " + std::to_string(rows) + " and " + std::to_string(cols));
    const std::size_t major = static_cast<std::size_t>(order == Order::row ? rows : cols);
    if (indptr.size() != major + 1)
        broken(order, "I1: indptr must have " + std::to_string(major + 1) + " entries, it has " +
                          std::to_string(indptr.size()));
    if (indptr[0] != 0) broken(order, "I1: indptr must start at 0, it starts at " + std::to_string(indptr[0]));
    for (std::size_t i = 0; i < major; ++i)
        if (indptr[i + 1] < indptr[i])
            broken(order, "I1: indptr decreases after " + std::string(slice_name(order)) + " " + std::to_string(i));
    if (indices != values)
        broken(order, "I2: indices and values must have equal lengths, they have " + std::to_string(indices) + " and " +
                          std::to_string(values));
    if (static_cast<std::size_t>(indptr[major]) != indices)
        broken(order, "I1: indptr must end at the number of entries " + std::to_string(indices) + ", it ends at " +
                          std::to_string(indptr[major]));
}

template <class P>
void check_indices(Order order, std::span<const P> indptr, std::span<const Index> indices, Index minor) {
    const auto major = static_cast<std::int64_t>(indptr.size()) - 1;
    detail::parallel_ranges(major, 1 << 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            Index previous = -1;
            for (auto k = indptr[static_cast<std::size_t>(i)]; k < indptr[static_cast<std::size_t>(i) + 1]; ++k) {
                const Index j = indices[static_cast<std::size_t>(k)];
                const auto place = [&] {
                    return std::string(slice_name(order)) + " " + std::to_string(i) + ", entry " + std::to_string(k);
                };
                if (j < 0 || j >= minor)
                    broken(order, "I2: " + place() + ": " + minor_name(order) + " index " + std::to_string(j) +
                                      " is not in [0, " + std::to_string(minor) + ")");
                if (j <= previous)
                    broken(order, "I3: " + place() + ": " + minor_name(order) + " indices must strictly increase, " +
                                      std::to_string(j) + " follows " + std::to_string(previous));
                previous = j;
            }
        }
    });
}

}  // namespace

template <Order order_, Scalar T>
CompressedView<order_, T>::CompressedView(Index rows, Index cols, std::span<const Offset> indptr,
                                          std::span<const Index> indices, VectorView<T> values)
    : rows_(rows), cols_(cols), indptr_(indptr.data()), indices_(indices.data()), values_(values.data()) {
    check_pointers(order, rows, cols, indptr, indices.size(), values.size());
    check_indices(order, indptr, indices, minor());
}

template <Order order_, Scalar T>
CompressedView<order_, T>::CompressedView(Index rows, Index cols, std::span<const std::int32_t> indptr,
                                          std::span<const Index> indices, VectorView<T> values)
    : rows_(rows), cols_(cols), indices_(indices.data()), values_(values.data()) {
    check_pointers(order, rows, cols, indptr, indices.size(), values.size());
    check_indices(order, indptr, indices, minor());
    const std::shared_ptr<Offset[]> widened(new Offset[indptr.size()]);
    std::copy(indptr.begin(), indptr.end(), widened.get());
    widened_ = widened;
    indptr_ = widened.get();
}

template <Order order_, Scalar T>
T CompressedView<order_, T>::at(Index i, Index j) const {
    detail::require(i >= 0 && i < rows_ && j >= 0 && j < cols_, "at: the element must lie inside the matrix");
    const Index slice = order == Order::row ? i : j, wanted = order == Order::row ? j : i;
    const Index* const first = indices_ + indptr_[slice];
    const Index* const last = indices_ + indptr_[slice + 1];
    const Index* const found = std::lower_bound(first, last, wanted);
    return found != last && *found == wanted ? values_[found - indices_] : T{0};
}

template <Order order_, Scalar T>
void CompressedView<order_, T>::apply(VectorView<T> x, VectorRef<T> y) const {
    detail::check_product("apply", cols_, rows_, x, y);
    if constexpr (order == Order::row)
        detail::multiply_by_slices(major(), indptr_, indices_, values_, x.data(), y.data(), false);
    else
        detail::multiply_into_slices(major(), minor(), indptr_, indices_, values_, x.data(), y.data(), false);
}

template <Order order_, Scalar T>
void CompressedView<order_, T>::apply_transpose(VectorView<T> x, VectorRef<T> y) const {
    detail::check_product("apply_transpose", rows_, cols_, x, y);
    if constexpr (order == Order::column)
        detail::multiply_by_slices(major(), indptr_, indices_, values_, x.data(), y.data(), false);
    else
        detail::multiply_into_slices(major(), minor(), indptr_, indices_, values_, x.data(), y.data(), false);
}

template <Order order_, Scalar T>
void CompressedView<order_, T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) const {
    detail::check_product("apply_adjoint", rows_, cols_, x, y);
    if constexpr (order == Order::column)
        detail::multiply_by_slices(major(), indptr_, indices_, values_, x.data(), y.data(), true);
    else
        detail::multiply_into_slices(major(), minor(), indptr_, indices_, values_, x.data(), y.data(), true);
}

template <Order order_, Scalar T>
void Compressed<order_, T>::rebind() noexcept {
    this->indptr_ = indptr_owned_.empty() ? zero_pointer : indptr_owned_.data();
    this->indices_ = indices_owned_.data();
    this->values_ = values_owned_.data();
}

template <Order order_, Scalar T>
Compressed<order_, T>::Compressed() noexcept : View(detail::Trusted{}, 0, 0, zero_pointer, nullptr, nullptr) {}

template <Order order_, Scalar T>
Compressed<order_, T>::Compressed(Index rows, Index cols, Buffer<Offset> indptr, Buffer<Index> indices,
                                  Buffer<T> values)
    : View(rows, cols, std::span<const Offset>(indptr), std::span<const Index>(indices), VectorView<T>(values)),
      indptr_owned_(std::move(indptr)),
      indices_owned_(std::move(indices)),
      values_owned_(std::move(values)) {
    rebind();
}

template <Order order_, Scalar T>
Compressed<order_, T>::Compressed(detail::Trusted trusted, Index rows, Index cols, Buffer<Offset> indptr,
                                  Buffer<Index> indices, Buffer<T> values) noexcept
    : View(trusted, rows, cols, nullptr, nullptr, nullptr),
      indptr_owned_(std::move(indptr)),
      indices_owned_(std::move(indices)),
      values_owned_(std::move(values)) {
    rebind();
}

template <Order order_, Scalar T>
Compressed<order_, T>::Compressed(const View& view)
    : View(detail::Trusted{}, view.rows(), view.cols(), nullptr, nullptr, nullptr),
      indptr_owned_(view.indptr().begin(), view.indptr().end()),
      indices_owned_(view.indices().begin(), view.indices().end()),
      values_owned_(view.values().begin(), view.values().end()) {
    rebind();
}

template <Order order_, Scalar T>
Compressed<order_, T>::Compressed(const Compressed& other) : Compressed(static_cast<const View&>(other)) {}

template <Order order_, Scalar T>
Compressed<order_, T>::Compressed(Compressed&& other) noexcept
    : View(detail::Trusted{}, std::exchange(other.rows_, 0), std::exchange(other.cols_, 0), nullptr, nullptr, nullptr),
      indptr_owned_(std::move(other.indptr_owned_)),
      indices_owned_(std::move(other.indices_owned_)),
      values_owned_(std::move(other.values_owned_)) {
    rebind();
    other.indptr_owned_.clear();
    other.indices_owned_.clear();
    other.values_owned_.clear();
    other.rebind();
}

template <Order order_, Scalar T>
Compressed<order_, T>& Compressed<order_, T>::operator=(const Compressed& other) {
    if (this != &other) *this = Compressed(other);
    return *this;
}

template <Order order_, Scalar T>
Compressed<order_, T>& Compressed<order_, T>::operator=(Compressed&& other) noexcept {
    if (this == &other) return *this;
    this->rows_ = std::exchange(other.rows_, 0);
    this->cols_ = std::exchange(other.cols_, 0);
    indptr_owned_ = std::exchange(other.indptr_owned_, {});
    indices_owned_ = std::exchange(other.indices_owned_, {});
    values_owned_ = std::exchange(other.values_owned_, {});
    rebind();
    other.rebind();
    return *this;
}

template <Order order, Scalar T>
bool operator==(const CompressedView<order, T>& A, const CompressedView<order, T>& B) {
    return A.rows() == B.rows() && A.cols() == B.cols() && std::ranges::equal(A.indptr(), B.indptr()) &&
           std::ranges::equal(A.indices(), B.indices()) && std::ranges::equal(A.values(), B.values());
}

#define RITZ_INSTANTIATE(O, T)           \
    template class CompressedView<O, T>; \
    template class Compressed<O, T>;     \
    template bool operator==(const CompressedView<O, T>&, const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
