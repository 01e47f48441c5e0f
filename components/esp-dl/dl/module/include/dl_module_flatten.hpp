/**
 * @file dl_module_flatten.hpp
 * Flatten: two dimensions, the axes before `axis` and those from it on.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Flatten : public CopyModule {
public:
    Flatten(const char *name = nullptr, int axis = 1, module_inplace_t inplace = MODULE_INPLACE_UNCHANGED_BUFFER,
            quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_axis(axis) {}
    Flatten(int axis, const char *name = nullptr, module_inplace_t inplace = MODULE_INPLACE_UNCHANGED_BUFFER,
            quant_type_t quant_type = QUANT_TYPE_NONE)
        : Flatten(name, axis, inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override { return prepare_flat(context); }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    int m_axis;
};

}  // namespace module
}  // namespace dl
