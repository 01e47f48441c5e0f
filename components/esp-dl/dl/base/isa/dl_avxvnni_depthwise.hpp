/**
 * @file dl_avxvnni_depthwise.hpp
 * What dl_vnni_depthwise.hpp asks of an instruction set, for AVX-VNNI: a vector is 32 channels, or 16 channels of two
 * positions.
 */
#pragma once

#include "dl_avxvnni_products.hpp"
#include "dl_vnni_depthwise.hpp"

namespace dl {
namespace base {
namespace {

struct AvxVnniDepthwise {
    using Vector = __m256i;
    using Weight = const uint8_t *;  // an address: there are no registers for weights
    using Mask = int;
    using Stage = AvxVnniFlip;
    static constexpr int BYTES = 32;

    static DL_INLINE Weight weight(const uint8_t *from) { return from; }
    static DL_INLINE Mask mask(int count) { return count; }
    static DL_INLINE Vector load(const uint8_t *from) { return avxvnni_load(from); }
    static DL_INLINE Vector load_halves(const uint8_t *from_low, const uint8_t *from_high) {
        return _mm256_loadu2_m128i(reinterpret_cast<const __m128i_u *>(from_high),
                                   reinterpret_cast<const __m128i_u *>(from_low));
    }
    static DL_INLINE Vector load_sums(const int32_t *from) { return avxvnni_load(from); }
    static DL_INLINE Vector unpack_low_8(Vector a, Vector b) { return _mm256_unpacklo_epi8(a, b); }
    static DL_INLINE Vector unpack_high_8(Vector a, Vector b) { return _mm256_unpackhi_epi8(a, b); }
    static DL_INLINE Vector unpack_low_16(Vector a, Vector b) { return _mm256_unpacklo_epi16(a, b); }
    static DL_INLINE Vector unpack_high_16(Vector a, Vector b) { return _mm256_unpackhi_epi16(a, b); }
    static DL_INLINE void add_products(Vector &sum, Vector activations, Weight weights) {
        avxvnni_add_products(sum, activations, weights);
    }
    static DL_INLINE void store(uint8_t *out, Mask count, Vector bytes) {
        if (__builtin_expect(count >= 32, 1)) {
            _mm256_storeu_si256(reinterpret_cast<__m256i *>(out), bytes);
        } else {
            // Here `count` is above 16: for 16 and fewer there is store_half().
            _mm_storeu_si128(reinterpret_cast<__m128i *>(out), _mm256_castsi256_si128(bytes));
            avx2_store(out + 16, _mm256_extracti128_si256(bytes, 1), count - 16);
        }
    }
    template <int HALF>
    static DL_INLINE void store_half(uint8_t *out, Mask count, Vector bytes) {
        avx2_store(out, _mm256_extracti128_si256(bytes, HALF), count);
    }

    template <typename Rounding, typename Run>
    static DL_INLINE void with_epilogue(const ConvArgs &args, Run run) {
        with_avx2_epilogue<Rounding>(args, run);
    }
    /** Nothing: 16 registers have no room for the shifts of a block. */
    struct Channels {};
    template <typename Epilogue>
    static DL_INLINE Channels channels(const Epilogue &, int) {
        return {};
    }
    template <typename Epilogue>
    static DL_INLINE Vector requantize(const Epilogue &epilogue, Channels, const VnniSums<AvxVnniDepthwise> &sums,
                                       int channel) {
        __m256i bytes[1] = {_mm256_packs_epi16(epilogue.scale_words(sums.a, sums.b, channel),
                                               epilogue.scale_words(sums.c, sums.d, channel + 16))};
        epilogue.finish(bytes);
        return bytes[0];
    }
};

}  // namespace
}  // namespace base
}  // namespace dl
