# The first evaluation of the components, as a script: cmake -D PROPERTIES=file -D RESULT=file -P this. Most commands of a build (targets,
# CONFIGURE_DEPENDS) do not exist here, and a component's file ends at idf_component_register().
cmake_policy(SET CMP0057 NEW)
include("${PROPERTIES}")

function(idf_build_get_property var property)
    cmake_parse_arguments(_ "GENERATOR_EXPRESSION" "" "" ${ARGN})
    if(__GENERATOR_EXPRESSION OR __UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "idf_build_get_property(${var} ${property} ${ARGN}) before idf_component_register()")
    endif()
    set(${var} "${${property}}" PARENT_SCOPE)
endfunction()

function(idf_component_get_property var component property)
    set(${var} "${__component_${component}_${property}}" PARENT_SCOPE)
endfunction()

macro(require_idf_targets)
endmacro()

macro(idf_component_register)
    cmake_parse_arguments(_ "WHOLE_ARCHIVE" "KCONFIG;KCONFIG_PROJBUILD"
        "SRCS;SRC_DIRS;EXCLUDE_SRCS;INCLUDE_DIRS;PRIV_INCLUDE_DIRS;LDFRAGMENTS;REQUIRES;PRIV_REQUIRES;REQUIRED_IDF_TARGETS;EMBED_FILES;EMBED_TXTFILES"
        "${ARGN}")
    set(__registered 1)
    return()
endmacro()

function(__get_requirements)
    set(COMPONENT_NAME "${__name}")
    set(COMPONENT_DIR "${__component_${__name}_COMPONENT_DIR}")
    set(COMPONENT_PATH "${COMPONENT_DIR}")
    include("${COMPONENT_DIR}/CMakeLists.txt")
    foreach(kind REQUIRES PRIV_REQUIRES)
        set(__of_${kind} "${__${kind}}" PARENT_SCOPE)
    endforeach()
    set(__registered "${__registered}" PARENT_SCOPE)
endfunction()

set(CMAKE_BUILD_EARLY_EXPANSION 1)
set(__text)
foreach(__name IN LISTS __COMPONENT_NAMES)
    set(__registered 0)
    __get_requirements()
    if(NOT __registered)
        message(FATAL_ERROR "${__component_${__name}_COMPONENT_DIR}/CMakeLists.txt registers no component")
    endif()
    string(APPEND __text "__component_append(${__name} REQUIRES \"${__of_REQUIRES}\")\n"
        "__component_append(${__name} PRIV_REQUIRES \"${__of_PRIV_REQUIRES}\")\n")
endforeach()
file(WRITE "${RESULT}" "${__text}")
