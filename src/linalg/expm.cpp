// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <span>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "linalg/blas.hpp"
#include "linalg/few_threads.hpp"
#include "linalg/lapack_functions.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/linalg/matrix_functions.hpp"
#include "ritz/linalg/structure.hpp"

// The exponential by scaling and squaring with Taylor polynomials of degree 8, 12 and 18 in 3, 4 and 5 products and no
// solve. The same evaluation runs on matrices and, for the Fréchet derivative, on pairs (X, dX).

namespace ritz::linalg::detail {

namespace {

using Eigen::Index;
using ritz::detail::require;

constexpr Index small_order = 32;  // up to here a kernel of our own multiplies faster than a call into the BLAS

#if defined(__GNUC__)
template <class R>
struct VectorOf;
template <>
struct VectorOf<double> {
    typedef double type __attribute__((vector_size(64), aligned(64)));
};
template <>
struct VectorOf<float> {
    typedef float type __attribute__((vector_size(64), aligned(64)));
};
#endif

/// Matrices of order n stored with a leading dimension that is a multiple of a vector's length.
template <Scalar T>
Index padded(Index n) {
    const Index length = static_cast<Index>(64 / sizeof(T));
    return n <= small_order ? (n + length - 1) / length * length : n;
}

// C ← A B for real n ≤ 32; the rows from n to ld of A are zero, and so are those of C afterwards. W vectors make a
// column; 4 columns of C are held in registers.
template <int W, class R>
void multiply_small(Index n, const R* A, const R* B, R* C) {
    using V = typename VectorOf<R>::type;
    constexpr Index length = static_cast<Index>(64 / sizeof(R)), ld = W * length;
    const V* a = reinterpret_cast<const V*>(A);
    V* c = reinterpret_cast<V*>(C);
    Index j = 0;
    for (; j + 4 <= n; j += 4) {
        V sum[4][W] = {};
        const R* b = B + j * ld;
        for (Index k = 0; k < n; ++k)
            for (int w = 0; w < W; ++w) {
                const V column = a[k * W + w];
                for (int q = 0; q < 4; ++q) sum[q][w] += column * b[q * ld + k];
            }
        for (int q = 0; q < 4; ++q)
            for (int w = 0; w < W; ++w) c[(j + q) * W + w] = sum[q][w];
    }
    for (; j < n; ++j) {
        V sum[W] = {};
        for (Index k = 0; k < n; ++k)
            for (int w = 0; w < W; ++w) sum[w] += a[k * W + w] * B[j * ld + k];
        for (int w = 0; w < W; ++w) c[j * W + w] = sum[w];
    }
}

template <Scalar T>
void multiply(Index n, Index ld, const T* A, const T* B, T* C) {
    if constexpr (!is_complex<T>) {
        if (n <= small_order) {
            switch (ld * static_cast<Index>(sizeof(T)) / 64) {
                case 1:
                    return multiply_small<1>(n, A, B, C);
                case 2:
                    return multiply_small<2>(n, A, B, C);
                case 3:
                    return multiply_small<3>(n, A, B, C);
                default:
                    return multiply_small<4>(n, A, B, C);
            }
        }
    }
    if (n <= 12) {
        using Map = Eigen::Map<const Eigen::MatrixX<T>, 0, Eigen::OuterStride<>>;
        Eigen::Map<Eigen::MatrixX<T>, 0, Eigen::OuterStride<>>(C, n, n, Eigen::OuterStride<>(ld)).noalias() =
            Map(A, n, n, Eigen::OuterStride<>(ld)).lazyProduct(Map(B, n, n, Eigen::OuterStride<>(ld)));
        return;
    }
    const int order = static_cast<int>(n), lead = static_cast<int>(ld);
    ritz::detail::blas::gemm('N', 'N', order, order, order, T(1), A, lead, B, lead, T(0), C, lead);
}

template <Scalar T>
double norm1(Index n, Index ld, const T* A) {
    double largest = 0;
    for (Index j = 0; j < n; ++j) {
        Real<T> sum = 0;
        const T* column = A + j * ld;
        if constexpr (is_complex<T>) {
            for (Index i = 0; i < n; ++i) sum += std::abs(column[i]);
        } else {
#pragma omp simd reduction(+ : sum)
            for (Index i = 0; i < n; ++i) sum += std::abs(column[i]);
        }
        largest = std::max(largest, static_cast<double>(sum));
    }
    return largest;
}

/// The matrices of one evaluation, in numbered slots; each may carry its derivative in a direction E.
template <Scalar T>
class Slots {
public:
    enum Slot { A, A2, A3, A6, B1, B2, B3, B4, count };

    Slots(Index n, bool derivative)
        : n_(n),
          ld_(padded<T>(n)),
          derivative_(derivative),
          size_(ld_ * n),
          memory_(static_cast<T*>(::operator new(static_cast<std::size_t>(std::max<Index>(
                                                     1, size_* count*(derivative ? 2 : 1) + (derivative ? size_ : 0))) *
                                                     sizeof(T),
                                                 std::align_val_t(64)))) {
        std::iota(value_.begin(), value_.end(), 0);
    }

    Index order() const { return n_; }
    Index ld() const { return ld_; }
    T* value(int slot) { return memory_.get() + value_[slot] * size_; }
    T* derivative(int slot) { return memory_.get() + (count + value_[slot]) * size_; }
    double norm(int slot) { return norm1(n_, ld_, value(slot)); }
    void exchange(int a, int b) { std::swap(value_[a], value_[b]); }

    void set(int slot, const Matrix<T>& X, bool of_derivative = false) {
        T* target = of_derivative ? derivative(slot) : value(slot);
        for (Index j = 0; j < n_; ++j, target += ld_) {
            for (Index i = 0; i < n_; ++i) target[i] = X(i, j);
            for (Index i = n_; i < ld_; ++i) target[i] = T(0);
        }
    }
    void get(int slot, Eigen::MatrixX<T>& X, bool of_derivative = false) {
        const T* source = of_derivative ? derivative(slot) : value(slot);
        X.resize(n_, n_);
        for (Index j = 0; j < n_; ++j, source += ld_)
            for (Index i = 0; i < n_; ++i) X(i, j) = source[i];
    }

    /// c ← a b, dc ← da b + a db; c is neither a nor b.
    void product(int a, int b, int c) {
        multiply(n_, ld_, value(a), value(b), value(c));
        if (!derivative_) return;
        T* sum = memory_.get() + 2 * count * size_;
        multiply(n_, ld_, derivative(a), value(b), derivative(c));
        multiply(n_, ld_, value(a), derivative(b), sum);
        T* target = derivative(c);
        for (Index k = 0; k < size_; ++k) target[k] += sum[k];
    }

    void scale(int slot, T factor) {
        each(
            [&](T* x) {
                for (Index k = 0; k < size_; ++k) x[k] *= factor;
            },
            slot);
    }

    /// target ← c₀ I + Σ cₖ slotₖ; the target may be among them.
    template <std::size_t terms>
    void combine(int target, double identity, const std::array<std::pair<int, double>, terms>& sum) {
        std::array<Real<T>, terms> c;
        std::array<const T*, terms> x;
        for (int part = 0; part < (derivative_ ? 2 : 1); ++part) {
            for (std::size_t t = 0; t < terms; ++t) {
                c[t] = static_cast<Real<T>>(sum[t].second);
                x[t] = part ? derivative(sum[t].first) : value(sum[t].first);
            }
            T* y = part ? derivative(target) : value(target);
#pragma omp simd
            for (Index k = 0; k < size_; ++k) {
                T s = c[0] * x[0][k];
                for (std::size_t t = 1; t < terms; ++t) s += c[t] * x[t][k];
                y[k] = s;
            }
        }
        if (identity != 0)
            for (Index i = 0; i < n_; ++i) value(target)[i * (ld_ + 1)] += static_cast<Real<T>>(identity);
    }

private:
    template <class F>
    void each(F&& f, int slot) {
        f(value(slot));
        if (derivative_) f(derivative(slot));
    }
    struct Free {
        void operator()(T* memory) const { ::operator delete(memory, std::align_val_t(64)); }
    };

    Index n_, ld_;
    bool derivative_;
    Index size_;
    std::unique_ptr<T, Free> memory_;
    std::array<Index, count> value_{};
};

// Bounds θ of the degrees 8, 12 and 18: the backward error of the Taylor polynomial is below u for ‖A‖ ≤ θ.
template <class R>
struct Theta;
template <>
struct Theta<double> {
    static constexpr double t8 = 4.991228871115323e-2, t12 = 2.996158913811580e-1, t18 = 1.090863719290036;
};
template <>
struct Theta<float> {
    static constexpr double t8 = 5.800524627688768e-1, t12 = 1.461661507209034, t18 = 3.010066362817634;
};

template <class S>
void taylor8(S& x) {  // A² is there; 2 products; the result is in B1
    const double s = std::sqrt(177.0), x3 = 2.0 / 3;
    const double x1 = x3 * (1 + s) / 88, x2 = x3 * (1 + s) / 352, x4 = (-271 + 29 * s) / (315 * x3),
                 x5 = 11 * (-1 + s) / (1260 * x3), x6 = 11 * (-9 + s) / (5040 * x3), x7 = (89 - s) / (5040 * x3 * x3),
                 y2 = (857 - 58 * s) / 630;
    x.combine(S::B1, 0, std::array{std::pair(int(S::A), x1), std::pair(int(S::A2), x2)});
    x.product(S::A2, S::B1, S::B2);  // A⁴
    x.combine(S::B3, x4, std::array{std::pair(int(S::A), x5), std::pair(int(S::A2), x6), std::pair(int(S::B2), x7)});
    x.combine(S::B2, 0, std::array{std::pair(int(S::B2), 1.0), std::pair(int(S::A2), x3)});
    x.product(S::B2, S::B3, S::B1);  // A⁸
    x.combine(S::B1, 1, std::array{std::pair(int(S::B1), 1.0), std::pair(int(S::A), 1.0), std::pair(int(S::A2), y2)});
}

template <class S>
auto powers(double a, double a2, double a3) {
    return std::array{std::pair(int(S::A), a), std::pair(int(S::A2), a2), std::pair(int(S::A3), a3)};
}

template <class S>
void taylor12(S& x) {  // A², A³ are there; 2 products
    x.combine(S::B1, 9.0198e-16, powers<S>(0.46932117595418237389, -0.20099424927047284052, -0.04623946134063071740));
    x.combine(S::B2, 5.31597895759871264183,
              powers<S>(1.19926790417132231573, 0.01179296240992997031, 0.01108844528519167989));
    x.combine(S::B3, 0.18188869982170434744,
              powers<S>(0.05502798439925399070, 0.09351590770535414968, 0.00610700528898058230));
    x.combine(S::B4, -2.0861320e-13,
              powers<S>(-0.13181061013830184015, -0.02027855540589259079, -0.00675951846863086359));
    x.product(S::B4, S::B4, S::A6);
    x.combine(S::B3, 0, std::array{std::pair(int(S::B3), 1.0), std::pair(int(S::A6), 1.0)});  // q ← B₃ + B₄²
    x.combine(S::B2, 0, std::array{std::pair(int(S::B2), 1.0), std::pair(int(S::B3), 1.0)});
    x.product(S::B2, S::B3, S::A6);  // (B₂ + q) q
    x.combine(S::B1, 0, std::array{std::pair(int(S::B1), 1.0), std::pair(int(S::A6), 1.0)});
}

template <class S>
auto powers(double a, double a2, double a3, double a6) {
    return std::array{std::pair(int(S::A), a), std::pair(int(S::A2), a2), std::pair(int(S::A3), a3),
                      std::pair(int(S::A6), a6)};
}

template <class S>
void taylor18(S& x) {  // A², A³, A⁶ are there; 2 products
    x.combine(S::B1, 0,
              powers<S>(-1.00365581030144618291e-01, -8.02924648241156932449e-03, -8.92138498045729985177e-04));
    x.combine(S::B2, 0,
              powers<S>(0, -9.23364619367118555360e-02, -1.69364939002081722752e-02, -1.40086798182036094347e-05));
    x.product(S::B1, S::B2, S::B3);
    x.combine(S::B1, -9.04316832390810593223e-02,
              powers<S>(-6.76404519071381882256e-02, 6.75961301770459654925e-02, 2.95552570429315521194e-02,
                        -1.39180257516060693404e-05));
    x.combine(S::B1, 0, std::array{std::pair(int(S::B1), 1.0), std::pair(int(S::B3), 1.0)});  // A₉
    x.combine(S::B2, -1.09676396052962061844e+01,
              powers<S>(1.68015813878906206114e+00, 5.71779846478865511061e-02, -6.98210122488052056106e-03,
                        3.34975017086070470649e-05));
    x.combine(S::B2, 0, std::array{std::pair(int(S::B2), 1.0), std::pair(int(S::B1), 1.0)});
    x.product(S::B2, S::B1, S::B3);  // (B + A₉) A₉
    x.combine(S::B4, 0,
              powers<S>(3.97849749499645077844e-01, 1.36783778460411720168e+00, 4.98289622525382669416e-01,
                        -6.37898194594723280150e-04));
    x.combine(S::B1, 0, std::array{std::pair(int(S::B4), 1.0), std::pair(int(S::B3), 1.0)});
}

// An upper bound of max over k ≥ 19 of ‖Aᵏ‖^(1/k), from the norms of A, A², A³ and A⁶: k = 6q + r.
double effective_norm(double n1, double n2, double n3, double n6) {
    const std::array<double, 6> rest{1, n1, n2, n3, std::min(n2 * n2, n3 * n1), n2 * n3};
    double largest = std::pow(n6, 1.0 / 6);
    for (int r = 0; r < 6; ++r) {
        const int q = r == 0 ? 4 : 3;
        // As logarithms: n6³ may overflow.
        if (n6 > 0 && rest[r] > 0)
            largest = std::max(largest, std::exp((q * std::log(n6) + std::log(rest[r])) / (6 * q + r)));
    }
    return largest;
}

template <Scalar T>
bool is_upper(const Matrix<T>& A) {
    for (Index j = 0; j < A.cols(); ++j)
        for (Index i = j + 1; i < A.rows(); ++i)
            if (A(i, j) != T(0)) return false;
    return true;
}

/// (e^b − e^a)/(b − a), right to some ulps however near a and b are.
template <class Z>
Z exp_divided_difference(Z a, Z b) {
    const Z mean = (a + b) / Z(2), half = (b - a) / Z(2);
    if (std::abs(half) > 0.5) return (std::exp(b) - std::exp(a)) / (b - a);
    Z sum = 1, term = 1;  // sinh(h)/h
    for (int k = 1; k < 9; ++k) {
        term *= half * half / Z(Real<Z>(2 * k * (2 * k + 1)));
        sum += term;
    }
    return std::exp(mean) * sum;
}

// Of an upper triangular A the diagonal and the one above it are known exactly at each stage: exp(A/2^s).
template <Scalar T>
void put_known_diagonals(Slots<T>& x, int slot, const Eigen::VectorX<T>& diagonal, const Eigen::VectorX<T>& above,
                         int s) {
    const Index n = x.order(), ld = x.ld();
    T* X = x.value(slot);
    const auto scaled = [&](T a) { return ritz::detail::scale_by_power(a, -s); };
    for (Index i = 0; i < n; ++i) X[i * (ld + 1)] = std::exp(scaled(diagonal(i)));
    for (Index i = 0; i + 1 < n; ++i)
        X[(i + 1) * ld + i] = scaled(above(i)) * exp_divided_difference(scaled(diagonal(i)), scaled(diagonal(i + 1)));
}

// exp(A) and, with E, its derivative in that direction. `amplification` bounds by how much more than s·n·u the squaring
// may have lost: ∏ ‖X‖²/‖X²‖. `more` extra halvings give an independent result to compare with.
template <Scalar T>
struct Computed {
    Eigen::MatrixX<T> value, derivative;
    double amplification = 1;
    double cancellation = 0;  // ‖A/2^s‖², the size of which the rounding errors of A² are
    int squarings = 0;
};

template <Scalar T>
Computed<T> scale_and_square(const Matrix<T>& A, const Eigen::MatrixX<T>* E, T shift, bool upper, int more) {
    using S = Slots<T>;
    using Bound = Theta<Real<T>>;
    const Index n = A.rows();
    Slots<T> x(n, E != nullptr);
    x.set(S::A, A);
    if (E) x.set(S::A, *E, true);
    for (Index i = 0; i < n; ++i) x.value(S::A)[i * (x.ld() + 1)] -= shift;

    const double margin = E ? 0.75 : 1;  // the derivative's series converges later
    double n1 = x.norm(S::A);
    // Powers up to the sixth must not overflow; what is taken off here is put back by squaring.
    int s = more;
    const double limit = std::same_as<Real<T>, float> ? 1e5 : 1e40;
    if (n1 > limit) s += static_cast<int>(std::ceil(std::log2(n1 / limit)));
    const auto halve = [&](int slot, int times) {
        if (times > 0) x.scale(slot, static_cast<T>(Real<T>(std::ldexp(1.0, -times))));
    };
    halve(S::A, s);
    n1 = std::ldexp(n1, -s);

    int extra = 0;
    x.product(S::A, S::A, S::A2);
    const double n2 = x.norm(S::A2);
    // ‖Aᵏ‖^(1/k) for k ≥ 9 of which 2 and 1 are the summands: k = 9 has a single 1.
    const double two = std::max(std::sqrt(n2), std::pow(n2, 4.0 / 9) * std::pow(n1, 1.0 / 9));
    if (std::min(n1, two) <= margin * Bound::t8) {
        taylor8(x);
    } else {
        x.product(S::A2, S::A, S::A3);
        const double n3 = x.norm(S::A3);
        const double c = std::cbrt(n3);
        // k ≥ 13 = 4·3 + 1 = 3·3 + 2·2 and so on
        const double three =
            std::max({c, std::pow(std::pow(c, 12) * n1, 1.0 / 13), std::pow(std::pow(c, 12) * n2, 1.0 / 14)});
        if (std::min(n1, three) <= margin * Bound::t12) {
            taylor12(x);
        } else {
            x.product(S::A3, S::A3, S::A6);
            const double alpha = std::min(n1, effective_norm(n1, n2, n3, x.norm(S::A6)));
            if (alpha > margin * Bound::t18)
                extra = static_cast<int>(std::ceil(std::log2(alpha / (margin * Bound::t18))));
            halve(S::A, extra);
            halve(S::A2, 2 * extra);
            halve(S::A3, 3 * extra);
            halve(S::A6, 6 * extra);
            taylor18(x);
        }
    }
    s += extra;

    Computed<T> result;
    result.squarings = s;
    result.cancellation = std::pow(std::ldexp(n1, -extra), 2);
    if (shift != T(0)) x.scale(S::B1, std::exp(ritz::detail::scale_by_power(shift, -s)));
    Eigen::VectorX<T> diagonal, above;
    if (upper && s > 0) {
        diagonal = A.diagonal();
        above = A.diagonal(n > 1 ? 1 : 0);
        put_known_diagonals(x, S::B1, diagonal, above, s);
    }
    double size = s > 0 ? x.norm(S::B1) : 0;
    for (int k = s - 1; k >= 0; --k) {
        x.product(S::B1, S::B1, S::B2);
        x.exchange(S::B1, S::B2);
        if (upper) put_known_diagonals(x, S::B1, diagonal, above, k);
        const double square = x.norm(S::B1);
        if (square > 0) result.amplification *= std::max(1.0, size * size / square);
        size = square;
    }
    x.get(S::B1, result.value);
    if (E) x.get(S::B1, result.derivative, true);
    return result;
}

template <Scalar T>
bool all_finite(const Eigen::MatrixX<T>& X) {
    return X.size() == 0 || X.allFinite();
}

template <Scalar T>
Computed<T> exponential(const Matrix<T>& A, const Eigen::MatrixX<T>* E, const char* who) {
    const Index n = A.rows();
    const FewThreads limit(n);
    const bool upper = E == nullptr && is_upper<T>(A);
    const bool lower = E == nullptr && !upper && is_upper<T>(A.transpose());
    if (lower) {
        Computed<T> result = exponential<T>(A.transpose(), nullptr, who);
        result.value.transposeInPlace();
        return result;
    }

    // Shifting by the mean eigenvalue never hurts when it makes the norm smaller: e^A = e^μ e^(A − μI).
    const double norm = norm1(n, A.outerStride(), A.data());
    T shift{};
    if (norm > Theta<Real<T>>::t8 && std::isfinite(norm)) {
        T mean{};
        for (Index i = 0; i < n; ++i) mean += A(i, i) / T(Real<T>(n));
        double shifted = 0;
        for (Index j = 0; j < n; ++j) {
            const double column = static_cast<double>(A.col(j).template lpNorm<1>());
            shifted = std::max(shifted, column - static_cast<double>(std::abs(A(j, j))) +
                                            static_cast<double>(std::abs(A(j, j) - mean)));
        }
        if (shifted < 0.9 * norm) shift = mean;
    }
    require(norm < std::numeric_limits<Real<T>>::max() / 4, std::string(who) + ": the exponential overflows");

    Computed<T> result = scale_and_square<T>(A, E, shift, upper, 0);
    require(all_finite<T>(result.value) && all_finite<T>(result.derivative),
            std::string(who) +
                ": the exponential overflows, or rounding does on the way to it (|A| = " + std::to_string(norm) + ")");
    // Digits can be lost where norms cancel, in A² or in squaring. Then a second result, from A moved by rounding
    // errors, shifted otherwise and squared twice more, tells how many.
    const double u = std::numeric_limits<Real<T>>::epsilon() / 2;
    const double rounding = static_cast<double>(n) * u;
    const bool doubtful =
        norm > 32 || result.squarings >= 5 || result.cancellation * rounding > 1e-2 ||
        (result.squarings > 0 && std::ldexp(result.amplification, result.squarings) * rounding > 1e-2);
    if (doubtful && !is_mirrored<T>(A, {}, Op::adjoint)) {
        Random random(1);
        const Eigen::MatrixX<T> moved =
            A.unaryExpr([&](T a) { return a * T(static_cast<Real<T>>(1 + u * random.uniform(-1, 1))); });
        const Computed<T> again =
            scale_and_square<T>(Matrix<T>(moved), nullptr, shift + T(Real<T>(0.377)), upper, result.squarings + 2);
        const double difference = static_cast<double>((again.value - result.value).norm());
        if (!(difference <= 0.3 * static_cast<double>(result.value.norm())))
            throw IllConditioned(std::string(who) +
                                     ": two ways to compute the exponential have no digit in common: rounding alone "
                                     "changes all of them (expm_cond)",
                                 u);
    }
    return result;
}

template <Scalar T>
void check(const Matrix<T>& A, const char* who) {
    require_square(A.rows(), A.cols(), who, "A");
    require_finite<T>(A, who, "A");
}

}  // namespace

template <Scalar T>
Eigen::MatrixX<T> expm(Matrix<T> A) {
    check<T>(A, "expm");
    if (A.rows() == 0) return A;
    if (A.rows() == 1) {
        const T value = std::exp(A(0, 0));
        require(std::isfinite(std::abs(value)), "expm: the exponential overflows");
        return Eigen::MatrixX<T>::Constant(1, 1, value);
    }
    return exponential<T>(A, nullptr, "expm").value;
}

template <Scalar T>
ExpmFrechet<T> expm_frechet(Matrix<T> A, Matrix<T> E) {
    check<T>(A, "expm_frechet");
    require_finite<T>(E, "expm_frechet", "E");
    require(A.rows() == E.rows() && A.cols() == E.cols(), "expm_frechet: A and E must have the same shape");
    if (A.rows() == 0) return {A, E};
    // The derivative is linear in E: scaled by a power of two it neither over- nor underflows on the way.
    const double size = E.cwiseAbs().maxCoeff();
    if (size == 0) return {expm<T>(A), E};
    const int e = ritz::detail::exponent_of(size);
    const Eigen::MatrixX<T> scaled = E.unaryExpr([&](T a) { return ritz::detail::scale_by_power(a, -e); });
    Computed<T> result = exponential<T>(A, &scaled, "expm_frechet");
    result.derivative = result.derivative.unaryExpr([&](T a) { return ritz::detail::scale_by_power(a, e); }).eval();
    require(all_finite<T>(result.derivative), "expm_frechet: the derivative overflows");
    return {std::move(result.value), std::move(result.derivative)};
}

template <Scalar T>
double expm_cond(Matrix<T> A) {
    check<T>(A, "expm_cond");
    const Index n = A.rows();
    if (n == 0) return 0;
    const Eigen::MatrixX<T> adjoint = A.adjoint();
    // The largest singular value of E ↦ L(A, E) by the power method on LᴴL; Lᴴ(E) is the derivative at Aᴴ.
    Random random(1);
    Eigen::MatrixX<T> V =
        Eigen::MatrixX<T>::NullaryExpr(n, n, [&] { return T(static_cast<Real<T>>(random.normal())); });
    V /= V.norm();
    double sigma = 0;
    double size = 0;
    const bool cheap = n <= 32;  // then nearly every digit is worth having
    for (int k = 0; k < (cheap ? 300 : 30); ++k) {
        const ExpmFrechet<T> forward = expm_frechet<T>(A, V);
        size = static_cast<double>(forward.expm_A.norm());
        const double next = static_cast<double>(forward.expm_frechet_AE.norm());
        if (next == 0) break;
        V = expm_frechet<T>(adjoint, forward.expm_frechet_AE / static_cast<Real<T>>(next)).expm_frechet_AE;
        V /= V.norm();
        if (std::abs(next - sigma) <= (cheap ? 1e-9 : 1e-4) * next) {
            sigma = next;
            break;
        }
        sigma = next;
    }
    return sigma * static_cast<double>(A.norm()) / size;
}

#define RITZ_INSTANTIATE(T)                                        \
    template Eigen::MatrixX<T> expm<T>(Matrix<T>);                 \
    template ExpmFrechet<T> expm_frechet<T>(Matrix<T>, Matrix<T>); \
    template double expm_cond<T>(Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
