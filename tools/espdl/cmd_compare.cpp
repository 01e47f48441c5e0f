// espdl compare: node by node, what two forms of a network make of the same input.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands.hpp"
#include "dl_tool.hpp"
#include "log_capture.hpp"
#include "npy.hpp"
#include "pipeline_options.hpp"
#include "recording.hpp"

namespace espdl_tool {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string a, b;
    std::string target_a, target_b;
    std::vector<std::string> inputs;
    std::vector<std::string> input_shapes, custom_ops;  ///< of ONNX files
    PipelineArguments arguments;                        ///< of pictures
    std::string dump_float;
    double min_cosine = -2;
    double min_node_cosine = -2;
    bool worst_first = false;
    bool json = false;
};

/** A folder that goes with the object. */
class ScratchFolder {
public:
    ScratchFolder() {
        std::string pattern = (fs::temp_directory_path() / "espdl-compare-XXXXXX").string();
        m_path = mkdtemp(pattern.data()) ? pattern : "";
    }
    ~ScratchFolder() {
        std::error_code code;
        if (!m_path.empty()) {
            fs::remove_all(m_path, code);
        }
    }
    const std::string &path() const { return m_path; }

private:
    std::string m_path;
};

bool is_onnx(const std::string &path) {
    return fs::path(path).extension() == ".onnx";
}
bool is_folder(const std::string &path) {
    std::error_code code;
    return fs::is_directory(path, code);
}

/** One side of the comparison while it is being prepared. */
struct Side {
    std::string path;
    std::string target;  ///< option; "": as the path or the file tells
    std::unique_ptr<ModelFile> file;
    Recording recording;
};

bool open_side(const Options &options, Side &side, std::string &error) {
    CommonOptions common = options;
    if (!side.target.empty()) {
        common.target = side.target;
    }
    if (is_folder(side.path)) {
        return load_recording(side.path, side.recording, error);
    }
    if (is_onnx(side.path)) {
        side.recording.name = side.path;
        return true;
    }
    ModelSelector selector;
    side.file = open_model(common, side.path, selector, nullptr, error);
    if (side.file) {
        side.target = dl::target_name(dl::target());
        side.recording.name = side.path + " (" + side.target + ")";
    }
    return side.file != nullptr;
}

bool is_picture(const std::string &path) {
    std::string suffix = fs::path(path).extension().string();
    std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return suffix == ".jpg" || suffix == ".jpeg" || suffix == ".png" || suffix == ".bmp";
}

/** A picture as the firmware of the model in `file` sees it. */
bool read_picture_input(const Options &options, const std::string &picture, const std::string &file, Value &input,
                        std::string &error) {
    ModelSelector selector;
    if (!read_selector(options, selector, error)) {
        return false;
    }
    const std::unique_ptr<EvalPipeline> pipeline = EvalPipeline::make(file, selector, options.arguments.options, error);
    return pipeline && read_picture(pipeline->model(), *pipeline->make_preprocessor(), picture, input, error);
}

/** --input's values, or those that a file or a recording holds. */
bool read_inputs(const Options &options, const std::string &file, fbs::FbsModel &graph, const Side &other,
                 std::map<std::string, Value> &inputs, std::string &error) {
    const std::vector<std::string> names = graph.get_graph_inputs();
    for (const std::string &text : options.inputs) {
        const size_t equal = text.rfind('=');
        const std::string name = equal == std::string::npos && names.size() == 1 ? names[0] : text.substr(0, equal);
        const std::string path = equal == std::string::npos ? text : text.substr(equal + 1);
        NpyArray array;
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            error = "--input " + text + ": the model has no input '" + name + "'";
            return false;
        }
        if (is_picture(path)) {
            if (!read_picture_input(options, path, file, inputs[name], error)) {
                return false;
            }
            continue;
        }
        if (!read_npy(path, array, error)) {
            return false;
        }
        inputs[name] = {name, array.dtype, array.shape, graph.get_value_info_exponent(name), std::move(array.data)};
    }
    for (const std::string &name : names) {
        if (inputs.count(name)) {
            continue;
        }
        if (const RecordedTensor *recorded = other.recording.find(name)) {
            inputs[name] = recorded->value;
            continue;
        }
        std::unique_ptr<dl::TensorBase> tensor(graph.get_test_input_tensor(name));
        const uint8_t *data = tensor ? static_cast<const uint8_t *>(tensor->get_element_ptr()) : nullptr;
        if (!data) {
            error =
                "--input is needed: there is no value for input '" + name + "', neither in the file nor in a recording";
            return false;
        }
        inputs[name] = {
            name, tensor->dtype, tensor->shape, static_cast<int>(tensor->exponent), {data, data + tensor->get_bytes()}};
    }
    return true;
}

/** The same values with the exponent or type of the other file's input: quantized again from what they mean. */
void requantize(const std::map<std::string, Value> &from, fbs::FbsModel &graph, std::map<std::string, Value> &to) {
    for (const auto &[name, value] : from) {
        Value copy = value;
        if (value.dtype != graph.get_value_info_dtype(name) || value.exponent != graph.get_value_info_exponent(name)) {
            const std::vector<float> floats = to_floats(value);
            copy.dtype = dl::DATA_TYPE_FLOAT;
            copy.exponent = 0;
            copy.data.assign(reinterpret_cast<const uint8_t *>(floats.data()),
                             reinterpret_cast<const uint8_t *>(floats.data() + floats.size()));
        }
        to[name] = copy;
    }
}

/** Values of an ONNX network's tensors: espdl-quantize computes them, channels first. */
bool record_onnx(const Options &options, const std::string &path, const std::map<std::string, Value> &inputs,
                 Recording &recording, std::string &error) {
    ScratchFolder scratch;
    if (scratch.path().empty()) {
        error = std::string("cannot make a temporary folder: ") + strerror(errno);
        return false;
    }
    Recording feed;
    for (const auto &[name, value] : inputs) {
        feed.tensors.push_back({value, "", "", "", {}, false, true});
    }
    const std::string in = scratch.path() + "/in", out = scratch.path() + "/out";
    if (!save_recording(in, feed, true, error)) {
        return false;
    }
    std::vector<std::string> words = {"record", path, "--feed", in, "--out", out};
    for (const std::string &shape : options.input_shapes) {
        words.insert(words.end(), {"--input-shape", shape});
    }
    for (const std::string &declaration : options.custom_ops) {
        words.insert(words.end(), {"--custom-op", declaration});
    }
    const int status = run_helper("espdl-quantize", words, error);
    if (status != 0) {
        error = error.empty() ? "'" + path + "' could not be computed" : error;
        return false;
    }
    const std::string name = recording.name;
    if (!load_recording(out, recording, error)) {
        return false;
    }
    recording.name = name + " (float)";
    return true;
}

bool record_side(const Options &options, Side &side, const std::map<std::string, Value> &inputs, std::string &error) {
    if (is_onnx(side.path)) {
        return record_onnx(options, side.path, inputs, side.recording, error);
    }
    if (!side.file) {
        return true;
    }
    dl::target_t target;
    if (dl::target_from_name(side.target.c_str(), &target)) {
        dl::set_target(target);
    }
    std::map<std::string, Value> own;
    requantize(inputs, side.file->model(), own);
    if (!record_model(side.file->model(), own, side.recording, error)) {
        error = "'" + side.path + "': " + error;
        return false;
    }
    return true;
}

/** JSON has no infinity. */
Json number(double value) {
    return std::isfinite(value) ? Json(value) : Json(std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

Json describe(const TensorDifference &difference, const Options &options) {
    const RecordedTensor &maker = difference.a->node.empty() ? *difference.b : *difference.a;
    const Value &quantized =
        difference.a->value.dtype == dl::DATA_TYPE_FLOAT ? difference.b->value : difference.a->value;
    const bool is_float = quantized.dtype == dl::DATA_TYPE_FLOAT;
    const bool is_output = difference.a->is_output || difference.b->is_output;
    const double threshold =
        is_output ? std::max(options.min_cosine, options.min_node_cosine) : options.min_node_cosine;
    return {{"tensor", difference.a->value.name},
            {"node", maker.node},
            {"type", maker.op},
            {"kernel", maker.kernel},
            {"dtype", dl::tool::dtype_to_string(quantized.dtype)},
            {"bits", dl::tool::dtype_size(quantized.dtype) * 8},
            {"scale", is_float ? Json(nullptr) : Json(std::exp2(quantized.exponent))},
            {"elements", difference.elements},
            {"differing", difference.differing},
            {"cosine", number(difference.cosine)},
            {"snr_db", number(difference.snr_db)},
            {"snr_loss_db", number(difference.snr_loss_db)},
            {"max_difference", number(difference.max_difference)},
            {"max_steps", number(difference.max_steps)},
            {"output", is_output},
            {"threshold", threshold >= -1 ? Json(threshold) : Json(nullptr)}};
}

bool passes(const TensorDifference &difference, const Options &options) {
    const bool is_output = difference.a->is_output || difference.b->is_output;
    auto below = [&](double limit) { return limit >= -1 && !(difference.cosine >= limit); };
    return !below(options.min_node_cosine) && !(is_output && below(options.min_cosine));
}

std::string decibel(double value) {
    char text[32];
    snprintf(text, sizeof(text), "%.1f", value);
    return std::isinf(value) ? (value > 0 ? "exact" : "-inf") : text;
}

void print_text(const Comparison &comparison, const std::vector<const TensorDifference *> &order,
                const Options &options, const Side &a, const Side &b) {
    printf("A  %s\nB  %s\n\n", a.recording.name.c_str(), b.recording.name.c_str());
    size_t width = 6;
    for (const TensorDifference *difference : order) {
        width = std::max(width, std::min<size_t>(difference->a->value.name.size(), 60));
    }
    printf("%-*s %-18s %-8s %-10s %10s %9s %9s %10s %12s\n", static_cast<int>(width), "tensor", "type", "dtype",
           "scale", "cosine", "SNR dB", "loss dB", "max steps", "differing");
    for (const TensorDifference *difference : order) {
        const Json row = describe(*difference, options);
        const std::string scale = row["scale"].is_null()
                                      ? "-"
                                      : "2^" + std::to_string(static_cast<int>(std::log2(row["scale"].get<double>())));
        printf("%-*s %-18s %-8s %-10s %10.6f %9s %9.1f %10.4g %6zu of %zu%s%s\n", static_cast<int>(width),
               difference->a->value.name.c_str(), row["type"].get<std::string>().c_str(),
               row["dtype"].get<std::string>().c_str(), scale.c_str(), difference->cosine,
               decibel(difference->snr_db).c_str(), difference->snr_loss_db, difference->max_steps,
               difference->differing, difference->elements, row["output"].get<bool>() ? "  output" : "",
               passes(*difference, options) ? "" : "  TOO LOW");
    }
    printf("\n%zu tensors compared, %zu only in A, %zu only in B\n", comparison.tensors.size(),
           comparison.only_in_a.size(), comparison.only_in_b.size());
    auto named = [](const TensorDifference &difference) {
        const RecordedTensor &maker = difference.a->node.empty() ? *difference.b : *difference.a;
        return "'" + difference.a->value.name + "'" +
               (maker.node.empty() ? "" : ", of node '" + maker.node + "' (" + maker.op + ")");
    };
    if (const TensorDifference *first = comparison.first_difference()) {
        printf("first difference: %s\n", named(*first).c_str());
    } else {
        printf("no difference\n");
    }
    if (const TensorDifference *loss = comparison.largest_loss()) {
        printf("largest loss: %.1f dB in %s\n", loss->snr_loss_db, named(*loss).c_str());
    }
}

int compare(Options options) {
    std::string error;
    if (!options.arguments.finish(error)) {
        return refuse(error);
    }
    Side a, b;
    a.path = options.a;
    b.path = options.b;
    a.target = options.target_a.empty() ? options.target : options.target_a;
    b.target = options.target_b.empty() ? options.target : options.target_b;
    if (!open_side(options, a, error) || !open_side(options, b, error)) {
        return refuse(error);
    }
    std::map<std::string, Value> inputs;
    fbs::FbsModel *graph = a.file ? &a.file->model() : b.file ? &b.file->model() : nullptr;
    if (graph && !read_inputs(options, a.file ? a.path : b.path, *graph, a.file ? b : a, inputs, error)) {
        return refuse(error);
    }
    if (!graph && (is_onnx(a.path) || is_onnx(b.path))) {
        for (const RecordedTensor &tensor : (is_onnx(a.path) ? b : a).recording.tensors) {
            if (tensor.is_input) {
                inputs[tensor.value.name] = tensor.value;
            }
        }
        if (inputs.empty()) {
            return refuse("an ONNX file is compared with an .espdl file, or with a recording that holds its inputs");
        }
    }
    // A model without a value for its input takes the other side's; both see the same picture.
    if (!record_side(options, a, inputs, error) || !record_side(options, b, inputs, error)) {
        return refuse(error);
    }
    if (!options.dump_float.empty()) {
        for (const auto &[side, name] : {std::pair(&a, "a"), std::pair(&b, "b")}) {
            if (!save_recording((fs::path(options.dump_float) / name).string(), side->recording, true, error)) {
                return refuse(error);
            }
        }
    }
    const Comparison comparison = compare_recordings(a.recording, b.recording);
    if (comparison.tensors.empty()) {
        return refuse("'" + a.path + "' and '" + b.path + "' have no tensor of the same name and size");
    }
    std::vector<const TensorDifference *> order;
    bool passed = true;
    for (const TensorDifference &difference : comparison.tensors) {
        order.push_back(&difference);
        passed = passed && passes(difference, options);
    }
    if (options.worst_first) {
        std::stable_sort(order.begin(), order.end(),
                         [](const TensorDifference *x, const TensorDifference *y) { return x->snr_db < y->snr_db; });
    }
    if (options.json) {
        Json tensors = Json::array();
        for (const TensorDifference *difference : order) {
            tensors.push_back(describe(*difference, options));
        }
        const TensorDifference *first = comparison.first_difference(), *loss = comparison.largest_loss();
        printf("%s\n", Json({{"a", a.recording.name},
                             {"b", b.recording.name},
                             {"passed", passed},
                             {"first_difference", first ? describe(*first, options) : Json(nullptr)},
                             {"largest_loss", loss ? describe(*loss, options) : Json(nullptr)},
                             {"only_in_a", comparison.only_in_a},
                             {"only_in_b", comparison.only_in_b},
                             {"tensors", tensors}})
                           .dump(2, ' ', false, Json::error_handler_t::replace)
                           .c_str());
    } else {
        print_text(comparison, order, options, a, b);
    }
    return passed ? EXIT_DONE : EXIT_CHECK_FAILED;
}

}  // namespace

void add_compare(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand(
        "compare", "Compare tensor by tensor: .espdl, float .onnx, or a folder of .npy files recorded elsewhere");
    command.add_option("A", options->a, ".espdl, .onnx or folder; the one to measure against").required();
    command.add_option("B", options->b, ".espdl, .onnx or folder").required();
    command.add_option("--input", options->inputs,
                       "NAME=FILE: .npy in the model's layout, or a picture, which is prepared as the firmware does "
                       "(default: a recording's inputs, or the test values in A or B)");
    command.add_option("--target-a", options->target_a, "Chip whose rounding A is computed with");
    command.add_option("--target-b", options->target_b, "Chip whose rounding B is computed with");
    command.add_option("--min-cosine", options->min_cosine, "Exit code 1 if an output is less similar than this")
        .range(-1.0, 1.0);
    command
        .add_option("--min-node-cosine", options->min_node_cosine,
                    "Exit code 1 if any tensor is less similar than this")
        .range(-1.0, 1.0);
    command.add_option("--input-shape", options->input_shapes,
                       "ONNX: INPUT=1x3x224x224, sizes that the file leaves open, as for `espdl quantize`");
    command.add_option("--custom-op", options->custom_ops,
                       "ONNX: an operator of your own, declared as for `espdl quantize`");
    command.add_option("--dump-float", options->dump_float, "Write both sides' tensors, as float, to DIR/a and DIR/b");
    command.add_flag("--worst-first", options->worst_first, "Lowest SNR first, instead of the order of execution");
    command.add_flag("--json", options->json, "For machines");
    add_pipeline_options(command, options->arguments);
    add_selector_options(command, *options);
    add_target_option(command, *options);
    command.callback([options, &exit_code] { exit_code = compare(*options); });
}

}  // namespace espdl_tool
