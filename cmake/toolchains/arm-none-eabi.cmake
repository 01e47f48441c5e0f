# For a machine without operating system: an emulated Cortex-M (hal/bare), with Debian's compiler and newlib (gcc-arm-none-eabi,
# libstdc++-arm-none-eabi-newlib). Pointers, long and size_t have 32 bits, floats hardware and doubles none, as on the chips. The libraries
# that Debian has for PCs only lie in build/arm-none-eabi-sysroot, which cmake/toolchains/arm-none-eabi-sysroot.sh makes from Debian's sources.
cmake_path(SET root NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../..")
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
# A program needs the HAL's start-up and linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH "${root}build/arm-none-eabi-sysroot")
if(NOT EXISTS "${CMAKE_FIND_ROOT_PATH}/.packages")
    message(FATAL_ERROR "There are no libraries in ${CMAKE_FIND_ROOT_PATH}: run cmake/toolchains/arm-none-eabi-sysroot.sh once.")
endif()
set(CMAKE_SYSTEM_PREFIX_PATH /)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
foreach(kind LIBRARY INCLUDE PACKAGE)
    set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
foreach(lang C CXX ASM)
    set(CMAKE_${lang}_FLAGS_INIT "-mcpu=cortex-m33 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard -ffunction-sections -fdata-sections -isystem ${CMAKE_FIND_ROOT_PATH}/include")
endforeach()
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${CMAKE_FIND_ROOT_PATH}/lib")
set(CMAKE_CXX_STANDARD_LIBRARIES "-lz -lm")
# The Cortex-M55 of this machine runs the code of a Cortex-M33; it has 2 GB of memory.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M mps3-an547 -nographic -monitor none -serial none
    -semihosting-config enable=on,target=native -kernel)
