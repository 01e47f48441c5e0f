#include "dl_base_elementwise.hpp"

#include <cmath>

#include "dl_base_rescale.hpp"
#include "dl_base_wing.hpp"

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

/** The definition: dequantize a tile of each operand, apply the operation from the left, quantize. */
template <typename Op, typename Real, typename Rounding>
void reference(const ElementwiseArgs &args, int begin, int end) {
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *offset, int n) {
        Real result[REAL_TILE], operand[REAL_TILE];
        for (int done = 0; done < n; done += REAL_TILE) {
            const int count = std::min(REAL_TILE, n - done);
            for (size_t k = 0; k < args.in.size(); k++) {
                const ElementwiseOperand &in = args.in[k];
                const int step = args.walk.step[k];
                load_real(in.dtype, in.data, offset[k] + static_cast<int64_t>(done) * step, step, count, in.scale,
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
constexpr Kernel<ElementwiseArgs> reference_kernel(KernelName name,
                                                   bool (*supports)(const ElementwiseArgs &) = nullptr) {
    return {name, supports, nullptr, reference<Op, Real, RoundHalfUp>, reference<Op, Real, RoundHalfEven>};
}

bool is_float(const ElementwiseArgs &args) {
    for (const ElementwiseOperand &in : args.in) {
        if (in.dtype == DATA_TYPE_FLOAT) {
            return true;
        }
    }
    return args.out.dtype == DATA_TYPE_FLOAT;
}

}  // namespace

BoundKernel<ElementwiseArgs> select_elementwise(ElementwiseArgs &args) {
    using K = Kernel<ElementwiseArgs>;
    const auto select = [&args](const KernelTable<ElementwiseArgs> &reference) {
        return select_kernel<ElementwiseArgs>(&Wing::elementwise, reference, args);
    };
    // Sums of integers are formed in double, where they are exact whatever the exponents; sums of floats in float.
    static const K add[] = {reference_kernel<Add, float>("dl_reference_f32_add", is_float),
                            reference_kernel<Add, double>("dl_reference_any_add")};
    static const K sub[] = {reference_kernel<Sub, float>("dl_reference_f32_sub", is_float),
                            reference_kernel<Sub, double>("dl_reference_any_sub")};
    static const K mul[] = {reference_kernel<Mul, float>("dl_reference_any_mul")};
    static const K div[] = {reference_kernel<Div, float>("dl_reference_any_div")};
    static const K fmod[] = {reference_kernel<FMod, float>("dl_reference_any_fmod")};
    static const K mod[] = {reference_kernel<Mod, float>("dl_reference_any_mod")};
    static const K pow[] = {reference_kernel<Pow, float>("dl_reference_any_pow")};
    static const K max[] = {reference_kernel<Max, float>("dl_reference_any_max")};
    static const K min[] = {reference_kernel<Min, float>("dl_reference_any_min")};
    static const K prelu[] = {reference_kernel<PRelu, float>("dl_reference_any_prelu")};
    static const K equal[] = {reference_kernel<Equal, double>("dl_reference_any_equal")};
    static const K greater[] = {reference_kernel<Greater, double>("dl_reference_any_greater")};
    static const K greater_or_equal[] = {reference_kernel<GreaterOrEqual, double>("dl_reference_any_greater_or_equal")};
    static const K less[] = {reference_kernel<Less, double>("dl_reference_any_less")};
    static const K less_or_equal[] = {reference_kernel<LessOrEqual, double>("dl_reference_any_less_or_equal")};
    static const K logic_and[] = {reference_kernel<And, float>("dl_reference_any_and")};
    static const K logic_or[] = {reference_kernel<Or, float>("dl_reference_any_or")};
    static const K logic_xor[] = {reference_kernel<Xor, float>("dl_reference_any_xor")};

    switch (args.op) {
        case ELEMENTWISE_ADD:
            return select(add);
        case ELEMENTWISE_SUB:
            return select(sub);
        case ELEMENTWISE_MUL:
            return select(mul);
        case ELEMENTWISE_DIV:
            return select(div);
        case ELEMENTWISE_FMOD:
            return select(fmod);
        case ELEMENTWISE_MOD:
            return select(mod);
        case ELEMENTWISE_POW:
            return select(pow);
        case ELEMENTWISE_MAX:
            return select(max);
        case ELEMENTWISE_MIN:
            return select(min);
        case ELEMENTWISE_PRELU:
            return select(prelu);
        case ELEMENTWISE_EQUAL:
            return select(equal);
        case ELEMENTWISE_GREATER:
            return select(greater);
        case ELEMENTWISE_GREATER_OR_EQUAL:
            return select(greater_or_equal);
        case ELEMENTWISE_LESS:
            return select(less);
        case ELEMENTWISE_LESS_OR_EQUAL:
            return select(less_or_equal);
        case ELEMENTWISE_AND:
            return select(logic_and);
        case ELEMENTWISE_OR:
            return select(logic_or);
        case ELEMENTWISE_XOR:
            return select(logic_xor);
    }
    return {};
}

}  // namespace base
}  // namespace dl
