// Element by element.

#include <algorithm>
#include <cmath>

#include "exporter.hpp"

namespace onnx_export {

void Exporter::swish(const Node &node) {
    const std::string x = value(node.in[0]), sigmoid = m_graph.make("Sigmoid", {x});
    std::string gate = sigmoid;
    if (m_form == Form::QDQ_U8 && dtype_of(node.in[0]) == dl::DATA_TYPE_INT8) {
        // ONNX Runtime computes in 8 bits only between quantized tensors, so the one in between is quantized, too.
        gate = pair(sigmoid, std::ldexp(1.0f, -8), zero_point(dl::DATA_TYPE_INT8, true), false);
    }
    finish(node.out[0], m_graph.make("Mul", {x, gate}), perm_of(node.in[0]));
}

void Exporter::same_value(const Node &node) {
    const std::string &in = node.in[0], &out = node.out[0];
    if (node.type == "RequantizeLinear" && may_stay_finer(in, out)) {
        m_value[out] = value(in);
        m_perm[out] = perm_of(in);
        return;
    }
    move(in, out, perm_of(in));
}

bool Exporter::may_stay_finer(const std::string &in, const std::string &out) {
    if (m_form != Form::QDQ_U8 || m_in.is_parameter(in) || dtype_of(in) != dl::DATA_TYPE_INT8 ||
        dtype_of(out) != dl::DATA_TYPE_INT8 || exponent_of(out) < exponent_of(in)) {
        return false;
    }
    for (const Node &node : m_nodes) {
        if (std::find(node.in.begin(), node.in.end(), out) != node.in.end() && node.type != "Add" &&
            node.type != "Concat") {
            return false;
        }
    }
    const std::vector<std::string> outputs = m_in.get_graph_outputs();
    return std::find(outputs.begin(), outputs.end(), out) == outputs.end();
}

void Exporter::unary(const Node &node) {
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *unary = m_graph.add(node.type, {value(node.in[0])}, result);
    for (const char *key : {"alpha", "beta"}) {
        float number = 0;
        if (m_in.get_operation_attribute(node.name, key, number) == ESP_OK) {
            set(unary, key, number);
        }
    }
    finish(node.out[0], result, perm_of(node.in[0]), operators::row(node.type).is(operators::NOT_NEGATIVE));
}

void Exporter::gelu(const Node &node) {
    // ONNX has it since operator set 20.
    const std::string x = value(node.in[0]), half = m_graph.scalar(0.5f), one = m_graph.scalar(1.0f);
    std::string inner;
    if (attribute<std::string>(node, "approximate", "none") == "tanh") {
        const std::string cube = m_graph.make("Mul", {m_graph.make("Mul", {x, x}), x});
        const std::string sum = m_graph.make("Add", {x, m_graph.make("Mul", {cube, m_graph.scalar(0.044715f)})});
        inner =
            m_graph.make("Tanh", {m_graph.make("Mul", {sum, m_graph.scalar(static_cast<float>(std::sqrt(2 / M_PI)))})});
    } else {
        inner = m_graph.make("Erf", {m_graph.make("Mul", {x, m_graph.scalar(static_cast<float>(M_SQRT1_2))})});
    }
    const std::string gate = m_graph.make("Mul", {m_graph.make("Add", {inner, one}), half});
    finish(node.out[0], m_graph.make("Mul", {x, gate}), perm_of(node.in[0]));
}

void Exporter::clip(const Node &node) {
    const float given[] = {attribute(node, "min", -INFINITY), attribute(node, "max", INFINITY)};
    std::vector<std::string> in = {value(node.in[0])};
    float low = given[0];
    for (size_t i = 0; i < 2; i++) {
        float bound = given[i];
        if (node.has_input(i + 1)) {
            if (!m_in.is_parameter(node.in[i + 1]) || count_of(node.in[i + 1]) != 1) {
                refuse(node, "its bounds are no constants");
            }
            bound = constant(node.in[i + 1]).values[0];
        }
        low = i == 0 ? bound : low;
        in.push_back(std::isinf(bound) ? "" : m_graph.scalar(bound));
    }
    while (in.back().empty()) {
        in.pop_back();
    }
    finish(node.out[0], m_graph.make("Clip", in), perm_of(node.in[0]), low >= 0);
}

void Exporter::elementwise(const Node &node) {
    const Perm order = common_order(node);
    std::vector<std::string> in;
    for (const std::string &tensor : node.in) {
        const bool plain = m_in.is_parameter(tensor) && is_onnx_constant(tensor, node, order);
        in.push_back(plain ? value(tensor) : operand(tensor, order));
    }
    finish(node.out[0], m_graph.make(node.type, in), order);
}

void Exporter::mod(const Node &node) {
    const Perm order = common_order(node);
    const std::string a = operand(node.in[0], order), b = operand(node.in[1], order);
    std::string result;
    if (attribute(node, "fmod", 0)) {
        result = m_graph.unique("t");
        set(m_graph.add("Mod", {a, b}, result), "fmod", static_cast<int64_t>(1));
    } else {
        // Of floats, ONNX has only the other one.
        const std::string whole = m_graph.make("Floor", {m_graph.make("Div", {a, b})});
        result = m_graph.make("Sub", {a, m_graph.make("Mul", {whole, b})});
    }
    finish(node.out[0], result, order);
}

void Exporter::prelu(const Node &node) {
    const std::string x = channels_first(node.in[0]);
    finish(node.out[0], m_graph.make("PRelu", {x, value(node.in[1])}), channels_last(rank_of(node.out[0])));
}

}  // namespace onnx_export
