# Headers that take most of a compilation are parsed once for a target, or once for all tests.
#
# deskboard_precompile(TARGET HEADER...)            its C++ sources are compiled as if they began with these headers
# deskboard_reuse_precompiled(TARGET FROM)          the same with the headers of FROM, which has the same flags
#
# Sources still include what they use: DESKBOARD_PRECOMPILE=OFF compiles without.

option(DESKBOARD_PRECOMPILE "Compile tests and tools with precompiled headers" ON)

# What ccache and compilers need for it. ccache compares the contents of precompiled headers if it may take it that nobody defines
# macros otherwise before them (pch_defines), nor reads __TIME__ in them (time_macros).
function(_deskboard_precompiled target)
    set(launcher ${CMAKE_CXX_COMPILER_LAUNCHER})
    if(launcher MATCHES "^/usr/bin/env;.*ccache")
        list(INSERT launcher 1 CCACHE_SLOPPINESS=pch_defines,time_macros)
        set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}")
    endif()
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        # The times of headers would make every checkout's another one.
        target_compile_options(${target} PRIVATE "SHELL:$<$<COMPILE_LANGUAGE:CXX>:-Xclang -fno-pch-timestamp>")
    endif()
endfunction()

function(deskboard_precompile target)
    if(DESKBOARD_PRECOMPILE)
        _deskboard_precompiled(${target})
        list(TRANSFORM ARGN REPLACE "^<(.+)>$" "$<$<COMPILE_LANGUAGE:CXX>:<\\1$<ANGLE-R>>" OUTPUT_VARIABLE headers)
        target_precompile_headers(${target} PRIVATE ${headers})
    endif()
endfunction()

function(deskboard_reuse_precompiled target from)
    if(DESKBOARD_PRECOMPILE)
        _deskboard_precompiled(${target})
        target_precompile_headers(${target} REUSE_FROM ${from})
    endif()
endfunction()
