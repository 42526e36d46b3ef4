// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/combine.hpp"

#include <memory>

#include "core/instantiate.hpp"
#include "preconditioners/common.hpp"

namespace ritz {

namespace {

template <Scalar T>
struct Combined {
    std::vector<Preconditioner<T>> parts;
    T alpha{1};
    Definiteness what = Definiteness::unknown;
    PreconditionerStatistics sum;
    std::shared_ptr<detail::ScratchPool<T>> scratch = std::make_shared<detail::ScratchPool<T>>();

    Combined(std::vector<Preconditioner<T>> given, const char* who) : parts(std::move(given)) {
        detail::require(!parts.empty(), std::string(who) + ": there must be a part");
        what = Definiteness::positive_definite;
        for (const auto& part : parts) {
            detail::require(part && part.rows() == parts.front().rows() && part.cols() == parts.front().rows(),
                            std::string(who) + ": the parts must be preconditioners of one order");
            what = std::max(what, part.definiteness());
            sum.nonzeros += part.statistics().nonzeros;
            sum.memory_bytes += part.statistics().memory_bytes;
            sum.setup_seconds += part.statistics().setup_seconds;
            sum.shift = std::max(sum.shift, part.statistics().shift);
        }
    }
    Index rows() const { return parts.front().rows(); }
    Index cols() const { return rows(); }
    Definiteness definiteness() const { return what; }
    PreconditionerStatistics statistics() const { return sum; }
    bool parts_have_adjoints() const {
        return std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part.has_adjoint(); });
    }
    static void apply_part(const Preconditioner<T>& part, bool adjoint, VectorView<T> r, VectorRef<T> z) {
        adjoint ? part.apply_adjoint(r, z) : part.apply(r, z);
    }
};

template <Scalar T>
struct Sum : Combined<T> {
    using Combined<T>::Combined;
    bool has_adjoint() const { return this->parts_have_adjoints(); }
    void run(bool adjoint, VectorView<T> r, VectorRef<T> z) const {
        detail::require_vectors<T>(r, z, this->rows(), "additive");
        auto one = this->scratch->take(z.size());
        const VectorRef<T> term(one.data(), z.size());
        for (std::size_t k = 0; k < this->parts.size(); ++k) {
            this->apply_part(this->parts[k], adjoint, r, k == 0 ? z : term);
            if (k > 0) axpy(T{1}, VectorView<T>(term.data(), term.size()), z);
        }
        if (this->alpha != T{1}) scale(adjoint ? ritz::conjugate(this->alpha) : this->alpha, z);
    }
    void apply(VectorView<T> r, VectorRef<T> z) const { run(false, r, z); }
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const { run(true, r, z); }
};

template <Scalar T>
struct Successive : Combined<T> {
    LinearOperatorRef<T> A;
    Successive(LinearOperatorRef<T> a, std::vector<Preconditioner<T>> given, const char* who)
        : Combined<T>(std::move(given), who), A(a) {
        detail::require(a.rows() == this->rows() && a.cols() == this->rows(),
                        std::string(who) + ": A must be of the parts' order");
    }
    bool has_adjoint() const { return this->parts_have_adjoints() && (this->parts.size() == 1 || A.has_adjoint()); }
    /// The adjoint goes through the adjoint parts from the last to the first.
    void run(bool adjoint, VectorView<T> r, VectorRef<T> z) const {
        detail::require_vectors<T>(r, z, this->rows(), "multiplicative");
        const std::size_t n = z.size(), count = this->parts.size();
        auto left = this->scratch->take(n);
        auto one = this->scratch->take(n);
        const VectorRef<T> residual(left.data(), n), term(one.data(), n);
        for (std::size_t k = 0; k < count; ++k) {
            const auto& part = this->parts[adjoint ? count - 1 - k : k];
            if (k == 0) {
                this->apply_part(part, adjoint, r, z);
                continue;
            }
            const VectorView<T> now(z.data(), n);
            adjoint ? A.apply_adjoint(now, residual) : A.apply(now, residual);
            T* const t = residual.data();
            detail::sweep(n, [=](std::size_t i) { t[i] = r[i] - t[i]; });  // r - A z
            this->apply_part(part, adjoint, VectorView<T>(t, n), term);
            axpy(T{1}, VectorView<T>(term.data(), n), z);
        }
    }
    void apply(VectorView<T> r, VectorRef<T> z) const { run(false, r, z); }
    void apply_adjoint(VectorView<T> r, VectorRef<T> z) const { run(true, r, z); }
};

}  // namespace

template <Scalar T>
Preconditioner<T> scaled(std::type_identity_t<T> alpha, Preconditioner<T> M) {
    const std::string name = M.name();
    Sum<T> result({std::move(M)}, "scaled");
    result.alpha = alpha;
    if constexpr (is_complex<T>)
        if (alpha.imag() != 0) result.what = Definiteness::unknown;
    if (!detail::is_positive<T>(alpha)) result.what = std::max(result.what, Definiteness::hermitian);
    return {std::move(result), name};
}

template <Scalar T>
Preconditioner<T> additive(std::vector<Preconditioner<T>> parts) {
    return {Sum<T>(std::move(parts), "additive"), "additive"};
}

template <Scalar T>
Preconditioner<T> multiplicative(LinearOperatorRef<std::type_identity_t<T>> A, std::vector<Preconditioner<T>> parts,
                                 const MultiplicativeOptions& options) {
    const std::size_t count = parts.size();
    if (options.symmetric)
        for (std::size_t k = count; k-- > 1;) parts.push_back(parts[k - 1]);
    Successive<T> result(A, std::move(parts), "multiplicative");
    if (count > 1)
        result.what = options.symmetric ? std::max(result.what, Definiteness::hermitian) : Definiteness::unknown;
    return {std::move(result), "multiplicative"};
}

#define RITZ_INSTANTIATE(T)                                                               \
    template Preconditioner<T> scaled(std::type_identity_t<T>, Preconditioner<T>);        \
    template Preconditioner<T> additive(std::vector<Preconditioner<T>>);                  \
    template Preconditioner<T> multiplicative(LinearOperatorRef<std::type_identity_t<T>>, \
                                              std::vector<Preconditioner<T>>, const MultiplicativeOptions&);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
