// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// QR and RQ factorisation: np.linalg.qr; scipy.linalg.qr, qr_multiply, rq.

#include <cstdint>
#include <vector>

#include "ritz/core/types.hpp"
#include "ritz/linalg/argument.hpp"

namespace ritz::linalg {

/// reduced: Q is m × k, R is k × n, k = min(m, n). complete: Q is m × m, R is m × n. r: only R (k × n).
enum class QrMode : std::uint8_t { reduced, complete, r };

enum class Side : std::uint8_t { left, right };

struct QrOptions {
    QrMode mode = QrMode::reduced;
};

/// A = Q R; Q is empty in mode r.
template <Scalar T>
struct [[nodiscard]] QrDecomposition {
    Eigen::MatrixX<T> Q;  ///< orthonormal columns
    Eigen::MatrixX<T> R;  ///< upper triangular (trapezoidal)
};

/// A(:, P) = Q R with |R₁₁| ≥ |R₂₂| ≥ …
template <Scalar T>
struct [[nodiscard]] PivotedQr {
    Eigen::MatrixX<T> Q, R;
    std::vector<Index> P;
};

/// A = R Q.
template <Scalar T>
struct [[nodiscard]] RqDecomposition {
    Eigen::MatrixX<T> R;  ///< upper triangular (trapezoidal, aligned to the lower right corner)
    Eigen::MatrixX<T> Q;  ///< orthonormal rows
};

/// Q c (or c Q) and R, Q itself never formed.
template <class C, Scalar T>
struct [[nodiscard]] QrProduct {
    C product;
    Eigen::MatrixX<T> R;
};

struct QrMultiplyOptions {
    Side side = Side::right;  ///< right: c Q, left: Q c (SciPy's default is right)
    bool conjugate = false;   ///< with conj(Q) instead of Q
};

namespace detail {
template <Scalar T>
QrDecomposition<T> qr(Matrix<T> A, const QrOptions& options);
template <Scalar T>
PivotedQr<T> qr_pivoted(Matrix<T> A, const QrOptions& options);
template <Scalar T>
RqDecomposition<T> rq(Matrix<T> A, const QrOptions& options);
template <Scalar T>
QrProduct<Eigen::MatrixX<T>, T> qr_multiply(Matrix<T> A, Matrix<T> c, const QrMultiplyOptions& options);
}  // namespace detail

/// A = Q R of an m × n matrix by Householder reflections; for m ≥ n and the reduced mode 4mn² − 4n³/3 flops, half of
/// them in mode r. ‖QᴴQ − I‖ and ‖A − QR‖/‖A‖ are of the order of u for any A, rank-deficient ones too.
/// \throws InvalidArgument for NaN and infinity.
/// \throws LimitExceeded if an entry of R is too large for its type.
/// \ref R. Schreiber and C. Van Loan, A storage-efficient WY representation for products of Householder
///      transformations, SIAM J. Sci. Stat. Comput. 10 (1989) 53-57;
///      E. Elmroth and F. Gustavson, Applying recursion to serial and parallel QR factorization, IBM J. Res. Dev. 44
///      (2000) 605-624.
template <Dense A>
[[nodiscard]] QrDecomposition<ScalarOf<A>> qr(const A& a, const QrOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::qr<T>(detail::as<T>(a), options);
}

/// A(:, P) = Q R with column pivoting; flops as `qr`, but half of them in matrix-vector products. P counts from 0.
/// \throws as `qr`
/// \ref P. Businger and G. H. Golub, Linear least squares solutions by Householder transformations, Numer. Math. 7
///      (1965) 269-276.
template <Dense A>
[[nodiscard]] PivotedQr<ScalarOf<A>> qr_pivoted(const A& a, const QrOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::qr_pivoted<T>(detail::as<T>(a), options);
}

/// A = R Q of an m × n matrix, k = min(m, n). reduced: R is m × k, Q is k × n; complete: m × n and n × n; r: only R,
/// m × k.
/// \throws as `qr`
template <Dense A>
[[nodiscard]] RqDecomposition<ScalarOf<A>> rq(const A& a, const QrOptions& options = {}) {
    using T = ScalarOf<A>;
    return detail::rq<T>(detail::as<T>(a), options);
}

/// The product of c with the Q of A = Q R (reduced: m × k), and R (k × n). side = right: c Q, c is l × m; side = left:
/// Q c, c is k × l. 2mn² − 2n³/3 flops for R and 4mnl for the product.
/// \throws InvalidArgument for wrong shapes, NaN and infinity; LimitExceeded as `qr`.
template <Dense A, Dense C>
[[nodiscard]] QrProduct<Eigen::MatrixX<ScalarOf<A, C>>, ScalarOf<A, C>> qr_multiply(
    const A& a, const C& c, const QrMultiplyOptions& options = {}) {
    using T = ScalarOf<A, C>;
    return detail::qr_multiply<T>(detail::as<T>(a), detail::as<T>(c), options);
}

}  // namespace ritz::linalg
