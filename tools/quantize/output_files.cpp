#include "output_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "file_io.hpp"
#include "graph/graph.hpp"

namespace quantize {

void OutputFiles::check(const std::string &path) {
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (std::filesystem::is_directory(path, error)) {
        throw Error("'" + path + "' cannot be written: it is a folder");
    }
    if (!std::filesystem::is_directory(folder.empty() ? "." : folder, error)) {
        throw Error("'" + path + "' cannot be written: there is no folder '" + folder.string() + "'");
    }
    if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) {
        throw Error("'" + path + "' cannot be written: " + strerror(errno));
    }
}

void OutputFiles::write() {
    std::vector<std::string> made;
    try {
        for (const auto &[path, data] : m_files) {
            std::string error;
            made.push_back(path + ".part");
            if (!espdl_tool::write_file(made.back(), {{data.data(), data.size()}}, error)) {
                throw Error(error);
            }
        }
        for (size_t i = m_files.size(); i-- > 0;) {
            if (rename(made[i].c_str(), m_files[i].first.c_str()) != 0) {
                throw Error("'" + m_files[i].first + "' cannot be written: " + strerror(errno));
            }
            made[i] = m_files[i].first;
        }
    } catch (const Error &) {
        for (const std::string &path : made) {
            unlink(path.c_str());
        }
        throw;
    }
}

}  // namespace quantize
