# SPDX-License-Identifier: BSD-3-Clause
# The sequential MUMPS, which Debian 12 ships without CMake or pkg-config files: real and complex double precision, and
# what they share (a stand-in for MPI among it). Its C interface needs no mpi.h. Defines MUMPS::MUMPS and MUMPS_VERSION.
include(FindPackageHandleStandardArgs)

find_path(MUMPS_INCLUDE_DIR NAMES zmumps_c.h PATH_SUFFIXES mumps_seq mumps)
set(_libraries dmumps_seq zmumps_seq mumps_common_seq)
set(_variables)
foreach(_name IN LISTS _libraries)
  find_library(MUMPS_${_name}_LIBRARY NAMES ${_name})
  list(APPEND _variables MUMPS_${_name}_LIBRARY)
endforeach()

if(MUMPS_INCLUDE_DIR)
  file(STRINGS "${MUMPS_INCLUDE_DIR}/zmumps_c.h" _line REGEX "#define MUMPS_VERSION ")
  string(REGEX REPLACE "^[^\"]*\"([0-9.]+).*$" "\\1" MUMPS_VERSION "${_line}")
endif()

find_package_handle_standard_args(MUMPS
  REQUIRED_VARS MUMPS_INCLUDE_DIR ${_variables}
  VERSION_VAR MUMPS_VERSION
  REASON_FAILURE_MESSAGE "install the Debian packages libmumps-seq-dev and libmumps-headers-dev")

if(MUMPS_FOUND AND NOT TARGET MUMPS::MUMPS)
  foreach(_name IN LISTS _libraries)
    add_library(MUMPS::${_name} UNKNOWN IMPORTED)
    set_target_properties(MUMPS::${_name} PROPERTIES
      IMPORTED_LOCATION "${MUMPS_${_name}_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${MUMPS_INCLUDE_DIR}")
  endforeach()
  add_library(MUMPS::MUMPS INTERFACE IMPORTED)
  target_link_libraries(MUMPS::MUMPS INTERFACE MUMPS::dmumps_seq MUMPS::zmumps_seq MUMPS::mumps_common_seq)
endif()
