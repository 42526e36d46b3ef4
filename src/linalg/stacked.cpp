// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/linalg/stacked.hpp"

#include <string>

#include "core/instantiate.hpp"
#include "linalg/small_lu.hpp"
#include "linalg/stacked_loop.hpp"

namespace ritz::linalg {

namespace {

using Eigen::Index;
using ritz::detail::require;

double cube(Index n) {
    return static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
}

std::string text(std::pair<Index, Index> shape) {
    return std::to_string(shape.first) + " x " + std::to_string(shape.second);
}

/// f.template operator()<N>() for the order n of a small matrix; false for any other order.
template <class F>
bool at_small_order(Index n, F&& f) {
    switch (n) {
        case 1:
            f.template operator()<1>();
            return true;
        case 2:
            f.template operator()<2>();
            return true;
        case 3:
            f.template operator()<3>();
            return true;
        case 4:
            f.template operator()<4>();
            return true;
        case 5:
            f.template operator()<5>();
            return true;
        case 6:
            f.template operator()<6>();
            return true;
        case 7:
            f.template operator()<7>();
            return true;
        case 8:
            f.template operator()<8>();
            return true;
        default:
            return false;
    }
}

}  // namespace

template <Scalar T>
std::pair<Index, Index> StackView<T>::shape(const char* who) const {
    if (!matrices_) return {rows_, cols_};
    if (count_ == 0) return {0, 0};
    const std::pair<Index, Index> first{matrices_[0].rows(), matrices_[0].cols()};
    for (Index k = 1; k < count_; ++k) {
        const std::pair<Index, Index> other{matrices_[k].rows(), matrices_[k].cols()};
        if (other == first) continue;
        throw InvalidArgument(std::string(who) + ": matrix " + std::to_string(k) + " is " + text(other) +
                              ", but matrix 0 is " + text(first) + "; see map for stacks of different shapes");
    }
    return first;
}

namespace detail {

void rethrow_for_matrix(std::exception_ptr error, Index k) {
    const std::string place = "matrix " + std::to_string(k) + ": ";
    try {
        std::rethrow_exception(error);
    } catch (const InvalidArgument& e) {
        throw InvalidArgument(place + e.what());
    } catch (const SingularMatrix& e) {
        throw SingularMatrix(place + e.what(), e.pivot());
    } catch (const NotPositiveDefinite& e) {
        throw NotPositiveDefinite(place + e.what(), e.pivot());
    } catch (const IllConditioned& e) {
        throw IllConditioned(place + e.what(), e.rcond());
    } catch (const NoConvergence& e) {
        throw NoConvergence(place + e.what());
    } catch (const LimitExceeded& e) {
        throw LimitExceeded(place + e.what());
    } catch (const OutOfMemory& e) {
        throw OutOfMemory(place + e.what());
    } catch (const Unsupported& e) {
        throw Unsupported(place + e.what());
    }
}

void for_each_matrix(Index count, double flops, const std::function<void(Index)>& body) {
    over_matrices(count, flops, body);
}

template <Scalar T>
Stack<T> stacked_solve(StackView<T> A, StackView<T> b, const SolveOptions& options) {
    const auto shape = A.shape("solve"), of_b = b.shape("solve");
    require_square(shape.first, shape.second, "solve", "a matrix of A", "for rectangular systems see lstsq");
    const bool shared = b.count() == 1 && A.count() != 1;
    require(shared || b.count() == A.count(), "solve: " + std::to_string(A.count()) + " matrices, but " +
                                                  std::to_string(b.count()) + " right-hand sides");
    if (A.count() == 0) return Stack<T>(0, of_b.first, of_b.second);
    require_same_rows(shape.first, shape.second, of_b.first, of_b.second, "solve");
    const Index n = shape.first, k = of_b.second;
    Stack<T> x(A.count(), n, k);
    const double flops = cube(n) + 2 * static_cast<double>(n * n * k);
    const auto carefully = [&](Index matrix) {
        solve<T>(A[matrix], b[shared ? 0 : matrix], x[matrix], options, nullptr);
    };
    const bool plain = options.op == Op::none && !options.assume;
    const auto at_once = [&]<int N> {
        over_matrices(A.count(), flops, [&](Index matrix) {
            SmallLu<T, N> lu;
            std::array<T, N * N> inverse;
            const T* a = A[matrix].data();
            const T* right = b[shared ? 0 : matrix].data();
            T* left = x[matrix].data();
            bool good = lu.factor(a) && lu.invert(inverse.data());
            for (Index j = 0; good && j < k; ++j) good = lu.solve_refined(a, right + j * N, left + j * N);
            if (!good) carefully(matrix);
        });
    };
    if (!plain || !at_small_order(n, at_once)) over_matrices(A.count(), flops, carefully);
    return x;
}

template <Scalar T>
Stack<T> stacked_inv(StackView<T> A, const InvOptions& options) {
    const auto [n, cols] = A.shape("inv");
    require_square(n, cols, "inv", "a matrix of A", "for rectangular matrices see pinv");
    Stack<T> X(A.count(), n, n);
    const auto carefully = [&](Index matrix) { X[matrix] = inv<T>(A[matrix], options); };
    const auto at_once = [&]<int N> {
        over_matrices(A.count(), 2 * cube(N), [&](Index matrix) {
            SmallLu<T, N> lu;
            if (!lu.factor(A[matrix].data()) || !lu.invert(X[matrix].data())) carefully(matrix);
        });
    };
    if (!at_small_order(n, at_once)) over_matrices(A.count(), 2 * cube(n), carefully);
    return X;
}

template <Scalar T>
Eigen::VectorX<T> stacked_det(StackView<T> A, const DetOptions& options) {
    const auto [n, cols] = A.shape("det");
    require_square(n, cols, "det", "a matrix of A");
    Eigen::VectorX<T> result(A.count());
    const auto carefully = [&](Index matrix) { result[matrix] = det<T>(A[matrix], options); };
    const auto at_once = [&]<int N> {
        over_matrices(A.count(), 2 * cube(N), [&](Index matrix) {
            SmallLu<T, N> lu;
            std::array<T, N * N> inverse;
            if (lu.factor(A[matrix].data()) && lu.invert(inverse.data()))
                result[matrix] = lu.determinant();
            else
                carefully(matrix);
        });
    };
    if (!at_small_order(n, at_once)) over_matrices(A.count(), cube(n), carefully);
    return result;
}

template <Scalar T>
StackedSlogdet<T> stacked_slogdet(StackView<T> A, const DetOptions& options) {
    const auto [n, cols] = A.shape("slogdet");
    require_square(n, cols, "slogdet", "a matrix of A");
    StackedSlogdet<T> result{Eigen::VectorX<T>(A.count()), Eigen::VectorX<Real<T>>(A.count())};
    over_matrices(A.count(), cube(n), [&](Index matrix) {
        const auto [sign, logabsdet] = slogdet<T>(A[matrix], options);
        result.sign[matrix] = sign;
        result.logabsdet[matrix] = logabsdet;
    });
    return result;
}

template <Scalar T>
Eigen::VectorX<Real<T>> stacked_norm(StackView<T> A, std::optional<double> ord, Norm named) {
    const auto [rows, cols] = A.shape("norm");
    Eigen::VectorX<Real<T>> result(A.count());
    over_matrices(A.count(), 4 * static_cast<double>(rows * cols), [&](Index matrix) {
        if (!ord && named == Norm::frobenius) {
            // The squares are summed as they are where that is far from over- and underflow (and from NaN).
            const Real<T> sum = A[matrix].squaredNorm();
            constexpr Real<T> far =
                std::numeric_limits<Real<T>>::max_exponent > 128 ? Real<T>(0x1p800) : Real<T>(0x1p80);
            if (sum < far && sum > 1 / far) {
                result[matrix] = std::sqrt(sum);
                return;
            }
        }
        result[matrix] = ord ? matrix_norm<T>(A[matrix], *ord) : matrix_norm<T>(A[matrix], named);
    });
    return result;
}

}  // namespace detail

#define RITZ_INSTANTIATE(T)                                                                      \
    template class StackView<T>;                                                                 \
    template Stack<T> detail::stacked_solve<T>(StackView<T>, StackView<T>, const SolveOptions&); \
    template Stack<T> detail::stacked_inv<T>(StackView<T>, const InvOptions&);                   \
    template Eigen::VectorX<T> detail::stacked_det<T>(StackView<T>, const DetOptions&);          \
    template StackedSlogdet<T> detail::stacked_slogdet<T>(StackView<T>, const DetOptions&);      \
    template Eigen::VectorX<Real<T>> detail::stacked_norm<T>(StackView<T>, std::optional<double>, Norm);
RITZ_FOR_EACH_SCALAR(RITZ_INSTANTIATE)
#undef RITZ_INSTANTIATE

}  // namespace ritz::linalg
