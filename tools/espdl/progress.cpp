#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace espdl_tool {

Progress::Progress(size_t total) : m_total(total), m_on(total > 1 && isatty(STDERR_FILENO)) {}

Progress::~Progress() {
    hide();
}

void Progress::step() {
    m_done++;
    if (m_on) {
        draw();
    }
}

void Progress::draw() {
    constexpr size_t width = 40;
    const size_t filled = width * m_done / m_total;
    std::string bar = "\r[" + std::string(filled, '#') + std::string(width - filled, ' ') + "] " +
                      std::to_string(m_done) + "/" + std::to_string(m_total);
    if (bar != m_shown) {
        fputs(bar.c_str(), stderr);
        fflush(stderr);
        m_shown = bar;
    }
}

void Progress::hide() {
    if (!m_shown.empty()) {
        fprintf(stderr, "\r%*s\r", (int)m_shown.size(), "");
        m_shown.clear();
    }
}

}  // namespace espdl_tool
