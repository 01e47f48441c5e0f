// Functions that exporters take apart, put together again; normalizations that chips have not, from those they have.

#include <algorithm>
#include <cmath>

#include "numerics/executor.hpp"
#include "passes/chain.hpp"
#include "passes/rewrite.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

/** The one reader of what `op` makes, if it is of this type. */
Op *next(const Graph &graph, const Op *op, const std::string &type) {
    Op *reader = op && !graph.is_output(op->outputs[0]) ? graph.only_consumer(op) : nullptr;
    return reader && reader->type == type ? reader : nullptr;
}

Op *maker(const Var *var, const std::string &type) {
    return var && var->source && var->source->type == type ? var->source : nullptr;
}

/** The constant beside an operator's other input. */
Var *constant_of(const Op *op) {
    for (size_t i = 0; op && i < 2; i++) {
        if (op->input(i) && op->input(i)->is_param) {
            return op->input(i);
        }
    }
    return nullptr;
}

/** An operator of two inputs with a constant of one element, which is `value`. */
bool has_constant(const Op *op, double value) {
    const Var *constant = constant_of(op);
    return constant && constant->value.is_floating_point() && constant->value.numel() == 1 &&
           std::fabs(constant->value.item<float>() - value) < 1e-3 * std::fabs(value);
}

Var *variable_of(const Op *op) {
    return op->input(0) && op->input(0)->is_param ? op->input(1) : op->input(0);
}

bool over_last_axis(const Op *op) {
    if (!op->input(0)) {
        return false;
    }
    const int64_t rank = static_cast<int64_t>(op->input(0)->shape.size());
    const Ints axes = constant_ints(*op, 1, "axes").value_or(Ints());
    return rank > 0 && axes.size() == 1 && (axes[0] == -1 || axes[0] == rank - 1) &&
           op->get<int64_t>("keepdims", 1) == 1;
}

/** A constant that has one value for each element of the last axis, and nothing else. */
bool is_row(const Var *var, int64_t length) {
    return var && var->value.is_floating_point() && var->value.numel() == length &&
           (var->value.dim() == 0 || var->value.size(-1) == length);
}

/** x - mean, squared. @return the difference's node */
Op *centred(const Op *square) {
    if (!square->input(0)) {
        return nullptr;
    }
    const bool squares = square->type == "Pow" ? has_constant(square, 2) && !square->input(0)->is_param
                                               : square->type == "Mul" && square->input(0) == square->input(1);
    Op *sub = squares ? maker(square->input(0), "Sub") : nullptr;
    Op *mean = sub ? maker(sub->input(1), "ReduceMean") : nullptr;
    return mean && sub->input(0) == mean->input(0) && over_last_axis(mean) ? sub : nullptr;
}

bool fuse_layer_norm(Graph &graph) {
    for (auto &entry : graph.ops) {
        Op *square = entry.get(), *sub = centred(square);
        Op *variance = sub ? next(graph, square, "ReduceMean") : nullptr;
        Op *add = variance && over_last_axis(variance) ? next(graph, variance, "Add") : nullptr;
        Op *root = add && constant_of(add) && constant_of(add)->value.numel() == 1 ? next(graph, add, "Sqrt") : nullptr;
        Op *last = root ? next(graph, root, "Div") : nullptr;
        if (!last || last->input(0) != sub->outputs[0] || graph.is_output(sub->outputs[0])) {
            continue;
        }
        const double epsilon = constant_of(add)->value.to(torch::kFloat).item<float>();
        Var *x = sub->input(0);
        const int64_t length = x->shape.back();
        Var *scale = nullptr, *bias = nullptr;
        if (Op *mul = next(graph, last, "Mul"); mul && is_row(constant_of(mul), length)) {
            scale = constant_of(mul);
            last = mul;
        }
        if (Op *plus = next(graph, last, "Add"); plus && is_row(constant_of(plus), length)) {
            bias = constant_of(plus);
            last = plus;
        }
        Var *out = last->outputs[0];
        const std::string name = last->name + "_layernorm";
        graph.remove(last);
        Op *op = graph.new_op(name, "LayerNormalization");
        op->attributes["axis"] = static_cast<int64_t>(-1);
        op->attributes["epsilon"] = epsilon;
        op->inputs = {x, graph.new_param("", scale ? scale->value.flatten() : torch::ones({length}))};
        op->inputs.push_back(graph.new_param("", bias ? bias->value.flatten() : torch::zeros({length})));
        op->outputs = {out};
        graph.refresh();
        return true;
    }
    return false;
}

/** x / sqrt(2) -> Erf -> + 1 -> times x and 0.5, in either order. */
bool fuse_gelu(Graph &graph) {
    for (auto &entry : graph.ops) {
        Op *erf = entry.get();
        Op *inside = erf->type == "Erf" && erf->input(0) ? erf->input(0)->source : nullptr;
        const bool divided = inside && inside->type == "Div" && inside->input(1) && inside->input(1)->is_param &&
                             has_constant(inside, std::sqrt(2.0));
        const bool scaled = inside && inside->type == "Mul" && has_constant(inside, std::sqrt(0.5));
        Op *add = divided || scaled ? next(graph, erf, "Add") : nullptr;
        Op *mul = add && has_constant(add, 1) ? next(graph, add, "Mul") : nullptr;
        if (!mul || !variable_of(inside) || graph.is_output(inside->outputs[0])) {
            continue;
        }
        Var *x = variable_of(inside), *other = mul->input(mul->input(0) == add->outputs[0] ? 1 : 0);
        Op *last = nullptr;
        if (other == x) {
            last = next(graph, mul, "Mul");
            last = has_constant(last, 0.5) ? last : nullptr;
        } else if (Op *half = maker(other, "Mul"); half && has_constant(half, 0.5) && variable_of(half) == x) {
            last = mul;
        } else if (has_constant(mul, 0.5)) {
            last = next(graph, mul, "Mul");
            last = last && (last->input(0) == x || last->input(1) == x) ? last : nullptr;
        }
        if (!last) {
            continue;
        }
        Var *out = last->outputs[0];
        const std::string name = last->name + "_gelu";
        graph.remove(last);
        Op *op = graph.new_op(name, "Gelu");
        op->inputs = {x};
        op->outputs = {out};
        graph.refresh();
        return true;
    }
    return false;
}

/** Chips have no GlobalMaxPool, and their AveragePool divides by the window's area: the padding counts. */
void use_chips_pools(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *op = graph.ops[i].get();
        const Ints &shape = op->outputs[0] ? op->outputs[0]->shape : Ints();
        if (op->type == "GlobalMaxPool") {
            Ints axes;
            for (size_t axis = 2; axis < shape.size(); axis++) {
                axes.push_back(static_cast<int64_t>(axis));
            }
            op->type = "ReduceMax";
            op->attributes = {{"keepdims", static_cast<int64_t>(1)}, {"axes", axes}};
            continue;
        }
        const Ints pads = op->type == "AveragePool" ? op->get<Ints>("pads", {}) : Ints();
        if (op->get<int64_t>("count_include_pad", 0) || shape.size() < 3 ||
            std::none_of(pads.begin(), pads.end(), [](int64_t pad) { return pad != 0; })) {
            continue;
        }
        // The mean over the window of where there are values, is by how much the chip's mean is too small.
        const Tensor ones = torch::ones(op->input(0)->shape).slice(1, 0, 1);
        op->attributes["count_include_pad"] = static_cast<int64_t>(1);
        const Tensor share = run_op(*op, {ones}, nullptr, Target::P4)[0];
        Var *out = op->outputs[0], *mean = graph.new_var("");
        mean->shape = shape;
        op->outputs[0] = mean;
        Op *mul = graph.new_op(op->name + "/Mul", "Mul");
        mul->inputs = {mean, graph.new_param("", share.reciprocal().clamp_max(1e6).slice(0, 0, 1).contiguous())};
        mul->outputs = {out};
        graph.refresh();
    }
}

/** Throws Error if groups, scale or bias do not divide the channels. */
void check_norm(const Op *norm) {
    const int64_t channels = norm->input(0)->shape.at(1), groups = norm->get<int64_t>("num_groups", 1);
    for (const int64_t parts : {groups, norm->input(1)->value.numel(), norm->input(2)->value.numel()}) {
        if (parts < 1 || channels % parts) {
            throw Error("node '" + norm->name + "' (" + norm->type + "): " + std::to_string(parts) +
                        " groups, scales or biases do not divide " + std::to_string(channels) + " channels");
        }
    }
}

}  // namespace

void fuse_functions(Graph &graph) {
    use_chips_pools(graph);
    while (fuse_layer_norm(graph)) {
    }
    while (fuse_gelu(graph)) {
    }
}

void decompose_norms(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *norm = graph.ops[i].get();
        const bool groups = norm->type == "GroupNormalization";
        if (!groups && norm->type != "InstanceNormalization") {
            continue;
        }
        if (!norm->input(1) || !norm->input(1)->is_param || !norm->input(2) || !norm->input(2)->is_param) {
            throw Error("node '" + norm->name + "' (" + norm->type + "): its scale and bias must be constants");
        }
        Var *x = norm->input(0), *out = norm->outputs[0];
        const Ints shape = x ? x->shape : Ints();
        if (shape.size() < 2) {
            continue;  // not known, behind an operator that is not supported
        }
        check_norm(norm);
        const int64_t channels = shape.at(1), parts = groups ? norm->get<int64_t>("num_groups", 1) : channels;
        int64_t length = channels / parts;
        for (size_t k = 2; k < shape.size(); k++) {
            length *= shape[k];
        }
        auto for_channels = [&](const Tensor &value) {
            Ints broad(shape.size(), 1);
            broad[1] = channels;
            return value.flatten().repeat_interleave(channels / value.numel()).reshape(broad);
        };
        const Tensor scale = for_channels(norm->input(1)->value), bias = for_channels(norm->input(2)->value);
        const double epsilon = norm->get<double>("epsilon", 1e-5);
        const std::string name = norm->name;
        graph.remove(norm);
        Chain chain(graph, x, name);
        const Ints rows = {shape[0], parts, length};
        if (rows != shape) {
            chain.reshape(rows);
        }
        Op *layer = chain.add("LayerNormalization", torch::ones({length}), rows);
        layer->inputs.push_back(graph.new_param("", torch::zeros({length})));
        layer->attributes["axis"] = static_cast<int64_t>(-1);
        layer->attributes["epsilon"] = epsilon;
        if (rows != shape) {
            chain.reshape(shape);
        }
        if (!scale.eq(1).all().item<bool>()) {
            chain.add("Mul", scale, shape);
        }
        if (!bias.eq(0).all().item<bool>()) {
            chain.add("Add", bias, shape);
        }
        chain.end_at(out);
        graph.refresh();
        i = static_cast<size_t>(-1);
    }
}

}  // namespace quantize
