// The order of axes that each operator of the chip reads and writes.

#include <algorithm>

#include "export/exporter.hpp"

namespace quantize {

namespace {

using torch::Tensor;
using Ints = std::vector<int64_t>;
using operators::Layout;

Order perm_attribute(const Op *op) {
    Order perm = op->get<Ints>("perm", {});
    if (perm.empty()) {
        perm = identity(op->inputs[0]->shape.size());
        std::reverse(perm.begin(), perm.end());
    }
    return perm;
}

Order compose(const Order &p1, const Order &p2) {
    Order result;
    for (int64_t k : p2) {
        result.push_back(p1[k]);
    }
    return result;
}

/** @param any the reference merges two nodes whatever their bits and scales are */
bool have_same_record(Op *a, Op *b, bool any) {
    if (a->quantized != b->quantized) {
        return false;
    }
    return !a->quantized || any ||
           (a->out[0]->bits == b->in[0]->bits && a->in[0]->bits == b->out[0]->bits &&
            a->in[0]->scale_exponents() == b->out[0]->scale_exponents());
}

}  // namespace

Order Exporter::perm_of(const Var *var) const {
    auto it = m_perm.find(var);
    return it == m_perm.end() ? identity(var->shape.size()) : it->second;
}

void Exporter::insert_transpose(Op *op, size_t input, const Order &p, const Order &new_perm) {
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
        const Order perm = perm_of(var);
        if (!is_identity(perm)) {
            insert_transpose(op, i, inverse(perm), identity(perm.size()));
        }
    }
}

void Exporter::make_channels_last(Op *op) {
    Var *x = op->inputs[0];
    const size_t rank = x->shape.size();
    const Order wanted = channels_last(rank);
    if (rank != 3 && rank != 4) {
        throw Error("node '" + op->name + "' (" + op->type + "): input of rank " + std::to_string(rank) +
                    ", 3 and 4 are supported");
    }
    const Order current = perm_of(x);
    if (!m_perm.count(x)) {
        m_perm[x] = wanted;
    } else if (current != wanted) {
        insert_transpose(op, 0, between(current, wanted), wanted);
    }
    m_perm[op->outputs[0]] = channels_last(op->outputs[0]->shape.size());
    if (op->type == "StreamingCache") {
        const int64_t axis = op->get<int64_t>("frame_axis", 1);
        op->attributes["frame_axis"] =
            static_cast<int64_t>(std::find(wanted.begin(), wanted.end(), axis) - wanted.begin());
    }
}

void Exporter::permute_param(Op *op, size_t input, const Order &perm) {
    Var *var = op->inputs[input];
    if (is_identity(perm) && !m_quantizer.settings().reference) {
        m_permuted[var] = "AS_GIVEN";  // where the tag is missing, the engine guesses
        return;
    }
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

void Exporter::pass_on(Op *op, const Order &order) {
    for (Var *var : op->outputs) {
        if (var) {
            m_perm[var] = order;
        }
    }
}

void Exporter::lay_out_plain(Op *op) {
    restore(op);
    for (size_t i = 0; i < op->inputs.size() && op->row().onnx == operators::Onnx::ELEMENTWISE; i++) {
        if (op->inputs[i] && op->inputs[i]->is_param) {
            permute_param(op, i, identity(op->outputs[0]->shape.size()));
        }
    }
    for (Var *var : op->outputs) {
        if (var) {
            m_perm[var] = identity(var->shape.size());
        }
    }
}

void Exporter::lay_out_pair(Op *op) {
    Var *a = op->input(0), *b = op->input(1);
    if (a->is_param || b->is_param) {
        const size_t side = a->is_param ? 1 : 0;
        const Order perm = perm_of(op->inputs[side]);
        if (perm.size() != op->outputs[0]->shape.size()) {
            lay_out_plain(op);
            return;
        }
        pass_on(op, perm);
        if (op->inputs[1 - side]->is_param) {
            permute_param(op, 1 - side, perm);
        }
        return;
    }
    const Order pa = perm_of(a), pb = perm_of(b);
    if (pa == pb) {
        pass_on(op, pa);
    } else if (pa.size() != pb.size()) {
        lay_out_plain(op);
    } else {
        // Channels last wins, then whatever is not ONNX's order, then the first input.
        const Order nhwc = channels_last(pa.size());
        const bool a_last = pa == nhwc, b_last = pb == nhwc;
        const bool first = a_last != b_last ? a_last : (is_identity(pa) != is_identity(pb) ? !is_identity(pa) : true);
        insert_transpose(op, first ? 1 : 0, first ? between(pb, pa) : between(pa, pb), first ? pa : pb);
        pass_on(op, first ? pa : pb);
    }
}

void Exporter::lay_out_axis(Op *op) {
    const Order perm = perm_of(op->inputs[0]);
    int64_t axis = op->get<int64_t>("axis", op->type == "Split" ? 0 : -1);
    axis += axis < 0 ? static_cast<int64_t>(perm.size()) : 0;
    if (!is_identity(perm)) {
        op->attributes["axis"] = static_cast<int64_t>(std::find(perm.begin(), perm.end(), axis) - perm.begin());
    }
    pass_on(op, perm);
}

void Exporter::lay_out_axes(Op *op) {
    const Order perm = perm_of(op->inputs[0]);
    Ints axes = op->input(1) ? *constant_ints(*op, 1, "axes") : Ints();
    for (int64_t &axis : axes) {
        axis += axis < 0 ? static_cast<int64_t>(perm.size()) : 0;
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
        pass_on(op, perm);
        return;
    }
    Order left;
    for (int64_t p : perm) {
        if (!axes.empty() && std::find(axes.begin(), axes.end(), p) == axes.end()) {
            left.push_back(p - std::count_if(axes.begin(), axes.end(), [&](int64_t a) { return a < p; }));
        }
    }
    pass_on(op, left);
}

void Exporter::lay_out_parts(Op *op) {
    bool same = true, any = false;
    const Order perm = perm_of(op->inputs[0]);
    for (Var *var : op->inputs) {
        same = same && !var->is_param && perm_of(var) == perm;
        any = any || m_perm.count(var);
    }
    if (!same || !any) {
        lay_out_plain(op);
        return;
    }
    int64_t axis = op->get<int64_t>("axis", 0);
    axis += axis < 0 ? static_cast<int64_t>(perm.size()) : 0;
    op->attributes["axis"] = static_cast<int64_t>(std::find(perm.begin(), perm.end(), axis) - perm.begin());
    pass_on(op, perm);
}

/** A user's own operator: all tensors that it reads are in the declared order of axes, and so is what it makes. */
void Exporter::lay_out_custom(Op *op) {
    if (op->custom->layout == Layout::PLAIN) {
        return lay_out_plain(op);
    }
    const bool last = op->custom->layout == Layout::CHANNELS_LAST;
    std::optional<Order> common;
    for (size_t i = 0; i < op->inputs.size(); i++) {
        Var *var = op->inputs[i];
        if (!var || var->is_param) {
            continue;
        }
        const size_t rank = var->shape.size();
        if (!last && common && common->size() != rank) {
            throw Error("node '" + op->name + "' (" + op->type + "): layout:any needs inputs of one rank");
        }
        const Order wanted = last ? channels_last(rank) : common ? *common : perm_of(var);
        if (!m_perm.count(var)) {
            m_perm[var] = wanted;
        } else if (perm_of(var) != wanted) {
            insert_transpose(op, i, between(perm_of(var), wanted), wanted);
        }
        common = common ? common : wanted;
    }
    for (Var *var : op->outputs) {
        if (!var) {
            continue;
        }
        if (!last && common && common->size() != var->shape.size()) {
            throw Error("node '" + op->name + "' (" + op->type + "): layout:any needs outputs of the inputs' rank");
        }
        m_perm[var] = last || !common ? channels_last(var->shape.size()) : *common;
    }
}

void Exporter::lay_out(Op *op) {
    if (op->custom) {
        return lay_out_custom(op);
    }
    switch (op->row().layout) {
        case Layout::CHANNELS_LAST:
            return make_channels_last(op);
        case Layout::ANY:
            if (!op->inputs[0] || op->inputs[0]->is_param) {
                return lay_out_plain(op);
            }
            pass_on(op, perm_of(op->inputs[0]));
            m_perm.emplace(op->inputs[0], identity(op->inputs[0]->shape.size()));
            return;
        case Layout::PAIR:
            return lay_out_pair(op);
        case Layout::AXIS:
            return lay_out_axis(op);
        case Layout::AXES:
            return lay_out_axes(op);
        case Layout::PARTS:
            return lay_out_parts(op);
        case Layout::PLAIN:
            return lay_out_plain(op);
    }
}

void Exporter::lay_out() {
    for (Op *op : m_graph.execution_order()) {
        lay_out(op);
        // Who has read a graph input in one order keeps it from getting another one.
        for (const Var *var : op->inputs) {
            if (var && !var->source && !var->is_param) {
                m_perm.emplace(var, identity(var->shape.size()));
            }
        }
    }
    m_graph.refresh();
}

bool Exporter::drop_transpose(Op *op) {
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
}

/** Drops a Transpose that changes nothing, or merges two, or moves one across an activation to the next. */
bool Exporter::clean_one_transpose() {
    auto single = [&](Op *op) { return m_graph.is_output(op->outputs[0]) ? nullptr : m_graph.only_consumer(op); };
    for (auto &entry : m_graph.ops) {
        Op *op = entry.get();
        if (op->type != "Transpose") {
            continue;
        }
        if (is_identity(perm_attribute(op)) && drop_transpose(op)) {
            return true;
        }
        Op *next = single(op), *second = next;
        Op *activation = nullptr;
        if (next && next->is(operators::MOVABLE)) {
            activation = next;
            second = single(next);
        }
        if (!second || second->type != "Transpose" ||
            (!activation && !have_same_record(op, second, m_quantizer.settings().reference_errors))) {
            continue;
        }
        const Order perm = compose(perm_attribute(op), perm_attribute(second));
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
        return true;
    }
    return false;
}

void Exporter::clean_transposes() {
    while (clean_one_transpose()) {
    }
}

}  // namespace quantize
