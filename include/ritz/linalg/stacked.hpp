// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Many small matrices at once: np.linalg's functions over a stack of matrices, (…, M, N) arrays there. A stack is a
/// `Stack<T>` (one array), a std::vector or std::span of Eigen matrices of one shape, or a `StackView` of an array of
/// one's own. Each function does for every matrix what the function of the same name does for one, on all threads, and
/// gives the results in one array; an error names the matrix: "matrix 17: inv: A is singular: …", and is the one of the
/// first matrix that has any, whatever the number of threads. `map` does so for a function of one's own.
///
/// Matrices up to 8 × 8 are solved, inverted and reduced to determinants without a call into LAPACK. Such a result is
/// kept if it is proved good on the spot (by a condition number far from 1/u); the others take the long way.

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "ritz/core/buffer.hpp"
#include "ritz/linalg/argument.hpp"
#include "ritz/linalg/cholesky.hpp"
#include "ritz/linalg/eig.hpp"
#include "ritz/linalg/eigh.hpp"
#include "ritz/linalg/inverse.hpp"
#include "ritz/linalg/lu.hpp"
#include "ritz/linalg/norms.hpp"
#include "ritz/linalg/qr.hpp"
#include "ritz/linalg/solve.hpp"
#include "ritz/linalg/svd.hpp"

namespace ritz::linalg {

/// `count` matrices of one shape in one array, one after the other, each column-major.
///
/// I1  the array has count() · rows() · cols() elements.
template <Scalar T>
class Stack {
public:
    Stack() = default;
    /// Zeros. \throws InvalidArgument if a number is negative.
    Stack(Eigen::Index count, Eigen::Index rows, Eigen::Index cols) : count_(count), rows_(rows), cols_(cols) {
        ritz::detail::require(count >= 0 && rows >= 0 && cols >= 0, "Stack: a negative count or dimension");
        values_.assign(static_cast<std::size_t>(count * rows * cols), T{});
    }

    Eigen::Index count() const noexcept { return count_; }
    Eigen::Index rows() const noexcept { return rows_; }
    Eigen::Index cols() const noexcept { return cols_; }

    Eigen::Map<Eigen::MatrixX<T>> operator[](Eigen::Index k) noexcept {
        return {values_.data() + k * rows_ * cols_, rows_, cols_};
    }
    Eigen::Map<const Eigen::MatrixX<T>> operator[](Eigen::Index k) const noexcept {
        return {values_.data() + k * rows_ * cols_, rows_, cols_};
    }

    T* data() noexcept { return values_.data(); }
    const T* data() const noexcept { return values_.data(); }

private:
    Eigen::Index count_ = 0, rows_ = 0, cols_ = 0;
    Buffer<T> values_;
};

/// A stack of matrices that live elsewhere.
template <Scalar T>
class StackView {
public:
    StackView(const Stack<T>& stack) noexcept : StackView(stack.count(), stack.rows(), stack.cols(), stack.data()) {}
    StackView(std::span<const Eigen::MatrixX<T>> matrices) noexcept
        : count_(static_cast<Eigen::Index>(matrices.size())), matrices_(matrices.data()) {}
    /// An array of count · rows · cols elements, laid out as in a Stack.
    StackView(Eigen::Index count, Eigen::Index rows, Eigen::Index cols, const T* values) noexcept
        : count_(count), rows_(rows), cols_(cols), values_(values) {}

    Eigen::Index count() const noexcept { return count_; }
    Eigen::Map<const Eigen::MatrixX<T>> operator[](Eigen::Index k) const noexcept {
        if (matrices_) return {matrices_[k].data(), matrices_[k].rows(), matrices_[k].cols()};
        return {values_ + k * rows_ * cols_, rows_, cols_};
    }

    /// The shape of all the matrices; 0 × 0 of a span without any.
    /// \throws InvalidArgument "who: matrix 3 is 2 x 3, but matrix 0 is 2 x 2" if they differ.
    std::pair<Eigen::Index, Eigen::Index> shape(const char* who) const;

private:
    Eigen::Index count_ = 0, rows_ = 0, cols_ = 0;
    const T* values_ = nullptr;
    const Eigen::MatrixX<T>* matrices_ = nullptr;
};

namespace detail {
template <Scalar T>
StackView<T> view(const Stack<T>& stack) noexcept {
    return stack;
}
template <Scalar T>
StackView<T> view(const StackView<T>& stack) noexcept {
    return stack;
}
template <Scalar T>
StackView<T> view(const std::vector<Eigen::MatrixX<T>>& matrices) noexcept {
    return std::span<const Eigen::MatrixX<T>>(matrices);
}
template <Scalar T>
StackView<T> view(const std::span<const Eigen::MatrixX<T>>& matrices) noexcept {
    return matrices;
}
template <Scalar T>
StackView<T> view(const std::span<Eigen::MatrixX<T>>& matrices) noexcept {
    return std::span<const Eigen::MatrixX<T>>(matrices);
}
template <class V>
struct ScalarOfView;
template <class T>
struct ScalarOfView<StackView<T>> {
    using type = T;
};
}  // namespace detail

/// A stack in one of the forms above.
template <class S>
concept Stacked = requires(const S& s) {
    detail::view(s);
};

template <Stacked S>
using ElementOf = typename detail::ScalarOfView<decltype(detail::view(std::declval<const S&>()))>::type;

/// A = Q R for each matrix; Q is empty in mode r.
template <Scalar T>
struct [[nodiscard]] StackedQr {
    Stack<T> Q, R;
};

/// A = U Σ Vᴴ for each matrix.
template <Scalar T>
struct [[nodiscard]] StackedSvd {
    Stack<T> U;
    Eigen::MatrixX<Real<T>> s;  ///< column k holds the singular values of matrix k, descending
    Stack<T> Vh;
};

template <Scalar T>
struct [[nodiscard]] StackedEigh {
    Eigen::MatrixX<Real<T>> eigenvalues;  ///< column k: of matrix k, ascending
    Stack<T> eigenvectors;
};

template <Scalar T>
struct [[nodiscard]] StackedEig {
    Eigen::MatrixX<std::complex<Real<T>>> eigenvalues;  ///< column k: of matrix k
    Stack<std::complex<Real<T>>> eigenvectors;
    std::vector<EigReport<Real<T>>> reports;
};

template <Scalar T>
struct [[nodiscard]] StackedSlogdet {
    Eigen::VectorX<T> sign;
    Eigen::VectorX<Real<T>> logabsdet;
};

namespace detail {
/// body(k) for k = 0 … count-1 in parallel where count · flops is worth it. The exception of the smallest k whose body
/// throws is thrown again, an Error with "matrix k: " before its message.
void for_each_matrix(Eigen::Index count, double flops, const std::function<void(Eigen::Index)>& body);

template <Scalar T>
Stack<T> stacked_solve(StackView<T> A, StackView<T> b, const SolveOptions& options);
template <Scalar T>
Stack<T> stacked_inv(StackView<T> A, const InvOptions& options);
template <Scalar T>
Eigen::VectorX<T> stacked_det(StackView<T> A, const DetOptions& options);
template <Scalar T>
StackedSlogdet<T> stacked_slogdet(StackView<T> A, const DetOptions& options);
template <Scalar T>
Stack<T> stacked_cholesky(StackView<T> A, const CholeskyOptions& options);
template <Scalar T>
StackedQr<T> stacked_qr(StackView<T> A, const QrOptions& options);
template <Scalar T>
StackedSvd<T> stacked_svd(StackView<T> A, const SvdOptions& options);
template <Scalar T>
Eigen::MatrixX<Real<T>> stacked_svdvals(StackView<T> A);
template <Scalar T>
StackedEigh<T> stacked_eigh(StackView<T> A, const EighOptions& options);
template <Scalar T>
Eigen::MatrixX<Real<T>> stacked_eigvalsh(StackView<T> A, const EighOptions& options);
template <Scalar T>
StackedEig<T> stacked_eig(StackView<T> A, const EigOptions& options);
template <Scalar T>
Eigen::MatrixX<std::complex<Real<T>>> stacked_eigvals(StackView<T> A);
template <Scalar T>
Stack<T> stacked_pinv(StackView<T> A, const PinvOptions& options);
template <Scalar T>
std::vector<Eigen::Index> stacked_matrix_rank(StackView<T> A, const RankOptions& options);
template <Scalar T>
Eigen::VectorX<Real<T>> stacked_norm(StackView<T> A, std::optional<double> ord, Norm named);
}  // namespace detail

/// f(A) of each matrix A (an Eigen::Map) of a stack, whose shapes may differ if it is a span; on all threads, one
/// inside of f. The results in order; nothing if f gives nothing.
/// \throws the exception of the first matrix whose f throws, an Error with the matrix named.
template <Stacked S, class F>
auto map(const S& stack, F&& f) {
    const auto matrices = detail::view(stack);
    using Result = std::decay_t<std::invoke_result_t<F&, decltype(matrices[0])>>;
    static_assert(!std::same_as<Result, bool>,
                  "map: std::vector<bool> cannot be written by several threads; give an int");
    constexpr double flops = 1e4;  // unknown
    if constexpr (std::is_void_v<Result>) {
        detail::for_each_matrix(matrices.count(), flops, [&](Eigen::Index k) { f(matrices[k]); });
    } else {
        std::vector<Result> results(static_cast<std::size_t>(matrices.count()));
        detail::for_each_matrix(matrices.count(), flops,
                                [&](Eigen::Index k) { results[static_cast<std::size_t>(k)] = f(matrices[k]); });
        return results;
    }
}

/// x with A x = b for each matrix: A is a stack of n × n, b a stack of as many n × k. The results are those of `solve`
/// for one system, refined.
/// \throws InvalidArgument if the shapes or counts differ; SingularMatrix, IllConditioned, … as `solve`.
template <Stacked A, Stacked B>
requires std::same_as<ElementOf<A>, ElementOf<B>>
[[nodiscard]] Stack<ElementOf<A>> solve(const A& a, const B& b, const SolveOptions& options = {}) {
    return detail::stacked_solve<ElementOf<A>>(detail::view(a), detail::view(b), options);
}

/// The same with one right-hand side, a vector or matrix, for all.
template <Stacked A, Dense B>
requires std::same_as<ElementOf<A>, ScalarOf<B>>
[[nodiscard]] Stack<ElementOf<A>> solve(const A& a, const B& b, const SolveOptions& options = {}) {
    using T = ElementOf<A>;
    const Eigen::MatrixX<T> shared = detail::as<T>(b);
    const std::vector<Eigen::MatrixX<T>> one{shared};
    return detail::stacked_solve<T>(detail::view(a), detail::view(one), options);
}

/// \throws as `inv`
template <Stacked A>
[[nodiscard]] Stack<ElementOf<A>> inv(const A& a, const InvOptions& options = {}) {
    return detail::stacked_inv<ElementOf<A>>(detail::view(a), options);
}

/// One determinant for each matrix. \throws as `det`
template <Stacked A>
[[nodiscard]] Eigen::VectorX<ElementOf<A>> det(const A& a, const DetOptions& options = {}) {
    return detail::stacked_det<ElementOf<A>>(detail::view(a), options);
}
/// \throws as `slogdet`
template <Stacked A>
[[nodiscard]] StackedSlogdet<ElementOf<A>> slogdet(const A& a, const DetOptions& options = {}) {
    return detail::stacked_slogdet<ElementOf<A>>(detail::view(a), options);
}

/// \throws as `cholesky`
template <Stacked A>
[[nodiscard]] Stack<ElementOf<A>> cholesky(const A& a, const CholeskyOptions& options = {}) {
    return detail::stacked_cholesky<ElementOf<A>>(detail::view(a), options);
}

/// \throws as `qr`
template <Stacked A>
[[nodiscard]] StackedQr<ElementOf<A>> qr(const A& a, const QrOptions& options = {}) {
    return detail::stacked_qr<ElementOf<A>>(detail::view(a), options);
}

/// \throws as `svd`
template <Stacked A>
[[nodiscard]] StackedSvd<ElementOf<A>> svd(const A& a, const SvdOptions& options = {}) {
    return detail::stacked_svd<ElementOf<A>>(detail::view(a), options);
}
template <Stacked A>
[[nodiscard]] Eigen::MatrixX<Real<ElementOf<A>>> svdvals(const A& a) {
    return detail::stacked_svdvals<ElementOf<A>>(detail::view(a));
}

/// Subsets by value, which differ in number from matrix to matrix, are InvalidArgument: use `map`.
/// \throws as `eigh`
template <Stacked A>
[[nodiscard]] StackedEigh<ElementOf<A>> eigh(const A& a, const EighOptions& options = {}) {
    return detail::stacked_eigh<ElementOf<A>>(detail::view(a), options);
}
template <Stacked A>
[[nodiscard]] Eigen::MatrixX<Real<ElementOf<A>>> eigvalsh(const A& a, const EighOptions& options = {}) {
    return detail::stacked_eigvalsh<ElementOf<A>>(detail::view(a), options);
}

/// Right eigenvectors; for left ones use `map`.
/// \throws as `eig`; InvalidArgument if options.left.
template <Stacked A>
[[nodiscard]] StackedEig<ElementOf<A>> eig(const A& a, const EigOptions& options = {}) {
    return detail::stacked_eig<ElementOf<A>>(detail::view(a), options);
}
template <Stacked A>
[[nodiscard]] Eigen::MatrixX<std::complex<Real<ElementOf<A>>>> eigvals(const A& a) {
    return detail::stacked_eigvals<ElementOf<A>>(detail::view(a));
}

/// \throws as `pinv`
template <Stacked A>
[[nodiscard]] Stack<ElementOf<A>> pinv(const A& a, const PinvOptions& options = {}) {
    return detail::stacked_pinv<ElementOf<A>>(detail::view(a), options);
}

/// \throws as `matrix_rank`
template <Stacked A>
[[nodiscard]] std::vector<Eigen::Index> matrix_rank(const A& a, const RankOptions& options = {}) {
    return detail::stacked_matrix_rank<ElementOf<A>>(detail::view(a), options);
}

/// The norm of each matrix. \throws as `matrix_norm`
template <Stacked A>
[[nodiscard]] Eigen::VectorX<Real<ElementOf<A>>> norm(const A& a, Norm ord = Norm::frobenius) {
    return detail::stacked_norm<ElementOf<A>>(detail::view(a), {}, ord);
}
template <Stacked A>
[[nodiscard]] Eigen::VectorX<Real<ElementOf<A>>> norm(const A& a, double ord) {
    return detail::stacked_norm<ElementOf<A>>(detail::view(a), ord, Norm::frobenius);
}

}  // namespace ritz::linalg
