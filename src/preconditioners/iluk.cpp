// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/preconditioners/iluk.hpp"

#include <functional>
#include <utility>
#include <vector>

#include "core/instantiate.hpp"
#include "preconditioners/incomplete_common.hpp"
#include "preconditioners/pattern_lu.hpp"

namespace ritz {

using namespace detail;

namespace {

constexpr const char* who = "Iluk";

std::size_t at(Offset i) {
    return static_cast<std::size_t>(i);
}

/// The pattern of the factors with fill up to a level. Row i is a list of columns in order, into which the rows k < i
/// of U are merged as elimination would. \ref Saad, algorithm 10.5.
LuPattern pattern_of_level(const LuPattern& A, Index fill_level) {
    const auto n = A.diagonal.size();
    LuPattern p;
    p.indptr.resize(n + 1);
    p.indptr[0] = 0;
    p.diagonal.resize(n);
    p.indices.reserve(A.indices.size());
    Buffer<Index> level;  // of each entry of p
    level.reserve(A.indices.size());
    const auto end = static_cast<Index>(n);
    Buffer<Index> next(n + 1), level_of(n, -1);  // the list, which begins at next[n]; -1: not in the row
    for (std::size_t i = 0; i < n; ++i) {
        Index last = end;
        for (Offset e = A.indptr[i]; e < A.indptr[i + 1]; ++e) {
            const Index j = A.indices[at(e)];
            next[at(last)] = j;
            level_of[at(j)] = 0;
            last = j;
        }
        next[at(last)] = end;
        for (Index k = next[n]; k < static_cast<Index>(i); k = next[at(k)]) {
            Index before = k;
            for (Offset q = p.diagonal[at(k)] + 1; q < p.indptr[at(k) + 1]; ++q) {
                // Levels do not exceed fill_level, and their sum is formed in 64 bits.
                const Offset made = Offset{level_of[at(k)]} + level[at(q)] + 1;
                if (made > fill_level) continue;
                const Index j = p.indices[at(q)];
                if (level_of[at(j)] >= 0) {
                    level_of[at(j)] = std::min(level_of[at(j)], static_cast<Index>(made));
                } else {
                    while (next[at(before)] < j) before = next[at(before)];
                    next[at(j)] = next[at(before)];
                    next[at(before)] = j;
                    level_of[at(j)] = static_cast<Index>(made);
                }
            }
        }
        for (Index j = next[n]; j != end; j = next[at(j)]) {
            if (at(j) == i) p.diagonal[i] = static_cast<Offset>(p.indices.size());
            p.indices.push_back(j);
            level.push_back(level_of[at(j)]);
            level_of[at(j)] = -1;
        }
        p.indptr[i + 1] = static_cast<Offset>(p.indices.size());
    }
    return p;
}

}  // namespace

template <Scalar T>
struct Iluk<T>::Content {
    IlukOptions options;
    PreconditionerStatistics statistics;
    Index n = 0;
    LuPattern pattern;
    Buffer<Offset> indptr;  // of A, for refactor
    Buffer<Index> indices;
    std::shared_ptr<const TriangularEngine<T>> engine;

    void factor(const CsrView<T>& A) {
        const auto start = std::chrono::steady_clock::now();
        require_square_and_finite(A, who);
        if (!engine) pattern = pattern_of_level(pattern_with_diagonal(A), options.fill_level);
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
Iluk<T>::Iluk(const CsrView<T>& A, const IlukOptions& options) : content_(std::make_unique<Content>()) {
    require_options(who, options.shift, options.modified);
    require(options.fill_level >= 0, std::string(who) + ": options.fill_level must not be negative");
    content_->options = options;
    content_->indptr.assign(A.indptr().begin(), A.indptr().end());
    content_->indices.assign(A.indices().begin(), A.indices().end());
    content_->factor(A);
}

template <Scalar T>
void Iluk<T>::refactor(const CsrView<T>& A) {
    require(std::ranges::equal(A.indptr(), content_->indptr) && std::ranges::equal(A.indices(), content_->indices),
            std::string(who) + "::refactor: the matrix must have the pattern of the one that was factored");
    content_->factor(A);
}

template <Scalar T>
Iluk<T>::~Iluk() = default;
template <Scalar T>
Iluk<T>::Iluk(Iluk&&) noexcept = default;
template <Scalar T>
Iluk<T>& Iluk<T>::operator=(Iluk&&) noexcept = default;

template <Scalar T>
Index Iluk<T>::rows() const noexcept {
    return content_->n;
}

template <Scalar T>
const PreconditionerStatistics& Iluk<T>::statistics() const noexcept {
    return content_->statistics;
}

template <Scalar T>
void Iluk<T>::apply(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply(r.data(), z.data());
}

template <Scalar T>
void Iluk<T>::apply_adjoint(VectorView<T> r, VectorRef<T> z) const {
    require_vectors<T>(who, content_->n, r, z);
    content_->engine->apply_adjoint(r.data(), z.data());
}

#define RITZ_INSTANTIATE(T) template class Iluk<T>;
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz
