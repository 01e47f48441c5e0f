/**
 * @file dl_module_unsqueeze.hpp
 * Unsqueeze: the input with dimensions of one element added.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Unsqueeze : public CopyModule {
public:
    /** @param axes where they are in the output; negative entries count from its end */
    Unsqueeze(std::vector<int> axes, const char *name = nullptr,
              module_inplace_t inplace = MODULE_INPLACE_UNCHANGED_BUFFER, quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_axes(axes) {}
    /** @param axes int64 or int32, owned from now on */
    Unsqueeze(TensorBase *axes, const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
              quant_type_t quant_type = QUANT_TYPE_NONE)
        : Unsqueeze(std::vector<int>(), name, inplace, quant_type) {
        take_ints(axes, m_axes);
    }

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override { return prepare_flat(context); }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::vector<int> m_axes;
};

}  // namespace module
}  // namespace dl
