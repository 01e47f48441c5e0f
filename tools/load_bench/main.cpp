// Times what happens before a model's first run: reading the file, verifying it, making the modules, building. As
// firmware does it, with the parameters copied to the emulated PSRAM, and each time in a process of its own: later
// times in one process would find memory that the first one has had from the system.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "dl_model_base.hpp"
#include "esp_heap_caps.h"
#include "log_capture.hpp"
#include "mapping/mapping.hpp"
#include "model_file.hpp"

namespace {

constexpr std::array<const char *, 7> STAGES = {"read",           "verify",    "make modules", "build",
                                                "load and build", "first run", "page faults"};
using Times = std::array<double, STAGES.size()>;

/** Milliseconds since the last call. */
double lap() {
    static auto last = std::chrono::steady_clock::now();
    const auto now = std::chrono::steady_clock::now();
    const double ms = std::chrono::duration<double, std::milli>(now - last).count();
    last = now;
    return ms;
}

bool load(const std::string &path, bool param_copy, Times &times) {
    espdl_tool::LogCapture log;
    espdl_tool::ModelSelector selector;
    selector.param_copy = param_copy;
    std::string error;
    lap();
    std::unique_ptr<espdl_tool::ModelFile> file = espdl_tool::ModelFile::open_container(path, error);
    times[0] = lap();
    if (file && !file->select(selector, error)) {
        file.reset();
    }
    times[1] = lap();
    dl::Model model;
    bool good = file != nullptr;
    if (good) {
        dl::set_target(espdl_tool::choose_target(std::nullopt, path, &file->model(), nullptr));
        lap();
        good = model.load(&file->model()) == ESP_OK;
        times[2] = lap();
    }
    if (good) {
        model.build(0);
        times[3] = lap();
        good = model.is_ready();
    }
    times[4] = times[0] + times[1] + times[2] + times[3];
    if (good) {
        model.run();
        times[5] = lap();
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        times[6] = static_cast<double>(usage.ru_minflt);
    } else {
        fprintf(stderr, "load_bench: '%s': %s%s\n", path.c_str(), error.c_str(), log.errors().c_str());
    }
    return good;
}

/** The same in a child. */
bool load_apart(const std::string &path, bool param_copy, Times &times) {
    int ends[2];
    if (pipe(ends) != 0) {
        perror("load_bench: no pipe");
        return false;
    }
    const pid_t child = fork();
    if (child == 0) {
        Times mine = {};
        const bool good = load(path, param_copy, mine) && write(ends[1], &mine, sizeof(mine)) == sizeof(mine);
        _exit(good ? 0 : 1);
    }
    close(ends[1]);
    const bool got = child > 0 && read(ends[0], &times, sizeof(times)) == sizeof(times);
    close(ends[0]);
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 && got;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Time loading and building of models.", "load_bench");
    std::vector<std::string> models;
    int rounds = 11;
    bool no_copy = false;
    app.add_option("models", models, ".espdl files")->required();
    app.add_option("--rounds", rounds, "Measured rounds")->check(CLI::Range(1, 10000))->capture_default_str();
    app.add_flag("--no-param-copy", no_copy, "Leave the parameters in flash");
    hal::mapping::keep_process_memory();
    espdl_tool::setup_log(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    printf("| model, ms: median (fastest) |");
    for (const char *stage : STAGES) {
        printf(" %s |", stage);
    }
    printf("\n|---|---|---|---|---|---|---|---|\n");
    for (const std::string &path : models) {
        std::array<std::vector<double>, STAGES.size()> all;
        for (int round = 0; round < rounds; round++) {
            Times times;
            if (!load_apart(path, !no_copy, times)) {
                return 1;
            }
            for (size_t i = 0; i < all.size(); i++) {
                all[i].push_back(times[i]);
            }
        }
        printf("| %s |", path.substr(path.rfind('/') + 1).c_str());
        for (std::vector<double> &times : all) {
            std::sort(times.begin(), times.end());
            printf(" %.2f (%.2f) |", times[times.size() / 2], times.front());
        }
        printf("\n");
    }
    return 0;
}
