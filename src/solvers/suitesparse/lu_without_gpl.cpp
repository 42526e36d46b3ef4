// SPDX-License-Identifier: BSD-3-Clause
// Lu without UMFPACK: KLU under its name.
#include <optional>

#include "core/instantiate.hpp"
#include "ritz/solvers/klu.hpp"
#include "ritz/solvers/lu.hpp"

namespace ritz {

template <Scalar T>
struct Lu<T>::State {
    std::optional<typename Klu<T>::Analysis> analysis;  // until it is used up
    std::optional<Klu<T>> klu;
};

template <Scalar T>
Lu<T>::Analysis::Analysis(const CscView<T>& A, const FactorOptions& options) : state_(std::make_unique<State>()) {
    state_->analysis.emplace(A, options);
}

template <Scalar T>
Lu<T>::Analysis::~Analysis() = default;
template <Scalar T>
Lu<T>::Analysis::Analysis(Analysis&&) noexcept = default;
template <Scalar T>
typename Lu<T>::Analysis& Lu<T>::Analysis::operator=(Analysis&&) noexcept = default;
template <Scalar T>
Index Lu<T>::Analysis::rows() const noexcept {
    return state_->analysis->rows();
}
template <Scalar T>
const FactorStatistics& Lu<T>::Analysis::statistics() const noexcept {
    return state_->analysis->statistics();
}

template <Scalar T>
Lu<T>::Lu(const CscView<T>& A, const FactorOptions& options) : Lu(A, Analysis(A, options), options) {}

template <Scalar T>
Lu<T>::Lu(const CscView<T>& A, Analysis analysis, const FactorOptions& options) : state_(std::move(analysis.state_)) {
    detail::require(state_ != nullptr, "Lu: the analysis was used up by another factorisation");
    state_->klu.emplace(A, std::move(*state_->analysis), options);
    state_->analysis.reset();
}

template <Scalar T>
Lu<T>::~Lu() = default;
template <Scalar T>
Lu<T>::Lu(Lu&&) noexcept = default;
template <Scalar T>
Lu<T>& Lu<T>::operator=(Lu&&) noexcept = default;

template <Scalar T>
Index Lu<T>::rows() const noexcept {
    return state_->klu->rows();
}
template <Scalar T>
const FactorStatistics& Lu<T>::statistics() const noexcept {
    return state_->klu->statistics();
}
template <Scalar T>
double Lu<T>::pivot_ratio() const noexcept {
    return state_->klu->pivot_ratio();
}
template <Scalar T>
void Lu<T>::refactor(const CscView<T>& A) {
    state_->klu->refactor(A);
}
template <Scalar T>
void Lu<T>::apply(VectorView<T> b, VectorRef<T> x) const {
    state_->klu->apply(b, x);
}
template <Scalar T>
void Lu<T>::apply_transpose(VectorView<T> b, VectorRef<T> x) const {
    state_->klu->apply_transpose(b, x);
}
template <Scalar T>
void Lu<T>::apply_adjoint(VectorView<T> b, VectorRef<T> x) const {
    state_->klu->apply_adjoint(b, x);
}
template <Scalar T>
Eigen::MatrixX<T> Lu<T>::solve(const Eigen::Ref<const Eigen::MatrixX<T>>& B, Transpose which) const {
    return state_->klu->solve(B, which);
}
template <Scalar T>
LogDeterminant<T> Lu<T>::log_determinant() const {
    return state_->klu->log_determinant();
}

#define INSTANTIATE(T) template class Lu<T>;
RITZ_FOR_EACH_SCALAR(INSTANTIATE)

}  // namespace ritz
