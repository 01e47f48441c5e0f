/**
 * @file dl_module_split.hpp
 * Split: parts of the input along an axis, one per output.
 */
#pragma once

#include "dl_module_copy.hpp"

namespace dl {
namespace module {

class Split : public PartsModule {
public:
    /**
     * @param split   lengths along the axis; {}: parts of equal length, the last one smaller where it does not divide
     * @param outputs number of parts where `split` is empty
     */
    Split(std::vector<int> split, int axis = 0, int outputs = 0, const char *name = nullptr,
          module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : PartsModule(name, axis, false, inplace, quant_type), m_split(split), m_outputs(outputs) {}
    /** @param split int64 or int32, owned from now on; nullptr: num_outputs parts */
    Split(TensorBase *split, int axis = 0, int num_outputs = -1, const char *name = nullptr,
          module_inplace_t inplace = MODULE_NON_INPLACE, quant_type_t quant_type = QUANT_TYPE_NONE)
        : Split(std::vector<int>(), axis, num_outputs, name, inplace, quant_type) {
        take_ints(split, m_split);
    }

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t prepare(ModelContext *context) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::vector<int> m_split;
    int m_outputs;
};

}  // namespace module
}  // namespace dl
