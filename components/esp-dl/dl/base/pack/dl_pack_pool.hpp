/**
 * @file dl_pack_pool.hpp
 * Which poolings the vector kernels compute. T is int8_t or int16_t.
 */
#pragma once

#include "dl_base_pool.hpp"

namespace dl {
namespace base {

/** Are input and output of type T and of one exponent, and are the channels of a pixel at least 16 bytes? */
template <typename T>
bool fits_max_pool(const PoolArgs &args);

/** Are input and output of type T, and are windows small enough for float to hold their sums exactly? @tparam CHANNELS
 * least number of channels: 8 or 16 */
template <typename T, int CHANNELS>
bool fits_average_pool(const PoolArgs &args);

/** Are input and output of floats? @tparam CHANNELS least number of channels: 8 or 16 */
template <int CHANNELS>
bool fits_f32_pool(const PoolArgs &args);

}  // namespace base
}  // namespace dl
