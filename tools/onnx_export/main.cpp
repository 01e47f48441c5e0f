// espdl-export-onnx: .espdl to ONNX. `espdl export-onnx` starts it. A program of its own because it needs libonnx.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "dl_tool.hpp"
#include "file_io.hpp"
#include "log_capture.hpp"
#include "model_file.hpp"
#include "onnx_export.hpp"

namespace {

using Json = nlohmann::ordered_json;

constexpr int EXIT_WRONG_INPUT = 2;

struct Options {
    std::string path, output, form, target, model, key;
    bool in_float = false, file_ports = false, quiet = false, json = false;
};

int refuse(const std::string &reason) {
    fprintf(stderr, "espdl: %s\n", reason.c_str());
    return EXIT_WRONG_INPUT;
}

Json describe(const std::vector<onnx_export::Port> &ports) {
    Json result = Json::array();
    for (const onnx_export::Port &port : ports) {
        result.push_back({{"name", port.name},
                          {"dtype", dl::tool::dtype_to_string(port.dtype)},
                          {"exponent", port.exponent},
                          {"zero_point", port.zero_point},
                          {"shape", port.shape},
                          {"onnx_axis", port.onnx_axis}});
    }
    return result;
}

int export_file(const Options &options) {
    espdl_tool::ModelSelector selector;
    selector.model = options.model;
    if (!options.key.empty() && !(selector.key = espdl_tool::parse_key(options.key))) {
        return refuse("--key: needed 32 hexadecimal digits or 16 numbers");
    }
    std::optional<dl::target_t> target;
    if (!options.target.empty()) {
        dl::target_t found;
        if (!dl::target_from_name(options.target.c_str(), &found)) {
            return refuse("--target: '" + options.target + "' is unknown, known are esp32p4, esp32s3 and esp32 (c)");
        }
        target = found;
    }
    std::string error;
    auto file = espdl_tool::ModelFile::open(options.path, selector, error);
    if (!file) {
        return refuse(error);
    }
    dl::set_target(espdl_tool::choose_target(target, options.path, &file->model(), nullptr));
    const onnx_export::Form form = options.form == "u8"   ? onnx_export::Form::QDQ_U8
                                   : options.form == "s8" ? onnx_export::Form::QDQ_S8
                                                          : onnx_export::Form::FLOAT;
    onnx_export::Result result;
    try {
        result = onnx_export::export_onnx(file->model(), form,
                                          options.file_ports ? onnx_export::Ports::FILE : onnx_export::Ports::FLOAT);
    } catch (const onnx_export::Error &reason) {
        return refuse(options.path + ": " + reason.what());
    }
    if (!espdl_tool::write_file(options.output, {{result.bytes.data(), result.bytes.size()}}, error)) {
        return refuse(error);
    }
    if (options.json) {
        const Json report = {{"inputs", describe(result.inputs)}, {"outputs", describe(result.outputs)}};
        printf("%s\n", report.dump(2).c_str());
    } else if (!options.quiet) {
        printf("%s written\n", options.output.c_str());
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    CLI::App app("Write an .espdl model as ONNX: channels first, weights unblocked.", "espdl export-onnx");
    Options options;
    app.add_option("file", options.path, ".espdl file")->required();
    app.add_option("-o,--output", options.output, "ONNX file")->required();
    auto *qdq =
        app.add_option("--qdq", options.form,
                       "Quantize and dequantize every tensor: s8 for the chip's numbers, u8 for ONNX Runtime's speed")
            ->check(CLI::IsMember({"s8", "u8"}));
    app.add_flag("--float", options.in_float, "Weights as floats, no quantization (default)")->excludes(qdq);
    app.add_flag(
        "--file-ports", options.file_ports,
        "Inputs and outputs as the .espdl file has them: integers, channels last (default: float, channels first)");
    app.add_option("--target", options.target, "Chip of a file that does not tell: esp32p4, esp32s3, esp32 (or c)");
    app.add_option("--model", options.model, "Which model of a package: its name or number (default: the first)");
    app.add_option("--key", options.key, "AES key of an encrypted model: 32 hexadecimal digits");
    app.add_flag("--quiet", options.quiet, "Only warnings and errors");
    app.add_flag("--json", options.json, "Tell how the inputs and outputs lie in the file and in ONNX");
    espdl_tool::setup_log(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? 0 : EXIT_WRONG_INPUT;
    }
    return export_file(options);
}
