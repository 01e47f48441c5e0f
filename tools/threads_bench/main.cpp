// What several threads are good for: one inference shared by N threads, N inferences at a time in one process, and the
// same in N processes, measured in turn in one run. Also the cost of sharing nothing: an empty parallel_for().

#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>
#include <vector>

#include "dl_model_base.hpp"
#include "dl_tool.hpp"
#include "log_capture.hpp"
#include "model_file.hpp"

namespace {

using namespace espdl_tool;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct Options {
    std::vector<std::string> paths;
    int threads = 2;
    int rounds = 15;
    double round_ms = 15;
    bool nodes = false;
    bool fork_join = false;
    bool json = false;
};

int refuse(const std::string &reason) {
    fprintf(stderr, "threads_bench: %s\n", reason.c_str());
    return 2;
}

double milliseconds_of(const std::function<void()> &work) {
    const Clock::time_point start = Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0.0 : values[(values.size() - 1) / 2];
}

/** A model from a file, with random input. */
struct Instance {
    std::unique_ptr<ModelFile> file;
    std::unique_ptr<dl::Model> model;

    /** @param like an instance of the same file, whose bytes are shared */
    bool load(const std::string &path, std::string &error, const Instance *like = nullptr) {
        LogCapture log;
        file = like ? ModelFile::again(*like->file, {}, error) : ModelFile::open(path, {}, error);
        if (!file) {
            return false;
        }
        dl::set_target(choose_target({}, path, &file->model(), nullptr));
        model = std::make_unique<dl::Model>(&file->model());
        if (!model->is_ready()) {
            error = path + ": " + log.errors();
            return false;
        }
        std::mt19937 random(1);
        for (const auto &[name, tensor] : model->get_inputs()) {
            std::generate_n(tensor->get_element_ptr<uint8_t>(), tensor->get_bytes(),
                            [&random] { return static_cast<uint8_t>(random() % 128); });
        }
        model->run();
        return true;
    }
    void run(int times, dl::runtime_mode_t mode) {
        for (int i = 0; i < times; i++) {
            model->run(mode);
        }
    }
};

/** Processes that run inferences when they are told to. They are made before this process has threads. */
class Processes {
public:
    explicit Processes(const std::string &path, int count) {
        for (int i = 0; i < count; i++) {
            std::array<int, 2> orders, answers;
            if (pipe(orders.data()) != 0 || pipe(answers.data()) != 0) {
                return;
            }
            const pid_t child = fork();
            if (child == 0) {
                close(orders[1]);
                for (const End &end : m_ends) {
                    close(end.order);
                }
                serve(path, orders[0], answers[1]);
            }
            close(orders[0]);
            close(answers[1]);
            m_ends.push_back({child, orders[1], answers[0]});
        }
    }
    ~Processes() {
        for (const End &end : m_ends) {
            close(end.order);
            close(end.answer);
            waitpid(end.child, nullptr, 0);
        }
    }
    Processes(const Processes &) = delete;
    Processes &operator=(const Processes &) = delete;

    /** Let every process run so many inferences, and wait for all. @return false if one of them is gone */
    bool run(int times) {
        bool good = !m_ends.empty();
        for (const End &end : m_ends) {
            good = write(end.order, &times, sizeof times) == sizeof times && good;
        }
        for (const End &end : m_ends) {
            int done = 0;
            good = read(end.answer, &done, sizeof done) == sizeof done && good;
        }
        return good;
    }

private:
    struct End {
        pid_t child;
        int order, answer;
    };

    [[noreturn]] static void serve(const std::string &path, int orders, int answers) {
        Instance instance;
        std::string error;
        if (!instance.load(path, error)) {
            _exit(refuse(error));
        }
        int times = 0;
        while (read(orders, &times, sizeof times) == sizeof times) {
            instance.run(times, dl::RUNTIME_MODE_SINGLE_CORE);
            if (write(answers, &times, sizeof times) != sizeof times) {
                break;
            }
        }
        _exit(0);
    }

    std::vector<End> m_ends;
};

/** Microseconds that an empty parallel_for() takes: the fastest of the rounds, and their median. */
Json measure_fork_join(int threads, int rounds) {
    constexpr int calls = 500;
    dl::set_thread_count(threads);
    Json report = Json::array();
    for (int units : {threads, 8 * threads, 64 * threads}) {
        std::vector<double> times;
        for (int round = 0; round < rounds; round++) {
            times.push_back(1e3 / calls * milliseconds_of([units] {
                                for (int i = 0; i < calls; i++) {
                                    dl::parallel_for(dl::RUNTIME_MODE_MULTI_CORE, units, [](int, int) {});
                                }
                            }));
        }
        report.push_back({{"units", units},
                          {"median_us", median(times)},
                          {"min_us", *std::min_element(times.begin(), times.end())}});
    }
    return report;
}

/** Each node with one thread and with all, in microseconds, in the order of execution. */
Json measure_nodes(dl::Model &model, int threads) {
    const std::vector<dl::module::Module *> &plan = model.get_execution_plan();
    std::array<std::vector<std::vector<double>>, 2> times;
    for (int round = 0; round < 60; round++) {
        for (size_t side = 0; side < 2; side++) {
            times[side].resize(plan.size());
            dl::set_thread_count(side ? threads : 1);
            model.run(dl::RUNTIME_MODE_MULTI_CORE);
            for (size_t i = 0; i < plan.size(); i++) {
                if (!model.is_fused_away(i)) {
                    times[side][i].push_back(1e3 * milliseconds_of([&] {
                                                 plan[i]->forward(model.get_context(), dl::RUNTIME_MODE_MULTI_CORE);
                                             }));
                }
            }
        }
    }
    Json report = Json::array();
    for (size_t i = 0; i < plan.size(); i++) {
        if (!model.is_fused_away(i)) {
            report.push_back({{"name", plan[i]->name.c_str()},
                              {"op", plan[i]->op_type},
                              {"kernel", plan[i]->kernel_name()},
                              {"one_us", median(times[0][i])},
                              {"all_us", median(times[1][i])}});
        }
    }
    return report;
}

/** Let every instance run so many inferences, each in a thread of its own. @return milliseconds from the first one's
 * begin to the last one's end */
double run_instances(std::vector<Instance> &instances, int times) {
    std::barrier line(static_cast<ptrdiff_t>(instances.size()));
    std::vector<std::thread> threads;
    std::vector<Clock::time_point> begins(instances.size()), ends(instances.size());
    for (size_t i = 0; i < instances.size(); i++) {
        threads.emplace_back([&, i] {
            line.arrive_and_wait();
            begins[i] = Clock::now();
            instances[i].run(times, dl::RUNTIME_MODE_SINGLE_CORE);
            ends[i] = Clock::now();
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    const Clock::duration time =
        *std::max_element(ends.begin(), ends.end()) - *std::min_element(begins.begin(), begins.end());
    return std::chrono::duration<double, std::milli>(time).count();
}

/** Memory that this process has pages for. */
double resident_mib() {
    std::ifstream statm("/proc/self/statm");
    double all = 0, resident = 0;
    statm >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

bool bench(const std::string &path, const Options &options, Json &report, std::string &error) {
    Processes processes(path, options.threads);
    std::vector<Instance> instances(static_cast<size_t>(options.threads));
    Instance &first = instances[0];
    std::vector<double> resident = {resident_mib()};
    for (Instance &instance : instances) {
        if (!instance.load(path, error, &instance == &first ? nullptr : &first)) {
            return false;
        }
        resident.push_back(resident_mib());
    }
    const double once = milliseconds_of([&first] { first.run(5, dl::RUNTIME_MODE_SINGLE_CORE); }) / 5;
    const int runs = std::max(1, static_cast<int>(options.round_ms / once));
    std::vector<double> one, all, together, apart, speedup, in_threads, in_processes;
    for (int round = 0; round < options.rounds + 1; round++) {
        dl::set_thread_count(1);
        const double a = milliseconds_of([&] { first.run(runs, dl::RUNTIME_MODE_MULTI_CORE); }) / runs;
        dl::set_thread_count(options.threads);
        const double b = milliseconds_of([&] { first.run(runs, dl::RUNTIME_MODE_MULTI_CORE); }) / runs;
        const double c = run_instances(instances, runs) / runs / options.threads;
        bool good = true;
        const double d = milliseconds_of([&] { good = processes.run(runs); }) / runs / options.threads;
        if (!good) {
            error = path + ": one of the processes is gone";
            return false;
        }
        if (round > 0) {
            one.push_back(a);
            all.push_back(b);
            together.push_back(c);
            apart.push_back(d);
            speedup.push_back(a / b);
            in_threads.push_back(a / c);
            in_processes.push_back(a / d);
        }
    }
    report.push_back({{"file", path},
                      {"isa", dl::base::isa_name(dl::base::isa_level())},
                      {"threads", options.threads},
                      {"one_thread_ms", median(one)},
                      {"all_threads_ms", median(all)},
                      {"speedup", median(speedup)},
                      {"instances_frames_per_second", 1e3 / median(together)},
                      {"instances", median(in_threads)},
                      {"processes_frames_per_second", 1e3 / median(apart)},
                      {"processes", median(in_processes)},
                      {"first_instance_mib", resident[1] - resident[0]},
                      {"next_instance_mib", (resident.back() - resident[1]) / (options.threads - 1)}});
    if (options.nodes) {
        report.back()["nodes"] = measure_nodes(*first.model, options.threads);
    }
    return true;
}

void print(const Json &entry) {
    auto number = [&entry](const char *key) { return entry[key].get<double>(); };
    const int threads = entry["threads"].get<int>();
    printf("%s, %s\n", entry["file"].get<std::string>().c_str(), entry["isa"].get<std::string>().c_str());
    printf("  1 thread  %8.3f ms\n", number("one_thread_ms"));
    printf("  %d threads %8.3f ms: %.2fx\n", threads, number("all_threads_ms"), number("speedup"));
    printf("  %d instances in threads %8.1f inferences a second: %.2fx\n", threads,
           number("instances_frames_per_second"), number("instances"));
    printf("  %d processes            %8.1f inferences a second: %.2fx\n", threads,
           number("processes_frames_per_second"), number("processes"));
    printf("  resident: %.1f MiB for the first instance, %.1f MiB for each further one\n", number("first_instance_mib"),
           number("next_instance_mib"));
    for (const Json &node : entry.value("nodes", Json::array())) {
        const double one = node["one_us"].get<double>(), all = node["all_us"].get<double>();
        printf("    %8.1f %8.1f us %5.2fx  %-18s %-34s %s\n", one, all, all > 0 ? one / all : 0.0,
               node["op"].get<std::string>().c_str(), node["kernel"].get<std::string>().c_str(),
               node["name"].get<std::string>().c_str());
    }
}

}  // namespace

int main(int argc, char **argv) {
    Options options;
    CLI::App app("What several threads are good for");
    app.add_option("file", options.paths, ".espdl files");
    app.add_option("--threads", options.threads, "Threads, instances, processes")
        ->check(CLI::Range(2, 64))
        ->capture_default_str();
    app.add_option("--rounds", options.rounds, "Rounds")->check(CLI::Range(1, 1000))->capture_default_str();
    app.add_option("--round-ms", options.round_ms, "Milliseconds of each measurement in a round")
        ->capture_default_str();
    app.add_flag("--nodes", options.nodes, "Print every node, with one thread and with all");
    app.add_flag("--fork-join", options.fork_join, "Measure an empty parallel_for(), too");
    app.add_flag("--json", options.json, "For machines");
    CLI11_PARSE(app, argc, argv);
    Json report = Json::array();
    std::string error;
    for (const std::string &path : options.paths) {
        if (!bench(path, options, report, error)) {
            return refuse(error);
        }
        if (!options.json) {
            print(report.back());
        }
    }
    const Json fork_join = options.fork_join ? measure_fork_join(options.threads, options.rounds) : Json::array();
    if (options.json) {
        printf("%s\n", Json{{"networks", report}, {"fork_join", fork_join}}.dump(2).c_str());
        return 0;
    }
    for (const Json &entry : fork_join) {
        printf("an empty parallel_for() of %d units: %.2f us, fastest round %.2f us\n", entry["units"].get<int>(),
               entry["median_us"].get<double>(), entry["min_us"].get<double>());
    }
    return 0;
}
