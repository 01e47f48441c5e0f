#include "recording.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "dl_tool.hpp"
#include "file_io.hpp"
#include "log_capture.hpp"
#include "npy.hpp"

namespace espdl_tool {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

template <typename T>
void append(const Value &value, double scale, std::vector<float> &out) {
    const size_t count = value.data.size() / sizeof(T);
    out.reserve(count);
    for (size_t i = 0; i < count; i++) {
        T element;
        memcpy(&element, value.data.data() + i * sizeof(T), sizeof(T));
        out.push_back(static_cast<float>(static_cast<double>(element) * scale));
    }
}

bool is_float(dl::dtype_t dtype) {
    return dtype == dl::DATA_TYPE_FLOAT || dtype == dl::DATA_TYPE_DOUBLE;
}

/** One step of a quantized tensor; 0 for floats. */
double step_of(const Value &value) {
    return is_float(value.dtype) ? 0 : std::exp2(value.exponent);
}

/** [n, c, spatial...] of [n, spatial..., c]. */
std::vector<float> channels_first(const std::vector<float> &data, const std::vector<int> &shape) {
    const size_t channels = shape.back(), batch = shape[0], inner = data.size() / channels / batch;
    std::vector<float> result(data.size());
    for (size_t n = 0; n < batch; n++) {
        for (size_t i = 0; i < inner; i++) {
            for (size_t c = 0; c < channels; c++) {
                result[(n * channels + c) * inner + i] = data[(n * inner + i) * channels + c];
            }
        }
    }
    return result;
}

std::vector<int> channels_first(const std::vector<int> &shape) {
    std::vector<int> result = {shape[0], shape.back()};
    result.insert(result.end(), shape.begin() + 1, shape.end() - 1);
    return result;
}

void measure(const std::vector<float> &a, const std::vector<float> &b, TensorDifference &result) {
    double aa = 0, bb = 0, ab = 0, noise = 0;
    result.elements = a.size();
    result.differing = 0;
    result.max_difference = 0;
    for (size_t i = 0; i < a.size(); i++) {
        const double x = a[i], y = b[i];
        aa += x * x;
        bb += y * y;
        ab += x * y;
        if (x == y || (std::isnan(x) && std::isnan(y))) {
            continue;
        }
        const double difference = std::fabs(x - y);
        noise += difference * difference;
        result.differing++;
        result.max_difference = std::isnan(difference) ? INFINITY : std::max(result.max_difference, difference);
    }
    result.cosine = result.differing == 0 ? 1 : aa > 0 && bb > 0 ? ab / std::sqrt(aa) / std::sqrt(bb) : NAN;
    result.snr_db = noise == 0 ? INFINITY : aa == 0 ? -INFINITY : 10 * std::log10(aa / noise);
}

/** Whether `x` is the better of two matchings. */
bool better(const TensorDifference &x, const TensorDifference &y) {
    return std::isnan(y.snr_db) || x.snr_db > y.snr_db;
}

bool compare_tensor(const RecordedTensor &a, const RecordedTensor &b, TensorDifference &result) {
    const std::vector<float> x = to_floats(a.value), y = to_floats(b.value);
    if (x.size() != y.size()) {
        return false;
    }
    result.a = &a;
    result.b = &b;
    const std::vector<int> &sa = a.value.shape, &sb = b.value.shape;
    bool matched = false;
    auto attempt = [&](const std::vector<float> &left, const std::vector<float> &right, bool transposed) {
        TensorDifference candidate = result;
        measure(left, right, candidate);
        candidate.transposed = transposed;
        if (!matched || better(candidate, result)) {
            result = candidate;
        }
        matched = true;
    };
    const bool first = !x.empty() && sa.size() == sb.size() && sa.size() > 2;
    if (sa == sb || !first || (channels_first(sa) != sb && channels_first(sb) != sa)) {
        attempt(x, y, false);
    }
    if (first && sa != sb && channels_first(sa) == sb) {
        attempt(channels_first(x, sa), y, true);
    }
    if (first && sa != sb && channels_first(sb) == sa) {
        attempt(x, channels_first(y, sb), true);
    }
    if (first && sa == sb && channels_first(sa) == sb && result.differing > 0) {  // a cube: either may be meant
        attempt(channels_first(x, sa), y, true);
    }
    const double step = std::max(step_of(a.value), step_of(b.value));
    result.max_steps = step > 0 ? result.max_difference / step : 0;
    return true;
}

}  // namespace

const RecordedTensor *Recording::find(const std::string &tensor) const {
    auto found = std::find_if(tensors.begin(), tensors.end(),
                              [&](const RecordedTensor &recorded) { return recorded.value.name == tensor; });
    return found == tensors.end() ? nullptr : &*found;
}

std::vector<float> to_floats(const Value &value) {
    std::vector<float> result;
    const double scale = step_of(value);
    switch (value.dtype) {
        case dl::DATA_TYPE_FLOAT:
            append<float>(value, 1, result);
            break;
        case dl::DATA_TYPE_DOUBLE:
            append<double>(value, 1, result);
            break;
        case dl::DATA_TYPE_INT8:
            append<int8_t>(value, scale, result);
            break;
        case dl::DATA_TYPE_BOOL:
        case dl::DATA_TYPE_UINT8:
            append<uint8_t>(value, value.dtype == dl::DATA_TYPE_BOOL ? 1 : scale, result);
            break;
        case dl::DATA_TYPE_INT16:
            append<int16_t>(value, scale, result);
            break;
        case dl::DATA_TYPE_UINT16:
            append<uint16_t>(value, scale, result);
            break;
        case dl::DATA_TYPE_INT32:
            append<int32_t>(value, scale, result);
            break;
        case dl::DATA_TYPE_UINT32:
            append<uint32_t>(value, scale, result);
            break;
        case dl::DATA_TYPE_INT64:
            append<int64_t>(value, scale, result);
            break;
        default:
            break;
    }
    return result;
}

bool record_model(fbs::FbsModel &graph, const std::map<std::string, Value> &inputs, Recording &recording,
                  std::string &error) {
    LogCapture log;
    dl::Model model(&graph);
    if (!model.is_ready()) {
        error = log.errors();
        return false;
    }
    const std::vector<std::string> wanted = variables_in_order(graph);
    std::map<std::string, Value> values;
    if (!run_model(model, inputs, wanted, values, error)) {
        return false;
    }
    const std::vector<std::string> outputs = graph.get_graph_outputs();
    for (const auto &[name, value] : inputs) {
        recording.tensors.push_back({value, "", "", "", {}, false, true});
    }
    for (dl::module::Module *module : model.get_execution_plan()) {
        RecordedTensor tensor;
        tensor.node = module->name.c_str();
        tensor.op = module->op_type;
        tensor.kernel = module->kernel_name();
        std::vector<std::string> made;
        graph.get_operation_inputs_and_outputs(tensor.node, tensor.sources, made);
        for (const std::string &name : made) {
            if (values.count(name)) {
                tensor.value = values[name];
                tensor.is_output = std::find(outputs.begin(), outputs.end(), name) != outputs.end();
                recording.tensors.push_back(tensor);
            }
        }
    }
    return true;
}

bool load_recording(const std::string &folder, Recording &recording, std::string &error) {
    std::error_code code;
    if (!fs::is_directory(folder, code)) {
        error = "'" + folder + "' is no folder of .npy files";
        return false;
    }
    recording.name = folder;
    struct Entry {
        std::string name, file;
        int exponent;
        bool input, output;
    };
    std::vector<Entry> entries;
    const fs::path manifest = fs::path(folder) / "manifest.json";
    if (fs::exists(manifest, code)) {
        std::vector<uint8_t> text;
        if (!read_file(manifest.string(), text, error)) {
            return false;
        }
        const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
        if (!json.is_array()) {
            error = "'" + manifest.string() + "' is no list of tensors";
            return false;
        }
        for (const Json &tensor : json) {
            const auto text_of = [&](const char *key) {
                return tensor.is_object() && tensor.contains(key) && tensor[key].is_string()
                           ? tensor[key].get<std::string>()
                           : std::string();
            };
            const auto flag = [&](const char *key) {
                return tensor.contains(key) && tensor[key].is_boolean() && tensor[key].get<bool>();
            };
            const std::string file = text_of("file");
            if (text_of("name").empty() || file.empty() || fs::path(file).filename() != fs::path(file)) {
                error = "'" + manifest.string() + "': an entry without 'name', or whose 'file' is none in this folder";
                return false;
            }
            const bool has_exponent = tensor.contains("exponent") && tensor["exponent"].is_number_integer();
            const int exponent =
                has_exponent ? static_cast<int>(std::clamp<int64_t>(tensor["exponent"].get<int64_t>(), -256, 256)) : 0;
            entries.push_back({text_of("name"), file, exponent, flag("input"), flag("output")});
        }
    } else {
        for (const auto &file : fs::directory_iterator(folder, code)) {
            if (file.path().extension() == ".npy") {
                entries.push_back({file.path().stem().string(), file.path().filename().string(), 0, false, false});
            }
        }
        std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.name < b.name; });
    }
    if (entries.empty()) {
        error = "'" + folder + "' holds no .npy files";
        return false;
    }
    for (const Entry &entry : entries) {
        NpyArray array;
        if (!read_npy((fs::path(folder) / entry.file).string(), array, error)) {
            return false;
        }
        RecordedTensor tensor;
        tensor.value = {entry.name, array.dtype, array.shape, entry.exponent, std::move(array.data)};
        tensor.is_input = entry.input;
        tensor.is_output = entry.output;
        recording.tensors.push_back(std::move(tensor));
    }
    return true;
}

bool save_recording(const std::string &folder, const Recording &recording, bool as_float, std::string &error) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) {
        error = "cannot make folder '" + folder + "': " + code.message();
        return false;
    }
    Json manifest = Json::array();
    std::set<std::string> used;
    for (const RecordedTensor &tensor : recording.tensors) {
        const Value &value = tensor.value;
        const std::string stem = file_name_of(value.name);
        std::string file = stem + ".npy";
        for (int i = 2; !used.insert(file).second; i++) {
            file = stem + "_" + std::to_string(i) + ".npy";
        }
        const std::vector<float> floats = as_float ? to_floats(value) : std::vector<float>();
        const dl::dtype_t dtype = as_float ? dl::DATA_TYPE_FLOAT : value.dtype;
        const void *data = as_float ? static_cast<const void *>(floats.data()) : value.data.data();
        if (!write_npy((fs::path(folder) / file).string(), dtype, value.shape, data, error)) {
            return false;
        }
        manifest.push_back({{"name", value.name},
                            {"file", file},
                            {"shape", value.shape},
                            {"dtype", dl::tool::dtype_to_string(dtype)},
                            {"exponent", as_float ? 0 : value.exponent},
                            {"input", tensor.is_input},
                            {"output", tensor.is_output}});
    }
    const std::string text = manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    return write_file((fs::path(folder) / "manifest.json").string(), {{text.data(), text.size()}}, error);
}

const TensorDifference *Comparison::first_difference() const {
    auto found = std::find_if(tensors.begin(), tensors.end(),
                              [](const TensorDifference &tensor) { return tensor.differing > 0; });
    return found == tensors.end() ? nullptr : &*found;
}

const TensorDifference *Comparison::largest_loss() const {
    auto found = std::max_element(
        tensors.begin(), tensors.end(),
        [](const TensorDifference &x, const TensorDifference &y) { return x.snr_loss_db < y.snr_loss_db; });
    return found == tensors.end() || found->snr_loss_db <= 0 ? nullptr : &*found;
}

Comparison compare_recordings(const Recording &a, const Recording &b) {
    Comparison comparison;
    std::map<std::string, const RecordedTensor *> others;
    for (const RecordedTensor &tensor : b.tensors) {
        others.emplace(tensor.value.name, &tensor);
    }
    std::map<std::string, double> snr;
    for (const RecordedTensor &tensor : a.tensors) {
        auto other = others.find(tensor.value.name);
        TensorDifference difference;
        if (other == others.end() || !compare_tensor(tensor, *other->second, difference)) {
            comparison.only_in_a.push_back(tensor.value.name);
            continue;
        }
        // The order of b's graph serves where a's is not known.
        const std::vector<std::string> &sources = tensor.sources.empty() ? other->second->sources : tensor.sources;
        bool known = false;
        double before = INFINITY;
        for (const std::string &source : sources) {
            if (snr.count(source)) {
                before = std::min(before, snr[source]);
                known = true;
            }
        }
        // Beyond 100 dB a float's last bits are compared.
        const double loss = std::min(before, 100.0) - std::min(difference.snr_db, 100.0);
        difference.snr_loss_db = known ? std::max(0.0, loss) : 0;
        snr[tensor.value.name] = difference.snr_db;
        comparison.tensors.push_back(difference);
        others.erase(other);
    }
    for (const RecordedTensor &tensor : b.tensors) {
        if (others.count(tensor.value.name)) {
            comparison.only_in_b.push_back(tensor.value.name);
        }
    }
    return comparison;
}

}  // namespace espdl_tool
