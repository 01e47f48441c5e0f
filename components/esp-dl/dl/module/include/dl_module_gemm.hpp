/**
 * @file dl_module_gemm.hpp
 * Gemm: Y = alpha * A * B + beta * C with constant B and C. If A has more than two dimensions, its rows are those of
 * the last one. A quantized file has B as the weights [1,1,k,n] of a 1x1 convolution.
 */
#pragma once

#include "dl_base_gemm.hpp"
#include "dl_module_weighted.hpp"

namespace dl {
namespace module {

struct GemmAttributes {
    float alpha = 1;
    float beta = 1;
    bool trans_a = false;
    bool trans_b = false;
    activation_type_t activation = Linear;
};

class Gemm : public WeightedModule {
public:
    /** Inputs: a, b, optional c. @param layout how b is kept, see default_layout() */
    Gemm(const char *name, const GemmAttributes &attributes, base::weight_layout_t layout, quant_type_t quant_type);
    /** As for a node without attributes. */
    Gemm(activation_type_t activation = Linear, const char *name = nullptr, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Gemm(name, {.activation = activation}, default_layout(quant_type), quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** Set m, n and k from the shapes of a and b. @return false, with a log line, if these do not fit */
    bool read_shapes(const std::vector<int> &a, const std::vector<int> &b, int *m, int *n, int *k) const;
    /** Copy B to [n][k]. */
    void unpack_weights(TensorBase *b, int n, int k, base::HostBuffer<uint8_t> *weights) const;

    GemmAttributes m_attributes;
    bool m_is_rows = false;  ///< a plain fully connected layer, computed by m_conv; else m_gemm computes it
    base::ConvArgs m_conv;
    base::BoundKernel<base::ConvArgs> m_conv_kernel;
    base::GemmArgs m_gemm;
    base::BoundKernel<base::GemmArgs> m_gemm_kernel;
};

}  // namespace module
}  // namespace dl
