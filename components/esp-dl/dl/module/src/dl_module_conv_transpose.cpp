#include "dl_module_conv_transpose.hpp"

#include "dl_module_attribute.hpp"

static const char *TAG = "ConvTranspose";

namespace dl {
namespace module {

/** The product of two sizes within this limit fits 64 bits. */
static constexpr int64_t SIZE_LIMIT = 1 << 24;

ConvTranspose::ConvTranspose(const char *name, const ConvAttributes &attributes, const std::vector<int> &output_padding,
                             quant_type_t quant_type)
    : WeightedModule(name, attributes.activation, base::WEIGHT_LAYOUT_ONNX, quant_type),
      m_attributes(attributes),
      m_output_padding(output_padding) {
    op_type = TAG;
}

bool ConvTranspose::read_geometry(const std::vector<int> &x, const std::vector<int> &w, base::InsertZerosArgs *zeros,
                                  base::ConvArgs *args) const {
    const ConvAttributes &a = m_attributes;
    const size_t spatial = x.size() - 2;
    if ((x.size() != 3 && x.size() != 4) || w.size() != x.size() || tool::shape_size(x) <= 0 ||
        tool::shape_size(w) <= 0) {
        refuse("input of shape %s, weights of shape %s: rank 3 or 4 needed, the same for both",
               tool::shape_to_string(x).c_str(), tool::shape_to_string(w).c_str());
        return false;
    }
    if ((!a.strides.empty() && a.strides.size() != spatial) ||
        (!a.dilations.empty() && a.dilations.size() != spatial) || (!a.pads.empty() && a.pads.size() != 2 * spatial) ||
        (!m_output_padding.empty() && m_output_padding.size() != spatial)) {
        refuse("strides, dilations, pads, output_padding have %zu, %zu, %zu, %zu entries for %zu dimensions",
               a.strides.size(), a.dilations.size(), a.pads.size(), m_output_padding.size(), spatial);
        return false;
    }
    if (a.group < 1 || w[0] != x.back() || w[0] % a.group != 0) {
        refuse("input of shape %s, weights of shape %s, group %d do not fit", tool::shape_to_string(x).c_str(),
               tool::shape_to_string(w).c_str(), a.group);
        return false;
    }
    *zeros = base::InsertZerosArgs();
    zeros->batch = args->batch = x[0];
    zeros->pixel_bytes = static_cast<size_t>(x.back()) * sizeof(float);
    args->group = a.group;
    args->in_c = args->in_pitch = x.back();
    args->out_c = args->out_pitch = w[1] * a.group;
    for (size_t i = 0; i < spatial; i++) {
        const int64_t stride = a.strides.empty() ? 1 : a.strides[i];
        const int64_t dilation = a.dilations.empty() ? 1 : a.dilations[i];
        const int64_t pad = a.pads.empty() ? 0 : a.pads[i];
        const int64_t pad_end = a.pads.empty() ? 0 : a.pads[i + spatial];
        const int64_t padding = m_output_padding.empty() ? 0 : m_output_padding[i];
        const int64_t kernel = w[i + 2];
        bool good = true;
        for (int64_t value :
             {stride - 1, dilation - 1, pad, pad_end, padding, kernel, static_cast<int64_t>(x[i + 1])}) {
            good = good && value >= 0 && value <= SIZE_LIMIT;
        }
        const int64_t reach = dilation * (kernel - 1);
        const int64_t length = (x[i + 1] - 1) * stride + 1 + padding;
        const int64_t out = length + reach - pad - pad_end;
        if (!good || length > INT32_MAX || out < 1 || out > INT32_MAX) {
            refuse(
                "dimension %zu: length %d, kernel %lld, stride %lld, dilation %lld, pads %lld and %lld, output_padding "
                "%lld are out of range",
                i, x[i + 1], static_cast<long long>(kernel), static_cast<long long>(stride),
                static_cast<long long>(dilation), static_cast<long long>(pad), static_cast<long long>(pad_end),
                static_cast<long long>(padding));
            return false;
        }
        const bool is_height = spatial == 2 && i == 0;
        (is_height ? zeros->in_h : zeros->in_w) = x[i + 1];
        (is_height ? zeros->out_h : zeros->out_w) = static_cast<int>(length);
        (is_height ? zeros->stride_h : zeros->stride_w) = static_cast<int>(stride);
        (is_height ? args->in_h : args->in_w) = static_cast<int>(length);
        (is_height ? args->out_h : args->out_w) = static_cast<int>(out);
        (is_height ? args->kernel_h : args->kernel_w) = static_cast<int>(kernel);
        (is_height ? args->dilation_h : args->dilation_w) = static_cast<int>(dilation);
        (is_height ? args->pad_top : args->pad_left) = static_cast<int>(reach - pad);
    }
    const int64_t spread = static_cast<int64_t>(zeros->batch) * zeros->out_h * zeros->out_w;
    if (spread > INT32_MAX / static_cast<int64_t>(zeros->pixel_bytes)) {
        refuse("the input of shape %s grows beyond 2 GB", tool::shape_to_string(x).c_str());
        return false;
    }
    return true;
}

std::vector<std::vector<int>> ConvTranspose::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() != 2 && input_shapes.size() != 3) {
        refuse("it has %zu inputs: 2 or 3 are supported", input_shapes.size());
        return {};
    }
    base::InsertZerosArgs zeros;
    base::ConvArgs args;
    if (!read_geometry(input_shapes[0], input_shapes[1], &zeros, &args)) {
        return {};
    }
    if (input_shapes[0].size() == 4) {
        return {{args.batch, args.out_h, args.out_w, args.out_c}};
    }
    return {{args.batch, args.out_w, args.out_c}};
}

esp_err_t ConvTranspose::check(ModelContext *context) {
    const esp_err_t result = check_tensors(context, 2, 3, 1, {DATA_TYPE_FLOAT});
    if (result != ESP_OK) {
        return result;
    }
    TensorBase *x = input(context, 0), *w = input(context, 1), *bias = input(context, 2);
    base::InsertZerosArgs zeros;
    base::ConvArgs args;
    if (!read_geometry(x->shape, w->shape, &zeros, &args)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (bias && bias->size != args.out_c) {
        return refuse("bias of shape %s for %d output channels", tool::shape_to_string(bias->shape).c_str(),
                      args.out_c);
    }
    return check_weights(x, w, bias, output(context), args.out_c);
}

esp_err_t ConvTranspose::prepare(ModelContext *context) {
    TensorBase *x = input(context, 0), *w = input(context, 1);
    m_args = base::ConvArgs();
    if (!read_geometry(x->shape, w->shape, &m_zeros, &m_args)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    fill_scaling(m_args, x, w, input(context, 2), output(context), m_args.out_c);

    const float *from = w->get_element_ptr<float>();
    const int in = m_args.in_c / m_args.group, out = m_args.out_c / m_args.group;
    const int taps = m_args.kernel_h * m_args.kernel_w;
    m_args.weights.resize(w->get_bytes());
    float *to = reinterpret_cast<float *>(m_args.weights.data());
    for (int o = 0; o < m_args.out_c; o++) {
        for (int tap = taps - 1; tap >= 0; tap--) {
            for (int c = 0; c < in; c++) {
                *to++ = from[(static_cast<size_t>(o / out * in + c) * out + o % out) * taps + tap];
            }
        }
    }
    m_spread.resize(static_cast<size_t>(m_zeros.batch) * m_zeros.out_h * m_zeros.out_w * m_zeros.pixel_bytes);
    m_kernel = base::select_conv(m_args);
    return m_kernel ? ESP_OK : refuse("no kernel");
}

void ConvTranspose::forward(ModelContext *context, runtime_mode_t mode) {
    m_zeros.input = input(context, 0)->get_element_ptr();
    m_zeros.output = m_spread.data();
    m_args.input = m_spread.data();
    m_args.output = output(context)->get_element_ptr();
    parallel_for(mode, m_zeros.batch * m_zeros.out_h,
                 [this](int begin, int end) { base::insert_zeros(m_zeros, begin, end); });
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void ConvTranspose::print() {
    ESP_LOGI(TAG, "%s: strides %s, pads %s, output_padding %s", name.c_str(),
             tool::shape_to_string(m_attributes.strides).c_str(), tool::shape_to_string(m_attributes.pads).c_str(),
             tool::shape_to_string(m_output_padding).c_str());
}

Module *ConvTranspose::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    ConvAttributes attributes;
    std::vector<int> output_padding;
    fbs_model->get_operation_attribute(node_name, "strides", attributes.strides);
    fbs_model->get_operation_attribute(node_name, "dilations", attributes.dilations);
    fbs_model->get_operation_attribute(node_name, "pads", attributes.pads);
    fbs_model->get_operation_attribute(node_name, "group", attributes.group);
    fbs_model->get_operation_attribute(node_name, "output_padding", output_padding);
    std::string auto_pad = "NOTSET";
    fbs_model->get_operation_attribute(node_name, "auto_pad", auto_pad);
    if (auto_pad != "NOTSET" || fbs_model->has_operation_attribute(node_name, "output_shape")) {
        return refuse_node(node_name, TAG, "attributes auto_pad and output_shape are not supported: pads needed");
    }
    if (!get_activation(fbs_model, node_name, TAG, &attributes.activation)) {
        return nullptr;
    }
    return new ConvTranspose(node_name.c_str(), attributes, output_padding, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
