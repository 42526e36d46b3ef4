# SPDX-License-Identifier: BSD-3-Clause
"""A violation planted in a small tree is found, and the tree without it is clean."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))
import check_layering  # noqa: E402

SPDX = "// SPDX-License-Identifier: BSD-3-Clause\n"
CLEAN = {
    "include/ritz/ritz.hpp": '#include "ritz/core/a.hpp"\n#include "ritz/solvers/b.hpp"\n',
    "include/ritz/core/a.hpp": "#include <vector>\n#include <Eigen/Core>\n",
    "include/ritz/solvers/b.hpp": '#include "ritz/core/a.hpp"\n',
    "src/core/a.cpp": '#include "ritz/core/a.hpp"\n#include "core/internal.hpp"\n',
    "src/core/internal.hpp": "",
    "src/solvers/suitesparse/b.cpp": '#include <cholmod.h>\n#include "ritz/solvers/b.hpp"\n',
    "tests/core/a_test.cpp": "#include <gtest/gtest.h>\n",
    "tests/solvers/b_test.cpp": "",
}


def violations(changes):
    with tempfile.TemporaryDirectory() as root:
        for name, text in {**CLEAN, **changes}.items():
            if text is not None:
                path = pathlib.Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text if text.startswith("!") else SPDX + text, encoding="utf-8")
        return check_layering.violations(root)


class CheckLayering(unittest.TestCase):
    def finds(self, changes, *words):
        found = violations(changes)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual(violations({}), [])

    def test_a_lower_folder_must_not_include_a_higher_one(self):
        self.finds({"include/ritz/core/a.hpp": '\n#include "ritz/solvers/b.hpp"\n'}, "include/ritz/core/a.hpp:3", "core must not")

    def test_nor_through_the_sources(self):
        self.finds({"src/core/a.cpp": '#include "solvers/x.hpp"\n', "src/solvers/x.hpp": ""}, "src/core/a.cpp:2")

    def test_siblings_must_not_include_each_other(self):
        self.finds({"src/operators/x.hpp": '#include "formats/y.hpp"\n', "src/formats/y.hpp": ""}, "operators must not")

    def test_a_folder_outside_the_graph_is_named(self):
        self.finds({"src/misc/x.hpp": ""}, "folder misc")

    def test_an_include_of_nothing_is_named(self):
        self.finds({"src/core/a.cpp": '#include "core/gone.hpp"\n'}, "does not exist")

    def test_a_public_header_must_not_include_a_private_one(self):
        self.finds({"include/ritz/core/a.hpp": '#include "core/internal.hpp"\n'}, "not public")

    def test_the_umbrella_is_not_for_the_library(self):
        self.finds({"src/core/a.cpp": '#include "ritz/ritz.hpp"\n'}, "umbrella")

    def test_a_vendor_outside_its_folder(self):
        for header in ("cholmod.h", "umfpack.h", "klu.h", "SuiteSparseQR.hpp", "dmumps_c.h", "lapacke.h", "petscksp.h",
                       "CLI/CLI.hpp", "zlib.h", "gtest/gtest.h", "Eigen/CholmodSupport"):
            with self.subTest(header):
                self.finds({"src/core/a.cpp": f"#include <{header}>\n"}, header)

    def test_a_vendor_in_a_public_header(self):
        for header in ("cholmod.h", "omp.h", "Eigen/Dense", "Eigen/SparseCore", "fmt/core.h"):
            with self.subTest(header):
                self.finds({"include/ritz/core/a.hpp": f"#include <{header}>\n"}, header)

    def test_a_header_that_the_umbrella_lacks(self):
        self.finds({"include/ritz/ritz.hpp": '#include "ritz/core/a.hpp"\n'}, "ritz/solvers/b.hpp")

    def test_a_header_without_a_test(self):
        self.finds({"tests/core/a_test.cpp": None}, "tests/core/a_test.cpp is missing")

    def test_a_file_without_the_licence_line(self):
        self.finds({"src/core/internal.hpp": "! no licence\n"}, "SPDX")

    def test_the_graph_has_no_cycle(self):
        for folder in check_layering.LAYERS:
            for lower in check_layering.LAYERS[folder]:
                self.assertNotIn(folder, check_layering.below(lower))


if __name__ == "__main__":
    unittest.main()
