/**
 * @file dl_module_squeeze.hpp
 * Squeeze: the input without some of its dimensions of one element.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Squeeze : public CopyModule {
public:
    /** @param axes dimensions to drop, which may be negative; {}: all of one element */
    Squeeze(const char *name = NULL, std::vector<int> axes = {},
            module_inplace_t inplace = MODULE_INPLACE_UNCHANGED_BUFFER, quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_axes(axes) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override { return prepare_flat(context); }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::vector<int> m_axes;
};

}  // namespace module
}  // namespace dl
