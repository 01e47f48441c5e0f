/**
 * @file eval_main.hpp
 * The app_main() of `fw eval`: reads paths of pictures, a line each, and prints what a component's class says about
 * them, in the lines of tools/espdl/eval_program.hpp. Any class will do that is made without arguments and whose
 * run(picture) gives dl::detect::result_t or dl::cls::result_t.
 */
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>

#include "dl_cls_define.hpp"
#include "dl_detect_define.hpp"
#include "dl_image_file.hpp"
#include "dl_image_jpeg.hpp"
#include "esp_heap_caps.h"
#include "esp_log.h"

namespace eval {

/** A string of JSON. */
inline std::string quoted(const char *text) {
    std::string out = "\"";
    for (; *text; text++) {
        if (static_cast<unsigned char>(*text) < ' ') {
            char code[8];
            snprintf(code, sizeof(code), "\\u%04x", *text);
            out += code;
        } else {
            out += *text == '"' || *text == '\\' ? std::string("\\") + *text : std::string(1, *text);
        }
    }
    return out + "\"";
}

/** A float's shortest text that keeps all of it, and is JSON. */
inline std::string number(float value) {
    char text[32];
    snprintf(text, sizeof(text), "%.9g", static_cast<double>(value));
    return strpbrk(text, "ni") ? "null" : text;
}

inline std::string list(const std::vector<int> &values) {
    std::string out = "[";
    for (int value : values) {
        out += (out.size() > 1 ? "," : "") + std::to_string(value);
    }
    return out + "]";
}

inline std::string entry(const dl::detect::result_t &result) {
    return "{\"c\":" + std::to_string(result.category) + ",\"s\":" + number(result.score) +
           ",\"b\":" + list(result.box) + (result.keypoint.empty() ? "" : ",\"k\":" + list(result.keypoint)) + "}";
}

inline std::string entry(const dl::cls::result_t &result) {
    return "[" + quoted(result.cat_name) + "," + number(result.score) + "]";
}

/** What the class calls its categories, if it has a category_name(int) that ends with "unknown" or nullptr. */
template <typename Component>
std::string names_of(Component &component) {
    std::string names;
    if constexpr (requires { component.category_name(0); }) {
        constexpr int LIMIT = 100000;
        for (int i = 0; i < LIMIT; i++) {
            const char *name = component.category_name(i);
            if (!name || strcmp(name, "unknown") == 0) {
                break;
            }
            names += (names.empty() ? "" : ",") + quoted(name);
        }
    }
    return "[" + names + "]";
}

/** Only these lines go to the standard output from here; a line of the log may not break them. */
inline void print(const char *what, const std::string &json) {
    const std::string line = std::string("\neval ") + what + " " + json + "\n";
    fwrite(line.data(), 1, line.size(), stdout);
    fflush(stdout);
}

/** The first error that was logged since it was empty. */
inline std::string s_error;

inline int log_line(const char *format, va_list arguments) {
    char line[512];
    va_list copy;
    va_copy(copy, arguments);
    vsnprintf(line, sizeof(line), format, copy);
    va_end(copy);
    // "E (12) tag: text", perhaps with colours around it.
    const char *error = strstr(line, "E (");
    const char *text = error && error - line < 10 ? strstr(error, ": ") : nullptr;
    if (text && s_error.empty()) {
        s_error = std::string(text + 2, strcspn(text + 2, "\n\033"));
    }
    return vprintf(format, arguments);
}

template <typename Component>
void answer(Component &component, const char *path) {
    s_error.clear();
    dl::image::img_t picture = dl::image::read_image(path);
    std::string entries;
    bool is_cls = false;
    if (picture.data) {
        for (const auto &result : component.run(picture)) {
            is_cls = std::is_same_v<std::remove_cvref_t<decltype(result)>, dl::cls::result_t>;
            entries += (entries.empty() ? "" : ",") + entry(result);
        }
        heap_caps_free(picture.data);
    }
    // Results of a run that logged an error are worth nothing.
    if (!picture.data || !s_error.empty()) {
        print("record", "{\"error\":" + quoted(s_error.empty() ? "it cannot be read" : s_error.c_str()) + "}");
        return;
    }
    print("record", "{\"size\":[" + std::to_string(picture.width) + "," + std::to_string(picture.height) + "],\"" +
                        (is_cls ? "classes" : "objects") + "\":[" + entries + "]}");
}

/** Until the input ends. */
template <typename Component>
void run() {
    esp_log_level_set("*", ESP_LOG_ERROR);
    esp_log_set_vprintf(log_line);
    // What the chip cannot read, its firmware has no result for.
    dl::image::set_progressive_jpeg_allowed(false);
    Component component;
    // A model that is loaded when it is first used may name the classes.
    if constexpr (requires { component.get_raw_model(); }) {
        component.get_raw_model();
    }
    using Results = std::remove_cvref_t<decltype(component.run(dl::image::img_t()))>;
    constexpr bool IS_CLS = std::is_same_v<typename Results::value_type, dl::cls::result_t>;
    static_assert(IS_CLS || std::is_same_v<typename Results::value_type, dl::detect::result_t>,
                  "fw eval: run(picture) gives neither dl::detect::result_t nor dl::cls::result_t");
    print("ready",
          std::string("{\"task\":\"") + (IS_CLS ? "classify" : "detect") + "\",\"names\":" + names_of(component) + "}");
    std::string path;
    char part[256];
    while (fgets(part, sizeof(part), stdin)) {
        path += part;
        if (path.back() == '\n') {
            path.pop_back();
            answer(component, path.c_str());
            path.clear();
        }
    }
}

}  // namespace eval
