// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/block_cg.hpp"

#include <Eigen/Cholesky>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "solvers/krylov/basis.hpp"
#include "solvers/krylov/shadow.hpp"

namespace ritz::iterative {

using detail::scale_by_power;

namespace {

/// The block iteration: it only improves X. Columns of B and X are scaled by powers of two; that A and M⁻¹ are not is
/// seen to by the caller.
template <Scalar T>
class Block {
public:
    using W = Wide<T>;
    using Small = Eigen::MatrixX<W>;

    Block(const LinearOperatorRef<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
          const Eigen::Ref<const Eigen::MatrixX<T>>& X, const LinearOperatorRef<T>* M, const KrylovOptions& options,
          std::int64_t max_steps)
        : A_(A), M_(M), options_(options), max_steps_(max_steps), n_(static_cast<std::size_t>(B.rows())) {
        for (Eigen::Index j = 0; j < B.cols(); ++j) {
            const auto largest = static_cast<double>(B.col(j).cwiseAbs().maxCoeff());
            if (largest > 0) columns_.push_back({j, std::ilogb(largest)});
        }
        X_ = Buffer<T>(n_ * columns_.size());
        R_ = Basis<T>(n_, columns_.size());
        std::vector<Column> open;
        Buffer<T> x(n_), r(n_);
        for (Column c : columns_) {  // r = b − A x, and only the columns that are not there yet
            for (std::size_t i = 0; i < n_; ++i)
                x[i] = scale_by_power(X(static_cast<Eigen::Index>(i), c.index), -c.exponent);
            A_.apply(x, r);
            double b_norm2 = 0, r_norm2 = 0;
            for (std::size_t i = 0; i < n_; ++i) {
                const T b = scale_by_power(B(static_cast<Eigen::Index>(i), c.index), -c.exponent);
                r[i] = b - r[i];
                b_norm2 += static_cast<double>(square(b));
                r_norm2 += static_cast<double>(square(r[i]));
            }
            c.target = std::max(options.stop.rtol * std::sqrt(b_norm2), std::ldexp(options.stop.atol, -c.exponent));
            c.start = c.norm = std::sqrt(r_norm2);
            if (!(c.norm > c.target) || !std::isfinite(c.norm)) continue;
            std::copy(x.begin(), x.end(), X_.begin() + static_cast<std::ptrdiff_t>(open.size() * n_));
            std::copy(r.begin(), r.end(), R_[open.size()].begin());
            c.history.push_back(c.norm);
            open.push_back(std::move(c));
        }
        columns_ = std::move(open);
    }

    struct Column {
        Eigen::Index index;
        int exponent;
        double target = 0, start = 0, norm = 0;
        std::vector<double> history = {};
    };
    const std::vector<Column>& columns() const noexcept { return columns_; }
    std::int64_t steps() const noexcept { return steps_; }
    bool interrupted() const noexcept { return interrupted_; }

    void run() {
        const std::size_t s = columns_.size();
        if (s == 0 || max_steps_ <= 0) return;
        const auto start = std::chrono::steady_clock::now();
        Basis<T> P(n_, s), Q(n_, s), next(n_, s);
        Buffer<T> z(n_);
        std::vector<T> h(s);
        std::size_t rank = 0;  // of P
        // Adds w to P's successor, unless what is there has it already.
        const auto add_direction = [&](std::size_t& count, VectorView<T> w) {
            const auto length = static_cast<double>(norm2(w));
            if (!(length > 0) || !std::isfinite(length)) return;
            const T unit = static_cast<T>(static_cast<Real<T>>(1 / length));
            for (std::size_t i = 0; i < n_; ++i) next[count][i] = times(unit, w[i]);
            std::fill(h.begin(), h.end(), T{0});
            const double left = next.orthogonalise(count, next[count], h.data());
            if (!(left > 1e4 * roundoff<T>)) return;
            scale(static_cast<T>(static_cast<Real<T>>(1 / left)), next[count]);
            ++count;
        };
        for (std::size_t j = 0; j < s; ++j) {
            precondition(R_[j], z);
            add_direction(rank, z);
        }
        std::swap(P, next);
        double best = std::numeric_limits<double>::infinity();
        std::int64_t best_at = 0;
        while (rank > 0 && steps_ < max_steps_) {
            const auto k = static_cast<Eigen::Index>(rank), rows = static_cast<Eigen::Index>(n_);
            const Eigen::Map<const Eigen::MatrixX<T>> P_block(P[0].data(), rows, k);
            Eigen::Map<Eigen::MatrixX<T>> Q_block(Q[0].data(), rows, k);
            A_.apply_block(P_block, Q_block);  // Q ← A P
            Small G(k, k);                     // Pᴴ A P
            for (std::size_t j = 0; j < rank; ++j) {
                P.project(rank, Q[j], h.data());
                for (std::size_t i = 0; i < rank; ++i)
                    G(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = static_cast<W>(h[i]);
            }
            const Eigen::LLT<Small> cholesky((G + G.adjoint()) / 2);
            if (!G.allFinite() || cholesky.info() != Eigen::Success) break;
            ++steps_;
            const auto solve = [&](const Basis<T>& V, VectorView<T> v) {  // h ← G⁻¹ Vᴴ v
                V.project(rank, v, h.data());
                Eigen::VectorX<W> c(k);
                for (std::size_t i = 0; i < rank; ++i) c[static_cast<Eigen::Index>(i)] = static_cast<W>(h[i]);
                cholesky.solveInPlace(c);
                for (std::size_t i = 0; i < rank; ++i) h[i] = static_cast<T>(c[static_cast<Eigen::Index>(i)]);
            };
            double worst = 0;
            KrylovState state{steps_};
            std::size_t count = 0;
            for (std::size_t j = 0; j < s; ++j) {
                Column& c = columns_[j];
                solve(P, R_[j]);
                P.add(rank, h.data(), {X_.data() + j * n_, n_});        // x ← x + P α
                c.norm = std::sqrt(Q.subtract(rank, h.data(), R_[j]));  // r ← r − A P α
                c.history.push_back(c.norm);
                const double ratio = c.norm / c.target;
                if (!(ratio < worst)) {
                    worst = ratio;
                    state.residual_norm = std::ldexp(c.norm, c.exponent);
                    state.target = std::ldexp(c.target, c.exponent);
                }
                precondition(R_[j], z);
                solve(Q, z);
                for (T& beta : h) beta = -beta;
                P.add(rank, h.data(), z);  // p ← z − P (PᴴAP)⁻¹ (AP)ᴴ z
                std::fill(h.begin(), h.end(), T{0});
                add_direction(count, z);
            }
            rank = count;
            std::swap(P, next);
            if (options_.monitor && options_.monitor(state)) {
                interrupted_ = true;
                return;
            }
            if (worst < 0.99 * best) best = worst, best_at = steps_;
            if (!(worst > 1) || !std::isfinite(worst) || steps_ - best_at > std::max<std::int64_t>(100, n_ / s)) break;
            if (options_.cancel && options_.cancel->load(std::memory_order_relaxed)) break;
            if (options_.stop.max_seconds > 0 &&
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() >
                    options_.stop.max_seconds)
                break;
        }
    }

    /// Into X, what is better than the start: by its own residual, not the recurrence's.
    void store(Eigen::Ref<Eigen::MatrixX<T>> X, const Eigen::Ref<const Eigen::MatrixX<T>>& B) const {
        Buffer<T> r(n_);
        for (std::size_t j = 0; j < columns_.size(); ++j) {
            const Column& c = columns_[j];
            const VectorView<T> x(X_.data() + j * n_, n_);
            if (!all_finite(x)) continue;
            A_.apply(x, r);
            double sum = 0;
            for (std::size_t i = 0; i < n_; ++i)
                sum += static_cast<double>(
                    square(scale_by_power(B(static_cast<Eigen::Index>(i), c.index), -c.exponent) - r[i]));
            if (!(std::sqrt(sum) <= c.start)) continue;
            for (std::size_t i = 0; i < n_; ++i)
                X(static_cast<Eigen::Index>(i), c.index) = scale_by_power(x[i], c.exponent);
        }
    }

private:
    void precondition(VectorView<T> r, VectorRef<T> z) const {
        if (M_)
            M_->apply(r, z);
        else
            std::copy(r.begin(), r.end(), z.begin());
    }

    const LinearOperatorRef<T>& A_;
    const LinearOperatorRef<T>* M_;
    const KrylovOptions& options_;
    std::int64_t max_steps_, steps_ = 0;
    bool interrupted_ = false;
    std::size_t n_;
    std::vector<Column> columns_;
    Buffer<T> X_;
    Basis<T> R_{0, 0};
};

/// Whether products with vectors near 1 stay far from over- and underflow.
template <Scalar T>
bool moderate(const LinearOperatorRef<T>& A, std::size_t n) {
    const Buffer<T> x = random_vector<T>(static_cast<Index>(n), 1);
    Buffer<T> y(n);
    A.apply(x, y);
    const auto largest = static_cast<double>(norm_inf(y));
    constexpr int limit = std::numeric_limits<Real<T>>::max_exponent > 200 ? 200 : 20;
    return largest > 0 && std::isfinite(largest) && std::abs(std::ilogb(largest)) <= limit;
}

}  // namespace

}  // namespace ritz::iterative

namespace ritz::detail {

template <Scalar T>
std::vector<KrylovReport> block_cg(const KrylovOperator<T>& A, const Eigen::Ref<const Eigen::MatrixX<T>>& B,
                                   Eigen::Ref<Eigen::MatrixX<T>> X, const Preconditioner<T>* M,
                                   const LinearOperatorRef<T>* M_ref, const KrylovOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    const auto n = A.apply.rows();
    require(A.apply.cols() == n, "block_cg: A must be square");
    require(B.rows() == n && X.rows() == n, "block_cg: B and X must have as many rows as A");
    require(B.cols() == X.cols(), "block_cg: B and X must have as many columns");
    std::optional<LinearOperatorRef<T>> erased;
    const LinearOperatorRef<T>* const preconditioner = M ? &erased.emplace(*M) : M_ref;
    Eigen::MatrixX<T> solutions = X;
    std::vector<KrylovReport> reports(static_cast<std::size_t>(B.cols()));
    if (B.cols() == 0) return reports;

    KrylovOptions of_column = options;
    // The gate's own word on A, b and x, before anything is computed.
    of_column.stop.max_iterations = 0;
    of_column.monitor = {};
    Eigen::VectorX<T> b = B.col(0), x = X.col(0);
    const KrylovReport first = krylov<T>(Method::cg, A, b, x, M, M_ref, of_column);
    const bool suitable = n > 0 && first.status != Status::not_symmetric && B.allFinite() && X.allFinite() &&
                          iterative::moderate<T>(A.apply, static_cast<std::size_t>(n)) &&
                          (!preconditioner || iterative::moderate<T>(*preconditioner, static_cast<std::size_t>(n)));
    of_column.known_hermitian = options.known_hermitian || first.status != Status::not_symmetric;

    const std::int64_t limit = options.stop.max_iterations >= 0
                                   ? options.stop.max_iterations
                                   : std::clamp<std::int64_t>(10 * std::int64_t{n}, 100, 100000);
    std::optional<iterative::Block<T>> block;
    if (suitable) {
        block.emplace(A.apply, B, X, preconditioner, options, limit);
        block->run();
        block->store(solutions, B);
    }
    for (Eigen::Index j = 0; j < B.cols(); ++j) {
        std::int64_t steps = 0;
        std::vector<double> history;
        if (block)
            for (const auto& column : block->columns())
                if (column.index == j) {
                    steps = block->steps();
                    for (const double norm : column.history) history.push_back(std::ldexp(norm, column.exponent));
                }
        of_column.stop.max_iterations = limit - steps;
        if (block && block->interrupted())
            of_column.monitor = [](const KrylovState&) { return true; };
        else if (options.monitor)
            of_column.monitor = [&options, steps](const KrylovState& state) {
                KrylovState counted = state;
                counted.iteration += steps;
                return options.monitor(counted);
            };
        b = B.col(j);
        x = solutions.col(j);
        KrylovReport& report = reports[static_cast<std::size_t>(j)];
        report = krylov<T>(Method::cg, A, b, x, M, M_ref, of_column);
        solutions.col(j) = x;
        report.method = "block_cg";
        report.iterations += steps;
        if (steps > 0 && options.history) {
            if (!report.history.empty())
                history.insert(history.end(), report.history.begin() + 1, report.history.end());
            report.history = std::move(history);
        }
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    X = solutions;
    return reports;
}

#define INSTANTIATE(T)                                                                                                \
    template std::vector<KrylovReport> block_cg(const KrylovOperator<T>&, const Eigen::Ref<const Eigen::MatrixX<T>>&, \
                                                Eigen::Ref<Eigen::MatrixX<T>>, const Preconditioner<T>*,              \
                                                const LinearOperatorRef<T>*, const KrylovOptions&);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::detail
