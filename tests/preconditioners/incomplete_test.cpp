// SPDX-License-Identifier: BSD-3-Clause
// What every incomplete factorisation keeps, for all scalars: kinds × matrices.
#include "ritz/preconditioners/incomplete.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "preconditioners/incomplete_support.hpp"
#include "ritz/core/threads.hpp"
#include "ritz/core/vector_operations.hpp"
#include "ritz/formats/dense.hpp"
#include "ritz/io/matrix_market.hpp"
#include "ritz/preconditioners/ic0.hpp"
#include "ritz/preconditioners/ict.hpp"
#include "ritz/preconditioners/ilu0.hpp"
#include "ritz/preconditioners/iluk.hpp"
#include "ritz/preconditioners/ilut.hpp"

namespace {

using namespace incomplete;

struct Settings {
    OnBreakdown on_breakdown = OnBreakdown::shift;
    double shift = 0;
    Precision precision = Precision::working;
};

template <Scalar T>
struct Kind {
    const char* name;
    bool hermitian;  // for Hermitian matrices only
    bool exact;      // drops nothing for tridiagonal and arrow matrices
    std::function<Preconditioner<T>(const CsrView<T>&, Settings)> make;
};

template <Scalar T>
const std::vector<Kind<T>>& kinds() {
    static const std::vector<Kind<T>> all{
        {"ic0", true, true,
         [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(
                 Ic0<T>(A, {.on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"mic0", true, true,
         [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(Ic0<T>(
                 A, {.modified = 1, .on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"ilu0", false, true,
         [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(
                 Ilu0<T>(A, {.on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"milu0", false, true,
         [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(Ilu0<T>(
                 A, {.modified = 1, .on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"ict", true, false, [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(Ict<T>(A, {.drop_tolerance = 1e-2, .fill = 3, .on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"iluk", false, true, [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(Iluk<T>(A, {.fill_level = 2, .on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"ilut", false, false, [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(Ilut<T>(A, {.drop_tolerance = 1e-2, .fill = 3, .on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
        {"ilutp", false, false, [](const CsrView<T>& A, Settings s) {
             return Preconditioner<T>(Ilut<T>(A, {.drop_tolerance = 1e-2, .fill = 3, .pivot_tolerance = 0.5, .on_breakdown = s.on_breakdown, .shift = s.shift, .precision = s.precision}));
         }},
    };
    return all;
}

struct Problem {
    const char* name;
    Csr<double> A;
    bool definite;
};

/// An arrow that points at the last row: elimination makes no fill.
Csr<double> arrow(Index n) {
    Eigen::MatrixXd A = Eigen::MatrixXd::Identity(n, n) * 4;
    for (Index i = 0; i + 1 < n; ++i) A(i, n - 1) = A(n - 1, i) = 1.0 / (1 + i);
    return from_dense(A);
}

std::vector<Problem> problems() {
    std::vector<Problem> all;
    all.push_back({"empty", Csr<double>(), true});
    all.push_back({"one", from_dense(Eigen::MatrixXd::Constant(1, 1, 3.0)), true});
    all.push_back({"diagonal", from_dense(Eigen::MatrixXd(Eigen::VectorXd::LinSpaced(21, 1, 2).asDiagonal())), true});
    all.push_back({"poisson1d", poisson1d(50), true});
    all.push_back({"arrow", arrow(30), true});
    all.push_back({"poisson2d", poisson2d(13, 9), true});
    all.push_back({"poisson3d", poisson3d(7, 6, 5), true});
    all.push_back({"anisotropic", anisotropic_diffusion2d(11, 10, 0.1, 0.5), true});
    all.push_back({"elasticity3d", elasticity3d(2, 3, 2), true});
    all.push_back({"wathen", wathen(3, 4, 3), true});
    all.push_back({"jumps", jumping_diffusion2d(12, 12, 1e4, 3), true});
    all.push_back({"convection", convection_diffusion2d(10, 12, 1e-2, Wind::recirculating), false});
    all.push_back({"convection3d", convection_diffusion3d(6, 5, 7, 1e-3), false});
    all.push_back({"tridiagonal", tridiagonal_toeplitz(40, -1, 3, -1.5), false});
    return all;
}

template <Scalar T>
class Incomplete : public testing::Test {};
using Scalars = testing::Types<float, double, std::complex<float>, std::complex<double>>;
TYPED_TEST_SUITE(Incomplete, Scalars);

template <Scalar T, class Body>
void for_each_pair(Body&& body) {
    for (const Problem& problem : problems()) {
        const Csr<T> A = of_type<T>(problem.A);
        for (const Kind<T>& kind : kinds<T>()) {
            if (kind.hermitian && !problem.definite) continue;
            SCOPED_TRACE(std::string(kind.name) + " of " + problem.name);
            body(kind, problem, A);
        }
    }
}

TYPED_TEST(Incomplete, AppliesItsAdjoint) {
    using T = TypeParam;
    for_each_pair<T>([](const Kind<T>& kind, const Problem&, const Csr<T>& A) {
        const Preconditioner<T> M = kind.make(A, {});
        ASSERT_TRUE(M.has_adjoint());
        const Eigen::MatrixX<Wide<T>> forward = inverse_of<T>(M), adjoint = inverse_of<T>(M, true);
        if (A.rows() == 0) return;
        EXPECT_LE((forward.adjoint() - adjoint).cwiseAbs().maxCoeff(),
                  100 * epsilon<T> * forward.cwiseAbs().maxCoeff());
        EXPECT_TRUE(forward.allFinite());
        if (kind.hermitian) {
            EXPECT_EQ(M.definiteness(), Definiteness::positive_definite);
            EXPECT_LE((forward - forward.adjoint()).cwiseAbs().maxCoeff(),
                      100 * epsilon<T> * forward.cwiseAbs().maxCoeff());
        }
    });
}

TYPED_TEST(Incomplete, IsExactWithoutFill) {
    using T = TypeParam;
    for (const char* name : {"one", "diagonal", "poisson1d", "arrow", "tridiagonal"})
        for_each_pair<T>([&](const Kind<T>& kind, const Problem& problem, const Csr<T>& A) {
            if (problem.name != std::string(name) || !kind.exact) return;
            EXPECT_LE(distance_from_identity(inverse_of<T>(kind.make(A, {})), A), 4e4 * epsilon<T>);
        });
}

TYPED_TEST(Incomplete, InSinglePrecisionDiffersByThat) {
    using T = TypeParam;
    for_each_pair<T>([](const Kind<T>& kind, const Problem&, const Csr<T>& A) {
        const auto M = inverse_of<T>(kind.make(A, {})),
                   S = inverse_of<T>(kind.make(A, {.precision = Precision::single}));
        if (A.rows() == 0) return;
        EXPECT_LE((M - S).cwiseAbs().maxCoeff(), 1e-4 * M.cwiseAbs().maxCoeff());
        if (std::is_same_v<Real<T>, double> && A.rows() > 50) {
            EXPECT_GT((M - S).cwiseAbs().maxCoeff(), 0);
        }
    });
}

TYPED_TEST(Incomplete, GivesTheSameBitsForTheSameNumberOfThreads) {
    using T = TypeParam;
    for (const Csr<double>& problem :
         {poisson3d(24, 24, 24), elasticity3d(10, 11, 12), grid_laplacian(300, 200, {1, 1e3, 2})}) {
        Csr<T> A = of_type<T>(problem);
        for (Index i = 0; i < A.rows(); ++i)
            for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1];
                 ++k)
                if (A.indices()[static_cast<std::size_t>(k)] == i)
                    A.values()[static_cast<std::size_t>(k)] *= Real<T>(1.01);
        const auto r = random_vector<T>(A.rows(), 7);
        for (const Kind<T>& kind : kinds<T>()) {
            SCOPED_TRACE(kind.name);
            Buffer<T> one(r.size()), first(r.size()), z(r.size());
            {
                const ThreadLimit limit(1);
                kind.make(A, {}).apply(r, one);
            }
            const double largest = norm_inf(one);
            for (const int threads : {2, 4}) {
                const ThreadLimit limit(threads);
                const Preconditioner<T> M = kind.make(A, {});
                M.apply(r, first);
                for (std::size_t i = 0; i < z.size(); ++i)
                    ASSERT_LE(std::abs(first[i] - one[i]), 1e3 * epsilon<T> * largest) << threads;
                for (int repetition = 0; repetition < 2; ++repetition) {
                    std::fill(z.begin(), z.end(), T{0});
                    M.apply(r, z);
                    ASSERT_EQ(z, first) << threads;
                }
                const ThreadLimit fewer(threads - 1);
                std::fill(z.begin(), z.end(), T{0});
                M.apply(r, z);
                ASSERT_EQ(z, first) << threads << ", then one less";
            }
        }
    }
}

TEST(IncompleteThreads, MayApplyOneObjectTogether) {
    const Csr<double> A = poisson3d(24, 24, 24);
    const auto r = random_vector<double>(A.rows(), 7);
    const Ic0<double> M(A);
    Buffer<double> expected(r.size());
    M.apply(r, expected);
    std::vector<std::thread> threads;
    std::vector<int> right(4, 0);
    for (std::size_t t = 0; t < right.size(); ++t)
        threads.emplace_back([&, t] {
            Buffer<double> z(r.size());
            bool all = true;
            for (int repetition = 0; repetition < 10; ++repetition) {
                M.apply(r, z);
                all = all && z == expected;
            }
            right[t] = all ? 1 : 0;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, std::vector<int>(4, 1));
}

template <Scalar T>
Csr<T> scaled(const Csr<T>& A, const std::vector<int>& exponents) {
    Csr<T> B = A;
    for (Index i = 0; i < A.rows(); ++i)
        for (Offset k = A.indptr()[static_cast<std::size_t>(i)]; k < A.indptr()[static_cast<std::size_t>(i) + 1]; ++k) {
            const auto j = static_cast<std::size_t>(A.indices()[static_cast<std::size_t>(k)]);
            T& b = B.values()[static_cast<std::size_t>(k)];
            const int e = exponents[static_cast<std::size_t>(i)] + exponents[j];
            if constexpr (is_complex<T>)
                b = {std::ldexp(b.real(), e), std::ldexp(b.imag(), e)};
            else
                b = std::ldexp(b, e);
        }
    return B;
}

TYPED_TEST(Incomplete, FollowsPowersOfTwoExactly) {
    using T = TypeParam;
    const int range = std::is_same_v<Real<T>, double> ? 500 : 55;
    for_each_pair<T>([&](const Kind<T>& kind, const Problem&, const Csr<T>& A) {
        const std::size_t n = static_cast<std::size_t>(A.rows());
        std::vector<std::vector<int>> ways{std::vector<int>(n, range), std::vector<int>(n, -range), {}};
        for (std::size_t i = 0; i < n; ++i)
            ways.back().push_back(static_cast<int>(i * 37 % 11) * range / 10 - range / 2);
        const auto r = random_vector<T>(A.rows(), 1);
        Buffer<T> z(n), scaled_r(n), scaled_z(n);
        kind.make(A, {}).apply(r, z);
        for (const auto& exponents : ways) {
            // (S A S)⁻¹ S r = S⁻¹ A⁻¹ r
            // Row sums, and what is large in a row, change with scales that differ.
            const std::string name(kind.name);
            if ((name[0] == 'm' || name.starts_with("ilut")) && &exponents == &ways.back()) continue;
            for (std::size_t i = 0; i < n; ++i) scaled_r[i] = r[i] * std::ldexp(Real<T>{1}, exponents[i]);
            kind.make(scaled(A, exponents), {}).apply(scaled_r, scaled_z);
            const double bound = 1e4 * epsilon<T> * norm_inf(z);
            for (std::size_t i = 0; i < n; ++i)
                ASSERT_LE(std::abs(scaled_z[i] * std::ldexp(Real<T>{1}, exponents[i]) - z[i]), bound);
        }
    });
}

TYPED_TEST(Incomplete, RefusesWhatIsNotSquareOrNotFinite) {
    using T = TypeParam;
    using R = Real<T>;
    for (const Kind<T>& kind : kinds<T>()) {
        SCOPED_TRACE(kind.name);
        EXPECT_THROW(kind.make(from_dense(Eigen::MatrixX<T>(Eigen::MatrixX<T>::Ones(2, 3))), {}), InvalidArgument);
        for (const R bad : {std::numeric_limits<R>::quiet_NaN(), std::numeric_limits<R>::infinity()})
            for (const auto& [i, j] : {std::pair{3, 3}, std::pair{2, 5}}) {
                Eigen::MatrixX<T> A = Eigen::MatrixX<T>::Identity(8, 8);
                A(i, j) = A(j, i) = T(bad);
                EXPECT_THROW(kind.make(from_dense(A), {}), InvalidArgument);
            }
        EXPECT_THROW(kind.make(of_type<T>(poisson1d(3)), {.shift = -1}), InvalidArgument);
        const Preconditioner<T> M = kind.make(of_type<T>(poisson1d(3)), {});
        Buffer<T> r(3, T{1}), z(2);
        EXPECT_THROW(M.apply(r, z), InvalidArgument);
        EXPECT_THROW(M.apply(r, r), InvalidArgument);
        EXPECT_THROW(M.apply_adjoint(r, z), InvalidArgument);
    }
}

/// Matrices on which some pivot is zero or negative.
std::vector<Problem> hard_problems() {
    std::vector<Problem> all;
    Eigen::MatrixXd A = Eigen::MatrixXd::Zero(5, 5);
    all.push_back({"zero", from_dense(A), true});
    all.push_back({"nothing stored in 1 x 1", from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Zero(1, 1))), true});
    all.push_back(
        {"antidiagonal", from_dense(Eigen::MatrixXd(Eigen::MatrixXd::Identity(6, 6).rowwise().reverse())), true});
    A = Eigen::MatrixXd::Identity(5, 5);
    A(2, 2) = 0;
    all.push_back({"empty row", from_dense(A), true});
    A << 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1;
    all.push_back({"zero after elimination", from_dense(A), true});
    all.push_back({"singular Laplacian", path_laplacian(20), true});
    all.push_back({"weighted singular Laplacian", grid_laplacian(9, 9, {1, 1e6, 4}), true});
    all.push_back({"indefinite", helmholtz2d(9, 9, 20), true});
    all.push_back({"saddle", stokes2d(5, 5), true});
    all.push_back({"clement", clement(12), false});
    all.push_back({"negative", from_dense(Eigen::MatrixXd(-Eigen::MatrixXd::Identity(4, 4))), true});
    Eigen::MatrixXd wild = Eigen::MatrixXd::Ones(3, 3);
    wild(0, 0) = 1e-30;
    all.push_back({"tiny pivot", from_dense(wild), true});
    return all;
}

TYPED_TEST(Incomplete, GivesAFiniteAnswerOrANamedError) {
    using T = TypeParam;
    for (const Problem& problem : hard_problems()) {
        const Csr<T> A = of_type<T>(problem.A);
        for (const Kind<T>& kind : kinds<T>()) {
            if (kind.hermitian && !problem.definite) continue;
            SCOPED_TRACE(std::string(kind.name) + " of " + problem.name);
            try {
                const Preconditioner<T> M = kind.make(A, {});
                EXPECT_TRUE(inverse_of<T>(M).allFinite());
                EXPECT_TRUE(inverse_of<T>(M, true).allFinite());
            } catch (const NotPositiveDefinite& e) {
                EXPECT_TRUE(kind.hermitian && e.pivot());
            } catch (const SingularMatrix& e) {
                EXPECT_TRUE(!kind.hermitian && e.pivot());
            }
            try {
                EXPECT_TRUE(inverse_of<T>(kind.make(A, {.on_breakdown = OnBreakdown::fail})).allFinite());
            } catch (const NotPositiveDefinite& e) {
                EXPECT_TRUE(kind.hermitian && e.pivot());
            } catch (const SingularMatrix& e) {
                EXPECT_TRUE(!kind.hermitian && e.pivot());
            }
        }
    }
}

TYPED_TEST(Incomplete, NamesTheRowOfAZeroPivot) {
    using T = TypeParam;
    Eigen::MatrixXd D = Eigen::MatrixXd::Identity(4, 4);
    D(2, 2) = 0;
    D(2, 3) = D(3, 2) = 1;
    const Csr<T> A = of_type<T>(from_dense(D));
    for (const Kind<T>& kind : kinds<T>()) {
        SCOPED_TRACE(kind.name);
        if (std::string(kind.name) == "ilutp") continue;  // finds another pivot
        try {
            kind.make(A, {.on_breakdown = OnBreakdown::fail});
            ADD_FAILURE() << "no error";
        } catch (const NotPositiveDefinite& e) {
            EXPECT_EQ(e.pivot(), 2);
        } catch (const SingularMatrix& e) {
            EXPECT_EQ(e.pivot(), 2);
        }
        const Preconditioner<T> M = kind.make(A, {});
        EXPECT_GT(M.statistics().shift, 0);
        EXPECT_TRUE(inverse_of<T>(M).allFinite());
    }
}

TYPED_TEST(Incomplete, FactorsWithTheShiftThatIsAskedFor) {
    using T = TypeParam;
    const Csr<T> A = of_type<T>(poisson1d(20));
    Csr<double> doubled = poisson1d(20);
    for (std::size_t k = 0; k < doubled.values().size(); ++k)
        if (doubled.values()[k] == 2) doubled.values()[k] = 3;
    const Csr<T> shifted = of_type<T>(doubled);
    for (const Kind<T>& kind : kinds<T>()) {
        SCOPED_TRACE(kind.name);
        const Preconditioner<T> M = kind.make(A, {.shift = 0.5});
        EXPECT_EQ(M.statistics().shift, 0.5);
        if (kind.exact) {
            EXPECT_LE(distance_from_identity(inverse_of<T>(M), shifted), 1e3 * epsilon<T>);
        }
    }
}

/// The real square matrices of RITZ_MATRICES: a finite M or a named error.
TEST(IncompleteMatrices, GiveAFiniteAnswerOrANamedError) {
    const char* const folder = std::getenv("RITZ_MATRICES");
    if (!folder) return;
    const auto examine = [](const auto& kind, const auto& A) {
        using T = typename std::decay_t<decltype(A)>::value_type;
        try {
            const Preconditioner<T> M = kind.make(A, {});
            const auto r = random_vector<T>(A.rows(), 3);
            Buffer<T> z(r.size());
            M.apply(r, z);
            EXPECT_TRUE(std::isfinite(norm_inf(z)));
            M.apply_adjoint(r, z);
            EXPECT_TRUE(std::isfinite(norm_inf(z)));
        } catch (const NotPositiveDefinite&) {
            EXPECT_TRUE(kind.hermitian);
        } catch (const SingularMatrix&) {
            EXPECT_FALSE(kind.hermitian);
        } catch (const InvalidArgument& e) {
            EXPECT_TRUE(kind.hermitian && std::string(e.what()).find("Hermitian") != std::string::npos) << e.what();
        }
    };
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".mtx") continue;
        const ReadResult read = read_matrix_market(entry.path().string());
        std::visit(
            [&](const auto& A) {
                using T = typename std::decay_t<decltype(A)>::value_type;
                if (A.rows() != A.cols()) return;
                for (const auto& kind : kinds<T>()) {
                    SCOPED_TRACE(std::string(kind.name) + " of " + entry.path().stem().string());
                    examine(kind, A);
                }
            },
            read.matrix);
    }
}

}  // namespace
