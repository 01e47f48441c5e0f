// espdl info: what a file holds, and what it needs.

#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "dl_model_base.hpp"
#include "dl_tool.hpp"
#include "log_capture.hpp"
#include "macs.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string path;
    bool json = false;
    bool kernels = false;
};

std::string exponents_text(const Json &exponents) {
    if (exponents.is_number()) {
        return "2^" + std::to_string(exponents.get<int>());
    }
    return exponents.empty() ? "" : "2^[" + std::to_string(exponents.size()) + " channels]";
}

Json variable(fbs::FbsModel &graph, const std::string &name) {
    return {{"name", name},
            {"shape", graph.get_value_info_shape(name)},
            {"dtype", dl::tool::dtype_to_string(graph.get_value_info_dtype(name))},
            {"exponent", graph.get_value_info_exponent(name)}};
}

Json describe_node(fbs::FbsModel &graph, const std::string &name) {
    std::vector<std::string> inputs, outputs;
    graph.get_operation_inputs_and_outputs(name, inputs, outputs);
    Json attributes = Json::object();
    for (const std::string &attribute : graph.get_operation_attribute_names(name)) {
        attributes[attribute] = graph.get_operation_attribute_string(name, attribute);
    }
    return {{"name", name},
            {"op", graph.get_operation_type(name)},
            {"inputs", inputs},
            {"outputs", outputs},
            {"attributes", attributes}};
}

Json describe_parameter(fbs::FbsModel &graph, const std::string &name) {
    const std::vector<int> exponents = graph.get_tensor_exponents(name);
    Json parameter = {{"name", name},
                      {"shape", graph.get_tensor_shape(name)},
                      {"dtype", dl::tool::dtype_to_string(graph.get_tensor_dtype(name))},
                      {"bytes", graph.get_tensor_bytes(name)},
                      {"layout", graph.get_tensor_layout(name)}};
    parameter["exponent"] = exponents.size() == 1 ? Json(exponents[0]) : Json(exponents);
    return parameter;
}

/** Elements from one index to the next, for each dimension. */
std::vector<int64_t> strides_of(const std::vector<int> &shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

/** What a node's outputs take, and what it computes: known once the model is built. */
Json describe_work(dl::Model &model, fbs::FbsModel &graph, dl::module::Module *module) {
    std::vector<std::string> inputs, outputs;
    graph.get_operation_inputs_and_outputs(module->name.c_str(), inputs, outputs);
    Json tensors = Json::array();
    for (size_t i = 0; i < module->m_outputs_index.size() && i < outputs.size(); i++) {
        dl::TensorBase *tensor = model.get_context()->get_tensor(module->m_outputs_index[i]);
        if (tensor) {
            tensors.push_back({{"name", outputs[i]},
                               {"shape", tensor->shape},
                               {"strides", strides_of(tensor->shape)},
                               {"dtype", tensor->get_dtype_string()},
                               {"exponent", static_cast<int>(tensor->exponent)},
                               {"bytes", tensor->get_bytes()}});
        }
    }
    int64_t parameters = 0, bytes = 0;
    for (const std::string &input : inputs) {
        if (graph.is_parameter(input)) {
            int64_t elements = 1;
            for (int length : graph.get_tensor_shape(input)) {
                elements *= length;
            }
            parameters += elements;
            bytes += static_cast<int64_t>(graph.get_tensor_bytes(input));
        }
    }
    return {{"kernel", module->kernel_name()},
            {"macs", count_macs(module, model.get_context())},
            {"parameters", parameters},
            {"parameter_bytes", bytes},
            {"tensors", tensors}};
}

/** Bytes by kind of memory of the model as firmware would load it: from flash, parameters copied. */
Json describe_memory(ModelFile &file, const ModelSelector &selector, Json &work, std::string &error) {
    LogCapture log;
    ModelSelector copying = selector;
    copying.param_copy = true;
    std::string reason;
    if (!file.select(copying, reason)) {
        error = reason;
        return nullptr;
    }
    dl::Model model(&file.model());
    if (!model.is_ready()) {
        error = log.errors();
        return nullptr;
    }
    for (dl::module::Module *module : model.get_execution_plan()) {
        work[module->name.c_str()] = describe_work(model, file.model(), module);
    }
    Json memory = Json::object();
    for (const auto &[name, use] : model.get_memory_info()) {
        memory[name] = {{"internal", use.internal}, {"psram", use.psram}, {"flash", use.flash}};
    }
    return memory;
}

/** A node's work and its outputs, as far as they are known. */
void print_work(const Json &node) {
    if (!node.contains("tensors")) {
        return;
    }
    if (node["parameters"].get<int64_t>() > 0 || node["macs"].get<double>() > 0) {
        printf("       %.0f MACs, %lld parameters of %lld bytes\n", node["macs"].get<double>(),
               static_cast<long long>(node["parameters"].get<int64_t>()),
               static_cast<long long>(node["parameter_bytes"].get<int64_t>()));
    }
    for (const Json &tensor : node["tensors"]) {
        printf("       %s %s %s, strides %s, %lld bytes\n", tensor["name"].get<std::string>().c_str(),
               tensor["dtype"].get<std::string>().c_str(), tensor["shape"].dump().c_str(),
               tensor["strides"].dump().c_str(), static_cast<long long>(tensor["bytes"].get<int64_t>()));
    }
}

void print_text(const Json &info, bool with_kernels) {
    auto text = [](const Json &value) { return value.is_string() ? value.get<std::string>() : value.dump(); };
    printf("%s\n", text(info["file"]).c_str());
    printf("  format      %s", text(info["format"]).c_str());
    if (!info["package_version"].empty() && !text(info["package_version"]).empty()) {
        printf(", version %s", text(info["package_version"]).c_str());
    }
    printf(", %zu model%s\n", info["models"].size(), info["models"].size() == 1 ? "" : "s");
    for (const Json &model : info["models"]) {
        printf("    %-40s %10s bytes%s\n", text(model["name"]).c_str(), model["bytes"].dump().c_str(),
               model["encrypted"].get<bool>() ? ", encrypted" : "");
    }
    printf("  graph       %s, version %s\n", text(info["graph"]).c_str(), info["model_version"].dump().c_str());
    printf("  producer    %s %s\n", text(info["producer"]).c_str(), text(info["producer_version"]).c_str());
    printf("  opset       %s, ir %s\n", info["opset"].dump().c_str(), info["ir_version"].dump().c_str());
    printf("  target      %s (%s)\n", text(info["target"]).c_str(), text(info["target_from"]).c_str());
    for (const auto &[key, value] : info["metadata"].items()) {
        printf("  metadata    %s = %s\n", key.c_str(), text(value).c_str());
    }
    for (const char *kind : {"inputs", "outputs"}) {
        printf("  %s\n", kind);
        for (const Json &tensor : info[kind]) {
            printf("    %-40s %-7s %-20s 2^%d\n", text(tensor["name"]).c_str(), text(tensor["dtype"]).c_str(),
                   tensor["shape"].dump().c_str(), tensor["exponent"].get<int>());
        }
    }
    printf("  nodes       %zu\n", info["nodes"].size());
    for (const Json &node : info["nodes"]) {
        std::string line;
        for (const Json &input : node["inputs"]) {
            line += " " + (text(input).empty() ? std::string("-") : text(input));
        }
        line += " ->";
        for (const Json &output : node["outputs"]) {
            line += " " + text(output);
        }
        printf("    %-18s %s\n      %s\n", text(node["op"]).c_str(), text(node["name"]).c_str(), line.c_str());
        line.clear();
        for (const auto &[key, value] : node["attributes"].items()) {
            line += (line.empty() ? "" : ", ") + key + "=" + text(value);
        }
        if (!line.empty()) {
            printf("       %s\n", line.c_str());
        }
        print_work(node);
        if (with_kernels && node.contains("kernel")) {
            printf("       kernel %s\n", text(node["kernel"]).empty() ? "-" : text(node["kernel"]).c_str());
        }
    }
    printf("  parameters  %zu\n", info["parameters"].size());
    for (const Json &parameter : info["parameters"]) {
        printf("    %-40s %-7s %-20s %-18s %s\n", text(parameter["name"]).c_str(), text(parameter["dtype"]).c_str(),
               parameter["shape"].dump().c_str(), exponents_text(parameter["exponent"]).c_str(),
               text(parameter["layout"]).c_str());
    }
    printf("  test values %zu inputs, %zu outputs\n", info["test_inputs"].size(), info["test_outputs"].size());
    if (info.contains("memory_error")) {
        printf("  memory      not known: %s\n", text(info["memory_error"]).c_str());
        return;
    }
    printf("  memory      %-18s %10s %10s %10s\n", "bytes", "internal", "psram", "flash");
    for (const auto &[name, use] : info["memory"].items()) {
        printf("              %-18s %10s %10s %10s\n", name.c_str(), use["internal"].dump().c_str(),
               use["psram"].dump().c_str(), use["flash"].dump().c_str());
    }
}

int run(const Options &options) {
    std::string error;
    ModelSelector selector;
    const char *origin = "";
    std::unique_ptr<ModelFile> file = open_model(options, options.path, selector, &origin, error);
    if (!file) {
        return refuse(error);
    }
    fbs::FbsModel &graph = file->model();

    Json info;
    info["file"] = options.path;
    info["format"] = file->loader().get_format();
    info["package_version"] = file->loader().get_package_version();
    info["models"] = Json::array();
    for (const fbs::FbsLoader::entry_t &entry : file->loader().get_entries()) {
        info["models"].push_back({{"name", entry.name}, {"bytes", entry.size}, {"encrypted", entry.encrypted}});
    }
    info["graph"] = graph.get_model_name();
    info["model_version"] = graph.get_model_version();
    info["doc_string"] = graph.get_model_doc_string();
    info["producer"] = graph.get_producer_name();
    info["producer_version"] = graph.get_producer_version();
    info["opset"] = graph.get_opset_version();
    info["ir_version"] = graph.get_ir_version();
    info["target"] = dl::target_name(dl::target());
    info["target_from"] = origin;
    info["metadata"] = Json::object();
    for (const auto &[key, value] : graph.get_model_metadata_props()) {
        info["metadata"][key] = value;
    }
    info["inputs"] = Json::array();
    for (const std::string &name : graph.get_graph_inputs()) {
        info["inputs"].push_back(variable(graph, name));
    }
    info["outputs"] = Json::array();
    for (const std::string &name : graph.get_graph_outputs()) {
        info["outputs"].push_back(variable(graph, name));
    }
    info["nodes"] = Json::array();
    LogCapture log;
    std::vector<std::string> order = graph.topological_sort();
    if (order.empty()) {
        return refuse("'" + options.path + "': " + log.errors());
    }
    for (const std::string &name : order) {
        info["nodes"].push_back(describe_node(graph, name));
    }
    info["parameters"] = Json::array();
    for (const std::string &name : graph.get_parameter_names()) {
        info["parameters"].push_back(describe_parameter(graph, name));
    }
    info["test_inputs"] = graph.get_test_inputs_name();
    info["test_outputs"] = graph.get_test_outputs_name();
    Json work = Json::object();
    info["memory"] = describe_memory(*file, selector, work, error);
    if (info["memory"].is_null()) {
        info["memory_error"] = error;
    }
    for (Json &node : info["nodes"]) {
        const auto own = work.find(node["name"].get<std::string>());
        if (own != work.end()) {
            node.update(*own);
        }
    }

    if (options.json) {
        printf("%s\n", info.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
        print_text(info, options.kernels);
    }
    return EXIT_DONE;
}

}  // namespace

void add_info(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand("info", "Show what a file holds: graph, tensors, layouts, memory plan");
    command.add_option("MODEL", options->path, ".espdl file").required();
    command.add_flag("--kernels", options->kernels, "Show the kernel that each node gets on this PC");
    command.add_flag("--json", options->json, "As JSON");
    add_target_option(command, *options);
    add_selector_options(command, *options);
    command.callback([options, &exit_code]() { exit_code = run(*options); });
}

}  // namespace espdl_tool
