// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/tensor.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "core/instantiate.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/products.hpp"
#include "ritz/linalg/solve.hpp"

namespace ritz::linalg {

namespace {

using Eigen::Index;
using ritz::detail::require;
using Shape = std::vector<Index>;

Index product(const Shape& shape) {
    return std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>());
}

std::string text(const Shape& shape) {
    std::string s = "(";
    for (const Index n : shape) s += (s.size() > 1 ? ", " : "") + std::to_string(n);
    return s + ")";
}

template <Scalar T>
void require_tensor(const Tensor<T>& a, const char* who, const char* name) {
    require(std::all_of(a.shape.begin(), a.shape.end(), [](Index n) { return n >= 0; }) &&
                product(a.shape) == a.values.size(),
            std::string(who) + ": " + name + " has the shape " + text(a.shape) + ", but " +
                std::to_string(a.values.size()) + " values");
    detail::require_finite<T>(a.values, who, name);
}

// The elements with axes in the order `axes`, row-major.
template <Scalar T>
Eigen::VectorX<T> transposed(const Tensor<T>& a, const std::vector<int>& axes) {
    const std::size_t d = axes.size();
    Shape stride(d), step(d), index(d, 0);
    Index s = 1;
    for (std::size_t k = d; k-- > 0; s *= a.shape[k]) stride[k] = s;
    for (std::size_t k = 0; k < d; ++k) step[k] = stride[axes[k]];
    Eigen::VectorX<T> out(a.values.size());
    Index from = 0;
    for (T& value : out) {
        value = a.values(from);
        for (std::size_t k = d; k-- > 0;) {  // the next index, like an odometer
            from += step[k];
            if (++index[k] < a.shape[axes[k]]) break;
            from -= index[k] * step[k];
            index[k] = 0;
        }
    }
    return out;
}

// The axes that are not in `used`.
std::vector<int> others(std::size_t count, const std::vector<int>& used) {
    std::vector<int> rest;
    for (int axis = 0; axis < static_cast<int>(count); ++axis)
        if (std::find(used.begin(), used.end(), axis) == used.end()) rest.push_back(axis);
    return rest;
}

std::vector<int> joined(std::vector<int> a, const std::vector<int>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

// A row-major m × n matrix is the column-major n × m transpose.
template <Scalar T>
Eigen::Map<const Eigen::MatrixX<T>> transpose_of_rows(const Eigen::VectorX<T>& values, Index m, Index n) {
    return {values.data(), n, m};
}

}  // namespace

template <Scalar T>
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, const std::vector<int>& axes_a,
                    const std::vector<int>& axes_b) {
    require_tensor(a, "tensordot", "a");
    require_tensor(b, "tensordot", "b");
    const auto check = [](const Tensor<T>& t, const std::vector<int>& axes, const char* name) {
        for (std::size_t k = 0; k < axes.size(); ++k)
            require(axes[k] >= 0 && axes[k] < static_cast<int>(t.shape.size()) &&
                        std::count(axes.begin(), axes.end(), axes[k]) == 1,
                    std::string("tensordot: axis ") + std::to_string(axes[k]) + " of " + name +
                        " does not exist or occurs twice");
    };
    check(a, axes_a, "a");
    check(b, axes_b, "b");
    bool fit = axes_a.size() == axes_b.size();
    for (std::size_t k = 0; fit && k < axes_a.size(); ++k) fit = a.shape[axes_a[k]] == b.shape[axes_b[k]];
    require(fit, "tensordot: the summed axes of the shapes " + text(a.shape) + " and " + text(b.shape) +
                     " differ in number or length");

    Tensor<T> c;
    Index inner = 1;
    for (const int axis : axes_a) inner *= a.shape[axis];
    const std::vector<int> rest_a = others(a.shape.size(), axes_a), rest_b = others(b.shape.size(), axes_b);
    for (const int axis : rest_a) c.shape.push_back(a.shape[axis]);
    const Index m = product(c.shape);
    for (const int axis : rest_b) c.shape.push_back(b.shape[axis]);
    Index n = 1;
    for (const int axis : rest_b) n *= b.shape[axis];
    const Eigen::VectorX<T> left = transposed(a, joined(rest_a, axes_a)), right = transposed(b, joined(axes_b, rest_b));
    // C = A B by rows is Cᵀ = Bᵀ Aᵀ by columns.
    c.values = matmul(transpose_of_rows<T>(right, inner, n), transpose_of_rows<T>(left, m, inner)).reshaped();
    return c;
}

template <Scalar T>
Tensor<T> tensordot(const Tensor<T>& a, const Tensor<T>& b, int axes) {
    const int da = static_cast<int>(a.shape.size());
    require(axes >= 0 && axes <= da && axes <= static_cast<int>(b.shape.size()),
            "tensordot: " + std::to_string(axes) + " axes of the shapes " + text(a.shape) + " and " + text(b.shape));
    std::vector<int> last(static_cast<std::size_t>(axes)), first(last.size());
    std::iota(last.begin(), last.end(), da - axes);
    std::iota(first.begin(), first.end(), 0);
    return tensordot(a, b, last, first);
}

template <Scalar T>
Tensor<T> tensorsolve(const Tensor<T>& a, const Tensor<T>& b) {
    require_tensor(a, "tensorsolve", "a");
    require_tensor(b, "tensorsolve", "b");
    const std::size_t d = b.shape.size();
    require(a.shape.size() >= d && std::equal(b.shape.begin(), b.shape.end(), a.shape.begin()) &&
                b.values.size() * b.values.size() == a.values.size(),
            "tensorsolve: a has the shape " + text(a.shape) + ", which must be that of b, " + text(b.shape) +
                ", and axes of as many elements behind it");
    const Eigen::MatrixX<T> A = transpose_of_rows<T>(a.values, b.values.size(), b.values.size()).transpose();
    return {Shape(a.shape.begin() + static_cast<std::ptrdiff_t>(d), a.shape.end()), solve(A, b.values)};
}

template <Scalar T>
Tensor<T> tensorinv(const Tensor<T>& a, int first) {
    require_tensor(a, "tensorinv", "a");
    require(first > 0 && first <= static_cast<int>(a.shape.size()),
            "tensorinv: there is no axis " + std::to_string(first));
    const Shape rows(a.shape.begin(), a.shape.begin() + first), cols(a.shape.begin() + first, a.shape.end());
    const Index n = product(rows);
    require(product(cols) == n, "tensorinv: the shape " + text(a.shape) + " is not that of a square map: " +
                                    text(rows) + " and " + text(cols) + " differ in their number of elements");
    Tensor<T> inverse;
    inverse.shape = cols;
    inverse.shape.insert(inverse.shape.end(), rows.begin(), rows.end());
    inverse.values = inv(transpose_of_rows<T>(a.values, n, n)).reshaped();  // (Aᵀ)⁻¹ by columns is A⁻¹ by rows
    return inverse;
}

#define RITZ_INSTANTIATE(T)                                                                      \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, const std::vector<int>&, \
                                    const std::vector<int>&);                                    \
    template Tensor<T> tensordot<T>(const Tensor<T>&, const Tensor<T>&, int);                    \
    template Tensor<T> tensorsolve<T>(const Tensor<T>&, const Tensor<T>&);                       \
    template Tensor<T> tensorinv<T>(const Tensor<T>&, int);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
