// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Gram matrices of kernels, K(i, j) = k(xᵢ, yⱼ). Points are rows: X is n × d, Y is m × d. Of one set, K is n × n and
/// exactly symmetric (Hermitian); stationary kernels have exact ones on its diagonal. Distances are those of
/// distances.hpp, so that close points and points far from the origin keep their digits.
///
/// All throw InvalidArgument for NaN or infinity, for points of different lengths and for parameters out of range.

#include <cstdint>
#include <optional>

#include "ritz/linalg/argument.hpp"
#include "ritz/ml/distances.hpp"

namespace ritz::ml {

/// How far apart points are before a stationary kernel decays. At most one is given.
struct Lengthscale {
    std::optional<double> lengthscale = {};  ///< ℓ > 0; 1 when nothing is given
    std::optional<double> gamma = {};        ///< RBF only: exp(−γ ‖x − y‖²), γ = 1 / (2ℓ²) > 0
    Eigen::VectorXd lengthscales = {};       ///< one ℓₖ > 0 for each feature (automatic relevance determination)
};

/// (γ Re⟨x, y⟩ + c)^p, or of complex points (γ⟨x, y⟩ + c)^p.
struct Polynomial {
    int degree = 3;                    ///< p ≥ 0
    std::optional<double> gamma = {};  ///< γ; 1 / d when it is not given
    double coef0 = 1;                  ///< c
};

/// ν of the Matérn kernel: its sample paths have ν − 1/2 derivatives.
enum class Smoothness : std::uint8_t { half, three_halves, five_halves };

struct Matern {
    Smoothness nu = Smoothness::five_halves;
    Lengthscale scale = {};
};

namespace detail {
template <Scalar T>
Eigen::MatrixX<T> linear_kernel(linalg::Matrix<T> X);
template <Scalar T>
Eigen::MatrixX<T> linear_kernel(linalg::Matrix<T> X, linalg::Matrix<T> Y);
template <Scalar T>
void polynomial_of(Eigen::MatrixX<T>& K, Eigen::Index features, const Polynomial& options, bool one_set);
template <class R>
Eigen::MatrixX<R> scaled_points(linalg::Matrix<R> X, const Lengthscale& scale, bool complex, const char* who);
template <class R>
void rbf_of(Eigen::MatrixX<R>& squared_distances, const Lengthscale& scale, bool one_set);
template <class R>
void matern_of(Eigen::MatrixX<R>& distances, Smoothness nu, bool one_set);
template <Scalar T>
Eigen::MatrixX<T> centre_kernel(linalg::Matrix<T> K);
template <Scalar T>
Eigen::MatrixX<T> centre_kernel(linalg::Matrix<T> K, linalg::Matrix<T> training);

template <linalg::Dense A, Scalar T>
Eigen::MatrixX<Real<T>> scaled_points(const A& X, const Lengthscale& scale, const char* who) {
    return scaled_points<Real<T>>(real_points<T>(linalg::detail::as<T>(X)), scale, is_complex<T>, who);
}
}  // namespace detail

/// K = X Xᴴ. n² d flops.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> linear_kernel(const A& X) {
    using T = linalg::ScalarOf<A>;
    return detail::linear_kernel<T>(linalg::detail::as<T>(X));
}
/// K = X Yᴴ. 2 n m d flops.
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A, B>> linear_kernel(const A& X, const B& Y) {
    using T = linalg::ScalarOf<A, B>;
    return detail::linear_kernel<T>(linalg::detail::as<T>(X), linalg::detail::as<T>(Y));
}
/// X Xᴴ: what the linear kernel is called elsewhere.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> gram_matrix(const A& X) {
    return linear_kernel(X);
}

template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> polynomial_kernel(const A& X, const Polynomial& options = {}) {
    auto K = linear_kernel(X);
    detail::polynomial_of(K, X.cols(), options, true);
    return K;
}
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A, B>> polynomial_kernel(const A& X, const B& Y,
                                                                       const Polynomial& options = {}) {
    auto K = linear_kernel(X, Y);
    detail::polynomial_of(K, X.cols(), options, false);
    return K;
}

/// exp(−Σₖ |xₖ − yₖ|² / (2ℓₖ²)), the squared-exponential (radial basis function, Gaussian) kernel.
/// \ref C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006), equation 4.9.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<Real<linalg::ScalarOf<A>>> rbf_kernel(const A& X, const Lengthscale& scale = {}) {
    using T = linalg::ScalarOf<A>;
    auto K =
        pairwise_distances(detail::scaled_points<A, T>(X, scale, "rbf_kernel"), {.metric = Metric::squared_euclidean});
    detail::rbf_of(K, scale, true);
    return K;
}
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<Real<linalg::ScalarOf<A, B>>> rbf_kernel(const A& X, const B& Y,
                                                                      const Lengthscale& scale = {}) {
    using T = linalg::ScalarOf<A, B>;
    auto K =
        pairwise_distances(detail::scaled_points<A, T>(X, scale, "rbf_kernel"),
                           detail::scaled_points<B, T>(Y, scale, "rbf_kernel"), {.metric = Metric::squared_euclidean});
    detail::rbf_of(K, scale, false);
    return K;
}

/// With r = √(Σₖ |xₖ − yₖ|² / ℓₖ²): e⁻ʳ for ν = 1/2, (1 + √3 r) e^(−√3 r) for 3/2, (1 + √5 r + 5r²/3) e^(−√5 r) for
/// 5/2. \ref Rasmussen and Williams (2006), equation 4.17.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<Real<linalg::ScalarOf<A>>> matern_kernel(const A& X, const Matern& options = {}) {
    using T = linalg::ScalarOf<A>;
    auto K = pairwise_distances(detail::scaled_points<A, T>(X, options.scale, "matern_kernel"));
    detail::matern_of(K, options.nu, true);
    return K;
}
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<Real<linalg::ScalarOf<A, B>>> matern_kernel(const A& X, const B& Y,
                                                                         const Matern& options = {}) {
    using T = linalg::ScalarOf<A, B>;
    auto K = pairwise_distances(detail::scaled_points<A, T>(X, options.scale, "matern_kernel"),
                                detail::scaled_points<B, T>(Y, options.scale, "matern_kernel"));
    detail::matern_of(K, options.nu, false);
    return K;
}

/// H K H with H = I − 11ᵀ/n: the Gram matrix of the centred feature vectors. Rows and columns then add up to zero.
/// \throws InvalidArgument if K is not square.
/// \ref B. Schölkopf, A. Smola and K.-R. Müller, Neural Computation 10 (1998) 1299, appendix B.
template <linalg::Dense A>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A>> centre_kernel(const A& K) {
    using T = linalg::ScalarOf<A>;
    return detail::centre_kernel<T>(linalg::detail::as<T>(K));
}
/// The same of new points against training points, centred by the mean of the training points: K is m × n, `training`
/// their own n × n Gram matrix.
template <linalg::Dense A, linalg::Dense B>
[[nodiscard]] Eigen::MatrixX<linalg::ScalarOf<A, B>> centre_kernel(const A& K, const B& training) {
    using T = linalg::ScalarOf<A, B>;
    return detail::centre_kernel<T>(linalg::detail::as<T>(K), linalg::detail::as<T>(training));
}

}  // namespace ritz::ml
