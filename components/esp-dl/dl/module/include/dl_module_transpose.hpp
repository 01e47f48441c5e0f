/**
 * @file dl_module_transpose.hpp
 * Transpose: output axis i is input axis perm[i].
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Transpose : public CopyModule {
public:
    /** @param perm entries may be negative; {}: the axes in reverse order */
    Transpose(const char *name = nullptr, std::vector<int> perm = {}, module_inplace_t inplace = MODULE_NON_INPLACE,
              quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_perm(perm) {}
    Transpose(const char *name, module_inplace_t inplace, quant_type_t quant_type = QUANT_TYPE_NONE,
              std::vector<int> perm = {})
        : Transpose(name, perm, inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** The permutation for this rank, without negative entries. @return false, logged, if it is none */
    bool resolve(size_t rank, std::vector<int> &perm) const;

    std::vector<int> m_perm;
};

}  // namespace module
}  // namespace dl
