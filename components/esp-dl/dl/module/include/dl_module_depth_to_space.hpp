/**
 * @file dl_module_depth_to_space.hpp
 * DepthToSpace on NHWC: blocks of channels become blocks of pixels.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class DepthToSpace : public CopyModule {
public:
    /** @param column_row_depth ONNX's mode CRD (channel c' * b * b + y * b + x), else DCR (channel (y * b + x) * C' +
     * c') */
    DepthToSpace(const char *name = nullptr, int blocksize = 1, bool column_row_depth = false,
                 module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_block(blocksize), m_column_row_depth(column_row_depth) {}
    /** @param mode "DCR": depth, column, row, or "CRD" */
    DepthToSpace(int blocksize, std::string mode = "DCR", const char *name = nullptr,
                 module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : DepthToSpace(name, blocksize, mode == "CRD", inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    int m_block;
    bool m_column_row_depth;
};

}  // namespace module
}  // namespace dl
