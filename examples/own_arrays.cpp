// SPDX-License-Identifier: BSD-3-Clause
// A code that has its own CSR arrays passes them as they are: a view checks them and copies none of them, apart from
// row pointers of 32 bits, which are widened.
#include <cstdint>
#include <cstdio>
#include <ritz/ritz.hpp>
#include <vector>

int main() {
    //  ⎡ 4 1 0 ⎤
    //  ⎢ 1 4 1 ⎥
    //  ⎣ 0 0 2 ⎦
    const std::vector<std::int64_t> row_pointers{0, 2, 5, 6};
    const std::vector<std::int32_t> columns{0, 1, 0, 1, 2, 2};
    std::vector<double> values{4, 1, 1, 4, 1, 2};
    const std::vector<double> b{6, 12, 6};

    const ritz::CsrView<double> A(3, 3, row_pointers, columns, values);
    const auto [x, report] = ritz::solve(A, b);

    std::printf("shared values: %s, status %s\n", A.values().data() == values.data() ? "yes" : "no",
                std::string(name(report.status)).c_str());
    std::printf("x = %g %g %g\n", x[0], x[1], x[2]);

    // An array that breaks an invariant is refused, and the message names it.
    const std::vector<std::int32_t> unsorted{1, 0, 0, 1, 2, 2};
    try {
        const ritz::CsrView<double> broken(3, 3, row_pointers, unsorted, values);
    } catch (const ritz::InvalidArgument& error) {
        std::printf("refused: %s\n", error.what());
    }
}
