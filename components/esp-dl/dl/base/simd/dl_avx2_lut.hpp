/**
 * @file dl_avx2_lut.hpp
 * Tables of 256 bytes with AVX2, whose vpshufb looks up in tables of 16 bytes.
 */
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace {

/**
 * An entry is the sum of two values: the one that the input's high nibble finds in a table, and the one that its low
 * nibble finds in a second table, which depends on the high nibble. Second tables of neighbouring high nibbles are
 * often the same: where Swish is nearly linear or constant, and everywhere if the table is a shift. Where a second
 * table differs from the one before it, there is a step, which holds the differences. Counting begins at 0 for inputs
 * from 0 on, and at -128 for negative ones. An input adds up all steps of its sign up to its own high nibble.
 */
class Avx2Lut {
public:
    Avx2Lut() = default;
    /** @param table results of the inputs -128 to 127, in this order */
    DL_INLINE explicit Avx2Lut(const int8_t *table) {
        alignas(16) int8_t bases[16];
        for (int sign = 0; sign < 2; sign++) {
            __m128i before = _mm_setzero_si128();
            m_count[sign] = 0;
            for (int i = 0; i < 8; i++) {
                const int8_t *part = table + (sign ? 0 : 128) + 16 * i;
                bases[sign * 8 + i] = *part;
                const __m128i low =
                    _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(part)), _mm_set1_epi8(*part));
                const __m128i difference = _mm_sub_epi8(low, before);
                if (!_mm_testz_si128(difference, difference)) {
                    m_steps[sign][m_count[sign]++] = {_mm_set1_epi8(static_cast<char>(16 * i)), difference};
                }
                before = low;
            }
        }
        m_bases = _mm_load_si128(reinterpret_cast<const __m128i *>(bases));
    }

    /** Replace inputs by their entries. */
    template <int N>
    DL_INLINE void look_up(__m256i (&bytes)[N]) const {
        __m256i positive[N], negative[N];
        const __m256i bases = _mm256_broadcastsi128_si256(m_bases);
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes[n], 4), _mm256_set1_epi8(15));
            positive[n] = bytes[n];
            negative[n] = _mm256_xor_si256(bytes[n], _mm256_set1_epi8(-128));
            bytes[n] = _mm256_shuffle_epi8(bases, high);
        }
        add_steps(bytes, positive, 0);
        add_steps(bytes, negative, 1);
    }

private:
    struct Step {
        __m128i from;
        __m128i difference;
    };

    template <int N>
    DL_INLINE void add_steps(__m256i (&bytes)[N], const __m256i (&from_zero)[N], int sign) const {
        const Step *end = m_steps[sign] + m_count[sign];
        for (const Step *step = m_steps[sign]; step < end; step++) {
            const __m256i from = _mm256_broadcastsi128_si256(step->from);
            const __m256i difference = _mm256_broadcastsi128_si256(step->difference);
            DL_UNROLL
            for (int n = 0; n < N; n++) {
                // vpshufb finds 0 for a negative index. The subtraction saturates, so what is below the step stays
                // negative.
                const __m256i at = _mm256_subs_epi8(from_zero[n], from);
                bytes[n] = _mm256_add_epi8(bytes[n], _mm256_shuffle_epi8(difference, at));
            }
        }
    }

    __m128i m_bases;
    int m_count[2];
    Step m_steps[2][8];
};

}  // namespace
}  // namespace base
}  // namespace dl
