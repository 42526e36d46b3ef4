// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// Matrices and vectors in files of any format, by file name.

#include <optional>
#include <string>

#include "ritz/core/eigen.hpp"
#include "ritz/core/types.hpp"
#include "ritz/formats/compressed.hpp"
#include "ritz/io/file_info.hpp"

namespace ritz {

enum class FileFormat { matrix_market, harwell_boeing, npz, npy, petsc, text };

/// The format that a name stands for, or nothing. Case does not matter; .gz and .bz2 at the end are ignored.
///   .mtx .mm                       Matrix Market
///   .rb .hb .rua .rsa .pua .cha …  Harwell-Boeing, Rutherford-Boeing (a type as its three letters)
///   .npz, .npy                     SciPy sparse, NumPy dense
///   .petsc .petscbin               PETSc binary
///   .txt                           plain text (dense)
std::optional<FileFormat> format_of_name(const std::string& path);

/// The sparse matrix in `path`, which may be compressed (gzip, bzip2) or a pipe; "-" is standard input.
/// A name that stands for Matrix Market is taken at its word; otherwise the contents decide on the format, and the name
/// only when they do not. Of a .npy file and a dense PETSc Mat the zeros are not stored.
/// \throws IoError if the file cannot be read; ParseError if it is broken or of no known format; LimitExceeded;
///         ReadCancelled; Unsupported.
ReadResult read_matrix(const std::string& path, const ReadOptions& options = {});

/// The dense matrix or vector in `path`, likewise: a Matrix Market array (or coordinate file, filled up with zeros), a
/// .npy file of one or two dimensions, a PETSc Vec or dense Mat, the right-hand sides of a Harwell-Boeing file, or
/// plain text: one row a line, its real numbers separated by blanks, tabs or commas; # starts a comment.
DenseReadResult read_dense(const std::string& path, const ReadOptions& options = {});

/// Writes A in the format that the name stands for, compressed if it ends in .gz; "-" is Matrix Market on standard
/// output. A name like x.rsa fixes field and symmetry as its letters say. The file appears under its name only when
/// it is complete and on the disk.
/// \throws InvalidArgument if the name stands for no format of sparse matrices, or as WriteOptions says; IoError;
///         Unsupported for options that the format does not have.
template <Scalar T>
void write_matrix(const std::string& path, const CsrView<T>& A, const WriteOptions& options = {});
void write_matrix(const std::string& path, const AnyCsr& A, const WriteOptions& options = {});

/// Writes a dense matrix or vector: Matrix Market array (also for "-"), .npy, PETSc, plain text.
template <Scalar T>
void write_dense(const std::string& path, const Eigen::Ref<const Eigen::MatrixX<T>>& A,
                 const WriteOptions& options = {});
void write_dense(const std::string& path, const AnyDense& A, const WriteOptions& options = {});

/// Where the file `path` is written before it takes its final name: a hidden file in the same directory, with the
/// process id in its name. A file is replaced only once its new contents are complete and on the disk; whoever ends
/// the process early (a signal handler's thread) removes this name to leave nothing behind. Symbolic links are
/// followed. Empty when `path` is written in place: "-", devices, pipes.
std::string temporary_name(const std::string& path);

}  // namespace ritz
