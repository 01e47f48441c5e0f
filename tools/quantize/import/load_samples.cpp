#include "import/load_samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>

#include "dl_image_file.hpp"
#include "dl_image_preprocessor.hpp"
#include "dl_tool.hpp"
#include "esp_heap_caps.h"
#include "import/npz.hpp"
#include "log_capture.hpp"
#include "npy.hpp"

namespace quantize {

namespace {

using torch::Tensor;
namespace fs = std::filesystem;

/** Samples of one input. */
struct Source {
    size_t count = 0;
    std::function<Tensor(size_t)> load;
};

std::string shape_text(const std::vector<int64_t> &shape) {
    std::string text = "[";
    for (int64_t dim : shape) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(dim);
    }
    return text + "]";
}

/** @param where file and array, for messages */
Tensor tensor_of(espdl_tool::NpyArray &array, torch::ScalarType wanted, const std::string &where) {
    static const std::map<dl::dtype_t, torch::ScalarType> types = {{dl::DATA_TYPE_FLOAT, torch::kFloat},
                                                                   {dl::DATA_TYPE_DOUBLE, torch::kDouble},
                                                                   {dl::DATA_TYPE_INT32, torch::kInt},
                                                                   {dl::DATA_TYPE_INT64, torch::kLong},
                                                                   {dl::DATA_TYPE_BOOL, torch::kBool}};
    // Only the width may differ: whole numbers for a float input are most likely pixels that nobody has normalized.
    auto family = [](torch::ScalarType type) {
        return type == torch::kBool ? 0 : torch::isIntegralType(type, false) ? 1 : 2;
    };
    auto type = types.find(array.dtype);
    if (type == types.end() || family(type->second) != family(wanted)) {
        throw Error(where + " holds " + dl::tool::dtype_to_string(array.dtype) + ", the model reads " +
                    torch::toString(wanted));
    }
    const std::vector<int64_t> shape(array.shape.begin(), array.shape.end());
    const Tensor tensor = torch::from_blob(array.data.data(), shape, type->second).clone().to(wanted);
    if (tensor.is_floating_point() && !torch::isfinite(tensor).all().item<bool>()) {
        throw Error(where + " holds NaN or infinite values");
    }
    return tensor;
}

/** An array of one or more samples, with or without an axis of its own for them. */
Source array_source(espdl_tool::NpyArray &array, const Var *var, const std::string &where) {
    const Tensor all = tensor_of(array, var->dtype, where);
    const std::vector<int64_t> &shape = var->shape, have = all.sizes().vec();
    const bool stacked = have.size() == shape.size() + 1;
    std::vector<int64_t> rest(have.begin() + (have.empty() ? 0 : 1), have.end());
    std::vector<int64_t> wanted(shape.begin() + (stacked || shape.empty() ? 0 : 1), shape.end());
    const int64_t each = stacked || shape.empty() ? 1 : shape[0];
    if (have.empty() || rest != wanted || have[0] % each) {
        throw Error(where + " has shape " + shape_text(have) + ", input '" + var->name + "' reads " +
                    shape_text(shape));
    }
    if (have[0] == 0) {
        throw Error(where + " holds no sample");
    }
    return {static_cast<size_t>(have[0] / each), [all, stacked, each](size_t i) {
                return (stacked ? all[static_cast<int64_t>(i)]
                                : all.slice(0, static_cast<int64_t>(i) * each, (static_cast<int64_t>(i) + 1) * each))
                    .contiguous();
            }};
}

Source npy_source(const std::string &path, const Var *var, const std::string &what) {
    espdl_tool::NpyArray array;
    std::string error;
    if (!espdl_tool::read_npy(path, array, error)) {
        throw Error(what + ": " + error);
    }
    return array_source(array, var, what + ": '" + path + "'");
}

/** The array of an .npz file that has the input's name; the only one, where the network has one input. */
Source npz_source(const std::string &path, const Var *var, bool only_input, const std::string &what) {
    std::string error;
    const std::unique_ptr<NpzFile> file = NpzFile::open(path, error);
    if (!file) {
        throw Error(what + ": " + error);
    }
    const std::vector<std::string> &names = file->names();
    auto found = std::find_if(names.begin(), names.end(), [&](const std::string &name) {
        return name == var->name || name == "calib_" + var->name;
    });
    if (found == names.end() && only_input && names.size() == 1) {
        found = names.begin();
    }
    if (found == names.end()) {
        std::string known;
        for (size_t i = 0; i < std::min<size_t>(names.size(), 8); i++) {
            known += (i ? ", " : "") + names[i];
        }
        throw Error(what + ": '" + path + "' has no array '" + var->name + "'" +
                    (names.empty() ? ", nor any other" : "; it has " + known));
    }
    espdl_tool::NpyArray array;
    if (!file->read(*found, array, error)) {
        throw Error(what + ": " + error);
    }
    return array_source(array, var, what + ": '" + path + "', array '" + *found + "',");
}

/** One source behind the other. */
Source joined(std::vector<Source> parts) {
    Source all;
    for (const Source &part : parts) {
        all.count += part.count;
    }
    all.load = [parts = std::move(parts)](size_t i) {
        size_t part = 0;
        for (; i >= parts[part].count; part++) {
            i -= parts[part].count;
        }
        return parts[part].load(i);
    };
    return all;
}

/** NCHW of one grey or colour picture. */
bool is_picture_input(const Var *var) {
    const std::vector<int64_t> &s = var->shape;
    return var->dtype == torch::kFloat && s.size() == 4 && s[0] == 1 && (s[1] == 1 || s[1] == 3) &&
           s[2] <= UINT16_MAX && s[3] <= UINT16_MAX;
}

void check_pictures(const Var *var, const PictureOptions &options) {
    const size_t channels = static_cast<size_t>(var->shape[1]);
    const std::string name = "input '" + var->name + "'";
    for (const auto &[option, values] : {std::pair("--mean", &options.mean), std::pair("--std", &options.std)}) {
        if (values->size() != channels) {
            throw Error(std::string(option) + ": " + std::to_string(values->size()) + " values, " + name + " has " +
                        std::to_string(channels) + " channels");
        }
    }
    for (float value : options.std) {
        if (!(std::fabs(value) > 0) || !std::isfinite(value)) {
            throw Error("--std: a standard deviation is 0 or no number");
        }
    }
    if (options.resize && (options.resize < var->shape[3] || options.resize < var->shape[2])) {
        throw Error("--resize: " + std::to_string(options.resize) + " is less than " + name + "'s " +
                    std::to_string(var->shape[3]) + "x" + std::to_string(var->shape[2]));
    }
    if ((options.width || options.height) && (options.width != var->shape[3] || options.height != var->shape[2])) {
        throw Error("--size: " + std::to_string(options.width) + "x" + std::to_string(options.height) + ", " + name +
                    " is " + std::to_string(var->shape[3]) + "x" + std::to_string(var->shape[2]));
    }
}

/**
 * What "resize the shorter side, then take the centre" reads of a picture, as a crop area: {} without a resize.
 * The area is rounded to whole pixels.
 */
std::vector<int> centre_of(const dl::image::img_t &picture, int width, int height, int resize) {
    if (!resize) {
        return {};
    }
    const double scale = static_cast<double>(std::min(picture.width, picture.height)) / resize;
    const int w = std::max(1, static_cast<int>(std::lround(width * scale))),
              h = std::max(1, static_cast<int>(std::lround(height * scale)));
    const int x = (picture.width - w) / 2, y = (picture.height - h) / 2;
    return {x, y, x + w, y + h};
}

/** The preprocessor is the firmware's; its float input is what it would quantize. */
Source picture_source(const std::vector<std::string> &paths, const Var *var, const PictureOptions &options,
                      const std::string &what) {
    if (!is_picture_input(var)) {
        throw Error(what + ": input '" + var->name + "' of shape " + shape_text(var->shape) +
                    " is no picture: one of [1, 1 or 3, height, width] is needed");
    }
    if (options.mean.empty() || options.std.empty()) {
        throw Error(what + ": pictures need --mean and --std, as the firmware's ImagePreprocessor gets them");
    }
    check_pictures(var, options);
    auto load = [paths, var, options, what](size_t i) {
        const std::string &path = paths[i];
        const int channels = static_cast<int>(var->shape[1]), height = static_cast<int>(var->shape[2]),
                  width = static_cast<int>(var->shape[3]);
        std::vector<float> values(static_cast<size_t>(channels) * height * width);
        dl::TensorBase input({1, height, width, channels}, values.data(), 0, dl::DATA_TYPE_FLOAT, false);
        espdl_tool::LogCapture log;
        dl::image::ImagePreprocessor preprocessor(&input, options.mean, options.std, options.bgr);
        if (options.letterbox) {
            const std::vector<uint8_t> &colour = *options.letterbox;
            if (colour.size() == 1) {
                preprocessor.enable_letterbox(colour[0]);
            } else {
                preprocessor.enable_letterbox({colour.at(0), colour.at(1), colour.at(2)});
            }
        }
        const dl::image::img_t picture = dl::image::read_image(path.c_str());
        const std::unique_ptr<void, void (*)(void *)> pixels(picture.data, heap_caps_free);
        const std::vector<int> area =
            picture.data ? centre_of(picture, width, height, options.resize) : std::vector<int>();
        if (!picture.data || preprocessor.preprocess(picture, area) != ESP_OK) {
            throw Error(what + ": picture '" + path + "' cannot be used: " + log.errors());
        }
        return torch::from_blob(values.data(), {1, height, width, channels}).permute({0, 3, 1, 2}).contiguous();
    };
    // Not at the end of a long calibration: a file that is no picture is told now.
    for (size_t i = 0; i < paths.size(); i++) {
        load(i);
    }
    return {paths.size(), load};
}

std::string ending_of(const std::string &path) {
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending;
}

bool is_picture(const std::string &path) {
    const std::string ending = ending_of(path);
    return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".bmp";
}

/** Whether one file holds arrays of several inputs. */
bool is_npz(const std::string &path) {
    return ending_of(path) == ".npz" && !fs::is_directory(path);
}

/** The files of a folder that end so, in the order of their names. */
std::vector<std::string> files_of(const std::string &folder, const std::string &ending) {
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(folder, error)) {
        if (ending_of(entry.path().string()) == ending && !entry.is_directory(error)) {
            paths.push_back(entry.path().string());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

/** The samples of a folder's arrays, file by file: .npz files, or for the only input .npy files. */
Source folder_source(const std::string &path, const Var *var, bool only_input, const std::string &what) {
    std::vector<Source> parts;
    for (const std::string &file : files_of(path, ".npz")) {
        parts.push_back(npz_source(file, var, only_input, what));
    }
    if (parts.empty() && only_input) {
        for (const std::string &file : files_of(path, ".npy")) {
            parts.push_back(npy_source(file, var, what));
        }
    }
    return joined(std::move(parts));
}

Source source_of(const std::string &path, const Var *var, bool only_input, const PictureOptions &pictures,
                 const std::string &what) {
    if (!fs::exists(path)) {
        throw Error(what + ": '" + path + "' does not exist");
    }
    if (!fs::is_directory(path)) {
        return is_picture(path) ? picture_source({path}, var, pictures, what)
               : is_npz(path)   ? npz_source(path, var, only_input, what)
                                : npy_source(path, var, what);
    }
    for (const std::string &name : {"calib_" + var->name + ".npy", var->name + ".npy"}) {
        if (fs::exists(path + "/" + name)) {
            return npy_source(path + "/" + name, var, what);
        }
    }
    const std::vector<std::string> paths = dl::image::list_images(path.c_str());
    if (paths.empty()) {
        Source arrays = folder_source(path, var, only_input, what);
        if (arrays.count) {
            return arrays;
        }
        throw Error(what + ": folder '" + path + "' holds neither " + var->name +
                    ".npy nor pictures (.jpg, .png, .bmp) nor .npz files");
    }
    return picture_source(paths, var, pictures, what);
}

}  // namespace

const Var *check_pictures(const Graph &graph, const PictureOptions &pictures) {
    auto input = std::find_if(graph.inputs.begin(), graph.inputs.end(), is_picture_input);
    if (input == graph.inputs.end()) {
        if (pictures.given() || pictures.width) {
            throw Error("--mean, --std, --bgr, --letterbox, --resize, --size: no input of the model is a picture");
        }
        return nullptr;
    }
    if (pictures.given() || pictures.width) {
        check_pictures(*input, pictures);
    }
    return *input;
}

namespace {

Samples random_samples(const Graph &graph) {
    constexpr size_t COUNT = 32;
    return Samples(COUNT, [inputs = graph.inputs](size_t i) {
        torch::manual_seed(i);
        Batch batch;
        for (const Var *var : inputs) {
            batch.push_back(var->dtype == torch::kFloat ? torch::randn(var->shape)
                                                        : torch::zeros(var->shape, var->dtype));
        }
        return batch;
    });
}

}  // namespace

Samples load_samples(const Graph &graph, const std::vector<std::string> &arguments, const PictureOptions &pictures,
                     const std::string &what) {
    if (arguments == std::vector<std::string>{"random"} && !fs::exists("random")) {
        return random_samples(graph);
    }
    std::map<std::string, std::string> named;
    std::vector<std::string> rest;
    for (const std::string &argument : arguments) {
        const size_t equal = argument.find('=');
        if (equal == std::string::npos || fs::exists(argument)) {
            rest.push_back(argument);
            continue;
        }
        const std::string name = argument.substr(0, equal);
        if (std::none_of(graph.inputs.begin(), graph.inputs.end(), [&](Var *var) { return var->name == name; })) {
            throw Error(what + ": the model has no input '" + name + "'");
        }
        named[name] = argument.substr(equal + 1);
    }
    // One folder, or one .npz file, may hold the arrays of all inputs.
    const bool shared = rest.size() == 1 && (fs::is_directory(rest[0]) || is_npz(rest[0]));
    std::vector<Source> sources;
    size_t next = 0;
    for (const Var *var : graph.inputs) {
        auto path = named.find(var->name);
        if (path == named.end() && !shared && next == rest.size()) {
            throw Error(what + ": no data for input '" + var->name + "'");
        }
        sources.push_back(source_of(path != named.end() ? path->second
                                    : shared            ? rest[0]
                                                        : rest[next++],
                                    var, graph.inputs.size() == 1, pictures, what));
        if (sources.back().count != sources[0].count) {
            throw Error(what + ": " + std::to_string(sources.back().count) + " samples for input '" + var->name +
                        "', " + std::to_string(sources[0].count) + " for input '" + graph.inputs[0]->name + "'");
        }
    }
    if (!shared && next < rest.size()) {
        throw Error(what + ": '" + rest[next] + "' is for no input: the model has " +
                    std::to_string(graph.inputs.size()));
    }
    return Samples(sources[0].count, [sources](size_t i) {
        Batch batch;
        for (const Source &source : sources) {
            batch.push_back(source.load(i));
        }
        return batch;
    });
}

}  // namespace quantize
