/**
 * @file dl_base_peak.hpp
 * How fast this processor multiplies int8 at best: the yardstick for the kernels.
 */
#pragma once

#include <cstdint>

#include "dl_base_kernel.hpp"

namespace dl {
namespace base {

/**
 * Execute the instruction that the kernels of this ISA spend their time in, on registers only, as often as `rounds`
 * says.
 * @return multiply-accumulates done; 0 if the ISA has no such loop (reference) or is not supported here
 */
int64_t run_peak(isa_t isa, int64_t rounds);

}  // namespace base
}  // namespace dl
