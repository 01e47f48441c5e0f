/**
 * @file dl_neon_epilogue.hpp
 * The epilogues of NEON's kernels, and what else they share. NEON has instructions that shift with rounding and
 * saturate. So its sums begin with the bias alone, and every shift is possible, see pack_plain_bias().
 */
#pragma once

#include <arm_neon.h>

#include <type_traits>

#include "dl_base_conv.hpp"
#include "dl_conv_stage.hpp"
#include "dl_neon_lut.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

/**
 * The shifts of N vectors of four channels, kept in registers. SQRSHL rounds half up, and saturates where it shifts to
 * the left. For half to even, one is subtracted first from each sum whose truncated quotient is even: that changes the
 * results of ties, and no others.
 */
template <typename Rounding, int N>
struct NeonShifts {
    int32x4_t left[N];      ///< shift to the left; negative: to the right
    int32x4_t rounding[N];  ///< 1 where something is shifted out

    DL_INLINE explicit NeonShifts(const int32_t *shifts) {
        DL_UNROLL
        for (int n = 0; n < N; n++) {
            const int32x4_t right = vld1q_s32(shifts + 4 * n);
            left[n] = vnegq_s32(right);
            rounding[n] = vminq_s32(vmaxq_s32(right, vdupq_n_s32(0)), vdupq_n_s32(1));
        }
    }

    DL_INLINE int32x4_t scale(int32x4_t sum, int n) const {
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            sum = vqsubq_s32(sum, vbicq_s32(rounding[n], vshlq_s32(sum, left[n])));
        }
        return vqrshlq_s32(sum, left[n]);
    }
};

/** The epilogue of an int8 convolution. */
struct NeonEpilogue {
    const int32_t *shifts;
    const int8_t *lut;
    int8x16_t low;

    DL_INLINE explicit NeonEpilogue(const ConvArgs &args)
        : shifts(state_of<Int8Conv>(args).shift.data()), lut(args.lut), low(vdupq_n_s8(args.relu ? 0 : -128)) {}

    /** Make bytes of the sums of M positions by 16 channels: round, shift, limit by ReLU, saturate, look up. */
    template <typename Rounding, int M>
    DL_INLINE void finish(const int32x4_t (&sum)[M][4], const NeonShifts<Rounding, 4> &channels,
                          int8x16_t (&bytes)[M]) const {
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            int16x4_t words[4];
            DL_UNROLL
            for (int n = 0; n < 4; n++) {
                words[n] = vqmovn_s32(channels.scale(sum[m][n], n));
            }
            const int8x8_t first = vqmovn_s16(vcombine_s16(words[0], words[1]));
            const int8x8_t second = vqmovn_s16(vcombine_s16(words[2], words[3]));
            bytes[m] = vmaxq_s8(vcombine_s8(first, second), low);
        }
        if (lut) {
            neon_look_up(lut, bytes);
        }
    }

    /** Make bytes of the sums of N positions by 16 channels from `channel` on, and store those of the first M positions
     * that the cursor does not pass over. */
    template <typename Rounding, int M, int N>
    DL_INLINE void finish_and_store(const int32x4_t (&sum)[N][4], int channel, int out_c, ConvCursor &cursor) const {
        int8x16_t bytes[N];
        finish<Rounding, N>(sum, NeonShifts<Rounding, 4>(shifts + channel), bytes);
        DL_UNROLL
        for (int m = 0; m < M; m++) {
            if (uint8_t *out = cursor.next()) {
                store(out + channel, bytes[m], out_c - channel);
            }
        }
    }

    /** Store the first `count` of 16 bytes. A `count` above 16 means all. */
    static DL_INLINE void store(uint8_t *out, int8x16_t bytes, int count) {
        if (count >= 16) {
            vst1q_s8(reinterpret_cast<int8_t *>(out), bytes);
        } else {
            int8_t buffer[16];
            vst1q_s8(buffer, bytes);
            __builtin_memcpy(out, buffer, count);
        }
    }
};

/** The epilogue of an int16 convolution: from eight sums of 64 bits to words. */
template <typename Rounding>
struct NeonWideEpilogue {
    const int64_t *bias;
    const int64_t *shifts;
    int16x8_t low;

    DL_INLINE explicit NeonWideEpilogue(const ConvArgs &args)
        : bias(state_of<Int16Conv>(args).bias.data()),
          shifts(state_of<Int16Conv>(args).shift.data()),
          low(vdupq_n_s16(args.relu ? 0 : INT16_MIN)) {}

    DL_INLINE int16x8_t finish(const int64x2_t *sum, int channel) const {
        int32x2_t scaled[4];
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            scaled[i] = vqmovn_s64(scale(sum[i], vld1q_s64(shifts + channel + 2 * i)));
        }
        const int16x4_t first = vqmovn_s32(vcombine_s32(scaled[0], scaled[1]));
        const int16x4_t second = vqmovn_s32(vcombine_s32(scaled[2], scaled[3]));
        return vmaxq_s16(vcombine_s16(first, second), low);
    }

    /** Store the first `count` of 8 values. A `count` above 8 means all. */
    static DL_INLINE void store(uint8_t *out, int16x8_t words, int count) {
        const uint8x16_t bytes = vreinterpretq_u8_s16(words);
        if (count >= 8) {
            vst1q_u8(out, bytes);
        } else if (count > 0) {
            uint8_t buffer[16];
            vst1q_u8(buffer, bytes);
            __builtin_memcpy(out, buffer, 2 * count);
        }
    }

private:
    DL_INLINE static int64x2_t scale(int64x2_t sum, int64x2_t right) {
        const int64x2_t left = vnegq_s64(right);
        if constexpr (std::is_same_v<Rounding, RoundHalfEven>) {
            const int64x2_t one = vreinterpretq_s64_u64(vandq_u64(vcgtzq_s64(right), vdupq_n_u64(1)));
            sum = vqsubq_s64(sum, vbicq_s64(one, vshlq_s64(sum, left)));
        }
        return vqrshlq_s64(sum, left);
    }
};

/** Interleaves four vectors of 16 bytes into 16 groups of four bytes, one of each vector: what SDOT multiplies. */
struct NeonGroups {
    int8x16_t part[4];

    DL_INLINE NeonGroups(int8x16_t a, int8x16_t b, int8x16_t c, int8x16_t d) {
        const int16x8_t ab_low = vreinterpretq_s16_s8(vzip1q_s8(a, b)), ab_high = vreinterpretq_s16_s8(vzip2q_s8(a, b));
        const int16x8_t cd_low = vreinterpretq_s16_s8(vzip1q_s8(c, d)), cd_high = vreinterpretq_s16_s8(vzip2q_s8(c, d));
        part[0] = vreinterpretq_s8_s16(vzip1q_s16(ab_low, cd_low));
        part[1] = vreinterpretq_s8_s16(vzip2q_s16(ab_low, cd_low));
        part[2] = vreinterpretq_s8_s16(vzip1q_s16(ab_high, cd_high));
        part[3] = vreinterpretq_s8_s16(vzip2q_s16(ab_high, cd_high));
    }
};

/** Staging that leaves elements as they are. */
template <typename Element>
struct NeonCopy {
    using T = Element;
    using U = Element;
    static DL_INLINE void copy(U *to, const T *from, size_t n) { __builtin_memcpy(to, from, n * sizeof(T)); }
    static DL_INLINE void fill(U *to, size_t n) { __builtin_memset(to, 0, n * sizeof(U)); }
};

/** An int8 convolution by tiles of at most 4 positions by 16 channels. @param tile called as
 * tile.operator()<M>(epilogue, first position, block, cursor) for M positions */
template <typename Tile>
DL_INLINE void neon_s8_conv(const ConvArgs &args, int begin, int end, Tile tile) {
    const NeonEpilogue epilogue(args);
    conv_parts<NeonCopy<int8_t>, 4>(args, begin, end, [&](const ConvUnit &unit, int block, int blocks_end) {
        for (; block < blocks_end; block++) {
            conv_tiles<4>(unit, state_of<TiledConv>(args).plan.position_bytes,
                          [&]<int M>(const uint8_t *a, ConvCursor &cursor) {
                              tile.template operator()<M>(epilogue, a, block, cursor);
                          });
        }
    });
}

}  // namespace
}  // namespace base
}  // namespace dl
