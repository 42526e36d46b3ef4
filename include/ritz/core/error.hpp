// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// What ritz throws. The rule (docs/adr/0004-errors-and-statuses.md): if there is nothing sound to return, throw;
/// if there is a result that may not be good enough, return it with a status.

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace ritz {

/// Base of everything ritz throws on its own account.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A wrong shape, a broken invariant (I1-I3), an option out of range: the call can never succeed.
class InvalidArgument : public Error {
public:
    using Error::Error;
};

/// An input file that is not what its format allows. `what()` reads "file:line: what".
class ParseError : public Error {
public:
    /// `line` counts from 1; 0 when the error has no line (an empty file, a truncated archive).
    ParseError(std::string path, std::int64_t line, const std::string& message);
    const std::string& path() const noexcept { return path_; }
    std::int64_t line() const noexcept { return line_; }

private:
    std::string path_;
    std::int64_t line_;
};

/// A file that cannot be opened, read or written (missing, no permission, disk full).
class IoError : public Error {
public:
    using Error::Error;
};

/// A factorisation met an exactly singular matrix, at `pivot` (a row of the matrix, from 0) when that is known.
class SingularMatrix : public Error {
public:
    explicit SingularMatrix(const std::string& message, std::optional<std::int64_t> pivot = {})
        : Error(message), pivot_(pivot) {}
    std::optional<std::int64_t> pivot() const noexcept { return pivot_; }

private:
    std::optional<std::int64_t> pivot_;
};

/// A dense operation whose result may have no correct digit, and no report was asked for that could say so.
/// `rcond` estimates 1 / (‖A‖₁ ‖A⁻¹‖₁) of the equilibrated matrix.
class IllConditioned : public Error {
public:
    IllConditioned(const std::string& message, double rcond) : Error(message), rcond_(rcond) {}
    double rcond() const noexcept { return rcond_; }

private:
    double rcond_;
};

/// An iteration inside a dense factorisation (QR algorithm, divide and conquer) did not converge.
class NoConvergence : public Error {
public:
    using Error::Error;
};

/// A Cholesky factorisation met a pivot ≤ 0, at column `pivot` of the factor when that is known.
class NotPositiveDefinite : public Error {
public:
    explicit NotPositiveDefinite(const std::string& message, std::optional<std::int64_t> pivot = {})
        : Error(message), pivot_(pivot) {}
    std::optional<std::int64_t> pivot() const noexcept { return pivot_; }

private:
    std::optional<std::int64_t> pivot_;
};

/// Memory ran out inside a library that reports it instead of throwing std::bad_alloc.
class OutOfMemory : public Error {
public:
    using Error::Error;
};

/// A limit would be passed: of the user (memory, time) or of a type (dimensions). The message holds both numbers.
class LimitExceeded : public Error {
public:
    using Error::Error;
};

/// A legal request that this build or version has no method for.
class Unsupported : public Error {
public:
    using Error::Error;
};

namespace detail {
/// Throws InvalidArgument(message) unless `condition`; for public entry points only. Write "who: what must hold".
void require(bool condition, const char* message);
void require(bool condition, const std::string& message);
}  // namespace detail

}  // namespace ritz
