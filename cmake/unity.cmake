# The TEST_CASEs of a firmware project as tests of ctest, one each: `ctest --test-dir BUILD`. Their names are the program's own,
# asked for when ctest starts; a program without test cases has none. The first test writes the flash. The project calls
# enable_testing().
include_guard(GLOBAL)

function(deskboard_unity_tests program)
    set(script "${CMAKE_BINARY_DIR}/deskboard_unity_tests.cmake")
    file(GENERATE OUTPUT "${script}" CONTENT "
set(program \"$<TARGET_FILE:${program}>\")
set(build_dir \"${CMAKE_BINARY_DIR}\")
set(cmake_command \"${CMAKE_COMMAND}\")
include(\"${DESKBOARD_CMAKE_DIR}/unity_tests.cmake\")
")
    set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY TEST_INCLUDE_FILES "${script}")
endfunction()
