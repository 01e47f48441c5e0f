#include "dl_pack_depthwise_conv.hpp"

#include <algorithm>

namespace dl {
namespace base {

int rows_to_share(const ConvArgs &args) {
    const int64_t bytes = static_cast<int64_t>(args.batch) * args.out_h * args.out_w * args.out_c;
    return bytes < 16 << 10 ? INT32_MAX : std::max(4, (args.batch * args.out_h + 3) / 4);
}

bool has_3_columns(const ConvArgs &args, int max_stride) {
    return args.kernel_h <= 4 && args.kernel_w == 3 && args.stride_w <= max_stride && args.dilation_w == 1;
}

void pad_taps(ConvArgs &args) {
    ConvPlan &plan = state_of<TiledConv>(args).plan;
    plan.run_offsets.resize((plan.runs + 3) / 4 * 4, 0);
}

/** Weights of a kernel of 3 columns with its taps in another order, given as row * 3 + column, which makes it one
 * of N / 3 rows; rows that it lacks are zeros. */
template <typename Packed, int N>
static void pack_taps(ConvArgs &args, const int (&order)[N], int taps, int zero_point) {
    HostBuffer<uint8_t> rows;
    rows.swap(args.weights);
    const int height = args.kernel_h;
    args.weights.assign(static_cast<size_t>(N) * args.out_c, 0);
    for (int i = 0; i < N; i++) {
        if (order[i] < height * 3) {
            std::copy_n(rows.data() + static_cast<size_t>(order[i]) * args.out_c, args.out_c,
                        args.weights.data() + static_cast<size_t>(i) * args.out_c);
        }
    }
    args.kernel_h = N / 3;
    pack_depthwise_int8<Packed>(args, taps, zero_point);
    args.kernel_h = height;
}

void pack_columns(ConvArgs &args, int zero_point) {
    pack_taps<int8_t>(args, {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}, 4, zero_point);
}

void pack_row_pairs(ConvArgs &args) {
    pack_taps<int16_t>(args, {0, 3, 1, 4, 2, 5, 6, 7, 8}, 2, 0);
}

void pack_plain_depthwise_int16(ConvArgs &args) {
    TiledConv &state = state_of<TiledConv>(args);
    const int block = state.plan.block;
    pack_plain_wide_bias(args);
    const int taps = state.plan.runs;
    HostBuffer<uint8_t> packed(static_cast<size_t>(state.plan.blocks) * taps * block * 2, 0);
    const int16_t *from = reinterpret_cast<const int16_t *>(args.weights.data());
    int16_t *to = reinterpret_cast<int16_t *>(packed.data());
    for (int tap = 0; tap < taps; tap++) {
        for (int c = 0; c < args.out_c; c++) {
            to[(static_cast<size_t>(c) / block * taps + tap) * block + c % block] = *from++;
        }
    }
    state.packed.swap(packed);
    HostBuffer<uint8_t>().swap(args.weights);
}

}  // namespace base
}  // namespace dl
