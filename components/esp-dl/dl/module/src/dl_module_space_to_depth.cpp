#include "dl_module_space_to_depth.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> SpaceToDepth::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    const std::vector<int> shape = input_shapes.empty() ? std::vector<int>{} : input_shapes[0];
    if (shape.size() != 4 || m_block < 1 || m_block > 1 << 14 || shape[1] % m_block || shape[2] % m_block) {
        refuse("the shape %s is not [n, h, w, c] with pixels in blocks of %d x %d",
               tool::shape_to_string(shape).c_str(), m_block, m_block);
        return {};
    }
    return {{shape[0], shape[1] / m_block, shape[2] / m_block, shape[3] * m_block * m_block}};
}

esp_err_t SpaceToDepth::prepare(ModelContext *context) {
    const std::vector<int> &src = input(context, 0)->shape;
    const std::vector<int> &dst = output(context)->shape;
    const int64_t b = m_block;
    const int64_t depth = src[3];
    m_steps.clear();
    base::Copy &copy = add_copy(context, 0, 0);
    copy.loop(static_cast<int64_t>(dst[0]) * dst[1], b * src[2] * depth, static_cast<int64_t>(dst[2]) * dst[3]);
    copy.loop(dst[2], b * depth, dst[3]);
    copy.loop(depth, 1, b * b);
    copy.loop(b, src[2] * depth, b);
    copy.loop(b, depth, 1);
    prepare_copies();
    return ESP_OK;
}

void SpaceToDepth::print() {
    ESP_LOGI("SpaceToDepth", "%s: blocksize %d", this->name.c_str(), m_block);
}

Module *SpaceToDepth::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int blocksize = 0;
    fbs_model->get_operation_attribute(node_name, "blocksize", blocksize);
    if (blocksize < 1) {
        return refuse_node(node_name, "SpaceToDepth", "attribute 'blocksize' is %d: at least 1 is needed", blocksize);
    }
    return new SpaceToDepth(node_name.c_str(), blocksize, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
