# What the flash of the board holds: the partition table, the app, and the files that components put into partitions.
include_guard(GLOBAL)

# esptool_py_flash_to_partition(flash "label" file): `fw flash` writes the file at the start of that partition.
function(esptool_py_flash_to_partition target partition file)
    get_property(complete GLOBAL PROPERTY DESKBOARD_FLASH_COMPLETE)
    if(complete)
        deskboard_error("A file for partition '${partition}' is named after project(): call this in a component's CMakeLists.txt (main/).")
    endif()
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY DESKBOARD_PARTITION_FILES "${partition}=${file}")
endfunction()

# spiffs_create_partition_image(partition folder [FLASH_IN_PROJECT] [DEPENDS ...]), fatfs_create_spiflash_image(), fatfs_create_rawflash_image():
# the folder is what the partition's file system holds. With FLASH_IN_PROJECT it is flashed with the app, without it the target
# <function's file system>_<partition>_bin makes the image only.
function(_deskboard_folder_image system partition folder)
    cmake_parse_arguments(PARSE_ARGV 3 _arg "FLASH_IN_PROJECT;PRESERVE_TIME;ONE_FAT" "" "DEPENDS")
    cmake_path(ABSOLUTE_PATH folder BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    if(NOT IS_DIRECTORY "${folder}")
        deskboard_error("${system}_create_...(${partition} ${folder}): there is no such folder.")
    endif()
    file(GLOB_RECURSE files CONFIGURE_DEPENDS LIST_DIRECTORIES false "${folder}/*")
    _deskboard_partition_image("${system}" "${partition}" folder_image.py "${folder}" "${_arg_FLASH_IN_PROJECT}" ${files} ${_arg_DEPENDS})
endfunction()

# What `script` of tools/fw makes of `source` is the image of the partition, in the build folder. The rest: what it depends on.
function(_deskboard_partition_image system partition script source flash)
    partition_table_get_partition_info(size "--partition-name ${partition}" "size")
    if("${size}" STREQUAL "")
        deskboard_error("${system}_create_...(${partition} ...): the partition table has no partition '${partition}'.")
    endif()
    set(image "${CMAKE_BINARY_DIR}/${partition}.bin")
    set(script "${DESKBOARD_ROOT}/tools/fw/${script}")
    add_custom_command(
        OUTPUT "${image}"
        COMMAND "${DESKBOARD_PYTHON}" -B "${script}" "${source}" "${image}" "${size}"
        DEPENDS ${ARGN} "${script}"
        COMMENT "Image of partition ${partition}"
        VERBATIM)
    add_custom_target(${system}_${partition}_bin ALL DEPENDS "${image}")
    if(flash)
        add_dependencies(flash ${system}_${partition}_bin)
        esptool_py_flash_to_partition(flash "${partition}" "${image}")
    endif()
endfunction()

function(spiffs_create_partition_image partition folder)
    _deskboard_folder_image(spiffs "${partition}" "${folder}" ${ARGN})
endfunction()

function(fatfs_create_spiflash_image partition folder)
    _deskboard_folder_image(fatfs "${partition}" "${folder}" ${ARGN})
endfunction()

function(fatfs_create_rawflash_image partition folder)
    _deskboard_folder_image(fatfs "${partition}" "${folder}" ${ARGN})
endfunction()

# nvs_create_partition_image(partition table.csv [FLASH_IN_PROJECT] [DEPENDS ...]): the rows of the table are the settings that the partition
# holds (tools/fw/nvs_image.py). Files that the table names are for DEPENDS. The pages are of version 2 whatever VERSION says: an app reads the
# same from both, and version 1 cannot hold blobs of more than a page.
function(nvs_create_partition_image partition table)
    cmake_parse_arguments(PARSE_ARGV 2 _arg "FLASH_IN_PROJECT" "VERSION" "DEPENDS")
    cmake_path(ABSOLUTE_PATH table BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    if(NOT EXISTS "${table}")
        deskboard_error("nvs_create_partition_image(${partition} ${table}): there is no such file.")
    endif()
    _deskboard_partition_image(nvs "${partition}" nvs_image.py "${table}" "${_arg_FLASH_IN_PROJECT}" "${table}" ${_arg_DEPENDS})
endfunction()

# The partition table of the configuration: the project's own file, or one of partitions/.
function(_deskboard_partition_csv out)
    set(candidates "${DESKBOARD_ROOT}/partitions/${CONFIG_PARTITION_TABLE_FILENAME}")
    if(CONFIG_PARTITION_TABLE_CUSTOM)
        cmake_path(ABSOLUTE_PATH CONFIG_PARTITION_TABLE_CUSTOM_FILENAME BASE_DIRECTORY "${PROJECT_DIR}" NORMALIZE OUTPUT_VARIABLE own)
        list(PREPEND candidates "${own}")
    endif()
    foreach(file IN LISTS candidates)
        if(EXISTS "${file}")
            set(${out} "${file}" PARENT_SCOPE)
            return()
        endif()
    endforeach()
    list(JOIN candidates " nor " tried)
    message(FATAL_ERROR "The partition table of CONFIG_PARTITION_TABLE_FILENAME (${CONFIG_PARTITION_TABLE_FILENAME}) is neither ${tried}.")
endfunction()

# The partition tool, which may be needed while the project is configured: the build of the libraries makes it then.
function(_deskboard_need_parttool)
    if(EXISTS "${DESKBOARD_TOOL_deskboard-parttool}" OR "${DESKBOARD_TOOLS_BUILD}" STREQUAL "")
        return()
    endif()
    execute_process(
        COMMAND flock "${DESKBOARD_TOOLS_BUILD}/.lock" "${CMAKE_COMMAND}" --build "${DESKBOARD_TOOLS_BUILD}" --target deskboard-parttool
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "deskboard-parttool cannot be built in ${DESKBOARD_TOOLS_BUILD}:\n${output}")
    endif()
endfunction()

# partition_table_get_partition_info(out "--partition-name NAME" "size"): a fact of a partition of the project's table: name, type, subtype,
# offset, size, encrypted or readonly. Instead of the name: "--partition-boot-default", or "--partition-type T [--partition-subtype S]".
# `out` is empty where the table has no such partition.
function(partition_table_get_partition_info out which what)
    _deskboard_partition_csv(csv)
    _deskboard_need_parttool()
    set_property(DIRECTORY "${CMAKE_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${csv}")
    execute_process(
        COMMAND "${DESKBOARD_TOOL_deskboard-parttool}" --quiet --offset ${CONFIG_PARTITION_TABLE_OFFSET} show --json "${csv}"
        RESULT_VARIABLE result OUTPUT_VARIABLE table ERROR_VARIABLE error)
    if(NOT result EQUAL 0)
        string(STRIP "${error}" error)
        message(FATAL_ERROR "The partition table cannot be read.\n${error}")
    endif()
    string(REPLACE "=" ";" which "${which}")
    separate_arguments(which UNIX_COMMAND "${which}")
    cmake_parse_arguments(_arg "--partition-boot-default" "--partition-name;--partition-type;--partition-subtype" "" ${which})
    if(_arg_--partition-boot-default)
        set(_arg_--partition-type app)
    endif()
    string(JSON count LENGTH "${table}")
    set(${out} "" PARENT_SCOPE)
    set(found -1)
    math(EXPR last "${count} - 1")
    foreach(at RANGE ${last})
        set(fits TRUE)
        foreach(key name type subtype)
            string(JSON value GET "${table}" ${at} ${key})
            if(NOT "${_arg_--partition-${key}}" STREQUAL "" AND NOT value STREQUAL _arg_--partition-${key})
                set(fits FALSE)
            endif()
        endforeach()
        string(JSON subtype GET "${table}" ${at} subtype)
        # The boot loader starts the factory app, or else the first one.
        if(fits AND (found EQUAL -1 OR (_arg_--partition-boot-default AND subtype STREQUAL "factory")))
            set(found ${at})
        endif()
    endforeach()
    if(found EQUAL -1)
        return()
    endif()
    string(JSON value ERROR_VARIABLE error GET "${table}" ${found} "${what}")
    if(error)
        message(FATAL_ERROR "partition_table_get_partition_info: a partition has no '${what}'; it has name, type, subtype, offset, size, "
            "encrypted and readonly")
    endif()
    if(what STREQUAL "offset" OR what STREQUAL "size")
        math(EXPR value "${value}" OUTPUT_FORMAT HEXADECIMAL)
    endif()
    set(${out} "${value}" PARENT_SCOPE)
endfunction()

# Called once, at the end of a project: the table, the app's image, and the files that say where what goes.
function(deskboard_flash_image program)
    set_property(GLOBAL PROPERTY DESKBOARD_FLASH_COMPLETE TRUE)
    _deskboard_partition_csv(csv)
    set(table "${CMAKE_BINARY_DIR}/partition_table/partition-table.bin")
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/partition_table")
    set(parttool "${DESKBOARD_TOOL_deskboard-parttool}")
    add_custom_command(
        OUTPUT "${table}"
        COMMAND "${parttool}" --quiet --offset ${CONFIG_PARTITION_TABLE_OFFSET} --flash-size ${CONFIG_ESPTOOLPY_FLASHSIZE} convert "${csv}" "${table}"
        DEPENDS "${csv}" deskboard_libraries "${CMAKE_BINARY_DIR}/config/sdkconfig.cmake"
        COMMENT "Partition table"
        VERBATIM)
    add_custom_target(partition-table DEPENDS "${table}")

    get_property(files GLOBAL PROPERTY DESKBOARD_PARTITION_FILES)
    get_property(card GLOBAL PROPERTY DESKBOARD_SDCARD_FILES)
    idf_build_get_property(components BUILD_COMPONENTS)
    set(depends)
    set(partition_json)
    foreach(entry IN LISTS files)
        string(REGEX MATCH "^([^=]*)=(.*)$" entry "${entry}")
        list(APPEND depends "${CMAKE_MATCH_2}")
        list(APPEND partition_json "    {\"partition\": \"${CMAKE_MATCH_1}\", \"file\": \"${CMAKE_MATCH_2}\"}")
    endforeach()
    get_property(embedded GLOBAL PROPERTY DESKBOARD_EMBEDDED_FILES)
    set(embedded_json)
    foreach(file IN LISTS embedded)
        list(APPEND embedded_json "    \"${file}\"")
    endforeach()
    list(JOIN embedded_json ",\n" embedded_json)
    set(card_json)
    foreach(entry IN LISTS card)
        string(REGEX MATCH "^([^=]*)=(.*)$" entry "${entry}")
        list(APPEND depends "${CMAKE_MATCH_2}")
        list(APPEND card_json "    {\"path\": \"${CMAKE_MATCH_1}\", \"file\": \"${CMAKE_MATCH_2}\"}")
    endforeach()
    list(JOIN partition_json ",\n" partition_json)
    list(JOIN card_json ",\n" card_json)
    set(component_dirs)
    foreach(name IN LISTS components)
        get_property(dir GLOBAL PROPERTY "DESKBOARD_COMPONENT_${name}_COMPONENT_DIR")
        list(APPEND component_dirs "${dir}")
    endforeach()
    list(JOIN components "\", \"" component_json)
    list(JOIN component_dirs "\", \"" component_dirs)
    get_property(models GLOBAL PROPERTY ESPDL_MODELS_FOUND)
    set(model_json)
    foreach(entry IN LISTS models)
        string(REGEX MATCH "^([^=]*)=([^=]*)=(.*)$" entry "${entry}")
        list(APPEND model_json
            "    {\"component\": \"${CMAKE_MATCH_1}\", \"path\": \"${CMAKE_MATCH_2}\", \"file\": \"${CMAKE_MATCH_3}\"}")
    endforeach()
    list(JOIN model_json ",\n" model_json)
    cmake_path(GET CMAKE_CXX_COMPILER FILENAME compiler)
    string(APPEND compiler " ${CMAKE_CXX_COMPILER_VERSION}")
    # What runs the program here, where it is for another machine.
    set(emulator)
    if(CMAKE_CROSSCOMPILING)
        list(JOIN CMAKE_CROSSCOMPILING_EMULATOR "\", \"" emulator)
        set(emulator "\"${emulator}\"")
    endif()
    set(description "${CMAKE_BINARY_DIR}/project_description.json")
    file(CONFIGURE OUTPUT "${description}" CONTENT
"{
  \"version\": \"1.2\",
  \"project_name\": \"@PROJECT_NAME@\",
  \"project_path\": \"@PROJECT_DIR@\",
  \"build_dir\": \"@CMAKE_BINARY_DIR@\",
  \"config_file\": \"@CMAKE_BINARY_DIR@/config/sdkconfig\",
  \"target\": \"@IDF_TARGET@\",
  \"board\": \"@DESKBOARD_BOARD@\",
  \"app_elf\": \"@program@\",
  \"hal\": \"@DESKBOARD_HAL@\",
  \"compiler\": \"@compiler@\",
  \"emulator\": [@emulator@],
  \"app_bin\": \"@PROJECT_NAME@.bin\",
  \"psram\": \"@CONFIG_SPIRAM@\",
  \"flash_size\": \"@CONFIG_ESPTOOLPY_FLASHSIZE@\",
  \"partition_table\": \"partition_table/partition-table.bin\",
  \"partition_table_csv\": \"@csv@\",
  \"partition_table_offset\": \"@CONFIG_PARTITION_TABLE_OFFSET@\",
  \"parttool\": \"@parttool@\",
  \"flash_tool\": \"@DESKBOARD_TOOL_deskboard-flash@\",
  \"partition_files\": [
@partition_json@
  ],
  \"embedded_files\": [
@embedded_json@
  ],
  \"espdl_tool\": \"@DESKBOARD_TOOL_espdl@\",
  \"sdcard_files\": [
@card_json@
  ],
  \"models\": [
@model_json@
  ],
  \"build_components\": [\"@component_json@\"],
  \"build_component_dirs\": [\"@component_dirs@\"]
}
" @ONLY)
    # The image, its size check against the app partition, flasher_args.json and flash_args.
    add_custom_command(
        OUTPUT "${CMAKE_BINARY_DIR}/flasher_args.json" "${CMAKE_BINARY_DIR}/${PROJECT_NAME}.bin"
        COMMAND "${DESKBOARD_PYTHON}" -B "${DESKBOARD_ROOT}/tools/fw/image.py" "${description}"
        DEPENDS ${program} "${table}" ${depends} "${description}" "${DESKBOARD_ROOT}/tools/fw/image.py"
        COMMENT "Image of ${PROJECT_NAME}"
        VERBATIM)
    add_custom_target(deskboard_image ALL DEPENDS "${CMAKE_BINARY_DIR}/flasher_args.json")

    # `flash` without fw.
    add_dependencies(flash deskboard_image)
    add_custom_command(TARGET flash POST_BUILD
        COMMAND "${DESKBOARD_TOOL_deskboard-flash}" write --args "${CMAKE_BINARY_DIR}/flasher_args.json" --flash "${CMAKE_BINARY_DIR}/flash.bin"
            --flash-size ${DESKBOARD_FLASH_SIZE}
        VERBATIM)
endfunction()
