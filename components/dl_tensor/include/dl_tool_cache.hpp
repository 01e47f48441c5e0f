/**
 * @file dl_tool_cache.hpp
 * The chip's cache as a program may steer it. Neither answer nor effect of any of these changes a result: a PC's cache
 * steers itself, so each says what a chip without such a cache says.
 */
#pragma once

#include <cstdint>
#include <cstdio>

namespace dl {
namespace tool {
namespace cache {

/** Switch preloading on or off. @return -1: this chip does not preload */
int8_t preload_init(uint8_t preload = 1);
/** Ask for memory to be loaded. */
void preload_func(uint32_t addr, uint32_t size);
/** Switch automatic loading on or off. @return -1: this chip does not load automatically */
int8_t autoload_init(uint8_t autoload = 1, uint8_t trigger = 2, uint8_t line_size = 0);
/** Ask for two pieces or one piece of memory to be loaded automatically. */
void autoload_func(uint32_t addr1, uint32_t size1, uint32_t addr2, uint32_t size2);
void autoload_func(uint32_t addr1, uint32_t size1);

}  // namespace cache
}  // namespace tool
}  // namespace dl
