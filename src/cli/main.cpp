// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/Error.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/console.hpp"
#include "cli/report.hpp"
#include "cli/text.hpp"
#include "cli/watch.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/threads.hpp"

namespace ritz::cli {

const std::vector<const Command*>& commands() {
    static const std::vector<const Command*> all{&solve_command,   &eigs_command,    &svds_command,
                                                 &info_command,    &convert_command, &generate_command,
                                                 &compare_command, &methods_command};
    return all;
}

namespace {

const Command* find_command(std::string_view name) {
    for (const Command* command : commands())
        if (command->name == name) return command;
    return nullptr;
}

std::string overview() {
    std::string text =
        "Example:\n"
        "  ritz solve A.mtx b.mtx -o x.mtx     solve A x = b and say how good the answer is\n"
        "  ritz eigs A.mtx -k 10 --prove       ten eigenvalues, and a proof that none was missed\n"
        "\n"
        "ritz solves sparse linear systems and eigenproblems and proves its answers: a result that\n"
        "fails its check is never called solved.\n"
        "\n"
        "Usage:\n"
        "  ritz <command> [options]\n"
        "\n"
        "Commands:\n";
    for (const Command* command : commands()) text += fmt::format("  {:<10} {}\n", command->name, command->summary);
    text +=
        "\n"
        "  ritz <command> --help     what a command does and takes, with an example\n"
        "  ritz --version            version, libraries, BLAS in use, threads, instruction set\n"
        "\n"
        "Exit codes: 0 solved, 1 no acceptable answer, 2 wrong usage, 3 invalid input,\n"
        "            4 a limit was hit (memory, time, disk), 130 interrupted\n";
    return text;
}

/// What the command line asks for: the command and the words for it. `ritz --json solve A` is the same as
/// `ritz solve A --json`, and `ritz help solve` as `ritz solve --help`.
struct Request {
    const Command* command = nullptr;
    std::vector<std::string> words;
    bool version = false, help = false;
};

Request understand(std::vector<std::string> words) {
    if (words.empty()) throw wrong_usage("a command is missing", "see: ritz --help");
    for (std::size_t i = 0; i < words.size(); ++i) {
        const Command* command = find_command(words[i]);
        if (command == nullptr && (words[i].starts_with('-') || (i > 0 && words[i - 1].starts_with("--")))) continue;
        if (command == nullptr) break;
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
        return {command, std::move(words), false, false};
    }
    const std::string& first = words.front();
    if (first == "help" && words.size() > 1)
        if (const Command* command = find_command(words[1])) return {command, {"--help"}, false, false};
    const auto asks = [&words](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    Request request;
    request.version = asks("--version") || asks("-V") || first == "version";
    request.help = !request.version && (asks("--help") || asks("-h") || first == "help");
    const bool another = request.help && std::any_of(words.begin(), words.end(), [](const std::string& each) {
                             return !each.starts_with('-') && each != "help";
                         });  // help on a command that there is not
    if (another && first == "help") words.erase(words.begin());
    if (request.version || (request.help && !another)) {
        request.words = std::move(words);
        return request;
    }

    const auto word = std::find_if(words.begin(), words.end(), [](const auto& each) { return !each.starts_with('-'); });
    if (word == words.end()) {
        const std::string near = nearest(first, {"--version", "--help"});
        if (first == "--json" || first == "--quiet") throw wrong_usage("a command is missing", "see: ritz --help");
        throw wrong_usage(fmt::format("there is no option '{}'", first),
                          near.empty() ? "see: ritz --help" : fmt::format("did you mean '{}'?", near));
    }
    if (access(word->c_str(), R_OK) == 0)
        throw wrong_usage(fmt::format("'{}' is a file, not a command", *word),
                          fmt::format("did you mean 'ritz solve {}'?", *word));
    std::vector<std::string> names{"help", "version"};
    for (const Command* command : commands()) names.emplace_back(command->name);
    const std::string near = nearest(*word, names);
    throw wrong_usage(fmt::format("there is no command '{}'", *word),
                      near.empty() ? "see: ritz --help" : fmt::format("did you mean 'ritz {}'?", near));
}

Report run(const Request& request, Settings& settings) {
    Report report;
    if (request.version) return version_report(wants_colour(STDOUT_FILENO));
    if (request.help) {
        report.text = overview();
        report.json = {{"command", "help"}, {"version", RITZ_VERSION}, {"text", report.text}};
        settings.quiet = false;
        return report;
    }

    CLI::App app;
    const auto command = request.command->declare(app);
    add_common_options(app, settings);
    try {
        parse(app, *request.command, request.words);
    } catch (const CLI::CallForHelp&) {
        report.text = help_text(*request.command, app);
        report.json = {{"command", request.command->name}, {"version", RITZ_VERSION}, {"help", report.text}};
        settings.quiet = false;
        return report;
    }
    start_watch(settings, std::string(request.command->name));
    const ThreadLimit threads(settings.threads > 0 ? settings.threads : max_threads());
    report = command(settings);
    Json head = {{"command", request.command->name}, {"version", RITZ_VERSION}};
    head.update(report.json);
    report.json = std::move(head);
    return report;
}

/// The exception being handled, as what the user is told. Commands turn what they know better into a Failure first.
Failure current_failure() {
    try {
        throw;
    } catch (const Failure& failure) {
        return failure;
    } catch (const ParseError& error) {
        return invalid_input(error.what());
    } catch (const IoError& error) {
        return invalid_input(error.what());
    } catch (const InvalidArgument& error) {
        return invalid_input(error.what());
    } catch (const LimitExceeded& error) {
        return {exit_code::limit, "limit_exceeded", error.what()};
    } catch (const OutOfMemory& error) {
        return {exit_code::limit, "out_of_memory", error.what()};
    } catch (const std::bad_alloc&) {
        return {exit_code::limit, "out_of_memory", "memory ran out"};
    } catch (const std::length_error&) {
        return {exit_code::limit, "out_of_memory", "memory ran out: an array would be larger than the address space"};
    } catch (const Unsupported& error) {
        return wrong_usage(error.what());
    } catch (const Error& error) {
        return {exit_code::no_answer, "failed", error.what()};
    } catch (const std::exception& error) {
        return {exit_code::no_answer, "internal_error", fmt::format("internal error: {}", error.what()),
                "this is a fault of ritz, not of the input; please report it with the command line"};
    } catch (...) {
        return {exit_code::no_answer, "internal_error", "internal error of unknown kind"};
    }
}

void say(const std::string& command, std::string_view message, std::string_view hint = {}) {
    const std::string prefix = command.empty() ? "ritz" : "ritz " + command;
    std::string text = fmt::format("{}: {}\n", prefix, printable(message));
    if (!hint.empty()) text += fmt::format("{}  {}\n", std::string(prefix.size(), ' '), printable(hint));
    write_stderr(text);
}

/// An exception that leaves a thread of a library cannot be caught; it still gets a message and an exit code.
[[noreturn]] void on_terminate() {
    Failure failure{exit_code::no_answer, "internal_error", "internal error: terminated"};
    if (std::current_exception()) failure = current_failure();
    claim_last_word();
    say("", failure.what(), failure.hint);
    _exit(failure.exit_code);
}

int run_program(const std::vector<std::string>& words) {
    // Needed even when the words cannot be understood: whoever asked for JSON gets JSON.
    const auto end = std::find(words.begin(), words.end(), "--");
    Settings settings;
    settings.json = std::find(words.begin(), end, "--json") != end;

    std::string command;
    Report report;
    std::optional<Failure> failure;
    try {
        const Request request = understand(words);
        if (request.command != nullptr) command = request.command->name;
        report = run(request, settings);
    } catch (...) {
        failure = current_failure();
    }

    claim_last_word();
    int code = failure ? failure->exit_code : report.exit_code;
    if (failure) say(command, failure->what(), failure->hint);
    if (!report.failure.empty()) say(command, report.failure);
    for (const std::string& warning : report.warnings) say(command, "warning: " + warning);
    try {
        if (settings.json)
            write_stdout(dump(failure ? failure_json(command, *failure) : report.json));
        else if (!failure && report.stdout_taken && !settings.quiet)
            write_stderr(report.text);
        else if (!failure && !settings.quiet)
            write_stdout(report.text);
    } catch (const Failure& unwritten) {
        say(command, unwritten.what(), unwritten.hint);
        code = unwritten.exit_code;
    }
    return code;
}

}  // namespace
}  // namespace ritz::cli

int main(int argc, char** argv) {
    using namespace ritz::cli;
    catch_signals();
    open_standard_streams();
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is seen where it is written to
    std::set_terminate(on_terminate);
    try {
        return run_program({argv + std::min(argc, 1), argv + argc});
    } catch (const std::exception&) {  // no memory for the message itself
        constexpr std::string_view message = "ritz: memory ran out\n";
        [[maybe_unused]] const auto written = write(STDERR_FILENO, message.data(), message.size());
        return exit_code::limit;
    }
}
