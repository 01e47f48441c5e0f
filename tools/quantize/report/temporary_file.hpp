/**
 * @file temporary_file.hpp
 * A file for the libraries that read files.
 */
#pragma once

#include <string>

namespace quantize {

/** Exists as long as the object does. */
class TemporaryFile {
public:
    /** Throws Error if it cannot be written. */
    explicit TemporaryFile(const std::string &content);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile &) = delete;
    TemporaryFile &operator=(const TemporaryFile &) = delete;
    const std::string &path() const { return m_path; }

private:
    std::string m_path;
};

}  // namespace quantize
