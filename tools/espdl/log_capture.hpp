/**
 * @file log_capture.hpp
 * The libraries' log lines: to stderr, or kept as the reason of what went wrong.
 */
#pragma once

#include <string>

namespace espdl_tool {

/** Send the libraries' log to stderr from now on. @param verbose information too, not only warnings and errors */
void setup_log(bool verbose);

/** While it lives, errors that this thread logs are kept instead of printed. They nest: the innermost one keeps. */
class LogCapture {
public:
    LogCapture();
    ~LogCapture();
    LogCapture(const LogCapture &) = delete;
    LogCapture &operator=(const LogCapture &) = delete;

    /** The errors, without time stamps, joined by "; ". "" if there were none. */
    const std::string &errors() const { return m_errors; }
    void add(const std::string &error);

private:
    LogCapture *m_outer;
    std::string m_errors;
};

}  // namespace espdl_tool
