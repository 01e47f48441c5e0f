#include "chip_cost.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "operators.hpp"

namespace espdl_tool {

namespace {

constexpr const char *NAMES[WORK_KINDS] = {
    "mac",   "mac_unaligned", "step",  "block", "tap",   "tap_unaligned", "tap_block",     "vector", "copy", "lut",
    "lut16", "lut16_step",    "float", "plain", "psram", "psram_weights", "flash_weights", "l2",     "node"};

// Prices in the order of Work. Those of the two fitted chips are tools/predict/fit.py's output; docs/predict.md
// explains each.
constexpr ChipCost ESP32S3 = {
    "esp32s3", "fitted to published measurements",
    240,       640,
    64e3,      0,
    true,      {0.891, 5.93, 22.9, 26.7, 2.19, 13.4, 16.6, 5.96, 1.9, 6, 65, 12, 100, 12, 12.6, 12.2, 37.1, 0, 18.1},
    0.656,     0.15,
    103,       14.5,
    79,        {1.1, 0.2, 6.5, 80}};
constexpr ChipCost ESP32P4 = {
    "esp32p4",
    "fitted to published measurements",
    360,
    3200,
    64e3,
    256e3,
    true,
    {0.928, 3.84, 14.2, 18.4, 1.75, 15.1, 13.6, 5.61, 1.66, 7.11, 65, 12, 60.7, 8, 5.04, 5.45, 40, 0.594, 9.35},
    0.677,
    0.15,
    34,
    4,
    18,
    {0.5, 0.08, 3.3, 25}};

/** A chip that nobody published figures of, with the prices of the nearest one that was measured. */
constexpr ChipCost nearest(const ChipCost &measured, const char *chip, const char *basis, double mhz,
                           bool vector_unit) {
    ChipCost cost = measured;
    cost.chip = chip;
    cost.basis = basis;
    cost.vector_unit = vector_unit;
    // Cycles stay what they are; the clock that they are counted in is the board's.
    cost.mhz = vector_unit ? measured.mhz : mhz;
    cost.relative_error = 0.5;
    return cost;
}

constexpr const char *PLAIN_C = "not measured: scaled from the ESP32-S3's plain C kernels";
constexpr ChipCost CHIPS[] = {
    ESP32S3,
    ESP32P4,
    nearest(ESP32P4, "esp32s31", "not measured: scaled from the ESP32-P4", 320, true),
    nearest(ESP32S3, "esp32", PLAIN_C, 240, false),
    nearest(ESP32S3, "esp32s2", PLAIN_C, 240, false),
    nearest(ESP32S3, "esp32c3", PLAIN_C, 240, false),
    nearest(ESP32S3, "esp32c5", PLAIN_C, 240, false),
    nearest(ESP32S3, "esp32c6", PLAIN_C, 240, false),
};

bool is_one_of(const std::string &op, std::initializer_list<const char *> names) {
    return std::any_of(names.begin(), names.end(), [&](const char *name) { return op == name; });
}

using operators::Cost;

Cost cost_of(const NodeWork &node) {
    return operators::row(node.op).cost;
}

/**
 * Share of misses of a cyclic walk over `bytes` through a cache of `capacity` bytes that replaces lines at random: a
 * line survives one round of m * n misses among c lines with probability exp(-m n / c), so m = 1 - exp(-m n / c).
 */
double cyclic_misses(double bytes, double capacity) {
    const double ratio = bytes / capacity;
    if (ratio <= 1) {
        return 0;
    }
    double misses = 1;
    for (int i = 0; i < 60; i++) {
        misses = 1 - std::exp(-misses * ratio);
    }
    return misses;
}

/** Bytes of tensors: what the node before has left in the cache need not come from PSRAM. */
void count_tensors(const NodeWork &node, const ChipCost &chip, bool cold, double repeats, Counts &counts) {
    const double cache = chip.l2_bytes > 0 ? chip.l2_bytes : chip.l1_bytes;
    const double footprint = node.input_bytes + node.output_bytes + node.weight_bytes;
    const double misses = cold ? 1 : 1 - std::exp(-footprint / cache);
    const double bytes = node.input_bytes * repeats + node.output_bytes;
    counts[WORK_PSRAM] += bytes * misses;
    if (chip.l2_bytes > 0) {
        counts[WORK_L2] += bytes * (1 - misses);
    }
}

double element_bytes(dl::dtype_t dtype) {
    switch (dtype) {
        case dl::DATA_TYPE_INT16:
        case dl::DATA_TYPE_UINT16:
            return 2;
        case dl::DATA_TYPE_INT32:
        case dl::DATA_TYPE_UINT32:
        case dl::DATA_TYPE_FLOAT:
            return 4;
        default:
            return 1;
    }
}

/** How often the rows of the input are fetched: once, unless weights and the rows under the kernel leave no room. */
double row_repeats(const NodeWork &node, const ChipCost &chip) {
    const double cache = chip.l2_bytes > 0 ? chip.l2_bytes : chip.l1_bytes;
    if (node.kernel_h == 1) {
        return 1;
    }
    const double again = std::max(1.0, static_cast<double>(node.kernel_h) / node.stride) - 1;
    return 1 + again * cyclic_misses(node.weight_bytes + node.row_bytes * node.kernel_h, cache);
}

/** Bytes of weights, walked over once for each output position. */
void count_weights(const NodeWork &node, const ChipCost &chip, bool in_flash, Counts &counts) {
    const double window = static_cast<double>(node.kernel_size) * node.in_channels * element_bytes(node.dtype);
    const double walks = node.pixels * node.batch - node.batch;
    const double l1 = cyclic_misses(node.weight_bytes + window, chip.l1_bytes);
    const double memory = chip.l2_bytes > 0 ? cyclic_misses(node.weight_bytes + window, chip.l2_bytes) : l1;
    if (chip.l2_bytes > 0) {
        counts[WORK_L2] += walks * node.weight_bytes * l1 * (1 - memory);
    }
    const Work source = in_flash && !node.weights_are_variable ? WORK_FLASH_WEIGHTS : WORK_PSRAM_WEIGHTS;
    counts[source] += node.weight_bytes * (node.batch + walks * memory);
}

void count_products(const NodeWork &node, const ChipCost &chip, bool in_flash, bool cold, Counts &counts) {
    const double products = node.pixels * node.out_channels * node.kernel_size * node.in_channels * node.batch;
    if (!chip.vector_unit || node.dtype == dl::DATA_TYPE_FLOAT) {
        counts[WORK_PLAIN] += products;
    } else {
        const double lanes = 16 / element_bytes(node.dtype);
        const double blocks = std::ceil(node.out_channels / lanes) * node.pixels * node.batch;
        const bool aligned =
            std::fmod(node.out_channels, lanes) == 0 && (node.depthwise || std::fmod(node.in_channels, lanes) == 0);
        const Work product =
            node.depthwise ? (aligned ? WORK_TAP : WORK_TAP_UNALIGNED) : (aligned ? WORK_MAC : WORK_MAC_UNALIGNED);
        counts[product] += blocks * node.kernel_size * node.in_channels;
        counts[node.depthwise ? WORK_TAP_BLOCK : WORK_BLOCK] += blocks;
        if (!node.depthwise) {
            counts[WORK_STEP] += blocks * node.kernel_size;
        }
    }
    count_weights(node, chip, in_flash, counts);
    count_tensors(node, chip, cold, row_repeats(node, chip), counts);
}

void count_elements(const NodeWork &node, const ChipCost &chip, Counts &counts) {
    const double bytes = element_bytes(node.dtype);
    const Cost cost = cost_of(node);
    if (cost == Cost::LOOKUP && bytes < 4) {
        counts[bytes < 2 ? WORK_LUT : node.lut_steps ? WORK_LUT16_STEP : WORK_LUT16] += node.elements;
    } else if (cost == Cost::VECTOR && chip.vector_unit && bytes < 4) {
        counts[WORK_VECTOR] += std::ceil(node.elements * bytes / 16);
    } else if (cost == Cost::FLOAT || cost == Cost::LOOKUP) {
        counts[WORK_FLOAT] += node.elements;
    } else if (cost == Cost::CONVERSION) {
        counts[WORK_FLOAT] += node.elements * 0.3;  // a multiplication and a rounding, no function
    } else {
        counts[WORK_COPY] += node.elements;
    }
}

bool is_memory(int work) {
    return work == WORK_PSRAM || work == WORK_PSRAM_WEIGHTS || work == WORK_FLASH_WEIGHTS || work == WORK_L2;
}

}  // namespace

const char *work_name(Work work) {
    return NAMES[work];
}

const ChipCost *find_chip_cost(const std::string &chip) {
    const auto *found =
        std::find_if(std::begin(CHIPS), std::end(CHIPS), [&](const ChipCost &cost) { return chip == cost.chip; });
    return found == std::end(CHIPS) ? nullptr : found;
}

Counts count_work(const NodeWork &node, const ChipCost &chip, bool in_flash, bool cold) {
    Counts counts = {};
    counts[WORK_NODE] = 1;
    if (cost_of(node) == Cost::VIEW || node.view) {
        return counts;
    }
    if (node.pixels > 0) {
        count_products(node, chip, in_flash, cold, counts);
        return counts;
    }
    count_elements(node, chip, counts);
    count_tensors(node, chip, cold, 1, counts);
    return counts;
}

MemoryTime price_memory(const Counts &counts, const ChipCost &chip, const Clocks &clocks) {
    const double scale = clocks.psram_rate > 0 ? chip.psram_rate / clocks.psram_rate : 1;
    auto us = [&](Work work) { return counts[work] * chip.price[work] / 1e3; };
    return {(us(WORK_PSRAM) + us(WORK_PSRAM_WEIGHTS)) * scale, us(WORK_FLASH_WEIGHTS), us(WORK_L2)};
}

double price_work(const Counts &counts, const ChipCost &chip, const Clocks &clocks, double *memory_us) {
    double cycles = 0;
    for (int i = 0; i < WORK_NODE; i++) {
        cycles += is_memory(i) ? 0 : counts[i] * chip.price[i];
    }
    const double memory = price_memory(counts, chip, clocks).sum();
    if (memory_us) {
        *memory_us = memory;
    }
    return cycles / clocks.cpu_mhz + memory + counts[WORK_NODE] * chip.price[WORK_NODE] * chip.mhz / clocks.cpu_mhz;
}

double unfitted(const NodeWork &node) {
    const bool words = element_bytes(node.dtype) == 2;
    const Cost cost = cost_of(node);
    const bool known =
        cost == Cost::VIEW || cost == Cost::LOOKUP || cost == Cost::VECTOR || cost == Cost::CONVERSION ||
        is_one_of(node.op, {"Conv", "Gemm", "MatMul", "Concat", "Split", "Slice", "Transpose", "Resize", "Softmax"});
    return !known || words || node.dtype == dl::DATA_TYPE_FLOAT ? 1 : 0;
}

}  // namespace espdl_tool
