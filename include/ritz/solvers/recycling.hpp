// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What GCRO-DR keeps from one system for the next.

#include <complex>
#include <variant>

#include "ritz/core/buffer.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"

namespace ritz {

/// A few directions that A makes short, and that a Krylov method finds late. Handed from solve to solve, of systems
/// that change slowly or of right-hand sides that come one after another, they need not be found again:
///
///     Recycling recycling(8);
///     for (…) gcrodr(A_k, b_k, x, M, KrylovOptions{.recycling = &recycling});
///
/// With M on the right they are directions of M x. What is kept is a hint and never enters an answer unchecked: a space
/// of another system, of another length or of another element type costs iterations, or is left out. One object must
/// not be used by two solves at the same time. If a solve throws, it holds what it held before.
class Recycling {
public:
    /// Keeps up to `vectors` directions. \throws InvalidArgument if that is < 1.
    explicit Recycling(int vectors = 8);

    int vectors() const noexcept { return vectors_; }
    /// Forgets what is kept.
    void clear() noexcept { kept_ = Buffer<double>(); }

    /// The directions of length n, one after another; none if there are no such.
    template <Scalar T>
    VectorView<T> directions(std::size_t n) const noexcept {
        const auto* kept = std::get_if<Buffer<T>>(&kept_);
        if (!kept || n != n_) return {};
        return *kept;
    }
    /// Replaces them, by directions known in advance, say: a multiple of n numbers.
    /// \throws InvalidArgument if their number is no multiple of n.
    template <Scalar T>
    void keep(std::size_t n, Buffer<T> directions) {
        check(n, directions.size());
        kept_ = std::move(directions);
        n_ = n;
    }

private:
    static void check(std::size_t n, std::size_t size);

    int vectors_;
    std::size_t n_ = 0;
    std::variant<Buffer<double>, Buffer<float>, Buffer<std::complex<double>>, Buffer<std::complex<float>>> kept_;
};

}  // namespace ritz
