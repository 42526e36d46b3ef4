// SPDX-License-Identifier: BSD-3-Clause
#include "cli/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace ritz::test {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    std::array<int, 2> ends{-1, -1};
    Pipe() {
        if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    }
    ~Pipe() { close_read(), close_write(); }
    void close_read() { close_end(0); }
    void close_write() { close_end(1); }
    void close_end(std::size_t i) {
        if (ends[i] >= 0) close(std::exchange(ends[i], -1));
    }
};

/// Runs in the child: nothing but system calls.
[[noreturn]] void become(const Run& run, const char* directory, char* const* words, char* const* environment, int in,
                         int out, int err) {
    dup2(in, STDIN_FILENO);
    if (run.output == "closed")
        close(STDOUT_FILENO);
    else
        dup2(run.output.empty() ? out : open(run.output.c_str(), O_WRONLY), STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (run.signals_ignored) std::signal(SIGINT, SIG_IGN);
    std::signal(SIGPIPE, SIG_DFL);
    if (run.address_space > 0) {
        const rlimit limit{run.address_space, run.address_space};
        setrlimit(RLIMIT_AS, &limit);
    }
    if (chdir(directory) == 0) execve(RITZ_PROGRAM, words, environment);
    _exit(126);
}

}  // namespace

Desk::Desk() {
    std::signal(SIGPIPE, SIG_IGN);  // a child that ends before it has read its input
    std::string name = (std::filesystem::temp_directory_path() / "ritz-cli-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    directory_ = name;
}

Desk::~Desk() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

Result Desk::run(const Run& run) const {
    std::vector<std::string> texts{"ritz"};
    texts.insert(texts.end(), run.words.begin(), run.words.end());
    std::vector<char*> words;
    for (std::string& text : texts) words.push_back(text.data());
    words.push_back(nullptr);

    std::vector<std::string> variables;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string variable = *each;
        if (!run.environment.contains(variable.substr(0, variable.find('=')))) variables.push_back(variable);
    }
    for (const auto& [name, value] : run.environment) variables.push_back(name + "=" + value);
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);

    Pipe in, out, err;
    const auto start = Clock::now();
    const auto seconds_since = [](Clock::time_point t) {
        return std::chrono::duration<double>(Clock::now() - t).count();
    };
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child == 0)
        become(run, directory_.c_str(), words.data(), environment.data(), in.ends[0], out.ends[1], err.ends[1]);
    in.close_read(), out.close_write(), err.close_write();
    if (run.reader_leaves) out.close_read();

    // The input goes in from a thread, since the child may answer before it has read everything.
    std::thread writer([&] {
        std::string_view rest = run.input;
        while (!rest.empty()) {
            const ssize_t n = ::write(in.ends[1], rest.data(), rest.size());
            if (n <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(n));
        }
        if (!run.input_stays_open) in.close_write();
    });

    Result result;
    std::optional<Clock::time_point> signalled;
    std::array<pollfd, 2> streams{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    const std::array<std::string*, 2> texts_read{&result.out, &result.err};
    const auto give_up = 280.0;  // a hang must not outlive the test
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        poll(streams.data(), streams.size(), run.signal_while_writing ? 0 : 10);
        for (std::size_t i = 0; i < 2; ++i) {
            if (streams[i].fd < 0 || streams[i].revents == 0) continue;
            std::array<char, 65536> buffer{};
            const ssize_t n = ::read(streams[i].fd, buffer.data(), buffer.size());
            if (n > 0)
                texts_read[i]->append(buffer.data(), static_cast<std::size_t>(n));
            else
                streams[i].fd = -1;
        }
        const auto due = [&] {
            if (!run.signal_while_writing) return seconds_since(start) >= run.signal_after;
            const auto names = files();
            return std::any_of(names.begin(), names.end(), [](const auto& name) { return name.starts_with('.'); });
        };
        if (run.signal && !signalled && due()) {
            kill(child, *run.signal);
            signalled = Clock::now();
        }
        if (seconds_since(start) > give_up) kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    result.seconds = seconds_since(start);
    if (signalled) result.seconds_after_signal = seconds_since(*signalled);
    writer.join();
    if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
    return result;
}

std::string Desk::write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return name;
}

std::string Desk::read(const std::string& name) const {
    std::ifstream file(directory_ / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<std::string> Desk::files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace ritz::test
