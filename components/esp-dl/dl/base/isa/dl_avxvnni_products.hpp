/**
 * @file dl_avxvnni_products.hpp
 * What the AVX-VNNI kernels have in common: products and staging. Their epilogue is AVX2's.
 */
#pragma once

#include "dl_avx2_epilogue.hpp"

namespace dl {
namespace base {
namespace {

DL_INLINE __m256i avxvnni_load(const void *from) {
    return _mm256_loadu_si256(static_cast<const __m256i *>(from));
}

/** Add four products of unsigned activations and signed weights to each sum. Assembly keeps the compiler from moving
 * sums between registers, and from loading weights into registers that the sums need. */
DL_INLINE void avxvnni_add_products(__m256i &sum, __m256i activations, const uint8_t *weights) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0"
            : "+x"(sum)
            : "x"(activations), "m"(*reinterpret_cast<const __m256i_u *>(weights)));
}

/** Staging that adds 128, which makes signed bytes unsigned. */
struct AvxVnniFlip {
    using T = int8_t;
    using U = int8_t;
    static DL_INLINE void copy(int8_t *to, const int8_t *from, size_t n) {
        const __m256i flip = _mm256_set1_epi8(-128);
        size_t i = 0;
        for (; i + 32 <= n; i += 32) {
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(to + i), _mm256_xor_si256(avxvnni_load(from + i), flip));
        }
        for (; i + 8 <= n; i += 8) {
            uint64_t eight;
            __builtin_memcpy(&eight, from + i, 8);
            eight ^= 0x8080808080808080;
            __builtin_memcpy(to + i, &eight, 8);
        }
        for (; i < n; i++) {
            to[i] = static_cast<int8_t>(from[i] ^ -128);
        }
    }
    static DL_INLINE void fill(int8_t *to, size_t n) { __builtin_memset(to, 0x80, n); }
};

}  // namespace
}  // namespace base
}  // namespace dl
