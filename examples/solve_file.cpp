// SPDX-License-Identifier: BSD-3-Clause
// solve_file A.mtx: reads a matrix, solves A x = A·1 and says how good the answer is.
#include <cstdio>
#include <exception>
#include <ritz/ritz.hpp>
#include <variant>

namespace {

/// T is double, or std::complex<double> for a file of complex numbers.
template <class T>
int solve_and_report(const ritz::Csr<T>& A) {
    const Eigen::VectorX<T> ones = Eigen::VectorX<T>::Ones(A.cols());
    Eigen::VectorX<T> b(A.rows());
    A.apply(ones, b);

    const auto [x, report] = ritz::solve(A, b, {.on_failure = ritz::OnFailure::report});

    std::printf("%d x %d, %lld entries, status %s\n", A.rows(), A.cols(), static_cast<long long>(A.nnz()),
                std::string(name(report.status)).c_str());
    std::printf("backward error %.1e, condition estimate %.1e\n", report.certificate.backward_error,
                report.certificate.condition_estimate);
    return has_answer(report.status) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: solve_file A.mtx\n", stderr);
        return 2;
    }
    try {
        const ritz::ReadResult read = ritz::read_matrix(argv[1]);
        return std::visit([](const auto& A) { return solve_and_report(A); }, read.matrix);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());  // file:line: what
        return 1;
    }
}
