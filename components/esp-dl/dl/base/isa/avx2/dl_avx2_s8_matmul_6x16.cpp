#include <immintrin.h>

#include "dl_avx2_tiles.hpp"
#include "dl_tile_matmul.hpp"

namespace dl {
namespace base {
namespace {

/** Pack the B of one batch as [block of 16 columns][run_padded / 2][column][2] of int16. The rows beyond k are zeros
 * since prepare_convs(), and stay so. */
void pack_b(const MatmulArgs &args, const int8_t *b, ConvArgs &conv) {
    const int n = args.n, k = args.k;
    const int whole = args.layout == WEIGHT_LAYOUT_BLOCKED ? n / 16 * 16 : 0;
    int16_t *packed = reinterpret_cast<int16_t *>(state_of<TiledConv>(conv).packed.data());
    const size_t block_size = static_cast<size_t>(state_of<TiledConv>(conv).plan.run_padded) * 16;
    for (int column = 0; column < whole; column += 16) {
        const int8_t *from = b + static_cast<size_t>(column) * k;
        int16_t *to = packed + column / 16 * block_size;
        for (int i = 0; i < k; i += 2, from += 32, to += 32) {
            const __m256i first = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from)));
            const __m256i second =
                i + 1 < k ? _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(from + 16)))
                          : _mm256_setzero_si256();
            const __m256i low = _mm256_unpacklo_epi16(first, second), high = _mm256_unpackhi_epi16(first, second);
            _mm256_store_si256(reinterpret_cast<__m256i *>(to), _mm256_permute2x128_si256(low, high, 0x20));
            _mm256_store_si256(reinterpret_cast<__m256i *>(to + 16), _mm256_permute2x128_si256(low, high, 0x31));
        }
    }
    for (int column = whole; column < n; column++) {
        const int8_t *from = b + static_cast<size_t>(column) * k;
        int16_t *to = packed + column / 16 * block_size + column % 16 * 2;
        for (int i = 0; i < k; i++) {
            to[i / 2 * 32 + i % 2] = from[i];
        }
    }
}

void matmul(const MatmulArgs &args, int begin, int end, void (*convolve)(const ConvArgs &, int, int)) {
    multiply_batches(args, begin, end, convolve, [&](const int8_t *b, ConvArgs &conv) { pack_b(args, b, conv); });
}

}  // namespace

DL_TILE(MatmulArgs, dl_avx2_s8_matmul_6x16, matmul(args, begin, end, DL_TILE_OF(dl_avx2_s8_conv_6x16)))

}  // namespace base
}  // namespace dl
