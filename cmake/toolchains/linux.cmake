# What the toolchains of other Linux machines share: Debian's cross compiler (g++-<architecture>-linux-gnu), and libraries in
# build/<architecture>-sysroot, which cmake/toolchains/linux-sysroot.sh makes. Programs and tests run under qemu-user.
# Reads CMAKE_SYSTEM_PROCESSOR and qemu_cpu.
cmake_path(SET root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_LIBRARY_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR}-linux-gnu)
set(CMAKE_C_COMPILER ${CMAKE_LIBRARY_ARCHITECTURE}-gcc)
set(CMAKE_CXX_COMPILER ${CMAKE_LIBRARY_ARCHITECTURE}-g++)
set(CMAKE_SYSROOT "${root}build/${CMAKE_SYSTEM_PROCESSOR}-sysroot")
if(NOT EXISTS "${CMAKE_SYSROOT}/.packages")
    message(FATAL_ERROR "There are no libraries in ${CMAKE_SYSROOT}: run cmake/toolchains/linux-sysroot.sh ${CMAKE_SYSTEM_PROCESSOR} once.")
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
# Constants in a segment of their own, by which esp_ptr_in_drom() knows them; the linker's default for x86-64 only.
set(CMAKE_EXE_LINKER_FLAGS_INIT -Wl,-z,separate-code)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${CMAKE_SYSTEM_PROCESSOR} -cpu ${qemu_cpu} -L "${CMAKE_SYSROOT}")
