/**
 * @file dl_simd_gather.hpp
 * Gather and Pad of one type and exponent: runs of bytes, for which a call of memcpy() each would take too long.
 */
#pragma once

#include "dl_base_gather.hpp"
#include "dl_simd_copy.hpp"

namespace dl {
namespace base {
namespace DL_SIMD_ISA {
namespace {

inline void gather_runs(const GatherArgs &args, int begin, int end) {
    const int64_t bytes = args.run * static_cast<int64_t>(tool::dtype_size(args.types.src_dtype));
    const int64_t count = static_cast<int64_t>(args.indices.size());
    const uint8_t *src = static_cast<const uint8_t *>(args.src) + begin / count * args.length * bytes;
    uint8_t *dst = static_cast<uint8_t *>(args.dst) + begin * bytes;
    int64_t at = begin % count;
    with_copy(bytes, [&](auto copy) {
        for (int unit = begin; unit < end; unit++, dst += bytes) {
            copy(dst, src + args.indices[at] * bytes, bytes);
            if (++at == count) {
                at = 0;
                src += args.length * bytes;
            }
        }
    });
}

/** A constant, repeated until it fills a register. */
class Filling {
public:
    Filling(const uint8_t *constant, int64_t size) {
        for (int64_t i = 0; i < SIZE; i++) {
            m_bytes[i] = constant[i % size];
        }
    }

    void fill(uint8_t *dst, int64_t n) const {
        for (; n >= SIZE; n -= SIZE, dst += SIZE) {
            memcpy(dst, m_bytes, SIZE);
        }
        if (n > 0) {
            with_copy(n, [&](auto copy) { copy(dst, m_bytes, n); });
        }
    }

private:
    static constexpr int64_t SIZE = 64;
    uint8_t m_bytes[SIZE];
};

inline void pad_runs(const PadArgs &args, int begin, int end) {
    const int axes = static_cast<int>(args.source.size());
    const int64_t size = static_cast<int64_t>(tool::dtype_size(args.types.src_dtype));
    const int64_t length = static_cast<int64_t>(args.source[axes - 1].size()) * args.run * size;
    const Filling constant(args.constant, size);
    uint8_t *dst = static_cast<uint8_t *>(args.dst) + begin * length;
    for (int unit = begin; unit < end; unit++) {
        int64_t row = 0;
        bool is_constant = false;
        int rest = unit;
        for (int axis = axes - 2; axis >= 0; axis--) {
            const int extent = static_cast<int>(args.source[axis].size());
            const int source = args.source[axis][rest % extent];
            rest /= extent;
            is_constant = is_constant || source < 0;
            row += source * args.src_strides[axis];
        }
        if (is_constant) {
            constant.fill(dst, length);
            dst += length;
            continue;
        }
        const uint8_t *src = static_cast<const uint8_t *>(args.src) + row * size;
        for (size_t i = 0; i < args.stretches.size(); i++) {
            const PadArgs::Stretch stretch = args.stretches[i];
            if (stretch.from < 0) {
                constant.fill(dst, stretch.length);
            } else if (stretch.length >= 256) {
                memcpy(dst, src + stretch.from, stretch.length);
            } else {
                with_copy(stretch.length, [&](auto copy) { copy(dst, src + stretch.from, stretch.length); });
            }
            dst += stretch.length;
        }
    }
}

}  // namespace
}  // namespace DL_SIMD_ISA
}  // namespace base
}  // namespace dl
