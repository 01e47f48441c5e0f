#include "option_file.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <vector>

#include "board/toml.hpp"
#include "file_io.hpp"
#include "graph/graph.hpp"

namespace quantize {

namespace {

/** Options that say nothing of the result. */
bool is_left_out(const CLI::Option *option) {
    return option->check_name("--help") || option->check_name("--config");
}

/** "int16" of --int16. */
std::string key_of(const CLI::Option *option) {
    const std::string name = option->get_name();
    return name.substr(std::min(name.find_first_not_of('-'), name.size()));
}

/** What the command line would say. @return false: the value has no such form */
bool text_of(const toml::node &node, std::string &text) {
    if (const auto *value = node.as_string()) {
        text = value->get();
    } else if (const auto *value = node.as_integer()) {
        text = std::to_string(value->get());
    } else if (const auto *value = node.as_boolean()) {
        text = value->get() ? "true" : "false";
    } else if (const auto *value = node.as_floating_point()) {
        char number[32];
        text.assign(number, std::to_chars(number, number + sizeof(number), value->get()).ptr);
    } else {
        return false;
    }
    return true;
}

/** The values of a key. */
std::vector<std::string> texts_of(const toml::node &node, const std::string &where) {
    std::vector<std::string> texts(1);
    if (const toml::array *list = node.as_array()) {
        texts.clear();
        for (const toml::node &element : *list) {
            texts.emplace_back();
            if (!text_of(element, texts.back())) {
                throw Error(where + "a list holds text, numbers, true or false");
            }
        }
    } else if (!text_of(node, texts[0])) {
        throw Error(where + "neither text, a number, true, false nor a list of them");
    }
    return texts;
}

std::string quoted(const std::string &text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

/** A number stays one. */
std::string value_text(const CLI::Option *option, const std::string &text) {
    const std::string type = option->get_type_name();
    const bool number = type.rfind("INT", 0) == 0 || type.rfind("FLOAT", 0) == 0;
    double value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return number && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() ? text : quoted(text);
}

/** Neither a flag nor an option with a value: the value may be left out. */
bool may_lack_value(const CLI::Option *option) {
    return option->get_expected_max() > 0 && option->get_expected_min() == 0;
}

/** The values of an option that was given, as TOML writes them. */
std::string literal_of(const CLI::Option *option, const std::vector<std::string> &results) {
    if (may_lack_value(option) && (results.empty() || results[0].empty())) {
        return "true";
    }
    std::string values;
    for (const std::string &value : results) {
        values += (values.empty() ? "" : ", ") + value_text(option, value);
    }
    const bool flag = option->get_expected_max() == 0, list = option->get_items_expected_max() > 1;
    return flag ? "true" : list ? "[" + values + "]" : values;
}

/** "INPUT=PATH", "...,body:PATH" or "PATH", with the path from the root, if there is such a file. */
std::string from_root(const std::string &argument) {
    std::error_code error;
    const size_t equal = argument.find('='), body = argument.find("body:");
    for (const size_t begin : {static_cast<size_t>(0), equal == std::string::npos ? 0 : equal + 1,
                               body == std::string::npos ? 0 : body + 5}) {
        if (std::filesystem::exists(argument.substr(begin), error)) {
            return argument.substr(0, begin) + std::filesystem::absolute(argument.substr(begin)).string();
        }
    }
    return argument;
}

}  // namespace

std::set<std::string> option_keys(const CLI::App &command) {
    std::set<std::string> keys;
    for (const CLI::Option *option : command.get_options()) {
        if (!is_left_out(option)) {
            keys.insert(key_of(option));
        }
    }
    return keys;
}

void read_options(CLI::App *command, const std::string &path) {
    std::vector<uint8_t> bytes;
    std::string error;
    if (!espdl_tool::read_file(path, bytes, error)) {
        throw Error("--config: " + error);
    }
    const toml::parse_result parsed =
        toml::parse(std::string_view(reinterpret_cast<const char *>(bytes.data()), bytes.size()), path);
    if (!parsed) {
        throw Error("--config: " + path + ":" + std::to_string(parsed.error().source().begin.line) + ": " +
                    std::string(parsed.error().description()));
    }
    const std::set<std::string> known = option_keys(*command);
    for (const auto &[name, node] : parsed.table()) {
        const std::string key(name.str());
        const std::string where =
            "--config: " + path + ":" + std::to_string(node.source().begin.line) + ": '" + key + "': ";
        if (!known.count(key)) {
            throw Error(where + "there is no such option" + suggestion(key, known));
        }
        CLI::Option *option = command->get_option_no_throw("--" + key);
        option = option ? option : command->get_option(key);
        std::vector<std::string> texts = texts_of(node, where);
        const bool flag = option->get_expected_max() == 0;
        if (flag && (!node.is_boolean())) {
            throw Error(where + "true or false is needed");
        }
        const bool switched = flag || (may_lack_value(option) && node.is_boolean());
        if (option->count() || texts.empty() || (switched && texts[0] == "false")) {
            continue;
        }
        if (switched && !flag) {
            texts[0].clear();
        }
        if (option->get_expected_max() == 1) {
            for (; texts.size() > 1; texts.pop_back()) {  // a list is what commas are on the command line
                texts[texts.size() - 2] += "," + texts.back();
            }
        }
        option->add_result(texts);
        option->run_callback();
    }
}

std::string options_text(const CLI::App &command) {
    std::string text = "# What `espdl quantize --config` reads; paths as on the command line.\n";
    for (const CLI::Option *option : command.get_options()) {
        if (is_left_out(option)) {
            continue;
        }
        const std::string key = key_of(option), what = option->get_description();
        if (option->count() == 0) {
            const std::string standard = option->get_default_str();
            text += "# " + key + (what.empty() ? "" : ": " + what) +
                    (standard.empty() ? "" : " (default: " + standard + ")") + "\n";
            continue;
        }
        text += key + " = " + literal_of(option, option->results()) + "\n";
    }
    return text;
}

std::map<std::string, std::string> given_values(const CLI::App &command, const CLI::App &other,
                                                const std::set<std::string> &paths) {
    std::map<std::string, std::string> values;
    const std::set<std::string> known = option_keys(other);
    for (const CLI::Option *option : command.get_options()) {
        const std::string key = key_of(option);
        if (option->count() && !is_left_out(option) && known.count(key)) {
            std::vector<std::string> results = option->results();
            if (paths.count(key)) {
                std::transform(results.begin(), results.end(), results.begin(), from_root);
            }
            values[key] = literal_of(option, results);
        }
    }
    return values;
}

}  // namespace quantize
