// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// How the Matrix Market reader cuts its work; tests cut very finely.

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "ritz/io/matrix_market.hpp"

namespace ritz::detail {

struct ReaderTuning {
    std::size_t chunk_bytes = 0;  ///< text parsed as one task; 0: chosen from the size of the text
    int threads = 0;              ///< 0: chosen likewise

    /// Called when the text will not be looked at again and the matrix is still to be assembled.
    std::function<void()> text_is_done;
};

template <Scalar T>
Csr<T> read_sparse_text(std::span<const char> text, const std::string& name, const ReadOptions& options, FileInfo& info,
                        const ReaderTuning& tuning = {});

template <Scalar T>
Eigen::MatrixX<T> read_dense_text(std::span<const char> text, const std::string& name, const ReadOptions& options,
                                  FileInfo& info, const ReaderTuning& tuning = {});

}  // namespace ritz::detail
