// SPDX-License-Identifier: BSD-3-Clause
#include "ritz/core/threads.hpp"

#include <omp.h>

#include "ritz/core/error.hpp"

namespace ritz {

int max_threads() noexcept {
    return omp_get_max_threads();
}

ThreadLimit::ThreadLimit(int threads) : previous_(omp_get_max_threads()) {
    detail::require(threads >= 1, "ThreadLimit: at least one thread is needed");
    omp_set_num_threads(threads);
}

ThreadLimit::~ThreadLimit() {
    omp_set_num_threads(previous_);
}

}  // namespace ritz
