# A firmware project on the emulated board. Included by the project's CMakeLists.txt through
# $ENV{IDF_PATH}/tools/cmake/project.cmake; its project() call then does everything (docs/build-system.md).
#
# Cache variables: DESKBOARD_BOARD, DESKBOARD_MODEL (a file that replaces the app's model), DESKBOARD_MODEL_LOCATION
# (rodata, partition, sdcard), DESKBOARD_HOST_BUILD (the build of the libraries to link; default <checkout>/build/host),
# DESKBOARD_TOOLS_BUILD (the one whose tools run here; where the libraries are for another machine, default <checkout>/build/host),
# DESKBOARD_COVERAGE (count which lines of the project are run).
include_guard(GLOBAL)
cmake_policy(VERSION 3.25)

cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH DESKBOARD_ROOT)
set(DESKBOARD_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")

# Whatever is given in the environment is the default of the cache variable.
foreach(_variable BOARD MODEL MODEL_LOCATION HOST_BUILD TOOLS_BUILD)
    set(DESKBOARD_${_variable} "$ENV{DESKBOARD_${_variable}}" CACHE STRING "")
endforeach()
if(NOT DESKBOARD_HOST_BUILD)
    set(DESKBOARD_HOST_BUILD "${DESKBOARD_ROOT}/build/host" CACHE PATH "" FORCE)
endif()
# The chip that the user names, as with idf.py: -DIDF_TARGET or the environment.
if(NOT DEFINED IDF_TARGET)
    set(IDF_TARGET "$ENV{IDF_TARGET}")
endif()

# The libraries' build decides the compiler. It is configured here if nobody has done so; its libraries are built with the project.
function(_deskboard_need_libraries build)
    if(EXISTS "${build}/deskboard-tools.cmake")
        return()
    endif()
    message(STATUS "Configuring the libraries in ${build}")
    execute_process(
        COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${DESKBOARD_ROOT}" -B "${build}"
        RESULT_VARIABLE _result OUTPUT_VARIABLE _output ERROR_VARIABLE _output)
    if(NOT _result EQUAL 0)
        message(FATAL_ERROR "The libraries in ${build} cannot be configured:\n${_output}")
    endif()
endfunction()
_deskboard_need_libraries("${DESKBOARD_HOST_BUILD}")
include("${DESKBOARD_HOST_BUILD}/deskboard-build.cmake")
if(NOT DESKBOARD_TOOLS_BUILD)
    set(DESKBOARD_TOOLS_BUILD "${DESKBOARD_HOST_BUILD}")
    if(CMAKE_TOOLCHAIN_FILE)
        set(DESKBOARD_TOOLS_BUILD "${DESKBOARD_ROOT}/build/host")
    endif()
endif()
_deskboard_need_libraries("${DESKBOARD_TOOLS_BUILD}")
include("${DESKBOARD_CMAKE_DIR}/toolchain.cmake")

# Everything that ESP-IDF's project.cmake makes available, so that it may stand between include() and project(): the build's functions,
# IDF_TARGET, IDF_VERSION_MAJOR and its family.
set(PROJECT_DIR "${CMAKE_SOURCE_DIR}")
include("${DESKBOARD_CMAKE_DIR}/build.cmake")
include("${DESKBOARD_CMAKE_DIR}/unity.cmake")
deskboard_read_board("${DESKBOARD_BOARD}" "${IDF_TARGET}")
deskboard_set_build_properties()

# project() of the project's CMakeLists.txt. The original is _project(): a component that brings its own project() gets that.
macro(project _deskboard_project_name)
    if(_deskboard_project_made)
        _project(${ARGV})
    else()
        set(_deskboard_project_made TRUE)
        _project(${_deskboard_project_name} LANGUAGES C CXX ASM)
        _deskboard_project()
    endif()
endmacro()

macro(_deskboard_project)
    include("${DESKBOARD_CMAKE_DIR}/dependencies.cmake")
    include("${DESKBOARD_CMAKE_DIR}/format_check.cmake")
    # ESP-IDF's standards. The configuration decides about optimization (deskboard_project_options), not CMake's build type.
    set(CMAKE_C_STANDARD 17)
    set(CMAKE_CXX_STANDARD 23)
    foreach(_lang C CXX)
        foreach(_type RELEASE DEBUG RELWITHDEBINFO MINSIZEREL)
            set(CMAKE_${_lang}_FLAGS_${_type} "")
        endforeach()
    endforeach()
    deskboard_check_formats()
    idf_build_set_property(PROJECT_NAME "${PROJECT_NAME}")

    include("${DESKBOARD_HOST_BUILD}/deskboard-targets.cmake")
    include("${DESKBOARD_HOST_BUILD}/deskboard-libraries.cmake")
    include("${DESKBOARD_TOOLS_BUILD}/deskboard-tools.cmake")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${DESKBOARD_HOST_BUILD}/deskboard-libraries.cmake")
    # Their headers are not the system's: what is wrong in a macro's arguments is to be seen.
    foreach(_target IN LISTS DESKBOARD_EXPORTED_TARGETS)
        set_target_properties(${_target} PROPERTIES SYSTEM OFF)
    endforeach()
    add_library(idf::hal ALIAS deskboard::hal_${DESKBOARD_HAL})
    # Several projects may be built at once: the lock lets one at a time build the libraries. fw has done it already, with progress.
    add_custom_target(deskboard_libraries
        COMMAND test -n "$$DESKBOARD_LIBRARIES_BUILT" || flock "${DESKBOARD_HOST_BUILD}/.lock"
            "${CMAKE_COMMAND}" --build "${DESKBOARD_HOST_BUILD}" --target deskboard-sdk -- --quiet
        COMMAND test -n "$$DESKBOARD_LIBRARIES_BUILT" -o "${DESKBOARD_TOOLS_BUILD}" = "${DESKBOARD_HOST_BUILD}" || flock
            "${DESKBOARD_TOOLS_BUILD}/.lock" "${CMAKE_COMMAND}" --build "${DESKBOARD_TOOLS_BUILD}" --target deskboard-tools -- --quiet
        BYPRODUCTS ${DESKBOARD_LIBRARY_FILES}
        USES_TERMINAL
        COMMENT "Libraries")

    set(_extra)
    idf_build_get_property(_single __EXTRA_COMPONENTS)
    foreach(_dir IN LISTS EXTRA_COMPONENT_DIRS _single)
        list(APPEND _extra --extra "${_dir}")
    endforeach()
    _deskboard_run_python(components.py "The project's components cannot be resolved." --root "${DESKBOARD_ROOT}" --target "${IDF_TARGET}"
        --project "${PROJECT_DIR}" ${_extra} --out "${CMAKE_BINARY_DIR}/components.cmake")
    include("${CMAKE_BINARY_DIR}/components.cmake")
    # The libraries take the place of their components, but for one of the same name that the project has of its own.
    foreach(_name IN LISTS DESKBOARD_SHARED_AVAILABLE)
        get_property(_dir GLOBAL PROPERTY "DESKBOARD_COMPONENT_${_name}_COMPONENT_DIR")
        if(_dir STREQUAL "${DESKBOARD_ROOT}/components/${_name}")
            _deskboard_stand_in(${_name} "deskboard::__idf_${_name}")
            _deskboard_set_component(${_name} IMPORTED TRUE)
        endif()
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${DESKBOARD_MANIFESTS}
        "${DESKBOARD_CMAKE_DIR}/idf_components.txt")

    set(_defaults)
    if(DESKBOARD_BOARD_DEFAULTS)
        list(APPEND _defaults "${DESKBOARD_BOARD_DEFAULTS}")
    endif()
    if(SDKCONFIG_DEFAULTS)
        set(_project_defaults ${SDKCONFIG_DEFAULTS})
    else()
        set(_project_defaults sdkconfig.defaults)
    endif()
    foreach(_file IN LISTS _project_defaults)
        cmake_path(ABSOLUTE_PATH _file BASE_DIRECTORY "${PROJECT_DIR}" NORMALIZE)
        list(APPEND _defaults "${_file}" "${_file}.${IDF_TARGET}")
    endforeach()
    list(APPEND _defaults "${_file}.${DESKBOARD_BOARD}")

    # What the end of the build hangs on; components add to them.
    add_custom_target(flash)
    if(COMPONENTS)
        set(DESKBOARD_PROJECT_ROOTS ${COMPONENTS})
    endif()
    if(NOT SDKCONFIG)
        set(SDKCONFIG "${PROJECT_DIR}/sdkconfig")
    endif()
    deskboard_build_components(PROJECT BOARD "${DESKBOARD_BOARD}" ROOTS ${DESKBOARD_PROJECT_ROOTS} SDKCONFIG "${SDKCONFIG}"
        SDKCONFIG_DEFAULTS ${_defaults})

    _deskboard_scan_includes()
    # Holds in the scope of the project alone, not in a function.
    enable_testing()
    _deskboard_program()
    deskboard_flash_image(${PROJECT_NAME}.elf)
endmacro()

# Headers of parts that are not emulated are refused here, in one line, rather than by the compiler.
function(_deskboard_scan_includes)
    set(text)
    idf_build_get_property(components BUILD_COMPONENTS)
    foreach(name IN LISTS components)
        get_property(imported GLOBAL PROPERTY "DESKBOARD_COMPONENT_${name}_IMPORTED")
        get_property(dir GLOBAL PROPERTY "DESKBOARD_COMPONENT_${name}_COMPONENT_DIR")
        get_property(sources GLOBAL PROPERTY "DESKBOARD_COMPONENT_${name}_SRCS")
        get_property(includes GLOBAL PROPERTY "DESKBOARD_COMPONENT_${name}_INCLUDE_DIRS")
        if(NOT imported)
            string(APPEND text "component ${dir}\n")
            foreach(source IN LISTS sources)
                string(APPEND text "source ${source}\n")
            endforeach()
        endif()
        foreach(include IN LISTS includes)
            cmake_path(ABSOLUTE_PATH include BASE_DIRECTORY "${dir}" NORMALIZE)
            string(APPEND text "include ${include}\n")
        endforeach()
    endforeach()
    file(WRITE "${CMAKE_BINARY_DIR}/sources.txt" "${text}")
    _deskboard_run_python(includes.py "" --root "${DESKBOARD_ROOT}" "${CMAKE_BINARY_DIR}/sources.txt")
endfunction()

# deskboard_app.cpp: what the program emulates.
function(_deskboard_app_source)
    if(DESKBOARD_HAL STREQUAL "bare")
        _deskboard_run_python(bare_board.py "The board cannot be described." "${DESKBOARD_ROOT}/boards" "${DESKBOARD_BOARD}"
            "${PROJECT_NAME}" "${CMAKE_BINARY_DIR}/deskboard_app.cpp")
        return()
    endif()
    file(READ "${DESKBOARD_BOARD_FILE}" board_toml)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/deskboard_app.cpp" CONTENT
"// What this program emulates. Generated.
extern \"C\" {
extern const char deskboard_board_toml[];
extern const char deskboard_board_name[];
extern const char deskboard_app_name[];
extern const char deskboard_psram_setting[];
const char deskboard_board_toml[] = R\"board(@board_toml@)board\";
const char deskboard_board_name[] = \"@DESKBOARD_BOARD@\";
const char deskboard_app_name[] = \"@PROJECT_NAME@\";
const char deskboard_psram_setting[] = \"@DESKBOARD_PSRAM_SETTING@\";
}
" @ONLY)
endfunction()

# The program: main, which needs every component, the HAL's start-up, and what is known only here.
function(_deskboard_program)
    set(program ${PROJECT_NAME}.elf)
    _deskboard_app_source()
    # The few sources of the shared libraries that read the configuration are compiled again, with the project's own. Their
    # objects come before the libraries, so that the linker never takes the libraries' version.
    set(configured)
    idf_build_get_property(components BUILD_COMPONENTS)
    if(dl_tensor IN_LIST components)
        list(APPEND configured "${DESKBOARD_ROOT}/components/dl_tensor/src/dl_target.cpp")
    endif()
    set(start)
    if(DESKBOARD_HAL STREQUAL "host")
        list(APPEND configured "${DESKBOARD_ROOT}/hal/host/main/app_config.cpp")
        set(start deskboard::hal_main)
    endif()
    add_executable(${program} "${CMAKE_BINARY_DIR}/deskboard_app.cpp" ${configured})
    target_link_options(${program} PRIVATE "$<TARGET_PROPERTY:__idf_build_target,LINK_OPTIONS>")
    target_compile_options(${program} PRIVATE -fno-exceptions -fno-rtti)
    target_include_directories(${program} PRIVATE "${DESKBOARD_ROOT}/hal/${DESKBOARD_HAL}")

    set(libs)
    foreach(name IN LISTS components)
        if(name STREQUAL "main")
            continue()
        endif()
        get_property(whole GLOBAL PROPERTY "DESKBOARD_COMPONENT_${name}_WHOLE_ARCHIVE")
        if(whole)
            list(APPEND libs "$<LINK_LIBRARY:WHOLE_ARCHIVE,idf::${name}>")
        else()
            list(APPEND libs "idf::${name}")
        endif()
    endforeach()
    get_target_property(type __idf_main TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")
        message(FATAL_ERROR "The component main (${PROJECT_DIR}/main) has no sources.")
    endif()
    # main sees every component's headers, as in ESP-IDF.
    target_link_libraries(__idf_main PUBLIC ${libs})
    get_property(whole GLOBAL PROPERTY DESKBOARD_COMPONENT_main_WHOLE_ARCHIVE)
    if(whole)
        target_link_libraries(${program} PRIVATE ${start} "$<LINK_LIBRARY:WHOLE_ARCHIVE,__idf_main>" ${libs})
    else()
        target_link_libraries(${program} PRIVATE ${start} __idf_main ${libs})
    endif()
    if(TARGET deskboard::hal_malloc)
        target_link_libraries(${program} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,deskboard::hal_malloc>)
    endif()
    add_dependencies(${program} deskboard_libraries)
    foreach(name IN LISTS components)
        if(TARGET __idf_${name})
            get_target_property(imported __idf_${name} IMPORTED)
            get_target_property(type __idf_${name} TYPE)
            if(NOT imported AND NOT type STREQUAL "INTERFACE_LIBRARY")
                add_dependencies(__idf_${name} deskboard_libraries)
            endif()
        endif()
    endforeach()
    add_custom_target(app DEPENDS ${program})
    deskboard_unity_tests(${program})
endfunction()
