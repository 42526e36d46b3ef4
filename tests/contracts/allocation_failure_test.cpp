// SPDX-License-Identifier: BSD-3-Clause
// Memory that runs out at any allocation of a solve: OutOfMemory, std::bad_alloc or limit_exceeded, nothing leaked, no
// wrong answer, and the next solve as if nothing had happened.
#include <gtest/gtest.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "ritz/core/threads.hpp"
#include "ritz/formats/convert.hpp"
#include "ritz/formats/gallery.hpp"
#include "ritz/solvers/solve.hpp"
#include "solvers/applicable.hpp"
#include "solvers/oracle.hpp"

namespace {

struct Code {
    std::uintptr_t first, last;
};
std::vector<Code>& code_without_hope() {
    static std::vector<Code> ranges;
    return ranges;
}
bool hopeless(const void* caller) noexcept {
    const auto place = reinterpret_cast<std::uintptr_t>(caller);
    for (const Code& code : code_without_hope())
        if (place >= code.first && place < code.last) return true;
    return false;
}
/// Looks once where the libraries that cannot be helped lie in memory.
int look_for_code(dl_phdr_info* library, std::size_t, void*) {
    const std::string name = library->dlpi_name;
    for (const char* part : {"mumps", "scotch", "metis", "esmumps", "pord", "mpiseq", "gfortran", "gomp", "omp.so"})
        if (name.find(part) != std::string::npos) {
            for (int i = 0; i < library->dlpi_phnum; ++i) {
                const std::uintptr_t first = library->dlpi_addr + library->dlpi_phdr[i].p_vaddr;
                code_without_hope().push_back({first, first + library->dlpi_phdr[i].p_memsz});
            }
            return 0;
        }
    return 0;
}

/// Counts the allocations of this thread while armed, and lets those from number `first` to `last` fail. Not those of
/// libraries that end the process, or go on without looking, when they get no memory: MUMPS (5.5), the orderings it
/// calls, and the run-time systems of Fortran and OpenMP.
struct Faults {
    bool armed = false;
    long count = 0, first = -1, last = -1;
    long live = 0;

    bool fails(const void* caller) noexcept {
        if (!armed || hopeless(caller)) return false;
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
    return faults.fails(__builtin_return_address(0)) ? refused() : counted(__libc_malloc(bytes));
}
void* calloc(std::size_t n, std::size_t bytes) noexcept {
    return faults.fails(__builtin_return_address(0)) ? refused() : counted(__libc_calloc(n, bytes));
}
void* realloc(void* memory, std::size_t bytes) noexcept {
    if (faults.fails(__builtin_return_address(0))) return refused();
    if (memory == nullptr) return counted(__libc_malloc(bytes));
    if (bytes == 0 && faults.armed) --faults.live;
    return __libc_realloc(memory, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
    return faults.fails(__builtin_return_address(0)) ? refused() : counted(__libc_memalign(alignment, bytes));
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
    return faults.fails(__builtin_return_address(0)) ? refused() : counted(__libc_memalign(alignment, bytes));
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
    if (faults.fails(__builtin_return_address(0))) return ENOMEM;
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
    if (faults.fails(__builtin_return_address(0))) throw std::bad_alloc();
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

/// What a solve ended with, if not by throwing.
struct End {
    std::optional<Status> status;
    Eigen::VectorXd x;
    bool wrong = false;  ///< x was called an answer and is none
};

/// One solve with the allocations from `first` to `last` failing; none if -1.
End run(const Problem& p, Method method, long first, long last) {
    Solution<double> s;
    End end;
    faults = {.armed = true, .first = first, .last = last};
    try {
        s = solve(p.A, p.b, {.method = method, .on_failure = OnFailure::report});
        end.status = s.report.status;
    } catch (const std::bad_alloc&) {
    } catch (const OutOfMemory&) {
    }
    faults.armed = false;
    if (end.status && has_answer(*end.status))
        end.wrong = !(oracle::errors<double>(p.A, s.x, p.b).relative_residual <= oracle::Quad(1e-8));
    end.x = s.x;
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

/// Solves with faults at k = from, from + stride, … in a process of its own, which tells in `at` how far it came, so
/// that a crash is a finding and not the end of the test. True: it came through.
bool survives(const Problem& p, Method method, bool lasting, long stride, long allocations,
              std::optional<Status> normal, long& at) {
    const pid_t child = fork();
    if (child == 0) {
        bool fine = true;
        const auto check = [&](bool condition, const std::string& what) {
            if (condition) return;
            fine = false;
            std::printf("%s %ld of %ld: %s\n", lasting ? "from" : "only", at, allocations, what.c_str());
        };
        for (; at < allocations; at += stride) {
            const long last = lasting ? std::numeric_limits<long>::max() : at;
            const End end = run(p, method, at, last);
            check(
                !end.status || end.status == normal || end.status == Status::limit_exceeded || has_answer(*end.status),
                end.status ? std::string(name(*end.status)) : "");
            check(!end.wrong, "x is no answer");
            if (RITZ_REPLACES_MALLOC != 0) {
                const long left = leaked(p, method, at, last);
                check(left <= 0, std::to_string(left) + " allocations left behind");
            }
        }
        const End first = run(p, method, -1, -1), again = run(p, method, -1, -1);
        check(first.status == normal && again.status == normal && first.x == again.x, "the next solve is another one");
        std::fflush(stdout);
        _exit(fine ? 0 : 2);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        ADD_FAILURE() << "fork";
        return true;
    }
    if (WIFEXITED(status) && at >= allocations) {
        EXPECT_EQ(WEXITSTATUS(status), 0);
        return true;
    }
    ADD_FAILURE() << (lasting ? "with every allocation failing from number " : "with only allocation number ") << at
                  << " of " << allocations << " failing, the process ended "
                  << (WIFSIGNALED(status) ? "by signal " + std::to_string(WTERMSIG(status))
                                          : "with exit status " + std::to_string(WEXITSTATUS(status)));
    return false;
}

TEST(AllocationFailure, IsSaidAtEveryAllocationAndLeavesNothingBehind) {
    const ThreadLimit one(1);
    dl_iterate_phdr(look_for_code, nullptr);
    void* shared = mmap(nullptr, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    long& at = *static_cast<long*>(shared);
    for (const Problem& p : problems())
        for (const Method method : methods_for(p.A)) {
            SCOPED_TRACE(std::string(p.name) + " " + std::string(name(method)));
            const auto normal = run(p, method, -1, -1).status;
            if (RITZ_REPLACES_MALLOC != 0) {
                EXPECT_EQ(leaked(p, method, -1, -1), 0);
            }
            (void)run(p, method, -1, -1);
            const long allocations = faults.count;
            ASSERT_GT(allocations, 0);
            const long stride = std::max(1L, allocations / 300);
            for (const bool lasting : {false, true}) {
                at = 0;
                for (int crashes = 0; crashes < 5 && !survives(p, method, lasting, stride, allocations, normal, at);
                     ++crashes)
                    at += stride;
            }
        }
    munmap(shared, sizeof(long));
}

}  // namespace
