# For a 64-bit RISC-V PC, with the reference kernels.
set(CMAKE_SYSTEM_PROCESSOR riscv64)
set(qemu_cpu rv64)
# GCC 12 calls it for atomics of one byte.
set(CMAKE_CXX_STANDARD_LIBRARIES -latomic)
include("${CMAKE_CURRENT_LIST_DIR}/linux.cmake")
