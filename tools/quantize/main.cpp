// espdl-quantize: ONNX to .espdl. `espdl quantize` and `espdl check` start it.

#include <sys/stat.h>
#include <unistd.h>

#include <torch/utils.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>

#include "exporter.hpp"
#include "file_io.hpp"
#include "model_file.hpp"
#include "npy.hpp"
#include "observer.hpp"
#include "report.hpp"
#include "rewrite.hpp"

namespace {

using namespace quantize;

struct Options {
    std::string model, output, target = "esp32p4", observer = "kl", report_dir, key_file;
    std::vector<std::string> calib, test_input, int16_layers, float_layers, scales, metadata;
    int bits = 8, steps = 0, threads = 0, lut_step = 256;
    bool high_precision = false, no_layerwise = false, quiet = false, reference_errors = false, free_rnn_inputs = false;
    bool equalize = false, bias_correction = false;
    int equalize_iterations = 10, equalize_level = 1;
    double equalize_threshold = 0.5, split_threshold = 2.0;
    std::vector<std::string> split_layers;
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
    throw Error("--target: '" + name + "' is unknown, known are esp32p4, esp32s3, esp32 (c)");
}

torch::Tensor load_npy(const std::string &path) {
    espdl_tool::NpyArray array;
    std::string error;
    if (!espdl_tool::read_npy(path, array, error)) {
        throw Error(error);
    }
    const std::vector<int64_t> shape(array.shape.begin(), array.shape.end());
    static const std::map<dl::dtype_t, torch::ScalarType> types = {
        {dl::DATA_TYPE_FLOAT, torch::kFloat}, {dl::DATA_TYPE_DOUBLE, torch::kDouble},
        {dl::DATA_TYPE_INT32, torch::kInt},   {dl::DATA_TYPE_INT64, torch::kLong},
        {dl::DATA_TYPE_INT8, torch::kChar},   {dl::DATA_TYPE_UINT8, torch::kByte},
        {dl::DATA_TYPE_INT16, torch::kShort}, {dl::DATA_TYPE_BOOL, torch::kBool}};
    auto type = types.find(array.dtype);
    if (type == types.end()) {
        throw Error("'" + path + "' holds elements of a type that no network reads");
    }
    torch::Tensor tensor = torch::from_blob(array.data.data(), shape, type->second).clone();
    if (type->second == torch::kDouble) {
        tensor = tensor.to(torch::kFloat);
    }
    if (tensor.is_floating_point() && !torch::isfinite(tensor).all().item<bool>()) {
        throw Error("'" + path + "' holds NaN or infinite values");
    }
    return tensor;
}

/**
 * One array for each graph input, in the graph's order. Arguments are NAME=FILE, or FILE in that order, or a folder
 * with calib_<input>.npy files.
 */
std::vector<torch::Tensor> load_inputs(const Graph &graph, const std::vector<std::string> &arguments,
                                       const std::string &what) {
    std::map<std::string, std::string> files;
    std::vector<std::string> rest;
    for (const std::string &argument : arguments) {
        const size_t equal = argument.find('=');
        if (equal != std::string::npos && !std::filesystem::exists(argument)) {
            files[argument.substr(0, equal)] = argument.substr(equal + 1);
        } else if (std::filesystem::is_directory(argument)) {
            for (Var *var : graph.inputs) {
                for (const std::string &name : {"calib_" + var->name + ".npy", var->name + ".npy"}) {
                    if (std::filesystem::exists(argument + "/" + name)) {
                        files[var->name] = argument + "/" + name;
                        break;
                    }
                }
            }
            if (files.empty()) {
                throw Error(what + ": folder '" + argument + "' holds no .npy file named after an input");
            }
        } else {
            rest.push_back(argument);
        }
    }
    std::vector<torch::Tensor> tensors;
    size_t next = 0;
    for (Var *var : graph.inputs) {
        auto file = files.find(var->name);
        const std::string path = file != files.end() ? file->second : next < rest.size() ? rest[next++] : "";
        if (path.empty()) {
            throw Error(what + ": no data for input '" + var->name + "'");
        }
        tensors.push_back(load_npy(path));
        files.erase(var->name);
    }
    if (!files.empty() || next < rest.size()) {
        throw Error(what + ": the model has no input '" + (files.empty() ? rest[next] : files.begin()->first) + "'");
    }
    return tensors;
}

/** Cut arrays with many samples into batches of one. */
std::vector<Batch> cut(const Graph &graph, const std::vector<torch::Tensor> &tensors, const std::string &what) {
    std::vector<Batch> batches;
    for (size_t i = 0; i < tensors.size(); i++) {
        const Var *var = graph.inputs[i];
        const torch::Tensor &t = tensors[i];
        std::vector<int64_t> shape = var->shape;
        const bool stacked = t.dim() == (int64_t)shape.size() + 1;  // samples of the whole input shape
        const bool batched = t.dim() == (int64_t)shape.size() && !shape.empty() && t.size(0) % shape[0] == 0;
        const int64_t count = stacked ? t.size(0) : batched ? t.size(0) / shape[0] : 0;
        if (count == 0 || (i > 0 && (size_t)count != batches.size())) {
            throw Error(what + ": no samples, or not equally many, for input '" + var->name + "'");
        }
        batches.resize(count);
        for (int64_t k = 0; k < count; k++) {
            torch::Tensor sample = stacked ? t[k] : t.slice(0, k * shape[0], (k + 1) * shape[0]);
            if (sample.sizes().vec() != shape) {
                throw Error(what + ": a sample for input '" + var->name + "' has another shape than the input");
            }
            batches[k].push_back(sample.to(var->dtype).contiguous());
        }
    }
    return batches;
}

class Bar {
public:
    explicit Bar(bool quiet) : m_on(!quiet && isatty(STDERR_FILENO)), m_start(Clock::now()) {}
    ~Bar() {
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

/** Written beside the place and moved there: nobody ever sees half a file. */
void write_whole(const std::string &path, const std::string &data) {
    const std::string temporary = path + ".part";
    std::string error;
    if (!espdl_tool::write_file(temporary, {{data.data(), data.size()}}, error)) {
        throw Error(error);
    }
    if (rename(temporary.c_str(), path.c_str()) != 0) {
        unlink(temporary.c_str());
        throw Error("'" + path + "' cannot be written");
    }
}

std::array<uint8_t, 16> load_key(const std::string &path) {
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
    std::random_device random;
    for (uint8_t &byte : key) {
        byte = (uint8_t)random();
    }
    write_whole(path, std::string((const char *)key.data(), key.size()));
    printf("a new key was written to %s\n", path.c_str());
    return key;
}

int quantize_command(const Options &options) {
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
                          {"target", options.target},
                          {"bits", std::to_string(options.bits)},
                          {"observer", options.observer}};
    for (const std::string &entry : options.metadata) {
        const size_t equal = entry.find('=');
        if (equal == std::string::npos || equal == 0) {
            throw Error("--metadata: '" + entry + "' is not KEY=VALUE");
        }
        exporting.metadata[entry.substr(0, equal)] = entry.substr(equal + 1);
    }
    if (options.threads > 0) {
        torch::set_num_threads(options.threads);
    }
    auto graph = import_onnx(options.model);
    simplify(*graph);
    const std::vector<Batch> batches = cut(*graph, load_inputs(*graph, options.calib, "--calib"), "--calib");
    settings.calib_steps = options.steps > 0 ? options.steps : (int)batches.size();
    if (!options.test_input.empty()) {
        exporting.test_input = cut(*graph, load_inputs(*graph, options.test_input, "--test-input"), "--test-input")[0];
    }

    Bar bar(options.quiet);
    Progress progress = [&](const std::string &what, double share) { bar(what, share); };
    Quantizer quantizer(*graph, settings, progress);
    quantizer.quantize(batches);
    Report report;
    if (!options.report_dir.empty()) {
        report = make_report(quantizer, batches, progress, !options.no_layerwise);
    }
    if (!options.key_file.empty()) {
        exporting.key = load_key(options.key_file);
    }
    Exporter exporter(quantizer, exporting);
    exporter.prepare();
    write_whole(options.output, exporter.espdl());
    const std::string stem = std::filesystem::path(options.output).replace_extension("").string();
    write_whole(stem + ".info", exporter.info());
    write_whole(stem + ".json", exporter.json());
    bar("", 1);
    for (const auto *warnings : {&quantizer.warnings(), &exporter.warnings()}) {
        for (const std::string &warning : *warnings) {
            fprintf(stderr, "espdl: warning: %s\n", warning.c_str());
        }
    }
    if (!options.report_dir.empty()) {
        std::filesystem::create_directories(options.report_dir);
        write_whole(options.report_dir + "/report.json", report_json(report));
        write_whole(
            options.report_dir + "/report.html",
            report_html(report, std::filesystem::path(options.model).filename().string() + ", " + options.target));
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

int check_command(const Options &options) {
    static const std::map<std::string, std::string> workarounds = {
        {"Einsum", "write it as MatMul and Transpose"},
        {"NonMaxSuppression", "leave it to the firmware's postprocessor"},
        {"TopK", "leave it to the firmware"},
        {"GridSample", "replace it by Resize where the grid is regular"},
        {"InstanceNormalization", "use BatchNormalization or LayerNormalization"},
        {"GroupNormalization", "use BatchNormalization or LayerNormalization"},
        {"RNN", "use GRU or LSTM"}};
    static const std::set<std::string> rewritten = {"BatchNormalization", "Identity", "Dropout",      "Constant",
                                                    "ConstantOfShape",    "Shape",    "ConvTranspose"};
    parse_target(options.target);
    auto graph = import_onnx(options.model);
    int unsupported = 0;
    for (auto &op : graph->ops) {
        std::string verdict, note;
        const bool constant =
            std::all_of(op->inputs.begin(), op->inputs.end(), [](Var *v) { return !v || v->is_param; });
        if (is_quantizable(op->type) && !rewritten.count(op->type)) {
            verdict = "supported";
        } else if (rewritten.count(op->type) || (constant && is_executable(op->type))) {
            verdict = "via rewrite";
        } else if (is_executable(op->type)) {
            verdict = "supported";
            note = "in float";
        } else {
            verdict = "unsupported";
            auto workaround = workarounds.find(op->type);
            note = "no such operator on the chip" + (workaround == workarounds.end() ? "" : ": " + workaround->second);
            unsupported++;
        }
        printf("%-12s %-22s %s%s%s\n", verdict.c_str(), op->type.c_str(), op->name.c_str(), note.empty() ? "" : "  ",
               note.c_str());
    }
    printf("%zu nodes, %d unsupported\n", graph->ops.size(), unsupported);
    return unsupported ? 1 : 0;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Quantize ONNX models into .espdl files.", "espdl");
    app.require_subcommand(1);
    Options options;
    CLI::App *quantizing = app.add_subcommand("quantize", "Quantize an ONNX model for a chip");
    quantizing->add_option("model", options.model, "ONNX file")->required();
    quantizing
        ->add_option("--calib", options.calib,
                     "Calibration: FILE.npy or INPUT=FILE.npy (batch first, NCHW), or a folder of them")
        ->required();
    quantizing->add_option("-o,--output", options.output, ".espdl file")->required();
    quantizing->add_option("--target", options.target, "esp32p4, esp32s3, esp32 (c)")->capture_default_str();
    quantizing->add_option("--bits", options.bits, "8 or 16")->check(CLI::IsMember({8, 16}))->capture_default_str();
    quantizing->add_option("--observer", options.observer, "kl, minmax, percentile, mse")
        ->check(CLI::IsMember({"kl", "minmax", "percentile", "mse"}))
        ->capture_default_str();
    quantizing->add_option("--steps", options.steps, "Calibration steps (default: one for each sample)");
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
                           "Test values for the file: as --calib, the first sample is used");
    quantizing->add_option("--metadata", options.metadata, "KEY=VALUE for the file");
    quantizing->add_option("--encrypt-key", options.key_file, "File of 16 bytes, made if it does not exist");
    quantizing->add_option("--report", options.report_dir, "Folder for report.json and report.html");
    quantizing->add_flag("--no-layerwise", options.no_layerwise, "Leave out the analysis of single layers");
    quantizing->add_option("--threads", options.threads, "Threads");
    quantizing->add_flag("--quiet", options.quiet, "Only warnings and errors");
    CLI::App *checking = app.add_subcommand("check", "Tell for every node whether it can be quantized");
    checking->add_option("model", options.model, "ONNX file")->required();
    checking->add_option("--target", options.target, "esp32p4, esp32s3, esp32 (c)")->capture_default_str();

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return quantizing->parsed() ? quantize_command(options) : check_command(options);
    } catch (const Error &error) {
        fprintf(stderr, "espdl: %s\n", error.what());
    } catch (const c10::Error &error) {
        fprintf(stderr, "espdl: the network cannot be computed: %s\n", error.what_without_backtrace());
    } catch (const std::exception &error) {
        fprintf(stderr, "espdl: %s\n", error.what());
    }
    return 2;
}
