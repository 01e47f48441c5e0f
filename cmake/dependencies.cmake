# The libraries of the PC that the HAL, the components and the tools use, found in one place (tools/fw/packages.txt names the packages).
include_guard(GLOBAL)

# Which implementation of the HAL: hal/<name>, library hal_<name>. Without an operating system there is the bare one.
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
    set(DESKBOARD_HAL bare)
else()
    set(DESKBOARD_HAL host)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    set(THREADS_PREFER_PTHREAD_FLAG ON)
    find_package(Threads REQUIRED)
endif()
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_program(DESKBOARD_FLATC flatc REQUIRED)

# mbedTLS 2.28 brings no CMake package of its own in Debian.
if(NOT TARGET MbedTLS::mbedcrypto)
    find_package(MbedTLS QUIET CONFIG)
endif()
if(NOT TARGET MbedTLS::mbedcrypto)
    find_library(DESKBOARD_MBEDCRYPTO mbedcrypto REQUIRED)
    find_path(DESKBOARD_MBEDTLS_INCLUDE mbedtls/md.h REQUIRED)
    add_library(MbedTLS::mbedcrypto UNKNOWN IMPORTED)
    set_target_properties(MbedTLS::mbedcrypto PROPERTIES
        IMPORTED_LOCATION "${DESKBOARD_MBEDCRYPTO}" INTERFACE_INCLUDE_DIRECTORIES "${DESKBOARD_MBEDTLS_INCLUDE}")
endif()
