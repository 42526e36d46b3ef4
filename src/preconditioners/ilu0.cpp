// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/ilu0.hpp"

#include <functional>
#include <utility>

#include "core/instantiate.hpp"
#include "preconditioners/incomplete_common.hpp"
#include "preconditioners/pattern_lu.hpp"

namespace ritz {

using namespace detail;

namespace {
constexpr const char* who = "Ilu0";
}

template <Scalar T>
struct Ilu0<T>::Content {
    Ilu0Options options;
    PreconditionerStatistics statistics;
    Index n = 0;
    LuPattern pattern;
    Buffer<Offset> indptr;  // of A, for refactor
    Buffer<Index> indices;
    std::shared_ptr<const TriangularEngine<T>> engine;

    void factor(const CsrView<T>& A) {
        const auto start = std::chrono::steady_clock::now();
        require_square_and_finite(A, who);
        if (!engine) pattern = pattern_with_diagonal(A);
        double alpha = 0;
        const TriangularFactors<T> factors =
            factor_on_pattern(A, pattern, {who, options.modified, options.on_breakdown, options.shift}, alpha);
        engine = make_triangular_engine(factors, options.precision, engine ? engine->schedule() : nullptr);
        n = A.rows();
        statistics.nonzeros = static_cast<Offset>(pattern.indices.size());
        statistics.shift = alpha;
        statistics.memory_bytes =
            engine->memory_bytes() +
            (pattern.indptr.capacity() + pattern.diagonal.capacity() + indptr.capacity()) * sizeof(Offset) +
            (pattern.indices.capacity() + indices.capacity()) * sizeof(Index);
        statistics.setup_seconds = seconds_since(start);
    }
};

template <Scalar T>
Ilu0<T>::Ilu0(const CsrView<T>& A, const Ilu0Options& options) : content_(std::make_unique<Content>()) {
    require_options(who, options.shift, options.modified);
    content_->options = options;
    content_->indptr.assign(A.indptr().begin(), A.indptr().end());
    content_->indices.assign(A.indices().begin(), A.indices().end());
    content_->factor(A);
}

template <Scalar T>
void Ilu0<T>::refactor(const CsrView<T>& A) {
    require(std::ranges::equal(A.indptr(), content_->indptr) && std::ranges::equal(A.indices(), content_->indices),
            std::string(who) + "::refactor: the matrix must have the pattern of the one that was factored");
    content_->factor(A);
}

template <Scalar T>
Ilu0<T>::~Ilu0() = default;
template <Scalar T>
Ilu0<T>::Ilu0(Ilu0&&) noexcept = default;
template <Scalar T>
Ilu0<T>& Ilu0<T>::operator=(Ilu0&&) noexcept = default;

template <Scalar T>
Index Ilu0<T>::rows() const noexcept {
    return content_->n;
}

template <Scalar T>
const PreconditionerStatistics& Ilu0<T>::statistics() const noexcept {
    return content_->statistics;
}

template <Scalar T>
void Ilu0<T>::apply(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply(r.data(), z.data());
}

template <Scalar T>
void Ilu0<T>::apply_adjoint(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply_adjoint(r.data(), z.data());
}

#define RITZ_INSTANTIATE(T) template class Ilu0<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
