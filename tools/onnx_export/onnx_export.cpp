#include "onnx_export.hpp"

#include <algorithm>
#include <numeric>

#include "exporter.hpp"

namespace onnx_export {

Perm identity(size_t rank) {
    Perm perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    return perm;
}

Perm channels_last(size_t rank) {
    return rank == 4 ? Perm{0, 2, 3, 1} : rank == 3 ? Perm{0, 2, 1} : identity(rank);
}

Perm inverse(const Perm &perm) {
    Perm back(perm.size());
    for (size_t i = 0; i < perm.size(); i++) {
        back[perm[i]] = static_cast<int>(i);
    }
    return back;
}

std::vector<int64_t> strides_of(const std::vector<int> &shape) {
    std::vector<int64_t> strides(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * shape[i];
    }
    return strides;
}

Ints onnx_shape(const std::vector<int> &stored, const Perm &perm) {
    Ints shape(stored.size());
    for (size_t i = 0; i < stored.size(); i++) {
        shape[perm[i]] = stored[i];
    }
    return shape;
}

bool reads_channels_last(const std::string &type) {
    return operators::row(type).layout == operators::Layout::CHANNELS_LAST || type == "PRelu";
}

Result Exporter::run() {
    const std::vector<std::string> order = m_in.topological_sort();
    if (order.empty()) {
        throw Error("the model's nodes cannot be put in order");
    }
    for (const std::string &name : order) {
        Node node;
        node.name = name;
        node.type = m_in.get_operation_type(name);
        m_in.get_operation_inputs_and_outputs(name, node.in, node.out);
        m_nodes.push_back(node);
    }
    find_matmul_sources();
    const std::set<std::string> needed = needed_nodes();
    Result result;
    for (const std::string &name : m_in.get_graph_inputs()) {
        add_input(name);
        result.inputs.push_back(port(name));
    }
    for (const Node &node : m_nodes) {
        if (needed.count(node.name)) {
            convert(node);
        }
    }
    for (const std::string &name : m_in.get_graph_outputs()) {
        result.outputs.push_back(port(name));
        add_output(name);
    }
    std::string error;
    result.bytes = m_graph.serialize(error);
    if (result.bytes.empty()) {
        throw Error("the exported model is not valid: " + error);
    }
    return result;
}

void Exporter::refuse(const Node &node, const std::string &reason) {
    throw Error("node '" + node.name + "' (" + node.type + "): " + reason);
}

Exporter::Handler Exporter::handler_of(const std::string &type) {
    static const std::map<std::string, Handler> own = {
        {"Clip", &Exporter::clip},
        {"Concat", &Exporter::concat},
        {"Conv", &Exporter::conv},
        {"ConvTranspose", &Exporter::conv_transpose},
        {"DepthToSpace", &Exporter::depth_to_space},
        {"Gather", &Exporter::gather},
        {"Gelu", &Exporter::gelu},
        {"Gemm", &Exporter::gemm},
        {"InsertZeros", &Exporter::insert_zeros},
        {"LayerNormalization", &Exporter::layer_normalization},
        {"MatMul", &Exporter::matmul},
        {"Mod", &Exporter::mod},
        {"PRelu", &Exporter::prelu},
        {"Pad", &Exporter::pad},
        {"RMSNormalization", &Exporter::rms_normalization},
        {"Resize", &Exporter::resize},
        {"ReverseSequence", &Exporter::reverse_sequence},
        {"ScatterND", &Exporter::scatter},
        {"Slice", &Exporter::slice},
        {"SpaceToDepth", &Exporter::space_to_depth},
        {"Split", &Exporter::split},
        {"Swish", &Exporter::swish},
        {"Transpose", &Exporter::storage_transpose},
    };
    switch (operators::row(type).onnx) {
        case operators::Onnx::NONE:
            return nullptr;
        case operators::Onnx::UNARY:
            return &Exporter::unary;
        case operators::Onnx::ELEMENTWISE:
            return &Exporter::elementwise;
        case operators::Onnx::RESHAPE:
            return &Exporter::reshape;
        case operators::Onnx::REDUCE:
            return &Exporter::reduce;
        case operators::Onnx::POOL:
            return &Exporter::pool;
        case operators::Onnx::ALONG_AXIS:
            return &Exporter::along_axis;
        case operators::Onnx::CELL:
            return &Exporter::rnn;
        case operators::Onnx::VALUE:
            return &Exporter::same_value;
        case operators::Onnx::OWN: {
            auto found = own.find(type);
            return found == own.end() ? nullptr : found->second;
        }
    }
    return nullptr;
}

void Exporter::convert(const Node &node) {
    const Handler handler = handler_of(node.type);
    if (!handler) {
        refuse(node, node.type == "StreamingCache" ? "ONNX has no operator that remembers earlier runs"
                     : node.type == "LUT"          ? "ONNX has no table of 8-bit values"
                                                   : "it has no ONNX form here");
    }
    if (node.in.empty() || node.out.empty()) {
        refuse(node, "no input or no output");
    }
    (this->*handler)(node);
}

bool has_form(const std::string &type) {
    return Exporter::handler_of(type) != nullptr;
}

Result export_onnx(fbs::FbsModel &model, Form form, Ports ports) {
    return Exporter(model, form, ports).run();
}

}  // namespace onnx_export
