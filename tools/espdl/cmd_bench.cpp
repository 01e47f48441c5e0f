// espdl bench: how long an inference takes on this PC, and how near that is to what the processor can do.

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "commands.hpp"
#include "dl_base_conv.hpp"
#include "dl_base_peak.hpp"
#include "dl_model_base.hpp"
#include "log_capture.hpp"
#include "macs.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

struct Options : CommonOptions {
    std::vector<std::string> paths;
    std::string isa;
    int threads = 1;
    int streams = 0;
    int runs = 50;
    bool json = false;
};

double milliseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/** Nearest-rank percentile of sorted values. */
double percentile(const std::vector<double> &sorted, double p) {
    const size_t rank = static_cast<size_t>(std::max(1.0, std::ceil(p * static_cast<double>(sorted.size()))));
    return sorted[std::min(rank, sorted.size()) - 1];
}

std::string known_isas() {
    std::string names;
    for (int isa = 0; isa < dl::base::ISA_MAX; isa++) {
        names += (isa ? ", " : "") + std::string(dl::base::isa_name(static_cast<dl::base::isa_t>(isa)));
    }
    return names;
}

/** Best of several measurements: the peak is what the processor can do, not what it did beside other work. */
double measure_peak(dl::base::isa_t isa) {
    double best = 0;
    for (int i = 0; i < 8; i++) {
        const Clock::time_point start = Clock::now();
        const int64_t macs = dl::base::run_peak(isa, 300000);
        const double ms = milliseconds(Clock::now() - start);
        best = std::max(best, macs && ms > 0 ? static_cast<double>(macs) / ms * 1e-6 : 0.0);
    }
    return best;
}

/** Test values where the file has them, else the same random bytes every time. */
void fill_inputs(dl::Model &model, fbs::FbsModel &graph) {
    std::mt19937 random(1);
    for (auto &[name, tensor] : model.get_inputs()) {
        const std::vector<std::string> tests = graph.get_test_inputs_name();
        std::unique_ptr<dl::TensorBase> value;
        if (std::find(tests.begin(), tests.end(), name) != tests.end()) {
            value.reset(graph.get_test_input_tensor(name));
        }
        if (value && value->size == tensor->size && tensor->assign(value.get())) {
            continue;
        }
        if (tensor->dtype == dl::DATA_TYPE_FLOAT) {
            std::normal_distribution<float> normal;
            std::generate_n(tensor->get_element_ptr<float>(), tensor->size, [&] { return normal(random); });
        } else {
            std::generate_n(tensor->get_element_ptr<uint8_t>(), tensor->get_bytes(),
                            [&] { return static_cast<uint8_t>(random()); });
        }
    }
}

/** One of several programs, or cameras, that use the same network at the same time. */
struct Stream {
    std::unique_ptr<ModelFile> file;
    std::unique_ptr<dl::Model> model;
    std::vector<double> times;
};

/** Frames per second of all streams together, the latency of a frame, and the packed weights, which the streams share.
 */
bool measure_streams(const ModelFile &file, const Options &options, const ModelSelector &selector, Json &result,
                     std::string &error) {
    std::vector<Stream> streams(static_cast<size_t>(options.streams));
    for (Stream &stream : streams) {
        LogCapture log;
        stream.file = ModelFile::again(file, selector, error);
        stream.model = stream.file ? std::make_unique<dl::Model>(&stream.file->model()) : nullptr;
        if (!stream.model || !stream.model->is_ready()) {
            error = error.empty() ? log.errors() : error;
            return false;
        }
        fill_inputs(*stream.model, stream.file->model());
        stream.model->run();
    }
    // The streams' own threads are the parallelism; the operators of each stay on one.
    dl::set_thread_count(1);
    std::barrier line(static_cast<ptrdiff_t>(streams.size()) + 1);
    std::vector<std::thread> threads;
    for (Stream &stream : streams) {
        threads.emplace_back([&] {
            line.arrive_and_wait();
            for (int i = 0; i < options.runs; i++) {
                const Clock::time_point start = Clock::now();
                stream.model->run();
                stream.times.push_back(milliseconds(Clock::now() - start));
            }
        });
    }
    line.arrive_and_wait();
    const Clock::time_point start = Clock::now();
    for (std::thread &thread : threads) {
        thread.join();
    }
    const double ms = milliseconds(Clock::now() - start);
    dl::set_thread_count(options.threads);
    std::vector<double> times;
    for (const Stream &stream : streams) {
        times.insert(times.end(), stream.times.begin(), stream.times.end());
    }
    std::sort(times.begin(), times.end());
    result = {{"count", options.streams},
              {"frames_per_second", ms > 0 ? static_cast<double>(times.size()) / ms * 1e3 : 0.0},
              {"median_ms", percentile(times, 0.5)},
              {"p95_ms", percentile(times, 0.95)},
              {"max_ms", times.back()},
              {"packed_weight_bytes", dl::base::conv_state_bytes()}};
    return true;
}

/** Each module alone, in the order of execution, with the fusions that run() uses: milliseconds of every round. */
std::vector<std::vector<double>> time_modules(dl::Model &model, int rounds, dl::runtime_mode_t mode) {
    const std::vector<dl::module::Module *> &plan = model.get_execution_plan();
    std::vector<std::vector<double>> node_times(plan.size());
    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < plan.size(); i++) {
            if (!model.is_fused_away(i)) {
                const Clock::time_point start = Clock::now();
                plan[i]->forward(model.get_context(), mode);
                node_times[i].push_back(milliseconds(Clock::now() - start));
            }
        }
    }
    return node_times;
}

/** What all nodes of an operator cost. */
struct Use {
    double ms = 0, macs = 0;
    int nodes = 0;
};

Json report_operators(const std::map<std::string, Use> &by_op, double peak, int threads) {
    Json ops = Json::array();
    for (const auto &[op, use] : by_op) {
        const double op_rate = use.ms > 0 ? use.macs / use.ms * 1e-6 : 0;
        ops.push_back({{"op", op},
                       {"nodes", use.nodes},
                       {"ms", use.ms},
                       {"gmacs_per_s", op_rate},
                       {"share_of_peak", peak > 0 ? op_rate / (peak * threads) : 0.0}});
    }
    std::stable_sort(ops.begin(), ops.end(), [](const Json &a, const Json &b) { return a["ms"] > b["ms"]; });
    return ops;
}

int bench_one(const std::string &path, const Options &options, const ModelSelector &selector,
              std::optional<dl::target_t> target, double peak, Json &report) {
    std::string error;
    const Clock::time_point opened = Clock::now();
    std::unique_ptr<ModelFile> file = ModelFile::open(path, selector, error);
    if (!file) {
        return refuse(error);
    }
    dl::set_target(choose_target(target, path, &file->model(), nullptr));
    LogCapture log;
    dl::Model model(&file->model());
    const double load_ms = milliseconds(Clock::now() - opened);
    if (!model.is_ready()) {
        return refuse(path + ": " + log.errors());
    }
    const dl::runtime_mode_t mode = options.threads > 1 ? dl::RUNTIME_MODE_MULTI_CORE : dl::RUNTIME_MODE_SINGLE_CORE;
    fill_inputs(model, file->model());
    for (int i = 0; i < std::min(5, options.runs); i++) {
        model.run(mode);
    }
    std::vector<double> times;
    for (int i = 0; i < options.runs; i++) {
        const Clock::time_point start = Clock::now();
        model.run(mode);
        times.push_back(milliseconds(Clock::now() - start));
    }
    std::sort(times.begin(), times.end());

    const std::vector<dl::module::Module *> &plan = model.get_execution_plan();
    std::vector<std::vector<double>> node_times = time_modules(model, std::min(options.runs, 20), mode);
    double macs = 0;
    std::map<std::string, Use> by_op;
    std::vector<Json> nodes;
    for (size_t i = 0; i < plan.size(); i++) {
        const double mine = count_macs(plan[i], model.get_context());
        macs += mine;
        if (node_times[i].empty()) {
            continue;
        }
        std::sort(node_times[i].begin(), node_times[i].end());
        const double ms = percentile(node_times[i], 0.5);
        Use &use = by_op[plan[i]->op_type];
        use.ms += ms;
        use.macs += mine;
        use.nodes++;
        nodes.push_back({{"name", plan[i]->name.c_str()},
                         {"op", plan[i]->op_type},
                         {"kernel", plan[i]->kernel_name()},
                         {"ms", ms},
                         {"gmacs_per_s", ms > 0 ? mine / ms * 1e-6 : 0.0}});
    }
    std::stable_sort(nodes.begin(), nodes.end(), [](const Json &a, const Json &b) { return a["ms"] > b["ms"]; });
    const double median = percentile(times, 0.5);
    const double rate = macs / median * 1e-6;
    report.push_back({{"file", path},
                      {"target", dl::target_name(dl::target())},
                      {"isa", dl::base::isa_name(dl::base::isa_level())},
                      {"threads", options.threads},
                      {"runs", options.runs},
                      {"load_ms", load_ms},
                      {"median_ms", median},
                      {"p95_ms", percentile(times, 0.95)},
                      {"min_ms", times.front()},
                      {"million_macs", macs * 1e-6},
                      {"gmacs_per_s", rate},
                      {"peak_gmacs_per_s", peak},
                      {"share_of_peak", peak > 0 ? rate / (peak * options.threads) : 0.0},
                      {"ops", report_operators(by_op, peak, options.threads)},
                      {"nodes", nodes}});
    if (options.streams > 0 && !measure_streams(*file, options, selector, report.back()["streams"], error)) {
        return refuse(path + ": " + error);
    }
    return EXIT_DONE;
}

void print_text(const Json &entry) {
    auto number = [](const Json &value) { return value.get<double>(); };
    printf("%s\n", entry["file"].get<std::string>().c_str());
    printf("  %s, %s, %d thread%s, %d runs\n", entry["target"].get<std::string>().c_str(),
           entry["isa"].get<std::string>().c_str(), entry["threads"].get<int>(),
           entry["threads"].get<int>() == 1 ? "" : "s", entry["runs"].get<int>());
    printf("  median %.3f ms, p95 %.3f ms, fastest %.3f ms, load and build %.1f ms\n", number(entry["median_ms"]),
           number(entry["p95_ms"]), number(entry["min_ms"]), number(entry["load_ms"]));
    printf("  %.1f million MACs, %.1f GMAC/s", number(entry["million_macs"]), number(entry["gmacs_per_s"]));
    if (number(entry["peak_gmacs_per_s"]) > 0) {
        printf(", %.1f %% of the measured peak of %.0f GMAC/s a thread", 100 * number(entry["share_of_peak"]),
               number(entry["peak_gmacs_per_s"]));
    }
    if (entry.contains("streams")) {
        const Json &streams = entry["streams"];
        printf(
            "\n  %d stream%s: %.1f frames a second, a frame takes %.3f ms, p95 %.3f ms, at most %.3f ms, "
            "%.1f MiB of packed weights",
            streams["count"].get<int>(), streams["count"] == 1 ? "" : "s", number(streams["frames_per_second"]),
            number(streams["median_ms"]), number(streams["p95_ms"]), number(streams["max_ms"]),
            number(streams["packed_weight_bytes"]) / (1 << 20));
    }
    printf("\n  by operator\n");
    double total = 0;
    for (const Json &op : entry["ops"]) {
        total += number(op["ms"]);
    }
    for (const Json &op : entry["ops"]) {
        printf("    %-20s %4d nodes %9.3f ms %5.1f %%", op["op"].get<std::string>().c_str(), op["nodes"].get<int>(),
               number(op["ms"]), total > 0 ? 100 * number(op["ms"]) / total : 0.0);
        if (number(op["gmacs_per_s"]) > 0) {
            printf("  %6.1f GMAC/s", number(op["gmacs_per_s"]));
        }
        if (number(op["share_of_peak"]) > 0) {
            printf(", %.1f %% of the peak", 100 * number(op["share_of_peak"]));
        }
        printf("\n");
    }
    printf("  slowest nodes\n");
    for (size_t i = 0; i < std::min<size_t>(10, entry["nodes"].size()); i++) {
        const Json &node = entry["nodes"][i];
        printf("    %9.3f ms %7.1f GMAC/s  %-12s %-34s %s\n", number(node["ms"]), number(node["gmacs_per_s"]),
               node["op"].get<std::string>().c_str(), node["kernel"].get<std::string>().c_str(),
               node["name"].get<std::string>().c_str());
    }
}

int bench(const Options &options) {
    ModelSelector selector;
    std::optional<dl::target_t> target;
    std::string error;
    if (!read_selector(options, selector, error) || !read_target(options, target, error)) {
        return refuse(error);
    }
    dl::base::isa_t isa;
    if (!options.isa.empty()) {
        if (!dl::base::isa_from_name(options.isa.c_str(), &isa)) {
            return refuse("--isa: '" + options.isa + "' is unknown, known are " + known_isas());
        }
        if (!dl::base::set_isa_level(isa)) {
            return refuse("--isa: this processor has no " + options.isa);
        }
    }
    dl::set_thread_count(options.threads);
    const double peak = measure_peak(dl::base::isa_level());
    Json report = Json::array();
    for (const std::string &path : options.paths) {
        const int result = bench_one(path, options, selector, target, peak, report);
        if (result != EXIT_DONE) {
            return result;
        }
        if (!options.json) {
            print_text(report.back());
        }
    }
    if (options.json) {
        printf("%s\n", report.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    }
    return EXIT_DONE;
}

}  // namespace

void add_bench(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand(
        "bench", "Measure inferences, the share of the processor's int8 peak, and where the time goes");
    command.add_option("file", options->paths, ".espdl files").required();
    command.add_option("--threads", options->threads, "Threads").range(1, 256).show_default();
    command.add_option("--streams", options->streams, "Measure so many inferences at a time, too, a thread each")
        .range(1, 256);
    command.add_option("--isa", options->isa, "Highest instruction set: " + known_isas());
    command.add_option("--runs", options->runs, "Measured runs").range(1, 1000000).show_default();
    command.add_flag("--json", options->json, "For machines");
    add_selector_options(command, *options);
    add_target_option(command, *options);
    command.callback([options, &exit_code] { exit_code = bench(*options); });
}

}  // namespace espdl_tool
