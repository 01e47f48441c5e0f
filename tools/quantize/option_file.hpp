/**
 * @file option_file.hpp
 * The options of a command as a TOML file: `int16 = ["/head/conv3"]` for `--int16 /head/conv3`.
 */
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <set>
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

/** What an option file may hold: the options without their dashes. */
std::set<std::string> option_keys(const CLI::App &command);

/**
 * The options of a command that are given and that another command has as well, as TOML writes their values.
 * @param paths options that name files, which shall be found from any folder
 */
std::map<std::string, std::string> given_values(const CLI::App &command, const CLI::App &other,
                                                const std::set<std::string> &paths);

}  // namespace quantize
