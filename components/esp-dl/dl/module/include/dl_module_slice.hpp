/**
 * @file dl_module_slice.hpp
 * Slice, as in ONNX: from start to end (exclusive) by step along some axes; negative values count from the end.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Slice : public CopyModule {
public:
    /** @param axes {}: the first ones. @param steps {}: all 1 */
    Slice(const char *name = nullptr, std::vector<int> starts = {}, std::vector<int> ends = {},
          std::vector<int> axes = {}, std::vector<int> steps = {}, module_inplace_t inplace = MODULE_NON_INPLACE,
          quant_type_t quant_type = QUANT_TYPE_NONE)
        : CopyModule(name, inplace, quant_type), m_starts(starts), m_ends(ends), m_axes(axes), m_steps_by(steps) {}
    Slice(std::vector<int> start, std::vector<int> end, std::vector<int> axes = {}, std::vector<int> step = {},
          const char *name = nullptr, module_inplace_t inplace = MODULE_NON_INPLACE,
          quant_type_t quant_type = QUANT_TYPE_NONE)
        : Slice(name, start, end, axes, step, inplace, quant_type) {}

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    /** Find the first element, the step and the length along every axis of this shape. @return false, with a log line,
     * if the attributes do not fit the shape */
    bool resolve(const std::vector<int> &shape, std::vector<int> &start, std::vector<int> &step,
                 std::vector<int> &length) const;

    std::vector<int> m_starts;
    std::vector<int> m_ends;
    std::vector<int> m_axes;
    std::vector<int> m_steps_by;
};

}  // namespace module
}  // namespace dl
