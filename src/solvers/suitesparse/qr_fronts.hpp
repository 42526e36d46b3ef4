// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Reads the factors of SuiteSparseQR where it keeps them. SuiteSparseQR_qmult forms the triangular factors of blocks
/// of reflections anew in each call, which for one vector takes more than twice as long as the reflections themselves.
///
/// Of front f the object holds, column after column, a packed block. Its pivotal column k has rows 0 … r-1 of R, r the
/// number of live columns so far, this one included, and below them the vector of the reflection that made it, without
/// its first element, which is 1 and stands at row r-1. A column whose staircase is empty is dead: it has rows of R and
/// no reflection. The columns that are not pivotal have all rows of R, and their reflections start one row further down
/// each time. Every reflection ends where the staircase of its column ends.

#include <SuiteSparseQR.hpp>
#include <algorithm>
#include <complex>

#include "ritz/core/buffer.hpp"
#include "ritz/core/eigen.hpp"
#include "solvers/factor_common.hpp"

namespace ritz::detail {

template <class W>
class QrFronts {
    using Long = SuiteSparse_long;

public:
    explicit QrFronts(const SuiteSparseQR_factorization<W>& QR) : QR_(QR) {}

    /// X (m × k) ← Qᴴ X.
    void apply_adjoint(Eigen::MatrixX<W>& X) const {
        Eigen::MatrixX<W> Y(X.rows(), X.cols());
        const Long* const to = row_permutation();
        for (Eigen::Index j = 0; j < X.cols(); ++j)
            for (Eigen::Index i = 0; i < X.rows(); ++i) Y(to ? to[i] : i, j) = X(i, j);
        Buffer<W> part;
        Buffer<Reflection> reflections;
        for (Long f = 0; f < fronts(); ++f) {
            find_reflections(f, reflections);
            if (reflections.empty()) continue;
            gather(f, Y, part);
            for (const Reflection& r : reflections) reflect(r, conjugate(r.tau), part, rows_of(f), Y.cols());
            scatter(f, part, Y);
        }
        X.swap(Y);
    }

    /// X (m × k) ← Q X.
    void apply(Eigen::MatrixX<W>& X) const {
        Buffer<W> part;
        Buffer<Reflection> reflections;
        for (Long f = fronts(); f-- > 0;) {
            find_reflections(f, reflections);
            if (reflections.empty()) continue;
            gather(f, X, part);
            for (std::size_t k = reflections.size(); k-- > 0;)
                reflect(reflections[k], reflections[k].tau, part, rows_of(f), X.cols());
            scatter(f, part, X);
        }
        const Long* const from = row_permutation();
        if (!from) return;
        Eigen::MatrixX<W> Y(X.rows(), X.cols());
        for (Eigen::Index j = 0; j < X.cols(); ++j)
            for (Eigen::Index i = 0; i < X.rows(); ++i) Y(i, j) = X(from[i], j);
        X.swap(Y);
    }

    /// Of a square matrix of full rank: the diagonal of R, times det(I − τ v vᴴ) = −τ / conj(τ) for each reflection,
    /// times the signs of the permutations.
    LongProduct<W> determinant() const {
        LongProduct<W> product;
        for (Long k = 0; k < QR_.n1rows; ++k) {
            W diagonal{};
            for (Long e = QR_.R1p[k]; e < QR_.R1p[k + 1]; ++e)
                if (QR_.R1j[e] == k) diagonal = QR_.R1x[e];
            product.multiply(diagonal);
        }
        Buffer<Reflection> reflections;
        for (Long f = 0; f < fronts(); ++f) {
            find_reflections(f, reflections, &product);
            for (const Reflection& r : reflections)
                if (r.tau != W{}) product.multiply(-r.tau / conjugate(r.tau));
        }
        bool odd = false;
        if (const Long* const rows = row_permutation()) odd ^= is_odd(Buffer<Long>(rows, rows + QR_.narows));
        if (QR_.Q1fill) odd ^= is_odd(Buffer<Long>(QR_.Q1fill, QR_.Q1fill + QR_.nacols));
        if (odd) product.negate();
        return product;
    }

private:
    /// I − τ v vᴴ, v = (1, tail) from row `first` of a front on.
    struct Reflection {
        Long first, length;  // of the tail
        W tau;
        const W* tail;
    };

    static W conjugate(W a) noexcept {
        if constexpr (std::is_same_v<W, double>)
            return a;
        else
            return std::conj(a);
    }

    Long fronts() const noexcept { return QR_.QRnum && QR_.QRsym ? QR_.QRsym->nf : 0; }
    Long rows_of(Long f) const noexcept { return QR_.QRnum->Hm[f]; }
    const Long* row_indices(Long f) const noexcept { return QR_.QRnum->Hii + QR_.QRsym->Hip[f]; }

    /// Where row i of A is among the rows that the reflections act on; null if there is no other order.
    const Long* row_permutation() const noexcept {
        return QR_.n1cols > 0 ? QR_.HP1inv : QR_.QRnum ? QR_.QRnum->HPinv : nullptr;
    }

    void find_reflections(Long f, Buffer<Reflection>& reflections, LongProduct<W>* diagonal = nullptr) const {
        reflections.clear();
        const spqr_symbolic& symbolic = *QR_.QRsym;
        const Long first_column = symbolic.Rp[f], columns = symbolic.Rp[f + 1] - first_column;
        const Long pivotal = symbolic.Super[f + 1] - symbolic.Super[f], rows = rows_of(f);
        const Long* const staircase = QR_.QRnum->HStair + first_column;
        const W* const tau = QR_.QRnum->HTau + first_column;
        const W* at = QR_.QRnum->Rblock[f];
        Long live = 0;
        for (Long k = 0; k < pivotal; ++k) {
            const Long end = staircase[k];
            if (end == 0) {  // dead
                at += live;
                continue;
            }
            const bool reflected = live < rows;
            live += reflected;
            at += live;
            if (diagonal && reflected) diagonal->multiply(at[-1]);
            const Long length = std::max<Long>(end - live, 0);
            if (reflected) reflections.push_back({live - 1, length, tau[k], at});
            at += length;
        }
        Long start = live;
        for (Long k = pivotal; k < columns; ++k) {
            at += live;
            const bool reflected = start < rows;
            start += reflected;
            const Long length = std::max<Long>(staircase[k] - start, 0);
            if (reflected) reflections.push_back({start - 1, length, tau[k], at});
            at += length;
        }
    }

    void gather(Long f, const Eigen::MatrixX<W>& X, Buffer<W>& part) const {
        const Long rows = rows_of(f), shift = QR_.n1rows;
        const Long* const index = row_indices(f);
        part.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(X.cols()));
        W* to = part.data();
        for (Eigen::Index j = 0; j < X.cols(); ++j)
            for (Long i = 0; i < rows; ++i) *to++ = X(index[i] + shift, j);
    }

    void scatter(Long f, const Buffer<W>& part, Eigen::MatrixX<W>& X) const {
        const Long rows = rows_of(f), shift = QR_.n1rows;
        const Long* const index = row_indices(f);
        const W* from = part.data();
        for (Eigen::Index j = 0; j < X.cols(); ++j)
            for (Long i = 0; i < rows; ++i) X(index[i] + shift, j) = *from++;
    }

    static void reflect(const Reflection& r, W tau, Buffer<W>& part, Long rows, Eigen::Index columns) {
        if (tau == W{}) return;
        const Eigen::Map<const Eigen::VectorX<W>> tail(r.tail, r.length);
        for (Eigen::Index j = 0; j < columns; ++j) {
            W* const x = part.data() + j * rows + r.first;
            Eigen::Map<Eigen::VectorX<W>> below(x + 1, r.length);
            const W factor = tau * (x[0] + (r.length > 0 ? tail.dot(below) : W{}));  // τ vᴴ x
            x[0] -= factor;
            if (r.length > 0) below.noalias() -= factor * tail;
        }
    }

    const SuiteSparseQR_factorization<W>& QR_;
};

}  // namespace ritz::detail
