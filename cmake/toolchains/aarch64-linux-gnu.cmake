# For a 64-bit ARM PC, with Debian's cross compiler (g++-aarch64-linux-gnu). Its libraries lie in build/aarch64-sysroot, which
# cmake/toolchains/aarch64-sysroot.sh makes; programs and tests run under qemu-user.
cmake_path(SET root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_SYSROOT "${root}build/aarch64-sysroot")
if(NOT EXISTS "${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu")
    message(FATAL_ERROR "There are no arm64 libraries in ${CMAKE_SYSROOT}: run cmake/toolchains/aarch64-sysroot.sh once.")
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# Every instruction that QEMU knows, SDOT among them.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu max -L "${CMAKE_SYSROOT}")
