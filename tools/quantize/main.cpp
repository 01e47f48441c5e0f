// espdl-quantize: ONNX to .espdl. `espdl quantize`, `espdl check` and `espdl compare` start it.

#include <torch/utils.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>

#include "board/board.hpp"
#include "check.hpp"
#include "dl_target.hpp"
#include "exporter.hpp"
#include "file_io.hpp"
#include "log_capture.hpp"
#include "recording.hpp"
#include "report.hpp"
#include "rewrite.hpp"
#include "samples.hpp"

namespace {

using namespace quantize;

struct Options {
    std::string model, output, feed, target = "esp32p4", observer = "kl", report_dir, key_file;
    std::vector<std::string> calib, test_input, int16_layers, float_layers, scales, metadata;
    int bits = 8, steps = 0, threads = 0, lut_step = 256;
    bool high_precision = false, no_layerwise = false, quiet = false, reference_errors = false, free_rnn_inputs = false;
    bool equalize = false, bias_correction = false;
    int equalize_iterations = 10, equalize_level = 1;
    double equalize_threshold = 0.5, split_threshold = 2.0;
    std::vector<std::string> split_layers;
    PictureOptions pictures;
    std::string size, letterbox, stated;  ///< stated: what the command line says about the quantization
};

Target parse_target(const std::string &name) {
    static const std::set<std::string> plain = {"c", "esp32", "esp32s2", "esp32c2", "esp32c3", "esp32c5", "esp32c6"};
    if (name == "esp32p4" || name == "esp32s31") {
        return Target::P4;
    }
    if (name == "esp32s3") {
        return Target::S3;
    }
    if (plain.count(name)) {
        return Target::C;
    }
    throw Error("--target: '" + name +
                "' is unknown, known are esp32p4, esp32s31, esp32s3, and c, esp32, esp32s2, esp32c2, esp32c3, esp32c5, "
                "esp32c6");
}

class Bar {
public:
    explicit Bar(bool quiet) : m_on(!quiet && isatty(STDERR_FILENO)), m_start(Clock::now()) {}
    ~Bar() { clear(); }
    void clear() {
        if (m_on) {
            fprintf(stderr, "\r\033[K");
        }
    }
    void operator()(const std::string &what, double share) {
        if (!m_on) {
            return;
        }
        if (what != m_what) {
            m_what = what;
            m_start = Clock::now();
        }
        const double seconds = std::chrono::duration<double>(Clock::now() - m_start).count();
        fprintf(stderr, "\r\033[K%s %3.0f %%", what.c_str(), 100 * share);
        if (share > 0.02) {
            fprintf(stderr, ", %.0f s left", seconds / share * (1 - share));
        }
        fflush(stderr);
    }

private:
    using Clock = std::chrono::steady_clock;
    bool m_on;
    Clock::time_point m_start;
    std::string m_what;
};

/** The files of one run: all of them are written, or none. */
class Files {
public:
    void add(const std::string &path, const std::string &data) { m_files.push_back({path, data}); }
    bool any() const { return !m_files.empty(); }
    void append(const Files &more) { m_files.insert(m_files.end(), more.m_files.begin(), more.m_files.end()); }

    /** Whether a file of this name can be made: asked before the work begins. */
    static void check(const std::string &path) {
        std::error_code error;
        const std::filesystem::path folder = std::filesystem::path(path).parent_path();
        if (std::filesystem::is_directory(path, error)) {
            throw Error("'" + path + "' cannot be written: it is a folder");
        }
        if (!std::filesystem::is_directory(folder.empty() ? "." : folder, error)) {
            throw Error("'" + path + "' cannot be written: there is no folder '" + folder.string() + "'");
        }
        if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) {
            throw Error("'" + path + "' cannot be written: " + strerror(errno));
        }
    }

    /** Each one beside its place first, then all are moved there, the first one last. */
    void write() {
        std::vector<std::string> made;
        try {
            for (const auto &[path, data] : m_files) {
                std::string error;
                made.push_back(path + ".part");
                if (!espdl_tool::write_file(made.back(), {{data.data(), data.size()}}, error)) {
                    throw Error(error);
                }
            }
            for (size_t i = m_files.size(); i-- > 0;) {
                if (rename(made[i].c_str(), m_files[i].first.c_str()) != 0) {
                    throw Error("'" + m_files[i].first + "' cannot be written: " + strerror(errno));
                }
                made[i] = m_files[i].first;
            }
        } catch (const Error &) {
            for (const std::string &path : made) {
                unlink(path.c_str());
            }
            throw;
        }
    }

private:
    std::vector<std::pair<std::string, std::string>> m_files;
};

std::array<uint8_t, 16> load_key(const std::string &path, Files &files) {
    std::vector<uint8_t> bytes;
    std::string error;
    std::array<uint8_t, 16> key;
    if (std::filesystem::exists(path)) {
        if (!espdl_tool::read_file(path, bytes, error) || bytes.size() != 16) {
            throw Error("--encrypt-key: '" + path + "' must hold 16 bytes");
        }
        std::copy(bytes.begin(), bytes.end(), key.begin());
        return key;
    }
    Files::check(path);
    std::random_device random;
    for (uint8_t &byte : key) {
        byte = (uint8_t)random();
    }
    files.add(path, std::string((const char *)key.data(), key.size()));
    return key;
}

/** "123.675,116.28,103.53": the shortest text that is the same numbers. */
template <typename T>
std::string list_text(const std::vector<T> &values) {
    std::string text;
    for (T value : values) {
        char number[32];
        const auto end = std::to_chars(number, number + sizeof(number), value).ptr;
        text += (text.empty() ? "" : ",") + std::string(number, end);
    }
    return text;
}

void read_picture_options(Options &options) {
    PictureOptions &pictures = options.pictures;
    if (!options.size.empty() && sscanf(options.size.c_str(), "%dx%d", &pictures.width, &pictures.height) != 2) {
        throw Error("--size: '" + options.size + "' is not WIDTHxHEIGHT");
    }
    if (!options.letterbox.empty()) {
        pictures.letterbox.emplace();
        std::istringstream text(options.letterbox);
        for (std::string part; std::getline(text, part, ',');) {
            char *end = nullptr;
            const long value = strtol(part.c_str(), &end, 10);
            if (part.empty() || *end || value < 0 || value > 255) {
                throw Error("--letterbox: '" + options.letterbox + "' is no colour such as 114,114,114");
            }
            pictures.letterbox->push_back((uint8_t)value);
        }
        if (pictures.letterbox->size() != 1 && pictures.letterbox->size() != 3) {
            throw Error("--letterbox: a colour has one or three values, not " +
                        std::to_string(pictures.letterbox->size()));
        }
    }
}

/** What firmware has to do to a picture, for whoever reads the file. */
void describe_input(const Var *input, const PictureOptions &pictures, std::map<std::string, std::string> &metadata) {
    if (!input || !pictures.given()) {
        return;
    }
    const std::string prefix = "input." + input->name + ".";
    metadata[prefix + "colour"] = input->shape[1] == 1 ? "GRAY" : pictures.bgr ? "BGR" : "RGB";
    metadata[prefix + "size"] = std::to_string(input->shape[3]) + "x" + std::to_string(input->shape[2]);
    metadata[prefix + "mean"] = list_text(pictures.mean);
    metadata[prefix + "std"] = list_text(pictures.std);
    metadata[prefix + "letterbox"] = pictures.letterbox ? list_text(*pictures.letterbox) : "no";
}

int quantize_command(Options &options) {
    Settings settings;
    settings.target = parse_target(options.target);
    settings.bits = options.bits;
    settings.high_precision = options.high_precision;
    settings.observer = options.observer;
    settings.lut_step = options.lut_step;
    settings.free_recurrent_inputs = options.free_rnn_inputs;
    settings.reference_errors = options.reference_errors;
    settings.equalization = options.equalize;
    settings.equalization_iterations = options.equalize_iterations;
    settings.equalization_level = options.equalize_level;
    settings.equalization_threshold = options.equalize_threshold;
    settings.split_layers = options.split_layers;
    settings.split_threshold = options.split_threshold;
    settings.bias_correction = options.bias_correction;
    for (const std::string &layer : options.int16_layers) {
        settings.dispatch[layer] = 16;
    }
    for (const std::string &layer : options.float_layers) {
        settings.dispatch[layer] = 0;
    }
    for (const std::string &entry : options.scales) {
        const size_t equal = entry.rfind('=');
        double scale = 0;
        if (equal != std::string::npos) {
            const std::string value = entry.substr(equal + 1);
            scale = value.rfind("2^", 0) == 0 ? std::exp2(atof(value.c_str() + 2)) : atof(value.c_str());
        }
        if (scale <= 0) {
            throw Error("--scale: '" + entry + "' is not LAYER=2^-4 or LAYER=0.0625");
        }
        settings.focused_scales[entry.substr(0, equal)] = scale;
    }
    ExportOptions exporting;
    exporting.metadata = {{"producer", "deskboard"},
                          {"version", VERSION},
                          {"target", options.target},
                          {"bits", std::to_string(options.bits)},
                          {"observer", options.observer}};
    if (!options.stated.empty()) {
        exporting.metadata["options"] = options.stated;
    }
    if (options.output.size() <= 6 || options.output.compare(options.output.size() - 6, 6, ".espdl") != 0) {
        throw Error("-o: '" + options.output + "' does not end in .espdl");
    }
    const std::string stem = options.output.substr(0, options.output.size() - 6);
    for (const char *ending : {".espdl", ".info", ".json"}) {
        Files::check(stem + ending);
    }
    if (!options.report_dir.empty()) {
        std::error_code error;
        std::filesystem::create_directories(options.report_dir, error);
        Files::check(options.report_dir + "/report.json");
    }
    Files files;
    if (!options.key_file.empty()) {
        exporting.key = load_key(options.key_file, files);
    }
    read_picture_options(options);
    if (options.threads > 0) {
        torch::set_num_threads(options.threads);
    }
    // JPEG pictures have the chip's pixels.
    dl::set_target(settings.target == Target::P4   ? dl::TARGET_ESP32P4
                   : settings.target == Target::S3 ? dl::TARGET_ESP32S3
                                                   : dl::TARGET_ESP32);
    auto graph = import_onnx(options.model);
    describe_input(check_pictures(*graph, options.pictures), options.pictures, exporting.metadata);
    for (const std::string &entry : options.metadata) {
        const size_t equal = entry.find('=');
        if (equal == std::string::npos || equal == 0) {
            throw Error("--metadata: '" + entry + "' is not KEY=VALUE");
        }
        exporting.metadata[entry.substr(0, equal)] = entry.substr(equal + 1);
    }
    infer_shapes(*graph);
    simplify(*graph);
    for (auto &op : graph->ops) {
        if (!is_executable(op->type)) {
            throw Error("node '" + op->name + "' (" + op->type +
                        "): the operator is not supported (`espdl check` tells more)");
        }
    }
    const Samples batches = load_samples(*graph, options.calib, options.pictures, "--calib");
    settings.calib_steps = options.steps > 0 ? options.steps : (int)batches.size();
    exporting.metadata["calibration"] =
        std::to_string(batches.size()) + " samples, " + std::to_string(settings.calib_steps) + " steps";
    if (!options.test_input.empty()) {
        exporting.test_input = load_samples(*graph, options.test_input, options.pictures, "--test-input")[0];
    }

    Bar bar(options.quiet);
    Progress progress = [&](const std::string &what, double share) { bar(what, share); };
    Quantizer quantizer(*graph, settings, progress);
    quantizer.quantize(batches);
    Report report;
    if (!options.report_dir.empty()) {
        report = make_report(quantizer, batches, progress, !options.no_layerwise);
    }
    Exporter exporter(quantizer, exporting);
    exporter.prepare();
    // The .espdl file comes first here, so that it appears last.
    Files all;
    all.add(options.output, exporter.espdl());
    all.add(stem + ".info", exporter.info());
    all.add(stem + ".json", exporter.json());
    if (!options.report_dir.empty()) {
        all.add(options.report_dir + "/report.json", report_json(report));
        all.add(options.report_dir + "/report.html",
                report_html(report, std::filesystem::path(options.model).filename().string() + ", " + options.target));
    }
    all.append(files);
    all.write();
    bar.clear();
    if (files.any()) {
        printf("a new key was written to %s\n", options.key_file.c_str());
    }
    for (const auto &warnings : {quantizer.warnings(), exporter.warnings(), missing_in_library(*graph)}) {
        for (const std::string &warning : warnings) {
            fprintf(stderr, "espdl: warning: %s\n", warning.c_str());
        }
    }
    if (!options.report_dir.empty()) {
        printf("%s%s", table_text(report.graphwise).c_str(), table_text(report.layerwise).c_str());
        for (const OutputError &error : report.outputs) {
            printf("%s: cosine %.6f, L1 %.6g, L2 %.6g, Chebyshev %.6g\n", error.name.c_str(), error.cosine, error.l1,
                   error.l2, error.chebyshev);
        }
    }
    if (!options.quiet) {
        printf("%s written\n", options.output.c_str());
    }
    return 0;
}

/**
 * The float network's tensors for one input, channels first, as a folder that `espdl compare` reads. The feed is such a
 * folder, too; its tensors may have their channels last.
 */
int record_command(const Options &options) {
    auto graph = import_onnx(options.model);
    infer_shapes(*graph);
    simplify(*graph);
    espdl_tool::Recording feed, recording;
    std::string error;
    if (!espdl_tool::load_recording(options.feed, feed, error)) {
        throw Error(error);
    }
    Values values;
    for (const Var *input : graph->inputs) {
        const espdl_tool::RecordedTensor *given = feed.find(input->name);
        if (!given) {
            throw Error("--feed: '" + options.feed + "' has no value for input '" + input->name + "'");
        }
        const std::vector<float> floats = espdl_tool::to_floats(given->value);
        std::vector<int64_t> shape(given->value.shape.begin(), given->value.shape.end());
        torch::Tensor tensor = torch::tensor(floats).reshape(shape);
        if (shape != input->shape && shape.size() > 2) {
            tensor = tensor.movedim(-1, 1).contiguous();
        }
        if (tensor.sizes().vec() != input->shape) {
            throw Error("--feed: input '" + input->name + "' has other dimensions than the network's");
        }
        values[input] = tensor.to(input->dtype);
        recording.tensors.push_back(*given);
    }
    Executor executor(*graph, Target::P4);
    RunOptions running;
    running.keep_all = true;
    running.enabled = [](const Op *, Record *) { return false; };
    values = executor.run(values, running);
    for (const Op *op : graph->execution_order()) {
        for (const Var *output : op->outputs) {
            auto found = values.find(output);
            if (found == values.end() || !found->second.defined()) {
                continue;
            }
            const torch::Tensor tensor = found->second.to(torch::kFloat).contiguous();
            espdl_tool::RecordedTensor recorded;
            recorded.value.name = output->name;
            recorded.value.dtype = dl::DATA_TYPE_FLOAT;
            recorded.value.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
            const uint8_t *bytes = (const uint8_t *)tensor.data_ptr<float>();
            recorded.value.data.assign(bytes, bytes + tensor.numel() * sizeof(float));
            recorded.is_output = graph->is_output(output);
            recording.tensors.push_back(std::move(recorded));
        }
    }
    if (!espdl_tool::save_recording(options.output, recording, false, error)) {
        throw Error(error);
    }
    return 0;
}

int check_command(const Options &options) {
    Settings settings;
    settings.target = parse_target(options.target);
    settings.bits = options.bits;
    const CheckResult result = check_model(options.model, settings);
    static const char *const words[] = {"supported", "via rewrite", "unsupported"};
    int counts[3] = {};
    for (const Verdict &verdict : result.nodes) {
        counts[verdict.kind]++;
        printf("%-12s %-22s %s%s%s\n", words[verdict.kind], verdict.type.c_str(), verdict.node.c_str(),
               verdict.note.empty() ? "" : "  ", verdict.note.c_str());
    }
    if (!result.problem.empty()) {
        printf("unsupported  the model: %s\n", result.problem.c_str());
    }
    printf("%zu nodes: %d supported, %d via rewrite, %d unsupported\n", result.nodes.size(), counts[0], counts[1],
           counts[2]);
    return result.supported() ? 0 : 1;
}

/** The options that decide about the result, for the file's metadata: not where things lie, not how fast. */
std::string stated_options(const CLI::App &command) {
    static const std::set<std::string> left_out = {
        "--calib",  "--output",       "--target",  "--bits",      "--observer",    "--mean",
        "--std",    "--size",         "--bgr",     "--letterbox", "--test-input",  "--metadata",
        "--report", "--no-layerwise", "--threads", "--quiet",     "--encrypt-key", "--help"};
    std::string text;
    for (const CLI::Option *option : command.get_options()) {
        if (option->count() == 0 || option->get_positional() || left_out.count(option->get_name())) {
            continue;
        }
        text += (text.empty() ? "" : " ") + option->get_name();
        for (const std::string &value : option->results()) {
            text += option->get_expected_max() > 0 ? " " + value : "";
        }
    }
    return text;
}

/** One line, whatever the reason is made of. */
int refuse(std::string reason) {
    while (!reason.empty() && reason.back() == '\n') {
        reason.pop_back();
    }
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    fprintf(stderr, "espdl: %s\n", reason.c_str());
    return 2;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Quantize ONNX models into .espdl files.", "espdl");
    app.require_subcommand(1);
    Options options;
    CLI::App *quantizing = app.add_subcommand("quantize", "Quantize an ONNX model for a chip");
    quantizing->add_option("model", options.model, "ONNX file")->required();
    quantizing
        ->add_option(
            "--calib", options.calib,
            "Calibration: FILE.npy (batch first, NCHW), INPUT=FILE.npy, a folder of them, or a folder of pictures")
        ->required();
    quantizing
        ->add_option("--mean", options.pictures.mean,
                     "Pictures: what ImagePreprocessor subtracts, for each channel of the model")
        ->delimiter(',');
    quantizing->add_option("--std", options.pictures.std, "Pictures: what it divides by then")->delimiter(',');
    quantizing->add_option("--size", options.size, "Pictures: WIDTHxHEIGHT, if it shall be compared with the model's");
    quantizing->add_flag("--bgr", options.pictures.bgr, "Pictures: the model reads BGR");
    CLI::Option *letterbox =
        quantizing
            ->add_option("--letterbox", options.letterbox,
                         "Pictures: keep the proportions, with this colour around (default 114,114,114)")
            ->expected(0, 1);
    quantizing->add_option("-o,--output", options.output, ".espdl file")->required();
    quantizing
        ->add_option("--target", options.target,
                     "esp32p4 (also esp32s31), esp32s3, c (esp32, esp32s2, esp32c3, esp32c5, esp32c6)")
        ->capture_default_str();
    quantizing->add_option("--bits", options.bits, "8 or 16")->check(CLI::IsMember({8, 16}))->capture_default_str();
    quantizing->add_option("--observer", options.observer, "kl, minmax, percentile, mse")
        ->check(CLI::IsMember({"kl", "minmax", "percentile", "mse"}))
        ->capture_default_str();
    quantizing->add_option("--steps", options.steps, "Calibration steps (default: one for each sample)")
        ->check(CLI::PositiveNumber);
    quantizing->add_flag("--high-precision", options.high_precision, "Simulate 16-bit operators in double");
    quantizing->add_option("--lut-step", options.lut_step, "Step of 16-bit tables, 0 for none")->capture_default_str();
    quantizing->add_option("--int16", options.int16_layers, "Layers to compute in 16 bits");
    quantizing->add_option("--float", options.float_layers, "Layers to compute in float");
    quantizing->add_option("--scale", options.scales, "LAYER=2^-4: the scale of a layer's output");
    quantizing->add_flag("--equalize", options.equalize, "Layerwise equalization");
    quantizing->add_option("--equalize-iterations", options.equalize_iterations, "")->capture_default_str();
    quantizing->add_option("--equalize-level", options.equalize_level, "1, or 2 to pass Add and Sub")
        ->capture_default_str();
    quantizing->add_option("--equalize-threshold", options.equalize_threshold, "")->capture_default_str();
    quantizing->add_option("--split", options.split_layers, "Layers whose weights are split horizontally");
    quantizing->add_option("--split-threshold", options.split_threshold, "Weights beyond it are split")
        ->capture_default_str();
    quantizing->add_flag("--bias-correction", options.bias_correction,
                         "Correct biases by the mean error of their layer");
    quantizing->add_flag("--free-rnn-inputs", options.free_rnn_inputs, "What GRU and LSTM read keeps its own scale");
    quantizing->add_flag("--reference-errors", options.reference_errors,
                         "Repeat errors of the reference quantizer (to compare with it)");
    quantizing->add_option("--test-input", options.test_input,
                           "Test values for the file: as --calib, or a picture; the first sample is used");
    quantizing->add_option("--metadata", options.metadata, "KEY=VALUE for the file");
    quantizing->add_option("--encrypt-key", options.key_file, "File of 16 bytes, made if it does not exist");
    quantizing->add_option("--report", options.report_dir, "Folder for report.json and report.html");
    quantizing->add_flag("--no-layerwise", options.no_layerwise, "Leave out the analysis of single layers");
    quantizing->add_option("--threads", options.threads, "Threads (default: one for each core)")
        ->check(CLI::PositiveNumber);
    quantizing->add_flag("--quiet", options.quiet, "Only warnings and errors");
    CLI::App *checking = app.add_subcommand("check", "Tell for every node whether it can be quantized");
    checking->add_option("model", options.model, "ONNX file")->required();
    checking
        ->add_option("--target", options.target,
                     "esp32p4 (also esp32s31), esp32s3, c (esp32, esp32s2, esp32c3, esp32c5, esp32c6)")
        ->capture_default_str();
    checking->add_option("--bits", options.bits, "8 or 16")->check(CLI::IsMember({8, 16}))->capture_default_str();

    CLI::App *recording = app.add_subcommand("record", "Write the float network's tensors for one input");
    recording->add_option("model", options.model, "ONNX file")->required();
    recording->add_option("--feed", options.feed, "Folder of .npy files: the inputs")->required();
    recording->add_option("-o,--out", options.output, "Folder to write to")->required();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    if (letterbox->count() && options.letterbox.empty()) {
        options.letterbox = "114,114,114";
    }
    options.stated = stated_options(*quantizing);
    // Pictures are decoded in the emulated board's memory; a tool is no board, so it is large.
    espdl_tool::setup_log(false);
    hal::BoardOptions board;
    if (!getenv("DESKBOARD_PSRAM")) {
        board.psram_size = UINT64_C(1) << 30;
    }
    const std::string reason = hal::Board::configure(board);
    if (!reason.empty()) {
        return refuse(reason);
    }
    try {
        return quantizing->parsed()  ? quantize_command(options)
               : recording->parsed() ? record_command(options)
                                     : check_command(options);
    } catch (const Error &error) {
        return refuse(error.what());
    } catch (const c10::Error &error) {
        return refuse("the network cannot be computed: " + std::string(error.what_without_backtrace()));
    } catch (const std::bad_alloc &) {
        return refuse("there is not enough memory for this network");
    } catch (const std::exception &error) {
        return refuse(error.what());
    }
}
