#include "log_capture.hpp"

#include <cstdarg>
#include <cstdio>
#include <vector>

#include "esp_log.h"

namespace espdl_tool {

namespace {

thread_local LogCapture *t_capture = nullptr;

int print_line(const char *format, va_list arguments) {
    va_list copy;
    va_copy(copy, arguments);
    const int length = vsnprintf(nullptr, 0, format, copy);
    va_end(copy);
    std::vector<char> line(length < 0 ? 1 : static_cast<size_t>(length) + 1);
    vsnprintf(line.data(), line.size(), format, arguments);
    if (!t_capture) {
        fputs(line.data(), stderr);
        return length;
    }
    // "E (12) tag: text\n", perhaps with colours around it.
    std::string text(line.data());
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    if (text.starts_with("\033[")) {
        text = text.substr(text.find('m') + 1);
        text = text.substr(0, text.rfind("\033["));
    }
    if (text.starts_with("E (")) {
        const size_t tag = text.find(") ");
        const size_t begin = tag == std::string::npos ? std::string::npos : text.find(": ", tag);
        t_capture->add(begin == std::string::npos ? text : text.substr(begin + 2));
    }
    return length;
}

}  // namespace

void setup_log(bool verbose) {
    esp_log_set_vprintf(print_line);
    esp_log_level_set("*", verbose ? ESP_LOG_INFO : ESP_LOG_WARN);
}

LogCapture::LogCapture() : m_outer(t_capture) {
    t_capture = this;
}

LogCapture::~LogCapture() {
    t_capture = m_outer;
}

void LogCapture::add(const std::string &error) {
    // One cause is often followed by what it prevented: a few lines tell all.
    if (m_errors.size() < 2000) {
        m_errors += (m_errors.empty() ? "" : "; ") + error;
    }
}

}  // namespace espdl_tool
