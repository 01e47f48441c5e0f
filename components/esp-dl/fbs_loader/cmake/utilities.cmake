# target_add_aligned_binary_data(target file BINARY|TEXT [RENAME_TO name] [DEPENDS ...]): embeds a file, 16-byte aligned, as a model in flash must
# be. Symbols are those of ESP-IDF's target_add_binary_data(), which aligns to 4 bytes only; a build system whose own aligns better says
# so with the build property EMBED_ALIGNMENT.
include_guard(GLOBAL)

function(target_add_aligned_binary_data target file type)
    idf_build_get_property(alignment EMBED_ALIGNMENT)
    if(alignment GREATER_EQUAL 16)
        target_add_binary_data(${target} "${file}" ${type} ${ARGN})
        return()
    endif()
    cmake_parse_arguments(_arg "" "RENAME_TO" "DEPENDS" ${ARGN})
    get_filename_component(file "${file}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    get_filename_component(name "${file}" NAME)
    if(_arg_RENAME_TO)
        set(name "${_arg_RENAME_TO}")
    endif()
    string(MAKE_C_IDENTIFIER "${name}" symbol)
    set(end_of_text "")
    if(type STREQUAL "TEXT")
        set(end_of_text ".byte 0\n")
    endif()
    set(source "${CMAKE_CURRENT_BINARY_DIR}/aligned/${symbol}.S")
    file(GENERATE OUTPUT "${source}" CONTENT
        ".section .rodata.embedded, \"a\"
.balign 16
.global ${symbol}
.global _binary_${symbol}_start
.global _binary_${symbol}_end
.global ${symbol}_length
${symbol}:
_binary_${symbol}_start:
.incbin \"${file}\"
${end_of_text}_binary_${symbol}_end:
.balign 4
${symbol}_length:
.long _binary_${symbol}_end - _binary_${symbol}_start
")
    set_source_files_properties("${source}" PROPERTIES GENERATED TRUE OBJECT_DEPENDS "${file};${_arg_DEPENDS}")
    target_sources(${target} PRIVATE "${source}")
endfunction()
