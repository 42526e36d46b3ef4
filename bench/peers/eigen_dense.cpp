// SPDX-License-Identifier: BSD-3-Clause
// Eigen beside bench/dense_bench.cpp. Compiled twice, as shared libraries of their own, because Eigen's templates are
// different code with EIGEN_USE_BLAS and EIGEN_USE_LAPACKE and must not meet in one program: nothing but one function
// is visible.
#include <Eigen/Dense>
#include <algorithm>
#include <chrono>
#include <unsupported/Eigen/MatrixFunctions>
#include <vector>

#include "bench/peers/dense_problem.hpp"

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using ritz::bench::DenseOperation;
using ritz::bench::DenseProblem;

template <class F>
double seconds_of(long repetitions, F&& operation) {
    const auto start = std::chrono::steady_clock::now();
    for (long k = 0; k < repetitions; ++k) {
        operation();
        asm volatile("" ::: "memory");
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
           static_cast<double>(repetitions);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] double ritz_bench_eigen_dense(const DenseProblem* problem,
                                                                        DenseOperation operation, long repetitions,
                                                                        double* answer) {
    const MatrixXd& A = problem->A;
    const MatrixXd& S = problem->S;
    const Eigen::Index n = A.rows();
    MatrixXd out(n, n);
    VectorXd x(n);
    double seconds = 0;
    const auto give = [&](const auto& result) { Eigen::Map<MatrixXd>(answer, result.rows(), result.cols()) = result; };
    switch (operation) {
        case DenseOperation::solve:
            seconds = seconds_of(repetitions, [&] { x = A.partialPivLu().solve(problem->b); });
            give(x);
            break;
        case DenseOperation::inv:
            seconds = seconds_of(repetitions, [&] { out = A.partialPivLu().inverse(); });
            give(out);
            break;
        case DenseOperation::cholesky:
            seconds = seconds_of(repetitions, [&] {
                Eigen::LLT<MatrixXd> llt(S);
                out = llt.matrixL();
            });
            give(out);
            break;
        case DenseOperation::eigh: {
            Eigen::SelfAdjointEigenSolver<MatrixXd> solver;
            seconds = seconds_of(repetitions, [&] { solver = Eigen::SelfAdjointEigenSolver<MatrixXd>(S); });
            give(solver.eigenvalues());
            break;
        }
        case DenseOperation::svd:
            seconds = seconds_of(repetitions, [&] {
                Eigen::BDCSVD<MatrixXd> svd(A, Eigen::ComputeThinU | Eigen::ComputeThinV);
                x = svd.singularValues();
            });
            give(x);
            break;
        case DenseOperation::qr: {
            Eigen::HouseholderQR<MatrixXd> qr;
            seconds = seconds_of(repetitions, [&] {
                qr = Eigen::HouseholderQR<MatrixXd>(A);
                out = qr.householderQ();
            });
            give(VectorXd(qr.matrixQR().diagonal().cwiseAbs()));
            break;
        }
        case DenseOperation::lstsq:
            seconds = seconds_of(repetitions, [&] { x = problem->T.colPivHouseholderQr().solve(problem->c); });
            give(x);
            break;
        case DenseOperation::eig: {
            Eigen::EigenSolver<MatrixXd> solver;
            MatrixXd vectors;
            seconds = seconds_of(repetitions, [&] { solver = Eigen::EigenSolver<MatrixXd>(A); });
            x = solver.eigenvalues().cwiseAbs();
            std::sort(x.begin(), x.end());
            give(x);
            break;
        }
        case DenseOperation::expm:
            seconds = seconds_of(repetitions, [&] {
                const MatrixXd B = A / static_cast<double>(n);
                out = B.exp();
            });
            give(out);
            break;
    }
    return seconds;
}
