// espdl run: tensors in and out as .npy.

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.hpp"
#include "dl_tool.hpp"
#include "file_io.hpp"
#include "log_capture.hpp"
#include "npy.hpp"
#include "runner.hpp"

namespace espdl_tool {

namespace {

struct Options : CommonOptions {
    std::string path;
    std::vector<std::string> inputs;
    std::string out;
    bool all = false;
    bool with_inputs = false;
};

/** "NAME=x.npy", or "x.npy" for the only input. A name may hold '=': the longest one that the model knows counts. */
bool split_input(const std::string &text, const std::vector<std::string> &names, std::string &name, std::string &path,
                 std::string &error) {
    for (size_t at = text.rfind('='); at != std::string::npos && at > 0; at = text.rfind('=', at - 1)) {
        if (std::find(names.begin(), names.end(), text.substr(0, at)) != names.end()) {
            name = text.substr(0, at);
            path = text.substr(at + 1);
            return true;
        }
    }
    std::error_code code;
    if (names.size() == 1 && (text.find('=') == std::string::npos || std::filesystem::exists(text, code))) {
        name = names[0];
        path = text;
        return true;
    }
    error = "--input " + text + ": needed NAME=FILE.npy with NAME one of";
    for (const std::string &known : names) {
        error += " '" + known + "'";
    }
    return false;
}

/** What --input gives, else the file's test values. @return false: `error` says why not */
bool read_inputs(const Options &options, fbs::FbsModel &graph, std::map<std::string, Value> &inputs,
                 std::string &error) {
    const std::vector<std::string> names = graph.get_graph_inputs();
    for (const std::string &text : options.inputs) {
        std::string name, path;
        NpyArray array;
        if (!split_input(text, names, name, path, error) || !read_npy(path, array, error)) {
            return false;
        }
        if (inputs.count(name)) {
            error = "--input: '" + name + "' is given twice";
            return false;
        }
        inputs[name] = {name, array.dtype, array.shape, graph.get_value_info_exponent(name), std::move(array.data)};
    }
    if (options.inputs.empty()) {
        for (const std::string &name : graph.get_test_inputs_name()) {
            std::unique_ptr<dl::TensorBase> tensor(graph.get_test_input_tensor(name));
            const uint8_t *data = tensor ? static_cast<const uint8_t *>(tensor->get_element_ptr()) : nullptr;
            if (data) {
                inputs[name] = {name,
                                tensor->dtype,
                                tensor->shape,
                                static_cast<int>(tensor->exponent),
                                {data, data + tensor->get_bytes()}};
            }
        }
        if (inputs.empty()) {
            error = "--input is needed: '" + options.path + "' holds no test values to run on";
            return false;
        }
    }
    return true;
}

/** The tensors `wanted`, a file each, and manifest.json. @return false: `error` says why not */
bool write_outputs(const Options &options, const std::vector<std::string> &wanted,
                   const std::map<std::string, Value> &outputs, const std::map<std::string, Value> &inputs,
                   const std::vector<std::string> &graph_outputs, std::string &error) {
    std::error_code code;
    std::filesystem::create_directories(options.out, code);
    if (code) {
        error = "cannot make folder '" + options.out + "': " + code.message();
        return false;
    }
    const std::filesystem::path folder(options.out);
    nlohmann::ordered_json manifest = nlohmann::ordered_json::array();
    std::set<std::string> used;
    for (const std::string &name : wanted) {
        const Value &value = outputs.at(name);
        const std::string stem = file_name_of(name);
        std::string file_name = stem + ".npy";
        for (int i = 2; !used.insert(file_name).second; i++) {
            file_name = stem + "_" + std::to_string(i) + ".npy";
        }
        if (!write_npy((folder / file_name).string(), value.dtype, value.shape, value.data.data(), error)) {
            return false;
        }
        const bool is_output = std::find(graph_outputs.begin(), graph_outputs.end(), name) != graph_outputs.end();
        manifest.push_back({{"name", name},
                            {"file", file_name},
                            {"shape", value.shape},
                            {"dtype", dl::tool::dtype_to_string(value.dtype)},
                            {"exponent", value.exponent},
                            {"input", inputs.count(name) > 0},
                            {"output", is_output}});
    }
    const std::string text = manifest.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    if (!write_file((folder / "manifest.json").string(), {{text.data(), text.size()}}, error)) {
        return false;
    }
    return true;
}

int run(const Options &options) {
    std::string error;
    ModelSelector selector;
    std::unique_ptr<ModelFile> file = open_model(options, options.path, selector, nullptr, error);
    if (!file) {
        return refuse(error);
    }
    fbs::FbsModel &graph = file->model();

    std::map<std::string, Value> inputs;
    if (!read_inputs(options, graph, inputs, error)) {
        return refuse(error);
    }

    LogCapture log;
    dl::Model model(&graph);
    if (!model.is_ready()) {
        return refuse("'" + options.path + "': " + log.errors());
    }
    const std::vector<std::string> graph_outputs = graph.get_graph_outputs();
    std::vector<std::string> wanted = graph_outputs;
    if (options.all) {
        wanted = variables_in_order(graph);
    }
    std::map<std::string, Value> outputs;
    if (!run_model(model, inputs, wanted, outputs, error)) {
        return refuse("'" + options.path + "': " + error);
    }
    if (options.with_inputs) {
        for (const auto &[name, value] : inputs) {
            wanted.push_back(name);
            outputs[name] = value;
        }
    }

    if (!write_outputs(options, wanted, outputs, inputs, graph_outputs, error)) {
        return refuse(error);
    }
    printf("%zu tensors written to %s (%s)\n", wanted.size(), options.out.c_str(), dl::target_name(dl::target()));
    return EXIT_DONE;
}

}  // namespace

void add_run(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand("run", "Run a model on .npy files and write its tensors as .npy");
    command.add_option("MODEL", options->path, ".espdl file").required();
    command.add_option(
        "--input", options->inputs,
        "NAME=FILE.npy for each input, of the model's type or float32, which is quantized (default: the test values in "
        "the file). A sequence longer than the input is fed in chunks");
    command.add_option("--out", options->out, "Folder to write to: a .npy per tensor, and manifest.json").required();
    command.add_flag("--all", options->all, "Every tensor of the graph, not only the outputs");
    command.add_flag("--with-inputs", options->with_inputs, "The inputs, too");
    add_target_option(command, *options);
    add_selector_options(command, *options);
    command.callback([options, &exit_code]() { exit_code = run(*options); });
}

}  // namespace espdl_tool
