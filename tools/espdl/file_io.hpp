/**
 * @file file_io.hpp
 * Whole files in and out, with the reason where that fails.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace espdl_tool {

bool read_file(const std::string &path, std::vector<uint8_t> &bytes, std::string &error);
/** Read into the memory that `make_room` gives for the file's size; it returns nullptr, and has set `error`, where
 * there is none. */
bool read_file(const std::string &path, const std::function<uint8_t *(size_t)> &make_room, std::string &error);

/** Write the parts one after the other. A file that could not be finished is removed. */
bool write_file(const std::string &path, const std::vector<std::pair<const void *, size_t>> &parts, std::string &error);

/** The name with every character outside [A-Za-z0-9._-] replaced by '_'; "_" for an empty one. */
std::string file_name_of(const std::string &tensor_name);

}  // namespace espdl_tool
