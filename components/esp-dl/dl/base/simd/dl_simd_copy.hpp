/**
 * @file dl_simd_copy.hpp
 * Copies of short runs of bytes, for which a call of memcpy() each would take too long, and transpositions.
 */
#pragma once

#include <utility>

#include "dl_base_copy.hpp"
#include "dl_base_resize.hpp"
#include "dl_simd_vector.hpp"
#include "dl_tool.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

/** Copy n bytes, at least sizeof(T): as many T as fit, and one more T that ends where the run ends. That one is read
 * first: dst may begin a little before src, and storing would overwrite it. */
template <typename T>
DL_INLINE void copy_parts(uint8_t *dst, const uint8_t *src, int64_t n) {
    constexpr int64_t SIZE = sizeof(T);
    T last, part;
    memcpy(&last, src + n - SIZE, SIZE);
    for (int64_t i = 0; i + SIZE < n; i += SIZE) {
        memcpy(&part, src + i, SIZE);
        memcpy(dst + i, &part, SIZE);
    }
    memcpy(dst + n - SIZE, &last, SIZE);
}

/** Call f(function that copies n bytes), n >= 1. Stores of more than 32 bytes would cross cache lines too often. */
template <typename F>
DL_INLINE void with_copy(int64_t n, F f) {
#if defined(__AVX2__)
    if (n >= 32) {
        return f(
            [](uint8_t *dst, const uint8_t *src, int64_t bytes) { copy_parts<Vector<uint8_t, 32>>(dst, src, bytes); });
    }
#endif
    if (n >= 16) {
        f([](uint8_t *dst, const uint8_t *src, int64_t bytes) { copy_parts<Vector<uint8_t, 16>>(dst, src, bytes); });
    } else if (n >= 8) {
        f([](uint8_t *dst, const uint8_t *src, int64_t bytes) { copy_parts<uint64_t>(dst, src, bytes); });
    } else if (n >= 4) {
        f([](uint8_t *dst, const uint8_t *src, int64_t bytes) { copy_parts<uint32_t>(dst, src, bytes); });
    } else if (n >= 2) {
        f([](uint8_t *dst, const uint8_t *src, int64_t bytes) { copy_parts<uint16_t>(dst, src, bytes); });
    } else {
        f([](uint8_t *dst, const uint8_t *src, int64_t bytes) { copy_parts<uint8_t>(dst, src, bytes); });
    }
}

inline void copy_runs(const CopyArgs &args, int begin, int end) {
    const int64_t size = static_cast<int64_t>(tool::dtype_size(args.types.src_dtype));
    const int64_t bytes = args.loops.back().extent * size;
    const uint8_t *src = static_cast<const uint8_t *>(args.src);
    uint8_t *dst = static_cast<uint8_t *>(args.dst);
    with_copy(bytes, [&](auto copy) {
        for_each_row(args, begin, end, [&](int64_t s, int64_t d) { copy(dst + d * size, src + s * size, bytes); });
    });
}

/** Resize to the nearest pixel, of one type and exponent. */
inline void resize_nearest(const ResizeArgs &args, int begin, int end) {
    const int64_t size = static_cast<int64_t>(tool::dtype_size(args.types.src_dtype));
    const int64_t bytes = args.c * size, src_pitch = args.src_pitch * size, dst_pitch = args.dst_pitch * size;
    uint8_t *dst = static_cast<uint8_t *>(args.dst) + static_cast<int64_t>(begin) * args.out_w * dst_pitch;
    with_copy(bytes, [&](auto copy) {
        for (int unit = begin; unit < end; unit++) {
            const int64_t row = static_cast<int64_t>(unit / args.out_h) * args.h + args.taps_y[unit % args.out_h].low;
            const uint8_t *src = static_cast<const uint8_t *>(args.src) + row * args.w * src_pitch;
            for (int x = 0; x < args.out_w; x++, dst += dst_pitch) {
                copy(dst, src + args.taps_x[x].low * src_pitch, bytes);
            }
        }
    });
}

/** Transposes squares of N x N elements in registers of 16 bytes. */
template <typename T>
class Transposition {
public:
    static constexpr int N = 16 / sizeof(T);
    static constexpr int STRIP =
        64 / sizeof(T);  ///< columns of src in a unit, a cache line of them: each line of src is read once

    static void run(const CopyArgs &args, int begin, int end) {
        const size_t last = args.loops.size() - 1;
        const CopyArgs::Loop columns = args.loops[last];
        const CopyArgs::Loop rows = args.loops[last - 1];
        const int64_t strips = (rows.extent + STRIP - 1) / STRIP;
        for (int unit = begin; unit < end; unit++) {
            const int64_t row = unit % strips * STRIP;
            const int64_t height = rows.extent - row < STRIP ? rows.extent - row : STRIP;
            const T *src = static_cast<const T *>(args.src) + row;
            T *dst = static_cast<T *>(args.dst) + row * rows.dst_stride;
            int64_t rest = unit / strips;
            for (size_t k = last - 1; k-- > 0;) {
                const CopyArgs::Loop &loop = args.loops[k];
                src += rest % loop.extent * loop.src_stride;
                dst += rest % loop.extent * loop.dst_stride;
                rest /= loop.extent;
            }
            int64_t column = 0;
            for (; column + N <= columns.extent; column += N) {
                int64_t i = 0;
                for (; i + N <= height; i += N) {
                    square(src + column * columns.src_stride + i, columns.src_stride,
                           dst + i * rows.dst_stride + column, rows.dst_stride);
                }
                one_by_one(src, columns.src_stride, dst, rows.dst_stride, column, column + N, i, height);
            }
            one_by_one(src, columns.src_stride, dst, rows.dst_stride, column, columns.extent, 0, height);
        }
    }

private:
    typedef T V __attribute__((vector_size(16)));

    static void one_by_one(const T *src, int64_t src_stride, T *dst, int64_t dst_stride, int64_t column,
                           int64_t last_column, int64_t first, int64_t last) {
        for (; column < last_column; column++) {
            for (int64_t i = first; i < last; i++) {
                dst[i * dst_stride + column] = src[column * src_stride + i];
            }
        }
    }

    /** Interleave the low or the high halves of a and b. */
    template <int FIRST, size_t... I>
    static DL_INLINE V interleave(V a, V b, std::index_sequence<I...>) {
        return __builtin_shufflevector(a, b, static_cast<int>(FIRST + I / 2 + I % 2 * N)...);
    }

    /** Transpose a square: N rows of src, `src_stride` apart, become N columns of dst, whose rows are `dst_stride`
     * apart. */
    static DL_INLINE void square(const T *src, int64_t src_stride, T *dst, int64_t dst_stride) {
        constexpr auto all = std::make_index_sequence<N>();
        V a[N], b[N];
        DL_UNROLL
        for (int i = 0; i < N; i++) {
            memcpy(a + i, src + i * src_stride, 16);
        }
        // Each round interleaves row i with row i + N / 2. That rotates the bits of an element's index by one.
        DL_UNROLL
        for (int round = 1; round < N; round *= 2) {
            DL_UNROLL
            for (int i = 0; i < N / 2; i++) {
                b[2 * i] = interleave<0>(a[i], a[i + N / 2], all);
                b[2 * i + 1] = interleave<N / 2>(a[i], a[i + N / 2], all);
            }
            DL_UNROLL
            for (int i = 0; i < N; i++) {
                a[i] = b[i];
            }
        }
        DL_UNROLL
        for (int i = 0; i < N; i++) {
            memcpy(dst + i * dst_stride, a + i, 16);
        }
    }
};

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
