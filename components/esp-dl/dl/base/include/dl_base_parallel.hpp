/**
 * @file dl_base_parallel.hpp
 * When it pays to share work among threads.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "dl_base_conv.hpp"
#include "dl_define.hpp"

namespace dl {
namespace base {

/** The mode in which `bytes` bytes are moved: the data of a few microseconds stays where it is. */
inline runtime_mode_t mode_for(runtime_mode_t mode, size_t bytes) {
    constexpr size_t worth_sharing = 128 << 10;
    return bytes < worth_sharing ? RUNTIME_MODE_SINGLE_CORE : mode;
}

/** How long a convolution takes, in multiply-accumulates of one that has a single group. A depthwise one multiplies
 * little of what it loads. */
inline int64_t conv_cost(const ConvArgs &args) {
    const int64_t macs = static_cast<int64_t>(args.batch) * args.out_h * args.out_w * args.out_c * args.depth();
    return args.group > 1 ? 4 * macs : macs;
}

/** The mode of a convolution: one of a few microseconds stays on one thread. */
inline runtime_mode_t mode_for(runtime_mode_t mode, const ConvArgs &args) {
    constexpr int64_t worth_sharing = 1 << 20;
    return args.dtype == DATA_TYPE_INT8 && conv_cost(args) < worth_sharing ? RUNTIME_MODE_SINGLE_CORE : mode;
}

}  // namespace base
}  // namespace dl
