#include <algorithm>
#include <charconv>
#include <sstream>

#include "board/toml.hpp"
#include "file_io.hpp"
#include "graph/graph.hpp"
#include "search/space.hpp"

namespace quantize {

namespace {

/** As TOML writes it. @return "": it is no text, number, true or false */
std::string literal_of(const toml::node &node) {
    if (const auto *value = node.as_string()) {
        std::ostringstream out;
        out << *value;
        return out.str();
    }
    if (const auto *value = node.as_integer()) {
        return std::to_string(value->get());
    }
    if (const auto *value = node.as_boolean()) {
        return value->get() ? "true" : "false";
    }
    if (const auto *value = node.as_floating_point()) {
        char number[40];
        return std::string(number, std::to_chars(number, number + sizeof(number), value->get()).ptr);
    }
    return "";
}

}  // namespace

Space read_space(const std::string &path, const std::set<std::string> &options) {
    std::vector<uint8_t> bytes;
    std::string error;
    if (!espdl_tool::read_file(path, bytes, error)) {
        throw Error("--space: " + error);
    }
    const toml::parse_result parsed =
        toml::parse(std::string_view(reinterpret_cast<const char *>(bytes.data()), bytes.size()), path);
    if (!parsed) {
        throw Error("--space: " + path + ":" + std::to_string(parsed.error().source().begin.line) + ": " +
                    std::string(parsed.error().description()));
    }
    std::set<std::string> known = options;
    known.insert(INT16_COUNT);
    Space space;
    for (const auto &[name, node] : parsed.table()) {
        const std::string option(name.str());
        const std::string where =
            "--space: " + path + ":" + std::to_string(node.source().begin.line) + ": '" + option + "': ";
        if (!known.count(option)) {
            throw Error(where + "there is no such option" + suggestion(option, known));
        }
        const toml::array *list = node.as_array();
        Dimension dimension = {option, {}};
        for (size_t i = 0; list && i < list->size(); i++) {
            dimension.values.push_back(literal_of((*list)[i]));
        }
        if (dimension.values.empty() || std::count(dimension.values.begin(), dimension.values.end(), "")) {
            throw Error(where + "a list of text, numbers, true or false is needed: the values to try");
        }
        const auto is_count = [](const std::string &value) {
            return value.find_first_not_of("0123456789") == std::string::npos && value.size() < 6;
        };
        if (option == INT16_COUNT && !std::all_of(dimension.values.begin(), dimension.values.end(), is_count)) {
            throw Error(where + "numbers of layers are needed");
        }
        space.push_back(dimension);
    }
    // TOML's tables have no order of their own; the search must not depend on it.
    std::sort(space.begin(), space.end(), [](const auto &a, const auto &b) { return a.option < b.option; });
    return space;
}

}  // namespace quantize
