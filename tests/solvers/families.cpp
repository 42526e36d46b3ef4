// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/families.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"

namespace families {

namespace {

using ritz::Random;
using Complex = std::complex<double>;

int below(Random& random, int bound) {
    return static_cast<int>(random.below(static_cast<std::uint64_t>(bound)));
}

/// Ten to a random power.
double magnitude(Random& random, double low, double high) {
    return std::pow(10.0, random.uniform(low, high));
}

/// Two to a random power.
double power(Random& random, int low, int high) {
    return std::ldexp(1.0, low + below(random, high - low + 1));
}

Matrix identity(int n) {
    return Matrix::Identity(n, n);
}

Matrix noise(Random& random, int n, double density) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            if (random.uniform() < density) M(i, j) = random.uniform(-1, 1);
    return M;
}

ComplexMatrix complex_noise(Random& random, int n, double density) {
    ComplexMatrix M = ComplexMatrix::Zero(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
            if (random.uniform() < density) M(i, j) = {random.uniform(-1, 1), random.uniform(-1, 1)};
    return M;
}

Matrix integers(Random& random, int n, int spread) {
    Matrix M(n, n);
    for (double& a : M.reshaped()) a = static_cast<double>(below(random, 2 * spread + 1) - spread);
    return M;
}

void join(Matrix& M, int i, int j, double w) {
    M(i, i) += w, M(j, j) += w, M(i, j) -= w, M(j, i) -= w;
}

Matrix laplacian(Random& random, int n, bool weighted) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i + 1 < n; ++i) join(M, i, i + 1, weighted ? 1.0 / (3 + below(random, 7)) : 1);
    return M;
}

Matrix orthogonal(Random& random, int n) {
    Matrix Q = identity(n);
    for (int k = 0; k < n; ++k) {
        Eigen::VectorXd v(n);
        for (double& a : v) a = random.normal();
        Q -= v * (v.transpose() * Q) * (2 / v.squaredNorm());
    }
    return Q;
}

std::vector<int> permutation(Random& random, int n) {
    std::vector<int> p(static_cast<std::size_t>(n));
    std::iota(p.begin(), p.end(), 0);
    for (int i = n; i > 1; --i)
        std::swap(p[static_cast<std::size_t>(i - 1)], p[static_cast<std::size_t>(below(random, i))]);
    return p;
}

Matrix permuted(Random& random, const Matrix& M) {
    const int n = static_cast<int>(M.rows());
    return M(permutation(random, n), permutation(random, n));
}

Matrix saddle(Random& random, int n, const Matrix& block, double corner) {
    const int p = static_cast<int>(block.rows());
    Matrix M = Matrix::Zero(n, n);
    M.topLeftCorner(p, p) = block;
    const Matrix B = noise(random, n, 0.5).topLeftCorner(n - p, p);
    M.bottomLeftCorner(n - p, p) = B;
    M.topRightCorner(p, n - p) = B.transpose();
    M.bottomRightCorner(n - p, n - p).diagonal().setConstant(-corner);
    return M;
}

Matrix tridiagonal(int n, double lower, double diagonal, double upper) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i < n; ++i) {
        M(i, i) = diagonal;
        if (i + 1 < n) M(i + 1, i) = lower, M(i, i + 1) = upper;
    }
    return M;
}

Matrix band(Random& random, int n, int lower, int upper) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i < n; ++i)
        for (int j = std::max(0, i - lower); j <= std::min(n - 1, i + upper); ++j) M(i, j) = random.uniform(-1, 1);
    return M;
}

/// Conductances between nodes, each to ground with some probability; a few sources that break the symmetry.
Matrix circuit(Random& random, int n, double range) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 1; i < n; ++i) join(M, i, below(random, i), magnitude(random, -range, range));
    for (int k = 0; k < n / 2; ++k) {
        const int i = below(random, n), j = below(random, n);
        if (i != j) join(M, i, j, magnitude(random, -range, range));
    }
    for (int i = 0; i < n; ++i)
        if (i == 0 || random.uniform() < 0.2) M(i, i) += magnitude(random, -range, range);
    for (int k = 0; k < n / 4; ++k) M(below(random, n), below(random, n)) += magnitude(random, -range, 0);
    return M;
}

Matrix components(Random& random, int n) {
    Matrix M = Matrix::Zero(n, n);
    for (int i = 0; i + 1 < n; ++i)
        if (random.uniform() < 0.7) join(M, i, i + 1, 1 + below(random, 5));
    const std::vector<int> p = permutation(random, n);
    return M(p, p);
}

Matrix from_gallery(const Eigen::MatrixXd& M) {
    return M;
}
Matrix from_gallery(const ritz::Csr<double>& A) {
    return ritz::to_dense(A);
}

}  // namespace

const std::vector<Family>& small() {
    static const std::vector<Family> all{
        {"sparse_noise", [](Random& r, int n) { return noise(r, n, 3.0 / n); }},
        {"dense_noise", [](Random& r, int n) { return noise(r, n, 1); }},
        {"dominant", [](Random& r, int n) -> Matrix { return noise(r, n, 4.0 / n) + 4 * identity(n); }},
        {"spd",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 3.0 / n);
             return G * G.transpose() + 1e-3 * identity(n);
         }},
        {"nearly_spd",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 3.0 / n), S = G * G.transpose();
             return S + magnitude(r, -18, -6) * identity(n);
         }},
        {"indefinite",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 3.0 / n);
             return G + G.transpose();
         }},
        {"saddle",
         [](Random& r, int n) {
             const int p = 2 * n / 3;
             return saddle(r, n, laplacian(r, p, false) + identity(p), 0);
         }},
        {"saddle_of_singular_block",
         [](Random& r, int n) {
             const int p = 2 * n / 3;
             return saddle(r, n, laplacian(r, p, true), 0);
         }},
        {"saddle_of_indefinite_block",
         [](Random& r, int n) {
             const int p = 2 * n / 3;
             const Matrix G = noise(r, p, 0.5);
             return saddle(r, n, G + G.transpose(), 0);
         }},
        {"saddle_of_zero_block", [](Random& r, int n) { return saddle(r, n, Matrix::Zero(n / 2, n / 2), 0); }},
        {"saddle_with_large_penalty",
         [](Random& r, int n) {
             const int p = 2 * n / 3;
             return saddle(r, n, magnitude(r, 0, 12) * identity(p), magnitude(r, -16, 0));
         }},
        {"quasi_definite",
         [](Random& r, int n) {
             const int p = n / 2 + 1;
             const Matrix G = noise(r, p, 0.5);
             return saddle(r, n, G * G.transpose() + magnitude(r, -12, 0) * identity(p), magnitude(r, -12, 0));
         }},
        {"interior_point",
         [](Random& r, int n) {  // late in the iteration: a diagonal of very small and very large numbers
             const int p = 2 * n / 3;
             Matrix H = Matrix::Zero(p, p);
             for (int i = 0; i < p; ++i) H(i, i) = magnitude(r, -9, 9);
             return saddle(r, n, H, 1e-8);
         }},
        {"laplacian", [](Random& r, int n) { return laplacian(r, n, false); }},
        {"weighted_laplacian", [](Random& r, int n) { return laplacian(r, n, true); }},
        {"shifted_laplacian",
         [](Random& r, int n) -> Matrix { return laplacian(r, n, true) + magnitude(r, -18, -8) * identity(n); }},
        {"laplacian_and_power_of_two",
         [](Random& r, int n) {
             Matrix M = laplacian(r, n, false);
             M(below(r, n), below(r, n)) += power(r, -60, -20);
             return M;
         }},
        {"laplacian_components", components},
        {"laplacian_of_wide_weights",
         [](Random& r, int n) {
             Matrix M = Matrix::Zero(n, n);
             for (int i = 1; i < n; ++i) join(M, i, below(r, i), power(r, -30, 30));
             return M;
         }},
        {"circuit", [](Random& r, int n) { return circuit(r, n, 6); }},
        {"wild_circuit", [](Random& r, int n) { return circuit(r, n, 12); }},
        {"low_rank",
         [](Random& r, int n) -> Matrix {
             const Matrix G = noise(r, n, 0.5), H = noise(r, n, 0.5);
             const int k = 1 + below(r, n);
             return G.leftCols(k) * H.topRows(k);
         }},
        {"dependent_column",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 4.0 / n) + identity(n);
             if (n > 2) M.col(n - 1) = M.col(0) + M.col(n / 2);
             return M;
         }},
        {"almost_dependent_row",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 4.0 / n) + identity(n);
             if (n > 2) M.row(n - 1) = M.row(0) - M.row(1) + magnitude(r, -20, -8) * M.row(n - 1);
             return M;
         }},
        {"duplicate_rows",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 1);
             M.row(n - 1) = M.row(0) * power(r, -3, 3);
             return M;
         }},
        {"nearly_parallel_columns",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 1);
             for (int j = 1; j < n; ++j) M.col(j) = M.col(0) + power(r, -60, -2) * M.col(j);
             return M;
         }},
        {"integer_singular",
         [](Random& r, int n) {
             Matrix M = integers(r, n, 3);
             M.row(n - 1) = M.topRows(n - 1).colwise().sum();
             return M;
         }},
        {"integer_singular_and_power_of_two",
         [](Random& r, int n) {
             Matrix M = integers(r, n, 3);
             M.row(n - 1) = M.topRows(n - 1).colwise().sum();
             M(below(r, n), below(r, n)) += power(r, -52, -20);
             return M;
         }},
        {"integers", [](Random& r, int n) { return integers(r, n, 2); }},
        {"structurally_singular",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 5.0 / n);
             M.col(below(r, n)).setZero();
             return M;
         }},
        {"hilbert", [](Random&, int n) { return from_gallery(ritz::hilbert(n)); }},
        {"inverse_hilbert", [](Random&, int n) { return from_gallery(ritz::inverse_hilbert(n)); }, {}, 12},
        {"lotkin", [](Random&, int n) { return from_gallery(ritz::lotkin(n)); }},
        {"cauchy",
         [](Random& r, int n) {
             Eigen::VectorXd x(n), y(n);
             for (int i = 0; i < n; ++i) x[i] = i + r.uniform(0.1, 0.9), y[i] = i + r.uniform(0.1, 0.9);
             return from_gallery(ritz::cauchy(x, y));
         }},
        {"prolate", [](Random& r, int n) { return from_gallery(ritz::prolate(n, r.uniform(0.05, 0.45))); }},
        {"dorr", [](Random& r, int n) { return from_gallery(ritz::dorr(n, magnitude(r, -6, 0))); }},
        {"lehmer", [](Random&, int n) { return from_gallery(ritz::lehmer(n)); }},
        {"moler", [](Random&, int n) { return from_gallery(ritz::moler(n)); }},
        {"rosser", [](Random&, int) { return from_gallery(ritz::rosser()); }},
        {"pascal", [](Random&, int n) { return from_gallery(ritz::pascal(n)); }},
        {"frank", [](Random&, int n) { return from_gallery(ritz::frank(n)); }},
        {"grcar", [](Random&, int n) { return from_gallery(ritz::grcar(n)); }},
        {"clement", [](Random&, int n) { return from_gallery(ritz::clement(n)); }},
        {"pei", [](Random& r, int n) { return from_gallery(ritz::pei(n, magnitude(r, -14, 2))); }},
        {"chebyshev_derivative",
         [](Random& r, int n) {  // singular; without one row and column, a boundary value problem
             const Matrix D = ritz::chebyshev_differentiation(n + 1);
             return r.uniform() < 0.3 ? Matrix(D) : Matrix(D.bottomRightCorner(n, n));
         }},
        {"gallery_nilpotent", [](Random& r, int) { return r.uniform() < 0.5 ? ritz::gallery3() : ritz::gallery5(); }},
        {"wilkinson_tridiagonal",
         [](Random& r, int n) -> Matrix {  // less an eigenvalue, or not
             const Matrix W = ritz::to_dense(ritz::wilkinson_tridiagonal(n));
             return r.uniform() < 0.5 ? W : Matrix(W - 10.746194182903322 * identity(n));
         }},
        {"companion",
         [](Random& r, int n) {
             Matrix M = Matrix::Zero(n, n);
             for (int i = 0; i + 1 < n; ++i) M(i + 1, i) = 1;
             for (int i = 0; i < n; ++i) M(i, n - 1) = r.uniform(-1, 1) * magnitude(r, -8, 8);
             return M;
         }},
        {"graded_singular_values",
         [](Random& r, int n) -> Matrix {
             Eigen::VectorXd s(n);
             const double last = r.uniform(0, 18);
             for (int i = 0; i < n; ++i) s[i] = std::pow(10.0, -last * i / std::max(1, n - 1));
             return orthogonal(r, n) * s.asDiagonal() * orthogonal(r, n);
         }},
        {"graded",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 1);
             for (int i = 0; i < n; ++i) M.row(i) *= std::pow(10.0, -i), M.col(i) *= std::pow(10.0, -i / 2.0);
             return M;
         }},
        {"growth",
         [](Random& r, int n) {
             Matrix M = identity(n);
             for (int i = 0; i < n; ++i)
                 for (int j = 0; j < i; ++j) M(i, j) = -1 + 1e-3 * r.uniform();
             M.col(n - 1).setOnes();
             return M;
         }},
        {"kahan",
         [](Random& r, int n) {
             const double theta = r.uniform(0.5, 1.4), s = std::sin(theta), c = std::cos(theta);
             Matrix M = identity(n);
             for (int i = 0; i < n; ++i) {
                 for (int j = i + 1; j < n; ++j) M(i, j) = -c;
                 M.row(i) *= std::pow(s, i);
             }
             return M;
         }},
        {"tiny_pivot",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 4.0 / n) + Matrix(noise(r, n, 4.0 / n).transpose());
             for (int i = 0; i < n; ++i) M(i, i) = magnitude(r, -22, 0);
             for (int i = 0; i + 1 < n; ++i) M(i, i + 1) = M(i + 1, i) = 1;
             return M;
         }},
        {"vandermonde",
         [](Random& r, int n) {
             Matrix M(n, n);
             for (int i = 0; i < n; ++i) {
                 const double t = r.uniform(-1, 1);
                 for (int j = 0; j < n; ++j) M(i, j) = std::pow(t, j);
             }
             return M;
         }},
        {"triangular",
         [](Random& r, int n) -> Matrix {
             return Matrix(noise(r, n, 0.6).triangularView<Eigen::StrictlyUpper>()) + identity(n);
         }},
        {"ill_conditioned_triangular",
         [](Random& r, int n) -> Matrix {  // condition 2^n and more while every pivot is 1
             Matrix M = Matrix::Constant(n, n, -r.uniform(1, 8)).triangularView<Eigen::StrictlyUpper>();
             return permuted(r, M + identity(n));
         }},
        {"block_triangular",
         [](Random& r, int n) {
             Matrix M = noise(r, n, 0.7);
             const int p = 1 + below(r, n - 1);
             M.bottomLeftCorner(n - p, p).setZero();
             if (r.uniform() < 0.3 && p > 1) M.col(0).head(p) = M.col(1).head(p) * 2;  // a singular block
             return permuted(r, M);
         }},
        {"skew_symmetric",
         [](Random& r, int n) -> Matrix {  // singular for odd n
             const Matrix G = noise(r, n, 0.7);
             return G - G.transpose();
         }},
        {"arrow",
         [](Random& r, int n) {
             Matrix M = Matrix::Zero(n, n);
             for (int i = 0; i < n; ++i) M(i, i) = magnitude(r, -8, 0), M(0, i) = r.uniform(), M(i, 0) = r.uniform();
             return M;
         }},
        {"symmetric_arrow",
         [](Random& r, int n) {  // the Schur complement of the corner vanishes, or nearly
             Matrix M = identity(n);
             double sum = 0;
             for (int i = 1; i < n; ++i) M(0, i) = M(i, 0) = 1 + below(r, 3), sum += M(0, i) * M(0, i);
             M(0, 0) = sum + (r.uniform() < 0.5 ? 0 : power(r, -50, 0));
             return M;
         }},
        {"banded", [](Random& r, int n) { return band(r, n, 1 + below(r, 3), below(r, 3)); }},
        {"circulant",
         [](Random& r, int n) {
             const Matrix c = integers(r, n, 2);
             Matrix M(n, n);
             for (int i = 0; i < n; ++i)
                 for (int j = 0; j < n; ++j) M(i, j) = c(0, (j - i + n) % n);
             return M;
         }},
        {"toeplitz",
         [](Random& r, int n) {
             const double ratio = r.uniform(0.1, 3);
             return tridiagonal(n, ratio, -1, 1 / ratio);
         }},
        {"permuted_diagonal",
         [](Random& r, int n) {
             Matrix M = Matrix::Zero(n, n);
             for (int i = 0; i < n; ++i) M(i, i) = magnitude(r, -15, 15) * (r.uniform() < 0.5 ? -1 : 1);
             return r.uniform() < 0.3 ? M : permuted(r, M);
         }},
        {"rank_one_update",
         [](Random& r, int n) -> Matrix {  // I - (1 - δ) u uᵀ / uᵀu
             Eigen::VectorXd u(n);
             for (double& a : u) a = 1 + below(r, 4);
             return identity(n) - u * u.transpose() * ((1 - magnitude(r, -18, -1)) / u.squaredNorm());
         }},
        {"complex_symmetric",
         {},
         [](Random& r, int n) -> ComplexMatrix {
             const ComplexMatrix G = complex_noise(r, n, 0.6);
             return G + G.transpose();
         }},
        {"shifted_complex_symmetric",
         {},
         [](Random& r, int n) -> ComplexMatrix {  // a damped oscillation, the damping small
             const ComplexMatrix L = laplacian(r, n, false).cast<Complex>();
             return L - Complex(r.uniform(0, 4), -magnitude(r, -16, 0)) * ComplexMatrix::Identity(n, n);
         }},
        {"hermitian_indefinite",
         {},
         [](Random& r, int n) -> ComplexMatrix {
             const ComplexMatrix G = complex_noise(r, n, 0.6);
             return G + G.adjoint();
         }},
        {"hermitian_definite",
         {},
         [](Random& r, int n) -> ComplexMatrix {
             const ComplexMatrix G = complex_noise(r, n, 0.6), S = G * G.adjoint();
             ComplexMatrix H = (S + S.adjoint()) / 2;
             H.diagonal() = H.diagonal().real().cast<Complex>();
             return H + magnitude(r, -16, 0) * ComplexMatrix::Identity(n, n);
         }},
        {"complex_dense", {}, [](Random& r, int n) { return complex_noise(r, n, 1); }},
        {"complex_dependent",
         {},
         [](Random& r, int n) {
             ComplexMatrix M = complex_noise(r, n, 1);
             M.col(n - 1) = M.col(0) * Complex(0, 1) + power(r, -60, -10) * M.col(n - 1);
             return M;
         }},
        {"magnetic_laplacian",
         {},
         [](Random& r, int n) {  // Hermitian, edges with phases; singular when they cancel round the cycle
             ComplexMatrix M = ComplexMatrix::Zero(n, n);
             const double twist = r.uniform() < 0.5 ? 0 : magnitude(r, -10, 0);
             for (int i = 0; i < n; ++i) {
                 const int j = (i + 1) % n;
                 const Complex phase = i + 1 == n ? std::polar(1.0, twist) : Complex(1);
                 M(i, i) += 1, M(j, j) += 1, M(i, j) -= phase, M(j, i) -= std::conj(phase);
             }
             return M;
         }},
        {"fourier",
         {},
         [](Random&, int n) {
             ComplexMatrix M(n, n);
             for (int i = 0; i < n; ++i)
                 for (int j = 0; j < n; ++j) M(i, j) = std::polar(1.0, 2 * std::numbers::pi * ((i * j) % n) / n);
             return M;
         }},
    };
    return all;
}

const std::vector<Family>& large() {
    static const std::vector<Family> all{
        {"poisson", [](Random&, int n) { return from_gallery(ritz::poisson2d(n / 10, 10)); }},
        {"convection",
         [](Random& r, int n) { return from_gallery(ritz::convection_diffusion2d(n / 10, 10, magnitude(r, -6, 0))); }},
        {"helmholtz", [](Random& r, int n) { return from_gallery(ritz::helmholtz2d(n / 10, 10, r.uniform(1, 30))); }},
        {"stokes",
         [](Random& r, int n) { return from_gallery(ritz::stokes2d(n / 20, 6, {.viscosity = magnitude(r, -6, 3)})); }},
        {"closed_stokes",
         [](Random&, int n) {
             return from_gallery(ritz::stokes2d(n / 20, 6, {.viscosity = 1, .pin_pressure = false}));
         }},
        {"elasticity",
         [](Random& r, int n) {
             return from_gallery(ritz::elasticity2d(n / 12, 4, {.poisson = 0.5 - magnitude(r, -8, -1)}));
         }},
        {"grid_laplacian", [](Random&, int n) { return from_gallery(ritz::grid_laplacian(n / 10, 10)); }},
        {"path_laplacian", [](Random&, int n) { return from_gallery(ritz::path_laplacian(n)); }},
        {"weighted_path", [](Random& r, int n) { return laplacian(r, n, true); }},
        {"shifted_path",
         [](Random& r, int n) -> Matrix { return laplacian(r, n, true) + magnitude(r, -18, -6) * identity(n); }},
        {"random_graph", [](Random& r, int n) { return from_gallery(ritz::random_graph_laplacian(n, 2.5, r.bits())); }},
        {"circuit", [](Random& r, int n) { return circuit(r, n, 6); }},
        {"banded", [](Random& r, int n) { return band(r, n, 3, 2); }},
        {"sparse_noise", [](Random& r, int n) -> Matrix { return noise(r, n, 3.0 / n) + 0.3 * identity(n); }},
        {"arrow", [](Random&, int n) { return from_gallery(ritz::arrow(n)); }},
        {"growth", [](Random&, int n) { return from_gallery(ritz::wilkinson_growth(n / 2)); }},
        {"dorr", [](Random& r, int n) { return from_gallery(ritz::dorr(n, magnitude(r, -3, 0))); }},
        {"saddle",
         [](Random& r, int n) {
             const int p = 2 * n / 3;
             Matrix M = saddle(r, n, laplacian(r, p, false) + identity(p), 0);
             for (int i = p; i < n; ++i)
                 for (int j = 0; j < p; ++j)
                     if (j % (n - p) != i - p) M(i, j) = M(j, i) = 0;
             return M;
         }},
        {"grcar", [](Random&, int n) { return from_gallery(ritz::grcar(n)); }},
        {"block_diagonal",
         [](Random& r, int n) {  // many small blocks, sometimes one of them singular
             Matrix M = Matrix::Zero(n, n);
             for (int i = 0; i + 4 <= n; i += 4) M.block(i, i, 4, 4) = noise(r, 4, 1);
             M.bottomRightCorner(n % 4, n % 4) = identity(n % 4);
             if (r.uniform() < 0.3) M.row(5) = M.row(4);
             return permuted(r, M);
         }},
        {"absorbing",
         {},
         [](Random& r, int n) { return ritz::to_dense(ritz::helmholtz2d_absorbing(n / 10, 10, r.uniform(1, 30))); }},
    };
    return all;
}

const char* name(Scaling scaling) {
    constexpr const char* names[scalings] = {"none",      "rows", "columns",   "huge",  "tiny", "mildly_symmetric",
                                             "symmetric", "both", "subnormal", "graded"};
    return names[static_cast<int>(scaling)];
}

Exponents exponents(Scaling scaling, Random& random, int n, int range, int largest_exponent) {
    Exponents e{std::vector<int>(static_cast<std::size_t>(n), 0), std::vector<int>(static_cast<std::size_t>(n), 0)};
    const int whole = range * 1000 / 1024, wide = range * 400 / 1024;
    const auto any = [&](int spread) { return below(random, 2 * spread + 1) - spread; };
    const auto all_rows = [&](int exponent) {
        std::fill(e.row.begin(), e.row.end(), exponent);
        e.right = 0;
    };
    switch (scaling) {
        case Scaling::none:
            break;
        case Scaling::rows:
            for (int& a : e.row) a = any(wide);
            break;
        case Scaling::columns:
            for (int& a : e.col) a = any(wide);
            break;
        case Scaling::huge:
            all_rows(whole - largest_exponent);
            break;
        case Scaling::tiny:
            all_rows(-whole - largest_exponent);
            break;
        case Scaling::mildly_symmetric:
        case Scaling::symmetric: {
            const int spread = scaling == Scaling::symmetric ? wide : range * 60 / 1024;
            for (std::size_t i = 0; i < e.row.size(); ++i) e.row[i] = e.col[i] = any(spread);
            break;
        }
        case Scaling::both:
            for (int& a : e.row) a = any(wide * 3 / 4);
            for (int& a : e.col) a = any(wide * 3 / 4);
            break;
        case Scaling::subnormal:  // the largest element keeps all its digits, others lose some
            all_rows(-(range - 2) - below(random, 12) - largest_exponent);
            break;
        case Scaling::graded:
            for (int i = 0; i < n; ++i) e.row[static_cast<std::size_t>(i)] = -i * range / (4 * n);
            for (int i = 0; i < n; ++i) e.col[static_cast<std::size_t>(i)] = i * range / (5 * n);
            e.right = any(range / 5);
            break;
    }
    return e;
}

}  // namespace families
