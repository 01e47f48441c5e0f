/**
 * @file cost.hpp
 * What a file takes on the chip.
 */
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "graph/graph.hpp"

namespace quantize {

/** Bytes and predicted time; of a difference, too. */
struct Cost {
    int64_t file = 0;          ///< bytes of the .espdl file
    int64_t arena = 0;         ///< bytes of RAM for its tensors
    std::optional<double> ms;  ///< predicted; nothing: no figure is known of the board's chip

    Cost operator-(const Cost &other) const;
};

/** The board that times are predicted for, if none is named; "": nothing is known of the chip. */
std::string usual_board(const std::string &target);

/** Throws Error for a board that there is not. */
void check_board(const std::string &board);

/**
 * Load a file as the chip would. Throws Error if it cannot be loaded, or for a board that there is not.
 * @param board "": predict no time
 */
Cost measure_cost(const std::string &file, const std::optional<std::array<uint8_t, 16>> &key, const std::string &board);

}  // namespace quantize
