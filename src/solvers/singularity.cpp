// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/singularity.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <new>
#include <tuple>

#include "core/instantiate.hpp"
#include "ritz/formats/components.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/matching.hpp"
#include "ritz/solvers/equilibration.hpp"

namespace ritz {

namespace {

constexpr std::size_t shown = Structure::Lines::listed;

/// "row 3", "rows 1, 2 and 5", "rows 0, 1, 2, ... (40 of them)"
std::string list(const char* singular_noun, const Structure::Lines& lines) {
    std::string text = std::string(singular_noun) + (lines.count == 1 ? " " : "s ");
    const std::size_t n = lines.first.size();
    const bool all = static_cast<Index>(n) == lines.count;
    for (std::size_t i = 0; i < n; ++i) {
        if (i > 0) text += all && i + 1 == n ? " and " : ", ";
        text += std::to_string(lines.first[i]);
    }
    if (!all) text += ", ... (" + std::to_string(lines.count) + " of them)";
    return text;
}

template <class Accept>
Structure::Lines lines_where(Index n, Accept&& accept) {
    Structure::Lines lines;
    for (Index i = 0; i < n; ++i)
        if (accept(i)) {
            if (lines.first.size() < shown) lines.first.push_back(i);
            ++lines.count;
        }
    return lines;
}

std::string number(double a) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", a);
    return text;
}
std::string number(std::complex<double> a) {
    if (a.imag() == 0) return number(a.real());
    return "(" + number(a.real()) + (a.imag() < 0 ? " - " : " + ") + number(std::abs(a.imag())) + "i)";
}

/// A number in [-1, 1) that depends on j alone.
double weight(Index j) noexcept {
    std::uint64_t z = (static_cast<std::uint64_t>(j) + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return std::ldexp(static_cast<double>((z ^ (z >> 31)) >> 11), -52) - 1;
}

/// Groups of two or more rows of S (no zeros stored, entries of moderate size) that are multiples of each other up to a
/// few units of rounding.
///
/// Each row is divided by its first entry; rows with the same places of nonzeros are sorted by the sum of their entries
/// with random weights, in which multiples agree to rounding, and compared where they agree. O(nnz + n log n).
template <Scalar T>
std::vector<std::vector<Index>> proportional_rows(const CsrView<T>& S) {
    using W = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    constexpr double unit = std::numeric_limits<Real<T>>::epsilon();
    struct Key {
        std::uint64_t places;
        double sum;
        double slack;
        Index row;
    };
    std::vector<Key> keys;
    for (Index i = 0; i < S.rows(); ++i) {
        const auto first = static_cast<std::size_t>(S.indptr()[static_cast<std::size_t>(i)]);
        const auto stop = static_cast<std::size_t>(S.indptr()[static_cast<std::size_t>(i) + 1]);
        if (first == stop) continue;
        std::uint64_t places = 1469598103934665603u;
        const W scale = W{1} / W(S.values()[first]);
        double sum = 0, size = 0;
        for (std::size_t k = first; k < stop; ++k) {
            places = (places ^ static_cast<std::uint64_t>(S.indices()[k])) * 1099511628211u;
            const W a = W(S.values()[k]) * scale;
            const double w = weight(S.indices()[k]);
            sum += w * std::real(a) + (1 - std::abs(w)) * std::imag(a);
            size += std::abs(a);
        }
        const double slack = 8 * unit * size * std::sqrt(static_cast<double>(stop - first));
        if (std::isfinite(sum) && std::isfinite(slack)) keys.push_back({places, sum, slack, i});
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
        return std::tie(a.places, a.sum, a.row) < std::tie(b.places, b.sum, b.row);
    });

    const auto multiples = [&](Index i, Index l) {
        const auto a = static_cast<std::size_t>(S.indptr()[static_cast<std::size_t>(i)]);
        const auto b = static_cast<std::size_t>(S.indptr()[static_cast<std::size_t>(l)]);
        const auto count = static_cast<std::size_t>(S.indptr()[static_cast<std::size_t>(i) + 1]) - a;
        if (count != static_cast<std::size_t>(S.indptr()[static_cast<std::size_t>(l) + 1]) - b) return false;
        for (std::size_t k = 0; k < count; ++k) {
            if (S.indices()[a + k] != S.indices()[b + k]) return false;
            const W left = W(S.values()[a + k]) * W(S.values()[b]), right = W(S.values()[b + k]) * W(S.values()[a]);
            if (!(std::abs(left - right) <= 4 * unit * std::abs(left))) return false;
        }
        return true;
    };
    std::vector<std::vector<Index>> groups;
    for (std::size_t s = 0; s < keys.size();) {
        std::vector<Index> group{keys[s].row};
        std::size_t t = s + 1;
        for (; t < keys.size() && keys[t].places == keys[s].places && keys[t].sum - keys[s].sum <= keys[s].slack; ++t)
            if (multiples(keys[t].row, keys[s].row)) group.push_back(keys[t].row);
        if (group.size() > 1) {
            std::sort(group.begin(), group.end());
            groups.push_back(std::move(group));
            s = t;
        } else {
            ++s;
        }
    }
    std::sort(groups.begin(), groups.end());
    return groups;
}

/// Columns ← the reduced echelon form of their span: each gets a 1 in a place where the others have 0. Complete
/// pivoting; what is rounding is set to zero.
template <Scalar T>
Eigen::MatrixX<T> sparsified(Eigen::MatrixX<T> V) {
    const Eigen::Index k = V.cols();
    Buffer<Eigen::Index> pivots;
    for (Eigen::Index step = 0; step < k; ++step) {
        Eigen::Index row = 0, col = step;
        if (!(V.rightCols(k - step).cwiseAbs().maxCoeff(&row, &col) > 0)) break;
        col += step;
        V.col(step).swap(V.col(col));
        V.col(step) /= T(V(row, step));
        for (Eigen::Index j = 0; j < k; ++j)
            if (j != step) {
                const T factor = V(row, j);
                V.col(j) -= factor * V.col(step);
                V(row, j) = T{};
            }
    }
    const Real<T> noise = std::sqrt(std::numeric_limits<Real<T>>::epsilon());
    for (Eigen::Index j = 0; j < k; ++j) {
        const Real<T> top = V.rows() > 0 ? V.col(j).cwiseAbs().maxCoeff() : Real<T>(0);
        for (Eigen::Index i = 0; i < V.rows(); ++i)
            if (std::abs(V(i, j)) <= noise * top) V(i, j) = T{};
    }
    return V;
}

/// The elements that carry 99 % of ‖v‖², by size; and how many have a nonzero.
struct Support {
    std::vector<Index> main;
    Index nonzeros = 0;
};

template <Scalar T>
Support support_of(const Eigen::MatrixX<T>& V, Eigen::Index column) {
    Support support;
    std::vector<Index> order;
    double total = 0;
    const auto square = [&](Index i) { return static_cast<double>(std::norm(V(i, column))); };
    for (Index i = 0; i < V.rows(); ++i)
        if (V(i, column) != T{}) {
            order.push_back(i);
            total += square(i);
        }
    support.nonzeros = static_cast<Index>(order.size());
    std::sort(order.begin(), order.end(),
              [&](Index a, Index b) { return square(a) > square(b) || (square(a) == square(b) && a < b); });
    double sum = 0;
    for (const Index i : order) {
        if (sum >= 0.99 * total) break;
        sum += square(i);
        support.main.push_back(i);
    }
    return support;
}

template <Scalar T>
class Diagnosis {
public:
    Diagnosis(const CsrView<T>& A, const SingularityOptions& options) : A_(A), options_(options), n_(A.rows()) {
        detail::require(A.rows() == A.cols(), "diagnose_singularity: the matrix must be square");
        detail::require(options.listed >= 1, "diagnose_singularity: listed must be at least 1");
        structure_ = analyse_structure(A);
        detail::require(structure_.all_finite, "diagnose_singularity: the matrix is not finite");
    }

    Singularity run(const NullSpace<T>* space) {
        empty_lines();
        structural();
        proportional();
        zero_row_sums();
        std::optional<NullSpace<T>> computed;
        if (!space && options_.numerical && n_ > 0) {
            try {
                computed = null_space(A_, options_.null_space);
                space = &*computed;
            } catch (const LimitExceeded& error) {
                failure_ = error.what();
            } catch (const OutOfMemory& error) {
                failure_ = error.what();
            } catch (const SingularMatrix& error) {
                failure_ = error.what();
            } catch (const std::bad_alloc&) {
                failure_ = "out of memory";
            }
        }
        if (space) numerical(*space);
        summarize(space);
        return std::move(result_);
    }

private:
    void add(SingularityCause cause, Structure::Lines rows, Structure::Lines cols, bool exact, std::string text) {
        result_.findings.push_back({cause, std::move(rows), std::move(cols), exact, std::move(text)});
    }

    void empty_lines() {
        if (structure_.empty_rows.count > 0)
            add(SingularityCause::empty_row, structure_.empty_rows, {}, true,
                list("row", structure_.empty_rows) + (structure_.empty_rows.count == 1
                                                          ? " has no nonzero entry: its equation is 0 = b."
                                                          : " have no nonzero entry: their equations are 0 = b."));
        if (structure_.empty_cols.count > 0)
            add(SingularityCause::empty_column, {}, structure_.empty_cols, true,
                list("column", structure_.empty_cols) +
                    (structure_.empty_cols.count == 1
                         ? " has no nonzero entry: no equation determines its unknown."
                         : " have no nonzero entry: no equation determines their unknowns."));
    }

    void structural() {
        const DulmageMendelsohn parts = dulmage_mendelsohn(A_);
        result_.structural_rank = parts.matching.size;
        if (parts.matching.size == n_) return;
        const auto index = [](DeterminedPart part) { return static_cast<std::size_t>(part); };
        // The parts without their empty rows and columns, which have been named already.
        const auto rows = lines_where(n_, [&](Index i) {
            return parts.row_part[static_cast<std::size_t>(i)] == DeterminedPart::overdetermined && !empty_row(i);
        });
        const Index columns_there = parts.cols_in[index(DeterminedPart::overdetermined)];
        if (rows.count > columns_there) {
            const auto cols = lines_where(n_, [&](Index j) {
                return parts.col_part[static_cast<std::size_t>(j)] == DeterminedPart::overdetermined;
            });
            add(SingularityCause::overdetermined_rows, rows, cols, true,
                "the " + std::to_string(rows.count) + " equations in " + list("row", rows) + " contain only " +
                    std::to_string(columns_there) + " unknowns (" + list("column", cols) +
                    "): they contradict each other or repeat each other.");
        }
        const std::vector<bool> occupied = occupied_columns();
        const auto cols = lines_where(n_, [&](Index j) {
            return parts.col_part[static_cast<std::size_t>(j)] == DeterminedPart::underdetermined &&
                   occupied[static_cast<std::size_t>(j)];
        });
        const Index rows_there = parts.rows_in[index(DeterminedPart::underdetermined)];
        if (cols.count > rows_there) {
            const auto few = lines_where(n_, [&](Index i) {
                return parts.row_part[static_cast<std::size_t>(i)] == DeterminedPart::underdetermined;
            });
            add(SingularityCause::underdetermined_columns, few, cols, true,
                "the " + std::to_string(cols.count) + " unknowns of " + list("column", cols) + " occur in only " +
                    std::to_string(rows_there) + " equations (" + list("row", few) + "), which cannot determine them.");
        }
    }

    bool empty_row(Index i) const {
        for (Offset k = A_.indptr()[static_cast<std::size_t>(i)]; k < A_.indptr()[static_cast<std::size_t>(i) + 1]; ++k)
            if (A_.values()[static_cast<std::size_t>(k)] != T{}) return false;
        return true;
    }
    std::vector<bool> occupied_columns() const {
        std::vector<bool> occupied(static_cast<std::size_t>(n_), false);
        for (std::size_t k = 0; k < A_.values().size(); ++k)
            if (A_.values()[k] != T{}) occupied[static_cast<std::size_t>(A_.indices()[k])] = true;
        return occupied;
    }

    void proportional() {
        const Csr<T> S = scaled(A_, equilibrate(A_));
        const auto report = [&](const std::vector<std::vector<Index>>& groups, bool of_rows) {
            const char* const noun = of_rows ? "row" : "column";
            for (std::size_t g = 0; g < groups.size() && g < static_cast<std::size_t>(options_.listed); ++g) {
                Structure::Lines lines{static_cast<Index>(groups[g].size()), groups[g]};
                if (lines.first.size() > shown) lines.first.resize(shown);
                std::string text =
                    list(noun, lines) + (of_rows ? " are equal up to a factor: one equation stated " +
                                                       std::to_string(lines.count) + " times."
                                                 : " are equal up to a factor: only a combination of their "
                                                   "unknowns is determined.");
                if (g + 1 == static_cast<std::size_t>(options_.listed) && groups.size() > g + 1)
                    text += " There are " + std::to_string(groups.size() - g - 1) + " more such groups.";
                add(of_rows ? SingularityCause::proportional_rows : SingularityCause::proportional_columns,
                    of_rows ? lines : Structure::Lines{}, of_rows ? Structure::Lines{} : lines, false, std::move(text));
            }
        };
        report(proportional_rows<T>(S), true);
        report(proportional_rows<T>(transpose(S)), false);
    }

    /// Components of the graph in which all rows sum to zero: 1 is a null vector of each.
    void zero_row_sums() {
        if (n_ == 0) return;
        constexpr double unit = std::numeric_limits<Real<T>>::epsilon();
        const Components components = connected_components(A_);
        const auto count = static_cast<std::size_t>(components.count);
        std::vector<bool> rows_vanish(count, true), columns_vanish(count, true), has_entries(count, false);
        using W = std::conditional_t<is_complex<T>, std::complex<double>, double>;
        const auto sum_slices = [&](const CsrView<T>& M, std::vector<bool>& vanish) {
            for (Index i = 0; i < n_; ++i) {
                W sum{};
                double size = 0;
                const auto first = static_cast<std::size_t>(M.indptr()[static_cast<std::size_t>(i)]);
                const auto stop = static_cast<std::size_t>(M.indptr()[static_cast<std::size_t>(i) + 1]);
                for (std::size_t k = first; k < stop; ++k) {
                    sum += W(M.values()[k]);
                    size += std::abs(W(M.values()[k]));
                }
                const auto c = static_cast<std::size_t>(components.label[static_cast<std::size_t>(i)]);
                if (size > 0) has_entries[c] = true;
                const double slack = unit * static_cast<double>(stop - first) * size;
                if (!(std::abs(sum) <= slack)) vanish[c] = false;
            }
        };
        sum_slices(A_, rows_vanish);
        sum_slices(CsrView<T>(transpose_ = transpose(A_)), columns_vanish);

        Index found = 0, listed = 0;
        for (std::size_t c = 0; c < count; ++c) found += rows_vanish[c] && has_entries[c];
        for (std::size_t c = 0; c < count && listed < options_.listed; ++c) {
            if (!rows_vanish[c] || !has_entries[c]) continue;
            ++listed;
            const auto members = lines_where(
                n_, [&](Index i) { return components.label[static_cast<std::size_t>(i)] == static_cast<Index>(c); });
            std::string text = components.count == 1
                                   ? "all rows sum to zero: x is determined only up to a constant"
                                   : "the rows of the connected component of " + list("unknown", members) +
                                         " sum to zero: these unknowns are determined only up to a constant";
            text += columns_vanish[c] ? ", and there is a solution only if b sums to zero" +
                                            std::string(components.count == 1 ? "." : " over them.")
                                      : ".";
            if (listed == options_.listed && found > listed)
                text += " There are " + std::to_string(found - listed) + " more such components.";
            add(SingularityCause::zero_row_sums, members, members, false, std::move(text));
        }
    }

    /// "0.5 x_3 - 2 x_7", of few terms.
    std::string combination(const Eigen::MatrixX<T>& V, Eigen::Index column, const Support& support, const char* letter,
                            bool conjugated) const {
        std::string text;
        std::vector<Index> places = support.main;
        std::sort(places.begin(), places.end());
        using W = std::conditional_t<is_complex<T>, std::complex<double>, double>;
        for (const Index i : places) {
            W a(V(i, column));
            if (conjugated) a = ritz::conjugate(a);
            const bool minus = std::imag(a) == 0 && std::real(a) < 0;
            if (minus) a = -a;
            text += text.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
            if (a != W{1}) text += number(a) + " ";
            text += std::string(letter) + std::to_string(i);
        }
        return text;
    }

    void numerical(const NullSpace<T>& space) {
        detail::require(space.right.rows() == n_ && space.left.rows() == n_ && space.right.cols() == space.nullity &&
                            space.left.cols() == space.nullity,
                        "diagnose_singularity: the null vectors do not fit the matrix");
        if (!space.clear) return;
        result_.nullity = space.nullity;
        const auto report = [&](const Eigen::MatrixX<T>& basis, bool of_rows) {
            const Eigen::MatrixX<T> V = sparsified<T>(basis);
            for (Eigen::Index j = 0; j < V.cols() && j < options_.listed; ++j) {
                const Support support = support_of<T>(V, j);
                Structure::Lines lines;
                lines.count = static_cast<Index>(support.main.size());
                lines.first = support.main;
                if (lines.first.size() > shown) lines.first.resize(shown);
                std::sort(lines.first.begin(), lines.first.end());
                constexpr std::size_t few = 6;
                const bool complete = static_cast<Index>(support.main.size()) == support.nonzeros;
                const bool spread = lines.count > n_ / 2 && support.main.size() > few;
                std::string text;
                if (of_rows) {
                    text = spread ? "a combination of " + std::to_string(support.nonzeros) +
                                        " rows, spread over the whole matrix, vanishes"
                                  : list("row", lines) + (lines.count == 1 ? " vanishes" : " are linearly dependent") +
                                        (complete ? "" : ", up to small shares of others");
                    text += support.main.size() <= few && complete
                                ? ": there is a solution only if " + combination(V, j, support, "b", true) + " = 0."
                                : "; b must be orthogonal to left null vector " + std::to_string(j) + ".";
                } else {
                    text = spread ? "a combination of " + std::to_string(support.nonzeros) +
                                        " unknowns, spread over the whole matrix, can be added to any solution"
                                  : list("unknown", lines) +
                                        (lines.count == 1 ? " is not determined" : " are not determined separately") +
                                        (complete ? "" : ", up to small shares of others");
                    text += support.main.size() <= few && complete
                                ? ": multiples of " + combination(V, j, support, "e", false) +
                                      " can be added to any solution."
                                : ".";
                }
                if (j + 1 == options_.listed && V.cols() > j + 1)
                    text += " There are " + std::to_string(V.cols() - j - 1) + " more such combinations.";
                add(of_rows ? SingularityCause::dependent_rows : SingularityCause::dependent_columns,
                    of_rows ? lines : Structure::Lines{}, of_rows ? Structure::Lines{} : lines, false, std::move(text));
            }
        };
        report(space.left, true);
        report(space.right, false);
    }

    void summarize(const NullSpace<T>* space) {
        std::string& text = result_.summary;
        if (result_.nullity == Index{0} && !result_.findings.empty()) {
            text = "the pattern or the values look singular, but the singular values do not";
        } else if (!result_.findings.empty()) {
            const Index rank = n_ - result_.nullity.value_or(0);
            text = result_.nullity
                       ? "the matrix is singular: its rank is " + std::to_string(rank) + " of " + std::to_string(n_)
                   : result_.structural_rank < n_
                       ? "the matrix is singular: its rank is at most " + std::to_string(result_.structural_rank) +
                             " of " + std::to_string(n_)
                       : std::string("the matrix is singular");
        } else if (result_.nullity) {
            text = "the matrix is not singular";
        } else if (space) {
            text =
                "the rank of the matrix is not clear: it is ill-conditioned, with singular values that decay "
                "gradually into rounding";
        } else {
            text = "nothing was found that makes the matrix singular";
        }
        if (!failure_.empty()) text += " (null vectors were not computed: " + failure_ + ")";
        if (result_.findings.empty())
            text += ".";
        else
            text += "; " + result_.findings.front().text;
    }

    CsrView<T> A_;
    const SingularityOptions& options_;
    Index n_;
    Structure structure_;
    Csr<T> transpose_;
    Singularity result_;
    std::string failure_;
};

}  // namespace

std::string_view name(SingularityCause cause) noexcept {
    constexpr std::array<std::string_view, 9> names{
        "empty_row",         "empty_column",         "overdetermined_rows", "underdetermined_columns",
        "proportional_rows", "proportional_columns", "zero_row_sums",       "dependent_rows",
        "dependent_columns"};
    return names[static_cast<std::size_t>(cause)];
}

template <Scalar T>
Singularity diagnose_singularity(const CsrView<T>& A, const SingularityOptions& options) {
    return Diagnosis<T>(A, options).run(nullptr);
}

template <Scalar T>
Singularity diagnose_singularity(const CsrView<T>& A, const NullSpace<T>& space, const SingularityOptions& options) {
    return Diagnosis<T>(A, options).run(&space);
}

#define INSTANTIATE(T)                                                                       \
    template Singularity diagnose_singularity(const CsrView<T>&, const SingularityOptions&); \
    template Singularity diagnose_singularity(const CsrView<T>&, const NullSpace<T>&, const SingularityOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
