// This file is compiled without the flags of the dot products; dl_avx2_wing.cpp says why.
#include "dl_base_wing.hpp"
#include "dl_neon_dotprod_tiles.hpp"
#include "dl_pack_depthwise_conv.hpp"
#include "dl_pack_matmul.hpp"
#include "dl_simd_table.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

DL_DECLARE_SIMD_TABLE(neon_dotprod, AddRowsArgs, add_rows)
DL_DECLARE_SIMD_TABLE(neon_dotprod, PoolArgs, average_pool)
DL_DECLARE_SIMD_TABLE(neon_dotprod, CopyArgs, copy)
DL_DECLARE_SIMD_TABLE(neon_dotprod, ElementwiseArgs, elementwise)
DL_DECLARE_SIMD_TABLE(neon_dotprod, GatherArgs, gather)
DL_DECLARE_SIMD_TABLE(neon_dotprod, RnnArgs, gru)
DL_DECLARE_SIMD_TABLE(neon_dotprod, RnnArgs, lstm)
DL_DECLARE_SIMD_TABLE(neon_dotprod, PoolArgs, max_pool)
DL_DECLARE_SIMD_TABLE(neon_dotprod, NormArgs, normalization)
DL_DECLARE_SIMD_TABLE(neon_dotprod, PadArgs, pad)
DL_DECLARE_SIMD_TABLE(neon_dotprod, ReduceArgs, reduce)
DL_DECLARE_SIMD_TABLE(neon_dotprod, ResizeArgs, resize)
DL_DECLARE_SIMD_TABLE(neon_dotprod, SoftmaxArgs, softmax)
DL_DECLARE_SIMD_TABLE(neon_dotprod, UnaryArgs, unary)

static bool prepare_s8_conv_4x16(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 4, 16, 1, false, 32 << 10)) {
        return false;
    }
    pack_plain_bias(args);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    split_conv_channels(args);
    return true;
}

static bool pack_s16_conv_2x16(ConvArgs &args) {
    pack_plain_wide_bias(args);
    pack_conv_weights<int16_t, int16_t>(args, 2);
    return true;
}

static bool prepare_s16_conv_2x16(ConvArgs &args) {
    if (!make_conv_plan<Int16Conv>(args, 2, 16, 2, false, 32 << 10)) {
        return false;
    }
    pack_s16_conv_2x16(args);
    split_conv_channels(args);
    return true;
}

static bool fits_s8_depthwise_conv_4x3(const ConvArgs &args) {
    return is_int8(args) && has_3_columns(args, 1);
}

static bool prepare_s8_depthwise_conv_4x3(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 1, 16, 1, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pack_columns(args, 0);
    pack_plain_bias(args);
    return true;
}

static bool prepare_s8_depthwise_conv_16(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 1, 16, 1, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pad_taps(args);
    pack_depthwise_int8<int8_t>(args, 4, 0);
    pack_plain_bias(args);
    return true;
}

static bool prepare_s16_depthwise_conv_8(ConvArgs &args) {
    if (!make_conv_plan<Int16Conv>(args, 1, 8, 2, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pack_plain_depthwise_int16(args);
    return true;
}

static bool prepare_s8_matmul_4x16(MatmulArgs &args) {
    if (!prepare_convs<int8_t>(args, 4, 4, 32 << 10)) {
        return false;
    }
    for (int i = 0; i < args.units; i++) {
        pack_plain_bias(args.convs[i]);
    }
    return true;
}

static bool prepare_s16_matmul_2x16(MatmulArgs &args) {
    return prepare_word_convs(args, 2, 32 << 10, pack_s16_conv_2x16);
}

static constexpr Kernel<ConvArgs> conv_rows[] = {
    DL_TILE_ROW(dl_neon_dotprod_s8_conv_4x16, is_dense_int8, prepare_s8_conv_4x16),
    DL_TILE_ROW(dl_neon_dotprod_s16_conv_2x16, is_dense_int16, prepare_s16_conv_2x16),
};
static constexpr Kernel<ConvArgs> depthwise_conv_rows[] = {
    DL_TILE_ROW(dl_neon_dotprod_s8_depthwise_conv_4x3, fits_s8_depthwise_conv_4x3, prepare_s8_depthwise_conv_4x3),
    DL_TILE_ROW(dl_neon_dotprod_s8_depthwise_conv_16, is_int8, prepare_s8_depthwise_conv_16),
    DL_TILE_ROW(dl_neon_dotprod_s16_depthwise_conv_8, is_int16, prepare_s16_depthwise_conv_8),
};
static constexpr Kernel<MatmulArgs> matmul_rows[] = {
    DL_TILE_ROW(dl_neon_dotprod_s8_matmul_4x16, is_packable_int8, prepare_s8_matmul_4x16),
    DL_TILE_ROW(dl_neon_dotprod_s16_matmul_2x16, is_packable_int16, prepare_s16_matmul_2x16),
};

static constexpr KernelTable<ConvArgs> conv(conv_rows);
static constexpr KernelTable<ConvArgs> depthwise_conv(depthwise_conv_rows);
static constexpr KernelTable<MatmulArgs> matmul(matmul_rows);

constinit const Wing dl_neon_dotprod_wing = {
    .isa = ISA_NEON_DOTPROD,
    .add_rows = &neon_dotprod::add_rows,
    .average_pool = &neon_dotprod::average_pool,
    .conv = &conv,
    .copy = &neon_dotprod::copy,
    .depthwise_conv = &depthwise_conv,
    .elementwise = &neon_dotprod::elementwise,
    .gather = &neon_dotprod::gather,
    .gru = &neon_dotprod::gru,
    .lstm = &neon_dotprod::lstm,
    .matmul = &matmul,
    .max_pool = &neon_dotprod::max_pool,
    .normalization = &neon_dotprod::normalization,
    .pad = &neon_dotprod::pad,
    .reduce = &neon_dotprod::reduce,
    .resize = &neon_dotprod::resize,
    .softmax = &neon_dotprod::softmax,
    .unary = &neon_dotprod::unary,
    .peak = dl_neon_dotprod_s8_peak,
};

}  // namespace base
}  // namespace dl
