#include "dl_base_unary_reference.hpp"

#include <cmath>
#include <cstring>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"

namespace dl {
namespace base {

float unary_function(unary_t op, float x, float a, float b) {
    switch (op) {
        case UNARY_IDENTITY:
        case UNARY_LUT:
            return x;
        case UNARY_ABS:
            return std::fabs(x);
        case UNARY_ATAN:
            return std::atan(x);
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
            // Not log1p(), and x itself where e^x would overflow: so the chip's results have it.
            return x > 20 ? x : std::log(1.0f + std::exp(x));
        case UNARY_SOFTSIGN:
            return x / (1.0f + std::abs(x));
        case UNARY_SQRT:
            return std::sqrt(x);
        case UNARY_SWISH:
            return x / (1.0f + std::exp(-x));
        case UNARY_TAN:
            return std::tan(x);
        case UNARY_TANH:
            return std::tanh(x);
    }
    return x;
}

namespace {

/** The definition: dequantize a tile, apply the function, quantize. */
template <typename Rounding>
void dl_reference_any_unary(const UnaryArgs &args, int begin, int end) {
    const float in_scale = DL_SCALE(args.in_exponent);
    const float out_scale = DL_RESCALE(args.out_exponent);
    const int last = std::min(static_cast<int64_t>(args.size), static_cast<int64_t>(end) * UnaryArgs::BLOCK);
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

/** LUT and Gelu of int16: the nearest entry of the file's table. */
template <typename Rounding>
void dl_reference_s16_lut(const UnaryArgs &args, int begin, int end) {
    const int16_t *in = static_cast<const int16_t *>(args.in);
    int16_t *out = static_cast<int16_t *>(args.out);
    int shift = 0;
    while (1 << shift < args.table16_step) {
        shift++;
    }
    const int last = std::min(static_cast<int64_t>(args.size), static_cast<int64_t>(end) * UnaryArgs::BLOCK);
    for (int i = begin * UnaryArgs::BLOCK; i < last; i++) {
        const int32_t index = in[i] + 32768;
        out[i] = args.table16[shift ? Rounding::shift(index, shift) : index];
    }
}

/** Type and exponent stay the same, and there is no function: nothing changes. */
void dl_reference_any_copy(const UnaryArgs &args, int begin, int end) {
    if (args.in == args.out) {
        return;
    }
    size_t bytes = 0;
    with_dtype(args.in_type, [&](auto type) { bytes = sizeof(type); });
    const int64_t from = static_cast<int64_t>(begin) * UnaryArgs::BLOCK;
    const int64_t to = std::min(static_cast<int64_t>(args.size), static_cast<int64_t>(end) * UnaryArgs::BLOCK);
    memcpy(static_cast<uint8_t *>(args.out) + from * bytes, static_cast<const uint8_t *>(args.in) + from * bytes,
           (to - from) * bytes);
}

bool is_copy(const UnaryArgs &args) {
    return args.op == UNARY_IDENTITY && args.in_type == args.out_type &&
           (args.in_type == DATA_TYPE_FLOAT || args.in_exponent == args.out_exponent);
}

}  // namespace

bool is_s8(const UnaryArgs &args) {
    return args.in_type == DATA_TYPE_INT8 && args.out_type == DATA_TYPE_INT8;
}

bool is_s16_lut(const UnaryArgs &args) {
    return args.table16 != nullptr;
}

void compute_unary(const UnaryArgs &args, int begin, int end) {
    with_rounding([&](auto rounding) {
        using Rounding = decltype(rounding);
        args.table16 ? dl_reference_s16_lut<Rounding>(args, begin, end)
                     : dl_reference_any_unary<Rounding>(args, begin, end);
    });
}

bool fill_table8(UnaryArgs &args) {
    if (args.has_table8) {
        return true;
    }
    std::array<int8_t, 256> values;
    for (int i = 0; i < 256; i++) {
        values[i] = static_cast<int8_t>(i - 128);
    }
    UnaryArgs all = args;
    all.size = 256;
    all.in = values.data();
    all.out = args.table8.data();
    compute_unary(all, 0, 1);
    args.has_table8 = true;
    return true;
}

BoundKernel<UnaryArgs> select_unary(UnaryArgs &args) {
    static const Kernel<UnaryArgs> copy[] = {
        {"dl_reference_any_copy", is_copy, nullptr, dl_reference_any_copy, dl_reference_any_copy},
    };
    static const Kernel<UnaryArgs> reference[] = {
        {"dl_reference_s8_lut", is_s8, fill_table8, dl_reference_s8_lut, dl_reference_s8_lut},
        {"dl_reference_s16_lut", is_s16_lut, nullptr, dl_reference_s16_lut<RoundHalfUp>,
         dl_reference_s16_lut<RoundHalfEven>},
        {"dl_reference_any_unary", nullptr, nullptr, dl_reference_any_unary<RoundHalfUp>,
         dl_reference_any_unary<RoundHalfEven>},
    };
    args.set_rows(0, 0, 0);
    // A copy needs no instruction set.
    const BoundKernel<UnaryArgs> moves = select_kernel(copy, args);
    return moves ? moves : select_kernel<UnaryArgs>(&Wing::unary, reference, args);
}

}  // namespace base
}  // namespace dl
