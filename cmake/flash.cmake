# What the flash of the board holds: the partition table, the app, and the files that components put into partitions.
include_guard(GLOBAL)

# esptool_py_flash_to_partition(flash "label" file): `fw flash` writes the file at the start of that partition.
function(esptool_py_flash_to_partition target partition file)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY DESKBOARD_PARTITION_FILES "${partition}=${file}")
endfunction()

# Called once, at the end of a project.
function(deskboard_flash_image program)
endfunction()
