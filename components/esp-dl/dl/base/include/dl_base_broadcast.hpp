/**
 * @file dl_base_broadcast.hpp
 * Broadcasting as in ONNX and numpy: the output's shape, and a walk over the output row by row. Along a row, each
 * operand either advances by one element or stands still.
 */
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace dl {
namespace base {

/** Most dimensions a tensor may have. */
constexpr int MAX_RANK = 8;
/** Most tensors that are broadcast together. */
constexpr int MAX_OPERANDS = 64;

/** Compute the shape that all shapes broadcast to. @return false if two dimensions differ and neither is 1, or the rank
 * exceeds MAX_RANK */
bool broadcast_shape(const std::vector<std::vector<int>> &shapes, std::vector<int> &out);

/**
 * The walk over the output. Neighbouring axes are merged if each operand is contiguous, or broadcast, along both; so
 * equal shapes become one row. Long rows are cut into blocks. A unit is one block of one row.
 */
struct Broadcast {
    static constexpr int BLOCK = 4096;  ///< elements of a unit at most

    int rank = 0;                           ///< number of axes outside the rows
    std::array<int, MAX_RANK> extent = {};  ///< their lengths
    std::vector<std::array<int64_t, MAX_RANK>>
        stride;             ///< of each operand: elements from one index of such an axis to the next
    int row = 0;            ///< elements of a row
    std::vector<int> step;  ///< of each operand: 1, or 0 if one element serves the whole row
    int blocks = 0;         ///< units of a row
    int units = 0;

    Broadcast() = default;
    /** Plan the walk. There are at most MAX_OPERANDS shapes, and all broadcast to `out`. */
    Broadcast(const std::vector<std::vector<int>> &shapes, const std::vector<int> &out);

    /** Call f(offset in the output, offsets in the operands, number of elements) for each unit. Offsets are in
     * elements. */
    template <typename F>
    void for_each(int begin, int end, F &&f) const {
        int64_t offset[MAX_OPERANDS];
        for (int unit = begin; unit < end; unit++) {
            const int64_t index = unit / blocks;
            const int start = unit % blocks * BLOCK;
            for (size_t k = 0; k < step.size(); k++) {
                offset[k] = static_cast<int64_t>(start) * step[k];
                int64_t rest = index;
                for (int axis = rank - 1; axis >= 0; axis--) {
                    offset[k] += rest % extent[axis] * stride[k][axis];
                    rest /= extent[axis];
                }
            }
            f(index * row + start, offset, std::min(BLOCK, row - start));
        }
    }
};

}  // namespace base
}  // namespace dl
