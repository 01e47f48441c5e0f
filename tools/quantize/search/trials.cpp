#include "search/trials.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "board/toml.hpp"
#include "file_io.hpp"
#include "graph/graph.hpp"

namespace quantize {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int TRIES = 3;  // of a trial whose process was killed
constexpr const char *EVALUATION_FAILED = "the evaluation failed: ";

std::string literal(const std::string &text) {
    std::ostringstream out;
    out << toml::value<std::string>(text);
    return out.str();
}

std::string read_text(const std::string &path) {
    std::vector<uint8_t> bytes;
    std::string error;
    return espdl_tool::read_file(path, bytes, error) ? std::string(bytes.begin(), bytes.end()) : "";
}

Json read_json(const std::string &path) {
    return Json::parse(read_text(path), nullptr, false);
}

/** The last line that `espdl quantize` writes about an error; else the last line. */
std::string reason_of(const std::string &log) {
    std::istringstream text(log);
    std::string last, reason;
    for (std::string line; std::getline(text, line);) {
        last = line.empty() ? last : line;
        if (line.rfind("espdl: ", 0) == 0 && line.rfind("espdl: warning", 0) != 0) {
            reason = line.substr(7);
        }
    }
    return !reason.empty() ? reason : last.empty() ? "it said nothing" : last;
}

/** A number or a JSON object: all of the text, or its last line. */
Json parse_evaluation(const std::string &text) {
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
        const size_t end = text.find_last_not_of(" \t\r\n");
        const size_t begin = end == std::string::npos ? end : text.find_last_of('\n', end);
        json = Json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1), nullptr, false);
    }
    return json;
}

/** All numbers beside the one of this name: "bbox.AP" in {"bbox": {"AP": 0.3}}. A number alone has the name "". */
Json find_numbers(const Json &json, const std::string &name) {
    if (json.is_number()) {
        return {{name, json}};
    }
    const size_t dot = name.find('.');
    if (json.is_object() && !json.contains(name) && dot != std::string::npos && json.contains(name.substr(0, dot))) {
        Json inner = find_numbers(json[name.substr(0, dot)], name.substr(dot + 1)), numbers = Json::object();
        for (const auto &[key, value] : inner.items()) {
            numbers[name.substr(0, dot + 1) + key] = value;
        }
        return numbers;
    }
    Json numbers = Json::object();
    for (const auto &[key, value] : json.items()) {
        if (json.is_object() && value.is_number()) {
            numbers[key] = value;
        }
    }
    return numbers;
}

std::string replaced(std::string text, const std::string &what, const std::string &with) {
    for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
        text.replace(at, what.size(), with);
    }
    return text;
}

/** For a shell. */
std::string quoted(const std::string &text) {
    return "'" + replaced(text, "'", "'\\''") + "'";
}

Json describe(const Trial &trial) {
    return {{"config", text_of(trial.config)},
            {"failure", trial.failure},
            {"metric", trial.metric},
            {"db", trial.db},
            {"file_bytes", trial.file},
            {"ram_bytes", trial.ram},
            {"ms", trial.ms ? Json(*trial.ms) : Json()},
            {"measures", trial.measures}};
}

}  // namespace

void write_safely(const std::string &path, const std::string &text) {
    const std::string part = path + ".part";
    std::string error;
    if (!espdl_tool::write_file(part, {{text.data(), text.size()}}, error)) {
        throw Error(error);
    }
    const int file = open(part.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = file >= 0 && fsync(file) == 0;
    if (file >= 0) {
        close(file);
    }
    if (!synced || rename(part.c_str(), path.c_str()) != 0) {
        const std::string reason = strerror(errno);
        unlink(part.c_str());
        throw Error("'" + path + "' cannot be written: " + reason);
    }
}

TrialRunner::TrialRunner(TrialSettings settings) : m_settings(std::move(settings)) {
    std::error_code error;
    const fs::path trials = fs::path(m_settings.folder) / "trials";
    fs::create_directories(trials, error);
    for (const auto &entry : fs::directory_iterator(trials, error)) {
        if (entry.path().extension() == ".part") {  // of a run that was broken off
            std::error_code ignored;
            fs::remove_all(entry.path(), ignored);
        }
    }
    if (error) {
        throw Error("'" + trials.string() + "': " + error.message());
    }
}

std::string TrialRunner::folder_of(int number) const {
    char name[32];
    snprintf(name, sizeof(name), "%04d", number);
    return (fs::path(m_settings.folder) / "trials" / name).string();
}

std::string TrialRunner::work_folder(int number) const {
    return folder_of(number) + ".part";
}

std::string TrialRunner::option_file(const Config &config, const std::string &stem) const {
    std::map<std::string, std::string> options = m_settings.options;
    std::vector<std::string> layers = m_settings.int16_layers;
    for (const auto &[option, value] : config) {
        if (option == INT16_COUNT) {
            const size_t count = std::min(static_cast<size_t>(std::stoul(value)), m_sensitive.size());
            layers.insert(layers.end(), m_sensitive.begin(), m_sensitive.begin() + static_cast<int64_t>(count));
        } else {
            options[option] = value;
        }
    }
    if (!layers.empty()) {
        std::string list;
        for (const std::string &layer : layers) {
            list += (list.empty() ? "" : ", ") + literal(layer);
        }
        options["int16"] = "[" + list + "]";
    }
    options["output"] = literal(stem + ".espdl");
    std::string text = "# " + text_of(config) + "\n";
    for (const auto &[option, value] : options) {
        text += option + " = " + value + "\n";
    }
    return text;
}

/** Of a finished trial, unless it was another one. */
bool TrialRunner::find_result(Trial &trial) {
    const Json json = read_json(folder_of(trial.number) + "/result.json");
    if (!json.is_object() || json.value("config", "") != text_of(trial.config) || !json.contains("file_bytes") ||
        json.value("failure", "").rfind(EVALUATION_FAILED, 0) == 0) {
        return false;  // an evaluation is mended, and tried again
    }
    trial.failure = json.value("failure", "");
    trial.metric = json.value("metric", 0.0);
    trial.db = json.value("db", 0.0);
    trial.file = json.value("file_bytes", INT64_C(0));
    trial.ram = json.value("ram_bytes", INT64_C(0));
    trial.ms = json["ms"].is_number() ? std::optional<double>(json["ms"].get<double>()) : std::nullopt;
    trial.measures = json["measures"];
    return true;
}

void TrialRunner::read_gains(const std::string &report) {
    const Json json = read_json(report);
    if (!json.is_object() || !json.contains("int16_gains")) {
        return;
    }
    for (const Json &layer : json["int16_gains"]) {
        if (layer.value("gain_db", 0.0) > 0) {
            m_sensitive.push_back(layer.value("layer", ""));
        }
    }
}

/** Dies with this process, even if that is killed. @return its id. Throws Error. */
pid_t TrialRunner::launch(const std::vector<std::string> &command, const std::string &out,
                          const std::string &log) const {
    std::vector<std::string> words = m_settings.launcher;
    words.insert(words.end(), command.begin(), command.end());
    std::vector<char *> argv;
    for (const std::string &word : words) {
        argv.push_back(const_cast<char *>(word.c_str()));
    }
    argv.push_back(nullptr);
    const pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int output = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        const int messages = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
        const int nothing = open("/dev/null", O_RDONLY);
        if (getppid() != parent || output < 0 || messages < 0 || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
            dup2(output, STDOUT_FILENO) < 0 || dup2(messages, STDERR_FILENO) < 0) {
            _exit(127);
        }
        setenv("OMP_WAIT_POLICY", "passive", 0);  // LibTorch's helpers would spin, and trials stand in each other's way
        execvp(argv[0], argv.data());
        fprintf(stderr, "espdl: '%s' cannot be started: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    if (child < 0) {
        throw Error(std::string("no process can be started: ") + strerror(errno));
    }
    return child;
}

int TrialRunner::quantize(const std::string &config, const std::string &log) const {
    const pid_t child = launch({m_settings.program, "quantize", "--config", config}, log, log);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void TrialRunner::start(Trial &trial, Job job) {
    const std::string folder = work_folder(trial.number), model = folder + "/model.espdl";
    pid_t child = 0;
    if (job.evaluates) {
        child = launch({"/bin/sh", "-c", replaced(m_settings.evaluation, "{model}", quoted(model))},
                       folder + "/evaluation.txt", folder + "/log.txt");
    } else {
        std::error_code error;
        fs::remove_all(folder, error);
        if (!fs::create_directories(folder, error)) {
            throw Error("'" + folder + "': " + error.message());
        }
        const bool first = trial.number == 0;
        write_safely(folder + "/run.toml",
                     option_file(trial.config, folder + "/model") + "report = " + literal(folder) +
                         "\nno-layerwise = true\nsuggest = " + (first ? "100000" : "0") + "\nthreads = " +
                         std::to_string(first ? m_settings.cores * m_settings.jobs : m_settings.cores) + "\n");
        child = launch({m_settings.program, "quantize", "--config", folder + "/run.toml"}, folder + "/output.txt",
                       folder + "/log.txt");
    }
    m_running[child] = job;
}

void TrialRunner::take_report(Trial &trial) {
    const Json report = read_json(work_folder(trial.number) + "/report.json");
    if (!report.is_object() || !report.contains("cost")) {
        trial.failure = "it left no report";
        return;
    }
    trial.db = trial.metric = report.value("signal_to_noise_db", 0.0);
    trial.file = report["cost"].value("file_bytes", INT64_C(0));
    trial.ram = report["cost"].value("ram_bytes", INT64_C(0));
    const Json ms = report["cost"]["predicted_ms"];
    trial.ms = ms.is_number() ? std::optional<double>(ms.get<double>()) : std::nullopt;
}

void TrialRunner::take_evaluation(Trial &trial) {
    const std::string text = read_text(work_folder(trial.number) + "/evaluation.txt");
    trial.measures = find_numbers(parse_evaluation(text), m_settings.metric);
    if (!trial.measures.contains(m_settings.metric)) {
        trial.failure = EVALUATION_FAILED + std::string("it prints no number") +
                        (m_settings.metric.empty() ? "; of JSON, --metric names one" : " '" + m_settings.metric + "'");
        return;
    }
    const Json number = trial.measures[m_settings.metric];
    trial.metric = number.get<double>() * (m_settings.less_is_better ? -1 : 1);
}

/** The trial is over: from now on its result is there whatever happens. */
void TrialRunner::keep(Trial &trial) {
    const std::string work = work_folder(trial.number), folder = folder_of(trial.number);
    // The run has written the options that it had; a reader repeats it with the place where the file lies now.
    write_safely(work + "/model.toml", option_file(trial.config, folder + "/model"));
    write_safely(work + "/result.json", describe(trial).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    std::error_code error;
    fs::remove(work + "/run.toml", error);
    fs::remove_all(folder, error);
    fs::rename(work, folder, error);
    if (error) {
        throw Error("'" + folder + "' cannot be written: " + error.message());
    }
    m_settings.done(trial);
}

void TrialRunner::finish(Trial &trial, Job job, int status) {
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    const std::string log = read_text(work_folder(trial.number) + "/log.txt");
    const bool refused = job.evaluates ? code > 0 : code == 1 || code == 2;
    if (code != 0 && !refused && code != 127 && ++job.tries < TRIES) {
        start(trial, job);  // it was killed, or its machine was
        return;
    }
    if (code != 0) {
        trial.failure = (job.evaluates ? EVALUATION_FAILED : "") +
                        (refused ? reason_of(log) : "it was killed " + std::to_string(TRIES) + " times");
        if (code == 127) {
            throw Error(reason_of(log));
        }
    } else if (job.evaluates) {
        take_evaluation(trial);
    } else {
        take_report(trial);
        if (trial.worked() && !m_settings.evaluation.empty()) {
            job.evaluates = true;
            job.tries = 0;
            start(trial, job);
            return;
        }
    }
    keep(trial);
}

void TrialRunner::run(std::vector<Trial> &trials) {
    std::vector<size_t> open;
    for (size_t i = 0; i < trials.size(); i++) {
        if (find_result(trials[i])) {
            m_settings.done(trials[i]);
        } else {
            open.push_back(i);
        }
    }
    for (size_t next = 0; next < open.size() || !m_running.empty();) {
        while (next < open.size() && m_running.size() < static_cast<size_t>(m_settings.jobs)) {
            start(trials[open[next]], {open[next], false, 0});
            next++;
        }
        int status = 0;
        const pid_t child = waitpid(-1, &status, 0);
        if (child < 0 && errno != EINTR) {
            throw Error(std::string("trials are lost: ") + strerror(errno));
        }
        const auto found = m_running.find(child);
        if (found != m_running.end()) {
            const Job job = found->second;
            m_running.erase(found);
            finish(trials[job.trial], job, status);
        }
    }
    if (!trials.empty() && trials[0].number == 0) {
        read_gains(folder_of(0) + "/report.json");
    }
}

}  // namespace quantize
