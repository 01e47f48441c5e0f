/**
 * @file dl_pack_normalization.hpp
 * Which normalizations the vector kernels compute.
 */
#pragma once

#include "dl_base_normalization_reference.hpp"

namespace dl {
namespace base {

/** Are these rows of int8 (int16) whose elements are neighbours, and not so many that lanes of 32 bits could not hold
 * their sum? */
bool is_s8_norm_rows(const NormArgs &args);
bool is_s16_norm_rows(const NormArgs &args);

}  // namespace base
}  // namespace dl
