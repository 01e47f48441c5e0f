// This file is compiled without the flags of i8mm; dl_avx2_wing.cpp says why. Every processor with i8mm has the dot
// products, too: what is not here is taken from that wing.
#include "dl_base_wing.hpp"
#include "dl_neon_i8mm_tiles.hpp"
#include "dl_pack_matmul.hpp"
#include "dl_wings.hpp"

namespace dl {
namespace base {

static bool prepare_s8_conv_4x16(ConvArgs &args) {
    if (!make_conv_plan<Int8Conv>(args, 8, 16, 1, false, 32 << 10)) {
        return false;
    }
    pack_plain_bias(args);
    pack_conv_weights<int8_t, int8_t>(args, 8);
    split_conv_channels(args);
    return true;
}

static bool prepare_s8_matmul_4x16(MatmulArgs &args) {
    if (!prepare_convs<int8_t>(args, 8, 8, 32 << 10)) {
        return false;
    }
    for (int i = 0; i < args.units; i++) {
        pack_plain_bias(args.convs[i]);
    }
    return true;
}

static constexpr Kernel<ConvArgs> conv_rows[] = {
    DL_TILE_ROW(dl_neon_i8mm_s8_conv_4x16, is_dense_int8, prepare_s8_conv_4x16),
};
static constexpr Kernel<MatmulArgs> matmul_rows[] = {
    DL_TILE_ROW(dl_neon_i8mm_s8_matmul_4x16, is_packable_int8, prepare_s8_matmul_4x16),
};

static constexpr KernelTable<ConvArgs> conv(conv_rows);
static constexpr KernelTable<MatmulArgs> matmul(matmul_rows);

constinit const Wing dl_neon_i8mm_wing = {
    .isa = ISA_NEON_I8MM,
    .conv = &conv,
    .matmul = &matmul,
    .peak = dl_neon_i8mm_s8_peak,
};

}  // namespace base
}  // namespace dl
