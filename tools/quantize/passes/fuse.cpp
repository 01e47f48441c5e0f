// Several operators become one that the chips have.

#include <algorithm>

#include "passes/rewrite.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

bool is_conv(const Op *op) {
    return op->is(operators::WEIGHTED) && op->row().layout == operators::Layout::CHANNELS_LAST;
}

void fuse_bias(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *op = graph.ops[i].get();
        if (!op->is(operators::WEIGHTED)) {
            continue;
        }
        Op *add = graph.only_consumer(op);
        if (!add || add->type != "Add" || graph.is_output(op->outputs[0])) {
            continue;
        }
        Var *other = nullptr;
        int params = 0;
        for (Var *var : add->inputs) {
            if (var && var->is_param) {
                other = var;
                params++;
            }
        }
        if (params != 1) {
            continue;
        }
        Tensor bias = other->value.squeeze();
        if (is_conv(op)) {
            const bool per_channel =
                other->value.dim() == op->input(1)->value.dim() && bias.dim() == 1 && other->value.size(1) > 1;
            if (!per_channel) {
                continue;
            }
        }
        if (op->input(2)) {
            // The sum of both is a bias, too. (The reference leaves the second one in a form that broadcasts wrongly.)
            if (!op->input(2)->is_param || bias.dim() != 1 || bias.numel() != op->input(2)->value.numel()) {
                continue;
            }
            op->inputs[2] = graph.new_param("", op->input(2)->value.flatten() + bias);
        } else {
            op->inputs.resize(2);
            op->inputs.push_back(graph.new_param(other->name + "_bias", bias.contiguous().clone()));
        }
        Var *kept = op->outputs[0], *gone = add->outputs[0];
        const bool was_output = graph.is_output(gone);
        graph.remove(add);
        if (was_output) {
            op->outputs[0] = gone;
            graph.replace(kept, gone);
        } else {
            graph.replace(gone, kept);
        }
        graph.refresh();
        i = static_cast<size_t>(-1);
    }
}

void fuse_batch_norm(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *bn = graph.ops[i].get();
        if (bn->type != "BatchNormalization") {
            continue;
        }
        for (size_t k = 1; k < 5; k++) {
            if (!bn->input(k) || !bn->input(k)->is_param) {
                throw Error("node '" + bn->name + "' (BatchNormalization): its statistics must be constants");
            }
        }
        const Tensor gamma = bn->input(1)->value, beta = bn->input(2)->value, mean = bn->input(3)->value,
                     var = bn->input(4)->value;
        const Tensor deviation = torch::sqrt(var + bn->get<double>("epsilon", 1e-5));
        const Tensor s = gamma / deviation;
        Op *op = bn->input(0)->source;
        const bool foldable = op && op->is(operators::WEIGHTED) && op->input(1)->is_param &&
                              graph.consumers(op).size() == 1 && !graph.is_output(op->outputs[0]) &&
                              (!op->input(2) || op->input(2)->is_param);
        Var *out = bn->outputs[0];
        if (foldable) {
            const Tensor w = op->input(1)->value;
            const Tensor b = op->input(2) ? op->input(2)->value.flatten() : torch::zeros_like(mean);
            Tensor scaled;
            if (op->type == "ConvTranspose") {
                const int64_t group = op->get<int64_t>("group", 1);
                Ints grouped = w.sizes().vec(), shape(w.dim() + 1, 1);
                grouped.insert(grouped.begin(), group);
                grouped[1] /= group;
                shape[0] = group;
                shape[2] = w.size(1);
                scaled = (w.reshape(grouped) * s.reshape(shape)).reshape(w.sizes());
            } else {
                const int64_t axis = op->type == "Gemm" && !op->get<int64_t>("transB", 0) ? 1 : 0;
                Ints shape(w.dim(), 1);
                shape[axis] = w.size(axis);
                scaled = w * s.reshape(shape);
            }
            const Tensor bias = gamma * (b - mean) / deviation + beta;
            std::vector<Var *> inputs = {op->input(0), graph.new_param(op->name + "_weight", scaled.contiguous()),
                                         graph.new_param(op->name + "_bias", bias.contiguous())};
            Op copy = *op;
            graph.remove(bn);
            graph.remove(op);
            Op *fresh = graph.new_op(copy.name, copy.type);
            fresh->attributes = copy.attributes;
            fresh->inputs = inputs;
            fresh->outputs = {out};
        } else {
            const int64_t channels = gamma.numel(), rank = static_cast<int64_t>(bn->input(0)->shape.size());
            const int64_t spatial = rank >= 3 ? rank - 2 : 2;
            Ints shape(2 + spatial, 1);
            shape[0] = channels;
            bn->type = "Conv";
            bn->attributes.clear();
            bn->attributes["kernel_shape"] = Ints(spatial, 1);
            bn->attributes["strides"] = Ints(spatial, 1);
            bn->attributes["dilations"] = Ints(spatial, 1);
            bn->attributes["pads"] = Ints(2 * spatial, 0);
            bn->attributes["group"] = channels;
            bn->inputs = {bn->input(0), graph.new_param(bn->name + "_weight", s.reshape(shape).contiguous()),
                          graph.new_param(bn->name + "_bias", (beta - gamma * mean / deviation).contiguous())};
            bn->outputs.resize(1);
        }
        graph.refresh();
        i = static_cast<size_t>(-1);
    }
}

void fuse_swish(Graph &graph, bool as_reference) {
    struct Match {
        Op *source, *sigmoid, *mul;
    };
    std::vector<Match> matches;
    for (auto &op : graph.ops) {
        if (op->type != "Sigmoid" || !op->input(0) || !op->input(0)->source) {
            continue;
        }
        Op *source = op->input(0)->source, *mul = graph.only_consumer(op.get());
        // The reference leaves it behind an Add, for example.
        const bool looked_for = !as_reference || source->is(operators::COMPUTING) || source->is(operators::PASSIVE);
        if (!looked_for || !mul || mul->type != "Mul" || graph.producers(mul).size() != 2 ||
            graph.is_output(op->outputs[0]) || graph.is_output(source->outputs[0])) {
            continue;
        }
        const std::vector<Op *> from = graph.producers(mul), readers = graph.consumers(source);
        const bool closed = std::find(from.begin(), from.end(), source) != from.end() && readers.size() == 2 &&
                            std::find(readers.begin(), readers.end(), mul) != readers.end() &&
                            mul->input(0) != mul->input(1) && source->outputs.size() == 1;
        if (closed) {
            matches.push_back({source, op.get(), mul});
        }
    }
    for (const Match &match : matches) {
        Var *in = match.source->outputs[0], *out = match.mul->outputs[0];
        const std::string name = match.source->name + "/Swish";
        graph.remove(match.sigmoid);
        graph.remove(match.mul);
        Op *swish = graph.new_op(name, "Swish");
        swish->inputs = {in};
        swish->outputs = {out};
        graph.refresh();
    }
}

Op *single(const Graph &graph, Op *op, const std::string &type) {
    Op *next = op && !graph.is_output(op->outputs[0]) ? graph.only_consumer(op) : nullptr;
    return next && next->type == type ? next : nullptr;
}

bool fuse_rms_norm(Graph &graph) {
    for (auto &entry : graph.ops) {
        Op *pow = entry.get();
        if (pow->type != "Pow" || !pow->input(1) || !pow->input(1)->is_param) {
            continue;
        }
        Var *x = pow->input(0);
        Op *mean = single(graph, pow, "ReduceMean");
        if (!mean) {
            continue;
        }
        double epsilon = 1e-5;
        Op *at = mean;
        if (Op *add = single(graph, at, "Add")) {
            Var *constant = add->input(0)->is_param ? add->input(0) : add->input(1);
            if (!constant->is_param || constant->value.numel() != 1) {
                continue;
            }
            epsilon = constant->value.item<float>();
            at = add;
        }
        Op *root = single(graph, at, "Sqrt");
        if (!root) {
            continue;
        }
        Op *normalized = nullptr;
        if (Op *reciprocal = single(graph, root, "Reciprocal")) {
            normalized = single(graph, reciprocal, "Mul");
        } else if (Op *div = single(graph, root, "Div")) {
            normalized = div->input(0) == x ? div : (div->input(0)->is_param ? single(graph, div, "Mul") : nullptr);
        }
        if (!normalized || (normalized->input(0) != x && normalized->input(1) != x)) {
            continue;
        }
        Op *last = single(graph, normalized, "Mul");
        Var *scale = last ? (last->input(0)->is_param ? last->input(0) : last->input(1)) : nullptr;
        Ints axes = constant_ints(*mean, 1, "axes").value_or(Ints());
        const int64_t rank = static_cast<int64_t>(x->shape.size());
        std::sort(axes.begin(), axes.end());
        bool trailing = scale && scale->is_param && !axes.empty();
        for (size_t i = 0; trailing && i < axes.size(); i++) {
            const int64_t axis = axes[i] < 0 ? axes[i] : axes[i] - rank;
            trailing = axis == static_cast<int64_t>(i) - static_cast<int64_t>(axes.size()) && (axes[i] < 0 || rank > 0);
        }
        if (!trailing) {
            continue;
        }
        Var *out = last->outputs[0];
        const std::string name = last->name + "_rmsnorm";
        graph.remove(last);
        Op *op = graph.new_op(name, "RMSNormalization");
        op->attributes["axis"] = axes.front();
        op->attributes["epsilon"] = epsilon;
        op->attributes["stash_type"] = static_cast<int64_t>(1);
        op->inputs = {x, scale};
        op->outputs = {out};
        graph.refresh();
        return true;
    }
    return false;
}

bool fuse_lp_norm(Graph &graph) {
    for (auto &entry : graph.ops) {
        Op *norm = entry.get();
        if (norm->type != "ReduceL2") {
            continue;
        }
        Op *clip = single(graph, norm, "Clip"), *expand = clip ? single(graph, clip, "Expand") : nullptr;
        Op *div = expand ? single(graph, expand, "Div") : nullptr;
        const Ints axes = constant_ints(*norm, 1, "axes").value_or(Ints());
        if (!div || div->input(0) != norm->input(0) || axes.size() != 1) {
            continue;
        }
        Var *x = norm->input(0), *out = div->outputs[0];
        const std::string name = div->name + "_lpnorm";
        graph.remove(div);
        Op *op = graph.new_op(name, "LpNormalization");
        op->attributes["axis"] = axes[0];
        op->attributes["p"] = static_cast<int64_t>(2);
        op->inputs = {x};
        op->outputs = {out};
        graph.refresh();
        return true;
    }
    return false;
}

}  // namespace

void modernize(Graph &graph) {
    for (auto &op : graph.ops) {
        if (op->type == "Slice" && op->has("starts")) {
            const Ints starts = op->get<Ints>("starts", {}), ends = op->get<Ints>("ends", {});
            Ints axes = op->get<Ints>("axes", {});
            for (size_t i = axes.size(); i < starts.size(); i++) {
                axes.push_back(static_cast<int64_t>(i));
            }
            op->inputs.resize(1);
            for (const Ints &value : {starts, ends, axes}) {
                op->inputs.push_back(graph.new_param("", torch::tensor(value, torch::kLong)));
            }
            op->attributes.clear();
        } else if (op->type == "Clip" && (op->has("min") || op->has("max"))) {
            op->inputs.resize(1);
            op->inputs.push_back(
                graph.new_param("", torch::tensor(static_cast<float>(op->get<double>("min", -2147483648.0)))));
            op->inputs.push_back(
                graph.new_param("", torch::tensor(static_cast<float>(op->get<double>("max", 2147483648.0)))));
            op->attributes.erase("min");
            op->attributes.erase("max");
        } else if (op->type == "Pad" && op->has("pads")) {
            op->inputs.resize(1);
            op->inputs.push_back(graph.new_param("", torch::tensor(op->get<Ints>("pads", {}), torch::kLong)));
            if (op->has("value") && op->get<double>("value", 0.0) != 0.0) {
                op->inputs.push_back(
                    graph.new_param("", torch::tensor(static_cast<float>(op->get<double>("value", 0.0)))));
            }
            op->attributes.erase("pads");
            op->attributes.erase("value");
        } else if (op->type == "Resize" && op->inputs.size() == 2) {
            op->inputs = {op->input(0), nullptr, op->input(1)};
        } else if (op->type == "Upsample" && op->get<std::string>("mode", "nearest") == "nearest") {
            Var *scales = op->input(1);
            if (!scales) {
                const auto list = op->get<std::vector<double>>("scales", {});
                scales = graph.new_param("", torch::tensor(list, torch::kDouble).to(torch::kFloat));
            }
            op->type = "Resize";
            op->attributes = {{"mode", std::string("nearest")},
                              {"coordinate_transformation_mode", std::string("asymmetric")},
                              {"nearest_mode", std::string("floor")}};
            op->inputs = {op->input(0), nullptr, scales};
        } else if ((op->type == "Softmax" || op->type == "LogSoftmax") && graph.opset < 13 && !op->has("axis")) {
            op->attributes["axis"] = static_cast<int64_t>(1);
        }
    }
    graph.refresh();
}

/** Before operator set 13 a Softmax was over all axes from `axis` on. */
static void check_softmax(const Graph &graph) {
    for (const auto &op : graph.ops) {
        if (graph.opset >= 13 || (op->type != "Softmax" && op->type != "LogSoftmax") || !op->input(0)) {
            continue;
        }
        const std::vector<int64_t> &shape = op->input(0)->shape;
        int64_t axis = op->get<int64_t>("axis", 1);
        axis += axis < 0 ? static_cast<int64_t>(shape.size()) : 0;
        for (int64_t i = std::max<int64_t>(axis + 1, 0); i < static_cast<int64_t>(shape.size()); i++) {
            if (shape[i] > 1) {
                throw Error("node '" + op->name + "' (" + op->type + "): operator set " + std::to_string(graph.opset) +
                            " takes all axes from " + std::to_string(axis) + " on together: reshape them to one");
            }
        }
    }
}

void fuse_operators(Graph &graph, bool as_reference) {
    check_softmax(graph);
    fuse_bias(graph);
    fuse_batch_norm(graph);
    fuse_swish(graph, as_reference);
    if (!as_reference) {
        fuse_functions(graph);
    }
    decompose_norms(graph);
    while (fuse_rms_norm(graph)) {
    }
    while (fuse_lp_norm(graph)) {
    }
    if (!as_reference) {
        repeat_by_gather(graph);
    }
    modernize(graph);
}

}  // namespace quantize
