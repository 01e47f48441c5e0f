include_guard(GLOBAL)
function(deskboard_export_targets)
endfunction()
