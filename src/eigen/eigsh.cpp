// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/eigen/eigsh.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "eigen/hermitian_solver.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "solvers/krylov/run.hpp"

namespace ritz {

namespace {

constexpr std::array methods_in_order{EigshMethod::automatic,    EigshMethod::dense,    EigshMethod::lanczos,
                                      EigshMethod::shift_invert, EigshMethod::filtered, EigshMethod::spectra};
constexpr std::array<std::string_view, methods_in_order.size()> method_names{"auto",         "dense",    "lanczos",
                                                                             "shift_invert", "filtered", "spectra"};

void check_options(Index n, Index k, const EigshOptions& options) {
    using detail::require;
    require(k >= 1 && k <= n,
            "eigsh: k must be in 1 … " + std::to_string(n) + ", the order of A, and is " + std::to_string(k));
    require(options.rtol >= 0 && options.rtol < 1, "eigsh: rtol must be in [0, 1)");
    require(!options.sigma || std::isfinite(*options.sigma), "eigsh: sigma must be finite");
    require(options.subspace == 0 || options.subspace > k, "eigsh: subspace must be larger than k");
    require(options.block >= 0 && options.block <= 64, "eigsh: block must be in 0 … 64");
    require(options.max_seconds >= 0, "eigsh: max_seconds must not be negative");
    require(options.which <= Which::both_ends,
            "eigsh: which must be one of LM, SM, LA, SA, BE; eigenvalues are real here");
    require(options.transform == SpectralTransform::shift_invert || (options.sigma && *options.sigma != 0),
            "eigsh: buckling and Cayley mode need a sigma other than 0");
}

template <Scalar T>
EigshResult<T> solve_matrices(const CsrView<T>& A, const std::optional<CsrView<T>>& M, Index k,
                              const EigshOptions& options) {
    eigen::ScaledPencil<T> scaled(A, M, "eigsh");
    check_options(A.rows(), k, options);
    if (options.transform != SpectralTransform::buckling) scaled.require_semidefinite_mass("eigsh");
    EigshResult<T> answer = eigen::HermitianSolver<T>(eigen::problem_of(scaled), k, options).solve();
    if (scaled.symmetrised())
        answer.report.warnings.push_back("A or M is symmetric to rounding only; eigenpairs are those of (A + Aᴴ)/2");
    return answer;
}

/// 2^-exponent B.
template <Scalar T>
class ScaledOperator {
public:
    ScaledOperator(LinearOperatorRef<T> B, int exponent) : B_(B), exponent_(exponent) {}
    Index rows() const noexcept { return B_.rows(); }
    Index cols() const noexcept { return B_.cols(); }
    void apply(VectorView<T> x, VectorRef<T> y) const {
        B_.apply(x, y);
        if (exponent_ != 0)
            for (T& a : y) a = detail::scale_by_power(a, -exponent_);
    }
    void apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& X, Eigen::Ref<Eigen::MatrixX<T>> Y) const {
        B_.apply_block(X, Y);
        if (exponent_ != 0) Y = Y.unaryExpr([this](T a) { return detail::scale_by_power(a, -exponent_); });
    }

private:
    LinearOperatorRef<T> B_;
    int exponent_;
};

/// Looks at an operator: its scale, and whether it is Hermitian as far as two random vectors tell.
template <Scalar T>
int examined(const LinearOperatorRef<T>& B, const char* letter, bool& finite) {
    const std::string prefix = std::string("eigsh: ") + letter;
    detail::require(B.rows() == B.cols(), prefix + " must be square");
    const auto n = static_cast<std::size_t>(B.rows());
    if (n == 0) return 0;
    Buffer<T> x = random_vector<T>(B.rows(), 11), y = random_vector<T>(B.rows(), 12), Bx(n), By(n);
    B.apply(x, Bx);
    B.apply(y, By);
    finite = all_finite(Bx) && all_finite(By);
    if (!finite) return 0;
    const double size = static_cast<double>(norm_inf(Bx));
    int exponent = size > 0 ? std::ilogb(size) / 2 * 2 : 0;
    if (std::abs(exponent) <= iterative::scale_limit<T> / 2) exponent = 0;
    for (T& a : Bx) a = detail::scale_by_power(a, -exponent);
    for (T& a : By) a = detail::scale_by_power(a, -exponent);
    const std::complex<double> yBx(dot(y, Bx)), xBy(dot(x, By));
    const double scale = static_cast<double>(norm2(y)) * static_cast<double>(norm2(Bx)) +
                         static_cast<double>(norm2(x)) * static_cast<double>(norm2(By));
    const double rounding = 1e3 * static_cast<double>(std::numeric_limits<Real<T>>::epsilon());
    detail::require(std::abs(yBx - std::conj(xBy)) <= rounding * scale,
                    prefix + " is not Hermitian: yᴴ (A x) and (A y)ᴴ x differ for random x and y");
    return exponent;
}

}  // namespace

std::string_view name(EigshMethod method) noexcept {
    const auto place = static_cast<std::size_t>(method);
    return place < method_names.size() ? method_names[place] : "unknown";
}

std::span<const EigshMethod> all_eigsh_methods() noexcept {
    return methods_in_order;
}

template <Scalar T>
EigshResult<T> eigsh(const CsrView<T>& A, Index k, const EigshOptions& options) {
    return solve_matrices<T>(A, {}, k, options);
}

template <Scalar T>
EigshResult<T> eigsh(const CsrView<T>& A, const CsrView<T>& M, Index k, const EigshOptions& options) {
    return solve_matrices<T>(A, M, k, options);
}

template <Scalar T>
EigshResult<T> eigsh(const EigshOperators<T>& operators, Index k, const EigshOptions& options) {
    const Index n = operators.A.rows();
    for (const auto& other : {operators.M, operators.M_inverse, operators.shifted_inverse})
        detail::require(!other || (other->rows() == n && other->cols() == n),
                        "eigsh: all operators must have the shape of A");
    detail::require(!operators.shifted_inverse || options.sigma,
                    "eigsh: shifted_inverse is (A - sigma M)⁻¹, and needs sigma");
    bool finite = true, mass_finite = true;
    const int A_exponent = examined(operators.A, "A", finite);
    check_options(n, k, options);
    const int M_exponent = operators.M ? examined(*operators.M, "M", mass_finite) : 0;
    if (!finite || !mass_finite) {
        EigshResult<T> nothing;
        nothing.vectors.resize(n, 0);
        nothing.report.status = Status::not_finite;
        nothing.report.message = "an operator gave a NaN or an infinity";
        return nothing;
    }
    const ScaledOperator<T> A(operators.A, A_exponent);
    std::optional<ScaledOperator<T>> M, M_inverse, shifted_inverse;
    eigen::HermitianProblem<T> problem{.pencil = {LinearOperatorRef<T>(A)},
                                       .exponent = A_exponent - M_exponent,
                                       .matrix_exponent = A_exponent,
                                       .mass_exponent = M_exponent};
    if (operators.M) problem.pencil.M.emplace(M.emplace(*operators.M, M_exponent));
    if (operators.M_inverse) problem.M_inverse.emplace(M_inverse.emplace(*operators.M_inverse, -M_exponent));
    if (operators.shifted_inverse)
        problem.shifted_inverse.emplace(shifted_inverse.emplace(*operators.shifted_inverse, -A_exponent));
    return eigen::HermitianSolver<T>(std::move(problem), k, options).solve();
}

template <Scalar T>
EigshResult<T> eigsh(const LinearOperatorRef<T>& A, Index k, const EigshOptions& options) {
    return eigsh(EigshOperators<T>{A}, k, options);
}

#define INSTANTIATE(T)                                                                               \
    template EigshResult<T> eigsh(const CsrView<T>&, Index, const EigshOptions&);                    \
    template EigshResult<T> eigsh(const CsrView<T>&, const CsrView<T>&, Index, const EigshOptions&); \
    template EigshResult<T> eigsh(const EigshOperators<T>&, Index, const EigshOptions&);             \
    template EigshResult<T> eigsh(const LinearOperatorRef<T>&, Index, const EigshOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz
