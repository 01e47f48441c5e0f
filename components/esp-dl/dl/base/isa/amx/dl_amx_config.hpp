/**
 * @file dl_amx_config.hpp
 * The configuration of AMX's tiles that all kernels use: eight tiles of 16 rows by 64 bytes.
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
    // Static, because the intrinsic tells the compiler of the first bytes only: of a local variable, it would drop the
    // other stores.
    static const TileConfig config;
    _tile_loadconfig(&config);
}

}  // namespace
}  // namespace base
}  // namespace dl
