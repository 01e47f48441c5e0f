#include "dl_module_insert_zeros.hpp"

#include "dl_module_attribute.hpp"

static const char *TAG = "InsertZeros";

namespace dl {
namespace module {

InsertZeros::InsertZeros(const char *name, const std::vector<int> &stride, const std::vector<int> &output_padding,
                         quant_type_t quant_type)
    : Module(name, MODULE_NON_INPLACE, quant_type), m_stride(stride), m_output_padding(output_padding) {
    op_type = TAG;
}

std::vector<std::vector<int>> InsertZeros::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() != 1 || (input_shapes[0].size() != 3 && input_shapes[0].size() != 4)) {
        refuse("one input of rank 3 or 4 is needed");
        return {};
    }
    std::vector<int> shape = input_shapes[0];
    const size_t spatial = shape.size() - 2;
    // A single value holds for all axes.
    for (std::vector<int> *values : {&m_stride, &m_output_padding}) {
        if (values->size() == 1) {
            values->resize(spatial, values->front());
        }
    }
    if ((!m_stride.empty() && m_stride.size() != spatial) ||
        (!m_output_padding.empty() && m_output_padding.size() != spatial)) {
        refuse("stride and output_padding have %zu and %zu entries: %zu needed for an input of shape %s",
               m_stride.size(), m_output_padding.size(), spatial, tool::shape_to_string(shape).c_str());
        return {};
    }
    for (size_t i = 0; i < spatial; i++) {
        const int64_t stride = m_stride.empty() ? 1 : m_stride[i];
        const int64_t padding = m_output_padding.empty() ? 0 : m_output_padding[i];
        const int64_t length = (shape[i + 1] - 1) * stride + 1 + padding;
        if (stride < 1 || padding < 0 || shape[i + 1] < 1 || length > INT32_MAX) {
            refuse("stride %lld and output_padding %lld for a length of %d are out of range",
                   static_cast<long long>(stride), static_cast<long long>(padding), shape[i + 1]);
            return {};
        }
        shape[i + 1] = static_cast<int>(length);
    }
    return {shape};
}

esp_err_t InsertZeros::check(ModelContext *context) {
    const esp_err_t result = check_tensors(context, 1, 1, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
    if (result != ESP_OK) {
        return result;
    }
    const TensorBase *x = input(context, 0), *y = output(context);
    // Elements are copied as they are, even if the output has another exponent: published models have such nodes.
    if (x->dtype != y->dtype) {
        return refuse("input of type %s, output of %s: the same needed", tool::dtype_to_string(x->dtype),
                      tool::dtype_to_string(y->dtype));
    }
    return ESP_OK;
}

esp_err_t InsertZeros::prepare(ModelContext *context) {
    const std::vector<int> &in = input(context, 0)->shape;
    const std::vector<int> &out = output(context)->shape;
    const size_t spatial = in.size() - 2;
    m_args = base::InsertZerosArgs();
    m_args.batch = in[0];
    m_args.in_w = in[spatial];
    m_args.out_w = out[spatial];
    m_args.stride_w = m_stride.empty() ? 1 : m_stride[spatial - 1];
    if (spatial == 2) {
        m_args.in_h = in[1];
        m_args.out_h = out[1];
        m_args.stride_h = m_stride.empty() ? 1 : m_stride[0];
    }
    m_args.pixel_bytes = in.back() * input(context, 0)->get_dtype_bytes();
    return ESP_OK;
}

void InsertZeros::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.input = input(context, 0)->get_element_ptr();
    m_args.output = output(context)->get_element_ptr();
    parallel_for(mode, m_args.batch * m_args.out_h,
                 [this](int begin, int end) { base::insert_zeros(m_args, begin, end); });
}

void InsertZeros::print() {
    ESP_LOGI(TAG, "%s: stride %s, output_padding %s", name.c_str(), tool::shape_to_string(m_stride).c_str(),
             tool::shape_to_string(m_output_padding).c_str());
}

Module *InsertZeros::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::vector<int> stride, output_padding;
    fbs_model->get_operation_attribute(node_name, "stride", stride);
    fbs_model->get_operation_attribute(node_name, "output_padding", output_padding);
    return new InsertZeros(node_name.c_str(), stride, output_padding, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
