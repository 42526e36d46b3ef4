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

    // How far the eigenvalue of pair i may be from it, four times over: pairs nearer to each other are one.
    const double weight = std::isfinite(mass_weight_) ? mass_weight_ : 1;
    const double least = 1e-32 * (problem_.norm > 0 ? problem_.norm : 1) / problem_.mass_norm;
    const auto near = [&](Eigen::Index i) {
        const Eigen::Index from = order[static_cast<std::size_t>(i)];
        return least + 4 * (weight * found_.residuals[from] +
                            8 * std::numeric_limits<Real<T>>::epsilon() * std::abs(found_.values[from]));
    };
    const auto one = [&](Eigen::Index i) { return key(i + 1) - key(i) <= near(i) + near(i + 1); };
    Eigen::Index last = wanted - 1;
    double cut = 0;
    if (place == Cut::behind) {
        // In the gap to the next pair where there is one to be seen, and not far: the next one may be nearer than that.
        while (last + 1 < all && one(last)) ++last;
        const double gap = (last + 1 < all ? key(last + 1) : next_key) - key(last), margin = near(last);
        if (!(gap > 2 * margin)) return {.agrees = false, .missing = 1, .failure = {}};
        cut = key(last) + std::min(std::max(margin, 0.25 * gap), 1e-3 * std::abs(key(last)) + 1e3 * margin +
                                                                     1e-9 * problem_.norm / problem_.mass_norm);
    } else {
        // Before the last pair, and those that are one with it: as many as are found before the cut must lie there, and
        // then the last ones are right to their own error bounds, however many more lie with them.
        double margin = near(last);
        while (last > 0 && one(last - 1)) margin = std::max(margin, near(--last));
        if (key(wanted - 1) - key(last) > 16 * margin)
            return {.agrees = false,
                    .missing = 0,
                    .failure = "the last of the set are a chain of pairs that their error bounds do not tell apart"};
        cut = key(last) - (last > 0 ? std::min(margin, 0.5 * (key(last) - key(last - 1))) : margin);
        if (cut <= 0 && (sigma_given() || options_.which == Which::smallest_magnitude)) {
            // The wanted ones are that point itself, to their error bounds: none can lie nearer.
            const double point = options_.sigma.value_or(0);
            proof = {.by = "inertia", .where = "between", .count = 0, .shift = point, .other_shift = point};
            return {.agrees = true, .missing = 0, .failure = {}};
        }
    }

    double low = wish.low(cut), high = wish.high(cut);
    Index below_low = 0, below_high = problem_.pencil.n();
    const bool outside = wish.outside();
    if (outside && cut >= 0) high = std::numeric_limits<double>::infinity(), low = high;  // all magnitudes
    // A shift that is an eigenvalue to rounding is moved: away from the pairs that are counted, or, where the cut lies
    // before a cluster, away from that; there not far, or the proof would say less.
    const double inwards = place == Cut::before ? -1 : 1,
                 furthest = place == Cut::before ? 1e-11 * problem_.norm : infinity;
    bool moved_too_far = false;
    const auto below = [&](double& shift, double direction) {
        const CountBelow counted = counter.below(shift, direction * inwards);
        moved_too_far |= std::abs(counted.shift - shift) * problem_.mass_norm > furthest;
        shift = counted.shift;
        return counted.count;
    };
    if (std::isfinite(low) && !(below_spectrum_ && low <= *sigma_) &&
        !(!problem_.pencil.M && low < problem_.low - 1e-12 * problem_.norm))
        below_low = below(low, outside ? 1 : -1);
    if (std::isfinite(high)) below_high = below(high, outside ? -1 : 1);
    if (moved_too_far)
        return {.agrees = false, .missing = 0, .failure = "A - sigma M is singular to rounding at the cut"};
    const Index count = outside ? below_low + problem_.pencil.n() - below_high : below_high - below_low;
    Index found = 0;
    for (Eigen::Index i = 0; i < all; ++i) {
        const bool inside = found_.values[i] > low && found_.values[i] < high;
        found += inside != outside;
    }
    const char* const where = outside ? "outside" : std::isinf(low) ? "below" : std::isinf(high) ? "above" : "between";
    proof = {.by = "inertia", .where = where, .count = count};
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
    mass_weight_ = residual_factor();
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
                             .where = "outside",
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
