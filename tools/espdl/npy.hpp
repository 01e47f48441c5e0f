/**
 * @file npy.hpp
 * NumPy's .npy files: reading and writing of plain arrays, little-endian, C order.
 */
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dl_define.hpp"

namespace espdl_tool {

struct NpyArray {
    dl::dtype_t dtype = dl::DATA_TYPE_UNDEFINED;
    std::vector<int> shape;     ///< {} is a scalar
    std::vector<uint8_t> data;  ///< elements, without padding
};

/**
 * Read the bytes of a file. Everything that does not follow the format exactly, or is not little-endian in C order, is
 * refused.
 * @param error the reason
 */
bool parse_npy(std::span<const uint8_t> file, NpyArray &array, std::string &error);
bool read_npy(const std::string &path, NpyArray &array, std::string &error);

/** @param data elements of `dtype`, as many as `shape` says */
bool write_npy(const std::string &path, dl::dtype_t dtype, const std::vector<int> &shape, const void *data,
               std::string &error);

/** Text of the header that NumPy would write, magic included; "" for a type that NumPy does not have. */
std::string npy_header(dl::dtype_t dtype, const std::vector<int> &shape);

}  // namespace espdl_tool
