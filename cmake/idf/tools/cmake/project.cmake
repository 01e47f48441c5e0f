# What `include($ENV{IDF_PATH}/tools/cmake/project.cmake)` finds when IDF_PATH is Deskboard's.
include("${CMAKE_CURRENT_LIST_DIR}/../../../project.cmake")
