// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Files in memory for the tests of the formats: what make_fixtures.py wrote, and archives with any contents.

#include <zlib.h>

#include <complex>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "io/byte_order.hpp"
#include "io/temporary_directory.hpp"
#include "ritz/formats/convert.hpp"

namespace ritz::test {

inline std::string fixture_path(const std::string& name) {
    return std::string(RITZ_SOURCE_DIR) + "/tests/io/fixtures/" + name;
}
inline std::string fixture(const std::string& name) {
    return contents_of(fixture_path(name));
}

/// The matrix of make_fixtures.py, 4 x 5, times a factor.
template <Scalar T>
Csr<T> fixture_matrix(T factor = T{1}) {
    Coo<T> A(4, 5);
    A.add(0, 0, factor * T(1));
    A.add(0, 2, factor * T(2.5));
    A.add(2, 0, factor * T(-3));
    A.add(2, 1, factor * T(4e-30));
    A.add(2, 4, factor * T(1.0 / 3));
    A.add(3, 3, factor * T(7));
    return to_csr(A);
}

/// One row, one entry, no entries, shapes without rows or columns, extremes of double, an explicit zero.
template <Scalar T>
std::vector<Csr<T>> odd_matrices() {
    using R = Real<T>;
    std::vector<Csr<T>> matrices;
    for (const auto& [rows, cols] : {std::pair<Index, Index>{0, 0}, {0, 3}, {3, 0}, {1, 1}, {3, 4}})
        matrices.push_back(to_csr(Coo<T>(rows, cols)));
    Coo<T> one(1, 1);
    one.add(0, 0, T(R(-0.1)));
    matrices.push_back(to_csr(one));
    Coo<T> extremes(9, 7);
    const R values[] = {0,
                        R(-0.0),
                        std::numeric_limits<R>::max(),
                        std::numeric_limits<R>::lowest(),
                        std::numeric_limits<R>::min(),
                        std::numeric_limits<R>::denorm_min(),
                        R(1) / 3};
    for (Index i = 0; i < 9; i += 2)
        for (Index j = 0; j < 7; ++j) {
            T value(values[(i + j) % 7]);
            if constexpr (is_complex<T>) value = {values[(i + j) % 7], values[(i * j + 1) % 7]};
            extremes.add(i, j, value);
        }
    matrices.push_back(to_csr(extremes));
    return matrices;
}

/// Same structure and the same bits, so that -0 differs from 0.
template <Scalar T>
bool same_bits(const CsrView<T>& A, const CsrView<T>& B) {
    return A.rows() == B.rows() && A.cols() == B.cols() && A.nnz() == B.nnz() &&
           std::equal(A.indptr().begin(), A.indptr().end(), B.indptr().begin()) &&
           std::equal(A.indices().begin(), A.indices().end(), B.indices().begin()) &&
           (A.nnz() == 0 || std::memcmp(A.values().data(), B.values().data(), A.values().size() * sizeof(T)) == 0);
}

/// A .npy array: dtype, Python's shape, and the numbers.
template <class N>
std::string npy(const std::string& descr, const std::string& shape, const std::vector<N>& numbers) {
    std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
    std::string text = "\x93NUMPY";
    text += {'\1', '\0'};
    detail::append_little(text, static_cast<std::uint16_t>(header.size()));
    return text + header + std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(N));
}

using Members = std::vector<std::pair<std::string, std::string>>;

/// A zip archive of stored members with right checksums.
inline std::string zip_of(const Members& members) {
    std::string archive, directory;
    for (const auto& [name, contents] : members) {
        const auto offset = static_cast<std::uint32_t>(archive.size());
        std::string common;
        detail::append_little<std::uint16_t>(common, 20);
        common.append(8, '\0');  // flags, method, time, date
        detail::append_little(
            common, static_cast<std::uint32_t>(
                        crc32(0, reinterpret_cast<const Bytef*>(contents.data()), static_cast<uInt>(contents.size()))));
        detail::append_little(common, static_cast<std::uint32_t>(contents.size()));
        detail::append_little(common, static_cast<std::uint32_t>(contents.size()));
        detail::append_little(common, static_cast<std::uint32_t>(name.size()));  // and no extra field
        archive += "PK\3\4" + common + name + contents;
        directory += "PK\1\2" + std::string("\x14\0", 2) + common + std::string(10, '\0');
        detail::append_little(directory, offset);
        directory += name;
    }
    std::string end = "PK\5\6" + std::string(4, '\0');
    detail::append_little(end, static_cast<std::uint16_t>(members.size()));
    detail::append_little(end, static_cast<std::uint16_t>(members.size()));
    detail::append_little(end, static_cast<std::uint32_t>(directory.size()));
    detail::append_little(end, static_cast<std::uint32_t>(archive.size()));
    end += std::string(2, '\0');
    return archive + directory + end;
}

/// The members of a 2 x 3 CSR matrix [1 0 2; 0 3 0].
inline Members small_npz() {
    return {{"format.npy", npy<char>("|S3", "()", {'c', 's', 'r'})},
            {"shape.npy", npy<std::int64_t>("<i8", "(2,)", {2, 3})},
            {"indptr.npy", npy<std::int32_t>("<i4", "(3,)", {0, 2, 3})},
            {"indices.npy", npy<std::int32_t>("<i4", "(3,)", {0, 2, 1})},
            {"data.npy", npy<double>("<f8", "(3,)", {1, 2, 3})}};
}

/// `members` with one replaced.
inline Members with(Members members, const std::string& name, const std::string& contents) {
    for (auto& member : members)
        if (member.first == name) member.second = contents;
    return members;
}

}  // namespace ritz::test
