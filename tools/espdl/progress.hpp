/**
 * @file progress.hpp
 * A progress bar on stderr, if that is a terminal.
 */
#pragma once

#include <cstddef>
#include <string>

namespace espdl_tool {

class Progress {
public:
    /** @param total 1 or less: no bar */
    explicit Progress(size_t total);
    ~Progress();
    /** One more is done. */
    void step();
    /** Remove the bar, to print a line. The next step draws it again. */
    void hide();

private:
    void draw();
    size_t m_total;
    size_t m_done = 0;
    bool m_on;
    std::string m_shown;
};

}  // namespace espdl_tool
