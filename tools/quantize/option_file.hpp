/**
 * @file option_file.hpp
 * The options of a command as a TOML file: `int16 = ["/head/conv3"]` for `--int16 /head/conv3`.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace quantize {

/**
 * Gives the command's options the values of a file, where the command line has not given them one. Throws Error, with
 * the line of the file, for a key that is no option and for a value that is neither text, number, true, false nor a
 * list of them.
 */
void read_options(CLI::App *command, const std::string &path);

/** All options of a command with what each one does: those that are given as `key = value`, the others as comments. */
std::string options_text(const CLI::App &command);

}  // namespace quantize
