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
#include "import/output_losses.hpp"
#include "output_files.hpp"
#include "passes/quantizer.hpp"
#include "passes/rewrite.hpp"
#include "passes/split_channels.hpp"
#include "report/check.hpp"
#include "report/quality.hpp"
#include "report/report.hpp"
#include "report/verify.hpp"

namespace quantize {

namespace {

constexpr int USUALLY_TRIED = 8;  // layers, for suggestions

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
        byte = static_cast<uint8_t>(random());
    }
    files.add(path, std::string(reinterpret_cast<const char *>(key.data()), key.size()));
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
            pictures.letterbox->push_back(static_cast<uint8_t>(value));
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
    if (options.reference && !options.output_losses.empty()) {
        throw Error("--output-loss: with --reference scales are the reference quantizer's, which looks at no output");
    }
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

/** One run: the float network, what is made of it, the files. */
class Run {
public:
    explicit Run(Options &options) : m_options(options), m_settings(settings_of(options)), m_bar(options.quiet) {}
    /** @return the exit code */
    int run();

private:
    std::unique_ptr<Graph> make_graph() const;
    void load();
    void split_channels();
    void measure();
    void explain(const Exporter &exporter);
    void add_equalization_gain(double after);
    void print_report() const;
    void print_outputs() const;
    void print_custom_ops() const;
    void print_gains() const;
    void print_warnings(const std::vector<std::string> &warnings);
    void write(const Exporter &exporter);
    int finish(const Exporter &exporter);

    Options &m_options;
    Settings m_settings;
    ExportOptions m_exporting;
    std::string m_stem;
    OutputFiles m_files;  ///< beside those of the model
    bool m_new_key = false;
    std::unique_ptr<Graph> m_graph;
    Samples m_calibration, m_measured;
    Bar m_bar;
    Progress m_progress = [this](const std::string &what, double share) { m_bar(what, share); };
    std::unique_ptr<Quantizer> m_quantizer;
    Report m_report;
    RunFacts m_facts;
};

std::unique_ptr<Graph> Run::make_graph() const {
    auto graph = import_onnx(m_options.model, import_options(m_options));
    simplify_supported(*graph);
    take_output_losses(*graph, m_options.output_losses);
    if (m_options.relu6_as_relu && relu6_becomes_relu(*graph) == 0) {
        throw Error("--relu6-as-relu: the network has no Relu6 (a Clip from 0 to 6)");
    }
    return graph;
}

void Run::load() {
    m_exporting = export_options(m_options);
    m_stem = check_outputs(m_options);
    check_board(m_options.board);
    if (!m_options.key_file.empty()) {
        m_exporting.key = load_key(m_options.key_file, m_files);
    }
    m_new_key = m_files.any();
    read_picture_options(m_options);
    if (m_options.threads > 0) {
        torch::set_num_threads(m_options.threads);
    }
    set_chip(m_settings.target);
    m_graph = make_graph();
    const Var *picture = check_pictures(*m_graph, m_options.pictures);
    describe_input(picture, m_options.pictures, m_exporting.metadata);
    add_metadata(m_options.metadata, m_exporting);
    m_calibration = load_samples(*m_graph, m_options.calib, m_options.pictures, "--calib");
    m_measured = m_options.measure.empty() ? m_calibration
                                           : load_samples(*m_graph, m_options.measure, m_options.pictures, "--measure");
    m_settings.calib_steps = m_options.steps > 0 ? m_options.steps : static_cast<int>(m_calibration.size());
    m_settings.measure_passes = !m_options.report_dir.empty();
    m_exporting.metadata["calibration"] =
        std::to_string(m_calibration.size()) + " samples, " + std::to_string(m_settings.calib_steps) + " steps";
    m_exporting.test_input = m_options.test_input.empty()
                                 ? m_calibration[0]
                                 : load_samples(*m_graph, m_options.test_input, m_options.pictures, "--test-input")[0];
    if (m_options.calib == std::vector<std::string>{"random"}) {
        fprintf(stderr, "espdl: warning: --calib random: the scales fit random values, not the network's data\n");
    }
    m_exporting.chunks = parse_input_shapes(m_options.streaming, "--streaming");
    const auto custom =
        std::find_if(m_graph->ops.begin(), m_graph->ops.end(), [](const auto &op) { return op->custom; });
    if (custom != m_graph->ops.end() && !m_exporting.chunks.empty()) {
        throw Error("--streaming: node '" + (*custom)->name + "' (" + (*custom)->type +
                    ") is your own operator: nothing tells whether it may be computed in chunks");
    }
}

/** Which channels are split is found out before the run itself. */
void Run::split_channels() {
    if (!m_options.split_channels) {
        return;
    }
    const ChosenSplits chosen =
        choose_splits([this] { return make_graph(); }, m_settings, m_calibration, m_options.split_share, m_progress);
    m_settings.channel_splits = chosen.splits;
    const std::string what = chosen.splits.empty() ? std::to_string(chosen.tried) + " tried, none is better"
                                                   : chosen.text + " of " + std::to_string(chosen.tried) + " tried";
    m_facts.passes.push_back({"channel splits", what, chosen.before, chosen.after});
}

/** What equalization gives is the difference to a run without. */
void Run::add_equalization_gain(double after) {
    Settings without = m_settings;
    without.equalization = without.bias_correction = false;
    without.training.method.clear();
    const auto graph = make_graph();
    Quantizer quantizer(*graph, without, m_progress);
    quantizer.quantize(m_calibration);
    m_facts.passes.push_back({"equalization", "", quantizer.calibrated().value_or(after), after});
}

/** What the export, which changes the graph, leaves no trace of. */
void Run::measure() {
    if (!m_options.report_dir.empty()) {
        m_report = make_report(*m_quantizer, m_calibration, m_progress, !m_options.no_layerwise);
        if (m_settings.equalization) {
            add_equalization_gain(*m_quantizer->calibrated());
        }
    }
    const std::vector<PassGain> &gains = m_quantizer->gains();
    m_facts.passes.insert(m_facts.passes.end(), gains.begin(), gains.end());
    m_facts.quality = assess(*m_quantizer, m_measured);
}

/** What the report tells of a file that works, beside the noise. */
void Run::explain(const Exporter &exporter) {
    m_facts.model = std::filesystem::path(m_options.model).filename().string();
    m_facts.target = m_options.target;
    m_facts.bits = m_options.bits;
    m_facts.observer = m_options.observer;
    m_facts.options = m_options.given;
    m_facts.board = m_options.board.empty() ? usual_board(m_options.target) : m_options.board;
    if (m_facts.verification.kind == Verification::UNUSABLE) {
        return;
    }
    m_facts.cost = measure_cost(exporter.espdl(TestValues::NONE), exporter.key(), m_facts.board);
    if (!m_facts.verification.works()) {
        return;
    }
    std::vector<std::string> layers;
    for (const LayerError &layer : worst_first(m_report.layerwise.empty() ? m_report.graphwise : m_report.layerwise)) {
        layers.push_back(layer.name);
    }
    const int tried = m_options.suggest >= 0 ? m_options.suggest : m_options.no_layerwise ? 0 : USUALLY_TRIED;
    layers.resize(std::min(layers.size(), static_cast<size_t>(tried)));
    if (tried > 0) {
        m_facts.suggestions = suggest({*m_quantizer, [this] { return make_graph(); }, m_calibration, m_measured,
                                       m_exporting, m_facts.cost, m_facts.board},
                                      layers, m_progress);
    }
}

void Run::print_report() const {
    printf("%s%s", table_text(m_report.graphwise).c_str(), table_text(m_report.layerwise).c_str());
    for (const OutputError &error : m_report.outputs) {
        printf("%s: cosine %.6f, L1 %.6g, L2 %.6g, Chebyshev %.6g\n", error.name.c_str(), error.cosine, error.l1,
               error.l2, error.chebyshev);
    }
}

void Run::print_outputs() const {
    for (const OutputFacts &output : m_facts.quality.outputs) {
        printf("output '%s': %.1f dB signal to noise against float", output.name.c_str(), output.db);
        if (output.behind) {
            printf(", %.1f dB behind '%s'", *output.behind, output.rule.c_str());
        }
        printf("\n");
    }
}

void Run::print_custom_ops() const {
    std::map<std::string, std::pair<std::string, int>> stand_ins;
    for (const auto &op : m_graph->ops) {
        if (op->custom) {
            stand_ins[op->type].first = body_text(*op->custom);
            stand_ins[op->type].second++;
        }
    }
    for (const auto &[type, stand_in] : stand_ins) {
        printf("operator '%s' (%d %s): firmware registers its module; %s stood in for it in calibration\n",
               type.c_str(), stand_in.second, stand_in.second == 1 ? "node" : "nodes", stand_in.first.c_str());
    }
}

void Run::print_gains() const {
    for (const PassGain &pass : m_facts.passes) {
        const std::string details = pass.details.empty() ? "" : pass.details + ", ";
        printf("%s: %s%.1f dB before, %.1f dB after on %s\n", pass.pass.c_str(), details.c_str(), pass.before,
               pass.after, pass.samples.c_str());
    }
    for (const Suggestion &suggestion : m_facts.suggestions.list) {
        printf("suggestion: %s\n", suggestion_text(suggestion).c_str());
    }
}

void Run::print_warnings(const std::vector<std::string> &warnings) {
    for (const std::string &warning : warnings) {
        fprintf(stderr, "espdl: warning: %s\n", warning.c_str());
        m_facts.warnings.push_back(warning);
    }
}

void Run::write(const Exporter &exporter) {
    // The .espdl file comes first here, so that it appears last.
    OutputFiles all;
    all.add(m_options.output, exporter.espdl(m_options.test_input.empty() ? TestValues::NONE : TestValues::PORTS));
    all.add(m_stem + ".info", exporter.info());
    all.add(m_stem + ".json", exporter.json());
    // The user's own file stays as it is written, with its comments.
    std::error_code error;
    if (m_options.config.empty() || !std::filesystem::equivalent(m_options.config, m_stem + ".toml", error)) {
        all.add(m_stem + ".toml", m_options.option_file);
    }
    if (!m_options.report_dir.empty()) {
        m_files.add(m_options.report_dir + "/report.json", report_json(m_report, m_facts));
        m_files.add(m_options.report_dir + "/report.html", report_html(m_report, m_facts));
    }
    all.append(m_files);
    all.write();
    if (m_new_key) {
        printf("a new key was written to %s\n", m_options.key_file.c_str());
    }
}

/** The files and the last lines. @return the exit code */
int Run::finish(const Exporter &exporter) {
    const Verification &verification = m_facts.verification;
    // Errors that were asked for are no reason to write nothing.
    const bool keep = verification.works() || m_options.keep_bad || m_settings.reference_errors;
    if (keep) {
        write(exporter);
    }
    if (!m_options.report_dir.empty()) {
        print_report();
    }
    if (!verification.works()) {
        fprintf(stderr, "espdl: %s%s\n", verification.text.c_str(),
                keep ? "" : ": no file is written, --keep-bad keeps it");
        return m_options.reference_errors ? 0 : 1;
    }
    if (!m_options.quiet) {
        print_outputs();
        print_gains();
        print_custom_ops();
        for (const std::string &line : exporter.streaming()) {
            printf("%s\n", line.c_str());
        }
        printf("verified for %s: %s\n", m_options.target.c_str(), verification.text.c_str());
        printf("%s written\n", m_options.output.c_str());
    }
    return 0;
}

int Run::run() {
    load();
    split_channels();
    m_quantizer = std::make_unique<Quantizer>(*m_graph, m_settings, m_progress);
    m_quantizer->quantize(m_calibration);
    measure();
    Exporter exporter(*m_quantizer, m_exporting);
    exporter.prepare();
    m_progress("running the file on the emulated chip", -1);
    m_facts.verification = verify(exporter, m_settings.target);
    if (!m_options.report_dir.empty()) {
        explain(exporter);
    }
    m_bar.clear();
    for (const auto &warnings :
         {m_quantizer->warnings(), exporter.warnings(), m_facts.quality.warnings, missing_in_library(*m_graph)}) {
        print_warnings(warnings);
    }
    return finish(exporter);
}

}  // namespace

ImportOptions import_options(const Options &options) {
    return {parse_input_shapes(options.input_shapes, "--input-shape"), options.outputs,
            options.qdq_rounding == "nearest" ? ScaleRounding::NEAREST : ScaleRounding::UP,
            parse_custom_ops(options.custom_ops)};
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
    return Run(options).run();
}

}  // namespace quantize
