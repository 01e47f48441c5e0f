/**
 * @file dl_pack_copy.hpp
 * Which copies the vector kernels compute, and how they walk.
 */
#pragma once

#include "dl_base_copy.hpp"

namespace dl {
namespace base {

/** Does the copy move runs of less than a kilobyte? For these, a call of memcpy() each would take too long. */
bool is_short_run(const CopyArgs &args);

/** Are neighbours in dst no neighbours in src? @tparam SIZE bytes of an element: 1, 2 or 4 */
template <int SIZE>
bool is_transposition(const CopyArgs &args);

/**
 * Order the loops for a kernel that transposes squares of elements. The innermost loop then runs through neighbours in
 * dst, the loop around it through neighbours in src. A unit is a strip of 64 bytes of src.
 * @return false if no loop of at least 16 bytes runs through src
 */
template <int SIZE>
bool split_into_strips(CopyArgs &args);

}  // namespace base
}  // namespace dl
