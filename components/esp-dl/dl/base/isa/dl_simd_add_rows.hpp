/**
 * @file dl_simd_add_rows.hpp
 * Saturating addition of rows: the processor's is the definition. Included once per instruction set.
 */
#pragma once

#include "dl_base_add_rows.hpp"
#include "dl_conv_stage.hpp"
#include "dl_rounding.hpp"

namespace dl {
namespace base {
namespace {

/** @tparam Wide, Half, Quarter registers of T, each half as long as the one before: LANES, add(T *out, const T *add) */
template <typename T, typename Wide, typename Half, typename Quarter>
void add_rows(const AddRowsArgs &args, int begin, int end) {
    T *out = static_cast<T *>(args.out) + (int64_t)begin * args.out_pitch;
    const T *add = static_cast<const T *>(args.add) + (int64_t)begin * args.add_pitch;
    const auto rows = [&](int columns) __attribute__((always_inline)) {
        for (int row = begin; row < end; row++) {
            int i = 0;
            for (; i + Wide::LANES <= columns; i += Wide::LANES) {
                Wide::add(out + i, add + i);
            }
            if (i + Half::LANES <= columns) {
                Half::add(out + i, add + i);
                i += Half::LANES;
            }
            if (i + Quarter::LANES <= columns) {
                Quarter::add(out + i, add + i);
                i += Quarter::LANES;
            }
            for (; i < columns; i++) {
                out[i] = saturate<T>(out[i] + add[i]);
            }
            out += args.out_pitch;
            add += args.add_pitch;
        }
    };
    // For short rows a length that the compiler knows saves more than the work itself.
    switch (args.columns) {
        case 16:
            return rows(16);
        case 32:
            return rows(32);
        default:
            return rows(args.columns);
    }
}

}  // namespace
}  // namespace base
}  // namespace dl
