#include "dl_module_pad.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace dl {
namespace module {

/** Larger pads are refused. No real model comes near, and sums of pads within the limit fit an int. */
static constexpr int MAX_PAD = 1 << 24;

static const char *const s_mode_names[] = {"constant", "reflect", "edge", "wrap"};

static Pad::mode_t mode_of(padding_mode_t mode) {
    return mode == PADDING_REFLECT ? Pad::REFLECT
           : mode == PADDING_EDGE  ? Pad::EDGE
           : mode == PADDING_WRAP  ? Pad::WRAP
                                   : Pad::CONSTANT;
}

Pad::Pad(std::vector<int> pads, padding_mode_t mode, TensorBase *constant_value, const char *name,
         module_inplace_t inplace, quant_type_t quant_type)
    : Pad(name, pads, mode_of(mode), {}, 0, inplace, quant_type) {
    const std::unique_ptr<TensorBase> constant(constant_value);
    if (constant && constant->size > 0 && base::copy_supports(constant->dtype, DATA_TYPE_FLOAT)) {
        TensorBase value({1}, &m_value, 0, DATA_TYPE_FLOAT, false);
        with_rounding([&](auto rounding) {
            base::copy_run<decltype(rounding)>(base::CopyTypes(constant.get(), &value), constant->get_element_ptr(),
                                               &m_value, 1);
        });
    }
}

bool Pad::resolve(const std::vector<int> &shape, std::vector<int> &begins, std::vector<int> &ends) const {
    const size_t count = m_axes.empty() ? shape.size() : m_axes.size();
    begins.assign(shape.size(), 0);
    ends.assign(shape.size(), 0);
    bool valid = m_pads.size() == 2 * count;
    for (size_t i = 0; valid && i < count; i++) {
        int axis = m_axes.empty() ? static_cast<int>(i) : m_axes[i];
        valid = normalize_axis(axis, static_cast<int>(shape.size())) &&
                std::abs(static_cast<int64_t>(m_pads[i])) <= MAX_PAD &&
                std::abs(static_cast<int64_t>(m_pads[i + count])) <= MAX_PAD;
        if (valid) {
            begins[axis] = m_pads[i];
            ends[axis] = m_pads[i + count];
        }
    }
    if (!valid) {
        refuse("pads %s of axes %s do not suit the shape %s", tool::shape_to_string(m_pads).c_str(),
               tool::shape_to_string(m_axes).c_str(), tool::shape_to_string(shape).c_str());
    }
    return valid;
}

std::vector<std::vector<int>> Pad::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    std::vector<int> begins;
    std::vector<int> ends;
    if (input_shapes.empty() || !resolve(input_shapes[0], begins, ends)) {
        return {};
    }
    std::vector<int> shape = input_shapes[0];
    for (size_t i = 0; i < shape.size(); i++) {
        const int64_t length = static_cast<int64_t>(shape[i]) + begins[i] + ends[i];
        if (length < 1 || length > INT32_MAX) {
            refuse("axis %zu of the shape %s cannot be padded by %d and %d", i,
                   tool::shape_to_string(input_shapes[0]).c_str(), begins[i], ends[i]);
            return {};
        }
        shape[i] = static_cast<int>(length);
    }
    return {shape};
}

esp_err_t Pad::check(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    TensorBase *value = input(context, 2);
    if (!in || !out || in->size == 0) {
        return refuse("an input with elements and an output are needed");
    }
    if (in->shape.empty() || in->shape.size() > 8) {
        return refuse("ranks from 1 to 8 are supported, not %zu", in->shape.size());
    }
    if (!base::copy_supports(in->dtype, out->dtype) ||
        (!value && m_value != 0 && !base::copy_supports(DATA_TYPE_FLOAT, out->dtype))) {
        return refuse("%s cannot be copied to %s", in->get_dtype_string(), out->get_dtype_string());
    }
    if (value && (value->size < 1 || !base::copy_supports(value->dtype, out->dtype))) {
        return refuse("the constant (%s, %d elements) cannot be copied to %s", value->get_dtype_string(), value->size,
                      out->get_dtype_string());
    }
    return ESP_OK;
}

esp_err_t Pad::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    std::vector<int> begins;
    std::vector<int> ends;
    resolve(in->shape, begins, ends);
    const std::vector<int64_t> strides = strides_of(in->shape);
    // The last axes, as far as they have no padding, are one run: a stretch that is copied at once.
    size_t axes = in->shape.size();
    while (axes > 1 && begins[axes - 1] == 0 && ends[axes - 1] == 0) {
        axes--;
    }
    m_args.run = elements_from(in->shape, axes);
    m_args.source.clear();
    m_args.src_strides.assign(strides.begin(), strides.begin() + axes);
    m_args.units = 1;
    for (size_t axis = 0; axis < axes; axis++) {
        const int length = in->shape[axis];
        std::vector<int> source(out->shape[axis]);
        for (int o = 0; o < static_cast<int>(source.size()); o++) {
            const int i = o - begins[axis];
            // Reflection goes to and fro between the ends without repeating them, so its period is twice the length
            // minus 2.
            const int period = m_mode == WRAP ? length : std::max(2 * (length - 1), 1);
            const int phase = ((i % period) + period) % period;
            switch (m_mode) {
                case CONSTANT:
                    source[o] = i >= 0 && i < length ? i : -1;
                    break;
                case REFLECT:
                    source[o] = phase < length ? phase : period - phase;
                    break;
                case EDGE:
                    source[o] = std::clamp(i, 0, length - 1);
                    break;
                case WRAP:
                    source[o] = phase;
                    break;
            }
        }
        m_args.units *= axis + 1 < axes ? static_cast<int>(source.size()) : 1;
        m_args.source.push_back(source);
    }
    m_args.types = base::CopyTypes(in, out);
    m_kernel = base::select_pad(m_args);
    return ESP_OK;
}

void Pad::forward(ModelContext *context, runtime_mode_t mode) {
    TensorBase *out = output(context);
    TensorBase *value = input(context, 2);
    TensorBase attribute({1}, &m_value, 0, DATA_TYPE_FLOAT, false);
    memset(m_args.constant, 0, sizeof(m_args.constant));
    if (value || m_value != 0) {
        TensorBase *constant = value ? value : &attribute;
        with_rounding([&](auto rounding) {
            base::copy_run<decltype(rounding)>(base::CopyTypes(constant, out), constant->get_element_ptr(),
                                               m_args.constant, 1);
        });
    }
    m_args.src = input(context, 0)->get_element_ptr();
    m_args.dst = out->get_element_ptr();
    parallel_for(mode, m_args.units, [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

void Pad::print() {
    ESP_LOGI("Pad", "%s: %s, pads %s, axes %s", this->name.c_str(), s_mode_names[m_mode],
             tool::shape_to_string(m_pads).c_str(), tool::shape_to_string(m_axes).c_str());
}

Module *Pad::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::string mode = "constant";
    std::vector<int> pads;
    std::vector<int> axes;
    float value = 0;
    fbs_model->get_operation_attribute(node_name, "mode", mode);
    fbs_model->get_operation_attribute(node_name, "value", value);
    const int known = static_cast<int>(std::find(s_mode_names, s_mode_names + 4, mode) - s_mode_names);
    if (known == 4) {
        return refuse_node(node_name, "Pad", "attribute 'mode' is '%s': constant, reflect, edge and wrap are supported",
                           mode.c_str());
    }
    if (get_ints(fbs_model, node_name, 1, "pads", pads) != INTS_GIVEN) {
        return refuse_node(node_name, "Pad", "input 1 (pads) must be a constant of int64");
    }
    if (get_ints(fbs_model, node_name, 3, nullptr, axes) == INTS_NOT_CONST) {
        return refuse_node(node_name, "Pad", "input 3 (axes) must be a constant of int64");
    }
    return new Pad(node_name.c_str(), pads, static_cast<mode_t>(known), axes, value, MODULE_NON_INPLACE,
                   get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
