#include "dl_pack_matmul.hpp"

#include <algorithm>

namespace dl {
namespace base {

bool is_packable_int8(const MatmulArgs &args) {
    return args.dtype == DATA_TYPE_INT8 && args.layout != WEIGHT_LAYOUT_ONNX;
}

/** Make the convolution of each batch of B. Its weights are not known yet. */
static void begin_convs(MatmulArgs &args) {
    args.units = *std::max_element(args.b_batch.begin(), args.b_batch.end()) + 1;
    args.convs = std::make_unique<ConvArgs[]>(args.units);
    for (int i = 0; i < args.units; i++) {
        ConvArgs &conv = args.convs[i];
        conv.dtype = args.dtype;
        conv.in_w = conv.out_w = args.m;
        conv.in_c = conv.in_pitch = args.k;
        conv.out_c = conv.out_pitch = args.n;
        conv.relu = args.relu;
        conv.shifts.assign(args.n, args.shift);
        conv.bias.assign(args.n, 0);
    }
}

template <typename Packed>
bool prepare_convs(MatmulArgs &args, int run_multiple, int group, size_t budget) {
    begin_convs(args);
    for (int i = 0; i < args.units; i++) {
        ConvArgs &conv = args.convs[i];
        // The bias is packed for weights of the largest magnitude.
        conv.weights.assign(static_cast<size_t>(args.n) * args.k, static_cast<uint8_t>(-128));
        if (!make_conv_plan<Int8Conv>(conv, run_multiple, 16, sizeof(Packed), false, budget)) {
            return false;
        }
        pack_conv_bias_int8(conv, 0);
        pack_conv_weights<int8_t, Packed>(conv, group);
    }
    return true;
}

template bool prepare_convs<int8_t>(MatmulArgs &, int, int, size_t);
template bool prepare_convs<int16_t>(MatmulArgs &, int, int, size_t);

bool prepare_word_convs(MatmulArgs &args, int run_multiple, size_t budget, bool (*pack)(ConvArgs &)) {
    begin_convs(args);
    for (int i = 0; i < args.units; i++) {
        ConvArgs &conv = args.convs[i];
        conv.weights.assign(static_cast<size_t>(args.n) * args.k * 2, 0);
        if (!make_conv_plan<Int16Conv>(conv, run_multiple, 16, 2, false, budget) || !pack(conv)) {
            return false;
        }
    }
    return true;
}
bool is_packable_int8_in_int32(const MatmulArgs &args) {
    // In the worst case, every product is 128 * 128, and the rounding term is added.
    return is_packable_int8(args) && args.shift >= 0 && args.shift <= 30 && args.k <= 1 << 16;
}

bool is_packable_int16_in_int64(const MatmulArgs &args) {
    return args.dtype == DATA_TYPE_INT16 && args.shift >= 0 && args.shift <= 60 && args.k <= 1 << 16 &&
           args.layout != WEIGHT_LAYOUT_ONNX;
}

bool is_packable_int16(const MatmulArgs &args) {
    return args.dtype == DATA_TYPE_INT16 && args.layout != WEIGHT_LAYOUT_ONNX;
}

}  // namespace base
}  // namespace dl
