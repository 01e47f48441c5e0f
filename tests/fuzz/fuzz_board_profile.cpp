// Any text is a profile or an error that says where.

#include <cstdlib>
#include <string_view>

#include "board/profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hal::BoardProfile profile;
    const std::string reason =
        hal::load_board_profile({reinterpret_cast<const char *>(data), size}, "fuzz", "fuzz/board.toml", profile);
    if (reason.empty() && (profile.chip.empty() || profile.flash_size == 0)) {
        abort();
    }
    if (!reason.empty() && reason.rfind("fuzz/board.toml", 0) != 0) {
        abort();
    }
    return 0;
}
