# The configuration of a build: the board's facts and Kconfig's answers, computed by tools/fw/configure.py.
include_guard(GLOBAL)

# An error of the project's author: ends the configuration with one line, which fw shows alone.
function(deskboard_error)
    # Not as a list: a text may have semicolons.
    set(text)
    math(EXPR last "${ARGC} - 1")
    foreach(i RANGE ${last})
        string(APPEND text "${ARGV${i}}")
    endforeach()
    file(WRITE "${CMAKE_BINARY_DIR}/deskboard-error.txt" "${text}\n")
    message(FATAL_ERROR "${text}")
endfunction()

function(_deskboard_run_python script what)
    execute_process(COMMAND "${DESKBOARD_PYTHON}" -B "${DESKBOARD_ROOT}/tools/fw/${script}" ${ARGN}
        RESULT_VARIABLE result ERROR_VARIABLE errors OUTPUT_VARIABLE output)
    string(STRIP "${errors}" errors)
    if(result EQUAL 0)
        if(errors)
            message(NOTICE "${errors}")
        endif()
    else()
        if(what)
            set(errors "${what}\n${errors}")
        endif()
        deskboard_error("${errors}")
    endif()
endfunction()

# deskboard_read_board(board target): sets IDF_TARGET, DESKBOARD_BOARD, DESKBOARD_BOARD_FILE and its sizes from boards/<board>/board.toml. Where no
# board is given, the chip decides, and where that is not given, the project's configuration (CONFIG_IDF_TARGET).
macro(deskboard_read_board board target)
    _deskboard_run_python(board_facts.py "There is no board for this build." "${DESKBOARD_ROOT}/boards" "${CMAKE_BINARY_DIR}/board.cmake"
        "--board=${board}" "--target=${target}" "--project=${CMAKE_SOURCE_DIR}")
    include("${CMAKE_BINARY_DIR}/board.cmake")
    if(DESKBOARD_BOARD_FILE)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${DESKBOARD_BOARD_FILE}")
    endif()
endmacro()

# deskboard_configure_sdkconfig(COMPONENTS name... SDKCONFIG file DEFAULTS file...)
# Writes sdkconfig.h and sets every CONFIG_ variable. SDKCONFIG, where it exists, wins over DEFAULTS; what menuconfig changed wins over both.
macro(deskboard_configure_sdkconfig)
    cmake_parse_arguments(_config "" "SDKCONFIG" "COMPONENTS;DEFAULTS" ${ARGN})
    set(DESKBOARD_CONFIG_DIR "${CMAKE_BINARY_DIR}/config")
    set(_config_inputs)
    set(_config_args)
    foreach(_name IN LISTS _config_COMPONENTS)
        get_property(_dir GLOBAL PROPERTY "DESKBOARD_COMPONENT_${_name}_COMPONENT_DIR")
        foreach(_kind KCONFIG KCONFIG_PROJBUILD)
            get_property(_file GLOBAL PROPERTY "DESKBOARD_COMPONENT_${_name}_${_kind}")
            if(NOT _file AND _kind STREQUAL "KCONFIG" AND EXISTS "${_dir}/Kconfig")
                set(_file "${_dir}/Kconfig")
            elseif(NOT _file AND _kind STREQUAL "KCONFIG_PROJBUILD" AND EXISTS "${_dir}/Kconfig.projbuild")
                set(_file "${_dir}/Kconfig.projbuild")
            endif()
            if(_file)
                string(TOLOWER "${_kind}" _option)
                string(REPLACE "_" "-" _option "${_option}")
                list(APPEND _config_args "--${_option}" "${_file}")
                list(APPEND _config_inputs "${_file}")
            endif()
        endforeach()
    endforeach()
    foreach(_file IN LISTS _config_DEFAULTS)
        if(EXISTS "${_file}")
            list(APPEND _config_args --defaults "${_file}")
            list(APPEND _config_inputs "${_file}")
        endif()
    endforeach()
    if(_config_SDKCONFIG)
        list(APPEND _config_args --sdkconfig "${_config_SDKCONFIG}")
    endif()
    if(DESKBOARD_MODEL_LOCATION)
        list(APPEND _config_args --model-location "${DESKBOARD_MODEL_LOCATION}")
    endif()
    list(PREPEND _config_args --root "${DESKBOARD_ROOT}" --target "${IDF_TARGET}"
        --psram-size "${DESKBOARD_PSRAM_SIZE}" --out "${DESKBOARD_CONFIG_DIR}")
    _deskboard_run_python(configure.py "The configuration (Kconfig, sdkconfig) has an error." ${_config_args})
    add_custom_target(menuconfig
        COMMAND "${DESKBOARD_PYTHON}" -B "${DESKBOARD_ROOT}/tools/fw/configure.py" --menuconfig ${_config_args}
        COMMAND "${CMAKE_COMMAND}" "${CMAKE_BINARY_DIR}"
        USES_TERMINAL VERBATIM)
    include("${DESKBOARD_CONFIG_DIR}/sdkconfig.cmake")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_config_inputs} "${DESKBOARD_ROOT}/cmake/Kconfig"
        "${DESKBOARD_ROOT}/tools/fw/configure.py" ${_config_SDKCONFIG})
endmacro()
