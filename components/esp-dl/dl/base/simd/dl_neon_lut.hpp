/**
 * @file dl_neon_lut.hpp
 * Tables of 256 bytes with NEON, whose instructions look up in tables of 64 bytes.
 */
#pragma once

#include <arm_neon.h>

#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace {

/** Look up N registers of bytes; the entry of v is at index v + 128. The table itself takes half of all registers. */
template <int N>
DL_INLINE void neon_look_up(const int8_t *table, int8x16_t (&v)[N]) {
    uint8x16_t index[N], result[N];
    DL_UNROLL
    for (int i = 0; i < N; i++) {
        index[i] = veorq_u8(vreinterpretq_u8_s8(v[i]), vdupq_n_u8(0x80));
        result[i] = vdupq_n_u8(0);
    }
    const uint8_t *entries = reinterpret_cast<const uint8_t *>(table);
    DL_UNROLL
    for (int quarter = 0; quarter < 4; quarter++) {
        const uint8x16x4_t part = vld1q_u8_x4(entries + 64 * quarter);
        DL_UNROLL
        for (int i = 0; i < N; i++) {
            // An index outside the quarter leaves the result as it is.
            result[i] = vqtbx4q_u8(result[i], part, vsubq_u8(index[i], vdupq_n_u8(static_cast<uint8_t>(64 * quarter))));
        }
    }
    DL_UNROLL
    for (int i = 0; i < N; i++) {
        v[i] = vreinterpretq_s8_u8(result[i]);
    }
}

}  // namespace
}  // namespace base
}  // namespace dl
