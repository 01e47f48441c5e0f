#include "prediction.hpp"

#include <algorithm>
#include <cmath>

#include "board/profile.hpp"
#include "esp_memory_utils.h"

namespace espdl_tool {

namespace {

int positive(int value) {
    return std::max(value, 1);
}

/** The spatial attribute's first number, 1 if it is absent. */
int first_of(fbs::FbsModel &graph, const std::string &node, const char *attribute) {
    std::vector<int> values;
    if (!graph.has_operation_attribute(node, attribute) ||
        graph.get_operation_attribute(node, attribute, values) != ESP_OK || values.empty()) {
        return 1;
    }
    return positive(values[0]);
}

/** Weights, if the node has any that it walks over for each output position. */
void describe_weights(fbs::FbsModel &graph, dl::module::Module *module, dl::TensorBase *x, dl::TensorBase *y,
                      const std::vector<std::string> &inputs, NodeWork &work) {
    const std::string &name = module->name.c_str();
    const std::vector<int> w =
        inputs.size() > 1 && graph.is_parameter(inputs[1]) ? graph.get_tensor_shape(inputs[1]) : std::vector<int>();
    work.out_channels = positive(y->shape.empty() ? 1 : y->shape.back());
    work.in_channels = positive(x->shape.empty() ? 1 : x->shape.back());
    work.row_bytes = static_cast<double>(work.in_channels) *
                     (x->shape.size() > 1 ? positive(x->shape[x->shape.size() - 2]) : 1) * x->get_dtype_bytes();
    const double positions = static_cast<double>(y->get_size()) / work.out_channels;
    if (module->op_type == "Conv" || module->op_type == "ConvTranspose") {
        if (w.size() < 3) {
            return;
        }
        int group = 1;
        if (graph.has_operation_attribute(name, "group")) {
            graph.get_operation_attribute(name, "group", group);
        }
        work.kernel_h = w.size() > 3 ? positive(w[0]) : 1;
        work.kernel_size = positive(w[0]) * (w.size() > 3 ? positive(w[1]) : 1);
        work.stride = first_of(graph, name, "strides");
        work.depthwise = group > 1 && group == work.in_channels;
        work.in_channels = positive(work.in_channels / positive(group));
        work.pixels = positions;
        if (module->op_type == "ConvTranspose") {  // each input position meets the kernel once
            work.pixels = static_cast<double>(x->get_size()) / positive(x->shape.back());
        }
    } else if (module->op_type == "Gemm") {
        work.pixels = positions;
    } else if (module->op_type == "MatMul") {
        work.pixels = y->shape.size() > 1 ? positive(y->shape[y->shape.size() - 2]) : 1;
        work.batch = positions / work.pixels;
    } else if ((module->op_type == "GRU" || module->op_type == "LSTM") && !w.empty()) {
        // Per step all gates are computed from the input and from the state.
        const double steps = x->shape.empty() ? 1 : positive(x->shape[0]);
        work.pixels = steps;
        work.in_channels += work.out_channels;
        work.out_channels *= module->op_type == "GRU" ? 3 : 4;
    }
}

NodeWork describe(dl::Model &model, dl::module::Module *module) {
    fbs::FbsModel &graph = *model.get_fbs_model();
    dl::ModelContext *context = model.get_context();
    NodeWork work;
    work.op = module->op_type;
    dl::TensorBase *x = nullptr, *y = nullptr;
    double second_bytes = 0;
    auto add_bytes = [&](dl::TensorBase *tensor, double &psram) {
        (esp_ptr_internal(tensor->get_element_ptr()) ? work.internal_bytes : psram) += tensor->get_bytes();
    };
    for (int index : module->m_inputs_index) {
        dl::TensorBase *tensor = index >= 0 && index < CONTEXT_PARAMETER_OFFSET ? context->get_tensor(index) : nullptr;
        if (tensor) {
            second_bytes = x ? tensor->get_bytes() : 0;
            x = x ? x : tensor;
            add_bytes(tensor, work.input_bytes);
        }
    }
    for (int index : module->m_outputs_index) {
        if (dl::TensorBase *tensor = index >= 0 ? context->get_tensor(index) : nullptr) {
            y = y ? y : tensor;
            work.elements += tensor->get_size();
            add_bytes(tensor, work.output_bytes);
        }
    }
    if (!y) {
        return work;
    }
    work.dtype = y->get_dtype();
    std::vector<std::string> inputs, outputs;
    graph.get_operation_inputs_and_outputs(module->name.c_str(), inputs, outputs);
    for (const std::string &input : inputs) {
        if (graph.is_parameter(input)) {
            work.weight_bytes += graph.get_tensor_bytes(input);
        }
    }
    if (work.op == "QuantizeLinear" && x) {
        work.dtype = y->get_dtype();
    }
    int step = 1;
    if (graph.has_operation_attribute(module->name.c_str(), "int16_lut_step")) {
        std::string text = graph.get_operation_attribute_string(module->name.c_str(), "int16_lut_step");
        step = atoi(text.c_str());
    }
    work.lut_steps = step > 1;
    if (x) {
        describe_weights(graph, module, x, y, inputs, work);
        if (work.op == "MatMul" && work.weight_bytes == 0) {
            work.weight_bytes = second_bytes;
            work.weights_are_variable = true;
        }
    }
    return work;
}

}  // namespace

Clocks board_clocks(const hal::BoardProfile &board) {
    const int lines = board.psram_mode == "hex" ? 16 : board.psram_mode == "octal" ? 8 : 4;
    return {static_cast<double>(board.cpu_mhz),
            board.psram_size > 0 ? static_cast<double>(board.psram_mhz) * lines : 0};
}

Prediction predict_model(dl::Model &model, const PredictionSettings &settings) {
    const ChipCost &chip = *settings.chip;
    Prediction prediction;
    double unknown = 0;
    for (dl::module::Module *module : model.get_execution_plan()) {
        PredictedNode node;
        node.name = module->name.c_str();
        node.type = module->op_type;
        node.work = describe(model, module);
        if (settings.clocks.psram_rate == 0) {  // all tensors are in internal RAM
            node.work.internal_bytes += node.work.input_bytes + node.work.output_bytes;
            node.work.input_bytes = node.work.output_bytes = 0;
        }
        node.counts = count_work(node.work, chip, settings.in_flash);
        node.share = settings.cores == 2 && node.work.op == "Conv" ? chip.two_cores : 1;
        node.us = price_work(node.counts, chip, settings.clocks) * node.share;
        node.waits = price_memory(node.counts, chip, settings.clocks);
        node.deviation = node.us * std::hypot(2 * chip.relative_error, 0.6 * unfitted(node.work));
        unknown += node.us * unfitted(node.work);
        prediction.us += node.us;
        dl::TensorBase *out =
            module->m_outputs_index.empty() ? nullptr : model.get_context()->get_tensor(module->m_outputs_index[0]);
        if (out) {
            node.output = out->shape;
        }
        prediction.nodes.push_back(std::move(node));
    }
    // Errors of single nodes even out over a network; those of prices that nobody has measured do not.
    prediction.deviation = std::hypot(prediction.us * chip.relative_error, 0.5 * unknown);
    return prediction;
}

}  // namespace espdl_tool
