#include "onnx_graph.hpp"

#include <onnx/checker.h>

namespace onnx_export {

static constexpr int IR_VERSION = 8;
static constexpr int OPSET = 17;

OnnxGraph::OnnxGraph(const std::string &name) {
    m_model.set_ir_version(IR_VERSION);
    auto *opset = m_model.add_opset_import();
    opset->set_domain("");
    opset->set_version(OPSET);
    m_model.set_producer_name("deskboard");
    m_graph = m_model.mutable_graph();
    m_graph->set_name(name.empty() ? "graph" : name);
}

onnx::NodeProto *OnnxGraph::add(const std::string &type, const std::vector<std::string> &in, const std::string &out) {
    onnx::NodeProto *node = m_graph->add_node();
    node->set_op_type(type);
    node->set_name(unique(type));
    for (const std::string &name : in) {
        node->add_input(name);
    }
    node->add_output(out);
    return node;
}

std::string OnnxGraph::make(const std::string &type, const std::vector<std::string> &in) {
    const std::string out = unique("t");
    add(type, in, out);
    return out;
}

std::string OnnxGraph::constant(int type, const Ints &dims, const void *data, size_t bytes) {
    const std::string name = unique("c");
    onnx::TensorProto *tensor = m_graph->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (int64_t dim : dims) {
        tensor->add_dims(dim);
    }
    tensor->set_raw_data(data, bytes);
    return name;
}

std::string OnnxGraph::floats(const std::vector<float> &values, const Ints &dims) {
    return constant(onnx::TensorProto::FLOAT, dims, values);
}

std::string OnnxGraph::integers(const Ints &values) {
    return constant(onnx::TensorProto::INT64, {static_cast<int64_t>(values.size())}, values);
}

static void declare(onnx::ValueInfoProto *info, const std::string &name, int type, const Ints &shape) {
    info->set_name(name);
    auto *tensor = info->mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    tensor->mutable_shape();
    for (int64_t dim : shape) {
        tensor->mutable_shape()->add_dim()->set_dim_value(dim);
    }
}

void OnnxGraph::add_input(const std::string &name, int type, const Ints &shape) {
    declare(m_graph->add_input(), name, type, shape);
}

void OnnxGraph::add_output(const std::string &name, int type, const Ints &shape) {
    declare(m_graph->add_output(), name, type, shape);
}

void OnnxGraph::use_microsoft() {
    if (!m_uses_microsoft) {
        m_uses_microsoft = true;
        auto *opset = m_model.add_opset_import();
        opset->set_domain("com.microsoft");
        opset->set_version(1);
    }
}

std::string OnnxGraph::serialize(std::string &error) const {
    try {
        onnx::checker::check_model(m_model);
    } catch (const std::exception &problem) {
        error = problem.what();
        return "";
    }
    return m_model.SerializeAsString();
}

static onnx::AttributeProto *attribute(onnx::NodeProto *node, const std::string &name,
                                       onnx::AttributeProto::AttributeType type) {
    onnx::AttributeProto *result = node->add_attribute();
    result->set_name(name);
    result->set_type(type);
    return result;
}

void set(onnx::NodeProto *node, const std::string &name, int64_t value) {
    attribute(node, name, onnx::AttributeProto::INT)->set_i(value);
}

void set(onnx::NodeProto *node, const std::string &name, float value) {
    attribute(node, name, onnx::AttributeProto::FLOAT)->set_f(value);
}

void set(onnx::NodeProto *node, const std::string &name, const std::string &value) {
    attribute(node, name, onnx::AttributeProto::STRING)->set_s(value);
}

void set(onnx::NodeProto *node, const std::string &name, const std::vector<int> &values) {
    onnx::AttributeProto *result = attribute(node, name, onnx::AttributeProto::INTS);
    for (int value : values) {
        result->add_ints(value);
    }
}

}  // namespace onnx_export
