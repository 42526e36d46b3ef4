// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/krylov_schur.hpp"

#include <algorithm>
#include <cmath>

#include "core/parallel.hpp"
#include "eigen/orthogonalise.hpp"
#include "linalg/lapack_nonsymmetric.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"

namespace ritz::eigen {

namespace {

using Complex = std::complex<double>;

int as_int(Eigen::Index n) {
    return static_cast<int>(n);
}

}  // namespace

template <Scalar W>
std::vector<Complex> schur_values(const Eigen::Ref<const Eigen::MatrixX<W>>& T) {
    const Eigen::Index n = T.rows();
    std::vector<Complex> values(static_cast<std::size_t>(n));
    for (Eigen::Index j = 0; j < n; ++j) {
        auto& value = values[static_cast<std::size_t>(j)];
        value = T(j, j);
        if constexpr (!is_complex<W>) {
            if (j + 1 < n && T(j + 1, j) != 0) {  // standardised: equal diagonal, off-diagonals of opposite sign
                const double imaginary = std::sqrt(std::abs(T(j, j + 1))) * std::sqrt(std::abs(T(j + 1, j)));
                value = {T(j, j), imaginary};
                values[static_cast<std::size_t>(j) + 1] = {T(j, j), -imaginary};
                ++j;
            }
        }
    }
    return values;
}

template <Scalar W>
Eigen::MatrixX<W> schur_by_preference(Eigen::MatrixX<W>& T, const Preference& preference) {
    const ThreadLimit one(1);
    const Eigen::Index n = T.rows();
    Eigen::MatrixX<W> Z(n, n);
    if (lapack::gees(as_int(n), T.data(), Z.data()) != 0)
        throw Error("eigs: the QR algorithm for the projected matrix did not converge");
    for (Eigen::Index place = 0; place < n;) {
        const std::vector<Complex> values = schur_values<W>(T);
        const auto size_at = [&](Eigen::Index j) { return j + 1 < n && T(j + 1, j) != W{} ? 2 : 1; };
        Eigen::Index best = place;
        double best_preference = preference(values[static_cast<std::size_t>(place)]);
        for (Eigen::Index j = place; j < n; j += size_at(j))
            if (const double p = preference(values[static_cast<std::size_t>(j)]); p > best_preference) {
                best = j;
                best_preference = p;
            }
        if (best != place) lapack::trexc(as_int(n), T.data(), Z.data(), as_int(best), as_int(place));
        place += size_at(place);
    }
    return Z;
}

template <Scalar W>
Eigen::MatrixX<Complex> schur_vectors(Eigen::MatrixX<W> T) {
    const Eigen::Index n = T.rows();
    Eigen::MatrixX<W> packed(n, n);
    lapack::trevc(as_int(n), T.data(), packed.data());
    Eigen::MatrixX<Complex> Y = packed.template cast<Complex>();
    if constexpr (!is_complex<W>) {
        for (Eigen::Index j = 0; j + 1 < n; ++j)
            if (T(j + 1, j) != 0) {
                Y.col(j) = packed.col(j) + Complex(0, 1) * packed.col(j + 1);
                Y.col(j + 1) = Y.col(j).conjugate();
                ++j;
            }
    }
    for (Eigen::Index j = 0; j < n; ++j) Y.col(j) /= Y.col(j).norm();  // trevc scales to largest element 1
    return Y;
}

template <Scalar W>
KrylovSchur<W>::KrylovSchur(Index n, Index capacity, double unit, Apply apply, Preference preference, Random random)
    : n_(n),
      capacity_(capacity),
      unit_(unit),
      apply_(std::move(apply)),
      preference_(std::move(preference)),
      random_(random),
      V_(static_cast<std::size_t>(n), static_cast<std::size_t>(capacity) + 1),
      S_(Matrix::Zero(capacity + 1, capacity)) {
    randomise(0);
}

template <Scalar W>
std::size_t KrylovSchur<W>::memory_bytes() const noexcept {
    const auto m = static_cast<std::size_t>(capacity_);
    return sizeof(W) * (static_cast<std::size_t>(n_) * (m + 1) + 4 * m * m);
}

template <Scalar W>
void KrylovSchur<W>::randomise(Index j) {
    const VectorRef<W> v = V_[static_cast<std::size_t>(j)];
    if (j >= n_) {
        std::fill(v.begin(), v.end(), W{});
        return;
    }
    std::vector<W> ignored(static_cast<std::size_t>(j));
    for (;;) {
        for (W& a : v) {
            if constexpr (is_complex<W>) {
                const double re = random_.normal();
                a = {re, random_.normal()};
            } else {
                a = random_.normal();
            }
        }
        if (const double norm = orthogonalise(V_, static_cast<std::size_t>(j), v, ignored.data()); norm > 0) {
            scale(W(1 / norm), v);
            return;
        }
    }
}

template <Scalar W>
Progress KrylovSchur<W>::expand() {
    values_.clear();
    std::vector<W> h(static_cast<std::size_t>(capacity_) + 1);
    while (size_ < capacity_) {
        const Index j = size_;
        const VectorRef<W> w = V_[static_cast<std::size_t>(j) + 1];
        const VectorRef<W> v = V_[static_cast<std::size_t>(j)];
        if (!apply_(VectorView<W>(v.data(), v.size()), w)) return Progress::stopped;
        std::fill(h.begin(), h.end(), W{});
        const double beta = orthogonalise(V_, static_cast<std::size_t>(j) + 1, w, h.data());
        const Eigen::Map<const Eigen::VectorX<W>> column(h.data(), j + 1);
        const double active = std::hypot(column.tail(j + 1 - locked_).norm(), beta);
        const double norm = std::hypot(column.head(locked_).norm(), active);
        if (!std::isfinite(norm)) return Progress::not_finite;
        norm_ = std::max(norm_, norm);
        active_norm_ = std::max(active_norm_, active);
        S_.col(j).head(j + 1) = column;
        ++size_;
        // Less is rounding: V then spans an invariant subspace.
        if (j + 1 == n_ || !(beta > unit_ * norm)) {
            S_(j + 1, j) = W{};
            randomise(j + 1);
        } else {
            S_(j + 1, j) = W(beta);
            scale(W(1 / beta), w);
        }
    }
    return Progress::done;
}

template <Scalar W>
void KrylovSchur<W>::find_values() {
    values_ = schur_values<W>(S_.topLeftCorner(size_, size_));
    estimates_.assign(static_cast<std::size_t>(size_), 0.0);
    const Index active = size_ - locked_;
    if (active == 0) return;
    const Eigen::MatrixX<Complex> Y = schur_vectors<W>(S_.block(locked_, locked_, active, active));
    const Eigen::RowVectorX<Complex> products = S_.row(size_).segment(locked_, active).template cast<Complex>() * Y;
    for (Index i = 0; i < active; ++i) estimates_[static_cast<std::size_t>(locked_ + i)] = std::abs(products[i]);
}

template <Scalar W>
void KrylovSchur<W>::decompose() {
    const ThreadLimit one(1);
    const Index active = size_ - locked_;
    Matrix T = S_.block(locked_, locked_, active, active);
    active_norm_ = T.norm();
    Z_ = schur_by_preference<W>(T, preference_);
    S_.block(locked_, locked_, active, active) = T;
    S_.block(0, locked_, locked_, active) *= Z_;
    S_.row(size_).segment(locked_, active) *= Z_;
    find_values();
}

template <Scalar W>
void KrylovSchur<W>::lock(Index count) {
    if (count == locked_) return;
    S_.row(size_).segment(locked_, count - locked_).setZero();
    // V is rotated before the columns leave the active part, to which Z belongs.
    rotate(locked_, size_ - locked_, Z_);
    Z_ = Matrix::Identity(size_ - count, size_ - count);
    locked_ = count;
    const Index active = size_ - locked_;
    active_norm_ = S_.block(locked_, locked_, active, active).norm();
    find_values();
}

template <Scalar W>
void KrylovSchur<W>::rotate(Index first, Index count, const Matrix& Z) {
    // Row blocks of fixed size: the bits do not depend on the number of threads, and the copy stays in cache.
    constexpr std::int64_t rows = 256;
    const Index width = static_cast<Index>(Z.rows());
    Eigen::Map<Matrix> V(V_[0].data(), n_, capacity_ + 1);
    const auto blocks = (static_cast<std::int64_t>(n_) + rows - 1) / rows;
    detail::parallel_ranges(blocks, 16, [&](std::int64_t begin, std::int64_t end) {
        const ThreadLimit one(1);  // Eigen's products: their bits depend on the number of threads they use
        Matrix piece;
        for (std::int64_t b = begin; b < end; ++b) {
            const auto top = static_cast<Eigen::Index>(b * rows);
            const auto height = std::min<Eigen::Index>(rows, n_ - top);
            piece = V.block(top, first, height, width);
            V.block(top, first, height, count).noalias() = piece * Z.leftCols(count);
        }
    });
}

template <Scalar W>
void KrylovSchur<W>::contract(Index p) {
    rotate(locked_, p - locked_, Z_);
    if (p == size_) {
        Z_ = Matrix::Identity(p - locked_, p - locked_);
        return;
    }
    const bool invariant = S_.row(size_).segment(locked_, p - locked_).isZero(0);
    std::copy_n(V_[static_cast<std::size_t>(size_)].data(), n_, V_[static_cast<std::size_t>(p)].data());
    const Eigen::RowVectorX<W> b = S_.row(size_).head(p);
    S_.bottomRows(capacity_ + 1 - p).setZero();
    S_.rightCols(capacity_ - p).setZero();
    S_.row(p).head(p) = b;
    size_ = p;
    values_.resize(static_cast<std::size_t>(p));
    estimates_.resize(static_cast<std::size_t>(p));
    Z_ = Matrix::Identity(p - locked_, p - locked_);
    if (invariant) randomise(p);  // v may be zero, and need not be orthogonal to anything
}

template <Scalar W>
Index KrylovSchur<W>::deflate(Index count) {
    const ThreadLimit one(1);
    Matrix T = S_.topLeftCorner(size_, size_);
    const Matrix Z = schur_by_preference<W>(T, preference_);
    if (count < size_ && T(count, count - 1) != W{}) ++count;
    rotate(0, count, Z);
    S_.setZero();
    S_.topLeftCorner(count, count) = T.topLeftCorner(count, count);
    size_ = locked_ = count;
    active_norm_ = 0;
    Z_ = Matrix(0, 0);
    find_values();
    randomise(count);
    return count;
}

template <Scalar W>
Progress KrylovSchur<W>::refresh() {
    const ThreadLimit one(1);
    const Index count = locked_;
    const VectorRef<W> w = V_[static_cast<std::size_t>(count)];
    Matrix H = Matrix::Zero(count, count);
    for (Index j = 0; j < count; ++j) {
        const VectorRef<W> v = V_[static_cast<std::size_t>(j)];
        if (!apply_(VectorView<W>(v.data(), v.size()), w)) return Progress::stopped;
        V_.project(static_cast<std::size_t>(count), VectorView<W>(w.data(), w.size()), H.col(j).data());
        if (!H.col(j).allFinite()) return Progress::not_finite;
    }
    const Matrix Z = schur_by_preference<W>(H, preference_);
    rotate(0, count, Z);
    S_.setZero();
    S_.topLeftCorner(count, count) = H;
    size_ = count;
    find_values();
    randomise(count);
    return Progress::done;
}

template <Scalar W>
Eigen::MatrixX<Complex> KrylovSchur<W>::vectors(const std::vector<Index>& places, double negligible,
                                                bool correct) const {
    Matrix T = S_.topLeftCorner(size_, size_);
    // Only neighbours: what couples equal eigenvalues through others in between must stay to cancel.
    for (Index i = 0; i < size_; ++i) {
        const Complex theta = values_[static_cast<std::size_t>(i)];
        const double small = std::max(negligible, 8 * unit_) * std::abs(theta);
        for (Index j = i + 1; j < size_ && std::abs(values_[static_cast<std::size_t>(j)] - theta) <= small; ++j)
            if (theta.imag() == 0 || is_complex<W>) {
                if (std::abs(T(i, j)) <= small) T(i, j) = W{};
            }
    }
    const Eigen::MatrixX<Complex> all = schur_vectors<W>(T);
    const auto count = static_cast<Eigen::Index>(places.size());
    Eigen::MatrixX<Complex> Y = Eigen::MatrixX<Complex>::Zero(size_ + 1, count), X(n_, count);
    for (Eigen::Index c = 0; c < count; ++c) {
        const Index place = places[static_cast<std::size_t>(c)];
        Y.col(c).head(size_) = all.col(place);
        const Complex theta = values_[static_cast<std::size_t>(place)];
        if (correct && theta != 0.0)
            Y(size_, c) = (S_.row(size_).head(size_).template cast<Complex>() * all.col(place)).value() / theta;
    }
    const auto n = static_cast<std::size_t>(n_), m = static_cast<std::size_t>(size_) + 1;
    for (Eigen::Index c = 0; c < count; ++c) {
        if constexpr (is_complex<W>) {
            X.col(c).setZero();
            V_.add(m, Y.col(c).data(), {X.col(c).data(), n});
        } else {
            const Eigen::VectorXd re = Y.col(c).real(), im = Y.col(c).imag();
            Eigen::VectorXd part = Eigen::VectorXd::Zero(n_);
            V_.add(m, re.data(), part);
            X.col(c).real() = part;
            part.setZero();
            if (values_[static_cast<std::size_t>(places[static_cast<std::size_t>(c)])].imag() != 0)
                V_.add(m, im.data(), part);
            X.col(c).imag() = part;
        }
        X.col(c) /= norm2(X.col(c));
    }
    return X;
}

template <Scalar W>
double KrylovSchur<W>::orthogonality(Index count) const {
    std::vector<W> h(static_cast<std::size_t>(count));
    double worst = 0;
    for (Index j = 0; j < count; ++j) {
        V_.project(static_cast<std::size_t>(count), V_[static_cast<std::size_t>(j)], h.data());
        h[static_cast<std::size_t>(j)] -= W(1);
        for (const W& a : h) worst = std::max(worst, std::abs(a));
    }
    return worst;
}

#define INSTANTIATE(W)                                                                         \
    template class KrylovSchur<W>;                                                             \
    template std::vector<Complex> schur_values<W>(const Eigen::Ref<const Eigen::MatrixX<W>>&); \
    template Eigen::MatrixX<W> schur_by_preference<W>(Eigen::MatrixX<W>&, const Preference&);  \
    template Eigen::MatrixX<Complex> schur_vectors<W>(Eigen::MatrixX<W>);
INSTANTIATE(double)
INSTANTIATE(std::complex<double>)
#undef INSTANTIATE

}  // namespace ritz::eigen
