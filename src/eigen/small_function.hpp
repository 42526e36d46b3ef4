// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// f of numbers and of small dense matrices, for the projections of large ones.

#include <complex>
#include <optional>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/eigen/matrix_function.hpp"

namespace ritz::eigen {

/// What the answer may be and where eigenvalues can lie.
struct FunctionDomain {
    bool real_answer = false;   ///< a number with an imaginary part cannot be returned
    bool on_real_axis = false;  ///< eigenvalues are real for certain, so that a cut there is met from one side only
    double rounding = 0;        ///< eigenvalues are known up to this
};

/// f(z). What f throws.
std::complex<double> value_of(const MatrixFunction& f, std::complex<double> z);

/// Why f cannot be taken at the eigenvalue z: "inverse_sqrt has a pole at 0, and 1e-18 is an eigenvalue to rounding".
std::optional<std::string> obstacle(const MatrixFunction& f, std::complex<double> z, const FunctionDomain& domain);

/// f(H) e₁ with H given; trouble says why there is none. `rounding` estimates ‖error‖ due to rounding in H and in f.
struct FirstColumn {
    Eigen::VectorXcd y;
    /// Of sign, ‖H‖ (H²)^(-1/2) e₁, else empty: sign is constant beside its jump, so that approximations can agree for
    /// many steps before an eigenvalue on the other side shows. This one agrees only when it is resolved.
    Eigen::VectorXcd witness;
    double rounding = 0;
    std::string trouble;
};

/// f(t H) e₁ of a Hermitian H by its eigenvalues θ and eigenvectors; scale: ‖H‖; u: rounding of the products that made
/// it. The norm of the error by rounding is estimated as 4u (max |f| + ‖tH‖ max |f'|) over the eigenvalues. O(k²).
FirstColumn function_of_tridiagonal(const MatrixFunction& f, const Eigen::VectorXd& theta,
                                    const Eigen::MatrixXd& vectors, std::complex<double> t, double scale, double u,
                                    bool real_answer);

/// f(H) e₁ of a general matrix H. `judge`: rounding is estimated by three perturbations, at four times the price.
/// O(k³).
FirstColumn function_of_dense(const MatrixFunction& f, const Eigen::MatrixXcd& H, double u, bool real_answer,
                              bool judge);

}  // namespace ritz::eigen
