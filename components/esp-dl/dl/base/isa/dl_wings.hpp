/**
 * @file dl_wings.hpp
 * Declarations of all wings. A build has those of its processor family only.
 */
#pragma once

#include "dl_base_wing.hpp"

namespace dl {
namespace base {

extern const Wing dl_amx_wing;
extern const Wing dl_avx512vnni_wing;
extern const Wing dl_avxvnni_wing;
extern const Wing dl_avx2_wing;
extern const Wing dl_neon_i8mm_wing;
extern const Wing dl_neon_dotprod_wing;

}  // namespace base
}  // namespace dl
