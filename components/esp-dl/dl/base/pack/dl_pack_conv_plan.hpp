/**
 * @file dl_pack_conv_plan.hpp
 * How an optimized convolution kernel walks over its input.
 *
 * A unit is a few output rows. Its kernel copies the input rows that it needs into scratch memory, with zeros for the
 * padding. The output pixels of the unit are then positions 0, 1, 2, ..., whose windows begin at equal distances: the
 * window of position p begins p * position_bytes bytes behind that of position 0.
 *
 * A window is a few runs of consecutive bytes: one run per kernel row if the taps of a row are neighbours, else one run
 * per tap. The offsets of the runs are the same for every position. So a convolution is a matrix product whose rows
 * overlap in memory.
 *
 * An output row takes row_positions positions, a few more than it has pixels. The surplus positions are computed, but
 * not stored.
 *
 * With a vertical stride, a window's rows do not follow each other. So scratch rows are sorted by their number modulo
 * the stride. Rows of the same remainder follow each other; they are a plane.
 *
 * A convolution of one tap without stride and padding is a plain matrix product. Its positions are the pixels of the
 * whole batch.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "dl_base_host_buffer.hpp"

namespace dl {
namespace base {

struct ConvPlan {
    bool is_matrix = false;     ///< positions are the pixels of the whole batch
    int runs = 0;               ///< runs of a window
    int run_elements = 0;       ///< input elements of a run
    int run_padded = 0;         ///< the same, rounded up to what the kernel takes at once
    int block = 0;              ///< output channels of a block
    int blocks = 0;             ///< blocks that hold all output channels
    int groups = 1;             ///< units that share their input, each with channels of its own, follow each other
    int group_blocks = 0;       ///< blocks of such a unit; the last one has what is left, too
    int unit_rows = 0;          ///< output rows of a unit; matrix: positions of a unit
    int row_positions = 0;      ///< positions of an output row
    int plane_rows = 0;         ///< scratch rows of a plane
    size_t pixel_bytes = 0;     ///< of an input pixel in scratch
    size_t position_bytes = 0;  ///< from one position to the next in scratch
    size_t row_bytes = 0;       ///< of a scratch row
    size_t scratch_bytes = 0;   ///< for one unit, without what the kernel reads beyond the last position
    /**
     * A small window may be gathered: copied once more, into position_bytes bytes of its own, which are then its only
     * run. These are the offsets of the runs that are copied. The window of the next position begins gather_position
     * bytes later; the copies lie in scratch memory from gather_at on. Empty: windows are read where they are.
     */
    HostBuffer<int32_t> gather_offsets;
    int gather_elements = 0;  ///< of each gathered run
    size_t gather_position = 0;
    size_t gather_at = 0;
    HostBuffer<int32_t> run_offsets;  ///< of each run, in bytes from the position's first one
};

}  // namespace base
}  // namespace dl
