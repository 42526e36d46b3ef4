// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "linalg/condition.hpp"
#include "linalg/equilibration.hpp"
#include "linalg/fft.hpp"
#include "ritz/linalg/structured.hpp"

namespace ritz::linalg::detail {

namespace {

using Complex = std::complex<double>;
using ComplexVector = std::vector<Complex>;

/// Products with the m × n Toeplitz matrix of first column c and first row r (r(0) is not read), by a circulant.
class ToeplitzProduct {
public:
    template <class C, class R>
    ToeplitzProduct(const C& c, const R& r)
        : m_(c.size()),
          n_(r.size()),
          fft_(std::bit_ceil(static_cast<std::size_t>(m_ + n_))),
          eigenvalues_(std::bit_ceil(static_cast<std::size_t>(m_ + n_)), 0) {
        for (Eigen::Index i = 0; i < m_; ++i) eigenvalues_[i] = c[i];
        for (Eigen::Index j = 1; j < n_; ++j) eigenvalues_[eigenvalues_.size() - j] = r[j];
        fft_.forward(eigenvalues_);
    }
    Eigen::VectorXcd operator*(const Eigen::VectorXcd& x) const {
        ComplexVector y(eigenvalues_.size(), 0);
        std::copy(x.begin(), x.end(), y.begin());
        fft_.forward(y);
        for (std::size_t k = 0; k < y.size(); ++k) y[k] *= eigenvalues_[k];
        fft_.inverse(y);
        return Eigen::Map<const Eigen::VectorXcd>(y.data(), m_);
    }

private:
    Eigen::Index m_, n_;
    Fft fft_;
    ComplexVector eigenvalues_;
};

template <Scalar T>
T from_complex(Complex value) {
    if constexpr (is_complex<T>)
        return T(value);
    else
        return static_cast<T>(value.real());
}

/// The wide type in which transforms are done: double, or complex.
template <Scalar T>
using Working = std::conditional_t<is_complex<T>, Complex, double>;

/// x ← A⁻¹ x by Levinson's recursion; t(k) = A(i, i − k) for −n < k < n is c(k) or r(−k). `forward` and `backward`
/// become the first and last column of A⁻¹. False if a leading minor is zero to rounding.
template <class W>
bool levinson(const Eigen::VectorX<W>& c, const Eigen::VectorX<W>& r, Eigen::MatrixX<W>& x, Eigen::VectorX<W>& forward,
              Eigen::VectorX<W>& backward) {
    const Eigen::Index n = c.size();
    if (c[0] == W(0)) return false;
    forward = backward = Eigen::VectorX<W>::Zero(n);
    forward[0] = backward[0] = W(1) / c[0];
    const Eigen::MatrixX<W> b = x;
    x.setZero();
    x.row(0) = b.row(0) / c[0];
    const Eigen::VectorX<W> c_reversed = c.reverse();
    for (Eigen::Index k = 1; k < n; ++k) {
        // The new row of A times (forward, 0), the first row times (0, backward), the new row times (x, 0).
        const auto row = c_reversed.segment(n - 1 - k, k);  // c(k), …, c(1)
        const W forward_error = row.cwiseProduct(forward.head(k)).sum();
        const W backward_error = r.segment(1, k).cwiseProduct(backward.head(k)).sum();
        const W determinant = W(1) - forward_error * backward_error;
        if (!(std::abs(determinant) > 1e-13)) return false;
        Eigen::VectorX<W> shifted = Eigen::VectorX<W>::Zero(k + 1);
        shifted.tail(k) = backward.head(k);
        const Eigen::VectorX<W> old = forward.head(k + 1);
        forward.head(k + 1) = (old - forward_error * shifted) / determinant;
        backward.head(k + 1) = (shifted - backward_error * old) / determinant;
        for (Eigen::Index j = 0; j < x.cols(); ++j) {
            const W error = b(k, j) - row.cwiseProduct(x.col(j).head(k)).sum();
            x.col(j).head(k + 1) += error * backward.head(k + 1);
        }
    }
    return x.allFinite() && forward.allFinite() && backward.allFinite();
}

/// A⁻¹ from its first and last columns.
/// \ref I. C. Gohberg and A. A. Semencul, Mat. Issled. 7 (1972) 201-223.
template <class W>
class GohbergSemencul {
public:
    GohbergSemencul(const Eigen::VectorX<W>& forward, const Eigen::VectorX<W>& backward)
        : scale_(Complex(1) / Complex(forward[0])),
          diagonal_(backward[backward.size() - 1]),
          lower_f_(forward, zeros(forward)),
          upper_b_(zeros(forward), reversed(backward)),
          lower_b_(shifted(backward), zeros(forward)),
          upper_f_(zeros(forward), shifted_reversed(forward)) {}

    Eigen::VectorXcd operator*(const Eigen::VectorXcd& x) const {
        return scale_ * (lower_f_ * (upper_b_ * x + diagonal_ * x) - lower_b_ * (upper_f_ * x));
    }

private:
    using V = Eigen::VectorX<W>;
    static V zeros(const V& v) { return V::Zero(v.size()); }
    static V reversed(const V& v) { return v.reverse(); }
    static V shifted(const V& v) {  // (0, v(0), …, v(n − 2))
        V s = V::Zero(v.size());
        s.tail(v.size() - 1) = v.head(v.size() - 1);
        return s;
    }
    static V shifted_reversed(const V& v) {  // (0, v(n − 1), …, v(1))
        V s = V::Zero(v.size());
        s.tail(v.size() - 1) = v.tail(v.size() - 1).reverse();
        return s;
    }
    Complex scale_, diagonal_;
    ToeplitzProduct lower_f_, upper_b_, lower_b_, upper_f_;
};

template <Scalar T>
Eigen::MatrixX<T> dense_toeplitz(Vector<T> c, Vector<T> r) {
    Eigen::MatrixX<T> A(c.size(), r.size());
    for (Eigen::Index j = 0; j < A.cols(); ++j)
        for (Eigen::Index i = 0; i < A.rows(); ++i) A(i, j) = i >= j ? c[i - j] : r[j - i];
    return A;
}

/// Both vectors by one power of two to a size near 1, r(0) left out.
template <Scalar T>
int common_exponent(Vector<T> c, Vector<T> r) {
    int largest = largest_exponent<T>(c);
    if (r.size() > 1) largest = std::max(largest, largest_exponent<T>(r.tail(r.size() - 1)));
    return largest;
}
template <Scalar T>
Eigen::VectorX<Working<T>> wide(const Eigen::Ref<const Eigen::VectorX<T>>& v, int exponent) {
    Eigen::VectorX<Working<T>> w = v.template cast<Working<T>>();
    for (auto& value : w) value = scale_by_power(value, -exponent);
    return w;
}

template <Scalar T>
void require_first_row_finite(Vector<T> r, const char* who) {
    if (r.size() > 1) require_finite<T>(r.tail(r.size() - 1), who, "r(1:)");
}

}  // namespace

template <Scalar T>
void solve_toeplitz(Vector<T> c, Vector<T> r, Eigen::Ref<Eigen::MatrixX<T>> x, const ToeplitzOptions& options) {
    using W = Working<T>;
    const Eigen::Index n = c.size();
    require_square(n, r.size(), "solve_toeplitz", "A");
    require_same_rows(n, n, x.rows(), x.cols(), "solve_toeplitz");
    require_finite<T>(c, "solve_toeplitz", "c");
    require_first_row_finite<T>(r, "solve_toeplitz");
    require_finite<T>(x, "solve_toeplitz", "b");
    if (n == 0 || x.cols() == 0) return;
    const auto by_elimination = [&] {
        const Eigen::MatrixX<T> b = x;
        solve<T>(dense_toeplitz<T>(c, r), b, x, {.on_ill_conditioned = options.on_ill_conditioned}, nullptr);
    };
    const int exponent = common_exponent<T>(c, r);
    if (n <= 32 || exponent == INT_MIN) return by_elimination();

    Eigen::VectorX<W> column = wide<T>(c, exponent), row = wide<T>(r, exponent), forward, backward;
    row[0] = column[0];
    const std::vector<int> exponents = scale_right_hand_side<T>(x, {});
    Eigen::MatrixX<W> y = x.template cast<W>();
    const Eigen::MatrixX<W> b = y;
    const auto give_up = [&] {
        unscale_solution<T>(x, {}, exponents);  // x still is b
        by_elimination();
    };
    if (!levinson<W>(column, row, y, forward, backward)) return give_up();

    // A condition estimate and one step of refinement by the inverse's own formula, then the residual decides.
    const ToeplitzProduct A(column, row);
    const GohbergSemencul<W> inverse(forward, backward),
        adjoint_inverse(backward.reverse().conjugate(), forward.reverse().conjugate());
    const double inverse_norm = estimate_norm1<Complex>(
        n, [&](Eigen::VectorXcd& v) { v = inverse * v; }, [&](Eigen::VectorXcd& v) { v = adjoint_inverse * v; });
    double norm = 0, sum = column.template lpNorm<1>();
    for (Eigen::Index j = 0; j < n; ++j) {  // the sums of columns 0, 1, …
        norm = std::max(norm, sum);
        if (j + 1 < n) sum += std::abs(row[j + 1]) - std::abs(column[n - 1 - j]);
    }
    const double rcond = 1 / (norm * inverse_norm);
    // The recursion is trusted while it leaves some digits in its own precision, double.
    if (!(rcond > std::max(1e-10, 10 * least_rcond<T>(n)))) return give_up();
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
        Eigen::VectorXcd solution = y.col(j).template cast<Complex>();
        const Eigen::VectorXcd rhs = b.col(j).template cast<Complex>();
        for (int step = 0; step < 3; ++step) solution += inverse * (rhs - A * solution);
        const double error = (rhs - A * solution).template lpNorm<Eigen::Infinity>();
        const double scale =
            norm * solution.template lpNorm<Eigen::Infinity>() + rhs.template lpNorm<Eigen::Infinity>();
        if (!(error <= 100 * std::log2(static_cast<double>(n)) * unit_roundoff<double> * scale)) return give_up();
        for (Eigen::Index i = 0; i < n; ++i) y(i, j) = from_complex<W>(solution[i]);
    }
    x = y.template cast<T>();
    std::vector<int> back = exponents;
    for (int& e : back) e -= exponent;
    unscale_solution<T>(x, {}, back);
    require_representable<T>(x, "solve_toeplitz", "x");
}

template <Scalar T>
void solve_circulant(Vector<T> c, Eigen::Ref<Eigen::MatrixX<T>> x, const CirculantOptions& options) {
    const Eigen::Index n = c.size();
    require_same_rows(n, n, x.rows(), x.cols(), "solve_circulant");
    require_finite<T>(c, "solve_circulant", "c");
    require_finite<T>(x, "solve_circulant", "b");
    ritz::detail::require(options.rtol >= 0 && options.rtol < 1, "solve_circulant: rtol must be in [0, 1)");
    if (n == 0 || x.cols() == 0) return;
    const int exponent = largest_exponent<T>(c);
    const bool least_norm = options.singular == CirculantOptions::Singular::least_norm;
    if (exponent == INT_MIN) {
        if (!least_norm) throw SingularMatrix("solve_circulant: A is singular: its eigenvalue 0 is zero", 0);
        x.setZero();
        return;
    }
    const Fft fft(static_cast<std::size_t>(n));
    ComplexVector eigenvalues(static_cast<std::size_t>(n));
    for (Eigen::Index i = 0; i < n; ++i) eigenvalues[i] = scale_by_power(Complex(c[i]), -exponent);
    fft.forward(eigenvalues);
    double largest = 0;
    for (const Complex& value : eigenvalues) largest = std::max(largest, std::abs(value));
    const double least = (options.rtol > 0 ? options.rtol : least_rcond<T>(n)) * largest;
    for (Eigen::Index k = 0; k < n && !least_norm; ++k)
        if (!(std::abs(eigenvalues[k]) > least))
            throw SingularMatrix(
                "solve_circulant: A is singular to rounding: its eigenvalue " + std::to_string(k) + " is zero", k);
    const std::vector<int> exponents = scale_right_hand_side<T>(x, {});
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
        ComplexVector y(x.col(j).begin(), x.col(j).end());
        fft.forward(y);
        for (Eigen::Index k = 0; k < n; ++k)
            y[k] = std::abs(eigenvalues[k]) > least ? y[k] / eigenvalues[k] : Complex(0);
        fft.inverse(y);
        for (Eigen::Index i = 0; i < n; ++i) x(i, j) = from_complex<T>(y[i]);
    }
    std::vector<int> back = exponents;
    for (int& e : back) e -= exponent;
    unscale_solution<T>(x, {}, back);
    require_representable<T>(x, "solve_circulant", "x");
}

template <Scalar T>
Eigen::MatrixX<T> matmul_toeplitz(Vector<T> c, Vector<T> r, Matrix<T> x) {
    ritz::detail::require(x.rows() == r.size(), "matmul_toeplitz: A is " + std::to_string(c.size()) + " x " +
                                                    std::to_string(r.size()) + ", but x has " +
                                                    std::to_string(x.rows()) + " rows");
    require_finite<T>(c, "matmul_toeplitz", "c");
    require_first_row_finite<T>(r, "matmul_toeplitz");
    require_finite<T>(x, "matmul_toeplitz", "x");
    Eigen::MatrixX<T> y = Eigen::MatrixX<T>::Zero(c.size(), x.cols());
    if (c.size() == 0 || r.size() == 0) return y;
    const int exponent = common_exponent<T>(c, r);
    if (exponent == INT_MIN) return y;
    const ToeplitzProduct A(wide<T>(c, exponent), wide<T>(r, exponent));
    for (Eigen::Index j = 0; j < x.cols(); ++j) {
        const int size = largest_exponent<T>(x.col(j));
        if (size == INT_MIN) continue;
        const Eigen::VectorXcd product = A * wide<T>(x.col(j), size).template cast<Complex>().eval();
        for (Eigen::Index i = 0; i < y.rows(); ++i)
            y(i, j) = from_complex<T>(scale_by_power(product[i], exponent + size));
    }
    require_representable<T>(y, "matmul_toeplitz", "A x");
    return y;
}

#define RITZ_INSTANTIATE(T)                                                                                       \
    template void solve_toeplitz<T>(Vector<T>, Vector<T>, Eigen::Ref<Eigen::MatrixX<T>>, const ToeplitzOptions&); \
    template void solve_circulant<T>(Vector<T>, Eigen::Ref<Eigen::MatrixX<T>>, const CirculantOptions&);          \
    template Eigen::MatrixX<T> matmul_toeplitz<T>(Vector<T>, Vector<T>, Matrix<T>);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg::detail
