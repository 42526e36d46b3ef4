// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/triangular_solve.hpp"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/instantiate.hpp"
#include "formats/arithmetic_slices.hpp"

namespace ritz {

namespace {

/// A triangular matrix as its slices show it. The slices of a lower triangle stored by rows and of an upper one stored
/// by columns hold indices ≤ i ("before"), the others indices ≥ i.
template <Scalar T>
struct TriangularSlices {
    detail::Slices<T> a;
    Index n;
    bool before;
    bool unit_diagonal;

    struct Parts {
        Offset begin, end;               ///< the strict triangle
        std::optional<Offset> diagonal;  ///< the diagonal entry, if stored
        bool has_others;                 ///< whether anything is stored in the other triangle
    };

    Parts parts(Index i) const {
        const Offset begin = a.begin(i), end = a.end(i);
        // Without entries of the other triangle the diagonal is at an end of the slice; else it is looked for.
        Offset k = before ? end : begin;
        if (begin < end) {
            if (before)
                k = a.indices[end - 1] < i ? end : a.indices[end - 1] == i ? end - 1 : a.lower_bound(i, i);
            else
                k = a.indices[begin] >= i ? begin : a.lower_bound(i, i);
        }
        const bool stored = k < end && a.indices[k] == i;
        const Offset after = stored ? k + 1 : k;
        const auto diagonal = stored ? std::optional(k) : std::nullopt;
        return before ? Parts{begin, k, diagonal, after < end} : Parts{after, end, diagonal, begin < k};
    }

    void check(Order order, const TriangularOptions& options) const {
        for (Index i = 0; i < n; ++i) {
            const Parts p = parts(i);
            if (p.has_others && !options.ignore_other_triangle)
                throw InvalidArgument(std::string("solve_triangular: ") + (order == Order::row ? "row " : "column ") +
                                      std::to_string(i) + " has an entry outside of the " +
                                      (options.triangle == Triangle::lower ? "lower" : "upper") + " triangle");
            if (unit_diagonal) continue;
            if (!p.diagonal || a.values[*p.diagonal] == T{0})
                throw SingularMatrix("solve_triangular: the diagonal entry of row " + std::to_string(i) +
                                         (p.diagonal ? " is zero" : " is missing"),
                                     i);
        }
    }
};

template <bool conjugated, Scalar T>
T value_of(T a) {
    if constexpr (conjugated)
        return ritz::conjugate(a);
    else
        return a;
}

/// x_i ← (x_i - Σ a_ij x_j) / a_ii for `width` right-hand sides stored side by side.
template <bool conjugated, int width, Scalar T>
void substitute_by_dots(const TriangularSlices<T>& matrix, T* x) {
    for (Index step = 0; step < matrix.n; ++step) {
        const Index i = matrix.before ? step : matrix.n - 1 - step;
        const auto p = matrix.parts(i);
        T* const xi = x + static_cast<std::ptrdiff_t>(i) * width;
        T sum[width];
        for (int c = 0; c < width; ++c) sum[c] = xi[c];
        for (Offset k = p.begin; k < p.end; ++k) {
            const T a = -value_of<conjugated>(matrix.a.values[k]);
            const T* const xj = x + static_cast<std::ptrdiff_t>(matrix.a.indices[k]) * width;
            for (int c = 0; c < width; ++c) detail::multiply_add(sum[c], a, xj[c]);
        }
        const T pivot = matrix.unit_diagonal ? T{1} : value_of<conjugated>(matrix.a.values[*p.diagonal]);
        for (int c = 0; c < width; ++c) xi[c] = matrix.unit_diagonal ? sum[c] : sum[c] / pivot;
    }
}

/// x_i ← x_i / a_ii, then x_j ← x_j - a_ij x_i.
template <bool conjugated, int width, Scalar T>
void substitute_by_axpys(const TriangularSlices<T>& matrix, T* x) {
    for (Index step = 0; step < matrix.n; ++step) {
        const Index i = matrix.before ? matrix.n - 1 - step : step;
        const auto p = matrix.parts(i);
        T xi[width];
        T* const place = x + static_cast<std::ptrdiff_t>(i) * width;
        for (int c = 0; c < width; ++c) {
            if (!matrix.unit_diagonal) place[c] /= value_of<conjugated>(matrix.a.values[*p.diagonal]);
            xi[c] = place[c];
        }
        for (Offset k = p.begin; k < p.end; ++k) {
            const T a = -value_of<conjugated>(matrix.a.values[k]);
            T* const xj = x + static_cast<std::ptrdiff_t>(matrix.a.indices[k]) * width;
            for (int c = 0; c < width; ++c) detail::multiply_add(xj[c], a, xi[c]);
        }
    }
}

template <int width, Order order, Scalar T>
void substitute(const TriangularSlices<T>& matrix, MatrixForm form, T* x) {
    const bool by_dots = (order == Order::row) == (form == MatrixForm::plain);
    const bool conjugated = is_complex<T> && form == MatrixForm::adjoint;
    if (by_dots)
        conjugated ? substitute_by_dots<true, width>(matrix, x) : substitute_by_dots<false, width>(matrix, x);
    else
        conjugated ? substitute_by_axpys<true, width>(matrix, x) : substitute_by_axpys<false, width>(matrix, x);
}

template <Order order, Scalar T>
TriangularSlices<T> checked(const CompressedView<order, T>& A, const TriangularOptions& options) {
    detail::require(A.rows() == A.cols(), "solve_triangular: the matrix must be square");
    const TriangularSlices<T> matrix{detail::Slices<T>(A), A.rows(),
                                     (options.triangle == Triangle::lower) == (order == Order::row),
                                     options.unit_diagonal};
    matrix.check(order, options);
    return matrix;
}

}  // namespace

template <Order order, Scalar T>
void solve_triangular(const CompressedView<order, T>& A, VectorView<std::type_identity_t<T>> b,
                      VectorRef<std::type_identity_t<T>> x, const TriangularOptions& options) {
    const auto n = static_cast<std::size_t>(A.rows());
    detail::require(b.size() == n && x.size() == n, "solve_triangular: b and x must have A.rows() elements");
    const std::less<const T*> before;
    detail::require(
        b.data() == x.data() || n == 0 || !before(b.data(), x.data() + n) || !before(x.data(), b.data() + n),
        "solve_triangular: b and x must be the same or not overlap");
    const TriangularSlices<T> matrix = checked(A, options);
    if (b.data() != x.data()) std::copy(b.begin(), b.end(), x.begin());
    substitute<1, order>(matrix, options.form, x.data());
}

template <Order order, Scalar T>
Eigen::MatrixX<T> solve_triangular(const CompressedView<order, T>& A,
                                   const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>& B,
                                   const TriangularOptions& options) {
    detail::require(B.rows() == A.rows(), "solve_triangular: B must have A.rows() rows");
    const TriangularSlices<T> matrix = checked(A, options);
    constexpr int widest = 8;
    Eigen::MatrixX<T> X = B;
    Eigen::MatrixX<T> packed;  // a group of columns, transposed: the elements of a row lie side by side
    for (Eigen::Index first = 0; first < X.cols(); first += widest) {
        const Eigen::Index k = std::min<Eigen::Index>(widest, X.cols() - first);
        if (k == 1) {
            substitute<1, order>(matrix, options.form, X.col(first).data());
            continue;
        }
        const int width = k <= 2 ? 2 : k <= 4 ? 4 : widest;
        packed.setZero(width, X.rows());
        packed.topRows(k) = X.middleCols(first, k).transpose();
        if (width == 2)
            substitute<2, order>(matrix, options.form, packed.data());
        else if (width == 4)
            substitute<4, order>(matrix, options.form, packed.data());
        else
            substitute<widest, order>(matrix, options.form, packed.data());
        X.middleCols(first, k) = packed.topRows(k).transpose();
    }
    return X;
}

#define RITZ_INSTANTIATE(O, T)                                                                                    \
    template void solve_triangular(const CompressedView<O, T>&, VectorView<std::type_identity_t<T>>,              \
                                   VectorRef<std::type_identity_t<T>>, const TriangularOptions&);                 \
    template Eigen::MatrixX<T> solve_triangular(const CompressedView<O, T>&,                                      \
                                                const std::type_identity_t<Eigen::Ref<const Eigen::MatrixX<T>>>&, \
                                                const TriangularOptions&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
