/**
 * @file dl_conv_stage.hpp
 * How kernels walk as dl_pack_conv_plan.hpp describes: they copy a unit's input into scratch memory, and find the
 * output address of each position. Everything in this file is local to the file that includes it, which compiles it for
 * its own instruction set.
 */
#pragma once

#include "dl_pack_conv.hpp"
#include "dl_simd.hpp"

namespace dl {
namespace base {
namespace {

/** The positions of one unit. */
struct ConvUnit {
    const uint8_t *base;  ///< input of position 0
    uint8_t *output;      ///< output of position 0
    int rows;             ///< output rows (matrix: 1)
    int width;            ///< pixels of an output row (matrix: of the unit)
    int row_positions;    ///< positions of an output row
    size_t pixel;         ///< bytes from one output pixel to the next

    int positions() const { return (rows - 1) * row_positions + width; }
};

/** Walks over the output pixels of positions 0, 1, 2, ... */
class ConvCursor {
public:
    DL_INLINE explicit ConvCursor(const ConvUnit &unit)
        : m_at(unit.output),
          m_pixel(unit.pixel),
          m_rows(unit.rows),
          m_width(unit.width),
          m_row_positions(unit.row_positions) {}

    /** Return the output address of the current position, or nullptr if the position is surplus. Then go on to the next
     * position. */
    DL_INLINE uint8_t *next() {
        uint8_t *at = nullptr;
        if (m_column < m_width && m_rows > 0) {
            at = m_at;
            m_at += m_pixel;
        }
        if (++m_column == m_row_positions) {
            m_column = 0;
            m_rows--;
        }
        return at;
    }

    /** If the next `count` positions are pixels of one output row, and pixels begin `pixel` bytes apart: return the
     * output address of the first one, and go on behind the last one. Else return nullptr, and stay. */
    DL_INLINE uint8_t *next_together(int count, size_t pixel) {
        if (m_column + count > m_width || m_rows <= 0 || m_pixel != pixel) {
            return nullptr;
        }
        uint8_t *at = m_at;
        m_at += count * pixel;
        m_column += count;
        if (m_column == m_row_positions) {
            m_column = 0;
            m_rows--;
        }
        return at;
    }

private:
    uint8_t *m_at;
    size_t m_pixel;
    int m_rows;
    int m_width;
    int m_row_positions;
    int m_column = 0;
};

/** What a unit computes: the blocks [begin, end) of channels, from part `index` of the input. Units that share their
 * input (ConvPlan::groups) have the same index. */
struct ConvPart {
    int index;
    int begin;
    int end;

    DL_INLINE ConvPart(const ConvPlan &plan, int unit) {
        index = unit / plan.groups;
        const int group = unit % plan.groups;
        begin = group * plan.group_blocks;
        end = group + 1 < plan.groups ? begin + plan.group_blocks : plan.blocks;
    }
};

/** The positions of part `index`, with their output addresses. The caller sets `base`, when the input is in scratch
 * memory. */
inline ConvUnit conv_unit(const ConvArgs &args, int index, size_t element) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    ConvUnit unit;
    unit.pixel = args.out_pitch * element;
    if (plan.is_matrix) {
        const int total = args.batch * args.out_h * args.out_w;
        const int first = index * plan.unit_rows;
        unit.rows = 1;
        unit.width = total - first < plan.unit_rows ? total - first : plan.unit_rows;
        unit.row_positions = plan.unit_rows;
        unit.output = static_cast<uint8_t *>(args.output) + first * unit.pixel;
        unit.base = nullptr;
        return unit;
    }
    const int per_image = (args.out_h + plan.unit_rows - 1) / plan.unit_rows;
    const int image = index / per_image;
    const int row = index % per_image * plan.unit_rows;
    unit.rows = args.out_h - row < plan.unit_rows ? args.out_h - row : plan.unit_rows;
    unit.width = args.out_w;
    unit.row_positions = plan.row_positions;
    unit.output =
        static_cast<uint8_t *>(args.output) + (static_cast<size_t>(image) * args.out_h + row) * args.out_w * unit.pixel;
    unit.base = nullptr;
    return unit;
}

/**
 * Copy the input of part `index` into scratch memory, with zeros for the padding.
 * @param plan     the plan of the kernel's state, or another one with the same units
 * @tparam Convert T: type of the input's elements. U: their type in scratch memory. copy(U *to, const T *from, n)
 * converts n elements; fill(U *to, n) writes n elements that stand for zero. Both may be static.
 */
template <typename Convert>
inline void conv_stage(const ConvArgs &args, const ConvPlan &plan, int index, const ConvUnit &unit, uint8_t *scratch,
                       const Convert &convert = Convert()) {
    using T = typename Convert::T;
    using U = typename Convert::U;
    const T *input = static_cast<const T *>(args.input);
    auto copy_pixels = [&](uint8_t * to, const T *from, int pixels) __attribute__((always_inline)) {
        if (args.in_pitch == args.in_c) {
            convert.copy(reinterpret_cast<U *>(to), from, static_cast<size_t>(pixels) * args.in_c);
            return;
        }
        const auto copy_each = [&](int channels) __attribute__((always_inline)) {
            for (int x = 0; x < pixels; x++) {
                convert.copy(reinterpret_cast<U *>(to + x * plan.pixel_bytes),
                             from + static_cast<size_t>(x) * args.in_pitch, channels);
            }
        };
        // Pixels of few channels are short. With a length that the compiler knows, copying one is a few instructions,
        // not a call.
        switch (args.in_c) {
            case 16:
                return copy_each(16);
            case 32:
                return copy_each(32);
            default:
                return copy_each(args.in_c);
        }
    };
    if (plan.is_matrix) {
        copy_pixels(scratch, input + static_cast<size_t>(index) * plan.unit_rows * args.in_pitch, unit.width);
        return;
    }

    const int per_image = (args.out_h + plan.unit_rows - 1) / plan.unit_rows;
    const int image = index / per_image;
    const int top = index % per_image * plan.unit_rows * args.stride_h - args.pad_top;
    const int rows = (unit.rows - 1) * args.stride_h + (args.kernel_h - 1) * args.dilation_h + 1;
    const int width = plan.row_positions * args.stride_w;
    const int left = args.pad_left < width ? args.pad_left : width;
    const int middle = args.in_w < width - left ? args.in_w : width - left;
    const int right = width - left - middle;
    for (int r = 0; r < rows; r++) {
        uint8_t *to =
            scratch + (static_cast<size_t>(r % args.stride_h) * plan.plane_rows + r / args.stride_h) * plan.row_bytes;
        const int y = top + r;
        if (y < 0 || y >= args.in_h) {
            convert.fill(reinterpret_cast<U *>(to), static_cast<size_t>(width) * args.in_c);
            continue;
        }
        convert.fill(reinterpret_cast<U *>(to), static_cast<size_t>(left) * args.in_c);
        to += left * plan.pixel_bytes;
        copy_pixels(to, input + (static_cast<size_t>(image) * args.in_h + y) * args.in_w * args.in_pitch, middle);
        to += middle * plan.pixel_bytes;
        convert.fill(reinterpret_cast<U *>(to), static_cast<size_t>(right) * args.in_c);
    }
}

template <typename Convert>
inline void conv_stage(const ConvArgs &args, int index, const ConvUnit &unit, uint8_t *scratch) {
    conv_stage<Convert>(args, state_of<TiledConv>(args).plan, index, unit, scratch);
}

/**
 * Stage what the units [begin, end) read, each part of the input once, and compute them.
 * @tparam Convert as conv_stage() has it
 * @tparam M       positions that a kernel takes at once
 * @param compute  compute(unit, first block, end of the blocks)
 */
template <typename Convert, int M, typename Compute>
DL_INLINE void conv_parts(const ConvArgs &args, int begin, int end, Compute compute) {
    const ConvPlan &plan = state_of<TiledConv>(args).plan;
    // The last tile reads up to M - 1 positions and one padded run beyond the last one.
    uint8_t *scratch =
        host_scratch(plan.scratch_bytes + M * plan.position_bytes + plan.run_padded * sizeof(typename Convert::U) + 64);
    int staged = -1;
    for (int i = begin; i < end; i++) {
        const ConvPart part(plan, i);
        ConvUnit unit = conv_unit(args, part.index, sizeof(typename Convert::T));
        if (part.index != staged) {
            conv_stage<Convert>(args, part.index, unit, scratch);
            staged = part.index;
        }
        unit.base = scratch;
        compute(unit, part.begin, part.end);
    }
}

/** Compute all positions of a unit in tiles of M positions. What is left at the end is one more tile: of 1, M / 4, M /
 * 2 or M positions, the smallest that holds it.
 * @param tile called as tile.template operator()<positions>(input of the first position, cursor) */
template <int M, typename Tile>
DL_INLINE void conv_tiles(const ConvUnit &unit, size_t position_bytes, Tile tile) {
    ConvCursor cursor(unit);
    const int count = unit.positions();
    int p = 0;
    for (; p + M <= count; p += M) {
        tile.template operator()<M>(unit.base + p * position_bytes, cursor);
    }
    const uint8_t *rest = unit.base + p * position_bytes;
    const int left = count - p;
    if (left == 0) {
        return;
    }
    if (left == 1) {
        tile.template operator()<1>(rest, cursor);
    } else if (left <= M / 4) {
        tile.template operator()<M / 4>(rest, cursor);
    } else if (left <= M / 2) {
        tile.template operator()<M / 2>(rest, cursor);
    } else {
        tile.template operator()<M>(rest, cursor);
    }
}

}  // namespace
}  // namespace base
}  // namespace dl
