/**
 * @file dl_module_conv_transpose.hpp
 * ConvTranspose in float32; quantized files hold InsertZeros and Conv instead. It is computed the same way: zeros are
 * inserted between the pixels, then comes a convolution with the kernel turned by 180 degrees.
 */
#pragma once

#include <vector>

#include "dl_base_insert_zeros.hpp"
#include "dl_module_conv.hpp"

namespace dl {
namespace module {

class ConvTranspose : public WeightedModule {
public:
    /** Inputs: x, weights [channels, output channels / group, height, width] or without height, optional bias. */
    ConvTranspose(const char *name, const ConvAttributes &attributes, const std::vector<int> &output_padding,
                  quant_type_t quant_type);

    std::vector<std::vector<int>> get_output_shape(std::vector<std::vector<int>> &input_shapes) override;
    esp_err_t check(ModelContext *context) override;
    esp_err_t prepare(ModelContext *context) override;
    void forward(ModelContext *context, runtime_mode_t mode = RUNTIME_MODE_AUTO) override;
    const char *kernel_name() const override { return m_kernel.name ? m_kernel.name : ""; }
    void print() override;
    static Module *deserialize(fbs::FbsModel *fbs_model, std::string node_name);

private:
    bool read_geometry(const std::vector<int> &x, const std::vector<int> &w, base::InsertZerosArgs *zeros,
                       base::ConvArgs *args) const;

    ConvAttributes m_attributes;
    std::vector<int> m_output_padding;
    base::InsertZerosArgs m_zeros;
    base::HostBuffer<uint8_t> m_spread;  ///< the input with the inserted zeros
    base::ConvArgs m_args;
    base::BoundKernel<base::ConvArgs> m_kernel;
};

}  // namespace module
}  // namespace dl
