/**
 * @file dl_simd_sums.hpp
 * Exact sums of rows of int8 and int16: of the elements, and of their squares or magnitudes.
 */
#pragma once

#if defined(__ARM_NEON)
#include <arm_neon.h>
#else
#include <immintrin.h>
#endif

#include "dl_simd_vector.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

/** The last `left` lanes: load from lanes + left. */
template <int LANES>
struct LastLanes {
    int16_t lanes[2 * LANES] = {};
    constexpr LastLanes() {
        for (int i = LANES; i < 2 * LANES; i++) {
            lanes[i] = -1;
        }
    }
};
constexpr LastLanes<Vector<int16_t>::LANES> LAST_LANES;

/** Sums of a register of int16 after the other. A row of at most MAX_ELEMENTS cannot overflow them. */
class RowSums {
public:
    static constexpr int64_t MAX_ELEMENTS = 1 << 16;
    using Words = Vector<int16_t>;
    using V = Words::V;
    static constexpr int LANES = Words::LANES;

    static DL_INLINE V load(const int8_t *p) {
#if defined(__AVX512F__)
        const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
        return reinterpret_cast<V>(_mm512_cvtepi8_epi16(bytes));
#elif defined(__AVX2__)
        return reinterpret_cast<V>(_mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p))));
#else
        return reinterpret_cast<V>(vmovl_s8(vld1_s8(p)));
#endif
    }
    static DL_INLINE V load(const int16_t *p) {
        return Words::load(p).v;
    }
    /** Call f(register) for the elements of a row, each of them once. */
    template <typename T, typename F>
    static DL_INLINE void for_row(const T *row, int64_t n, F f) {
        int64_t i = 0;
        for (; i + LANES <= n; i += LANES) {
            f(load(row + i));
        }
        if (i == n) {
            return;
        }
        if (n < LANES) {
            T rest[LANES] = {};
            memcpy(rest, row, n * sizeof(T));
            f(load(rest));
        } else {
            f(load(row + n - LANES) & Words::load(LAST_LANES.lanes + (n - i)).v);
        }
    }
    DL_INLINE void add(V x) {
        m_sum += pair_sums(x);
    }
    DL_INLINE void add_squares(V x) {
        // A pair of squares reaches 2^31: it has 32 bits without a sign.
        const Wide pairs = reinterpret_cast<Wide>(pair_products(x, x));
        m_squares += (pairs & 0xffffffff) + (pairs >> 32);
    }
    DL_INLINE void add_magnitudes(V x) {
        m_sum += pair_products(x, x >> 15 | 1);
    }
    // Sums modulo 2^32: those of elements lie within int32, those of magnitudes within uint32.
    DL_INLINE int64_t sum() const {
        return static_cast<int32_t>(total(m_sum));
    }
    DL_INLINE int64_t magnitudes() const {
        return total(m_sum);
    }
    DL_INLINE int64_t squares() const {
        return static_cast<int64_t>(Vector<uint64_t>::reduce({m_squares}, plus));
    }

private:
    using Pairs = Vector<uint32_t>::V;
    using Wide = Vector<uint64_t>::V;

    /** a[0] * b[0] + a[1] * b[1], and so on. */
    static DL_INLINE Pairs pair_products(V a, V b) {
#if defined(__AVX512F__)
        return reinterpret_cast<Pairs>(_mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
        return reinterpret_cast<Pairs>(_mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#else
        const int16x8_t x = reinterpret_cast<int16x8_t>(a), y = reinterpret_cast<int16x8_t>(b);
        return reinterpret_cast<Pairs>(vpaddq_s32(vmull_s16(vget_low_s16(x), vget_low_s16(y)), vmull_high_s16(x, y)));
#endif
    }
    static DL_INLINE Pairs pair_sums(V x) {
#if defined(__ARM_NEON)
        return reinterpret_cast<Pairs>(vpaddlq_s16(reinterpret_cast<int16x8_t>(x)));
#else
        return pair_products(x, Words::set(1).v);
#endif
    }
    static constexpr auto plus = [](auto a, auto b) { return a + b; };
    static DL_INLINE uint32_t total(Pairs lanes) {
        return Vector<uint32_t>::reduce({lanes}, plus);
    }

    Pairs m_sum = {};
    Wide m_squares = {};
};

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
