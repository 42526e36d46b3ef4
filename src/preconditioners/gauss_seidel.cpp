// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/gauss_seidel.hpp"

#include <mutex>
#include <optional>

#include "preconditioners/common.hpp"
#include "preconditioners/stages.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/extract.hpp"

namespace ritz {

namespace {

constexpr Index thin_stage = 16;                 // below so many unknowns a stage, staging costs more than it gains
constexpr std::int64_t rows_per_thread = 10000;  // that a sweep should have

/// The sweeps over one matrix, its unknowns in the order of the stages, so that what comes earlier is the lower
/// triangle.
template <Scalar T>
struct Sweeps {
    Csr<T> lower, upper;  // strict triangles
    Buffer<T> inverse;    // ω / a_ii
    Real<T> omega;
    Buffer<Index> starts;  // of stages
    bool serial = false;   // one stage, whose unknowns depend on each other

    /// rows(begin, end) for every stage in turn, or in the reverse order.
    template <class Rows>
    void staged(bool reversed, Rows&& rows) const {
        const auto count = static_cast<Index>(starts.size()) - 1;
        const Index* const start = starts.data();
        const auto stage_of = [&](Index step) { return reversed ? count - 1 - step : step; };
        const int threads =
            serial ? 1 : detail::threads_for(static_cast<std::int64_t>(inverse.size()), rows_per_thread);
        if (threads <= 1) {
            for (Index step = 0; step < count; ++step)
                detail::call_compiled_once(rows, start[stage_of(step)], start[stage_of(step) + 1]);
            return;
        }
#pragma omp parallel num_threads(threads)
        {
            const std::int64_t team = omp_get_num_threads(), me = omp_get_thread_num();
            for (Index step = 0; step < count; ++step) {
                const std::int64_t begin = start[stage_of(step)], size = start[stage_of(step) + 1] - begin;
                detail::call_compiled_once(rows, static_cast<Index>(begin + size * me / team),
                                           static_cast<Index>(begin + size * (me + 1) / team));
#pragma omp barrier
            }
        }
    }

    static T row_dot(const detail::Slices<T>& a, Index i, const T* z) {
        T sum{0};
        for (Offset k = a.begin(i); k < a.end(i); ++k) detail::multiply_add(sum, a.values[k], z[a.indices[k]]);
        return sum;
    }

    /// z_i ← ω/a_ii (r_i - Σ a_ij z_j) over one triangle: a sweep that starts from z = 0.
    void from_zero(bool reversed, const T* r, T* z) const {
        const detail::Slices<T> a(reversed ? upper : lower);
        const T* const d = inverse.data();
        in_order(reversed, [=](Index i) { z[i] = detail::times(d[i], r[i] - row_dot(a, i, z)); });
    }

    /// The backward sweep after a forward one from 0, by which r_i - Σ_{j<i} a_ij z_j is a_ii z_i / ω:
    /// z_i ← (2 - ω) z_i - ω/a_ii Σ_{j>i} a_ij z_j.
    void back_from_forward(T* z) const {
        const detail::Slices<T> a(upper);
        const T* const d = inverse.data();
        const Real<T> rest = 2 - omega;
        in_order(true, [=](Index i) { z[i] = rest * z[i] - detail::times(d[i], row_dot(a, i, z)); });
    }

    /// z_i ← (1 - ω) z_i + ω/a_ii (r_i - Σ_{j≠i} a_ij z_j).
    void full(bool reversed, const T* r, T* z) const {
        const detail::Slices<T> l(lower), u(upper);
        const T* const d = inverse.data();
        const Real<T> rest = 1 - omega;
        in_order(reversed, [=](Index i) {
            z[i] = rest * z[i] + detail::times(d[i], r[i] - row_dot(l, i, z) - row_dot(u, i, z));
        });
    }

    template <class Row>
    void in_order(bool reversed, const Row& row) const {
        if (reversed)
            staged(true, [=](Index begin, Index end) {
                for (Index i = end; i-- > begin;) row(i);
            });
        else
            staged(false, [=](Index begin, Index end) {
                for (Index i = begin; i < end; ++i) row(i);
            });
    }

    void run(SweepDirection direction, Index sweeps, const T* r, T* z) const {
        const bool reversed = direction == SweepDirection::backward;
        from_zero(reversed, r, z);
        if (direction == SweepDirection::symmetric) back_from_forward(z);
        for (Index s = 1; s < sweeps; ++s) {
            full(reversed, r, z);
            if (direction == SweepDirection::symmetric) full(true, r, z);
        }
    }
};

template <Scalar T>
struct SweepState : detail::PreconditionerState<T> {
    GaussSeidelOptions options;
    Buffer<Index> order;  // of the unknowns; empty: as numbered
    Sweeps<T> sweeps;
    mutable std::once_flag adjoint_is_there;
    mutable std::optional<Sweeps<T>> adjoint_sweeps;  // of Aᴴ; none: A is Hermitian, and they are `sweeps`

    SweepState(const CsrView<T>& A, const GaussSeidelOptions& given, const char* who) : options(given) {
        const detail::Stopwatch watch;
        detail::require_square_and_finite(A, who);
        detail::require(given.omega > 0 && given.omega < 2,
                        std::string(who) + ": omega must lie between 0 and 2, but is " + std::to_string(given.omega));
        detail::require(given.sweeps >= 1, std::string(who) + ": sweeps must be at least 1");
        this->rows = A.rows();
        this->exponent = detail::scaling_exponent<T>(A.values());
        const auto n = static_cast<std::size_t>(A.rows());

        const auto d = diagonal(A);
        sweeps.omega = static_cast<Real<T>>(given.omega);
        sweeps.inverse.resize(n);
        bool real = true, positive = true;
        for (std::size_t i = 0; i < n; ++i) {
            const T a = detail::scale_by_power(d[static_cast<Eigen::Index>(i)], -this->exponent);
            if (a == T{0}) detail::throw_zero_diagonal(who, static_cast<Index>(i));
            const T inverse = detail::inverse_of(a);
            if (!detail::is_finite(inverse))
                throw SingularMatrix(std::string(who) + ": the diagonal in row " + std::to_string(i) +
                                         " is too small beside the largest entry; scale the matrix first",
                                     static_cast<std::int64_t>(i));
            positive = positive && detail::is_positive(a);
            if constexpr (is_complex<T>) real = real && a.imag() == 0;
            sweeps.inverse[i] = sweeps.omega * inverse;
        }
        if (given.direction == SweepDirection::symmetric && real)
            this->definiteness = positive ? Definiteness::positive_definite : Definiteness::hermitian;

        detail::Stages stages =
            given.ordering == SweepOrdering::multicolour ? detail::colour_stages(A) : detail::level_stages(A);
        if (given.ordering == SweepOrdering::natural && this->rows < thin_stage * std::int64_t{stages.count()}) {
            stages.order.clear();
            stages.starts = {0, A.rows()};
            sweeps.serial = true;
        }
        order = std::move(stages.order);
        sweeps.starts = std::move(stages.starts);
        if (order.empty()) {
            take_triangles(A);
        } else {
            take_triangles(permute_symmetric(A, std::span<const Index>(order)));
            Buffer<T> inverse(n);
            for (std::size_t i = 0; i < n; ++i) inverse[i] = sweeps.inverse[static_cast<std::size_t>(order[i])];
            sweeps.inverse = std::move(inverse);
        }
        this->statistics = {.nonzeros = sweeps.lower.nnz() + sweeps.upper.nnz() + A.rows(),
                            .memory_bytes = detail::memory_of<T>(sweeps.lower) + detail::memory_of<T>(sweeps.upper) +
                                            n * (sizeof(T) + 2 * sizeof(Index)),
                            .setup_seconds = watch.seconds()};
    }

    void take_triangles(const CsrView<T>& A) {
        sweeps.lower = tril(A, -1);
        sweeps.upper = triu(A, 1);
        if (this->exponent == 0) return;
        for (T& a : sweeps.lower.values()) a = detail::scale_by_power(a, -this->exponent);
        for (T& a : sweeps.upper.values()) a = detail::scale_by_power(a, -this->exponent);
    }

    void run(const Sweeps<T>& s, SweepDirection direction, const T* r, T* z) const {
        if (order.empty()) return s.run(direction, options.sweeps, r, z);
        const std::size_t n = order.size();
        auto ordered_r = this->scratch.take(n);
        auto ordered_z = this->scratch.take(n);
        T *const from = ordered_r.data(), *const to = ordered_z.data();
        const Index* const o = order.data();
        detail::sweep(n, [=](std::size_t i) { from[i] = r[o[i]]; });
        s.run(direction, options.sweeps, from, to);
        detail::sweep(n, [=](std::size_t i) { z[o[i]] = to[i]; });
    }

    void apply(const T* r, T* z) const { run(sweeps, options.direction, r, z); }

    /// The adjoint of sweeps over A is sweeps over Aᴴ in the opposite direction.
    void apply_adjoint(const T* r, T* z) const {
        std::call_once(adjoint_is_there, [&] {
            Sweeps<T> s{adjoint<Order::row, T>(sweeps.upper),
                        adjoint<Order::row, T>(sweeps.lower),
                        sweeps.inverse,
                        sweeps.omega,
                        sweeps.starts,
                        sweeps.serial};
            for (T& a : s.inverse) a = ritz::conjugate(a);
            const bool hermitian = s.inverse == sweeps.inverse && CsrView<T>(s.lower) == CsrView<T>(sweeps.lower);
            if (!hermitian) adjoint_sweeps = std::move(s);
        });
        const auto opposite = options.direction == SweepDirection::forward    ? SweepDirection::backward
                              : options.direction == SweepDirection::backward ? SweepDirection::forward
                                                                              : SweepDirection::symmetric;
        run(adjoint_sweeps ? *adjoint_sweeps : sweeps, opposite, r, z);
    }
};

}  // namespace

template <Scalar T>
struct GaussSeidel<T>::State : SweepState<T> {
    using SweepState<T>::SweepState;
};
template <Scalar T>
struct Ssor<T>::State : SweepState<T> {
    using SweepState<T>::SweepState;
};

template <Scalar T>
GaussSeidel<T>::GaussSeidel(const CsrView<T>& A, const GaussSeidelOptions& options)
    : state_(std::make_shared<const State>(A, options, "GaussSeidel")) {}

template <Scalar T>
Ssor<T>::Ssor(const CsrView<T>& A, const SsorOptions& options)
    : state_(std::make_shared<const State>(
          A, GaussSeidelOptions{SweepDirection::symmetric, options.sweeps, options.omega, options.ordering}, "Ssor")) {}

RITZ_DEFINE_PRECONDITIONER(GaussSeidel)
RITZ_DEFINE_PRECONDITIONER(Ssor)

}  // namespace ritz
