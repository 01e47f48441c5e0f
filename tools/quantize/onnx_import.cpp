#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>

#include "graph.hpp"

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

torch::Tensor read_tensor(const onnx::TensorProto &proto, const std::string &folder) {
    const std::string what = "tensor '" + proto.name() + "'";
    std::vector<int64_t> shape(proto.dims().begin(), proto.dims().end());
    int64_t size = 1;
    for (int64_t dim : shape) {
        if (dim < 0 || (dim && size > (INT64_C(1) << 40) / dim)) {
            throw Error(what + " has an impossible shape");
        }
        size *= dim;
    }
    const torch::ScalarType type = scalar_type(proto.data_type(), what);
    const size_t bytes = (size_t)size * torch::elementSize(type);
    auto from_bytes = [&](const char *data, size_t given) {
        if (given != bytes) {
            throw Error(what + " needs " + std::to_string(bytes) + " bytes and has " + std::to_string(given));
        }
        torch::Tensor tensor = torch::empty(shape, type);
        if (bytes) {
            std::memcpy(tensor.data_ptr(), data, bytes);
        }
        return tensor;
    };
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
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
            throw Error(what + ": external data at '" + location + "' is not inside the model's folder");
        }
        // The size first: a damaged shape must not ask for all the memory there is.
        std::ifstream file(folder + "/" + location, std::ios::binary | std::ios::ate);
        const int64_t there = file ? (int64_t)file.tellg() : 0;
        if (!file || (length >= 0 && (size_t)length != bytes) || there < offset || (size_t)(there - offset) < bytes) {
            throw Error(what + ": external data file '" + folder + "/" + location + "' is missing or too short");
        }
        std::string data(bytes, '\0');
        if (!file.seekg(offset) || !file.read(data.data(), (std::streamsize)bytes)) {
            throw Error(what + ": external data file '" + folder + "/" + location + "' cannot be read");
        }
        return from_bytes(data.data(), data.size());
    }
    if (!proto.raw_data().empty() || size == 0) {
        return from_bytes(proto.raw_data().data(), proto.raw_data().size());
    }
    torch::Tensor tensor;
    auto check = [&](int64_t given) {
        if (given != size) {
            throw Error(what + " needs " + std::to_string(size) + " values and has " + std::to_string(given));
        }
    };
    switch (type) {
        case torch::kFloat:
            check(proto.float_data_size());
            tensor = torch::empty(shape, torch::kFloat);
            std::copy(proto.float_data().begin(), proto.float_data().end(), tensor.data_ptr<float>());
            return tensor;
        case torch::kDouble:
            check(proto.double_data_size());
            tensor = torch::empty(shape, torch::kDouble);
            std::copy(proto.double_data().begin(), proto.double_data().end(), tensor.data_ptr<double>());
            return tensor;
        case torch::kLong:
            check(proto.int64_data_size());
            tensor = torch::empty(shape, torch::kLong);
            std::copy(proto.int64_data().begin(), proto.int64_data().end(), tensor.data_ptr<int64_t>());
            return tensor;
        case torch::kHalf: {
            check(proto.int32_data_size());
            tensor = torch::empty(shape, torch::kHalf);
            uint16_t *out = (uint16_t *)tensor.data_ptr();
            for (int value : proto.int32_data()) {
                *out++ = (uint16_t)value;
            }
            return tensor;
        }
        default:
            check(proto.int32_data_size());
            tensor = torch::empty(shape, torch::kInt);
            std::copy(proto.int32_data().begin(), proto.int32_data().end(), tensor.data_ptr<int>());
            return tensor.to(type);
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
            return (int64_t)proto.i();
        case onnx::AttributeProto::FLOAT:
            return (double)proto.f();
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

}  // namespace

std::unique_ptr<Graph> import_onnx(const std::string &path, std::vector<OnnxNode> *nodes) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    // A folder opens, but has no end.
    const int64_t size = file ? (int64_t)file.tellg() : -1;
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
    const std::string folder = folder_of(path);
    const onnx::GraphProto &proto = model.graph();
    auto graph = std::make_unique<Graph>();
    graph->name = proto.name();
    graph->ir_version = model.ir_version();
    for (const auto &opset : model.opset_import()) {
        if (opset.domain().empty() || opset.domain() == "ai.onnx") {
            graph->opset = opset.version();
        }
    }

    std::set<std::string> params;
    for (const auto &initializer : proto.initializer()) {
        if (initializer.name().empty() || !params.insert(initializer.name()).second) {
            throw Error("initializer '" + initializer.name() + "' has no name of its own");
        }
        torch::Tensor value = as_computed(read_tensor(initializer, folder));
        if (value.is_floating_point() && value.numel() && !torch::isfinite(value).all().item<bool>()) {
            throw Error("initializer '" + initializer.name() + "' holds NaN or infinite values");
        }
        graph->new_param(initializer.name(), value);
    }
    auto var_named = [&](const std::string &name) -> Var * {
        if (name.empty()) {
            return nullptr;
        }
        auto it = graph->vars.find(name);
        return it == graph->vars.end() ? graph->new_var(name) : it->second.get();
    };
    for (const auto &input : proto.input()) {
        if (params.count(input.name())) {
            continue;
        }
        Var *var = var_named(input.name());
        if (!var) {
            throw Error("a graph input has no name");
        }
        var->dtype = scalar_type(input.type().tensor_type().elem_type(), "input '" + input.name() + "'");
        for (const auto &dim : input.type().tensor_type().shape().dim()) {
            if (!dim.has_dim_value() || dim.dim_value() <= 0) {
                throw Error("input '" + input.name() + "' has a dimension without a fixed size" +
                            (dim.dim_param().empty() ? "" : " ('" + dim.dim_param() + "')") +
                            ": export the model with fixed shapes");
            }
            var->shape.push_back(dim.dim_value());
        }
        graph->inputs.push_back(var);
    }
    if (graph->inputs.empty()) {
        throw Error("'" + path + "' has no inputs");
    }

    std::set<std::string> names, made;
    int unnamed = 0;
    for (const auto &node : proto.node()) {
        const std::string name = node.name().empty() ? "generated_name_" + std::to_string(unnamed++) : node.name();
        if (!names.insert(name).second) {
            throw Error("two nodes are named '" + name + "'");
        }
        Op *op = graph->new_op(name, node.op_type());
        if (nodes) {
            nodes->push_back({name, node.op_type(), ""});
        }
        try {
            if (!node.domain().empty() && node.domain() != "ai.onnx") {
                op->type = node.domain() + "." + op->type;
                throw Error("node '" + name + "' (" + node.op_type() + ") is of domain '" + node.domain() +
                            "': only ONNX's own operators are supported");
            }
            for (const auto &attribute : node.attribute()) {
                op->attributes[attribute.name()] = read_attribute(attribute, name, folder);
            }
        } catch (const Error &error) {
            if (!nodes) {
                throw;
            }
            nodes->back().problem = error.what();
        }
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
    }
    for (const auto &output : proto.output()) {
        auto it = graph->vars.find(output.name());
        if (it == graph->vars.end()) {
            throw Error("graph output '" + output.name() + "' is made by no node");
        }
        graph->outputs.push_back(it->second.get());
    }
    if (graph->outputs.empty()) {
        throw Error("'" + path + "' has no outputs");
    }
    graph->refresh();
    for (auto &entry : graph->vars) {
        Var *var = entry.second.get();
        if (!var->is_param && !var->source &&
            std::find(graph->inputs.begin(), graph->inputs.end(), var) == graph->inputs.end()) {
            throw Error("tensor '" + var->name + "' is made by no node");
        }
    }
    return graph;
}

}  // namespace quantize
