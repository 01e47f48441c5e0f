// What moves and selects elements.

#include <algorithm>

#include "exporter.hpp"

namespace onnx_export {

void Exporter::move(const std::string &in, const std::string &out, const Perm &perm) {
    if (m_in.is_parameter(in) || dtype_of(in) != dtype_of(out) || exponent_of(in) != exponent_of(out)) {
        finish(out, value(in), perm, is_nonnegative(in));
        return;
    }
    m_value[out] = value(in);
    m_perm[out] = perm;
    if (is_nonnegative(in)) {
        m_nonnegative.insert(out);
    }
}

void Exporter::storage_transpose(const Node &node) {
    const size_t rank = rank_of(node.out[0]);
    std::vector<int> perm = attribute(node, "perm", std::vector<int>());
    if (perm.empty()) {
        perm = identity(rank);
        std::reverse(perm.begin(), perm.end());
    }
    const Perm before = perm_of(node.in[0]);
    Perm after;
    for (int p : perm) {
        after.push_back(before[p < 0 ? p + static_cast<int>(rank) : p]);
    }
    move(node.in[0], node.out[0], after);
}

void Exporter::reshape(const Node &node) {
    const std::string shape = integers_of(shape_of(node.out[0]));
    finish(node.out[0], m_graph.make("Reshape", {stored_order(node.in[0]), shape}), identity(rank_of(node.out[0])),
           is_nonnegative(node.in[0]));
}

void Exporter::concat(const Node &node) {
    const int axis = axis_of(node, 0);
    const Perm order = common_order(node);
    bool nonnegative = true;
    std::vector<std::string> in;
    for (const std::string &tensor : node.in) {
        in.push_back(operand(tensor, order));
        nonnegative = nonnegative && is_nonnegative(tensor);
    }
    const std::string result = m_graph.unique("t");
    set(m_graph.add("Concat", in, result), "axis", static_cast<int64_t>(order[axis]));
    finish(node.out[0], result, order, nonnegative);
}

void Exporter::split(const Node &node) {
    const int axis = axis_of(node, 0);
    const Perm order = perm_of(node.in[0]);
    Ints sizes;
    std::vector<std::string> parts;
    for (const std::string &part : node.out) {
        sizes.push_back(shape_of(part).at(axis));
        parts.push_back(m_graph.unique("t"));
    }
    onnx::NodeProto *split = m_graph.add("Split", {value(node.in[0]), m_graph.integers(sizes)}, parts[0]);
    set(split, "axis", static_cast<int64_t>(order[axis]));
    for (size_t i = 1; i < parts.size(); i++) {
        split->add_output(parts[i]);
    }
    for (size_t i = 0; i < parts.size(); i++) {
        finish(node.out[i], parts[i], order, is_nonnegative(node.in[0]));
    }
}

void Exporter::slice(const Node &node) {
    const Perm order = perm_of(node.in[0]);
    const std::vector<int> starts = ints_of(node, 1, "starts"), ends = ints_of(node, 2, "ends");
    std::vector<int> axes = ints_of(node, 3, "axes"), steps = ints_of(node, 4, "steps");
    axes = axes.empty() ? identity(starts.size()) : axes;
    steps = steps.empty() ? std::vector<int>(starts.size(), 1) : steps;
    for (int &axis : axes) {
        axis = order.at(axis < 0 ? axis + static_cast<int>(order.size()) : axis);
    }
    finish(node.out[0],
           m_graph.make("Slice", {value(node.in[0]), integers_of(starts), integers_of(ends), integers_of(axes),
                                  integers_of(steps)}),
           order, is_nonnegative(node.in[0]));
}

void Exporter::pad(const Node &node) {
    const Perm order = perm_of(node.in[0]);
    const size_t rank = order.size();
    const std::vector<int> pads = ints_of(node, 1, "pads");
    std::vector<int> axes = ints_of(node, 3, "axes"), all(2 * rank, 0);
    axes = axes.empty() ? identity(rank) : axes;
    if (pads.size() != 2 * axes.size()) {
        refuse(node, std::to_string(pads.size()) + " pads for " + std::to_string(axes.size()) + " axes");
    }
    for (size_t i = 0; i < axes.size(); i++) {
        const int axis = order.at(axes[i] < 0 ? axes[i] + static_cast<int>(rank) : axes[i]);
        all[axis] = pads[i];
        all[axis + rank] = pads[i + axes.size()];
    }
    const std::string mode = attribute<std::string>(node, "mode", "constant");
    if (mode == "wrap") {
        refuse(node, "mode wrap came with operator set 19");
    }
    std::vector<std::string> in = {value(node.in[0]), integers_of(all)};
    float number = attribute(node, "value", 0.0f);
    if (node.has_input(2)) {
        if (!m_in.is_parameter(node.in[2]) || count_of(node.in[2]) != 1) {
            refuse(node, "the padding value is no constant");
        }
        number = constant(node.in[2]).values[0];
    }
    in.push_back(m_graph.scalar(number));
    const std::string result = m_graph.unique("t");
    set(m_graph.add("Pad", in, result), "mode", mode);
    finish(node.out[0], result, order, is_nonnegative(node.in[0]) && number >= 0);
}

void Exporter::gather(const Node &node) {
    const std::string result = m_graph.unique("t");
    set(m_graph.add("Gather", {stored_order(node.in[0]), stored_order(node.in[1])}, result), "axis",
        static_cast<int64_t>(axis_of(node, 0)));
    finish(node.out[0], result, identity(rank_of(node.out[0])), is_nonnegative(node.in[0]));
}

void Exporter::scatter(const Node &node) {
    const std::string reduction = attribute<std::string>(node, "reduction", "none");
    if (reduction == "max" || reduction == "min") {
        refuse(node, "reduction " + reduction + " came with operator set 18");
    }
    const std::string result = m_graph.unique("t");
    set(m_graph.add("ScatterND", {stored_order(node.in[0]), stored_order(node.in[1]), stored_order(node.in[2])},
                    result),
        "reduction", reduction);
    finish(node.out[0], result, identity(rank_of(node.out[0])));
}

void Exporter::reverse_sequence(const Node &node) {
    const std::string result = m_graph.unique("t");
    onnx::NodeProto *onnx_node =
        m_graph.add("ReverseSequence", {stored_order(node.in[0]), stored_order(node.in[1])}, result);
    set(onnx_node, "batch_axis", static_cast<int64_t>(attribute(node, "batch_axis", 1)));
    set(onnx_node, "time_axis", static_cast<int64_t>(attribute(node, "time_axis", 0)));
    finish(node.out[0], result, identity(rank_of(node.out[0])), is_nonnegative(node.in[0]));
}

}  // namespace onnx_export
