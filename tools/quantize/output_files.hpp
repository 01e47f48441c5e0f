/**
 * @file output_files.hpp
 * The files of one run.
 */
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace quantize {

/** All files are written, or none. */
class OutputFiles {
public:
    void add(const std::string &path, const std::string &data) { m_files.push_back({path, data}); }
    bool any() const { return !m_files.empty(); }
    void append(const OutputFiles &more) { m_files.insert(m_files.end(), more.m_files.begin(), more.m_files.end()); }

    /** Throws Error if a file of this name cannot be made: asked before the work begins. */
    static void check(const std::string &path);
    /** Each one beside its place first, then all are moved there, the first one last. Throws Error. */
    void write();

private:
    std::vector<std::pair<std::string, std::string>> m_files;
};

}  // namespace quantize
