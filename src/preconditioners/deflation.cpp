// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/deflation.hpp"

#include "preconditioners/common.hpp"
#include "preconditioners/dense_inverse.hpp"

namespace ritz {

namespace {

/// Few long vectors, stored one after another.
template <Scalar T>
struct Vectors {
    std::size_t n = 0, count = 0;
    Buffer<T> values;

    Vectors() = default;
    Vectors(std::size_t rows, std::size_t cols) : n(rows), count(cols), values(rows * cols) {}
    explicit Vectors(const Eigen::Ref<const Eigen::MatrixX<T>>& W)
        : Vectors(static_cast<std::size_t>(W.rows()), static_cast<std::size_t>(W.cols())) {
        for (std::size_t k = 0; k < count; ++k)
            std::copy_n(W.data() + static_cast<Eigen::Index>(k) * W.outerStride(), n, values.data() + k * n);
    }
    VectorView<T> operator[](std::size_t k) const { return {values.data() + k * n, n}; }
    VectorRef<T> operator[](std::size_t k) { return {values.data() + k * n, n}; }

    /// c ← Vᴴ x
    void coefficients(VectorView<T> x, Buffer<T>& c) const {
        c.resize(count);
        for (std::size_t k = 0; k < count; ++k) c[k] = dot((*this)[k], x);
    }
    /// y ← y + α V c
    void add(T alpha, const Buffer<T>& c, VectorRef<T> y) const {
        for (std::size_t k = 0; k < count; ++k) axpy(detail::times(alpha, c[k]), (*this)[k], y);
    }
};

template <Scalar T>
void apply_or_copy(const Preconditioner<T>& M, bool adjoint, VectorView<T> r, VectorRef<T> z) {
    if (!M)
        std::copy(r.begin(), r.end(), z.begin());
    else
        adjoint ? M.apply_adjoint(r, z) : M.apply(r, z);
}

}  // namespace

template <Scalar T>
struct Deflated<T>::State : detail::PreconditionerState<T> {
    Preconditioner<T> M;
    Vectors<T> N;

    void project(VectorRef<T> x) const {
        Buffer<T> c;
        N.coefficients(VectorView<T>(x.data(), x.size()), c);
        N.add(T{-1}, c, x);
    }
    void run(bool adjoint, const T* r, T* z) const {
        const std::size_t n = N.n;
        auto loan = this->scratch.take(n);
        const VectorRef<T> projected(loan.data(), n), result(z, n);
        std::copy_n(r, n, projected.begin());
        project(projected);
        apply_or_copy<T>(M, adjoint, VectorView<T>(projected.data(), n), result);
        project(result);
    }
    void apply(const T* r, T* z) const { run(false, r, z); }
    void apply_adjoint(const T* r, T* z) const { run(true, r, z); }
};

template <Scalar T>
Deflated<T>::Deflated(Preconditioner<T> M, const Eigen::Ref<const Eigen::MatrixX<T>>& null_vectors) {
    const detail::Stopwatch watch;
    const auto state = std::make_shared<State>();
    state->rows = static_cast<Index>(null_vectors.rows());
    detail::require(!M || (M.rows() == state->rows && M.cols() == state->rows),
                    "Deflated: M must be of the order of the null vectors");
    state->N = Vectors<T>(null_vectors);
    auto& N = state->N;
    // Twice is enough: modified Gram–Schmidt, the second time on nearly orthonormal vectors.
    for (std::size_t k = 0; k < N.count; ++k) {
        const VectorRef<T> v = N[k];
        const Real<T> size = norm2(v);
        detail::require(std::isfinite(size) && size > 0,
                        "Deflated: null vector " + std::to_string(k) + " is zero or not finite");
        const int e = detail::exponent_of(size);
        detail::scale_by_power(v.data(), v.size(), -e);
        scale(T{1} / norm2(v), v);
        for (int pass = 0; pass < 2; ++pass)
            for (std::size_t l = 0; l < k; ++l) axpy(-dot(N[l], v), N[l], v);
        const Real<T> rest = norm2(v);
        detail::require(rest > 100 * std::numeric_limits<Real<T>>::epsilon(),
                        "Deflated: null vector " + std::to_string(k) + " depends on those before it");
        scale(T{1} / rest, v);
        for (std::size_t l = 0; l < k; ++l) axpy(-dot(N[l], v), N[l], v);  // what the division has enlarged
    }
    state->M = std::move(M);
    state->definiteness = state->M ? state->M.definiteness() : Definiteness::positive_definite;
    state->statistics = state->M.statistics();
    state->statistics.nonzeros += std::ssize(N.values);
    state->statistics.memory_bytes += N.values.size() * sizeof(T);
    state->statistics.setup_seconds += watch.seconds();
    state_ = state;
}

template <Scalar T>
bool Deflated<T>::has_adjoint() const noexcept {
    return !state_->M || state_->M.has_adjoint();
}

template <Scalar T>
struct CoarseSpace<T>::State : detail::PreconditionerState<T> {
    Preconditioner<T> M;
    CoarseKind kind = CoarseKind::balanced;
    Vectors<T> W, AW, AhW;  // AhW = Aᴴ W; empty: the same as AW
    Buffer<T> inverse;      // of E = Wᴴ A W, by columns

    /// c ← E⁻¹ c, or E⁻ᴴ c.
    void solve_coarse(bool adjoint, Buffer<T>& c) const {
        const std::size_t k = W.count;
        Buffer<T> e(k, T{0});
        for (std::size_t j = 0; j < k; ++j)
            for (std::size_t i = 0; i < k; ++i)
                if (adjoint)
                    detail::multiply_add(e[j], ritz::conjugate(inverse[i + j * k]), c[i]);
                else
                    detail::multiply_add(e[i], inverse[i + j * k], c[j]);
        c = std::move(e);
    }
    void run(bool adjoint, const T* r, T* z) const {
        const std::size_t n = W.n;
        const VectorRef<T> result(z, n);
        const Vectors<T>& mirrored = AhW.count == 0 ? AW : AhW;
        const Vectors<T>&image = adjoint ? mirrored : AW, &coimage = adjoint ? AW : mirrored;
        Buffer<T> c, d;
        W.coefficients(VectorView<T>(r, n), c);
        solve_coarse(adjoint, c);  // Q r = W c
        if (kind == CoarseKind::additive) {
            apply_or_copy<T>(M, adjoint, VectorView<T>(r, n), result);
        } else {
            auto loan = this->scratch.take(n);
            const VectorRef<T> rest(loan.data(), n);
            std::copy_n(r, n, rest.begin());
            image.add(T{-1}, c, rest);  // r - A Q r
            apply_or_copy<T>(M, adjoint, VectorView<T>(loan.data(), n), result);
            coimage.coefficients(VectorView<T>(z, n), d);  // Wᴴ A z
            solve_coarse(adjoint, d);
            W.add(T{-1}, d, result);  // z ← z - Q A z
        }
        W.add(T{1}, c, result);
    }
    void apply(const T* r, T* z) const { run(false, r, z); }
    void apply_adjoint(const T* r, T* z) const { run(true, r, z); }
};

template <Scalar T>
CoarseSpace<T>::CoarseSpace(const LinearOperatorRef<T>& A, Preconditioner<T> M,
                            const Eigen::Ref<const Eigen::MatrixX<T>>& W, const CoarseSpaceOptions& options) {
    const detail::Stopwatch watch;
    const auto state = std::make_shared<State>();
    state->rows = A.rows();
    detail::require(A.rows() == A.cols() && W.rows() == A.rows(),
                    "CoarseSpace: A must be square and W have as many rows");
    detail::require(!M || (M.rows() == A.rows() && M.cols() == A.rows()), "CoarseSpace: M must be of the order of A");
    state->kind = options.kind;
    state->W = Vectors<T>(W);
    const std::size_t n = state->W.n, k = state->W.count;
    state->AW = Vectors<T>(n, k);
    for (std::size_t j = 0; j < k; ++j) A.apply(std::as_const(state->W)[j], state->AW[j]);
    if (options.kind == CoarseKind::balanced && A.has_adjoint()) {
        state->AhW = Vectors<T>(n, k);
        for (std::size_t j = 0; j < k; ++j) A.apply_adjoint(std::as_const(state->W)[j], state->AhW[j]);
    }
    state->inverse.resize(k * k);
    bool hermitian = true;
    for (std::size_t j = 0; j < k; ++j)
        for (std::size_t i = 0; i < k; ++i) state->inverse[i + j * k] = dot(state->W[i], state->AW[j]);
    // Hermitian but for rounding: then exactly, so that Q is.
    const auto element = [&](std::size_t i, std::size_t j) -> T& { return state->inverse[i + j * k]; };
    for (std::size_t j = 0; j < k; ++j)
        for (std::size_t i = 0; i <= j; ++i)
            hermitian = hermitian && detail::magnitude(T(element(i, j) - ritz::conjugate(element(j, i)))) <=
                                         64 * std::sqrt(static_cast<Real<T>>(n)) *
                                             std::numeric_limits<Real<T>>::epsilon() *
                                             std::sqrt(detail::magnitude(element(i, i))) *
                                             std::sqrt(detail::magnitude(element(j, j)));
    if (hermitian)
        for (std::size_t j = 0; j < k; ++j) {
            element(j, j) = detail::real_part(element(j, j));
            for (std::size_t i = 0; i < j; ++i) element(i, j) = ritz::conjugate(element(j, i));
        }
    const auto what =
        k == 0 ? detail::DenseInverse::positive_definite : detail::invert(static_cast<Index>(k), state->inverse.data());
    if (what == detail::DenseInverse::singular)
        throw SingularMatrix(
            "CoarseSpace: Wᴴ A W is singular: the columns of W are dependent, or A is singular on "
            "them (Deflated takes null vectors)");
    state->M = std::move(M);
    state->definiteness = std::max(state->M ? state->M.definiteness() : Definiteness::positive_definite,
                                   what == detail::DenseInverse::positive_definite ? Definiteness::positive_definite
                                   : what == detail::DenseInverse::hermitian       ? Definiteness::hermitian
                                                                                   : Definiteness::unknown);
    state->statistics = state->M.statistics();
    for (const auto* v : {&state->W, &state->AW, &state->AhW}) {
        state->statistics.nonzeros += std::ssize(v->values);
        state->statistics.memory_bytes += v->values.size() * sizeof(T);
    }
    state->statistics.setup_seconds += watch.seconds();
    state_ = state;
}

template <Scalar T>
bool CoarseSpace<T>::has_adjoint() const noexcept {
    return !state_->M || state_->M.has_adjoint();
}

RITZ_DEFINE_PRECONDITIONER(Deflated)
RITZ_DEFINE_PRECONDITIONER(CoarseSpace)

}  // namespace ritz
