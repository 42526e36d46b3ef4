// SPDX-License-Identifier: BSD-3-Clause
#include "cli/watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>

#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/text.hpp"

namespace ritz::cli {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A signal has no argument to carry a context in, so this state belongs to the process. It is never destroyed: the
// watch may look at it while main returns.
struct Shared {
    std::array<int, 2> pipe{-1, -1};  // the handler writes the signal's number, the watch reads it
    int termination = -1;             // where the watch reads a SIGTERM, see catch_signals()
    std::atomic<bool> last_word_claimed{false};
    std::atomic<bool> stops_orderly{false};   // an OrderlyStop is alive
    std::atomic<bool> stop_requested{false};  // and a signal has come
    std::atomic<bool> minds_time{false};      // there was one: what it computed may still be told
    std::mutex mutex;
    std::string unfinished;  // guarded by mutex; one file at a time is written
};

Shared& shared() {
    static auto* instance = new Shared;
    return *instance;
}

std::atomic<int> signal_pipe{-1};  // lock-free, for the handler

// A handler rather than sigwait: a BLAS may have started threads before main, and those do not have our signal mask.
extern "C" void on_signal(int signal) {
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const auto written = write(signal_pipe.load(), &byte, 1);
    errno = saved;
}

/// Private resident bytes: pages of mapped files can be dropped by the system at any time, so they do not count.
std::uint64_t private_memory() {
    static const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    std::array<char, 128> text{};
    const ssize_t length = file < 0 ? -1 : pread(file, text.data(), text.size() - 1, 0);
    if (length <= 0) return 0;
    std::array<std::uint64_t, 3> pages{};  // size, resident, shared
    const char* at = text.data();
    for (std::uint64_t& field : pages) {
        at = std::from_chars(at, text.data() + length, field).ptr;
        if (at < text.data() + length) ++at;
    }
    static const auto page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return (pages[1] - std::min(pages[1], pages[2])) * page_size;
}

/// The memory of the machine, or of the control group this process lives in when that is less.
std::uint64_t machine_memory() {
    std::uint64_t memory =
        static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    std::string group;  // of "0::/user.slice/…", the unified hierarchy
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);)
        if (line.starts_with("0::")) group = line.substr(3);
    for (const std::string& path : {"/sys/fs/cgroup" + group + "/memory.max", std::string("/sys/fs/cgroup/memory.max"),
                                    std::string("/sys/fs/cgroup/memory/memory.limit_in_bytes")}) {
        std::ifstream file(path);
        std::string text;
        std::uint64_t limit = 0;
        if (file >> text && std::from_chars(text.data(), text.data() + text.size(), limit).ec == std::errc{})
            memory = std::min(memory, limit);
    }
    return memory;
}

struct Ending {
    int exit_code;
    const char* status;
    std::string message;
};

[[noreturn]] void end_program(const Ending& ending, const Settings& settings, const std::string& command) {
    if (shared().last_word_claimed.exchange(true)) {
        std::this_thread::sleep_for(1s);  // main is writing its result: it may finish, unless nobody reads it
        _exit(ending.exit_code);
    }
    const auto remove_unfinished = [] {
        const std::lock_guard lock(shared().mutex);
        if (!shared().unfinished.empty()) unlink(shared().unfinished.c_str());
    };
    remove_unfinished();
    clear_progress();
    const auto say = [](int fd, const std::string& text) {  // gives up when nobody reads
        pollfd target{fd, POLLOUT, 0};
        if (poll(&target, 1, 500) == 1 && (target.revents & POLLOUT) != 0) [[maybe_unused]]
            const auto written = write(fd, text.data(), text.size());
    };
    say(STDERR_FILENO, fmt::format("ritz {}: {}\n", command, ending.message));
    if (settings.json) {
        const Json object = failure_json(command, Failure(ending.exit_code, ending.status, ending.message));
        say(STDOUT_FILENO, dump(object));
    }
    remove_unfinished();  // main has not stopped: it may have created the file in the meantime
    _exit(ending.exit_code);
}

void watch(Settings settings, std::string command, std::uint64_t limit) {
    const auto start = Clock::now();
    std::optional<Clock::time_point> patience_ends;  // after a signal that asked for an orderly stop
    unsigned char signal = SIGTERM;
    const auto end_by_signal = [&] {
        end_program({exit_code::interrupted, "interrupted",
                     fmt::format("interrupted ({}); nothing was written", signal == SIGINT   ? "SIGINT"
                                                                          : signal == SIGHUP ? "SIGHUP"
                                                                                             : "SIGTERM")},
                    settings, command);
    };
    for (;;) {
        if (patience_ends && !shared().stops_orderly) patience_ends.reset();  // it has stopped
        if (patience_ends && Clock::now() > *patience_ends) end_by_signal();
        auto wait = settings.max_memory > 0 ? 5ms : 50ms;
        if (settings.max_time > 0) {
            const double allowed = settings.max_time + (shared().minds_time ? stop_grace : 0);
            const double left = allowed - std::chrono::duration<double>(Clock::now() - start).count();
            if (left <= 0)
                end_program({exit_code::limit, "limit_exceeded",
                             fmt::format("the time limit of {} s is over; nothing was written (--max-time)",
                                         settings.max_time)},
                            settings, command);
            wait = std::min(wait, std::chrono::milliseconds(static_cast<int>(std::min(left, 1.0) * 1000) + 1));
        }
        std::array<pollfd, 2> inputs{{{shared().pipe[0], POLLIN, 0}, {shared().termination, POLLIN, 0}}};
        if (poll(inputs.data(), inputs.size(), static_cast<int>(wait.count())) > 0) {
            const bool termination = inputs[1].revents != 0;
            signalfd_siginfo ignored{};
            if (termination) [[maybe_unused]]  // else it would be reported again
                const auto taken = read(shared().termination, &ignored, sizeof ignored);
            if (termination || read(shared().pipe[0], &signal, 1) == 1) {
                if (termination) signal = SIGTERM;
                if (!shared().stops_orderly || patience_ends) end_by_signal();
                shared().stop_requested = true;
                patience_ends = Clock::now() +
                                std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(stop_grace));
            }
        }
        if (const std::uint64_t used = private_memory(); used > limit)
            end_program({exit_code::limit, "limit_exceeded",
                         fmt::format("{} of memory are in use, {} are allowed; nothing was written ({})", bytes(used),
                                     bytes(limit),
                                     settings.max_memory > 0 ? "--max-memory" : "all that this machine can give")},
                        settings, command);
    }
}

}  // namespace

void catch_signals() {
    if (pipe2(shared().pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;  // then the default actions stay
    signal_pipe = shared().pipe[1];
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    // A shell script starts its background jobs with SIGINT ignored; whoever sends one all the same means it.
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    struct sigaction hangup {};
    sigaction(SIGHUP, nullptr, &hangup);
    if (hangup.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup keeps its promise
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // the mask is inherited, and not everybody clears it

    // METIS puts a SIGTERM handler of its own in place while it orders a matrix, takes the signal for an error of its
    // own and goes on. A signal that all threads block reaches no handler; the watch reads it from a descriptor.
    sigset_t termination;
    sigemptyset(&termination);
    sigaddset(&termination, SIGTERM);
    shared().termination = signalfd(-1, &termination, SFD_CLOEXEC | SFD_NONBLOCK);
    if (shared().termination >= 0) pthread_sigmask(SIG_BLOCK, &termination, nullptr);
}

void start_watch(const Settings& settings, const std::string& command) {
    shared();
    try {
        std::thread(watch, settings, command, memory_limit(settings)).detach();
    } catch (const std::system_error& error) {
        throw Failure(exit_code::limit, "limit_exceeded", fmt::format("the system gives no thread: {}", error.what()));
    }
}

std::uint64_t memory_limit(const Settings& settings) {
    if (settings.max_memory > 0) return settings.max_memory;
    return machine_memory() / 100 * 95;  // the rest is for the kernel, which would end us without a word
}

std::uint64_t memory_left(const Settings& settings) {
    return std::max<std::uint64_t>(1, memory_limit(settings) - std::min(memory_limit(settings), private_memory()));
}

std::uint64_t memory_in_use() {
    return private_memory();
}

std::uint64_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

UnfinishedFile::UnfinishedFile(const std::string& path) {
    const std::lock_guard lock(shared().mutex);
    shared().unfinished = path;
}

UnfinishedFile::~UnfinishedFile() {
    const std::lock_guard lock(shared().mutex);
    shared().unfinished.clear();
}

OrderlyStop::OrderlyStop() {
    shared().stop_requested = false;
    shared().stops_orderly = true;
    shared().minds_time = true;
}

OrderlyStop::~OrderlyStop() {
    shared().stops_orderly = false;
}

const std::atomic<bool>& OrderlyStop::requested() const noexcept {
    return shared().stop_requested;
}

void claim_last_word() {
    while (shared().last_word_claimed.exchange(true)) pause();
}

}  // namespace ritz::cli
