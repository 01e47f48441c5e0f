/**
 * @file dl_module_weighted.hpp
 * What Conv, Gemm and MatMul share: weights with a layout, a bias, a shift per output channel, an activation.
 */
#pragma once

#include <string>
#include <vector>

#include "dl_base_conv.hpp"
#include "dl_base_weights.hpp"
#include "dl_module_base.hpp"

namespace dl {
namespace module {

class WeightedModule : public Module {
public:
    WeightedModule(const char *name, activation_type_t activation, base::weight_layout_t layout,
                   quant_type_t quant_type)
        : Module(name, MODULE_NON_INPLACE, quant_type), m_activation(activation), m_layout(layout) {}

    /** The layout that quantized weights without a tag have on the current target. */
    static base::weight_layout_t default_layout(quant_type_t quant_type);

protected:
    /**
     * Check that x, w and y are of one type among int8, int16, float32, that w and bias are constants, that there are n
     * biases of the right type and exponent, and that every channel's shift can be computed. @param bias nullptr: none
     */
    esp_err_t check_weights(TensorBase *x, TensorBase *w, TensorBase *bias, TensorBase *y, int n) const;
    /** Fill type, ReLU, bias and shifts of n output channels. */
    void fill_scaling(base::ConvArgs &args, TensorBase *x, TensorBase *w, TensorBase *bias, TensorBase *y, int n) const;
    /** Make args a 1x1 convolution over `rows` rows of k elements each, giving n. */
    static void fill_rows(base::ConvArgs &args, int rows, int k, int n);

    /** Read `activation`: absent or "Linear", or "Relu". @return false, with a log line, for another one */
    static bool get_activation(fbs::FbsModel *fbs_model, const std::string &node_name, const char *op_type,
                               activation_type_t *activation);

    activation_type_t m_activation;
    base::weight_layout_t m_layout;
};

}  // namespace module
}  // namespace dl
