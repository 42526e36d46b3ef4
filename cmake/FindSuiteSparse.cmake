# SPDX-License-Identifier: BSD-3-Clause
# Debian 12 ships SuiteSparse 5.12 without CMake or pkg-config files.
# Defines SuiteSparse::cholmod, ::umfpack, ::klu, ::spqr and SuiteSparse_VERSION.
include(FindPackageHandleStandardArgs)

find_path(SuiteSparse_INCLUDE_DIR NAMES cholmod.h PATH_SUFFIXES suitesparse)
set(_libraries suitesparseconfig amd camd colamd ccolamd btf cholmod umfpack klu spqr)
set(_variables)
foreach(_name IN LISTS _libraries)
  find_library(SuiteSparse_${_name}_LIBRARY NAMES ${_name})
  list(APPEND _variables SuiteSparse_${_name}_LIBRARY)
endforeach()

if(SuiteSparse_INCLUDE_DIR)
  file(STRINGS "${SuiteSparse_INCLUDE_DIR}/SuiteSparse_config.h" _lines REGEX "#define SUITESPARSE_(MAIN|SUB|SUBSUB)_VERSION")
  string(REGEX REPLACE "[^0-9]+" "." SuiteSparse_VERSION "${_lines}")
  string(REGEX REPLACE "^\\.|\\.$" "" SuiteSparse_VERSION "${SuiteSparse_VERSION}")
endif()

find_package_handle_standard_args(SuiteSparse
  REQUIRED_VARS SuiteSparse_INCLUDE_DIR ${_variables}
  VERSION_VAR SuiteSparse_VERSION
  REASON_FAILURE_MESSAGE "install the Debian package libsuitesparse-dev")

if(SuiteSparse_FOUND AND NOT TARGET SuiteSparse::cholmod)
  foreach(_name IN LISTS _libraries)
    add_library(SuiteSparse::${_name} UNKNOWN IMPORTED)
    set_target_properties(SuiteSparse::${_name} PROPERTIES
      IMPORTED_LOCATION "${SuiteSparse_${_name}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${SuiteSparse_INCLUDE_DIR}")
  endforeach()
  target_link_libraries(SuiteSparse::cholmod INTERFACE SuiteSparse::amd SuiteSparse::camd SuiteSparse::colamd
                        SuiteSparse::ccolamd SuiteSparse::suitesparseconfig)
  target_link_libraries(SuiteSparse::umfpack INTERFACE SuiteSparse::cholmod SuiteSparse::amd)
  target_link_libraries(SuiteSparse::klu INTERFACE SuiteSparse::btf SuiteSparse::amd SuiteSparse::colamd)
  target_link_libraries(SuiteSparse::spqr INTERFACE SuiteSparse::cholmod)
endif()
