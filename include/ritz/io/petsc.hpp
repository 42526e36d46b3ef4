// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// PETSc binary files (MatView, VecView and PetscBinaryIO.py): big-endian; a Mat has class 1211216, a Vec 1211214.
/// Indices of 32 and of 64 bits (PETSc configured with 64-bit indices) are told apart by the first eight bytes.
///
/// Nothing in the format says whether numbers are real or complex (PETSc assumes those of its own build). ritz goes by
/// the length: numbers are real when the file ends, or another object begins, where real numbers end; otherwise complex
/// if that is so where complex ones end; otherwise the file is refused. An object without numbers is real.
/// Only the first object of a file is read. Single precision is not recognised.
///
/// Every reader throws IoError if the file cannot be read; ParseError if it is not what the format allows;
/// LimitExceeded; ReadCancelled; Unsupported for other classes of objects.

#include <span>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz {

/// The sparse (AIJ) or dense Mat at the beginning of a file; the zeros of a dense one are not stored.
ReadResult read_petsc(const std::string& path, const ReadOptions& options = {});
ReadResult parse_petsc(std::span<const char> bytes, const std::string& name, const ReadOptions& options = {});

/// The Vec (one column) or dense Mat at the beginning of a file.
DenseReadResult read_petsc_dense(const std::string& path, const ReadOptions& options = {});
DenseReadResult parse_petsc_dense(std::span<const char> bytes, const std::string& name,
                                  const ReadOptions& options = {});

/// Writes A as a Mat in double precision; complex for a complex build of PETSc when T is complex. 32-bit indices unless
/// there are 2³¹ entries or more. WriteOptions as for write_npz.
template <Scalar T>
void write_petsc(const std::string& path, const CsrView<T>& A, const WriteOptions& options = {});

/// Writes one column as a Vec, anything else as a dense Mat.
template <Scalar T>
void write_petsc_dense(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A,
                       const WriteOptions& options = {});

/// True if `bytes` begin with the class of a Mat or Vec.
bool looks_like_petsc(std::span<const char> bytes) noexcept;

}  // namespace ritz
