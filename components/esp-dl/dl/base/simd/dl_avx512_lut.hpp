/**
 * @file dl_avx512_lut.hpp
 * A table of 256 bytes in registers, which looks up 64 bytes at once: by vpermi2b with AVX512-VBMI, else (Cascade Lake)
 * by words.
 */
#pragma once

#include <immintrin.h>

#include "dl_base_kernel.hpp"
#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace {

struct Avx512Lut {
    __m512i table[4];
    bool vbmi;

    DL_INLINE void load(const int8_t *lut) {
        // Not in a loop: GCC would leave the table in memory.
        table[0] = _mm512_loadu_si512(lut);
        table[1] = _mm512_loadu_si512(lut + 64);
        table[2] = _mm512_loadu_si512(lut + 128);
        table[3] = _mm512_loadu_si512(lut + 192);
        vbmi = vbmi_enabled();
    }

    /** Look up v, whose entry is at index v + 128: the first half of the table belongs to the negative values. */
    DL_INLINE __m512i apply(__m512i v) const {
        if (__builtin_expect(vbmi, 1)) {
            __m512i negative = v, positive = v;
            // Not the intrinsic: these files are compiled for processors without VBMI.
            __asm__("vpermi2b %2, %1, %0" : "+v"(negative) : "v"(table[0]), "v"(table[1]));
            __asm__("vpermi2b %2, %1, %0" : "+v"(positive) : "v"(table[2]), "v"(table[3]));
            return _mm512_mask_mov_epi8(positive, _mm512_movepi8_mask(v), negative);
        }
        const __m512i odd = apply_words(_mm512_srli_epi16(v, 8));
        return _mm512_mask_mov_epi8(apply_words(v), 0xaaaaaaaaaaaaaaaa, _mm512_slli_epi16(odd, 8));
    }

private:
    /** Look up the low byte of each word. The high byte of the result is undefined. */
    DL_INLINE __m512i apply_words(__m512i v) const {
        const __m512i pair = _mm512_srli_epi16(v, 1);
        const __m512i negative = _mm512_permutex2var_epi16(table[0], pair, table[1]);
        const __m512i positive = _mm512_permutex2var_epi16(table[2], pair, table[3]);
        const __mmask32 is_negative = _mm512_test_epi16_mask(v, _mm512_set1_epi16(0x80));
        const __m512i bits = _mm512_slli_epi16(_mm512_and_si512(v, _mm512_set1_epi16(1)), 3);
        return _mm512_srlv_epi16(_mm512_mask_mov_epi16(positive, is_negative, negative), bits);
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
