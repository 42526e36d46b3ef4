// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/ml/distances.hpp"

#include "core/parallel.hpp"
#include "ml/dense.hpp"

namespace ritz::ml::detail {

namespace {

constexpr const char* who = "pairwise_distances";

// Up to so many features the differences themselves are as fast as a product, and need no second look.
constexpr Eigen::Index few_features = 6;

// A pair is computed from its differences when ‖x − y‖² < close (‖x‖² + ‖y‖²).
template <class R>
constexpr R close = R(1) / 64;

/// ‖x − y‖ for two rows of one length, whatever their size; 2⁻ᵉ = `unscale` brings the largest entries to order 1.
template <class R, class X, class Y>
R distance_of_rows(const X& x, const Y& y, R unscale) {
    R sum = 0;
    for (Eigen::Index k = 0; k < x.size(); ++k) {
        const R difference = x[k] * unscale - y[k] * unscale;
        sum += difference * difference;
    }
    if (sum > std::numeric_limits<R>::min() / std::numeric_limits<R>::epsilon()) return std::sqrt(sum) / unscale;
    // Squares underflowed: these two points are far closer than the largest entries are large.
    R largest = 0;
    for (Eigen::Index k = 0; k < x.size(); ++k) largest = std::max(largest, std::abs(x[k] - y[k]));
    if (largest == 0) return 0;
    const R scale = power_of_two<R>(-binary_exponent(largest));
    sum = 0;
    for (Eigen::Index k = 0; k < x.size(); ++k) {
        const R difference = (x[k] - y[k]) * scale;
        sum += difference * difference;
    }
    return std::sqrt(sum) / scale;
}

/// Points, one a column, scaled and centred; and where to look for the differences.
template <class R>
struct Points {
    const Eigen::MatrixX<R>& exact;   // d × n
    Eigen::MatrixX<R> centred;        // d × n
    Eigen::VectorX<R> squared_norms;  // of the centred ones
};

template <class R>
class Distances {
public:
    /// X and Y: one point a column. The same object twice: the distances within one set.
    Distances(const Eigen::MatrixX<R>& X, const Eigen::MatrixX<R>& Y, Metric metric)
        : metric_(metric),
          symmetric_(&X == &Y),
          exponent_(binary_exponent(std::max(largest_part(X), largest_part(Y)))),
          x_{X, {}, {}},
          y_{Y, {}, {}} {}

    Eigen::MatrixX<R> compute() {
        const Eigen::Index n = x_.exact.cols(), m = y_.exact.cols();
        Eigen::MatrixX<R> D(n, m);
        if (n == 0 || m == 0) return D;
        if (x_.exact.rows() == 0) return D.setZero(), D;
        const bool by_differences = x_.exact.rows() <= few_features;
        if (!by_differences) centre();

        // Tiles of D that stay in the second cache from the product to the square root.
        constexpr Eigen::Index tile = 128;
        const Eigen::Index row_tiles = (n + tile - 1) / tile, col_tiles = (m + tile - 1) / tile;
        const double work = double(n) * double(m) * double(x_.exact.rows() + 8);
        const int threads = work < 1e6 ? 1 : max_threads();
        const ThreadLimit one(1);  // the product of a tile starts no threads
        ritz::detail::parallel_tasks(row_tiles * col_tiles, threads, [&](std::int64_t task) {
            const Eigen::Index i = task % row_tiles * tile, j = task / row_tiles * tile;
            const Eigen::Index rows = std::min(tile, n - i), cols = std::min(tile, m - j);
            if (symmetric_ && i < j) return;  // above the diagonal: mirrored
            if (by_differences)
                tile_by_differences(D, i, j, rows, cols);
            else
                tile_by_product(D, i, j, rows, cols);
            if (symmetric_) mirror(D, i, j, rows, cols);
        });
        return D;
    }

private:
    void centre() {
        const R scale = power_of_two<R>(-exponent_);
        const R count = R(x_.exact.cols()) + (symmetric_ ? R(0) : R(y_.exact.cols()));
        Eigen::VectorX<R> mean = (x_.exact * scale).rowwise().sum();
        if (!symmetric_) mean += (y_.exact * scale).rowwise().sum();
        mean /= count;
        for (Points<R>* points : {&x_, &y_}) {
            points->centred = (points->exact * scale).colwise() - mean;
            points->squared_norms = points->centred.colwise().squaredNorm();
            if (symmetric_) break;
        }
    }
    const Points<R>& y() const { return symmetric_ ? x_ : y_; }

    /// What the metric makes of ‖x − y‖.
    R of_distance(R distance) const {
        switch (metric_) {
            case Metric::euclidean:
                return distance;
            case Metric::squared_euclidean:
                return distance * distance;
            case Metric::cosine:
                return std::min(distance * distance / 2, R(2));
        }
        return distance;
    }

    /// Elements < 0 of a column are marked; the others are ‖x − y‖² 4⁻ᵉ and become the distances, in place.
    void finish(R* column, Eigen::Index rows) const {
        const R scale = power_of_two<R>(exponent_);
        if (metric_ == Metric::euclidean) {
#pragma omp simd
            for (Eigen::Index i = 0; i < rows; ++i) column[i] = column[i] < 0 ? R(-1) : std::sqrt(column[i]) * scale;
        } else if (metric_ == Metric::squared_euclidean) {
#pragma omp simd
            for (Eigen::Index i = 0; i < rows; ++i) column[i] = column[i] < 0 ? R(-1) : column[i] * scale * scale;
        } else {
#pragma omp simd
            for (Eigen::Index i = 0; i < rows; ++i)
                column[i] = column[i] < 0 ? R(-1) : std::min(column[i] * scale * (scale / 2), R(2));
        }
    }

    /// Marked elements by the differences.
    void compute_marked(R* column, Eigen::Index i0, Eigen::Index rows, Eigen::Index j) const {
        const R unscale = power_of_two<R>(-exponent_);
        for (Eigen::Index i = 0; i < rows; ++i)
            if (column[i] < 0)
                column[i] = of_distance(distance_of_rows<R>(x_.exact.col(i0 + i), y_.exact.col(j), unscale));
    }

    void tile_by_product(Eigen::MatrixX<R>& D, Eigen::Index i0, Eigen::Index j0, Eigen::Index rows,
                         Eigen::Index cols) const {
        const int d = blas_size(x_.centred.rows(), who);
        auto tile = D.block(i0, j0, rows, cols);
        blas::gemm('T', 'N', int(rows), int(cols), d, R(-2), x_.centred.col(i0).data(), d, y().centred.col(j0).data(),
                   d, R(0), tile.data(), blas_size(D.outerStride(), who));
        const R* x_norms = x_.squared_norms.data() + i0;
        for (Eigen::Index j = 0; j < cols; ++j) {
            const R y_norm = y().squared_norms[j0 + j];
            R* column = tile.col(j).data();
            int marked = 0;
#pragma omp simd reduction(+ : marked)
            for (Eigen::Index i = 0; i < rows; ++i) {
                const R sum = x_norms[i] + y_norm, squared = sum + column[i];
                const bool again = squared < close<R> * sum || !(sum > std::numeric_limits<R>::min());
                column[i] = again ? R(-1) : squared;
                marked += again;
            }
            finish(column, rows);
            if (marked > 0) compute_marked(column, i0, rows, j0 + j);
        }
    }

    void tile_by_differences(Eigen::MatrixX<R>& D, Eigen::Index i0, Eigen::Index j0, Eigen::Index rows,
                             Eigen::Index cols) const {
        const Eigen::Index d = x_.exact.rows();
        const R unscale = power_of_two<R>(-exponent_);
        constexpr R tiny = std::numeric_limits<R>::min() / std::numeric_limits<R>::epsilon();
        Eigen::MatrixX<R> x = (x_.exact.middleCols(i0, rows) * unscale).transpose();
        for (Eigen::Index j = 0; j < cols; ++j) {
            R* column = D.col(j0 + j).data() + i0;
            std::fill_n(column, rows, R(0));
            for (Eigen::Index k = 0; k < d; ++k) {
                const R y_k = y_.exact(k, j0 + j) * unscale;
                const R* x_k = x.col(k).data();
#pragma omp simd
                for (Eigen::Index i = 0; i < rows; ++i) {
                    const R difference = x_k[i] - y_k;
                    column[i] += difference * difference;
                }
            }
            int marked = 0;
            for (Eigen::Index i = 0; i < rows; ++i)
                if (column[i] < tiny) column[i] = -1, ++marked;
            finish(column, rows);
            if (marked > 0) compute_marked(column, i0, rows, j0 + j);
        }
    }

    // What is below the diagonal goes above it; no other tile writes there.
    static void mirror(Eigen::MatrixX<R>& D, Eigen::Index i0, Eigen::Index j0, Eigen::Index rows, Eigen::Index cols) {
        constexpr Eigen::Index block = 32;
        for (Eigen::Index I = i0; I < i0 + rows; I += block)
            for (Eigen::Index J = j0; J < j0 + cols; J += block)
                for (Eigen::Index i = I; i < std::min(I + block, i0 + rows); ++i)
                    for (Eigen::Index j = J; j < std::min({J + block, j0 + cols, i}); ++j) D(j, i) = D(i, j);
        for (Eigen::Index j = std::max(i0, j0); j < std::min(i0 + rows, j0 + cols); ++j) D(j, j) = 0;
    }

    Metric metric_;
    bool symmetric_;
    int exponent_;  // entries are scaled by 2^-exponent_
    Points<R> x_, y_;
};

/// One point a column; for the cosine of unit length, and then 1 − cos = ‖x − y‖²/2.
template <class R>
Eigen::MatrixX<R> points_of(linalg::Matrix<R> X, Metric metric, const char* name) {
    Eigen::MatrixX<R> points = X.transpose();
    if (metric != Metric::cosine) return points;
    for (Eigen::Index j = 0; j < points.cols(); ++j) {
        const R largest = largest_part(points.col(j));
        require(largest > 0, std::string(who) + ": row " + std::to_string(j) + " of " + name +
                                 " is zero, so its cosine with another is undefined");
        points.col(j) *= power_of_two<R>(-binary_exponent(largest));
        points.col(j) /= points.col(j).norm();
    }
    return points;
}

}  // namespace

template <class R>
Eigen::MatrixX<R> pairwise_distances(linalg::Matrix<R> X, const DistanceOptions& options) {
    require_finite<R>(X, who, "X");
    const Eigen::MatrixX<R> points = points_of<R>(X, options.metric, "X");
    return Distances<R>(points, points, options.metric).compute();
}

template <class R>
Eigen::MatrixX<R> pairwise_distances(linalg::Matrix<R> X, linalg::Matrix<R> Y, const DistanceOptions& options) {
    require(X.cols() == Y.cols(), std::string(who) + ": X is " + shape(X.rows(), X.cols()) + ", but Y is " +
                                      shape(Y.rows(), Y.cols()) + ": points are rows and must be equally long");
    require_finite<R>(X, who, "X");
    require_finite<R>(Y, who, "Y");
    const Eigen::MatrixX<R> x = points_of<R>(X, options.metric, "X"), y = points_of<R>(Y, options.metric, "Y");
    return Distances<R>(x, y, options.metric).compute();
}

#define RITZ_INSTANTIATE(R)                                                                      \
    template Eigen::MatrixX<R> pairwise_distances<R>(linalg::Matrix<R>, const DistanceOptions&); \
    template Eigen::MatrixX<R> pairwise_distances<R>(linalg::Matrix<R>, linalg::Matrix<R>, const DistanceOptions&);
RITZ_INSTANTIATE(float)
RITZ_INSTANTIATE(double)
#undef RITZ_INSTANTIATE

}  // namespace ritz::ml::detail
