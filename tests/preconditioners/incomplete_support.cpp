// SPDX-License-Identifier: BSD-3-Clause
#include "preconditioners/incomplete_support.hpp"

#include <Eigen/LU>

namespace incomplete {

Eigen::MatrixXd inverted(const Eigen::MatrixXd& A) {
    return A.partialPivLu().inverse();
}
Eigen::MatrixXcd inverted(const Eigen::MatrixXcd& A) {
    return A.partialPivLu().inverse();
}

}  // namespace incomplete
