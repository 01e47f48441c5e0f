// Along an axis: normalizations, reductions, recurrent layers.

#include "exporter.hpp"

namespace onnx_export {

void Exporter::along_axis(const Node &node) {
    const Perm order = perm_of(node.in[0]);
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *onnx_node = m_graph.add(node.type, {value(node.in[0])}, result);
    set(onnx_node, "axis", static_cast<int64_t>(order[axis_of(node, -1)]));
    if (node.type == "LpNormalization") {
        set(onnx_node, "p", static_cast<int64_t>(attribute(node, "p", 2)));
    }
    finish(node.out[0], result, order, operators::row(node.type).is(operators::NOT_NEGATIVE));
}

void Exporter::reduce(const Node &node) {
    const std::string &in = node.in[0], &out = node.out[0];
    std::vector<int> axes = ints_of(node, 1, "axes");
    if (axes.empty()) {
        if (attribute(node, "noop_with_empty_axes", 0)) {
            finish(out, value(in), perm_of(in));
            return;
        }
        axes = identity(rank_of(in));
    }
    const bool keep = attribute(node, "keepdims", 1) != 0;
    const Perm order = keep ? perm_of(in) : identity(rank_of(in));
    for (int &axis : axes) {
        axis = order.at(axis < 0 ? axis + static_cast<int>(order.size()) : axis);
    }
    std::vector<std::string> inputs = {keep ? value(in) : stored_order(in)};
    if (node.type == "ReduceSum") {
        inputs.push_back(integers_of(axes));
    }
    std::string result = m_graph.unique("t");
    onnx::NodeProto *reduce = m_graph.add(node.type, inputs, result);
    if (node.type != "ReduceSum") {
        set(reduce, "axes", axes);
    }
    set(reduce, "keepdims", static_cast<int64_t>(keep));
    if (!keep && axes.size() == rank_of(in)) {
        // The file has no tensors without dimensions.
        result = m_graph.make("Reshape", {result, integers_of(shape_of(out))});
    }
    finish(out, result, keep ? order : identity(rank_of(out)), operators::row(node.type).is(operators::NOT_NEGATIVE));
}

void Exporter::layer_normalization(const Node &node) {
    std::vector<std::string> in;
    for (const std::string &tensor : node.in) {
        in.push_back(tensor.empty() ? "" : stored_order(tensor));
    }
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *onnx_node = m_graph.add(node.type, in, result);
    set(onnx_node, "axis", static_cast<int64_t>(attribute(node, "axis", -1)));
    set(onnx_node, "epsilon", attribute(node, "epsilon", 1e-5f));
    finish(node.out[0], result, identity(rank_of(node.out[0])));
}

void Exporter::rms_normalization(const Node &node) {
    // ONNX has it since operator set 23.
    const std::string x = stored_order(node.in[0]), mean = m_graph.unique("t");
    std::vector<int> axes;
    for (int axis = axis_of(node, -1); axis < static_cast<int>(rank_of(node.in[0])); axis++) {
        axes.push_back(axis);
    }
    set(m_graph.add("ReduceMean", {m_graph.make("Mul", {x, x})}, mean), "axes", axes);
    const std::string epsilon = m_graph.scalar(attribute(node, "epsilon", 1e-5f));
    std::string result = m_graph.make("Div", {x, m_graph.make("Sqrt", {m_graph.make("Add", {mean, epsilon})})});
    if (node.has_input(1)) {
        result = m_graph.make("Mul", {result, stored_order(node.in[1])});
    }
    finish(node.out[0], result, identity(rank_of(node.out[0])));
}

void Exporter::rnn(const Node &node) {
    std::vector<std::string> in;
    for (const std::string &tensor : node.in) {
        in.push_back(tensor.empty() ? "" : m_in.is_parameter(tensor) ? plain_parameter(tensor) : stored_order(tensor));
    }
    while (in.back().empty()) {
        in.pop_back();
    }
    std::vector<std::string> results;
    for (const std::string &out : node.out) {
        results.push_back(out.empty() ? "" : m_graph.unique("t"));
    }
    onnx::NodeProto *onnx_node = m_graph.add(node.type, in, results[0]);
    for (size_t i = 1; i < results.size(); i++) {
        onnx_node->add_output(results[i]);
    }
    set(onnx_node, "hidden_size", static_cast<int64_t>(attribute(node, "hidden_size", 0)));
    set(onnx_node, "direction", attribute<std::string>(node, "direction", "forward"));
    set(onnx_node, "layout", static_cast<int64_t>(attribute(node, "layout", 0)));
    if (node.type == "GRU") {
        set(onnx_node, "linear_before_reset", static_cast<int64_t>(attribute(node, "linear_before_reset", 0)));
    }
    for (size_t i = 0; i < results.size(); i++) {
        if (!results[i].empty()) {
            finish(node.out[i], results[i], identity(rank_of(node.out[i])));
        }
    }
}

}  // namespace onnx_export
