#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks what docs/ARCHITECTURE.md says about the tree: who may include whom, where vendors may be seen, what mirrors what.

    check_layering.py [ROOT]     prints file:line: violation, one a line; exit status 1 if there are any

The rules are the tables below. Only the text of #include lines and the existence of files are looked at.
"""
import pathlib
import re
import sys

# Folder -> the folders directly below it. Everything below those is allowed as well.
LAYERS = {
    "core": [],
    "formats": ["core"],
    "io": ["formats"],
    "operators": ["core"],
    "linalg": ["core"],
    "preconditioners": ["formats", "operators"],
    "solvers": ["preconditioners", "linalg"],
    "eigen": ["solvers"],
    "gradients": ["eigen"],
    "ml": ["gradients"],
    "distributed": ["eigen", "io"],
    "cli": ["ml", "io", "distributed"],
}

# (name, pattern of the included file, where under src/ it may be included)
VENDORS = [
    ("SuiteSparse", r"(cholmod.*|umfpack.*|klu.*|SuiteSparse.*|spqr.*|c?amd|c?colamd|btf|metis)\.(h|hpp)", ["solvers/suitesparse/"]),
    ("MUMPS", r"([sdcz]mumps_.*|mumps_.*)\.h", ["solvers/mumps/"]),
    ("Spectra", r"Spectra/.*", ["eigen/"]),
    ("LAPACKE", r"(lapacke|lapack|cblas).*\.h", ["linalg/"]),
    ("PETSc, SLEPc, MPI", r"(petsc|slepc).*\.h|mpi\.h", ["distributed/"]),
    ("fast_float", r"fast_float/.*", ["io/"]),
    ("zlib, bzip2", r"(zlib|bzlib)\.h", ["io/"]),
    ("CLI11", r"CLI/.*", ["cli/"]),
    ("fmt", r"fmt/.*", ["cli/"]),
    ("nlohmann-json", r"nlohmann/.*", ["cli/"]),
    ("GoogleTest", r"(gtest|gmock)/.*", []),
    ("Google Benchmark", r"benchmark/.*", []),
    ("Eigen's own vendor interfaces", r"Eigen/.*Support", []),
]

# A public header shows no vendor but Eigen/Core, and one converts Eigen's sparse matrices.
PUBLIC_EIGEN = {"formats/eigen_sparse.hpp": {"Eigen/Core", "Eigen/SparseCore"}}

# Public headers whose test has another name, because one test covers several.
TESTED_BY = {
    "formats/coo.hpp": "formats/convert_test.cpp",
    "io/file_info.hpp": "io/matrix_market_test.cpp",
    "linalg/inverse.hpp": "linalg/lu_test.cpp",
    "linalg/ldl.hpp": "linalg/cholesky_test.cpp",
    "solvers/lu.hpp": "solvers/factorization_test.cpp",
    "solvers/qr.hpp": "solvers/factorization_test.cpp",
    "solvers/cholesky.hpp": "solvers/factorization_test.cpp",
    "linalg/polar.hpp": "linalg/subspaces_test.cpp",
    "core/status.hpp": "solvers/solve_test.cpp",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(<([^>]+)>|"([^"]+)")')


def below(folder):
    """The folders that `folder` may include, itself among them."""
    allowed = {folder}
    for lower in LAYERS[folder]:
        allowed |= below(lower)
    return allowed


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".hpp", ".cpp"):
                yield path


def includes(path):
    """(line number, included file, written with quotes)"""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match[2] or match[3], match[3] is not None


def check_layers(root):
    """A folder includes itself and the folders below it; an include names a file that exists."""
    for path in sources(root, "include/ritz", "src"):
        public = path.is_relative_to(root / "include")
        inside = path.relative_to(root / ("include/ritz" if public else "src"))
        if inside == pathlib.Path("ritz.hpp"):
            continue
        folder = inside.parts[0]
        if folder not in LAYERS:
            yield f"{path.relative_to(root)}:1: folder {folder} is not in the graph of tools/check_layering.py"
            continue
        allowed = below(folder)
        for number, name, quoted in includes(path):
            place = f"{path.relative_to(root)}:{number}"
            if not quoted:
                if name.startswith("ritz/"):
                    yield f'{place}: write #include "{name}"'
                continue
            if name == "ritz/ritz.hpp":
                yield f"{place}: the umbrella header is for users; include what is needed"
                continue
            target = name.removeprefix("ritz/").split("/")[0]
            if public and not name.startswith("ritz/"):
                yield f"{place}: a public header includes {name}, which is not public"
            elif target not in allowed:
                yield f"{place}: {folder} must not include {name}; it stands on {', '.join(sorted(allowed))}"
            elif not any((root / base / name).is_file() for base in ("include", "src")):
                yield f"{place}: {name} does not exist"


def check_vendors(root):
    """A vendor's headers are included in the folder that wraps it and nowhere else."""
    for path in sources(root, "src"):
        inside = path.relative_to(root / "src").as_posix()
        for number, name, _ in includes(path):
            for vendor, pattern, places in VENDORS:
                if re.fullmatch(pattern, name) and not any(inside.startswith(place) for place in places):
                    where = " or ".join(f"src/{place}" for place in places) or "neither the library nor the program"
                    yield f"src/{inside}:{number}: {name} ({vendor}) belongs to {where}"
    for path in sources(root, "include/ritz"):
        inside = path.relative_to(root / "include/ritz").as_posix()
        eigen = PUBLIC_EIGEN.get(inside, {"Eigen/Core"})
        for number, name, quoted in includes(path):
            standard = "." not in name and "/" not in name
            if not quoted and not standard and name not in eigen:
                yield f"include/ritz/{inside}:{number}: a public header must not show {name}"


def check_umbrella(root):
    """include/ritz/ritz.hpp includes every public header."""
    umbrella = root / "include/ritz/ritz.hpp"
    if not umbrella.is_file():
        yield "include/ritz/ritz.hpp:1: missing"
        return
    included = {name for _, name, _ in includes(umbrella)}
    for path in sources(root, "include/ritz"):
        name = path.relative_to(root / "include").as_posix()
        if path != umbrella and name not in included:
            yield f'include/ritz/ritz.hpp:1: does not include "{name}"'


def check_mirrors(root):
    """include/ritz/F/x.hpp is tested by tests/F/x_test.cpp, or by the file that TESTED_BY names."""
    for path in sources(root, "include/ritz"):
        inside = path.relative_to(root / "include/ritz")
        if len(inside.parts) < 2:
            continue
        mirror = inside.parent / f"{inside.stem}_test.cpp"
        test = root / "tests" / TESTED_BY.get(inside.as_posix(), mirror)
        if not test.is_file():
            yield f"include/ritz/{inside.as_posix()}:1: {test.relative_to(root)} is missing"


def check_licence_lines(root):
    """Every source file starts with the SPDX line."""
    for path in sources(root, "include", "src", "tests", "bench", "examples"):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        if first != "// SPDX-License-Identifier: BSD-3-Clause":
            yield f"{path.relative_to(root)}:1: the first line is not the SPDX line"


CHECKS = [check_layers, check_vendors, check_umbrella, check_mirrors, check_licence_lines]


def violations(root):
    return [found for check in CHECKS for found in check(pathlib.Path(root))]


if __name__ == "__main__":
    found = violations(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    print("\n".join(found) or "the tree keeps its rules")
    sys.exit(1 if found else 0)
