/**
 * @file dl_simd_normalization.hpp
 * Normalization of rows of int8 and int16. Two passes over a row: sums of integers, which are exact in any order, and
 * then the steps of the reference kernel for a register of elements at a time.
 */
#pragma once

#include <cstring>

#include "dl_base_normalization_reference.hpp"
#include "dl_simd.hpp"
#include "dl_simd_real.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

/** Sums of a register of int16 after the other: of the elements, and of their squares or magnitudes. */
#if defined(__AVX512F__)
class RowSums {
public:
    static constexpr int LANES = 32;
    using V = __m512i;
    static DL_INLINE V load(const int8_t *p) {
        return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
    }
    static DL_INLINE V load(const int16_t *p) { return _mm512_loadu_si512(p); }
    DL_INLINE void add(V x) { m_sum = _mm512_add_epi32(m_sum, _mm512_madd_epi16(x, _mm512_set1_epi16(1))); }
    DL_INLINE void add_squares(V x) {
        // A pair of squares reaches 2^31: it has 32 bits without a sign.
        const V pairs = _mm512_madd_epi16(x, x);
        const V low = _mm512_and_si512(pairs, _mm512_set1_epi64(0xffffffff));
        m_second = _mm512_add_epi64(m_second, _mm512_add_epi64(low, _mm512_srli_epi64(pairs, 32)));
    }
    DL_INLINE void add_magnitudes(V x) {
        const V signs = _mm512_or_si512(_mm512_srai_epi16(x, 15), _mm512_set1_epi16(1));
        m_sum = _mm512_add_epi32(m_sum, _mm512_madd_epi16(x, signs));
    }
    DL_INLINE int64_t sum() const { return _mm512_reduce_add_epi64(halves_added(m_sum)); }
    DL_INLINE int64_t second() const { return _mm512_reduce_add_epi64(m_second); }

private:
    static DL_INLINE V halves_added(V x) {
        return _mm512_add_epi64(_mm512_srai_epi64(_mm512_slli_epi64(x, 32), 32), _mm512_srai_epi64(x, 32));
    }
    V m_sum = _mm512_setzero_si512(), m_second = _mm512_setzero_si512();
};
#elif defined(__AVX2__)
class RowSums {
public:
    static constexpr int LANES = 16;
    using V = __m256i;
    static DL_INLINE V load(const int8_t *p) {
        return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
    }
    static DL_INLINE V load(const int16_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
    DL_INLINE void add(V x) { m_sum = _mm256_add_epi32(m_sum, _mm256_madd_epi16(x, _mm256_set1_epi16(1))); }
    DL_INLINE void add_squares(V x) {
        const V pairs = _mm256_madd_epi16(x, x);
        const V low = _mm256_and_si256(pairs, _mm256_set1_epi64x(0xffffffff));
        m_second = _mm256_add_epi64(m_second, _mm256_add_epi64(low, _mm256_srli_epi64(pairs, 32)));
    }
    DL_INLINE void add_magnitudes(V x) {
        const V signs = _mm256_or_si256(_mm256_srai_epi16(x, 15), _mm256_set1_epi16(1));
        m_sum = _mm256_add_epi32(m_sum, _mm256_madd_epi16(x, signs));
    }
    DL_INLINE int64_t sum() const {
        int32_t lanes[8];
        memcpy(lanes, &m_sum, sizeof(lanes));
        return total(lanes);
    }
    DL_INLINE int64_t second() const {
        int64_t lanes[4];
        memcpy(lanes, &m_second, sizeof(lanes));
        return total(lanes);
    }

private:
    template <typename T, int N>
    static DL_INLINE int64_t total(const T (&lanes)[N]) {
        int64_t sum = 0;
        for (T lane : lanes) {
            sum += lane;
        }
        return sum;
    }
    V m_sum = _mm256_setzero_si256(), m_second = _mm256_setzero_si256();
};
#else
class RowSums {
public:
    static constexpr int LANES = 8;
    using V = int16x8_t;
    static DL_INLINE V load(const int8_t *p) { return vmovl_s8(vld1_s8(p)); }
    static DL_INLINE V load(const int16_t *p) { return vld1q_s16(p); }
    DL_INLINE void add(V x) { m_sum = vpadalq_s16(m_sum, x); }
    DL_INLINE void add_squares(V x) {
        m_second = vpadalq_s32(m_second, vmull_s16(vget_low_s16(x), vget_low_s16(x)));
        m_second = vpadalq_s32(m_second, vmull_high_s16(x, x));
    }
    DL_INLINE void add_magnitudes(V x) {
        m_sum = vreinterpretq_s32_u32(vpadalq_u16(vreinterpretq_u32_s32(m_sum), vreinterpretq_u16_s16(vabsq_s16(x))));
    }
    DL_INLINE int64_t sum() const { return vaddlvq_s32(m_sum); }
    DL_INLINE int64_t second() const { return vaddvq_s64(m_second); }

private:
    int32x4_t m_sum = vdupq_n_s32(0);
    int64x2_t m_second = vdupq_n_s64(0);
};
#endif

/** Call f(elements, index, count) for each LANES elements of a row; fewer than LANES are followed by zeros. */
template <int LANES, typename T, typename F>
DL_INLINE void for_each_register(const T *row, int64_t n, F f) {
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        f(row + i, i, LANES);
    }
    if (i < n) {
        T rest[LANES] = {};
        memcpy(rest, row + i, (n - i) * sizeof(T));
        f(rest, i, static_cast<int>(n - i));
    }
}

template <typename In>
NormFactors factors_of_row(const NormArgs &args, const In *src) {
    RowSums sums;
    const auto over_row = [&](auto add) {
        for_each_register<RowSums::LANES>(src, args.length, [&](const In *x, int64_t, int) { add(RowSums::load(x)); });
    };
    switch (args.kind) {
        case NORM_LAYER:
            over_row([&](RowSums::V x) {
                sums.add(x);
                sums.add_squares(x);
            });
            return norm_factors(args, sums.sum(), sums.second());
        case NORM_L1:
            over_row([&](RowSums::V x) { sums.add_magnitudes(x); });
            return norm_factors(args, 0, sums.sum());
        default:
            over_row([&](RowSums::V x) { sums.add_squares(x); });
            return norm_factors(args, 0, sums.second());
    }
}

/** Load `count` of a parameter's elements, which begin at `i`. */
DL_INLINE Real load_parameters(const float *values, int64_t i, int count) {
    if (count == Real::LANES) {
        return Real::load(values + i);
    }
    float rest[Real::LANES] = {};
    memcpy(rest, values + i, count * sizeof(float));
    return Real::load(rest);
}

template <typename Rounding, typename In, typename Out>
void normalize_to(const NormArgs &args, int begin, int end) {
    const Real src_scale = Real::set(DL_SCALE(args.types.src_exponent));
    const Real inv_scale = Real::set(DL_RESCALE(args.types.dst_exponent));
    const bool is_lp = args.kind == NORM_L1 || args.kind == NORM_L2;
    const float *scale = args.scale.empty() ? nullptr : args.scale.data();
    const float *bias = args.bias.empty() ? nullptr : args.bias.data();
    for (int unit = begin; unit < end; unit++) {
        const In *src = static_cast<const In *>(args.src) + unit * args.length;
        Out *dst = static_cast<Out *>(args.dst) + unit * args.length;
        const NormFactors row = factors_of_row(args, src);
        const Real mean = Real::set(row.mean), factor = Real::set(row.factor);
        for_each_register<Real::LANES>(src, args.length, [&](const In *from, int64_t i, int count) {
            const Real x = load_real(from, src_scale);
            Real y = is_lp ? x / factor : (x - mean) * factor;
            if (scale) {
                y = y * load_parameters(scale, i, count);
            }
            if (bias) {
                y = y + load_parameters(bias, i, count);
            }
            y = quantize_real<Out, Rounding>(y, inv_scale);
            if (count == Real::LANES) {
                y.store(dst + i);
            } else {
                Out rest[Real::LANES];
                y.store(rest);
                memcpy(dst + i, rest, count * sizeof(Out));
            }
        });
    }
}

template <typename Rounding, typename In>
void normalize_rows(const NormArgs &args, int begin, int end) {
    switch (args.types.dst_dtype) {
        case DATA_TYPE_INT8:
            return normalize_to<Rounding, In, int8_t>(args, begin, end);
        case DATA_TYPE_INT16:
            return normalize_to<Rounding, In, int16_t>(args, begin, end);
        default:
            return normalize_to<Rounding, In, float>(args, begin, end);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
