// SPDX-License-Identifier: BSD-3-Clause
#include "eigen/spectra.hpp"

#include <Spectra/SymEigsShiftSolver.h>
#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "eigen/working.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"

namespace ritz::eigen {

namespace {

/// Leaves Spectra's loops.
struct Stop {
    Status status;
};

/// An operator as Spectra wants it. What it throws is kept, to be told from what Spectra throws.
class Product {
public:
    using Scalar = double;

    Product(const WorkingOperator<double>& A, std::int64_t most, const std::atomic<bool>* cancel)
        : A_(A), most_(most), cancel_(cancel) {}

    Index rows() const { return A_.n(); }
    Index cols() const { return A_.n(); }
    void set_shift(double) const {}  // A is the inverse already

    void perform_op(const double* x, double* y) const {
        if (cancel_ && *cancel_) throw Stop{Status::interrupted};
        if (A_.applications() >= most_) throw Stop{Status::max_iterations};
        const Eigen::Map<const Eigen::MatrixXd> in(x, A_.n(), 1);
        Eigen::Map<Eigen::MatrixXd> out(y, A_.n(), 1);
        try {
            A_.apply(in, out);
        } catch (...) {
            thrown_ = std::current_exception();
            throw;
        }
        if (!out.allFinite()) throw Stop{Status::not_finite};
    }

    const std::exception_ptr& thrown() const { return thrown_; }

private:
    const WorkingOperator<double>& A_;
    std::int64_t most_;
    const std::atomic<bool>* cancel_;
    mutable std::exception_ptr thrown_;
};

std::optional<Spectra::SortRule> rule(Which which) {
    switch (which) {
        case Which::largest_algebraic:
            return Spectra::SortRule::LargestAlge;
        case Which::smallest_algebraic:
            return Spectra::SortRule::SmallestAlge;
        case Which::largest_magnitude:
            return Spectra::SortRule::LargestMagn;
        case Which::both_ends:
            return Spectra::SortRule::BothEnds;
        default:
            return {};
    }
}

template <class Solver>
void run(Solver& solver, const Product& product, Spectra::SortRule selection, const Eigen::VectorXd& start, double rtol,
         SpectraPairs& pairs) {
    constexpr Index restarts = std::numeric_limits<Index>::max();  // the limit is that of products
    try {
        solver.init(start.data());
        solver.compute(selection, restarts, rtol, Spectra::SortRule::SmallestAlge);
        pairs.status = solver.info() == Spectra::CompInfo::Successful ? Status::converged : Status::max_iterations;
    } catch (const Stop& stop) {
        pairs.status = stop.status;
    } catch (const std::exception& error) {
        if (product.thrown()) std::rethrow_exception(product.thrown());
        pairs.status = Status::stagnated;
        pairs.message = std::string("Spectra: ") + error.what();
    }
    pairs.iterations = solver.num_iterations();
    if (pairs.status != Status::converged) {
        if (pairs.message.empty()) pairs.message = "Spectra: " + std::string(name(pairs.status));
        return;
    }
    const Eigen::VectorXd values = solver.eigenvalues();
    const Eigen::MatrixXd vectors = solver.eigenvectors();
    std::vector<Eigen::Index> order(static_cast<std::size_t>(values.size()));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::stable_sort(order.begin(), order.end(), [&](auto i, auto j) { return values[i] < values[j]; });
    pairs.values = values(order);
    pairs.vectors = vectors(Eigen::all, order);
}

}  // namespace

template <Scalar T>
requires(!is_complex<T>) SpectraPairs spectra_eigsh(const Pencil<T>& pencil, Index k, const EigshOptions& options,
                                                    const LinearOperatorRef<T>* shifted_inverse) {
    const Index n = pencil.n();
    if (pencil.M) throw Unsupported("eigsh: method spectra is for standard problems");
    if (k < 1 || k > n - 1) throw Unsupported("eigsh: method spectra needs 1 ≤ k ≤ n − 1");
    detail::require(options.subspace >= 0, "eigsh: subspace must be ≥ 0");
    detail::require(options.rtol >= 0 && options.rtol < 1, "eigsh: rtol must be in [0, 1)");
    detail::require(!shifted_inverse || options.sigma, "eigsh: a shifted inverse needs its shift");
    const auto selection = shifted_inverse ? Spectra::SortRule::LargestMagn : rule(options.which);
    if (!selection) throw Unsupported("eigsh: method spectra has LA, SA, LM and BE, or a shift");

    const WorkingOperator<double> A =
        shifted_inverse ? working_operator<T>(*shifted_inverse) : working_operator<T>(pencil.A, pencil.A_rows);
    const std::int64_t most = options.max_applications >= 0
                                  ? options.max_applications
                                  : std::max<std::int64_t>(10 * static_cast<std::int64_t>(n), 1000 + 100 * k);
    Product product(A, most, options.cancel);
    const Index subspace = std::min(n, std::max({options.subspace, 2 * k + 1, Index{20}}));
    const double rtol = std::max(options.rtol, static_cast<double>(std::numeric_limits<T>::epsilon()));
    const Eigen::VectorXd start = random_block<double>(n, 1, options.seed);

    SpectraPairs pairs;
    pairs.vectors.resize(n, 0);
    if (shifted_inverse) {
        Spectra::SymEigsShiftSolver<Product> solver(product, k, subspace, *options.sigma);
        run(solver, product, *selection, start, rtol, pairs);
    } else {
        Spectra::SymEigsSolver<Product> solver(product, k, subspace);
        run(solver, product, *selection, start, rtol, pairs);
    }
    pairs.operator_applications = A.applications();
    return pairs;
}

template SpectraPairs spectra_eigsh(const Pencil<float>&, Index, const EigshOptions&, const LinearOperatorRef<float>*);
template SpectraPairs spectra_eigsh(const Pencil<double>&, Index, const EigshOptions&,
                                    const LinearOperatorRef<double>*);

}  // namespace ritz::eigen
