// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/diagonal_solver.hpp"

#include <cmath>
#include <limits>

#include "core/scaling.hpp"
#include "solvers/structured.hpp"

namespace ritz {

namespace {

template <Scalar W>
struct DiagonalKernel {
    static constexpr const char* name = "DiagonalSolver";
    Buffer<W> diagonal;

    template <Scalar T>
    void analyse(const CsrView<T>& A, FactorStatistics& statistics) {
        statistics.factor_nonzeros = A.rows();
        statistics.memory_bytes = static_cast<std::size_t>(A.rows()) * sizeof(W);
    }

    template <Scalar T>
    void factor(const CsrView<T>& A) {
        diagonal.assign(static_cast<std::size_t>(A.rows()), W{});
        for (Index i = 0; i < A.rows(); ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k) {
                const T a = A.values()[static_cast<std::size_t>(k)];
                const Index j = A.indices()[static_cast<std::size_t>(k)];
                if (i == j)
                    diagonal[static_cast<std::size_t>(i)] = W(a);
                else if (a != T{})
                    throw InvalidArgument(std::string(name) + ": the matrix is not diagonal: it has an entry in row " +
                                          std::to_string(i) + ", column " + std::to_string(j));
            }
        for (std::size_t i = 0; i < diagonal.size(); ++i)
            if (diagonal[i] == W{})
                throw SingularMatrix(std::string(name) + ": the diagonal is zero in row " + std::to_string(i),
                                     static_cast<std::int64_t>(i));
    }

    /// b / d, rounded once when W is real; without over- or underflow on the way when it is complex.
    static W divide(W b, W d) {
        if constexpr (!is_complex<W>) {
            return b / d;
        } else {
            if (b == W{} || !std::isfinite(b.real()) || !std::isfinite(b.imag())) return b / d;
            const int eb = detail::exponent_of(b), ed = detail::exponent_of(d);
            return detail::scale_by_power(detail::scale_by_power(b, -eb) / detail::scale_by_power(d, -ed), eb - ed);
        }
    }

    void solve(Transpose form, W* x, Index n, Index k) const {
        for (Index c = 0; c < k; ++c)
            for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i, ++x)
                *x = divide(*x, form == Transpose::adjoint ? ritz::conjugate(diagonal[i]) : diagonal[i]);
    }

    LogDeterminant<W> log_determinant() const {
        detail::DeterminantProduct<W> product;
        for (const W& d : diagonal) product.multiply(d);
        return product.value();
    }
};

}  // namespace

RITZ_DEFINE_STRUCTURED(DiagonalSolver, DiagonalKernel)

}  // namespace ritz
