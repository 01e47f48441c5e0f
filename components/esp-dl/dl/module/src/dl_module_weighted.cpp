#include "dl_module_weighted.hpp"

#include <cstdlib>

namespace dl {
namespace module {

/** With a larger bias, a sum of products could leave the accumulator's 64 bits. */
static constexpr int64_t BIAS_LIMIT = INT64_C(1) << 61;
static constexpr int SHIFT_LIMIT = 63;

base::weight_layout_t WeightedModule::default_layout(quant_type_t quant_type) {
    if (quant_type == QUANT_TYPE_FLOAT32) {
        return base::WEIGHT_LAYOUT_ONNX;
    }
    return target() == TARGET_ESP32 ? base::WEIGHT_LAYOUT_PLAIN : base::WEIGHT_LAYOUT_BLOCKED;
}

esp_err_t WeightedModule::check_weights(TensorBase *x, TensorBase *w, TensorBase *bias, TensorBase *y, int n) const {
    const dtype_t dtype = x->dtype;
    if (dtype != DATA_TYPE_INT8 && dtype != DATA_TYPE_INT16 && dtype != DATA_TYPE_FLOAT) {
        return refuse("input of type %s: int8, int16 and float32 are supported", tool::dtype_to_string(dtype));
    }
    if (w->dtype != dtype || y->dtype != dtype) {
        return refuse("input of type %s, weights of %s, output of %s: one type is needed", tool::dtype_to_string(dtype),
                      tool::dtype_to_string(w->dtype), tool::dtype_to_string(y->dtype));
    }
    if ((dtype == DATA_TYPE_FLOAT) != (m_layout == base::WEIGHT_LAYOUT_ONNX)) {
        return refuse("weights of type %s are not in the layout they were announced in", tool::dtype_to_string(dtype));
    }
    if (!w->get_element_ptr()) {
        return refuse("the weights are no constant");
    }
    if (bias && !bias->get_element_ptr()) {
        return refuse("the bias is no constant");
    }
    if (dtype == DATA_TYPE_FLOAT) {
        if (bias && bias->dtype != DATA_TYPE_FLOAT) {
            return refuse("bias of type %s: float needed", tool::dtype_to_string(bias->dtype));
        }
        return ESP_OK;
    }

    if (bias && bias->dtype != DATA_TYPE_INT32 && bias->dtype != DATA_TYPE_INT64) {
        return refuse("bias of type %s: int32 or int64 needed", tool::dtype_to_string(bias->dtype));
    }
    if (w->exponent.is_per_channel() && w->exponent.channel_size() != n) {
        return refuse("%d exponents of the weights for %d output channels", w->exponent.channel_size(), n);
    }
    // Like the chip, kernels add the bias to the sums as it is. The exponent that the file gives it is not used.
    for (int i = 0; i < n; i++) {
        const int64_t shift = static_cast<int64_t>(y->exponent) - x->exponent - w->exponent.get(i);
        if (shift < -SHIFT_LIMIT || shift > SHIFT_LIMIT) {
            return refuse(
                "exponents %d (input), %d (weights), %d (output) of channel %d ask for a shift by %lld: at most %d",
                static_cast<int>(x->exponent), w->exponent.get(i), static_cast<int>(y->exponent), i,
                static_cast<long long>(shift), SHIFT_LIMIT);
        }
    }
    if (bias && bias->dtype == DATA_TYPE_INT64) {
        for (int i = 0; i < bias->size; i++) {
            const int64_t value = bias->get_element<int64_t>(i);
            if (value < -BIAS_LIMIT || value > BIAS_LIMIT) {
                return refuse("bias %lld of channel %d is beyond 2^61", static_cast<long long>(value), i);
            }
        }
    }
    return ESP_OK;
}

void WeightedModule::fill_scaling(base::ConvArgs &args, TensorBase *x, TensorBase *w, TensorBase *bias, TensorBase *y,
                                  int n) const {
    args.dtype = x->dtype;
    args.relu = m_activation == ReLU;
    if (args.dtype == DATA_TYPE_FLOAT) {
        args.bias_float.assign(n, 0.0f);
        for (int i = 0; bias && i < n; i++) {
            args.bias_float[i] = bias->get_element_ptr<float>()[i];
        }
        return;
    }
    args.bias.assign(n, 0);
    args.shifts.resize(n);
    for (int i = 0; i < n; i++) {
        args.shifts[i] = static_cast<int>(y->exponent) - w->exponent.get(i) - static_cast<int>(x->exponent);
        if (bias) {
            args.bias[i] = bias->dtype == DATA_TYPE_INT32 ? bias->get_element_ptr<int32_t>()[i]
                                                          : bias->get_element_ptr<int64_t>()[i];
        }
    }
}

void WeightedModule::fill_rows(base::ConvArgs &args, int rows, int k, int n) {
    args.in_w = rows;
    args.out_w = rows;
    args.in_c = k;
    args.in_pitch = k;
    args.out_c = n;
    args.out_pitch = n;
}

bool WeightedModule::get_activation(fbs::FbsModel *fbs_model, const std::string &node_name, const char *op_type,
                                    activation_type_t *activation) {
    *activation = Linear;
    if (!fbs_model->has_operation_attribute(node_name, "activation")) {
        return true;
    }
    if (fbs_model->get_operation_attribute(node_name, "activation", *activation) != ESP_OK ||
        (*activation != Linear && *activation != ReLU)) {
        refuse_node(node_name, op_type, "attribute 'activation' is '%s': Linear and Relu are supported",
                    fbs_model->get_operation_attribute_string(node_name, "activation").c_str());
        return false;
    }
    return true;
}

}  // namespace module
}  // namespace dl
