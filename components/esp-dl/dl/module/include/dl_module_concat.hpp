/**
 * @file dl_module_concat.hpp
 * Concat: the inputs follow each other along an axis. Inputs of another type or exponent than the output's are
 * rescaled.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Concat : public PartsModule {
public:
    Concat(const char *name = nullptr, int axis = 0, module_inplace_t inplace = MODULE_NON_INPLACE,
           quant_type_t quant_type = QUANT_TYPE_NONE)
        : PartsModule(name, axis, true, inplace, quant_type) {}
    Concat(const char *name, int axis, quant_type_t quant_type) : Concat(name, axis, MODULE_NON_INPLACE, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override { return check_copy(context, true); }
    esp_err_t prepare(ModelContext *context) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);
};

}  // namespace module
}  // namespace dl
