/**
 * @file dl_avx512_depthwise.hpp
 * What dl_vnni_depthwise.hpp asks of an instruction set, for AVX-512: a vector is 64 channels, or 32 channels of two
 * positions.
 */
#pragma once

#include "dl_avx512_epilogue.hpp"
#include "dl_vnni_depthwise.hpp"

namespace dl {
namespace base {
namespace {

struct Avx512Depthwise {
    using Vector = __m512i;
    using Weight = __m512i;
    using Mask = __mmask64;
    using Stage = Avx512Stage<Avx512Flip>;
    static constexpr int BYTES = 64;

    static DL_INLINE Weight weight(const uint8_t *from) { return _mm512_loadu_si512(from); }
    static DL_INLINE Mask mask(int count) { return first_lanes(count); }
    static DL_INLINE Vector load(const uint8_t *from) { return _mm512_loadu_si512(from); }
    static DL_INLINE Vector load_halves(const uint8_t *from_low, const uint8_t *from_high) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from_low));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from_high));
        return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
    }
    static DL_INLINE Vector load_sums(const int32_t *from) { return _mm512_loadu_si512(from); }
    static DL_INLINE Vector unpack_low_8(Vector a, Vector b) { return _mm512_unpacklo_epi8(a, b); }
    static DL_INLINE Vector unpack_high_8(Vector a, Vector b) { return _mm512_unpackhi_epi8(a, b); }
    static DL_INLINE Vector unpack_low_16(Vector a, Vector b) { return _mm512_unpacklo_epi16(a, b); }
    static DL_INLINE Vector unpack_high_16(Vector a, Vector b) { return _mm512_unpackhi_epi16(a, b); }
    static DL_INLINE void add_products(Vector &sum, Vector activations, Weight weights) {
        avx512_add_products(sum, activations, weights);
    }
    static DL_INLINE void store(uint8_t *out, Mask mask, Vector bytes) { _mm512_mask_storeu_epi8(out, mask, bytes); }
    template <int HALF>
    static DL_INLINE void store_half(uint8_t *out, Mask mask, Vector bytes) {
        _mm256_mask_storeu_epi8(out, static_cast<__mmask32>(mask), _mm512_extracti64x4_epi64(bytes, HALF));
    }

    template <typename Rounding, typename Run>
    static DL_INLINE void with_epilogue(const ConvArgs &args, Run run) {
        run(Avx512Epilogue<Rounding>(args));
    }
    template <typename Rounding>
    static DL_INLINE Avx512Channels<Rounding, 4> channels(const Avx512Epilogue<Rounding> &epilogue, int channel) {
        return epilogue.template channels<4>(channel);
    }
    template <typename Rounding>
    static DL_INLINE Vector requantize(const Avx512Epilogue<Rounding> &epilogue,
                                       const Avx512Channels<Rounding, 4> &channels, VnniSums<Avx512Depthwise> sums,
                                       int channel) {
        if (__builtin_expect(epilogue.wraps, 0)) {
            sums.a = epilogue.add_half(sums.a, channel);
            sums.b = epilogue.add_half(sums.b, channel + 16);
            sums.c = epilogue.add_half(sums.c, channel + 32);
            sums.d = epilogue.add_half(sums.d, channel + 48);
        }
        return epilogue.pack_lanes(channels.scale(sums.a, 0), channels.scale(sums.b, 1), channels.scale(sums.c, 2),
                                   channels.scale(sums.d, 3));
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
