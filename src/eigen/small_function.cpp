// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/small_function.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <unsupported/Eigen/MatrixFunctions>

#include "ritz/core/random.hpp"

namespace ritz::eigen {

namespace {

using Complex = std::complex<double>;
constexpr Complex i{0, 1};

/// a z; real numbers stay on the upper side of a cut along the real axis, (−2, 0) and not (−2, −0).
Complex times(Complex z, double a) {
    return {z.real() * a, z.imag() * a + 0.0};
}

std::string text(Complex z) {
    std::ostringstream out;
    out.precision(4);
    out << z.real();
    if (z.imag() != 0) out << (z.imag() < 0 ? " - " : " + ") << std::abs(z.imag()) << "i";
    return out.str();
}

bool is_finite(Complex z) {
    return std::isfinite(z.real()) && std::isfinite(z.imag());
}

Complex phi1(Complex z) {
    if (std::abs(z) > 0.5) return (std::exp(z) - 1.0) / z;
    Complex sum = 1, term = 1;
    for (int k = 2; k < 20; ++k) sum += term *= z / static_cast<double>(k);  // Σ zᵏ / (k + 1)!
    return sum;
}

}  // namespace

Complex value_of(const MatrixFunction& f, Complex z) {
    if (!f.named) return f.value(z);
    switch (*f.named) {
        case Function::exp:
            return std::exp(z);
        case Function::sqrt:
            return std::sqrt(z);
        case Function::inverse_sqrt:
            return 1.0 / std::sqrt(z);
        case Function::log:
            return std::log(z);
        case Function::sign:
            return z.real() > 0 ? 1.0 : -1.0;
        case Function::cos:
            return std::cos(z);
        case Function::sin:
            return std::sin(z);
        case Function::phi1:
            return phi1(z);
    }
    return std::numeric_limits<double>::quiet_NaN();
}

std::optional<std::string> obstacle(const MatrixFunction& f, Complex z, const FunctionDomain& domain) {
    if (!is_finite(z)) return "a Ritz value of tA is not representable";
    if (!f.named) return {};
    const std::string who(name(*f.named));
    const bool zero = std::abs(z) <= domain.rounding;
    const bool cut = z.real() < -domain.rounding && std::abs(z.imag()) <= domain.rounding;
    switch (*f.named) {
        case Function::inverse_sqrt:
        case Function::log:
            if (zero) return who + " is infinite at 0, and " + text(z) + " is a Ritz value of tA that is 0 to rounding";
            break;
        case Function::sign:
            if (std::abs(z.real()) <= domain.rounding)
                return "sign jumps on the imaginary axis, and the Ritz value " + text(z) +
                       " of tA lies there to rounding";
            return {};
        case Function::sqrt:
            break;
        default:
            return {};
    }
    if (cut && domain.real_answer)
        return who + " is not real on the negative axis, where tA has the Ritz value " + text(z) +
               ": for a complex answer give a complex A";
    if (cut && !domain.on_real_axis)
        return who + " jumps across the negative axis, where tA has the Ritz value " + text(z) + " to rounding";
    return {};
}

FirstColumn function_of_tridiagonal(const MatrixFunction& f, const Eigen::VectorXd& theta,
                                    const Eigen::MatrixXd& vectors, Complex t, double scale, double u,
                                    bool real_answer) {
    const Eigen::Index k = theta.size();
    FirstColumn result;
    result.y = Eigen::VectorXcd::Zero(k);
    const FunctionDomain domain{
        .real_answer = real_answer, .on_real_axis = t.imag() == 0, .rounding = 32 * u * scale * std::abs(t)};
    Eigen::VectorXcd values(k);
    double largest = 0, steepest = 0;
    const double step = std::sqrt(u) * scale * std::abs(t);
    for (Eigen::Index j = 0; j < k; ++j) {
        Complex z = times(t, theta[j]);
        if (auto trouble = obstacle(f, z, domain)) {
            result.trouble = *std::move(trouble);
            return result;
        }
        // An eigenvalue 0 of a semidefinite matrix may come out as -10⁻¹⁷.
        if (f.named == Function::sqrt && std::abs(z) <= domain.rounding && z.real() < 0) z = 0;
        values[j] = value_of(f, z);
        if (!is_finite(values[j])) {
            result.trouble = "f is not finite at the Ritz value " + text(z);
            return result;
        }
        largest = std::max(largest, std::abs(values[j]));
        if (step > 0)
            for (const double side : {step, -step}) {
                const Complex neighbour = times(t, theta[j] + side / std::abs(t));
                if (obstacle(f, neighbour, domain)) continue;
                const Complex there = value_of(f, neighbour);
                if (is_finite(there)) steepest = std::max(steepest, std::abs(there - values[j]) / step);
            }
    }
    const Eigen::VectorXcd first = vectors.row(0).transpose().cast<Complex>();
    result.y = vectors * values.cwiseProduct(first);
    if (f.named == Function::sign)
        result.witness = vectors * (scale * theta.cwiseAbs().cwiseInverse()).cast<Complex>().cwiseProduct(first);
    // f(H + E) - f(H) is at most about ‖E‖ max |f'|, with ‖E‖ a few u ‖H‖.
    result.rounding = 4 * u * (largest + steepest * scale * std::abs(t));
    return result;
}

namespace {

/// f(H) e₁, or why not.
FirstColumn column_of_dense(const MatrixFunction& f, const Eigen::MatrixXcd& H, double u, bool real_answer) {
    const Eigen::Index k = H.rows();
    FirstColumn result;
    result.y = Eigen::VectorXcd::Zero(k);
    if (!H.allFinite()) {
        result.trouble = "the projected matrix is not finite";
        return result;
    }
    const double scale = H.norm();
    const FunctionDomain domain{.real_answer = real_answer, .on_real_axis = false, .rounding = 32 * u * scale};
    const auto meets_obstacle = [&](const auto& eigenvalues) {
        for (Eigen::Index j = 0; j < eigenvalues.size(); ++j)
            if (auto trouble = obstacle(f, eigenvalues[j], domain)) {
                result.trouble = *std::move(trouble);
                return true;
            }
        return false;
    };
    if (!f.named) {
        const Eigen::ComplexEigenSolver<Eigen::MatrixXcd> solver(H);
        if (solver.info() != Eigen::Success) {
            result.trouble = "the eigenvalues of the projected matrix were not found";
            return result;
        }
        Eigen::VectorXcd values(k);
        for (Eigen::Index j = 0; j < k; ++j) {
            values[j] = f.value(solver.eigenvalues()[j]);
            if (!is_finite(values[j])) {
                result.trouble = "f is not finite at the Ritz value " + text(solver.eigenvalues()[j]);
                return result;
            }
        }
        const Eigen::MatrixXcd& V = solver.eigenvectors();
        const Eigen::PartialPivLU<Eigen::MatrixXcd> factors(V);
        const Eigen::VectorXcd coordinates = factors.solve(Eigen::VectorXcd::Unit(k, 0));
        result.y = V * values.cwiseProduct(coordinates);
        // Each eigenvalue is wrong by κ(V) u ‖H‖, and f times the coordinates is rounded before they are added.
        result.rounding = 4 * u * values.cwiseAbs().maxCoeff() * V.norm() * factors.inverse().norm();
    } else if (*f.named == Function::exp) {
        result.y = H.exp().col(0);
    } else if (*f.named == Function::cos || *f.named == Function::sin) {
        const Eigen::VectorXcd forth = (i * H).exp().col(0), back = (-i * H).exp().col(0);
        result.y = *f.named == Function::cos ? Eigen::VectorXcd((forth + back) / 2.0)
                                             : Eigen::VectorXcd((forth - back) / (2.0 * i));
    } else if (*f.named == Function::phi1) {
        Eigen::MatrixXcd augmented = Eigen::MatrixXcd::Zero(k + 1, k + 1);  // exp [H e₁; 0 0] = [eᴴ φ₁(H) e₁; 0 1]
        augmented.topLeftCorner(k, k) = H;
        augmented(0, k) = 1;
        result.y = augmented.exp().col(k).head(k);
    } else {
        const Eigen::ComplexSchur<Eigen::MatrixXcd> schur(H);
        if (schur.info() != Eigen::Success) {
            result.trouble = "the Schur form of the projected matrix was not found";
            return result;
        }
        const Eigen::MatrixXcd& R = schur.matrixT();
        const Eigen::MatrixXcd& U = schur.matrixU();
        if (meets_obstacle(R.diagonal())) return result;
        const Eigen::VectorXcd e = U.row(0).adjoint();  // Uᴴ e₁
        Eigen::MatrixXcd root = Eigen::MatrixXcd::Zero(k, k);
        const Eigen::MatrixXcd upper = R.triangularView<Eigen::Upper>();
        switch (*f.named) {
            case Function::sqrt:
                Eigen::matrix_sqrt_triangular(upper, root);
                result.y = U * (root.triangularView<Eigen::Upper>() * e);
                break;
            case Function::inverse_sqrt:
                Eigen::matrix_sqrt_triangular(upper, root);
                result.y = U * root.triangularView<Eigen::Upper>().solve(e);
                break;
            case Function::sign: {  // R (R²)^(-1/2)
                const Eigen::MatrixXcd square = upper * upper;
                Eigen::matrix_sqrt_triangular(square, root);
                const Eigen::VectorXcd z = root.triangularView<Eigen::Upper>().solve(e);
                result.witness = scale * (U * z);
                result.y = U * (upper * z);
                break;
            }
            default:
                result.y = U * (upper.log() * e);
                break;
        }
    }
    if (!result.y.allFinite()) result.trouble = "f of the projected matrix is not finite";
    return result;
}

}  // namespace

FirstColumn function_of_dense(const MatrixFunction& f, const Eigen::MatrixXcd& H, double u, bool real_answer,
                              bool judge) {
    FirstColumn result = column_of_dense(f, H, u, real_answer);
    if (!judge || !result.trouble.empty() || H.rows() == 0) return result;
    // ‖f(H + E) e₁ − f(H) e₁‖ with E random, ‖E‖ = size, in the Hessenberg part or everywhere.
    Random random(0xf0f0);
    const auto change = [&](double size, bool everywhere) {
        Eigen::MatrixXcd E = Eigen::MatrixXcd::Zero(H.rows(), H.cols());
        for (Eigen::Index c = 0; c < H.cols(); ++c)
            for (Eigen::Index r = 0; r < (everywhere ? H.rows() : std::min(c + 2, H.rows())); ++r)
                E(r, c) = real_answer ? Complex(random.normal()) : Complex(random.normal(), random.normal());
        const FirstColumn there = column_of_dense(f, H + size / E.norm() * E, u, real_answer);
        return there.trouble.empty() ? (there.y - result.y).stableNorm() : result.y.stableNorm();
    };
    const double scale = H.norm(), root = std::sqrt(u / (static_cast<double>(H.rows()) + 1));
    result.rounding = std::max(result.rounding, 4 * std::sqrt(u) * change(root * scale, false));
    // Products with A and sums over the basis are rounded outside of the Hessenberg part as well, where a matrix far
    // from normal feels it most. A change that is itself of the size of rounding also shows what the evaluation of f
    // makes of rounding: squarings that amplify it differ then.
    for (int sample = 0; sample < 2; ++sample) result.rounding = std::max(result.rounding, change(4 * u * scale, true));
    result.rounding += 4 * u * result.y.stableNorm();
    return result;
}

}  // namespace ritz::eigen
