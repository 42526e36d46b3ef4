// SPDX-License-Identifier: BSD-3-Clause
#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "cli/text.hpp"
#include "ritz/eigen/report.hpp"

namespace ritz::cli {

namespace {

/// The number that all of `text` is; locale-free.
template <class Number>
bool parses(std::string_view text, Number& number) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

std::string range_text(Interval allowed) {
    const auto end = [](double value) { return fmt::format("{:.15g}", value); };
    if (std::isinf(allowed.high))
        return fmt::format("{} {}", allowed.low_open ? "above" : "at least", end(allowed.low));
    return fmt::format("{} {} and at most {}", allowed.low_open ? "above" : "at least", end(allowed.low),
                       end(allowed.high));
}

bool contains(Interval allowed, double value) {
    return std::isfinite(value) && value <= allowed.high &&
           (allowed.low_open ? value > allowed.low : value >= allowed.low);
}

constexpr const char* own_group = "Options";  // CLI11's name for options that were given no group
constexpr const char* common_group = "Common options";

/// Adds an option whose last value goes to `accept`.
template <class Accept>
CLI::Option* add(CLI::App& app, const std::string& names, const std::string& type, const std::string& description,
                 Accept accept) {
    CLI::Option* option = app.add_option(
        names,
        [accept](const CLI::results_t& values) {
            accept(values.back());
            return true;
        },
        description);
    option->type_name(type)->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return option;
}

/// The long name of "-o,--output", or the positional itself: what messages call an option.
std::string long_name(const std::string& names) {
    const auto at = names.rfind(',');
    return at == std::string::npos ? names : names.substr(at + 1);
}

}  // namespace

CLI::Option* add_real(CLI::App& app, const std::string& names, double& target, Interval allowed,
                      const std::string& description) {
    return add(app, names, "X", description, [&target, allowed, name = long_name(names)](const std::string& text) {
        double value = 0;
        if (!parses(text, value)) throw wrong_usage(fmt::format("{}: '{}' is not a number", name, text));
        if (!contains(allowed, value))
            throw wrong_usage(fmt::format("{} must be {}, not {}", name, range_text(allowed), text));
        target = value;
    });
}

namespace {

std::int64_t integer_of(const std::string& text, const std::string& name, Interval allowed) {
    std::int64_t value = 0;
    double real = 0;
    const auto outside = [&] {
        return wrong_usage(fmt::format("{} must be {}, not {}", name, range_text(allowed), text));
    };
    if (!parses(text, value)) {
        // 1e5 is a whole number too; so is one too large for the type, which then is out of the range.
        if (!parses(text, real) || real != std::floor(real))
            throw wrong_usage(fmt::format("{}: '{}' is not a whole number", name, text));
        if (!contains(allowed, real) || std::abs(real) >= 9e15) throw outside();
        value = static_cast<std::int64_t>(real);
    }
    if (!contains(allowed, static_cast<double>(value))) throw outside();
    return value;
}

}  // namespace

CLI::Option* add_integer(CLI::App& app, const std::string& names, std::int64_t& target, Interval allowed,
                         const std::string& description) {
    return add(app, names, "N", description, [&target, allowed, name = long_name(names)](const std::string& text) {
        target = integer_of(text, name, allowed);
    });
}

CLI::Option* add_optional_integer(CLI::App& app, const std::string& names, std::optional<std::int64_t>& target,
                                  Interval allowed, const std::string& description) {
    return add(app, names, "N", description, [&target, allowed, name = long_name(names)](const std::string& text) {
        target = integer_of(text, name, allowed);
    });
}

CLI::Option* add_complex(CLI::App& app, const std::string& names, std::optional<std::complex<double>>& target,
                         const std::string& description) {
    return add(app, names, "X", description, [&target, name = long_name(names)](const std::string& text) {
        const std::size_t comma = text.find(',');
        double re = 0, im = 0;
        const bool good = parses(std::string_view(text).substr(0, comma), re) &&
                          (comma == std::string::npos || parses(std::string_view(text).substr(comma + 1), im));
        if (!good || !std::isfinite(re) || !std::isfinite(im))
            throw wrong_usage(fmt::format("{}: '{}' is not a number", name, text),
                              "a complex one is RE,IM, such as 1.5,-2");
        target = {re, im};
    });
}

CLI::Option* add_ends(CLI::App& app, const std::string& names, std::optional<Ends>& target,
                      const std::string& description) {
    CLI::Option* option = app.add_option(
        names,
        [&target, name = long_name(names)](const CLI::results_t& values) {
            const auto end = [&name](const std::string& text) {
                double value = 0;
                if (!parses(text, value) || std::isnan(value))
                    throw wrong_usage(fmt::format("{}: '{}' is not a number", name, text));
                return value;
            };
            const std::size_t n = values.size();
            if (n < 2) throw wrong_usage(fmt::format("{} needs two values", name));
            const Ends ends{end(values[n - 2]), end(values[n - 1])};
            if (!(ends.low <= ends.high))
                throw wrong_usage(fmt::format("{}: the first end, {}, is larger than the second, {}", name,
                                              values[n - 2], values[n - 1]));
            target = ends;
            return true;
        },
        description);
    option->type_name("A B")->type_size(2)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return option;
}

CLI::Option* add_which(CLI::App& app, const std::string& names, std::string& target, std::vector<std::string> allowed,
                       const std::string& description) {
    return add(app, names, "NAME", description,
               [&target, allowed = std::move(allowed), name = long_name(names)](const std::string& text) {
                   const std::optional<Which> which = which_named(text);
                   const std::string upper = which ? std::string(ritz::name(*which)) : "";
                   if (std::find(allowed.begin(), allowed.end(), upper) == allowed.end())
                       throw wrong_usage(fmt::format("{}: there is no '{}'", name, text),
                                         fmt::format("known: {}", fmt::join(allowed, ", ")));
                   target = upper;
               });
}

CLI::Option* add_size(CLI::App& app, const std::string& names, std::uint64_t& target, const std::string& description) {
    return add(app, names, "SIZE", description, [&target, name = long_name(names)](const std::string& text) {
        std::string_view digits = text;
        if (digits.ends_with('B') || digits.ends_with('b')) digits.remove_suffix(1);
        if (digits.ends_with('i') && digits.size() > 1) digits.remove_suffix(1);
        double unit = 1;
        constexpr std::string_view prefixes = "KMGT";
        if (!digits.empty()) {
            const char last = digits.back();
            const auto power = prefixes.find(last >= 'a' && last <= 'z' ? static_cast<char>(last - 'a' + 'A') : last);
            if (power != std::string_view::npos) {
                unit = std::pow(1024.0, static_cast<double>(power + 1));
                digits.remove_suffix(1);
            }
        }
        double value = 0;
        if (!parses(digits, value))
            throw wrong_usage(fmt::format("{}: '{}' is not a size such as 500M or 4G", name, text));
        if (!(value * unit >= 1 && value * unit < 9e18))
            throw wrong_usage(fmt::format("{} must be at least one byte and less than 8 EiB, not {}", name, text));
        target = static_cast<std::uint64_t>(value * unit);
    });
}

CLI::Option* add_choice(CLI::App& app, const std::string& names, std::string& target, std::vector<std::string> choices,
                        const std::string& description) {
    return add(app, names, "NAME", description,
               [&target, choices = std::move(choices), name = long_name(names)](const std::string& text) {
                   if (std::find(choices.begin(), choices.end(), text) == choices.end()) {
                       const std::string near = nearest(text, choices);
                       throw wrong_usage(fmt::format("{}: there is no '{}'", name, text),
                                         near.empty() ? fmt::format("known: {}", fmt::join(choices, ", "))
                                                      : fmt::format("did you mean '{}'?", near));
                   }
                   target = text;
               });
}

CLI::Option* add_text(CLI::App& app, const std::string& names, std::string& target, const std::string& type,
                      const std::string& description) {
    return add(app, names, type, description, [&target, name = long_name(names)](const std::string& text) {
        if (text.empty()) throw wrong_usage(fmt::format("{}: the name is empty", name));
        target = text;
    });
}

CLI::Option* add_flag(CLI::App& app, const std::string& names, bool& target, const std::string& description) {
    CLI::Option* option = app.add_flag_callback(
        names, [&target] { target = true; }, description);
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_common_options(CLI::App& app, Settings& settings) {
    const std::string group = common_group;
    app.set_help_flag("-h,--help", "print this")->group(group);
    add_flag(app, "--json", settings.json, "print exactly one JSON object instead of text")->group(group);
    add_flag(app, "-q,--quiet", settings.quiet, "print nothing but warnings, errors and --json")->group(group);
    add(app, "--threads", "N", "threads to use (default: OMP_NUM_THREADS, or all processors)", [&](const auto& text) {
        int value = 0;
        if (!parses(text, value) || value < 1 || value > 1024)
            throw wrong_usage(fmt::format("--threads must be a whole number from 1 to 1024, not '{}'", text));
        settings.threads = value;
    })->group(group);
    add_size(app, "--max-memory", settings.max_memory, "stop with exit code 4 above this, such as 500M or 4G")
        ->group(group);
    add_real(app, "--max-time", settings.max_time, {0, 1e9, true}, "stop with exit code 4 after this many seconds")
        ->group(group);
}

std::string help_text(const Command& command, const CLI::App& app) {
    std::string text = "Example:\n";
    std::string_view examples = command.example;
    while (!examples.empty()) {
        const auto end = examples.find('\n');
        text += fmt::format("  {}\n", examples.substr(0, end));
        examples.remove_prefix(end == std::string_view::npos ? examples.size() : end + 1);
    }
    text += fmt::format("\n{}\n\nUsage:\n  ritz {} {}\n", app.get_description(), command.name, command.synopsis);

    constexpr std::size_t width = 26, page = 100;
    const auto describe = [&text](const std::string& left, std::string_view right) {
        text += fmt::format("  {:<{}}", left, width - 2);
        if (left.size() > width - 4) text += "\n" + std::string(width, ' ');
        while (right.size() > page - width) {
            const auto cut = right.rfind(' ', page - width);
            if (cut == std::string_view::npos) break;
            text += fmt::format("{}\n{}", right.substr(0, cut), std::string(width, ' '));
            right.remove_prefix(cut + 1);
        }
        text += fmt::format("{}\n", right);
    };
    const auto section = [&](const std::string& title, const auto& belongs) {
        bool first = true;
        for (const CLI::Option* option : app.get_options()) {
            if (option->get_group().empty() || !belongs(option)) continue;
            if (std::exchange(first, false)) text += fmt::format("\n{}:\n", title);
            std::string left = option->get_positional() ? option->get_name() : option->get_name(false, true);
            if (!option->get_positional() && left.starts_with("--")) left = "    " + left;
            if (const auto comma = left.find(','); comma != std::string::npos) left.insert(comma + 1, " ");
            if (!option->get_positional() && option->get_type_size() > 0) left += " " + option->get_type_name();
            describe(left, option->get_description());
        }
    };
    section("Arguments", [](const CLI::Option* option) { return option->get_positional(); });
    for (const std::string group : {own_group, common_group})
        section(group,
                [&](const CLI::Option* option) { return !option->get_positional() && option->get_group() == group; });
    return text;
}

void parse(CLI::App& app, const Command& command, const std::vector<std::string>& words) {
    const std::string help = fmt::format("see: ritz {} --help", command.name);
    app.allow_extras();
    try {
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::CallForHelp&) {
        throw;
    } catch (const CLI::RequiredError&) {
        // An option that nobody knows explains the missing argument better than its absence.
        if (app.remaining().empty()) {
            std::vector<std::string> missing;
            for (const CLI::Option* option : app.get_options())
                if (option->get_required() && option->count() == 0) missing.push_back(option->get_name());
            throw wrong_usage(fmt::format("{} missing: {}", missing.size() == 1 ? "an argument is" : "arguments are",
                                          fmt::join(missing, ", ")),
                              fmt::format("usage: ritz {} {}", command.name, command.synopsis));
        }
    } catch (const CLI::ArgumentMismatch& error) {  // "--rtol: 1 required X missing"
        const std::string text = error.what();
        throw wrong_usage(fmt::format("{} needs a value", text.substr(0, text.find(':'))), help);
    } catch (const CLI::ParseError& error) {
        throw wrong_usage(error.what(), help);
    }
    std::vector<std::string> unknown = app.remaining();
    std::erase(unknown, "--");  // CLI11 counts the mark itself as left over
    if (unknown.empty()) return;
    const auto option =
        std::find_if(unknown.begin(), unknown.end(), [](const std::string& word) { return word.starts_with('-'); });
    if (option == unknown.end() || *option == "-")
        throw wrong_usage(fmt::format("one argument too many: '{}'", unknown.front()),
                          fmt::format("usage: ritz {} {}", command.name, command.synopsis));
    std::vector<std::string> known;
    for (const CLI::Option* each : app.get_options())
        for (const std::string& name : each->get_lnames()) known.push_back("--" + name);
    const std::string word = option->substr(0, option->find('='));
    const std::string near = word.starts_with("--") ? nearest(word, known) : nearest("-" + word, known);
    throw wrong_usage(fmt::format("there is no option '{}'", word),
                      near.empty() ? help : fmt::format("did you mean '{}'? ({})", near, help));
}

}  // namespace ritz::cli
