/**
 * @file dl_module_gather.hpp
 * Gather: picks entries of an axis by a tensor of indices, int64 or int32. In the output's shape, the shape of the
 * indices takes the place of the axis.
 */
#pragma once

#include <memory>

#include "dl_base_gather.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** Negative indices count from the end. A constant index outside the axis is refused. An index that is computed at run
 * time is limited to the axis. */
class Gather : public Module {
public:
    /** @param indices the second input, which the module owns from now on; nullptr: each call of run() gives it */
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
