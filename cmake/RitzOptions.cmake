# SPDX-License-Identifier: BSD-3-Clause
# What a build can choose. Flags that belong to a way of building (release, asan, ...) are in CMakePresets.json.
option(RITZ_NATIVE "Build for the processor this machine has" ON)
option(RITZ_GPL "Use the GPL parts of SuiteSparse (UMFPACK, SPQR)" ON)
option(RITZ_INSTALL "Install the library, its headers and its CMake package" ${PROJECT_IS_TOP_LEVEL})
option(RITZ_BUILD_PROGRAM "Build the ritz program" ${PROJECT_IS_TOP_LEVEL})
option(RITZ_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(RITZ_BUILD_BENCH "Build the benchmarks" OFF)
option(RITZ_PRECOMPILED_HEADERS "Read the largest headers once" ON)
option(RITZ_WERROR "Treat warnings as errors" OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

find_program(RITZ_CCACHE ccache)
if(RITZ_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${RITZ_CCACHE}")
  if(RITZ_PRECOMPILED_HEADERS)  # which it only keeps when told that __TIME__ and unused macros do not matter
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${RITZ_CCACHE}")
  endif()
endif()

# Everything that is compiled here uses these; a user of the library only inherits C++20.
add_library(ritz_flags INTERFACE)
target_compile_features(ritz_flags INTERFACE cxx_std_20)
target_compile_options(ritz_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms of these versions: in their AVX-512 headers (PR 105593), in std::string (PR 105651).
  target_compile_options(ritz_flags INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-restrict
                         -Wno-array-bounds -Wno-stringop-overflow)
endif()
target_compile_definitions(ritz_flags INTERFACE RITZ_GPL=$<BOOL:${RITZ_GPL}>)
if(RITZ_PRECOMPILED_HEADERS AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(ritz_flags INTERFACE -fpch-preprocess)  # for ccache
endif()
if(RITZ_WERROR)
  target_compile_options(ritz_flags INTERFACE -Werror)
endif()
if(RITZ_NATIVE)
  target_compile_options(ritz_flags INTERFACE -march=native)
endif()
