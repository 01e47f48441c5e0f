#include "numerics/custom.hpp"

#include <cmath>

#include "import/custom_ops.hpp"
#include "numerics/executor.hpp"

namespace quantize {

namespace {

using torch::Tensor;

std::string shape_text(const std::vector<int64_t> &shape) {
    std::string text;
    for (int64_t size : shape) {
        text += (text.empty() ? "" : "x") + std::to_string(size);
    }
    return text.empty() ? "scalar" : text;
}

/** The shape that the declaration gives an output. */
std::vector<int64_t> declared_shape(const Op &op, const Inputs &in, size_t output) {
    const CustomOp::Shape &shape = op.custom->shapes[output];
    return shape.sizes ? *shape.sizes : need(op, in, static_cast<size_t>(shape.input)).sizes().vec();
}

/** The input of which an output has the shape; a given shape is that of input 0 in another form. */
Inputs identities(const Op &op, const Inputs &in) {
    Inputs outputs;
    for (size_t i = 0; i < op.outputs.size(); i++) {
        if (op.custom->shapes.empty()) {
            outputs.push_back(need(op, in, 0));
            continue;
        }
        const std::vector<int64_t> shape = declared_shape(op, in, i);
        const CustomOp::Shape &declared = op.custom->shapes[i];
        const Tensor &from = need(op, in, declared.sizes ? 0 : static_cast<size_t>(declared.input));
        int64_t elements = 1;
        for (int64_t size : shape) {
            elements = size > (INT64_C(1) << 40) / elements ? -1 : elements * size;
            if (elements < 0) {
                break;
            }
        }
        if (elements != from.numel()) {
            refuse(op, "--custom-op: the identity cannot stand in for it: output " + std::to_string(i) + " has shape " +
                           shape_text(shape) + ", its input " + shape_text(from.sizes().vec()) +
                           ": body:FILE.onnx or body:FILE.npz says what it computes");
        }
        outputs.push_back(from.reshape(shape));
    }
    return outputs;
}

/** The outputs that were recorded for the inputs which are nearest to these. */
Inputs nearest(const Op &op, const Inputs &in) {
    const CustomOp &custom = *op.custom;
    Tensor distance;
    for (size_t i = 0; i < custom.inputs.size(); i++) {
        const Tensor &x = need(op, in, i);
        const Tensor &recorded = custom.inputs[i];
        const int64_t samples = recorded.size(0);
        if (x.numel() == 0 || recorded.numel() / samples != x.numel()) {
            refuse(op, "--custom-op: a sample of 'input" + std::to_string(i) + "' in '" + custom.file + "' has " +
                           std::to_string(recorded.numel() / samples) + " elements, the operator reads " +
                           std::to_string(x.numel()));
        }
        const Tensor difference =
            recorded.reshape({samples, -1}).to(torch::kDouble) - x.detach().reshape({1, -1}).to(torch::kDouble);
        const Tensor squares = difference.square().sum(1);
        distance = distance.defined() ? distance + squares : squares;
    }
    const int64_t sample = distance.argmin().item<int64_t>();
    // The samples are those of the batch, or have an axis of their own.
    const bool batched = custom.inputs[0].dim() == in[0].dim();
    Inputs outputs;
    for (const Tensor &recorded : custom.outputs) {
        outputs.push_back(batched ? recorded.slice(0, sample, sample + 1) : recorded[sample]);
    }
    return outputs;
}

/** The body's operators, one after the other. */
Inputs run_body(const Op &op, const Inputs &in) {
    if (!op.body) {
        refuse(op, "--custom-op: " + body_text(*op.custom) + " was not read");
    }
    Graph &body = *op.body;
    std::map<const Var *, Tensor> values;
    for (size_t i = 0; i < body.inputs.size(); i++) {
        values[body.inputs[i]] = need(op, in, i);
    }
    auto value_of = [&](const Var *var) { return !var ? Tensor() : var->is_param ? var->value : values.at(var); };
    for (const Op *inner : body.execution_order()) {
        Inputs inputs;
        for (const Var *var : inner->inputs) {
            inputs.push_back(value_of(var));
        }
        Inputs results;
        try {
            results = run_op(*inner, inputs, nullptr, Target::P4);
        } catch (const Error &error) {
            refuse(op, "--custom-op: " + body_text(*op.custom) + ": " + error.what());
        }
        for (size_t i = 0; i < inner->outputs.size() && i < results.size(); i++) {
            if (inner->outputs[i]) {
                values[inner->outputs[i]] = results[i];
            }
        }
    }
    Inputs outputs;
    for (const Var *var : body.outputs) {
        outputs.push_back(value_of(var));
    }
    return outputs;
}

}  // namespace

Inputs run_custom(const Op &op, const Inputs &in) {
    const size_t shapes = op.custom->shapes.size();
    if (shapes && shapes != op.outputs.size()) {
        refuse(op, "--custom-op gives " + std::to_string(shapes) + " shapes for " + std::to_string(op.outputs.size()) +
                       " outputs");
    }
    Inputs outputs;
    switch (op.custom->body) {
        case CustomOp::Body::NONE:
            refuse(op,
                   "--custom-op says nothing of what it computes, which calibration needs: body:FILE.onnx, "
                   "body:FILE.npz or, as a stand-in, body:identity");
        case CustomOp::Body::IDENTITY:
            outputs = identities(op, in);
            break;
        case CustomOp::Body::VALUES:
            outputs = nearest(op, in);
            break;
        case CustomOp::Body::MODEL:
        case CustomOp::Body::FUNCTION:
            outputs = run_body(op, in);
            break;
    }
    if (outputs.size() != op.outputs.size()) {
        refuse(op, "--custom-op: " + body_text(*op.custom) + " gives " + std::to_string(outputs.size()) +
                       " outputs, the node has " + std::to_string(op.outputs.size()));
    }
    for (size_t i = 0; i < outputs.size() && !op.custom->shapes.empty(); i++) {
        const std::vector<int64_t> shape = declared_shape(op, in, i), had = outputs[i].sizes().vec();
        if (shape != had) {
            refuse(op, "--custom-op: output " + std::to_string(i) + " is declared as " + shape_text(shape) + ", " +
                           body_text(*op.custom) + " gives " + shape_text(had));
        }
    }
    return outputs;
}

}  // namespace quantize
