#include "dl_base_matmul.hpp"

#include <algorithm>

#include "dl_pack_conv.hpp"
#include "dl_rounding.hpp"
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

/** One unit is one row of Y. */
template <typename T, typename Accumulator, typename Finish>
static void matmul_rows(const MatmulArgs &args, int begin, int end, Finish finish) {
    const int block = weight_block(args.dtype);
    for (int unit = begin; unit < end; unit++) {
        const int batch = unit / args.m;
        const T *a = static_cast<const T *>(args.a) + ((size_t)args.a_batch[batch] * args.m + unit % args.m) * args.k;
        const T *b = static_cast<const T *>(args.b) + (size_t)args.b_batch[batch] * args.n * args.k;
        T *y = static_cast<T *>(args.output) + (size_t)unit * args.n;
        for (int n = 0; n < args.n; n++) {
            Accumulator sum = 0;
            for (int k = 0; k < args.k; k++) {
                sum += (Accumulator)a[k] * b[weight_index(args.layout, block, args.n, args.k, n, k)];
            }
            y[n] = finish(sum);
        }
    }
}

template <typename T, typename Rounding>
static void matmul_integer(const MatmulArgs &args, int begin, int end) {
    matmul_rows<T, int64_t>(args, begin, end, [&](int64_t sum) {
        const int64_t value = shift_and_round<Rounding>(accumulator<T>(sum), args.shift);
        return saturate<T>(args.relu && value < 0 ? 0 : value);
    });
}

static void matmul_float(const MatmulArgs &args, int begin, int end) {
    matmul_rows<float, double>(args, begin, end, [&](double sum) {
        const float value = (float)sum;
        return args.relu && value < 0 ? 0.0f : value;
    });
}

static bool prepare_rows(MatmulArgs &args) {
    args.units = (int)args.a_batch.size() * args.m;
    return true;
}

#if DL_ISA_X86 || DL_ISA_NEON
static bool is_packable_int8(const MatmulArgs &args) {
    return args.dtype == DATA_TYPE_INT8 && args.layout != WEIGHT_LAYOUT_ONNX;
}

/** The convolution of each batch of B, whose weights are unknown yet. */
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

/** @param run_multiple of the convolution kernel @param wide its weights are of 16 bits */
static bool prepare_convs(MatmulArgs &args, int run_multiple, bool wide, size_t budget) {
    begin_convs(args);
    for (int i = 0; i < args.units; i++) {
        ConvArgs &conv = args.convs[i];
        // Of the largest that there are, which is what the bias is packed for.
        conv.weights.assign((size_t)args.n * args.k, (uint8_t)-128);
        if (!make_conv_plan(conv, run_multiple, 16, wide ? 2 : 1, false, budget)) {
            return false;
        }
        pack_conv_bias_int8(conv, 0);
        if (wide) {
            pack_conv_weights<int8_t, int16_t>(conv, 2);
        } else {
            pack_conv_weights<int8_t, int8_t>(conv, 4);
        }
    }
    return true;
}

/** The same for int16. @param pack of the convolution kernel */
static bool prepare_word_convs(MatmulArgs &args, int run_multiple, size_t budget, bool (*pack)(ConvArgs &)) {
    begin_convs(args);
    for (int i = 0; i < args.units; i++) {
        ConvArgs &conv = args.convs[i];
        conv.weights.assign((size_t)args.n * args.k * 2, 0);
        if (!make_conv_plan(conv, run_multiple, 16, 2, false, budget) || !pack(conv)) {
            return false;
        }
    }
    return true;
}
#endif

#if DL_ISA_X86
static bool int8_in_int32(const MatmulArgs &args) {
    // Worst case: every product is 128 * 128, and the rounding term is added.
    return is_packable_int8(args) && args.shift >= 0 && args.shift <= 30 && args.k <= 1 << 16;
}

static bool int16_in_int64(const MatmulArgs &args) {
    return args.dtype == DATA_TYPE_INT16 && args.shift >= 0 && args.shift <= 60 && args.k <= 1 << 16 &&
           args.layout != WEIGHT_LAYOUT_ONNX;
}

static bool prepare_avx512vnni_s16(MatmulArgs &args) {
    return prepare_word_convs(args, 2, 32 << 10, pack_conv_int16);
}

static bool prepare_avx2_s16(MatmulArgs &args) {
    return prepare_word_convs(args, 2, 24 << 10, pack_conv_int16);
}

static bool prepare_amx_s8(MatmulArgs &args) {
    return prepare_convs(args, 64, false, 128 << 10);
}

static bool prepare_avx2_s8(MatmulArgs &args) {
    return prepare_convs(args, 2, true, 32 << 10);
}

static bool prepare_avxvnni_s8(MatmulArgs &args) {
    return prepare_convs(args, 4, false, 32 << 10);
}

static bool prepare_avx512vnni_s8(MatmulArgs &args) {
    return prepare_convs(args, 4, false, 48 << 10);
}
#elif DL_ISA_NEON
static bool prepare_neon_s8(MatmulArgs &args) {
    if (!prepare_convs(args, 4, false, 32 << 10)) {
        return false;
    }
    for (int i = 0; i < args.units; i++) {
        pack_plain_bias(args.convs[i]);
    }
    return true;
}

static bool is_packable_int16(const MatmulArgs &args) {
    return args.dtype == DATA_TYPE_INT16 && args.layout != WEIGHT_LAYOUT_ONNX;
}

static bool prepare_neon_s16(MatmulArgs &args) {
    return prepare_word_convs(args, 2, 32 << 10, [](ConvArgs &conv) {
        pack_plain_wide_bias(conv);
        pack_conv_weights<int16_t, int16_t>(conv, 2);
        return true;
    });
}
#endif

// Best first.
static const Kernel<MatmulArgs> s_kernels[] = {
#if DL_ISA_X86
    {"dl_amx_s8_matmul_32x32", ISA_AMX, int8_in_int32, prepare_amx_s8, dl_amx_s8_matmul_32x32_half_up,
     dl_amx_s8_matmul_32x32_half_even},
    {"dl_avx512vnni_s8_matmul_12x32", ISA_AVX512VNNI, int8_in_int32, prepare_avx512vnni_s8,
     dl_avx512vnni_s8_matmul_12x32_half_up, dl_avx512vnni_s8_matmul_12x32_half_even},
    {"dl_avxvnni_s8_matmul_6x16", ISA_AVXVNNI, int8_in_int32, prepare_avxvnni_s8, dl_avxvnni_s8_matmul_6x16_half_up,
     dl_avxvnni_s8_matmul_6x16_half_even},
    {"dl_avx2_s8_matmul_6x16", ISA_AVX2, int8_in_int32, prepare_avx2_s8, dl_avx2_s8_matmul_6x16_half_up,
     dl_avx2_s8_matmul_6x16_half_even},
    {"dl_avx512vnni_s16_matmul_6x32", ISA_AVX512VNNI, int16_in_int64, prepare_avx512vnni_s16,
     dl_avx512vnni_s16_matmul_6x32_half_up, dl_avx512vnni_s16_matmul_6x32_half_even},
    {"dl_avxvnni_s16_matmul_6x16", ISA_AVXVNNI, int16_in_int64, prepare_avx2_s16, dl_avxvnni_s16_matmul_6x16_half_up,
     dl_avxvnni_s16_matmul_6x16_half_even},
    {"dl_avx2_s16_matmul_6x16", ISA_AVX2, int16_in_int64, prepare_avx2_s16, dl_avx2_s16_matmul_6x16_half_up,
     dl_avx2_s16_matmul_6x16_half_even},
#elif DL_ISA_NEON
    {"dl_neon_dotprod_s8_matmul_4x16", ISA_NEON_DOTPROD, is_packable_int8, prepare_neon_s8,
     dl_neon_dotprod_s8_matmul_4x16_half_up, dl_neon_dotprod_s8_matmul_4x16_half_even},
    {"dl_neon_dotprod_s16_matmul_2x16", ISA_NEON_DOTPROD, is_packable_int16, prepare_neon_s16,
     dl_neon_dotprod_s16_matmul_2x16_half_up, dl_neon_dotprod_s16_matmul_2x16_half_even},
#endif
    {"reference_s8_matmul", ISA_REFERENCE, [](const MatmulArgs &args) { return args.dtype == DATA_TYPE_INT8; },
     prepare_rows, matmul_integer<int8_t, RoundHalfUp>, matmul_integer<int8_t, RoundHalfEven>},
    {"reference_s16_matmul", ISA_REFERENCE, [](const MatmulArgs &args) { return args.dtype == DATA_TYPE_INT16; },
     prepare_rows, matmul_integer<int16_t, RoundHalfUp>, matmul_integer<int16_t, RoundHalfEven>},
    {"reference_f32_matmul", ISA_REFERENCE, [](const MatmulArgs &args) { return args.dtype == DATA_TYPE_FLOAT; },
     prepare_rows, matmul_float, matmul_float},
};

BoundKernel<MatmulArgs> select_matmul(MatmulArgs &args) {
    return select_kernel(s_kernels, args);
}

}  // namespace base
}  // namespace dl
