// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// A and b as a command line names them, brought to the same field.

#include <cmath>
#include <complex>
#include <optional>
#include <variant>

#include "cli/console.hpp"
#include "cli/files.hpp"
#include "cli/settings.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/structure.hpp"

namespace ritz::cli {

/// What was read: A, and b if there is one.
struct LinearSystem {
    ReadResult input;
    std::optional<AnyDense> b;
    std::optional<FileInfo> rhs;
};

/// Reads A and, when `rhs` is not empty, b. \throws Failure if their lengths differ or both are standard input.
LinearSystem read_system(const std::string& matrix, const std::string& rhs, const Settings& settings,
                         Progress& progress);

/// How the right-hand side came about.
enum class RightHandSide {
    given,
    row_sums,  ///< A·1 was made here, so that 1 is a solution
    zero       ///< A·1 is zero to rounding, as for graph Laplacians: it would be a random vector, so 0 is solved for
};

/// visitor(A, B, how) with A and B of the same field, complex if either is.
template <class Visitor>
auto visit_system(const LinearSystem& system, Visitor&& visitor) {
    using Complex = std::complex<double>;
    return std::visit(
        [&]<class T>(const Csr<T>& A) {
            if (!system.b) {
                Eigen::MatrixX<T> b(A.rows(), 1);
                A.apply(Eigen::VectorX<T>::Ones(A.cols()).eval(), b.col(0));
                const bool zero = analyse_structure(A).zero_row_sums;
                if (zero) b.setZero();
                return visitor(A, b, zero ? RightHandSide::zero : RightHandSide::row_sums);
            }
            return std::visit(
                [&]<class U>(const Eigen::MatrixX<U>& b) {
                    if constexpr (std::same_as<T, U>)
                        return visitor(A, b, RightHandSide::given);
                    else if constexpr (is_complex<T>)
                        return visitor(A, b.template cast<Complex>().eval(), RightHandSide::given);
                    else
                        return visitor(convert_values<Complex>(A), b, RightHandSide::given);
                },
                *system.b);
        },
        system.input.matrix);
}

/// max |x - 1|; NaN if x holds one.
template <class T>
double largest_distance_from_one(const Eigen::MatrixX<T>& x) {
    double largest = 0;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
        const double distance = std::abs(x.data()[i] - T(1));
        if (!(distance <= largest)) largest = distance;  // so written that NaN stays
    }
    return largest;
}

/// What commands name the symmetry of a matrix.
std::string symmetry_of(const AnyCsr& matrix);

}  // namespace ritz::cli
