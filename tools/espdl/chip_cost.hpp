/**
 * @file chip_cost.hpp
 * How long a node takes on a chip: work that is counted, times prices that were fitted to published measurements.
 *
 * ESP-DL's convolution visits the output pixel by pixel and walks over all weights for each of them. Three things
 * therefore decide its time: vector instructions (one multiplies 128 bits: 16 int8 or 8 int16 values), the bytes that
 * cross between PSRAM or flash and the cache, and whether the weights stay in the cache from one pixel to the next.
 * Weights that are larger than the cache are fetched again for every pixel: this is what makes YOLO11n at 640x640 take
 * 26 s on an ESP32-S3.
 *
 * The counts are linear in the prices, so tools/predict/fit.py can fit prices to measurements; docs/predict.md explains
 * the prices and how well they predict models that they were not fitted to.
 */
#pragma once

#include <array>
#include <string>
#include <vector>

#include "dl_define.hpp"

namespace espdl_tool {

/** What is counted. */
enum Work {
    WORK_MAC,            ///< vector multiply-accumulates whose channels are multiples of the vector: cycles each
    WORK_MAC_UNALIGNED,  ///< the same where channels are no such multiple: cycles each
    WORK_STEP,   ///< kernel positions of vectors of results, each a loop of its own over the channels: cycles each
    WORK_BLOCK,  ///< vectors of results: bias, requantization, store; cycles each
    WORK_TAP,    ///< depthwise: vectors times kernel positions, aligned; cycles each
    WORK_TAP_UNALIGNED,  ///< the same, channels no multiple of the vector; cycles each
    WORK_TAP_BLOCK,      ///< depthwise: vectors of results; cycles each
    WORK_VECTOR,         ///< element-wise operators: vectors of results; cycles each
    WORK_COPY,           ///< elements moved one by one (Concat, Transpose, Resize, ...): cycles each
    WORK_LUT,            ///< elements looked up in a table of 256 bytes: cycles each
    WORK_LUT16,       ///< elements looked up in a table of 65536 words, which no first-level cache holds: cycles each
    WORK_LUT16_STEP,  ///< elements interpolated in a small table of words: cycles each
    WORK_FLOAT,       ///< elements that go through float functions (Softmax, Div, ...): cycles each
    WORK_PLAIN,       ///< multiply-accumulates in plain C (float32, chips without vector unit): cycles each
    WORK_PSRAM,       ///< bytes of tensors to or from PSRAM: nanoseconds each
    WORK_PSRAM_WEIGHTS,  ///< bytes of parameters from PSRAM: nanoseconds each
    WORK_FLASH_WEIGHTS,  ///< bytes of parameters from flash: nanoseconds each
    WORK_L2,             ///< bytes from a second-level cache: nanoseconds each
    WORK_NODE,           ///< nodes: microseconds each
    WORK_KINDS,
};
/** "mac", "psram_weights", ...: as JSON and fit.py name it. */
const char *work_name(Work work);

using Counts = std::array<double, WORK_KINDS>;

/** A chip's caches and prices. */
struct ChipCost {
    const char *chip;
    const char *basis;      ///< what the prices rest on, in a few words
    double mhz;             ///< at which they were fitted; cycles scale with the board's clock
    double psram_rate;      ///< the same for PSRAM: MHz times data lines
    double l1_bytes;        ///< data cache
    double l2_bytes;        ///< second level; 0: none
    bool vector_unit;       ///< has 128-bit vector instructions that ESP-DL uses
    Counts price;           ///< in the unit that Work names
    double two_cores;       ///< time of a convolution split over two cores, relative to one
    double relative_error;  ///< one standard deviation of predictions for models that were left out of the fit
    double preprocess_pixel_ns, preprocess_side_us;  ///< per pixel, and per row or column, of the model's input
    double score_ns;                                 ///< post-processing: per class score that is looked at
    double head_ms[4];                               ///< beside that, by Head; HEAD_BOXES: for each stage
};

/** Kinds of post-processors that times are known of. */
enum Head { HEAD_CLASSIFIER, HEAD_BOXES, HEAD_DISTRIBUTIONS, HEAD_MASKS };

/** @return nullptr for a chip of which nothing is known */
const ChipCost *find_chip_cost(const std::string &chip);

/** A node, as far as its time depends on it. Bytes are those of elements; parameters are counted apart. */
struct NodeWork {
    std::string op;
    dl::dtype_t dtype = dl::DATA_TYPE_UNDEFINED;  ///< of the first output
    double input_bytes = 0;                       ///< of variables in PSRAM
    double output_bytes = 0;                      ///< likewise
    double internal_bytes = 0;                    ///< of inputs and outputs that lie in internal RAM
    double elements = 0;                          ///< of all outputs
    double weight_bytes = 0;                      ///< of parameters, or of a variable that MatMul uses as such
    bool weights_are_variable = false;
    double pixels = 0;  ///< output positions, each of which uses all weights; 0: the operator has no weights
    int out_channels = 0, in_channels = 0;  ///< in_channels: that one output channel reads (1 for depthwise)
    int kernel_h = 1, kernel_size = 1, stride = 1;
    bool depthwise = false;
    double row_bytes = 0;  ///< of a row of the input
    double batch = 1;
    bool lut_steps = false;  ///< its 16-bit table is interpolated
    bool view = false;       ///< moves nothing (Reshape)
};

/**
 * Count a node's work.
 * @param in_flash parameters are read from flash, not from a copy in PSRAM
 * @param cold     nothing is in the cache yet (a kernel measured alone)
 */
Counts count_work(const NodeWork &node, const ChipCost &chip, bool in_flash, bool cold = false);

/** What a board sets. */
struct Clocks {
    double cpu_mhz;
    double psram_rate;  ///< MHz times data lines; 0: no PSRAM
};

/** Microseconds that wait for memory, by where the bytes come from or go to. */
struct MemoryTime {
    double psram = 0, flash = 0, cache = 0;  ///< cache: of the second level
    double sum() const { return psram + flash + cache; }
};
MemoryTime price_memory(const Counts &counts, const ChipCost &chip, const Clocks &clocks);

/** Microseconds of these counts. @param memory_us gets the part that waits for PSRAM, flash and caches */
double price_work(const Counts &counts, const ChipCost &chip, const Clocks &clocks, double *memory_us = nullptr);

/** Share of a node's time that rests on prices nobody has measured (float32, 16-bit tables, ...): 0 or 1. */
double unfitted(const NodeWork &node);

}  // namespace espdl_tool
