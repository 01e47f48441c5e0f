/**
 * @file dl_module_reverse_sequence.hpp
 * ReverseSequence: per batch entry, the first sequence_lens[b] time steps in reverse order.
 */
#pragma once

#include "dl_base_gather.hpp"
#include "dl_module_apart.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** Lengths outside the time axis are limited to it. */
class ReverseSequence : public Module {
public:
    /** @param batch_axis, time_axis 0 and 1, in either order */
    ReverseSequence(const char *name = nullptr, int batch_axis = 1, int time_axis = 0,
                    module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Module(name, inplace, quant_type), m_batch_axis(batch_axis), m_time_axis(time_axis) {}
    ReverseSequence(int batch_axis, int time_axis, const char *name = nullptr,
                    module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : ReverseSequence(name, batch_axis, time_axis, inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    int m_batch_axis;
    int m_time_axis;
    base::ReverseSequenceArgs m_args;
    Apart m_apart;
    base::BoundKernel<base::ReverseSequenceArgs> m_kernel;
};

}  // namespace module
}  // namespace dl
