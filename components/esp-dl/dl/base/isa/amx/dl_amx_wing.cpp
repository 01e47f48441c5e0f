// This file is compiled without AMX's flags; dl_avx2_wing.cpp says why.
#include "dl_amx_tiles.hpp"
#include "dl_base_wing.hpp"
#include "dl_pack_conv.hpp"
#include "dl_pack_matmul.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

static bool prepare_s8_conv_32x32(ConvArgs &args) {
    constexpr size_t budget = 128 << 10;
    if (!make_conv_plan<Int8Conv>(args, 64, 16, 1, false, budget)) {
        return false;
    }
    if (const int rows = gathered_rows(args, 64)) {
        make_conv_plan<Int8Conv>(args, 64, 16, 1, false, budget, rows);
    }
    gather_conv_windows(args, 64);
    pack_conv_bias_int8(args, 0);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    split_conv_channels(args);
    return true;
}

static bool prepare_s16_conv_16x16(ConvArgs &args) {
    if (!make_conv_plan<Int16Conv>(args, 64, 16, 1, false, 64 << 10) || !pack_conv_int16_bytes(args)) {
        return false;
    }
    split_conv_channels(args);
    return true;
}

static bool prepare_s8_matmul_32x32(MatmulArgs &args) {
    return prepare_convs<int8_t>(args, 64, 4, 128 << 10);
}

static constexpr Kernel<ConvArgs> conv_rows[] = {
    DL_TILE_ROW(dl_amx_s8_conv_32x32, is_dense_int8_in_int32, prepare_s8_conv_32x32),
    DL_TILE_ROW(dl_amx_s16_conv_16x16, is_dense_int16, prepare_s16_conv_16x16),
};
static constexpr Kernel<MatmulArgs> matmul_rows[] = {
    DL_TILE_ROW(dl_amx_s8_matmul_32x32, is_packable_int8_in_int32, prepare_s8_matmul_32x32),
};

static constexpr KernelTable<ConvArgs> conv(conv_rows);
static constexpr KernelTable<MatmulArgs> matmul(matmul_rows);

constinit const Wing dl_amx_wing = {
    .isa = ISA_AMX,
    .conv = &conv,
    .matmul = &matmul,
    .peak = dl_amx_s8_peak,
};

}  // namespace base
}  // namespace dl
