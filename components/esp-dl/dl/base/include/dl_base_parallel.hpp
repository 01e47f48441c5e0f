/**
 * @file dl_base_parallel.hpp
 * When it pays to share work among threads.
 */
#pragma once

#include <cstddef>

#include "dl_define.hpp"

namespace dl {
namespace base {

/** The mode in which `bytes` bytes are moved: the data of a few microseconds stays where it is. */
inline runtime_mode_t mode_for(runtime_mode_t mode, size_t bytes) {
    constexpr size_t worth_sharing = 48 << 10;
    return bytes < worth_sharing ? RUNTIME_MODE_SINGLE_CORE : mode;
}

}  // namespace base
}  // namespace dl
