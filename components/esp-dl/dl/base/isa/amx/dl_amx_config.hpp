/**
 * @file dl_amx_config.hpp
 * The one configuration of tiles in use: eight of 16 rows of 64 bytes.
 */
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace dl {
namespace base {
namespace {

struct alignas(64) TileConfig {
    uint8_t palette = 1;
    uint8_t start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

inline void configure_tiles() {
    // Static: the intrinsic names only its first bytes as read, and stores to the rest of a local would be dropped.
    static const TileConfig config;
    _tile_loadconfig(&config);
}

}  // namespace
}  // namespace base
}  // namespace dl
