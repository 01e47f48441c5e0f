# Compiler settings that the build of the libraries and the build of a firmware project share. Included before project().
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH DESKBOARD_ROOT)

# The compiler's answer does not depend on where the checkout or the build folder lies, so ccache answers for all of them.
find_program(DESKBOARD_CCACHE ccache)
if(DESKBOARD_CCACHE AND NOT DEFINED ENV{DESKBOARD_NO_CCACHE})
    foreach(lang C CXX)
        set(CMAKE_${lang}_COMPILER_LAUNCHER /usr/bin/env "CCACHE_BASEDIR=${DESKBOARD_ROOT}" CCACHE_NOHASHDIR=1 "${DESKBOARD_CCACHE}")
    endforeach()
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
foreach(lang C CXX)
    # Line tables, so that a backtrace names function, file and line. Variables would make the libraries several times larger.
    set(CMAKE_${lang}_FLAGS_RELEASE "-O2 -g1" CACHE STRING "" FORCE)
    set(CMAKE_${lang}_FLAGS_DEBUG "-O0 -g" CACHE STRING "" FORCE)
endforeach()

set(DESKBOARD_SANITIZE "" CACHE STRING "Sanitizers to compile everything with: address,undefined")
add_compile_options("-ffile-prefix-map=${DESKBOARD_ROOT}=.")
# A multiplication and an addition stay two roundings, as on the chip.
add_compile_options(-ffp-contract=off)
if(DESKBOARD_SANITIZE)
    # Not vptr: it needs RTTI. Not enum: a caller in C may give an ESP-IDF function any number for an enumeration, and the functions answer
    # with ESP_ERR_INVALID_ARG. Compilers use the range of an enumeration only with -fstrict-enums.
    add_compile_options("-fsanitize=${DESKBOARD_SANITIZE}" -fno-sanitize=vptr,enum -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    add_link_options("-fsanitize=${DESKBOARD_SANITIZE}" -fno-sanitize=vptr,enum)
    # GCC and Clang tell the sources in different ways.
    foreach(sanitizer address thread)
        if(DESKBOARD_SANITIZE MATCHES "(^|,)${sanitizer}(,|$)")
            string(TOUPPER "${sanitizer}" sanitizer)
            add_compile_definitions("DESKBOARD_SANITIZE_${sanitizer}")
        endif()
    endforeach()
endif()
if(CMAKE_COLOR_DIAGNOSTICS OR "$ENV{CLICOLOR_FORCE}" STREQUAL "1")
    add_compile_options(-fdiagnostics-color=always)
endif()
