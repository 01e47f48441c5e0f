/**
 * @file dl_simd_add.hpp
 * Sums and differences of int8 or int16 tensors of one exponent. The processor's saturating addition is what the
 * definition asks for.
 *
 * The templates' parameter Lanes is a register of T, or a part of one: COUNT, load(const T *), set(T), add(a, b),
 * sub(a, b), store(T *, v).
 */
#pragma once

#include "dl_base_add_rows.hpp"
#include "dl_base_elementwise.hpp"
#include "dl_rounding.hpp"
#include "dl_simd.hpp"
#include "dl_simd_lanes.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

template <typename T, typename Lanes, bool SUB>
void add_tensors_of(const ElementwiseArgs &args, int begin, int end) {
    args.walk.for_each(begin, end, [&](int64_t out_offset, const int64_t *at, int n) {
        const T *a = static_cast<const T *>(args.in[0].data) + at[0];
        const T *b = static_cast<const T *>(args.in[1].data) + at[1];
        T *out = static_cast<T *>(args.out.data) + out_offset;
        const int step_a = args.walk.step[0], step_b = args.walk.step[1];
        const auto load = [](const T *p, int step, int i) { return step ? Lanes::load(p + i) : Lanes::set(*p); };
        int i = 0;
        for (; i + Lanes::COUNT <= n; i += Lanes::COUNT) {
            const auto x = load(a, step_a, i), y = load(b, step_b, i);
            Lanes::store(out + i, SUB ? Lanes::sub(x, y) : Lanes::add(x, y));
        }
        for (; i < n; i++) {
            const int y = b[i * step_b];
            out[i] = saturate<T>(a[i * step_a] + (SUB ? -y : y));
        }
    });
}

/** Add or Sub of two tensors. */
template <typename T>
void add_tensors(const ElementwiseArgs &args, int begin, int end) {
    args.op == ELEMENTWISE_SUB ? add_tensors_of<T, Lanes<T>, true>(args, begin, end)
                               : add_tensors_of<T, Lanes<T>, false>(args, begin, end);
}

#if !defined(__AVX512F__)  // processors with AVX-512 run AVX2's kernel: rows are short
template <typename Lanes, typename T>
DL_INLINE void add_lanes(T *out, const T *add) {
    Lanes::store(out, Lanes::add(Lanes::load(out), Lanes::load(add)));
}

/** Add rows to rows, see dl_base_add_rows.hpp. */
template <typename T>
void add_rows_of(const AddRowsArgs &args, int begin, int end) {
    T *out = static_cast<T *>(args.out) + static_cast<int64_t>(begin) * args.out_pitch;
    const T *add = static_cast<const T *>(args.add) + static_cast<int64_t>(begin) * args.add_pitch;
    const auto rows = [&](int columns) __attribute__((always_inline)) {
        for (int row = begin; row < end; row++) {
            int i = 0;
            for (; i + RowLanes<T>::COUNT <= columns; i += RowLanes<T>::COUNT) {
                add_lanes<RowLanes<T>>(out + i, add + i);
            }
            if (i + HalfRowLanes<T>::COUNT <= columns) {
                add_lanes<HalfRowLanes<T>>(out + i, add + i);
                i += HalfRowLanes<T>::COUNT;
            }
            if (i + QuarterRowLanes<T>::COUNT <= columns) {
                add_lanes<QuarterRowLanes<T>>(out + i, add + i);
                i += QuarterRowLanes<T>::COUNT;
            }
            for (; i < columns; i++) {
                out[i] = saturate<T>(out[i] + add[i]);
            }
            out += args.out_pitch;
            add += args.add_pitch;
        }
    };
    // Short rows gain much from a length that the compiler knows.
    switch (args.columns) {
        case 16:
            return rows(16);
        case 32:
            return rows(32);
        default:
            return rows(args.columns);
    }
}

#endif

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
