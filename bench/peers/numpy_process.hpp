// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdio>
#include <set>
#include <string>

#include "bench/peers/dense_problem.hpp"

namespace ritz::bench {

/// bench/peers/numpy_dense.py as a process, so that NumPy is timed in the same run, between the others.
class NumpyProcess {
public:
    /// Without python3-numpy and python3-scipy there is no process, and `runs()` is false.
    explicit NumpyProcess(const std::string& script);
    ~NumpyProcess();
    NumpyProcess(const NumpyProcess&) = delete;
    NumpyProcess& operator=(const NumpyProcess&) = delete;

    bool runs() const noexcept { return to_ != nullptr; }

    /// Seconds of one operation, the mean of `repetitions`; NaN when the process ended.
    double seconds(const DenseProblem& problem, DenseOperation operation, long repetitions, double* answer);

private:
    int process_ = -1;
    std::FILE* to_ = nullptr;
    std::FILE* from_ = nullptr;
    std::set<Eigen::Index> sent_;
};

}  // namespace ritz::bench
