/**
 * @file progress.hpp
 * A progress bar on stderr if that is a terminal; else a line now and then, for logs.
 */
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace espdl_tool {

class Progress {
public:
    /**
     * @param total 1 or less: no bar
     * @param done of these, before: they do not tell how fast it goes
     */
    explicit Progress(size_t total, size_t done = 0);
    ~Progress();
    /** One more is done. */
    void step();
    /** Remove the bar, to print a line. The next step draws it again. */
    void hide();

private:
    using Clock = std::chrono::steady_clock;
    void draw();
    std::string text() const;
    std::string time_left() const;
    size_t m_total;
    size_t m_before;
    size_t m_done;
    bool m_on;
    bool m_terminal;
    std::string m_shown;
    Clock::time_point m_start = Clock::now();
    Clock::time_point m_drawn;
};

}  // namespace espdl_tool
