// Shapes; constants and operators that change nothing.

#include <algorithm>
#include <set>

#include "numerics/executor.hpp"
#include "numerics/validate.hpp"
#include "passes/rewrite.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

/** What a constant operator makes; nothing if it is none, or cannot be computed: that is told when it runs. */
std::vector<Tensor> constant_results(const Op &op) {
    if (op.type == "Constant") {
        if (op.has("value")) {
            return {op.get<Tensor>("value", Tensor())};
        }
        if (op.has("value_float")) {
            return {torch::tensor(static_cast<float>(op.get<double>("value_float", 0.0)))};
        }
        if (op.has("value_int")) {
            return {torch::tensor(op.get<int64_t>("value_int", 0))};
        }
        if (op.has("value_ints")) {
            return {torch::tensor(op.get<Ints>("value_ints", {}), torch::kLong)};
        }
        if (op.has("value_floats")) {
            return {torch::tensor(op.get<std::vector<double>>("value_floats", {}), torch::kDouble).to(torch::kFloat)};
        }
        throw Error("node '" + op.name + "' (Constant) has no value");
    }
    if (op.type == "Shape" && op.input(0) && !op.input(0)->shape.empty()) {
        return {torch::tensor(op.input(0)->shape, torch::kLong)};
    }
    const bool constant = !op.custom && !op.inputs.empty() && op.is(operators::EXECUTED) &&
                          !op.is(operators::RECURRENT) &&
                          std::all_of(op.inputs.begin(), op.inputs.end(), [](Var *v) { return !v || v->is_param; });
    std::vector<Tensor> inputs;
    for (Var *var : op.inputs) {
        inputs.push_back(var && constant ? var->value : Tensor());
    }
    try {
        return constant ? run_op(op, inputs, nullptr, Target::P4) : std::vector<Tensor>();
    } catch (const Error &) {
        return {};
    }
}

/** What only moves a constant's elements leaves it its scale. */
void take_given_scale(const Op &op, Var *result) {
    const Var *from = op.input(0);
    if (!from || !from->given || !op.is(operators::PASSIVE)) {
        return;
    }
    const int axis = from->given->axis, rank = static_cast<int>(result->shape.size());
    const Ints perm = op.get<Ints>("perm", {});
    result->given = from->given;
    result->given->axis = op.type != "Transpose" || axis < 0 ? -1
                          : perm.empty()                     ? rank - 1 - axis
                                         : static_cast<int>(std::find(perm.begin(), perm.end(), axis) - perm.begin());
}

bool fold_constants(Graph &graph) {
    std::set<const Op *> folded;
    for (auto &op : graph.ops) {
        const std::vector<Tensor> results = constant_results(*op);
        if (results.empty()) {
            continue;
        }
        for (size_t i = 0; i < op->outputs.size() && i < results.size(); i++) {
            Var *var = op->outputs[i];
            if (!var) {
                continue;
            }
            var->is_param = true;
            var->value = results[i].contiguous().clone();
            var->shape = var->value.sizes().vec();
            var->dtype = var->value.scalar_type();
            take_given_scale(*op, var);
        }
        folded.insert(op.get());
    }
    graph.ops.erase(
        std::remove_if(graph.ops.begin(), graph.ops.end(), [&](const auto &op) { return folded.count(op.get()); }),
        graph.ops.end());
    graph.refresh();
    return !folded.empty();
}

bool changes_nothing(const Op &op) {
    if (op.type == "Identity" || op.type == "Dropout") {
        return true;
    }
    if (op.type == "Concat") {
        return op.inputs.size() == 1;
    }
    if (op.type == "Cast") {
        // Half and double are computed as float.
        const int64_t to = op.get<int64_t>("to", 0);
        return (to == 1 || to == 10 || to == 11) && op.input(0) && op.input(0)->dtype == torch::kFloat &&
               (op.input(0)->is_param || op.input(0)->source || !op.input(0)->shape.empty());
    }
    if (op.type == "Transpose") {
        const Ints perm = op.get<Ints>("perm", {});
        for (size_t i = 0; i < perm.size(); i++) {
            if (perm[i] != static_cast<int64_t>(i)) {
                return false;
            }
        }
        return !perm.empty();
    }
    if (op.type == "Pad" && op.input(1) && op.input(1)->is_param) {
        return !op.input(1)->value.to(torch::kBool).any().item<bool>();
    }
    return false;
}

bool drop_one(Graph &graph) {
    for (auto &op : graph.ops) {
        if (!changes_nothing(*op) || op->outputs.empty() || !op->outputs[0] || !op->input(0)) {
            continue;
        }
        Var *in = op->input(0), *out = op->outputs[0];
        if (graph.is_output(out)) {
            // The output keeps its name: whoever makes `in` now makes it under that name.
            if (!in->source || graph.is_output(in)) {
                continue;
            }
            Op *source = in->source;
            const int index = in->source_index;
            graph.remove(op.get());
            source->outputs[index] = out;
            graph.replace(in, out);
        } else {
            graph.remove(op.get());
            graph.replace(out, in);
        }
        graph.refresh();
        return true;
    }
    return false;
}

/** Pad in front of Conv or AveragePool becomes that operator's own padding. */
bool merge_pad(Graph &graph) {
    for (auto &op : graph.ops) {
        if (op->type != "Conv" && op->type != "AveragePool") {
            continue;
        }
        Var *x = op->input(0);
        Op *pad = x ? x->source : nullptr;
        if (!pad || pad->type != "Pad" || x->readers.size() != 1 || graph.is_output(x) || !pad->input(1) ||
            !pad->input(1)->is_param || op->get<std::string>("auto_pad", "NOTSET") != "NOTSET" ||
            pad->get<std::string>("mode", "constant") != "constant" || pad->input(3)) {
            continue;
        }
        if (pad->input(2) && (!pad->input(2)->is_param || pad->input(2)->value.to(torch::kFloat).item<float>() != 0)) {
            continue;
        }
        const Ints amounts = *constant_ints(*pad, 1, "pads");
        const size_t rank = amounts.size() / 2, n = rank - 2;
        if (rank < 3 || amounts[0] || amounts[1] || amounts[rank] || amounts[rank + 1] ||
            *std::min_element(amounts.begin(), amounts.end()) < 0) {
            continue;
        }
        Ints pads = op->get<Ints>("pads", Ints(2 * n, 0));
        if (op->type == "AveragePool") {
            if (std::any_of(pads.begin(), pads.end(), [](int64_t v) { return v != 0; })) {
                continue;
            }
            op->attributes["count_include_pad"] = static_cast<int64_t>(1);
        }
        for (size_t i = 0; i < n; i++) {
            pads[i] += amounts[2 + i];
            pads[i + n] += amounts[rank + 2 + i];
        }
        op->attributes["pads"] = pads;
        op->inputs[0] = pad->input(0);
        graph.refresh();
        return true;
    }
    return false;
}

/** Rank-2 MatMul and Add of constants make a Gemm. */
bool merge_gemm(Graph &graph) {
    for (auto &op : graph.ops) {
        if (op->type != "MatMul" || !op->input(1) || !op->input(1)->is_param || op->input(1)->value.dim() != 2 ||
            !op->input(0) || op->input(0)->shape.size() != 2) {
            continue;
        }
        Op *add = graph.only_consumer(op.get());
        if (!add || add->type != "Add" || graph.is_output(op->outputs[0])) {
            continue;
        }
        Var *other = add->input(add->input(0) == op->outputs[0] ? 1 : 0);
        if (!other || !other->is_param || other->value.dim() != 1 ||
            other->value.size(0) != op->input(1)->value.size(1)) {
            continue;
        }
        op->type = "Gemm";
        op->inputs.push_back(other);
        Var *out = add->outputs[0], *old = op->outputs[0];
        graph.remove(add);
        op->outputs[0] = out;
        graph.replace(old, out);
        graph.refresh();
        return true;
    }
    return false;
}

}  // namespace

namespace {

/** The body of a user's own operator for inputs of these shapes: its constants are computed once. */
void prepare_body(Op &op, const std::vector<Tensor> &inputs) {
    for (size_t i = 0; i < op.body->inputs.size(); i++) {
        if (!inputs[i].defined()) {
            throw Error("node '" + op.name + "' (" + op.type + "): input " + std::to_string(i) +
                        " is left out, and its body reads it");
        }
        op.body->inputs[i]->shape = inputs[i].sizes().vec();
        op.body->inputs[i]->dtype = inputs[i].scalar_type();
    }
    infer_shapes(*op.body);
    while (fold_constants(*op.body)) {
    }
}

}  // namespace

void infer_shapes(Graph &graph, std::map<std::string, std::string> *failed) {
    modernize(graph);
    std::map<std::string, std::string> problems;
    Values values;
    std::map<const Var *, size_t> left;
    for (Var *var : graph.inputs) {
        values[var] = torch::zeros(var->shape, var->dtype);
    }
    for (Op *op : graph.execution_order()) {
        std::vector<Tensor> inputs;
        bool reached = true;
        for (Var *var : op->inputs) {
            const bool known = !var || var->is_param || values.count(var);
            reached = reached && known;
            inputs.push_back(!var || !known ? Tensor() : var->is_param ? var->value : values[var]);
        }
        std::vector<Tensor> outputs;
        if (!reached) {
            problems[op->name] = "";
        } else if (op->type == "Constant") {
            outputs = constant_results(*op);
        } else {
            try {
                if (op->body) {
                    prepare_body(*op, inputs);
                }
                outputs = run_op(*op, inputs, nullptr, Target::P4);
            } catch (const InvalidNode &error) {
                if (!failed) {
                    throw;
                }
                problems[op->name] = error.what();
            } catch (const Error &error) {
                problems[op->name] = error.what();
            }
        }
        for (size_t i = 0; i < op->outputs.size() && i < outputs.size(); i++) {
            if (Var *var = op->outputs[i]) {
                values[var] = outputs[i];
                var->shape = outputs[i].sizes().vec();
                var->dtype = outputs[i].scalar_type();
            }
        }
        for (Var *var : op->inputs) {
            if (var && ++left[var] == var->readers.size()) {
                values.erase(var);
            }
        }
    }
    if (failed) {
        *failed = problems;
    }
}

int relu6_becomes_relu(Graph &graph) {
    auto is = [](const Op &op, size_t input, const char *attribute, double wanted) {
        const Var *var = op.input(input);
        return var ? var->is_param && var->value.numel() == 1 && var->value.to(torch::kDouble).item<double>() == wanted
                   : op.get<double>(attribute, NAN) == wanted;
    };
    int count = 0;
    for (auto &op : graph.ops) {
        if (op->type == "Clip" && is(*op, 1, "min", 0) && is(*op, 2, "max", 6)) {
            op->type = "Relu";
            op->inputs.resize(1);
            op->attributes.clear();
            count++;
        }
    }
    graph.refresh();
    return count;
}

void simplify(Graph &graph) {
    decompose_einsum(graph);
    while (fold_constants(graph) || drop_one(graph) || merge_pad(graph) || merge_gemm(graph)) {
    }
    for (const Var *var : graph.outputs) {
        if (!var->source) {
            throw Error("graph output '" + var->name + "' is " + (var->is_param ? "a constant" : "a graph input") +
                        ": a chip's model gives what its nodes compute");
        }
    }
}

}  // namespace quantize
