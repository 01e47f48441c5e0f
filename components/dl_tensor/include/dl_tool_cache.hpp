/**
 * @file dl_tool_cache.hpp
 * Functions that control the chip's cache. A program cannot control a PC's cache, so each function answers like a chip
 * that cannot preload. No result depends on it.
 */
#pragma once

#include <cstdint>
#include <cstdio>

namespace dl {
namespace tool {
namespace cache {

/** Switch preloading on or off. @return -1: this chip does not preload */
int8_t preload_init(uint8_t preload = 1);
/** Ask the cache to load a stretch of memory. Does nothing. */
void preload_func(uint32_t addr, uint32_t size);
/** Switch automatic loading on or off. @return -1: this chip does not load automatically */
int8_t autoload_init(uint8_t autoload = 1, uint8_t trigger = 2, uint8_t line_size = 0);
/** Ask the cache to load two stretches of memory, or one, automatically. Does nothing. */
void autoload_func(uint32_t addr1, uint32_t size1, uint32_t addr2, uint32_t size2);
void autoload_func(uint32_t addr1, uint32_t size1);

}  // namespace cache
}  // namespace tool
}  // namespace dl
