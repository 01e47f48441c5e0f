#include "import/onnx_import.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

namespace quantize {

namespace {

std::string folder_of(const std::string &path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

torch::ScalarType scalar_type(int onnx_type, const std::string &what) {
    switch (onnx_type) {
        case onnx::TensorProto::FLOAT:
            return torch::kFloat;
        case onnx::TensorProto::DOUBLE:
            return torch::kDouble;
        case onnx::TensorProto::FLOAT16:
            return torch::kHalf;
        case onnx::TensorProto::INT8:
            return torch::kChar;
        case onnx::TensorProto::UINT8:
            return torch::kByte;
        case onnx::TensorProto::INT16:
            return torch::kShort;
        case onnx::TensorProto::INT32:
            return torch::kInt;
        case onnx::TensorProto::INT64:
            return torch::kLong;
        case onnx::TensorProto::BOOL:
            return torch::kBool;
        default:
            throw Error(what + " has ONNX data type " + std::to_string(onnx_type) + ", which is not supported");
    }
}

/** A tensor of the model's file. */
struct Header {
    std::string what;  ///< for messages
    std::vector<int64_t> shape;
    torch::ScalarType type;
    int64_t size = 1;  ///< elements
    size_t bytes() const { return static_cast<size_t>(size) * torch::elementSize(type); }
};

Header read_header(const onnx::TensorProto &proto) {
    Header header;
    header.what = "tensor '" + proto.name() + "'";
    header.shape.assign(proto.dims().begin(), proto.dims().end());
    for (int64_t dim : header.shape) {
        if (dim < 0 || (dim && header.size > (INT64_C(1) << 40) / dim)) {
            throw Error(header.what + " has an impossible shape");
        }
        header.size *= dim;
    }
    header.type = scalar_type(proto.data_type(), header.what);
    return header;
}

torch::Tensor from_bytes(const Header &header, const std::string &data) {
    if (data.size() != header.bytes()) {
        throw Error(header.what + " needs " + std::to_string(header.bytes()) + " bytes and has " +
                    std::to_string(data.size()));
    }
    torch::Tensor tensor = torch::empty(header.shape, header.type);
    if (!data.empty()) {
        std::memcpy(tensor.data_ptr(), data.data(), data.size());
    }
    return tensor;
}

torch::Tensor read_external(const onnx::TensorProto &proto, const Header &header, const std::string &folder) {
    std::string location;
    int64_t offset = 0, length = -1;
    for (const auto &entry : proto.external_data()) {
        if (entry.key() == "location") {
            location = entry.value();
        } else if (entry.key() == "offset") {
            offset = std::strtoll(entry.value().c_str(), nullptr, 10);
        } else if (entry.key() == "length") {
            length = std::strtoll(entry.value().c_str(), nullptr, 10);
        }
    }
    if (location.empty() || location[0] == '/' || location.find("..") != std::string::npos || offset < 0) {
        throw Error(header.what + ": external data at '" + location + "' is not inside the model's folder");
    }
    // The size first: a damaged shape must not ask for all the memory there is.
    const size_t bytes = header.bytes();
    std::ifstream file(folder + "/" + location, std::ios::binary | std::ios::ate);
    const int64_t there = file ? static_cast<int64_t>(file.tellg()) : 0;
    if (!file || (length >= 0 && static_cast<size_t>(length) != bytes) || there < offset ||
        static_cast<size_t>(there - offset) < bytes) {
        throw Error(header.what + ": external data file '" + folder + "/" + location + "' is missing or too short");
    }
    std::string data(bytes, '\0');
    if (!file.seekg(offset) || !file.read(data.data(), static_cast<std::streamsize>(bytes))) {
        throw Error(header.what + ": external data file '" + folder + "/" + location + "' cannot be read");
    }
    return from_bytes(header, data);
}

torch::Tensor read_tensor(const onnx::TensorProto &proto, const std::string &folder) {
    const Header header = read_header(proto);
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
        return read_external(proto, header, folder);
    }
    if (!proto.raw_data().empty() || header.size == 0) {
        return from_bytes(header, proto.raw_data());
    }
    torch::Tensor tensor;
    auto check = [&](int64_t given) {
        if (given != header.size) {
            throw Error(header.what + " needs " + std::to_string(header.size) + " values and has " +
                        std::to_string(given));
        }
    };
    switch (header.type) {
        case torch::kFloat:
            check(proto.float_data_size());
            tensor = torch::empty(header.shape, torch::kFloat);
            std::copy(proto.float_data().begin(), proto.float_data().end(), tensor.data_ptr<float>());
            return tensor;
        case torch::kDouble:
            check(proto.double_data_size());
            tensor = torch::empty(header.shape, torch::kDouble);
            std::copy(proto.double_data().begin(), proto.double_data().end(), tensor.data_ptr<double>());
            return tensor;
        case torch::kLong:
            check(proto.int64_data_size());
            tensor = torch::empty(header.shape, torch::kLong);
            std::copy(proto.int64_data().begin(), proto.int64_data().end(), tensor.data_ptr<int64_t>());
            return tensor;
        case torch::kHalf: {
            check(proto.int32_data_size());
            tensor = torch::empty(header.shape, torch::kHalf);
            uint16_t *out = static_cast<uint16_t *>(tensor.data_ptr());
            for (int value : proto.int32_data()) {
                *out++ = static_cast<uint16_t>(value);
            }
            return tensor;
        }
        default:
            check(proto.int32_data_size());
            tensor = torch::empty(header.shape, torch::kInt);
            std::copy(proto.int32_data().begin(), proto.int32_data().end(), tensor.data_ptr<int>());
            return tensor.to(header.type);
    }
}

/** Floats narrower or wider than float are computed as float. */
torch::Tensor as_computed(torch::Tensor tensor) {
    const torch::ScalarType type = tensor.scalar_type();
    return type == torch::kHalf || type == torch::kDouble ? tensor.to(torch::kFloat) : tensor;
}

Attribute read_attribute(const onnx::AttributeProto &proto, const std::string &node, const std::string &folder) {
    switch (proto.type()) {
        case onnx::AttributeProto::INT:
            return static_cast<int64_t>(proto.i());
        case onnx::AttributeProto::FLOAT:
            return static_cast<double>(proto.f());
        case onnx::AttributeProto::STRING:
            return proto.s();
        case onnx::AttributeProto::INTS:
            return std::vector<int64_t>(proto.ints().begin(), proto.ints().end());
        case onnx::AttributeProto::FLOATS:
            return std::vector<double>(proto.floats().begin(), proto.floats().end());
        case onnx::AttributeProto::STRINGS:
            return std::vector<std::string>(proto.strings().begin(), proto.strings().end());
        case onnx::AttributeProto::TENSOR:
            return as_computed(read_tensor(proto.t(), folder));
        default:
            throw Error("node '" + node + "': attribute '" + proto.name() + "' is of a kind that is not supported");
    }
}

onnx::ModelProto load_proto(const std::string &path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    // A folder opens, but has no end.
    const int64_t size = file ? static_cast<int64_t>(file.tellg()) : -1;
    if (size < 0 || size == INT64_MAX || !file.seekg(0)) {
        throw Error("'" + path + "' cannot be opened");
    }
    if (size > INT32_MAX) {
        throw Error("'" + path +
                    "' is larger than protobuf's 2 GB: save it with its weights in a file beside it (external data)");
    }
    onnx::ModelProto model;
    {
        google::protobuf::SetLogHandler(nullptr);  // it would print a line of its own about a damaged file
        google::protobuf::io::IstreamInputStream stream(&file);
        google::protobuf::io::CodedInputStream coded(&stream);
        coded.SetTotalBytesLimit(INT32_MAX);
        if (!model.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage() || !model.has_graph()) {
            throw Error("'" + path + "' is no ONNX model, or is damaged");
        }
    }
    return model;
}

/** Fills a graph from what the file says. */
class Importer {
public:
    Importer(const onnx::ModelProto &model, const std::string &path, const ImportOptions &options,
             std::vector<OnnxNode> *nodes)
        : m_model(model),
          m_proto(model.graph()),
          m_path(path),
          m_folder(folder_of(path)),
          m_options(options),
          m_shapes(options.shapes),
          m_nodes(nodes) {
        graph->name = m_proto.name();
        graph->ir_version = model.ir_version();
        for (const auto &opset : model.opset_import()) {
            if (opset.domain().empty() || opset.domain() == "ai.onnx") {
                graph->opset = opset.version();
            }
        }
    }

    std::unique_ptr<Graph> graph = std::make_unique<Graph>();

    void read_params() {
        for (const auto &initializer : m_proto.initializer()) {
            if (initializer.name().empty() || !m_params.insert(initializer.name()).second) {
                throw Error("initializer '" + initializer.name() + "' has no name of its own");
            }
            torch::Tensor value = as_computed(read_tensor(initializer, m_folder));
            if (value.is_floating_point() && value.numel() && !torch::isfinite(value).all().item<bool>()) {
                throw Error("initializer '" + initializer.name() + "' holds NaN or infinite values");
            }
            graph->new_param(initializer.name(), value);
        }
    }

    void read_inputs() {
        for (const auto &input : m_proto.input()) {
            if (m_params.count(input.name())) {
                continue;
            }
            Var *var = var_named(input.name());
            if (!var) {
                throw Error("a graph input has no name");
            }
            var->dtype = scalar_type(input.type().tensor_type().elem_type(), "input '" + input.name() + "'");
            if (var->dtype == torch::kHalf || var->dtype == torch::kDouble) {
                var->dtype = torch::kFloat;
            }
            graph->inputs.push_back(var);
        }
        for (const auto &entry : m_shapes) {
            const std::string &name = entry.first;
            std::set<std::string> names;
            for (const Var *var : graph->inputs) {
                names.insert(var->name);
            }
            if (name.empty() ? names.size() != 1 : !names.count(name)) {
                throw Error("--input-shape: " +
                            (name.empty() ? "the model has " + std::to_string(names.size()) +
                                                " inputs, name the one: INPUT=1x3x224x224"
                                          : "the model has no input '" + name + "'" + suggestion(name, names)));
            }
        }
        for (const auto &input : m_proto.input()) {
            if (!m_params.count(input.name())) {
                read_shape(input, graph->vars.at(input.name()).get());
            }
        }
        if (graph->inputs.empty()) {
            throw Error("'" + m_path + "' has no inputs");
        }
    }

    void read_nodes() {
        std::set<std::string> names, made;
        int unnamed = 0;
        for (const onnx::NodeProto &node : m_proto.node()) {
            const std::string name = node.name().empty() ? "generated_name_" + std::to_string(unnamed++) : node.name();
            if (!names.insert(name).second) {
                throw Error("two nodes are named '" + name + "'");
            }
            Op *op = graph->new_op(name, node.op_type());
            read_attributes(node, op);
            for (const std::string &input : node.input()) {
                op->inputs.push_back(var_named(input));
            }
            for (const std::string &output : node.output()) {
                if (!output.empty() && !made.insert(output).second) {
                    throw Error("two nodes make '" + output + "'");
                }
                op->outputs.push_back(var_named(output));
            }
            while (!op->inputs.empty() && !op->inputs.back()) {
                op->inputs.pop_back();
            }
            try {
                declare(node, op);
            } catch (const Error &error) {
                if (!m_nodes) {
                    throw;
                }
                m_nodes->back().problem = error.what();
            }
        }
    }

    /** Throws Error for a declaration that is about none of the nodes. */
    void check_declarations() const {
        for (const auto &custom : m_options.custom) {
            std::set<std::string> types;
            bool found = false;
            for (const onnx::NodeProto &node : m_proto.node()) {
                found = found || is_declared(*custom, node.domain(), node.op_type());
                types.insert((node.domain().empty() ? "" : node.domain() + ".") + node.op_type());
            }
            if (!found) {
                throw Error(
                    "--custom-op: '" + custom->text + "': the model has no such operator" +
                    suggestion(custom->domain.empty() ? custom->type : custom->domain + "." + custom->type, types));
            }
        }
    }

    void read_outputs() {
        for (const auto &output : m_proto.output()) {
            auto it = graph->vars.find(output.name());
            if (it == graph->vars.end()) {
                throw Error("graph output '" + output.name() + "' is made by no node");
            }
            graph->outputs.push_back(it->second.get());
        }
        if (graph->outputs.empty()) {
            throw Error("'" + m_path + "' has no outputs");
        }
    }

    /** All of it. Throws Error for a tensor that nobody makes. */
    std::unique_ptr<Graph> read() {
        read_params();
        read_inputs();
        check_declarations();
        read_nodes();
        read_outputs();
        graph->refresh();
        graph->file_names = graph->op_names();
        for (auto &entry : graph->vars) {
            Var *var = entry.second.get();
            if (!var->is_param && !var->source &&
                std::find(graph->inputs.begin(), graph->inputs.end(), var) == graph->inputs.end()) {
                throw Error("tensor '" + var->name + "' is made by no node");
            }
        }
        return std::move(graph);
    }

private:
    void read_shape(const onnx::ValueInfoProto &input, Var *var) {
        const auto &dims = input.type().tensor_type().shape().dim();
        auto given = m_shapes.find(input.name());
        given = given == m_shapes.end() ? m_shapes.find("") : given;
        const std::string what = "input '" + input.name() + "'";
        if (given != m_shapes.end() && input.type().tensor_type().has_shape() &&
            static_cast<int>(given->second.size()) != dims.size()) {
            throw Error("--input-shape: " + what + " has " + std::to_string(dims.size()) + " axes, not " +
                        std::to_string(given->second.size()));
        }
        if (given != m_shapes.end()) {
            var->shape = given->second;
        }
        for (int axis = 0; axis < dims.size(); axis++) {
            const auto &dim = dims[axis];
            const bool open = !dim.has_dim_value() || dim.dim_value() <= 0;
            if (given != m_shapes.end()) {
                if (!open && dim.dim_value() != var->shape[axis]) {
                    throw Error("--input-shape: axis " + std::to_string(axis) + " of " + what + " is " +
                                std::to_string(dim.dim_value()) + " in the file, not " +
                                std::to_string(var->shape[axis]));
                }
            } else if (open && axis > 0) {
                throw Error(what + " has a dimension without a fixed size" +
                            (dim.dim_param().empty() ? "" : " ('" + dim.dim_param() + "')") +
                            ": --input-shape gives it one, or export the model with fixed shapes");
            } else {
                var->shape.push_back(open ? 1 : dim.dim_value());  // an open first axis is the batch
            }
        }
    }

    Var *var_named(const std::string &name) {
        if (name.empty()) {
            return nullptr;
        }
        auto it = graph->vars.find(name);
        return it == graph->vars.end() ? graph->new_var(name) : it->second.get();
    }

    /** Throws Error, unless somebody wants to know of all nodes. */
    void read_attributes(const onnx::NodeProto &node, Op *op) {
        if (m_nodes) {
            m_nodes->push_back({op->name, node.op_type(), ""});
        }
        op->custom = declaration_of(node);
        try {
            if (op->custom) {
                op->type = op->custom->name;
                if (m_nodes) {
                    m_nodes->back().type = op->type;
                    m_nodes->back().custom = op->custom;
                }
            } else if (!node.domain().empty() && node.domain() != "ai.onnx") {
                op->type = node.domain() + "." + op->type;
                throw Error("node '" + op->name + "' (" + node.op_type() + ") is of domain '" + node.domain() +
                            "': only ONNX's own operators are supported (--custom-op declares one of your own)");
            }
            for (const auto &attribute : node.attribute()) {
                op->attributes[attribute.name()] = read_attribute(attribute, op->name, m_folder);
            }
        } catch (const Error &error) {
            if (!m_nodes) {
                throw;
            }
            m_nodes->back().problem = error.what();
        }
    }

    std::shared_ptr<const CustomOp> declaration_of(const onnx::NodeProto &node) {
        std::shared_ptr<const CustomOp> found;
        for (const auto &custom : m_options.custom) {
            // The one that names the domain wins.
            if (is_declared(*custom, node.domain(), node.op_type()) && (!found || found->domain.empty())) {
                found = custom;
            }
        }
        if (found && found->body == CustomOp::Body::NONE && function_of(node)) {
            auto computed = std::make_shared<CustomOp>(*found);
            computed->body = CustomOp::Body::FUNCTION;
            computed->row.name = computed->name.c_str();
            return computed;
        }
        return found;
    }

    /** The function in the file that a node calls. */
    const onnx::FunctionProto *function_of(const onnx::NodeProto &node) const {
        for (const onnx::FunctionProto &function : m_model.functions()) {
            if (function.domain() == node.domain() && function.name() == node.op_type()) {
                return &function;
            }
        }
        return nullptr;
    }

    /** Gives a node of a declared operator its body, and its outputs their scale. */
    void declare(const onnx::NodeProto &node, Op *op) {
        if (!op->custom) {
            return;
        }
        for (Var *var : op->outputs) {
            if (var && op->custom->exponent) {
                var->given = GivenScale{{*op->custom->exponent}, op->custom->bits == 16 ? 16 : 8, -1};
            }
        }
        const bool model = op->custom->body == CustomOp::Body::MODEL;
        if (!model && op->custom->body != CustomOp::Body::FUNCTION) {
            return;
        }
        const std::string where = "--custom-op: node '" + op->name + "' (" + op->type + "): ";
        const onnx::FunctionProto *function = model ? nullptr : function_of(node);
        if (!model && !function) {
            throw Error(where + "the model has no function '" + node.op_type() + "' in domain '" + node.domain() + "'");
        }
        const onnx::ModelProto proto = model ? load_proto(op->custom->file) : called(*function, node);
        try {
            op->body = read_body(proto, model ? op->custom->file : m_path);
        } catch (const Error &error) {
            throw Error(where + error.what());
        }
        if (op->body->inputs.size() != op->inputs.size() || op->body->outputs.size() != op->outputs.size()) {
            throw Error(where + "the node has " + std::to_string(op->inputs.size()) + " inputs and " +
                        std::to_string(op->outputs.size()) + " outputs, " + body_text(*op->custom) + " " +
                        std::to_string(op->body->inputs.size()) + " and " + std::to_string(op->body->outputs.size()));
        }
    }

    /** A function as a model, with the attributes of the node that calls it. */
    static onnx::ModelProto called(const onnx::FunctionProto &function, const onnx::NodeProto &node) {
        onnx::ModelProto model;
        *model.mutable_opset_import() = function.opset_import();
        onnx::GraphProto *graph = model.mutable_graph();
        graph->set_name(function.name());
        for (const std::string &name : function.input()) {
            onnx::ValueInfoProto *input = graph->add_input();
            input->set_name(name);
            input->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
        }
        for (const std::string &name : function.output()) {
            graph->add_output()->set_name(name);
        }
        for (const onnx::NodeProto &inner : function.node()) {
            onnx::NodeProto *copy = graph->add_node();
            *copy = inner;
            copy->clear_attribute();
            for (const onnx::AttributeProto &attribute : inner.attribute()) {
                if (attribute.ref_attr_name().empty()) {
                    *copy->add_attribute() = attribute;
                    continue;
                }
                for (const onnx::AttributeProto &given : node.attribute()) {
                    if (given.name() == attribute.ref_attr_name()) {
                        onnx::AttributeProto *value = copy->add_attribute();
                        *value = given;
                        value->set_name(attribute.name());
                    }
                }
            }
        }
        return model;
    }

    /** Shapes are those that the operator's inputs turn out to have. */
    static std::unique_ptr<Graph> read_body(onnx::ModelProto model, const std::string &path) {
        for (onnx::ValueInfoProto &input : *model.mutable_graph()->mutable_input()) {
            input.mutable_type()->mutable_tensor_type()->clear_shape();
        }
        const ImportOptions plain;
        Importer importer(model, path, plain, nullptr);
        return importer.read();
    }

    const onnx::ModelProto &m_model;
    const onnx::GraphProto &m_proto;
    std::string m_path, m_folder;
    const ImportOptions &m_options;
    const InputShapes &m_shapes;
    std::vector<OnnxNode> *m_nodes;
    std::set<std::string> m_params;
};

}  // namespace

InputShapes parse_input_shapes(const std::vector<std::string> &arguments, const std::string &option) {
    InputShapes shapes;
    for (const std::string &argument : arguments) {
        const size_t equal = argument.rfind('=');
        const std::string name = equal == std::string::npos ? "" : argument.substr(0, equal);
        std::istringstream text(equal == std::string::npos ? argument : argument.substr(equal + 1));
        std::vector<int64_t> shape;
        for (std::string part; std::getline(text, part, 'x');) {
            char *end = nullptr;
            shape.push_back(std::strtoll(part.c_str(), &end, 10));
            if (part.empty() || *end || shape.back() < 1 || shape.back() > INT32_MAX) {
                throw Error(option + ": '" + argument + "' is not INPUT=1x3x224x224");
            }
        }
        if (shape.empty() || !shapes.emplace(name, shape).second) {
            throw Error(option + ": '" + argument + "' gives no shape, or a second one");
        }
    }
    return shapes;
}

namespace {

/** Tensors that a wrong name may mean, for messages: few enough to read. */
std::string candidates(const Graph &graph, const std::string &wrong) {
    constexpr size_t MOST = 8;
    // The last part of a path is what users remember.
    const std::string part = wrong.substr(wrong.rfind('/') + 1);
    std::vector<std::string> near, last;
    for (const Op *op : graph.execution_order()) {
        for (const Var *var : op->outputs) {
            if (var) {
                last.push_back(var->name);
                if (!part.empty() && var->name.find(part) != std::string::npos) {
                    near.push_back(var->name);
                }
            }
        }
    }
    const std::vector<std::string> &list = near.empty() ? last : near;
    std::string text = near.empty() ? "; its last ones are " : "; there are ";
    for (size_t i = list.size() - std::min(list.size(), MOST); i < list.size(); i++) {
        text += (text.back() == '\'' ? ", '" : "'") + list[i] + "'";
    }
    return text;
}

/** The network ends at these tensors; what only the others need goes. */
void end_at(Graph &graph, const std::vector<std::string> &names) {
    std::vector<Var *> outputs;
    for (const std::string &name : names) {
        auto found = graph.vars.find(name);
        Var *var = found == graph.vars.end() ? nullptr : found->second.get();
        if (!var) {
            auto op = std::find_if(graph.ops.begin(), graph.ops.end(), [&](const auto &o) { return o->name == name; });
            std::string made;
            for (const Var *output : op == graph.ops.end() ? std::vector<Var *>() : (*op)->outputs) {
                made += output ? (made.empty() ? "'" : ", '") + output->name + "'" : "";
            }
            throw Error("--outputs: the network has no tensor '" + name + "'" +
                        (made.empty() ? candidates(graph, name) : ", the node of this name makes " + made));
        }
        if (!var->source) {
            throw Error("--outputs: '" + name + "' is " + (var->is_param ? "a constant" : "a graph input") +
                        ", not what a node makes");
        }
        if (std::find(outputs.begin(), outputs.end(), var) != outputs.end()) {
            throw Error("--outputs: '" + name + "' is named twice");
        }
        outputs.push_back(var);
    }
    graph.outputs = outputs;
    graph.refresh();
    std::erase_if(graph.inputs, [](const Var *input) { return input->readers.empty(); });
    if (graph.inputs.empty()) {
        throw Error("--outputs: no graph input reaches '" + names[0] + "'");
    }
    graph.refresh();
}

}  // namespace

std::unique_ptr<Graph> import_onnx(const std::string &path, const ImportOptions &options,
                                   std::vector<OnnxNode> *nodes) {
    const onnx::ModelProto model = load_proto(path);
    Importer importer(model, path, options, nodes);
    std::unique_ptr<Graph> graph = importer.read();
    if (!options.outputs.empty()) {
        end_at(*graph, options.outputs);
    }
    if (!nodes) {
        take_qdq(*graph, options.rounding);
    }
    return graph;
}

}  // namespace quantize
