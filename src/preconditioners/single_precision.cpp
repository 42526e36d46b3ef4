// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/single_precision.hpp"

#include "preconditioners/common.hpp"

namespace ritz {

namespace {

template <Scalar U, Scalar T>
U converted(T a) {
    if constexpr (is_complex<T>)
        return U(static_cast<Real<U>>(a.real()), static_cast<Real<U>>(a.imag()));
    else
        return static_cast<U>(a);
}

}  // namespace

template <Scalar T>
struct SinglePrecision<T>::State : detail::PreconditionerState<T> {
    Csr<Low> A;
    Preconditioner<Low> M;
    mutable detail::ScratchPool<Low> low_scratch;

    template <class Apply>
    void in_single(const T* r, T* z, Apply&& apply_low) const {
        const auto n = static_cast<std::size_t>(this->rows);
        const Real<T> norm = norm_inf(VectorView<T>(r, n));
        if (norm == 0) {
            std::fill_n(z, n, T{0});
            return;
        }
        // A norm that is not finite needs no scaling: the NaN or infinity goes through.
        const int e = std::isfinite(norm) ? detail::exponent_of(norm) : 0;
        auto low_r = low_scratch.take(n);
        auto low_z = low_scratch.take(n);
        Low *const from = low_r.data(), *const to = low_z.data();
        // 2^-e in two factors, since e may be -1074.
        const Real<T> half = detail::scale_by_power(Real<T>{1}, -(e / 2)),
                      rest = detail::scale_by_power(Real<T>{1}, e / 2 - e);
        detail::sweep(n, [=](std::size_t i) { from[i] = converted<Low>(T(r[i] * half * rest)); });
        apply_low(VectorView<Low>(from, n), VectorRef<Low>(to, n));
        const Real<T> back_half = detail::scale_by_power(Real<T>{1}, e / 2),
                      back_rest = detail::scale_by_power(Real<T>{1}, e - e / 2);
        detail::sweep(n, [=](std::size_t i) { z[i] = converted<T>(to[i]) * back_half * back_rest; });
    }
    void apply(const T* r, T* z) const {
        in_single(r, z, [this](VectorView<Low> from, VectorRef<Low> to) { M.apply(from, to); });
    }
    void apply_adjoint(const T* r, T* z) const {
        in_single(r, z, [this](VectorView<Low> from, VectorRef<Low> to) { M.apply_adjoint(from, to); });
    }
};

template <Scalar T>
SinglePrecision<T>::SinglePrecision(const CsrView<T>& A, const Factory& make) {
    const detail::Stopwatch watch;
    detail::require_square_and_finite(A, "SinglePrecision");
    const auto state = std::make_shared<State>();
    state->rows = A.rows();
    int e = 0;
    {
        Real<T> largest = 0;
        for (const T& a : A.values()) largest = std::max(largest, detail::magnitude(a));
        if (largest > 0 && std::isfinite(largest)) e = detail::exponent_of(largest);
    }
    state->exponent = e;
    Buffer<Low> values(A.values().size());
    for (std::size_t k = 0; k < values.size(); ++k)
        values[k] = converted<Low>(detail::scale_by_power(A.values()[k], -e));
    state->A = Csr<Low>(detail::Trusted{}, A.rows(), A.cols(), Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
                        Buffer<Index>(A.indices().begin(), A.indices().end()), std::move(values));
    state->M = make(state->A);
    detail::require(state->M && state->M.rows() == A.rows() && state->M.cols() == A.rows(),
                    "SinglePrecision: the preconditioner made must be of A's order");
    state->definiteness = state->M.definiteness();
    state->statistics = state->M.statistics();
    state->statistics.setup_seconds = watch.seconds();
    state_ = state;
}

template <Scalar T>
bool SinglePrecision<T>::has_adjoint() const noexcept {
    return state_->M.has_adjoint();
}

RITZ_DEFINE_PRECONDITIONER(SinglePrecision)

}  // namespace ritz
