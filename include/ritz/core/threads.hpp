// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// How many threads ritz uses. There is no setting inside ritz: it is OpenMP's, per calling thread.

namespace ritz {

/// Threads that a parallel loop started by the calling thread will use (OMP_NUM_THREADS, or the processors there are).
int max_threads() noexcept;

/// Limits the calling thread to `threads` while alive and puts the former number back.
///
///     ThreadLimit one(1);   // what follows in this scope runs serially
///
/// \throws InvalidArgument if threads < 1.
class ThreadLimit {
public:
    explicit ThreadLimit(int threads);
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit&) = delete;
    ThreadLimit& operator=(const ThreadLimit&) = delete;

private:
    int previous_;
};

}  // namespace ritz
