# Debian's RISC-V compiler for 32 bits with picolibc, and the headers of the C++ library from arm-none-eabi, which has the same compiler's version:
# enough to compile, not to link. The ESP32-P4's instruction set but for its own extensions.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_CXX_COMPILER riscv64-unknown-elf-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
foreach(lang C CXX ASM)
    set(CMAKE_${lang}_FLAGS_INIT "-march=rv32imafc -mabi=ilp32f --specs=picolibc.specs")
endforeach()
file(GLOB headers /usr/include/newlib/c++/*)
string(APPEND CMAKE_CXX_FLAGS_INIT " -isystem ${headers} -isystem ${headers}/arm-none-eabi")
