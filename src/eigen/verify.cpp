// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/verify.hpp"

#include <array>
#include <cmath>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "core/sweep.hpp"
#include "eigen/block.hpp"
#include "ritz/core/vector_operations.hpp"
#include "solvers/double_double.hpp"
#include "solvers/krylov/run.hpp"

namespace ritz::eigen {

namespace {

constexpr std::int64_t grain = 1 << 11;  // rows

/// Element i of a product in twice double precision, not rounded: high and low part.
struct Pair {
    double high = 0, low = 0;
};
template <Scalar T>
struct Exact {
    Buffer<Pair> real, imaginary;  // imaginary stays empty for real T
};

/// y ← B v.
template <Scalar T>
void product(const CsrView<T>& B, VectorView<T> v, Exact<T>& y) {
    const auto indptr = B.indptr();
    const auto indices = B.indices();
    const auto values = B.values();
    detail::parallel_ranges(B.rows(), grain, [&](std::int64_t first, std::int64_t stop) {
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(stop); ++i) {
            detail::DoubleDouble sum_re, sum_im;
            for (Offset p = indptr[i]; p < indptr[i + 1]; ++p) {
                const T a = values[static_cast<std::size_t>(p)], x = v[static_cast<std::size_t>(indices[p])];
                sum_re.add_product(iterative::real_part(a), iterative::real_part(x));
                if constexpr (is_complex<T>) {
                    sum_re.add_product(-iterative::imaginary_part(a), iterative::imaginary_part(x));
                    sum_im.add_product(iterative::real_part(a), iterative::imaginary_part(x));
                    sum_im.add_product(iterative::imaginary_part(a), iterative::real_part(x));
                }
            }
            y.real[i] = {sum_re.high, sum_re.low};
            if constexpr (is_complex<T>) y.imaginary[i] = {sum_im.high, sum_im.low};
        }
    });
}

template <Scalar T>
void lift(VectorView<T> v, Exact<T>& y) {
    for (std::size_t i = 0; i < v.size(); ++i) {
        y.real[i] = {iterative::real_part(v[i]), 0};
        if constexpr (is_complex<T>) y.imaginary[i] = {iterative::imaginary_part(v[i]), 0};
    }
}

/// y ← B v by the matrix where it is one, by the operator otherwise.
template <Scalar T>
void product(const std::optional<CsrView<T>>& rows, const LinearOperatorRef<T>* apply, VectorView<T> v, Exact<T>& y) {
    y.real.resize(v.size());
    if constexpr (is_complex<T>) y.imaginary.resize(v.size());
    if (rows) return product(*rows, v, y);
    if (!apply) return lift(v, y);
    Buffer<T> plain(v.size());
    apply->apply(v, plain);
    lift<T>(plain, y);
}

constexpr std::size_t lanes = 8;  // vectors, or parts of a sum, that are added up side by side

/// Re vᴴ y, summed in twice double precision.
template <Scalar T>
double real_dot(VectorView<T> v, const Exact<T>& y) {
    detail::DoubleDouble sums[lanes];
    const auto add = [&](std::size_t i, detail::DoubleDouble& sum) {
        sum.add_product(iterative::real_part(v[i]), y.real[i].high);
        sum.low += iterative::real_part(v[i]) * y.real[i].low;
        if constexpr (is_complex<T>) {
            sum.add_product(iterative::imaginary_part(v[i]), y.imaginary[i].high);
            sum.low += iterative::imaginary_part(v[i]) * y.imaginary[i].low;
        }
    };
    std::size_t i = 0;
    for (; i + lanes <= v.size(); i += lanes) {
#pragma omp simd
        for (std::size_t lane = 0; lane < lanes; ++lane) add(i + lane, sums[lane]);
    }
    for (; i < v.size(); ++i) add(i, sums[0]);
    detail::DoubleDouble total;
    for (const auto& sum : sums) {
        total.add(sum.high);
        total.add(sum.low);
    }
    return total.value();
}

/// y_c ← B v_c for `lanes` real vectors, which lie in X side by side: B is read once, and eight sums are formed at
/// once.
template <Scalar T>
requires(!is_complex<T>) void products(const CsrView<T>& B, const Buffer<double>& X, std::array<Exact<T>, lanes>& y) {
    const auto indptr = B.indptr();
    const auto indices = B.indices();
    const auto values = B.values();
    for (auto& column : y) column.real.resize(static_cast<std::size_t>(B.rows()));
    detail::parallel_ranges(B.rows(), grain, [&](std::int64_t first, std::int64_t stop) {
        for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(stop); ++i) {
            double high[lanes] = {}, low[lanes] = {};
            for (Offset p = indptr[i]; p < indptr[i + 1]; ++p) {
                const double a = static_cast<double>(values[static_cast<std::size_t>(p)]);
                const double* const x = X.data() + static_cast<std::size_t>(indices[p]) * lanes;
#pragma omp simd
                for (std::size_t c = 0; c < lanes; ++c) {
                    detail::DoubleDouble sum{high[c], low[c]};
                    sum.add_product(a, x[c]);
                    high[c] = sum.high;
                    low[c] = sum.low;
                }
            }
            for (std::size_t c = 0; c < lanes; ++c) y[c].real[i] = {high[c], low[c]};
        }
    });
}

/// y_c ← B v_c of columns first … of V, at most `lanes`, as `product` forms it.
template <Scalar T>
void products(const std::optional<CsrView<T>>& rows, const LinearOperatorRef<T>* apply,
              const Eigen::Ref<const Eigen::MatrixX<T>>& V, Eigen::Index first, std::size_t count,
              std::array<Exact<T>, lanes>& y) {
    const auto n = static_cast<std::size_t>(V.rows());
    if constexpr (!is_complex<T>) {
        if (rows && count > 2) {
            Buffer<double> X(n * lanes, 0.0);
            for (std::size_t c = 0; c < count; ++c) {
                const T* const v = V.data() + (first + static_cast<Eigen::Index>(c)) * V.outerStride();
                for (std::size_t i = 0; i < n; ++i) X[i * lanes + c] = static_cast<double>(v[i]);
            }
            return products(*rows, X, y);
        }
    }
    for (std::size_t c = 0; c < count; ++c)
        product(rows, apply, {V.data() + (first + static_cast<Eigen::Index>(c)) * V.outerStride(), n}, y[c]);
}

/// ‖m‖₂, and ‖a − λ m‖₂.
struct Norms {
    double mass, difference;
};
template <Scalar T>
Norms norms(const Exact<T>& m, double lambda, const Exact<T>& a) {
    const auto part = [&](const Pair& x, const Pair& y) {
        detail::DoubleDouble d{x.high, x.low};
        d.add_product(-lambda, y.high);
        d.low -= lambda * y.low;
        return d.value();
    };
    const auto [mass, difference] = detail::sweep<2, double>(a.real.size(), [&](std::size_t i) {
        const double real = part(a.real[i], m.real[i]);
        std::array<double, 2> squares{m.real[i].high * m.real[i].high, real * real};
        if constexpr (is_complex<T>) {
            const double imaginary = part(a.imaginary[i], m.imaginary[i]);
            squares[0] += m.imaginary[i].high * m.imaginary[i].high;
            squares[1] += imaginary * imaginary;
        }
        return squares;
    });
    return {std::sqrt(mass), std::sqrt(difference)};
}

template <Scalar T>
void round_to(const Exact<T>& y, Eigen::Ref<Eigen::VectorX<T>> column) {
    for (Eigen::Index i = 0; i < column.size(); ++i) {
        const auto place = static_cast<std::size_t>(i);
        if constexpr (is_complex<T>)
            column[i] = T(static_cast<Real<T>>(y.real[place].high), static_cast<Real<T>>(y.imaginary[place].high));
        else
            column[i] = static_cast<T>(y.real[place].high);
    }
}

}  // namespace

template <Scalar T>
Verified<T> verify(const Pencil<T>& pencil, const Eigen::Ref<const Eigen::VectorXd>& values,
                   const Eigen::Ref<const Eigen::MatrixX<T>>& V, InnerProduct inner) {
    const auto n = static_cast<std::size_t>(V.rows());
    const Eigen::Index k = V.cols();
    Verified<T> result{Eigen::VectorXd(k), Eigen::VectorXd(k), Eigen::VectorXd(k), Eigen::VectorXd(k), 0};
    std::array<Exact<T>, lanes> AV, MV;
    const bool plain = inner == InnerProduct::mass && !pencil.M;
    Eigen::MatrixX<T> BV(plain ? 0 : V.rows(), plain ? 0 : k);
    for (Eigen::Index first = 0; first < k; first += lanes) {
        const auto count = std::min<std::size_t>(lanes, static_cast<std::size_t>(k - first));
        products(pencil.A_rows, &pencil.A, V, first, count, AV);
        products(pencil.M_rows, pencil.M ? &*pencil.M : nullptr, V, first, count, MV);
        for (std::size_t c = 0; c < count; ++c) {
            const Eigen::Index j = first + static_cast<Eigen::Index>(c);
            const VectorView<T> v(V.data() + j * V.outerStride(), n);
            const Exact<T>&Av = AV[c], &Mv = MV[c];
            if (!plain) round_to<T>(inner == InnerProduct::mass ? Mv : Av, BV.col(j));
            result.values[j] = values.size()
                                   ? values[j]
                                   : static_cast<double>(static_cast<Real<T>>(real_dot(v, Av) / real_dot(v, Mv)));
            const auto [m_norm, residual] = norms(Mv, result.values[j], Av);
            result.residuals[j] = residual;
            result.m_norms[j] = m_norm;
            result.norms[j] = static_cast<double>(norm2(v));
        }
    }
    if (k > 0) {
        const Eigen::MatrixX<T> G = plain ? gram<T>(V, V) : gram<T>(V, BV);
        for (Eigen::Index j = 0; j < k; ++j)
            for (Eigen::Index i = 0; i < k; ++i)
                result.orthogonality =
                    std::max(result.orthogonality, static_cast<double>(std::abs(G(i, j) - T(i == j ? 1 : 0))));
    }
    return result;
}

#define INSTANTIATE(T)                                                                      \
    template Verified<T> verify(const Pencil<T>&, const Eigen::Ref<const Eigen::VectorXd>&, \
                                const Eigen::Ref<const Eigen::MatrixX<T>>&, InnerProduct);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
