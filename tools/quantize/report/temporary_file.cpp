#include "report/temporary_file.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "file_io.hpp"
#include "graph/graph.hpp"

namespace quantize {

TemporaryFile::TemporaryFile(const std::string &content) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path();
    m_path = (folder / "espdl_quantize_XXXXXX").string();
    const int descriptor = mkstemp(m_path.data());
    if (descriptor < 0) {
        throw Error("no temporary file can be made in '" + folder.string() + "'");
    }
    close(descriptor);
    std::string error;
    if (!espdl_tool::write_file(m_path, {{content.data(), content.size()}}, error)) {
        unlink(m_path.c_str());
        throw Error(error);
    }
}

TemporaryFile::~TemporaryFile() {
    unlink(m_path.c_str());
}

}  // namespace quantize
