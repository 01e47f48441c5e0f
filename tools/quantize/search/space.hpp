/**
 * @file space.hpp
 * What a search tries: options of `espdl quantize`, each with the values that it may have.
 */
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace quantize {

/** How many layers are computed in 16 bits: the most sensitive ones. No option of `espdl quantize`. */
inline constexpr const char *INT16_COUNT = "int16-layers";

struct Dimension {
    std::string option;               ///< without dashes
    std::vector<std::string> values;  ///< as TOML writes them; the first one is what the search begins with
};
using Space = std::vector<Dimension>;
/** For each dimension, which value. */
using Choice = std::vector<size_t>;
/** Option and value, as TOML writes it. What is the same as leaving an option out is left out. */
using Config = std::map<std::string, std::string>;

/** Observers, equalization, bias correction, sensitive layers in 16 bits (if not all have them), training. */
Space usual_space(int bits);
/**
 * From a TOML file: `observer = ["kl", "minmax"]`. Throws Error, with the line, for what is no such list.
 * @param options that there are
 */
Space read_space(const std::string &path, const std::set<std::string> &options);
/** How many choices there are; SIZE_MAX if the number is larger. */
size_t size_of(const Space &space);

/**
 * What a choice means.
 * @param sensitive how many layers gain anything from 16 bits: more than these are none
 */
Config config_at(const Space &space, const Choice &choice, size_t sensitive);
/** "observer = 'kl', train = 'tqt'"; "defaults" */
std::string text_of(const Config &config);

}  // namespace quantize
