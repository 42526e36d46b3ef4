// SPDX-License-Identifier: BSD-3-Clause
#include "cli/linear_system.hpp"

#include <fmt/format.h>

#include "cli/report.hpp"
#include "cli/text.hpp"

namespace ritz::cli {

LinearSystem read_system(const std::string& matrix, const std::string& rhs, const Settings& settings,
                         Progress& progress) {
    if (matrix == "-" && rhs == "-") throw wrong_usage("A and b cannot both come from standard input");
    LinearSystem system{read_input(matrix, settings, progress), {}, {}};
    if (rhs.empty()) return system;
    DenseReadResult read = read_dense_input(rhs, settings, progress);
    system.b = std::move(read.matrix);
    system.rhs = std::move(read.info);
    const auto rows = std::visit([](const auto& A) { return A.rows(); }, system.input.matrix);
    const auto length = std::visit([](const auto& each) { return each.rows(); }, *system.b);
    if (rows != length)
        throw invalid_input(fmt::format("{}: b has {}, but {} has {}", input_name(rhs), plural(length, "row"),
                                        input_name(matrix), plural(rows, "row")));
    return system;
}

std::string symmetry_of(const AnyCsr& matrix) {
    return std::visit(
        []<class T>(const Csr<T>& A) -> std::string {
            const Structure structure = analyse_structure(A);
            if (!structure.square()) return "general";
            if (is_complex<T> && structure.hermitian && !structure.symmetric) return "hermitian";
            if (structure.symmetric) return "symmetric";
            if (structure.skew_symmetric) return "skew-symmetric";
            return "general";
        },
        matrix);
}

}  // namespace ritz::cli
