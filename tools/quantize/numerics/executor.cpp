#include "numerics/executor.hpp"

#include <algorithm>

#include "numerics/chip.hpp"
#include "numerics/custom.hpp"
#include "numerics/functions.hpp"
#include "numerics/rounding.hpp"
#include "numerics/validate.hpp"

namespace quantize {

namespace {

using torch::Tensor;

Functions all_functions() {
    Functions all;
    for (Functions family :
         {elementwise_functions(), normalization_functions(), reductions(), shape_functions(), window_functions()}) {
        all.merge(family);
    }
    return all;
}

/** A function of float, element by element; LibTorch knows no gradient of it. */
Tensor each(float (*function)(float), const Tensor &x) {
    Tensor y = x.detach().to(torch::kFloat).contiguous().clone();
    float *values = y.data_ptr<float>();
    std::transform(values, values + y.numel(), values, function);
    return y.to(x.scalar_type());
}

/** The row's own definition, with the gradient that its derivative gives. */
Tensor apply(const operators::Operator &row, const Tensor &x) {
    const Tensor y = each(row.function, x);
    if (!x.requires_grad()) {
        return y;
    }
    const Tensor slope = torch::nan_to_num(each(row.derivative, x), 0.0, 0.0, 0.0);
    return y + slope * (x - x.detach());
}

/** Whether a run quantizes what the record belongs to. */
bool is_enabled(const RunOptions &options, const Op &op, Record *record) {
    return op.quantized && record && record->applied() && record->has_scale() &&
           (!options.enabled || options.enabled(&op, record));
}

/** Whether a run computes an operator on x in double. */
bool is_wide(const RunOptions &options, const Op &op, const Tensor &x) {
    // A Relu or Clip rounds what the operator before it leaves as a sum.
    const bool rounds = op.is(operators::ACTIVATION);
    const bool sums = op.is(operators::MEAN) || (op.is(operators::COMPUTING) && !op.is(operators::RECURRENT));
    return op.high_precision ||
           (options.exact && op.quantized && (sums || (rounds && x.scalar_type() == torch::kDouble)));
}

}  // namespace

std::vector<Tensor> run_op(const Op &op, const std::vector<Tensor> &inputs, const Record *output_record,
                           Target target) {
    static const Functions functions = all_functions();
    try {
        if (op.custom) {
            return run_custom(op, inputs);
        }
        validate(op, inputs);
        if (op.is(operators::RECURRENT)) {
            return recurrent(op, inputs, output_record, target);
        }
        if (op.row().function) {
            return {apply(op.row(), need(op, inputs, 0))};
        }
        auto function = functions.find(op.type);
        if (function == functions.end()) {
            refuse(op, "the operator is not supported");
        }
        return function->second(op, inputs);
    } catch (const c10::Error &error) {
        refuse(op, "cannot be computed: " + std::string(error.what_without_backtrace()));
    } catch (const Error &) {
        throw;
    } catch (const std::exception &error) {
        refuse(op, "cannot be computed: " + std::string(error.what()));
    }
}

void Executor::refresh() {
    m_order = m_graph.execution_order();
    m_quantized_params.clear();
}

void Executor::forget_params(Record *record) {
    std::erase_if(m_quantized_params, [&](const auto &entry) { return entry.first.second->root() == record; });
}

Tensor Executor::quantized_param(const Op &op, const Var *var, Record *record, const Tensor &value) {
    Tensor &cached = m_quantized_params[{var, record}];
    if (!cached.defined() || cached.scalar_type() != value.scalar_type()) {
        // Rounded in the type that they are exported from.
        const Tensor exported = op.high_precision ? value : value.to(torch::kFloat);
        cached = fake_quantize(exported, record, m_target).to(value.scalar_type());
    }
    return cached;
}

void Executor::read_inputs(const Op &op, const Values &values, const RunOptions &options, std::vector<Tensor> &raw,
                           std::vector<Tensor> &inputs) {
    raw.resize(op.inputs.size());
    inputs.resize(op.inputs.size());
    for (size_t i = 0; i < op.inputs.size(); i++) {
        const Var *var = op.inputs[i];
        if (!var) {
            continue;
        }
        Record *record = i < op.in.size() ? op.in[i] : nullptr;
        if (!var->is_param) {
            auto value = values.find(var);
            if (value == values.end()) {
                throw Error("tensor '" + var->name + "' has no value when node '" + op.name + "' runs");
            }
            raw[i] = value->second;
        } else {
            raw[i] = var->original.defined() && !is_enabled(options, op, record) ? var->original : var->value;
        }
        const bool floating = raw[i].is_floating_point();
        if (floating && is_wide(options, op, raw[0])) {
            raw[i] = raw[i].to(torch::kDouble);
        } else if (raw[i].scalar_type() == torch::kDouble) {
            raw[i] = raw[i].to(torch::kFloat);
        }
        inputs[i] = raw[i];
        if (options.exact && !var->source && var->port && var->port_of_chip) {
            continue;
        }
        if (floating && is_enabled(options, op, record)) {
            inputs[i] =
                var->is_param ? quantized_param(op, var, record, raw[i]) : fake_quantize(raw[i], record, m_target);
        }
    }
}

Values Executor::run(const Values &feed, const RunOptions &options) {
    torch::NoGradGuard no_grad;
    const std::vector<Op *> &order = options.only ? *options.only : m_order;
    std::map<const Var *, int> left;
    for (Op *op : order) {
        for (Var *var : op->inputs) {
            left[var]++;
        }
    }
    Values values = feed;
    for (auto &[var, value] : values) {
        Record *port = var->source || (var->port_of_chip && !options.exact) ? nullptr : var->port;
        if (port && port->applied() && value.is_floating_point() &&
            (!options.enabled || options.enabled(nullptr, port))) {
            value = fake_quantize(value, port, m_target);
        }
    }
    for (Op *op : order) {
        std::vector<Tensor> raw, inputs;
        read_inputs(*op, values, options, raw, inputs);
        Record *first = !op->out.empty() && is_enabled(options, *op, op->out[0]) ? op->out[0] : nullptr;
        std::optional<std::vector<Tensor>> as_chip;
        if (options.exact && !op->high_precision) {
            as_chip = compute_as_chip(*op, inputs, m_target, options.table_step);
        }
        std::vector<Tensor> outputs = as_chip ? *as_chip : run_op(*op, inputs, first, m_target);
        if (outputs.size() < op->outputs.size()) {
            throw Error("node '" + op->name + "' (" + op->type + ") has " + std::to_string(op->outputs.size()) +
                        " outputs, it computes " + std::to_string(outputs.size()));
        }
        if (options.observe) {
            options.observe(op, raw, outputs);
        }
        for (size_t i = 0; i < op->outputs.size(); i++) {
            if (!op->outputs[i]) {
                continue;
            }
            Record *record = i < op->out.size() ? op->out[i] : nullptr;
            values[op->outputs[i]] = outputs[i].is_floating_point() && is_enabled(options, *op, record)
                                         ? fake_quantize(outputs[i], record, m_target)
                                         : outputs[i];
        }
        if (!options.keep_all) {
            for (Var *var : op->inputs) {
                if (var && --left[var] == 0 && !m_graph.is_output(var)) {
                    values.erase(var);
                }
            }
        }
    }
    return values;
}

void Executor::trace(const Values &feed) {
    RunOptions options;
    options.keep_all = true;
    options.enabled = [](const Op *, Record *) { return false; };
    for (auto &[var, value] : run(feed, options)) {
        if (value.numel() == 0) {
            throw Error((var->source ? "node '" + var->source->name + "' (" + var->source->type + "): its output '"
                                     : "tensor '") +
                        var->name + "' has no elements");
        }
        const_cast<Var *>(var)->shape = value.sizes().vec();
        const_cast<Var *>(var)->dtype = value.scalar_type();
    }
}

}  // namespace quantize
