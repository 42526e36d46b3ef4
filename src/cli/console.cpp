// SPDX-License-Identifier: BSD-3-Clause
#include "cli/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "cli/text.hpp"

namespace ritz::cli {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// 0 or an errno.
int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            pollfd target{fd, POLLOUT, 0};
            poll(&target, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/// The progress line, drawn by a thread of its own so that it moves while a factorisation does not return.
/// Never destroyed, for the watch may clear it while main returns.
struct Line {
    std::mutex mutex;
    std::condition_variable changed;
    std::string stage, detail;
    std::int64_t done = 0, total = 0;  // of the stage; total 0: unknown
    Clock::time_point since;
    bool running = false, drawn = false, over = false;
    std::thread painter;

    void erase() {  // with the mutex held
        if (drawn) write_all(STDERR_FILENO, "\r\x1b[K");
        drawn = false;
    }

    void paint() {
        std::unique_lock lock(mutex);
        while (running) {
            changed.wait_for(lock, 200ms);
            const double elapsed = std::chrono::duration<double>(Clock::now() - since).count();
            if (!running || stage.empty() || elapsed < 0.3) continue;  // quick work needs no progress
            std::string text = "\r\x1b[K" + stage;
            if (!detail.empty()) text += ": " + detail;
            if (total > 0)
                text += fmt::format("  {:.0f} %", 100.0 * static_cast<double>(done) / static_cast<double>(total));
            if (total <= 0 && done > 0) text += "  " + bytes(static_cast<std::uint64_t>(done));
            text += "  " + seconds(elapsed);
            write_all(STDERR_FILENO, text);
            drawn = true;
        }
        erase();
    }
};

Line& progress_line() {
    static auto* line = new Line;
    return *line;
}

}  // namespace

void open_standard_streams() {
    // Opened the wrong way round, so that using a closed stream fails as it would have.
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) [[maybe_unused]]
            const int opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void write_stdout(std::string_view text) {
    const int error = write_all(STDOUT_FILENO, text);
    if (error != 0 && error != EPIPE)
        throw output_failed(fmt::format("cannot write to standard output: {}", std::strerror(error)));
}

void write_stderr(std::string_view text) {
    Line& line = progress_line();
    const std::lock_guard lock(line.mutex);
    line.erase();
    write_all(STDERR_FILENO, text);
}

bool stdout_reader_gone() {
    pollfd target{STDOUT_FILENO, POLLOUT, 0};
    return poll(&target, 1, 0) >= 0 && (target.revents & POLLERR) != 0;
}

Json failure_json(const std::string& command, const Failure& failure) {
    Json object = {{"command", command}, {"version", RITZ_VERSION}, {"status", failure.status}};
    object["error"] = failure.what();
    object["hint"] = failure.hint.empty() ? Json(nullptr) : Json(failure.hint);
    object["exit_code"] = failure.exit_code;
    object.update(failure.details);
    return object;
}

std::string dump(const Json& object) {
    return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Progress::Progress(const Settings& settings) : shown_(!settings.quiet && isatty(STDERR_FILENO) == 1) {
    if (!shown_) return;
    Line& line = progress_line();
    const std::lock_guard lock(line.mutex);
    line.running = true;
    try {
        line.painter = std::thread([&line] { line.paint(); });
    } catch (const std::system_error&) {
        shown_ = line.running = false;  // no thread for it: then without
    }
}

Progress::~Progress() {
    if (!shown_) return;
    Line& line = progress_line();
    {
        const std::lock_guard lock(line.mutex);
        line.running = false;
    }
    line.changed.notify_all();
    line.painter.join();
}

void Progress::stage(std::string_view name) {
    if (!shown_) return;
    Line& line = progress_line();
    const std::lock_guard lock(line.mutex);
    line.erase();
    line.stage = name;
    line.detail.clear();
    line.done = line.total = 0;
    line.since = Clock::now();
}

void Progress::fraction(double done) {
    if (!shown_) return;
    Line& line = progress_line();
    const std::lock_guard lock(line.mutex);
    line.total = 1000;
    line.done = static_cast<std::int64_t>(done * 1000);
}

void Progress::detail(const std::string& text) {
    if (!shown_) return;
    Line& line = progress_line();
    const std::lock_guard lock(line.mutex);
    line.detail = text;
}

std::function<void(std::int64_t, std::int64_t)> Progress::bytes_read() {
    if (!shown_) return {};
    return [](std::int64_t done, std::int64_t total) {
        Line& line = progress_line();
        const std::lock_guard lock(line.mutex);
        line.done = done;
        line.total = total;
    };
}

void clear_progress() {
    Line& line = progress_line();
    const std::unique_lock lock(line.mutex, std::try_to_lock);  // its holder may be stuck in a write to the terminal
    if (!lock.owns_lock()) return;
    line.running = false;
    line.erase();
}

}  // namespace ritz::cli
