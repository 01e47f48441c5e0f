#include "dl_module_reverse_sequence.hpp"

#include <algorithm>

namespace dl {
namespace module {

std::vector<std::vector<int>> ReverseSequence::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() != 2 || input_shapes[0].size() < 2 || m_batch_axis + m_time_axis != 1 ||
        (m_batch_axis != 0 && m_batch_axis != 1)) {
        refuse("an input of rank 2 or more, sequence_lens, and batch_axis and time_axis that are 0 and 1 are needed");
        return {};
    }
    return {input_shapes[0]};
}

esp_err_t ReverseSequence::check(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *lengths = input(context, 1);
    TensorBase *out = output(context);
    if (!in || !out || !holds_indices(lengths)) {
        return refuse("an input, sequence_lens of int64 or int32, and an output are needed");
    }
    if (in->size == 0 || in->shape.size() > 8) {
        return refuse("the shape %s is not supported: elements and a rank up to 8 are needed",
                      tool::shape_to_string(in->shape).c_str());
    }
    if (!base::copy_supports(in->dtype, out->dtype)) {
        return refuse("%s cannot be copied to %s", in->get_dtype_string(), out->get_dtype_string());
    }
    if (lengths->size != in->shape[m_batch_axis]) {
        return refuse("sequence_lens has %d entries, axis %d has %d", lengths->size, m_batch_axis,
                      in->shape[m_batch_axis]);
    }
    return ESP_OK;
}

esp_err_t ReverseSequence::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    m_args.batch = in->shape[m_batch_axis];
    m_args.time = in->shape[m_time_axis];
    m_args.run = elements_from(in->shape, 2);
    m_args.time_first = m_time_axis == 0;
    m_args.lengths.assign(m_args.batch, 0);
    m_args.types = base::CopyTypes(in, output(context));
    m_args.units = m_args.batch * m_args.time;
    m_kernel = base::select_reverse_sequence(m_args);
    m_apart.prepare(in, output(context));
    return ESP_OK;
}

void ReverseSequence::forward(ModelContext *context, runtime_mode_t mode) {
    for (int i = 0; i < m_args.batch; i++) {
        m_args.lengths[i] = static_cast<int>(std::clamp<int64_t>(index_at(input(context, 1), i), 0, m_args.time));
    }
    m_args.src = m_apart.read(input(context, 0));
    m_args.dst = output(context)->get_element_ptr();
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void ReverseSequence::print() {
    ESP_LOGI("ReverseSequence", "%s: batch_axis %d, time_axis %d", this->name.c_str(), m_batch_axis, m_time_axis);
}

Module *ReverseSequence::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int batch_axis = 1;
    int time_axis = 0;
    fbs_model->get_operation_attribute(node_name, "batch_axis", batch_axis);
    fbs_model->get_operation_attribute(node_name, "time_axis", time_axis);
    if (batch_axis < 0 || batch_axis > 1 || time_axis != 1 - batch_axis) {
        return refuse_node(node_name, "ReverseSequence",
                           "attributes 'batch_axis' and 'time_axis' are %d and %d: 0 and 1 are supported", batch_axis,
                           time_axis);
    }
    return new ReverseSequence(node_name.c_str(), batch_axis, time_axis, MODULE_INPLACE_CHANGED_BUFFER,
                               get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
