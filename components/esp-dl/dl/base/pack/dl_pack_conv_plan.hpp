/**
 * @file dl_pack_conv_plan.hpp
 * How an optimized convolution kernel walks over its input.
 *
 * A unit is a few output rows. The kernel copies the input rows under them into scratch memory, with zeros for the
 * padding. The output pixels of the unit are its positions 0, 1, 2, and so on. Their windows begin at equal distances:
 * the window of position p begins p * position_bytes bytes behind that of position 0.
 *
 * A window is a few runs of consecutive bytes: one run for each kernel row if the taps of a row are neighbours, else
 * one run for each tap. The offsets of the runs are the same for every position. So a convolution is a matrix product:
 * each position is a row of the first matrix, and these rows overlap in memory.
 *
 * An output row takes row_positions positions, which may be a few more than it has pixels. The surplus positions are
 * computed, but not stored.
 *
 * With a vertical stride above 1, the next output row's window begins that many input rows below. So scratch rows are
 * sorted by their number modulo the stride. Rows of the same remainder follow each other, and are called a plane.
 *
 * A convolution of one tap without stride and padding is called a matrix: nothing overlaps, and its positions are the
 * pixels of the whole batch.
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "dl_base_host_buffer.hpp"

namespace dl {
namespace base {

struct ConvPlan {
    bool is_matrix = false;  ///< positions are the pixels of the whole batch
    int runs = 0;            ///< runs of a window
    int run_elements = 0;    ///< input elements of a run
    int run_padded = 0;      ///< run_elements, rounded up to what the kernel takes at once
    int block = 0;           ///< output channels of a block
    int blocks = 0;          ///< number of blocks, which hold all output channels
    int groups =
        1;  ///< number of units that share their input and follow each other; each computes channels of its own
    int group_blocks = 0;       ///< blocks of each of these units; the last one has what is left, too
    int unit_rows = 0;          ///< output rows of a unit; matrix: positions of a unit
    int row_positions = 0;      ///< positions of an output row
    int plane_rows = 0;         ///< scratch rows of a plane
    size_t pixel_bytes = 0;     ///< bytes of an input pixel in scratch memory
    size_t position_bytes = 0;  ///< bytes from one position to the next in scratch memory
    size_t row_bytes = 0;       ///< bytes of a scratch row
    size_t scratch_bytes =
        0;  ///< bytes of scratch memory for one unit; what the kernel reads beyond the last position comes on top
    /**
     * A small window may be gathered: copied once more, into position_bytes bytes of its own, which are then its only
     * run. gather_offsets are the offsets of the runs that are copied; if it is empty, windows are read where they are.
     * Before gathering, windows begin gather_position bytes apart. The copies lie in scratch memory from gather_at on.
     */
    HostBuffer<int32_t> gather_offsets;
    int gather_elements = 0;  ///< elements of each gathered run
    size_t gather_position = 0;
    size_t gather_at = 0;
    HostBuffer<int32_t> run_offsets;  ///< offset of each run from the position's first byte

    bool operator==(const ConvPlan &) const = default;
};

}  // namespace base
}  // namespace dl
