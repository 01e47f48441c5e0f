#include "dl_module_pool.hpp"

#include <algorithm>

#include "dl_base_parallel.hpp"

namespace dl {
namespace module {

/** Larger kernels, strides, dilations and pads are refused. Products of two numbers within the limit fit an int. */
static constexpr int MAX_EXTENT = 1 << 14;

/** Return the output's length along one axis, or 0 if the window does not fit. */
static int output_length(int length, int kernel, int stride, int dilation, int pad_begin, int pad_end, bool ceil_mode) {
    const int room = length + pad_begin + pad_end - (dilation * (kernel - 1) + 1);
    if (room < 0) {
        return 0;
    }
    int out = room / stride + 1;
    if (ceil_mode && room % stride) {
        // An additional window counts only if it does not begin in the padding behind the input.
        out += out * stride < length + pad_begin;
    }
    return out;
}

bool Pool::resolve(const std::vector<int> &shape, base::PoolArgs &args) const {
    const size_t axes = shape.size() < 2 ? 0 : shape.size() - 2;
    const PoolAttributes &a = m_attributes;
    auto fits = [&](const std::vector<int> &values, size_t count) { return values.empty() || values.size() == count; };
    if ((axes != 1 && axes != 2) || !fits(a.kernel_shape, axes) || !fits(a.strides, axes) || !fits(a.dilations, axes) ||
        !fits(a.pads, 2 * axes)) {
        refuse(
            "input shape %s, kernel_shape %s, strides %s, dilations %s, pads %s: one or two axes between batch and "
            "channels are supported",
            tool::shape_to_string(shape).c_str(), tool::shape_to_string(a.kernel_shape).c_str(),
            tool::shape_to_string(a.strides).c_str(), tool::shape_to_string(a.dilations).c_str(),
            tool::shape_to_string(a.pads).c_str());
        return false;
    }
    // With one axis, the attributes are those of x, and y has length 1.
    auto value = [&](const std::vector<int> &values, size_t axis, int fallback) {
        return axis + axes < 2 || values.empty() ? fallback : values[axis + axes - 2];
    };
    auto pad = [&](size_t axis, bool end) {
        return axis + axes < 2 || a.pads.empty() ? 0 : a.pads[axis + axes - 2 + (end ? axes : 0)];
    };
    args.n = shape[0];
    args.h = axes == 2 ? shape[1] : 1;
    args.w = shape[axes];
    args.c = args.src_pitch = args.dst_pitch = shape.back();
    const bool global = a.kernel_shape.empty();
    args.kernel_h = global ? args.h : value(a.kernel_shape, 0, 1);
    args.kernel_w = global ? args.w : value(a.kernel_shape, 1, 1);
    args.stride_h = value(a.strides, 0, 1);
    args.stride_w = value(a.strides, 1, 1);
    args.dilation_h = value(a.dilations, 0, 1);
    args.dilation_w = value(a.dilations, 1, 1);
    args.pad_top = pad(0, false);
    args.pad_left = pad(1, false);
    args.pad_bottom = pad(0, true);
    args.pad_right = pad(1, true);
    args.count_include_pad = a.count_include_pad;
    const int low = std::min({args.kernel_h, args.kernel_w, args.stride_h, args.stride_w, args.dilation_h,
                              args.dilation_w, args.n, args.h, args.w, args.c});
    const int low_pad = std::min({args.pad_top, args.pad_left, args.pad_bottom, args.pad_right});
    const int high = std::max({args.kernel_h, args.kernel_w, args.stride_h, args.stride_w, args.dilation_h,
                               args.dilation_w, args.pad_top, args.pad_left, args.pad_bottom, args.pad_right});
    if (low < 1 || low_pad < 0 || high > (global ? INT32_MAX : MAX_EXTENT)) {
        refuse(
            "input shape %s, kernel_shape %s, strides %s, dilations %s, pads %s: entries from 1 (pads 0) to %d are "
            "supported",
            tool::shape_to_string(shape).c_str(), tool::shape_to_string(a.kernel_shape).c_str(),
            tool::shape_to_string(a.strides).c_str(), tool::shape_to_string(a.dilations).c_str(),
            tool::shape_to_string(a.pads).c_str(), MAX_EXTENT);
        return false;
    }
    args.out_h = output_length(args.h, args.kernel_h, args.stride_h, args.dilation_h, args.pad_top, args.pad_bottom,
                               a.ceil_mode);
    args.out_w = output_length(args.w, args.kernel_w, args.stride_w, args.dilation_w, args.pad_left, args.pad_right,
                               a.ceil_mode);
    if (args.out_h < 1 || args.out_w < 1) {
        refuse("the window (kernel_shape %s, dilations %s) is larger than the padded input %s",
               tool::shape_to_string(a.kernel_shape).c_str(), tool::shape_to_string(a.dilations).c_str(),
               tool::shape_to_string(shape).c_str());
        return false;
    }
    args.units = args.n * args.out_h;
    return true;
}

std::vector<std::vector<int>> Pool::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    base::PoolArgs args;
    if (input_shapes.empty() || !resolve(input_shapes[0], args)) {
        return {};
    }
    if (input_shapes[0].size() == 3) {
        return {{args.n, args.out_w, args.c}};
    }
    return {{args.n, args.out_h, args.out_w, args.c}};
}

esp_err_t Pool::check(ModelContext *context) {
    return check_tensors(context, 1, 1, 1, {DATA_TYPE_INT8, DATA_TYPE_INT16, DATA_TYPE_FLOAT});
}

esp_err_t Pool::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    resolve(in->shape, m_args);
    m_args.types = base::CopyTypes(in, out);
    m_kernel = m_select(m_args);
    return ESP_OK;
}

void Pool::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.src = input(context, 0)->get_element_ptr();
    m_args.dst = output(context)->get_element_ptr();
    const size_t bytes = std::max(input(context, 0)->get_bytes(), output(context)->get_bytes());
    parallel_for(base::mode_for(mode, bytes), m_args.units,
                 [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

bool Pool::set_input_pitch(size_t i, int pitch) {
    if (i != 0) {
        return pitch == 0;
    }
    m_args.src_pitch = pitch ? pitch : m_args.c;
    return true;
}

bool Pool::set_output_pitch(size_t, int pitch) {
    m_args.dst_pitch = pitch ? pitch : m_args.c;
    return true;
}

void Pool::print() {
    ESP_LOGI("Pool", "%s (%s): kernel_shape %s, strides %s, dilations %s, pads %s, ceil_mode %d, count_include_pad %d",
             this->name.c_str(), op_type.c_str(), tool::shape_to_string(m_attributes.kernel_shape).c_str(),
             tool::shape_to_string(m_attributes.strides).c_str(), tool::shape_to_string(m_attributes.dilations).c_str(),
             tool::shape_to_string(m_attributes.pads).c_str(), m_attributes.ceil_mode, m_attributes.count_include_pad);
}

bool Pool::read_attributes(fbs::FbsModel *fbs_model, const std::string &node_name, const char *op_type,
                           PoolAttributes &attributes) {
    std::string auto_pad = "NOTSET";
    int ceil_mode = 0;
    // ONNX's default is 0. But files without the attribute come from a quantizer that counts the padding in its
    // simulation.
    int count_include_pad = 1;
    fbs_model->get_operation_attribute(node_name, "kernel_shape", attributes.kernel_shape);
    fbs_model->get_operation_attribute(node_name, "strides", attributes.strides);
    fbs_model->get_operation_attribute(node_name, "pads", attributes.pads);
    fbs_model->get_operation_attribute(node_name, "dilations", attributes.dilations);
    fbs_model->get_operation_attribute(node_name, "auto_pad", auto_pad);
    fbs_model->get_operation_attribute(node_name, "ceil_mode", ceil_mode);
    fbs_model->get_operation_attribute(node_name, "count_include_pad", count_include_pad);
    attributes.ceil_mode = ceil_mode != 0;
    attributes.count_include_pad = count_include_pad != 0;
    if (attributes.kernel_shape.empty()) {
        refuse_node(node_name, op_type, "attribute 'kernel_shape' is needed and missing");
        return false;
    }
    if (auto_pad == "VALID") {
        attributes.pads.clear();
    } else if (auto_pad != "NOTSET" && !auto_pad.empty()) {
        warn_node(node_name, op_type, "attribute 'auto_pad' (%s) is passed over, 'pads' holds", auto_pad.c_str());
    }
    return true;
}

Module *MaxPool::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    PoolAttributes attributes;
    if (!read_attributes(fbs_model, node_name, "MaxPool", attributes)) {
        return nullptr;
    }
    return new MaxPool(node_name.c_str(), attributes, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

Module *AveragePool::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    PoolAttributes attributes;
    if (!read_attributes(fbs_model, node_name, "AveragePool", attributes)) {
        return nullptr;
    }
    return new AveragePool(node_name.c_str(), attributes, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

Module *GlobalAveragePool::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    return new GlobalAveragePool(node_name.c_str(), get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
