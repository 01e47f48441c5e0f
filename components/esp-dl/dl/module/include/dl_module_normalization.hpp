/**
 * @file dl_module_normalization.hpp
 * LayerNormalization, RMSNormalization and LpNormalization.
 */
#pragma once

#include "dl_base_normalization.hpp"
#include "dl_module_apart.hpp"
#include "dl_module_attribute.hpp"

namespace dl {
namespace module {

/** What the three have in common. Inputs: x, and for the first two scale and an optional bias, of any type. */
class Normalization : public Module {
public:
    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;

protected:
    Normalization(const char *name, base::norm_t kind, int axis, float epsilon, module_inplace_t inplace,
                  quant_type_t quant_type)
        : Module(name, inplace, quant_type), m_kind(kind), m_axis(axis), m_epsilon(epsilon) {}

private:
    bool is_lp() const { return m_kind == base::NORM_L1 || m_kind == base::NORM_L2; }
    /** Elements of a row: those of the axis (Lp), or of all axes from it on. */
    int64_t row_length(const std::vector<int> &shape) const;

    base::norm_t m_kind;
    int m_axis;
    float m_epsilon;
    base::NormArgs m_args;
    Apart m_apart;
    base::BoundKernel<base::NormArgs> m_kernel;
};

class LayerNormalization : public Normalization {
public:
    LayerNormalization(const char *name = nullptr, int axis = -1, float epsilon = 1e-5f,
                       module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Normalization(name, base::NORM_LAYER, axis, epsilon, inplace, quant_type) {}
    /** @param stash_type 1: computed in float, which is the only way here */
    LayerNormalization(int axis, float epsilon = 1e-5f, int stash_type = 1, const char *name = nullptr,
                       module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : LayerNormalization(name, axis, epsilon, inplace, quant_type) {
        (void)stash_type;
    }
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

class RMSNormalization : public Normalization {
public:
    RMSNormalization(const char *name = nullptr, int axis = -1, float epsilon = 1e-5f,
                     module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Normalization(name, base::NORM_RMS, axis, epsilon, inplace, quant_type) {}
    RMSNormalization(int axis, float epsilon = 1e-5f, const char *name = nullptr,
                     module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : RMSNormalization(name, axis, epsilon, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

class LpNormalization : public Normalization {
public:
    /** @param p 1 or 2 */
    LpNormalization(int axis = -1, int p = 2, const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
                    quant_type_t quant_type = QUANT_TYPE_NONE)
        : Normalization(name, p == 1 ? base::NORM_L1 : base::NORM_L2, axis, 0, inplace, quant_type) {}
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

}  // namespace module
}  // namespace dl
