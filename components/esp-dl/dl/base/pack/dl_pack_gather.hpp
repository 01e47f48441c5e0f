/**
 * @file dl_pack_gather.hpp
 * Which Gather and Pad operations the vector kernels compute, and what they prepare.
 */
#pragma once

#include "dl_base_gather.hpp"

namespace dl {
namespace base {

/** Does Gather move runs of less than 256 bytes, without a change of type or exponent? For these, a call of memcpy()
 * each would take too long. */
bool is_short_gather(const GatherArgs &args);

/** Is this Pad without a change of type or exponent? */
bool is_plain_pad(const PadArgs &args);
/** Find the stretches of a unit. @return true */
bool find_pad_stretches(PadArgs &args);

}  // namespace base
}  // namespace dl
