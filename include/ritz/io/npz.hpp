// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// NumPy and SciPy files: sparse matrices as scipy.sparse.save_npz writes them, dense arrays as numpy.save does.
///
/// Sparse (.npz): formats csr, csc and coo; members stored or deflated, CRC checked, zip64 too; indices of 32 or 64
/// bits in any order, duplicates added. dia and bsr are Unsupported (write A.tocsr() instead). Dense (.npy): version 1
/// to 3, one or two dimensions, either storage order. Numbers: bool, (u)int8 … (u)int64, float32, float64, complex64,
/// complex128 in either byte order; integers beyond 2⁵³ are rounded to double, with a note. Pickled objects are
/// refused.
///
/// Every reader throws IoError if the file cannot be read; ParseError if it is not what the format allows;
/// LimitExceeded; ReadCancelled; Unsupported.

#include <span>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz {

/// The sparse matrix in a .npz file.
ReadResult read_npz(const std::string& path, const ReadOptions& options = {});
ReadResult parse_npz(std::span<const char> bytes, const std::string& name, const ReadOptions& options = {});

/// The dense array in a .npy file; one dimension is a column.
DenseReadResult read_npy(const std::string& path, const ReadOptions& options = {});
DenseReadResult parse_npy(std::span<const char> bytes, const std::string& name, const ReadOptions& options = {});

/// Writes A so that scipy.sparse.load_npz reads it: format csr, members stored (not deflated), 32-bit row pointers
/// unless there are 2³¹ entries or more. The dtype is that of T.
/// WriteOptions: the format stores whole matrices and has neither integers of ours nor patterns, so `symmetry` must be
/// general or nothing, and `field` nothing, real (no imaginary part may be nonzero) or complex.
/// \throws IoError; InvalidArgument as WriteOptions says; Unsupported for options the format does not have.
template <Scalar T>
void write_npz(const std::string& path, const CsrView<T>& A, const WriteOptions& options = {});

/// Writes a dense matrix as a .npy file in Fortran order; one column is written as one dimension, as NumPy has vectors.
template <Scalar T>
void write_npy(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A, const WriteOptions& options = {});

/// True if `bytes` begin like a zip archive; like a .npy file.
bool looks_like_npz(std::span<const char> bytes) noexcept;
bool looks_like_npy(std::span<const char> bytes) noexcept;

}  // namespace ritz
