#include "dl_avxvnni_products.hpp"
#include "dl_avxvnni_tiles.hpp"
#include "dl_tile_matmul.hpp"

namespace dl {
namespace base {
namespace {

/** Interleave four rows of 16 columns, so that the four elements of a column are neighbours. Rows that are missing
 * count as zeros. */
void pack_rows(const int8_t *from, int rows, uint8_t *to) {
    auto row = [&](int i) {
        return i < rows ? _mm_loadu_si128(reinterpret_cast<const __m128i *>(from) + i) : _mm_setzero_si128();
    };
    const __m128i a = row(0), b = row(1), c = row(2), d = row(3);
    const __m128i ab_low = _mm_unpacklo_epi8(a, b), ab_high = _mm_unpackhi_epi8(a, b);
    const __m128i cd_low = _mm_unpacklo_epi8(c, d), cd_high = _mm_unpackhi_epi8(c, d);
    __m128i *quarters = reinterpret_cast<__m128i *>(to);
    _mm_store_si128(quarters, _mm_unpacklo_epi16(ab_low, cd_low));
    _mm_store_si128(quarters + 1, _mm_unpackhi_epi16(ab_low, cd_low));
    _mm_store_si128(quarters + 2, _mm_unpacklo_epi16(ab_high, cd_high));
    _mm_store_si128(quarters + 3, _mm_unpackhi_epi16(ab_high, cd_high));
}

/** Staging adds 128 to each activation, which adds 128 times a column's elements to its sum: take that off the column's
 * bias. */
void pack_bias(const MatmulArgs &args, ConvArgs &conv) {
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i half = _mm256_set1_epi32(args.shift > 0 ? 1 << (args.shift - 1) : 0);
    const int steps = state_of<TiledConv>(conv).plan.run_padded / 4;
    for (int eight = 0; eight < 2 * state_of<TiledConv>(conv).plan.blocks; eight++) {
        const uint8_t *b =
            state_of<TiledConv>(conv).packed.data() + static_cast<size_t>(eight / 2) * steps * 64 + eight % 2 * 32;
        __m256i sum = _mm256_setzero_si256();
        for (int i = 0; i < steps; i++) {
            avxvnni_add_products(sum, ones, b + i * 64);
        }
        const __m256i bias = _mm256_sub_epi32(half, _mm256_slli_epi32(sum, 7));
        _mm256_storeu_si256(reinterpret_cast<__m256i *>(state_of<Int8Conv>(conv).bias.data()) + eight, bias);
    }
}

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches(args, begin, end, convolve, [&](const int8_t *b, ConvArgs &conv) {
        pack_columns<4>(args, b, conv, pack_rows);
        pack_bias(args, conv);
    });
}

}  // namespace

DL_TILE(MatmulArgs, dl_avxvnni_s8_matmul_6x16, matmul(args, begin, end, DL_TILE_OF(dl_avxvnni_s8_conv_6x16)))

}  // namespace base
}  // namespace dl
