// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// \file
/// The matrices of the contract suites: the gallery, data/, and the folder in RITZ_MATRICES when that is set. A new
/// matrix is tested by being there.

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "ritz/formats/gallery.hpp"
#include "ritz/io/matrix_market.hpp"

namespace contracts {

using namespace ritz;

inline std::string identifier(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
}

struct Named {
    std::string name;
    std::function<AnyCsr()> make;
};

inline void PrintTo(const Named& matrix, std::ostream* out) {
    *out << matrix.name;
}

inline std::vector<Named> gallery_matrices() {
    std::vector<Named> all;
    const auto add = [&](const auto& entries) {
        for (const auto& entry : entries)
            for (const Index wish : {5, 9}) {
                const Index size = std::clamp(wish, entry.smallest, entry.largest);
                const auto A = entry.make(size, 1);
                if (A.rows() <= 700)
                    all.push_back({std::string(entry.name) + "_" + std::to_string(wish), [A] { return AnyCsr(A); }});
            }
    };
    add(gallery());
    add(complex_gallery());
    return all;
}

inline std::vector<Named> files(const std::filesystem::path& folder) {
    std::vector<Named> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".mtx")
            all.push_back({entry.path().stem().string(),
                           [path = entry.path().string()] { return read_matrix_market(path).matrix; }});
    std::sort(all.begin(), all.end(), [](const Named& a, const Named& b) { return a.name < b.name; });
    return all;
}

inline const std::vector<Named>& of_gallery() {
    static const std::vector<Named> all = gallery_matrices();
    return all;
}
inline const std::vector<Named>& of_data() {
    static const std::vector<Named> all = files(std::filesystem::path(RITZ_SOURCE_DIR) / "data");
    return all;
}
inline const std::vector<Named>& of_folder() {
    static const std::vector<Named> all = [] {
        const char* folder = std::getenv("RITZ_MATRICES");
        return folder ? files(folder) : std::vector<Named>{};
    }();
    return all;
}

}  // namespace contracts
