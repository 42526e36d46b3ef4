// SPDX-License-Identifier: BSD-3-Clause
// Qr without SuiteSparseQR: no object of it can be made.
#include "core/instantiate.hpp"
#include "ritz/solvers/qr.hpp"

namespace ritz {

bool qr_available() noexcept {
    return false;
}

namespace {
[[noreturn]] void refuse() {
    throw Unsupported("Qr: this ritz was built without the GPL parts of SuiteSparse (RITZ_GPL=OFF), which hold the QR");
}
const FactorStatistics none;
}  // namespace

template <Scalar T>
struct Qr<T>::State {};

template <Scalar T>
Qr<T>::Analysis::Analysis(const CscView<T>&, const QrOptions&) {
    refuse();
}
template <Scalar T>
Qr<T>::Analysis::~Analysis() = default;
template <Scalar T>
Qr<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Qr<T>::Analysis& Qr<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
Index Qr<T>::Analysis::rows() const noexcept {
    return 0;
}
template <Scalar T>
Index Qr<T>::Analysis::cols() const noexcept {
    return 0;
}
template <Scalar T>
const FactorStatistics& Qr<T>::Analysis::statistics() const noexcept {
    return none;
}

template <Scalar T>
Qr<T>::Qr(const CscView<T>&, const QrOptions&) {
    refuse();
}
template <Scalar T>
Qr<T>::Qr(const CscView<T>&, Analysis, const QrOptions&) {
    refuse();
}
template <Scalar T>
Qr<T>::~Qr() = default;
template <Scalar T>
Qr<T>::Qr(Qr&&) noexcept = default;
template <Scalar T>
Qr<T>& Qr<T>::operator=(Qr&&) noexcept = default;
template <Scalar T>
Index Qr<T>::rows() const noexcept {
    return 0;
}
template <Scalar T>
Index Qr<T>::cols() const noexcept {
    return 0;
}
template <Scalar T>
Index Qr<T>::rank() const noexcept {
    return 0;
}
template <Scalar T>
const FactorStatistics& Qr<T>::statistics() const noexcept {
    return none;
}
template <Scalar T>
void Qr<T>::refactor(const CscView<T>&) {
    refuse();
}
template <Scalar T>
void Qr<T>::least_squares(VectorView<T>, VectorRef<T>) const {
    refuse();
}
template <Scalar T>
Eigen::MatrixX<T> Qr<T>::least_squares(const Eigen::Ref<const Eigen::MatrixX<T>>&) const {
    refuse();
}
template <Scalar T>
void Qr<T>::adjoint_minimum_norm(VectorView<T>, VectorRef<T>) const {
    refuse();
}
template <Scalar T>
Eigen::MatrixX<T> Qr<T>::adjoint_minimum_norm(const Eigen::Ref<const Eigen::MatrixX<T>>&) const {
    refuse();
}
template <Scalar T>
void Qr<T>::project_onto_range(VectorRef<T>) const {
    refuse();
}
template <Scalar T>
Eigen::MatrixX<T> Qr<T>::null_vectors() const {
    refuse();
}
template <Scalar T>
void Qr<T>::minimum_norm_least_squares(VectorView<T>, VectorRef<T>) const {
    refuse();
}
template <Scalar T>
void Qr<T>::apply(VectorView<T>, VectorRef<T>) const {
    refuse();
}
template <Scalar T>
void Qr<T>::apply_transpose(VectorView<T>, VectorRef<T>) const {
    refuse();
}
template <Scalar T>
void Qr<T>::apply_adjoint(VectorView<T>, VectorRef<T>) const {
    refuse();
}
template <Scalar T>
Eigen::MatrixX<T> Qr<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>&, Transpose) const {
    refuse();
}
template <Scalar T>
LogDeterminant<T> Qr<T>::log_determinant() const {
    refuse();
}

#define INSTANTIATE(T) template class Qr<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
