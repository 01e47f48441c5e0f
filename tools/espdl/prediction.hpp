/**
 * @file prediction.hpp
 * How long a model takes on a chip, node by node: what is counted of a loaded model, times the chip's prices.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chip_cost.hpp"
#include "dl_model_base.hpp"

namespace hal {
struct BoardProfile;
}

namespace espdl_tool {

Clocks board_clocks(const hal::BoardProfile &board);

struct PredictionSettings {
    const ChipCost *chip = nullptr;
    Clocks clocks = {};     ///< without PSRAM all tensors are in internal RAM
    bool in_flash = false;  ///< parameters are read from flash, not from a copy in PSRAM
    int cores = 1;
};

struct PredictedNode {
    std::string name, type;
    std::optional<std::vector<int>> output;  ///< shape of the first output
    NodeWork work;
    Counts counts;
    MemoryTime waits;      ///< of one core
    double share = 1;      ///< of the work that one core does
    double us = 0;         ///< predicted, in microseconds
    double deviation = 0;  ///< the time lies within it in two cases of three
};

struct Prediction {
    std::vector<PredictedNode> nodes;  ///< in order of execution
    double us = 0, deviation = 0;
};

/** @param model was loaded with its parameters */
Prediction predict_model(dl::Model &model, const PredictionSettings &settings);

}  // namespace espdl_tool
