#include "dl_module_transpose.hpp"

namespace dl {
namespace module {

bool Transpose::resolve(size_t rank, std::vector<int> &perm) const {
    perm = m_perm;
    if (perm.empty()) {
        for (size_t i = 0; i < rank; i++) {
            perm.push_back(static_cast<int>(rank - 1 - i));
        }
    }
    std::vector<bool> seen(rank, false);
    bool valid = perm.size() == rank;
    for (size_t i = 0; valid && i < rank; i++) {
        valid = normalize_axis(perm[i], static_cast<int>(rank)) && !seen[perm[i]];
        if (valid) {
            seen[perm[i]] = true;
        }
    }
    if (!valid) {
        refuse("perm %s is no permutation of %zu axes", tool::shape_to_string(m_perm).c_str(), rank);
    }
    return valid;
}

std::vector<std::vector<int>> Transpose::get_output_shape(std::vector<std::vector<int>> &input_shapes) {
    std::vector<int> perm;
    if (input_shapes.empty() || !resolve(input_shapes[0].size(), perm)) {
        return {};
    }
    std::vector<int> shape;
    for (int axis : perm) {
        shape.push_back(input_shapes[0][axis]);
    }
    return {shape};
}

esp_err_t Transpose::prepare(ModelContext *context) {
    const std::vector<int> &src_shape = input(context, 0)->shape;
    const std::vector<int> &dst_shape = output(context)->shape;
    std::vector<int> perm;
    resolve(src_shape.size(), perm);
    const std::vector<int64_t> src_strides = strides_of(src_shape);
    const std::vector<int64_t> dst_strides = strides_of(dst_shape);
    m_steps.clear();
    base::Copy &copy = add_copy(context, 0, 0);
    for (size_t i = 0; i < perm.size(); i++) {
        copy.loop(dst_shape[i], src_strides[perm[i]], dst_strides[i]);
    }
    prepare_copies();
    return ESP_OK;
}

void Transpose::print() {
    ESP_LOGI("Transpose", "%s: perm %s", this->name.c_str(), tool::shape_to_string(m_perm).c_str());
}

Module *Transpose::deserialize(fbs::FbsModel *fbs_model, std::string node_name) {
    std::vector<int> perm;
    fbs_model->get_operation_attribute(node_name, "perm", perm);
    return new Transpose(node_name.c_str(), perm, MODULE_NON_INPLACE, get_quant_type(fbs_model, node_name));
}

}  // namespace module
}  // namespace dl
