/**
 * @file dl_pack_pool.hpp
 * Which poolings the vector kernels do. T is int8_t or int16_t.
 */
#pragma once

#include "dl_base_pool.hpp"

namespace dl {
namespace base {

/** Input and output of type T and one exponent, with at least 16 bytes of channels. */
template <typename T>
bool fits_max_pool(const PoolArgs &args);

/** Input and output of type T, with windows whose sums float holds exactly. @tparam CHANNELS least number of channels:
 * 8 or 16 */
template <typename T, int CHANNELS>
bool fits_average_pool(const PoolArgs &args);

}  // namespace base
}  // namespace dl
