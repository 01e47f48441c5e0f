# target_add_aligned_binary_data(target file BINARY|TEXT): embeds a file, 16-byte aligned, as a model in flash must be.
include_guard(GLOBAL)

# The host's target_add_binary_data() aligns every file to 16 bytes; ESP-IDF's does not.
function(target_add_aligned_binary_data target file type)
    target_add_binary_data(${target} "${file}" ${type} ${ARGN})
endfunction()
