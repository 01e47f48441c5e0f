// What a run has used, for `fw run --json`: written when the app ends, into the file that DESKBOARD_RUN_REPORT names.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "system/model_runs.hpp"
#include "system/system.hpp"

namespace {

void print_memory(FILE *out, const char *name, uint32_t caps, const char *end) {
    fprintf(out, "  \"%s\": {\"size\": %zu, \"free\": %zu, \"minimum_free\": %zu, \"largest_free_block\": %zu}%s\n",
            name, heap_caps_get_total_size(caps), heap_caps_get_free_size(caps), heap_caps_get_minimum_free_size(caps),
            heap_caps_get_largest_free_block(caps), end);
}

}  // namespace

namespace hal {

void write_run_report() {
    const char *path = getenv("DESKBOARD_RUN_REPORT");
    // Under another name until it is whole: a panic may end the process while it writes.
    const std::string part = std::string(path ? path : "") + ".part";
    FILE *out = path ? fopen(part.c_str(), "w") : nullptr;
    if (!out) {
        return;
    }
    fprintf(out, "{\n  \"milliseconds\": %" PRId64 ",\n", esp_timer_get_time() / 1000);
    print_memory(out, "internal", MALLOC_CAP_INTERNAL, ",");
    print_memory(out, "psram", MALLOC_CAP_SPIRAM, ",");
    fprintf(out, "  \"models\": ");
    print_model_runs(out);
    fprintf(out, "\n}\n");
    if (fclose(out) == 0) {
        rename(part.c_str(), path);
    }
}

}  // namespace hal
