#include "exporter.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;

Ints identity(size_t rank) {
    Ints perm(rank);
    std::iota(perm.begin(), perm.end(), 0);
    return perm;
}

bool is_identity(const Ints &perm) {
    return perm == identity(perm.size());
}

Ints channels_last(size_t rank) {
    if (rank == 4) {
        return {0, 2, 3, 1};
    }
    return rank == 3 ? Ints{0, 2, 1} : identity(rank);
}

Ints inverse(const Ints &perm) {
    Ints result(perm.size());
    for (size_t i = 0; i < perm.size(); i++) {
        result[perm[i]] = (int64_t)i;
    }
    return result;
}

/** The transposition that brings storage order `from` to storage order `to`. */
Ints between(const Ints &from, const Ints &to) {
    const Ints back = inverse(from);
    Ints result;
    for (int64_t k : to) {
        result.push_back(back[k]);
    }
    return result;
}

bool is_convolution_family(const std::string &t) {
    static const std::set<std::string> types = {"Conv",        "ConvTranspose", "AveragePool",  "GlobalAveragePool",
                                                "MaxPool",     "GlobalMaxPool", "DepthToSpace", "SpaceToDepth",
                                                "InsertZeros", "Resize"};
    return types.count(t) > 0;
}

bool is_unary(const std::string &t) {
    static const std::set<std::string> types = {"Relu",
                                                "PRelu",
                                                "Sigmoid",
                                                "Tanh",
                                                "HardSwish",
                                                "HardSigmoid",
                                                "Elu",
                                                "Erf",
                                                "Gelu",
                                                "Clip",
                                                "Cast",
                                                "LeakyRelu",
                                                "Softplus",
                                                "Identity",
                                                "Swish",
                                                "Abs",
                                                "Exp",
                                                "Log",
                                                "Sqrt",
                                                "Cos",
                                                "Sin",
                                                "Tan",
                                                "Not",
                                                "Floor",
                                                "Round",
                                                "Ceil",
                                                "Neg",
                                                "QuantizeLinear",
                                                "DequantizeLinear",
                                                "RequantizeLinear",
                                                "Reciprocal"};
    return types.count(t) > 0;
}

/** Activations that a pair of transpositions may be moved across. */
bool is_movable_activation(const std::string &t) {
    static const std::set<std::string> types = {"Relu",      "Sigmoid",  "Tanh",     "HardSwish", "HardSigmoid",
                                                "Elu",       "Erf",      "Gelu",     "Clip",      "Cast",
                                                "LeakyRelu", "Softplus", "Identity", "Swish"};
    return types.count(t) > 0;
}

bool is_binary(const std::string &t) {
    static const std::set<std::string> types = {
        "Add", "Sub", "Mul", "Div", "And", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Pow", "Mod"};
    return types.count(t) > 0;
}

int block_of(const Op *op) {
    return op->bits == 8 ? 16 : 8;
}

}  // namespace

Exporter::Exporter(Quantizer &quantizer, const ExportOptions &options)
    : m_quantizer(quantizer), m_graph(quantizer.graph()), m_options(options), m_target(quantizer.settings().target) {}

void Exporter::prepare() {
    simulate_test();
    attributes_to_inputs();
    merge_relu();
    prepare_matmul();
    lay_out();
    clean_transposes();
    insert_conversions();
    set_quant_types();
    fix_exponents();
    make_tables();
    store_params();
}

void Exporter::simulate_test() {
    if (m_options.test_input) {
        RunOptions options;
        options.keep_all = true;
        options.exact = !m_quantizer.settings().reference_errors;
        m_test_values = m_quantizer.executor().run(m_quantizer.feed(*m_options.test_input), options);
    }
}

void Exporter::attributes_to_inputs() {
    for (auto &op : m_graph.ops) {
        const bool axes = op->type == "Squeeze" || op->type == "Unsqueeze" || op->type.rfind("Reduce", 0) == 0;
        const std::string key = axes ? "axes" : (op->type == "Split" ? "split" : "");
        if (key.empty() || !op->has(key)) {
            continue;
        }
        const Ints values = *constant_ints(*op, SIZE_MAX, key);
        op->inputs.resize(1);
        op->inputs.push_back(m_graph.new_param("", torch::tensor(values, torch::kLong)));
        if (op->quantized) {
            op->in.resize(1);
            op->in.push_back(m_graph.new_record(op->bits));
            op->in.back()->state = State::FP32;
        }
        op->attributes.erase(key);
    }
    m_graph.refresh();
}

void Exporter::merge_relu() {
    for (size_t i = 0; i < m_graph.ops.size(); i++) {
        Op *op = m_graph.ops[i].get();
        if (!op->quantized || (op->type != "Conv" && op->type != "Gemm" && op->type != "MatMul") ||
            op->has("activation")) {
            continue;
        }
        op->attributes["activation"] = std::string("Linear");
        const std::vector<Op *> consumers = m_graph.consumers(op);
        if (consumers.size() != 1 || consumers[0]->type != "Relu" || !consumers[0]->quantized ||
            consumers[0]->bits != op->bits || m_graph.is_output(op->outputs[0])) {
            continue;
        }
        Op *relu = consumers[0];
        op->attributes["activation"] = std::string("Relu");
        op->outputs[0] = relu->outputs[0];
        op->out[0] = relu->out[0];
        m_graph.remove(relu);
        m_graph.refresh();
        i = (size_t)-1;
    }
}

void Exporter::prepare_matmul() {
    std::vector<Op *> matmuls;
    for (auto &op : m_graph.ops) {
        if (op->quantized && op->type == "MatMul" && op->input(1) && !op->input(1)->is_param &&
            op->input(1)->shape.size() >= 2) {
            matmuls.push_back(op.get());
        }
    }
    for (Op *matmul : matmuls) {
        Var *b = matmul->inputs[1];
        Record *record = matmul->in[1];
        const int64_t rank = (int64_t)b->shape.size(), A = record->bits == 8 ? 16 : 8;
        const Ints batch(b->shape.begin(), b->shape.end() - 2);
        const int64_t c = b->shape[rank - 2], n = b->shape[rank - 1], m = n / A * A;
        auto with = [&](std::initializer_list<int64_t> tail) {
            Ints shape = batch;
            shape.insert(shape.end(), tail);
            return shape;
        };
        auto add = [&](const std::string &type, std::vector<Var *> inputs, Ints shape) {
            Op *op = m_graph.new_op_before(matmul, type);
            op->quantized = true;
            op->bits = matmul->bits;
            op->bias_bits = matmul->bias_bits;
            op->inputs = std::move(inputs);
            for (Var *var : op->inputs) {
                Record *in = record;
                if (var->is_param) {
                    in = m_graph.new_record(op->bits);
                    in->state = State::FP32;
                }
                op->in.push_back(in);
            }
            op->outputs = {m_graph.new_var("")};
            op->outputs[0]->shape = std::move(shape);
            op->out = {record};
            return op;
        };
        auto constant = [&](const Ints &values) { return m_graph.new_param("", torch::tensor(values, torch::kLong)); };
        auto reshape = [&](Var *var, const Ints &shape) {
            Op *op = add("Reshape", {var, constant(shape)}, shape);
            op->attributes["allowzero"] = (int64_t)0;
            return op->outputs[0];
        };
        auto transpose = [&](Var *var, const Ints &tail) {
            // The last axes are permuted; `tail` names them from the end.
            const int64_t r = (int64_t)var->shape.size();
            Ints perm = identity(r), shape(r);
            for (size_t i = 0; i < tail.size(); i++) {
                perm[r - (int64_t)tail.size() + (int64_t)i] = r + tail[i];
            }
            for (int64_t i = 0; i < r; i++) {
                shape[i] = var->shape[perm[i]];
            }
            Op *op = add("Transpose", {var}, shape);
            op->attributes["perm"] = perm;
            return op->outputs[0];
        };
        auto slice = [&](Var *var, int64_t from, int64_t to) {
            // All axes are named, as the reference does.
            const Ints axes = identity(rank), steps(rank, 1);
            Ints starts(rank, 0), ends = var->shape, shape = var->shape;
            starts[rank - 2] = from;
            ends[rank - 2] = to;
            shape[rank - 2] = to - from;
            return add("Slice", {var, constant(starts), constant(ends), constant(axes), constant(steps)}, shape)
                ->outputs[0];
        };
        Var *result;
        if (m_target == Target::C) {
            result = reshape(transpose(b, {-1, -2}), b->shape);
        } else if (m == n) {
            result = reshape(transpose(reshape(b, with({c, n / A, A})), {-2, -3, -1}), b->shape);
        } else {
            Var *columns = transpose(b, {-1, -2});
            if (m > 0) {
                Var *blocks = reshape(slice(columns, 0, m), with({n / A, A, c}));
                blocks = reshape(transpose(blocks, {-3, -1, -2}), with({m, c}));
                Op *concat = add("Concat", {blocks, slice(columns, m, n)}, columns->shape);
                concat->attributes["axis"] = rank - 2;
                columns = concat->outputs[0];
            }
            result = reshape(columns, b->shape);
        }
        matmul->inputs[1] = result;
        m_graph.refresh();
    }
}

Exporter::Perm Exporter::perm_of(const Var *var) const {
    auto it = m_perm.find(var);
    return it == m_perm.end() ? identity(var->shape.size()) : it->second;
}

void Exporter::insert_transpose(Op *op, size_t input, const Perm &p, const Perm &new_perm) {
    Var *var = op->inputs[input];
    Op *transpose = m_graph.new_op_before(op, "Transpose");
    transpose->attributes["perm"] = p;
    transpose->inputs = {var};
    transpose->outputs = {m_graph.new_var("")};
    transpose->outputs[0]->shape = var->shape;  // in ONNX order; the perm tells the storage order
    transpose->outputs[0]->dtype = var->dtype;
    transpose->quantized = op->quantized && op->in[input]->state != State::FP32;
    transpose->bits = op->bits;
    if (transpose->quantized) {
        transpose->in = {op->in[input]};
        transpose->out = {op->in[input]};
    }
    m_perm[transpose->outputs[0]] = new_perm;
    op->inputs[input] = transpose->outputs[0];
}

void Exporter::restore(Op *op) {
    for (size_t i = 0; i < op->inputs.size(); i++) {
        Var *var = op->inputs[i];
        if (!var || var->is_param) {
            continue;
        }
        const Perm perm = perm_of(var);
        if (!is_identity(perm)) {
            insert_transpose(op, i, inverse(perm), identity(perm.size()));
        }
    }
}

void Exporter::make_channels_last(Op *op) {
    Var *x = op->inputs[0];
    const size_t rank = x->shape.size();
    const Perm wanted = channels_last(rank);
    if (rank != 3 && rank != 4) {
        throw Error("node '" + op->name + "' (" + op->type + "): input of rank " + std::to_string(rank) +
                    ", 3 and 4 are supported");
    }
    const Perm current = perm_of(x);
    if (!m_perm.count(x)) {
        m_perm[x] = wanted;
    } else if (current != wanted) {
        insert_transpose(op, 0, between(current, wanted), wanted);
    }
    m_perm[op->outputs[0]] = channels_last(op->outputs[0]->shape.size());
}

void Exporter::permute_param(Op *op, size_t input, const Perm &perm) {
    Var *var = op->inputs[input];
    // The reference leaves the constant in ONNX order, which broadcasts over another axis.
    if (is_identity(perm) || var->value.numel() == 1 || m_quantizer.settings().reference_errors) {
        return;
    }
    Ints shape = var->value.sizes().vec();
    shape.insert(shape.begin(), perm.size() - shape.size(), 1);
    Tensor value = var->value.reshape(shape).permute(perm).contiguous();
    var->value = value;
    var->shape = value.sizes().vec();
    m_permuted[var] = perm != channels_last(perm.size()) ? "PERMUTED" : perm.size() == 4 ? "NHWC" : "NWC";
}

void Exporter::lay_out() {
    for (Op *op : m_graph.execution_order()) {
        const std::string &t = op->type;
        auto inherit = [&](const Perm &perm) {
            for (Var *var : op->outputs) {
                if (var) {
                    m_perm[var] = perm;
                }
            }
        };
        auto plain = [&] {
            restore(op);
            for (Var *var : op->outputs) {
                if (var) {
                    m_perm[var] = identity(var->shape.size());
                }
            }
        };
        if (is_convolution_family(t)) {
            make_channels_last(op);
        } else if (is_unary(t) && op->inputs[0] && !op->inputs[0]->is_param) {
            inherit(perm_of(op->inputs[0]));
            m_perm.emplace(op->inputs[0], identity(op->inputs[0]->shape.size()));
        } else if (is_binary(t)) {
            Var *a = op->input(0), *b = op->input(1);
            if (!a->is_param && !b->is_param) {
                const Perm pa = perm_of(a), pb = perm_of(b);
                if (pa == pb) {
                    inherit(pa);
                } else if (pa.size() != pb.size()) {
                    plain();
                } else {
                    const Perm nhwc = channels_last(pa.size());
                    const bool a_last = pa == nhwc, b_last = pb == nhwc;
                    const bool first =
                        a_last != b_last ? a_last : (is_identity(pa) != is_identity(pb) ? !is_identity(pa) : true);
                    insert_transpose(op, first ? 1 : 0, first ? between(pb, pa) : between(pa, pb), first ? pa : pb);
                    inherit(first ? pa : pb);
                }
            } else {
                const size_t side = a->is_param ? 1 : 0;
                const Perm perm = perm_of(op->inputs[side]);
                if (perm.size() == op->outputs[0]->shape.size()) {
                    inherit(perm);
                    if (op->inputs[1 - side]->is_param) {
                        permute_param(op, 1 - side, perm);
                    }
                } else {
                    plain();
                }
            }
        } else if (t == "Softmax" || t == "LogSoftmax" || t == "Split" || t == "LpNormalization") {
            const Perm perm = perm_of(op->inputs[0]);
            int64_t axis = op->get<int64_t>("axis", t == "Split" ? 0 : -1);
            axis += axis < 0 ? (int64_t)perm.size() : 0;
            if (!is_identity(perm)) {
                op->attributes["axis"] = (int64_t)(std::find(perm.begin(), perm.end(), axis) - perm.begin());
            }
            inherit(perm);
        } else if (t.rfind("Reduce", 0) == 0) {
            const Perm perm = perm_of(op->inputs[0]);
            Ints axes = op->input(1) ? *constant_ints(*op, 1, "axes") : Ints();
            for (int64_t &axis : axes) {
                axis += axis < 0 ? (int64_t)perm.size() : 0;
            }
            Ints places;
            for (int64_t axis : axes) {
                places.push_back(std::find(perm.begin(), perm.end(), axis) - perm.begin());
            }
            std::sort(places.begin(), places.end());
            if (!places.empty()) {
                op->inputs[1]->value = torch::tensor(places, torch::kLong);
            }
            if (op->get<int64_t>("keepdims", 1)) {
                inherit(perm);
            } else {
                Perm left;
                for (int64_t p : perm) {
                    if (!axes.empty() && std::find(axes.begin(), axes.end(), p) == axes.end()) {
                        left.push_back(p - std::count_if(axes.begin(), axes.end(), [&](int64_t a) { return a < p; }));
                    }
                }
                inherit(left);
            }
        } else if (t == "Concat") {
            bool same = true, any = false;
            const Perm perm = perm_of(op->inputs[0]);
            for (Var *var : op->inputs) {
                same = same && !var->is_param && perm_of(var) == perm;
                any = any || m_perm.count(var);
            }
            if (same && any) {
                int64_t axis = op->get<int64_t>("axis", 0);
                axis += axis < 0 ? (int64_t)perm.size() : 0;
                op->attributes["axis"] = (int64_t)(std::find(perm.begin(), perm.end(), axis) - perm.begin());
                inherit(perm);
            } else {
                plain();
            }
        } else {
            plain();
        }
    }
    m_graph.refresh();
}

void Exporter::clean_transposes() {
    auto single = [&](Op *op) -> Op * {
        const std::vector<Op *> consumers = m_graph.consumers(op);
        return consumers.size() == 1 && !m_graph.is_output(op->outputs[0]) ? consumers[0] : nullptr;
    };
    auto perm_attribute = [](Op *op) {
        Ints perm = op->get<Ints>("perm", {});
        if (perm.empty()) {
            perm = identity(op->inputs[0]->shape.size());
            std::reverse(perm.begin(), perm.end());
        }
        return perm;
    };
    auto compose = [](const Ints &p1, const Ints &p2) {
        Ints result;
        for (int64_t k : p2) {
            result.push_back(p1[k]);
        }
        return result;
    };
    auto same_record = [&](Op *a, Op *b) {
        if (a->quantized != b->quantized) {
            return false;
        }
        return !a->quantized || m_quantizer.settings().reference_errors ||
               (a->out[0]->bits == b->in[0]->bits && a->in[0]->bits == b->out[0]->bits &&
                a->in[0]->scale_exponents() == b->out[0]->scale_exponents());
    };
    auto drop = [&](Op *op) {
        Var *in = op->inputs[0], *out = op->outputs[0];
        if (m_graph.is_output(out)) {
            if (!in->source || in->readers.size() > 1 || m_graph.is_output(in)) {
                return false;
            }
            in->source->outputs[in->source_index] = out;
            m_perm[out] = perm_of(in);
            m_graph.remove(op);
        } else {
            m_graph.remove(op);
            m_graph.replace(out, in);
        }
        m_graph.refresh();
        return true;
    };
    bool changed = true;
    while (changed) {
        changed = false;
        for (auto &entry : m_graph.ops) {
            Op *op = entry.get();
            if (op->type != "Transpose") {
                continue;
            }
            if (is_identity(perm_attribute(op)) && drop(op)) {
                changed = true;
                break;
            }
            Op *next = single(op), *second = next;
            Op *activation = nullptr;
            if (next && is_movable_activation(next->type)) {
                activation = next;
                second = single(next);
            }
            if (!second || second->type != "Transpose" || (!activation && !same_record(op, second))) {
                continue;
            }
            const Ints perm = compose(perm_attribute(op), perm_attribute(second));
            if (activation) {
                second->attributes["perm"] = perm;
                m_perm[activation->outputs[0]] = perm_of(op->inputs[0]);
                Var *in = op->inputs[0], *out = op->outputs[0];
                m_graph.remove(op);
                m_graph.replace(out, in);
            } else {
                op->attributes["perm"] = perm;
                op->outputs = second->outputs;
                if (op->quantized) {
                    op->out = second->out;
                }
                m_graph.remove(second);
            }
            m_graph.refresh();
            changed = true;
            break;
        }
    }
}

Op *Exporter::insert_before(Op *op, size_t input, const std::string &type, Record *in, Record *out) {
    Var *var = op->inputs[input];
    Op *conversion = m_graph.new_op_before(op, type);
    conversion->inputs = {var};
    conversion->outputs = {m_graph.new_var("")};
    conversion->outputs[0]->shape = var->shape;
    conversion->outputs[0]->dtype = var->dtype;
    m_perm[conversion->outputs[0]] = perm_of(var);
    conversion->bits = op->bits;
    conversion->quantized = type != "DequantizeLinear";
    const double s_in = in ? std::ldexp(1.0, in->scale_exponents()[0]) : 1;
    const double s_out = out ? std::ldexp(1.0, out->scale_exponents()[0]) : 1;
    const double scale = type == "RequantizeLinear" ? s_out / s_in : (type == "QuantizeLinear" ? s_out : s_in);
    const int bits = type == "DequantizeLinear" ? in->bits : out->bits;
    conversion->inputs.push_back(m_graph.new_param("", torch::tensor((float)scale)));
    conversion->inputs.push_back(m_graph.new_param("", torch::zeros({}, bits == 8 ? torch::kChar : torch::kShort)));
    Record *none = m_graph.new_record(op->bits);
    none->state = State::FP32;
    conversion->in = {in ? in : none, none, none};
    conversion->out = {out ? out : none};
    op->inputs[input] = conversion->outputs[0];
    return conversion;
}

void Exporter::insert_conversions() {
    std::vector<Op *> ops;
    for (Op *op : m_graph.execution_order()) {
        ops.push_back(op);
    }
    for (Op *op : ops) {
        for (size_t i = 0; i < op->inputs.size(); i++) {
            Var *var = op->inputs[i];
            if (!var || var->is_param || !var->source) {
                continue;
            }
            Op *producer = var->source;
            Record *made = producer->quantized ? producer->out[var->source_index] : nullptr;
            made = made && made->state != State::FP32 ? made : nullptr;
            Record *wanted = op->quantized ? op->in[i] : nullptr;
            wanted = wanted && wanted->state != State::FP32 && wanted->has_scale() ? wanted : nullptr;
            if (wanted && !made) {
                if (producer->quantized || var->dtype == torch::kFloat || var->dtype == torch::kBool ||
                    var->dtype == torch::kDouble) {
                    insert_before(op, i, "QuantizeLinear", nullptr, wanted);
                }
            } else if (wanted && made) {
                // The reference takes scales less than 1e-5 apart for equal, which loses the factor between fine ones.
                const double a = std::ldexp(1.0, made->scale_exponents()[0]),
                             b = std::ldexp(1.0, wanted->scale_exponents()[0]);
                const bool same_scale = m_quantizer.settings().reference_errors
                                            ? std::fabs(a - b) < 1e-5
                                            : made->scale_exponents() == wanted->scale_exponents();
                if (made->bits != wanted->bits || !same_scale) {
                    insert_before(op, i, "RequantizeLinear", made, wanted);
                }
            } else if (made && !op->quantized && op->type != "Shape") {
                insert_before(op, i, "DequantizeLinear", made, nullptr);
            }
        }
    }
    m_graph.refresh();
}

void Exporter::set_quant_types() {
    for (auto &op : m_graph.ops) {
        op->attributes["quant_type"] = std::string(!op->quantized ? "F32" : (op->bits == 16 ? "S16" : "S8"));
        if (op->type == "GRU" || op->type == "LSTM") {
            op->attributes["gate_exponent"] = (int64_t)-9;
        }
    }
}

void Exporter::fix_exponents() {
    auto exportable = [](Record *record) {
        return record->has_scale() && (record->state == State::ACTIVATED || record->state == State::PASSIVE ||
                                       record->state == State::OVERLAPPED);
    };
    for (Op *op : m_graph.execution_order()) {
        if (!op->quantized) {
            continue;
        }
        for (size_t i = 0; i < op->inputs.size() && i < op->in.size(); i++) {
            Var *var = op->inputs[i];
            if (!var || !exportable(op->in[i])) {
                continue;
            }
            Record *first = m_config.emplace(var, op->in[i]).first->second;
            const bool same =
                first->bits == op->in[i]->bits && first->scale_exponents() == op->in[i]->scale_exponents();
            if (!var->source && !var->is_param && !same) {
                m_warnings.push_back("graph input '" + var->name + "': node '" + op->name +
                                     "' was simulated with another scale than the file gives it");
            }
        }
        for (size_t i = 0; i < op->outputs.size() && i < op->out.size(); i++) {
            if (op->outputs[i] && exportable(op->out[i])) {
                m_config.emplace(op->outputs[i], op->out[i]);
            }
        }
        if (op->type == "AveragePool" && !op->get<int64_t>("count_include_pad", 0)) {
            const Ints pads = op->get<Ints>("pads", {});
            if (std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad != 0; })) {
                m_warnings.push_back("node '" + op->name +
                                     "' (AveragePool): calibration counts its padding, the chip does not");
            }
        }
        const bool product = op->type == "Conv" || op->type == "Gemm" || op->type == "MatMul" || op->type == "Mul";
        if (product && op->in[0]->has_scale() && op->in[1]->has_scale() && op->out[0]->has_scale()) {
            const int shift =
                op->out[0]->scale_exponents()[0] - op->in[0]->scale_exponents()[0] - op->in[1]->scale_exponents()[0];
            if (shift < 0) {
                m_warnings.push_back("node '" + op->name + "' (" + op->type +
                                     "): its output is finer than its product by 2^" + std::to_string(-shift));
            }
        }
    }
}

void Exporter::make_tables() {
    int count = 0;
    for (Op *op : m_graph.execution_order()) {
        const int step = m_quantizer.settings().lut_step;
        if (!op->quantized || (op->bits == 16 && step <= 0) || !op->in[0]->has_scale() || !op->out[0]->has_scale() ||
            op->in[0]->bits != op->out[0]->bits || op->in[0]->state == State::FP32 ||
            op->out[0]->state == State::FP32) {
            continue;
        }
        const std::string &t = op->type;
        const bool conversion = t == "QuantizeLinear" || t == "DequantizeLinear" || t == "RequantizeLinear";
        const bool one_slope = t == "PRelu" && op->input(1) && op->input(1)->value.numel() == 1;
        const bool plain = is_unary(t) && !conversion && t != "PRelu" && t != "Cast" && t != "Not" && t != "Identity" &&
                           op->outputs.size() == 1 && (op->inputs.size() == 1 || t == "Clip");
        if (!plain && !one_slope) {
            continue;
        }
        std::vector<float> inputs;
        if (op->bits == 8) {
            for (int i = -128; i < 128; i++) {
                inputs.push_back((float)i);
            }
        } else {
            for (int i = -32768; i <= (step == 1 ? 32767 : 32768); i += step) {
                inputs.push_back((float)i);
            }
        }
        const double scale = std::ldexp(1.0, op->in[0]->scale_exponents()[0]);
        std::vector<Tensor> values = {torch::tensor(inputs) * scale};
        for (size_t i = 1; i < op->inputs.size(); i++) {
            Tensor extra = op->inputs[i] ? op->inputs[i]->value : Tensor();
            if (extra.defined() && op->in[i]->has_scale() && op->in[i]->state != State::FP32) {
                extra = fake_quantize(extra, op->in[i], m_target);
            }
            values.push_back(extra.defined() && extra.numel() == 1 ? extra.flatten() : extra);
        }
        Op copy = *op;
        const Tensor result = run_op(copy, values, nullptr, m_target)[0];
        const Tensor table =
            quantize_values(result, op->out[0], m_target).to(op->bits == 8 ? torch::kChar : torch::kShort).contiguous();
        const std::string name = t + "_lut_" + std::to_string(count++);
        op->attributes["lut"] = name;
        m_tables.push_back({name, {table, op->out[0]->scale_exponents()[0]}});
    }
}

Exporter::Stored Exporter::block_weights(const Op *op, const Tensor &ints, bool matmul) const {
    const int64_t A = block_of(op);
    auto blocked = [&](const Tensor &w, bool depthwise) {
        // w: [N, C, H, W]
        const int64_t N = w.size(0), C = w.size(1), H = w.size(2), W = w.size(3), M = N / A * A;
        if (m_target == Target::C) {
            return (depthwise ? w.permute({2, 3, 1, 0}) : w.permute({0, 2, 3, 1})).contiguous().flatten();
        }
        std::vector<Tensor> parts;
        if (M > 0) {
            parts.push_back(
                w.slice(0, 0, M).reshape({N / A, A, C, H, W}).permute({0, 3, 4, 2, 1}).contiguous().flatten());
        }
        if (M < N) {
            const Tensor rest = w.slice(0, M, N);
            parts.push_back(
                (depthwise ? rest.permute({1, 2, 3, 0}) : rest.permute({0, 2, 3, 1})).contiguous().flatten());
        }
        return torch::cat(parts);
    };
    Stored stored;
    if (matmul) {
        const int64_t c = ints.size(-2), n = ints.size(-1);
        const Tensor matrices = ints.reshape({-1, c, n});
        std::vector<Tensor> parts;
        for (int64_t i = 0; i < matrices.size(0); i++) {
            parts.push_back(blocked(matrices[i].t().reshape({n, c, 1, 1}), false));
        }
        stored.value = torch::cat(parts);
        stored.dims = ints.sizes().vec();
        stored.layout = m_target == Target::C
                            ? "NHWC"
                            : "(N/" + std::to_string(A) + ")HWC" + std::to_string(A) + (n % A ? "_UNALIGNED" : "");
        return stored;
    }
    Tensor w = ints;
    const bool gemm = op->type == "Gemm", one = !gemm && w.dim() == 3;
    if (gemm) {
        w = (op->get<int64_t>("transB", 0) ? w : w.t()).unsqueeze(-1).unsqueeze(-1);
    } else if (one) {
        w = w.unsqueeze(2);
    }
    const bool depthwise = !gemm && op->get<int64_t>("group", 1) > 1;
    const int64_t N = w.size(0), C = w.size(1), H = w.size(2), W = w.size(3);
    stored.value = blocked(w, depthwise);
    stored.dims = depthwise ? Ints{H, W, N, C} : Ints{H, W, C, N};
    if (one) {
        stored.dims.erase(stored.dims.begin());
    }
    const std::string spatial = one ? "W" : "HW";
    if (m_target == Target::C) {
        stored.layout = depthwise ? spatial + "CN" : "N" + spatial + "C";
    } else {
        stored.layout =
            "(N/" + std::to_string(A) + ")" + spatial + "C" + std::to_string(A) + (N % A ? "_UNALIGNED" : "");
    }
    return stored;
}

void Exporter::store_params() {
    for (Op *op : m_graph.execution_order()) {
        for (size_t i = 0; i < op->inputs.size(); i++) {
            Var *var = op->inputs[i];
            if (!var || !var->is_param) {
                continue;
            }
            auto permuted = m_permuted.find(var);
            Stored stored = {var->value.contiguous(), var->value.sizes().vec(),
                             permuted == m_permuted.end() ? "UNK" : permuted->second};
            auto config = m_config.find(var);
            if (op->quantized && config != m_config.end() && var->value.is_floating_point()) {
                Record *record = config->second;
                const int bits = record->bits;
                // Rounded in float as the simulation does, but limited as an integer: the largest 32-bit bias is no
                // float.
                const Tensor value = op->high_precision ? var->value.to(torch::kDouble) : var->value;
                const Tensor rounded = round_by(value / scale_of(value, record), m_target).to(torch::kDouble);
                const Tensor wide = torch::clamp(rounded, record->qmin(), record->qmax());
                const torch::ScalarType type = bits <= 8    ? torch::kChar
                                               : bits <= 16 ? torch::kShort
                                               : bits <= 32 ? torch::kInt
                                                            : torch::kLong;
                stored.value = wide.to(type).contiguous();
                const bool weights = i == 1 && (op->type == "Conv" || op->type == "Gemm");
                if (weights || (i == 1 && op->type == "MatMul" && var->value.dim() >= 2)) {
                    if (op->type == "Gemm") {
                        if (op->get<double>("alpha", 1.0) != 1.0 || op->get<double>("beta", 1.0) != 1.0) {
                            throw Error("node '" + op->name + "' (Gemm): alpha and beta must be 1");
                        }
                    }
                    stored = block_weights(op, stored.value, !weights);
                    if (op->type == "Gemm") {
                        op->attributes["transB"] = (int64_t)0;
                    }
                }
            }
            m_stored[var] = stored;
        }
    }
}

}  // namespace quantize
