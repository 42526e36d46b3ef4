// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/solvers/cholesky.hpp"

#include <gtest/gtest.h>

#include <Eigen/Core>
#include <numbers>
#include <thread>

#include "ritz/core/random.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/arithmetic.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/operators/linear_operator.hpp"
#include "ritz/solvers/selected_inverse.hpp"

namespace {
using namespace ritz;
}
