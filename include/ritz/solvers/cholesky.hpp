// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "ritz/core/eigen.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/solvers/factorization.hpp"

namespace ritz {

template <Scalar T>
class Cholesky;

// selected_inverse.hpp
template <Scalar T>
Eigen::VectorX<Real<T>> inverse_diagonal(const Cholesky<T>& F);
template <Scalar T>
Csr<T> inverse_entries(const Cholesky<T>& F, const CsrView<T>& pattern);

/// P A Pᵀ = L Lᴴ of a Hermitian positive definite matrix, as factorization.hpp says. Multifrontal and parallel over the
/// elimination tree and inside its large fronts; the bits of L and of every solution are the same for any number of
/// threads. float is factored in double. Orderings: all but colamd (InvalidArgument); `automatic` decides between AMD
/// and METIS by predicted work.
/// \ref I. S. Duff and J. K. Reid, ACM TOMS 9 (1983) 302-325; J. W. H. Liu, SIAM Review 34 (1992) 82-109.
template <Scalar T>
class Cholesky {
public:
    /// Ordering, elimination tree and fronts of A, from its pattern alone. May be used for several matrices of it.
    class Analysis {
    public:
        /// \throws InvalidArgument if A is not square, its pattern not symmetric, or the ordering colamd; Interrupted.
        explicit Analysis(const CsrView<T>& A, const FactorOptions& options = {});
        ~Analysis();
        Analysis(const Analysis&);
        Analysis& operator=(const Analysis&);
        Analysis(Analysis&&) noexcept;
        Analysis& operator=(Analysis&&) noexcept;

        /// All but factor_seconds; peak_memory_bytes is what the numerical part will hold with as many threads as now.
        const FactorStatistics& statistics() const noexcept;

    private:
        friend class Cholesky;
        struct Content;
        std::unique_ptr<Content> content_;
    };

    /// Factors A. \throws InvalidArgument if A is not square or not exactly Hermitian; NotPositiveDefinite (the
    /// pivot's row of A); LimitExceeded; Interrupted; OutOfMemory.
    explicit Cholesky(const CsrView<T>& A, const FactorOptions& options = {});
    /// The same after an analysis of the same pattern. \throws InvalidArgument for another pattern.
    Cholesky(const CsrView<T>& A, Analysis analysis, const FactorOptions& options = {});
    ~Cholesky();
    Cholesky(Cholesky&&) noexcept;
    Cholesky& operator=(Cholesky&&) noexcept;

    /// Factors a matrix of the same pattern with the analysis that is there; options as at construction.
    /// \throws what the constructor throws; then there are no factors until a refactor succeeds, except after
    /// InvalidArgument, which leaves the old ones.
    void refactor(const CsrView<T>& A);

    Index rows() const noexcept;
    Index cols() const noexcept { return rows(); }
    const FactorStatistics& statistics() const noexcept;

    /// x ← A⁻¹ b; they may be the same vector. One solve with each factor, no refinement. 4 factor_nonzeros flops.
    /// \throws InvalidArgument for wrong lengths or when there are no factors; so do all that follow.
    void apply(VectorView<T> b, VectorRef<T> x) const;
    /// x ← A⁻ᴴ b, which is A⁻¹ b.
    void apply_adjoint(VectorView<T> b, VectorRef<T> x) const { apply(b, x); }
    /// x ← A⁻ᵀ b.
    void apply_transpose(VectorView<T> b, VectorRef<T> x) const;

    /// x ← Pᵀ L⁻ᴴ b: A⁻¹ is this times its adjoint, so of a b with independent elements of variance 1, x has the
    /// covariance A⁻¹. They may be the same vector. Half the work of apply.
    void apply_inverse_root(VectorView<T> b, VectorRef<T> x) const;

    /// op(A)⁻¹ B for n × k right-hand sides, eight of them in one pass over L.
    Eigen::MatrixX<T> solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose op = Transpose::none) const;

    /// log |det A|, and its sign, which is 1.
    LogDeterminant<T> log_determinant() const;

    /// Becomes the factors of A + C Cᴴ (update) or A - C Cᴴ (downdate); C is n × k. For every column of C the entries
    /// must lie in the pattern of L below the first of them that is eliminated, as those of an element matrix that A
    /// was assembled from do. About 4 flops for each entry of L on the way from that column to the root, for each
    /// column of C. The result is not what factoring A ± C Cᴴ gives to the last bit.
    /// \throws InvalidArgument for a wrong shape or a pattern that does not fit (factor again then);
    /// NotPositiveDefinite if A - C Cᴴ is not; both leave the factors as they were.
    /// \ref P. E. Gill, G. H. Golub, W. Murray, M. A. Saunders, Math. Comp. 28 (1974) 505-535, method C1;
    ///      T. A. Davis, W. W. Hager, SIAM J. Matrix Anal. Appl. 20 (1999) 606-627.
    void update(const CscView<T>& C);
    void downdate(const CscView<T>& C);

private:
    template <Scalar U>
    friend Eigen::VectorX<Real<U>> inverse_diagonal(const Cholesky<U>& F);
    template <Scalar U>
    friend Csr<U> inverse_entries(const Cholesky<U>& F, const CsrView<U>& pattern);

    struct Factors;
    const Factors& complete(const char* who) const;
    std::unique_ptr<Factors> factors_;
};

}  // namespace ritz
