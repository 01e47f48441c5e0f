/**
 * @file dl_module_matmul.hpp
 * MatMul with ONNX's broadcasting. B is a constant in one of the layouts for weights, or a variable that the graph has
 * brought into such a layout.
 */
#pragma once

#include <vector>

#include "dl_base_matmul.hpp"
#include "dl_module_weighted.hpp"

namespace dl {
namespace module {

class MatMul : public WeightedModule {
public:
    /** @param constant B is a parameter @param layout how each matrix of B is kept, see default_layout() */
    MatMul(const char *name, activation_type_t activation, bool constant, base::weight_layout_t layout,
           quant_type_t quant_type);
    /** Each call of run() gives both inputs. */
    MatMul(activation_type_t activation = Linear, const char *name = nullptr, quant_type_t quant_type = QUANT_TYPE_NONE)
        : MatMul(name, activation, false, default_layout(quant_type), quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** What follows from the shapes. */
    struct Plan {
        int m, n, k;
        std::vector<int> shape;    ///< of Y
        std::vector<int> a_batch;  ///< for each batch of Y the batch of A
        std::vector<int> b_batch;  ///< for each batch of Y the batch of B
    };
    bool read_shapes(const std::vector<int> &a, const std::vector<int> &b, Plan *plan) const;

    bool m_constant;
    base::MatmulArgs m_args;
    base::BoundKernel<base::MatmulArgs> m_kernel;
    std::vector<base::ConvArgs> m_convs;  ///< constant B: one for each of its batches
    std::vector<base::BoundKernel<base::ConvArgs>> m_conv_kernels;
};

}  // namespace module
}  // namespace dl
