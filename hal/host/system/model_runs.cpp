// The hooks of dl::Model: how long models take on this PC, and a wait until they have taken as long as on the chip.
#include "system/model_runs.hpp"

#include <cinttypes>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "board/clock.hpp"
#include "dl_model_hooks.h"
#include "flash/flash.hpp"
#include "system/json_text.hpp"
#include "system/trace.hpp"

namespace {

// A graph's name and its number of nodes: what a program and a prediction of its model both know.
using Key = std::pair<std::string, size_t>;

struct Runs {
    int64_t count = 0;
    int64_t total_us = 0;
    int64_t shortest_us = 0;
};

struct State {
    std::mutex mutex;
    std::map<Key, Runs> runs;
    std::map<Key, std::vector<double>> chip_us;  // of each node; set before the app starts
};

// Never destroyed: tasks may run while the process ends.
State &state() {
    static auto *instance = new State;
    return *instance;
}

thread_local int64_t t_begin_us = 0;

// A model has at most as many nodes as a file of 2 GB could describe; a longer list is no prediction.
constexpr size_t MAX_NODES = 1 << 24;

// As fw writes it: a name is one line.
std::string one_line(std::string name) {
    for (char &c : name) {
        c = static_cast<unsigned char>(c) < ' ' ? '?' : c;
    }
    return name;
}

Key key_of(const dl_model_run_t *run) {
    return {one_line(run->model), run->node_count};
}

// What the chip takes for the nodes of a run; 0 where nothing is known.
int64_t chip_us(const dl_model_run_t *run, const Key &key) {
    const auto found = state().chip_us.find(key);
    double us = 0;
    for (size_t i = run->first; found != state().chip_us.end() && i < run->last; i++) {
        us += found->second[i];
    }
    return static_cast<int64_t>(us);
}

}  // namespace

namespace hal {

std::string load_chip_speed(const std::string &file) {
    std::ifstream in(file);
    if (!in) {
        return "--chip-speed " + file + ": it cannot be read";
    }
    std::map<Key, std::vector<double>> read;
    std::vector<double> *nodes = nullptr;
    size_t wanted = 0, number = 0;
    for (std::string line; std::getline(in, line);) {
        const std::string where = "--chip-speed " + file + ":" + std::to_string(++number) + ": ";
        size_t count = 0;
        int name = 0;
        double us = 0;
        if (sscanf(line.c_str(), "model %zu %n", &count, &name) == 1 && name != 0) {
            if (wanted != 0 || count == 0 || count > MAX_NODES) {
                return where + (wanted != 0 ? "the model before lacks nodes" : "this is no number of nodes");
            }
            nodes = &read[{line.substr(name), count}];
            nodes->clear();
            wanted = count;
        } else if (wanted != 0 && sscanf(line.c_str(), "%lf", &us) == 1 && std::isfinite(us) && us >= 0 && us < 1e12) {
            nodes->push_back(us);
            wanted--;
        } else {
            return where + "needed 'model COUNT NAME', or the microseconds of a node";
        }
    }
    if (wanted != 0) {
        return "--chip-speed " + file + ": the last model lacks " + std::to_string(wanted) + " nodes";
    }
    state().chip_us = std::move(read);
    return "";
}

void print_model_runs(FILE *out) {
    const std::lock_guard<std::mutex> lock(state().mutex);
    fprintf(out, "[");
    const char *separator = "";
    for (const auto &[key, runs] : state().runs) {
        fprintf(out,
                "%s\n    {\"name\": %s, \"nodes\": %zu, \"runs\": %" PRId64
                ", \"mean_ms\": %.3f, \"shortest_ms\": %.3f, \"chip_speed\": %s}",
                separator, json_text(key.first).c_str(), key.second, runs.count,
                static_cast<double>(runs.total_us) / 1e3 / static_cast<double>(runs.count),
                static_cast<double>(runs.shortest_us) / 1e3, state().chip_us.count(key) != 0 ? "true" : "false");
        separator = ",";
    }
    fprintf(out, "]");
}

void reset_model_runs() {
    const std::lock_guard<std::mutex> lock(state().mutex);
    state().runs.clear();
    state().chip_us.clear();
}

}  // namespace hal

bool dl_hook_run_begins(const dl_model_run_t *run) {
    const bool tracing = hal::tracing();
    if (tracing) {
        hal::trace_begin("model", run->model,
                         "\"first\":" + std::to_string(run->first) + ",\"last\":" + std::to_string(run->last) +
                             ",\"nodes\":" + std::to_string(run->node_count));
    }
    t_begin_us = hal::clock().now_us();
    return tracing;
}

void dl_hook_node_begins(const dl_model_node_t *node) {
    hal::trace_begin("node", node->name,
                     "\"type\":" + hal::json_text(node->type) + ",\"kernel\":" + hal::json_text(node->kernel));
}

void dl_hook_node_ends(const dl_model_node_t *) {
    hal::trace_end();
}

void dl_hook_run_ends(const dl_model_run_t *run) {
    const Key key = key_of(run);
    const int64_t took_us = hal::clock().now_us() - t_begin_us;
    {
        const std::lock_guard<std::mutex> lock(state().mutex);
        Runs &runs = state().runs[key];
        runs.shortest_us = runs.count == 0 || took_us < runs.shortest_us ? took_us : runs.shortest_us;
        runs.total_us += took_us;
        runs.count++;
    }
    if (const int64_t left_us = chip_us(run, key) - took_us; left_us > 0) {
        // As a task that computes on the chip: it does nothing else meanwhile, and others may run.
        const hal::TraceSpan span("chip speed", "as long as the chip");
        hal::spend_time(&hal::clock(), left_us);
    }
    if (hal::tracing()) {
        hal::trace_end();
    }
}
