// SPDX-License-Identifier: BSD-3-Clause
// How eigsh proves that it missed nothing: by counting eigenvalues beyond a cut behind the last pair wanted.

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "eigen/count.hpp"
#include "eigen/hermitian_solver.hpp"
#include "ritz/core/error.hpp"

namespace ritz::eigen {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

template <Scalar T>
auto HermitianSolver<T>::compare_region(SpectrumCounter<T>& counter, const Wish& wish, Index wanted, double next_key,
                                        Cut place, CompletenessProof& proof) -> Comparison {
    const Eigen::Index all = found_.values.size();
    const auto order = wish.first(found_.values, static_cast<Index>(all));
    const auto key = [&](Eigen::Index i) { return wish.key(found_.values[order[static_cast<std::size_t>(i)]]); };

    // Eigenvalues nearer to each other than this are one to a factorisation.
    const double norm = problem_.norm + problem_.mass_norm * found_.values.cwiseAbs().maxCoeff();
    const double size = norm > 0 ? norm : 1;
    const double near = 64 * std::numeric_limits<double>::epsilon() *
                            std::sqrt(static_cast<double>(problem_.pencil.n())) * size / problem_.mass_norm +
                        4 * found_.residuals.maxCoeff();
    Eigen::Index last = wanted - 1;
    double cut = 0;
    if (place == Cut::behind) {
        // In the gap to the next pair where there is one to be seen, and not far: the next one may be nearer than that.
        while (last + 1 < all && key(last + 1) - key(last) < 4 * near) ++last;
        const double gap = (last + 1 < all ? key(last + 1) : next_key) - key(last);
        if (gap < 4 * near) return {.agrees = false, .missing = 1, .failure = {}};
        cut = key(last) + std::min(std::max(near, 0.25 * gap), 1e-3 * std::abs(key(last)) + 1e3 * near);
    } else {
        // Before the last pair, and those that are one with it: as many as are found before the cut must lie there, and
        // then the last ones are right but for `near`, however many more lie with them.
        while (last > 0 && key(last) - key(last - 1) < 4 * near) --last;
        cut = key(last) - 2 * near;
        if (cut <= 0 && (sigma_given() || options_.which == Which::smallest_magnitude)) {
            // The wanted ones are all that point itself, to rounding: none can lie nearer.
            proof = {.by = "inertia", .count = 0, .shift = options_.sigma.value_or(0)};
            return {.agrees = true, .missing = 0, .failure = {}};
        }
    }

    double low = wish.low(cut), high = wish.high(cut);
    Index below_low = 0, below_high = problem_.pencil.n();
    const bool outside = wish.outside();
    if (outside && cut >= 0) high = std::numeric_limits<double>::infinity(), low = high;  // all magnitudes
    // Moved shifts keep away from the pairs that are counted.
    if (std::isfinite(low) && !(below_spectrum_ && low <= *sigma_) &&
        !(!problem_.pencil.M && low < problem_.low - near)) {
        const auto below = counter.below(low, outside ? 1 : -1);
        below_low = below.count;
        low = below.shift;
    }
    if (std::isfinite(high)) {
        const auto below = counter.below(high, outside ? -1 : 1);
        below_high = below.count;
        high = below.shift;
    }
    const Index count = outside ? below_low + problem_.pencil.n() - below_high : below_high - below_low;
    Index found = 0;
    for (Eigen::Index i = 0; i < all; ++i) {
        const bool inside = found_.values[i] > low && found_.values[i] < high;
        found += inside != outside;
    }
    proof = {.by = "inertia", .count = count};
    proof.shift = problem_.to_caller(std::isfinite(high) ? high : low);
    if (std::isfinite(high) && std::isfinite(low)) proof.other_shift = problem_.to_caller(low);
    if (count == found && !outside && !wish.both_ends()) cleared_ = Cleared{low, high};
    return {.agrees = count == found, .missing = count - found, .failure = {}};
}

template <Scalar T>
auto HermitianSolver<T>::compare_with_count(double next_key) -> Comparison {
    SpectrumCounter<T> counter(problem_.pencil, problem_.norm,
                               {.max_memory_bytes = options_.max_memory_bytes, .cancel = options_.cancel});
    Comparison comparison;
    CompletenessProof proof;
    try {
        const bool one_sided = !sigma_given() && options_.which != Which::smallest_magnitude;
        if (one_sided && !counter.mass_is_definite()) {
            comparison.failure =
                "M is singular, so that the eigenvalues up to an end of the spectrum cannot be counted";
            return comparison;
        }
        // Behind the last pair, and if there is more before that cut than was found, before the last pair: either
        // proves.
        for (const Cut place : {Cut::behind, Cut::before}) {
            if (wish_.both_ends()) {
                CompletenessProof low_end, high_end;
                const Index low_wanted = k_ / 2, high_wanted = k_ - low_wanted;
                comparison =
                    compare_region(counter, Wish(Which::largest_algebraic), high_wanted, infinity, place, high_end);
                proof = high_end;
                if (low_wanted > 0) {
                    const Comparison low =
                        compare_region(counter, Wish(Which::smallest_algebraic), low_wanted, infinity, place, low_end);
                    comparison = {.agrees = comparison.agrees && low.agrees,
                                  .missing = std::max(comparison.missing, 0) + std::max(low.missing, 0),
                                  .failure = {}};
                    proof = {.by = "inertia",
                             .count = high_end.count + low_end.count,
                             .shift = high_end.shift,
                             .other_shift = low_end.shift};
                }
            } else {
                comparison = compare_region(counter, wish_, k_, next_key, place, proof);
            }
            if (comparison.agrees) break;
        }
        if (comparison.agrees) report_.proof = proof;
    } catch (const LimitExceeded& e) {
        comparison.failure = e.what();
    } catch (const OutOfMemory& e) {
        comparison.failure = e.what();
    } catch (const Unsupported& e) {
        comparison.failure = e.what();
    } catch (const SingularMatrix& e) {
        comparison.failure = e.what();
    }
    report_.factorizations += counter.factorizations();
    return comparison;
}

#define INSTANTIATE(T)                                                                                     \
    template auto HermitianSolver<T>::compare_with_count(double)->Comparison;                              \
    template auto HermitianSolver<T>::compare_region(SpectrumCounter<T>&, const Wish&, Index, double, Cut, \
                                                     CompletenessProof&)                                   \
        ->Comparison;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
