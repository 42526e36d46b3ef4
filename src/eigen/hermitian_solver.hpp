// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// How eigsh works: a HermitianSolver is made for one problem, chooses an engine, and lets what the engine finds pass
/// the gate (verify), the proof (completeness.cpp) and the error bounds before it is returned.

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eigen/band_lanczos.hpp"
#include "eigen/count.hpp"
#include "eigen/error_bounds.hpp"
#include "eigen/scaled_pencil.hpp"
#include "eigen/shifted_factor.hpp"
#include "ritz/eigen/eigsh.hpp"

namespace ritz::eigen {

/// What is solved, scaled. λ of the caller is 2^exponent times λ here.
template <Scalar T>
struct HermitianProblem {
    Pencil<T> pencil;
    std::optional<LinearOperatorRef<T>> M_inverse = {};
    std::optional<LinearOperatorRef<T>> shifted_inverse = {};  ///< (A − σM)⁻¹ of the caller
    double norm = 0;       ///< upper bound of ‖A‖₂, or for operators the largest |Ritz value|, which grows
    double mass_norm = 1;  ///< of ‖M‖₂
    double low = -std::numeric_limits<double>::infinity();  ///< lower bound of the spectrum of A
    int exponent = 0, matrix_exponent = 0, mass_exponent = 0;
    ScaledPencil<T>* matrices = nullptr;  ///< where the pencil is one of matrices

    double to_scaled(double lambda) const { return std::ldexp(lambda, -exponent); }
    double to_caller(double lambda) const { return std::ldexp(lambda, exponent); }
};

template <Scalar T>
HermitianProblem<T> problem_of(ScaledPencil<T>& scaled) {
    return {.pencil = scaled.pencil(),
            .norm = scaled.norm(),
            .mass_norm = scaled.mass_norm(),
            .low = scaled.gershgorin_low(),
            .exponent = scaled.exponent(),
            .matrix_exponent = scaled.matrix_exponent(),
            .mass_exponent = scaled.mass_exponent(),
            .matrices = &scaled};
}

/// A result in the numbers of a problem, in those of the caller. For standard problems.
template <Scalar T>
void scale_back(EigshResult<T>& answer, const HermitianProblem<T>& problem) {
    if (problem.exponent == 0) return;
    for (Eigen::Index i = 0; i < answer.values.size(); ++i) {
        answer.values[i] = static_cast<Real<T>>(problem.to_caller(static_cast<double>(answer.values[i])));
        answer.residuals[i] = problem.to_caller(answer.residuals[i]);
        answer.error_bounds[i] = problem.to_caller(answer.error_bounds[i]);
    }
    answer.report.norm_estimate = problem.to_caller(answer.report.norm_estimate);
    if (answer.report.proof) {
        answer.report.proof->shift = problem.to_caller(answer.report.proof->shift);
        answer.report.proof->other_shift = problem.to_caller(answer.report.proof->other_shift);
    }
}

/// A pair in the order of the caller's wish: pairs with smaller keys are wanted more.
class Wish {
public:
    explicit Wish(Which which, std::optional<double> sigma = {},
                  SpectralTransform transform = SpectralTransform::shift_invert)
        : which_(which), sigma_(sigma), transform_(transform) {}
    double key(double lambda) const noexcept;
    /// Places of `values` that are the k wanted ones, the most wanted first.
    std::vector<Eigen::Index> first(const Eigen::VectorXd& values, Index k) const;
    bool both_ends() const noexcept { return !sigma_ && which_ == Which::both_ends; }
    /// The eigenvalues with key < c are those in (low(c), high(c)) — or outside of it for the largest magnitudes. Not
    /// in buckling and Cayley mode.
    bool outside() const noexcept { return !sigma_ && which_ == Which::largest_magnitude; }
    double low(double c) const noexcept;
    double high(double c) const noexcept;

private:
    Which which_;
    std::optional<double> sigma_;
    SpectralTransform transform_;
};

/// Pairs that passed the gate, by increasing value.
template <Scalar T>
struct Accepted {
    Eigen::VectorXd values, residuals, norms, m_norms;
    Eigen::MatrixX<T> vectors;
    double orthogonality = 0;
};

template <Scalar T>
class HermitianSolver {
public:
    HermitianSolver(HermitianProblem<T> problem, Index k, const EigshOptions& options);

    EigshResult<T> solve();

private:
    using W = Wide<T>;

    void choose_method();
    bool factoring_pays();
    void dense();
    void lanczos(Ranking ranking);
    void shift_invert();
    void iterate_inverse();
    void spectra();
    /// After Lanczos has failed where the choice was ours.
    void another_way();
    EigshResult<T> filtered();
    /// A shift below the spectrum with its factors, for the smallest eigenvalues. False if there is none at hand.
    bool shift_below();
    void factor_at(double sigma);
    bool nearly_singular() const;

    /// Iterates with an engine, checks, proves, repairs: the common end of lanczos and shift_invert.
    void iterate(HermitianOperator<T> op, LanczosOptions options, bool inverted);
    /// Pairs that meet their tolerance; of `needed` ones, the first, all should.
    void accept(const Eigen::MatrixX<T>& X, Index needed, bool inverted);
    /// Whether the k pairs nearest to the point asked for are among those found, all those nearest to a shift that was
    /// moved away from it.
    bool reaches_around(const Eigen::VectorXd& theta) const;
    double tolerance(double lambda, double norm, double m_norm, bool inverted) const;

    /// How a count compares with what was found. completeness.cpp
    struct Comparison {
        bool agrees = false;
        Index missing = 0;    ///< so many more lie there than were found; negative: fewer
        std::string failure;  ///< why nothing can be counted
    };
    Comparison compare_with_count(double next_key);
    enum class Cut : std::uint8_t { behind, before };
    Comparison compare_region(SpectrumCounter<T>& counter, const Wish& wish, Index wanted, double next_key, Cut place,
                              CompletenessProof& proof);
    bool sigma_given() const noexcept { return options_.sigma.has_value(); }

    /// By what ‖r‖₂ is multiplied to bound the norm of r that belongs to the pencil; NaN where that is not known.
    double residual_factor() const;
    EigshResult<T> result();

    HermitianProblem<T> problem_;
    Index k_;
    EigshOptions options_;
    std::optional<double> sigma_;  ///< scaled
    Wish wish_;
    EigenReport report_;
    EigshMethod method_ = EigshMethod::automatic;
    std::unique_ptr<ShiftedFactor<T>> factor_;       // of A − σM
    std::unique_ptr<ShiftedFactor<T>> mass_factor_;  // of M
    bool below_spectrum_ = false;                    // σ lies below all eigenvalues
    Accepted<T> found_;
    Index rejected_ = 0;  // of the first k
    double reach_ = 0;    // |λ − σ| of the last wanted pair of an inverse
    std::optional<Cleared> cleared_;
};

}  // namespace ritz::eigen
