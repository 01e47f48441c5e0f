/**
 * @file dl_module_scatter_nd.hpp
 * ScatterND: a copy of the data in which the entries that the indices name are replaced by, or combined with, updates.
 */
#pragma once

#include <memory>
#include <string>

#include "dl_base_gather.hpp"
#include "dl_module_apart.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/**
 * Inputs: data, indices (int64 or int32, [..., k]), updates. Negative indices count from the end. Constant indices
 * outside the data are refused. If indices that are computed at run time lie outside, their update is left out.
 */
class ScatterND : public Module {
public:
    ScatterND(const char *name, base::scatter_t reduction, module_inplace_t inplace = MODULE_NON_INPLACE,
              quant_type_t quant_type = QUANT_TYPE_NONE)
        : Module(name, inplace, quant_type), m_known(true), m_reduction(reduction) {}
    /** @param reduction none, add, mul, max or min; get_output_shape() refuses all others */
    ScatterND(const std::string &reduction = "none", const char *name = nullptr,
              module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** Find where the i-th update goes. @return false if its indices lie outside the data */
    bool offset_of(ModelContext *context, int64_t i, int64_t *offset) const;

    bool m_known;  ///< the reduction
    base::scatter_t m_reduction;
    std::unique_ptr<TensorBase> m_sums;
    base::ScatterArgs m_args;
    Apart m_apart;
    base::BoundKernel<base::ScatterArgs> m_kernel;
};

}  // namespace module
}  // namespace dl
