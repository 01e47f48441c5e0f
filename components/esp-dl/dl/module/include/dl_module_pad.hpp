/**
 * @file dl_module_pad.hpp
 * Pad: constant, reflect, edge and wrap. Negative pads remove elements.
 */
#pragma once

#include "dl_base_gather.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

class Pad : public Module {
public:
    typedef enum { CONSTANT, REFLECT, EDGE, WRAP } mode_t;

    /**
     * @param pads all begins, then all ends
     * @param axes axes that `pads` is for; {}: all
     * @param value the constant, if the node has no third input
     */
    Pad(const char *name, std::vector<int> pads, mode_t mode = CONSTANT, std::vector<int> axes = {}, float value = 0,
        module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Module(name, inplace, quant_type), m_pads(pads), m_mode(mode), m_axes(axes), m_value(value) {}
    /** @param constant_value the module owns it from now on; nullptr: 0 */
    Pad(std::vector<int> pads, padding_mode_t mode = PADDING_CONSTANT, TensorBase *constant_value = nullptr,
        const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
        quant_type_t quant_type = QUANT_TYPE_NONE);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** Find the pads of every axis. @return false, with a log line, if pads and axes do not fit the shape */
    bool resolve(const std::vector<int> &shape, std::vector<int> &begins, std::vector<int> &ends) const;

    std::vector<int> m_pads;
    mode_t m_mode;
    std::vector<int> m_axes;
    float m_value;
    base::PadArgs m_args;
    base::BoundKernel<base::PadArgs> m_kernel;
};

}  // namespace module
}  // namespace dl
