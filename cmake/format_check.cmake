# printf() formats are checked as the chip's compiler does. The PC's own check would be wrong both ways: int32_t is long on a chip ("%ld"
# is right there and "%d" is not), and size_t is unsigned int. So the PC's check is off, and every source of a project is compiled a
# second time in the compiler's 32-bit mode with the chip's types (format_check/chip_types.h), only for the warnings about formats:
# tools/fw/compile.py does both. ccache remembers the second one, too.
include_guard(GLOBAL)

# Sets the launcher of the compiler for the project. Where the compiler has no 32-bit mode, formats are not checked.
macro(deskboard_check_formats)
    if(DESKBOARD_HAL STREQUAL "bare")
        # newlib's types are the chip's.
        add_compile_definitions(ESP_LOG_FORMATS_BY_COMPILER)
    else()
        _deskboard_check_formats()
    endif()
endmacro()

macro(_deskboard_check_formats)
    set(_check_dir "${DESKBOARD_CMAKE_DIR}/format_check")
    execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -print-multiarch OUTPUT_VARIABLE _multiarch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    string(REGEX MATCH "^[0-9]+" _major "${CMAKE_CXX_COMPILER_VERSION}")
    set(_check_flags -m32 -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -include "${_check_dir}/chip_types.h" -isystem "${_check_dir}"
        -isystem "/usr/include/${_multiarch}/c++/${_major}" -isystem "/usr/include/${_multiarch}")
    if(NOT DEFINED DESKBOARD_FORMAT_CHECK)
        file(WRITE "${CMAKE_BINARY_DIR}/CMakeFiles/formats.cpp" "#include <vector>\n#include <cstdio>\nstatic_assert(sizeof(long) == 4);\n")
        execute_process(COMMAND "${CMAKE_CXX_COMPILER}" ${_check_flags} -fsyntax-only "${CMAKE_BINARY_DIR}/CMakeFiles/formats.cpp"
            RESULT_VARIABLE _result OUTPUT_QUIET ERROR_QUIET)
        if(_result EQUAL 0)
            set(DESKBOARD_FORMAT_CHECK ON CACHE INTERNAL "")
        else()
            set(DESKBOARD_FORMAT_CHECK OFF CACHE INTERNAL "")
            message(NOTICE "note: formats are not checked: ${CMAKE_CXX_COMPILER} has no 32-bit mode")
        endif()
    endif()
    set(_check)
    if(DESKBOARD_FORMAT_CHECK)
        set(_check ${_check_flags})
        add_compile_definitions(ESP_LOG_FORMATS_BY_COMPILER)
    endif()
    foreach(_lang C CXX)
        set(CMAKE_${_lang}_COMPILER_LAUNCHER "${DESKBOARD_PYTHON}" -IS "${DESKBOARD_ROOT}/tools/fw/compile.py" ${_check} --
            ${CMAKE_${_lang}_COMPILER_LAUNCHER})
    endforeach()
endmacro()
