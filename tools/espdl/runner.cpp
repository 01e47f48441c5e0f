#include "runner.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <set>
#include <string_view>
#include <thread>

#include "dl_tool.hpp"
#include "log_capture.hpp"

namespace espdl_tool {

namespace {

/** Shape, type and exponent of a variable: Model::get_intermediate() would switch the model's fusions off. */
dl::TensorBase *description(dl::Model &model, const std::string &name) {
    return model.get_context()->get_tensor(model.get_context()->get_variable_index(name));
}

// Floats may differ by this, relative to the larger of the two; and absolutely, where both are next to zero.
constexpr double FLOAT_RELATIVE = 2e-5;
constexpr double FLOAT_ABSOLUTE = 1e-6;

// What 16-bit integers may differ by: a float32 sum rounds now and then; a table with steps is read where the reference
// computes the function, and Exp is steep.
constexpr int STEPS_16BIT = 1;
constexpr int STEPS_TABLE = 4;
constexpr int STEPS_TABLE_EXP = 66;
constexpr int STEPS_FINER_MAX = 3;

bool is_integer(dl::dtype_t dtype) {
    switch (dtype) {
        case dl::DATA_TYPE_FLOAT:
        case dl::DATA_TYPE_FLOAT16:
        case dl::DATA_TYPE_DOUBLE:
            return false;
        default:
            return true;
    }
}

template <typename T>
T element(const Value &value, size_t i) {
    T result;
    memcpy(&result, value.data.data() + i * sizeof(T), sizeof(T));
    return result;
}

/** Integers up to 32 bits and floats, exactly. */
double number(const Value &value, size_t i) {
    switch (value.dtype) {
        case dl::DATA_TYPE_FLOAT:
            return element<float>(value, i);
        case dl::DATA_TYPE_DOUBLE:
            return element<double>(value, i);
        case dl::DATA_TYPE_INT8:
            return element<int8_t>(value, i);
        case dl::DATA_TYPE_UINT8:
        case dl::DATA_TYPE_BOOL:
            return element<uint8_t>(value, i);
        case dl::DATA_TYPE_INT16:
            return element<int16_t>(value, i);
        case dl::DATA_TYPE_UINT16:
            return element<uint16_t>(value, i);
        case dl::DATA_TYPE_INT32:
            return element<int32_t>(value, i);
        case dl::DATA_TYPE_UINT32:
            return element<uint32_t>(value, i);
        case dl::DATA_TYPE_INT64:
            return static_cast<double>(element<int64_t>(value, i));
        case dl::DATA_TYPE_UINT64:
            return static_cast<double>(element<uint64_t>(value, i));
        default:
            return 0;
    }
}

size_t element_count(const Value &value) {
    const size_t bytes = dl::tool::dtype_size(value.dtype);
    return bytes ? value.data.size() / bytes : 0;
}

Value value_of(const std::string &name, dl::TensorBase &tensor) {
    Value value;
    value.name = name;
    value.dtype = tensor.dtype;
    value.shape = tensor.shape;
    value.exponent = tensor.exponent;
    const uint8_t *data = static_cast<const uint8_t *>(tensor.get_element_ptr());
    if (data) {
        value.data.assign(data, data + tensor.get_bytes());
    }
    return value;
}

/** The one axis along which `whole` is a multiple of `part` and all others are equal; -1 if they are equal, -2 if there
 * is none. */
int chunk_axis(const std::vector<int> &whole, const std::vector<int> &part, int &chunks) {
    chunks = 1;
    if (whole == part) {
        return -1;
    }
    if (whole.size() != part.size()) {
        return -2;
    }
    int axis = -2;
    for (size_t i = 0; i < whole.size(); i++) {
        if (whole[i] == part[i]) {
            continue;
        }
        if (axis >= 0 || part[i] <= 0 || whole[i] % part[i] != 0) {
            return -2;
        }
        axis = static_cast<int>(i);
        chunks = whole[i] / part[i];
    }
    return axis;
}

/** Bytes of one step along `axis`, and how many blocks there are before it. */
void split_at(const std::vector<int> &shape, size_t axis, size_t element_bytes, size_t &outer, size_t &inner) {
    outer = 1;
    inner = element_bytes;
    for (size_t i = 0; i < axis; i++) {
        outer *= shape[i];
    }
    for (size_t i = axis; i < shape.size(); i++) {
        inner *= shape[i];
    }
}

/** Copy chunk number `k` of `whole` out (or, with `into`, the other way round). */
void copy_chunk(uint8_t *whole, const std::vector<int> &whole_shape, uint8_t *part, const std::vector<int> &part_shape,
                int axis, int k, size_t element_bytes, bool into) {
    size_t outer, whole_inner, part_inner, ignored;
    split_at(whole_shape, axis, element_bytes, outer, whole_inner);
    split_at(part_shape, axis, element_bytes, ignored, part_inner);
    for (size_t i = 0; i < outer; i++) {
        uint8_t *at = whole + i * whole_inner + k * part_inner;
        memcpy(into ? at : part + i * part_inner, into ? part + i * part_inner : at, part_inner);
    }
}

std::string type_of(fbs::FbsModel &model) {
    std::set<std::string> types;
    for (const std::string &node : model.get_node_names()) {
        dl::quant_type_t type;
        if (model.has_operation_attribute(node, "quant_type") &&
            model.get_operation_attribute(node, "quant_type", type) == ESP_OK) {
            types.insert(type == dl::QUANT_TYPE_SYMM_8BIT    ? "s8"
                         : type == dl::QUANT_TYPE_SYMM_16BIT ? "s16"
                         : type == dl::QUANT_TYPE_FLOAT32    ? "f32"
                                                             : "s32");
        }
    }
    return types.empty() ? "unknown" : types.size() == 1 ? *types.begin() : "mixed";
}

/** Folders may name type and operator: .../s16_lut256/Exp/exp_1.espdl. They are finer than what the graph tells. */
void classify(FileResult &result, fbs::FbsModel *model) {
    const std::filesystem::path path(result.path);
    const std::string folder = path.parent_path().filename().string();
    const std::string above = path.parent_path().parent_path().filename().string();
    if (above.starts_with("s8") || above.starts_with("s16") || above.starts_with("f32")) {
        result.type = above;
        result.op = folder;
        return;
    }
    if (!model) {
        result.type = "?";
        result.op = "?";
        return;
    }
    result.type = type_of(*model);
    const std::vector<std::string> nodes = model->get_node_names();
    result.op = nodes.size() == 1 ? model->get_operation_type(nodes[0]) : "net";
}

/** What 16-bit outputs may differ by because of tables with steps in the model. */
int steps_of_tables(fbs::FbsModel &model) {
    int steps = STEPS_16BIT;
    for (const std::string &node : model.get_node_names()) {
        std::string table;
        if (!model.has_operation_attribute(node, "lut") ||
            model.get_operation_attribute(node, "lut", table) != ESP_OK ||
            model.get_tensor_dtype(table) != dl::DATA_TYPE_INT16) {
            continue;
        }
        if (dl::tool::shape_size(model.get_tensor_shape(table)) < 65536) {
            steps = std::max(steps, model.get_operation_type(node) == "Exp" ? STEPS_TABLE_EXP : STEPS_TABLE);
        }
    }
    return steps;
}

/**
 * The reference sums 16-bit products in float32, so that one of its sums in some thousand is a step off, where the
 * chip's integers are exact. A tensor computed from such a sum in finer steps shows that step as several: 2^(difference
 * of the exponents).
 */
int steps_of_sums(fbs::FbsModel &graph, dl::Model &model, const std::string &tensor) {
    dl::TensorBase *output = description(model, tensor);
    if (!output || output->dtype != dl::DATA_TYPE_INT16) {
        return STEPS_16BIT;
    }
    std::map<std::string, std::string> maker;
    std::map<std::string, std::vector<std::string>> sources;
    for (const std::string &node : graph.get_node_names()) {
        std::vector<std::string> outputs;
        graph.get_operation_inputs_and_outputs(node, sources[node], outputs);
        for (const std::string &name : outputs) {
            maker[name] = node;
        }
    }
    int exponent = output->exponent;
    std::set<std::string> seen = {tensor};
    std::vector<std::string> pending = {tensor};
    while (!pending.empty()) {
        const std::string name = pending.back();
        pending.pop_back();
        const auto node = maker.find(name);
        if (node == maker.end()) {
            continue;
        }
        const std::string op = graph.get_operation_type(node->second);
        dl::TensorBase *sum = description(model, name);
        if ((op == "Conv" || op == "Gemm" || op == "MatMul") && sum && sum->dtype == dl::DATA_TYPE_INT16) {
            exponent = std::max<int>(exponent, sum->exponent);
        }
        for (const std::string &source : sources[node->second]) {
            if (!source.empty() && seen.insert(source).second) {
                pending.push_back(source);
            }
        }
    }
    const int finer = std::min(exponent - static_cast<int>(output->exponent), STEPS_FINER_MAX);
    return finer > 0 ? STEPS_16BIT + (1 << finer) : STEPS_16BIT;
}

/** A value that a run reads, whole or chunk by chunk. */
struct Input {
    const Value *value;
    std::vector<int> shape;  // of one chunk
    int axis;
    std::vector<uint8_t> chunk;
};

/** A tensor that a run writes. */
struct Output {
    std::unique_ptr<dl::TensorBase> tensor;
    std::vector<uint8_t> data;
};

/** @param chunks how many runs the values need @return false: `error` says why they do not suit the model */
bool take_inputs(dl::Model &model, const std::map<std::string, Value> &inputs, std::map<std::string, Input> &given,
                 int &chunks, std::string &error) {
    chunks = 1;
    for (const auto &[name, tensor] : model.get_inputs()) {
        auto found = inputs.find(name);
        if (found == inputs.end()) {
            error = "there is no value for input '" + name + "'";
            return false;
        }
        const Value &value = found->second;
        if (value.dtype != tensor->dtype && value.dtype != dl::DATA_TYPE_FLOAT) {
            error = "input '" + name + "' is " + dl::tool::dtype_to_string(value.dtype) + ", needed " +
                    tensor->get_dtype_string() + " or float";
            return false;
        }
        if (value.dtype == tensor->dtype && is_integer(value.dtype) &&
            value.exponent != static_cast<int>(tensor->exponent)) {
            error = "input '" + name + "' has exponent " + std::to_string(value.exponent) + ", the model's is " +
                    std::to_string(static_cast<int>(tensor->exponent));
            return false;
        }
        int parts = 1;
        const int axis = chunk_axis(value.shape, tensor->shape, parts);
        if (axis == -2 || (axis >= 0 && chunks > 1 && parts != chunks)) {
            error = "input '" + name + "' has shape " + dl::tool::shape_to_string(value.shape) + ", needed " +
                    dl::tool::shape_to_string(tensor->shape);
            return false;
        }
        if (axis >= 0) {
            chunks = parts;
        }
        given[name] = {&value, tensor->shape, axis, {}};
    }
    for (const auto &[name, value] : inputs) {
        if (!given.count(name)) {
            error = "the model has no input '" + name + "'";
            return false;
        }
    }
    return true;
}

bool make_outputs(dl::Model &model, const std::vector<std::string> &wanted, std::map<std::string, Output> &kept,
                  std::string &error) {
    for (const std::string &name : wanted) {
        dl::TensorBase *source = description(model, name);
        if (!source) {
            error = "the model has no tensor '" + name + "'";
            return false;
        }
        Output &output = kept[name];
        output.data.resize(static_cast<size_t>(source->get_aligned_bytes()) + 16);
        output.tensor = std::make_unique<dl::TensorBase>(source->shape, output.data.data(),
                                                         static_cast<int>(source->exponent), source->dtype, false);
    }
    return true;
}

/** What the inputs are in the run k. */
std::map<std::string, std::unique_ptr<dl::TensorBase>> feed_chunk(std::map<std::string, Input> &given, int k) {
    std::map<std::string, std::unique_ptr<dl::TensorBase>> owned;
    for (auto &[name, input] : given) {
        const size_t bytes = dl::tool::dtype_size(input.value->dtype);
        const void *data = input.value->data.data();
        if (input.axis >= 0) {
            input.chunk.resize(static_cast<size_t>(dl::tool::shape_size(input.shape)) * bytes);
            copy_chunk(const_cast<uint8_t *>(input.value->data.data()), input.value->shape, input.chunk.data(),
                       input.shape, input.axis, k, bytes, false);
            data = input.chunk.data();
        }
        owned[name] =
            std::make_unique<dl::TensorBase>(input.shape, data, input.value->exponent, input.value->dtype, false);
    }
    return owned;
}

/** Chunks are put together along the axis that the input was cut at. */
void put_together(Value &part, int axis, int k, int chunks, Value &whole) {
    axis = std::min<int>(std::max(0, axis), static_cast<int>(part.shape.size()) - 1);
    if (k == 0) {
        whole = part;
        if (!whole.shape.empty()) {
            whole.shape[axis] *= chunks;
        }
        whole.data.assign(part.data.size() * chunks, 0);
    }
    if (!part.shape.empty()) {
        copy_chunk(whole.data.data(), whole.shape, part.data.data(), part.shape, axis, k,
                   dl::tool::dtype_size(part.dtype), true);
    }
}

}  // namespace

std::vector<std::string> variables_in_order(fbs::FbsModel &model) {
    std::vector<std::string> names;
    for (const std::string &node : model.topological_sort()) {
        std::vector<std::string> inputs, outputs;
        model.get_operation_inputs_and_outputs(node, inputs, outputs);
        for (const std::string &output : outputs) {
            if (!output.empty()) {
                names.push_back(output);
            }
        }
    }
    return names;
}

bool run_model(dl::Model &model, const std::map<std::string, Value> &inputs, const std::vector<std::string> &wanted,
               std::map<std::string, Value> &outputs, std::string &error,
               const std::map<std::string, std::vector<int>> &shapes, bool reset) {
    LogCapture log;
    outputs.clear();
    std::map<std::string, Input> given;
    std::map<std::string, Output> kept;
    int chunks = 1;
    if (!take_inputs(model, inputs, given, chunks, error) || !make_outputs(model, wanted, kept, error)) {
        return false;
    }
    std::map<std::string, dl::TensorBase *> user_outputs;
    for (auto &[name, output] : kept) {
        user_outputs[name] = output.tensor.get();
    }
    if (reset) {
        model.reset();
    }
    for (int k = 0; k < chunks; k++) {
        const auto owned = feed_chunk(given, k);
        std::map<std::string, dl::TensorBase *> user_inputs;
        for (const auto &[name, tensor] : owned) {
            user_inputs[name] = tensor.get();
        }
        model.run(user_inputs, dl::RUNTIME_MODE_SINGLE_CORE, user_outputs);
        if (!log.errors().empty()) {
            error = log.errors();
            return false;
        }
        for (const std::string &name : wanted) {
            Value part = value_of(name, *kept[name].tensor);
            if (chunks == 1) {
                outputs[name] = std::move(part);
            } else {
                auto shape = shapes.find(name);
                int parts = 1;
                const int axis = shape == shapes.end() ? -1 : chunk_axis(shape->second, part.shape, parts);
                put_together(part, parts == chunks && axis >= 0 ? axis : given.begin()->second.axis, k, chunks,
                             outputs[name]);
            }
        }
    }
    return true;
}

TensorResult compare_values(const Value &expected, const Value &actual, int steps) {
    TensorResult result;
    result.name = expected.name;
    result.dtype = actual.dtype;
    result.elements = element_count(expected);
    const bool integer = is_integer(actual.dtype);
    if (integer != is_integer(expected.dtype) || (integer && actual.dtype != expected.dtype)) {
        result.error = std::string("the model makes ") + dl::tool::dtype_to_string(actual.dtype) +
                       ", the test value is " + dl::tool::dtype_to_string(expected.dtype);
        return result;
    }
    if (element_count(actual) != result.elements) {
        result.error = "the model makes shape " + dl::tool::shape_to_string(actual.shape) + ", the test value has " +
                       dl::tool::shape_to_string(expected.shape);
        return result;
    }
    if (integer && actual.dtype != dl::DATA_TYPE_BOOL && actual.exponent != expected.exponent) {
        result.error = "the model makes exponent " + std::to_string(actual.exponent) + ", the test value has " +
                       std::to_string(expected.exponent);
        return result;
    }
    result.tolerance = integer ? (actual.dtype == dl::DATA_TYPE_INT16 ? steps : 0) : FLOAT_RELATIVE;
    result.passed = true;
    double worst_excess = -1;
    for (size_t i = 0; i < result.elements; i++) {
        const double want = number(expected, i);
        const double have = number(actual, i);
        if (want == have || (std::isnan(want) && std::isnan(have))) {
            continue;
        }
        result.differing++;
        const double difference = std::isfinite(want) && std::isfinite(have) ? std::fabs(want - have) : INFINITY;
        const double scale = std::max(std::fabs(want), std::fabs(have));
        const double allowed = integer ? result.tolerance : FLOAT_RELATIVE * scale + FLOAT_ABSOLUTE;
        if (!std::isfinite(difference) || difference > allowed) {
            result.passed = false;
        }
        result.max_difference = std::max(result.max_difference, difference);
        if (!integer && scale > 0 && scale > FLOAT_ABSOLUTE) {
            result.max_relative = std::max(result.max_relative, difference / scale);
        }
        const double excess = allowed > 0 ? difference / allowed : difference;
        if (excess > worst_excess) {
            worst_excess = excess;
            result.worst = static_cast<int64_t>(i);
            result.expected = want;
            result.actual = have;
        }
    }
    return result;
}

const char *status_name(Status status) {
    switch (status) {
        case Status::Exact:
            return "exact";
        case Status::Within:
            return "within";
        case Status::Failed:
            return "FAILED";
        case Status::NoTestValues:
            return "no test values";
        default:
            return "NOT LOADED";
    }
}

const TensorResult *FileResult::first_failed() const {
    for (const TensorResult &tensor : tensors) {
        if (!tensor.passed) {
            return &tensor;
        }
    }
    return nullptr;
}

FileResult test_file(const std::string &path, const ModelSelector &selector) {
    FileResult result;
    result.path = path;
    result.target = dl::target();
    LogCapture log;
    std::unique_ptr<ModelFile> file = ModelFile::open(path, selector, result.error);
    classify(result, file ? &file->model() : nullptr);
    if (!file) {
        return result;
    }
    fbs::FbsModel &graph = file->model();
    dl::Model model(&graph);
    if (!model.is_ready()) {
        result.error = log.errors().empty() ? "the model cannot be built" : log.errors();
        return result;
    }
    if (graph.get_test_inputs_name().empty() || graph.get_test_outputs_name().empty()) {
        result.status = Status::NoTestValues;
        return result;
    }

    std::map<std::string, Value> inputs;
    for (const std::string &name : graph.get_test_inputs_name()) {
        std::unique_ptr<dl::TensorBase> tensor(graph.get_test_input_tensor(name));
        if (tensor) {
            inputs[name] = value_of(name, *tensor);
        }
    }
    // In order of execution, so that the first failing tensor is the one to look at.
    const std::vector<std::string> stated = graph.get_test_outputs_name();
    std::set<std::string> missing(stated.begin(), stated.end());
    std::vector<std::string> wanted;
    std::map<std::string, std::string> maker;
    for (const std::string &node : graph.topological_sort()) {
        std::vector<std::string> node_inputs, node_outputs;
        graph.get_operation_inputs_and_outputs(node, node_inputs, node_outputs);
        for (const std::string &name : node_outputs) {
            if (missing.erase(name)) {
                wanted.push_back(name);
                maker[name] = node;
            }
        }
    }
    if (!missing.empty()) {
        result.error = "test output '" + *missing.begin() + "' is no node's output";
        return result;
    }
    std::map<std::string, Value> outputs;
    std::map<std::string, std::vector<int>> shapes;
    for (const std::string &name : wanted) {
        shapes[name] = std::unique_ptr<dl::TensorBase>(graph.get_test_output_tensor(name))->shape;
    }
    if (!run_model(model, inputs, wanted, outputs, result.error, shapes)) {
        return result;
    }

    const int table_steps = steps_of_tables(graph);
    result.status = Status::Exact;
    for (const std::string &name : wanted) {
        std::unique_ptr<dl::TensorBase> tensor(graph.get_test_output_tensor(name));
        const int steps = std::max(table_steps, steps_of_sums(graph, model, name));
        TensorResult compared = compare_values(value_of(name, *tensor), outputs[name], steps);
        compared.node = maker[name];
        compared.op = graph.get_operation_type(compared.node);
        if (!compared.passed) {
            result.status = Status::Failed;
        } else if (compared.differing > 0 && result.status == Status::Exact) {
            result.status = Status::Within;
        }
        result.tensors.push_back(std::move(compared));
    }
    if (const TensorResult *failed = result.first_failed()) {
        result.max_difference = failed->max_difference;
    } else {
        for (const TensorResult &tensor : result.tensors) {
            result.max_difference = std::max(result.max_difference, tensor.max_difference);
        }
    }
    return result;
}

bool find_models(const std::vector<std::string> &paths, std::vector<std::string> &files, std::string &error) {
    std::error_code code;
    for (const std::string &path : paths) {
        if (std::filesystem::is_directory(path, code)) {
            std::filesystem::recursive_directory_iterator entry(
                path, std::filesystem::directory_options::skip_permission_denied, code);
            for (; !code && entry != std::filesystem::recursive_directory_iterator(); entry.increment(code)) {
                if (entry->is_regular_file(code) && entry->path().extension() == ".espdl") {
                    files.push_back(entry->path().string());
                }
            }
        } else if (std::filesystem::exists(path, code)) {
            files.push_back(path);
        } else {
            error = "cannot read '" + path + "': there is no such file or folder";
            return false;
        }
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return true;
}

std::vector<FileResult> test_files(const std::vector<std::string> &files, std::optional<dl::target_t> target,
                                   const ModelSelector &selector, int threads,
                                   const std::function<void(const FileResult &)> &done) {
    std::vector<FileResult> results(files.size());
    std::map<dl::target_t, std::vector<size_t>> by_target;
    std::vector<size_t> assumed;
    for (size_t i = 0; i < files.size(); i++) {
        std::unique_ptr<ModelFile> file;
        if (!target && !target_from_path(files[i])) {
            std::string ignored;
            file = ModelFile::open(files[i], selector, ignored);
        }
        const char *origin = nullptr;
        by_target[choose_target(target, files[i], file ? &file->model() : nullptr, &origin)].push_back(i);
        if (std::string_view(origin) == "default") {
            assumed.push_back(i);
        }
    }
    const dl::target_t before = dl::target();
    std::mutex mutex;
    for (const auto &[chip, indices] : by_target) {
        dl::set_target(chip);
        std::atomic<size_t> next = 0;
        size_t told = 0;  // of indices; guarded by the mutex, as `ready`
        std::vector<bool> ready(indices.size());
        auto work = [&, &indices = indices]() {
            for (size_t n = next++; n < indices.size(); n = next++) {
                results[indices[n]] = test_file(files[indices[n]], selector);
                // In the files' order, whoever is done first.
                std::lock_guard lock(mutex);
                for (ready[n] = true; told < ready.size() && ready[told]; told++) {
                    if (done) {
                        done(results[indices[told]]);
                    }
                }
            }
        };
        std::vector<std::thread> workers;
        for (int t = 1; t < threads; t++) {
            workers.emplace_back(work);
        }
        work();
        for (std::thread &worker : workers) {
            worker.join();
        }
    }
    // Files of the S3 and of the P4 look alike: which one it is shows in the roundings alone.
    dl::set_target(dl::TARGET_ESP32S3);
    for (size_t i : assumed) {
        if (results[i].status == Status::Failed) {
            const Status status = test_file(files[i], selector).status;
            if (status == Status::Exact || status == Status::Within) {
                results[i].passes_as = dl::target();
            }
        }
    }
    dl::set_target(before);
    return results;
}

std::vector<SummaryLine> summarize(const std::vector<FileResult> &results) {
    std::map<std::tuple<std::string, std::string, std::string>, SummaryLine> lines;
    for (const FileResult &result : results) {
        const std::string target = dl::target_name(result.target);
        SummaryLine &line = lines[{target, result.type, result.op}];
        line.target = target;
        line.type = result.type;
        line.op = result.op;
        line.files++;
        line.exact += result.status == Status::Exact;
        line.within += result.status == Status::Within;
        line.no_values += result.status == Status::NoTestValues;
        if (result.status != Status::NotLoaded) {
            line.max_difference = std::max(line.max_difference, result.max_difference);
        }
        if (result.status == Status::Failed || result.status == Status::NotLoaded) {
            line.failed++;
            if (line.first_failing.empty()) {
                const TensorResult *tensor = result.first_failed();
                line.first_failing =
                    std::filesystem::path(result.path).filename().string() +
                    (tensor ? ": " + tensor->name + " (" + tensor->op + ")" : ": " + result.error.substr(0, 100));
            }
        }
    }
    std::vector<SummaryLine> table;
    for (auto &entry : lines) {
        table.push_back(std::move(entry.second));
    }
    return table;
}

std::string summary_table(const std::vector<SummaryLine> &lines) {
    std::string text;
    char row[256];
    snprintf(row, sizeof(row), "%-8s %-10s %-20s %6s %6s %6s %6s %10s  %s\n", "target", "type", "operator", "files",
             "exact", "within", "failed", "largest", "first failing");
    text += row;
    SummaryLine total;
    auto print = [&](const SummaryLine &line) {
        snprintf(row, sizeof(row), "%-8s %-10s %-20s %6d %6d %6d %6d %10.4g  ", line.target.c_str(), line.type.c_str(),
                 line.op.c_str(), line.files, line.exact, line.within, line.failed, line.max_difference);
        text += row + line.first_failing + "\n";
    };
    for (const SummaryLine &line : lines) {
        print(line);
        total.files += line.files;
        total.exact += line.exact;
        total.within += line.within;
        total.failed += line.failed;
        total.max_difference = std::max(total.max_difference, line.max_difference);
    }
    total.target = "all";
    print(total);
    return text;
}

std::string result_line(const FileResult &result) {
    char head[64];
    if (result.status == Status::NotLoaded || result.status == Status::NoTestValues) {
        return std::string(status_name(result.status)) + "  " + result.path +
               (result.error.empty() ? "" : ": " + result.error);
    }
    snprintf(head, sizeof(head), "%-7s %10.4g  ", status_name(result.status), result.max_difference);
    std::string line = head + result.path;
    const TensorResult *failed = result.first_failed();
    if (!failed) {
        return line;
    }
    line += ": tensor '" + failed->name + "' of node '" + failed->node + "' (" + failed->op + ")";
    if (!failed->error.empty()) {
        return line + ": " + failed->error;
    }
    char detail[200];
    snprintf(detail, sizeof(detail), ": %zu of %zu elements differ, element %lld is %.9g, needed %.9g",
             failed->differing, failed->elements, static_cast<long long>(failed->worst), failed->actual,
             failed->expected);
    return line + detail;
}

}  // namespace espdl_tool
