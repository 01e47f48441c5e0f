#include "dl_module_conv.hpp"

#include <algorithm>
#include <cinttypes>

#include "dl_base_parallel.hpp"
#include "dl_module_attribute.hpp"

static const char *TAG = "Conv";

namespace dl {
namespace module {

/** A limit that no tensor reaches. Sums of values within it do not overflow. */
static constexpr int ATTRIBUTE_LIMIT = 1 << 24;

static bool in_range(const std::vector<int> &values, int low) {
    for (int value : values) {
        if (value < low || value > ATTRIBUTE_LIMIT) {
            return false;
        }
    }
    return true;
}

Conv::Conv(const char *name, const ConvAttributes &attributes, base::weight_layout_t layout, quant_type_t quant_type)
    : WeightedModule(name, attributes.activation, layout, quant_type), m_attributes(attributes) {
    op_type = TAG;
}

bool Conv::read_weight_shape(const std::vector<int> &shape, base::ConvArgs *args) const {
    const size_t spatial = shape.size() - 2;
    int in_channels, out_channels, first;
    if (m_layout == base::WEIGHT_LAYOUT_ONNX) {
        out_channels = shape[0];
        in_channels = shape[1];
        first = 2;
    } else {
        out_channels = shape[spatial + 1];
        in_channels = shape[spatial];
        first = 0;
        if (m_attributes.group > 1) {
            if (out_channels != 1 || in_channels != m_attributes.group) {
                refuse("weights of shape %s for %d groups: quantized weights have one group or one channel per group",
                       tool::shape_to_string(shape).c_str(), m_attributes.group);
                return false;
            }
            std::swap(in_channels, out_channels);
        }
    }
    args->group = m_attributes.group;
    args->out_c = out_channels;
    args->in_c = in_channels * m_attributes.group;
    args->kernel_h = spatial == 2 ? shape[first] : 1;
    args->kernel_w = shape[first + spatial - 1];
    if (out_channels % m_attributes.group != 0) {
        refuse("%d output channels cannot be divided into %d groups", out_channels, m_attributes.group);
        return false;
    }
    return true;
}

bool Conv::read_geometry(const std::vector<int> &x, const std::vector<int> &w, base::ConvArgs *args) const {
    const size_t spatial = x.size() - 2;
    if ((x.size() != 3 && x.size() != 4) || w.size() != x.size()) {
        refuse("input of shape %s, weights of shape %s: rank 3 or 4 needed, the same for both",
               tool::shape_to_string(x).c_str(), tool::shape_to_string(w).c_str());
        return false;
    }
    const ConvAttributes &a = m_attributes;
    if ((!a.strides.empty() && a.strides.size() != spatial) ||
        (!a.dilations.empty() && a.dilations.size() != spatial) || (!a.pads.empty() && a.pads.size() != 2 * spatial)) {
        refuse("strides, dilations, pads have %zu, %zu, %zu entries: %zu, %zu, %zu needed", a.strides.size(),
               a.dilations.size(), a.pads.size(), spatial, spatial, 2 * spatial);
        return false;
    }
    if (!in_range(a.strides, 1) || !in_range(a.dilations, 1) || !in_range(a.pads, 0) || a.group < 1 ||
        a.group > ATTRIBUTE_LIMIT || tool::shape_size(w) <= 0 || tool::shape_size(x) <= 0) {
        refuse("strides %s, dilations %s, pads %s, group %d, input %s, weights %s: a value is out of range",
               tool::shape_to_string(a.strides).c_str(), tool::shape_to_string(a.dilations).c_str(),
               tool::shape_to_string(a.pads).c_str(), a.group, tool::shape_to_string(x).c_str(),
               tool::shape_to_string(w).c_str());
        return false;
    }
    if (!read_weight_shape(w, args)) {
        return false;
    }
    if (args->in_c != x.back()) {
        refuse("input of shape %s has %d channels: the weights need %d", tool::shape_to_string(x).c_str(), x.back(),
               args->in_c);
        return false;
    }
    const bool two = spatial == 2;
    args->batch = x[0];
    args->in_h = two ? x[1] : 1;
    args->in_w = x[spatial];
    args->in_pitch = args->in_c;
    args->out_pitch = args->out_c;
    args->stride_h = two && !a.strides.empty() ? a.strides[0] : 1;
    args->stride_w = a.strides.empty() ? 1 : a.strides[spatial - 1];
    args->dilation_h = two && !a.dilations.empty() ? a.dilations[0] : 1;
    args->dilation_w = a.dilations.empty() ? 1 : a.dilations[spatial - 1];
    args->pad_top = two && !a.pads.empty() ? a.pads[0] : 0;
    args->pad_left = a.pads.empty() ? 0 : a.pads[spatial - 1];
    const int64_t pad_h = args->pad_top + (two && !a.pads.empty() ? a.pads[spatial] : 0);
    const int64_t pad_w = args->pad_left + (a.pads.empty() ? 0 : a.pads.back());
    const int64_t rest_h = args->in_h + pad_h - static_cast<int64_t>(args->dilation_h) * (args->kernel_h - 1) - 1;
    const int64_t rest_w = args->in_w + pad_w - static_cast<int64_t>(args->dilation_w) * (args->kernel_w - 1) - 1;
    if (rest_h < 0 || rest_w < 0) {
        refuse("the kernel %dx%d with dilations %dx%d is larger than the padded input %" PRId64 "x%" PRId64,
               args->kernel_h, args->kernel_w, args->dilation_h, args->dilation_w, args->in_h + pad_h,
               args->in_w + pad_w);
        return false;
    }
    args->out_h = static_cast<int>(rest_h / args->stride_h + 1);
    args->out_w = static_cast<int>(rest_w / args->stride_w + 1);
    return true;
}

std::vector<std::vector<int>> Conv::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    if (input_shapes.size() != 2 && input_shapes.size() != 3) {
        refuse("it has %zu inputs: 2 or 3 are supported", input_shapes.size());
        return {};
    }
    base::ConvArgs args;
    const std::vector<int> &x = input_shapes[0];
    if (!read_geometry(x, input_shapes[1], &args)) {
        return {};
    }
    if (x.size() == 4) {
        return {{args.batch, args.out_h, args.out_w, args.out_c}};
    }
    return {{args.batch, args.out_w, args.out_c}};
}

esp_err_t Conv::check(ModelContext *context) {
    const esp_err_t result = check_tensors(
        context, 2, 3, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT, DATA_TYPE_INT32, DATA_TYPE_INT64});
    if (result != ESP_OK) {
        return result;
    }
    TensorBase *x = input(context, 0), *w = input(context, 1), *bias = input(context, 2);
    base::ConvArgs args;
    if (!read_geometry(x->shape, w->shape, &args)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    if (bias && bias->size != args.out_c) {
        return refuse("bias of shape %s for %d output channels", tool::shape_to_string(bias->shape).c_str(),
                      args.out_c);
    }
    return check_weights(x, w, bias, output(context), args.out_c);
}

esp_err_t Conv::prepare(ModelContext *context) {
    TensorBase *x = input(context, 0), *w = input(context, 1), *y = output(context);
    m_args = base::ConvArgs();
    m_lut.clear();
    m_add_kernel = {};
    m_fused = false;
    if (!read_geometry(x->shape, w->shape, &m_args)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    const int block = base::weight_block(x->dtype);
    const size_t element = x->get_dtype_bytes();
    fill_scaling(m_args, x, w, input(context, 2), y, m_args.out_c);
    m_args.weights.resize(w->get_bytes());
    const bool depthwise = m_args.group > 1 && m_args.group == m_args.in_c && m_args.in_c == m_args.out_c;
    if (depthwise) {
        base::unpack_depthwise_weights(m_layout, block, element, m_args.out_c, m_args.kernel_h, m_args.kernel_w,
                                       w->get_element_ptr(), m_args.weights.data());
        m_kernel = base::select_depthwise_conv(m_args);
    } else {
        base::unpack_conv_weights(m_layout, block, element, m_args.out_c, m_args.kernel_h, m_args.kernel_w,
                                  m_args.in_c / m_args.group, w->get_element_ptr(), m_args.weights.data());
        m_kernel = base::select_conv(m_args);
    }
    return m_kernel ? ESP_OK : refuse("no kernel");
}

void Conv::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.input = input(context, 0)->get_element_ptr();
    m_args.output = context->get_tensor(m_fused ? m_fused_output : m_outputs_index[0])->get_element_ptr();
    mode = base::mode_for(mode, m_args);
    if (!m_fused || !m_add_kernel) {
        parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
        return;
    }
    m_add.add = context->get_tensor(m_added)->get_element_ptr();
    // The addition follows the convolution of a few units at once, while their results are in the cache. Units that
    // share their input are computed together.
    const int together = base::conv_units_of_input(m_args);
    parallel_for(mode, m_args.units, [this, together](int begin, int end) {
        for (int next = begin; begin < end; begin = next) {
            next = std::min(end, (begin / together + 1) * together);
            m_kernel.run(m_args, begin, next);
            for (int unit = begin; unit < next; unit++) {
                add(unit);
            }
        }
    });
}

void Conv::add(int unit) const {
    base::ConvRegion region = base::conv_region(m_args, unit);
    const int64_t element = m_args.dtype == DATA_TYPE_INT8 ? 1 : 2;
    const int64_t out = static_cast<int64_t>(region.first_pixel) * m_args.out_pitch + region.first_channel;
    const int64_t from = static_cast<int64_t>(region.first_pixel) * m_add.add_pitch + region.first_channel;
    base::AddRowsArgs rows = m_add;
    rows.out = static_cast<uint8_t *>(m_args.output) + out * element;
    rows.add = static_cast<const uint8_t *>(m_add.add) + from * element;
    rows.columns = region.channels;
    rows.out_pitch = m_args.out_pitch;
    if (rows.columns == rows.out_pitch && rows.columns == rows.add_pitch) {
        rows.columns *= region.pixels;
        region.pixels = 1;
    }
    m_add_kernel.run(rows, 0, region.pixels);
}

bool Conv::fuse(const Module *next, const FusionDescription &description, ModelContext *context) {
    const TensorBase *y = output(context);
    const int8_t *table = description.int8_table;
    const int last = m_fused ? m_fused_output : m_outputs_index[0];
    const int added = description.adds.beside(last);
    if (m_add_kernel || y->dtype != m_args.dtype) {
        return false;
    }
    if (table && y->dtype == DATA_TYPE_INT8) {
        if (m_lut.empty()) {
            m_lut.assign(table, table + 256);
        } else {
            for (int8_t &value : m_lut) {
                value = table[value + 128];
            }
        }
    } else if (added >= 0 && added < CONTEXT_PARAMETER_OFFSET && added != last) {
        m_add.dtype = y->dtype;
        m_add.add_pitch = m_args.out_c;
        m_added = added;
        m_add_kernel = base::select_add_rows(m_add);
    } else {
        return false;
    }
    m_fused_output = next->m_outputs_index[0];
    set_fused(true);
    return true;
}

void Conv::set_fused(bool fused) {
    m_fused = fused && (!m_lut.empty() || m_add_kernel);
    m_args.lut = fused && !m_lut.empty() ? m_lut.data() : nullptr;
}

bool Conv::set_input_pitch(size_t i, int pitch) {
    if (i == 0) {
        m_args.in_pitch = pitch ? pitch : m_args.in_c;
        return true;
    }
    if (i == m_inputs_index.size() && m_add_kernel) {
        m_add.add_pitch = pitch ? pitch : m_args.out_c;
        return true;
    }
    return pitch == 0;
}

bool Conv::set_output_pitch(size_t, int pitch) {
    m_args.out_pitch = pitch ? pitch : m_args.out_c;
    return true;
}

void Conv::print() {
    ESP_LOGI(TAG, "%s: strides %s, pads %s, dilations %s, group %d, activation %s", name.c_str(),
             tool::shape_to_string(m_attributes.strides).c_str(), tool::shape_to_string(m_attributes.pads).c_str(),
             tool::shape_to_string(m_attributes.dilations).c_str(), m_attributes.group,
             m_activation == ReLU ? "Relu" : "Linear");
}

Module *Conv::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    ConvAttributes attributes;
    fbs_model->get_operation_attribute(node_name, "strides", attributes.strides);
    fbs_model->get_operation_attribute(node_name, "dilations", attributes.dilations);
    fbs_model->get_operation_attribute(node_name, "pads", attributes.pads);
    fbs_model->get_operation_attribute(node_name, "group", attributes.group);
    std::string auto_pad = "NOTSET";
    fbs_model->get_operation_attribute(node_name, "auto_pad", auto_pad);
    if (auto_pad != "NOTSET" && !auto_pad.empty()) {
        warn_node(node_name, TAG, "attribute 'auto_pad' (%s) is passed over, 'pads' holds", auto_pad.c_str());
    }
    if (!get_activation(fbs_model, node_name, TAG, &attributes.activation)) {
        return nullptr;
    }

    std::vector<std::string> inputs, outputs;
    fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs);
    if (inputs.size() < 2 || !fbs_model->is_parameter(inputs[1])) {
        return refuse_node(node_name, TAG, "the weights are no constant");
    }
    const std::vector<int> shape = fbs_model->get_tensor_shape(inputs[1]);
    if (shape.size() != 3 && shape.size() != 4) {
        return refuse_node(node_name, TAG, "weights of shape %s: rank 3 or 4 needed",
                           tool::shape_to_string(shape).c_str());
    }
    // Attribute 'kernel_shape' is not read: it repeats the weights' shape.
    const dtype_t dtype = fbs_model->get_tensor_dtype(inputs[1]);
    const size_t spatial = shape.size() - 2;
    const bool depthwise = attributes.group > 1;
    base::weight_layout_t layout;
    std::string reason;
    if (!base::parse_weight_layout(fbs_model->get_tensor_layout(inputs[1]), dtype, static_cast<int>(shape.size()),
                                   depthwise, depthwise ? shape[spatial] : shape.back(), &layout, &reason)) {
        return refuse_node(node_name, TAG, "%s", reason.c_str());
    }
    return new Conv(node_name.c_str(), attributes, layout, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
