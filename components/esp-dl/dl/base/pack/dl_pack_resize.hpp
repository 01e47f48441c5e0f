/**
 * @file dl_pack_resize.hpp
 * Which Resize operations the vector kernels compute.
 */
#pragma once

#include "dl_base_resize.hpp"

namespace dl {
namespace base {

/** Is this Resize to the nearest pixel, without a change of type or exponent, and are pixels shorter than 128 bytes?
 * For these, a call of memcpy() each would take too long. */
bool is_short_nearest(const ResizeArgs &args);

/** Is this linear Resize of T, int8_t or int16_t? @tparam CHANNELS least number of channels: 8 or 16 */
template <typename T, int CHANNELS>
bool is_linear_of(const ResizeArgs &args);

}  // namespace base
}  // namespace dl
