/**
 * @file dl_pack_resize.hpp
 * Which Resize the vector kernels do.
 */
#pragma once

#include "dl_base_resize.hpp"

namespace dl {
namespace base {

/** Nearest, without a change of type or exponent, of pixels that are too short for a call of memcpy() each. */
bool is_short_nearest(const ResizeArgs &args);

}  // namespace base
}  // namespace dl
