// This file is compiled without AVX2's flags, as every wing's table is. Preparing a kernel uses containers, and the
// linker keeps one copy of their inline code for the whole program: that copy has to run on every processor.
#include <iterator>

#include "dl_avx2_tiles.hpp"
#include "dl_base_wing.hpp"
#include "dl_pack_depthwise_conv.hpp"
#include "dl_pack_matmul.hpp"
#include "dl_simd_table.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

DL_DECLARE_SIMD_TABLE(avx2, AddRowsArgs, add_rows)
DL_DECLARE_SIMD_TABLE(avx2, PoolArgs, average_pool)
DL_DECLARE_SIMD_TABLE(avx2, CopyArgs, copy)
DL_DECLARE_SIMD_TABLE(avx2, ElementwiseArgs, elementwise)
DL_DECLARE_SIMD_TABLE(avx2, GatherArgs, gather)
DL_DECLARE_SIMD_TABLE(avx2, RnnArgs, gru)
DL_DECLARE_SIMD_TABLE(avx2, RnnArgs, lstm)
DL_DECLARE_SIMD_TABLE(avx2, PoolArgs, max_pool)
DL_DECLARE_SIMD_TABLE(avx2, NormArgs, normalization)
DL_DECLARE_SIMD_TABLE(avx2, PadArgs, pad)
DL_DECLARE_SIMD_TABLE(avx2, ReduceArgs, reduce)
DL_DECLARE_SIMD_TABLE(avx2, ResizeArgs, resize)
DL_DECLARE_SIMD_TABLE(avx2, SoftmaxArgs, softmax)
DL_DECLARE_SIMD_TABLE(avx2, UnaryArgs, unary)

static bool prepare_s8_conv_6x16(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 2, 16, 2, false, 32 << 10)) {
        return false;
    }
    pack_conv_bias_int8(args, 0);
    pack_conv_weights<int8_t, int16_t>(args, 2);
    split_conv_channels(args);
    return true;
}

/** The byte kernel handles 8 elements in the time the 16-bit one needs for 6, but must scan its input first. It is used
 * only if its steps are at most 15 % of the weights of a channel; without split steps they are 12.5 %. */
static bool prepare_s8_conv_4x16(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 2, 16, 2, false, 32 << 10)) {
        return false;
    }
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    const int64_t word_elements = static_cast<int64_t>(plan.blocks) * plan.runs * plan.run_padded;
    pack_conv_bias_int8(args, 0);
    if (!pack_conv_bytes(args, word_elements * 15 / 100)) {
        return false;
    }
    pack_conv_weights<int8_t, int16_t>(args, 2);
    split_conv_channels(args);
    return true;
}

static bool prepare_s16_conv_6x16(ConvArgs &args) {
    if (!make_conv_plan<Int16Conv>(args, 2, 16, 2, false, 24 << 10) || !pack_conv_int16(args, std::size(FOLD_RANGES))) {
        return false;
    }
    dl_avx2_s16_conv_6x16_folds(args);
    split_conv_channels(args);
    return true;
}

static bool fits_s8_depthwise_conv_3x3(const ConvArgs &args) {
    return is_int8(args) && fits_int32(args) && has_3_columns(args, 2) && args.kernel_h <= 3;
}

static bool prepare_s8_depthwise_conv_3x3(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 1, 8, 1, true, 64 << 10, rows_to_share(args))) {
        return false;
    }
    pack_row_pairs(args);
    return true;
}

static bool prepare_s8_depthwise_conv_16(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 1, 16, 2, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pack_depthwise_int8<int16_t>(args, 2, 0);
    return true;
}

static bool prepare_s16_depthwise_conv_16(ConvArgs &args) {
    return make_conv_plan<Int16DepthwiseConv>(args, 1, 16, 2, true, 32 << 10, rows_to_share(args)) &&
           pack_depthwise_int16(args);
}

static bool prepare_s8_matmul_6x16(MatmulArgs &args) {
    return prepare_convs<int16_t>(args, 2, 2, 32 << 10);
}

static bool prepare_s16_matmul_6x16(MatmulArgs &args) {
    // One range, for any A: a product has too few rows for a search of A's range to pay.
    return prepare_word_convs(args, 2, 24 << 10, [](ConvArgs &conv) { return pack_conv_int16(conv, 1); });
}

static constexpr Kernel<ConvArgs> conv_rows[] = {
    DL_TILE_ROW(dl_avx2_s8_conv_4x16, is_dense_int8_in_int32, prepare_s8_conv_4x16),
    DL_TILE_ROW(dl_avx2_s8_conv_6x16, is_dense_int8_in_int32, prepare_s8_conv_6x16),
    DL_TILE_ROW(dl_avx2_s16_conv_6x16, is_dense_int16, prepare_s16_conv_6x16),
};
static constexpr Kernel<ConvArgs> depthwise_conv_rows[] = {
    DL_TILE_ROW(dl_avx2_s8_depthwise_conv_3x3, fits_s8_depthwise_conv_3x3, prepare_s8_depthwise_conv_3x3),
    DL_TILE_ROW(dl_avx2_s8_depthwise_conv_16, is_int8_in_int32, prepare_s8_depthwise_conv_16),
    DL_TILE_ROW(dl_avx2_s16_depthwise_conv_16, is_int16, prepare_s16_depthwise_conv_16),
};
static constexpr Kernel<MatmulArgs> matmul_rows[] = {
    DL_TILE_ROW(dl_avx2_s8_matmul_6x16, is_packable_int8_in_int32, prepare_s8_matmul_6x16),
    DL_TILE_ROW(dl_avx2_s16_matmul_6x16, is_packable_int16_in_int64, prepare_s16_matmul_6x16),
};

static constexpr KernelTable<ConvArgs> conv(conv_rows);
static constexpr KernelTable<ConvArgs> depthwise_conv(depthwise_conv_rows);
static constexpr KernelTable<MatmulArgs> matmul(matmul_rows);

constinit const Wing dl_avx2_wing = {
    .isa = ISA_AVX2,
    .add_rows = &avx2::add_rows,
    .average_pool = &avx2::average_pool,
    .conv = &conv,
    .copy = &avx2::copy,
    .depthwise_conv = &depthwise_conv,
    .elementwise = &avx2::elementwise,
    .gather = &avx2::gather,
    .gru = &avx2::gru,
    .lstm = &avx2::lstm,
    .matmul = &matmul,
    .max_pool = &avx2::max_pool,
    .normalization = &avx2::normalization,
    .pad = &avx2::pad,
    .reduce = &avx2::reduce,
    .resize = &avx2::resize,
    .softmax = &avx2::softmax,
    .unary = &avx2::unary,
    .peak = dl_avx2_s8_peak,
};

}  // namespace base
}  // namespace dl
