// SPDX-License-Identifier: BSD-3-Clause
// Memory that runs out at any allocation of a solve: OutOfMemory, std::bad_alloc or limit_exceeded, nothing leaked, no
// wrong answer, and the next solve as if nothing had happened.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <new>

#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/applicable.hpp"
#include "solvers/oracle.hpp"

namespace {

/// Counts the allocations of this thread while armed, and lets those from number `first` to `last` fail.
struct Faults {
    bool armed = false;
    long count = 0, first = -1, last = -1;
    long live = 0;

    bool fails() noexcept {
        if (!armed) return false;
        const long mine = count++;
        return mine >= first && mine <= last;
    }
};
thread_local constinit Faults faults;

}  // namespace

// The sanitizers have an allocator of their own, which stays in place: then only operator new fails.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define RITZ_REPLACES_MALLOC 1
extern "C" {
void* __libc_malloc(std::size_t) noexcept;
void* __libc_calloc(std::size_t, std::size_t) noexcept;
void* __libc_realloc(void*, std::size_t) noexcept;
void* __libc_memalign(std::size_t, std::size_t) noexcept;
void __libc_free(void*) noexcept;

static void* counted(void* memory) {
    if (faults.armed && memory != nullptr) ++faults.live;
    return memory;
}
static void* refused() {
    errno = ENOMEM;
    return nullptr;
}

void* malloc(std::size_t bytes) noexcept {
    return faults.fails() ? refused() : counted(__libc_malloc(bytes));
}
void* calloc(std::size_t n, std::size_t bytes) noexcept {
    return faults.fails() ? refused() : counted(__libc_calloc(n, bytes));
}
void* realloc(void* memory, std::size_t bytes) noexcept {
    if (faults.fails()) return refused();
    if (memory == nullptr) return counted(__libc_malloc(bytes));
    if (bytes == 0 && faults.armed) --faults.live;
    return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
    return faults.fails() ? refused() : counted(__libc_memalign(alignment, bytes));
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
    return faults.fails() ? refused() : counted(__libc_memalign(alignment, bytes));
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
    if (faults.fails()) return ENOMEM;
    *memory = counted(__libc_memalign(alignment, bytes));
    return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
    if (faults.armed && memory != nullptr) --faults.live;
    __libc_free(memory);
}
}
#else
#define RITZ_REPLACES_MALLOC 0
void* operator new(std::size_t bytes) {
    if (faults.fails()) throw std::bad_alloc();
    if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
#endif

namespace {

using namespace ritz;
using namespace applicable;

struct Problem {
    const char* name;
    Csr<double> A;
    Eigen::VectorXd b;
};

std::vector<Problem> problems() {
    std::vector<Problem> all;
    const auto add = [&](const char* name, Csr<double> A) {
        Eigen::VectorXd b(A.rows());
        A.apply(Eigen::VectorXd::LinSpaced(A.cols(), 1, 2).eval(), b);
        all.push_back({name, std::move(A), std::move(b)});
    };
    add("definite", poisson2d(5, 5));
    add("indefinite", stokes2d(3, 3));
    add("general", convection_diffusion2d(5, 5, 0.1));
    add("singular", path_laplacian(20));
    Coo<double> tall(12, 4);
    for (Index i = 0; i < 12; ++i) tall.add(i, i % 4, 1), tall.add(i, (i + 1) % 4, 0.5 * i);
    add("tall", to_csr(tall));
    return all;
}

enum class End { answered, reported, thrown };

/// One solve with the allocations from `first` to `last` failing; -1: none.
End run(const Problem& p, Method method, long first, long last, Eigen::VectorXd* x = nullptr) {
    Solution<double> s;
    End end = End::thrown;
    faults = {.armed = true, .first = first, .last = last};
    try {
        s = solve(p.A, p.b, {.method = method, .on_failure = OnFailure::report});
        end = has_answer(s.report.status) ? End::answered : End::reported;
    } catch (const std::bad_alloc&) {
    } catch (const OutOfMemory&) {
    }
    faults.armed = false;
    if (end == End::answered) {
        const auto errors = oracle::errors<double>(p.A, s.x, p.b);
        EXPECT_LE(static_cast<double>(errors.relative_residual), 1e-8);
        if (x) *x = s.x;
    } else if (end == End::reported) {
        EXPECT_EQ(name(s.report.status), name(Status::limit_exceeded));
    }
    return end;
}

/// Allocations left behind by a solve with those faults, what is kept for the thread apart.
long leaked(const Problem& p, Method method, long first, long last) {
    faults = {.armed = true, .first = first, .last = last};
    try {
        (void)solve(p.A, p.b, {.method = method, .on_failure = OnFailure::report});
    } catch (const std::exception&) {
    }
    faults.armed = false;
    return faults.live;
}

TEST(AllocationFailure, IsSaidAtEveryAllocationAndLeavesNothingBehind) {
    const ThreadLimit one(1);
    long tried = 0;
    for (const Problem& p : problems())
        for (const Method method : methods_for(p.A)) {
            SCOPED_TRACE(std::string(p.name) + " " + std::string(name(method)));
            Eigen::VectorXd x;
            const End normal = run(p, method, -1, -1, &x);
            if (RITZ_REPLACES_MALLOC != 0) {
                EXPECT_EQ(leaked(p, method, -1, -1), 0);
            }
            (void)run(p, method, -1, -1);
            const long allocations = faults.count;
            ASSERT_GT(allocations, 0);
            // Every one where there are few; a stride that is no multiple of a period where there are many.
            const long stride = std::max(1L, allocations / 400);
            for (const bool lasting : {false, true})
                for (long k = 0; k < allocations; k += stride) {
                    SCOPED_TRACE(std::string(lasting ? "from " : "only ") + std::to_string(k) + " of " +
                                 std::to_string(allocations));
                    const long last = lasting ? std::numeric_limits<long>::max() : k;
                    (void)run(p, method, k, last);
                    if (RITZ_REPLACES_MALLOC != 0) {
                        EXPECT_LE(leaked(p, method, k, last), 0);
                    }
                    ++tried;
                }
            Eigen::VectorXd again;
            EXPECT_EQ(run(p, method, -1, -1, &again), normal);
            EXPECT_EQ(again, x);
        }
    RecordProperty("tried", std::to_string(tried));
}

}  // namespace
