// The board of the targets that need little of it.
#pragma once

#include "board/board.hpp"
#include "esp_log.h"

// The first call makes the board, silent and with little PSRAM: sizes of no sense fail soon.
inline bool fuzz_board() {
    static const bool ready = [] {
        hal::BoardProfile profile = hal::Board::built_in_profile();
        profile.psram_size = 8 * 1024 * 1024;
        hal::Board::reset_for_test(profile);
        esp_log_level_set("*", ESP_LOG_NONE);
        return true;
    }();
    return ready;
}
