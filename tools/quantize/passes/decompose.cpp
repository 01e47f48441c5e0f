// One operator or constant becomes several.

#include <algorithm>

#include "passes/chain.hpp"
#include "passes/rewrite.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

/** How often Expand or Tile repeats each axis of the result, once the input has as many; empty: not known. */
Ints repeats_of(const Op &op) {
    const Var *x = op.input(0), *given = op.input(1);
    const Ints &shape = op.outputs[0]->shape;
    if (!x || x->shape.empty() || !given || !given->is_param || shape.size() < x->shape.size()) {
        return {};
    }
    const size_t added = shape.size() - x->shape.size();
    Ints repeats(shape.size());
    for (size_t axis = 0; axis < shape.size(); axis++) {
        const int64_t length = axis < added ? 1 : x->shape[axis - added];
        if (length < 1 || shape[axis] < length || shape[axis] % length != 0) {
            return {};
        }
        repeats[axis] = shape[axis] / length;
    }
    return repeats;
}

}  // namespace

void repeat_by_gather(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *op = graph.ops[i].get();
        const Ints repeats = op->type == "Expand" || op->type == "Tile" ? repeats_of(*op) : Ints();
        if (repeats.empty()) {
            continue;
        }
        Var *x = op->input(0), *out = op->outputs[0];
        Ints shape(repeats.size() - x->shape.size(), 1);
        shape.insert(shape.end(), x->shape.begin(), x->shape.end());
        const std::string name = op->name;
        graph.remove(op);
        Chain chain(graph, x, name);
        if (shape != x->shape || out->shape == x->shape) {
            chain.reshape(shape);
        }
        for (size_t axis = 0; axis < repeats.size(); axis++) {
            if (repeats[axis] > 1) {
                const Tensor all = torch::arange(shape[axis], torch::kLong).repeat({repeats[axis]});
                shape[axis] *= repeats[axis];
                chain.add("Gather", all, shape)->attributes["axis"] = static_cast<int64_t>(axis);
            }
        }
        chain.end_at(out);
        graph.ops.back()->name = name;  // which options mean
        graph.refresh();
        i = static_cast<size_t>(-1);
    }
}

void split_shared_params(Graph &graph) {
    std::vector<Var *> shared;
    for (auto &entry : graph.vars) {
        if (entry.second->is_param && entry.second->readers.size() > 1) {
            shared.push_back(entry.second.get());
        }
    }
    for (Var *var : shared) {
        const auto readers = var->readers;
        for (size_t i = 1; i < readers.size(); i++) {
            Var *copy = graph.new_param(var->name + "_" + std::to_string(i), var->value.clone());
            copy->given = var->given;
            readers[i].first->inputs[readers[i].second] = copy;
        }
    }
    graph.refresh();
}

void decompose_conv_transpose(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *op = graph.ops[i].get();
        if (op->type != "ConvTranspose" || !op->quantized) {
            continue;
        }
        if (!op->input(1)->is_param) {
            throw Error("node '" + op->name + "' (ConvTranspose): its weights must be constant");
        }
        const Tensor w = op->input(1)->value;
        const int64_t n = w.dim() - 2, group = op->get<int64_t>("group", 1);
        const Ints strides = op->get<Ints>("strides", Ints(n, 1)), dilations = op->get<Ints>("dilations", Ints(n, 1));
        const Ints extra = op->get<Ints>("output_padding", Ints(n, 0)), pads = op->get<Ints>("pads", Ints(2 * n, 0));
        const Ints kernel(w.sizes().begin() + 2, w.sizes().end());
        const bool strided = std::any_of(strides.begin(), strides.end(), [](int64_t s) { return s > 1; });
        Ints new_pads(2 * n);
        for (int64_t k = 0; k < n; k++) {
            const int64_t reach = dilations[k] * (kernel[k] - 1);
            new_pads[k] = reach - pads[k];
            new_pads[k + n] = reach - pads[k + n] + (strided ? 0 : extra[k]);
            if (new_pads[k] < 0 || new_pads[k + n] < 0) {
                throw Error("node '" + op->name + "' (ConvTranspose): pads beyond the kernel are not supported");
            }
        }
        Ints spatial;
        for (int64_t k = 0; k < n; k++) {
            spatial.push_back(2 + k);
        }
        Ints grouped = {group, w.size(0) / group, w.size(1)};
        grouped.insert(grouped.end(), kernel.begin(), kernel.end());
        Ints shape = {group * w.size(1), w.size(0) / group};
        shape.insert(shape.end(), kernel.begin(), kernel.end());
        const Tensor flipped = w.flip(spatial).reshape(grouped).transpose(1, 2).reshape(shape).contiguous();
        op->input(1)->value = flipped;
        op->input(1)->shape = shape;
        op->type = "Conv";
        op->attributes = {{"kernel_shape", kernel},
                          {"strides", Ints(n, 1)},
                          {"dilations", dilations},
                          {"pads", new_pads},
                          {"group", group}};
        if (strided) {
            Op *zeros = graph.new_op_before(op, "InsertZeros");
            zeros->attributes["stride"] = strides;
            zeros->attributes["output_padding"] = extra;
            zeros->quantized = op->quantized;
            zeros->bits = op->bits;
            zeros->bias_bits = op->bias_bits;
            zeros->high_precision = op->high_precision;
            zeros->inputs = {op->input(0)};
            zeros->outputs = {graph.new_var("")};
            op->inputs[0] = zeros->outputs[0];
        }
        graph.refresh();
    }
}

}  // namespace quantize
