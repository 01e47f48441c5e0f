/**
 * @file dl_pack_copy.hpp
 * Which copies the vector kernels do, and how they walk.
 */
#pragma once

#include "dl_base_copy.hpp"

namespace dl {
namespace base {

/** Runs of less than a kilobyte, which are too short for a call of memcpy() each. */
bool is_short_run(const CopyArgs &args);

/** The neighbours in dst are not neighbours in src. @tparam SIZE bytes of an element: 1, 2 or 4 */
template <int SIZE>
bool is_transposition(const CopyArgs &args);

/**
 * Order the loops for a kernel that turns squares of elements: the innermost loop runs through dst, the one around it
 * through src, and a unit is a strip of 64 bytes of the latter.
 * @return false if no loop of at least 16 bytes runs through src
 */
template <int SIZE>
bool split_into_strips(CopyArgs &args);

}  // namespace base
}  // namespace dl
