// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ritz/core/buffer.hpp"
#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz::detail {

/// ‖B‖₁ of an operator that is only known by its products: the estimator says which product it wants next, so that a
/// caller can form it together with others in one pass over B.
///
///     NormEstimator<W> norm(n);
///     while (!norm.done()) {
///         X.resize(n, norm.columns());  norm.request(X);
///         X ← B X or Bᴴ X, as norm.wants() says
///         norm.accept(X);
///     }
///     norm.estimate();
///
/// A lower bound, rarely below a third of the norm; 2 to 10 products in 2 to 9 rounds. Infinite when a product is not
/// finite.
/// \ref N. J. Higham, FORTRAN codes for estimating the one-norm of a real or complex matrix, ACM TOMS 14 (1988) 381,
///      algorithm 4.1.
template <Scalar W>
class NormEstimator {
public:
    /// `enough`: once a column B e_j has been formed, an estimate up to this is not improved any further.
    explicit NormEstimator(Index n, double enough = 0);

    bool done() const noexcept { return stage_ == Stage::done; }
    Transpose wants() const noexcept { return stage_ == Stage::signs ? Transpose::adjoint : Transpose::none; }
    Eigen::Index columns() const noexcept { return stage_ == Stage::start && n_ > 1 ? 2 : 1; }
    void request(Eigen::Ref<Eigen::MatrixX<W>> X) const;
    void accept(const Eigen::Ref<const Eigen::MatrixX<W>>& products);

    double estimate() const noexcept { return estimate_; }
    /// The column B e_j, or B (1/n, …, 1/n), that attains the estimate.
    const Buffer<W>& largest() const noexcept { return largest_; }

private:
    enum class Stage { start, signs, unit, done };
    void ask_for_signs(VectorView<W> y);
    void finish() noexcept;

    std::size_t n_;
    double enough_;
    Stage stage_;
    int iteration_ = 0;
    std::size_t unit_ = 0;
    double estimate_ = 0, alternating_ = 0;
    Buffer<W> signs_, largest_;
};

}  // namespace ritz::detail
