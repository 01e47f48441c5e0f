/**
 * @file dl_base_lut.hpp
 * Functions of one value, looked up in tables.
 */
#pragma once

#include "dl_base.hpp"

namespace dl {
namespace base {

/** output[i] = table[input[i] + 128]. The table has 256 entries. output and input may be the same memory. */
void lut_s8(int8_t *output, const int8_t *input, int32_t size, const int8_t *table);

/**
 * output[i] = table[(input[i] + 32768) / step]. The quotient is rounded by the target's rule.
 * @param table 65536 / step + 1 entries
 * @param step  a power of two
 */
void lut_s16_nearest_neighbor(int16_t *output, const int16_t *input, int32_t size, const int16_t *table, int32_t step);

}  // namespace base
}  // namespace dl
