// SPDX-License-Identifier: BSD-3-Clause
#include "solvers/ordering.hpp"

#include <amd.h>
#include <cholmod.h>

#include <limits>
#include <mutex>
#include <numeric>
#include <string>

#include "ritz/core/error.hpp"

namespace ritz::detail {

namespace {

void check_amd(std::int64_t status) {
    if (status == AMD_OUT_OF_MEMORY) throw OutOfMemory("AMD: out of memory");
    if (status != AMD_OK && status != AMD_OK_BUT_JUMBLED)
        throw Error("AMD failed with status " + std::to_string(status));
}

bool fits_int(Offset entries, Index n) {
    // AMD's workspace is 1.2 times the entries and some vectors, counted in the same type.
    return static_cast<double>(entries) * 1.2 + 8.0 * n < static_cast<double>(std::numeric_limits<int>::max());
}

struct IntCommon {
    cholmod_common common{};
    IntCommon() {
        cholmod_start(&common);
        common.print = 0;
        common.try_catch = 1;
        common.error_handler = nullptr;
    }
    ~IntCommon() { cholmod_finish(&common); }
    IntCommon(const IntCommon&) = delete;
    IntCommon& operator=(const IntCommon&) = delete;
};

}  // namespace

Buffer<Index> amd_ordering(const GraphView& G) {
    const auto n = static_cast<std::size_t>(G.n);
    Buffer<Index> order(n);
    if (n == 0) return order;
    const Offset entries = G.indptr[n];
    if (entries == 0) {
        std::iota(order.begin(), order.end(), 0);
        return order;
    }
    if (fits_int(entries, G.n)) {
        Buffer<int> pointers(n + 1);
        for (std::size_t i = 0; i <= n; ++i) pointers[i] = static_cast<int>(G.indptr[i]);
        check_amd(amd_order(G.n, pointers.data(), G.adjacency.data(), order.data(), nullptr, nullptr));
        return order;
    }
    Buffer<SuiteSparse_long> indices(G.adjacency.begin(), G.adjacency.end()),
        pointers(G.indptr.begin(), G.indptr.end()), wide(n);
    check_amd(amd_l_order(G.n, pointers.data(), indices.data(), wide.data(), nullptr, nullptr));
    for (std::size_t i = 0; i < n; ++i) order[i] = static_cast<Index>(wide[i]);
    return order;
}

std::optional<Buffer<Index>> metis_ordering(const GraphView& G) {
    const auto n = static_cast<std::size_t>(G.n);
    if (n == 0 || G.indptr[n] == 0 || !fits_int(G.indptr[n], G.n)) return {};
    Offset upper = 0;
    for (std::size_t j = 0; j < n; ++j)
        for (Offset k = G.indptr[j]; k < G.indptr[j + 1]; ++k)
            upper += static_cast<std::size_t>(G.adjacency[static_cast<std::size_t>(k)]) < j;
    Buffer<int> pointers(n + 1), rows(static_cast<std::size_t>(upper));
    std::size_t to = 0;
    for (std::size_t j = 0; j < n; ++j) {
        pointers[j] = static_cast<int>(to);
        for (Offset k = G.indptr[j]; k < G.indptr[j + 1]; ++k)
            if (const Index i = G.adjacency[static_cast<std::size_t>(k)]; static_cast<std::size_t>(i) < j)
                rows[to++] = i;
    }
    pointers[n] = static_cast<int>(to);
    cholmod_sparse A{};
    A.nrow = A.ncol = n;
    A.nzmax = to;
    A.p = pointers.data();
    A.i = rows.data();
    A.stype = 1;
    A.itype = CHOLMOD_INT;
    A.xtype = CHOLMOD_PATTERN;
    A.dtype = CHOLMOD_DOUBLE;
    A.sorted = 0;
    A.packed = 1;
    Buffer<Index> order(n);
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    IntCommon workspace;
    const int ok = cholmod_metis(&A, nullptr, 0, 0, order.data(), &workspace.common);
    if (workspace.common.status == CHOLMOD_OUT_OF_MEMORY) throw OutOfMemory("METIS: out of memory");
    if (!ok || workspace.common.status < CHOLMOD_OK) return {};
    return order;
}

}  // namespace ritz::detail
