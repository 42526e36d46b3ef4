// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/operand.hpp"

#include <cmath>
#include <string>

#include "core/instantiate.hpp"
#include "core/scaling.hpp"
#include "core/sweep.hpp"
#include "ritz/core/random.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/reductions.hpp"

namespace ritz::eigen {

namespace {

/// Numbers within 2^±this can be raised to the ninth power and summed.
template <Scalar T>
constexpr int comfortable = std::same_as<Real<T>, float> ? 6 : 30;

constexpr Offset worth_tuning = 50'000;  // entries

template <Scalar T>
int scale_for(double size) {
    if (!(size > 0) || !std::isfinite(size)) return 0;
    const int e = detail::exponent_of(size);
    return std::abs(e) > comfortable<T> ? e : 0;
}

}  // namespace

template <Scalar T>
Operand<T>::Operand(const CsrView<T>& A) {
    exponent_ = scale_for<T>(static_cast<double>(norm_max(A)));
    if (exponent_ != 0) {
        scaled_.emplace(A);
        for (T& a : scaled_->values()) a = detail::scale_by_power(a, -exponent_);
    }
    const CsrView<T> rows = scaled_ ? CsrView<T>(*scaled_) : A;
    TunedOptions options;
    if (A.nnz() < worth_tuning) options.storage = TunedStorage::csr;
    tuned_.emplace(rows, options);
    product_.emplace(*tuned_);
}

template <Scalar T>
Operand<T>::Operand(const LinearOperatorRef<T>& A) : product_(A) {
    if (A.rows() != A.cols() || A.rows() == 0) return;
    const Buffer<T> x = random_vector<T>(A.cols(), 0x5ca1e);
    Buffer<T> y(static_cast<std::size_t>(A.rows()), T{});
    apply(x, y);
    exponent_ = rescaling_ = scale_for<T>(static_cast<double>(norm_inf(y)));
}

template <Scalar T>
void Operand<T>::rescale(VectorRef<T> y) const {
    if (rescaling_ == 0) return;
    const int e = -rescaling_;
    T* const y_ = y.data();
    detail::sweep(y.size(), [=](std::size_t i) { y_[i] = detail::scale_by_power(y_[i], e); });
}

template <Scalar T>
void Operand<T>::apply(VectorView<T> x, VectorRef<T> y) {
    product_->apply(x, y);
    rescale(y);
    ++applications_;
}

template <Scalar T>
void Operand<T>::apply_adjoint(VectorView<T> x, VectorRef<T> y) {
    product_->apply_adjoint(x, y);
    rescale(y);
    ++applications_;
}

template <Scalar T>
void Operand<T>::apply_block(const Eigen::Ref<const Eigen::MatrixX<T>>& X, Eigen::Ref<Eigen::MatrixX<T>> Y) {
    if (X.cols() == 0) return;
    product_->apply_block(X, Y);
    for (Eigen::Index k = 0; k < Y.cols(); ++k)
        rescale({Y.data() + k * Y.outerStride(), static_cast<std::size_t>(Y.rows())});
    applications_ += X.cols();
}

template <Scalar T>
bool Operand<T>::seems_hermitian(std::uint64_t seed) {
    if (rows() == 0) return true;
    const auto n = static_cast<std::size_t>(rows());
    const Buffer<T> x = random_vector<T>(rows(), seed ^ 0x9e3779b97f4a7c15), y = random_vector<T>(rows(), ~seed);
    Buffer<T> Ax(n), Ay(n);
    apply(x, Ax);
    apply(y, Ay);
    const auto difference = static_cast<double>(std::abs(dot(Ax, y) - dot(x, Ay)));
    const double size = static_cast<double>(norm2(Ax)) * static_cast<double>(norm2(y)) +
                        static_cast<double>(norm2(x)) * static_cast<double>(norm2(Ay));
    return !(difference > 64 * unit_roundoff<T> * size);
}

template <Scalar T>
void require_square_and_finite(const CsrView<T>& A, const char* who) {
    detail::require(A.rows() == A.cols(), std::string(who) + ": A must be square, not " + std::to_string(A.rows()) +
                                              " × " + std::to_string(A.cols()));
    detail::require(all_finite(A.values()), std::string(who) + ": A must have no NaN and no infinity");
}

#define INSTANTIATE(T)         \
    template class Operand<T>; \
    template void require_square_and_finite(const CsrView<T>&, const char*);
RITZ_FOR_EACH_SCALAR(INSTANTIATE)
#undef INSTANTIATE

}  // namespace ritz::eigen
