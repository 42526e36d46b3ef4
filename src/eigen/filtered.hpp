// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Many eigenpairs inside a spectrum without a factorisation: Lanczos with a polynomial in A that is large on the
/// interval wanted and small elsewhere. For standard problems.

#include <cstdint>
#include <vector>

#include "eigen/verify.hpp"
#include "eigen/working.hpp"
#include "ritz/eigen/eigsh.hpp"

namespace ritz::eigen {

/// p(A) = Σ_j c_j T_j((A − centre)/half), with p ≥ 0, a largest value of 1 but for parts in a thousand, and p(λ) ≥ bar
/// exactly for λ in the interval that it was made for.
struct ChebyshevFilter {
    double centre = 0, half = 1;  ///< of an interval that holds the spectrum
    std::vector<double> coefficients;
    double bar = 0;  ///< p at the ends of the interval

    Index degree() const noexcept { return static_cast<Index>(coefficients.size()) - 1; }
    double at(double lambda) const noexcept;
};

/// The filter of lowest degree whose bar is at most `bar`, for [low, high] in a spectrum within [spectrum_low,
/// spectrum_high]: the Jackson-damped expansion of a delta function, placed so that p(low) = p(high). An end beyond the
/// spectrum does not count. At most `max_degree`, and the bar is then higher.
/// \ref H. Fang and Y. Saad, A filtered Lanczos procedure for extreme and interior eigenvalue problems, SIAM J. Sci.
///      Comput. 34 (2012) A2220; R. Li, Y. Xi, L. Erlandson and Y. Saad, The eigenvalues slicing library (EVSL), SIAM
///      J. Sci. Comput. 41 (2019) C393; L. O. Jay, H. Kim, Y. Saad and J. R. Chelikowsky, Comput. Phys. Commun. 118
///      (1999) 21 (Jackson's damping).
ChebyshevFilter chebyshev_filter(double low, double high, double spectrum_low, double spectrum_high, double bar = 0.6,
                                 Index max_degree = 4000);

/// Y ← p(A) X: degree products with A.
template <Scalar W>
void apply_filter(const ChebyshevFilter& filter, const WorkingOperator<W>& A, const ConstBlock<W>& X, Block<W> Y);

/// Eigenvalues of A counted by stochastic traces of Chebyshev polynomials: an estimate, smeared over π/degree of the
/// spectrum's half width.
/// \ref L. Lin, Y. Saad and C. Yang, Approximating spectral densities of large matrices, SIAM Review 58 (2016) 34.
class DensityOfStates {
public:
    template <Scalar W>
    DensityOfStates(const WorkingOperator<W>& A, double spectrum_low, double spectrum_high, Index degree, Index vectors,
                    std::uint64_t seed);
    /// Estimated number of eigenvalues in [low, high].
    double count(double low, double high) const noexcept;
    /// λ with about `wanted` eigenvalues in [low, λ].
    double quantile(double low, double wanted) const noexcept;

private:
    double low_, high_;
    std::vector<double> moments_;
};

/// All eigenpairs of A (of a pencil without M, its numbers near 1) with low ≤ λ ≤ high. The interval is cut into slices
/// with some 60 eigenvalues each; the pairs of each are those of p(A) above the bar, found by Lanczos with restarts,
/// and a Rayleigh–Ritz procedure with A puts all of them together. Pairs have passed E1–E4 of eigsh.hpp.
///
/// Of options rtol, completeness (check: a second run from a random vector in each slice; prove: a count by inertia, if
/// A is a matrix and can be factored), max_applications (products with A; negative: as many as it takes), max_seconds,
/// seed, monitor (after each slice) and cancel count. report.method is "filtered", or "dense" where that is cheaper.
/// \throws InvalidArgument if low > high or an end is NaN, or an option is out of its range; Unsupported for M;
///         LimitExceeded if more than max_pairs lie there; what A throws.
template <Scalar T>
EigshResult<T> filtered_interval(const Pencil<T>& pencil, double low, double high, const EigshOptions& options,
                                 Index max_pairs = 10000);

/// The k smallest (options.which SA) or largest (LA) ones in the same way, from intervals at that end.
template <Scalar T>
EigshResult<T> filtered_end(const Pencil<T>& pencil, Index k, const EigshOptions& options);

}  // namespace ritz::eigen
