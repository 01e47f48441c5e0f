#include "dl_base_conv.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "dl_base_conv_reference.hpp"
#include "dl_pack_conv.hpp"
#if DL_ISA_X86
#include "amx/dl_amx_kernels.hpp"
#include "avx2/dl_avx2_conv_kernels.hpp"
#include "avx512vnni/dl_avx512vnni_kernels.hpp"
#include "avxvnni/dl_avxvnni_kernels.hpp"
#elif DL_ISA_NEON
#include "neon_dotprod/dl_neon_dotprod_kernels.hpp"
#endif

namespace dl {
namespace base {

/** Sum of products. Accumulator: int64_t for integers, double for float32. */
template <typename Accumulator, typename T>
static Accumulator dot(const T *a, const T *b, int n) {
    Accumulator sum = 0;
    for (int i = 0; i < n; i++) {
        sum += (Accumulator)a[i] * b[i];
    }
    return sum;
}

template <typename T, typename Accumulator, typename Finish>
static void conv_rows(const ConvArgs &args, int begin, int end, Finish finish) {
    const T *input = static_cast<const T *>(args.input);
    const T *weights = reinterpret_cast<const T *>(args.weights.data());
    const int group_in = args.in_c / args.group;
    const int group_out = args.out_c / args.group;
    const size_t taps = (size_t)args.kernel_h * args.kernel_w;
    const auto product = [&](size_t pixel, size_t tap, int o) {
        return dot<Accumulator>(input + pixel + o / group_out * group_in, weights + (o * taps + tap) * group_in,
                                group_in);
    };
    reference_rows<T, Accumulator>(args, begin, end, product, finish);
}

template <typename T, typename Rounding>
static void conv_integer(const ConvArgs &args, int begin, int end) {
    conv_rows<T, int64_t>(args, begin, end,
                          [&](int64_t sum, int o) { return reference_finish<T, Rounding>(args, sum, o); });
}

static void conv_float(const ConvArgs &args, int begin, int end) {
    conv_rows<float, double>(args, begin, end, [&](double sum, int o) { return reference_finish(args, sum, o); });
}

#if DL_ISA_X86
static bool int8_in_int32(const ConvArgs &args) {
    return is_int8(args) && args.group == 1 && fits_int32(args);
}

static bool prepare_amx_s8(ConvArgs &args) {
    constexpr size_t budget = 128 << 10;
    if (!make_conv_plan(args, 64, 16, 1, false, budget)) {
        return false;
    }
    if (const int rows = gathered_rows(args, 64)) {
        make_conv_plan(args, 64, 16, 1, false, budget, rows);
    }
    gather_conv_windows(args, 64);
    pack_conv_bias_int8(args, 0);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    split_conv_channels(args);
    return true;
}

static bool prepare_avx2_s8(ConvArgs &args) {
    if (!make_conv_plan(args, 2, 16, 2, false, 32 << 10)) {
        return false;
    }
    pack_conv_bias_int8(args, 0);
    pack_conv_weights<int8_t, int16_t>(args, 2);
    split_conv_channels(args);
    return true;
}

static bool prepare_avx2_s8_bytes(ConvArgs &args) {
    if (!make_conv_plan(args, 2, 16, 2, false, 32 << 10)) {
        return false;
    }
    // Of bytes, 8 elements of a position take as long as 6 of words. It should be worth a look at the input.
    const ConvPlan &plan = args.plan;
    const int64_t word_elements = (int64_t)plan.blocks * plan.runs * plan.run_padded;
    pack_conv_bias_int8(args, 0);
    if (!pack_conv_bytes(args, word_elements * 15 / 100)) {
        return false;
    }
    pack_conv_weights<int8_t, int16_t>(args, 2);
    split_conv_channels(args);
    return true;
}

static bool is_dense_int16(const ConvArgs &args) {
    return is_int16(args) && args.group == 1;
}

static bool prepare_amx_s16(ConvArgs &args) {
    if (!make_conv_plan(args, 64, 16, 1, false, 64 << 10) || !pack_conv_int16_bytes(args)) {
        return false;
    }
    split_conv_channels(args);
    return true;
}

static bool prepare_avx512vnni_s16(ConvArgs &args) {
    if (!make_conv_plan(args, 2, 16, 2, false, 32 << 10) || !pack_conv_int16(args)) {
        return false;
    }
    dl_avx512vnni_s16_conv_6x32_folds(args, std::size(FOLD_RANGES));
    split_conv_channels(args);
    return true;
}

static bool prepare_avx2_s16(ConvArgs &args) {
    if (!make_conv_plan(args, 2, 16, 2, false, 24 << 10) || !pack_conv_int16(args)) {
        return false;
    }
    dl_avx2_s16_conv_6x16_folds(args, std::size(FOLD_RANGES));
    split_conv_channels(args);
    return true;
}

static bool prepare_vnni_s8(ConvArgs &args, size_t budget) {
    if (!make_conv_plan(args, 4, 16, 1, false, budget)) {
        return false;
    }
    pack_conv_bias_int8(args, 128);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    split_conv_channels(args);
    return true;
}

static bool prepare_avx512vnni_s8(ConvArgs &args) {
    return prepare_vnni_s8(args, 48 << 10);
}

static bool prepare_avxvnni_s8(ConvArgs &args) {
    return prepare_vnni_s8(args, 32 << 10);
}
#elif DL_ISA_NEON
static bool is_dense_int8(const ConvArgs &args) {
    return is_int8(args) && args.group == 1;
}

static bool is_dense_int16(const ConvArgs &args) {
    return is_int16(args) && args.group == 1;
}

static bool prepare_neon_s8(ConvArgs &args) {
    if (!make_conv_plan(args, 4, 16, 1, false, 32 << 10)) {
        return false;
    }
    pack_plain_bias(args);
    pack_conv_weights<int8_t, int8_t>(args, 4);
    split_conv_channels(args);
    return true;
}

static bool prepare_neon_s16(ConvArgs &args) {
    if (!make_conv_plan(args, 2, 16, 2, false, 32 << 10)) {
        return false;
    }
    pack_plain_wide_bias(args);
    pack_conv_weights<int16_t, int16_t>(args, 2);
    split_conv_channels(args);
    return true;
}
#endif

// Best first.
static const Kernel<ConvArgs> s_kernels[] = {
#if DL_ISA_X86
    {"dl_amx_s8_conv_32x32", ISA_AMX, int8_in_int32, prepare_amx_s8, dl_amx_s8_conv_32x32_half_up,
     dl_amx_s8_conv_32x32_half_even},
    {"dl_avx512vnni_s8_conv_12x32", ISA_AVX512VNNI, int8_in_int32, prepare_avx512vnni_s8,
     dl_avx512vnni_s8_conv_12x32_half_up, dl_avx512vnni_s8_conv_12x32_half_even},
    {"dl_avxvnni_s8_conv_6x16", ISA_AVXVNNI, int8_in_int32, prepare_avxvnni_s8, dl_avxvnni_s8_conv_6x16_half_up,
     dl_avxvnni_s8_conv_6x16_half_even},
    {"dl_avx2_s8_conv_4x16", ISA_AVX2, int8_in_int32, prepare_avx2_s8_bytes, dl_avx2_s8_conv_4x16_half_up,
     dl_avx2_s8_conv_4x16_half_even},
    {"dl_avx2_s8_conv_6x16", ISA_AVX2, int8_in_int32, prepare_avx2_s8, dl_avx2_s8_conv_6x16_half_up,
     dl_avx2_s8_conv_6x16_half_even},
    {"dl_amx_s16_conv_16x16", ISA_AMX, is_dense_int16, prepare_amx_s16, dl_amx_s16_conv_16x16_half_up,
     dl_amx_s16_conv_16x16_half_even},
    {"dl_avx512vnni_s16_conv_6x32", ISA_AVX512VNNI, is_dense_int16, prepare_avx512vnni_s16,
     dl_avx512vnni_s16_conv_6x32_half_up, dl_avx512vnni_s16_conv_6x32_half_even},
    {"dl_avxvnni_s16_conv_6x16", ISA_AVXVNNI, is_dense_int16, prepare_avx2_s16, dl_avxvnni_s16_conv_6x16_half_up,
     dl_avxvnni_s16_conv_6x16_half_even},
    {"dl_avx2_s16_conv_6x16", ISA_AVX2, is_dense_int16, prepare_avx2_s16, dl_avx2_s16_conv_6x16_half_up,
     dl_avx2_s16_conv_6x16_half_even},
#elif DL_ISA_NEON
    {"dl_neon_dotprod_s8_conv_4x16", ISA_NEON_DOTPROD, is_dense_int8, prepare_neon_s8,
     dl_neon_dotprod_s8_conv_4x16_half_up, dl_neon_dotprod_s8_conv_4x16_half_even},
    {"dl_neon_dotprod_s16_conv_2x16", ISA_NEON_DOTPROD, is_dense_int16, prepare_neon_s16,
     dl_neon_dotprod_s16_conv_2x16_half_up, dl_neon_dotprod_s16_conv_2x16_half_even},
#endif
    {"reference_s8_conv", ISA_REFERENCE, is_int8, prepare_rows, conv_integer<int8_t, RoundHalfUp>,
     conv_integer<int8_t, RoundHalfEven>},
    {"reference_s16_conv", ISA_REFERENCE, is_int16, prepare_rows, conv_integer<int16_t, RoundHalfUp>,
     conv_integer<int16_t, RoundHalfEven>},
    {"reference_f32_conv", ISA_REFERENCE, is_float, prepare_rows, conv_float, conv_float},
};

ConvRegion conv_region(const ConvArgs &args, int unit) {
    const ConvPlan &plan = args.plan;
    if (plan.blocks == 0) {  // the reference kernel's units are output rows
        return {unit * args.out_w, args.out_w, 0, args.out_c};
    }
    const int index = unit / plan.groups, group = unit % plan.groups;
    ConvRegion region;
    if (plan.is_matrix) {
        region.first_pixel = index * plan.unit_rows;
        region.pixels = std::min(plan.unit_rows, args.batch * args.out_h * args.out_w - region.first_pixel);
    } else {
        const int per_image = (args.out_h + plan.unit_rows - 1) / plan.unit_rows;
        const int row = index % per_image * plan.unit_rows;
        region.first_pixel = (index / per_image * args.out_h + row) * args.out_w;
        region.pixels = std::min(plan.unit_rows, args.out_h - row) * args.out_w;
    }
    region.first_channel = group * plan.group_blocks * plan.block;
    const int end = group + 1 < plan.groups ? region.first_channel + plan.group_blocks * plan.block : args.out_c;
    region.channels = end - region.first_channel;
    return region;
}

BoundKernel<ConvArgs> select_conv(ConvArgs &args) {
    return select_kernel(s_kernels, args);
}

}  // namespace base
}  // namespace dl
