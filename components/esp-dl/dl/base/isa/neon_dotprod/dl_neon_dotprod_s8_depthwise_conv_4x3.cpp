// int8 depthwise convolution of up to 4 rows by 3 columns, horizontal stride and dilation 1, for 16 channels at once.
// The rows of an input column are interleaved once, and multiplied for the three outputs whose windows the column lies
// in. The sums of the three stay in registers.

#include "dl_neon_dotprod_tiles.hpp"
#include "dl_neon_epilogue.hpp"

namespace dl {
namespace base {
namespace {

/** Sums of 16 channels of one position. */
struct Sums {
    int32x4_t part[1][4];

    DL_INLINE void load(const int32_t *bias) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[0][i] = vld1q_s32(bias + 4 * i);
        }
    }
    DL_INLINE void add(const NeonGroups &column, const int8x16_t (&weights)[4]) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            part[0][i] = vdotq_s32(part[0][i], column.part[i], weights[i]);
        }
    }
};

/** Compute all output rows of a unit for one block of channels. */
template <typename Rounding>
void block_rows(const ConvArgs &args, const NeonEpilogue &epilogue, const ConvUnit &unit, int block,
                const uint8_t *scratch) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int channel = block * 16;
    const int32_t *bias = state_of<Int8Conv>(args).bias.data() + channel;
    const int8_t *packed =
        reinterpret_cast<const int8_t *>(state_of<TiledConv>(args).packed.data()) + static_cast<size_t>(block) * 3 * 64;
    const NeonShifts<Rounding, 4> shifts(epilogue.shifts + channel);
    int8x16_t weights[3][4];
    DL_UNROLL
    for (int j = 0; j < 3; j++) {
        DL_UNROLL
        for (int i = 0; i < 4; i++) {
            weights[j][i] = vld1q_s8(packed + j * 64 + i * 16);
        }
    }
    // A kernel of fewer rows has weights of zero for the others, so any input will do there.
    size_t rows[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = plan.run_offsets[i < args.kernel_h ? i * 3 : 0];
    }
    for (int y = 0; y < unit.rows; y++) {
        const int8_t *from = reinterpret_cast<const int8_t *>(scratch) + channel + y * plan.row_bytes;
        uint8_t *out = unit.output + channel + static_cast<size_t>(y) * unit.width * unit.pixel;
        auto next_column = [&]() __attribute__((always_inline)) {
            const int8_t *at = from;
            from += plan.position_bytes;
            return NeonGroups(vld1q_s8(at + rows[0]), vld1q_s8(at + rows[1]), vld1q_s8(at + rows[2]),
                              vld1q_s8(at + rows[3]));
        };
        auto step = [&](Sums & done, Sums & half_done, Sums & begun) __attribute__((always_inline)) {
            const NeonGroups column = next_column();
            begun.load(bias);
            done.add(column, weights[2]);
            half_done.add(column, weights[1]);
            begun.add(column, weights[0]);
            int8x16_t bytes[1];
            epilogue.finish<Rounding, 1>(done.part, shifts, bytes);
            epilogue.store(out, bytes[0], args.out_c - channel);
            out += unit.pixel;
        };
        Sums first, next, last;
        first.load(bias);
        next.load(bias);
        first.add(next_column(), weights[0]);
        const NeonGroups second = next_column();
        first.add(second, weights[1]);
        next.add(second, weights[0]);
        // The three sums change roles by name: moving them between registers would take as long as adding to them.
        for (int x = unit.width;;) {
            step(first, next, last);
            if (--x == 0) {
                break;
            }
            step(next, last, first);
            if (--x == 0) {
                break;
            }
            step(last, first, next);
            if (--x == 0) {
                break;
            }
        }
    }
}

template <typename Rounding>
void conv(const ConvArgs &args, int begin, int end) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const NeonEpilogue epilogue(args);
    uint8_t *scratch = host_scratch(plan.scratch_bytes + 64);
    for (int index = begin; index < end; index++) {
        const ConvUnit unit = conv_unit(args, index, 1);
        conv_stage<NeonCopy<int8_t>>(args, index, unit, scratch);
        for (int block = 0; block < plan.blocks; block++) {
            block_rows<Rounding>(args, epilogue, unit, block, scratch);
        }
    }
}

}  // namespace

DL_TILE(ConvArgs, dl_neon_dotprod_s8_depthwise_conv_4x3, conv<Rounding>(args, begin, end))

}  // namespace base
}  // namespace dl
