# Where the models of a component or an app come from, and how they reach the app. Included through the component esp-dl:
#   idf_component_get_property(espdl_dir esp-dl COMPONENT_DIR)
#   include("${espdl_dir}/fbs_loader/cmake/models.cmake")
# It uses nothing but what ESP-IDF's build system has. A build that knows more places sets properties with idf_build_set_property:
# ESPDL_MODEL (a file that replaces every model), ESPDL_MODEL_DIRS (folders with models/<chip>/), ESPDL_DEMONSTRATIONS (the folder of the
# components that carry demonstration models), ESPDL_MODELS_OPTIONAL (no model is no error).
include_guard(GLOBAL)

macro(_deskboard_found_model name path)
    set_property(GLOBAL APPEND PROPERTY ESPDL_MODELS_FOUND "${COMPONENT_NAME}=${name}=${path}")
    set(${out} "${path}" PARENT_SCOPE)
endmacro()

# deskboard_find_model(out file [GROUP group] [DEMONSTRATION component/file] [OPTIONAL]): the path of the model file `file`, the first of
#   1. ESPDL_MODEL, the file given with `fw ... --model FILE` (a copy that carries the expected name),
#   2. models/<p4|s3|esp32>/ of the component,
#   3. models/<p4|s3|esp32>/ of ESPDL_MODEL_DIRS: the checkout (`fw models fetch`), then DESKBOARD_TESTDATA;
# with GROUP, models/<group>/<p4|s3|esp32>/ instead; at last, with DEMONSTRATION, a copy of a model that another component carries. The build is
# configured again when a model appears in one of these folders. A model that is nowhere ends the configuration with a message that says
# so; with OPTIONAL `out` is empty. To be called after idf_component_register(). What was found stands in the global property
# ESPDL_MODELS_FOUND, as component=models/<chip>/file=path.
function(deskboard_find_model out file)
    cmake_parse_arguments(PARSE_ARGV 2 _arg "OPTIONAL" "GROUP;DEMONSTRATION" "")
    idf_build_get_property(target IDF_TARGET)
    idf_build_get_property(build_dir BUILD_DIR)
    # Chips whose arithmetic is the same run the same files.
    set(chip esp32)
    if(target MATCHES "^esp32(p4|s31)$")
        set(chip p4)
    elseif(target STREQUAL esp32s3)
        set(chip s3)
    endif()
    set(folder "models/${chip}")
    if(_arg_GROUP)
        set(folder "models/${_arg_GROUP}/${chip}")
    endif()
    idf_build_get_property(given ESPDL_MODEL)
    if(given)
        set(copy "${build_dir}/espdl_models/${chip}/${file}")
        configure_file("${given}" "${copy}" COPYONLY)
        _deskboard_found_model("${folder}/${file}" "${copy}")
        return()
    endif()
    idf_build_get_property(folders ESPDL_MODEL_DIRS)
    list(PREPEND folders "${COMPONENT_DIR}")
    list(TRANSFORM folders APPEND "/${folder}")
    foreach(place IN LISTS folders)
        file(GLOB ignored CONFIGURE_DEPENDS "${place}/*.espdl")
        if(EXISTS "${place}/${file}")
            _deskboard_found_model("${folder}/${file}" "${place}/${file}")
            return()
        endif()
    endforeach()
    if(_arg_DEMONSTRATION)
        cmake_path(GET _arg_DEMONSTRATION PARENT_PATH component)
        cmake_path(GET _arg_DEMONSTRATION FILENAME demonstration)
        idf_build_get_property(demonstrations ESPDL_DEMONSTRATIONS)
        set(model "${demonstrations}/${component}/models/${chip}/${demonstration}")
        if(EXISTS "${model}")
            set(copy "${build_dir}/espdl_models/${chip}/${file}")
            configure_file("${model}" "${copy}" COPYONLY)
            _deskboard_found_model("${folder}/${file}" "${copy}")
            return()
        endif()
    endif()
    idf_build_get_property(optional ESPDL_MODELS_OPTIONAL)
    if(NOT optional AND NOT _arg_OPTIONAL)
        list(JOIN folders "\n  " tried)
        message(FATAL_ERROR "The model ${file} for ${target} is not here. Looked in\n  ${tried}\n"
            "Give one: fw run ... --model FILE.espdl, or fetch the published ones: fw models fetch [--from DIR], or set DESKBOARD_TESTDATA "
            "to a folder with ${folder}/${file}.")
    endif()
    set(${out} "" PARENT_SCOPE)
endfunction()

# deskboard_model_component(PREFIX config_prefix PARTITION label MODELS name... DEMONSTRATION name): what the models of a model component
# have in common. MODELS are the published models (lower case, without ".espdl"); which of them are wanted, and where they lie, is in the
# configuration (see any of the components' Kconfig). Where none of them is at hand, the component's own DEMONSTRATION model, if it has
# one for this target, takes their place, and the component is compiled with DESKBOARD_DEMONSTRATION_MODEL, its file name.
function(deskboard_model_component)
    cmake_parse_arguments(PARSE_ARGV 0 _arg "" "PREFIX;PARTITION;DEMONSTRATION" "MODELS")
    set(prefix "${_arg_PREFIX}")
    string(TOLOWER "${prefix}" name)

    # The model files that the configuration asks for.
    set(published)
    foreach(file IN LISTS _arg_MODELS)
        string(TOUPPER "${file}" option)
        string(REGEX REPLACE "^${prefix}_" "" option "${option}")
        if(CONFIG_FLASH_${prefix}_${option} OR (CONFIG_${prefix}_MODEL_IN_SDCARD AND CONFIG_${prefix}_${option}))
            list(APPEND published "${file}.espdl")
        endif()
    endforeach()
    set(custom)
    if(CONFIG_FLASH_${prefix}_CUSTOM OR (CONFIG_${prefix}_MODEL_IN_SDCARD AND CONFIG_${prefix}_CUSTOM))
        set(custom "${CONFIG_${prefix}_CUSTOM_MODEL}")
    endif()

    set(models)
    foreach(file IN LISTS published)
        deskboard_find_model(model "${file}" OPTIONAL)
        list(APPEND models ${model})
    endforeach()
    if(published AND NOT models AND _arg_DEMONSTRATION)
        deskboard_find_model(models "${_arg_DEMONSTRATION}.espdl" OPTIONAL)
        if(models)
            target_compile_definitions(${COMPONENT_LIB} PRIVATE DESKBOARD_DEMONSTRATION_MODEL="${_arg_DEMONSTRATION}.espdl")
            set(published)
        endif()
    endif()
    set(found ${models})
    set(models)
    foreach(file IN LISTS published custom)
        deskboard_find_model(model "${file}")
        list(APPEND models ${model})
    endforeach()
    if(NOT published)
        list(APPEND models ${found})
    endif()
    if(NOT models)
        return()
    endif()

    if(CONFIG_${prefix}_MODEL_IN_SDCARD)
        foreach(model IN LISTS models)
            cmake_path(GET model FILENAME file)
            deskboard_sdcard_file("${model}" "${CONFIG_${prefix}_MODEL_SDCARD_DIR}/${file}")
        endforeach()
        return()
    endif()
    idf_build_get_property(build_dir BUILD_DIR)
    set(package "${build_dir}/espdl_models/${name}.espdl")
    deskboard_pack_models("${package}" MODELS ${models})
    if(CONFIG_${prefix}_MODEL_IN_FLASH_RODATA)
        target_add_aligned_binary_data(${COMPONENT_LIB} "${package}" BINARY)
    else()
        add_custom_target(${name}_model ALL DEPENDS "${package}")
        if(TARGET flash)
            add_dependencies(flash ${name}_model)
        endif()
        esptool_py_flash_to_partition(flash "${_arg_PARTITION}" "${package}")
    endif()
endfunction()

# deskboard_pack_models(package MODELS file...): a build rule that packs the models into the .espdl file `package`.
function(deskboard_pack_models package)
    cmake_parse_arguments(PARSE_ARGV 1 _arg "" "" "MODELS")
    idf_build_get_property(python PYTHON)
    set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../pack_espdl_models.py")
    cmake_path(GET package FILENAME name)
    add_custom_command(
        OUTPUT "${package}"
        COMMAND "${python}" -B "${script}" --model_path ${_arg_MODELS} --out_file "${package}"
        DEPENDS ${_arg_MODELS} "${script}"
        COMMENT "Packing ${name}"
        VERBATIM)
endfunction()

# deskboard_sdcard_file(file path): `fw run` puts the file onto the card, at this path below its root. The chip's user copies it by hand.
function(deskboard_sdcard_file file path)
    set_property(GLOBAL APPEND PROPERTY DESKBOARD_SDCARD_FILES "${path}=${file}")
endfunction()
