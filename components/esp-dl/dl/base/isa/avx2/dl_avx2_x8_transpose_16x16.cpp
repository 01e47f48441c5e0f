// The byte matrix at the bottom of a transposing copy, in squares of 16 x 16 that are turned in registers.
#include <immintrin.h>

#include "dl_avx2_kernels.hpp"

namespace dl {
namespace base {

namespace {

/** 16 rows of 16 bytes, `src_stride` apart, become 16 rows of the columns, `dst_stride` apart. */
void transpose_16x16(const uint8_t *src, int64_t src_stride, uint8_t *dst, int64_t dst_stride) {
    __m128i a[16];
    __m128i b[16];
    for (int i = 0; i < 16; i++) {
        a[i] = _mm_loadu_si128((const __m128i *)(src + i * src_stride));
    }
    // Four rounds, each interleaving row i with row i + 8, transpose: the index of a byte is rotated by one bit.
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            b[2 * i] = _mm_unpacklo_epi8(a[i], a[i + 8]);
            b[2 * i + 1] = _mm_unpackhi_epi8(a[i], a[i + 8]);
        }
        for (int i = 0; i < 8; i++) {
            a[2 * i] = _mm_unpacklo_epi8(b[i], b[i + 8]);
            a[2 * i + 1] = _mm_unpackhi_epi8(b[i], b[i + 8]);
        }
    }
    for (int i = 0; i < 16; i++) {
        _mm_storeu_si128((__m128i *)(dst + i * dst_stride), a[i]);
    }
}

}  // namespace

bool dl_avx2_x8_transpose_16x16_prepare(CopyArgs &args) {
    // Innermost is the loop that runs through dst; the one that runs through src becomes its neighbour.
    const size_t last = args.loops.size() - 1;
    for (size_t i = 0; i < last; i++) {
        if (args.loops[i].src_stride == 1 && args.loops[i].extent >= 16) {
            const CopyArgs::Loop rows = args.loops[i];
            for (size_t k = i; k + 1 < last; k++) {
                args.loops[k] = args.loops[k + 1];
            }
            args.loops[last - 1] = rows;
            args.units = 1;
            for (size_t k = 0; k + 1 < last; k++) {
                args.units *= (int)args.loops[k].extent;
            }
            args.units *= (int)((rows.extent + 15) / 16);
            return true;
        }
    }
    return false;
}

void dl_avx2_x8_transpose_16x16(const CopyArgs &args, int begin, int end) {
    const size_t last = args.loops.size() - 1;
    const CopyArgs::Loop columns = args.loops[last];
    const CopyArgs::Loop rows = args.loops[last - 1];
    const int64_t blocks = (rows.extent + 15) / 16;
    for (int unit = begin; unit < end; unit++) {
        const int64_t row = unit % blocks * 16;
        const int64_t height = rows.extent - row < 16 ? rows.extent - row : 16;
        const uint8_t *src = static_cast<const uint8_t *>(args.src) + row;
        uint8_t *dst = static_cast<uint8_t *>(args.dst) + row * rows.dst_stride;
        int64_t rest = unit / blocks;
        for (size_t k = last - 1; k-- > 0;) {
            const CopyArgs::Loop &loop = args.loops[k];
            src += rest % loop.extent * loop.src_stride;
            dst += rest % loop.extent * loop.dst_stride;
            rest /= loop.extent;
        }
        int64_t column = 0;
        for (; height == 16 && column + 16 <= columns.extent; column += 16) {
            transpose_16x16(src + column * columns.src_stride, columns.src_stride, dst + column, rows.dst_stride);
        }
        for (; column < columns.extent; column++) {
            for (int64_t i = 0; i < height; i++) {
                dst[i * rows.dst_stride + column] = src[column * columns.src_stride + i];
            }
        }
    }
}

}  // namespace base
}  // namespace dl
