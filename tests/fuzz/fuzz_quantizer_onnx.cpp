// Any ONNX file: the quantizer's import refuses it with an Error, or gives a graph.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "import/onnx_import.hpp"

namespace {

// In memory, where the machine has such a place.
std::string file_name() {
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    return std::string(folder) + "/fuzz_" + std::to_string(getpid()) + ".onnx";
}

void import(const std::string &path, std::vector<quantize::OnnxNode> *nodes) {
    try {
        quantize::import_onnx(path, {}, nodes);
    } catch (const quantize::Error &) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const std::string path = file_name();
    FILE *file = fopen(path.c_str(), "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        abort();
    }
    std::vector<quantize::OnnxNode> nodes;
    import(path, nullptr);
    import(path, &nodes);  // notes problems instead of ending at the first
    unlink(path.c_str());
    return 0;
}
