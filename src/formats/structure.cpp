// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/formats/structure.hpp"

#include <algorithm>
#include <cmath>
#include <complex>

#include "core/instantiate.hpp"
#include "core/parallel.hpp"
#include "ritz/core/buffer.hpp"

namespace ritz {

namespace {

constexpr std::int64_t grain = 1 << 16;  // entries a thread should have at least
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double tiny_scale = 0x1p-64;  // a row of 2³¹ entries of this times the largest double sums without overflow

/// Sums are formed in double whatever T is.
template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

double magnitude(double x) {
    return std::abs(x);
}
double magnitude(const std::complex<double>& z) {
    const double square = z.real() * z.real() + z.imag() * z.imag();
    return square > 1e-290 && square < 1e290 ? std::sqrt(square) : std::hypot(z.real(), z.imag());
}

double real_part(double x) {
    return x;
}
double real_part(const std::complex<double>& z) {
    return z.real();
}
double imaginary_part(const std::complex<double>& z) {
    return z.imag();
}
bool is_finite(double x) {
    return std::isfinite(x);
}
bool is_finite(const std::complex<double>& z) {
    return std::isfinite(z.real()) && std::isfinite(z.imag());
}
bool is_whole(double x) {
    return x == std::trunc(x);
}
bool is_whole(const std::complex<double>& z) {
    return is_whole(z.real()) && is_whole(z.imag());
}

template <Scalar T>
Wide<T> widen(const T& value) {
    return Wide<T>(value);
}

/// |a - b| / max(|a|, |b|), where a ≠ b; 2, its largest value, when a NaN is involved.
template <class W>
double relative_difference(const W& a, const W& b) {
    const double larger = std::max(magnitude(a), magnitude(b));
    double ratio = magnitude(a - b) / larger;
    if (!std::isfinite(ratio)) ratio = 2 * (magnitude(0.25 * a - 0.25 * b) / (0.5 * larger));
    return std::isfinite(ratio) ? ratio : 2;
}

/// What is summed up along one row or one column.
template <Scalar T>
struct Line {
    double off_diagonal = 0;  // Σ |a|
    Wide<T> sum{};            // Σ a over all entries, the diagonal included
    Index nonzeros = 0;
    Index first = std::numeric_limits<Index>::max();  // the first nonzero
};

/// Findings over all rows (or all columns), gathered line by line in any order but one: of parts, merged increasingly.
struct Lines {
    double norm = 0, min_ratio = infinity, low = infinity, high = -infinity;
    Dominance dominance = Dominance::strict;
    Index strict = 0, min_nonzeros = std::numeric_limits<Index>::max(), max_nonzeros = 0;
    Offset profile = 0;
    bool zero_sums = true;
    Structure::Lines empty;

    /// Line i, its sums formed from entries multiplied by `scale`; `diagonal` is not scaled.
    template <Scalar T>
    void add(Index i, const Line<T>& line, const T& diagonal, double scale) {
        constexpr double epsilon = std::numeric_limits<Real<T>>::epsilon();
        const double off = line.off_diagonal, d = magnitude(widen(diagonal)) * scale, total = off + d;
        const double error = line.nonzeros * epsilon * total;  // of a sum, and of a diagonal that was summed before

        norm = std::max(norm, total / scale);
        const double ratio = off > 0 ? d / off : d > 0 ? infinity : 1;
        min_ratio = std::min(min_ratio, ratio);
        if (d > off + error)
            ++strict;
        else
            dominance = d >= off - error ? std::min(dominance, Dominance::weak) : Dominance::none;
        if (!(magnitude(line.sum) <= error)) zero_sums = false;

        const double centre = real_part(widen(diagonal)) * scale;
        const double outwards = (line.nonzeros + 1) * std::numeric_limits<double>::epsilon() * total;
        low = std::min(low, (centre - off - outwards) / scale);
        high = std::max(high, (centre + off + outwards) / scale);

        min_nonzeros = std::min(min_nonzeros, line.nonzeros);
        max_nonzeros = std::max(max_nonzeros, line.nonzeros);
        if (line.first < i) profile += i - line.first;
        if (line.nonzeros == 0) {
            if (empty.first.size() < Structure::Lines::listed) empty.first.push_back(i);
            ++empty.count;
        }
    }

    /// Appends the findings of the lines that follow.
    void merge(const Lines& next) {
        norm = std::max(norm, next.norm);
        min_ratio = std::min(min_ratio, next.min_ratio);
        low = std::min(low, next.low);
        high = std::max(high, next.high);
        dominance = std::min(dominance, next.dominance);
        strict += next.strict;
        min_nonzeros = std::min(min_nonzeros, next.min_nonzeros);
        max_nonzeros = std::max(max_nonzeros, next.max_nonzeros);
        profile += next.profile;
        zero_sums = zero_sums && next.zero_sums;
        empty.count += next.empty.count;
        for (Index i : next.empty.first)
            if (empty.first.size() < Structure::Lines::listed) empty.first.push_back(i);
    }
};

/// Findings about entries and pairs of entries; "above" is minor index > major index.
struct Entries {
    Offset zeros = 0, positive_off_diagonals = 0;
    Offset above = 0, below = 0, pairs = 0;  // nonzeros off the diagonal; mirrored pairs of them
    Offset first_non_finite = std::numeric_limits<Offset>::max();
    bool any_nan = false, all_real = true, all_integer = true;
    bool symmetric = true, hermitian = true, skew_symmetric = true, skew_hermitian = true;
    double symmetric_asymmetry = 0, hermitian_asymmetry = 0;
    double max_magnitude = 0, min_magnitude = infinity;
    Index band_above = 0, band_below = 0;
    Index missing = 0, zero_diagonals = 0, positive = 0, negative = 0;
    Index first_bad = std::numeric_limits<Index>::max();
    double min_diagonal = infinity, max_diagonal = -infinity;

    void unmatched() {
        symmetric = hermitian = skew_symmetric = skew_hermitian = false;
        symmetric_asymmetry = std::max(symmetric_asymmetry, 1.0);
        hermitian_asymmetry = std::max(hermitian_asymmetry, 1.0);
    }

    /// The nonzeros a at (i, j) and b at (j, i).
    template <class W>
    void pair(const W& a, const W& b) {
        ++pairs;
        if (a != b) {
            symmetric = false;
            symmetric_asymmetry = std::max(symmetric_asymmetry, relative_difference(a, b));
        }
        if (a != -b) skew_symmetric = false;
        if constexpr (!std::is_same_v<W, double>) {
            const W c = std::conj(b);
            if (a != c) {
                hermitian = false;
                hermitian_asymmetry = std::max(hermitian_asymmetry, relative_difference(a, c));
            }
            if (a != -c) skew_hermitian = false;
        }
    }

    template <class W>
    void diagonal(Index i, const W& d) {
        const double re = real_part(d), im = imaginary_part(d);
        if (d == W{}) {
            ++zero_diagonals;
            first_bad = std::min(first_bad, i);
        } else {
            skew_symmetric = false;
            if (re != 0) skew_hermitian = false;
        }
        if (im == 0) {
            if (re > 0) ++positive;
            if (re < 0) ++negative;
        } else {
            hermitian = false;
            hermitian_asymmetry = std::max(hermitian_asymmetry, relative_difference(d, W(std::conj(d))));
        }
        if (d != d) symmetric = hermitian = skew_hermitian = false;
        min_diagonal = std::min(min_diagonal, re);
        max_diagonal = std::max(max_diagonal, re);
    }
    void diagonal(Index i, const double& d) {
        if (d == 0) {
            ++zero_diagonals;
            first_bad = std::min(first_bad, i);
        } else {
            skew_symmetric = false;
        }
        if (d > 0) ++positive;
        if (d < 0) ++negative;
        if (d != d) symmetric = false;
        min_diagonal = std::min(min_diagonal, d);
        max_diagonal = std::max(max_diagonal, d);
    }
    void no_diagonal(Index i) {
        ++missing;
        first_bad = std::min(first_bad, i);
        min_diagonal = std::min(min_diagonal, 0.0);
        max_diagonal = std::max(max_diagonal, 0.0);
    }

    void merge(const Entries& next) {
        zeros += next.zeros;
        positive_off_diagonals += next.positive_off_diagonals;
        above += next.above;
        below += next.below;
        pairs += next.pairs;
        first_non_finite = std::min(first_non_finite, next.first_non_finite);
        any_nan = any_nan || next.any_nan;
        all_real = all_real && next.all_real;
        all_integer = all_integer && next.all_integer;
        symmetric = symmetric && next.symmetric;
        hermitian = hermitian && next.hermitian;
        skew_symmetric = skew_symmetric && next.skew_symmetric;
        skew_hermitian = skew_hermitian && next.skew_hermitian;
        symmetric_asymmetry = std::max(symmetric_asymmetry, next.symmetric_asymmetry);
        hermitian_asymmetry = std::max(hermitian_asymmetry, next.hermitian_asymmetry);
        max_magnitude = std::max(max_magnitude, next.max_magnitude);
        min_magnitude = std::min(min_magnitude, next.min_magnitude);
        band_above = std::max(band_above, next.band_above);
        band_below = std::max(band_below, next.band_below);
        missing += next.missing;
        zero_diagonals += next.zero_diagonals;
        positive += next.positive;
        negative += next.negative;
        first_bad = std::min(first_bad, next.first_bad);
        min_diagonal = std::min(min_diagonal, next.min_diagonal);
        max_diagonal = std::max(max_diagonal, next.max_diagonal);
    }
};

/// The arrays of a compressed matrix without its storage order: slices are rows or columns.
template <Scalar T>
struct Slices {
    Index major, minor;
    const Offset* indptr;
    const Index* indices;
    const T* values;

    Offset nnz() const { return indptr[major]; }
    /// The slice at which part `part` of `parts` equal shares of the entries begins.
    Index cut(int part, int parts) const {
        if (part == parts) return major;
        return static_cast<Index>(std::lower_bound(indptr, indptr + major, nnz() * part / parts) - indptr);
    }
};

/// Slices [begin, end): entries, mirrored pairs (i, j), (j, i) with i < j, and sums along slices.
///
/// The mirror image of the entry (i, j), j > i, is in slice j at index i. Slices are visited with i increasing, so the
/// place in slice j where i is to be looked for only moves forward: cursor[j]. No transpose, no search but the first.
template <Scalar T>
void examine_slices(const Slices<T>& A, Index begin, Index end, Buffer<T>& diagonals, Entries& found, Lines& lines) {
    const bool square = A.major == A.minor;
    const Index diagonal_length = std::min(A.major, A.minor);
    Buffer<Offset> cursor(square ? static_cast<std::size_t>(A.minor) : 0, Offset{-1});

    Entries e;
    for (Index i = begin; i < end; ++i) {
        Line<T> line;
        bool diagonal_stored = false;
        T diagonal{};
        const Offset last = A.indptr[i + 1];
        for (Offset k = A.indptr[i]; k < last; ++k) {
            const Index j = A.indices[k];
            const Wide<T> a = widen(A.values[k]);
            if (j == i) {
                diagonal_stored = true;
                diagonal = A.values[k];
                e.diagonal(i, a);
            }
            if (a == Wide<T>{}) {
                ++e.zeros;
                continue;
            }
            const double size = magnitude(a);
            if (!(size <= std::numeric_limits<double>::max()) && !is_finite(a)) {
                e.first_non_finite = std::min(e.first_non_finite, k);
                e.any_nan = e.any_nan || a != a;
            }
            e.max_magnitude = std::max(e.max_magnitude, size);
            e.min_magnitude = std::min(e.min_magnitude, size);
            if (e.all_integer) e.all_integer = is_whole(a);
            if constexpr (is_complex<T>) e.all_real = e.all_real && a.imag() == 0;

            line.sum += a;
            ++line.nonzeros;
            line.first = std::min(line.first, j);
            if (j == i) continue;
            line.off_diagonal += size;
            if (real_part(a) > 0) ++e.positive_off_diagonals;
            if (j < i) {
                ++e.below;
                e.band_below = std::max(e.band_below, i - j);
                continue;
            }
            ++e.above;
            e.band_above = std::max(e.band_above, j - i);
            if (!square) continue;

            const Offset slice_end = A.indptr[j + 1];
            Offset p = cursor[static_cast<std::size_t>(j)];
            if (p < 0)  // first meeting in this part
                p = begin == 0 ? A.indptr[j]
                               : std::lower_bound(A.indices + A.indptr[j], A.indices + slice_end, i) - A.indices;
            while (p < slice_end && A.indices[p] < i) ++p;
            cursor[static_cast<std::size_t>(j)] = p;
            if (p < slice_end && A.indices[p] == i && A.values[p] != T{})
                e.pair(a, widen(A.values[p]));
            else
                e.unmatched();
        }
        if (i < diagonal_length) {
            diagonals[static_cast<std::size_t>(i)] = diagonal;
            if (!diagonal_stored) e.no_diagonal(i);
        }

        double scale = 1;
        if (!std::isfinite(line.off_diagonal + magnitude(widen(diagonal)))) {  // again, without overflow
            scale = tiny_scale;
            line.off_diagonal = 0;
            line.sum = {};
            for (Offset k = A.indptr[i]; k < last; ++k) {
                const Wide<T> a = widen(A.values[k]) * scale;
                line.sum += a;
                if (A.indices[k] != i) line.off_diagonal += magnitude(a);
            }
        }
        lines.add(i, line, diagonal, scale);
    }
    found = e;
}

/// Sums across slices. The parts are fixed by the matrix, not by the threads, and added in order: the same bits always.
template <Scalar T>
Lines examine_across(const Slices<T>& A, const Buffer<T>& diagonals, bool all_finite) {
    const auto minor = static_cast<std::size_t>(A.minor);
    const std::int64_t share = A.nnz() / std::max<Index>(1, A.minor);  // the sums must not outweigh the entries
    const int parts = static_cast<int>(std::clamp<std::int64_t>(std::min(A.nnz() / (4 * grain), share), 1, 4));
    const int threads = detail::threads_for(A.nnz(), grain);
    Buffer<Line<T>> sums(static_cast<std::size_t>(parts) * minor);

    const auto scatter = [&](double scale) {
        detail::parallel_tasks(parts, threads, [&](std::int64_t part) {
            Line<T>* const line = sums.data() + static_cast<std::size_t>(part) * minor;
            std::fill_n(line, minor, Line<T>{});
            const Index end = A.cut(static_cast<int>(part) + 1, parts);
            for (Index i = A.cut(static_cast<int>(part), parts); i < end; ++i)
                for (Offset k = A.indptr[i]; k < A.indptr[i + 1]; ++k) {
                    const Wide<T> a = widen(A.values[k]) * scale;
                    if (A.values[k] == T{}) continue;
                    Line<T>& l = line[A.indices[k]];
                    l.sum += a;
                    ++l.nonzeros;
                    l.first = std::min(l.first, i);
                    if (A.indices[k] != i) l.off_diagonal += magnitude(a);
                }
        });
        for (int part = 1; part < parts; ++part) {
            const Line<T>* const from = sums.data() + static_cast<std::size_t>(part) * minor;
            detail::parallel_ranges(A.minor, grain, [&](std::int64_t begin, std::int64_t end) {
                for (auto j = static_cast<std::size_t>(begin); j < static_cast<std::size_t>(end); ++j) {
                    sums[j].off_diagonal += from[j].off_diagonal;
                    sums[j].sum += from[j].sum;
                    sums[j].nonzeros += from[j].nonzeros;
                    sums[j].first = std::min(sums[j].first, from[j].first);
                }
            });
        }
    };
    const auto diagonal = [&](std::size_t j) { return j < diagonals.size() ? diagonals[j] : T{}; };
    double scale = 1;
    scatter(scale);
    if (all_finite)
        for (std::size_t j = 0; j < minor; ++j)
            if (!std::isfinite(sums[j].off_diagonal + magnitude(widen(diagonal(j))))) {
                scale = tiny_scale;
                scatter(scale);
                break;
            }
    Lines lines;
    for (std::size_t j = 0; j < minor; ++j) lines.add(static_cast<Index>(j), sums[j], diagonal(j), scale);
    return lines;
}

}  // namespace

template <Order order, Scalar T>
Structure analyse_structure(const CompressedView<order, T>& matrix) {
    const Slices<T> A{matrix.major(), matrix.minor(), matrix.indptr().data(), matrix.indices().data(),
                      matrix.values().data()};
    Structure s;
    s.rows = matrix.rows();
    s.cols = matrix.cols();
    s.nnz = matrix.nnz();
    const bool square = s.square();
    const Index diagonal_length = std::min(s.rows, s.cols);

    Buffer<T> diagonals(static_cast<std::size_t>(diagonal_length));
    int parts = detail::threads_for(A.nnz(), grain);
    while (parts > 1 && static_cast<Offset>(parts) * A.minor > A.nnz()) --parts;  // cursors must not outweigh entries
    std::vector<Entries> entries_of(static_cast<std::size_t>(parts));
    std::vector<Lines> lines_of(static_cast<std::size_t>(parts));
    detail::parallel_parts(parts, [&](int part) {
        const auto p = static_cast<std::size_t>(part);
        const Index begin = part == 0 ? 0 : A.cut(part, parts);
        examine_slices(A, begin, A.cut(part + 1, parts), diagonals, entries_of[p], lines_of[p]);
    });
    Entries e = entries_of[0];
    Lines along = std::move(lines_of[0]);
    for (std::size_t p = 1; p < entries_of.size(); ++p) {
        e.merge(entries_of[p]);
        along.merge(lines_of[p]);
    }
    if (e.below > e.pairs) e.unmatched();  // entries whose mirror image is zero or not stored, seen from below
    if constexpr (!is_complex<T>) {
        e.hermitian = e.symmetric;
        e.skew_hermitian = e.skew_symmetric;
        e.hermitian_asymmetry = e.symmetric_asymmetry;
    }
    const bool all_finite = e.first_non_finite == std::numeric_limits<Offset>::max();
    const bool equal_magnitudes =
        square && all_finite && (e.symmetric || e.hermitian || e.skew_symmetric || e.skew_hermitian);
    const Lines across = equal_magnitudes ? along : examine_across(A, diagonals, all_finite);
    const Lines& by_rows = order == Order::row ? along : across;
    const Lines& by_cols = order == Order::row ? across : along;

    s.explicit_zeros = e.zeros;
    s.all_finite = all_finite;
    if (!all_finite) {
        const Offset k = e.first_non_finite;
        const auto slice = static_cast<Index>(std::upper_bound(A.indptr, A.indptr + A.major + 1, k) - A.indptr - 1);
        const Index other = A.indices[k];
        s.first_non_finite = order == Order::row ? Structure::Place{slice, other} : Structure::Place{other, slice};
    }
    s.all_real = e.all_real;
    s.all_integer = e.all_integer;
    s.empty_rows = by_rows.empty;
    s.empty_cols = by_cols.empty;
    s.min_row_nonzeros = s.rows > 0 ? by_rows.min_nonzeros : 0;
    s.max_row_nonzeros = by_rows.max_nonzeros;
    s.min_col_nonzeros = s.cols > 0 ? by_cols.min_nonzeros : 0;
    s.max_col_nonzeros = by_cols.max_nonzeros;

    s.lower_bandwidth = order == Order::row ? e.band_below : e.band_above;
    s.upper_bandwidth = order == Order::row ? e.band_above : e.band_below;
    s.lower_profile = by_rows.profile;
    s.upper_profile = by_cols.profile;

    s.missing_diagonals = e.missing;
    s.zero_diagonals = e.zero_diagonals;
    s.positive_diagonals = e.positive;
    s.negative_diagonals = e.negative;
    s.all_diagonals_positive = e.positive == diagonal_length;
    if (e.missing + e.zero_diagonals > 0) s.first_bad_diagonal = e.first_bad;
    s.min_diagonal = diagonal_length > 0 ? e.min_diagonal : 0;
    s.max_diagonal = diagonal_length > 0 ? e.max_diagonal : 0;

    const double bad = e.any_nan ? std::numeric_limits<double>::quiet_NaN() : infinity;
    s.norm_1 = all_finite ? by_cols.norm : bad;
    s.norm_inf = all_finite ? by_rows.norm : bad;
    s.norm_max = all_finite ? e.max_magnitude : bad;
    s.min_magnitude = e.min_magnitude == infinity ? 0 : e.min_magnitude;
    if (!square) return s;

    const Offset off_diagonals = e.above + e.below;
    s.pattern_symmetric = 2 * e.pairs == off_diagonals;
    s.pattern_symmetry = off_diagonals > 0 ? static_cast<double>(2 * e.pairs) / static_cast<double>(off_diagonals) : 1;
    s.symmetric = e.symmetric;
    s.hermitian = e.hermitian;
    s.skew_symmetric = e.skew_symmetric;
    s.skew_hermitian = e.skew_hermitian;
    s.symmetric_asymmetry = e.symmetric_asymmetry;
    s.hermitian_asymmetry = e.hermitian_asymmetry;

    s.gershgorin_low = -infinity;
    s.gershgorin_high = infinity;
    s.positive_off_diagonals = e.positive_off_diagonals;
    if (s.rows == 0) s.gershgorin_low = s.gershgorin_high = 0;
    if (all_finite) {
        s.row_dominance = by_rows.dominance;
        s.col_dominance = by_cols.dominance;
        s.min_row_dominance = by_rows.min_ratio;
        s.min_col_dominance = by_cols.min_ratio;
        s.strictly_dominant_rows = by_rows.strict;
        s.strictly_dominant_cols = by_cols.strict;
        if (s.rows > 0) {
            s.gershgorin_low = std::max(by_rows.low, by_cols.low);
            s.gershgorin_high = std::min(by_rows.high, by_cols.high);
        }
        const bool any_nonzero = s.nonzeros() > 0;
        s.zero_row_sums = any_nonzero && by_rows.zero_sums;
        s.zero_col_sums = any_nonzero && by_cols.zero_sums;
        s.z_matrix = e.all_real && e.positive_off_diagonals == 0;
        s.l_matrix = s.z_matrix && s.all_diagonals_positive;
        s.graph_laplacian = s.z_matrix && s.symmetric && s.zero_row_sums;
    }
    return s;
}

#define RITZ_INSTANTIATE(O, T) template Structure analyse_structure(const CompressedView<O, T>&);
RITZ_FOR_EACH_ORDER_AND_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
