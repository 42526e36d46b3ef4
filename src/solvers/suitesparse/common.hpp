// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What the SuiteSparse factorisations share: the working type, CHOLMOD's workspace and objects, and its statuses.

#include <cholmod.h>

#include <chrono>
#include <complex>
#include <memory>
#include <string>
#include <type_traits>

#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/types.hpp"
#include "ritz/core/vector_view.hpp"
#include "ritz/formats/compressed.hpp"

namespace ritz::detail {

static_assert(sizeof(SuiteSparse_long) == sizeof(Offset));

/// The type that SuiteSparse computes in: it has no single precision.
template <Scalar T>
using Working = std::conditional_t<is_complex<T>, std::complex<double>, double>;

template <Scalar T>
inline constexpr int cholmod_xtype = is_complex<T> ? CHOLMOD_COMPLEX : CHOLMOD_REAL;

/// Seconds since construction or the last call of lap().
class Stopwatch {
public:
    double lap() {
        const auto now = std::chrono::steady_clock::now();
        return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// A cholmod_common of its own for each factorisation: it is workspace, and not to be shared between threads.
class CholmodCommon {
public:
    CholmodCommon() {
        cholmod_l_start(&common_);
        common_.print = 0;
        common_.try_catch = 1;  // statuses are read here; nothing is printed, no handler called
        common_.error_handler = nullptr;
    }
    ~CholmodCommon() { cholmod_l_finish(&common_); }
    CholmodCommon(const CholmodCommon&) = delete;
    CholmodCommon& operator=(const CholmodCommon&) = delete;

    operator cholmod_common*() noexcept { return &common_; }
    cholmod_common* operator->() noexcept { return &common_; }

    /// Throws for a negative status. Positive ones are findings about the matrix, which the caller reads.
    void check(const char* who) {
        const int status = common_.status;
        if (status >= CHOLMOD_OK) return;
        common_.status = CHOLMOD_OK;
        if (status == CHOLMOD_OUT_OF_MEMORY) throw OutOfMemory(std::string(who) + ": out of memory");
        if (status == CHOLMOD_TOO_LARGE)
            throw LimitExceeded(std::string(who) + ": the factor has more entries than 64 bits can count");
        throw Error(std::string(who) + ": CHOLMOD failed with status " + std::to_string(status));
    }

private:
    cholmod_common common_{};
};

struct CholmodDelete {
    cholmod_common* common;
    void operator()(cholmod_sparse* A) const noexcept { cholmod_l_free_sparse(&A, common); }
    void operator()(cholmod_dense* X) const noexcept { cholmod_l_free_dense(&X, common); }
    void operator()(cholmod_factor* L) const noexcept { cholmod_l_free_factor(&L, common); }
};
using CholmodSparse = std::unique_ptr<cholmod_sparse, CholmodDelete>;
using CholmodDense = std::unique_ptr<cholmod_dense, CholmodDelete>;
using CholmodFactor = std::unique_ptr<cholmod_factor, CholmodDelete>;

/// An n × 1 matrix that looks at v.
template <class W>
cholmod_dense dense_view(W* v, std::size_t n) {
    cholmod_dense X{};
    X.nrow = X.nzmax = X.d = n;
    X.ncol = 1;
    X.x = v;
    X.xtype = std::is_same_v<std::remove_const_t<W>, double> ? CHOLMOD_REAL : CHOLMOD_COMPLEX;
    X.dtype = CHOLMOD_DOUBLE;
    return X;
}

/// v in the working type.
template <Scalar T>
Buffer<Working<T>> widened(VectorView<T> v) {
    return Buffer<Working<T>>(v.begin(), v.end());
}

template <Scalar T>
void assign(VectorRef<T> to, const Working<T>* from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(from[i]);
}

/// A factorisation runs on one thread: this is for its scope. CHOLMOD 3 asks OpenMP for four threads whatever the
/// machine has, and the many small BLAS calls of a factorisation then wait for each other's threads; where anything
/// else runs on the machine that costs five to thirty times what a second thread can gain (docs/adr/0008).
struct SerialFactorization : ThreadLimit {
    SerialFactorization() : ThreadLimit(1) {}
};

inline void require_lengths(const char* who, std::size_t in, std::size_t out, Index expected_in, Index expected_out) {
    require(in == static_cast<std::size_t>(expected_in) && out == static_cast<std::size_t>(expected_out),
            std::string(who) + ": vectors of " + std::to_string(expected_in) + " and " + std::to_string(expected_out) +
                " elements are needed, found " + std::to_string(in) + " and " + std::to_string(out));
}

inline void require_memory(const char* who, double needed, std::size_t allowed) {
    if (allowed != 0 && needed > static_cast<double>(allowed))
        throw LimitExceeded(std::string(who) + ": needs about " + std::to_string(static_cast<long long>(needed / 1e6)) +
                            " MB, allowed are " + std::to_string(allowed / 1000000) + " MB");
}

}  // namespace ritz::detail
