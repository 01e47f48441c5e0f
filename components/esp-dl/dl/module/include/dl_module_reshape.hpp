/**
 * @file dl_module_reshape.hpp
 * Reshape: the same elements under another shape.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Reshape : public CopyModule {
public:
    /**
     * @param shape      0 stands for the input's dimension (unless allow_zero); one entry may be -1, which stands for
     * what is left
     * @param allow_zero 0 means a dimension of no elements, which is refused
     */
    Reshape(std::vector<int> shape, bool allow_zero = false, const char *name = nullptr,
            module_inplace_t inplace = MODULE_INPLACE_UNCHANGED_BUFFER, quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_shape(shape), m_allow_zero(allow_zero) {}
    /** @param shape int64 or int32; the module owns it from now on */
    Reshape(TensorBase *shape, int allowzero = 0, const char *name = nullptr,
            module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Reshape(std::vector<int>(), allowzero != 0, name, inplace, quant_type) {
        take_ints(shape, m_shape);
    }

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override { return prepare_flat(context); }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::vector<int> m_shape;
    bool m_allow_zero;
};

}  // namespace module
}  // namespace dl
