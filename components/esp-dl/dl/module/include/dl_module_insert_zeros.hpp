/**
 * @file dl_module_insert_zeros.hpp
 * InsertZeros: the first half of a transposed convolution, see dl_base_insert_zeros.hpp. [batch, height, width,
 * channels] or [batch, width, channels].
 */
#pragma once

#include <vector>

#include "dl_base_insert_zeros.hpp"
#include "dl_module_base.hpp"

namespace dl {
namespace module {

class InsertZeros : public Module {
public:
    /** @param stride, output_padding one entry per spatial dimension; empty: 1 and 0 */
    InsertZeros(const char *name = nullptr, const std::vector<int> &stride = {},
                const std::vector<int> &output_padding = {}, quant_type_t quant_type = QUANT_TYPE_NONE);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    std::vector<int> m_stride;
    std::vector<int> m_output_padding;
    base::InsertZerosArgs m_args;
};

}  // namespace module
}  // namespace dl
