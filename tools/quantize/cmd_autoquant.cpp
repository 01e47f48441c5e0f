#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>

#include "commands.hpp"
#include "esp_rom_crc.h"
#include "file_io.hpp"
#include "report/cost.hpp"
#include "search/search_report.hpp"
#include "search/trials.hpp"

namespace quantize {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int PATIENCE = 50;  // tenths of a second that processes of a run that was killed have to die

/** "1.5M" */
int64_t parse_bytes(const std::string &text, const std::string &option) {
    char *end = nullptr;
    const double value = strtod(text.c_str(), &end);
    const std::string unit = end;
    const double factor = unit == "K" ? 1024 : unit == "M" ? 1024 * 1024 : unit.empty() ? 1 : 0;
    if (end == text.c_str() || !(value * factor > 0) || value * factor > 1e15) {
        throw Error(option + ": '" + text + "' is no size such as 200K");
    }
    return static_cast<int64_t>(value * factor);
}

Budget read_budget(const SearchOptions &searching) {
    Budget budget;
    if (!searching.max_size.empty()) {
        budget.file = parse_bytes(searching.max_size, "--max-size");
    }
    if (!searching.max_ram.empty()) {
        budget.ram = parse_bytes(searching.max_ram, "--max-ram");
    }
    budget.ms = searching.max_ms;
    if (searching.goal) {
        budget.metric = searching.less_is_better ? -*searching.goal : *searching.goal;
    }
    return budget;
}

/** What the results depend on, beside the numbers of trials and of jobs: the same command goes on. */
Json header_of(const Options &options, const SearchOptions &searching, const Space &space,
               const TrialSettings &trials) {
    std::vector<uint8_t> model;
    std::string error;
    if (!espdl_tool::read_file(options.model, model, error)) {
        throw Error(error);
    }
    Json dimensions = Json::object();
    for (const Dimension &dimension : space) {
        dimensions[dimension.option] = dimension.values;
    }
    return {{"espdl_autoquant", 1},
            {"model", esp_rom_crc32_le(0, model.data(), static_cast<uint32_t>(model.size()))},
            {"options", searching.given},
            {"space", dimensions},
            {"evaluation", trials.evaluation},
            {"metric", trials.metric},
            {"less_is_better", trials.less_is_better},
            {"max_size", searching.max_size},
            {"max_ram", searching.max_ram},
            {"max_ms", searching.max_ms ? Json(*searching.max_ms) : Json()},
            {"goal", searching.goal ? Json(*searching.goal) : Json()},
            {"trials", searching.trials},
            {"seed", options.training.seed}};
}

/** Only this search works in the folder. Processes of it keep the lock, too, so that none of a killed one is left. */
void lock_folder(const std::string &folder) {
    const std::string path = folder + "/lock";
    const int file = open(path.c_str(), O_RDWR | O_CREAT, 0666);
    if (file < 0) {
        throw Error("'" + path + "' cannot be written: " + strerror(errno));
    }
    for (int i = 0; flock(file, LOCK_EX | LOCK_NB) != 0; i++) {
        if (i == PATIENCE) {
            throw Error("'" + folder + "' is in use: another search works there");
        }
        usleep(100000);
    }
}

/** Throws Error if the folder holds another search. */
void open_folder(const std::string &folder, const Json &header, bool fresh) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw Error("'" + folder + "' cannot be made: " + error.message());
    }
    lock_folder(folder);
    const std::string path = folder + "/search.json";
    if (fresh) {
        fs::remove_all(folder + "/trials", error);
        fs::remove(path, error);
    }
    std::vector<uint8_t> bytes;
    std::string reason;
    if (fs::exists(path, error)) {
        const Json found = espdl_tool::read_file(path, bytes, reason)
                               ? Json::parse(bytes.begin(), bytes.end(), nullptr, false)
                               : Json();
        for (const auto &[key, value] : header.items()) {
            if (!found.is_object() || !found.contains(key) || found[key] != value) {
                throw Error("'" + folder + "' holds another search (" + key +
                            " differs): give another folder, or --fresh");
            }
        }
        return;
    }
    write_safely(path, header.dump(2) + "\n");
}

std::string own_path() {
    std::error_code error;
    return fs::read_symlink("/proc/self/exe", error).string();
}

/** Beside this program once installed, in the neighbouring folder of the build tree. */
std::string espdl_path() {
    const fs::path folder = fs::path(own_path()).parent_path();
    for (const char *place : {"espdl", "../espdl/espdl"}) {
        if (access((folder / place).c_str(), X_OK) == 0) {
            return (folder / place).string();
        }
    }
    throw Error("--eval: the program espdl is not beside this one");
}

TrialSettings trial_settings(const Options &options, const SearchOptions &searching, const Space &space) {
    TrialSettings settings;
    settings.folder = fs::absolute(options.output).string();
    settings.program = own_path();
    settings.options = searching.given;
    settings.options.erase("output");
    settings.options.erase("int16");
    for (const Dimension &dimension : space) {
        settings.options.erase(dimension.option);
    }
    settings.int16_layers = options.int16_layers;
    settings.evaluation = searching.evaluate;
    settings.metric = searching.metric;
    settings.less_is_better = searching.less_is_better;
    settings.cores = searching.cores;
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    settings.jobs = searching.jobs ? searching.jobs : std::max(1, cores / searching.cores);
    if (!searching.eval.empty()) {
        if (!searching.evaluate.empty() || searching.metric.empty()) {
            throw Error(searching.metric.empty() ? "--eval: --metric has to name what counts, such as top1 or bbox.AP"
                                                 : "--eval and --evaluate: only one of them can be the judge");
        }
        settings.evaluation = "'" + espdl_path() + "' eval {model} --json " + searching.eval;
        if (searching.metric.find('.') == std::string::npos) {
            settings.metric = "classification." + searching.metric;
        }
    }
    if (searching.slurm) {
        settings.jobs = searching.slurm;
        settings.launcher = {"srun", "--ntasks=1", "--job-name=espdl-autoquant",
                             "--cpus-per-task=" + std::to_string(searching.cores)};
        settings.launcher.insert(settings.launcher.end(), searching.slurm_options.begin(),
                                 searching.slurm_options.end());
    }
    return settings;
}

/** What the command line says is not searched for, unless the user names it in a space of his own. */
Space space_of(const Options &options, const SearchOptions &searching) {
    if (!searching.space.empty()) {
        return read_space(searching.space, searching.known);
    }
    Space space = usual_space(options.bits);
    std::erase_if(space, [&](const Dimension &dimension) { return searching.given.count(dimension.option) > 0; });
    return space;
}

/** The search with all that it writes. */
class AutoQuant {
public:
    AutoQuant(const Options &options, const SearchOptions &searching);
    int run();

private:
    void tell(const Trial &trial);
    void write_reports(const std::vector<Trial> &trials) const;
    int leave_best(const std::vector<Trial> &trials);

    bool m_quiet;
    SearchSettings m_settings;
    SearchFacts m_facts;
    std::string m_folder;
    std::unique_ptr<TrialRunner> m_runner;
    std::map<int, Trial> m_done;
};

AutoQuant::AutoQuant(const Options &options, const SearchOptions &searching) : m_quiet(options.quiet) {
    parse_target(options.target);
    m_facts.board = options.board.empty() ? usual_board(options.target) : options.board;
    check_board(m_facts.board);
    m_settings.space = space_of(options, searching);
    m_settings.budget = read_budget(searching);
    m_settings.trials = static_cast<size_t>(searching.trials);
    m_settings.seed = options.training.seed;
    TrialSettings trials = trial_settings(options, searching, m_settings.space);
    m_folder = trials.folder;
    m_facts.model = fs::path(options.model).filename().string();
    m_facts.target = options.target;
    m_facts.metric = trials.evaluation.empty() ? "dB" : searching.metric.empty() ? "metric" : searching.metric;
    m_facts.less_is_better = searching.less_is_better;
    m_facts.budget = m_settings.budget;
    m_facts.top = static_cast<size_t>(searching.top);
    open_folder(m_folder, header_of(options, searching, m_settings.space, trials), searching.fresh);
    trials.done = [this](const Trial &trial) { tell(trial); };
    m_runner = std::make_unique<TrialRunner>(trials);
}

void AutoQuant::tell(const Trial &trial) {
    m_done[trial.number] = trial;
    if (!m_quiet) {
        printf("%s: %s (%s)\n", trial_name(trial).c_str(),
               trial.worked() ? result_text(trial, m_facts).c_str() : ("failed: " + trial.failure).c_str(),
               text_of(trial.config).c_str());
        fflush(stdout);
    }
    std::vector<Trial> trials;
    for (const auto &entry : m_done) {
        trials.push_back(entry.second);
    }
    write_reports(trials);
    if (trial.number == 0 && !trial.worked()) {
        throw Error(trial.failure);  // what else is tried would fail as well
    }
}

void AutoQuant::write_reports(const std::vector<Trial> &trials) const {
    write_safely(m_folder + "/summary.json", summary_json(trials, m_facts));
    write_safely(m_folder + "/candidates.json", candidates_json(trials, m_facts));
    write_safely(m_folder + "/topk_report.md", top_report(trials, m_facts));
    write_safely(m_folder + "/pareto.svg", pareto_svg(trials, m_facts));
}

/** Made once more from its options, which must give the same bytes. @return the exit code */
int AutoQuant::leave_best(const std::vector<Trial> &trials) {
    const Trial &best = *std::min_element(
        trials.begin(), trials.end(), [&](const Trial &a, const Trial &b) { return better(a, b, m_settings.budget); });
    if (excess(best, m_settings.budget) > 0) {
        fprintf(stderr, "espdl: no trial keeps the budget; the nearest one is %s: %s\n", trial_name(best).c_str(),
                result_text(best, m_facts).c_str());
        return 1;
    }
    const std::string stem = m_folder + "/best", log = stem + ".log";
    write_safely(stem + ".toml", m_runner->option_file(best.config, stem));
    std::vector<uint8_t> again, first;
    std::string error;
    const int code = m_runner->quantize(stem + ".toml", log);
    if (code != 0 || !espdl_tool::read_file(stem + ".espdl", again, error) ||
        !espdl_tool::read_file(m_runner->folder_of(best.number) + "/model.espdl", first, error) || again != first) {
        fprintf(stderr, "espdl: '%s.toml' does not give the file of %s again: see %s\n", stem.c_str(),
                trial_name(best).c_str(), log.c_str());
        return 1;
    }
    unlink(log.c_str());
    if (!m_quiet) {
        printf("best: %s: %s (%s)\n%s.espdl written, verified, and the same bytes from %s.toml\n",
               trial_name(best).c_str(), result_text(best, m_facts).c_str(), text_of(best.config).c_str(), stem.c_str(),
               stem.c_str());
    }
    if (m_settings.budget.metric && best.metric < *m_settings.budget.metric) {
        fprintf(stderr, "espdl: no trial reaches --goal; the best one is %s: %s\n", trial_name(best).c_str(),
                result_text(best, m_facts).c_str());
        return 1;
    }
    return 0;
}

int AutoQuant::run() {
    Search search(
        m_settings, [this](std::vector<Trial> &trials) { m_runner->run(trials); },
        [this] { return m_runner->sensitive().size(); });
    const std::vector<Trial> trials = search.run();
    write_reports(trials);
    return leave_best(trials);
}

}  // namespace

int autoquant_command(const Options &options, const SearchOptions &searching) {
    return AutoQuant(options, searching).run();
}

}  // namespace quantize
