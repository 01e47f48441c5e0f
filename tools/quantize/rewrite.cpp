#include "rewrite.hpp"

#include <algorithm>
#include <set>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

Op *only_consumer(const Graph &graph, const Op *op) {
    const std::vector<Op *> consumers = graph.consumers(op);
    return consumers.size() == 1 ? consumers[0] : nullptr;
}

/** What a constant operator makes; nothing if it is none, or cannot be computed: that is told when it runs. */
std::vector<Tensor> constant_results(const Op &op) {
    if (op.type == "Constant") {
        if (op.has("value")) {
            return {op.get<Tensor>("value", Tensor())};
        }
        if (op.has("value_float")) {
            return {torch::tensor((float)op.get<double>("value_float", 0.0))};
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
    const bool constant = !op.inputs.empty() && is_executable(op.type) && op.type != "GRU" && op.type != "LSTM" &&
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
        return op.get<int64_t>("to", 0) == 1 && op.input(0) && op.input(0)->dtype == torch::kFloat &&
               (op.input(0)->is_param || op.input(0)->source || !op.input(0)->shape.empty());
    }
    if (op.type == "Transpose") {
        const Ints perm = op.get<Ints>("perm", {});
        for (size_t i = 0; i < perm.size(); i++) {
            if (perm[i] != (int64_t)i) {
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
            op->attributes["count_include_pad"] = (int64_t)1;
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
        Op *add = only_consumer(graph, op.get());
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

bool is_conv(const Op *op) {
    return op->type == "Conv" || op->type == "ConvTranspose";
}

void fuse_bias(Graph &graph) {
    for (size_t i = 0; i < graph.ops.size(); i++) {
        Op *op = graph.ops[i].get();
        if (!is_conv(op) && op->type != "Gemm") {
            continue;
        }
        Op *add = only_consumer(graph, op);
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
        i = (size_t)-1;
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
        const bool foldable = op && (is_conv(op) || op->type == "Gemm") && op->input(1)->is_param &&
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
            const int64_t channels = gamma.numel(), rank = (int64_t)bn->input(0)->shape.size();
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
        i = (size_t)-1;
    }
}

void fuse_swish(Graph &graph) {
    struct Match {
        Op *source, *sigmoid, *mul;
    };
    std::vector<Match> matches;
    for (auto &op : graph.ops) {
        if (op->type != "Sigmoid" || !op->input(0) || !op->input(0)->source) {
            continue;
        }
        Op *source = op->input(0)->source, *mul = only_consumer(graph, op.get());
        if (!(source->computing() || source->passive()) || !mul || mul->type != "Mul" ||
            graph.producers(mul).size() != 2 || graph.is_output(op->outputs[0]) ||
            graph.is_output(source->outputs[0])) {
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
    Op *next = op && !graph.is_output(op->outputs[0]) ? only_consumer(graph, op) : nullptr;
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
        const int64_t rank = (int64_t)x->shape.size();
        std::sort(axes.begin(), axes.end());
        bool trailing = scale && scale->is_param && !axes.empty();
        for (size_t i = 0; trailing && i < axes.size(); i++) {
            const int64_t axis = axes[i] < 0 ? axes[i] : axes[i] - rank;
            trailing = axis == (int64_t)i - (int64_t)axes.size() && (axes[i] < 0 || rank > 0);
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
        op->attributes["stash_type"] = (int64_t)1;
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
        op->attributes["p"] = (int64_t)2;
        op->inputs = {x};
        op->outputs = {out};
        graph.refresh();
        return true;
    }
    return false;
}

/** Attributes of older operator sets become inputs. */
void modernize(Graph &graph) {
    for (auto &op : graph.ops) {
        if (op->type == "Slice" && op->has("starts")) {
            const Ints starts = op->get<Ints>("starts", {}), ends = op->get<Ints>("ends", {});
            Ints axes = op->get<Ints>("axes", {});
            for (size_t i = axes.size(); i < starts.size(); i++) {
                axes.push_back((int64_t)i);
            }
            op->inputs.resize(1);
            for (const Ints &value : {starts, ends, axes}) {
                op->inputs.push_back(graph.new_param("", torch::tensor(value, torch::kLong)));
            }
            op->attributes.clear();
        } else if (op->type == "Clip" && (op->has("min") || op->has("max"))) {
            op->inputs.resize(1);
            op->inputs.push_back(graph.new_param("", torch::tensor((float)op->get<double>("min", -2147483648.0))));
            op->inputs.push_back(graph.new_param("", torch::tensor((float)op->get<double>("max", 2147483648.0))));
            op->attributes.erase("min");
            op->attributes.erase("max");
        } else if (op->type == "Pad" && op->has("pads")) {
            op->inputs.resize(1);
            op->inputs.push_back(graph.new_param("", torch::tensor(op->get<Ints>("pads", {}), torch::kLong)));
            if (op->has("value") && op->get<double>("value", 0.0) != 0.0) {
                op->inputs.push_back(graph.new_param("", torch::tensor((float)op->get<double>("value", 0.0))));
            }
            op->attributes.erase("pads");
            op->attributes.erase("value");
        } else if (op->type == "Resize" && op->inputs.size() == 2) {
            op->inputs = {op->input(0), nullptr, op->input(1)};
        }
    }
    graph.refresh();
}

}  // namespace

void infer_shapes(Graph &graph, std::map<std::string, std::string> *failed) {
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

void simplify(Graph &graph) {
    while (fold_constants(graph) || drop_one(graph) || merge_pad(graph) || merge_gemm(graph)) {
    }
    for (const Var *var : graph.outputs) {
        if (!var->source) {
            throw Error("graph output '" + var->name + "' is " + (var->is_param ? "a constant" : "a graph input") +
                        ": a chip's model gives what its nodes compute");
        }
    }
}

void fuse_operators(Graph &graph) {
    fuse_bias(graph);
    fuse_batch_norm(graph);
    fuse_swish(graph);
    while (fuse_rms_norm(graph)) {
    }
    while (fuse_lp_norm(graph)) {
    }
    modernize(graph);
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
            readers[i].first->inputs[readers[i].second] =
                graph.new_param(var->name + "_" + std::to_string(i), var->value.clone());
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
