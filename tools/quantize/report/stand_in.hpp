/**
 * @file stand_in.hpp
 * Modules that stand in for a user's own on the emulated chip.
 */
#pragma once

#include <set>
#include <string>

namespace quantize {

/**
 * Register a module for each type of node. It gives the test values that the file has for its outputs, and zeros if
 * there are none.
 */
void register_stand_ins(const std::set<std::string> &types);

}  // namespace quantize
