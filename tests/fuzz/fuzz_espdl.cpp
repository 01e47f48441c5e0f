// Any .espdl file: it is refused with a message, or loads, and what it computes stays within bounds.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "dl_model_base.hpp"
#include "fuzz_board.hpp"

namespace {

// In memory, where the machine has such a place.
std::string file_name() {
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    return std::string(folder) + "/fuzz_" + std::to_string(getpid()) + ".espdl";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const std::string path = file_name();
    FILE *file = fuzz_board() ? fopen(path.c_str(), "wb") : nullptr;
    if (file == nullptr || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        abort();
    }
    // Each of the chips, the same one for the same file.
    dl::set_target(static_cast<dl::target_t>(size / 16 % 3));
    dl::Model model(path.c_str(), fbs::MODEL_LOCATION_IN_SDCARD);
    unlink(path.c_str());
    if (model.is_ready()) {
        model.test();
        model.run();
        model.run(dl::RUNTIME_MODE_MULTI_CORE);
    }
    return 0;
}
