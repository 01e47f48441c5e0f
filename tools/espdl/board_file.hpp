/**
 * @file board_file.hpp
 * Where the boards' descriptions lie.
 */
#pragma once

#include <string>

namespace espdl_tool {

/** boards/<name>/board.toml of an installation or of the source tree, or a file of that kind. "": none. */
std::string find_board(const std::string &board);

}  // namespace espdl_tool
