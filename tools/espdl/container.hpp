/**
 * @file container.hpp
 * Writing of .espdl containers: what fbs::FbsLoader reads. See components/fbs_loader/README.md for the formats.
 */
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace espdl_tool {

using AesKey = std::array<uint8_t, 16>;

/** Thirty-two hexadecimal digits, or 16 numbers such as {0x00, 0x01, ...}. @return nothing if the text is no key */
std::optional<AesKey> parse_key(const std::string &text);

/** An EDL1 or EDL2 file around a FlatBuffer (padded with zeros to a multiple of 16). @param key encrypt with it */
std::vector<uint8_t> make_edl(std::span<const uint8_t> flatbuffer, int version, const AesKey *key);

struct PackageModel {
    std::string name;           ///< with its .espdl
    std::vector<uint8_t> file;  ///< an EDL1 or EDL2 file
};

/**
 * A PDL1, PDL2 or PDL3 package.
 * @param text version text of PDL3, at most 15 characters
 */
bool make_package(const std::vector<PackageModel> &models, int version, const std::string &text,
                  std::vector<uint8_t> &package, std::string &error);

}  // namespace espdl_tool
