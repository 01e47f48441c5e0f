/**
 * @file dl_simd_elementwise.hpp
 * The element-wise operations that vectors of floats compute as the reference kernel does. All tensors have one type.
 */
#pragma once

#include "dl_base_elementwise.hpp"
#include "dl_simd_real.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

struct RealAdd {
    static Real apply(Real a, Real b) { return a + b; }
};
struct RealSub {
    static Real apply(Real a, Real b) { return a - b; }
};
struct RealMul {
    static Real apply(Real a, Real b) { return a * b; }
};
struct RealDiv {
    static Real apply(Real a, Real b) { return a / b; }
};
struct RealMax {
    static Real apply(Real a, Real b) { return Real::choose(Real::either(a > b, a.is_nan()), a, b); }
};
struct RealMin {
    static Real apply(Real a, Real b) { return Real::choose(Real::either(a < b, a.is_nan()), a, b); }
};
struct RealPRelu {
    static Real apply(Real a, Real slope) { return Real::choose(a >= Real::set(0), a, a * slope); }
};

/** Compute one row. `at` are the operands' first elements. */
template <typename Op, typename T, typename Rounding>
void real_row(const ElementwiseArgs &args, T *out, const int64_t *at, int n) {
    constexpr int LANES = Real::LANES;
    const size_t operands = args.in.size();
    const Real inv_scale = Real::set(args.out.scale);
    auto load = [&](size_t k, int i, int count) {
        const ElementwiseOperand &in = args.in[k];
        const T *p = static_cast<const T *>(in.data) + at[k];
        const Real scale = Real::set(in.scale);
        T part[LANES];
        if (args.walk.step[k] == 0) {
            std::fill_n(part, LANES, *p);
            return load_real(part, scale);
        }
        if (count == LANES) {
            return load_real(p + i, scale);
        }
        std::fill_n(part, LANES, T{});
        std::copy_n(p + i, count, part);
        return load_real(part, scale);
    };
    for (int i = 0; i < n; i += LANES) {
        const int count = std::min(LANES, n - i);
        Real result = load(0, i, count);
        for (size_t k = 1; k < operands; k++) {
            result = Op::apply(result, load(k, i, count));
        }
        result = quantize_real<T, Rounding>(result, inv_scale);
        if (count == LANES) {
            result.store(out + i);
        } else {
            T part[LANES];
            result.store(part);
            std::copy_n(part, count, out + i);
        }
    }
}

template <typename Op, typename Rounding>
void real_rows(const ElementwiseArgs &args, int begin, int end) {
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        switch (args.out.dtype) {
            case DATA_TYPE_INT8:
                return real_row<Op, int8_t, Rounding>(args, static_cast<int8_t *>(args.out.data) + out_offset, at, n);
            case DATA_TYPE_INT16:
                return real_row<Op, int16_t, Rounding>(args, static_cast<int16_t *>(args.out.data) + out_offset, at, n);
            default:
                return real_row<Op, float, Rounding>(args, static_cast<float *>(args.out.data) + out_offset, at, n);
        }
    });
}

/** Products of int16, in float as the definition has them. But the exponents are added up first, so that there is one
 * scale. */
template <typename Rounding>
void mul_words(const ElementwiseArgs &args, int begin, int end) {
    constexpr int LANES = Real::LANES;
    const Real scale = Real::set(DL_SCALE(args.in[0].exponent + args.in[1].exponent - args.out.exponent));
    const bool moves[2] = {args.walk.step[0] != 0, args.walk.step[1] != 0};
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const int16_t *a = static_cast<const int16_t *>(args.in[0].data) + at[0];
        const int16_t *b = static_cast<const int16_t *>(args.in[1].data) + at[1];
        int16_t *out = static_cast<int16_t *>(args.out.data) + out_offset;
        const Real first = Real::set(*a), second = Real::set(*b);
        const auto store = [&](Real x, Real y, int16_t *to) {
            saturate_real<int16_t, Rounding>(x * y * scale).store(to);
        };
        int i = 0;
        for (; i + LANES <= n; i += LANES) {
            store(moves[0] ? Real::load(a + i) : first, moves[1] ? Real::load(b + i) : second, out + i);
        }
        if (i < n) {
            int16_t rest[2][LANES] = {};
            std::copy_n(a + (moves[0] ? i : 0), moves[0] ? n - i : 1, rest[0]);
            std::copy_n(b + (moves[1] ? i : 0), moves[1] ? n - i : 1, rest[1]);
            store(moves[0] ? Real::load(rest[0]) : first, moves[1] ? Real::load(rest[1]) : second, rest[0]);
            std::copy_n(rest[0], n - i, out + i);
        }
    });
}

template <typename Rounding>
void real_elementwise(const ElementwiseArgs &args, int begin, int end) {
    switch (args.op) {
        case ELEMENTWISE_ADD:
            return real_rows<RealAdd, Rounding>(args, begin, end);
        case ELEMENTWISE_SUB:
            return real_rows<RealSub, Rounding>(args, begin, end);
        case ELEMENTWISE_MUL:
            return real_rows<RealMul, Rounding>(args, begin, end);
        case ELEMENTWISE_DIV:
            return real_rows<RealDiv, Rounding>(args, begin, end);
        case ELEMENTWISE_MAX:
            return real_rows<RealMax, Rounding>(args, begin, end);
        case ELEMENTWISE_MIN:
            return real_rows<RealMin, Rounding>(args, begin, end);
        default:
            return real_rows<RealPRelu, Rounding>(args, begin, end);
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
