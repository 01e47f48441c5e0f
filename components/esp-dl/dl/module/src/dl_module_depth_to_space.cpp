#include "dl_module_depth_to_space.hpp"

namespace dl {
namespace module {

std::vector<std::vector<int>> DepthToSpace::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    const std::vector<int> shape = input_shapes.empty() ? std::vector<int>{} : input_shapes[0];
    if (shape.size() != 4 || m_block < 1 || m_block > 1 << 14 || shape[3] % (static_cast<int64_t>(m_block) * m_block)) {
        refuse("the shape %s is not [n, h, w, c] with channels in blocks of %d x %d",
               tool::shape_to_string(shape).c_str(), m_block, m_block);
        return {};
    }
    return {{shape[0], shape[1] * m_block, shape[2] * m_block, shape[3] / (m_block * m_block)}};
}

esp_err_t DepthToSpace::prepare(ModelContext *context) {
    const std::vector<int> &src = input(context, 0)->shape;
    const std::vector<int> &dst = output(context)->shape;
    const int64_t b = m_block;
    const int64_t depth = dst[3];
    const int64_t by_stride = m_column_row_depth ? b : b * depth;
    const int64_t bx_stride = m_column_row_depth ? 1 : depth;
    const int64_t c_stride = m_column_row_depth ? b * b : 1;
    m_steps.clear();
    base::Copy &copy = add_copy(context, 0, 0);
    copy.loop(static_cast<int64_t>(src[0]) * src[1], static_cast<int64_t>(src[2]) * src[3], b * dst[2] * depth);
    copy.loop(b, by_stride, dst[2] * depth);
    copy.loop(src[2], src[3], b * depth);
    copy.loop(b, bx_stride, depth);
    copy.loop(depth, c_stride, 1);
    prepare_copies();
    return ESP_OK;
}

void DepthToSpace::print() {
    ESP_LOGI("DepthToSpace", "%s: blocksize %d, mode %s", this->name.c_str(), m_block,
             m_column_row_depth ? "CRD" : "DCR");
}

Module *DepthToSpace::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    int blocksize = 0;
    std::string mode = "DCR";
    fbs_model->get_operation_attribute(node_name, "blocksize", blocksize);
    fbs_model->get_operation_attribute(node_name, "mode", mode);
    if (blocksize < 1) {
        return refuse_node(node_name, "DepthToSpace", "attribute 'blocksize' is %d: at least 1 is needed", blocksize);
    }
    if (mode != "DCR" && mode != "CRD") {
        return refuse_node(node_name, "DepthToSpace", "attribute 'mode' is '%s': DCR and CRD are supported",
                           mode.c_str());
    }
    return new DepthToSpace(node_name.c_str(), blocksize, mode == "CRD", MODULE_NON_INPLACE,
                            get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
