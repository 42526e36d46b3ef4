// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/golub_kahan.hpp"

#include <algorithm>
#include <numeric>

#include "core/parallel.hpp"
#include "eigen/orthogonalise.hpp"
#include "linalg/lapack_nonsymmetric.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/vector_operations.hpp"

namespace ritz::eigen {

template <Scalar W>
GolubKahan<W>::GolubKahan(Index m, Index n, Index capacity, double unit, Apply apply, Apply apply_adjoint, Order order,
                          Random random)
    : m_(m),
      n_(n),
      capacity_(capacity),
      unit_(unit),
      apply_(std::move(apply)),
      apply_adjoint_(std::move(apply_adjoint)),
      order_(order),
      random_(random),
      V_(static_cast<std::size_t>(n), static_cast<std::size_t>(capacity) + 1),
      U_(static_cast<std::size_t>(m), static_cast<std::size_t>(capacity) + 1),
      B_(Matrix::Zero(capacity, capacity)) {
    randomise(V_, n_, 0);
}

template <Scalar W>
std::size_t GolubKahan<W>::memory_bytes() const noexcept {
    const auto c = static_cast<std::size_t>(capacity_);
    return sizeof(W) * ((static_cast<std::size_t>(m_) + static_cast<std::size_t>(n_)) * (c + 1) + 4 * c * c);
}

template <Scalar W>
void GolubKahan<W>::randomise(iterative::Basis<W>& basis, Index length, Index j) {
    const VectorRef<W> x = basis[static_cast<std::size_t>(j)];
    if (j >= length) {
        std::fill(x.begin(), x.end(), W{});
        return;
    }
    std::vector<W> ignored(static_cast<std::size_t>(j));
    for (;;) {
        for (W& a : x) {
            if constexpr (is_complex<W>) {
                const double re = random_.normal();
                a = {re, random_.normal()};
            } else {
                a = random_.normal();
            }
        }
        if (const double norm = orthogonalise(basis, static_cast<std::size_t>(j), x, ignored.data()); norm > 0) {
            scale(W(1 / norm), x);
            return;
        }
    }
}

template <Scalar W>
void GolubKahan<W>::set_locked(const Matrix& U, const Matrix& V, double value) {
    const auto count = static_cast<Index>(V.cols());
    std::copy_n(V.data(), V.size(), V_[0].data());
    std::copy_n(U.data(), U.size(), U_[0].data());
    values_.assign(static_cast<std::size_t>(count), value);
    estimates_.assign(static_cast<std::size_t>(count), 0.0);
    size_ = locked_ = given_ = count;
    randomise(V_, n_, count);
}

template <Scalar W>
Progress GolubKahan<W>::expand() {
    std::vector<W> h(static_cast<std::size_t>(capacity_) + 1);
    while (size_ < capacity_) {
        const auto j = static_cast<std::size_t>(size_);
        const VectorRef<W> v = V_[j], u = U_[j], next = V_[j + 1];
        if (!apply_(VectorView<W>(v.data(), v.size()), u)) return Progress::stopped;
        std::fill(h.begin(), h.end(), W{});
        double alpha = orthogonalise(U_, j, u, h.data());
        const Eigen::Map<const Eigen::VectorX<W>> column(h.data(), size_);
        const double active = std::hypot(column.tail(size_ - locked_).norm(), alpha);
        const double norm = std::hypot(column.head(locked_).norm(), active);
        if (!std::isfinite(norm)) return Progress::not_finite;
        if (!(alpha > unit_ * norm)) {  // F v lies in the span of U
            alpha = 0;
            randomise(U_, m_, size_);
        } else {
            scale(W(1 / alpha), u);
        }
        if (!apply_adjoint_(VectorView<W>(u.data(), u.size()), next)) return Progress::stopped;
        std::vector<W> row(j + 1);
        double beta = orthogonalise(V_, j + 1, next, row.data());
        const double row_norm = std::hypot(Eigen::Map<const Eigen::VectorX<W>>(row.data(), size_ + 1).norm(), beta);
        if (!std::isfinite(row_norm)) return Progress::not_finite;
        if (size_ + 1 == n_ || !(beta > unit_ * row_norm)) {
            beta = 0;
            randomise(V_, n_, size_ + 1);
        } else {
            scale(W(1 / beta), next);
        }
        norm_ = std::max({norm_, norm, row_norm});
        active_norm_ = std::max(active_norm_, active);
        B_.col(size_).setZero();
        B_.row(size_).setZero();
        B_.col(size_).segment(locked_, size_ - locked_) = column.tail(size_ - locked_);
        B_(size_, size_) = W(alpha);
        beta_ = beta;
        ++size_;
    }
    return Progress::done;
}

template <Scalar W>
void GolubKahan<W>::decompose() {
    const ThreadLimit one(1);
    const Index active = size_ - locked_;
    values_.resize(static_cast<std::size_t>(locked_));
    estimates_.assign(static_cast<std::size_t>(size_), 0.0);
    if (active == 0) return;
    const Matrix B = B_.block(locked_, locked_, active, active);
    active_norm_ = B.norm();
    P_.resize(active, active);
    Matrix Q_adjoint(active, active), work = B;
    Eigen::VectorXd s(active);
    if (lapack::gesdd(active, active, work.data(), s.data(), P_.data(), Q_adjoint.data()) != 0) {
        work = B;
        if (lapack::gesvd(active, active, work.data(), s.data(), P_.data(), Q_adjoint.data()) != 0)
            throw Error("svds: the singular values of the projected matrix did not converge");
    }
    Q_ = Q_adjoint.adjoint();
    if (order_ == Order::smallest_first) {
        P_ = P_.rowwise().reverse().eval();
        Q_ = Q_.rowwise().reverse().eval();
        s.reverseInPlace();
    }
    b_ = beta_ * P_.row(active - 1).transpose();
    for (Index i = 0; i < active; ++i) {
        values_.push_back(s[i]);
        estimates_[static_cast<std::size_t>(locked_ + i)] = std::abs(b_[i]);
    }
}

template <Scalar W>
void GolubKahan<W>::rotate(iterative::Basis<W>& basis, Index length, Index columns, Index first, Index count,
                           const Matrix& Z) const {
    // Row blocks of fixed size: the bits do not depend on the number of threads, and the copy stays in cache.
    constexpr std::int64_t rows = 256;
    const auto width = static_cast<Index>(Z.rows());
    Eigen::Map<Matrix> X(basis[0].data(), length, columns);
    const auto blocks = (static_cast<std::int64_t>(length) + rows - 1) / rows;
    detail::parallel_ranges(blocks, 16, [&](std::int64_t begin, std::int64_t end) {
        const ThreadLimit one(1);
        Matrix piece;
        for (std::int64_t block = begin; block < end; ++block) {
            const auto top = static_cast<Eigen::Index>(block * rows);
            const auto height = std::min<Eigen::Index>(rows, length - top);
            piece = X.block(top, first, height, width);
            X.block(top, first, height, count).noalias() = piece * Z.leftCols(count);
        }
    });
}

template <Scalar W>
void GolubKahan<W>::lock(Index count) {
    if (count == locked_) return;
    const Index active = size_ - locked_, more = count - locked_;
    rotate(V_, n_, capacity_ + 1, locked_, active, Q_);
    rotate(U_, m_, capacity_ + 1, locked_, active, P_);
    locked_ = count;
    const Index left = size_ - locked_;
    b_ = b_.tail(active - more).eval();
    P_ = Q_ = Matrix::Identity(left, left);
    B_.setZero();
    active_norm_ = 0;
    for (Index i = locked_; i < size_; ++i) {
        B_(i, i) = W(values_[static_cast<std::size_t>(i)]);
        active_norm_ = std::hypot(active_norm_, values_[static_cast<std::size_t>(i)]);
    }
    std::fill_n(estimates_.begin(), count, 0.0);
}

template <Scalar W>
void GolubKahan<W>::contract(Index p) {
    const Index kept = p - locked_;
    if (size_ > locked_) {
        rotate(V_, n_, capacity_ + 1, locked_, kept, Q_);
        rotate(U_, m_, capacity_ + 1, locked_, kept, P_);
    }
    const bool invariant = b_.head(std::min<Eigen::Index>(kept, b_.size())).isZero(0);
    B_.setZero();
    for (Index i = locked_; i < p; ++i) B_(i, i) = W(values_[static_cast<std::size_t>(i)]);
    if (p < size_) std::copy_n(V_[static_cast<std::size_t>(size_)].data(), n_, V_[static_cast<std::size_t>(p)].data());
    const bool truncated = p < size_;
    size_ = p;
    b_.conservativeResize(kept);
    values_.resize(static_cast<std::size_t>(p));
    estimates_.resize(static_cast<std::size_t>(p));
    P_ = Q_ = Matrix::Identity(kept, kept);
    if (truncated && invariant) randomise(V_, n_, p);  // v may be zero, and need not be orthogonal to anything
}

template <Scalar W>
void GolubKahan<W>::deflate(Index count) {
    std::vector<Index> places(static_cast<std::size_t>(size_));
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](Index a, Index b) {
        return before(values_[static_cast<std::size_t>(a)], values_[static_cast<std::size_t>(b)]);
    });
    places.resize(static_cast<std::size_t>(count));
    Matrix permutation = Matrix::Zero(size_, count);
    std::vector<double> values;
    for (Index i = 0; i < count; ++i) {
        permutation(places[static_cast<std::size_t>(i)], i) = W(1);
        values.push_back(values_[static_cast<std::size_t>(places[static_cast<std::size_t>(i)])]);
    }
    rotate(V_, n_, capacity_ + 1, 0, count, permutation);
    rotate(U_, m_, capacity_ + 1, 0, count, permutation);
    values_ = std::move(values);
    estimates_.assign(static_cast<std::size_t>(count), 0.0);
    size_ = locked_ = count;
    active_norm_ = 0;
    b_.resize(0);
    B_.setZero();
    P_ = Q_ = Matrix(0, 0);
    randomise(V_, n_, count);
}

template <Scalar W>
Progress GolubKahan<W>::refresh() {
    const ThreadLimit one(1);
    const Index count = locked_, moving = count - given_;
    const VectorRef<W> u = U_[static_cast<std::size_t>(count)];
    Matrix B(moving, moving), P(moving, moving), Q_adjoint(moving, moving);
    std::vector<W> h(static_cast<std::size_t>(count));
    for (Index j = 0; j < moving; ++j) {
        const VectorRef<W> v = V_[static_cast<std::size_t>(given_ + j)];
        if (!apply_(VectorView<W>(v.data(), v.size()), u)) return Progress::stopped;
        U_.project(static_cast<std::size_t>(count), VectorView<W>(u.data(), u.size()), h.data());
        std::copy_n(h.data() + given_, moving, B.col(j).data());
        if (!B.col(j).allFinite()) return Progress::not_finite;
    }
    Eigen::VectorXd s(moving);
    if (lapack::gesvd(moving, moving, B.data(), s.data(), P.data(), Q_adjoint.data()) != 0)
        throw Error("svds: the singular values of the projected matrix did not converge");
    Matrix Q = Q_adjoint.adjoint();
    if (order_ == Order::smallest_first) {
        P = P.rowwise().reverse().eval();
        Q = Q.rowwise().reverse().eval();
        s.reverseInPlace();
    }
    rotate(V_, n_, capacity_ + 1, given_, moving, Q);
    rotate(U_, m_, capacity_ + 1, given_, moving, P);
    std::copy(s.begin(), s.end(), values_.begin() + given_);
    randomise(V_, n_, count);
    return Progress::done;
}

template <Scalar W>
void GolubKahan<W>::vectors(const std::vector<Index>& places, bool correct, Matrix& U, Matrix& V) const {
    U.resize(m_, static_cast<Eigen::Index>(places.size()));
    V.resize(n_, static_cast<Eigen::Index>(places.size()));
    Eigen::Index c = 0;
    for (const Index place : places) {
        const auto p = static_cast<std::size_t>(place);
        std::copy_n(U_[p].data(), m_, U.col(c).data());
        std::copy_n(V_[p].data(), n_, V.col(c).data());
        if (correct && place >= locked_ && values_[p] > 0) {
            const VectorView<W> last = V_[static_cast<std::size_t>(size_)];
            axpy(b_[place - locked_] / values_[p], last, V.col(c));
        }
        ++c;
    }
}

template <Scalar W>
double GolubKahan<W>::orthogonality(Index count) const {
    std::vector<W> h(static_cast<std::size_t>(count));
    double worst = 0;
    for (const auto* basis : {&U_, &V_})
        for (Index j = 0; j < count; ++j) {
            basis->project(static_cast<std::size_t>(count), (*basis)[static_cast<std::size_t>(j)], h.data());
            h[static_cast<std::size_t>(j)] -= W(1);
            for (const W& a : h) worst = std::max(worst, static_cast<double>(std::abs(a)));
        }
    return worst;
}

template class GolubKahan<double>;
template class GolubKahan<std::complex<double>>;

}  // namespace ritz::eigen
