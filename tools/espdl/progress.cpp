#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace espdl_tool {

Progress::Progress(size_t total, size_t done)
    : m_total(total),
      m_before(done),
      m_done(done),
      m_on(total > 1),
      m_terminal(isatty(STDERR_FILENO)),
      m_drawn(m_start) {}

Progress::~Progress() {
    hide();
}

void Progress::step() {
    m_done++;
    if (m_on) {
        draw();
    }
}

std::string Progress::time_left() const {
    const double seconds = std::chrono::duration<double>(Clock::now() - m_start).count();
    if (seconds < 2 || m_done <= m_before || m_done >= m_total) {
        return "";
    }
    const auto left =
        static_cast<long>(seconds / static_cast<double>(m_done - m_before) * static_cast<double>(m_total - m_done));
    char text[48];
    if (left >= 3600) {
        snprintf(text, sizeof(text), ", %ld h %02ld min left", left / 3600, left / 60 % 60);
    } else if (left >= 60) {
        snprintf(text, sizeof(text), ", %ld min %02ld s left", left / 60, left % 60);
    } else {
        snprintf(text, sizeof(text), ", %ld s left", left);
    }
    return text;
}

std::string Progress::text() const {
    return std::to_string(m_done) + "/" + std::to_string(m_total) + time_left();
}

void Progress::draw() {
    constexpr size_t width = 40;
    const Clock::time_point now = Clock::now();
    if (!m_terminal) {
        if (now - m_drawn >= std::chrono::seconds(30)) {
            m_drawn = now;
            fprintf(stderr, "%s\n", text().c_str());
        }
        return;
    }
    if (!m_shown.empty() && m_done < m_total && now - m_drawn < std::chrono::milliseconds(100)) {
        return;
    }
    m_drawn = now;
    const size_t filled = width * m_done / m_total;
    std::string bar = "[" + std::string(filled, '#') + std::string(width - filled, ' ') + "] " + text();
    if (bar != m_shown) {
        // What was longer before is wiped out.
        const size_t rest = m_shown.size() > bar.size() ? m_shown.size() - bar.size() : 0;
        fprintf(stderr, "\r%s%*s", bar.c_str(), static_cast<int>(rest), "");
        fflush(stderr);
        m_shown = bar;
    }
}

void Progress::hide() {
    if (!m_shown.empty()) {
        fprintf(stderr, "\r%*s\r", static_cast<int>(m_shown.size()), "");
        m_shown.clear();
    }
}

}  // namespace espdl_tool
