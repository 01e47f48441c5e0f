#include <algorithm>

#include "dl_base_conv.hpp"
#include "dl_base_conv_reference.hpp"
#include "dl_pack_conv.hpp"
#if DL_ISA_X86
#include "avx2/dl_avx2_conv_kernels.hpp"
#include "avx512vnni/dl_avx512vnni_kernels.hpp"
#include "avxvnni/dl_avxvnni_kernels.hpp"
#elif DL_ISA_NEON
#include "neon_dotprod/dl_neon_dotprod_kernels.hpp"
#endif

namespace dl {
namespace base {

template <typename T, typename Accumulator, typename Finish>
static void depthwise_rows(const ConvArgs &args, int begin, int end, Finish finish) {
    const T *input = static_cast<const T *>(args.input);
    const T *weights = reinterpret_cast<const T *>(args.weights.data());
    const auto product = [&](size_t pixel, size_t tap, int c) {
        return (Accumulator)input[pixel + c] * weights[tap * args.out_c + c];
    };
    reference_rows<T, Accumulator>(args, begin, end, product, finish);
}

template <typename T, typename Rounding>
static void depthwise_integer(const ConvArgs &args, int begin, int end) {
    depthwise_rows<T, int64_t>(args, begin, end,
                               [&](int64_t sum, int c) { return reference_finish<T, Rounding>(args, sum, c); });
}

static void depthwise_float(const ConvArgs &args, int begin, int end) {
    depthwise_rows<float, double>(args, begin, end, [&](double sum, int c) { return reference_finish(args, sum, c); });
}

#if DL_ISA_X86 || DL_ISA_NEON
/** Rows of a unit such that there are units for a few threads, unless the work is too little for that. */
static int rows_to_share(const ConvArgs &args) {
    const int64_t bytes = (int64_t)args.batch * args.out_h * args.out_w * args.out_c;
    return bytes < 16 << 10 ? INT32_MAX : std::max(4, (args.batch * args.out_h + 3) / 4);
}

static bool has_3_columns(const ConvArgs &args, int max_stride) {
    return args.kernel_h <= 4 && args.kernel_w == 3 && args.stride_w <= max_stride && args.dilation_w == 1;
}

/** Whole groups of four taps. Those that do not exist have weights of zero: any input will do. */
static void pad_taps(ConvArgs &args) {
    args.plan.run_offsets.resize((args.plan.runs + 3) / 4 * 4, 0);
}

/** Weights of a kernel of 3 columns with its taps in another order, given as row * 3 + column, which makes it one
 * of N / 3 rows; rows that it lacks are zeros. */
template <typename Packed, int N>
static void pack_taps(ConvArgs &args, const int (&order)[N], int taps, int zero_point) {
    HostBuffer<uint8_t> rows;
    rows.swap(args.weights);
    const int height = args.kernel_h;
    args.weights.assign((size_t)N * args.out_c, 0);
    for (int i = 0; i < N; i++) {
        if (order[i] < height * 3) {
            std::copy_n(rows.data() + (size_t)order[i] * args.out_c, args.out_c,
                        args.weights.data() + (size_t)i * args.out_c);
        }
    }
    args.kernel_h = N / 3;
    pack_depthwise_int8<Packed>(args, taps, zero_point);
    args.kernel_h = height;
}

/** Columns as groups of taps: a kernel of up to 4 rows becomes one of 4, turned so that a column's taps are neighbours.
 */
static void pack_columns(ConvArgs &args, int zero_point) {
    pack_taps<int8_t>(args, {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}, 4, zero_point);
}
#endif

#if DL_ISA_X86
static bool int8_in_int32(const ConvArgs &args) {
    return is_int8(args) && fits_int32(args);
}

static bool int8_3x3_in_int32(const ConvArgs &args) {
    return int8_in_int32(args) && has_3_columns(args, 1);
}

static bool int8_3x3_strided_in_int32(const ConvArgs &args) {
    return int8_in_int32(args) && has_3_columns(args, 2);
}

static bool prepare_avx512vnni_s16(ConvArgs &args) {
    return make_conv_plan(args, 1, 32, 2, true, 48 << 10, rows_to_share(args)) && pack_depthwise_int16(args);
}

static bool prepare_avx2_s16(ConvArgs &args) {
    return make_conv_plan(args, 1, 16, 2, true, 32 << 10, rows_to_share(args)) && pack_depthwise_int16(args);
}

static bool prepare_vnni_s8(ConvArgs &args, int block, size_t budget) {
    if (!make_conv_plan(args, 1, block, 1, true, budget, rows_to_share(args))) {
        return false;
    }
    pad_taps(args);
    pack_depthwise_int8<int8_t>(args, 4, 128);
    return true;
}

static bool prepare_vnni_s8_columns(ConvArgs &args, int block, size_t budget) {
    if (!make_conv_plan(args, 1, block, 1, true, budget, rows_to_share(args))) {
        return false;
    }
    pack_columns(args, 128);
    return true;
}

static bool prepare_avx512vnni_s8(ConvArgs &args) {
    return prepare_vnni_s8(args, 64, 48 << 10);
}

static bool prepare_avx512vnni_s8_columns(ConvArgs &args) {
    return prepare_vnni_s8_columns(args, 64, 48 << 10);
}

static bool prepare_avxvnni_s8(ConvArgs &args) {
    return prepare_vnni_s8(args, 32, 48 << 10);
}

static bool prepare_avxvnni_s8_columns(ConvArgs &args) {
    return prepare_vnni_s8_columns(args, 32, 48 << 10);
}

static bool prepare_avx2_s8(ConvArgs &args) {
    if (!make_conv_plan(args, 1, 16, 2, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pack_depthwise_int8<int16_t>(args, 2, 0);
    return true;
}

static bool int8_3x3_by_words(const ConvArgs &args) {
    return int8_3x3_strided_in_int32(args) && args.kernel_h <= 3;
}

static bool prepare_avx2_s8_3x3(ConvArgs &args) {
    if (!make_conv_plan(args, 1, 8, 1, true, 64 << 10, rows_to_share(args))) {
        return false;
    }
    // Pairs of rows 0 and 1 of each column, then those of what is left of row 2.
    pack_taps<int16_t>(args, {0, 3, 1, 4, 2, 5, 6, 7, 8}, 2, 0);
    return true;
}
#elif DL_ISA_NEON
static bool int8_3x3(const ConvArgs &args) {
    return is_int8(args) && has_3_columns(args, 1);
}

static bool prepare_neon_s8(ConvArgs &args) {
    if (!make_conv_plan(args, 1, 16, 1, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pad_taps(args);
    pack_depthwise_int8<int8_t>(args, 4, 0);
    pack_plain_bias(args);
    return true;
}

static bool prepare_neon_s8_columns(ConvArgs &args) {
    if (!make_conv_plan(args, 1, 16, 1, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pack_columns(args, 0);
    pack_plain_bias(args);
    return true;
}

static bool prepare_neon_s16(ConvArgs &args) {
    constexpr int block = 8;
    if (!make_conv_plan(args, 1, block, 2, true, 32 << 10, rows_to_share(args))) {
        return false;
    }
    pack_plain_wide_bias(args);
    const int taps = args.plan.runs;
    HostBuffer<uint8_t> packed((size_t)args.plan.blocks * taps * block * 2, 0);
    const int16_t *from = reinterpret_cast<const int16_t *>(args.weights.data());
    int16_t *to = reinterpret_cast<int16_t *>(packed.data());
    for (int tap = 0; tap < taps; tap++) {
        for (int c = 0; c < args.out_c; c++) {
            to[((size_t)c / block * taps + tap) * block + c % block] = *from++;
        }
    }
    args.packed.swap(packed);
    HostBuffer<uint8_t>().swap(args.weights);
    return true;
}
#endif

// Best first.
static const Kernel<ConvArgs> s_kernels[] = {
#if DL_ISA_X86
    {"dl_avx512vnni_s8_depthwise_conv_4x3", ISA_AVX512VNNI, int8_3x3_in_int32, prepare_avx512vnni_s8_columns,
     dl_avx512vnni_s8_depthwise_conv_4x3_half_up, dl_avx512vnni_s8_depthwise_conv_4x3_half_even},
    {"dl_avx512vnni_s8_depthwise_conv_64", ISA_AVX512VNNI, int8_in_int32, prepare_avx512vnni_s8,
     dl_avx512vnni_s8_depthwise_conv_64_half_up, dl_avx512vnni_s8_depthwise_conv_64_half_even},
    {"dl_avxvnni_s8_depthwise_conv_4x3", ISA_AVXVNNI, int8_3x3_strided_in_int32, prepare_avxvnni_s8_columns,
     dl_avxvnni_s8_depthwise_conv_4x3_half_up, dl_avxvnni_s8_depthwise_conv_4x3_half_even},
    {"dl_avxvnni_s8_depthwise_conv_32", ISA_AVXVNNI, int8_in_int32, prepare_avxvnni_s8,
     dl_avxvnni_s8_depthwise_conv_32_half_up, dl_avxvnni_s8_depthwise_conv_32_half_even},
    {"dl_avx2_s8_depthwise_conv_3x3", ISA_AVX2, int8_3x3_by_words, prepare_avx2_s8_3x3,
     dl_avx2_s8_depthwise_conv_3x3_half_up, dl_avx2_s8_depthwise_conv_3x3_half_even},
    {"dl_avx2_s8_depthwise_conv_16", ISA_AVX2, int8_in_int32, prepare_avx2_s8, dl_avx2_s8_depthwise_conv_16_half_up,
     dl_avx2_s8_depthwise_conv_16_half_even},
    {"dl_avx512vnni_s16_depthwise_conv_32", ISA_AVX512VNNI, is_int16, prepare_avx512vnni_s16,
     dl_avx512vnni_s16_depthwise_conv_32_half_up, dl_avx512vnni_s16_depthwise_conv_32_half_even},
    {"dl_avx2_s16_depthwise_conv_16", ISA_AVX2, is_int16, prepare_avx2_s16, dl_avx2_s16_depthwise_conv_16_half_up,
     dl_avx2_s16_depthwise_conv_16_half_even},
#elif DL_ISA_NEON
    {"dl_neon_dotprod_s8_depthwise_conv_4x3", ISA_NEON_DOTPROD, int8_3x3, prepare_neon_s8_columns,
     dl_neon_dotprod_s8_depthwise_conv_4x3_half_up, dl_neon_dotprod_s8_depthwise_conv_4x3_half_even},
    {"dl_neon_dotprod_s8_depthwise_conv_16", ISA_NEON_DOTPROD, is_int8, prepare_neon_s8,
     dl_neon_dotprod_s8_depthwise_conv_16_half_up, dl_neon_dotprod_s8_depthwise_conv_16_half_even},
    {"dl_neon_dotprod_s16_depthwise_conv_8", ISA_NEON_DOTPROD, is_int16, prepare_neon_s16,
     dl_neon_dotprod_s16_depthwise_conv_8_half_up, dl_neon_dotprod_s16_depthwise_conv_8_half_even},
#endif
    {"reference_s8_depthwise_conv", ISA_REFERENCE, is_int8, prepare_rows, depthwise_integer<int8_t, RoundHalfUp>,
     depthwise_integer<int8_t, RoundHalfEven>},
    {"reference_s16_depthwise_conv", ISA_REFERENCE, is_int16, prepare_rows, depthwise_integer<int16_t, RoundHalfUp>,
     depthwise_integer<int16_t, RoundHalfEven>},
    {"reference_f32_depthwise_conv", ISA_REFERENCE, is_float, prepare_rows, depthwise_float, depthwise_float},
};

BoundKernel<ConvArgs> select_depthwise_conv(ConvArgs &args) {
    return select_kernel(s_kernels, args);
}

}  // namespace base
}  // namespace dl
