// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Plain Lanczos with full orthogonalisation, and Gauss quadrature by it: for functions and densities of matrices,
/// where T is wanted and not single eigenpairs.

#include <vector>

#include "eigen/operand.hpp"
#include "ritz/core/eigen.hpp"
#include "solvers/krylov/basis.hpp"

namespace ritz::eigen {

/// A V_k = V_k T_k + β_k v_{k+1} e_kᵀ with orthonormal V, for A = Aᴴ; T has α on its diagonal, β beside it. With `skew`
/// A = -Aᴴ. Of a complex A it is -iA then. Of a real A it is A itself, with zeros on the diagonal of T, β below and -β
/// above it: A V = D⁻¹ (i T') D with the symmetric T' of these α and β, D = diag(1, i, i², …).
template <Scalar T>
class LanczosProcess {
public:
    enum class Step { more, invariant, not_finite };

    /// Room for `capacity` vectors, the start not counted as one more: step() may be called so often.
    /// start ≠ 0 and finite. \throws std::bad_alloc
    LanczosProcess(Operand<T>& A, VectorView<T> start, std::size_t capacity, bool skew = false);

    /// One product, and α and β of it. `invariant`: V_k spans an invariant subspace to rounding, and β_k counts as 0.
    Step step();

    std::size_t size() const noexcept { return alpha_.size(); }
    const std::vector<double>& alpha() const noexcept { return alpha_; }
    const std::vector<double>& beta() const noexcept {
        return beta_;
    }                                                 ///< as many as α; the last couples to what is left
    double scale() const noexcept { return scale_; }  ///< a lower bound of ‖A‖₂: max |α| + |β|
    double start_norm() const noexcept { return start_norm_; }
    const iterative::Basis<T>& basis() const noexcept { return V_; }

private:
    Operand<T>& A_;
    std::size_t n_;
    iterative::Basis<T> V_;
    std::vector<double> alpha_, beta_;
    double scale_ = 0, start_norm_ = 0;
    bool skew_;
};

/// Eigenvalues θ of T, increasing, and the first elements of its eigenvectors, whose squares are the weights of Gauss
/// quadrature: v₁ᴴ f(A) v₁ ≈ Σ f(θ_j) weight_j. `last`: the last elements, which times β are the residuals.
/// \ref G. H. Golub and G. Meurant, Matrices, Moments and Quadrature with Applications (2010), chapter 6.
struct Quadrature {
    Eigen::VectorXd nodes, weights, last;
};
Quadrature quadrature(const std::vector<double>& alpha, const std::vector<double>& beta);

/// Eigenvalues and eigenvectors of T.
struct TridiagonalEigen {
    Eigen::VectorXd values;
    Eigen::MatrixXd vectors;
};
TridiagonalEigen tridiagonal_eigen(const std::vector<double>& alpha, const std::vector<double>& beta);

/// Student's quantile: |t| ≤ this with probability `confidence`, for `freedom` ≥ 1 degrees of freedom.
double student_quantile(double confidence, std::int64_t freedom);

/// Mean and standard error of the mean of samples; the error is infinite for a single one.
struct SampleMean {
    double mean = 0, standard_error = 0;
};
SampleMean sample_mean(const std::vector<double>& samples);

}  // namespace ritz::eigen
