// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz::iterative {

/// Vectors of length n, the columns of an n × capacity matrix V, and products with it that read each piece of V once.
/// Sums are formed over blocks of fixed size, so bits do not depend on the number of threads.
template <Scalar T>
class Basis {
public:
    Basis(std::size_t n, std::size_t capacity) : n_(n), data_(n * capacity) {}

    VectorRef<T> operator[](std::size_t j) noexcept { return {data_.data() + j * n_, n_}; }
    VectorView<T> operator[](std::size_t j) const noexcept { return {data_.data() + j * n_, n_}; }

    /// h ← V_kᴴ w, of the first k columns. 2 n k flops.
    void project(std::size_t k, VectorView<T> w, T* h) const;

    /// w ← w − V_k h; ‖w‖₂². When `again` is given, it receives V_kᴴ w of the new w in the same pass.
    double subtract(std::size_t k, const T* h, VectorRef<T> w, T* again = nullptr) const;

    /// x ← x + V_k y.
    void add(std::size_t k, const T* y, VectorRef<T> x) const;

    /// Makes w orthogonal to the first k columns, which are orthonormal, and adds the coefficients to h (k of them):
    /// classical Gram–Schmidt, a second time when the first one cancelled more than half of ‖w‖². ‖w‖₂ afterwards.
    /// \ref J. W. Daniel, W. B. Gragg, L. Kaufman and G. W. Stewart, Math. Comp. 30 (1976) 772; L. Giraud and
    ///      J. Langou, IMA J. Numer. Anal. 22 (2002) 521.
    double orthogonalise(std::size_t k, VectorRef<T> w, T* h) const;

private:
    std::size_t n_;
    Buffer<T> data_;
};

}  // namespace ritz::iterative
