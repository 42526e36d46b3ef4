// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

/// METIS's nested dissection of the graph of a matrix with a symmetric pattern: p[k] is the row that comes k-th.
/// Only the lower triangle is looked at. Empty if this CHOLMOD was built without METIS or METIS failed.
/// \throws OutOfMemory.
template <Scalar T>
std::vector<Index> metis_ordering(const CsrView<T>& A);

}  // namespace ritz::detail
