// int16 convolution. Activations and weights are split into bytes: x = 256 * high + low, high signed, low unsigned. So
// a product is four products of bytes, which tiles add up exactly in 32 bits. There are three sums: of high by high, of
// low by low, and of the two mixed products.

#include "dl_amx_config.hpp"
#include "dl_amx_tiles.hpp"
#include "dl_avx512_wide.hpp"
#include "dl_conv_stage.hpp"

namespace dl {
namespace base {
namespace {

/** Staging that takes the high (SHIFT 8) or the low bytes (SHIFT 0) of int16. */
template <int SHIFT>
struct Bytes {
    using T = int16_t;
    using U = int8_t;
    static DL_INLINE void copy(int8_t *to, const int16_t *from, size_t n) {
        for (size_t i = 0; i < n; i += 32) {
            const __mmask32 mask = n - i >= 32 ? 0xffffffff : (UINT32_C(1) << (n - i)) - 1;
            const __m512i words = _mm512_srli_epi16(_mm512_maskz_loadu_epi16(mask, from + i), SHIFT);
            _mm256_mask_storeu_epi8(to + i, mask, _mm512_cvtepi16_epi8(words));
        }
    }
    static DL_INLINE void fill(int8_t *to, size_t n) { __builtin_memset(to, 0, n); }
};

/** Add up 16 positions by 16 channels: the sums of high, mixed and low products are in tiles 0, 1 and 2. */
DL_INLINE void multiply(const ConvArgs &args, const uint8_t *high, const uint8_t *low, int block) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const uint8_t *b =
        state_of<TiledConv>(args).packed.data() + static_cast<size_t>(block) * plan.runs * plan.run_padded * 16;
    const size_t to_low = state_of<TiledConv>(args).packed.size() / 2;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    for (int run = 0; run < plan.runs; run++) {
        const size_t offset = plan.run_offsets[run];
        for (int k = 0; k < plan.run_padded; k += 64) {
            _tile_loadd(4, high + offset + k, plan.position_bytes);
            _tile_loadd(6, b, 64);
            _tile_dpbssd(0, 4, 6);
            _tile_loadd(7, b + to_low, 64);
            _tile_dpbsud(1, 4, 7);
            _tile_loadd(5, low + offset + k, plan.position_bytes);
            _tile_dpbuud(2, 5, 7);
            _tile_dpbusd(1, 5, 6);
            b += 1024;
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const WideEpilogue<Rounding> epilogue(args);
    alignas(64) int32_t sums[2][3][256];
    configure_tiles();
    // Tiles read up to 15 positions and one padded run beyond the last position.
    const size_t plane = (plan.scratch_bytes + 16 * plan.position_bytes + plan.run_padded + 127) / 64 * 64;
    uint8_t *high = host_scratch(2 * plane);
    uint8_t *low = high + plane;
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        const ConvUnit unit = conv_unit(args, part.index, 2);
        if (part.index != staged) {
            conv_stage<Bytes<8>>(args, part.index, unit, high);
            conv_stage<Bytes<0>>(args, part.index, unit, low);
            staged = part.index;
        }
        const int count = unit.positions();
        for (int block = part.begin; block < part.end; block++) {
            const int channel = block * 16;
            const int left = args.out_c - channel;
            const __mmask16 mask = left >= 16 ? 0xffff : static_cast<__mmask16>((1 << left) - 1);
            ConvCursor cursor(unit);
            int side = 0;
            // While the tiles multiply, the vector unit makes outputs of the 16 positions before them.
            for (int p = 0; p < count + 16; p += 16, side ^= 1) {
                if (p < count) {
                    multiply(args, high + p * plan.position_bytes, low + p * plan.position_bytes, block);
                }
                for (int m = 0; p > 0 && m < 16; m++) {
                    int16_t *out = reinterpret_cast<int16_t *>(cursor.next());
                    if (!out) {
                        continue;
                    }
                    const __m512i h = _mm512_load_si512(sums[side][0] + 16 * m);
                    const __m512i x = _mm512_load_si512(sums[side][1] + 16 * m);
                    const __m512i l = _mm512_load_si512(sums[side][2] + 16 * m);
                    const __m512i even =
                        _mm512_add_epi64(_mm512_add_epi64(_mm512_srai_epi64(_mm512_slli_epi64(h, 32), 16),
                                                          _mm512_srai_epi64(_mm512_slli_epi64(x, 32), 24)),
                                         _mm512_srai_epi64(_mm512_slli_epi64(l, 32), 32));
                    const __m512i odd =
                        _mm512_add_epi64(_mm512_add_epi64(_mm512_slli_epi64(_mm512_srai_epi64(h, 32), 16),
                                                          _mm512_slli_epi64(_mm512_srai_epi64(x, 32), 8)),
                                         _mm512_srai_epi64(l, 32));
                    const __m256i words = _mm512_cvtepi32_epi16(epilogue.scale(even, odd, channel));
                    _mm256_mask_storeu_epi16(out + channel, mask, words);
                }
                if (p < count) {
                    _tile_stored(0, sums[side ^ 1][0], 64);
                    _tile_stored(1, sums[side ^ 1][1], 64);
                    _tile_stored(2, sums[side ^ 1][2], 64);
                }
            }
        }
    }
    _tile_release();
}

}  // namespace

DL_TILE(ConvArgs, dl_amx_s16_conv_16x16, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
