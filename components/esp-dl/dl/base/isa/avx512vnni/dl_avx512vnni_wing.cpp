// This file is compiled without AVX512-VNNI's flags; dl_avx2_wing.cpp says why.
#include <iterator>

#include "dl_avx512vnni_tiles.hpp"
#include "dl_base_wing.hpp"
#include "dl_pack_depthwise_conv.hpp"
#include "dl_pack_matmul.hpp"
#include "dl_simd_table.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

DL_DECLARE_SIMD_TABLE(avx512vnni, PoolArgs, average_pool)
DL_DECLARE_SIMD_TABLE(avx512vnni, CopyArgs, copy)
DL_DECLARE_SIMD_TABLE(avx512vnni, ElementwiseArgs, elementwise)
DL_DECLARE_SIMD_TABLE(avx512vnni, RnnArgs, gru)
DL_DECLARE_SIMD_TABLE(avx512vnni, RnnArgs, lstm)
DL_DECLARE_SIMD_TABLE(avx512vnni, PoolArgs, max_pool)
DL_DECLARE_SIMD_TABLE(avx512vnni, NormArgs, normalization)
DL_DECLARE_SIMD_TABLE(avx512vnni, ReduceArgs, reduce)
DL_DECLARE_SIMD_TABLE(avx512vnni, ResizeArgs, resize)
DL_DECLARE_SIMD_TABLE(avx512vnni, SoftmaxArgs, softmax)
DL_DECLARE_SIMD_TABLE(avx512vnni, UnaryArgs, unary)

static bool prepare_s8_conv(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 4, 16, 1, false, 48 << 10)) {
        return false;
    }
    pack_conv_bias_int8(args, 128);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    split_conv_channels(args);
    return true;
}

static bool fits_s8_depthwise_conv_4x3(const ConvArgs &args) {
    return is_int8_in_int32(args) && has_3_columns(args, 1);
}

static bool prepare_s8_depthwise_conv_4x3(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 1, 64, 1, true, 48 << 10, rows_to_share(args))) {
        return false;
    }
    pack_columns(args, 128);
    return true;
}

static bool prepare_s8_depthwise_conv(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 1, 64, 1, true, 48 << 10, rows_to_share(args))) {
        return false;
    }
    pad_taps(args);
    pack_depthwise_int8<int8_t>(args, 4, 128);
    return true;
}

static bool prepare_s16_conv_6x32(ConvArgs &args) {
    if (!make_conv_plan<Int16Conv>(args, 2, 16, 2, false, 32 << 10) || !pack_conv_int16(args, std::size(FOLD_RANGES))) {
        return false;
    }
    dl_avx512vnni_s16_conv_6x32_folds(args);
    split_conv_channels(args);
    return true;
}

static bool prepare_s16_depthwise_conv_32(ConvArgs &args) {
    return make_conv_plan<Int16DepthwiseConv>(args, 1, 32, 2, true, 48 << 10, rows_to_share(args)) &&
           pack_depthwise_int16(args);
}

static bool prepare_s8_matmul_12x32(MatmulArgs &args) {
    return prepare_convs<int8_t>(args, 4, 4, 48 << 10);
}

static bool prepare_s16_matmul_6x32(MatmulArgs &args) {
    // One range, for any A: a product has too few rows for a search of A's range to pay.
    return prepare_word_convs(args, 2, 32 << 10, [](ConvArgs &conv) { return pack_conv_int16(conv, 1); });
}

static constexpr Kernel<ConvArgs> conv_rows[] = {
    DL_TILE_ROW(dl_avx512vnni_s8_conv_12x32, is_dense_int8_in_int32, prepare_s8_conv),
    DL_TILE_ROW(dl_avx512vnni_s16_conv_6x32, is_dense_int16, prepare_s16_conv_6x32),
};
static constexpr Kernel<ConvArgs> depthwise_conv_rows[] = {
    DL_TILE_ROW(dl_avx512vnni_s8_depthwise_conv_4x3, fits_s8_depthwise_conv_4x3, prepare_s8_depthwise_conv_4x3),
    DL_TILE_ROW(dl_avx512vnni_s8_depthwise_conv_64, is_int8_in_int32, prepare_s8_depthwise_conv),
    DL_TILE_ROW(dl_avx512vnni_s16_depthwise_conv_32, is_int16, prepare_s16_depthwise_conv_32),
};
static constexpr Kernel<MatmulArgs> matmul_rows[] = {
    DL_TILE_ROW(dl_avx512vnni_s8_matmul_12x32, is_packable_int8_in_int32, prepare_s8_matmul_12x32),
    DL_TILE_ROW(dl_avx512vnni_s16_matmul_6x32, is_packable_int16_in_int64, prepare_s16_matmul_6x32),
};

static constexpr KernelTable<ConvArgs> conv(conv_rows);
static constexpr KernelTable<ConvArgs> depthwise_conv(depthwise_conv_rows);
static constexpr KernelTable<MatmulArgs> matmul(matmul_rows);

constinit const Wing dl_avx512vnni_wing = {
    .isa = ISA_AVX512VNNI,
    .average_pool = &avx512vnni::average_pool,
    .conv = &conv,
    .copy = &avx512vnni::copy,
    .depthwise_conv = &depthwise_conv,
    .elementwise = &avx512vnni::elementwise,
    .gru = &avx512vnni::gru,
    .lstm = &avx512vnni::lstm,
    .matmul = &matmul,
    .max_pool = &avx512vnni::max_pool,
    .normalization = &avx512vnni::normalization,
    .reduce = &avx512vnni::reduce,
    .resize = &avx512vnni::resize,
    .softmax = &avx512vnni::softmax,
    .unary = &avx512vnni::unary,
    .peak = dl_avx512vnni_s8_peak,
};

}  // namespace base
}  // namespace dl
