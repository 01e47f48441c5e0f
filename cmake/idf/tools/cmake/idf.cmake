# ESP-IDF's build system as a library of another CMake project, which is not to be had here: its functions say so.
include("${CMAKE_CURRENT_LIST_DIR}/../../../build.cmake")
