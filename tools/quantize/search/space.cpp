#include "search/space.hpp"

#include <algorithm>
#include <cstdint>

namespace quantize {

namespace {

bool starts_with(const std::string &text, const std::string &beginning) {
    return text.rfind(beginning, 0) == 0;
}

}  // namespace

Space usual_space(int bits) {
    Space space = {{"observer", {"'auto'", "'kl'", "'minmax'", "'percentile'", "'mse'"}},
                   {"equalize", {"false", "true"}},
                   {"equalize-level", {"1", "2"}},
                   {"bias-correction", {"false", "true"}},
                   {INT16_COUNT, {"0", "1", "2", "4", "8"}},
                   {"train", {"''", "'tqt'", "'lsq'"}}};
    if (bits == 16) {
        std::erase_if(space, [](const Dimension &dimension) { return dimension.option == INT16_COUNT; });
    }
    return space;
}

size_t size_of(const Space &space) {
    size_t size = 1;
    for (const Dimension &dimension : space) {
        size = size > SIZE_MAX / dimension.values.size() ? SIZE_MAX : size * dimension.values.size();
    }
    return size;
}

Config config_at(const Space &space, const Choice &choice, size_t sensitive) {
    Config config;
    for (size_t i = 0; i < space.size(); i++) {
        std::string value = space[i].values.at(choice.at(i));
        if (space[i].option == INT16_COUNT) {
            const size_t count = std::min(static_cast<size_t>(std::stoul(value)), sensitive);
            value = count ? std::to_string(count) : "false";
        }
        if (value != "false" && value != "''" && value != "\"\"") {
            config[space[i].option] = value;
        }
    }
    const bool trained = config.count("train"), equalized = config.count("equalize");
    std::erase_if(config, [&](const auto &entry) {
        return (starts_with(entry.first, "train-") && !trained) ||
               (starts_with(entry.first, "equalize-") && !equalized);
    });
    return config;
}

std::string text_of(const Config &config) {
    std::string text;
    for (const auto &[option, value] : config) {
        text += (text.empty() ? "" : ", ") + option + " = " + value;
    }
    return text.empty() ? "defaults" : text;
}

}  // namespace quantize
