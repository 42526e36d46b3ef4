// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Which methods of the registry a matrix can be given to, by what the registry says they need: so that a test over
/// all methods knows a new one without being told. Nothing here asks the library's own rules.

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ritz/formats/compressed.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/structure.hpp"
#include "ritz/solvers/solve.hpp"

namespace applicable {

using namespace ritz;

/// η that `solved` promises, and the relative residual that an answer meets unless a small error bound speaks for it.
template <Scalar T>
inline constexpr double eta_limit = sizeof(Real<T>) == sizeof(float) ? 0x1p-22 : 1e-14;
template <Scalar T>
inline constexpr double residual_limit = 1.01 * (sizeof(Real<T>) == sizeof(float) ? 0x1p-22 : 1e-8);

/// By a Cholesky factorisation of D A D, its diagonal 1, with pivots far from 0. For small orders.
template <Scalar T>
bool positive_definite(const CsrView<T>& A) {
    using W = std::conditional_t<is_complex<T>, std::complex<double>, double>;
    Eigen::MatrixX<W> M = to_dense(A).template cast<W>();
    for (Eigen::Index i = 0; i < M.rows(); ++i) {
        const double d = std::real(M(i, i));
        if (!(d > 0)) return false;
        const double scale = std::ldexp(1.0, -std::ilogb(d) / 2);
        M.row(i) *= scale, M.col(i) *= scale;
    }
    const Eigen::LLT<Eigen::MatrixX<W>> llt(M);
    return llt.info() == Eigen::Success && (M.rows() == 0 || llt.matrixLLT().diagonal().real().minCoeff() > 1e-6);
}

/// The registry without the iterative methods, which promise less: krylov_contract_test.cpp is theirs.
inline std::vector<MethodInfo> direct_methods() {
    std::vector<MethodInfo> rows;
    for (const MethodInfo& row : ritz::methods())
        if (row.kind == "direct") rows.push_back(row);
    return rows;
}

/// The matrix with what the registry can ask for.
template <Scalar T>
struct Subject {
    CsrView<T> A;
    Structure structure;
    bool definite;

    explicit Subject(const CsrView<T>& matrix)
        : A(matrix),
          structure(analyse_structure(matrix)),
          definite(structure.hermitian && structure.all_diagonals_positive &&
                   (structure.certainly_positive_definite() || (A.rows() <= 1200 && positive_definite(A)))) {}
    Subject(const CsrView<T>& matrix, bool is_definite)
        : A(matrix), structure(analyse_structure(matrix)), definite(is_definite) {}

    /// False also where only a closer look could tell.
    bool has(std::string_view need) const {
        if (need == "square") return structure.square();
        if (need == "diagonal") return structure.diagonal();
        if (need == "triangular") return structure.lower_triangular() || structure.upper_triangular();
        if (need == "tridiagonal") return structure.tridiagonal();
        if (need == "banded") return structure.lower_bandwidth + structure.upper_bandwidth < 8;
        if (need == "symmetric") return structure.symmetric || structure.hermitian;
        if (need == "hermitian") return structure.hermitian;
        if (need == "positive_definite") return definite;
        ADD_FAILURE() << "the registry asks for \"" << need << "\", which this test does not know";
        return false;
    }
    bool suits(const MethodInfo& method) const {
        bool all = true;
        for (const std::string_view need : method.needs) all = has(need) && all;
        return all;
    }
    /// Automatic, and every direct method whose needs the matrix meets.
    std::vector<Method> methods() const {
        std::vector<Method> suitable{Method::automatic};
        for (const MethodInfo& method : direct_methods())
            if (suits(method)) suitable.push_back(method.method);
        return suitable;
    }
};

template <Order order, Scalar T>
std::vector<Method> methods_for(const Compressed<order, T>& A) {
    return Subject<T>(A).methods();
}

inline bool needs(const MethodInfo& method, std::string_view need) {
    return std::find(method.needs.begin(), method.needs.end(), need) != method.needs.end();
}

/// Runs f.template operator()<T>() for the four scalars.
template <class F>
void for_each_scalar(F&& f) {
    const auto one = [&]<class T>(const char* name) {
        SCOPED_TRACE(name);
        f.template operator()<T>();
    };
    one.template operator()<float>("float");
    one.template operator()<double>("double");
    one.template operator()<std::complex<float>>("complex<float>");
    one.template operator()<std::complex<double>>("complex<double>");
}

}  // namespace applicable
