#include "dl_base_elementwise.hpp"

#include <cmath>

#include "dl_base_rescale.hpp"
#if DL_ISA_X86
#include "avx2/dl_avx2_kernels.hpp"
#include "avx512vnni/dl_avx512vnni_kernels.hpp"
#elif DL_ISA_NEON
#include "neon_dotprod/dl_neon_dotprod_kernels.hpp"
#endif

namespace dl {
namespace base {

namespace {

struct Add {
    template <typename R>
    static R apply(R a, R b) {
        return a + b;
    }
};
struct Sub {
    template <typename R>
    static R apply(R a, R b) {
        return a - b;
    }
};
struct Mul {
    static float apply(float a, float b) { return a * b; }
};
struct Div {
    static float apply(float a, float b) { return a / b; }
};
struct FMod {
    static float apply(float a, float b) { return std::fmod(a, b); }
};
struct Mod {
    static float apply(float a, float b) {
        const float rest = std::fmod(a, b);
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
};
struct Pow {
    static float apply(float a, float b) { return std::pow(a, b); }
};
// NaN wins, as in the float frameworks.
struct Max {
    static float apply(float a, float b) { return a > b || a != a ? a : b; }
};
struct Min {
    static float apply(float a, float b) { return a < b || a != a ? a : b; }
};
struct PRelu {
    static float apply(float a, float slope) { return a >= 0 ? a : a * slope; }
};
struct Equal {
    static double apply(double a, double b) { return a == b; }
};
struct Greater {
    static double apply(double a, double b) { return a > b; }
};
struct GreaterOrEqual {
    static double apply(double a, double b) { return a >= b; }
};
struct Less {
    static double apply(double a, double b) { return a < b; }
};
struct LessOrEqual {
    static double apply(double a, double b) { return a <= b; }
};
struct And {
    static float apply(float a, float b) { return a != 0 && b != 0; }
};
struct Or {
    static float apply(float a, float b) { return a != 0 || b != 0; }
};
struct Xor {
    static float apply(float a, float b) { return (a != 0) != (b != 0); }
};

/** The definition: dequantize a tile of each operand, fold from the left, quantize. */
template <typename Op, typename Real, typename Rounding>
void reference(const ElementwiseArgs &args, int begin, int end) {
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *offset, int n) {
        Real result[REAL_TILE], operand[REAL_TILE];
        for (int done = 0; done < n; done += REAL_TILE) {
            const int count = std::min(REAL_TILE, n - done);
            for (size_t k = 0; k < args.in.size(); k++) {
                const ElementwiseOperand &in = args.in[k];
                const int step = args.walk.step[k];
                load_real(in.dtype, in.data, offset[k] + (int64_t)done * step, step, count, in.scale,
                          k ? operand : result);
                for (int i = 0; k && i < count; i++) {
                    result[i] = Op::apply(result[i], operand[i]);
                }
            }
            store_real<Rounding>(args.out.dtype, result, count, args.out.scale, args.out.data, out_offset + done);
        }
    });
}

template <typename Op, typename Real>
constexpr Kernel<ElementwiseArgs> reference_kernel(const char *name,
                                                   bool (*supports)(const ElementwiseArgs &) = nullptr) {
    return {
        name, ISA_REFERENCE, supports, nullptr, reference<Op, Real, RoundHalfUp>, reference<Op, Real, RoundHalfEven>};
}

bool is_float(const ElementwiseArgs &args) {
    for (const ElementwiseOperand &in : args.in) {
        if (in.dtype == DATA_TYPE_FLOAT) {
            return true;
        }
    }
    return args.out.dtype == DATA_TYPE_FLOAT;
}

#if DL_ISA_X86 || DL_ISA_NEON
/** All tensors of one type, and sums that float holds exactly. */
bool fits_real(const ElementwiseArgs &args) {
    const dtype_t dtype = args.out.dtype;
    if (dtype != DATA_TYPE_INT8 && dtype != DATA_TYPE_INT16 && dtype != DATA_TYPE_FLOAT) {
        return false;
    }
    int low = args.in[0].exponent, high = low;
    for (const ElementwiseOperand &in : args.in) {
        if (in.dtype != dtype) {
            return false;
        }
        low = std::min(low, in.exponent);
        high = std::max(high, in.exponent);
    }
    if (dtype == DATA_TYPE_FLOAT || (args.op != ELEMENTWISE_ADD && args.op != ELEMENTWISE_SUB)) {
        return true;
    }
    const int64_t largest = (int64_t)args.in.size() << std::min(high - low, 30) << (dtype == DATA_TYPE_INT8 ? 7 : 15);
    return largest <= 1 << 24;
}

/** Two tensors of one integer type and exponent, which the output shares. */
bool fits_saturating_add(const ElementwiseArgs &args) {
    const ElementwiseOperand &out = args.out;
    bool fits = args.in.size() == 2 && (out.dtype == DATA_TYPE_INT8 || out.dtype == DATA_TYPE_INT16);
    for (const ElementwiseOperand &in : args.in) {
        fits = fits && in.dtype == out.dtype && in.exponent == out.exponent;
    }
    return fits;
}

bool fits_s8_mul(const ElementwiseArgs &args) {
    const int shift = args.out.exponent - args.in[0].exponent - args.in[1].exponent;
    return args.in[0].dtype == DATA_TYPE_INT8 && args.in[1].dtype == DATA_TYPE_INT8 &&
           args.out.dtype == DATA_TYPE_INT8 && shift >= 0 && shift <= 14;
}

/** Exponents far from what leaves the range of float. */
[[maybe_unused]] bool fits_s16_mul(const ElementwiseArgs &args) {
    const int product = args.in[0].exponent + args.in[1].exponent;
    return args.in[0].dtype == DATA_TYPE_INT16 && args.in[1].dtype == DATA_TYPE_INT16 &&
           args.out.dtype == DATA_TYPE_INT16 && std::abs(product) <= 64 && std::abs(args.out.exponent) <= 64;
}

#endif

#if DL_ISA_X86
#define DL_SATURATING_ADD_KERNELS                                                     \
    {"dl_avx512vnni_s8_add_64", ISA_AVX512VNNI,         fits_saturating_add, nullptr, \
     dl_avx512vnni_s8_add_64,   dl_avx512vnni_s8_add_64},                             \
        {"dl_avx2_s8_add_32", ISA_AVX2, fits_saturating_add, nullptr, dl_avx2_s8_add_32, dl_avx2_s8_add_32},
#define DL_MUL_KERNELS                                                                                                 \
    {"dl_avx512vnni_s8_mul_32",        ISA_AVX512VNNI, fits_s8_mul, nullptr, dl_avx512vnni_s8_mul_32_half_up,          \
     dl_avx512vnni_s8_mul_32_half_even},                                                                               \
        {"dl_avx2_s8_mul_16", ISA_AVX2, fits_s8_mul, nullptr, dl_avx2_s8_mul_16_half_up, dl_avx2_s8_mul_16_half_even}, \
        {"dl_avx512vnni_s16_mul_16",        ISA_AVX512VNNI, fits_s16_mul, nullptr, dl_avx512vnni_s16_mul_16_half_up,   \
         dl_avx512vnni_s16_mul_16_half_even},                                                                          \
        {"dl_avx2_s16_mul_8", ISA_AVX2, fits_s16_mul, nullptr, dl_avx2_s16_mul_8_half_up, dl_avx2_s16_mul_8_half_even},
#define DL_REAL_KERNELS                                                                                         \
    {"dl_avx512vnni_real_elementwise_16",                                                                       \
     ISA_AVX512VNNI,                                                                                            \
     fits_real,                                                                                                 \
     nullptr,                                                                                                   \
     dl_avx512vnni_real_elementwise_16_half_up,                                                                 \
     dl_avx512vnni_real_elementwise_16_half_even},                                                              \
        {"dl_avx2_real_elementwise_8",        ISA_AVX2, fits_real, nullptr, dl_avx2_real_elementwise_8_half_up, \
         dl_avx2_real_elementwise_8_half_even},
#elif DL_ISA_NEON
#define DL_SATURATING_ADD_KERNELS                                                         \
    {"dl_neon_dotprod_s8_add_16", ISA_NEON_DOTPROD,         fits_saturating_add, nullptr, \
     dl_neon_dotprod_s8_add_16,   dl_neon_dotprod_s8_add_16},
#define DL_MUL_KERNELS                                                                                              \
    {"dl_neon_dotprod_s8_mul_16",        ISA_NEON_DOTPROD, fits_s8_mul, nullptr, dl_neon_dotprod_s8_mul_16_half_up, \
     dl_neon_dotprod_s8_mul_16_half_even},
#define DL_REAL_KERNELS                          \
    {"dl_neon_dotprod_real_elementwise_8",       \
     ISA_NEON_DOTPROD,                           \
     fits_real,                                  \
     nullptr,                                    \
     dl_neon_dotprod_real_elementwise_8_half_up, \
     dl_neon_dotprod_real_elementwise_8_half_even},
#else
#define DL_SATURATING_ADD_KERNELS
#define DL_MUL_KERNELS
#define DL_REAL_KERNELS
#endif

}  // namespace

BoundKernel<ElementwiseArgs> select_elementwise(ElementwiseArgs &args) {
    using K = Kernel<ElementwiseArgs>;
    // Sums of integers are formed in double, where they are exact whatever the exponents; sums of floats in float.
    static const K add[] = {
        DL_SATURATING_ADD_KERNELS DL_REAL_KERNELS reference_kernel<Add, float>("dl_reference_f32_add", is_float),
        reference_kernel<Add, double>("dl_reference_add")};
    static const K sub[] = {
        DL_SATURATING_ADD_KERNELS DL_REAL_KERNELS reference_kernel<Sub, float>("dl_reference_f32_sub", is_float),
        reference_kernel<Sub, double>("dl_reference_sub")};
    static const K mul[] = {DL_MUL_KERNELS DL_REAL_KERNELS reference_kernel<Mul, float>("dl_reference_mul")};
    static const K div[] = {DL_REAL_KERNELS reference_kernel<Div, float>("dl_reference_div")};
    static const K fmod[] = {reference_kernel<FMod, float>("dl_reference_fmod")};
    static const K mod[] = {reference_kernel<Mod, float>("dl_reference_mod")};
    static const K pow[] = {reference_kernel<Pow, float>("dl_reference_pow")};
    static const K max[] = {DL_REAL_KERNELS reference_kernel<Max, float>("dl_reference_max")};
    static const K min[] = {DL_REAL_KERNELS reference_kernel<Min, float>("dl_reference_min")};
    static const K prelu[] = {DL_REAL_KERNELS reference_kernel<PRelu, float>("dl_reference_prelu")};
    static const K equal[] = {reference_kernel<Equal, double>("dl_reference_equal")};
    static const K greater[] = {reference_kernel<Greater, double>("dl_reference_greater")};
    static const K greater_or_equal[] = {reference_kernel<GreaterOrEqual, double>("dl_reference_greater_or_equal")};
    static const K less[] = {reference_kernel<Less, double>("dl_reference_less")};
    static const K less_or_equal[] = {reference_kernel<LessOrEqual, double>("dl_reference_less_or_equal")};
    static const K logic_and[] = {reference_kernel<And, float>("dl_reference_and")};
    static const K logic_or[] = {reference_kernel<Or, float>("dl_reference_or")};
    static const K logic_xor[] = {reference_kernel<Xor, float>("dl_reference_xor")};

    switch (args.op) {
        case ELEMENTWISE_ADD:
            return select_kernel(add, args);
        case ELEMENTWISE_SUB:
            return select_kernel(sub, args);
        case ELEMENTWISE_MUL:
            return select_kernel(mul, args);
        case ELEMENTWISE_DIV:
            return select_kernel(div, args);
        case ELEMENTWISE_FMOD:
            return select_kernel(fmod, args);
        case ELEMENTWISE_MOD:
            return select_kernel(mod, args);
        case ELEMENTWISE_POW:
            return select_kernel(pow, args);
        case ELEMENTWISE_MAX:
            return select_kernel(max, args);
        case ELEMENTWISE_MIN:
            return select_kernel(min, args);
        case ELEMENTWISE_PRELU:
            return select_kernel(prelu, args);
        case ELEMENTWISE_EQUAL:
            return select_kernel(equal, args);
        case ELEMENTWISE_GREATER:
            return select_kernel(greater, args);
        case ELEMENTWISE_GREATER_OR_EQUAL:
            return select_kernel(greater_or_equal, args);
        case ELEMENTWISE_LESS:
            return select_kernel(less, args);
        case ELEMENTWISE_LESS_OR_EQUAL:
            return select_kernel(less_or_equal, args);
        case ELEMENTWISE_AND:
            return select_kernel(logic_and, args);
        case ELEMENTWISE_OR:
            return select_kernel(logic_or, args);
        case ELEMENTWISE_XOR:
            return select_kernel(logic_xor, args);
    }
    return {};
}

}  // namespace base
}  // namespace dl
