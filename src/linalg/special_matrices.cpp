// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/special_matrices.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "core/instantiate.hpp"

namespace ritz::linalg {

namespace {

using Eigen::Index;
using ritz::detail::require;

// The n × m matrix of f(i, j).
template <Scalar T, class F>
Eigen::MatrixX<T> from_function(Index n, Index m, const char* who, F&& f) {
    require(n >= 0 && m >= 0, std::string(who) + ": a size is negative");
    Eigen::MatrixX<T> A(n, m);
    for (Index j = 0; j < m; ++j)
        for (Index i = 0; i < n; ++i) A(i, j) = T(f(i, j));
    return A;
}

template <Scalar T>
void require_vector(Vector<T> x, Index least, const char* who, const char* name) {
    detail::require_finite<T>(x, who, name);
    require(x.size() >= least, std::string(who) + ": " + name + " must have at least " + std::to_string(least) +
                                   (least == 1 ? " element" : " elements"));
}

template <Scalar T>
void require_representable(const Eigen::MatrixX<T>& A, const char* who) {
    require(A.size() == 0 || A.allFinite(),
            std::string(who) + ": an entry of the matrix of order " + std::to_string(A.rows()) + " overflows");
}

// exp(−2πi k/n), 0 ≤ k < n, by the angle's distance from the nearest axis, so that it is right to an ulp.
std::complex<double> unit_root(Index k, Index n) {
    const Index quadrant = (4 * k + n / 2) / n;    // the nearest axis
    const Index from_axis = 4 * k - quadrant * n;  // in quarters of a turn / n
    const double angle = std::numbers::pi / 2 * static_cast<double>(from_axis) / static_cast<double>(n);
    const double c = std::cos(angle), s = std::sin(angle);
    switch (quadrant % 4) {
        case 0:
            return {c, -s};
        case 1:
            return {-s, -c};
        case 2:
            return {-c, s};
        default:
            return {s, c};
    }
}

}  // namespace

namespace detail {

template <Scalar T>
Eigen::MatrixX<T> block_diag(const std::vector<Matrix<T>>& blocks) {
    Index rows = 0, cols = 0;
    for (const Matrix<T>& block : blocks) {
        require_finite<T>(block, "block_diag", "a block");
        rows += block.rows();
        cols += block.cols();
    }
    Eigen::MatrixX<T> D = Eigen::MatrixX<T>::Zero(rows, cols);
    Index i = 0, j = 0;
    for (const Matrix<T>& block : blocks) {
        D.block(i, j, block.rows(), block.cols()) = block;
        i += block.rows();
        j += block.cols();
    }
    return D;
}

template <Scalar T>
Eigen::MatrixX<T> toeplitz(Vector<T> c, Vector<T> r) {
    require_vector<T>(c, 0, "toeplitz", "c");
    require_finite<T>(r, "toeplitz", "r");
    return from_function<T>(c.size(), r.size(), "toeplitz",
                            [&](Index i, Index j) { return i >= j ? c(i - j) : r(j - i); });
}

template <Scalar T>
Eigen::MatrixX<T> hankel(Vector<T> c, Vector<T> r) {
    require_finite<T>(c, "hankel", "c");
    require_finite<T>(r, "hankel", "r");
    const Index m = c.size();
    return from_function<T>(m, r.size(), "hankel",
                            [&](Index i, Index j) { return i + j < m ? c(i + j) : r(i + j - m + 1); });
}

template <Scalar T>
Eigen::MatrixX<T> circulant(Vector<T> c) {
    require_finite<T>(c, "circulant", "c");
    const Index n = c.size();
    return from_function<T>(n, n, "circulant", [&](Index i, Index j) { return c(i >= j ? i - j : i - j + n); });
}

template <Scalar T>
Eigen::MatrixX<T> companion(Vector<T> a) {
    require_vector<T>(a, 2, "companion", "a");
    require(a(0) != T(0), "companion: the leading coefficient a(0) is zero");
    const Index n = a.size() - 1;
    Eigen::MatrixX<T> C = Eigen::MatrixX<T>::Zero(n, n);
    C.row(0) = -a.tail(n).transpose() / a(0);
    C.diagonal(-1).setOnes();
    require_representable<T>(C, "companion");
    return C;
}

template <Scalar T>
Eigen::MatrixX<T> fiedler_companion(Vector<T> a) {
    require_vector<T>(a, 2, "fiedler_companion", "a");
    require(a(0) != T(0), "fiedler_companion: the leading coefficient a(0) is zero");
    const Index n = a.size() - 1;
    const Eigen::VectorX<T> b = a / a(0);
    Eigen::MatrixX<T> C = Eigen::MatrixX<T>::Zero(n, n);
    // Rows 0, 2, 4, … hold −b(k) to the left and −b(k+1) to the right of the diagonal, odd ones a single one.
    for (Index i = 0; i < n; i += 2) {
        if (i > 0) C(i, i - 1) = -b(i + 1);
        if (i == 0) C(0, 0) = -b(1);
        if (i + 1 < n) C(i, i + 1) = -b(i + 2);
        if (i + 2 < n) C(i, i + 2) = T(1);
    }
    for (Index i = 1; i < n; i += 2) C(i, i == 1 ? 0 : i - 2) = T(1);
    require_representable<T>(C, "fiedler_companion");
    return C;
}

template <Scalar T>
Eigen::MatrixX<T> fiedler(Vector<T> a) {
    require_finite<T>(a, "fiedler", "a");
    return from_function<T>(a.size(), a.size(), "fiedler", [&](Index i, Index j) { return std::abs(a(i) - a(j)); });
}

template <Scalar T>
Eigen::MatrixX<T> leslie(Vector<T> f, Vector<T> s) {
    require_vector<T>(f, 1, "leslie", "f");
    require_finite<T>(s, "leslie", "s");
    require(s.size() == f.size() - 1, "leslie: s has " + std::to_string(s.size()) +
                                          " elements, but must have one less than f, " + std::to_string(f.size() - 1));
    Eigen::MatrixX<T> L = Eigen::MatrixX<T>::Zero(f.size(), f.size());
    L.row(0) = f.transpose();
    L.diagonal(-1) = s;
    return L;
}

template <Scalar T>
Eigen::MatrixX<T> vander(Vector<T> x, const VanderOptions& options) {
    require_finite<T>(x, "vander", "x");
    const Index m = options.columns < 0 ? x.size() : options.columns;
    Eigen::MatrixX<T> V(x.size(), m);
    for (Index p = 0; p < m; ++p) {
        const Index j = options.increasing ? p : m - 1 - p;
        if (p == 0)
            V.col(j).setOnes();
        else
            V.col(j) = V.col(options.increasing ? j - 1 : j + 1).cwiseProduct(x);
    }
    require_representable<T>(V, "vander");
    return V;
}

template <Scalar T>
Eigen::MatrixX<T> convolution_matrix(Vector<T> a, Index n, Convolution mode) {
    require_vector<T>(a, 1, "convolution_matrix", "a");
    require(n >= 1, "convolution_matrix: n must be at least 1");
    const Index k = a.size(), all = n + k - 1;
    Index rows = all, first = 0;
    if (mode == Convolution::same) {
        rows = std::max(n, k);
        first = (all - rows) / 2;
    } else if (mode == Convolution::valid) {
        rows = std::max(n, k) - std::min(n, k) + 1;
        first = std::min(n, k) - 1;
    }
    return from_function<T>(rows, n, "convolution_matrix", [&](Index i, Index j) {
        const Index p = first + i - j;
        return 0 <= p && p < k ? a(p) : T(0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> tril(Matrix<T> A, Index k) {
    require_finite<T>(A, "tril", "A");
    return from_function<T>(A.rows(), A.cols(), "tril", [&](Index i, Index j) { return j - i <= k ? A(i, j) : T(0); });
}

template <Scalar T>
Eigen::MatrixX<T> triu(Matrix<T> A, Index k) {
    require_finite<T>(A, "triu", "A");
    return from_function<T>(A.rows(), A.cols(), "triu", [&](Index i, Index j) { return j - i >= k ? A(i, j) : T(0); });
}

}  // namespace detail

template <Scalar T>
Eigen::MatrixX<T> tri(Index n, Index m, Index k) {
    return from_function<T>(n, m < 0 ? n : m, "tri", [&](Index i, Index j) { return Real<T>(j - i <= k ? 1 : 0); });
}

template <Scalar T>
Eigen::MatrixX<T> hilbert(Index n) {
    return from_function<T>(n, n, "hilbert",
                            [](Index i, Index j) { return Real<T>(1) / static_cast<Real<T>>(i + j + 1); });
}

template <Scalar T>
Eigen::MatrixX<T> invhilbert(Index n) {
    // With p(i) = (i + n)! (-1)^i / (i!² (n − 1 − i)!), an integer, the entry is p(i) p(j) / (i + j + 1).
    require(n >= 0, "invhilbert: a size is negative");
    std::vector<long double> p(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i)
        p[i] = i == 0 ? static_cast<long double>(n)
                      : -p[i - 1] * static_cast<long double>((n + i) * (n - i)) / static_cast<long double>(i * i);
    Eigen::MatrixX<T> A = from_function<T>(n, n, "invhilbert", [&](Index i, Index j) {
        return static_cast<Real<T>>(p[i] * p[j] / static_cast<long double>(i + j + 1));
    });
    require_representable<T>(A, "invhilbert");
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> hadamard(Index n) {
    require(n == 0 || (n > 0 && std::has_single_bit(static_cast<std::uint64_t>(n))),
            "hadamard: n is " + std::to_string(n) + ", but must be a power of two");
    return from_function<T>(n, n, "hadamard", [](Index i, Index j) {
        return Real<T>(std::popcount(static_cast<std::uint64_t>(i & j)) % 2 ? -1 : 1);
    });
}

namespace {
// C(i, j) for 0 ≤ j ≤ i < n below the diagonal.
template <Scalar T>
Eigen::MatrixX<T> binomials(Index n) {
    Eigen::MatrixX<T> L = Eigen::MatrixX<T>::Zero(n, n);
    for (Index i = 0; i < n; ++i)
        for (Index j = 0; j <= i; ++j) L(i, j) = j == 0 || j == i ? T(1) : L(i - 1, j - 1) + L(i - 1, j);
    return L;
}
}  // namespace

template <Scalar T>
Eigen::MatrixX<T> pascal(Index n, Pascal kind) {
    require(n >= 0, "pascal: a size is negative");
    Eigen::MatrixX<T> P;
    if (kind == Pascal::symmetric) {
        P.resize(n, n);
        for (Index j = 0; j < n; ++j)
            for (Index i = 0; i < n; ++i) P(i, j) = i == 0 || j == 0 ? T(1) : P(i - 1, j) + P(i, j - 1);
    } else {
        P = binomials<T>(n);
        if (kind == Pascal::upper) P.transposeInPlace();
    }
    require_representable<T>(P, "pascal");
    return P;
}

template <Scalar T>
Eigen::MatrixX<T> invpascal(Index n, Pascal kind) {
    require(n >= 0, "invpascal: a size is negative");
    Eigen::MatrixX<T> L = binomials<T>(n);  // L⁻¹(i, j) = (−1)^(i+j) C(i, j)
    for (Index j = 0; j < n; ++j)
        for (Index i = j + 1; i < n; i += 2) L(i, j) = -L(i, j);
    Eigen::MatrixX<T> P;
    if (kind == Pascal::symmetric)
        P.noalias() = L.transpose() * L;
    else if (kind == Pascal::lower)
        P = L;
    else
        P = L.transpose();
    require_representable<T>(P, "invpascal");
    return P;
}

template <Scalar T>
Eigen::MatrixX<T> helmert(Index n, const HelmertOptions& options) {
    require(n >= 0, "helmert: a size is negative");
    const Index skip = options.full || n == 0 ? 0 : 1;
    return from_function<T>(n - skip, n, "helmert", [&](Index row, Index j) {
        const Index i = row + skip;
        if (i == 0) return static_cast<Real<T>>(1 / std::sqrt(static_cast<double>(n)));
        const double scale = 1 / std::sqrt(static_cast<double>(i) * static_cast<double>(i + 1));
        return static_cast<Real<T>>(j < i ? scale : j == i ? -static_cast<double>(i) * scale : 0);
    });
}

template <Scalar T>
requires is_complex<T> Eigen::MatrixX<T> dft(Index n, DftScale scale) {
    const double size = static_cast<double>(std::max<Index>(n, 1));
    const double factor = scale == DftScale::none ? 1 : scale == DftScale::n ? 1 / size : 1 / std::sqrt(size);
    std::vector<T> root(static_cast<std::size_t>(std::max<Index>(n, 0)));
    for (Index k = 0; k < n; ++k) root[k] = T(unit_root(k, n) * factor);
    return from_function<T>(n, n, "dft", [&](Index i, Index j) { return root[i * j % n]; });
}

template <Scalar T>
Eigen::MatrixX<T> wilkinson(Index n) {
    return from_function<T>(n, n, "wilkinson", [&](Index i, Index j) {
        if (i == j) return std::abs(static_cast<Real<T>>(2 * i - n + 1)) / 2;
        return Real<T>(std::abs(i - j) == 1 ? 1 : 0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> wilkinson_growth(Index n) {
    return from_function<T>(n, n, "wilkinson_growth", [&](Index i, Index j) {
        return Real<T>(i == j || j == n - 1 ? 1 : i > j ? -1 : 0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> rosser() {
    Eigen::Matrix<int, 8, 8> R;
    R << 611, 196, -192, 407, -8, -52, -49, 29,  //
        196, 899, 113, -192, -71, -43, -8, -44,  //
        -192, 113, 899, 196, 61, 49, 8, 52,      //
        407, -192, 196, 611, 8, 44, 59, -23,     //
        -8, -71, 61, 8, 411, -599, 208, 208,     //
        -52, -43, 49, 44, -599, 411, 208, 208,   //
        -49, -8, 8, 59, 208, 208, 99, -911,      //
        29, -44, 52, -23, 208, 208, -911, 99;
    return R.cast<T>();
}

template <Scalar T>
Eigen::MatrixX<T> frank(Index n) {
    return from_function<T>(
        n, n, "frank", [&](Index i, Index j) { return static_cast<Real<T>>(j >= i - 1 ? n - std::max(i, j) : 0); });
}

template <Scalar T>
Eigen::MatrixX<T> kahan(Index n, double theta) {
    require(std::isfinite(theta), "kahan: theta is not finite");
    const double s = std::sin(theta), c = std::cos(theta);
    return from_function<T>(n, n, "kahan", [&](Index i, Index j) {
        const double row = std::pow(s, static_cast<double>(i));
        return static_cast<Real<T>>(i == j ? row : i < j ? -c * row : 0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> lauchli(Index n, double mu) {
    require(std::isfinite(mu), "lauchli: mu is not finite");
    return from_function<T>(n + 1, n, "lauchli", [&](Index i, Index j) {
        return static_cast<Real<T>>(i == 0 ? 1 : i == j + 1 ? mu : 0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> grcar(Index n) {
    return from_function<T>(n, n, "grcar", [](Index i, Index j) {
        return Real<T>(i == j + 1 ? -1 : i <= j && j <= i + 3 ? 1 : 0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> lehmer(Index n) {
    return from_function<T>(n, n, "lehmer", [](Index i, Index j) {
        return static_cast<Real<T>>(std::min(i, j) + 1) / static_cast<Real<T>>(std::max(i, j) + 1);
    });
}

template <Scalar T>
Eigen::MatrixX<T> moler(Index n) {
    return from_function<T>(n, n, "moler",
                            [](Index i, Index j) { return static_cast<Real<T>>(i == j ? i + 1 : std::min(i, j) - 1); });
}

template <Scalar T>
Eigen::MatrixX<T> lotkin(Index n) {
    Eigen::MatrixX<T> A = hilbert<T>(n);
    if (n > 0) A.row(0).setOnes();
    return A;
}

template <Scalar T>
Eigen::MatrixX<T> clement(Index n) {
    return from_function<T>(n, n, "clement", [&](Index i, Index j) {
        return static_cast<Real<T>>(j == i + 1 ? j : i == j + 1 ? n - i : 0);
    });
}

template <Scalar T>
Eigen::MatrixX<T> pei(Index n, double alpha) {
    require(std::isfinite(alpha), "pei: alpha is not finite");
    return from_function<T>(n, n, "pei",
                            [&](Index i, Index j) { return static_cast<Real<T>>(i == j ? 1 + alpha : 1); });
}

#define RITZ_INSTANTIATE(T)                                                                  \
    template Eigen::MatrixX<T> detail::block_diag<T>(const std::vector<Matrix<T>>&);         \
    template Eigen::MatrixX<T> detail::toeplitz<T>(Vector<T>, Vector<T>);                    \
    template Eigen::MatrixX<T> detail::hankel<T>(Vector<T>, Vector<T>);                      \
    template Eigen::MatrixX<T> detail::circulant<T>(Vector<T>);                              \
    template Eigen::MatrixX<T> detail::companion<T>(Vector<T>);                              \
    template Eigen::MatrixX<T> detail::fiedler_companion<T>(Vector<T>);                      \
    template Eigen::MatrixX<T> detail::fiedler<T>(Vector<T>);                                \
    template Eigen::MatrixX<T> detail::leslie<T>(Vector<T>, Vector<T>);                      \
    template Eigen::MatrixX<T> detail::vander<T>(Vector<T>, const VanderOptions&);           \
    template Eigen::MatrixX<T> detail::convolution_matrix<T>(Vector<T>, Index, Convolution); \
    template Eigen::MatrixX<T> detail::tril<T>(Matrix<T>, Index);                            \
    template Eigen::MatrixX<T> detail::triu<T>(Matrix<T>, Index);                            \
    template Eigen::MatrixX<T> tri<T>(Index, Index, Index);                                  \
    template Eigen::MatrixX<T> hilbert<T>(Index);                                            \
    template Eigen::MatrixX<T> invhilbert<T>(Index);                                         \
    template Eigen::MatrixX<T> hadamard<T>(Index);                                           \
    template Eigen::MatrixX<T> pascal<T>(Index, Pascal);                                     \
    template Eigen::MatrixX<T> invpascal<T>(Index, Pascal);                                  \
    template Eigen::MatrixX<T> helmert<T>(Index, const HelmertOptions&);                     \
    template Eigen::MatrixX<T> wilkinson<T>(Index);                                          \
    template Eigen::MatrixX<T> wilkinson_growth<T>(Index);                                   \
    template Eigen::MatrixX<T> rosser<T>();                                                  \
    template Eigen::MatrixX<T> frank<T>(Index);                                              \
    template Eigen::MatrixX<T> kahan<T>(Index, double);                                      \
    template Eigen::MatrixX<T> lauchli<T>(Index, double);                                    \
    template Eigen::MatrixX<T> grcar<T>(Index);                                              \
    template Eigen::MatrixX<T> lehmer<T>(Index);                                             \
    template Eigen::MatrixX<T> moler<T>(Index);                                              \
    template Eigen::MatrixX<T> lotkin<T>(Index);                                             \
    template Eigen::MatrixX<T> clement<T>(Index);                                            \
    template Eigen::MatrixX<T> pei<T>(Index, double);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE
template Eigen::MatrixX<std::complex<float>> dft<std::complex<float>>(Index, DftScale);
template Eigen::MatrixX<std::complex<double>> dft<std::complex<double>>(Index, DftScale);

}  // namespace ritz::linalg
