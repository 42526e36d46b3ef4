# SPDX-License-Identifier: BSD-3-Clause
# Read by ctest when it starts, with `folder` and `program` set: every suite of a GoogleTest program becomes a test.
if(NOT EXISTS "${program}")
  add_test("${folder}.not_built" "${program}")  # fails, and says which program is missing
  return()
endif()
execute_process(COMMAND "${program}" --gtest_list_tests OUTPUT_VARIABLE _listing RESULT_VARIABLE _failed)
if(_failed)
  add_test("${folder}.cannot_list_its_tests" "${program}" --gtest_list_tests)
  return()
endif()
string(REGEX MATCHALL "(^|\n)[^ \n]+\\.[^\n]*" _suites "${_listing}")
foreach(_suite IN LISTS _suites)
  string(REGEX REPLACE "^\n?([^ ]+)\\..*$" "\\1" _suite "${_suite}")
  if(_suite STREQUAL "GoogleTestVerification" AND NOT DEFINED ENV{RITZ_MATRICES})
    continue()  # it complains of suites without a case, and without that folder some have none
  endif()
  add_test("${folder}.${_suite}" "${program}" "--gtest_filter=${_suite}.*" --gtest_brief=1)
  set_tests_properties("${folder}.${_suite}" PROPERTIES TIMEOUT 600)
endforeach()
