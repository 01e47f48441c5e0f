#include <torch/utils.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>
#include <set>
#include <sstream>

#include "commands.hpp"
#include "export/exporter.hpp"
#include "file_io.hpp"
#include "output_files.hpp"
#include "passes/quantizer.hpp"
#include "passes/rewrite.hpp"
#include "report/check.hpp"
#include "report/quality.hpp"
#include "report/report.hpp"
#include "report/verify.hpp"

namespace quantize {

namespace {

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
        fprintf(stderr, "\r\033[K%s", what.c_str());
        if (share >= 0) {
            fprintf(stderr, " %3.0f %%", 100 * share);
        }
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

std::array<uint8_t, 16> load_key(const std::string &path, OutputFiles &files) {
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
    OutputFiles::check(path);
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
    if (pictures.resize && !options.letterbox.empty()) {
        throw Error("--resize: the centre of a picture is read, --letterbox reads all of it");
    }
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
    if (pictures.resize) {
        metadata[prefix + "resize"] = std::to_string(pictures.resize);
    }
    metadata[prefix + "letterbox"] = pictures.letterbox ? list_text(*pictures.letterbox) : "no";
}

/** Options that have not been given are the reference quantizer's, or our own. */
void take_defaults(Options &options) {
    options.reference = options.reference || options.reference_errors;
    if (options.observer.empty()) {
        options.observer = options.reference ? "kl" : "auto";
    }
    if (options.reference && options.lut_step < 0) {
        options.lut_step = 256;
    }
}

Settings settings_of(const Options &options) {
    Settings settings;
    settings.target = parse_target(options.target);
    settings.bits = options.bits;
    settings.high_precision = options.high_precision;
    settings.observer = options.observer;
    settings.lut_step = options.lut_step;
    settings.free_recurrent_inputs = options.free_rnn_inputs || !options.reference;
    settings.reference_errors = options.reference_errors;
    settings.reference = options.reference;
    settings.equalization = options.equalize;
    settings.equalization_iterations = options.equalize_iterations;
    settings.equalization_level = options.equalize_level;
    settings.equalization_threshold = options.equalize_threshold;
    settings.split_layers = options.split_layers;
    settings.split_threshold = options.split_threshold;
    settings.bias_correction = options.bias_correction;
    settings.training = options.training;
    if (!options.scales_file.empty()) {
        settings.given_scales = read_scales(options.scales_file);
    }
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
    return settings;
}

ExportOptions export_options(const Options &options) {
    ExportOptions exporting;
    exporting.metadata = {{"producer", "deskboard"},
                          {"version", VERSION},
                          {"target", options.target},
                          {"bits", std::to_string(options.bits)},
                          {"observer", options.observer}};
    if (!options.stated.empty()) {
        exporting.metadata["options"] = options.stated;
    }
    return exporting;
}

/** Throws Error if a file of the run cannot be written. @return the output's path without its ending */
std::string check_outputs(const Options &options) {
    if (options.output.size() <= 6 || options.output.compare(options.output.size() - 6, 6, ".espdl") != 0) {
        throw Error("-o: '" + options.output + "' does not end in .espdl");
    }
    const std::string stem = options.output.substr(0, options.output.size() - 6);
    for (const char *ending : {".espdl", ".info", ".json", ".toml"}) {
        OutputFiles::check(stem + ending);
    }
    if (!options.report_dir.empty()) {
        std::error_code error;
        std::filesystem::create_directories(options.report_dir, error);
        OutputFiles::check(options.report_dir + "/report.json");
    }
    return stem;
}

/** Throws Error for an operator that nothing here computes. */
void simplify_supported(Graph &graph) {
    infer_shapes(graph);
    simplify(graph);
    for (auto &op : graph.ops) {
        if (!op->is(operators::EXECUTED)) {
            throw Error("node '" + op->name + "' (" + op->type +
                        "): the operator is not supported (`espdl check` tells more)");
        }
    }
}

void add_metadata(const std::vector<std::string> &entries, ExportOptions &exporting) {
    for (const std::string &entry : entries) {
        const size_t equal = entry.find('=');
        if (equal == std::string::npos || equal == 0) {
            throw Error("--metadata: '" + entry + "' is not KEY=VALUE");
        }
        exporting.metadata[entry.substr(0, equal)] = entry.substr(equal + 1);
    }
}

void print_report(const Report &report) {
    printf("%s%s", table_text(report.graphwise).c_str(), table_text(report.layerwise).c_str());
    for (const OutputError &error : report.outputs) {
        printf("%s: cosine %.6f, L1 %.6g, L2 %.6g, Chebyshev %.6g\n", error.name.c_str(), error.cosine, error.l1,
               error.l2, error.chebyshev);
    }
}

void write_files(const Exporter &exporter, const Options &options, const std::string &stem, const OutputFiles &more) {
    // The .espdl file comes first here, so that it appears last.
    OutputFiles all;
    all.add(options.output, exporter.espdl(options.test_input.empty() ? TestValues::NONE : TestValues::PORTS));
    all.add(stem + ".info", exporter.info());
    all.add(stem + ".json", exporter.json());
    // The user's own file stays as it is written, with its comments.
    std::error_code error;
    if (options.config.empty() || !std::filesystem::equivalent(options.config, stem + ".toml", error)) {
        all.add(stem + ".toml", options.option_file);
    }
    all.append(more);
    all.write();
}

/** The last lines. @return the exit code */
int print_result(const Options &options, const Quality &quality, const Verification &verification,
                 const std::vector<std::string> &notes, bool kept) {
    if (!verification.works()) {
        fprintf(stderr, "espdl: %s%s\n", verification.text.c_str(),
                kept ? "" : ": no file is written, --keep-bad keeps it");
        return options.reference_errors ? 0 : 1;
    }
    if (!options.quiet) {
        for (const auto &[name, db] : quality.outputs) {
            printf("output '%s': %.1f dB signal to noise against float\n", name.c_str(), db);
        }
        for (const std::string &line : notes) {
            printf("%s\n", line.c_str());
        }
        printf("verified for %s: %s\n", options.target.c_str(), verification.text.c_str());
        printf("%s written\n", options.output.c_str());
    }
    return 0;
}

}  // namespace

ImportOptions import_options(const Options &options) {
    return {parse_input_shapes(options.input_shapes, "--input-shape"), options.outputs,
            options.qdq_rounding == "nearest" ? ScaleRounding::NEAREST : ScaleRounding::UP};
}

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

int quantize_command(Options &options) {
    take_defaults(options);
    Settings settings = settings_of(options);
    ExportOptions exporting = export_options(options);
    const std::string stem = check_outputs(options);
    OutputFiles files;  // beside the three of the model
    if (!options.key_file.empty()) {
        exporting.key = load_key(options.key_file, files);
    }
    const bool new_key = files.any();
    read_picture_options(options);
    if (options.threads > 0) {
        torch::set_num_threads(options.threads);
    }
    set_chip(settings.target);
    auto graph = import_onnx(options.model, import_options(options));
    describe_input(check_pictures(*graph, options.pictures), options.pictures, exporting.metadata);
    add_metadata(options.metadata, exporting);
    simplify_supported(*graph);
    if (options.relu6_as_relu && relu6_becomes_relu(*graph) == 0) {
        throw Error("--relu6-as-relu: the network has no Relu6 (a Clip from 0 to 6)");
    }
    const Samples batches = load_samples(*graph, options.calib, options.pictures, "--calib");
    settings.calib_steps = options.steps > 0 ? options.steps : (int)batches.size();
    exporting.metadata["calibration"] =
        std::to_string(batches.size()) + " samples, " + std::to_string(settings.calib_steps) + " steps";
    exporting.test_input = options.test_input.empty()
                               ? batches[0]
                               : load_samples(*graph, options.test_input, options.pictures, "--test-input")[0];

    if (options.calib == std::vector<std::string>{"random"}) {
        fprintf(stderr, "espdl: warning: --calib random: the scales fit random values, not the network's data\n");
    }

    exporting.chunks = parse_input_shapes(options.streaming, "--streaming");

    Bar bar(options.quiet);
    Progress progress = [&](const std::string &what, double share) { bar(what, share); };
    Quantizer quantizer(*graph, settings, progress);
    quantizer.quantize(batches);
    Report report;
    if (!options.report_dir.empty()) {
        report = make_report(quantizer, batches, progress, !options.no_layerwise);
    }
    const Quality quality = assess(quantizer, batches);
    Exporter exporter(quantizer, exporting);
    exporter.prepare();
    progress("running the file on the emulated chip", -1);
    const Verification verification = verify(exporter, settings.target);
    if (!options.report_dir.empty()) {
        files.add(options.report_dir + "/report.json", report_json(report));
        files.add(
            options.report_dir + "/report.html",
            report_html(report, std::filesystem::path(options.model).filename().string() + ", " + options.target));
    }
    bar.clear();
    for (const auto &warnings :
         {quantizer.warnings(), exporter.warnings(), quality.warnings, missing_in_library(*graph)}) {
        for (const std::string &warning : warnings) {
            fprintf(stderr, "espdl: warning: %s\n", warning.c_str());
        }
    }
    std::vector<std::string> notes = quantizer.notes();
    notes.insert(notes.end(), exporter.streaming().begin(), exporter.streaming().end());
    // Errors that were asked for are no reason to write nothing.
    const bool keep = verification.works() || options.keep_bad || settings.reference_errors;
    if (keep) {
        write_files(exporter, options, stem, files);
    }
    if (keep && new_key) {
        printf("a new key was written to %s\n", options.key_file.c_str());
    }
    if (!options.report_dir.empty()) {
        print_report(report);
    }
    return print_result(options, quality, verification, notes, keep);
}

}  // namespace quantize
