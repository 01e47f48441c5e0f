# Published apps look for the file below esp-dl's folder, of which fbs_loader is a part there.
include("${CMAKE_CURRENT_LIST_DIR}/../../../fbs_loader/cmake/utilities.cmake")
