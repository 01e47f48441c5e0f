# Files inside the program. On a chip they lie in flash; here the assembler includes them, in a section of their own (so that
# `fw size` can tell data from code), aligned to 16 bytes.
include_guard(GLOBAL)

# target_add_binary_data(target file BINARY|TEXT [RENAME_TO name] [DEPENDS ...])
# Symbols: _binary_<name>_start, _binary_<name>_end and <name>_length (uint32_t), where <name> is the file's name with _ for
# whatever C does not allow. TEXT appends a zero, which the length counts.
function(target_add_binary_data target file type)
    cmake_parse_arguments(PARSE_ARGV 3 _arg "" "RENAME_TO" "DEPENDS")
    set(base "${CMAKE_CURRENT_SOURCE_DIR}")
    if(COMPONENT_DIR)
        set(base "${COMPONENT_DIR}")
    endif()
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${base}" NORMALIZE)
    if(_arg_RENAME_TO)
        string(MAKE_C_IDENTIFIER "${_arg_RENAME_TO}" symbol)
    else()
        cmake_path(GET file FILENAME name)
        string(MAKE_C_IDENTIFIER "${name}" symbol)
    endif()
    get_source_file_property(generated "${file}" GENERATED)
    if(NOT generated AND NOT EXISTS "${file}")
        # It may come from a custom command of this component that CMake has not recorded as a source file's property.
        cmake_path(IS_PREFIX CMAKE_BINARY_DIR "${file}" in_build)
        if(NOT in_build)
            message(FATAL_ERROR "Component '${COMPONENT_NAME}': the file to embed does not exist: ${file}")
        endif()
    endif()

    string(CONCAT text
        "    .section deskboard_rodata,\"a\",%progbits\n"
        "    .balign 16\n"
        "    .global _binary_${symbol}_start\n"
        "    .global _binary_${symbol}_end\n"
        "    .global ${symbol}_length\n"
        "_binary_${symbol}_start:\n"
        "    .incbin \"${file}\"\n")
    if(type STREQUAL "TEXT")
        string(APPEND text "    .byte 0\n")
    elseif(NOT type STREQUAL "BINARY")
        message(FATAL_ERROR "target_add_binary_data(${target} ${file} ${type}): the third argument is BINARY or TEXT")
    endif()
    string(APPEND text
        "_binary_${symbol}_end:\n"
        "    .balign 4\n"
        "${symbol}_length:\n"
        "    .long _binary_${symbol}_end - _binary_${symbol}_start\n"
        "    .section .note.GNU-stack,\"\",%progbits\n")
    set(asm "${CMAKE_CURRENT_BINARY_DIR}/embed/${symbol}.S")
    file(CONFIGURE OUTPUT "${asm}" CONTENT "${text}" @ONLY)
    target_sources(${target} PRIVATE "${asm}")
    set_property(SOURCE "${asm}" TARGET_DIRECTORY ${target} APPEND PROPERTY OBJECT_DEPENDS "${file}" ${_arg_DEPENDS})
    set_property(GLOBAL APPEND PROPERTY DESKBOARD_EMBEDDED_FILES "${file}")
endfunction()
