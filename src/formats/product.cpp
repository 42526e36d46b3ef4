// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/product.hpp"

#include <algorithm>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"
#include "formats/product_arguments.hpp"

namespace ritz {

namespace {

template <Scalar T>
using MatrixView = Eigen::Ref<const Eigen::MatrixX<T>>;
template <Scalar T>
using MatrixRef = Eigen::Ref<Eigen::MatrixX<T>>;

enum class Form { plain, transposed, adjoint };

constexpr Eigen::Index widest = 8;  // columns that are multiplied together: one line of doubles

template <bool conjugated, Scalar T>
T value_of(T a) {
    if constexpr (conjugated)
        return ritz::conjugate(a);
    else
        return a;
}

/// A group of columns with the elements of a row side by side; missing columns up to `width` are zero.
template <int width, Scalar T>
void pack(const MatrixView<T>& X, Eigen::Index first, Eigen::Index k, T* packed) {
    detail::parallel_ranges(X.rows(), detail::slice_grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (Eigen::Index c = 0; c < width; ++c) packed[i * width + c] = c < k ? X(i, first + c) : T{0};
    });
}

/// Columns [first, first + k) of Y ← rows of dot products with slices.
template <bool conjugated, int width, Order order, Scalar T>
void multiply_by_slices(const CompressedView<order, T>& A, const T* packed, MatrixRef<T>& Y, Eigen::Index first,
                        Eigen::Index k) {
    const detail::Slices<T> a(A);
    detail::parallel_slices(A.major(), A.nnz() * width, [&](Index begin, Index end) {
        for (Index i = begin; i < end; ++i) {
            T sum[width] = {};
            for (Offset p = a.begin(i); p < a.end(i); ++p) {
                const T value = value_of<conjugated>(a.values[p]);
                const T* const x = packed + static_cast<std::ptrdiff_t>(a.indices[p]) * width;
                for (int c = 0; c < width; ++c) detail::multiply_add(sum[c], value, x[c]);
            }
            for (Eigen::Index c = 0; c < k; ++c) Y(i, first + c) = sum[c];
        }
    });
}

/// Columns [first, first + k) of Y ← Σ of slices times rows of X; serial.
template <bool conjugated, int width, Order order, Scalar T>
void multiply_into_slices(const CompressedView<order, T>& A, const MatrixView<T>& X, MatrixRef<T>& Y,
                          Eigen::Index first, Eigen::Index k) {
    const detail::Slices<T> a(A);
    Buffer<T> packed(static_cast<std::size_t>(A.minor()) * width, T{0});
    for (Index i = 0; i < A.major(); ++i) {
        T x[width];
        for (Eigen::Index c = 0; c < width; ++c) x[c] = c < k ? X(i, first + c) : T{0};
        for (Offset p = a.begin(i); p < a.end(i); ++p) {
            const T value = value_of<conjugated>(a.values[p]);
            T* const y = packed.data() + static_cast<std::ptrdiff_t>(a.indices[p]) * width;
            for (int c = 0; c < width; ++c) detail::multiply_add(y[c], value, x[c]);
        }
    }
    for (Eigen::Index j = 0; j < A.minor(); ++j)
        for (Eigen::Index c = 0; c < k; ++c) Y(j, first + c) = packed[static_cast<std::size_t>(j * width + c)];
}

/// body.template operator()<width>() with the smallest group width that holds k columns.
template <class Body>
void with_width(Eigen::Index k, Body&& body) {
    if (k <= 1)
        body.template operator()<1>();
    else if (k <= 2)
        body.template operator()<2>();
    else if (k <= 4)
        body.template operator()<4>();
    else
        body.template operator()<widest>();
}

template <bool conjugated, Order order, Scalar T>
void multiply_groups(const CompressedView<order, T>& A, bool by_slices, const MatrixView<T>& X, MatrixRef<T>& Y) {
    const Eigen::Index columns = X.cols();
    if (by_slices) {
        Buffer<T> packed(static_cast<std::size_t>(X.rows() * std::min(columns, widest)) + widest);
        for (Eigen::Index first = 0; first < columns; first += widest) {
            const Eigen::Index k = std::min(widest, columns - first);
            with_width(k, [&]<int width>() {
                packed.resize(std::max(packed.size(), static_cast<std::size_t>(X.rows()) * width));
                pack<width>(X, first, k, packed.data());
                multiply_by_slices<conjugated, width>(A, packed.data(), Y, first, k);
            });
        }
        return;
    }
    // Slices are added into all of Y, so threads take columns instead of slices.
    const int threads = detail::threads_for(A.nnz() * columns, detail::slice_grain);
    const Eigen::Index share = std::clamp<Eigen::Index>((columns + threads - 1) / threads, 1, widest);
    const auto multiply_share = [&](std::int64_t task) {
        const Eigen::Index first = task * share, k = std::min(share, columns - first);
        with_width(k, [&]<int width>() { multiply_into_slices<conjugated, width>(A, X, Y, first, k); });
    };
    detail::parallel_tasks((columns + share - 1) / share, threads, multiply_share);
}

template <Order order, Scalar T>
void multiply_form(const CompressedView<order, T>& A, Form form, const MatrixView<T>& X, MatrixRef<T>& Y,
                   const char* who) {
    const Index rows = form == Form::plain ? A.rows() : A.cols(), cols = form == Form::plain ? A.cols() : A.rows();
    detail::check_block_product(who, cols, rows, X, Y);
    if (X.cols() == 0) return;
    if (X.cols() == 1) {  // the kernel for one vector
        const VectorView<T> x(X.data(), static_cast<std::size_t>(X.rows()));
        const VectorRef<T> y(Y.data(), static_cast<std::size_t>(Y.rows()));
        if (form == Form::plain) return A.apply(x, y);
        return form == Form::transposed ? A.apply_transpose(x, y) : A.apply_adjoint(x, y);
    }
    const bool by_slices = (order == Order::row) == (form == Form::plain);
    if (is_complex<T> && form == Form::adjoint)
        multiply_groups<true>(A, by_slices, X, Y);
    else
        multiply_groups<false>(A, by_slices, X, Y);
}

}  // namespace

template <Order order, Scalar T>
void multiply(const CompressedView<order, T>& A, const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X,
              std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>> Y) {
    multiply_form(A, Form::plain, X, Y, "multiply");
}

template <Order order, Scalar T>
void multiply_transpose(const CompressedView<order, T>& A,
                        const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X,
                        std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>> Y) {
    multiply_form(A, Form::transposed, X, Y, "multiply_transpose");
}

template <Order order, Scalar T>
void multiply_adjoint(const CompressedView<order, T>& A,
                      const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& X,
                      std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>> Y) {
    multiply_form(A, Form::adjoint, X, Y, "multiply_adjoint");
}

#define RITZ_INSTANTIATE(O, T)                                                                         \
    template void multiply(const CompressedView<O, T>&,                                                \
                           const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>&,           \
                           std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>>);                       \
    template void multiply_transpose(const CompressedView<O, T>&,                                      \
                                     const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>&, \
                                     std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>>);             \
    template void multiply_adjoint(const CompressedView<O, T>&,                                        \
                                   const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>&,   \
                                   std::type_identity_t<Eigen::Ref<Eigen::MatrixX<T>>>);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
