// SPDX-License-Identifier: BSD-3-Clause
// Files with random damage: each is refused with one of the library's errors, or read as a matrix that keeps its
// invariants. The address sanitizer sees what goes beyond an array.

#include <gtest/gtest.h>

#include <functional>

#include "io/format_samples.hpp"
#include "ritz/core/error.hpp"
#include "ritz/core/random.hpp"
#include "ritz/io/harwell_boeing.hpp"
#include "ritz/io/npz.hpp"
#include "ritz/io/petsc.hpp"

namespace {

using namespace ritz;
using namespace ritz::test;

/// One to four bytes changed, a piece doubled, removed, or the end cut off.
std::string damaged(std::string bytes, Random& random) {
    const auto place = [&] { return static_cast<std::size_t>(random.below(bytes.size())); };
    if (bytes.empty()) return bytes;
    static constexpr char bytes_that_matter[] = "\0\x01\x7f\x80\xff -+.,()'9eEDPX\n";
    const std::string interesting(bytes_that_matter, sizeof bytes_that_matter - 1);
    switch (random.below(8)) {
        case 0:
            bytes.resize(place());
            break;
        case 1: {
            const std::size_t at = place();
            bytes.insert(at, bytes.substr(at, 1 + random.below(40)));
            break;
        }
        case 2:
            bytes.erase(place(), 1 + random.below(40));
            break;
        case 3:
            bytes[place()] ^= static_cast<char>(1 << random.below(8));
            break;
        default:
            for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
                bytes[place()] = interesting[random.below(interesting.size())];
    }
    return bytes;
}

template <class Matrix>
void check(const Matrix& A) {
    using T = typename Matrix::value_type;
    const auto& view = A;
    Csr<T>(A.rows(), A.cols(), Buffer<Offset>(A.indptr().begin(), A.indptr().end()),
           Buffer<Index>(A.indices().begin(), A.indices().end()),
           Buffer<T>(view.values().begin(), view.values().end()));  // throws unless I1-I3 hold
}

using Parse = std::function<ReadResult(const std::string&)>;

/// How many of `rounds` damaged samples were still a matrix.
int survivors(const std::vector<std::string>& samples, int rounds, std::uint64_t seed, const Parse& parse) {
    Random random(seed);
    int read = 0;
    for (int round = 0; round < rounds; ++round) {
        const std::string bytes = damaged(samples[random.below(samples.size())], random);
        try {
            const ReadResult result = parse(bytes);
            std::visit([](const auto& A) { check(A); }, result.matrix);
            ++read;
        } catch (const InvalidArgument& error) {
            ADD_FAILURE() << "a broken file is not a broken call: " << error.what();
        } catch (const Error&) {
        }
    }
    return read;
}

const ReadOptions small_only{.max_memory = 1 << 24};

TEST(FormatFuzz, SurvivesDamagedPetscFiles) {
    const std::vector<std::string> samples = {fixture("real.petsc"), fixture("complex.petsc"),
                                              fixture("wide_indices.petsc"), fixture("dense.petsc"),
                                              fixture("real_and_vector.petsc")};
    const int read = survivors(samples, 10000, 1, [](const std::string& bytes) {
        try {
            (void)parse_petsc_dense(bytes, "a", small_only);
        } catch (const InvalidArgument&) {
            throw;
        } catch (const Error&) {
        }
        return parse_petsc(bytes, "a", small_only);
    });
    EXPECT_GT(read, 100);
}

TEST(FormatFuzz, SurvivesDamagedArchives) {
    survivors({fixture("csr_float64.npz"), fixture("csr_float64_deflated.npz"), fixture("coo_float64_deflated.npz")},
              5000, 2, [](const std::string& bytes) { return parse_npz(bytes, "a", small_only); });
}

TEST(FormatFuzz, SurvivesDamagedArraysInSoundArchives) {
    Random random(3);
    const Members csr = small_npz();
    Members coo = with(csr, "format.npy", npy<char>("|S3", "()", {'c', 'o', 'o'}));
    coo.emplace_back("row.npy", npy<std::int32_t>("<i4", "(3,)", {1, 0, 0}));
    coo.emplace_back("col.npy", npy<std::int32_t>("<i4", "(3,)", {2, 0, 1}));
    const std::vector<std::string> samples = {"csr", "csc", "coo"};
    const int read = survivors(samples, 10000, 4, [&](const std::string& format) {
        Members members = format == "coo" ? coo : csr;
        auto& victim = members[random.below(members.size())].second;
        victim = damaged(victim, random);
        return parse_npz(zip_of(members), "a", small_only);
    });
    EXPECT_GT(read, 100);
}

TEST(FormatFuzz, SurvivesDamagedHarwellBoeingFiles) {
    const std::string real = fixture("scipy.rua");
    const std::string symmetric =
        "title\n 3 1 1 1 0\nRSA 3 3 4 0\n(4I2)           (4I2)           (1P,2(E8.1))\n 1 3 4 5\n 1 3 3 3\n"
        " 1.0E+00-2.0D-01\n 3.0+100 4.0E+00\n";
    const std::string complex =
        "title\n 3 1 1 1 1\nCHA 2 2 2 0\n(4I2)           (4I2)           (4F5.1)             (4F5.1)\n"
        "F                          1             0\n 1 3 3\n 1 2\n  1.0  0.0 -2.0  3.0\n  1.0  2.0  3.0  4.0\n";
    ASSERT_EQ(std::get<Csr<double>>(parse_harwell_boeing(symmetric, "a").matrix).nnz(), 6);
    ASSERT_EQ(std::get<Csr<std::complex<double>>>(parse_harwell_boeing(complex, "a").matrix).nnz(), 3);
    const int read = survivors({real, symmetric, complex}, 10000, 5, [](const std::string& text) {
        try {
            (void)parse_harwell_boeing_right_hand_sides(text, "a", small_only);
        } catch (const InvalidArgument&) {
            throw;
        } catch (const Error&) {
        }
        (void)looks_like_harwell_boeing(text);
        return parse_harwell_boeing(text, "a", small_only);
    });
    EXPECT_GT(read, 100);
}

}  // namespace
