// SPDX-License-Identifier: BSD-3-Clause
// Damaged files: reading one ends with a matrix or a ritz::Error, and with the same one however the text is cut.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "io/matrix_market_reader.hpp"

namespace ritz {
namespace {

using Complex = std::complex<double>;

const std::vector<std::string>& seeds() {
    static const std::vector<std::string> texts = {
        "%%MatrixMarket matrix coordinate real general\n% comment\n4 5 4\n1 1 1.25\n2 3 -4.5e-3\n4 5 1e10\n2 2 .5\n",
        "%%MatrixMarket matrix coordinate real symmetric\n3 3 4\n1 1 4\n2 1 -1.0000000000000002\n3 2 7D2\n3 3 4\n",
        "%%MatrixMarket matrix coordinate complex hermitian\n3 3 3\n1 1 4 0\n2 1 -1 0.5\n3 2 -1e-5 +7\n",
        "%%MatrixMarket matrix coordinate integer skew-symmetric\r\n3 3 2\r\n2 1 -12345678901\r\n3 1 7\r\n",
        "%%MatrixMarket matrix coordinate pattern general\r3 3 3\r1 1\r2 1\r3 3\r",
        "%%MatrixMarket matrix array real general\n3 2\n1\n2.5\n-3\n4e2\n.5\n6.\n",
        "%%MatrixMarket matrix array complex symmetric\n2 2\n1 2\n3 4\n5 6\n",
        "%%MatrixMarket matrix array integer skew-symmetric\n3 3\n1\n2\n3\n",
        "%%MatrixMarket vector coordinate real general\n9 3\n1 4\n9 nan\n5 -inf\n",
        "%%MatrixMarket matrix coordinate integer general\n%%GraphBLAS type uint64_t\n2 2 1\n\n1 2 "
        "18446744073709551615\n",
    };
    return texts;
}

std::string mutated(std::string text, std::mt19937& random) {
    const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
    static const std::vector<std::string> tokens = {"0",
                                                    "-1",
                                                    "1",
                                                    "2",
                                                    "3",
                                                    "4294967297",
                                                    "2147483647",
                                                    "9223372036854775807",
                                                    "99999999999999999999",
                                                    "1e999",
                                                    "1e-999",
                                                    "nan",
                                                    "inf",
                                                    "-",
                                                    "+",
                                                    ".",
                                                    "e",
                                                    "%",
                                                    "\n",
                                                    "\r",
                                                    "\r\n",
                                                    " ",
                                                    "\t",
                                                    "",
                                                    std::string(1, '\0'),
                                                    "\xff",
                                                    "real",
                                                    "complex",
                                                    "pattern",
                                                    "integer",
                                                    "general",
                                                    "symmetric",
                                                    "hermitian",
                                                    "skew-symmetric",
                                                    "array",
                                                    "coordinate",
                                                    "vector",
                                                    "1 1 1\n",
                                                    "0x1p3",
                                                    "1.5",
                                                    "00000000000000000001",
                                                    "1000000 1000000 1",
                                                    std::string(300, ' '),
                                                    std::string(300, '9')};
    const std::size_t changes = 1 + below(3);
    for (std::size_t change = 0; change < changes; ++change) {
        const std::size_t at = below(text.size() + 1);
        switch (random() % 7) {
            case 0:
                text.resize(at);
                break;  // truncate
            case 1:
                if (at < text.size()) text[at] = static_cast<char>(random());
                break;  // any byte
            case 2:
                if (at < text.size()) text[at] = static_cast<char>('0' + below(10));
                break;  // a digit
            case 3:
                text.insert(at, tokens[below(tokens.size())]);
                break;
            case 4:
                text.erase(at, 1 + below(6));
                break;
            case 5:
                text.insert(at, text.substr(below(text.size() + 1), below(40)));
                break;  // repeat a part
            default: {  // replace a token
                const std::size_t begin = text.find_first_not_of(" \r\n", at);
                if (begin == std::string::npos) break;
                const std::size_t end = text.find_first_of(" \r\n", begin);
                text.replace(begin, end == std::string::npos ? end : end - begin, tokens[below(tokens.size())]);
            }
        }
    }
    return text;
}

/// What reading came to: the matrix, or the message of the ritz::Error. Anything else fails the test.
template <Scalar T>
struct Outcome {
    std::optional<Csr<T>> matrix;
    Offset duplicates = 0;
    std::string message;
};

template <Scalar T>
Outcome<T> read(const std::string& text, const ReadOptions& options, const detail::ReaderTuning& tuning) {
    // A copy in memory of its very size, so that a sanitizer sees any access outside it.
    const std::vector<char> exact(text.begin(), text.end());
    Outcome<T> outcome;
    FileInfo info;
    try {
        outcome.matrix = detail::read_sparse_text<T>(exact, "fuzz", options, info, tuning);
        outcome.duplicates = info.duplicates;
    } catch (const Error& error) {
        outcome.message = error.what();
    }
    return outcome;
}

/// The arrays obey I1-I3: the checking constructor says so.
template <Scalar T>
void expect_sound(const Csr<T>& A) {
    EXPECT_NO_THROW(CsrView<T>(A.rows(), A.cols(), A.indptr(), A.indices(), A.values()));
}

template <Scalar T>
void expect_same(const std::string& text, const Outcome<T>& a, const Outcome<T>& b) {
    EXPECT_EQ(a.message, b.message) << text;
    ASSERT_EQ(a.matrix.has_value(), b.matrix.has_value()) << text;
    if (!a.matrix) return;
    EXPECT_EQ(a.duplicates, b.duplicates);
    ASSERT_EQ(a.matrix->nnz(), b.matrix->nnz());
    EXPECT_EQ(a.matrix->rows(), b.matrix->rows());
    for (std::size_t k = 0; k < a.matrix->values().size(); ++k) {
        EXPECT_EQ(a.matrix->indices()[k], b.matrix->indices()[k]);
        const T x = a.matrix->values()[k], y = b.matrix->values()[k];
        EXPECT_TRUE(x == y || (x != x && y != y)) << text;
    }
}

TEST(MatrixMarketFuzz, DamagedFilesEndInAMatrixOrAnError) {
    std::mt19937 random(20240607);
    int read_well = 0;
    constexpr int mutations = 20000;
    for (int k = 0; k < mutations; ++k) {
        const std::string text = mutated(seeds()[static_cast<std::size_t>(k) % seeds().size()], random);
        const ReadOptions options{.allow_nonfinite = k % 2 == 0};
        const Outcome<Complex> whole = read<Complex>(text, options, {});
        const Outcome<Complex> cut = read<Complex>(
            text, options, {.chunk_bytes = 1 + static_cast<std::size_t>(k) % 9, .threads = 1, .text_is_done = {}});
        expect_same(text, whole, cut);
        if (whole.matrix) {
            ++read_well;
            expect_sound(*whole.matrix);
        }
        const Outcome<float> single = read<float>(text, options, {});
        if (single.matrix) expect_sound(*single.matrix);
        if (HasFailure()) FAIL() << "mutation " << k;
    }
    // Both ends are reached, or the test would show nothing.
    EXPECT_GT(read_well, mutations / 50);
    EXPECT_LT(read_well, mutations - mutations / 50);
}

TEST(MatrixMarketFuzz, LongFilesTakeTheFastPathToTheSameResult) {
    std::mt19937 random(7);
    for (int k = 0; k < 2000; ++k) {
        // Enough lines that most are read by the fast path, which never looks beyond the text.
        std::string body;
        const int entries = 30;
        for (int e = 0; e < entries; ++e) {
            body += std::to_string(1 + random() % 9) + std::string(1 + random() % 3, random() % 5 == 0 ? '\t' : ' ') +
                    std::to_string(1 + random() % 9) + " " + (random() % 2 ? "-" : "") +
                    std::to_string(static_cast<double>(random()) * 1e-3) + (random() % 9 == 0 ? " \r\n" : "\n");
        }
        std::string text = "%%MatrixMarket matrix coordinate real general\n9 9 30\n" + body;
        if (k % 2 == 1) text = text.substr(0, 60) + mutated(text.substr(60), random);
        const Outcome<double> whole = read<double>(text, {}, {});
        const Outcome<double> padded = read<double>(text + std::string(1000, '\n'), {}, {});
        const Outcome<double> cut =
            read<double>(text, {}, {.chunk_bytes = 1, .threads = k % 50 == 0 ? 2 : 1, .text_is_done = {}});
        expect_same(text, whole, cut);
        EXPECT_EQ(whole.matrix.has_value(), padded.matrix.has_value()) << text;
        if (whole.matrix && padded.matrix) {
            EXPECT_TRUE(*whole.matrix == *padded.matrix) << text;
        }
        if (k % 2 == 0) {
            EXPECT_TRUE(whole.matrix.has_value()) << whole.message;
        }
        if (HasFailure()) FAIL() << "mutation " << k;
    }
}

TEST(MatrixMarketFuzz, DenseReadingSurvivesToo) {
    std::mt19937 random(11);
    for (int k = 0; k < 4000; ++k) {
        const std::string text = mutated(seeds()[static_cast<std::size_t>(k) % seeds().size()], random);
        FileInfo info;
        try {
            const Eigen::MatrixXcd A = detail::read_dense_text<Complex>(text, "fuzz", {}, info);
            EXPECT_EQ(A.rows(), info.rows);
        } catch (const Error&) {
        }
    }
}

}  // namespace
}  // namespace ritz
