#include "dl_module_resize.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dl_base_parallel.hpp"

namespace dl {
namespace module {

Resize::Resize(const char *name, resize_mode_t resize_mode, std::vector<float> scales, std::vector<int64_t> sizes,
               bool align_corners, quant_type_t quant_type)
    : Resize(name, resize_mode, scales, {},
             resize_mode == RESIZE_NEAREST ? ASYMMETRIC : (align_corners ? ALIGN_CORNERS : HALF_PIXEL), FLOOR,
             MODULE_NON_INPLACE, quant_type) {
    for (int64_t size : sizes) {
        m_sizes.push_back(static_cast<int>(std::clamp<int64_t>(size, INT32_MIN, INT32_MAX)));
    }
}

std::vector<std::vector<int>> Resize::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    const std::vector<int> shape = input_shapes.empty() ? std::vector<int>{} : input_shapes[0];
    const size_t rank = shape.size();
    const bool by_sizes = !m_sizes.empty();
    if ((rank != 3 && rank != 4) || (by_sizes ? m_sizes.size() : m_scales.size()) != rank) {
        refuse(
            "input shape %s with %zu scales and %zu sizes: [n, w, c] or [n, h, w, c] and as many of one of them are "
            "supported",
            tool::shape_to_string(shape).c_str(), m_scales.size(), m_sizes.size());
        return {};
    }
    std::vector<int> out = shape;
    for (size_t axis = 0; axis < rank; axis++) {
        // In the attributes scales and sizes, the channels are in front of the spatial axes; in the tensor they are
        // behind.
        const size_t at = axis == 0 ? 0 : (axis == 1 ? rank - 1 : axis - 1);
        if (axis < 2) {
            continue;  // batch and channels keep their length, whatever the file says
        }
        // The chip multiplies in float, where 10 * 0.7f is 7; in double, it would be less.
        const float length =
            by_sizes ? static_cast<float>(m_sizes[axis]) : std::floor(static_cast<float>(shape[at]) * m_scales[axis]);
        if (!(length >= 1 && length <= 1 << 24)) {
            refuse("an axis of %d elements cannot become one of %g", shape[at], static_cast<double>(length));
            return {};
        }
        out[at] = static_cast<int>(length);
    }
    return {out};
}

esp_err_t Resize::check(ModelContext *context) {
    for (TensorBase *tensor : {input(context, 0), output(context)}) {
        if (!tensor ||
            (tensor->dtype != DATA_TYPE_INT8 && tensor->dtype != DATA_TYPE_INT16 && tensor->dtype != DATA_TYPE_FLOAT)) {
            return refuse("%s is %s: int8, int16 and float are supported", tensor ? "a tensor" : "input or output",
                          tensor ? tensor->get_dtype_string() : "missing");
        }
        if (tensor->size == 0) {
            return refuse("a tensor without elements cannot be computed");
        }
    }
    return ESP_OK;
}

std::vector<base::ResizeArgs::Tap> Resize::make_taps(int length, int out_length, size_t axis) const {
    // Coordinates are computed in float32, as the model did before it was quantized.
    float scale = m_sizes.empty() ? 1.0f / m_scales[axis] : static_cast<float>(length) / static_cast<float>(out_length);
    if (m_coordinates == ALIGN_CORNERS) {
        scale = out_length > 1 ? static_cast<float>(length - 1) / static_cast<float>(out_length - 1) : 0;
    }
    std::vector<base::ResizeArgs::Tap> taps(out_length);
    for (int i = 0; i < out_length; i++) {
        float x = static_cast<float>(i) * scale;
        if (m_coordinates == HALF_PIXEL || m_coordinates == PYTORCH_HALF_PIXEL) {
            x = (static_cast<float>(i) + 0.5f) * scale - 0.5f;
            if (m_coordinates == PYTORCH_HALF_PIXEL && out_length == 1) {
                x = 0;
            }
        }
        base::ResizeArgs::Tap &tap = taps[i];
        if (m_mode == RESIZE_NEAREST) {
            const float nearest = m_nearest == FLOOR                ? std::floor(x)
                                  : m_nearest == CEIL               ? std::ceil(x)
                                  : m_nearest == ROUND_PREFER_FLOOR ? std::ceil(x - 0.5f)
                                                                    : std::floor(x + 0.5f);
            tap.low = tap.high = static_cast<int>(std::clamp(nearest, 0.0f, static_cast<float>(length - 1)));
            tap.weight_low = 1;
            tap.weight_high = 0;
        } else {
            x = std::clamp(x, 0.0f, static_cast<float>(length - 1));
            tap.low = static_cast<int>(x);
            tap.high = std::min(tap.low + 1, length - 1);
            tap.weight_high = x - static_cast<float>(tap.low);
            tap.weight_low = 1.0f - tap.weight_high;
        }
    }
    return taps;
}

esp_err_t Resize::prepare(ModelContext *context) {
    TensorBase *in = input(context, 0);
    TensorBase *out = output(context);
    const bool flat = in->shape.size() == 3;
    m_args.n = in->shape[0];
    m_args.h = flat ? 1 : in->shape[1];
    m_args.w = in->shape[flat ? 1 : 2];
    m_args.c = m_args.src_pitch = m_args.dst_pitch = in->shape.back();
    m_args.out_h = flat ? 1 : out->shape[1];
    m_args.out_w = out->shape[flat ? 1 : 2];
    m_args.is_linear = m_mode == RESIZE_LINEAR;
    m_args.taps_y = flat ? std::vector<base::ResizeArgs::Tap>{{0, 0, 1, 0}} : make_taps(m_args.h, m_args.out_h, 2);
    m_args.taps_x = make_taps(m_args.w, m_args.out_w, flat ? 2 : 3);
    m_args.types = base::CopyTypes(in, out);
    m_args.units = m_args.n * m_args.out_h;
    m_kernel = base::select_resize(m_args);
    return ESP_OK;
}

void Resize::forward(ModelContext *context, runtime_mode_t mode) {
    m_args.src = input(context, 0)->get_element_ptr();
    m_args.dst = output(context)->get_element_ptr();
    // A byte of it takes longer than one that is only copied.
    parallel_for(base::mode_for(mode, 2 * output(context)->get_bytes()), m_args.units,
                 [this](int begin, int end) { m_kernel.run(m_args, begin, end); });
}

bool Resize::set_input_pitch(size_t i, int pitch) {
    if (i != 0) {
        return pitch == 0;
    }
    m_args.src_pitch = pitch ? pitch : m_args.c;
    return true;
}

bool Resize::set_output_pitch(size_t, int pitch) {
    m_args.dst_pitch = pitch ? pitch : m_args.c;
    return true;
}

void Resize::print() {
    ESP_LOGI("Resize", "%s: %s, %zu scales, sizes %s", this->name.c_str(),
             m_mode == RESIZE_NEAREST ? "nearest" : "linear", m_scales.size(), tool::shape_to_string(m_sizes).c_str());
}

Module *Resize::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    const char *op = "Resize";
    std::string mode = "nearest";
    std::string coordinates = "half_pixel";
    std::string nearest = "round_prefer_floor";
    fbs_model->get_operation_attribute(node_name, "mode", mode);
    fbs_model->get_operation_attribute(node_name, "coordinate_transformation_mode", coordinates);
    fbs_model->get_operation_attribute(node_name, "nearest_mode", nearest);
    if (mode != "nearest" && mode != "linear") {
        return refuse_node(node_name, op, "attribute 'mode' is '%s': nearest and linear are supported", mode.c_str());
    }
    static const char *const coordinate_names[] = {"half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"};
    static const char *const nearest_names[] = {"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"};
    int coordinate =
        static_cast<int>(std::find(coordinate_names, coordinate_names + 4, coordinates) - coordinate_names);
    int rounding = static_cast<int>(std::find(nearest_names, nearest_names + 4, nearest) - nearest_names);
    if (coordinate == 4) {
        warn_node(node_name, op, "attribute 'coordinate_transformation_mode' (%s) is computed as half_pixel",
                  coordinates.c_str());
        coordinate = HALF_PIXEL;
    }
    if (rounding == 4) {
        warn_node(node_name, op, "attribute 'nearest_mode' (%s) is computed as round_prefer_floor", nearest.c_str());
        rounding = ROUND_PREFER_FLOOR;
    }
    int antialias = 0;
    fbs_model->get_operation_attribute(node_name, "antialias", antialias);
    if (antialias != 0) {
        warn_node(node_name, op, "attribute 'antialias' is passed over");
    }

    // The inputs are X, roi, scales, sizes since operator set 11, X and scales before.
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    fbs_model->get_operation_inputs_and_outputs(node_name, inputs, outputs);
    std::vector<int> sizes;
    if (get_ints(fbs_model, node_name, 3, nullptr, sizes) == INTS_NOT_CONST) {
        return refuse_node(node_name, op, "input 3 (sizes) must be a constant of int64");
    }
    std::vector<float> scales;
    const size_t at = inputs.size() == 2 ? 1 : 2;
    if (sizes.empty()) {
        const std::string name = at < inputs.size() ? inputs[at] : "";
        const void *data = fbs_model->get_tensor_raw_data(name);
        const int64_t count = data ? tool::shape_size(fbs_model->get_tensor_shape(name)) : 0;
        if (count <= 0 || fbs_model->get_tensor_dtype(name) != DATA_TYPE_FLOAT) {
            return refuse_node(node_name, op, "input %zu (scales) must be a constant of float, or sizes be given", at);
        }
        scales.resize(static_cast<size_t>(count));
        memcpy(scales.data(), data, scales.size() * sizeof(float));
    }
    return new Resize(node_name.c_str(), mode == "nearest" ? RESIZE_NEAREST : RESIZE_LINEAR, scales, sizes,
                      static_cast<coordinates_t>(coordinate), static_cast<nearest_t>(rounding), MODULE_NON_INPLACE,
                      get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
