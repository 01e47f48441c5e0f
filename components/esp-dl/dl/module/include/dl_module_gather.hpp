/**
 * @file dl_module_gather.hpp
 * Gather: entries of an axis picked by a tensor of indices (int64 or int32), whose shape takes the axis' place.
 */
#pragma once

#include <memory>

#include "dl_base_gather.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** Negative indices count from the end. A constant index outside the axis is refused; one computed at run time is
 * limited to it. */
class Gather : public Module {
public:
    /** @param indices owned from now on, the second input of run(); nullptr: that is given with each call */
    Gather(TensorBase *indices, int axis = 0, const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
           quant_type_t quant_type = QUANT_TYPE_NONE)
        : Module(name, inplace, quant_type), m_indices(indices), m_axis(axis) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    using Module::run;
    void run(std::vector<TensorBase *> inputs, std::vector<TensorBase *> outputs,
             runtime_mode_t mode = RUNTIME_MODE_SINGLE_CORE) override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::unique_ptr<TensorBase> m_indices;
    int m_axis;
    base::GatherArgs m_args;
    base::BoundKernel<base::GatherArgs> m_kernel;
};

}  // namespace module
}  // namespace dl
