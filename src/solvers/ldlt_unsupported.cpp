// SPDX-License-Identifier: BSD-3-Clause
// Ldlt in a build without MUMPS: no object of it comes into being.
#include "core/instantiate.hpp"
#include "ritz/solvers/ldlt.hpp"

namespace ritz {

namespace {

[[noreturn]] void unsupported() {
    throw Unsupported("Ldlt: this build has no MUMPS (CMake option RITZ_MUMPS; Debian package libmumps-seq-dev)");
}

}  // namespace

bool ldlt_available() noexcept {
    return false;
}

template <Scalar T>
struct Ldlt<T>::Factors {
    FactorStatistics statistics;
};

template <Scalar T>
Ldlt<T>::Analysis::Analysis(const CsrView<T>&, const LdltOptions&) {
    unsupported();
}
template <Scalar T>
Ldlt<T>::Analysis::~Analysis() = default;
template <Scalar T>
Ldlt<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Ldlt<T>::Analysis& Ldlt<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
Index Ldlt<T>::Analysis::rows() const noexcept {
    return 0;
}
template <Scalar T>
const FactorStatistics& Ldlt<T>::Analysis::statistics() const noexcept {
    return factors_->statistics;
}

template <Scalar T>
Ldlt<T>::Ldlt(const CsrView<T>&, const LdltOptions&) {
    unsupported();
}
template <Scalar T>
Ldlt<T>::Ldlt(const CsrView<T>&, Analysis&&, const LdltOptions&) {
    unsupported();
}
template <Scalar T>
Ldlt<T>::~Ldlt() = default;
template <Scalar T>
Ldlt<T>::Ldlt(Ldlt&&) noexcept = default;
template <Scalar T>
Ldlt<T>& Ldlt<T>::operator=(Ldlt&&) noexcept = default;
template <Scalar T>
Index Ldlt<T>::rows() const noexcept {
    return 0;
}
template <Scalar T>
const FactorStatistics& Ldlt<T>::statistics() const noexcept {
    return factors_->statistics;
}
template <Scalar T>
bool Ldlt<T>::hermitian() const noexcept {
    return false;
}
template <Scalar T>
void Ldlt<T>::refactor(const CsrView<T>&) {
    unsupported();
}
template <Scalar T>
void Ldlt<T>::apply(VectorView<T>, VectorRef<T>) const {
    unsupported();
}
template <Scalar T>
void Ldlt<T>::apply_transpose(VectorView<T>, VectorRef<T>) const {
    unsupported();
}
template <Scalar T>
void Ldlt<T>::apply_adjoint(VectorView<T>, VectorRef<T>) const {
    unsupported();
}
template <Scalar T>
Eigen::MatrixX<T> Ldlt<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>&, Transpose) const {
    unsupported();
}
template <Scalar T>
LogDeterminant<T> Ldlt<T>::log_determinant() const {
    unsupported();
}
template <Scalar T>
Inertia Ldlt<T>::inertia() const {
    unsupported();
}
template <Scalar T>
std::vector<Index> Ldlt<T>::null_pivots() const {
    unsupported();
}
template <Scalar T>
Eigen::MatrixX<T> Ldlt<T>::null_space() const {
    unsupported();
}
template <Scalar T>
Eigen::VectorX<T> Ldlt<T>::inverse_diagonal() const {
    unsupported();
}
template <Scalar T>
Csr<T> Ldlt<T>::inverse_entries(const CsrView<T>&) const {
    unsupported();
}

#define INSTANTIATE(T) template class Ldlt<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
