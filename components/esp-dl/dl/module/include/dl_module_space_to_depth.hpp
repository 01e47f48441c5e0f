/**
 * @file dl_module_space_to_depth.hpp
 * SpaceToDepth on NHWC: channel c of the pixel (y, x) in a block of b x b becomes channel c * b * b + y * b + x.
 *
 * This is the inverse of DepthToSpace in mode CRD, and what PyTorch's pixel_unshuffle computes. ONNX's text has another
 * order, in which the block comes before the channel; .espdl files do not follow it.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class SpaceToDepth : public CopyModule {
public:
    SpaceToDepth(const char *name = nullptr, int blocksize = 1, module_inplace_t inplace = MODULE_NON_INPLACE,
                 quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_block(blocksize) {}
    SpaceToDepth(int blocksize, const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
                 quant_type_t quant_type = QUANT_TYPE_NONE)
        : SpaceToDepth(name, blocksize, inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    int m_block;
};

}  // namespace module
}  // namespace dl
