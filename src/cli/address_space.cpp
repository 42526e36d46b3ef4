// SPDX-License-Identifier: BSD-3-Clause
// OpenBLAS 0.3.21 reserves its work buffers when it is loaded and with the first product, and tries for ever when the
// address space is limited (ulimit -v) to less than they take. That can only be seen before its constructors run, so
// this check stands in .preinit_array, which the loader runs before those of any library.
#include <sys/resource.h>
#include <unistd.h>

#include <string_view>

namespace {

constexpr rlim_t enough = rlim_t{640} << 20;  // measured: 550 MiB hang, 635 MiB work, with two threads

void say(int fd, std::string_view text) {
    [[maybe_unused]] const auto written = write(fd, text.data(), text.size());
}

__attribute__((no_sanitize("address", "undefined"))) void check_address_space(int argc, char** argv, char**) {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= enough) return;
    say(STDERR_FILENO,
        "ritz: the address space is limited (ulimit -v) to less than the 640 MiB that the BLAS needs to start\n"
        "      limit memory with --max-memory instead\n");
    for (int i = 1; i < argc; ++i)
        if (std::string_view(argv[i]) == "--json")
            say(STDOUT_FILENO,
                "{\"status\": \"out_of_memory\", \"error\": \"the address space is limited to less than 640 MiB\", "
                "\"exit_code\": 4}\n");
    _exit(4);
}

}  // namespace

extern "C" {
__attribute__((section(".preinit_array"), used)) void (*const ritz_check_address_space)(int, char**,
                                                                                        char**) = check_address_space;
}
