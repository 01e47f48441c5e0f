#include "dl_base_unary.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>

#include "dl_base_rescale.hpp"
#if DL_ISA_X86
#include "avx2/dl_avx2_kernels.hpp"
#include "avx512vnni/dl_avx512vnni_kernels.hpp"
#elif DL_ISA_NEON
#include "neon_dotprod/dl_neon_dotprod_kernels.hpp"
#endif

namespace dl {
namespace base {

float unary_function(unary_t op, float x, float a, float b) {
    switch (op) {
        case UNARY_IDENTITY:
        case UNARY_LUT:
            return x;
        case UNARY_ABS:
            return std::fabs(x);
        case UNARY_CEIL:
            return std::ceil(x);
        case UNARY_CLIP:
            // ONNX: the upper bound wins where the bounds cross; NaN stays.
            return x < a ? (a > b ? b : a) : (x > b ? b : x);
        case UNARY_COS:
            return std::cos(x);
        case UNARY_ELU:
            return x < 0 ? a * std::expm1(x) : x;
        case UNARY_ERF:
            return std::erf(x);
        case UNARY_EXP:
            return std::exp(x);
        case UNARY_FLOOR:
            return std::floor(x);
        case UNARY_GELU:
            return 0.5f * x * (1.0f + std::erf(x * 0.70710678118654752440f));
        case UNARY_HARD_SIGMOID: {
            const float y = a * x + b;
            return y < 0 ? 0 : (y > 1 ? 1 : y);
        }
        case UNARY_HARD_SWISH: {
            const float gate = x + 3.0f;
            return x * (gate < 0 ? 0 : (gate > 6 ? 6 : gate)) / 6.0f;
        }
        case UNARY_LEAKY_RELU:
            return x < 0 ? a * x : x;
        case UNARY_LOG:
            return std::log(x);
        case UNARY_NEG:
            return -x;
        case UNARY_NOT:
            return x == 0;
        case UNARY_RECIPROCAL:
            return 1.0f / x;
        case UNARY_RELU:
            return x < 0 ? 0 : x;
        case UNARY_ROUND:
            return std::nearbyint(x);
        case UNARY_SIGMOID:
            return 1.0f / (1.0f + std::exp(-x));
        case UNARY_SIGN:
            return x > 0 ? 1 : (x < 0 ? -1 : x);
        case UNARY_SIN:
            return std::sin(x);
        case UNARY_SOFTPLUS:
            // As the goldens have it: not log1p(), and x itself where e^x would overflow.
            return x > 20 ? x : std::log(1.0f + std::exp(x));
        case UNARY_SQRT:
            return std::sqrt(x);
        case UNARY_SWISH:
            return x / (1.0f + std::exp(-x));
        case UNARY_TANH:
            return std::tanh(x);
    }
    return x;
}

namespace {

/** The definition: dequantize a tile, apply the function, quantize. */
template <typename Rounding>
void dl_reference_unary(const UnaryArgs &args, int begin, int end) {
    const float in_scale = DL_SCALE(args.in_exponent);
    const float out_scale = DL_RESCALE(args.out_exponent);
    const int last = std::min((int64_t)args.size, (int64_t)end * UnaryArgs::BLOCK);
    for (int done = begin * UnaryArgs::BLOCK; done < last; done += REAL_TILE) {
        float tile[REAL_TILE];
        const int count = std::min(REAL_TILE, last - done);
        load_real(args.in_type, args.in, done, 1, count, in_scale, tile);
        for (int i = 0; i < count; i++) {
            tile[i] = unary_function(args.op, tile[i], args.a, args.b);
        }
        store_real<Rounding>(args.out_type, tile, count, out_scale, args.out, done);
    }
}

/** int8 to int8: every function is a table. */
void dl_reference_s8_lut(const UnaryArgs &args, int begin, int end) {
    args.for_each_run(begin, end, [&](const int8_t *in, int8_t *out, int64_t n) {
        for (int64_t i = 0; i < n; i++) {
            out[i] = args.table8[in[i] + 128];
        }
    });
}

bool is_s8(const UnaryArgs &args) {
    return args.in_type == DATA_TYPE_INT8 && args.out_type == DATA_TYPE_INT8;
}

/** Fill the table by asking the definition for all 256 values. */
bool fill_table8(UnaryArgs &args) {
    if (args.has_table8) {
        return true;
    }
    std::array<int8_t, 256> values;
    for (int i = 0; i < 256; i++) {
        values[i] = (int8_t)(i - 128);
    }
    UnaryArgs all = args;
    all.size = 256;
    all.in = values.data();
    all.out = args.table8.data();
    with_rounding([&](auto rounding) { dl_reference_unary<decltype(rounding)>(all, 0, 1); });
    args.has_table8 = true;
    return true;
}

/** Type LUT and Gelu, int16: the nearest entry. */
template <typename Rounding>
void dl_reference_s16_lut(const UnaryArgs &args, int begin, int end) {
    const int16_t *in = static_cast<const int16_t *>(args.in);
    int16_t *out = static_cast<int16_t *>(args.out);
    int shift = 0;
    while (1 << shift < args.table16_step) {
        shift++;
    }
    const int last = std::min((int64_t)args.size, (int64_t)end * UnaryArgs::BLOCK);
    for (int i = begin * UnaryArgs::BLOCK; i < last; i++) {
        const int32_t index = in[i] + 32768;
        out[i] = args.table16[shift ? Rounding::shift(index, shift) : index];
    }
}

bool is_s16_lut(const UnaryArgs &args) {
    return args.table16 != nullptr;
}

/** Nothing changes: same type, same exponent, no function. */
void dl_reference_copy(const UnaryArgs &args, int begin, int end) {
    if (args.in == args.out) {
        return;
    }
    size_t bytes = 0;
    with_dtype(args.in_type, [&](auto type) { bytes = sizeof(type); });
    const int64_t from = (int64_t)begin * UnaryArgs::BLOCK;
    const int64_t to = std::min((int64_t)args.size, (int64_t)end * UnaryArgs::BLOCK);
    memcpy(static_cast<uint8_t *>(args.out) + from * bytes, static_cast<const uint8_t *>(args.in) + from * bytes,
           (to - from) * bytes);
}

#if DL_ISA_X86 || DL_ISA_NEON
/** What comparisons, roundings and products compute, among int8, int16 and float. */
bool fits_real(const UnaryArgs &args) {
    const auto is_integer = [](dtype_t dtype) { return dtype == DATA_TYPE_INT8 || dtype == DATA_TYPE_INT16; };
    const bool integers = is_integer(args.in_type) && is_integer(args.out_type);
    switch (args.op) {
        case UNARY_IDENTITY:
        case UNARY_RELU:
            return (is_integer(args.in_type) || args.in_type == DATA_TYPE_FLOAT) &&
                   (is_integer(args.out_type) || args.out_type == DATA_TYPE_FLOAT);
        // Of floats, zeros have signs and there are numbers that are none.
        case UNARY_ABS:
        case UNARY_CLIP:
        case UNARY_FLOOR:
        case UNARY_HARD_SIGMOID:
        case UNARY_HARD_SWISH:
        case UNARY_LEAKY_RELU:
        case UNARY_NEG:
            return integers;
        default:
            return false;
    }
}

#if DL_ISA_X86
bool is_s16_requantize(const UnaryArgs &args) {
    return args.in_type == DATA_TYPE_INT16 && args.out_type == DATA_TYPE_INT16 &&
           (args.op == UNARY_IDENTITY || args.op == UNARY_RELU);
}

/** int16 to int16, and large enough to fill a table for. */
bool is_worth_all16(const UnaryArgs &args) {
    return args.in_type == DATA_TYPE_INT16 && args.out_type == DATA_TYPE_INT16 && args.size >= 128;
}

/** What eight elements at a time take longer for than to look them up. */
bool is_slower_than_lut(const UnaryArgs &args) {
    return args.op == UNARY_HARD_SWISH && is_worth_all16(args);
}

bool is_worth_s16_lut(const UnaryArgs &args) {
    return is_s16_lut(args) && is_worth_all16(args);
}

/** All 65536 results, by asking the definition. */
std::shared_ptr<int16_t[]> make_all16(const UnaryArgs &args) {
    constexpr int COUNT = 65536;
    std::shared_ptr<int16_t[]> table(new int16_t[COUNT]);
    for (int i = 0; i < COUNT; i++) {
        table[i] = (int16_t)(i - 32768);
    }
    UnaryArgs all = args;
    all.size = COUNT;
    all.in = all.out = table.get();
    const int units = COUNT / UnaryArgs::BLOCK;
    with_rounding([&](auto rounding) {
        using Rounding = decltype(rounding);
        args.table16 ? dl_reference_s16_lut<Rounding>(all, 0, units) : dl_reference_unary<Rounding>(all, 0, units);
    });
    return table;
}

/** Layers of the same function and exponents, of which networks have dozens, share a table: it then stays in the cache
 * from one to the next. */
bool fill_all16(UnaryArgs &args) {
    if (args.table16) {
        args.all16 = make_all16(args);
        return true;
    }
    // The attributes' bits: NaN would have no order.
    using Key = std::tuple<unary_t, uint32_t, uint32_t, int, int, target_t>;
    static std::mutex mutex;
    static std::map<Key, std::weak_ptr<int16_t[]>> tables;
    const Key key(args.op, std::bit_cast<uint32_t>(args.a), std::bit_cast<uint32_t>(args.b), args.in_exponent,
                  args.out_exponent, target());
    const std::lock_guard<std::mutex> lock(mutex);
    std::erase_if(tables, [](const auto &entry) { return entry.second.expired(); });
    args.all16 = tables[key].lock();
    if (!args.all16) {
        args.all16 = make_all16(args);
        tables[key] = args.all16;
    }
    return true;
}
#endif
#endif

bool is_copy(const UnaryArgs &args) {
    return args.op == UNARY_IDENTITY && args.in_type == args.out_type &&
           (args.in_type == DATA_TYPE_FLOAT || args.in_exponent == args.out_exponent);
}

}  // namespace

BoundKernel<UnaryArgs> select_unary(UnaryArgs &args) {
    static const Kernel<UnaryArgs> table[] = {
        {"dl_reference_copy", ISA_REFERENCE, is_copy, nullptr, dl_reference_copy, dl_reference_copy},
#if DL_ISA_X86
        {"dl_avx512vnni_s8_lut_64", ISA_AVX512VNNI, is_s8, fill_table8, dl_avx512vnni_s8_lut_64,
         dl_avx512vnni_s8_lut_64},
        {"dl_avx2_s8_lut_32", ISA_AVX2, is_s8, fill_table8, dl_avx2_s8_lut_32, dl_avx2_s8_lut_32},
#elif DL_ISA_NEON
        {"dl_neon_dotprod_s8_lut_64", ISA_NEON_DOTPROD, is_s8, fill_table8, dl_neon_dotprod_s8_lut_64,
         dl_neon_dotprod_s8_lut_64},
#endif
        {"dl_reference_s8_lut", ISA_REFERENCE, is_s8, fill_table8, dl_reference_s8_lut, dl_reference_s8_lut},
#if DL_ISA_X86
        {"dl_avx2_s16_lut_8", ISA_AVX2, is_worth_s16_lut, fill_all16, dl_avx2_s16_lut_8, dl_avx2_s16_lut_8},
#endif
        {"dl_reference_s16_lut", ISA_REFERENCE, is_s16_lut, nullptr, dl_reference_s16_lut<RoundHalfUp>,
         dl_reference_s16_lut<RoundHalfEven>},
#if DL_ISA_X86
        {"dl_avx512vnni_s16_requantize_32", ISA_AVX512VNNI, is_s16_requantize, nullptr,
         dl_avx512vnni_s16_requantize_32_half_up, dl_avx512vnni_s16_requantize_32_half_even},
        {"dl_avx2_s16_requantize_16", ISA_AVX2, is_s16_requantize, nullptr, dl_avx2_s16_requantize_16_half_up,
         dl_avx2_s16_requantize_16_half_even},
        {"dl_avx512vnni_real_unary_16", ISA_AVX512VNNI, fits_real, nullptr, dl_avx512vnni_real_unary_16_half_up,
         dl_avx512vnni_real_unary_16_half_even},
        {"dl_avx2_s16_lut_8", ISA_AVX2, is_slower_than_lut, fill_all16, dl_avx2_s16_lut_8, dl_avx2_s16_lut_8},
        {"dl_avx2_real_unary_8", ISA_AVX2, fits_real, nullptr, dl_avx2_real_unary_8_half_up,
         dl_avx2_real_unary_8_half_even},
        {"dl_avx2_s16_lut_8", ISA_AVX2, is_worth_all16, fill_all16, dl_avx2_s16_lut_8, dl_avx2_s16_lut_8},
#elif DL_ISA_NEON
        {"dl_neon_dotprod_real_unary_8", ISA_NEON_DOTPROD, fits_real, nullptr, dl_neon_dotprod_real_unary_8_half_up,
         dl_neon_dotprod_real_unary_8_half_even},
#endif
        {"dl_reference_unary", ISA_REFERENCE, nullptr, nullptr, dl_reference_unary<RoundHalfUp>,
         dl_reference_unary<RoundHalfEven>},
    };
    args.set_rows(0, 0, 0);
    return select_kernel(table, args);
}

}  // namespace base
}  // namespace dl
