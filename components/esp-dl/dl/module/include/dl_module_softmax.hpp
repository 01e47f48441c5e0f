/**
 * @file dl_module_softmax.hpp
 * Softmax and LogSoftmax along one axis. The output is usually float, and quantized by the next node.
 */
#pragma once

#include "dl_base_softmax.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

class Softmax : public Module, public Fusible {
public:
    Softmax(const char *name = nullptr, int axis = -1, module_inplace_t inplace = MODULE_NON_INPLACE,
            quant_type_t quant_type = QUANT_TYPE_NONE)
        : Softmax(name, axis, false, inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    Fusible *fusible() override { return this; }
    bool fuse(const Module *next, const FusionDescription &description, ModelContext *context) override;
    void set_fused(bool fused) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

protected:
    Softmax(const char *name, int axis, bool is_log, module_inplace_t inplace, quant_type_t quant_type)
        : Module(name, inplace, quant_type), m_axis(axis), m_is_log(is_log) {}

private:
    int m_axis;
    bool m_is_log;
    base::SoftmaxArgs m_args;
    base::CopyTypes m_types;        ///< types of the input and of the module's own output
    base::CopyTypes m_fused_types;  ///< types of the input and of the output of the conversion that was taken in
    base::BoundKernel<base::SoftmaxArgs> m_kernel;
};

class LogSoftmax : public Softmax {
public:
    LogSoftmax(const char *name = nullptr, int axis = -1, module_inplace_t inplace = MODULE_NON_INPLACE,
               quant_type_t quant_type = QUANT_TYPE_NONE)
        : Softmax(name, axis, true, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

}  // namespace module
}  // namespace dl
