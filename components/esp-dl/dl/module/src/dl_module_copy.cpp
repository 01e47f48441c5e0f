#include "dl_module_copy.hpp"

namespace dl {
namespace module {

esp_err_t CopyModule::check_copy(ModelContext *context, bool all_inputs) {
    for (size_t o = 0; o < m_outputs_index.size(); o++) {
        TensorBase *out = output(context, o);
        if (!out) {
            continue;  // an output without a name is wanted by nobody
        }
        for (size_t i = 0; i < (all_inputs ? m_inputs_index.size() : 1); i++) {
            TensorBase *in = input(context, i);
            if (!in) {
                return refuse("input %zu is needed and missing", i);
            }
            if (in->size == 0 || out->size == 0) {
                return refuse("a tensor without elements cannot be computed");
            }
            if (in->shape.size() > 8 || out->shape.size() > 8) {
                return refuse("ranks up to 8 are supported, input %zu has %zu", i, in->shape.size());
            }
            if (!base::copy_supports(in->dtype, out->dtype)) {
                return refuse("%s cannot be copied to %s", in->get_dtype_string(), out->get_dtype_string());
            }
        }
    }
    return ESP_OK;
}

void CopyModule::forward(ModelContext *context, runtime_mode_t mode) {
    for (Step &step : m_steps) {
        step.copy.run(input(context, step.input), output(context, step.output), mode);
    }
}

base::Copy &CopyModule::add_copy(ModelContext *context, size_t input_index, size_t output_index, int64_t src_offset,
                                 int64_t dst_offset) {
    m_steps.push_back({input_index, output_index, {}});
    base::Copy &copy = m_steps.back().copy;
    copy.begin(input(context, input_index), output(context, output_index), src_offset, dst_offset);
    return copy;
}

void CopyModule::prepare_copies() {
    for (Step &step : m_steps) {
        step.copy.prepare();
    }
}

esp_err_t CopyModule::prepare_flat(ModelContext *context) {
    m_steps.clear();
    add_copy(context, 0, 0).loop(input(context, 0)->size, 1, 1);
    prepare_copies();
    return ESP_OK;
}

module_inplace_t rename_inplace(fbs::FbsModel *fbs_model, const std::string &node_name) {
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    if (fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs) != ESP_OK || inputs.empty() ||
        outputs.empty() || !fbs_model->has_value_info(inputs[0]) || !fbs_model->has_value_info(outputs[0])) {
        return MODULE_INPLACE_UNCHANGED_BUFFER;
    }
    const bool same = fbs_model->get_value_info_dtype(inputs[0]) == fbs_model->get_value_info_dtype(outputs[0]) &&
                      fbs_model->get_value_info_exponent(inputs[0]) == fbs_model->get_value_info_exponent(outputs[0]);
    return same ? MODULE_INPLACE_UNCHANGED_BUFFER : MODULE_NON_INPLACE;
}

}  // namespace module
}  // namespace dl
