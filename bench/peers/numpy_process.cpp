// SPDX-License-Identifier: BSD-3-Clause
#include "bench/peers/numpy_process.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdlib>
#include <limits>

namespace ritz::bench {

NumpyProcess::NumpyProcess(const std::string& script) {
    constexpr const char* python = "/usr/bin/python3";
    if (std::system("/usr/bin/python3 -c 'import numpy, scipy.linalg' > /dev/null 2>&1") != 0) return;
    int down[2], up[2];
    if (pipe(down) != 0 || pipe(up) != 0) return;
    process_ = fork();
    if (process_ == 0) {
        dup2(down[0], 0);
        dup2(up[1], 1);
        for (int end : {down[0], down[1], up[0], up[1]}) close(end);
        execl(python, python, script.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    close(down[0]);
    close(up[1]);
    std::signal(SIGPIPE, SIG_IGN);
    to_ = fdopen(down[1], "wb");
    from_ = fdopen(up[0], "rb");
}

NumpyProcess::~NumpyProcess() {
    if (to_ == nullptr) return;
    std::fclose(to_);
    std::fclose(from_);
    waitpid(process_, nullptr, 0);
}

double NumpyProcess::seconds(const DenseProblem& problem, DenseOperation operation, long repetitions, double* answer) {
    const auto n = problem.A.rows();
    std::fprintf(to_, "%s %ld %ld\n", dense_operations[static_cast<std::size_t>(operation)], static_cast<long>(n),
                 repetitions);
    if (sent_.insert(n).second) {
        const auto send = [&](const double* data, Eigen::Index count) {
            std::fwrite(data, sizeof(double), static_cast<std::size_t>(count), to_);
        };
        send(problem.A.data(), n * n);
        send(problem.S.data(), n * n);
        send(problem.T.data(), 2 * n * n);
        send(problem.b.data(), n);
        send(problem.c.data(), 2 * n);
    }
    std::fflush(to_);
    double seconds = 0;
    long count = 0;
    if (std::fscanf(from_, "%lf %ld", &seconds, &count) != 2 || std::fgetc(from_) != '\n' ||
        std::fread(answer, sizeof(double), static_cast<std::size_t>(count), from_) != static_cast<std::size_t>(count))
        return std::numeric_limits<double>::quiet_NaN();
    return seconds;
}

}  // namespace ritz::bench
