# For a 64-bit ARM PC.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
# Every instruction that QEMU knows, SDOT among them.
set(qemu_cpu max)
include("${CMAKE_CURRENT_LIST_DIR}/linux.cmake")
