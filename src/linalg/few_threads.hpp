// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include "ritz/core/eigen.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::linalg {

/// One thread while alive if the order of a problem is below 256: OpenBLAS's threads cost more there than they give.
class FewThreads {
public:
    explicit FewThreads(Eigen::Index order) {
        if (order < 256) one_.emplace(1);
    }

private:
    std::optional<ThreadLimit> one_;
};

}  // namespace ritz::linalg
