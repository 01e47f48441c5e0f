// espdl serve: a model that another program runs, over its standard input and output. The Python package is that
// program.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "dl_tool.hpp"
#include "log_capture.hpp"
#include "npy.hpp"
#include "runner.hpp"

namespace espdl_tool {

namespace {

using Json = nlohmann::ordered_json;

struct Options : CommonOptions {
    std::string path;
};

/** A line of a request, and one of its arrays, are no longer than this. */
constexpr size_t LINE_LIMIT = 1 << 20;
constexpr size_t ARRAY_LIMIT = static_cast<size_t>(1) << 31;

/** The two ends of the conversation. Replies have a stream of their own: whatever a library prints goes to stderr. */
class Channel {
public:
    Channel() {
        const int replies = dup(STDOUT_FILENO);
        m_out = replies < 0 ? nullptr : fdopen(replies, "wb");
        dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    ~Channel() {
        if (m_out) {
            fclose(m_out);
        }
    }
    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;

    /** @return false at the end of the input, or if there is no line of a request's size */
    bool read_line(std::string &line) {
        line.clear();
        for (int c; (c = getc(stdin)) != EOF;) {
            if (c == '\n') {
                return true;
            }
            if (line.size() == LINE_LIMIT) {
                return false;
            }
            line += static_cast<char>(c);
        }
        return false;
    }

    /** Piece by piece, so that a length takes no memory that is not sent. @return false if it ends early */
    bool read_bytes(size_t count, std::vector<uint8_t> &bytes) {
        constexpr size_t PIECE = 1 << 22;
        bytes.clear();
        while (bytes.size() < count) {
            const size_t have = bytes.size(), piece = std::min(PIECE, count - have);
            bytes.resize(have + piece);
            if (fread(bytes.data() + have, 1, piece, stdin) != piece) {
                return false;
            }
        }
        return true;
    }

    /** A line, and what stands behind it. @return false if nobody reads any more */
    bool write(const Json &line, const std::vector<Value> &values) {
        if (!m_out) {
            return false;
        }
        const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        bool good = fwrite(text.data(), 1, text.size(), m_out) == text.size();
        for (const Value &value : values) {
            const std::string header = npy_header(value.dtype, value.shape);
            good = good && fwrite(header.data(), 1, header.size(), m_out) == header.size() &&
                   fwrite(value.data.data(), 1, value.data.size(), m_out) == value.data.size();
        }
        return fflush(m_out) == 0 && good;
    }

private:
    FILE *m_out = nullptr;
};

Json describe(const std::string &name, dl::dtype_t dtype, const std::vector<int> &shape, int exponent) {
    return {{"name", name}, {"dtype", dl::tool::dtype_to_string(dtype)}, {"shape", shape}, {"exponent", exponent}};
}

/** Graph inputs or outputs in the file's order, with the shapes of the built model. */
Json describe_ports(const std::vector<std::string> &names, const std::map<std::string, dl::TensorBase *> &tensors) {
    Json ports = Json::array();
    for (const std::string &name : names) {
        auto tensor = tensors.find(name);
        if (tensor != tensors.end() && tensor->second) {
            ports.push_back(describe(name, tensor->second->dtype, tensor->second->shape,
                                     static_cast<int>(tensor->second->exponent)));
        }
    }
    return ports;
}

/** The file's test inputs and outputs, for the first reply. */
std::vector<Value> test_values(fbs::FbsModel &graph, Json &description) {
    std::vector<Value> values;
    auto add = [&](const char *kind, const std::string &name, dl::TensorBase *owned) {
        const std::unique_ptr<dl::TensorBase> tensor(owned);
        const uint8_t *data = tensor ? static_cast<const uint8_t *>(tensor->get_element_ptr()) : nullptr;
        if (!data) {
            return;
        }
        values.push_back({name,
                          tensor->dtype,
                          tensor->shape,
                          static_cast<int>(tensor->exponent),
                          {data, data + tensor->get_bytes()}});
        const Value &value = values.back();
        Json entry = describe(name, value.dtype, value.shape, value.exponent);
        entry["bytes"] = npy_header(value.dtype, value.shape).size() + value.data.size();
        description[kind].push_back(entry);
    };
    description["test_inputs"] = description["test_outputs"] = Json::array();
    for (const std::string &name : graph.get_test_inputs_name()) {
        add("test_inputs", name, graph.get_test_input_tensor(name));
    }
    for (const std::string &name : graph.get_test_outputs_name()) {
        add("test_outputs", name, graph.get_test_output_tensor(name));
    }
    return values;
}

/** What a request says. */
struct Request {
    std::map<std::string, Value> inputs;
    std::vector<std::string> wanted;
    bool reset = true;
    bool test_values = false;
};

std::vector<std::string> wanted_tensors(const Json &line, fbs::FbsModel &graph) {
    std::vector<std::string> wanted;
    const auto tensors = line.find("tensors");
    if (tensors != line.end() && tensors->is_array()) {
        for (const Json &name : *tensors) {
            if (name.is_string()) {
                wanted.push_back(name.get<std::string>());
            }
        }
    } else if (tensors != line.end() && *tensors == "all") {
        wanted = variables_in_order(graph);
    } else {
        wanted = graph.get_graph_outputs();
    }
    return wanted;
}

/**
 * A request and its arrays.
 * @param error what the other side is told; the conversation goes on
 * @return false: what follows in the input cannot be understood any more
 */
bool read_request(Channel &channel, const std::string &text, fbs::FbsModel &graph, Request &request,
                  std::string &error) {
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object()) {
        error = "the request is no JSON object";
        return false;
    }
    request.test_values = line.value("test_values", Json(false)) == Json(true);
    request.reset = line.value("reset", Json(true)) != Json(false);
    request.wanted = wanted_tensors(line, graph);
    for (const Json &input : line.value("inputs", Json::array())) {
        const Json name = input.is_object() ? input.value("name", Json()) : Json();
        const Json bytes = input.is_object() ? input.value("bytes", Json()) : Json();
        if (!name.is_string() || !bytes.is_number_unsigned() || bytes.get<uint64_t>() > ARRAY_LIMIT) {
            error = "an input of the request has no name, or no number of bytes up to 2^31";
            return false;
        }
        std::vector<uint8_t> file;
        if (!channel.read_bytes(bytes.get<uint64_t>(), file)) {
            error = "the request ends inside an array";
            return false;
        }
        NpyArray array;
        std::string reason;
        const std::string key = name.get<std::string>();
        if (!parse_npy(file, array, reason)) {
            error = "input '" + key + "': " + reason;
        } else if (!request.inputs
                        .insert({key,
                                 {key, array.dtype, array.shape, graph.get_value_info_exponent(key),
                                  std::move(array.data)}})
                        .second) {
            error = "input '" + key + "' is given twice";
        }
    }
    return true;
}

/** One request. @return false: the conversation is over */
bool answer(Channel &channel, const std::string &text, dl::Model &model, fbs::FbsModel &graph) {
    Request request;
    std::string error;
    const bool goes_on = read_request(channel, text, graph, request, error);
    if (!error.empty()) {
        return channel.write({{"error", error}}, {}) && goes_on;
    }
    if (request.test_values) {
        Json reply;
        const std::vector<Value> values = test_values(graph, reply);
        return channel.write(reply, values);
    }
    std::map<std::string, Value> outputs;
    if (!run_model(model, request.inputs, request.wanted, outputs, error, {}, request.reset)) {
        return channel.write({{"error", error}}, {});
    }
    Json described = Json::array();
    std::vector<Value> values;
    for (const std::string &name : request.wanted) {
        const Value &value = outputs.at(name);
        Json entry = describe(name, value.dtype, value.shape, value.exponent);
        entry["bytes"] = npy_header(value.dtype, value.shape).size() + value.data.size();
        described.push_back(entry);
        values.push_back(value);
    }
    return channel.write({{"outputs", described}}, values);
}

int serve(const Options &options) {
    Channel channel;
    std::string error;
    ModelSelector selector;
    std::unique_ptr<ModelFile> file = open_model(options, options.path, selector, nullptr, error);
    if (!file) {
        channel.write({{"error", error}}, {});
        return EXIT_WRONG_INPUT;
    }
    fbs::FbsModel &graph = file->model();
    LogCapture log;
    dl::Model model(&graph);
    if (!model.is_ready()) {
        channel.write({{"error", "'" + options.path + "': " + log.errors()}}, {});
        return EXIT_WRONG_INPUT;
    }
    Json metadata = Json::object();
    for (const auto &[key, value] : graph.get_model_metadata_props()) {
        metadata[key] = value;
    }
    Json hello = {{"target", dl::target_name(dl::target())},
                  {"name", graph.get_model_name()},
                  {"inputs", describe_ports(graph.get_graph_inputs(), model.get_inputs())},
                  {"outputs", describe_ports(graph.get_graph_outputs(), model.get_outputs())},
                  {"tensors", variables_in_order(graph)},
                  {"metadata", metadata}};
    bool goes_on = channel.write(hello, {});
    std::string line;
    while (goes_on && channel.read_line(line)) {
        goes_on = answer(channel, line, model, graph);
    }
    return EXIT_DONE;
}

}  // namespace

void add_serve(Command &app, int &exit_code) {
    auto options = std::make_shared<Options>();
    Command command = app.add_subcommand(
        "serve", "Run a model for another program: requests on standard input, replies on standard output");
    command.add_option("MODEL", options->path, ".espdl file").required();
    add_target_option(command, *options);
    add_selector_options(command, *options);
    command.callback([options, &exit_code]() { exit_code = serve(*options); });
}

}  // namespace espdl_tool
