#include "dl_tool_cache.hpp"

namespace dl {
namespace tool {
namespace cache {

int8_t preload_init(uint8_t) {
    return -1;
}

void preload_func(uint32_t, uint32_t) {}

int8_t autoload_init(uint8_t, uint8_t, uint8_t) {
    return -1;
}

void autoload_func(uint32_t, uint32_t, uint32_t, uint32_t) {}

void autoload_func(uint32_t, uint32_t) {}

}  // namespace cache
}  // namespace tool
}  // namespace dl
