// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/null_space.hpp"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/instantiate.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/coo.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/matching.hpp"
#include "ritz/formats/reductions.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/certificate.hpp"
#include "ritz/solvers/equilibration.hpp"
#include "ritz/solvers/lu.hpp"
#include "core/scaling.hpp"

namespace ritz {

namespace {

constexpr double shift =
    0x1p-46;  // size of E: above what rounding does to the factors, below singular values of interest
constexpr double rounding = 0x1p-53;

template <Scalar T>
using Wide = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar W>
using Block = Eigen::MatrixX<W>;

template <Scalar W>
VectorView<W> column(const Block<W>& V, Eigen::Index j) {
    return {V.data() + j * V.rows(), static_cast<std::size_t>(V.rows())};
}
template <Scalar W>
VectorRef<W> column(Block<W>& V, Eigen::Index j) {
    return {V.data() + j * V.rows(), static_cast<std::size_t>(V.rows())};
}

template <Scalar W>
Block<W> random_block(Index n, Index k, Random& random) {
    Block<W> V(n, k);
    for (Index j = 0; j < k; ++j)
        for (Index i = 0; i < n; ++i) {
            if constexpr (is_complex<W>)
                V(i, j) = {random.normal(), random.normal()};
            else
                V(i, j) = random.normal();
        }
    return V;
}

/// An orthonormal basis of the columns' span.
template <Scalar W>
Block<W> orthonormal(const Block<W>& V) {
    if (V.cols() == 0) return V;
    const Eigen::HouseholderQR<Block<W>> qr(V);
    return qr.householderQ() * Block<W>::Identity(V.rows(), V.cols());
}

/// A V, each element rounded once.
template <Scalar W>
Block<W> product(const Csr<W>& A, const Block<W>& V) {
    Block<W> result(A.rows(), V.cols());
    const Buffer<W> zero(static_cast<std::size_t>(A.rows()), W{});
    for (Eigen::Index j = 0; j < V.cols(); ++j) residual(A, column(V, j), zero, column(result, j));
    return -result;
}

/// V rotated so that the columns of A V are orthogonal, by increasing norms, which are returned.
template <Scalar W>
Eigen::VectorXd rotate_to_singular_vectors(const Csr<W>& A, Block<W>& V) {
    const Eigen::Index p = V.cols();
    const Eigen::HouseholderQR<Block<W>> qr(product(A, V));
    const Block<W> R = qr.matrixQR().topRows(p).template triangularView<Eigen::Upper>();
    const Eigen::JacobiSVD<Block<W>> svd(R, Eigen::ComputeFullV);
    V = V * svd.matrixV().rowwise().reverse();
    return svd.singularValues().reverse();
}

struct Decision {
    Index nullity = 0;
    double gap = 0;
    bool undecided = false;  // all singular values known are small
};

/// Where increasing singular values, relative to the norm, jump most, among places up to the tolerance. `all`: there
/// are no others.
Decision decide(const Eigen::VectorXd& values, double tolerance, double unit, bool all) {
    Decision best;
    double previous = unit;
    const auto p = static_cast<Index>(values.size());
    for (Index k = 0; k <= p; ++k) {  // k zeros?
        if (k > 0 && !(values[k - 1] <= tolerance)) break;
        if (k == p && !all) {
            best.undecided = p > 0;
            break;
        }
        const double next = k < p ? std::max(values[k], unit) : 1;
        if (next / previous > best.gap) best = {k, next / previous, false};
        previous = next;
    }
    return best;
}

void require_nullity(Index found, Index allowed) {
    if (found > allowed)
        throw LimitExceeded("null_space: the null space has dimension " + std::to_string(found) +
                            " or more, allowed are " + std::to_string(allowed));
}

/// S + E of the equilibrated S, factored; and the null spaces of A.
template <Scalar W>
class Deflation {
public:
    /// `unit`: the rounding that the entries of A have seen.
    Deflation(const CsrView<W>& A, const NullSpaceOptions& options, double unit, bool keep_factors)
        : A_(A), options_(options), unit_(unit) {
        const auto who = [](const char* what) { return std::string("null_space: ") + what; };
        detail::require(A.rows() == A.cols(), who("the matrix must be square"));
        detail::require(!options.tolerance || *options.tolerance >= 0, who("the tolerance must not be negative"));
        detail::require(options.min_gap >= 1, who("min_gap must be at least 1"));
        detail::require(options.max_nullity >= 0 && options.dense_order >= 0,
                        who("max_nullity and dense_order must not be negative"));
        structure_ = analyse_structure(A);
        detail::require(structure_.all_finite, who("the matrix is not finite"));
        if (A.rows() == 0) {
            space_.clear = true;
            space_.right = space_.left = Block<W>(0, 0);
            return;
        }
        tolerance_ = options.tolerance.value_or(unit * std::max(16.0, 4 * std::sqrt(static_cast<double>(A.rows()))));
        if (keep_factors) A_adjoint_ = adjoint(A_);
        examine(equilibrate(A), keep_factors);
        // Where another scaling could matter, it is tried: entries that are tiny in S need not be negligible, and what
        // the better scaling finds to be independent is so.
        const bool even =
            std::all_of(S_.values().begin(), S_.values().end(), [](W a) { return detail::exponent_of(a) >= -30; });
        if (space_.clear && even) return;
        Deflation other = *this;
        other.examine(equilibrate_least_squares(A), keep_factors);
        if (other.space_.clear && !(space_.clear && space_.nullity <= other.space_.nullity)) *this = std::move(other);
    }

    const NullSpace<W>& space() const noexcept { return space_; }
    Index rows() const noexcept { return A_.rows(); }

    struct Result {
        double inconsistency = 0, relative_residual = 0, correction = 0;
        int iterations = 0;
    };

    /// x ← A⁺ b, or (Aᴴ)⁺ b.
    Result solve(VectorView<W> b, VectorRef<W> x, bool adjoint_system) const {
        const auto n = static_cast<std::size_t>(rows());
        detail::require(b.size() == n && x.size() == n, "PseudoInverse: b and x must have A.rows() elements");
        Result result;
        Eigen::VectorX<W> right(rows()), solution = Eigen::VectorX<W>::Zero(rows()), d(rows()), r(rows());
        for (std::size_t i = 0; i < n; ++i) right[static_cast<Eigen::Index>(i)] = b[i];
        std::fill(x.begin(), x.end(), W{});
        int common = 0;  // b · 2^common has largest element near 1
        if (!all_finite(right)) {
            std::fill(x.begin(), x.end(), W(std::numeric_limits<double>::quiet_NaN()));
            return {1, 1, 1, 0};
        }
        if (const double top = norm_inf(right); top > 0)
            common = -detail::exponent_of(top);
        else
            return result;
        for (W& a : right) a = detail::scale_by_power(a, common);

        const Csr<W>& A = adjoint_system ? A_adjoint_ : A_;
        const Block<W>& Y = adjoint_system ? space_.right : space_.left;
        const Block<W>& N = adjoint_system ? space_.left : space_.right;
        const Buffer<int>& row = adjoint_system ? e_.col : e_.row;
        const Buffer<int>& col = adjoint_system ? e_.row : e_.col;

        const double size = right.norm();
        const Eigen::VectorX<W> outside = Y.adjoint() * right;
        result.inconsistency = outside.norm() / size;
        right -= Y * outside;
        right -= Y * (Y.adjoint() * right).eval();

        r = right;
        double previous = std::numeric_limits<double>::infinity(), best = previous;
        Eigen::VectorX<W> best_solution = solution;
        for (int step = 0; step < 12; ++step) {
            int top = std::numeric_limits<int>::min();
            for (std::size_t i = 0; i < n; ++i)
                if (r[static_cast<Eigen::Index>(i)] != W{})
                    top = std::max(top, detail::exponent_of(r[static_cast<Eigen::Index>(i)]) + row[i]);
            if (top == std::numeric_limits<int>::min()) break;  // r = 0
            for (std::size_t i = 0; i < n; ++i)
                d[static_cast<Eigen::Index>(i)] = detail::scale_by_power(r[static_cast<Eigen::Index>(i)], row[i] - top);
            invert(d, adjoint_system);
            for (std::size_t i = 0; i < n; ++i)
                d[static_cast<Eigen::Index>(i)] = detail::scale_by_power(d[static_cast<Eigen::Index>(i)], col[i] + top);
            d -= N * (N.adjoint() * d).eval();
            d -= N * (N.adjoint() * d).eval();
            if (!all_finite(d)) break;
            const double change = d.norm();
            if (!(change <= previous / 2) && step > 0) break;
            solution += d;
            result.iterations = step;
            residual(A, solution, right, VectorRef<W>(r));
            r -= Y * (Y.adjoint() * r).eval();
            if (const double now = r.norm(); now <= best) {
                best = now;
                best_solution = solution;
                result.correction = solution.norm() > 0 ? change / solution.norm() : 0;
            }
            previous = change;
            if (change <= rounding * solution.norm()) break;
        }
        best_solution -= N * (N.adjoint() * best_solution).eval();
        result.relative_residual = std::isfinite(best) ? best / size : 1;
        for (std::size_t i = 0; i < n; ++i)
            x[i] = detail::scale_by_power(best_solution[static_cast<Eigen::Index>(i)], -common);
        return result;
    }

private:
    void look_for_cancel() const {
        if (options_.cancel && options_.cancel->load(std::memory_order_relaxed))
            throw Interrupted("null_space: stopped on request");
    }

    void examine(Equilibration e, bool keep_factors) {
        e_ = std::move(e);
        S_ = scaled(A_, e_);
        S_adjoint_ = adjoint(S_);
        norm_ = S_.nnz() > 0 ? std::sqrt(norm1(S_) * norm_inf(S_)) : 1;
        const ThreadLimit one(
            1);  // many short loops: waiting for each other's threads costs more than a second one gains
        const bool dense = S_.rows() <= options_.dense_order;
        if (dense) decompose();
        if (!dense || keep_factors) factor();
        if (!dense) iterate();
    }

    void decompose() {
        const Eigen::JacobiSVD<Block<W>> svd(to_dense(S_), Eigen::ComputeFullU | Eigen::ComputeFullV);
        Eigen::VectorXd values = svd.singularValues().reverse();
        values /= norm_;
        const Decision decision = decide(values, tolerance_, unit_, true);
        finish(decision, values, svd.matrixV().rowwise().reverse(), svd.matrixU().rowwise().reverse());
    }

    /// S + E with E random, of relative size `size` on the entries of S and positive on a transversal of full length,
    /// the diagonal if the pattern is nearly symmetric (xᴴ E x > 0 then keeps the null vectors of Hermitian matrices,
    /// and of saddle point systems with dependent constraints, apart), a maximum matching if not.
    Csr<W> perturbed(double size, std::uint64_t seed) {
        const Index n = S_.rows();
        Random random(seed);
        Csr<W> M = S_;
        for (W& a : M.values()) a *= 1 + size * random.uniform(-1, 1);
        const Matching matching = maximum_matching(S_);
        structural_deficiency_ = n - matching.size;
        require_nullity(structural_deficiency_, options_.max_nullity);
        Coo<W> E(n, n);
        Index free_column = 0;
        const bool diagonal = structure_.pattern_symmetry >= 0.9;
        for (Index i = 0; i < n; ++i) {
            Index j = matching.col_of_row[static_cast<std::size_t>(i)];
            if (j < 0) {
                while (matching.row_of_col[static_cast<std::size_t>(free_column)] >= 0) ++free_column;
                j = free_column++;
            } else if (diagonal) {
                j = i;
            }
            E.add(i, j, W{size * random.uniform(1, 2)});
        }
        if (diagonal)  // rows without partner have been given another column
            for (Index i = 0; i < n; ++i)
                if (matching.col_of_row[static_cast<std::size_t>(i)] < 0) E.add(i, i, W{size * random.uniform(1, 2)});
        return add(M, to_csr(E));
    }

    void factor() {
        double size = shift;
        for (int attempt = 0;; ++attempt, size *= 32) {
            look_for_cancel();
            try {
                const Csr<W> M = perturbed(size, static_cast<std::uint64_t>(attempt) + 1);
                const Csc<W> columns = to_csc(M);
                FactorOptions options;
                options.max_memory_bytes = options_.max_memory_bytes;
                options.cancel = options_.cancel;
                factors_ = std::make_shared<const Lu<W>>(columns, options);
                shift_ = size;
                return;
            } catch (const SingularMatrix&) {
                if (attempt == 3) throw;
            }
        }
    }

    /// v ← (S + E)⁻¹ v, or with the adjoint.
    void invert(VectorRef<W> v, bool adjoint_system) const {
        const VectorView<W> in(v.data(), v.size());
        adjoint_system ? factors_->apply_adjoint(in, v) : factors_->apply(in, v);
    }
    Block<W> inverse(const Block<W>& V, bool adjoint_system) const {
        Block<W> result = V;
        for (Eigen::Index j = 0; j < V.cols(); ++j) {
            look_for_cancel();
            invert(column(result, j), adjoint_system);
            double top = norm_inf(column(result, j));
            if (!(top > 0) || !std::isfinite(top)) {  // overflow: start this one anew
                result.col(j) = V.col(j);
                continue;
            }
            result.col(j) *= detail::power_of_two(std::clamp(-std::ilogb(top), -1000, 1000));
        }
        return result;
    }

    /// Singular vectors that are small for S + E are made so for S: v ← v − (S + E)⁻¹ S v = (S + E)⁻¹ E v, twice.
    /// Then rotates V; returns the singular values relative to the norm.
    Eigen::VectorXd refine(Block<W>& V, bool adjoint_system) const {
        const Csr<W>& S = adjoint_system ? S_adjoint_ : S_;
        Eigen::VectorXd values = rotate_to_singular_vectors(S, V) / norm_;
        for (int repeat = 0; repeat < 2; ++repeat) {
            Eigen::Index small = 0;
            while (small < V.cols() && values[small] <= 1000 * shift_) ++small;
            if (small == 0) break;
            Block<W> change = product(S, Block<W>(V.leftCols(small)));
            for (Eigen::Index j = 0; j < small; ++j) invert(column(change, j), adjoint_system);
            if (!change.allFinite()) break;
            V.leftCols(small) -= change;
            V = orthonormal(V);
            values = rotate_to_singular_vectors(S, V) / norm_;
        }
        return values;
    }

    void iterate() {
        const Index n = S_.rows();
        Random random(7);
        Index p = std::min<Index>(n, 4 + structural_deficiency_);
        Block<W> V = random_block<W>(n, p, random), U;
        Eigen::VectorXd values;
        Decision decision;
        for (;;) {
            Decision last;
            double last_next = 0;
            for (int round = 0; round < 10; ++round) {
                U = orthonormal(inverse(orthonormal(V), true));
                V = orthonormal(inverse(U, false));
                values = refine(V, false);
                decision = decide(values, tolerance_, unit_, p == n);
                if (decision.undecided) break;
                const double next = decision.nullity < p ? values[decision.nullity] : 1;
                // Values converge from above, and after one round from a random block are seldom ten times too large.
                if (decision.gap >= 1000 * options_.min_gap) break;
                const double settled = decision.gap >= 10 * options_.min_gap ? 0.5 : 0.95;
                if (round > 0 && decision.nullity == last.nullity && next >= settled * last_next) break;
                last = decision;
                last_next = next;
            }
            const bool enough = !decision.undecided && (decision.nullity + 2 <= p || p == n);
            if (enough) break;
            require_nullity(decision.undecided ? p : decision.nullity, options_.max_nullity);
            const Index more = std::min(n - p, p);
            Block<W> wider(n, p + more);
            wider << V, random_block<W>(n, more, random);
            V = std::move(wider);
            p += more;
        }
        require_nullity(decision.nullity, options_.max_nullity);
        const Eigen::VectorXd left_values = refine(U, true);
        if (decision.nullity > 0 && !(left_values[decision.nullity - 1] <= 4 * tolerance_)) decision.gap = 1;
        finish(decision, values, V, U);
    }

    void finish(const Decision& decision, const Eigen::VectorXd& values, const Block<W>& V, const Block<W>& U) {
        const Index k = decision.nullity;
        space_.nullity = k;
        space_.gap = decision.gap;
        space_.clear = decision.gap >= options_.min_gap;
        space_.singular_values = values;
        space_.condition = k < values.size() ? 1 / std::max(values[k], std::numeric_limits<double>::min()) : 1;
        space_.right = unscaled(V.leftCols(k), e_.col);
        space_.left = unscaled(U.leftCols(k), e_.row);
    }

    /// An orthonormal basis of the span of D V, D the powers of two.
    static Block<W> unscaled(Block<W> V, const Buffer<int>& exponents) {
        for (Eigen::Index j = 0; j < V.cols(); ++j) {
            const double noise = 4 * rounding * norm_inf(column(V, j));
            int top = std::numeric_limits<int>::min();
            for (Eigen::Index i = 0; i < V.rows(); ++i) {
                W& v = V(i, j);
                if (std::abs(v) <= noise) v = W{};
                if (v != W{}) top = std::max(top, detail::exponent_of(v) + exponents[static_cast<std::size_t>(i)]);
            }
            for (Eigen::Index i = 0; i < V.rows(); ++i)
                V(i, j) = detail::scale_by_power(V(i, j), exponents[static_cast<std::size_t>(i)] - top);
        }
        return orthonormal(V);
    }

    Csr<W> A_, A_adjoint_, S_, S_adjoint_;
    NullSpaceOptions options_;
    double unit_, norm_ = 0, tolerance_ = 0, shift_ = shift;
    Structure structure_;
    Index structural_deficiency_ = 0;
    Equilibration e_;
    std::shared_ptr<const Lu<W>> factors_;
    NullSpace<W> space_;
};

template <Scalar T>
Deflation<Wide<T>> deflation(const CsrView<T>& A, const NullSpaceOptions& options, bool keep_factors) {
    if constexpr (std::same_as<T, Wide<T>>)
        return {A, options, rounding, keep_factors};
    else
        return {convert_values<Wide<T>>(A), options, 0x1p-24, keep_factors};
}

template <Scalar T>
NullSpace<T> narrowed(const NullSpace<Wide<T>>& wide) {
    return {wide.nullity,
            wide.right.template cast<T>(),
            wide.left.template cast<T>(),
            wide.singular_values,
            wide.gap,
            wide.clear,
            wide.condition};
}

}  // namespace

template <Scalar T>
NullSpace<T> null_space(const CsrView<T>& A, const NullSpaceOptions& options) {
    return narrowed<T>(deflation(A, options, false).space());
}

template <Scalar T>
struct PseudoInverse<T>::Factors {
    using W = Wide<T>;
    Deflation<W> deflation;
    NullSpace<T> space;

    Report solve(VectorView<T> b, VectorRef<T> x, bool adjoint_system) const {
        detail::require(b.size() == x.size() && static_cast<Index>(b.size()) == deflation.rows(),
                        "PseudoInverse: b and x must have " + std::to_string(deflation.rows()) + " elements");
        typename Deflation<W>::Result result;
        Buffer<W> wide(b.begin(), b.end()), found(wide.size());
        result = deflation.solve(wide, found, adjoint_system);
        for (std::size_t i = 0; i < found.size(); ++i) x[i] = static_cast<T>(found[i]);
        return {result.inconsistency, result.relative_residual, result.correction, result.iterations};
    }
};

template <Scalar T>
PseudoInverse<T>::PseudoInverse(const CsrView<T>& A, const NullSpaceOptions& options) {
    Deflation<Wide<T>> found = deflation(A, options, true);
    NullSpace<T> space = narrowed<T>(found.space());
    factors_.reset(new Factors{std::move(found), std::move(space)});
}
template <Scalar T>
PseudoInverse<T>::~PseudoInverse() = default;
template <Scalar T>
PseudoInverse<T>::PseudoInverse(PseudoInverse&&) noexcept = default;
template <Scalar T>
PseudoInverse<T>& PseudoInverse<T>::operator=(PseudoInverse&&) noexcept = default;

template <Scalar T>
Index PseudoInverse<T>::rows() const noexcept {
    return factors_->deflation.rows();
}
template <Scalar T>
const NullSpace<T>& PseudoInverse<T>::null_space() const noexcept {
    return factors_->space;
}
template <Scalar T>
typename PseudoInverse<T>::Report PseudoInverse<T>::solve(VectorView<T> b, VectorRef<T> x) const {
    return factors_->solve(b, x, false);
}
template <Scalar T>
typename PseudoInverse<T>::Report PseudoInverse<T>::solve_adjoint(VectorView<T> b, VectorRef<T> x) const {
    return factors_->solve(b, x, true);
}

#define INSTANTIATE(T)                                                            \
    template NullSpace<T> null_space(const CsrView<T>&, const NullSpaceOptions&); \
    template class PseudoInverse<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
