/**
 * @file dl_base_isa.hpp
 * What the processor and the operating system let be executed. There is one definition per processor family,
 * `isa/dl_isa_<family>.cpp`, of which the build takes one.
 */
#pragma once

#include <cstdint>

namespace dl {
namespace base {

/** Bit i is set if isa_t i can run here. Bit 0 (reference) always is. AMX also asks the kernel for the tile registers.
 */
uint32_t isa_detect();
/** AVX512-VBMI, which looks up bytes. Not all processors with AVX512-VNNI have it. */
bool vbmi_detect();

}  // namespace base
}  // namespace dl
